"""A FIX client over a real socket, as a scenario's participant: logon, logout, lost lines, heartbeats.

`ClientSession` knows the rules of the session, simplefix builds and reads the messages, this file holds the socket
and the clock. Everything that comes goes through `Inbox`, everything at all through `record`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Literal, TypeAlias

from gateway.scenario.client_session import HEARTBEAT, LOGON, LOGOUT, TEST_REQUEST, ClientSession, Identity
from gateway.scenario.inbox import Inbox
from gateway.scenario.wire import Pairs, UnreadableBytes, WireMessage, WireReader, as_message, utc_timestamp

CONNECT_TIMEOUT_SECONDS = 5.0
"""A venue that does not take a TCP connection in this time is not there."""

READ_BYTES = 65_536
CLOSE_SECONDS = 1.0
"""How long a connection may take to close before it is dropped."""

SILENCE_BEFORE_TEST = 1.2
"""Heartbeat intervals without a word before the venue is asked (FIX 4.4 vol. 2: interval and a reasonable time)."""

SILENCE_BEFORE_END = 2.4
"""Heartbeat intervals without a word before the line is held to be dead."""

Record: TypeAlias = Callable[[Literal["in", "out"], WireMessage], float]
"""Keeps a message for the report and gives the seconds since the start of the run."""


class CannotConnect(ConnectionError):
    """Nothing answers at the address; the text names it."""


class LogonRefused(Exception):
    """The venue answered a Logon with something else than a Logon, or not at all."""


class FixClient:
    """One participant. Sequence numbers are kept between its logons, as long as the object lives."""

    def __init__(
        self,
        identity: Identity,
        address: tuple[str, int],
        heartbeat_seconds: int,
        header_tags: frozenset[str],
        record: Record,
        now: Callable[[], str] = utc_timestamp,
    ) -> None:
        """`now` gives SendingTime(52); a heartbeat of 0 seconds means that nobody sends any."""
        self.session = ClientSession(identity, header_tags, now)
        self.inbox = Inbox()
        self.address = address
        self._heartbeat_seconds = heartbeat_seconds
        self._record = record
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._last_sent = 0.0
        self._last_received = 0.0

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection now."""
        return self._writer is not None and not self.inbox.closed_because

    async def connect(self) -> None:
        """Open the connection; raises `CannotConnect`."""
        await self._close()
        host, port = self.address
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                reader, self._writer = await asyncio.open_connection(host, port)
        except (OSError, TimeoutError) as error:
            raise CannotConnect(f"no FIX venue answers at {host}:{port}: {str(error) or 'it took too long'}") from error
        self.session.line_opened()
        self.inbox.opened()
        self._last_sent = self._last_received = asyncio.get_running_loop().time()
        self._tasks = [asyncio.create_task(self._read(reader))]
        if self._heartbeat_seconds:
            self._tasks.append(asyncio.create_task(self._keep_alive()))

    async def logon(self, credentials: Pairs, *, reset: bool, within_seconds: float) -> None:
        """Connect if need be and log on; raises `LogonRefused` with the venue's words."""
        if not self.is_connected:
            await self.connect()
        if reset:
            self.session.restart_numbers()
        fields = [("98", "0"), ("108", str(self._heartbeat_seconds))]
        self.send(LOGON, [*fields, *([("141", "Y")] if reset else []), *credentials])
        await self.inbox.wait_for(lambda: self.session.logged_on or None, within_seconds)
        if not self.session.logged_on:
            raise LogonRefused(self._why_no_logon(within_seconds))

    async def logout(self, text: str | None, within_seconds: float) -> bool:
        """Log out and close; whether the venue answered with its own Logout in time."""
        self.session.logged_on = False
        self.send(LOGOUT, [("58", text)] if text else [])
        answer = await self.inbox.wait_for(lambda: self.session.logout_text, within_seconds)
        await self._close()
        return answer is not None

    async def disconnect(self, mode: Literal["fin", "rst"]) -> None:
        """End the connection as a broken line does: nothing is said."""
        if self._writer is not None and mode == "rst":
            raw: socket.socket = self._writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
        await self._close()

    def send(self, msg_type: str, fields: Pairs) -> None:
        """Number a message and write it."""
        self.session.send(msg_type, fields)
        self._flush()

    async def close(self) -> None:
        """End of the run: log out politely where somebody listens, and close."""
        if self.is_connected and self.session.logged_on:
            await self.logout(None, CLOSE_SECONDS)
        await self._close()

    def _why_no_logon(self, within_seconds: float) -> str:
        if self.session.logout_text is not None:
            return f'the venue refused the Logon: "{self.session.logout_text}"'
        if self.session.problem:
            return self.session.problem
        if self.inbox.closed_because:
            return f"{self.inbox.closed_because} before a Logon came"
        return f"no Logon came from {self.address[0]}:{self.address[1]} within {within_seconds:g} s"

    def _flush(self) -> None:
        for data in self.session.take_outgoing():
            self._record("out", as_message(data))
            if self._writer is not None and not self._writer.is_closing():
                self._writer.write(data)
                self._last_sent = asyncio.get_running_loop().time()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        wire = WireReader()
        reason = "the venue closed the connection"
        try:
            while data := await reader.read(READ_BYTES):
                self._last_received = asyncio.get_running_loop().time()
                for message in wire.read_all(data):
                    self._take(message)
                if self.session.problem:
                    reason = self.session.problem
                    break
        except UnreadableBytes as error:
            reason = str(error)
        except OSError as error:
            reason = f"the connection broke: {error}"
        if self.session.logout_text:
            reason = f'{reason} after its Logout "{self.session.logout_text}"'
        self.inbox.closed(reason)

    def _take(self, message: WireMessage) -> None:
        at_seconds = self._record("in", message)
        for ordered in self.session.receive(message):
            self.inbox.put(ordered, at_seconds)
        self._flush()
        self.inbox.stir()

    async def _keep_alive(self) -> None:
        """Heartbeats while nothing else is said; a TestRequest when the venue is silent, the end when it stays so."""
        loop = asyncio.get_running_loop()
        interval = self._heartbeat_seconds
        is_asked = False
        while not self.inbox.closed_because:
            await asyncio.sleep(
                max(0.05, min(self._last_sent + interval, self._last_received + interval) - loop.time())
            )
            silence = loop.time() - self._last_received
            is_asked = is_asked and silence >= interval
            if not self.session.logged_on:
                continue
            if silence > SILENCE_BEFORE_END * interval:
                self.inbox.closed(f"the venue said nothing for {silence:.0f} s, not even to a TestRequest")
            elif silence > SILENCE_BEFORE_TEST * interval and not is_asked:
                is_asked = True
                self.send(TEST_REQUEST, [("112", f"SILENT-{utc_timestamp()}")])
            elif loop.time() - self._last_sent >= interval:
                self.send(HEARTBEAT, [])

    async def _close(self) -> None:
        writer, self._writer = self._writer, None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self.session.logged_on = False
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await writer.wait_closed()
        self.inbox.closed("the participant is not connected")
