"""Lists of orders: what hangs together, what becomes of each, and why a list is refused as a whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import versioned_desk

TAKE = "11=take|67=1|55=ACME|54=2|38=100|40=2|44=11"
STOP = "11=stop|67=2|55=ACME|54=2|38=100|40=3|99=9"
SELL = "1=ACC|55=ACME|54=2|38=100"
CONTINGENCIES = "1 (one cancels the other), 2 (one triggers the other), 3 (one updates the other, absolute)"
OPEN = "14=0|39=0|151=100|84=0|6=0"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with versioned_desk(tmp_path) as desk:
        yield desk


async def test_one_cancels_the_other(desk: Desk) -> None:
    desk.play(f"""
        ALICE > E|66=L|394=3|68=2|73=2|{TAKE}|{STOP}|1385=1
        ALICE < 8|37=1|11=take|150=0|39=0|{SELL}|40=2|44=11|59=0|583=L|151=100|14=0|6=0
        ALICE < 8|37=2|11=stop|150=0|39=0|636=N|{SELL}|40=3|99=9|59=0|583=L|151=100|14=0|6=0
        ALICE < N|66=L|429=1|82=1|431=3|83=1|68=2|73=2|11=take|{OPEN}|11=stop|{OPEN}
        BOB > D|11=b|55=ACME|54=1|38=100|40=2|44=11|1=OTHER
        BOB < 8|37=3|11=b|150=0...
        BOB < 8|37=3|11=b|527=1|150=F...
        ALICE < 8|37=1|11=take|527=1|150=F|39=2...
        ALICE < 8|37=2|11=stop|150=4|39=4...
    """)


async def test_the_first_of_a_bracket_brings_the_others_about(desk: Desk) -> None:
    entry = "11=entry|67=1|55=ACME|54=1|38=100|40=2|44=10"
    desk.play(f"""
        BOB > E|66=L|394=3|1385=2|68=3|73=3|{entry}|{TAKE.replace("67=1", "67=2")}|{STOP.replace("67=2", "67=3")}
        BOB < 8|37=1|11=entry|150=0|39=0...
        BOB < 8|37=2|11=take|150=0|39=0...
        BOB < 8|37=3|11=stop|150=0|39=0...
        BOB < N|66=L|429=1|82=1|431=3|83=1|68=3|73=3|11=entry|{OPEN}|11=take|{OPEN}|11=stop|{OPEN}
        ALICE > D|11=s|55=ACME|54=2|38=100|40=2|44=10|1=OTHER
        ALICE < 8|37=4|11=s|150=0...
        ALICE < 8|37=4|11=s|527=1|150=F...
        BOB < 8|37=1|11=entry|527=1|150=F|39=2...
        CAROL > D|11=x|21=1|55=ACME|54=1|38=100|40=2|44=11|1=OTHER
        CAROL < 8|37=5|11=x|20=0|150=0...
        CAROL < 8|37=5|11=x|20=0|150=2...
        BOB < 8|37=2|11=take|527=2|150=F|39=2...
        BOB < 8|37=3|11=stop|150=4|39=4...
    """)


@pytest.mark.parametrize("wrong", ["38=1.5|40=2|44=10", "38=100|40=2|44=10|59=9", "38=100|40=2|44=10.005"])
async def test_of_a_bracket_whose_first_order_cannot_be_read_nothing_goes_in(desk: Desk, wrong: str) -> None:
    entry = f"11=entry|67=1|55=ACME|54=1|{wrong}"
    desk.play(f"""
        BOB > E|66=L|394=3|1385=2|68=2|73=2|{entry}|{TAKE.replace("67=1", "67=2")}
        BOB < 8|37=NONE|11=entry|150=8|39=8...
        BOB < 8|37=1|11=take|150=0|39=0...
        BOB < 8|37=1|11=take|150=4|39=4...
        BOB < N|66=L|...
    """)
    assert desk.side.venue.books["ACME"].asks.best is None


async def test_a_list_without_contingency_is_orders_like_any_others(desk: Desk) -> None:
    desk.play(f"""
        CAROL > E|66=L|394=3|68=2|73=2|{TAKE}|{STOP.replace("55=ACME", "55=NONE")}
        CAROL < 8|37=1|11=take|20=0|150=0...
        CAROL < 8|37=NONE|11=stop|20=0|150=8|39=8|103=1...
        CAROL < N|66=L|429=1|82=1|431=3|83=1|68=2|73=2|11=take|{OPEN}|11=stop|14=0|39=8|151=0|84=0|6=0
    """)


async def test_a_list_of_which_nothing_is_open_any_more_is_done(desk: Desk) -> None:
    desk.play(f"""
        ALICE > E|66=L|394=3|68=1|73=1|{TAKE}|59=3
        ALICE < 8|37=1|11=take|150=0...
        ALICE < 8|37=1|11=take|150=4|39=4...
        ALICE < N|66=L|429=1|82=1|431=6|83=1|68=1|73=1|11=take|14=0|39=4|151=0|84=100|6=0
    """)


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("394=1|68=1", "BidType(394) 1 is not taken; 3 (no bidding process) is"),
        ("394=3|433=2|68=1", "ListExecInstType(433) 2 is not taken; 1 (immediate) is"),
        ("394=3|68=2", "TotNoOrders(68) 2 is not the number of orders here, 1; a list is one message"),
        ("394=3|68=1|893=N", "TotNoOrders(68) 1 is not the number of orders here, 1; a list is one message"),
        ("394=3|1385=4|68=1", f"ContingencyType(1385) 4 is not taken; {CONTINGENCIES} are"),
    ],
)
async def test_a_list_whose_head_is_wrong_is_refused_as_a_whole(desk: Desk, head: str, text: str) -> None:
    desk.play(f"""
        ALICE > E|66=L|{head}|73=1|{TAKE}
        ALICE < N|66=L|429=2|82=1|431=7|83=1|444={text}|68=1|73=1|11=take|14=0|39=8|151=0|84=0|6=0
    """)
    assert list(desk.side.venue.register.open_orders("ALICE")) == []


async def test_an_order_without_a_type_makes_its_list_wrong(desk: Desk) -> None:
    text = "OrdType(40) of ClOrdID(11) x is missing; each order needs one"
    desk.play(f"""
        ALICE > E|66=L|394=3|68=1|73=1|11=x|67=1|55=ACME|54=1|38=10
        ALICE < N|66=L|429=2|82=1|431=7|83=1|444={text}|68=1|73=1|11=x|14=0|39=8|151=0|84=0|6=0
    """)
