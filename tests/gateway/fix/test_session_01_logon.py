"""Logon: numbers, resets, terms, identity; the first one and one within a session.

FIX session test cases 1B and 1S, both as an acceptor meets them, and 17, encryption.
"""

from __future__ import annotations

import msgspec
import pytest

from gateway.fix.logon_gate import LogonRefused
from gateway.fix.session_state import SessionState
from tests.gateway.fix.dialogue import LOGON, ON_FIXT, PROFILE, Play, holds_for

NOT_KNOWN = "logon refused: CompIDs, Username(553) and Password(554) are not those of a session that may log on"
RESETTING = msgspec.structs.replace(PROFILE, reset_on_logon=True)
LEFT_AT_3 = f"""
    {LOGON.strip()}
    > B|34=2|58=hello
    takes B#2
    report one
    < B|34=2|58=one
    drop
"""


def test_a_right_logon_is_answered_with_its_own_terms(play: Play) -> None:
    talk = play(LOGON)
    assert talk.session.state is SessionState.ACTIVE and talk.session.next_in == 2


def test_numbers_go_on_over_connections_and_processes(play: Play) -> None:
    for loss in ("drop", "drop\n restart"):
        play(
            f"""{LEFT_AT_3}
            {loss}
            > A|34=3|98=0|108=30
            < A|34=3|98=0|108=30
            > 1|34=4|112=x
            < 0|34=4|112=x
            """,
        )


def test_too_high_is_let_in_and_the_gap_is_asked_for(play: Play) -> None:
    play(
        """
        > A|34=5|98=0|108=30
        < A|34=1|98=0|108=30
        < 2|34=2|7=1|16=0
        > 4|34=1|43=Y|122=20240621-12:00:00|123=Y|36=6
        > 1|34=6|112=x
        < 0|34=3|112=x
        """,
    )


def test_too_low_is_refused_with_both_numbers(play: Play) -> None:
    text = "MsgSeqNum too low, expecting 3 but received 2"
    for possdup in ("", "|43=Y|122=20240621-12:00:00"):
        play(
            f"""{LEFT_AT_3}
            > A|34=2|98=0|108=30{possdup}
            < 5|34=3|58={text}
            closed {text}
            drop
            > A|34=3|98=0|108=30
            < A|34=4|98=0|108=30
            """,
        )


def test_a_reset_makes_both_numbers_1(play: Play) -> None:
    talk = play(
        f"""{LEFT_AT_3}
        > A|34=1|98=0|108=30|141=Y
        < A|34=1|98=0|108=30|141=Y
        > 2|34=2|7=1|16=0
        < 4|34=1|43=Y|122=12:00:00|123=Y|36=2
        restart
        """,
    )
    assert (talk.session.next_in, talk.session.log.next_out) == (3, 2)


def test_a_reset_that_is_refused_resets_nothing(play: Play) -> None:
    text = "MsgSeqNum(34) must be 1 with ResetSeqNumFlag(141)=Y but is 2"
    play(
        f"""{LEFT_AT_3}
        > A|34=2|98=0|108=30|141=Y
        < 5|34=3|58={text}
        closed {text}
        drop
        > A|34=3|98=0|108=30
        < A|34=4|98=0|108=30
        > 2|34=4|7=2|16=2
        < B|34=2|43=Y|122=12:00:00|58=one
        """,
    )


def test_reset_on_logon_needs_no_flag_and_sends_none(play: Play) -> None:
    again = "> A|34=1|98=0|108=30\n < A|34=1|98=0|108=30\n"
    play(f"{again} report x\n < B|34=2|58=x\n drop\n {again} drop\n {again}", profile=RESETTING)
    play("> A|34=2|98=0|108=30\n < A|34=1|98=0|108=30\n < 2|34=2|7=1|16=0", profile=RESETTING)


