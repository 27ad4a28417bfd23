"""Answers a ResendRequest: what was sent goes out again as it was, runs of session messages become one gap fill.

FIX 4.4 vol. 2, Resend Request: application messages carry PossDupFlag=Y, their first SendingTime as OrigSendingTime and
their old number; session messages are never sent again. Sans-IO; a long answer is made in pieces, so that neither
memory nor the event loop is taken by it.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.fix import tags
from gateway.fix.message import SOH, encode

_SENDING_TIME = f"{SOH}{tags.SendingTime}="


class Resend:
    """One answer under way, for the numbers `begin` to `end`, both included."""

    def __init__(
        self,
        messages: Iterator[tuple[int, bytes]],
        begin_string: str,
        comp_fields: str,
        begin: int,
        end: int,
        *,
        is_first_time: bool = False,
    ) -> None:
        """`messages`: the application messages of the range, `comp_fields`: the session's CompIDs as header fields.

        `is_first_time`: they were numbered but never sent, so that they go out as they are.
        """
        self._messages = messages
        self._begin_string = begin_string
        self._comp_fields = comp_fields
        self._next = begin
        self._end = end
        self._is_first_time = is_first_time
        self.is_done = False

    def take(self, most: int, sending_time: str, header: str = "") -> Iterator[bytes]:
        """The next messages of the answer, about `most` at the most; `is_done` when none is left.

        `header`: further header fields of the gap fills; messages have theirs already.
        """
        for _ in range(most):
            found = next(self._messages, None)
            if found is None:
                if self._next <= self._end:
                    yield self._gap_fill(self._end + 1, sending_time, header)
                self.is_done = True
                return
            number, wire = found
            if number > self._next:
                yield self._gap_fill(number, sending_time, header)
            yield wire if self._is_first_time else self._again(wire, sending_time)
            self._next = number + 1

    def _again(self, wire: bytes, sending_time: str) -> bytes:
        text = wire.decode("latin-1")
        body = text[text.index(f"{SOH}{tags.MsgType}=") + 1 : text.rindex(f"{SOH}{tags.CheckSum}=") + 1]
        head, _, rest = body.partition(_SENDING_TIME)
        first_time, _, rest = rest.partition(SOH)
        return encode(
            self._begin_string,
            f"{head}{SOH}{tags.PossDupFlag}=Y{_SENDING_TIME}{sending_time}{SOH}"
            f"{tags.OrigSendingTime}={first_time}{SOH}{rest}",
        )

    def _gap_fill(self, new_seq_no: int, sending_time: str, header: str) -> bytes:
        return encode(
            self._begin_string,
            f"{tags.MsgType}=4{SOH}{self._comp_fields}{tags.MsgSeqNum}={self._next}{SOH}{tags.PossDupFlag}=Y"
            f"{_SENDING_TIME}{sending_time}{SOH}{tags.OrigSendingTime}={sending_time}{SOH}{header}"
            f"{tags.GapFillFlag}=Y{SOH}{tags.NewSeqNo}={new_seq_no}{SOH}",
        )
