"""Steps played against a scripted acceptor over a real socket: what passes, what fails, and in which words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.scenario.fix_client import CannotConnect
from gateway.scenario.loading import Scenario, load_scenario
from gateway.scenario.results import ScenarioResult, Verdict
from gateway.scenario.runner import run_scenario
from gateway.scenario.venue import VenueAddress
from gateway.scenario.vocabulary import Vocabulary
from gateway.scenario.wire import WireMessage
from tests.gateway.scenario.acceptor import Acceptor, Answer, BookServer, Peer

Play = Callable[[str], Awaitable[ScenarioResult]]
Read = Callable[..., Scenario]

LOGON = "  - logon: alice\n"
BUY = "  - buy: {from: alice, id: b1, symbol: ACME, qty: 100, price: 10.05}\n"


def verdicts(result: ScenarioResult) -> str:
    """`pF-`: passed, failed, not played."""
    return "".join(
        {Verdict.PASSED: "p", Verdict.FAILED: "F", Verdict.NOT_PLAYED: "-"}[one.verdict] for one in result.steps
    )


def fills(*quantities: str) -> Answer:
    """Answers an order by so many fills."""

    def fill(peer: Peer, order: WireMessage) -> None:
        for quantity in quantities:
            peer.report(order.get("11") or "", "F", last=quantity)

    return fill


def failure(result: ScenarioResult) -> str:
    assert result.failed is not None, verdicts(result)
    return result.failed.text


async def test_short_forms_become_fix_messages(play: Play, acceptor: Acceptor) -> None:
    result = await play(
        LOGON
        + BUY
        + "  - sell: {from: alice, symbol: ACME, qty: 5, type: market, tif: IOC, account: A2, fields: {Text: hi}}\n"
        + "  - replace: {from: alice, id: b2, orig: b1, qty: 50}\n"
        + "  - cancel: {from: alice, orig: b2}\n"
        + "  - status: {from: alice, orig: b2, id: q1}\n"
        + "  - mass_cancel: {from: alice}\n"
        + "  - mass_cancel: {from: alice, id: m1, symbol: ACME, side: Sell}\n"
        + "  - mass_status: {from: alice, id: q2, symbol: ACME, side: Buy, account: A2}\n"
        + "  - mass_status: {from: alice, fields: {Side: 2}}\n"
        + "  - send: {from: alice, msg: D, fields: {11: x, Side: Sell, PossResend: Y,"
        + " NoPartyIDs: [{PartyID: P, PartyRole: 1}], 60: absent}}\n"
        + "  - logout: alice\n"
    )
    assert verdicts(result) == "p" * 12
    dull = {"8", "9", "10", "34", "49", "56", "52", "60"}
    received = acceptor.peers["ALICE"].received
    assert ["|".join(f"{tag}={value}" for tag, value in one.pairs if tag not in dull) for one in received] == [
        "35=A|98=0|108=30|141=Y|553=alice|554=secret",
        "35=D|11=b1|55=ACME|54=1|38=100|40=2|44=10.05",
        "35=D|11=alice-1|1=A2|55=ACME|54=2|38=5|40=1|59=3|58=hi",
        "35=G|41=b1|11=b2|55=ACME|54=1|38=50|40=2|44=10.05",
        "35=F|41=b2|11=alice-2|55=ACME|54=1|38=50",
        "35=H|11=b2|790=q1|55=ACME|54=1",
        "35=q|11=alice-3|530=7",
        "35=q|11=m1|530=1|55=ACME|54=2",
        "35=AF|584=q2|585=1|1=A2|55=ACME|54=1",
        "35=AF|584=alice-4|585=7|54=2",
        "35=D|97=Y|11=x|54=2|453=1|448=P|452=1",
        "35=5",
    ]
    timed = "".join(one.msg_type for one in received if one.get("60") is not None)
    assert timed == "DDGFqq"


async def test_an_expectation_uses_up_its_message(play: Play) -> None:
    expect = "  - expect: {on: alice, msg: ExecutionReport, fields: {ClOrdID: b1}, within: 50ms}\n"
    result = await play(LOGON + BUY + expect + expect)
    assert verdicts(result) == "pppF"
    assert failure(result) == "no message fits within 0.05 s; no ExecutionReport came that was not expected before"


async def test_a_failure_shows_the_nearest_message_and_what_differs(play: Play, acceptor: Acceptor) -> None:
    def fill(peer: Peer, order: WireMessage) -> None:
        peer.report("other", "F", last="100")
        peer.report("b1", "0", status="0", leaves="100", text="welcome")

    acceptor.answers["D"] = fill
    fields = "{ClOrdID: b1, ExecType: Trade, LeavesQty: {gt: 50}, LastQty: 100, OrdStatus: New}"
    result = await play(
        LOGON + BUY + f"  - expect: {{on: alice, msg: ExecutionReport, within: 50ms, fields: {fields}}}\n"
    )
    assert failure(result).splitlines() == [
        "no message fits within 0.05 s; the nearest of 2 that came, ExecutionReport with MsgSeqNum(34) 3:",
        "    field           expected   received",
        "    ClOrdID(11)     b1         b1",
        "  * ExecType(150)   Trade (F)  New (0)",
        "    LeavesQty(151)  > 50       100",
        "  * LastQty(32)     100        absent",
        "    OrdStatus(39)   New (0)    New (0)",
        "    Text(58)                   welcome",
    ]
    assert result.failed is not None
    assert (result.failed.place.line, result.failed.place.column) == (8, 5)


async def test_where_only_other_messages_came_they_are_listed(play: Play) -> None:
    result = await play(LOGON + BUY + "  - expect: {on: alice, msg: OrderCancelReject, within: 50ms}\n")
    assert failure(result).splitlines() == [
        "no message fits within 0.05 s; no OrderCancelReject came that was not expected before; these came:",
        "     2  ExecutionReport ClOrdID=b1 ExecType=New (0)",
    ]


async def test_the_steps_after_a_failure_are_not_played(play: Play, acceptor: Acceptor) -> None:
    result = await play(LOGON + "  - expect: {on: alice, msg: Reject, within: 10ms}\n" + BUY)
    assert verdicts(result) == "pF-"
    assert [message.msg_type for message in acceptor.peers["ALICE"].received] == ["A", "5"]


@pytest.mark.parametrize(
    ("count", "passes"),
    [("3", True), ("4", False), ("{ge: 3}", True), ("{ge: 1, le: 2}", False), ("{lt: 4}", True), ("{gt: 3}", False)],
)
async def test_messages_are_counted(play: Play, acceptor: Acceptor, count: str, passes: bool) -> None:
    acceptor.answers["D"] = fills("0", "1", "2")
    fields = "msg: ExecutionReport, fields: {ExecType: Trade}"
    result = await play(LOGON + BUY + f"  - expect: {{on: alice, {fields}, count: {count}, within: 60ms}}\n")
    assert verdicts(result)[-1] == ("p" if passes else "F")


@pytest.mark.parametrize(
    ("order", "in_order", "passes"), [("1 2", "true", True), ("2 1", "true", False), ("2 1", "false", True)]
)
async def test_a_list_of_messages_may_have_an_order(
    play: Play, acceptor: Acceptor, order: str, in_order: str, passes: bool
) -> None:
    acceptor.answers["D"] = fills("1", "9", "2")
    messages = ", ".join(f"{{msg: '8', fields: {{LastQty: {n}}}}}" for n in order.split())
    expect = f"  - expect: {{on: alice, in_order: {in_order}, within: 60ms, messages: [{messages}]}}\n"
    result = await play(LOGON + BUY + expect)
    assert verdicts(result)[-1] == ("p" if passes else "F")
    if not passes:
        assert failure(result).startswith("message 2 of 2 did not come in this order within 0.06 s; the nearest of 2")


async def test_a_captured_field_is_a_variable_afterwards(play: Play) -> None:
    result = await play(
        LOGON
        + BUY
        + "  - expect: {on: alice, msg: ExecutionReport, capture: {exec: ExecID, order: OrderID}}\n"
        + "  - buy: {from: alice, id: 'x-${exec}', symbol: ACME, qty: 1}\n"
        + "  - expect: {on: alice, msg: ExecutionReport, fields: {ClOrdID: 'x-${exec}', OrderID: '${order}'}}\n"
    )
    assert verdicts(result) == "ppppp"


async def test_a_field_that_is_absent_cannot_be_captured(play: Play) -> None:
    result = await play(LOGON + BUY + "  - expect: {on: alice, msg: ExecutionReport, capture: {t: Text}}\n")
    assert failure(result) == "Text(58) is absent in the message, ${t} cannot be set from it"


async def test_expect_none_passes_in_silence_and_fails_on_a_message(play: Play) -> None:
    none = "  - expect_none: {on: alice, for: 50ms}\n"
    assert verdicts(await play(LOGON + none)) == "pp"
    result = await play(LOGON + BUY + none)
    assert failure(result).splitlines() == [
        "nothing was to come to alice, but this did:",
        "     2  ExecutionReport ClOrdID=b1 ExecType=New (0)",
    ]
    other = "  - expect_none: {on: alice, msg: ExecutionReport, fields: {ExecType: Trade}, for: 50ms}\n"
    assert verdicts(await play(LOGON + BUY + other)) == "ppp"


async def test_a_refused_logon_fails_with_the_venues_words(play: Play, acceptor: Acceptor) -> None:
    def refuse(peer: Peer, logon: WireMessage) -> None:
        peer.send("5", [("58", "Password(554) is wrong")])
        peer.hang_up()

    acceptor.answers["A"] = refuse
    assert failure(await play(LOGON)) == (
        'alice could not log on: the venue refused the Logon: "Password(554) is wrong"'
    )


async def test_a_lost_line_fails_an_expectation_at_once_and_says_why(play: Play, acceptor: Acceptor) -> None:
    def leave(peer: Peer, order: WireMessage) -> None:
        peer.send("5", [("58", "closing time")])
        peer.hang_up()

    acceptor.answers["D"] = leave
    started = asyncio.get_running_loop().time()
    result = await play(LOGON + BUY + "  - expect: {on: alice, msg: ExecutionReport, within: 30s}\n")
    assert asyncio.get_running_loop().time() - started < 10
    assert failure(result).startswith(
        'no message fits within 30 s (the venue closed the connection after its Logout "closing time"); '
    )


@pytest.mark.parametrize("mode", ["fin", "rst"])
async def test_what_was_missed_comes_with_poss_dup_after_the_next_logon(
    play: Play, acceptor: Acceptor, mode: str
) -> None:
    def miss(peer: Peer, order: WireMessage) -> None:
        peer.report("b1", "0")
        peer.send("8", [("11", "b1"), ("150", "F")], keep=False)

    acceptor.answers["D"] = miss
    result = await play(
        LOGON
        + BUY
        + "  - expect: {on: alice, msg: ExecutionReport, fields: {ExecType: New, PossDupFlag: absent}}\n"
        + f"  - disconnect: {{who: alice, mode: {mode}}}\n"
        + LOGON
        + "  - expect: {on: alice, msg: ExecutionReport, fields: {ExecType: Trade, PossDupFlag: Y}}\n"
        + "  - expect_none: {on: alice, for: 50ms}\n"
    )
    assert verdicts(result) == "ppppppp", result.failed
    received = acceptor.peers["ALICE"].received
    assert [message.text for message in received if message.msg_type == "2"] != []
    assert [message.get("141") for message in received if message.msg_type == "A"] == ["Y", None]


@pytest.mark.parametrize(
    ("garbled", "reason"),
    [
        (b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01", "BodyLength(9), CheckSum(10) or the order of the first fields"),
        (b"8=FIX.4.4\x01xx=5\x01", "the venue sent what is no FIX message"),
    ],
)
async def test_a_message_that_is_not_sound_is_the_venues_mistake(
    play: Play, acceptor: Acceptor, garbled: bytes, reason: str
) -> None:
    acceptor.answers["D"] = lambda peer, order: peer.write_raw(garbled)
    result = await play(LOGON + BUY + "  - expect: {on: alice, msg: ExecutionReport}\n")
    assert reason in failure(result)


async def test_heartbeats_are_sent_and_a_silent_venue_is_asked(
    vocabulary: Vocabulary, acceptor: Acceptor, tmp_path: Path
) -> None:
    path = tmp_path / "heartbeat.yaml"
    path.write_text(
        "scenario: heartbeat\nparticipants: {alice: {comp_id: ALICE, heartbeat: 1s}}\nsteps:\n"
        "  - logon: alice\n  - expect_none: {on: alice, for: 1400ms}\n"
    )
    address = VenueAddress(acceptor.address, ("127.0.0.1", 1))
    result = await run_scenario(load_scenario(path, vocabulary), vocabulary, address)
    assert verdicts(result) == "pp"
    types = [message.msg_type for message in acceptor.peers["ALICE"].received]
    assert types[0] == "A"
    assert "0" in types
    assert "1" in types


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (BUY, "alice is not connected; a logon step comes first"),
        ("  - logout: bob\n", "bob is not connected; a logon step comes first"),
        (LOGON + LOGON, "alice is logged on already; a second Logon is played with send: {msg: Logon}"),
        (LOGON + "  - disconnect: alice\n" + BUY, "alice is not connected: the participant is not connected"),
    ],
)
async def test_a_step_that_makes_no_sense_now_says_so(play: Play, step: str, text: str) -> None:
    assert failure(await play(step)) == text


async def test_a_pause_passes_time(play: Play) -> None:
    result = await play("  - after: 120ms\n")
    assert verdicts(result) == "p"
    assert result.steps[0].duration_seconds >= 0.12


async def test_the_timeout_ends_a_run_that_hangs(
    vocabulary: Vocabulary, acceptor: Acceptor, read: Read, tmp_path: Path
) -> None:
    scenario: Scenario = read("  - after: 30s\n" + LOGON)
    path = scenario.path
    path.write_text(path.read_text().replace("scenario: test", "scenario: test\ntimeout: 100ms"))
    address = VenueAddress(acceptor.address, ("127.0.0.1", 1))
    result = await run_scenario(load_scenario(path, vocabulary), vocabulary, address)
    assert verdicts(result) == "F-"
    assert failure(result) == "the scenario takes longer than its timeout of 0.1 s"


async def test_a_book_is_asked_for_until_it_is_as_expected(play: Play, book_server: BookServer) -> None:
    empty = {"symbol": "ACME", "event": 1, "bids": [], "asks": []}
    full = {"symbol": "ACME", "event": 2, "bids": [["10.05", 300, 2], ["10", 5, 1]], "asks": []}
    book_server.books = [empty, empty, full]
    result = await play("  - assert: {book: {symbol: ACME, bids: [[10.050, 300], [10.00, 5, 1]], asks: []}}\n")
    assert verdicts(result) == "p", result.failed
    assert book_server.paths == ["/market-data/books/ACME"] * 3


async def test_a_book_that_differs_is_shown_beside_the_expected_one(play: Play, book_server: BookServer) -> None:
    book_server.books = [{"symbol": "A/B", "event": 2, "bids": [["10.05", 300, 2], ["10", 5, 1]], "asks": []}]
    result = await play("  - assert: {within: 50ms, book: {symbol: A/B, bids: [[10.05, 300]], asks: [[10.06, 1]]}}\n")
    assert failure(result).splitlines() == [
        "the book of A/B is not as expected within 0.05 s:",
        "    side  expected                shown",
        "    bids  300 @ 10.05             300 @ 10.05 (2 orders)",
        "  * bids  —                       5 @ 10 (1 orders)",
        "  * asks  1 @ 10.06               —",
    ]
    assert book_server.paths[0] == "/market-data/books/A%2FB"


async def test_a_book_that_the_venue_does_not_have_says_what_it_answered(play: Play, book_server: BookServer) -> None:
    book_server.books, book_server.status = [{"title": "no such instrument"}], "404 Not Found"
    result = await play("  - assert: {book: {symbol: ACME, bids: []}}\n")
    assert failure(result).endswith('/market-data/books/ACME answered 404: {"title": "no such instrument"}')


async def test_where_nobody_listens_the_run_cannot_connect(read: Read, vocabulary: Vocabulary) -> None:
    with pytest.raises(CannotConnect, match=r"no FIX venue answers at 127\.0\.0\.1:1: "):
        await run_scenario(read(LOGON), vocabulary, VenueAddress(("127.0.0.1", 1), ("127.0.0.1", 1)))


async def test_the_first_logon_resets_the_numbers_and_later_ones_as_they_say(play: Play, acceptor: Acceptor) -> None:
    again = "  - logout: alice\n  - logon: {who: alice, reset: true}\n"
    result = await play(
        "  - logon: {who: alice, reset: false}\n" + BUY + again + LOGON.replace("logon", "logout") + LOGON
    )
    assert verdicts(result) == "pppppp"
    logons = [message for message in acceptor.peers["ALICE"].received if message.msg_type == "A"]
    assert [(one.sequence, one.get("141")) for one in logons] == [(1, None), (1, "Y"), (3, None)]


async def test_every_message_is_in_the_timeline(play: Play) -> None:
    result = await play(LOGON + BUY + "  - expect: {on: alice, msg: ExecutionReport}\n  - logout: alice\n")
    kinds = [(entry.participant, entry.direction, entry.message.msg_type) for entry in result.timeline]
    assert kinds == [("alice", way, kind) for way, kind in
                     [("out", "A"), ("in", "A"), ("out", "D"), ("in", "8"), ("out", "5"), ("in", "5")]]  # fmt: skip
    assert [entry.at_seconds for entry in result.timeline] == sorted(entry.at_seconds for entry in result.timeline)


async def test_a_venue_that_does_not_answer_a_logon_or_a_logout_is_named(play: Play, acceptor: Acceptor) -> None:
    acceptor.answers["A"] = lambda peer, logon: None
    result = await play("  - logon: {who: alice, within: 50ms}\n")
    port = acceptor.address[1]
    assert failure(result) == f"alice could not log on: no Logon came from 127.0.0.1:{port} within 0.05 s"
    del acceptor.answers["A"]
    acceptor.answers["5"] = lambda peer, logout: None
    result = await play(LOGON + "  - logout: {who: alice, within: 50ms}\n")
    assert failure(result) == "the venue did not answer the Logout of alice within 0.05 s"


async def test_a_number_that_is_too_low_ends_the_run_with_the_rule(play: Play, acceptor: Acceptor) -> None:
    acceptor.answers["D"] = lambda peer, order: peer.write("8", 1, [("11", "b1"), ("150", "0")])
    expect = "  - expect: {on: alice, msg: ExecutionReport, fields: {ExecType: Trade}, within: 5s}\n"
    assert "(MsgSeqNum(34) too low: expected 2, received 1)" in failure(await play(LOGON + BUY + expect))


async def test_several_log_on_in_one_step_and_each_has_its_own_messages(play: Play) -> None:
    result = await play(
        "  - logon: [alice, bob]\n"
        + BUY
        + "  - expect: {to: alice, msg: ExecutionReport}\n"
        + "  - expect_none: {on: bob, for: 20ms}\n"
        + "  - logout: [alice, bob]\n"
    )
    assert verdicts(result) == "ppppp"


async def test_templates_serve_orders_messages_and_expectations(
    acceptor: Acceptor, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "templates.yaml"
    path.write_text(
        "scenario: templates\n"
        "vars: {px: 10.05}\n"
        "participants: {alice: {comp_id: ALICE, account: A1}}\n"
        "templates:\n"
        "  order: {symbol: ACME, qty: 5, price: '${px}', tif: gtc, fields: {Text: from the template}}\n"
        "  new: {fields: {ExecType: Trade, ClOrdID: present}}\n"
        "steps:\n"
        "  - logon: alice\n"
        "  - buy: {from: alice, id: b1, use: order, price: 10.06}\n"
        "  - replace: {from: alice, id: b2, orig: b1, use: order, fields: {58: own}}\n"
        "  - send: {from: alice, msg: D, use: order, fields: {ClOrdID: b3}}\n"
        "  - expect: {on: alice, msg: ExecutionReport, count: 2, use: new, fields: {150: New}}\n"
    )
    address = VenueAddress(acceptor.address, ("127.0.0.1", 1))
    assert verdicts(await run_scenario(load_scenario(path, vocabulary), vocabulary, address)) == "ppppp"
    shown = {"11", "1", "55", "38", "44", "59", "58"}
    received = [message for message in acceptor.peers["ALICE"].received if message.msg_type in ("D", "G")]
    assert ["|".join(f"{tag}={value}" for tag, value in one.pairs if tag in shown) for one in received] == [
        "11=b1|1=A1|55=ACME|38=5|44=10.06|59=1|58=from the template",
        "11=b2|1=A1|55=ACME|38=5|44=10.05|59=1|58=own",
        "58=from the template|11=b3",
    ]


async def test_states_at_the_end_are_checked_after_the_last_step(
    acceptor: Acceptor, book_server: BookServer, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "final.yaml"
    path.write_text(
        "scenario: final\nparticipants: {alice: {kind: fix, comp_id: ALICE}}\nclock: {mode: real}\n"
        "steps:\n  - logon: alice\n"
        "expect:\n  - {within: 20ms, book: {symbol: ACME, bids: []}}\n  - book: {symbol: ACME, asks: []}\n"
    )
    book_server.books = [{"bids": [], "asks": []}]
    address = VenueAddress(acceptor.address, book_server.address)
    assert verdicts(await run_scenario(load_scenario(path, vocabulary), vocabulary, address)) == "ppp"
    book_server.books = [{"bids": [["1", 1, 1]], "asks": []}]
    result = await run_scenario(load_scenario(path, vocabulary), vocabulary, address)
    assert verdicts(result) == "pF-"
    assert result.failed is not None
    assert (result.failed.title, result.failed.place.line) == ("at the end: book ACME", 7)


async def test_a_book_server_that_is_not_there_is_named(read: Read, acceptor: Acceptor, vocabulary: Vocabulary) -> None:
    scenario = read("  - assert: {book: {symbol: ACME, bids: []}}\n")
    result = await run_scenario(scenario, vocabulary, VenueAddress(acceptor.address, ("127.0.0.1", 1)))
    assert failure(result).startswith("no answer from http://127.0.0.1:1/market-data/books/ACME: ")
