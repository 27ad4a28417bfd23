"""One connection of the probe: it sends what a case says, right or wrong, and reads what comes back strictly.

Every message of the acceptor has to be whole, sum up and have the next MsgSeqNum(34); what is not so fails the case,
whatever the case is about. No code of the venue is used.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import simplefix

Fields = Sequence[tuple[int, object]]

READ_BYTES = 65_536

FREE_SECONDS = 1.0
"""How long an acceptor may take to see that the last connection of the session is gone."""

AGAIN_SECONDS = 0.05

END_TIMEOUTS = 3
"""Timeouts in which a connection has to end: an acceptor may wait for an answer to its Logout, or to a TestRequest."""

_HEAD = re.compile(rb"8=(FIX[^\x01]*)\x019=([0-9]{1,9})\x0135=")


class CaseFailed(Exception):
    """The acceptor did not do what it has to; the text says what it did."""


class Target(msgspec.Struct, frozen=True):
    """The acceptor, and who the probe is there."""

    host: str
    port: int
    sender: str
    """SenderCompID(49) of the probe."""
    target: str
    """TargetCompID(56): the acceptor's CompID."""
    username: str = ""
    password: str = ""
    version: str = "FIX.4.4"
    """FIX.4.2, FIX.4.4 or FIX.5.0SP2."""
    account: str = ""
    symbol: str = "ACME"
    quantity: str = "100"
    price: str = "9.00"
    """Limit of the probe's orders; low enough that a buy order rests."""
    heartbeat_seconds: int = 2
    timeout_seconds: float = 5.0
    """How long an answer may take."""

    @property
    def begin_string(self) -> str:
        """BeginString(8): since 5.0 it is that of the transport."""
        return "FIXT.1.1" if self.version.startswith("FIX.5") else self.version

    @property
    def is_fix42(self) -> bool:
        """Whether the version still has ExecTransType(20)."""
        return self.version == "FIX.4.2"


