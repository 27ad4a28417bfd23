"""Sequence numbers, gaps and resends of the client, without a socket."""

from __future__ import annotations

import pytest

from gateway.scenario.client_session import ClientSession, Identity
from gateway.scenario.wire import WireMessage, WireReader

NOW = "20260302-09:30:00.000"


def from_venue(text: str) -> WireMessage:
    """`35=0|34=1` as a message."""
    pairs = [pair.partition("=") for pair in text.split("|")]
    return WireMessage(tuple((tag, value) for tag, _, value in pairs))


@pytest.fixture
def session() -> ClientSession:
    session = ClientSession(Identity("FIX.4.4", "ALICE", "FIXPIT"), frozenset({"43", "97", "122"}), lambda: NOW)
    session.line_opened()
    session.send("A", [("98", "0"), ("108", "30")])
    session.receive(from_venue("35=A|34=1|98=0|108=30"))
    sent(session)
    return session


def sent(session: ClientSession) -> list[str]:
    """What goes out, without the fields that are the same in all."""
    messages = [message for data in session.take_outgoing() for message in WireReader().read_all(data)]
    dull = {"8", "9", "10", "49", "56", "52"}
    return ["|".join(f"{tag}={value}" for tag, value in one.pairs if tag not in dull) for one in messages]


def receive(session: ClientSession, *texts: str) -> list[int]:
    """The numbers of the messages that came out in order."""
    return [message.sequence for text in texts for message in session.receive(from_venue(text))]


def test_messages_in_order_are_handed_on(session: ClientSession) -> None:
    assert receive(session, "35=8|34=2", "35=8|34=3") == [2, 3]
    assert sent(session) == []


def test_a_test_request_is_answered(session: ClientSession) -> None:
    receive(session, "35=1|34=2|112=hello")
    assert sent(session) == ["35=0|34=2|112=hello"]


def test_a_gap_is_asked_for_once_and_what_came_early_waits(session: ClientSession) -> None:
    assert receive(session, "35=8|34=4", "35=8|34=5") == []
    assert sent(session) == ["35=2|34=2|7=2|16=3"]
    assert receive(session, "35=8|34=2|43=Y", "35=8|34=3|43=Y") == [2, 3, 4, 5]
    assert session.next_in == 6


def test_a_gap_fill_closes_the_gap(session: ClientSession) -> None:
    receive(session, "35=8|34=4")
    assert receive(session, "35=4|34=2|43=Y|123=Y|36=4") == [2, 4]


def test_a_gap_behind_a_gap_is_asked_for_too(session: ClientSession) -> None:
    receive(session, "35=8|34=4", "35=8|34=7")
    receive(session, "35=8|34=2|43=Y", "35=8|34=3|43=Y")
    receive(session, "35=8|34=8")
    assert sent(session) == ["35=2|34=2|7=2|16=3", "35=2|34=3|7=5|16=7"]


def test_a_logon_that_is_too_high_counts_at_once_and_the_gap_is_asked_for() -> None:
    session = ClientSession(Identity("FIX.4.4", "ALICE", "FIXPIT"), frozenset(), lambda: NOW)
    session.next_in = 5
    session.line_opened()
    assert receive(session, "35=A|34=7") == [7]
    assert session.logged_on
    assert sent(session) == ["35=2|34=1|7=5|16=6"]
    assert receive(session, "35=8|34=5|43=Y", "35=4|34=6|43=Y|123=Y|36=7", "35=8|34=8") == [5, 6, 8]


def test_what_came_twice_is_dropped(session: ClientSession) -> None:
    assert receive(session, "35=8|34=2", "35=8|34=2|43=Y") == [2]
    assert session.problem == ""


def test_a_number_that_is_too_low_ends_the_session(session: ClientSession) -> None:
    receive(session, "35=8|34=2", "35=8|34=2")
    assert session.problem == "MsgSeqNum(34) too low: expected 3, received 2"
    assert sent(session) == ["35=5|34=2|58=MsgSeqNum(34) too low: expected 3, received 2"]


def test_a_sequence_reset_sets_the_number(session: ClientSession) -> None:
    assert receive(session, "35=4|34=99|36=10", "35=8|34=10") == [99, 10]


def test_application_messages_are_sent_again_and_the_others_filled(session: ClientSession) -> None:
    session.send("D", [("11", "b1")])
    session.send("0", [])
    session.send("0", [])
    session.send("D", [("11", "b2"), ("97", "Y")])
    session.send("0", [])
    sent(session)
    receive(session, "35=2|34=2|7=1|16=0")
    assert sent(session) == [
        f"35=4|34=1|43=Y|122={NOW}|123=Y|36=2",
        f"35=D|34=2|43=Y|122={NOW}|11=b1",
        f"35=4|34=3|43=Y|122={NOW}|123=Y|36=5",
        f"35=D|34=5|43=Y|122={NOW}|97=Y|11=b2",
        f"35=4|34=6|43=Y|122={NOW}|123=Y|36=7",
    ]
    session.send("0", [])
    assert sent(session) == ["35=0|34=7"]


def test_a_resend_request_that_is_too_high_is_answered_at_once(session: ClientSession) -> None:
    session.send("D", [("11", "b1")])
    sent(session)
    receive(session, "35=2|34=3|7=2|16=2")
    assert sent(session) == [f"35=D|34=2|43=Y|122={NOW}|11=b1", "35=2|34=3|7=2|16=2"]
    assert receive(session, "35=8|34=2|43=Y", "35=8|34=4") == [2, 4]
    assert sent(session) == []


def test_a_logout_is_answered_and_ends_the_session(session: ClientSession) -> None:
    receive(session, "35=5|34=2|58=closing time")
    assert sent(session) == ["35=5|34=2"]
    assert (session.logged_on, session.logout_text) == (False, "closing time")


def test_numbers_outlive_the_line_and_begin_anew_with_a_reset(session: ClientSession) -> None:
    receive(session, "35=8|34=2")
    session.line_opened()
    session.send("A", [])
    assert (sent(session), session.next_in) == (["35=A|34=2"], 3)
    session.restart_numbers()
    session.send("A", [("141", "Y")])
    assert (sent(session), session.next_in) == (["35=A|34=1|141=Y"], 1)


def test_header_fields_stand_in_the_header_and_the_authors_own_number_is_not_counted(session: ClientSession) -> None:
    session.send("D", [("11", "b1"), ("97", "Y"), ("34", "99")])
    session.send("0", [])
    assert sent(session) == ["35=D|34=99|97=Y|11=b1", "35=0|34=2"]
