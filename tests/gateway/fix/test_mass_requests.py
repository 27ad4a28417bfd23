"""Mass cancel and mass status requests, and orders named by the venue's number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.fix.framing import Framing
from gateway.fix.status_requests import PIECE_REPORTS
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.fix_side import SETTINGS

SETTINGS_OF_MANY = SETTINGS.replace("max_open_orders: 5", "max_open_orders: 1000")
TYPE = "MassCancelRequestType(530)"
TAKEN = "Symbol(55), Side(54) and Account(1) are"
SIDE = "Side(54) 5 is not taken here; 1 (buy) and 2 (sell, short or not) are"
SCOPES = "1 (orders for a security), 7 (all orders) and 9 (orders for a market segment) are"
Play = Callable[[str], None]
D = "11={}|55=ACME|54=1|38=100|40=2|44={}"
BUY = "1=ACC|55=ACME|54=1|38=100|40=2|44={}|59=0"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, SETTINGS_OF_MANY)
    await desk.open()
    yield desk
    await desk.side.stop()


@pytest.fixture
def play(desk: Desk) -> Play:
    return desk.play


@pytest.fixture
async def resting(play: Play) -> None:
    """Orders 1 and 2 of ALICE buy ACME, 3 sells FINE; 4 is BOB's."""
    play(f"""
        ALICE > D|{D.format("b1", "10")}
        ALICE > D|{D.format("b2", "9")}|1=OTHER
        ALICE > D|11=s1|55=FINE|54=2|38=7|40=2|44=1
        ALICE < 8|37=1...
        ALICE < 8|37=2...
        ALICE < 8|37=3...
        BOB > D|{D.format("b1", "9")}
        BOB < 8|37=4...
    """)


FIRST = "ALICE < 8|37=1|11=m|41=b1|150=4|39=4|" + BUY.format("10") + "|151=0|14=0|6=0"
SECOND = "ALICE < 8|37=2|11=m|41=b2|150=4|39=4|1=OTHER" + BUY.format("9")[5:] + "|151=0|14=0|6=0"
THIRD = "ALICE < 8|37=3|11=m|41=s1|150=4|39=4|1=ACC|55=FINE|54=2|38=7|40=2|44=1|59=0|151=0|14=0|6=0"


