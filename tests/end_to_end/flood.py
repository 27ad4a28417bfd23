"""A FIX client for many orders: it writes bytes made in advance and counts what comes back without reading it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from gateway.scenario.wire import utc_timestamp

WINDOW = 2_000
"""Reports that may be on their way."""

EXECUTION_REPORT = b"\x0135=8\x01"


class Flood:
    """One session of the benchmark profile, from its first logon on."""

    def __init__(self, name: str) -> None:
        self.reports = 0
        """Execution reports that came."""
        self._head = f"49={name}\x0156=EXCHANGE\x0134=%d\x0152={utc_timestamp()}\x01"
        self._sent = 0
        self._tail = b""
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def log_on(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._writer.write(self._message("A", "98=0\x01108=600\x01"))
        assert b"\x0135=A\x01" in await self._reader.read(4096)

    async def send(self, bodies: Iterable[str], *, reports: int, of: int) -> None:
        """Sends orders and the like, `MsgType|body`, and waits for their reports: so many of so many requests."""
        before, count, batch = self.reports, 0, []
        for body in bodies:
            msg_type, _, rest = body.partition("|")
            batch.append(self._message(msg_type, rest))
            count += 1
            if len(batch) == WINDOW // 4:
                await self._write(batch, before + count * reports // of - WINDOW)
                batch = []
        await self._write(batch, before + count * reports // of)
        assert self.reports == before + count * reports // of, f"{self.reports - before} reports came for {count}"

    def close(self) -> None:
        self._writer.close()

    async def _write(self, batch: list[bytes], reports: int) -> None:
        """Writes, and reads until there are so many reports."""
        self._writer.write(b"".join(batch))
        while self.reports < reports:
            data = await asyncio.wait_for(self._reader.read(1 << 20), 20)
            assert data, "the exchange closed the connection"
            text = self._tail + data
            self.reports += text.count(EXECUTION_REPORT)
            # A word cut in two is counted when the rest is there; a whole one does not fit into the tail.
            self._tail = text[1 - len(EXECUTION_REPORT) :]

    def _message(self, msg_type: str, body: str) -> bytes:
        self._sent += 1
        text = f"35={msg_type}\x01{self._head % self._sent}{body}".encode()
        whole = b"8=FIX.4.4\x019=%d\x01%b" % (len(text), text)
        return b"%b10=%03d\x01" % (whole, sum(whole) & 255)


def order(cl_ord_id: str, side: str, price: str, *, symbol: str = "SYM000", quantity: int = 100, more: str = "") -> str:
    """A limit order for `Flood.send`."""
    what = f"D|11={cl_ord_id}\x0155={symbol}\x0154={side}\x01"
    return f"{what}60=20260101-00:00:00\x0138={quantity}\x0140=2\x0144={price}\x01{more}"


def cancel(cl_ord_id: str, original: str, side: str, symbol: str = "SYM000") -> str:
    """A cancel for `Flood.send`."""
    return f"F|11={cl_ord_id}\x0141={original}\x0155={symbol}\x0154={side}\x0160=20260101-00:00:00\x01"
