"""A TCP cable between a client and the exchange that writes down what passes, can lose it, and can break.

It carries whole FIX messages, so that losing some leaves the others readable: what a client's engine then sees is a gap
in the numbers. It knows nothing of sessions; frames are told apart by their CheckSum(10) alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping

FRAME = re.compile(rb"8=FIX.*?\x0110=[0-9]{3}\x01", re.DOTALL)
WAIT_SECONDS = 5.0
POLL_SECONDS = 0.002


class Message(dict[int, str]):
    """A FIX message by tag, the first of each."""

    def __init__(self, frame: bytes) -> None:
        self.text = frame.decode().replace("\x01", "|")
        fields = (field.partition("=") for field in self.text.strip("|").split("|"))
        super().__init__(reversed([(int(tag), value) for tag, _, value in fields]))

    def has(self, values: Mapping[int, str]) -> bool:
        return all(self.get(tag) == value for tag, value in values.items())


class Cable:
    """Listens for one client on a free port and connects each of its lines to the exchange; used in `async with`."""

    def __init__(self, exchange: tuple[str, int]) -> None:
        self.sent: list[Message] = []
        """What the client sent, lost or not."""
        self.received: list[Message] = []
        """What reached the client."""
        self.loses_requests = False
        self.loses_answers = False
        self.lost: list[Message] = []
        self._exchange = exchange
        self._lines: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Cable:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=WAIT_SECONDS)
        await self._server.wait_closed()

    @property
    def is_open(self) -> bool:
        return bool(self._tasks)

    def cut(self) -> None:
        """Ends the line on both sides."""
        for writer in self._lines:
            writer.close()
        self._lines.clear()

    async def until(self, condition: Callable[[], object], what: str) -> None:
        """Until something is so, here or in the client, which tells nobody; fails with all that passed."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not condition():
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            passed = "\n".join([*(f"> {one.text}" for one in self.sent), *(f"< {one.text}" for one in self.received)])
            raise AssertionError(f"{what} did not come:\n{passed}") from None

    async def answer(self, values: Mapping[int, str], since: int = 0) -> Message:
        """The first message with these values that reached the client, from the `since`th on."""
        await self.until(lambda: any(one.has(values) for one in self.received[since:]), f"from the exchange: {values}")
        return next(one for one in self.received[since:] if one.has(values))

    async def request(self, values: Mapping[int, str], since: int = 0) -> Message:
        """The first message with these values that the client sent, from the `since`th on."""
        await self.until(lambda: any(one.has(values) for one in self.sent[since:]), f"from the client: {values}")
        return next(one for one in self.sent[since:] if one.has(values))

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection(*self._exchange)
        self._lines += [writer, requests]
        for task in (
            asyncio.create_task(self._carry(reader, requests, is_answer=False)),
            asyncio.create_task(self._carry(answers, writer, is_answer=True)),
        ):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        pending = b""
        try:
            while data := await source.read(65_536):
                pending += data
                for found in FRAME.finditer(pending):
                    self._pass(found.group(), sink, is_answer=is_answer)
                pending = FRAME.sub(b"", pending)
        except ConnectionError:  # one side broke it, the other gets to know
            pass
        finally:
            sink.close()

    def _pass(self, frame: bytes, sink: asyncio.StreamWriter, *, is_answer: bool) -> None:
        message = Message(frame)
        is_lost = self.loses_answers if is_answer else self.loses_requests
        if not is_answer:
            self.sent.append(message)
        elif not is_lost:
            self.received.append(message)
        if is_lost:
            self.lost.append(message)
        elif not sink.is_closing():
            sink.write(frame)
