"""Which frames of the log somebody wants: of a session, of some types, of one order; and how long answers took.

Used by `fixpit fixlog show`; reads frames and changes nothing.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.fix.frame_chains import ANSWERS, Chain, msg_type
from gateway.fix.frame_log import RECEIVED, SENT
from gateway.fix.frame_log_reading import LoggedFrame

REQUESTS = frozenset({"D", "F", "G", "H", "q", "AF"})
"""Messages that a client waits for the answer of."""

OPEN_REQUESTS_MAX = 100_000
"""Requests that wait for their first answer: a log may hold many that never got one."""

_NUMBER = re.compile(r"\x0134=([^\x01]*)")
_REF_NUMBER = re.compile(r"\x0145=([^\x01]*)")
_CL_ORD_ID = re.compile(r"\x0111=([^\x01]*)")


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


def _keys(frame: LoggedFrame, cl_ord_id: re.Pattern[str], number: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    for kind, pattern in (("11", cl_ord_id), ("34", number)):
        found = pattern.search(frame.text)
        if found is not None:
            yield frame.session, f"{kind}={found[1]}"
