"""A venue whose connections need no socket: bytes go in at once, and what the venue writes is counted and checked."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.venue import Venue
from gateway.fix.connection import Connection
from gateway.fix.session import Session
from gateway.fix.session_state import SessionState
from gateway.fix_door import build_acceptor
from gateway.passwords import ListedPasswords
from gateway.recovery import enter_reference_data
from gateway.settings import load_settings
from tests.gateway.fix.mutants import sealed


class MemoryVenue:
    """Venue, sequencer and acceptor as `gateway.main` joins them, without journal and port."""

    def __init__(self, folder: Path, settings: str) -> None:
        path = folder / "settings.yaml"
        path.write_text(settings, encoding="utf-8")
        self._settings = load_settings(str(path), {"data": str(folder / "data")}, {})
        self.venue = Venue()
        self.failures: list[Exception] = []
        self.sequencer = Sequencer(
            self.venue, None, time.time_ns, durability=Durability.NONE, on_failure=self.failures.append
        )
        self._passwords = ListedPasswords()
        self.acceptor = build_acceptor(self._settings, folder, self.sequencer, self._passwords.check)
        self.sequencer.on_events(self.acceptor.publish)
        self.sequencer.on_refusal(self.acceptor.refuse)

    async def start(self) -> None:
        enter_reference_data(self.sequencer, self._settings.listed_instruments, self._settings.open_accounts)
        await self._passwords.open(self._settings.fix_sessions)
        await self.acceptor.start("127.0.0.1", 0)

    async def stop(self) -> None:
        await self.acceptor.stop("the exchange stops", 0.1)
        await self.sequencer.close()
        self.acceptor.close()


class MemoryTransport(asyncio.Transport):
    """Takes everything; tells the protocol of its end in the next turn of the loop, as sockets do."""

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.written = b""
        self._protocol = protocol
        self._is_closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self._is_closing, "nothing may be written to a line that is closed"
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 40_000) if name == "peername" else default


class MemoryLine:
    """One connection; `heard` counts the messages of the venue by MsgType."""

    def __init__(self, venue: MemoryVenue, heard: Counter[str]) -> None:
        self.heard = heard
        self._venue = venue
        self._connection: Connection = venue.acceptor._new_connection()
        self._transport = MemoryTransport(self._connection)
        self._connection.connection_made(self._transport)

    @property
    def session(self) -> Session | None:
        return self._connection.session

    @property
    def is_open(self) -> bool:
        return not self._transport.is_closing() and not self._connection.reason

    @property
    def is_on(self) -> bool:
        return self.session is not None and self.session.state is SessionState.ACTIVE and self.is_open

    def feed(self, data: bytes) -> None:
        """Bytes come; what they ask for is done and answered when this returns."""
        if not self._transport.is_closing():
            self._connection.data_received(data)
            self._venue.sequencer.commit()
            self._hear()

    async def log_on(self, begin_string: bytes, logon: list[tuple[bytes, bytes]]) -> None:
        self.feed(sealed(begin_string, logon))
        await self.settle()
        assert self.is_on, f"not logged on: {self._connection.reason}, {dict(self.heard)}"

    async def settle(self) -> None:
        """What tasks and timers of the loop still had to do is done."""
        for _ in range(20):
            await asyncio.sleep(0)
            if self.is_on and not self._connection.is_checking:
                break
        self._venue.sequencer.commit()
        self._hear()

    async def close(self) -> None:
        self._transport.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def _hear(self) -> None:
        """Everything that the venue says is whole and sums up, whatever it was asked."""
        data, self._transport.written = self._transport.written, b""
        while data:
            head, begin, rest = data.partition(b"\x019=")
            length, _, body = rest.partition(b"\x01")
            size = len(head) + len(begin) + len(length) + 1 + int(length)
            assert head.startswith(b"8=FIX"), data
            assert data[size : size + 7] == b"10=%03d\x01" % (sum(data[:size]) & 255), data
            self.heard[body[3 : body.index(b"\x01")].decode("latin-1")] += 1
            data = data[size + 7 :]
