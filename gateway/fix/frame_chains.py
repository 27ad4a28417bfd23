"""All frames about one order, through its whole chain: whatever replaces or cancels it, and what is said about these.

ClOrdID(11) and OrigClOrdID(41) link the links; the venue's OrderID(37) names them all. For readers of the frame log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.fix.frame_log_reading import LoggedFrame

ANSWERS = frozenset({"8", "9", "r", "j", "3"})
"""What the venue answers requests with."""

_TYPE = re.compile(r"\x0135=([^\x01]*)")
_IDS = re.compile(r"\x01(?:11|41)=([^\x01]*)")


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


def msg_type(frame: LoggedFrame) -> str:
    """MsgType(35); empty where there is none."""
    found = _TYPE.search(frame.text)
    return found[1] if found else ""
