"""What is agreed with one counterparty: resets at the end, test sessions, clocks, pace, gaps asked for in chunks."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.fix.sending_time import NANOSECONDS
from gateway.fix.throttle import Throttle
from gateway.fix.versions import VERSIONS
from tests.gateway.fix.dialogue import LOGON, WITHOUT_42, Play, holds_for, profile_with

AGAIN = "43=Y|122=20240621-12:00:00|58=x"
TOO_FAST = "messages came too fast: 2 in a second are taken, and 3 at once after a pause"
TOLD = f"{LOGON}\n report one\n < B|34=2|58=one"

ENDS = {
    "the client logs out": "> 5|34=2\n < 5|34=3\n closed the client logged out\n drop",
    "the venue logs out": "logout bye\n < 5|34=3|58=bye\n > 5|34=2\n closed bye\n drop",
    "the line breaks": "drop",
    "no answer to Logout": "logout bye\n < 5|34=3|58=bye\n after 2\n closed bye\n drop",
}


@pytest.mark.parametrize(
    ("habits", "end", "resets"),
    [
        ({"reset_on_logout": True}, "the client logs out", True),
        ({"reset_on_logout": True}, "the venue logs out", True),
        ({"reset_on_logout": True}, "the line breaks", False),
        ({"reset_on_logout": True}, "no answer to Logout", False),
        ({"reset_on_disconnect": True}, "the client logs out", True),
        ({"reset_on_disconnect": True}, "the venue logs out", True),
        ({"reset_on_disconnect": True}, "the line breaks", True),
        ({"reset_on_disconnect": True}, "no answer to Logout", True),
        ({}, "the client logs out", False),
    ],
)
@pytest.mark.parametrize("then", ["", "restart"])
def test_when_numbers_begin_anew(play: Play, habits: dict[str, Any], end: str, resets: bool, then: str) -> None:
    talk = play(f"{TOLD}\n{ENDS[end]}\n{then}", profile=profile_with(**habits))
    numbers = (talk.session.next_in, talk.session.log.next_out)
    assert (numbers == (1, 1)) is resets, numbers


def test_after_a_reset_at_the_end_reports_count_from_1(play: Play) -> None:
    play(
        f"""{TOLD}
        > 5|34=2
        < 5|34=3
        report two
        drop
        > A|34=1|98=0|108=30
        < A|34=2|98=0|108=30
        > 2|34=2|7=1|16=1
        < B|34=1|43=Y|122=12:00:00|58=two
        """,
        profile=profile_with(reset_on_logout=True),
    )


@holds_for(*WITHOUT_42)  # FIX 4.3 brought TestMessageIndicator(464).
@pytest.mark.parametrize(
    ("is_test", "flag", "text"),
    [
        (True, "", "this is a test session; its Logon(A) must have TestMessageIndicator(464)=Y"),
        (True, "|464=N", "this is a test session; its Logon(A) must have TestMessageIndicator(464)=Y"),
        (False, "|464=Y", "this is no test session; its Logon(A) must not have TestMessageIndicator(464)=Y"),
    ],
)
def test_a_logon_for_the_wrong_kind_of_session_is_refused(play: Play, is_test: bool, flag: str, text: str) -> None:
    play(
        f"> A|34=1|98=0|108=30{flag}\n < 5|34=1|58={text}\n closed {text}",
        profile=profile_with(is_test=is_test),
    )


@holds_for(*WITHOUT_42)
def test_a_test_session_says_so(play: Play) -> None:
    script = "> A|34=1|98=0|108=30|464=Y\n < A|34=1|98=0|108=30|464=Y"
    play(script, profile=profile_with(is_test=True))
    play("> A|34=1|98=0|108=30|464=N\n < A|34=1|98=0|108=30")


def test_sending_time_is_as_exact_as_agreed(play: Play) -> None:
    unchecked = profile_with(sending_time_accuracy=0)
    play(
        """
        > A|34=1|98=0|108=30|52=19990101-00:00:00
        < A|34=1|98=0|108=30
        > 1|34=2|112=x|52=20990101-00:00:00
        < 0|34=2|112=x
        """,
        profile=unchecked,
    )
    text = "SendingTime(52) 20240621-11:59:50 is 10 s before the venue's clock; at most 5 s are allowed"
    strict = profile_with(sending_time_accuracy=5 * NANOSECONDS)
    logon = "> A|34=1|98=0|108=30|52=20240621-11:59:50"
    # The gate knows no session yet; it asks for the loosest that any of them has, here the only one's.
    play(f"{logon}\n < 5|34=1|58={text}", profile=strict)


def test_messages_beyond_the_rate_are_refused_and_the_session_goes_on(play: Play, version: str) -> None:
    code = 8 if version == "FIX.5.0SP2" else 0  # 8 is throttle limit exceeded; the others have only 0, other.
    play(
        f"""{LOGON}
        > B|34=2|58=x
        > B|34=3|58=x
        > B|34=4|58=x
        takes B#2 B#3 B#4
        > B|34=5|58=x
        < j|34=2|45=5|372=B|380={code}|58={TOO_FAST}
        > 1|34=6|112=x
        < 0|34=3|112=x
        after 1
        > B|34=7|58=x
        > B|34=8|58=x
        takes B#7 B#8
        > B|34=9|58=x
        < j|34=4|45=9|372=B|380={code}|58={TOO_FAST}
        """,
        profile=profile_with(messages_per_second=2, message_burst=3),
    )


def test_messages_beyond_the_rate_may_end_the_session(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=2|58=x
        > B|34=3|58=x
        > B|34=4|58=x
        > B|34=5|58=x
        < 5|34=2|58={TOO_FAST}
        takes B#2 B#3 B#4
        """,
        profile=profile_with(messages_per_second=2, message_burst=3, ends_when_throttled=True),
    )


def test_a_throttle_admits_its_rate_and_no_more() -> None:
    throttle, unlimited = Throttle(100, 10), Throttle(0, 1)
    admitted = [throttle.admits(at * NANOSECONDS // 1000) for at in range(10_000)]
    assert sum(admitted) == 100 * 10 + 9 and all(admitted[:10])
    assert all(unlimited.admits(0) for _ in range(10_000))


def test_the_code_for_too_fast_is_the_versions_own() -> None:
    assert [version.throttled for version in VERSIONS.values()] == [0, 0, 0, 0, 8]


def test_a_long_gap_is_asked_for_in_chunks(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=7|58=x
        < 2|34=2|7=2|16=3
        > B|34=2|{AGAIN}
        > B|34=3|{AGAIN}
        < 2|34=3|7=4|16=5
        takes B#2 B#3
        > 4|34=4|43=Y|122=20240621-12:00:00|123=Y|36=6
        < 2|34=4|7=6|16=0
        > B|34=6|{AGAIN}
        takes B#6 B#7
        > B|34=7|{AGAIN}
        > B|34=8|58=x
        takes B#8
        > B|34=11|58=x
        < 2|34=5|7=9|16=0
        """,
        profile=profile_with(resend_request_chunk=2),
    )
