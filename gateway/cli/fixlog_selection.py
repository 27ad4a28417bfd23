"""Which frames of the log somebody wants: of a session, of some types, or all that is about one order.

An order is followed through its whole chain: whatever replaces or cancels it, by ClOrdID(11) and OrigClOrdID(41), and
whatever is said about any of these. Used by `fixpit fixlog show`; reads frames and changes nothing.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from gateway.fix.frame_log import RECEIVED, SENT
from gateway.fix.frame_log_reading import LoggedFrame

REQUESTS = frozenset({"D", "F", "G", "H", "q", "AF"})
ANSWERS = frozenset({"8", "9", "r", "j", "3"})

OPEN_REQUESTS_MAX = 100_000
"""Requests that wait for their first answer: a log may hold many that never got one."""

_TYPE = re.compile(r"\x0135=([^\x01]*)")
_NUMBER = re.compile(r"\x0134=([^\x01]*)")
_REF_NUMBER = re.compile(r"\x0145=([^\x01]*)")
_CL_ORD_ID = re.compile(r"\x0111=([^\x01]*)")
_IDS = re.compile(r"\x01(?:11|41)=([^\x01]*)")


@dataclass(frozen=True)
class Selection:
    """What is wanted; what is empty or 0 excludes nothing."""

    session: str = ""
    types: frozenset[str] = frozenset()
    since: int = 0
    """Nanoseconds since 1970 UTC."""
    chain: Chain | None = None
    """The order that it is about."""

    def takes(self, frame: LoggedFrame) -> bool:
        """Whether a frame is wanted."""
        if frame.at < self.since or (self.session and frame.session != self.session):
            return False
        if self.types and (frame.is_note or msg_type(frame) not in self.types):
            return False
        return self.chain is None or self.chain.takes(frame)


@dataclass
class Chain:
    """Everything that names one order: ClOrdIDs of one session, of every one where none is given, and its OrderID."""

    session: str = ""
    cl_ord_ids: set[str] = field(default_factory=set)
    order_id: str = ""

    def takes(self, frame: LoggedFrame) -> bool:
        """Whether the frame is about the order; learns further names from it."""
        if frame.is_note or (self.session and frame.session != self.session):
            return False
        text = frame.text
        ids = {found for found in _IDS.findall(text) if found}
        is_about = not ids.isdisjoint(self.cl_ord_ids) or bool(
            self.order_id and f"\x0137={self.order_id}\x01" in text and msg_type(frame) in ANSWERS
        )
        if is_about:
            self.cl_ord_ids |= ids
        return is_about

    def learn(self, read: Callable[[], Iterable[LoggedFrame]]) -> None:
        """Goes through the log until no further name is found: a replace is known by what it replaced, too."""
        known = -1
        while known != len(self.cl_ord_ids):
            known = len(self.cl_ord_ids)
            for frame in read():
                self.takes(frame)


class RoundTrips:
    """How long the first answer to each request took, between its read and the write."""

    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[str, str], int] = OrderedDict()

    def nanoseconds(self, frame: LoggedFrame) -> int | None:
        """For the first answer to a request: how long it took. Give it every frame, in order."""
        if frame.direction == RECEIVED and msg_type(frame) in REQUESTS:
            for key in _keys(frame, _CL_ORD_ID, _NUMBER):
                self._asked[key] = frame.at
            while len(self._asked) > OPEN_REQUESTS_MAX:
                self._asked.popitem(last=False)
        elif frame.direction == SENT and msg_type(frame) in ANSWERS and "\x0143=Y\x01" not in frame.text:
            for key in _keys(frame, _CL_ORD_ID, _REF_NUMBER):
                asked = self._asked.pop(key, None)
                if asked is not None:
                    return frame.at - asked
        return None


def msg_type(frame: LoggedFrame) -> str:
    """MsgType(35); empty where there is none."""
    found = _TYPE.search(frame.text)
    return found[1] if found else ""


def _keys(frame: LoggedFrame, cl_ord_id: re.Pattern[str], number: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for kind, pattern in (("11", cl_ord_id), ("34", number)):
        found = pattern.search(frame.text)
        if found is not None:
            yield frame.session, f"{kind}={found[1]}"
