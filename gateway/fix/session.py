"""One FIX session, sans-IO: what it receives goes in, what it has to send comes out as bytes; time is its clock's.

It keeps the numbers, answers session messages, fills gaps both ways, and hands application messages on in their order.
It knows no sockets, orders or passwords: the acceptor feeds and drains it, the logon gate lets it begin.
The rules are those of FIX 4.4 vol. 2; each is named where it is kept.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from gateway.fix import tags
from gateway.fix.clock import GatewayClock
from gateway.fix.header_rules import HeaderProblem, HeaderRules
from gateway.fix.inbound_gap import InboundGap, Range
from gateway.fix.liveness import Due, Liveness
from gateway.fix.logon_terms import (
    NO_NEW_PASSWORD,
    NewPasswordAnswer,
    heartbeat_seconds,
    logon_body,
    refused_agreement,
    refused_second,
    session_status,
)
from gateway.fix.message import SOH, Message, SessionRejectReason
from gateway.fix.next_expected import stated_number, too_low
from gateway.fix.outbound import Outbound
from gateway.fix.profile import SessionProfile, SessionRules
from gateway.fix.reject_bodies import business_reject_body, reject_body
from gateway.fix.resend_requests import ResendRequests
from gateway.fix.routing import reversed_routing
from gateway.fix.sending_time import NANOSECONDS
from gateway.fix.sequence_reset import is_gap_fill, new_number, refused_reset
from gateway.fix.session_history import SessionHistory
from gateway.fix.session_hours import SessionHours
from gateway.fix.session_log import SessionLog
from gateway.fix.session_state import SessionEvent, SessionState, next_state
from gateway.fix.tags import MsgTypes
from gateway.fix.throttle import Throttle
from gateway.fix.traffic import Traffic

_log = structlog.get_logger(__name__)


class Session:
    """The state machine of one counterparty. `outbound.wire` is to be written; `closing` says why it has to end."""

    def __init__(
        self, profile: SessionProfile, venue_comp_id: str, log: SessionLog, rules: SessionRules, clock: GatewayClock
    ) -> None:
        self.profile = profile
        self.log = log
        self.outbound = Outbound(profile, venue_comp_id, log, clock, rules.resend_batch_messages)
        self.state = SessionState.IDLE
        self.next_in = log.next_in
        """MsgSeqNum expected next; `log.next_in` follows when all before it is durably accepted."""
        self.closing = ""
        """Why the connection has to be closed when all output is written; empty while it may stay."""
        self.last_disconnect = ""
        """Why the last connection ended, in words."""
        self.is_enabled = True
        """Whether it may log on; the operator's to say."""
        self.is_revoked = False
        """Whether there is no such session any more for who would log on. What happens to its orders is still kept."""
        self.history = SessionHistory()
        self.traffic = Traffic()
        self.on_application: Callable[[Session, Message], None] = _nobody
        self.on_output: Callable[[Session], None] = _nobody
        """Called when something is to be recorded or written, for the first time since `is_announced` was cleared."""
        self.is_announced = False
        self._rules = rules
        self._clock = clock
        self._habits = habits = profile.habits
        self._header_rules = HeaderRules(venue_comp_id, profile.comp_id, profile.time_accuracy(rules))
        self._logger = _log.bind(session=profile.comp_id)
        self._liveness = Liveness()
        self._logout_sent = 0
        self._gap = InboundGap(habits.resend_request_chunk, rules.early_messages_max)
        self._resend_requests = ResendRequests()
        self._throttle = Throttle(habits.messages_per_second, habits.message_burst)
        self._hours = SessionHours(habits.schedule) if habits.schedule is not None else None
        self.outbound.last_processed = self.next_in - 1
        self._handlers: dict[str, Callable[[Message], None]] = {
            MsgTypes.Heartbeat: _nobody,
            MsgTypes.Reject: self._reject_received,
            MsgTypes.TestRequest: self._test_request_received,
            MsgTypes.ResendRequest: self._resend_request_received,
            MsgTypes.SequenceReset: self._sequence_reset_received,
            MsgTypes.Logout: self._logout_received,
            MsgTypes.Logon: self._second_logon_received,
        }

    @property
    def last_received(self) -> int:
        """When the counterparty was last heard, nanoseconds since 1970 UTC; 0 before the first time."""
        return self._liveness.last_received

    @property
    def is_test_request_pending(self) -> bool:
        """Whether a TestRequest of ours waits for its answer."""
        return self._liveness.is_asking

    # Logging on and off

    def log_on(self, logon: Message, password: NewPasswordAnswer = NO_NEW_PASSWORD) -> None:
        """Begins with a Logon that the gate has let through: answers it, or refuses it for its number."""
        self.keep_hours()
        self._liveness.heard(self._clock)
        self.outbound.is_line_up = True
        is_reset = logon.fields.get(tags.ResetSeqNumFlag) == "Y"
        if is_reset and logon.seq != 1:
            self._refuse_logon(f"MsgSeqNum(34) must be 1 with ResetSeqNumFlag(141)=Y but is {logon.seq}", password)
            return
        if is_reset or self.profile.reset_on_logon:
            self._reset()
        problem = too_low(self.next_in, logon.seq) or self._header_rules.time_problem(logon.fields, self._clock.now)
        problem = problem or refused_agreement(logon, is_test=self._habits.is_test, next_out=self.log.next_out)
        if problem:
            self._refuse_logon(problem, password)
            return
        self._move(SessionEvent.LOGON_ACCEPTED)
        self._accept_logon(logon, password, is_reset=is_reset)

    def log_out(self, text: str) -> None:
        """Ends the session from our side: Logout with the reason, then nothing but the wait for the answer."""
        if self.state is not SessionState.ACTIVE:
            return
        self.outbound.stop_resending()
        self._send(MsgTypes.Logout, f"{tags.Text}={text}{SOH}")
        self.outbound.is_line_up = False
        self._logger.info("logout sent", reason=text)
        self._logout_sent = self._clock.real
        self.last_disconnect = text
        self._move(SessionEvent.LOGOUT_SENT)

    def end(self, text: str) -> None:
        """Ends the session from our side at once: Logout with the reason, and no wait for the answer."""
        self.log_out(text)
        if self.state is SessionState.LOGGING_OUT:
            self._give_up()

    def disconnected(self, reason: str) -> None:
        """The connection is gone. Numbers stay, what was not written is in the log."""
        if self.state in (SessionState.ACTIVE, SessionState.IDLE):
            self.last_disconnect = reason
        self._move(SessionEvent.CONNECTION_LOST)
        self.closing = ""
        self.outbound.clear()
        self._forget_gaps()
        self._logout_sent = 0
        if self._habits.reset_on_disconnect:
            self._reset()
            self._announce()

    # Sending

    def send(self, msg_type: str, body: str, *, event: int = 0, routing: str = "") -> None:
        """Numbers, records and queues an application message; without a connection it waits for a ResendRequest.

        `body` ends with SOH; `routing` are header fields; `event` is the venue event that the message reports.
        """
        self.outbound.send_application(msg_type, body, event, routing)
        if not self.is_announced:
            self._announce()

    def reject_application(self, message: Message, ref_id: str, reason: int, text: str) -> None:
        """Sends BusinessMessageReject(j) for a message that the dictionary allows and the venue does not."""
        body = business_reject_body(message, ref_id, reason, text)
        self.send(MsgTypes.BusinessMessageReject, body, routing=reversed_routing(message))

    def continue_resend(self) -> None:
        """Goes on with an answer to a ResendRequest; call while `outbound.is_resending` and the socket has room."""
        self.outbound.continue_resend()
        self._announce()

    def send_test_request(self) -> None:
        """Asks whether the counterparty is there; without an answer in time the line is ended as a dead one."""
        self._liveness.ask(self._clock)
        self._send(MsgTypes.TestRequest, f"{tags.TestReqID}={self._clock.text}{SOH}")

    def set_numbers(self, next_in: int, next_out: int) -> None:
        """Goes on with other numbers, also in the middle of a line; both sides then see what follows by the rules."""
        self.outbound.stop_resending()
        self._forget_gaps()
        self.log.set_numbers(next_in, next_out)
        self.next_in = next_in
        self.outbound.last_processed = next_in - 1
        self._announce()

    # Receiving

    def receive(self, message: Message) -> None:
        """Takes one whole message. Application messages go to `on_application`, each once and in order."""
        self._liveness.heard(self._clock)
        if self.state is not SessionState.ACTIVE:
            self._receive_while_leaving(message)
            return
        expected = self.profile.begin_string
        if message.begin_string != expected:
            self.log_out(f"Incorrect BeginString: {message.begin_string} is not the session's {expected}")
            return
        seq = message.seq
        if seq < 0:
            self.log_out("MsgSeqNum(34) is missing or not a number")
            return
        problem = self._header_rules.check(message, self._clock.now)
        if problem is not None:
            self._refuse_header(message, problem)
        elif seq == self.next_in:
            self._process(message)
            if self._gap.is_open:
                self._process_early()
        else:
            self._receive_out_of_turn(message)

    def tick(self) -> None:
        """Sends what the time asks for: Heartbeat, TestRequest, the end of a dead line. Call a few times a second."""
        clock = self._clock
        self.keep_hours()
        if self.state is SessionState.LOGGING_OUT:
            if clock.real - self._logout_sent >= self._rules.logout_timeout:
                self._give_up()
            return
        if self.state is not SessionState.ACTIVE:
            return
        liveness = self._liveness
        if liveness.is_heartbeat_due(clock, self.outbound.last_sent):
            self._send(MsgTypes.Heartbeat, "")
        due = liveness.due(clock)
        if due is Due.TEST_REQUEST:
            self._send(MsgTypes.TestRequest, f"{tags.TestReqID}={clock.text}{SOH}")
        elif due is Due.END:
            silence = liveness.silence_seconds(clock)
            self.end(f"nothing was received for {silence} s, nor an answer to TestRequest(1)")
        if self._gap.is_open and self.state is SessionState.ACTIVE:
            self._request_gap_when_due()

    def keep_hours(self) -> None:
        """Follows the schedule, if there is one: Logout at a period's end, numbers that begin anew with the next."""
        hours, log = self._hours, self.log
        if hours is None:
            return
        ends, began = hours.step(self._clock.now, log.period)
        if ends:
            self.log_out(ends)
        if began:
            if log.period and hours.schedule.resets:
                self._reset()
            log.begin_period(began)
            self._announce()

    @property
    def closed_hours(self) -> str:
        """Why the schedule lets nobody log on now; empty when it does."""
        return self._hours.closed(self._clock.now) if self._hours is not None else ""

    def _accept_logon(self, logon: Message, password: NewPasswordAnswer, *, is_reset: bool) -> None:
        heartbeat, stated = heartbeat_seconds(logon), stated_number(logon)
        is_in_turn = logon.seq == self.next_in
        if is_in_turn:
            self.outbound.last_processed = logon.seq
        self._liveness.interval = heartbeat * NANOSECONDS
        expected = self.next_in + is_in_turn if stated or self._habits.next_expected else 0
        body = logon_body(self.profile, heartbeat, password, is_reset=is_reset, next_expected=expected)
        number = self.log.next_out
        self._send(MsgTypes.Logon, body)
        self._logger.info("logged on", next_in=self.next_in, next_out=self.log.next_out, heartbeat_seconds=heartbeat)
        if logon.seq > self.next_in:
            self._gap.count(logon.seq)
            if stated:
                self._gap.expect(self.next_in, self._clock.real)
            else:
                self._request(self._gap.request(self.next_in, self._clock.real))
        elif is_in_turn:
            self._advance(logon.seq + 1)
        if 0 < stated < number:
            self.outbound.answer_resend(stated, number)

    def _refuse_logon(self, text: str, password: NewPasswordAnswer) -> None:
        self._send(MsgTypes.Logout, f"{session_status(password)}{tags.Text}={text}{SOH}")
        self.outbound.is_line_up = False
        self.closing = self.last_disconnect = text
        self.traffic.logons_refused += 1
        self._logger.info("logon refused", reason=text)
        self._move(SessionEvent.LOGON_REFUSED)

    def _process(self, message: Message) -> None:
        """A message whose turn it is."""
        self.outbound.last_processed = message.seq
        violation = message.violation
        if violation is not None:
            self._reject(message, violation.reason, violation.ref_tag, violation.text)
            self._advance(message.seq + 1)
            return
        handler = self._handlers.get(message.msg_type)
        if handler is not None:
            handler(message)
            if message.msg_type not in _MOVES_NUMBERS_ITSELF:
                self._advance(message.seq + 1)
            return
        self.next_in = message.seq + 1
        if not self.is_announced:
            self._announce()
        if self._throttle.admits(self._clock.real):
            self.on_application(self, message)
        else:
            self._too_fast(message, self._throttle.text)

    def _too_fast(self, message: Message, text: str) -> None:
        if self._habits.ends_when_throttled:
            self.log_out(text)
        else:
            self.reject_application(message, message.fields.get(tags.ClOrdID, ""), self.profile.version.throttled, text)

    def _process_early(self) -> None:
        gap = self._gap
        while self.state is SessionState.ACTIVE and gap.has(self.next_in):
            message = gap.take(self.next_in)
            if message is None:
                self._advance(self.next_in + 1)
            else:
                self._process(message)
        if self.state is SessionState.ACTIVE and (wanted := gap.progressed(self.next_in, self._clock.real)):
            self._request(wanted)

    def _receive_out_of_turn(self, message: Message) -> None:
        if message.msg_type == MsgTypes.SequenceReset and not is_gap_fill(message):
            self._sequence_reset_received(message)
            self._process_early()
        elif message.seq < self.next_in and message.fields.get(tags.PossDupFlag) == "Y":
            return
        elif message.msg_type == MsgTypes.Logon:
            self._second_logon_received(message)
        elif message.seq > self.next_in:
            self._receive_early(message)
        else:
            self.log_out(too_low(self.next_in, message.seq))

    def _receive_early(self, message: Message) -> None:
        """A gap: ask for it once, keep what came. What cannot wait is done at once and only counted later."""
        if message.msg_type == MsgTypes.Logout:
            self._logout_received(message)
            return
        if message.msg_type == MsgTypes.ResendRequest and message.violation is None:
            self._resend_request_received(message)
            self._gap.count(message.seq)
        else:
            self._gap.keep(message)
        self._request_gap_when_due()

    def _request_gap_when_due(self) -> None:
        patience = max(self._liveness.interval, NANOSECONDS)
        wanted = self._gap.request_if_due(self.next_in, self._clock.real, patience)
        if isinstance(wanted, str):
            self.log_out(wanted)
        elif wanted is not None:
            self._request(wanted)

    def _request(self, wanted: Range) -> None:
        begin, end = wanted
        self._send(MsgTypes.ResendRequest, f"{tags.BeginSeqNo}={begin}{SOH}{tags.EndSeqNo}={end}{SOH}")

    def _receive_while_leaving(self, message: Message) -> None:
        if self.state is SessionState.LOGGING_OUT and message.msg_type == MsgTypes.Logout:
            if message.seq == self.next_in:
                self._advance(message.seq + 1)
            self.closing = self.last_disconnect
            self._move(SessionEvent.LOGOUT_RECEIVED)
            self._logged_out()

    def _refuse_header(self, message: Message, problem: HeaderProblem) -> None:
        self._reject(message, problem.reason, problem.ref_tag, problem.text)
        if message.seq == self.next_in:
            self._advance(message.seq + 1)
        if problem.ends_session:
            self.log_out(problem.text)
        elif self._gap.is_open:
            self._process_early()

    # Session messages

    def _test_request_received(self, message: Message) -> None:
        self._send(MsgTypes.Heartbeat, f"{tags.TestReqID}={message.fields[tags.TestReqID]}{SOH}")

    def _reject_received(self, message: Message) -> None:
        text, ref = message.fields.get(tags.Text, ""), message.fields.get(tags.RefSeqNum)
        self._logger.warning("reject received", ref_seq_num=ref, text=text)

    def _logout_received(self, message: Message) -> None:
        text = message.fields.get(tags.Text, "")
        self.outbound.stop_resending()
        self._send(MsgTypes.Logout, "")
        self.outbound.is_line_up = False
        if message.seq == self.next_in:
            self._advance(message.seq + 1)
        self.closing = self.last_disconnect = f"the client logged out: {text}" if text else "the client logged out"
        self._logger.info("logged out", reason=self.closing)
        self._move(SessionEvent.LOGOUT_RECEIVED)
        self._logged_out()

    def _resend_request_received(self, message: Message) -> None:
        judged = self._resend_requests.judge(message, self.outbound)
        if judged.rejected:
            self._reject(message, SessionRejectReason.VALUE_IS_INCORRECT, tags.BeginSeqNo, judged.rejected)
        elif judged.ended:
            self.log_out(judged.ended)
        else:
            self.outbound.answer_resend(judged.begin, judged.end)
            self._announce()

    def _sequence_reset_received(self, message: Message) -> None:
        violation = message.violation
        if violation is not None:
            self._reject(message, violation.reason, violation.ref_tag, violation.text)
        elif text := refused_reset(message, self.next_in):
            self._reject(message, SessionRejectReason.VALUE_IS_INCORRECT, tags.NewSeqNo, text)
            if message.seq == self.next_in:
                self._advance(message.seq + 1)
        else:
            new = new_number(message)
            self._gap.skip_to(new)
            self._advance(new)

    def _second_logon_received(self, message: Message) -> None:
        """Within a session a Logon may only reset the numbers (FIX 4.4 vol. 2, Logon, ResetSeqNumFlag)."""
        problem = refused_second(message, self._rules, self.profile)
        if problem:
            self.log_out(problem)
            return
        self._reset()
        self._accept_logon(message, NO_NEW_PASSWORD, is_reset=True)

    # Parts

    def _advance(self, new: int) -> None:
        self.next_in = new
        self.outbound.last_processed = new - 1
        self._announce()

    def _reset(self) -> None:
        self.outbound.stop_resending()
        self._forget_gaps()
        self.log.reset()
        self.next_in = 1
        self.outbound.last_processed = 0

    def _forget_gaps(self) -> None:
        self._gap.clear()
        self._resend_requests.clear()

    def _logged_out(self) -> None:
        """Logouts have been exchanged; nothing more is sent on this line."""
        if self._habits.reset_on_logout:
            self._reset()
        self._announce()

    def _reject(self, message: Message, reason: int, ref_tag: str, text: str) -> None:
        self.traffic.rejects += 1
        self._logger.info("message rejected", seq=message.seq, msg_type=message.msg_type, reason=text)
        body = reject_body(message, self.profile.version, reason, ref_tag, text)
        self._send(MsgTypes.Reject, body, reversed_routing(message))

    def _send(self, msg_type: str, body: str, routing: str = "") -> None:
        self.outbound.send_administrative(msg_type, body, routing)
        self._announce()

    def _give_up(self) -> None:
        self.closing = self.last_disconnect
        self._move(SessionEvent.GIVEN_UP)
        self._announce()

    def _move(self, event: SessionEvent) -> None:
        self.state = next_state(self.state, event)

    def _announce(self) -> None:
        if not self.is_announced:
            self.is_announced = True
            self.on_output(self)


_MOVES_NUMBERS_ITSELF = frozenset({MsgTypes.SequenceReset, MsgTypes.Logout, MsgTypes.Logon})


def _nobody(*_: object) -> None:
    """Heartbeats need no answer, and a session that nobody has taken in has nobody to tell."""
