"""The client's side of a FIX session, without a socket and without a clock.

It numbers what is sent, keeps it for ResendRequests, and brings what is received into order: a gap is asked for, what
came too early waits, what came twice is dropped. Numbers live as long as the object, so a participant that loses the
line and logs on again goes on where it was. `fix_client` holds the socket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.scenario.wire import Pairs, WireMessage, written

LOGON, LOGOUT, HEARTBEAT, TEST_REQUEST, RESEND_REQUEST, REJECT, SEQUENCE_RESET = "A", "5", "0", "1", "2", "3", "4"
SESSION_TYPES = frozenset({LOGON, LOGOUT, HEARTBEAT, TEST_REQUEST, RESEND_REQUEST, REJECT, SEQUENCE_RESET})

MOST_WAITING = 10_000
"""Messages kept that came before those that fill the gap; a venue that sends more without filling it is lost."""


@dataclass(frozen=True)
class Identity:
    """Who talks to whom, in which version."""

    begin_string: str
    sender: str
    target: str


@dataclass(frozen=True)
class Sent:
    """An application message kept for a ResendRequest."""

    msg_type: str
    fields: tuple[tuple[str, str], ...]
    sending_time: str


class ClientSession:
    """Sequence numbers, resends and gaps of one client. `now` gives SendingTime(52) as text."""

    def __init__(self, identity: Identity, header_tags: frozenset[str], now: Callable[[], str]) -> None:
        self.identity = identity
        self.next_out = 1
        self.next_in = 1
        self.logged_on = False
        self.problem = ""
        """What the venue did that breaks the session; the client says it in its Logout and goes."""
        self.logout_text: str | None = None
        """Text(58) of the venue's Logout, empty when it has none; None as long as none came."""
        self._header_tags = header_tags
        self._now = now
        self._sent: dict[int, Sent] = {}
        self._waiting: dict[int, WireMessage] = {}
        self._asked_up_to = 0
        self._outbox: list[bytes] = []

    def take_outgoing(self) -> list[bytes]:
        """What must be sent now, in order; it is handed out once."""
        outgoing, self._outbox = self._outbox, []
        return outgoing

    def line_opened(self) -> None:
        """A new connection: what belonged to the old one is over, numbers go on."""
        self.logged_on, self.problem, self.logout_text = False, "", None
        self._waiting.clear()
        self._asked_up_to = 0

    def restart_numbers(self) -> None:
        """Both sides begin with 1 again: before a Logon with ResetSeqNumFlag=Y."""
        self.next_out = self.next_in = 1
        self._sent.clear()

    def send(self, msg_type: str, fields: Pairs) -> None:
        """Number a message and put it into what must be sent.

        Fields of the header stand in the header wherever they were given. One that the session fills in itself (34, 49,
        52, 56) is taken as given; a MsgSeqNum(34) of the author's own leaves the count as it is.
        """
        given = dict(fields)
        now = given.get("52", self._now())
        number = given.get("34", str(self.next_out))
        self._put(msg_type, fields, number, now)
        if "34" in given:
            return
        if msg_type not in SESSION_TYPES:
            self._sent[self.next_out] = Sent(msg_type, tuple(fields), now)
        self.next_out += 1

    def receive(self, message: WireMessage) -> list[WireMessage]:
        """The messages that are now next in order, this one among them or not. Answers are in `take_outgoing`."""
        if message.msg_type == SEQUENCE_RESET and message.get("123") != "Y":
            self.next_in = int(message.get("36") or self.next_in)
            return [message, *self._released()]
        if message.msg_type == LOGON and message.get("141") == "Y":
            self.next_in = message.sequence
        if message.sequence < self.next_in:
            return self._too_low(message)
        if message.sequence > self.next_in:
            return self._too_high(message)
        return [*self._take(message), *self._released()]

    def _take(self, message: WireMessage) -> list[WireMessage]:
        self.next_in += 1
        if message.msg_type == SEQUENCE_RESET:
            self.next_in = max(self.next_in, int(message.get("36") or 0))
        self._answer(message)
        return [message]

    def _released(self) -> list[WireMessage]:
        released: list[WireMessage] = []
        for number in sorted(self._waiting):
            if number < self.next_in:
                del self._waiting[number]
        while (message := self._waiting.pop(self.next_in, None)) is not None:
            if message.msg_type in (LOGON, RESEND_REQUEST, LOGOUT):
                self.next_in += 1  # answered when it came: these are not to wait for a gap to be filled
            else:
                released += self._take(message)
        return released

    def _too_low(self, message: WireMessage) -> list[WireMessage]:
        if message.is_poss_dup:
            return []
        expected = self.next_in
        self.problem = f"MsgSeqNum(34) too low: expected {expected}, received {message.sequence}"
        self.send(LOGOUT, [("58", self.problem)])
        return [message]

    def _too_high(self, message: WireMessage) -> list[WireMessage]:
        """A gap: FIX 4.4 vol. 2, "Message recovery": ask for what is missing, keep what came."""
        if len(self._waiting) >= MOST_WAITING:
            self.problem = f"the gap before MsgSeqNum(34) {message.sequence} is not filled: {self.next_in} never came"
            self.send(LOGOUT, [("58", self.problem)])
            return [message]
        self._waiting[message.sequence] = message
        is_urgent = message.msg_type in (LOGON, RESEND_REQUEST, LOGOUT)
        if is_urgent:
            self._answer(message)
        if self._asked_up_to < self.next_in and message.msg_type != LOGOUT:
            self._asked_up_to = message.sequence - 1
            self.send(RESEND_REQUEST, [("7", str(self.next_in)), ("16", str(self._asked_up_to))])
        return [message] if is_urgent else []

    def _answer(self, message: WireMessage) -> None:
        match message.msg_type:
            case "A":
                self.logged_on = True
            case "1":
                self.send(HEARTBEAT, [("112", message.get("112") or "")])
            case "2":
                self._resend(int(message.get("7") or 1), int(message.get("16") or 0))
            case "5":
                was_logged_on, self.logged_on = self.logged_on, False
                self.logout_text = message.get("58") or ""
                if was_logged_on:
                    self.send(LOGOUT, [])
            case _:
                pass

    def _resend(self, begin: int, end: int) -> None:
        last = self.next_out - 1 if end == 0 else min(end, self.next_out - 1)
        gap_from = begin
        for number in range(begin, last + 1):
            sent = self._sent.get(number)
            if sent is None:
                continue
            self._fill_gap(gap_from, number)
            again = [("43", "Y"), ("122", sent.sending_time)]
            fields = [(tag, value) for tag, value in sent.fields if tag not in ("43", "122", "52")]
            self._put(sent.msg_type, [*again, *fields], str(number), self._now())
            gap_from = number + 1
        self._fill_gap(gap_from, last + 1)

    def _fill_gap(self, begin: int, new: int) -> None:
        if begin < new:
            now = self._now()
            fields = [("43", "Y"), ("122", now), ("123", "Y"), ("36", str(new))]
            self._put(SEQUENCE_RESET, fields, str(begin), now)

    def _put(self, msg_type: str, fields: Pairs, number: str, now: str) -> None:
        own = {"49": self.identity.sender, "56": self.identity.target, "34": number, "52": now}
        given = dict(fields)
        header = [(tag, given.get(tag, value)) for tag, value in own.items()]
        header += [(tag, value) for tag, value in fields if tag in self._header_tags and tag not in own]
        body = [(tag, value) for tag, value in fields if tag not in self._header_tags and tag not in own]
        begin_string = given.get("8", self.identity.begin_string)
        self._outbox.append(written(begin_string, msg_type, [*header, *body]))
