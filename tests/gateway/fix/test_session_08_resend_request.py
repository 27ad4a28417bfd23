"""ResendRequest in all its shapes: what went out goes out again, session messages as gap fill, nothing twice.

FIX session test case 8.
"""

from __future__ import annotations

import pytest

from gateway.fix.profile import SessionRules
from gateway.fix.resend_counts import RANGES_MAX, SAME_RANGE_MAX, ResendCounts
from tests.gateway.fix.dialogue import LOGON, ONE_AT_A_TIME, RULES, Dialogue, Play, news

SENT = f"""{LOGON}
    report a
    < B|34=2|58=a
    > 1|34=2|112=x
    < 0|34=3|112=x
    > 1|34=3|112=y
    < 0|34=4|112=y
    report b
    < B|34=5|58=b
    report c
    < B|34=6|58=c
    > 1|34=4|112=z
    < 0|34=7|112=z
    after 3
"""
"""Sent: 1 session, 2 a, 3 and 4 session, 5 b, 6 c, 7 session."""

GAP_1_2 = "< 4|34=1|43=Y|122=12:00:03|123=Y|36=2"
A = "< B|34=2|43=Y|122=12:00:00|58=a"
GAP_3_5 = "< 4|34=3|43=Y|122=12:00:03|123=Y|36=5"
B = "< B|34=5|43=Y|122=12:00:00|58=b"
C = "< B|34=6|43=Y|122=12:00:00|58=c"
GAP_7_8 = "< 4|34=7|43=Y|122=12:00:03|123=Y|36=8"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("7=1|16=0", [GAP_1_2, A, GAP_3_5, B, C, GAP_7_8]),
        ("7=1|16=7", [GAP_1_2, A, GAP_3_5, B, C, GAP_7_8]),
        ("7=1|16=999999", [GAP_1_2, A, GAP_3_5, B, C, GAP_7_8]),
        ("7=2|16=2", [A]),
        ("7=2|16=3", [A, "< 4|34=3|43=Y|122=12:00:03|123=Y|36=4"]),
        ("7=3|16=4", [GAP_3_5]),
        ("7=4|16=5", ["< 4|34=4|43=Y|122=12:00:03|123=Y|36=5", B]),
        ("7=7|16=0", [GAP_7_8]),
        ("7=6|16=6", [C]),
    ],
)
@pytest.mark.parametrize("rules", [RULES, ONE_AT_A_TIME], ids=["whole", "piecewise"])
def test_a_range_is_sent_again(play: Play, asked: str, answer: list[str], rules: SessionRules) -> None:
    play("\n".join([SENT, f"> 2|34=5|{asked}", *answer]), rules=rules)


@pytest.mark.parametrize("asked", [(8, 0), (8, 9), (0, 0), (0, 5), (5, 4)])
def test_a_range_that_was_not_sent_is_rejected(play: Play, asked: tuple[int, int]) -> None:
    begin, end = asked
    text = f"BeginSeqNo(7) {begin} to EndSeqNo(16) {end} is no range of the 1 to 7 sent so far"
    play(f"{SENT}\n > 2|34=5|7={begin}|16={end}\n < 3|34=8|45=5|371=7|372=2|373=5|58={text}")


def test_what_is_sent_meanwhile_waits_and_comes_once(play: Play) -> None:
    # Held back are reports, the answer to a TestRequest, a Reject and our own ResendRequest: none may be lost.
    play(
        f"""{SENT}
        slow
        > 2|34=5|7=5|16=6
        {B}
        report d
        > 1|34=6|112=w
        > 2|34=7|7=50|16=0
        > 0|34=9
        report e
        more
        {C}
        more
        more
        < B|34=8|58=d
        more
        < 0|34=9|112=w
        more
        < 3|34=10|45=7|371=7|372=2|373=5|58=BeginSeqNo(7) 50 to EndSeqNo(16) 0 is no range of the 1 to 7 sent so far
        report f
        more
        < 2|34=11|7=8|16=0
        more
        < B|34=12|58=e
        more
        more
        < B|34=13|58=f
        more
        report g
        < B|34=14|58=g
        """,
        rules=ONE_AT_A_TIME,
    )


def test_a_second_request_does_not_bring_what_still_waits(play: Play) -> None:
    play(
        f"""{SENT}
        slow
        > 2|34=5|7=5|16=6
        {B}
        report d
        > 2|34=6|7=6|16=0
        more
        {C}
        more
        more
        {C}
        more
        {GAP_7_8}
        more
        < B|34=8|58=d
        """,
        rules=ONE_AT_A_TIME,
    )


