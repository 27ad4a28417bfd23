"""OrderMassActionRequest, and cancels of a market segment, in the versions that have them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from exchange.commands import ListInstrument
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import versioned_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with versioned_desk(tmp_path) as desk:
        fine = desk.side.venue.instruments["FINE"]
        desk.side.sequencer.submit(ListInstrument(msgspec.structs.replace(fine, market="US")))
        desk.play("""
            BOB > D|11=a|55=ACME|54=1|38=10|40=2|44=10
            BOB > D|11=f|55=FINE|54=2|38=10|40=2|44=1
            BOB < 8|37=1...
            BOB < 8|37=2...
        """)
        yield desk


@pytest.mark.parametrize(
    ("scope", "answer", "canceled"),
    [
        ("1374=7", "1374=7|1375=1|533=2", (1, 2)),
        ("1374=1|55=FINE", "1374=1|1375=1|533=1|55=FINE", (2,)),
        ("1374=7|54=1", "1374=7|1375=1|533=1|54=1", (1,)),
        ("1374=7|1=OTHER", "1374=7|1375=1|533=0", ()),
        ("1374=9|1300=US", "1374=9|1375=1|533=1|1300=US", (2,)),
        ("1374=9|1300=US|54=1", "1374=9|1375=1|533=0|1300=US|54=1", ()),
    ],
)
async def test_a_mass_action_cancels_what_is_in_its_scope(
    desk: Desk, scope: str, answer: str, canceled: tuple[int, ...]
) -> None:
    reports = "\n".join(f"BOB < 8|37={order_id}|11=m|..." for order_id in canceled)
    desk.play(f"""
        BOB > CA|11=m|1373=3|{scope}|60=20240621-12:00:00
        BOB < BZ|11=m|1369=M{desk.side.venue.last_event + 1}|1373=3|{answer}
        {reports}
    """)


@pytest.mark.parametrize(
    ("request_", "answer", "left"),
    [
        ("530=9|1300=US", "530=9|531=9|533=1|1300=US", 1),
        ("530=9|1300=NO", "530=9|531=0|532=8|1300=NO|58=MarketSegmentID(1300) NO has no instrument", 2),
    ],
)
async def test_a_mass_cancel_of_a_market_segment(desk: Desk, request_: str, answer: str, left: int) -> None:
    number = desk.side.venue.last_event + 1
    reports = "BOB < 8|37=2|11=m|..." if left == 1 else ""
    desk.play(f"""
        BOB > q|11=m|{request_}
        BOB < r|11=m|37=M{number}|1369=M{number}|{answer}
        {reports}
    """)
    assert len(list(desk.side.venue.register.open_orders("BOB"))) == left


TYPE = "MassActionScope(1374)"
ONE_MARKET = "8 (orders for a market) is not taken: the venue is one market; 9 (orders for a market segment) is"
NEEDS_ONE = "9 (orders for a market segment) needs one"
NARROWER = "is not taken; Symbol(55), Side(54) and Account(1) are"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("1373=1|1374=7", "1373=1|1374=7|1375=0|1376=0|58=MassActionType(1373) 1 is not taken; 3 (cancel orders) is"),
        ("1373=3|1374=8|1301=XNYS", f"1373=3|1374=8|1375=0|1376=0|58={TYPE} {ONE_MARKET}"),
        ("1373=3|1374=9", f"1373=3|1374=9|1375=0|1376=8|58=MarketSegmentID(1300) is missing; {TYPE} {NEEDS_ONE}"),
        ("1373=3|1374=7|1300=US", f"1373=3|1374=7|1375=0|1376=0|58=MarketSegmentID(1300) US {NARROWER}"),
        ("1373=3|1374=1|55=NONE", "1373=3|1374=1|1375=0|1376=1|55=NONE|58=Symbol(55) NONE is not listed"),
    ],
)
async def test_a_mass_action_that_is_not_understood_cancels_nothing(desk: Desk, request_: str, answer: str) -> None:
    desk.play(f"""
        BOB > CA|11=m|{request_}|60=20240621-12:00:00
        BOB < BZ|11=m|1369=M{desk.side.venue.last_event + 1}|{answer}
    """)
    assert len(list(desk.side.venue.register.open_orders("BOB"))) == 2
