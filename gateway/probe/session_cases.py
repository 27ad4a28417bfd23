"""Cases of the session: logging on and off, numbers, gaps, resends, heartbeats, and input that is no message.

The rules are those of the FIX session layer (FIX 4.4 vol. 2), which hold for every version and every acceptor.
"""

from __future__ import annotations

import time

from gateway.probe.line import CaseFailed, Line, Target


def logon_is_answered(target: Target) -> None:
    """Logon with ResetSeqNumFlag: Logon number 1 comes back with the same HeartBtInt and no encryption."""
    with Line(target) as line:
        answer = line.log_on()
        interval = str(target.heartbeat_seconds)
        answer.require({98: "0", 108: interval, 141: "Y", 49: target.target, 56: target.sender})
        line.expect_alive()


def first_message_must_be_logon(target: Target) -> None:
    """Anything else at first: the connection is closed."""
    with Line(target) as line:
        line.send("1", [(112, "who are you")])
        line.expect_end()


def unknown_identity_is_refused(target: Target) -> None:
    """A Logon for a CompID that the acceptor does not have: no session, and the connection is closed."""
    with Line(target) as line:
        line.send_logon(target="NOBODY-OF-THIS-NAME")
        line.next_in = 1
        if (answer := _first_or_none(line)) is not None and answer != "5":
            raise CaseFailed(f"a Logon(A) to another TargetCompID(56) was answered by MsgType(35) {answer}")


def second_connection_leaves_one(target: Target) -> None:
    """A second connection of the same session: one of the two lives on, never both."""
    with Line(target) as first:
        first.log_on()
        with Line(target) as second:
            second.send_logon()
            alive = 0
            for line in (first, second):
                try:
                    line.expect_alive()
                    alive += 1
                except CaseFailed:
                    line.close()
            if alive != 1:
                raise CaseFailed(f"{alive} of two connections of one session stay logged on; one should")


def logout_is_answered(target: Target) -> None:
    """Logout: Logout comes back and the connection ends."""
    with Line(target) as line:
        line.log_on()
        line.send("5")
        line.expect_end(is_logout_wanted=True)


def test_request_is_answered(target: Target) -> None:
    """TestRequest: Heartbeat with the same TestReqID."""
    with Line(target) as line:
        line.log_on()
        line.send("1", [(112, "say it back")])
        line.receive_until(lambda one: one.msg_type == "0" and one.get(112) == "say it back", "the Heartbeat")


def heartbeats_keep_the_interval(target: Target) -> None:
    """Nothing to say: a Heartbeat comes each HeartBtInt, neither much later nor all the time."""
    with Line(target) as line:
        line.log_on()
        interval = target.heartbeat_seconds
        began = time.monotonic()
        for _ in range(2):
            answer = line.receive(within_seconds=interval * 1.5 + 1)
            if answer.msg_type not in {"0", "1"}:
                raise CaseFailed(f"expected a Heartbeat(0), received {answer}")
            line.send("0")
        seconds = time.monotonic() - began
        if seconds < interval:
            raise CaseFailed(f"two heartbeats came within {seconds:.1f} s; HeartBtInt(108) is {interval}")


def silence_is_asked_and_ends(target: Target) -> None:
    """A client that says nothing: TestRequest, and without an answer the end of the connection."""
    with Line(target) as line:
        line.log_on()
        line.receive_until(lambda one: one.msg_type == "1", "a TestRequest(1) after silence")
        line.expect_end()


def wrong_check_sum_is_ignored(target: Target) -> None:
    """A wrong CheckSum: the message is ignored and its number not used up."""
    with Line(target) as line:
        line.log_on()
        sound = line.message("1", [(112, "never")], number=line.next_out)
        line.write(sound[:-4] + b"%03d\x01" % ((int(sound[-4:-1]) + 1) % 256))
        line.expect_alive()


def wrong_body_length_is_ignored(target: Target) -> None:
    """A wrong BodyLength: the message is ignored and its number not used up."""
    with Line(target) as line:
        line.log_on()
        sound = line.message("1", [(112, "never")], number=line.next_out)
        head, _, rest = sound.partition(b"\x019=")
        length, _, body = rest.partition(b"\x01")
        changed = b"%b\x019=%d\x01%b" % (head, int(length) - 3, body[:-7])
        line.write(b"%b10=%03d\x01" % (changed, sum(changed) & 255))
        line.expect_alive()


def garbage_is_skipped(target: Target) -> None:
    """Bytes that are no message between two that are: the second is found."""
    with Line(target) as line:
        line.log_on()
        line.write(b"\x00\xff not FIX 8=FIX \x01\x01=\x01 9=12\x01")
        line.expect_alive()


def bytes_may_come_in_any_pieces(target: Target) -> None:
    """One message byte by byte, then three at once: all are answered."""
    with Line(target) as line:
        line.log_on()
        whole = line.message("1", [(112, "slowly")])
        for place in range(len(whole)):
            line.write(whole[place : place + 1])
        line.receive_until(lambda one: one.get(112) == "slowly", "the Heartbeat")
        line.write(b"".join(line.message("1", [(112, f"quickly-{number}")]) for number in range(3)))
        line.receive_until(lambda one: one.get(112) == "quickly-2", "the third Heartbeat")


