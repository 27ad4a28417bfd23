"""Accounts whose orders need money and shares, in conversation: what is refused, canceled, charged and told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.commands import Command, OpenAccount, OpenSettlementDay, SetRiskLimits, Transfer
from exchange.postings import TransferKind
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.limits import LimitScope, RiskLimits, Shorting
from exchange.reference.money import MONEY_UNIT
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import versioned_desk

CASH, DEPOSIT = 1_000 * MONEY_UNIT, TransferKind.DEPOSIT
FEES = FeeSchedule(maker_parts=-100, taker_parts=300)
"""A rebate of 1 basis point, and 3 to be paid."""
LIMITS = RiskLimits(is_funded=True, shorting=Shorting.LOCATED)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """ACC has 1,000 USD and 50 shares of ACME, and sells short what is located; OTHER needs nothing."""
    async with versioned_desk(tmp_path) as desk:
        commands: list[Command] = [
            OpenAccount(Account("ACC", "A", fees=FEES, is_cleared=True)),
            OpenAccount(Account("OTHER", "B", fees=FEES, is_cleared=True)),
            Transfer("ACC", DEPOSIT, "USD", CASH, "cash"),
            Transfer("ACC", DEPOSIT, "ACME", 50, "shares", cost=500 * MONEY_UNIT),
            SetRiskLimits(LimitScope.ACCOUNT, "ACC", LIMITS),
        ]
        for command in commands:
            desk.side.sequencer.submit(command)
        desk.side.sequencer.commit()
        yield desk


@pytest.mark.parametrize(
    ("order", "codes", "text"),
    [
        ("54=1|38=200|40=2|44=10", "3 3 25", "OrderQty(38) 200 at 10 needs 2000.6 USD with fees, and ACC has 1000"),
        ("54=2|38=60|40=2|44=10", "3 3 3", "OrderQty(38) 60 is more than the 50 ACME that ACC has free"),
        ("54=5|38=100|40=2|44=10", "0 0 22", "Account(1) ACC may sell short only what it says where to borrow"),
    ],
)
async def test_what_an_account_cannot_pay_or_deliver_is_refused(desk: Desk, order: str, codes: str, text: str) -> None:
    for name, code in zip(("CAROL", "ALICE", "BOB"), codes.split(), strict=True):
        handled = "|21=1" if name == "CAROL" else ""
        desk.side.acceptor.sessions[name].receive(desk.message(name, f"D|11=a|55=ACME|{order}{handled}"))
        [said] = desk.heard(name)
        assert f"|103={code}|" in said
        assert f"|58={text}" in said, said


async def test_a_short_sale_that_is_located_is_taken(desk: Desk) -> None:
    desk.play("""
        ALICE > D|11=a|55=ACME|54=5|38=100|40=2|44=10|114=N
        ALICE < 8|37=1|11=a|150=0|39=0|1=ACC|55=ACME|54=5|38=100|40=2|44=10|59=0|151=100|14=0|6=0
        BOB > D|11=a|55=ACME|54=6|38=10|40=2|44=11|5700=LENDER
        BOB < 8|37=2|11=a|150=0|39=0|1=ACC|55=ACME|54=6|38=10|40=2|44=11|59=0|151=10|14=0|6=0
    """)


async def test_each_fill_tells_what_is_charged_for_it(desk: Desk) -> None:
    done = "1=ACC|55=ACME|54=1|38=50|40=2|44=10|59=0|32=50|31=10|151=0|14=50|6=10"
    sold = "1=OTHER|55=ACME|54=2|38=50|40=2|44=10|59=0|32=50|31=10|151=0|14=50|6=10"
    fees = "136=1|137={}|138=USD|139=4|891=0"
    desk.play(f"""
        CAROL > D|11=a|21=1|55=ACME|54=1|38=50|40=2|44=10
        CAROL < 8|37=1...
        BOB > D|11=a|55=ACME|54=2|38=50|40=2|44=10|1=OTHER
        BOB < 8|37=2...
        BOB < 8|37=2|11=a|527=1|150=F|39=2|{sold}|851=2|{fees.format("0.15")}
        CAROL < 8|37=1|11=a|20=0|150=2|39=2|{done}|12=-0.05|13=3
        ALICE > D|11=a|55=ACME|54=1|38=10|40=2|44=10
        ALICE < 8|37=3...
        CAROL > D|11=b|21=1|55=ACME|54=2|38=10|40=2|44=10|1=OTHER
        CAROL < 8|37=4...
        CAROL < 8|37=4|11=b|20=0|150=2|39=2|{sold.replace("50", "10")}|12=0.03|13=3
        ALICE < 8|37=3|11=a|527=2|150=F|39=2|{done.replace("50", "10")}|851=1|{fees.format("-0.01")}
    """)


async def test_each_fill_tells_when_it_settles_as_soon_as_there_are_business_days(desk: Desk) -> None:
    desk.side.sequencer.submit(OpenSettlementDay("", 20240621, (20240624, 20240625)))
    desk.side.sequencer.commit()
    order, filled = "55=ACME|54={}|38=50|40=2|44=10", "32=50|31=10|151=0|14=50|6=10|64=20240624"
    bought, sold = (f"{order.format(side)}|59=0|{filled}" for side in (1, 2))
    desk.play(f"""
        CAROL > D|11=a|21=1|{order.format(1)}
        CAROL < 8|37=1...
        BOB > D|11=a|{order.format(2)}|1=OTHER
        BOB < 8|37=2...
        BOB < 8|37=2|11=a|527=1|150=F|39=2|1=OTHER|{sold}...
        CAROL < 8|37=1|11=a|20=0|150=2|39=2|1=ACC|{bought}...
    """)


async def test_an_order_that_comes_into_the_market_later_may_not_be_paid_any_more(desk: Desk) -> None:
    entry, exit_ = "11=e|67=1|55=ACME|54=1|38=10|40=2|44=10", "11=x|67=2|55=ACME|54=1|38=10|40=2|44=50"
    why = "58=the account had not what it needs when it came into the market"
    desk.play(f"""
        ALICE > E|66=L|394=3|68=2|73=2|{entry}|{exit_}|1385=2
        ALICE < 8|37=1|11=e|150=0...
        ALICE < 8|37=2|11=x|150=0...
        ALICE < N|...
        CAROL > D|11=a|21=1|55=ACME|54=1|38=80|40=2|44=9
        CAROL < 8|37=3...
        BOB > D|11=a|55=ACME|54=2|38=10|40=2|44=10|1=OTHER
        BOB < 8|37=4...
        BOB < 8|37=4...
        ALICE < 8|37=1|11=e|527=1|150=F|39=2...
        ALICE < 8|37=2|11=x|150=4|39=4|1=ACC|55=ACME|54=1|38=10|40=2|44=50|59=0|583=L|151=0|14=0|6=0|{why}
    """)
