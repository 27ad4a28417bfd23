"""The header: CompIDs, times, BeginString, numbers, PossDupFlag.

FIX session test cases 2a, 2c and 2f to 2q. 2b is `test_session_02_too_high`, 2e `test_session_02_possible_duplicates`;
2d, 2l, 2m, 2s and 2t are `test_session_03_garbled`; 2r, what is not taken, is `test_messages_by_version`.
"""

from __future__ import annotations

import pytest

from gateway.fix.versions import VERSIONS
from tests.gateway.fix.dialogue import LOGON, ON_FIXT, Play, holds_for

ALIVE = "> 1|34=3|112=x\n < 0|34=3|112=x"


@pytest.mark.parametrize(
    ("message", "reject", "text"),
    [
        ("0|34=2|49=OTHER", "373=9", "SenderCompID(49) OTHER is not CLIENT"),
        ("0|34=2|56=OTHER", "373=9", "TargetCompID(56) OTHER is not VENUE"),
        (
            "0|34=2|52=20240621-11:57:59.999",
            "371=52|372=0|373=10",
            "SendingTime(52) 20240621-11:57:59.999 is 121 s before the venue's clock; at most 120 s are allowed",
        ),
        (
            "0|34=2|43=Y|122=20240621-12:00:01",
            "371=122|372=0|373=10",
            "OrigSendingTime(122) 20240621-12:00:01 is after SendingTime(52) 20240621-12:00:00.000",
        ),
    ],
)
def test_a_doubtful_header_ends_the_session(play: Play, message: str, reject: str, text: str) -> None:
    reject = reject if "371" in reject else f"372=0|{reject}"
    talk = play(f"{LOGON}\n > {message}\n < 3|34=2|45=2|{reject}|58={text}\n < 5|34=3|58={text}")
    assert talk.session.next_in == 3, "what was rejected was received"


def test_a_message_without_a_time_is_rejected_and_no_more(play: Play) -> None:
    text = "SendingTime(52) is required in the header"
    play(f"{LOGON}\n > 0|34=2|52=\n < 3|34=2|45=2|371=52|372=0|373=1|58={text}\n {ALIVE}")


@pytest.mark.parametrize("time", ["11:58:00", "12:02:00.999", "11:59:59.123456", "12:00:00.123456789"])
def test_a_time_within_two_minutes_is_taken(play: Play, time: str) -> None:
    play(f"{LOGON}\n > 0|34=2|52=20240621-{time}")


def test_possdup_without_its_first_time_is_rejected(play: Play) -> None:
    text = "OrigSendingTime(122) is required with PossDupFlag(43)=Y"
    play(f"{LOGON}\n > B|34=2|43=Y|58=x\n < 3|34=2|45=2|371=122|372=B|373=1|58={text}\n {ALIVE}\n takes")


def test_possdup_of_what_came_before_is_ignored_and_of_what_is_new_is_taken(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=2|58=x
        > B|34=2|43=Y|122=20240621-12:00:00|58=x
        > B|34=3|43=Y|122=20240621-11:00:00|58=x
        takes B#2 B#3
        """,
    )


def test_possdup_no_is_no_possdup(play: Play) -> None:
    text = "MsgSeqNum too low, expecting 2 but received 1"
    play(f"{LOGON}\n > B|34=1|43=N|58=x\n < 5|34=2|58={text}\n takes")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("0|34=1", "MsgSeqNum too low, expecting 2 but received 1"),
        ("0|34=0", "MsgSeqNum too low, expecting 2 but received 0"),
        ("0|34=x", "MsgSeqNum(34) is missing or not a number"),
        ("0", "MsgSeqNum(34) is missing or not a number"),
        ("0|34=2|8=$other", "Incorrect BeginString: $other is not the session's $begin"),
        ("0|34=2|8=FIX.9.9", "Incorrect BeginString: FIX.9.9 is not the session's $begin"),
    ],
)
def test_numbers_and_versions_that_cannot_be_end_the_session(play: Play, message: str, text: str) -> None:
    play(f"{LOGON}\n > {message}\n < 5|34=2|58={text}")


def test_a_header_problem_within_a_gap_does_not_lose_the_rest(play: Play) -> None:
    text = "OrigSendingTime(122) is required with PossDupFlag(43)=Y"
    play(
        f"""{LOGON}
        > B|34=3|58=x
        < 2|34=2|7=2|16=0
        > B|34=2|43=Y|58=x
        < 3|34=3|45=2|371=122|372=B|373=1|58={text}
        takes B#3
        > B|34=5|43=Y|58=x
        < 3|34=4|45=5|371=122|372=B|373=1|58={text}
        > B|34=4|58=x
        takes B#4
        """,
    )


@holds_for(*ON_FIXT)  # The others have no ApplVerID(1128).
def test_a_message_may_say_its_version_if_it_is_the_sessions(play: Play, version: str) -> None:
    own = VERSIONS[version].appl_ver_id
    # So often that the form is known by heart.
    right = "\n".join(f"> B|34={number}|1128={own}|58=x" for number in range(2, 30))
    talk = play(
        f"""{LOGON}
        {right}
        > B|34=30|1128=6|58=x
        < 3|34=2|45=30|371=1128|372=B|373=18|58=ApplVerID(1128) 6 is not {own}, $version
        > 1|34=31|1128=6|112=x
        < 0|34=3|112=x
        """
    )
    assert len(talk.taken) == 28


@pytest.mark.parametrize("msg_type", ["zz", "UX", "~"])
def test_a_message_that_the_version_does_not_have_is_rejected(play: Play, msg_type: str) -> None:
    text = f"MsgType(35) {msg_type} is not a message of $version"
    play(f"{LOGON}\n > {msg_type}|34=2\n < 3|34=2|45=2|371=35|372={msg_type}|373=11|58={text}\n {ALIVE}")