def gap_is_asked_for_and_filled(target: Target) -> None:
    """A number too high: ResendRequest from the expected one; a gap fill brings the session up to date."""
    with Line(target) as line:
        line.log_on()
        expected = line.next_out
        line.next_out += 3
        line.send("1", [(112, "ahead")])
        answer = line.expect("2", _7=str(expected))
        if answer.get(16) not in {"0", "999999", str(expected + 2), str(expected + 3)}:
            raise CaseFailed(f"EndSeqNo(16) {answer.get(16)} leaves a part of the gap open")
        line.send("4", [(43, "Y"), (122, _now()), (123, "Y"), (36, expected + 4)], number=expected)
        line.expect_alive()


def too_low_ends_the_session(target: Target) -> None:
    """A number too low without PossDupFlag: Logout with the reason, then the end."""
    with Line(target) as line:
        line.log_on()
        line.expect_alive()
        line.send("1", [(112, "again")], number=line.next_out - 1)
        if not line.expect_end(is_logout_wanted=True):
            raise CaseFailed("the Logout(5) has no Text(58) that says why")


def too_low_as_duplicate_is_ignored(target: Target) -> None:
    """A number too low with PossDupFlag: it was received before, and the session goes on."""
    with Line(target) as line:
        line.log_on()
        line.expect_alive()
        line.send("0", [(43, "Y"), (122, _now())], number=line.next_out - 1)
        line.expect_alive()


def sequence_reset_raises(target: Target) -> None:
    """SequenceReset in reset mode: the next number is NewSeqNo."""
    with Line(target) as line:
        line.log_on()
        line.send("4", [(36, line.next_out + 20)])
        line.next_out += 19
        line.expect_alive()


def sequence_reset_never_lowers(target: Target) -> None:
    """SequenceReset backwards: Reject, and the numbers stay."""
    with Line(target) as line:
        line.log_on()
        line.expect_alive()
        line.expect_alive()
        expected = line.next_out
        line.send("4", [(36, 1)])
        line.expect("3", _45=str(expected))
        line.expect_alive()


def gap_fill_never_lowers(target: Target) -> None:
    """A gap fill to a number that was used: Reject or Logout, never a step back."""
    with Line(target) as line:
        line.log_on()
        line.expect_alive()
        line.send("4", [(123, "Y"), (36, 1)])
        line.expect("3|5")


def resend_fills_session_messages(target: Target) -> None:
    """ResendRequest for session messages alone: one gap fill over them, marked as possibly duplicate."""
    with Line(target) as line:
        line.log_on()
        line.expect_alive()
        line.send("2", [(7, 1), (16, 0)])
        answer = line.expect("4", _123="Y", _34="1", _43="Y")
        if int(answer.get(36) or 0) != line.next_in:
            raise CaseFailed(f"NewSeqNo(36) has to be {line.next_in}: {answer}")
        line.expect_alive()


def resend_of_what_was_never_sent(target: Target) -> None:
    """ResendRequest beyond what was sent: refused or filled, and the numbers stay what they are."""
    with Line(target) as line:
        line.log_on()
        line.send("2", [(7, line.next_in + 100), (16, line.next_in + 200)])
        line.send("1", [(112, "still there")])
        line.receive_until(lambda one: one.msg_type == "0" and one.get(112) == "still there", "the Heartbeat")


def wrong_comp_id_ends_the_session(target: Target) -> None:
    """Another SenderCompID within the session: Reject 9, then Logout."""
    with Line(target) as line:
        line.log_on()
        line.send("0", sender="SOMEBODY-ELSE")
        _expect_reject_and_end(line, "9")


def old_sending_time_ends_the_session(target: Target) -> None:
    """SendingTime of an hour ago: Reject 10, then Logout."""
    with Line(target) as line:
        line.log_on()
        line.send("0", age=3600)
        _expect_reject_and_end(line, "10")


def wrong_begin_string_ends_the_session(target: Target) -> None:
    """Another BeginString within the session: Logout."""
    with Line(target) as line:
        line.log_on()
        line.send("0", begin="FIX.4.1")
        line.expect_end(is_logout_wanted=True)


def missing_number_ends_the_session(target: Target) -> None:
    """A message without MsgSeqNum: Logout."""
    with Line(target) as line:
        line.log_on()
        line.send("0", number=None)
        line.expect_end(is_logout_wanted=True)


def _expect_reject_and_end(line: Line, reason: str) -> None:
    answer = line.expect("3|5")
    if answer.msg_type == "3":
        if answer.get(373) != reason:
            raise CaseFailed(f"expected SessionRejectReason(373) {reason}, received {answer}")
        line.expect_end(is_logout_wanted=True)


def _first_or_none(line: Line) -> str | None:
    """MsgType of the first answer; None when the connection ends without one."""
    try:
        return line.receive().msg_type
    except CaseFailed as failed:
        if "closed" in str(failed):
            return None
        raise


def _now() -> str:
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
