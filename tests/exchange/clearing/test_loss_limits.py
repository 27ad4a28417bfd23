"""Loss limits: what counts as the loss of a day, whose it is, and the kill switch that it sets."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import (
    AnnounceCorporateAction,
    BlockTrading,
    BustTrade,
    ListInstrument,
    OpenAccount,
    OpenSettlementDay,
)
from exchange.events import TradingBlocked
from exchange.postings import HOUSE, Bucket, Posting, PostingCause
from exchange.reasons import BlockScope
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import ActionKind, CorporateAction, FeeSchedule
from exchange.reference.limits import LimitScope
from tests.exchange.clearing.risk_floor import ACCOUNT, FIRM, USER, Floor, limit, money
from tests.exchange.event_lines import price_text
from tests.exchange.market import ACME, buy, sell, units

BETA = msgspec.structs.replace(ACME, symbol="BETA", currency="EUR")


@pytest.fixture
def floor() -> Floor:
    """ALICE has 100 shares of ACME; the last price is 10.00."""
    floor = Floor()
    floor.give("ALICE", 100)
    floor.trade("10.00")
    return floor


def blocked(scope: LimitScope, name: str, loss: str, most: str, currency: str = "USD") -> str:
    """The line of the kill switch."""
    return f"blocked {scope.value} {name}, the day's loss of {loss} {currency} is beyond the limit, {most}"


@pytest.mark.parametrize(
    ("scope", "name", "refused"),
    [(ACCOUNT, "ALICE", "ALICE"), (USER, "ann", "ALICE ALAN"), (FIRM, "F", "ALICE ALAN")],
)
def test_a_loss_beyond_the_limit_blocks_and_cancels(floor: Floor, scope: LimitScope, name: str, refused: str) -> None:
    floor.do(limit(scope, name, loss_limit="100"), buy("B1", 10, "5.00"), buy("B2", 10, "5.00", account="ALAN"))
    assert floor.trade("9.00") == []
    lines = floor.trade("8.99")
    assert lines[0] == blocked(scope, name, "101", "100")
    canceled = [f"canceled {of}: 10 open, 0 done, blocked" for of in ("B1", "B2")[: len(refused.split())]]
    assert lines[1:] == canceled
    for account in ("ALICE", "ALAN"):
        answer = floor.do(buy(floor.name(), 1, "5.00", account=account))[0]
        assert ("TRADING_BLOCKED" in answer) is (account in refused.split())


def test_losses_by_trading_and_fees_count(floor: Floor) -> None:
    fees = FeeSchedule(maker_per_share=100_000, taker_per_share=100_000)
    floor.do(
        OpenAccount(Account("ALICE", "Alice", fees=fees, is_cleared=True)), limit(ACCOUNT, "ALICE", loss_limit="20")
    )
    assert floor.trade("10.00", 100, buyer="ALICE", seller="BOB") == []
    assert floor.trade("9.99", 100, buyer="BOB", seller="ALICE") == [
        "blocked account ALICE, the day's loss of 22 USD is beyond the limit, 20"
    ]


def test_the_losses_of_a_firm_s_accounts_add_up_with_their_gains(floor: Floor) -> None:
    floor.do(limit(FIRM, "F", loss_limit="100"))
    # ALAN is short as much as ALICE is long.
    floor.trade("10.00", 100, buyer="BOB", seller="ALAN")
    assert floor.trade("5.00") == []
    assert floor.trade("5.00", 100, buyer="ALAN", seller="BOB") == []
    assert floor.trade("3.99") == [blocked(FIRM, "F", "101", "100")]


@pytest.mark.parametrize(("amount", "least"), [(5_000, "9.50"), ("5000", "9.00")])
def test_what_is_brought_is_no_gain_and_what_goes_no_loss(floor: Floor, amount: int | str, least: str) -> None:
    """5,000 shares more lose more from then on; their own worth is neither."""
    floor.do(limit(ACCOUNT, "ALICE", loss_limit="100"))
    assert floor.trade("9.50") == []
    assert floor.give("ALICE", amount) == []
    assert floor.trade(least) == []
    assert floor.trade(price_text(units(least) - 1))[0].startswith("blocked account ALICE")


def test_the_loss_begins_with_the_limit_and_with_each_day(floor: Floor) -> None:
    floor.trade("9.00")
    floor.do(limit(ACCOUNT, "ALICE", loss_limit="100"))
    assert floor.trade("8.00") == []
    assert floor.open_day(20240102) == []
    assert floor.trade("7.00") == []
    # Another market's day of the same date begins nothing.
    assert floor.open_day(20240102, "X") == []
    assert floor.trade("6.99") == [blocked(ACCOUNT, "ALICE", "101", "100")]


def test_a_limit_changes_what_is_too_much_and_not_the_beginning(floor: Floor) -> None:
    floor.do(limit(ACCOUNT, "ALICE", loss_limit="100"))
    floor.trade("9.50")
    assert floor.do(limit(ACCOUNT, "ALICE", loss_limit="40"))[1:] == [blocked(ACCOUNT, "ALICE", "50", "40")]


def test_a_lifted_block_comes_back_with_the_next_trade_unless_the_limit_is_higher(floor: Floor) -> None:
    lift = BlockTrading(BlockScope.ACCOUNT, "ALICE", is_blocked=False)
    floor.do(limit(ACCOUNT, "ALICE", loss_limit="100"))
    assert floor.trade("8.00") == [blocked(ACCOUNT, "ALICE", "200", "100")]
    assert floor.trade("7.50") == []
    assert floor.do(lift) == ["unblocked account ALICE"]
    assert floor.trade("7.00") == [blocked(ACCOUNT, "ALICE", "300", "100")]
    floor.do(limit(ACCOUNT, "ALICE", loss_limit="400"), lift)
    assert floor.trade("6.50") == []
    floor.do(limit(ACCOUNT, "ALICE"))
    assert floor.trade("1.00") == []


def test_who_joins_a_firm_brings_no_loss_of_before(floor: Floor) -> None:
    floor.give("BOB", 100)
    floor.do(limit(FIRM, "F", loss_limit="100"))
    floor.trade("9.50")
    floor.do(OpenAccount(Account("BOB", "Bob", "F", is_cleared=True)))
    assert floor.trade("9.30", buyer="CAROL", seller="ALAN") == []
    assert floor.trade("9.20", buyer="CAROL", seller="ALAN")[0].startswith("blocked firm F")


def test_busts_count_as_what_they_undo(floor: Floor) -> None:
    floor.do(limit(ACCOUNT, "ALICE", loss_limit="100"))
    floor.trade("10.00", 100, buyer="ALICE", seller="BOB")
    floor.trade("9.50", 1)
    bought = floor.venue.last_trade_id - 1
    # 200 shares have lost 0.50 each; 100 of them were never bought.
    assert floor.do(BustTrade(bought))[0] == "busted trade 2: 100@10"
    assert floor.trade("9.01", 1) == []
    assert floor.trade("8.99", 1) == [blocked(ACCOUNT, "ALICE", "101", "100")]


def test_each_currency_has_its_loss(floor: Floor) -> None:
    floor.do(limit(ACCOUNT, "ALICE", loss_limit="100"), ListInstrument(BETA))
    floor.give("ALICE", 100, "BETA")
    floor.trade("9.50")
    lines: list[str] = []
    for price in ("10.00", "9.00", "8.99"):
        floor.do(sell(floor.name(), 1, price, symbol="BETA", account="BOB"))
        lines = floor.do(buy(floor.name(), 1, price, symbol="BETA", account="CAROL"))
    assert lines[1:] == [blocked(ACCOUNT, "ALICE", "101", "100", "EUR")]


def test_a_dividend_is_a_gain(floor: Floor) -> None:
    floor.do(limit(ACCOUNT, "ALICE", loss_limit="100"))
    floor.trade("9.50")
    paid = [
        Posting("ALICE", "USD", Bucket.AVAILABLE, money("60")),
        Posting(HOUSE, "USD", Bucket.AVAILABLE, -money("60")),
    ]
    floor.venue.clearing.post(PostingCause.DIVIDEND, "D", paid)
    floor.venue.risk_control.look()
    assert floor.trade("8.90") == []
    assert floor.trade("8.39") == [blocked(ACCOUNT, "ALICE", "101", "100")]


def test_the_day_s_losses_are_part_of_the_state() -> None:
    floors = [Floor(), Floor()]
    for floor in floors:
        floor.give("ALICE", 100)
        floor.do(limit(ACCOUNT, "ALICE", loss_limit="100"))
    assert floors[0].venue.state_hash() == floors[1].venue.state_hash()
    assert floors[0].venue.risk_control.losses.state() == floors[1].venue.risk_control.losses.state()
    floors[0].trade("9.99")
    floors[1].trade("9.98")
    assert floors[0].venue.risk_control.losses.state() != floors[1].venue.risk_control.losses.state()


def test_what_rounding_takes_in_a_split_is_no_loss_of_trading(floor: Floor) -> None:
    floor.trade("10.01")
    floor.do(limit(ACCOUNT, "ALICE", loss_limit="0.5"))
    split = AnnounceCorporateAction(CorporateAction("SPLIT", ActionKind.SPLIT, "ACME", 20240624, 3, 1))
    day = OpenSettlementDay("", 20240624, (20240625, 20240626))
    events = [event for command in (split, day) for event in floor.venue.apply(command, floor.venue.now)]
    assert not any(isinstance(event, TradingBlocked) for event in events)
    # 300 shares at 3.33 are worth 999, and 100 at 10.01 were worth 1001: the day goes on from there.
    assert floor.venue.clearing.equities.in_currency("ALICE", "USD") == money("999")
