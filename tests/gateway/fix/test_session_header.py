"""Header rules, PossDup, rejects, and the way back of answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gateway.fix.dialogue import LOGON, dialogue

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
def test_a_doubtful_header_ends_the_session(tmp_path: Path, message: str, reject: str, text: str) -> None:
    reject = reject if "371" in reject else f"372=0|{reject}"
    talk = dialogue(tmp_path, f"{LOGON}\n > {message}\n < 3|34=2|45=2|{reject}|58={text}\n < 5|34=3|58={text}")
    assert talk.session.next_in == 3, "what was rejected was received"


def test_a_message_without_a_time_is_rejected_and_no_more(tmp_path: Path) -> None:
    text = "SendingTime(52) is required in the header"
    dialogue(tmp_path, f"{LOGON}\n > 0|34=2|52=\n < 3|34=2|45=2|371=52|372=0|373=1|58={text}\n {ALIVE}")


@pytest.mark.parametrize("time", ["11:58:00", "12:02:00.999", "11:59:59.123456", "12:00:00.123456789"])
def test_a_time_within_two_minutes_is_taken(tmp_path: Path, time: str) -> None:
    dialogue(tmp_path, f"{LOGON}\n > 0|34=2|52=20240621-{time}")


def test_possdup_without_its_first_time_is_rejected(tmp_path: Path) -> None:
    text = "OrigSendingTime(122) is required with PossDupFlag(43)=Y"
    dialogue(tmp_path, f"{LOGON}\n > B|34=2|43=Y|58=x\n < 3|34=2|45=2|371=122|372=B|373=1|58={text}\n {ALIVE}\n takes")


def test_possdup_of_what_came_before_is_ignored_and_of_what_is_new_is_taken(tmp_path: Path) -> None:
    dialogue(
        tmp_path,
        f"""{LOGON}
        > B|34=2|58=x
        > B|34=2|43=Y|122=20240621-12:00:00|58=x
        > B|34=3|43=Y|122=20240621-11:00:00|58=x
        takes B#2 B#3
        """,
    )


def test_possdup_no_is_no_possdup(tmp_path: Path) -> None:
    text = "MsgSeqNum too low, expecting 2 but received 1"
    dialogue(tmp_path, f"{LOGON}\n > B|34=1|43=N|58=x\n < 5|34=2|58={text}\n takes")


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("0|34=1", "MsgSeqNum too low, expecting 2 but received 1"),
        ("0|34=0", "MsgSeqNum too low, expecting 2 but received 0"),
        ("0|34=x", "MsgSeqNum(34) is missing or not a number"),
        ("0", "MsgSeqNum(34) is missing or not a number"),
        ("0|34=2|8=FIX.4.2", "Incorrect BeginString: FIX.4.2 is not the session's FIX.4.4"),
        ("0|34=2|8=FIXT.1.1", "Incorrect BeginString: FIXT.1.1 is not the session's FIX.4.4"),
    ],
)
def test_numbers_and_versions_that_cannot_be_end_the_session(tmp_path: Path, message: str, text: str) -> None:
    dialogue(tmp_path, f"{LOGON}\n > {message}\n < 5|34=2|58={text}")


@pytest.mark.parametrize(
    ("message", "reject"),
    [
        ("1|34=2", "371=112|372=1|373=1|58=TestReqID(112) is required in TestRequest(1)"),
        ("zz|34=2", "371=35|372=zz|373=11|58=MsgType(35) zz is not a message of FIX.4.4"),
        ("|34=2", "371=35|373=4|58=MsgType(35) has no value"),
        ("0|34=2|999=1", "371=999|372=0|373=0|58=Tag 999 is not a field of FIX.4.4"),
        ("0|34=2|55=X", "371=55|372=0|373=2|58=Symbol(55) is not a field of Heartbeat(0)"),
        ("0|34=2|112=", "371=112|372=0|373=4|58=TestReqID(112) has no value"),
    ],
)
def test_what_breaks_the_dictionary_is_rejected_and_counted(tmp_path: Path, message: str, reject: str) -> None:
    dialogue(tmp_path, f"{LOGON}\n > {message}\n < 3|34=2|45=2|{reject}\n {ALIVE}")


def test_a_reject_of_ours_is_taken_in_silence(tmp_path: Path) -> None:
    dialogue(tmp_path, f"{LOGON}\n > 3|34=2|45=1|58=why\n > 1|34=3|112=x\n < 0|34=2|112=x")


def test_answers_go_back_the_way_the_message_came(tmp_path: Path) -> None:
    way = "115=FIRM|116=DESK|144=NY|128=POOL|129=BOOK|145=LDN"
    back = "128=FIRM|129=DESK|145=NY|115=POOL|116=BOOK|144=LDN"
    text = "Tag 999 is not a field of FIX.4.4"
    dialogue(tmp_path, f"{LOGON}\n > 0|34=2|{way}|999=1\n < 3|34=2|{back}|45=2|371=999|372=0|373=0|58={text}")


def test_an_empty_routing_field_is_not_sent_back(tmp_path: Path) -> None:
    dialogue(
        tmp_path,
        f"{LOGON}\n > 0|34=2|115=|116=DESK\n "
        "< 3|34=2|129=DESK|45=2|371=115|372=0|373=4|58=OnBehalfOfCompID(115) has no value",
    )


def test_a_header_problem_within_a_gap_does_not_lose_the_rest(tmp_path: Path) -> None:
    text = "OrigSendingTime(122) is required with PossDupFlag(43)=Y"
    dialogue(
        tmp_path,
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