class Answer(msgspec.Struct, frozen=True):
    """A message of the acceptor."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, tag: int) -> str:
        """The first value of a tag; empty when there is none."""
        return next((value for name, value in self.pairs if name == str(tag)), "")

    @property
    def msg_type(self) -> str:
        """MsgType(35)."""
        return self.get(35)

    def require(self, values: dict[int, str]) -> Answer:
        """Itself, when these tags have these values; fails the case otherwise."""
        for tag, value in values.items():
            if self.get(tag) != value:
                raise CaseFailed(f"expected {tag}={value}, received {self}")
        return self

    def __str__(self) -> str:
        """As people write it, without what is always there."""
        return "|".join(f"{tag}={value}" for tag, value in self.pairs if tag not in {"8", "9", "49", "56", "52", "10"})


class Line:
    """A socket and both numbers. Used in `with`, which closes it."""

    def __init__(self, target: Target) -> None:
        """Connects. Raises `OSError` when nobody listens."""
        self.target = target
        self.next_out = 1
        """MsgSeqNum(34) of what is sent next."""
        self.next_in = 1
        """MsgSeqNum(34) of what has to come next; 0: the next one tells."""
        self._unread = b""
        self._socket = self._connected()

    def __enter__(self) -> Line:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the socket."""
        self.close()

    def close(self) -> None:
        """Without a Logout, as a broken line ends."""
        self._socket.close()

    # Sending

    def send(self, msg_type: str, fields: Fields = (), **header: object) -> None:
        """One message with the next number; see `message` for `header`."""
        self.write(self.message(msg_type, fields, **header))

    def write(self, data: bytes) -> None:
        """Bytes as they are."""
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise CaseFailed(f"the connection ended while the probe was sending: {error}") from None

    def message(self, msg_type: str, fields: Fields = (), **header: object) -> bytes:
        """The next message. `header` changes `begin`, `sender`, `target`, `number` or `age` (seconds of SendingTime).

        A number of None leaves MsgSeqNum(34) out; with a number given, the count does not go on.
        """
        made = simplefix.FixMessage()
        made.append_pair(8, header.get("begin", self.target.begin_string))
        made.append_pair(35, msg_type)
        made.append_pair(49, header.get("sender", self.target.sender))
        made.append_pair(56, header.get("target", self.target.target))
        number = header.get("number", self.next_out)
        if number is not None:
            made.append_pair(34, number)
        made.append_pair(52, utc_timestamp(float(str(header.get("age", 0)))))
        for tag, value in fields:
            made.append_pair(tag, value, header=tag in {43, 97, 122})
        if "number" not in header:
            self.next_out += 1
        return bytes(made.encode())

    def log_on(self, fields: Fields = ()) -> Answer:
        """Logs on with both numbers from 1, and answers the acceptor's Logon.

        A refusal is tried again for a moment: the acceptor may not have seen yet that the last line is gone.
        """
        deadline = time.monotonic() + FREE_SECONDS
        while True:
            self.send_logon(fields)
            answer = self._read(None)
            if answer is not None and answer.msg_type == "A":
                return answer
            if time.monotonic() > deadline:
                raise CaseFailed(f"the Logon(A) was answered by {answer or 'the end of the connection'}")
            self.close()
            time.sleep(AGAIN_SECONDS)
            self.next_out = self.next_in = 1
            self._unread = b""
            self._socket = self._connected()

    def send_logon(self, fields: Fields = (), *, is_reset: bool = True, **header: object) -> None:
        """The Logon alone."""
        target = self.target
        terms: list[tuple[int, object]] = [(98, 0), (108, target.heartbeat_seconds)]
        terms += [(141, "Y")] if is_reset else []
        terms += [(553, target.username)] if target.username else []
        terms += [(554, target.password)] if target.password else []
        terms += [(1137, 9)] if target.begin_string == "FIXT.1.1" else []
        self.send("A", [*terms, *fields], **header)

    # Receiving

    def receive(self, within_seconds: float | None = None) -> Answer:
        """The next message. Fails the case when none comes, or when the connection ends."""
        answer = self._read(within_seconds)
        if answer is None:
            raise CaseFailed("the connection was closed instead of an answer")
        return answer

    def receive_until(self, is_it: Callable[[Answer], bool], what: str) -> Answer:
        """The first message that is meant; what comes before it is passed over, a TestRequest answered."""
        deadline = time.monotonic() + self.target.timeout_seconds
        while time.monotonic() < deadline:
            answer = self.receive(deadline - time.monotonic())
            if is_it(answer):
                return answer
            if answer.msg_type == "1":
                self.send("0", [(112, answer.get(112))])
        raise CaseFailed(f"{what} did not come within {self.target.timeout_seconds} s")

    def expect(self, msg_type: str, **values: str) -> Answer:
        """The next message that is no Heartbeat: of this type and with these values, written `_39="0"`."""
        answer = self.receive_until(lambda one: one.msg_type not in {"0", "1"}, f"MsgType(35) {msg_type}")
        if answer.msg_type not in msg_type.split("|"):
            raise CaseFailed(f"expected MsgType(35) {msg_type}, received {answer}")
        for tag, value in values.items():
            found = answer.get(int(tag[1:]))
            if found not in value.split("|"):
                raise CaseFailed(f"expected {tag[1:]}={value}, received {answer}")
        return answer

    def expect_alive(self) -> None:
        """The session stands, and all numbers so far were as the acceptor counts them."""
        word = f"alive-{self.next_out}"
        self.send("1", [(112, word)])
        answer = self.receive_until(
            lambda one: one.msg_type != "0" or one.get(112) == word, "the answer to TestRequest"
        )
        if answer.msg_type != "0":
            raise CaseFailed(f"a TestRequest(1) was answered by {answer}")

    def expect_end(self, *, is_logout_wanted: bool = False) -> str:
        """The connection ends; answers the Text(58) of the Logout before it."""
        text, has_logout = "", False
        deadline = time.monotonic() + END_TIMEOUTS * self.target.timeout_seconds
        while (answer := self._read(None)) is not None:
            if time.monotonic() > deadline:
                raise CaseFailed("the connection was not closed")
            if answer.msg_type == "5":
                has_logout, text = True, answer.get(58)
                self.send("5")
        if is_logout_wanted and not has_logout:
            raise CaseFailed("the connection was closed without a Logout(5)")
        return text

    def _read(self, within_seconds: float | None) -> Answer | None:
        """The next message; None at the end of the connection."""
        seconds = self.target.timeout_seconds if within_seconds is None else within_seconds
        deadline = time.monotonic() + seconds
        while (answer := self._cut()) is None:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                data = self._socket.recv(READ_BYTES)
            except TimeoutError:
                raise CaseFailed(f"nothing came within {seconds:.1f} s") from None
            except ConnectionError:
                return None
            if not data:
                return None
            self._unread += data
        self._check_number(answer)
        return answer

    def _cut(self) -> Answer | None:
        head = _HEAD.match(self._unread)
        if head is None:
            if len(self._unread) > 64:
                raise CaseFailed(f"what came does not begin as a FIX message: {self._unread[:64]!r}")
            return None
        stop = head.end() - 3 + int(head[2])
        if len(self._unread) < stop + 7:
            return None
        whole, self._unread = self._unread[: stop + 7], self._unread[stop + 7 :]
        if whole[stop:] != b"10=%03d\x01" % (sum(whole[:stop]) & 255):
            raise CaseFailed(f"BodyLength(9) or CheckSum(10) is wrong in {whole!r}")
        parts = (part.partition("=") for part in whole.decode("latin-1")[:-1].split("\x01"))
        return Answer(tuple((tag, value) for tag, _, value in parts))

    def _connected(self) -> socket.socket:
        target = self.target
        made = socket.create_connection((target.host, target.port), timeout=target.timeout_seconds)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _check_number(self, answer: Answer) -> None:
        if answer.get(43) == "Y":
            return
        if self.next_in == 0 and answer.get(34).isdecimal():
            self.next_in = int(answer.get(34))
        if answer.get(34) != str(self.next_in):
            raise CaseFailed(f"MsgSeqNum(34) has to be {self.next_in} but is {answer.get(34)}: {answer}")
        self.next_in += 1


def utc_timestamp(age_seconds: float = 0) -> str:
    """The time now, or so many seconds ago, as FIX writes it."""
    return (datetime.now(UTC) - timedelta(seconds=age_seconds)).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
