"""The kill switch: who is blocked cannot enter orders, replaces or quotes, and what was open is canceled."""

from __future__ import annotations

import pytest

from exchange.commands import BlockTrading, CancelQuotes, Command, EnterQuotes, OpenAccount, QuoteEntry
from exchange.reasons import BlockScope
from exchange.reference.accounts import Account
from tests.exchange.market import ACME, ALICE, GTC, Market, buy, cancel, replace, sell
from tests.exchange.wishes import OCO, OTO, grouped, stop

SESSION, ACCOUNT, FIRM = BlockScope.SESSION, BlockScope.ACCOUNT, BlockScope.FIRM
QUOTE = EnterQuotes("S", "Q", "BOB", (QuoteEntry("1", "ACME", 700, 10, 1100, 10),))


def block(scope: BlockScope, name: str, reason: str = "") -> BlockTrading:
    return BlockTrading(scope, name, is_blocked=True, reason=reason)


def lift(scope: BlockScope, name: str) -> BlockTrading:
    return BlockTrading(scope, name, is_blocked=False)


@pytest.fixture
def market() -> Market:
    """B1 and B2 of session S, B3 of session T; B2 is for BOB of firm HOUSE, the others for ALICE, who has no firm."""
    market = Market(ACME, Account("BOB", "Bob", "HOUSE"))
    market.do(buy("B1", 10, "9.00"), buy("B2", 10, "9.00", account="BOB"), buy("B3", 10, "9.00", session="T"))
    return market


@pytest.mark.parametrize(
    ("scope", "name", "canceled", "field"),
    [
        (SESSION, "S", "B1 B2", "session"),
        (SESSION, "T", "B3", ""),
        (SESSION, "U", "", ""),
        (ACCOUNT, "ALICE", "B1 B3", "account"),
        (ACCOUNT, "BOB", "B2", ""),
        (ACCOUNT, "CAROL", "", ""),
        (FIRM, "HOUSE", "B2", ""),
        (FIRM, "", "", ""),
    ],
)
def test_open_orders_go_and_new_ones_are_refused(
    market: Market, scope: BlockScope, name: str, canceled: str, field: str
) -> None:
    first, *others = market.do(block(scope, name))
    assert first == f"blocked {scope} {name}"
    assert [line for line in others if "canceled" in line] == [
        f"canceled {of}: 10 open, 0 done, blocked" for of in canceled.split()
    ]
    answer = market.do(buy("B9", 10, "8.00"))[0]
    why = f"rejected B9 TRADING_BLOCKED: {field} {name} is blocked by the venue"
    assert answer == (why if field else "accepted B9 10@8")


def test_a_firm_s_accounts_are_those_that_have_it_now(market: Market) -> None:
    market.do(block(FIRM, "HOUSE", "margin call"))
    refused = "TRADING_BLOCKED: firm HOUSE is blocked by the venue: margin call"
    assert market.do(buy("B8", 10, "8.00", account="BOB")) == [f"rejected B8 {refused}"]
    market.do(OpenAccount(Account("BOB", "Bob")), OpenAccount(Account("ALICE", ALICE.name, "HOUSE")))
    assert market.do(buy("B9", 10, "8.00", account="BOB"))[0] == "accepted B9 10@8"
    assert market.do(buy("B10", 10, "8.00")) == [f"rejected B10 {refused}"]
    assert market.do(replace("B11", "B1", 5, "9.00")) == [f"refused replace B11 of B1 (NEW) {refused}"]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (replace("B9", "B1", 5, "9.00"), "refused replace B9 of B1 (NEW) TRADING_BLOCKED: {}"),
        (cancel("C1", "B1"), "canceled B1 by C1: 10 open, 0 done, requested"),
        (CancelQuotes("S", "C"), "quotes canceled by C: 1, quote canceled"),
        (QUOTE, "quotes Q: 1 TRADING_BLOCKED: {}"),
        (buy("B9", 0, "8.00"), "rejected B9 INVALID_QUANTITY: quantity 0 is not a positive multiple of lot 1"),
    ],
)
def test_what_is_open_meanwhile_may_be_canceled_and_not_replaced(market: Market, command: Command, answer: str) -> None:
    """Firm GROUP is blocked when nobody is in it; then BOB and ALICE, with open orders and a quote, join it."""
    market.do(QUOTE, block(FIRM, "GROUP"))
    market.do(OpenAccount(Account("BOB", "Bob", "GROUP")), OpenAccount(Account("ALICE", ALICE.name, "GROUP")))
    assert market.do(command)[0] == answer.format("firm GROUP is blocked by the venue")


def test_quotes_held_orders_and_groups_go_too(market: Market) -> None:
    market.do(QUOTE, stop(buy("B5", 10, time_in_force=GTC), "20.00"))
    market.do(grouped(buy("B6", 10, "8.00"), "G", OTO), grouped(sell("S6", 10, "12.00"), "G", OCO))
    lines = market.do(block(SESSION, "S"))
    assert lines[1] == "quotes canceled: 1, blocked"
    assert [line for line in lines[2:] if "canceled" in line] == [
        f"canceled {name}: 10 open, 0 done, blocked" for name in ("B1", "B2", "~4", "~5", "B5", "B6", "S6")
    ]
    assert market.book() == {"bid 9": ["B3 10"]}
    assert market.do(CancelQuotes("S", "C")) == ["quotes canceled by C: 0, quote canceled"]


def test_a_block_holds_until_it_is_lifted(market: Market) -> None:
    market.do(block(SESSION, "S", "first"), block(ACCOUNT, "ALICE"))
    assert market.do(block(SESSION, "S", "second")) == ["blocked session S, second"]
    assert market.do(buy("B7", 1, "8.00"))[0].endswith("session S is blocked by the venue: second")
    assert market.do(lift(SESSION, "S")) == ["unblocked session S"]
    assert market.do(lift(SESSION, "S")) == ["unblocked session S"]
    assert market.do(buy("B8", 1, "8.00"))[0].endswith("account ALICE is blocked by the venue")
    market.do(lift(ACCOUNT, "ALICE"))
    assert market.do(buy("B9", 1, "8.00"))[0] == "accepted B9 1@8"


def test_blocks_are_part_of_the_state(market: Market) -> None:
    other = Market(ACME, Account("BOB", "Bob", "HOUSE"))
    other.do(buy("B1", 10, "9.00"), buy("B2", 10, "9.00", account="BOB"), buy("B3", 10, "9.00", session="T"))
    assert market.venue.state_hash() == other.venue.state_hash()
    for one, name in ((market, "U"), (other, "V")):
        one.do(block(SESSION, name))
    assert market.venue.state_hash() != other.venue.state_hash()