def test_requests_in_a_loop_end_the_session(play: Play) -> None:
    requests = "\n".join(f"> 2|34={number}|7=2|16=2" for number in range(6, 21))
    text = "16 ResendRequests wait already; the requests are in a loop"
    play(
        f"{SENT}\n slow\n > 2|34=5|7=2|16=2\n {A}\n {requests}\n > 2|34=21|7=2|16=2\n < 5|34=8|58={text}",
        rules=ONE_AT_A_TIME,
    )


def test_logout_cuts_a_resend_off(play: Play) -> None:
    for ending in ("> 5|34=6\n < 5|34=9", "logout enough\n < 5|34=9|58=enough"):
        play(
            f"""{SENT}
            slow
            > 2|34=5|7=5|16=6
            {B}
            report d
            {ending}
            drop
            > A|34={7 if ">" in ending else 6}|98=0|108=30
            < A|34=10|98=0|108=30
            > 2|34={8 if ">" in ending else 7}|7=8|16=8
            < B|34=8|43=Y|122=12:00:03|58=d
            """,
            rules=ONE_AT_A_TIME,
        )


def test_a_lost_line_ends_a_resend(play: Play) -> None:
    play(
        f"{SENT}\n slow\n > 2|34=5|7=5|16=6\n {B}\n report d\n drop\n > A|34=6|98=0|108=30\n < A|34=9|98=0|108=30",
        rules=ONE_AT_A_TIME,
    )


def test_what_a_roll_of_the_log_dropped_is_gap_filled(play: Play) -> None:
    talk = play(LOGON, log_bytes=4_096)
    for number in range(2, 102):
        talk.session.send("B", news(f"{'x' * 20}{number}"))
        talk._listen()
    talk._said.clear()
    talk.client("2|34=2|7=1|16=0")
    talk._listen()
    first, *rest = talk._said
    kept = 102 - len(rest)
    assert first == f"4|34=1|43=Y|122=12:00:00|123=Y|36={kept}" and kept > 50
    assert rest == [f"B|34={number}|43=Y|122=12:00:00|58={'x' * 20}{number}" for number in range(kept, 102)]


def test_the_log_may_roll_under_a_resend(play: Play) -> None:
    talk = play(LOGON, log_bytes=4_096, rules=ONE_AT_A_TIME)
    for number in range(2, 42):
        talk.session.send("B", news(f"{number}"))
        talk._listen()
    talk._said.clear()
    talk.play("slow")
    talk.client("2|34=2|7=1|16=0")
    talk._listen()
    for number in range(42, 142):
        talk.session.send("B", news(f"{number}"))
        talk._listen()
    while talk.session.outbound.is_resending:
        talk.session.continue_resend()
        talk._listen()
    # Nothing is out of order and nothing twice; what was dropped meanwhile is filled.
    at = 1
    for line in talk._said:
        fields = dict(one.split("=", 1) for one in line.split("|")[1:])
        assert int(fields["34"]) == at
        at = int(fields.get("36", at + 1))
    assert at == 142


def test_text_that_latin_1_does_not_have_is_sent_all_the_same(play: Play) -> None:
    talk: Dialogue = play(LOGON)
    talk.play("report disk \u7a7a full\n < B|34=2|58=disk ? full")


def test_who_asks_for_the_same_again_and_again_is_stopped(play: Play) -> None:
    talk = play(f"{LOGON}\n report one\n < B|34=2|58=one")
    for number in range(2, 2 + SAME_RANGE_MAX):
        talk.play(f"> 2|34={number}|7=2|16=2\n < B|34=2|43=Y|122=12:00:00|58=one")
    text = f"BeginSeqNo(7) 2 to EndSeqNo(16) 2 was asked for {SAME_RANGE_MAX + 1} times over this connection"
    talk.play(f"> 2|34={2 + SAME_RANGE_MAX}|7=2|16=2\n < 5|34=3|58={text}...")


def test_counts_of_ranges_are_bounded() -> None:
    counts = ResendCounts()
    for _ in range(SAME_RANGE_MAX * 2):
        assert not any(counts.refused(begin, 0) for begin in range(1, RANGES_MAX + 1))
    counts.clear()
    assert [bool(counts.refused(1, 0)) for _ in range(SAME_RANGE_MAX + 2)] == [False] * SAME_RANGE_MAX + [True] * 2
