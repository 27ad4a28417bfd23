"""Self-trade prevention: every mode, whose mode decides, who is one owner, and what stands."""

from __future__ import annotations

import pytest

from exchange.commands import Command
from exchange.orders import SelfTradePrevention
from exchange.reference.accounts import Account
from exchange.reference.rule_profile import MarketRemainder, MinimumQuantity
from tests.exchange.market import ACME, IOC, Market, buy, replace, rules, sell
from tests.exchange.wishes import all_or_none, at_least, preventing, shown

NONE, INCOMING = SelfTradePrevention.NONE, SelfTradePrevention.CANCEL_INCOMING
RESTING, BOTH = SelfTradePrevention.CANCEL_RESTING, SelfTradePrevention.CANCEL_BOTH
DECREMENT = SelfTradePrevention.DECREMENT

S1_TRADES_6, S1_TRADES_8, S1_TRADES_10 = (
    ["traded 4@10", f"filled B1 4, 4 done, {left} left", "filled S1 4, 4 done, 0 left"] for left in (2, 4, 6)
)
"""What an order of 6, 8 or 10 does first."""

OTHERS = (
    Account("BOB", "Bob"),
    Account("CAROL", "Carol", self_trade_prevention=RESTING, trading_group="DESK"),
    Account("DAVE", "Dave", self_trade_prevention=INCOMING, trading_group="DESK"),
)


@pytest.fixture
def market() -> Market:
    """ALICE's S2 stands between two orders of BOB."""
    market = Market(ACME, *OTHERS)
    market.do(sell("S1", 4, "10.00", account="BOB"), sell("S2", 4, "10.00"), sell("S3", 4, "10.00", account="BOB"))
    return market


@pytest.mark.parametrize(
    ("mode", "quantity", "does", "book"),
    [
        (
            NONE,
            6,
            [
                *S1_TRADES_6,
                "traded 2@10",
                "filled B1 2, 6 done, 0 left",
                "filled S2 2, 2 done, 2 left",
                "ask 10: 6 in 2",
            ],
            {"ask 10": ["S2 2", "S3 4"]},
        ),
        (
            INCOMING,
            10,
            [*S1_TRADES_10, "canceled B1: 6 open, 4 done, self-trade", "ask 10: 8 in 2"],
            {"ask 10": ["S2 4", "S3 4"]},
        ),
        (
            RESTING,
            10,
            [
                *S1_TRADES_10,
                "canceled S2: 4 open, 0 done, self-trade",
                "traded 4@10",
                "filled B1 4, 8 done, 2 left",
                "filled S3 4, 4 done, 0 left",
                "ask 10: gone",
                "bid 10: 2 in 1",
            ],
            {"bid 10": ["B1 2"]},
        ),
        (
            BOTH,
            10,
            [
                *S1_TRADES_10,
                "canceled S2: 4 open, 0 done, self-trade",
                "canceled B1: 6 open, 4 done, self-trade",
                "ask 10: 4 in 1",
            ],
            {"ask 10": ["S3 4"]},
        ),
        (
            DECREMENT,
            10,
            [
                *S1_TRADES_10,
                "canceled S2: 4 open, 0 done, self-trade decremented",
                "restated B1 6@10: 2 left, decremented",
                "traded 2@10",
                "filled B1 2, 6 done, 0 left",
                "filled S3 2, 2 done, 2 left",
                "ask 10: 2 in 1",
            ],
            {"ask 10": ["S3 2"]},
        ),
        (
            DECREMENT,
            6,
            [
                *S1_TRADES_6,
                "restated S2 2@10: 2 left, decremented",
                "canceled B1: 2 open, 4 done, self-trade decremented",
                "ask 10: 6 in 2",
            ],
            {"ask 10": ["S2 2", "S3 4"]},
        ),
        (
            DECREMENT,
            8,
            [
                *S1_TRADES_8,
                "canceled S2: 4 open, 0 done, self-trade decremented",
                "canceled B1: 4 open, 4 done, self-trade decremented",
                "ask 10: 4 in 1",
            ],
            {"ask 10": ["S3 4"]},
        ),
        (
            INCOMING,
            4,
            ["traded 4@10", "filled B1 4, 4 done, 0 left", "filled S1 4, 4 done, 0 left", "ask 10: 8 in 2"],
            {"ask 10": ["S2 4", "S3 4"]},
        ),
    ],
)
def test_the_modes(
    market: Market, mode: SelfTradePrevention, quantity: int, does: list[str], book: dict[str, list[str]]
) -> None:
    assert market.do(preventing(buy("B1", quantity, "10.00"), mode)) == [f"accepted B1 {quantity}@10", *does]
    assert market.book() == book


def test_what_was_traded_before_meeting_ones_own_stands_also_over_levels(market: Market) -> None:
    market.do(sell("S0", 3, "9.90", account="BOB"))
    lines = market.do(preventing(buy("B1", 20), BOTH))
    assert [line for line in lines if line.startswith(("traded", "canceled"))] == [
        "traded 3@9.9",
        "traded 4@10",
        "canceled S2: 4 open, 0 done, self-trade",
        "canceled B1: 13 open, 7 done, self-trade",
    ]


