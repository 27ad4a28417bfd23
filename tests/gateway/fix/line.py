"""A FIX client on a real socket, written on simplefix: it sends what a test says and shows what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import simplefix

TIMEOUT_SECONDS = 20.0


async def until(condition: Callable[[], bool]) -> None:
    """Waits until it is so."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not condition():
            await asyncio.sleep(0.005)


class Line:
    """One connection. Messages are shown as `35|34=…|…` without 8, 9, 49, 56, 52, 60, 10."""

    begin_string = "FIX.4.4"
    """BeginString(8) of what it sends; another one is set before the Logon."""

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, next_out: int) -> None:
        self.name = name
        self.reader, self.writer = reader, writer
        self.next_out = next_out
        self._parser = simplefix.FixParser()

    @classmethod
    async def open(cls, address: tuple[str, int], name: str, *, next_out: int = 1) -> Line:
        reader, writer = await asyncio.open_connection(*address, limit=1 << 24)
        return cls(name, reader, writer, next_out)

    @classmethod
    async def logged_on(cls, address: tuple[str, int], name: str, *, next_out: int = 1, terms: str = "") -> Line:
        """Logs on, with the right password where there is one, and waits for the answer."""
        line = await cls.open(address, name, next_out=next_out)
        line.log_on(terms)
        answer = await line.receive()
        assert answer.startswith("A|"), answer
        return line

    def log_on(self, terms: str = "") -> None:
        password = "|553=alice|554=alice-pw" if self.name == "ALICE" else ""
        self.send(f"A|98=0|108=30{password}{terms}")

    def send(self, text: str) -> None:
        self.writer.write(self.message(text))

    def message(self, text: str) -> bytes:
        """The next message: simplefix adds BodyLength and CheckSum."""
        message = simplefix.FixMessage()
        msg_type, *fields = text.split("|")
        now = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
        for tag, value in (("8", self.begin_string), ("35", msg_type), ("49", self.name), ("56", "VENUE"), ("52", now)):
            message.append_pair(tag, value, header=True)
        message.append_pair("34", self.next_out, header=True)
        self.next_out += 1
        for field in fields:
            message.append_string(field, header=field in ("43=Y", "97=Y"))
        if msg_type in "DFG":
            message.append_pair("60", now)
        return bytes(message.encode())

    async def receive(self) -> str:
        """The next message; "" at the end of the connection."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while (found := self._parser.get_message()) is None:
                try:
                    data = await self.reader.read(1 << 16)
                except ConnectionError:
                    return ""
                if not data:
                    return ""
                self._parser.append_buffer(data)
        pairs = [(tag.decode(), value.decode("latin-1")) for tag, value in found.pairs]
        shown = [f"{tag}={value}" for tag, value in pairs if tag not in ("8", "9", "35", "49", "56", "52", "60", "10")]
        return "|".join([dict(pairs)["35"], *shown])

    async def receive_all(self, count: int) -> list[str]:
        return [await self.receive() for _ in range(count)]

    async def is_alive(self) -> bool:
        """Whether a TestRequest is answered."""
        self.send("1|112=alive")
        while (answer := await self.receive()) != "":
            if answer.startswith("0|") and answer.endswith("112=alive"):
                return True
        return False

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return
