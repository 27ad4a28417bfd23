"""What a session sends: every message gets its number, is recorded, and goes out when line and turn are there.

Application messages for a counterparty that is away are recorded all the same and wait for its ResendRequest. While an
answer to one is under way, live messages wait behind it: sent in between, they would look like another gap.
"""

from __future__ import annotations

from collections import deque
from heapq import merge

from gateway.fix import tags
from gateway.fix.clock import GatewayClock
from gateway.fix.framing import TRAILERS, checksum
from gateway.fix.message import SOH
from gateway.fix.profile import SessionProfile
from gateway.fix.resend import Resend
from gateway.fix.session_log import SessionLog

RESENDS_MAX = 16
"""ResendRequests that may wait while one is answered; a counterparty that asks for more is in a loop."""

HELD_ADMINISTRATIVE_MAX = 1_000
"""Session messages that wait behind a resend. Only a counterparty that asks without reading makes more of them: those
are passed over by gap fill.
"""


class Outbound:
    """The sending half of a session. `wire` is what the socket has to write next."""

    def __init__(
        self, profile: SessionProfile, venue_comp_id: str, log: SessionLog, clock: GatewayClock, resend_batch: int
    ) -> None:
        """`resend_batch`: messages of a resend that are made at a time."""
        self.log = log
        self.wire: list[bytes] = []
        self.is_line_up = False
        """Whether what is numbered now may be sent now."""
        self.last_sent = 0
        """When something was last queued for the line or held back, by the clock's `line`."""
        self.last_processed = 0
        """MsgSeqNum of the message that was handled last, for LastMsgSeqNumProcessed(369)."""
        self._states_processed = profile.habits.last_processed
        self._clock = clock
        self._resend_batch = resend_batch
        self._begin_string = profile.begin_string
        self._comp_fields = f"{tags.SenderCompID}={venue_comp_id}{SOH}{tags.TargetCompID}={profile.comp_id}{SOH}"
        self._seq_head = f"{SOH}{self._comp_fields}{tags.MsgSeqNum}="
        self._time_head = f"{SOH}{tags.SendingTime}="
        self._wire_head = f"8={profile.begin_string}{SOH}9="
        self._resends: deque[Resend] = deque()
        self._held_from = 0
        self._held_administrative: list[tuple[int, bytes]] = []

    def send_application(self, msg_type: str, body: str, event: int = 0, routing: str = "") -> None:
        """Records and queues a message that a ResendRequest may bring again; `event`: the venue event it reports."""
        self.log.record_application(self._queue(msg_type, body, routing), event)

    def send_administrative(self, msg_type: str, body: str, routing: str = "") -> None:
        """Records the number of a session message and queues it."""
        number, data = self.log.next_out, self._queue(msg_type, body, routing)
        if self._held_from and len(self._held_administrative) < HELD_ADMINISTRATIVE_MAX:
            self._held_administrative.append((number, data))
        self.log.record_administrative()

    @property
    def is_resending(self) -> bool:
        """Whether an answer to a ResendRequest goes on: call `continue_resend` when the socket has room."""
        return bool(self._resends)

    @property
    def has_room_for_resend(self) -> bool:
        """Whether one more ResendRequest may wait."""
        return len(self._resends) < RESENDS_MAX

    @property
    def last_number(self) -> int:
        """The highest number that went out; what is held back behind a resend has not."""
        return (self._held_from or self.log.next_out) - 1

    def answer_resend(self, begin: int, end: int) -> None:
        """Sends again what went out under the numbers `begin` to `end`; what is too much for now follows later."""
        self._resends.append(Resend(self.log.sent(begin, end), self._begin_string, self._comp_fields, begin, end))
        if len(self._resends) == 1:
            self.continue_resend()

    def continue_resend(self) -> None:
        """Queues the next piece of the answer under way; nothing while the disk is full, for some would be missing."""
        if not self.log.flush():
            return
        resends = self._resends
        self.wire.extend(resends[0].take(self._resend_batch, self._clock.text, self._processed()))
        self.last_sent = self._clock.line
        if resends[0].is_done:
            resends.popleft()
            if not resends and self._held_from:
                resends.append(self._release_held())

    def stop_resending(self) -> None:
        """Forgets all answers under way; what they held back stays recorded."""
        self._resends.clear()
        self._held_from = 0
        self._held_administrative = []

    def clear(self) -> None:
        """The line is gone, and with it what was not written."""
        self.is_line_up = False
        self.wire.clear()
        self.stop_resending()

    def _release_held(self) -> Resend:
        """What waited goes out for the first time; what comes meanwhile waits in its turn."""
        begin, end = self._held_from, self.log.next_out - 1
        messages = merge(self.log.sent(begin, end), self._held_administrative)
        self._held_from, self._held_administrative = 0, []
        return Resend(messages, self._begin_string, self._comp_fields, begin, end, is_first_time=True)

    def _processed(self) -> str:
        return f"{tags.LastMsgSeqNumProcessed}={self.last_processed}{SOH}" if self._states_processed else ""

    def _queue(self, msg_type: str, body: str, routing: str) -> bytes:
        number = self.log.next_out
        if self._states_processed:
            routing = self._processed() + routing
        text = f"35={msg_type}{self._seq_head}{number}{self._time_head}{self._clock.text}{SOH}{routing}{body}"
        data = f"{self._wire_head}{len(text)}{SOH}{text}".encode("latin-1", "replace")
        data += TRAILERS[checksum(data)]
        if self.is_line_up:
            self.last_sent = self._clock.line
            if not self._resends:
                self.wire.append(data)
            elif not self._held_from:
                self._held_from = number
        return data
