"""A small venue for the players of scenarios: a FIX acceptor and a book over HTTP, scripted by each test."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable

from gateway.scenario.wire import Pairs, WireMessage, WireReader, utc_timestamp, written


class Peer:
    """One client as the acceptor sees it; numbers and sent messages outlive the connection."""

    def __init__(self) -> None:
        self.next_out = 1
        self.received: list[WireMessage] = []
        self.sent: dict[int, tuple[str, Pairs]] = {}
        self.writer: asyncio.StreamWriter | None = None
        self.comp_id = ""

    def send(self, msg_type: str, fields: Pairs, *, keep: bool = True) -> None:
        """Number and send; without a line, or with `keep` alone, the number is used and the message is missed."""
        number, self.next_out = self.next_out, self.next_out + 1
        self.sent[number] = (msg_type, fields)
        if self.writer is not None and keep:
            self.write(msg_type, number, fields)

    def write(self, msg_type: str, number: int, fields: Pairs) -> None:
        assert self.writer is not None
        header = [("49", "FIXPIT"), ("56", self.comp_id), ("34", str(number)), ("52", utc_timestamp())]
        self.writer.write(written("FIX.4.4", msg_type, [*header, *fields]))

    def write_raw(self, data: bytes) -> None:
        assert self.writer is not None
        self.writer.write(data)

    def hang_up(self) -> None:
        assert self.writer is not None
        self.writer.close()

    def report(self, cl_ord_id: str, exec_type: str, **fields: str) -> None:
        tags = {"status": "39", "last": "32", "cum": "14", "leaves": "151", "text": "58"}
        more = [(tags[name], value) for name, value in fields.items()]
        self.send("8", [("37", "1"), ("11", cl_ord_id), ("17", str(self.next_out)), ("150", exec_type), *more])


Answer = Callable[[Peer, WireMessage], object]


class Acceptor:
    """Logs everybody on, answers the session's questions, and leaves orders to `answers`, by MsgType."""

    def __init__(self) -> None:
        self.peers: dict[str, Peer] = defaultdict(Peer)
        self.answers: dict[str, Answer] = {"D": lambda peer, order: peer.report(order.get("11") or "", "0")}
        self.address = ("", 0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire, peer = WireReader(), Peer()
        try:
            while data := await reader.read(65_536):
                for message in wire.read_all(data):
                    if message.msg_type == "A":
                        peer = self._logged_on(message, writer)
                    peer.received.append(message)
                    self._answer(peer, message)
        except OSError:
            pass
        peer.writer = None
        writer.close()

    def _logged_on(self, logon: WireMessage, writer: asyncio.StreamWriter) -> Peer:
        peer = self.peers[logon.get("49") or ""]
        peer.comp_id, peer.writer = logon.get("49") or "", writer
        if logon.get("141") == "Y":
            peer.next_out, peer.sent = 1, {}
        return peer

    def _answer(self, peer: Peer, message: WireMessage) -> None:
        if message.msg_type in self.answers:
            self.answers[message.msg_type](peer, message)
        elif message.msg_type == "A":
            peer.send("A", [("98", "0"), ("108", "30")])
        elif message.msg_type == "5":
            peer.send("5", [])
        elif message.msg_type == "2":
            for number in range(int(message.get("7") or 1), int(message.get("16") or 0) + 1):
                msg_type, fields = peer.sent[number]
                again = [("43", "Y"), ("122", utc_timestamp())]
                if msg_type == "8":
                    peer.write(msg_type, number, [*again, *fields])
                else:
                    peer.write("4", number, [*again, ("123", "Y"), ("36", str(number + 1))])


class BookServer:
    """Answers every HTTP request with the next of its books, the last one for ever."""

    def __init__(self) -> None:
        self.books: list[dict[str, object]] = []
        self.status = "200 OK"
        self.paths: list[str] = []
        self.address = ("", 0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.readline():
            self.paths.append(request.split()[1].decode())
            while (await reader.readline()).strip():
                pass
            book = self.books.pop(0) if len(self.books) > 1 else self.books[0]
            body = json.dumps(book).encode()
            head = f"HTTP/1.1 {self.status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
        writer.close()