def test_the_incoming_orders_mode_decides() -> None:
    market = Market(ACME, *OTHERS)
    market.do(preventing(sell("S1", 5, "10.00"), INCOMING))
    assert market.do(preventing(buy("B1", 5, "10.00"), RESTING))[1] == "canceled S1: 5 open, 0 done, self-trade"
    assert market.do(sell("S2", 5, "10.00"))[1] == "traded 5@10"


def test_without_one_of_its_own_it_is_the_accounts() -> None:
    market = Market(ACME, *OTHERS)
    market.do(sell("S1", 5, "10.00", account="CAROL"))
    assert market.do(buy("B1", 5, "10.00", account="CAROL"))[1] == "canceled S1: 5 open, 0 done, self-trade"
    assert market.do(preventing(sell("S2", 2, "10.00", account="CAROL"), NONE))[1] == "traded 2@10"


def test_accounts_of_one_group_are_one_owner() -> None:
    market = Market(ACME, *OTHERS)
    market.do(sell("S1", 5, "10.00", account="CAROL"), sell("S2", 5, "10.00", account="BOB"))
    assert market.do(buy("B1", 5, "10.00", account="DAVE"))[1:] == ["canceled B1: 5 open, 0 done, self-trade"]
    assert market.do(buy("B2", 10, "10.00"))[-1] == "ask 10: gone"


def test_a_session_may_trade_with_itself_for_two_owners() -> None:
    market = Market(ACME, *OTHERS)
    market.do(sell("S1", 5, "10.00", account="BOB"))
    assert market.do(preventing(buy("B1", 5, "10.00"), BOTH))[1] == "traded 5@10"


@pytest.mark.parametrize(
    ("resting", "order", "does"),
    [
        (
            shown(sell("S1", 50, "10.00"), 5),
            preventing(buy("B1", 20, "10.00", IOC), RESTING),
            ["canceled S1: 50 open, 0 done, self-trade", "canceled B1: 20 open, 0 done, immediate remainder"],
        ),
        (
            shown(sell("S1", 50, "10.00"), 5),
            preventing(buy("B1", 20, "10.00"), DECREMENT),
            ["restated S1 30@10: 30 left, decremented", "canceled B1: 20 open, 0 done, self-trade decremented"],
        ),
        (
            shown(sell("S1", 50, "10.00"), 0),
            preventing(buy("B1", 20), BOTH),
            ["canceled S1: 50 open, 0 done, self-trade", "canceled B1: 20 open, 0 done, self-trade"],
        ),
        (
            all_or_none(sell("S1", 50, "10.00")),
            preventing(buy("B1", 20, "10.00", IOC), BOTH),
            ["canceled B1: 20 open, 0 done, immediate remainder"],
        ),
        (
            sell("S1", 5, "10.00"),
            preventing(at_least(buy("B1", 20, "10.00", IOC), 10), BOTH),
            ["canceled B1: 20 open, 0 done, immediate remainder"],
        ),
    ],
)
def test_orders_with_conditions(resting: Command, order: Command, does: list[str]) -> None:
    market = Market(rules(minimum_quantity=MinimumQuantity.PER_EXECUTION))
    market.do(resting)
    assert [line for line in market.do(order)[1:] if not line.startswith("ask")] == does


def test_a_decremented_iceberg_loses_what_it_does_not_show_first() -> None:
    market = Market()
    market.do(shown(sell("S1", 20, "10.00"), 5))
    market.do(preventing(buy("B1", 18, "10.00"), DECREMENT))
    assert market.book() == {"ask 10": ["S1 2"]}
    assert market.do(buy("B2", 1, "10.00"))[-1] == "ask 10: 1 in 1"


def test_a_replaced_order_meets_its_owners_like_a_new_one() -> None:
    market = Market()
    market.do(sell("S1", 5, "10.00"), preventing(buy("B1", 5, "9.00"), INCOMING))
    assert market.do(replace("R1", "B1", 5, "10.00"))[1:] == [
        "canceled R1: 5 open, 0 done, self-trade",
        "bid 9: gone",
    ]


def test_market_orders_that_wait_do_not_trade_with_their_owner_either() -> None:
    market = Market(rules(market_remainder=MarketRemainder.RESTS_UNPRICED))
    market.do(buy("B1", 5))
    assert market.do(preventing(sell("S1", 5, "10.00"), INCOMING))[1:] == ["canceled S1: 5 open, 0 done, self-trade"]
    assert market.do(preventing(sell("S2", 3, "10.00"), DECREMENT))[1:] == [
        "restated B1 2@market: 2 left, decremented",
        "canceled S2: 3 open, 0 done, self-trade decremented",
        "bid market: 2 in 1",
    ]
