"""Limits of sizes, prices, rates, positions and credit: what each refuses, with the sum, and what it lets through."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.commands import Command, EnterOrder, EnterQuotes, OpenAccount, QuoteEntry, SetRiskLimits
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.instruments import SECOND, PriceBands
from exchange.reference.limits import LimitScope
from tests.exchange.clearing.risk_floor import ACCOUNT, FIRM, INSTRUMENT, SHORT, USER, Floor, limit
from tests.exchange.market import ACME, buy, cancel, replace, sell
from tests.exchange.wishes import OTO, OUO, asking, grouped, market_to_limit, pegged, stop

BANDED = msgspec.structs.replace(ACME, bands=PriceBands(static_basis_points=1_000))

ALICES = "the limit of account ALICE"
ONE = f"{ALICES} for one order"
ONE_MORE = "quantity 1 more, with position"
SHARE = "beyond 1500, 2500 basis points of an equity of 6000"


@pytest.fixture
def floor() -> Floor:
    """The last price is 10.00; ALICE has 100 shares and 5,000 USD."""
    floor = Floor()
    floor.give("ALICE", 100)
    floor.give("ALICE", "5000")
    floor.trade("10.00")
    return floor


@pytest.mark.parametrize(
    ("limits", "taken", "refused", "why"),
    [
        (
            {"max_order_quantity": 50},
            buy("B1", 50, "9.00"),
            buy("B2", 51, "9.00"),
            f"ORDER_QUANTITY_LIMIT: quantity 51 is more than 50, {ONE}",
        ),
        (
            {"max_order_value": "1000"},
            buy("B1", 100, "10.00"),
            buy("B2", 100, "10.01"),
            f"ORDER_VALUE_LIMIT: quantity 100 at 10.01 is 1001 USD, more than 1000, {ONE}",
        ),
        (
            {"max_order_value": "1000"},
            sell("S1", 100),
            sell("S2", 101),
            f"ORDER_VALUE_LIMIT: quantity 101 at 10 is 1010 USD, more than 1000, {ONE}",
        ),
        (
            {"max_order_value": "1000"},
            stop(buy("B1", 80), "12.50"),
            stop(buy("B2", 81), "12.50"),
            f"ORDER_VALUE_LIMIT: quantity 81 at 12.5 is 1012.5 USD, more than 1000, {ONE}",
        ),
        (
            {"price_tolerance_basis_points": 500},
            buy("B1", 1, "10.50"),
            buy("B2", 1, "10.51"),
            f"PRICE_TOLERANCE: price 10.51 is not between 9.5 and 10.5, 500 basis points from 10: {ALICES}",
        ),
        (
            {"price_tolerance_basis_points": 500},
            buy("B1", 1, "9.50"),
            buy("B2", 1, "9.49"),
            f"PRICE_TOLERANCE: price 9.49 is not between 9.5 and 10.5, 500 basis points from 10: {ALICES}",
        ),
        (
            {"price_tolerance_basis_points": 500},
            stop(buy("B1", 1, "21.00"), "20.00"),
            stop(buy("B2", 1, "21.01"), "20.00"),
            f"PRICE_TOLERANCE: price 21.01 is not between 19 and 21, 500 basis points from 20: {ALICES}",
        ),
        (
            {"position_limit": 150},
            buy("B1", 50, "9.00"),
            buy("B2", 1, "9.00"),
            f"POSITION_LIMIT: {ONE_MORE} 100 and 50 that open orders buy, could make 151 ACME, beyond 150, {ALICES}",
        ),
        (
            {"position_limit": 50},
            sell("S1", 150, "12.00"),
            sell("S2", 1, "12.00"),
            f"POSITION_LIMIT: {ONE_MORE} 100 and 150 that open orders sell, could make -51 ACME, beyond 50, {ALICES}",
        ),
        (
            {"position_share_basis_points": 2_500},
            buy("B1", 50, "10.00"),
            buy("B2", 1, "10.00"),
            f"POSITION_SHARE_LIMIT: quantity 1 more could make a position of 1510 USD in ACME, {SHARE}: {ALICES}",
        ),
    ],
)
def test_a_limit_takes_what_reaches_it_and_refuses_what_goes_beyond(
    floor: Floor, limits: dict[str, Any], taken: EnterOrder, refused: EnterOrder, why: str
) -> None:
    assert floor.do(limit(ACCOUNT, "ALICE", **limits)) == ["limits of account ALICE"]
    assert floor.do(taken)[0].startswith(f"accepted {taken.cl_ord_id}")
    assert floor.do(refused) == [f"rejected {refused.cl_ord_id} {why}"]
    assert floor.do(limit(ACCOUNT, "ALICE")) == ["limits of account ALICE gone"]
    free = msgspec.structs.replace(refused, cl_ord_id="B9")
    assert floor.do(free)[0].startswith("accepted B9")


def test_what_has_no_limit_breaks_no_tolerance_and_a_sale_no_share(floor: Floor) -> None:
    floor.do(limit(ACCOUNT, "ALICE", price_tolerance_basis_points=1, position_share_basis_points=1))
    for order in (sell("S1", 1), pegged(sell("S2", 1)), stop(sell("S3", 1), "5.00"), market_to_limit(sell("S4", 1))):
        assert floor.do(order)[0].startswith("accepted")


def test_a_market_buy_is_worth_what_it_may_cost_at_the_band() -> None:
    floor = Floor(BANDED)
    floor.trade("10.00")
    floor.do(limit(ACCOUNT, "ALICE", max_order_value="1100"))
    why = "quantity 101 at 11 is 1111 USD, more than 1100, the limit of account ALICE for one order"
    assert floor.do(buy("B1", 101)) == [f"rejected B1 ORDER_VALUE_LIMIT: {why}"]
    assert floor.do(buy("B2", 100))[0] == "accepted B2 100@market"
    assert floor.do(sell("S1", 110))[0] == "accepted S1 110@market"


@pytest.mark.parametrize(
    ("scope", "name", "symbol", "account", "is_refused", "whose"),
    [
        (ACCOUNT, "ALICE", "", "ALICE", True, "account ALICE"),
        (ACCOUNT, "ALICE", "ACME", "ALICE", True, "account ALICE in ACME"),
        (ACCOUNT, "ALICE", "", "BOB", False, ""),
        (USER, "ann", "", "ALAN", True, "user ann"),
        (FIRM, "F", "ACME", "ALAN", True, "firm F in ACME"),
        (FIRM, "F", "", "BOB", False, ""),
        (INSTRUMENT, "ACME", "", "BOB", True, "instrument ACME"),
    ],
)
def test_limits_are_of_accounts_users_firms_and_instruments(
    floor: Floor, scope: LimitScope, name: str, symbol: str, account: str, is_refused: bool, whose: str
) -> None:
    floor.do(limit(scope, name, symbol, max_order_quantity=5))
    answer = floor.do(buy("B1", 6, "9.00", account=account))[0]
    why = f"ORDER_QUANTITY_LIMIT: quantity 6 is more than 5, the limit of {whose} for one order"
    assert answer == (f"rejected B1 {why}" if is_refused else "accepted B1 6@9")


def test_the_positions_of_a_firm_s_accounts_add_up(floor: Floor) -> None:
    floor.do(buy("B1", 30, "9.00", account="ALAN"), limit(FIRM, "F", position_limit=140))
    what = "quantity 11 more, with position 100 and 30 that open orders buy, could make 141 ACME"
    why = f"{what}, beyond 140, the limit of firm F"
    assert floor.do(buy("B2", 11, "9.00")) == [f"rejected B2 POSITION_LIMIT: {why}"]
    assert floor.do(buy("B3", 10, "9.00"))[0] == "accepted B3 10@9"
    # Another account joins, with what works for it.
    floor.do(OpenAccount(Account("BOB", "Bob", "F", is_cleared=True)))
    assert floor.do(buy("B4", 1, "9.00"))[0].startswith(
        "rejected B4 POSITION_LIMIT: quantity 1 more, with position 110"
    )


def test_an_instrument_s_position_limit_is_each_account_s(floor: Floor) -> None:
    floor.do(limit(INSTRUMENT, "ACME", position_limit=100))
    assert floor.do(buy("B1", 1, "9.00"))[0].startswith("rejected B1 POSITION_LIMIT")
    assert floor.do(buy("B2", 100, "9.00", account="ALAN"))[0] == "accepted B2 100@9"


def test_orders_within_any_second_are_counted_when_they_were_accepted(floor: Floor) -> None:
    floor.do(limit(ACCOUNT, "ALICE", orders_per_second=2), buy("B1", 1, "9.00"))
    assert floor.do(buy("B2", 0, "9.00"))[0].startswith("rejected B2 INVALID_QUANTITY")
    assert floor.do(replace("B3", "B1", 2, "9.00"))[0].startswith("replaced B1 by B3")
    first = floor.at - 2
    why = "ACME makes more than 2 orders and replaces within a second, the limit of account ALICE; 2 were accepted"
    assert floor.do(buy("B4", 1, "9.00")) == [f"rejected B4 ORDER_RATE_LIMIT: symbol {why}"]
    assert floor.do(cancel("C1", "B3"))[0].startswith("canceled")
    floor.at = first + SECOND - 2
    assert floor.do(buy("B5", 1, "9.00"))[0].startswith("rejected B5 ORDER_RATE_LIMIT")
    assert floor.do(buy("B6", 1, "9.00"))[0] == "accepted B6 1@9"
    floor.do(limit(ACCOUNT, "ALICE", orders_per_second=3))
    assert floor.do(buy("B7", 1, "9.00"))[0] == "accepted B7 1@9"
    assert floor.do(buy("B8", 1, "9.00"))[0] == "accepted B8 1@9"
    assert floor.do(buy("B9", 1, "9.00"))[0].endswith("3 were accepted")


def test_quotes_keep_limits_of_sizes_and_none_of_rates(floor: Floor) -> None:
    floor.do(limit(ACCOUNT, "ALICE", orders_per_second=1, max_order_quantity=10, position_limit=110))
    quote = EnterQuotes("S", "Q", "ALICE", (QuoteEntry("1", "ACME", 900, 10, 1100, 10),))
    assert floor.do(quote)[0] == "quotes Q: 1 taken"
    # What stands is free for the quote that takes its place.
    assert floor.do(quote)[0] == "quotes Q: 1 taken"
    large = EnterQuotes("S", "R", "ALICE", (QuoteEntry("1", "ACME", 900, 10, 1100, 11),))
    why = "ask_quantity 11 is more than 10, the limit of account ALICE for one order"
    assert floor.do(large)[0] == f"quotes R: 1 ORDER_QUANTITY_LIMIT: {why}"


@pytest.mark.parametrize(
    ("limits", "smaller", "larger", "why"),
    [
        ({"max_order_quantity": 5}, replace("B2", "B1", 9, "9.00"), replace("B3", "B2", 10, "9.00"), "ORDER_QUANTITY"),
        ({"max_order_value": "50"}, replace("B2", "B1", 9, "9.00"), replace("B3", "B2", 9, "9.01"), "ORDER_VALUE"),
        (
            {"price_tolerance_basis_points": 500},
            replace("B2", "B1", 10, "9.00"),
            replace("B3", "B2", 10, "9.01"),
            "PRICE_TOLERANCE",
        ),
        ({"position_limit": 105}, replace("B2", "B1", 9, "9.00"), replace("B3", "B2", 10, "9.00"), "POSITION_LIMIT"),
    ],
)
def test_a_replace_is_measured_by_what_it_adds(
    floor: Floor, limits: dict[str, Any], smaller: Command, larger: Command, why: str
) -> None:
    """The order for 10 at 9.00 was in before there were limits."""
    floor.do(buy("B1", 10, "9.00"), limit(ACCOUNT, "ALICE", **limits))
    assert floor.do(smaller)[0].startswith("replaced B1 by B2")
    assert floor.do(larger)[0].startswith(f"refused replace B3 of B2 (NEW) {why}")


def test_the_others_of_a_group_are_looked_at_when_they_come(floor: Floor) -> None:
    floor.do(limit(ACCOUNT, "ALICE", max_order_quantity=5), grouped(buy("B1", 5, "9.00"), "G", OTO))
    assert floor.do(grouped(sell("S1", 6, "11.00"), "G", OUO))[0].startswith("rejected S1 ORDER_QUANTITY_LIMIT")


def test_a_firm_s_credit_is_what_its_accounts_are_below_nothing(floor: Floor) -> None:
    funded: dict[str, Any] = {"is_funded": True, "credit_limit": "1000"}
    fees = Account("ALAN", "Alan", "F", user="ann", is_cleared=True, fees=FeeSchedule(taker_per_share=10_000))
    floor.do(OpenAccount(fees), limit(ACCOUNT, "ALICE", **funded), limit(ACCOUNT, "ALAN", **funded))
    floor.do(limit(FIRM, "F", credit_limit="500"), limit(USER, "ann", credit_limit="900"))
    assert floor.do(buy("B1", 30, "10.00", account="ALAN"))[0] == "accepted B1 30@10"
    why = "quantity 20 needs 200.2 USD of credit, besides 300.3 used already; 500 is the limit of firm F"
    assert floor.do(buy("B2", 20, "10.00", account="ALAN")) == [f"rejected B2 CREDIT_LIMIT: {why}"]
    assert floor.do(buy("B3", 500, "10.00"))[0] == "accepted B3 500@10"
    why = "quantity 52 needs 220.22 USD of credit, besides 300.3 used already; 500 is the limit of firm F"
    assert floor.do(replace("B4", "B1", 52, "10.00")) == [f"refused replace B4 of B1 (NEW) CREDIT_LIMIT: {why}"]
    assert floor.do(replace("B6", "B1", 49, "10.00"))[0].startswith("replaced B1 by B6")
    # What the account itself has not is refused for the account.
    assert floor.do(buy("B7", 200, "10.00"))[0].startswith("rejected B7 INSUFFICIENT_FUNDS")
    assert floor.do(sell("S1", 1, "12.00"))[0] == "accepted S1 1@12"


def test_credit_is_of_funded_accounts_alone(floor: Floor) -> None:
    floor.do(limit(FIRM, "F", credit_limit="1"))
    assert floor.do(buy("B1", 5_000, "10.00"))[0] == "accepted B1 5000@10"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (limit(ACCOUNT, "NOBODY", loss_limit=1), "UNKNOWN_ACCOUNT: name NOBODY is not open"),
        (limit(ACCOUNT, "", loss_limit=1), "UNKNOWN_ACCOUNT: name (none) is not open"),
        (limit(INSTRUMENT, "NONE", max_order_value=1), "UNKNOWN_INSTRUMENT: name NONE is not listed"),
        (limit(FIRM, "", loss_limit=1), "INVALID_LIMITS: name is missing: which firm the limits are for"),
        (
            limit(INSTRUMENT, "ACME", "ACME", max_order_value=1),
            "INVALID_LIMITS: symbol ACME is stated for limits of an instrument, which ACME is already",
        ),
        (limit(USER, "ann", "NONE", max_order_value=1), "UNKNOWN_INSTRUMENT: symbol NONE is not listed"),
        (
            limit(USER, "ann", max_order_value=-1),
            "INVALID_LIMITS: max_order_value -1 is not between 0 and 10" + "0" * 17,
        ),
        (
            limit(USER, "ann", orders_per_second=100_001),
            "INVALID_LIMITS: orders_per_second 100001 is not between 0 and 100000",
        ),
        (
            limit(USER, "ann", position_share_basis_points=10_001),
            "INVALID_LIMITS: position_share_basis_points 10001 is not between 0 and 10000",
        ),
        (
            limit(USER, "ann", short_margin_basis_points=100_001),
            "INVALID_LIMITS: short_margin_basis_points 100001 is not between 0 and 100000",
        ),
        (limit(FIRM, "F", is_funded=True), "INVALID_LIMITS: is_funded is of an account only, and F is a firm"),
        (
            limit(ACCOUNT, "ALICE", "ACME", is_funded=True),
            "INVALID_LIMITS: is_funded is of all instruments together, not of ACME alone",
        ),
        (
            limit(INSTRUMENT, "ACME", loss_limit=1),
            "INVALID_LIMITS: loss_limit is of all instruments together, not of ACME alone",
        ),
    ],
)
def test_what_can_be_no_limit_is_refused(floor: Floor, command: SetRiskLimits, why: str) -> None:
    assert floor.do(command) == [f"refused limits {why}"]
    assert not len(floor.venue.limits)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (asking(buy("B1", 1, "9.00"), short_sale=SHORT), "short_sale short is for sales; this is a buy"),
        (
            asking(sell("S1", 1, "9.00"), locate="DESK"),
            "locate DESK is where a short sale borrows, and the order is not marked as one",
        ),
    ],
)
def test_only_sales_are_short_and_only_short_sales_borrow(floor: Floor, order: EnterOrder, why: str) -> None:
    assert floor.do(order) == [f"rejected {order.cl_ord_id} CONFLICTING_INSTRUCTIONS: {why}"]


def test_limits_and_rates_are_part_of_the_state() -> None:
    floors = [Floor(), Floor()]
    for floor in floors:
        floor.do(limit(ACCOUNT, "ALICE", orders_per_second=2), buy("B1", 1, "9.00"), cancel("C1", "B1"))
    assert floors[0].venue.state_hash() == floors[1].venue.state_hash()
    floors[0].do(limit(FIRM, "F", max_order_quantity=5))
    floors[1].do(limit(FIRM, "F", max_order_quantity=6))
    assert floors[0].venue.state_hash() != floors[1].venue.state_hash()