@pytest.mark.parametrize(
    ("logon", "text"),
    [
        ("A|34=1|98=1|108=30", "EncryptMethod(98) 1 is not taken; only 0 (none) is"),
        ("A|34=1|98=0|108=4", "HeartBtInt(108) 4 is neither 0 nor between 5 and 60 seconds"),
        ("A|34=1|98=0|108=61", "HeartBtInt(108) 61 is neither 0 nor between 5 and 60 seconds"),
        ("A|34=1|98=0|108=-5", "HeartBtInt(108) -5 is neither 0 nor between 5 and 60 seconds"),
        (
            "A|34=1|98=0|108=000000000000000099",
            "HeartBtInt(108) 000000000000000099 is neither 0 nor between 5 and 60 seconds",
        ),
        ("A|34=0|98=0|108=30", "MsgSeqNum(34) 0 is not a positive number"),
        ("A|34=1|98=0", "HeartBtInt(108) is required in Logon(A)"),
        (
            "A|34=1|98=0|108=30|52=20240621-12:02:01",
            "SendingTime(52) 20240621-12:02:01 is 121 s after the venue's clock; at most 120 s are allowed",
        ),
        ("A|34=1|98=0|108=30|56=OTHER", NOT_KNOWN),
        ("A|34=1|98=0|108=30|49=NOBODY", NOT_KNOWN),
        ("A|34=1|98=0|108=30|8=$other", NOT_KNOWN),
    ],
)
def test_a_logon_that_is_refused_uses_no_number(play: Play, logon: str, text: str) -> None:
    talk = play(f"{LOGON}\n drop\n > {logon}\n < 5|34=1|58={text}\n {LOGON.replace('34=1', '34=2')}")
    assert (talk.session.next_in, talk.session.log.next_out) == (3, 3)


def test_only_a_logon_may_come_first(play: Play) -> None:
    play("> 0|34=1\n" + LOGON)


def test_a_session_has_one_connection(play: Play) -> None:
    talk = play(LOGON)
    with pytest.raises(LogonRefused, match="session CLIENT is connected already; one connection is allowed"):
        talk.gate.check_free(talk.session)


def test_a_logon_within_the_session_may_reset_it(play: Play) -> None:
    play(
        f"""{LOGON}
        report one
        < B|34=2|58=one
        > B|34=2|58=x
        takes B#2
        > A|34=1|98=0|108=10|141=Y
        < A|34=1|98=0|108=10|141=Y
        report two
        < B|34=2|58=two
        > B|34=2|58=x
        takes B#2
        after 10
        < 0|34=3
        """,
    )


@pytest.mark.parametrize(
    ("logon", "text"),
    [
        ("34=2|98=0|108=30", "Logon(A) within a session must have ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1"),
        ("34=7|98=0|108=30", "Logon(A) within a session must have ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1"),
        ("34=7|98=0|108=30|141=Y", "Logon(A) within a session must have ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1"),
        ("34=1|98=0|108=-1|141=Y", "HeartBtInt(108) -1 is neither 0 nor between 5 and 60 seconds"),
        ("34=1|98=0|141=Y", "Logon(A) breaks a rule: HeartBtInt(108) is required in Logon(A)"),
    ],
)
def test_any_other_logon_within_the_session_ends_it(play: Play, logon: str, text: str) -> None:
    play(f"{LOGON}\n > A|{logon}\n < 5|34=2|58={text}")


@holds_for(*ON_FIXT)  # The others say with BeginString(8) which version they are.
@pytest.mark.parametrize(
    ("stated", "text"),
    [
        ("1137=", "DefaultApplVerID(1137) is required in Logon(A)"),
        ("1137=6", NOT_KNOWN),
        ("1137=x", "DefaultApplVerID(1137) x is not one of 0 1 2 3 4 5 6 7 8 9..."),
    ],
)
def test_a_logon_over_fixt_says_the_version_that_was_agreed(play: Play, stated: str, text: str) -> None:
    play(f"> A|34=1|98=0|108=30|{stated}\n < 5|34=1|58={text}\n {LOGON}")


@holds_for(*ON_FIXT)
def test_a_logon_within_the_session_cannot_change_its_version(play: Play) -> None:
    play(f"{LOGON}\n > A|34=1|98=0|108=30|141=Y|1137=6\n < 5|34=2|58=DefaultApplVerID(1137) 6 is not the session's...")


@holds_for("FIX.4.2", "FIX.4.4")
def test_without_fixt_there_is_no_version_to_state(play: Play) -> None:
    play(f"> A|34=1|98=0|108=30|1137=9\n < 5|34=1|58=Tag 1137 is not a field of $version\n {LOGON}")


@holds_for("FIX.4.2")
@pytest.mark.parametrize("tag", ["789", "464", "925"])
def test_what_the_oldest_logon_does_not_have_is_refused(play: Play, tag: str) -> None:
    play(f"> A|34=1|98=0|108=30|{tag}=1\n < 5|34=1|58=Tag {tag} is not a field of FIX.4.2\n {LOGON}")
