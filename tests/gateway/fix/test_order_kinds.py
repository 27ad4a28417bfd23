"""Orders of every kind in conversation with the venue, in the versions that have them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import SETTINGS, versioned_desk

D = "55=ACME|54=1|38=100"
BUY = "1=ACC|55=ACME|54=1|38=100"
SELL = "1=ACC|55=ACME|54=2|38=100"
NONE = "14=0|6=0"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with versioned_desk(tmp_path) as desk:
        yield desk


TRADE_AT = """
    BOB > D|11=ts{0}|55=ACME|54=2|38=10|40=2|44={1}
    BOB > D|11=tb{0}|55=ACME|54=1|38=10|40=2|44={1}
    BOB < 8|...
    BOB < 8|...
    BOB < 8|...
    BOB < 8|...
"""


async def test_a_stop_waits_and_is_told_when_it_is_elected(desk: Desk) -> None:
    elected = "58=elected by the price 10.2"
    desk.play(f"""
        ALICE > D|11=s|{D}|40=4|44=10.5|99=10.2
        ALICE < 8|37=1|11=s|150=0|39=0|636=N|{BUY}|40=4|44=10.5|99=10.2|59=0|151=100|{NONE}
        CAROL > D|11=s|21=1|{D}|40=3|99=10.3
        CAROL < 8|37=2|11=s|20=0|150=0|39=0|{BUY}|40=3|99=10.3|59=0|151=100|{NONE}
        {TRADE_AT.format(1, "10.2")}
        ALICE < 8|37=1|11=s|150=D|378=8|39=0|636=Y|{BUY}|40=2|44=10.5|59=0|151=100|{NONE}|{elected}
    """)


async def test_a_trigger_of_the_newest_versions_is_a_stop_or_an_order_if_touched(desk: Desk) -> None:
    desk.play(f"""
        BOB > D|11=s|{D}|40=1|1100=4|1101=1|1102=10.2|1107=2|1109=U
        BOB < 8|37=1|11=s|150=0|39=0|636=N|{BUY}|40=3|99=10.2|59=0|151=100|{NONE}
        BOB > D|11=t|{D}|40=2|44=9.9|1100=4|1101=1|1102=9.8|1109=D
        BOB < 8|37=2|11=t|150=0|39=0|636=N|{BUY}|40=J|44=9.9|99=9.8|59=0|151=100|{NONE}
    """)


async def test_a_trailing_stop_is_repeated_as_it_was_asked_for(desk: Desk) -> None:
    desk.play(f"""
        ALICE > D|11=t|55=ACME|54=2|38=100|40=P|18=a|211=0.3
        ALICE < 8|37=1|11=t|150=0|39=0|636=N|{SELL}|40=3|211=0.3|59=0|18=a|151=100|{NONE}
        BOB > D|11=t|55=ACME|54=2|38=100|40=3|1094=8|211=50|836=1
        BOB < 8|37=2|11=t|150=0|39=0|636=N|{SELL}|40=3|211=50|836=1|59=0|18=a|151=100|{NONE}
    """)


async def test_an_iceberg_shows_its_display_quantity(desk: Desk) -> None:
    desk.play(f"""
        ALICE > D|11=i|{D}|40=2|44=10|111=20
        ALICE < 8|37=1|11=i|150=0|39=0|{BUY}|40=2|44=10|59=0|111=20|151=100|{NONE}
        BOB > D|11=h|{D}|40=2|44=9|1138=0
        BOB < 8|37=2|11=h|150=0|39=0|{BUY}|40=2|44=9|59=0|1138=0|151=100|{NONE}
    """)
    book = desk.side.venue.books["ACME"]
    assert [(level.price, level.quantity) for level in book.bids if level.orders] == [(1000, 20)]


async def test_a_post_only_order_that_would_trade_is_refused(desk: Desk) -> None:
    why = "58=Price(44) 10 would trade with 10 at once"
    desk.play(f"""
        BOB > D|11=s|55=ACME|54=2|38=100|40=2|44=10
        BOB < 8|...
        ALICE > D|11=p|{D}|40=2|44=10|18=6
        ALICE < 8|37=NONE|11=p|150=8|39=8|103=99|{BUY}|40=2|44=10|59=0|151=0|{NONE}|{why}
        ALICE > D|11=q|{D}|40=2|44=9.99|18=6
        ALICE < 8|37=2|11=q|150=0|39=0|{BUY}|40=2|44=9.99|59=0|18=6|151=100|{NONE}
    """)


async def test_a_peg_follows_in_each_version_s_words(desk: Desk) -> None:
    desk.play(f"""
        BOB > D|11=b|{D}|40=2|44=9.9
        BOB < 8|...
        CAROL > D|11=p|21=1|{D}|40=P|18=R|211=-0.1
        CAROL < 8|37=2|11=p|20=0|150=0|39=0|{BUY}|40=P|211=-0.1|59=0|18=R|151=100|{NONE}
        BOB > D|11=p|{D}|40=P|44=9.95|1094=5
        BOB < 8|37=3|11=p|150=0|39=0|{BUY}|40=P|44=9.95|1094=5|59=0|151=100|{NONE}
    """)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ("40=3", "103=99|{}|40=3|59=0|{}|58=StopPx(99) is missing; a stop order needs one"),
        ("40=2|44=10|59=6", "103=99|{}|40=2|44=10|59=6|{}|58=ExpireTime(126) is missing; good till date..."),
        ("40=2|44=10|111=15", "103=13|{}|40=2|44=10|59=0|{}|58=MaxFloor(111) 15 is not 0 or a multiple..."),
        ("40=2|44=10|110=200", "103=13|{}|40=2|44=10|59=0|{}|58=MinQty(110) 200 is not between 0 and..."),
        ("40=1|18=6", "103=11|{}|40=1|59=0|{}|58=ExecInst(18) is for limit and pegged orders that rest..."),
        ("40=P", "103=99|{}|40=P|59=0|{}|58=ExecInst(18) is missing; a pegged order says what it follows"),
        ("40=2|44=10|583=g|1385=4", "103=99|{}|40=2|44=10|59=0|{}|58=ContingencyType(1385) 4 is not offered; 1..."),
        ("40=2|44=10|59=2", "103=2|{}|40=2|44=10|59=2|{}|58=TimeInForce(59) at opening is too late: ACME..."),
    ],
)  # fmt: skip
async def test_what_does_not_fit_together_is_refused_by_the_field_s_name(desk: Desk, fields: str, refusal: str) -> None:
    desk.play(f"""
        ALICE > D|11=x|{D}|{fields}
        ALICE < 8|37=NONE|11=x|150=8|39=8|{refusal.format(BUY, f"151=0|{NONE}")}
    """)


async def test_a_good_till_date_order_is_repeated_with_its_instant(desk: Desk) -> None:
    desk.play(f"""
        ALICE > D|11=g|{D}|40=2|44=10|59=6|432=21000101
        ALICE < 8|37=1|11=g|150=0|39=0|{BUY}|40=2|44=10|59=6|126=21000102-00:00:00.000|151=100|{NONE}
    """)


async def test_a_replace_states_new_conditions_or_leaves_them(desk: Desk) -> None:
    desk.play(f"""
        ALICE > D|11=s|{D}|40=3|99=10.5
        ALICE < 8|37=1|...
        ALICE > G|11=r|41=s|{D}|40=3|99=10.6
        ALICE < 8|37=1|11=r|41=s|150=5|39=0|{BUY}|40=3|99=10.6|59=0|151=100|{NONE}
        ALICE > G|11=q|41=r|55=ACME|54=1|38=50|40=3
        ALICE < 8|37=1|11=q|41=r|150=5|39=0|1=ACC|55=ACME|54=1|38=50|40=3|99=10.6|59=0|151=50|{NONE}
        ALICE > G|11=p|41=q|55=ACME|54=1|38=50|40=3|99=10.601
        ALICE < 9|37=1|11=p|41=q|39=0|434=2|102=99|58=StopPx(99) 10.601 is not a price of 2 digits behind the point
    """)


async def test_self_match_prevention_is_stated_by_the_order(desk: Desk) -> None:
    why = "58=it would have traded with its own owner"
    desk.play(f"""
        ALICE > D|11=s|55=ACME|54=2|38=100|40=2|44=10
        ALICE < 8|37=1|...
        ALICE > D|11=b|{D}|40=2|44=10|2964=2
        ALICE < 8|37=2|11=b|150=0|39=0|{BUY}|40=2|44=10|59=0|151=100|{NONE}
        ALICE < 8|37=1|11=s|150=4|39=4|{SELL}|40=2|44=10|59=0|151=0|{NONE}|{why}
    """)


async def test_orders_of_a_group_hang_together(desk: Desk) -> None:
    why = "58=another order of its group was filled or has ended"
    desk.play(f"""
        ALICE > D|11=a|{D}|40=2|44=9.9|583=g|1385=1
        ALICE < 8|37=1|11=a|150=0|39=0|{BUY}|40=2|44=9.9|59=0|583=g|151=100|{NONE}
        ALICE > D|11=b|{D}|40=2|44=9.8|583=g|1385=1
        ALICE < 8|37=2|11=b|150=0...
        BOB > D|11=s|55=ACME|54=2|38=100|40=2|44=9.9|1=OTHER
        BOB < 8|37=3|11=s|150=0...
        BOB < 8|37=3|11=s|527=1|150=F|39=2...
        ALICE < 8|37=1|11=a|527=1|150=F|39=2...
        ALICE < 8|37=2|11=b|150=4|39=4|{BUY}|40=2|44=9.8|59=0|583=g|151=0|{NONE}|{why}
    """)


async def test_an_order_that_goes_with_its_line_is_not_taken_where_none_does(tmp_path: Path) -> None:
    settings = SETTINGS.replace("comp_id: ALICE }", "comp_id: ALICE, cancel_on_disconnect: none }")
    text = "ExecInst(18) o (cancel on connection loss) is not agreed with this session: all its orders stay"
    async with versioned_desk(tmp_path, settings) as desk:
        desk.play(f"""
            ALICE > D|11=x|{D}|40=2|44=10|18=o
            ALICE < 8|37=NONE|11=x|150=8|39=8|103=11|{BUY}|40=2|44=10|59=0|151=0|{NONE}|58={text}
            BOB > D|11=x|{D}|40=2|44=10|18=o
            BOB < 8|37=1|11=x|150=0|39=0|{BUY}|40=2|44=10|59=0|151=100|{NONE}
        """)


async def test_a_market_to_limit_order_tells_its_limit_and_is_replaced_with_it(desk: Desk) -> None:
    desk.play(f"""
        BOB > D|11=s|55=ACME|54=2|38=50|40=2|44=10
        BOB < 8|...
        ALICE > D|11=k|{D}|40=K
        ALICE < 8|37=2|11=k|150=0|39=0|{BUY}|40=K|59=0|151=100|{NONE}
        BOB < 8|...
        ALICE < 8|37=2|11=k|527=1|150=F|39=1|{BUY}|40=K|59=0|32=50|31=10|151=50|14=50|6=10|851=2
        ALICE < 8|37=2|11=k|150=D|39=1|378=3|{BUY}|40=K|44=10|59=0|151=50|14=50|6=10|58=the price is another one
        ALICE > G|11=k2|41=k|55=ACME|54=1|38=80|40=K|44=10
        ALICE < 8|37=2|11=k2|41=k|150=5|39=1|1=ACC|55=ACME|54=1|38=80|40=K|44=10|59=0|151=30|14=50|6=10
    """)