@pytest.mark.parametrize(
    ("request_", "answer", "reports"),
    [
        ("530=7", "530=7|531=7|533=3", (FIRST, SECOND, THIRD)),
        ("530=7|54=2", "530=7|531=7|533=1|54=2", (THIRD,)),
        ("530=1|55=ACME", "530=1|531=1|533=2|55=ACME", (FIRST, SECOND)),
        ("530=1|55=FINE|54=1", "530=1|531=1|533=0|55=FINE|54=1", ()),
        ("530=7|1=OTHER", "530=7|531=7|533=1", (SECOND,)),
    ],
)
@pytest.mark.usefixtures("resting")
async def test_a_mass_cancel_is_answered_and_then_each_order_is(
    play: Play, request_: str, answer: str, reports: tuple[str, ...]
) -> None:
    own = "\n".join(reports)
    play(f"""
        ALICE > q|11=m|{request_}
        ALICE < r|11=m|37=M14|{answer}
        {own}
        BOB > H|11=b1|55=ACME|54=1
        BOB < 8|37=4|11=b1|150=I|39=0...
    """)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("530=3", f"530=3|531=0|532=0|58={TYPE} 3 is not taken; {SCOPES}"),
        ("530=1", f"530=1|531=0|532=1|58=Symbol(55) is missing; {TYPE} 1 (orders for a security) needs one"),
        ("530=1|55=NONE", "530=1|531=0|532=1|55=NONE|58=Symbol(55) NONE is not listed"),
        ("530=7|55=ACME", f"530=7|531=0|532=99|55=ACME|58=Symbol(55) ACME contradicts {TYPE} 7 (all orders); use 1"),
        ("530=7|54=5", f"530=7|531=0|532=99|58={SIDE}"),
        ("530=7|336=DAY", f"530=7|531=0|532=0|58=TradingSessionID(336) DAY is not taken; {TAKEN}"),
        ("530=7|1=NONE", "530=7|531=0|532=99|58=Account(1) NONE is not one this session trades for: ACC OTHER"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("resting")
async def test_a_mass_cancel_that_is_not_understood_cancels_nothing(play: Play, request_: str, answer: str) -> None:
    play(f"""
        ALICE > q|11=m|{request_}
        ALICE < r|11=m|37=M14|{answer}
        ALICE > q|11=m|530=7
        ALICE < r|11=m|37=M15|530=7|531=0|532=99|58=ClOrdID(11) m was used before in this session
        ALICE > AF|584=q|585=7
        ALICE < 8|37=1|11=b1|150=I|39=0...
        ALICE < 8|37=2|11=b2|150=I|39=0...
        ALICE < 8|37=3|11=s1|150=I|39=0...
    """)


async def test_what_may_be_a_copy_of_a_mass_cancel_is_ignored(play: Play) -> None:
    play(f"""
        ALICE > q|11=m|530=7
        ALICE < r|11=m|37=M6|530=7|531=7|533=0
        ALICE > D|{D.format("b1", "10")}
        ALICE < 8|37=1...
        ALICE > q|97=Y|11=m|530=7
        ALICE > AF|97=Y|584=q|585=7
        ALICE < 8|37=1|11=b1|150=I...
    """)


@pytest.mark.usefixtures("resting")
async def test_a_mass_status_reports_each_open_order_and_says_which_is_the_last(play: Play) -> None:
    none = "151=0|14=0|6=0|58=no open order of this session is meant"
    play(f"""
        ALICE > AF|584=all|585=7
        ALICE < 8|37=1|11=b1|150=I|39=0|{BUY.format("10")}|151=100|14=0|6=0|584=all|911=3|912=N
        ALICE < 8|37=2|11=b2|150=I|39=0|1=OTHER|{BUY.format("9")[6:]}|151=100|14=0|6=0|584=all|911=3|912=N
        ALICE < 8|37=3|11=s1|150=I|39=0|1=ACC|55=FINE|54=2|38=7|40=2|44=1|59=0|151=7|14=0|6=0|584=all|911=3|912=Y
        ALICE > AF|584=some|585=1|55=ACME|1=OTHER
        ALICE < 8|37=2|11=b2|150=I|39=0|1=OTHER|{BUY.format("9")[6:]}|151=100|14=0|6=0|584=some|911=1|912=Y
        ALICE > AF|584=sells|585=7|54=2
        ALICE < 8|37=3|11=s1|150=I...
        ALICE > AF|584=none|585=1|55=FINE|54=1
        ALICE < 8|37=NONE|150=I|39=8|103=5|55=FINE|54=1|{none}|584=none|911=0|912=Y
    """)


@pytest.mark.parametrize(
    ("request_", "reason", "text"),
    [
        ("585=8", 0, "MassStatusReqType(585) 8 is not taken; 1 (orders for a security) and 7 (all orders) are"),
        ("585=1", 2, "Symbol(55) is missing; MassStatusReqType(585) 1 (orders for a security) needs one"),
        ("585=1|55=NONE", 2, "Symbol(55) NONE is not listed"),
        ("585=7|55=ACME", 0, "Symbol(55) ACME contradicts MassStatusReqType(585) 7 (all orders)"),
        ("585=7|54=5", 0, SIDE),
        ("585=7|1=NONE", 0, "Account(1) NONE is not one this session trades for: ACC OTHER"),
        ("585=7|336=DAY", 0, f"TradingSessionID(336) DAY is not taken; {TAKEN}"),
    ],
)
async def test_a_mass_status_that_is_not_understood_is_refused(
    play: Play, request_: str, reason: int, text: str
) -> None:
    play(f"""
        ALICE > AF|584=q|{request_}
        ALICE < j|45=2|372=AF|379=q|380={reason}|58={text}
    """)


async def test_very_many_orders_come_in_pieces_between_which_others_trade(desk: Desk) -> None:
    total = 2 * PIECE_REPORTS + 1
    alice, bob = (desk.side.acceptor.sessions[name] for name in ("ALICE", "BOB"))
    for number in range(total):
        alice.receive(desk.message("ALICE", f"D|{D.format(f'b{number}', '10')}"))
    desk.side.sequencer.commit()
    alice.outbound.wire = []
    alice.receive(desk.message("ALICE", "AF|584=q|585=7"))
    alice.receive(desk.message("ALICE", "AF|584=another|585=7"))
    bob.receive(desk.message("BOB", "H|11=none|55=ACME|54=1"))
    desk.side.sequencer.commit()
    first = len(said(b"".join(alice.outbound.wire)))
    assert first == PIECE_REPORTS + 1, "the first piece, and the refusal of the second request"
    assert "the mass status asked for before is still being sent" in said(b"".join(alice.outbound.wire))[-1]
    assert len(said(b"".join(bob.outbound.wire))) == 1, "BOB's answer does not wait"
    while len(said(b"".join(alice.outbound.wire))) <= total:
        await asyncio.sleep(0)
    wire, alice.outbound.wire = alice.outbound.wire, []
    reports = [text for text in said(b"".join(wire)) if "\x01584=q\x01" in text]
    assert [text.count(f"\x01911={total}\x01912=N") for text in reports] == [1] * (total - 1) + [0]
    assert reports[-1].count(f"\x01911={total}\x01912=Y") == 1


def said(wire: bytes) -> list[str]:
    return [text for text in Framing(1 << 20).receive(wire) if isinstance(text, str)]


async def test_a_status_request_finds_an_order_by_its_number_when_the_name_is_unknown(play: Play) -> None:
    play(f"""
        ALICE > D|{D.format("b1", "10")}
        ALICE < 8|37=1...
        ALICE > H|11=x|37=1|55=ACME|54=1
        ALICE < 8|37=1|11=b1|150=I|39=0|{BUY.format("10")}|151=100|14=0|6=0|58=ClOrdID(11) x belongs...
        BOB > H|11=b1|37=1|55=ACME|54=1
        BOB < 8|37=NONE|11=b1|150=I|39=8...
    """)
