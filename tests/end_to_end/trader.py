"""A FIX client that keeps every message it ever saw, with lines that break and numbers that go on.

The session's rules are those of the scenarios' client, simplefix reads and writes: nothing of the gateway's own codec.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from gateway.scenario.client_session import LOGON, LOGOUT, ClientSession, Identity
from gateway.scenario.wire import Pairs, WireMessage, WireReader, utc_timestamp

HEADER_TAGS = frozenset({"43", "97", "122"})
"""Fields that belong into a header: PossDupFlag, PossResend, OrigSendingTime."""

HEARTBEAT_SECONDS = 30
BUY, SELL = "1", "2"
NEW, CANCELED, REPLACED, REJECTED, FILL = "0", "4", "5", "8", "F"


class Trader:
    """One client of the exchange; lives longer than its connections."""

    def __init__(self, name: str, *, target: str = "FIXPIT", password: str | None = None, reset: bool = False) -> None:
        """`password` None means that of the demo; an empty one is not sent. `reset`: numbers begin at 1 each time."""
        self.name = name
        self.session = ClientSession(Identity("FIX.4.4", name, target), HEADER_TAGS, utc_timestamp)
        self.wire: list[WireMessage] = []
        """Everything that ever came, as it came."""
        self.messages: list[WireMessage] = []
        """What the session brought into order: each message once."""
        self.times: list[float] = []
        """When each of `messages` came, `time.perf_counter`."""
        self._reset = reset
        self._password = name.lower() if password is None else password
        self._line: _Line | None = None
        self._news = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return self._line is not None and not self._line.is_closed

    @property
    def reports(self) -> list[WireMessage]:
        """The messages about orders, each once and in order."""
        return [message for message in self.messages if message.msg_type in ("8", "9", "j", "3")]

    async def connect(self, port: int) -> None:
        """A new connection, and nothing said yet."""
        self.session.line_opened()
        self._line = _Line(self._take, self._news.set)
        await asyncio.get_running_loop().create_connection(self._required_line, "127.0.0.1", port)

    async def log_on(self, port: int) -> None:
        """Connects and logs on; numbers go on where they were."""
        await self.connect(port)
        if self._reset:
            self.session.restart_numbers()
        reset = [("141", "Y")] if self._reset else []
        credentials = [("553", self.name.lower()), ("554", self._password)] if self._password else []
        self.send(LOGON, [("98", "0"), ("108", str(HEARTBEAT_SECONDS)), *reset, *credentials])
        self.flush()
        await self.until(lambda: self.session.logged_on or not self.is_connected)

    async def log_out(self) -> None:
        """Logout, its answer, the end of the connection."""
        if self.is_connected:
            self.session.logged_on = False
            self.send(LOGOUT, [])
            self.flush()
            await self.until(lambda: not self.is_connected)

    def drop(self) -> None:
        """Breaks the connection."""
        self._required_line().abort()

    async def closed(self) -> None:
        """Until the other side has closed, with all that it sent before read."""
        await self.until(lambda: not self.is_connected)

    def send(self, msg_type: str, fields: Pairs) -> None:
        """Numbers a message; `flush` writes it."""
        self.session.send(msg_type, fields)

    def order(
        self, cl_ord_id: str, side: str, quantity: int, price: str, symbol: str = "ACME", more: Pairs = ()
    ) -> None:
        """A limit order; a market order where the price is empty."""
        priced = [("40", "2"), ("44", price)] if price else [("40", "1")]
        now = utc_timestamp()
        fields = [("11", cl_ord_id), ("55", symbol), ("54", side), ("60", now), ("38", str(quantity)), *priced]
        self.send("D", [*fields, *more])

    def cancel(self, cl_ord_id: str, original: str, side: str, symbol: str = "ACME") -> None:
        """A request to cancel the order that is called `original`."""
        fields = [("11", cl_ord_id), ("41", original), ("55", symbol), ("54", side), ("60", utc_timestamp())]
        self.send("F", fields)

    def flush(self) -> None:
        """Writes what was numbered, in one piece; without a connection it waits to be asked for."""
        outgoing = self.session.take_outgoing()
        if outgoing and self.is_connected:
            self._required_line().write(b"".join(outgoing))

    def send_raw(self, data: bytes) -> None:
        """Writes bytes of the test's own."""
        self._required_line().write(data)

    def forget_sent(self) -> None:
        """Loses what was sent; the numbers stay."""
        self.session._sent.clear()

    @staticmethod
    def clock() -> float:
        """The clock of `times`, seconds."""
        return time.perf_counter()

    def about(self, cl_ord_id: str) -> list[WireMessage]:
        """The messages about one ClOrdID, in order."""
        return [message for message in self.reports if message.get("11") == cl_ord_id]

    async def answer(self, cl_ord_id: str) -> WireMessage:
        """The first message about a ClOrdID."""
        self.flush()
        await self.until(lambda: self.about(cl_ord_id))
        return self.about(cl_ord_id)[0]

    async def until(self, condition: Callable[[], object], seconds: float = 20.0) -> None:
        """Until something is so, looked at whenever something came."""
        async with asyncio.timeout(seconds):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def _take(self, found: Sequence[WireMessage]) -> None:
        now = self.clock()
        self.wire += found
        for message in found:
            ordered = self.session.receive(message)
            self.messages += ordered
            self.times += [now] * len(ordered)
        self.flush()
        self._news.set()

    def _required_line(self) -> _Line:
        assert self._line is not None, f"{self.name} never connected"
        return self._line


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, take: Callable[[Sequence[WireMessage]], None], on_change: Callable[[], None]) -> None:
        self._reader = WireReader()
        self._take = take
        self._on_change = on_change
        self._transport: asyncio.Transport | None = None
        self.is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._take(self._reader.read_all(data))

    def connection_lost(self, _: Exception | None) -> None:
        self.is_closed = True
        self._on_change()

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    def abort(self) -> None:
        assert self._transport is not None
        self._transport.abort()
