"""Every refusal of the core: its reason, the field that broke the rule, and value and limit in words."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, ListInstrument
from exchange.events import AmendmentRejected, OrderRejected
from exchange.matching.order_register import CLOSED_ORDERS_KEPT, FORMER_IDENTIFIERS_KEPT
from exchange.orders import OrderStatus, OrderTerms, OrderType, Side
from exchange.rejections import RejectReason
from tests.exchange.market import (
    ACME,
    DAY,
    FOK,
    GTC,
    IOC,
    Market,
    buy,
    cancel,
    refuse,
    refuse_amendment,
    replace,
    sell,
)

STRICT = msgspec.structs.replace(ACME, tick=5, lot=10, lowest_price=900, highest_price=1100, max_quantity=500)
"""Prices of 0.05 from 9 to 11, quantities of 10 up to 500."""

NOT_RESTING = "is not for an order that rests; day and good till cancel are"
REPLACED = "orig_cl_ord_id {} was replaced; the order's identifier is {} now"
USED_BEFORE = "was used before in this session"


@pytest.fixture
def market() -> Market:
    return Market(STRICT)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (buy("B1", 10, "10.00", symbol="ACMF"), "UNKNOWN_INSTRUMENT: symbol ACMF is not listed"),
        (buy("B1", 10, "10.00", symbol=""), "UNKNOWN_INSTRUMENT: symbol (none) is not listed"),
        (buy("B1", 10, "10.00", account="BOB"), "UNKNOWN_ACCOUNT: account BOB is not open"),
        (buy("B1", 10, "10.00", account=""), "UNKNOWN_ACCOUNT: account (none) is not open"),
        (buy("B1", 0, "10.00"), "INVALID_QUANTITY: quantity 0 is not a positive multiple of lot 10"),
        (buy("B1", -10, "10.00"), "INVALID_QUANTITY: quantity -10 is not a positive multiple of lot 10"),
        (sell("B1", 15), "INVALID_QUANTITY: quantity 15 is not a positive multiple of lot 10"),
        (buy("B1", 510, "10.00"), "QUANTITY_TOO_LARGE: quantity 510 is more than the most, 500"),
        (buy("B1", 10, "10.01"), "PRICE_OFF_TICK: price 10.01 is not a multiple of tick 0.05"),
        (buy("B1", 10, "8.95"), "PRICE_OUT_OF_RANGE: price 8.95 is not between 9 and 11"),
        (sell("B1", 10, "11.05"), "PRICE_OUT_OF_RANGE: price 11.05 is not between 9 and 11"),
        (sell("B1", 10, "-10.00"), "PRICE_OUT_OF_RANGE: price -10 is not between 9 and 11"),
    ],
)
def test_a_new_order_that_breaks_a_rule_is_refused(market: Market, order: Command, why: str) -> None:
    assert market.do(order) == [f"rejected B1 {why}"]
    assert market.book() == {}
    assert market.venue.last_order_id == 0


@pytest.mark.parametrize("order", [buy("B1", 500, "9.00"), buy("B1", 10, "11.00", GTC)])
def test_limits_themselves_are_allowed(market: Market, order: Command) -> None:
    assert market.do(order)[0].startswith("accepted B1")


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (
            cancel("C1", "B9"),
            "cancel C1 of B9 (REJECTED) UNKNOWN_ORDER: orig_cl_ord_id B9 is not an order of this session",
        ),
        (
            cancel("C1", "B1", session="T"),
            "cancel C1 of B1 (REJECTED) UNKNOWN_ORDER: orig_cl_ord_id B1 is not an order of this session",
        ),
        (
            replace("R2", "B0", 10, "10.00"),
            f"replace R2 of B0 (PARTIALLY_FILLED) CLIENT_ORDER_ID_REPLACED: {REPLACED.format('B0', 'B1')}",
        ),
        (
            cancel("C1", "C3", side=Side.BUY),
            "cancel C1 of C3 (CANCELED) ORDER_CLOSED: orig_cl_ord_id C3 belongs to B3, which is already canceled",
        ),
        (
            cancel("C1", "", order_id=4),
            "cancel C1 of  (CANCELED) ORDER_CLOSED: order_id 4 is already canceled",
        ),
        (
            cancel("C1", "", order_id=9),
            "cancel C1 of  (REJECTED) UNKNOWN_ORDER: order_id 9 is not an order of this session",
        ),
        (
            cancel("C1", "", order_id=1, session="T"),
            "cancel C1 of  (REJECTED) UNKNOWN_ORDER: order_id 1 is not an order of this session",
        ),
        (
            cancel("C1", "S1"),
            "cancel C1 of S1 (FILLED) ORDER_CLOSED: orig_cl_ord_id S1 is already filled",
        ),
        (
            replace("R2", "B3", 10, "10.00"),
            "replace R2 of B3 (CANCELED) ORDER_CLOSED: orig_cl_ord_id B3 is already canceled",
        ),
        (
            cancel("C1", "B1", symbol="ACMF"),
            "cancel C1 of B1 (PARTIALLY_FILLED) ORDER_MISMATCH: symbol ACMF is not the order's ACME",
        ),
        (
            cancel("C1", "B1", side=Side.SELL),
            "cancel C1 of B1 (PARTIALLY_FILLED) ORDER_MISMATCH: side sell is not the order's buy",
        ),
        (
            replace("R2", "B2", 10, "10.00", side=Side.SELL),
            "replace R2 of B2 (NEW) ORDER_MISMATCH: side sell is not the order's buy",
        ),
        (
            replace("R2", "B2", 10),
            "replace R2 of B2 (NEW) ORDER_MISMATCH: order_type market is not the order's limit",
        ),
        (
            replace("R2", "B2", 10, "10.00", IOC),
            f"replace R2 of B2 (NEW) UNSUPPORTED_TIME_IN_FORCE: time_in_force immediate or cancel {NOT_RESTING}",
        ),
        (
            replace("R2", "B2", 10, "10.00", FOK),
            f"replace R2 of B2 (NEW) UNSUPPORTED_TIME_IN_FORCE: time_in_force fill or kill {NOT_RESTING}",
        ),
        (
            replace("R2", "B2", 11, "10.00"),
            "replace R2 of B2 (NEW) INVALID_QUANTITY: quantity 11 is not a positive multiple of lot 10",
        ),
        (
            replace("R2", "B2", 1000, "10.00"),
            "replace R2 of B2 (NEW) QUANTITY_TOO_LARGE: quantity 1000 is more than the most, 500",
        ),
        (
            replace("R2", "B2", 10, "10.02"),
            "replace R2 of B2 (NEW) PRICE_OFF_TICK: price 10.02 is not a multiple of tick 0.05",
        ),
        (
            replace("R2", "B2", 10, "12.00"),
            "replace R2 of B2 (NEW) PRICE_OUT_OF_RANGE: price 12 is not between 9 and 11",
        ),
        (
            replace("R2", "B1", 20, "10.00"),
            "replace R2 of B1 (PARTIALLY_FILLED) QUANTITY_BELOW_FILLED: quantity 20 is less than the 30 already filled",
        ),
        (
            cancel("B1", "B1"),
            f"cancel B1 of B1 (PARTIALLY_FILLED) DUPLICATE_CLIENT_ORDER_ID: cl_ord_id B1 {USED_BEFORE}",
        ),
        (
            refuse_amendment("C1", "B1"),
            "cancel C1 of B1 (PARTIALLY_FILLED) UNSUPPORTED_SIDE: side 9 is not taken",
        ),
        (
            refuse_amendment("R2", "B9", is_replace=True),
            "replace R2 of B9 (REJECTED) UNSUPPORTED_SIDE: side 9 is not taken",
        ),
        (
            refuse_amendment("B1", "B2"),
            f"cancel B1 of B2 (NEW) DUPLICATE_CLIENT_ORDER_ID: cl_ord_id B1 {USED_BEFORE}",
        ),
    ],
)
def test_a_cancel_or_replace_that_breaks_a_rule_is_refused_and_the_order_stands(
    market: Market, request_: Command, why: str
) -> None:
    """B1 is partially filled, B2 new, B3 canceled, S1 filled; B0 became B1 by a replace."""
    market.do(buy("B0", 50, "10.00"), replace("B1", "B0", 50, "10.05"), sell("S1", 30, "10.00"))
    market.do(buy("B2", 10, "9.00"), buy("B3", 10, "9.00"), cancel("C3", "B3"))
    before = market.book()
    assert market.do(request_) == [f"refused {why}"]
    assert market.book() == before == {"bid 10.05": ["B1 20"], "bid 9": ["B2 10"]}


def test_an_order_closed_or_unknown_to_a_replace_of_another_type_is_told_so_first(market: Market) -> None:
    market.do(buy("B1", 10))
    assert market.do(replace("R1", "B1", 10)) == [
        "refused replace R1 of B1 (CANCELED) ORDER_CLOSED: orig_cl_ord_id B1 is already canceled"
    ]


@pytest.mark.parametrize(
    "first",
    [
        buy("X", 10, "10.00"),
        buy("X", 11, "10.00"),
        cancel("X", "B9"),
        replace("X", "B9", 10, "10.00"),
        refuse(buy("X", 0), RejectReason.INVALID_QUANTITY, "quantity", "ten is not a whole number"),
        refuse_amendment("X", "B9"),
    ],
)
def test_an_identifier_is_used_once_by_whatever_carries_it(market: Market, first: Command) -> None:
    market.do(buy("B0", 10, "9.00"), first)
    why = f"DUPLICATE_CLIENT_ORDER_ID: cl_ord_id X {USED_BEFORE}"
    assert market.do(buy("X", 10, "10.00")) == [f"rejected X {why}"]
    assert market.do(refuse(buy("X", 0), RejectReason.INVALID_QUANTITY, "quantity", "no")) == [f"rejected X {why}"]
    assert market.do(cancel("X", "B0")) == [f"refused cancel X of B0 (NEW) {why}"]
    assert market.do(replace("X", "B0", 10, "9.00")) == [f"refused replace X of B0 (NEW) {why}"]
    assert market.do(buy("X", 10, "9.00", session="T")) == ["accepted X 10@9", "bid 9: 20 in 2"]


def test_a_refusal_tells_all_that_its_owner_needs(market: Market) -> None:
    order = buy("B1", 15, "10.00", GTC)
    terms = OrderTerms(0, "S", "B1", "ALICE", "ACME", Side.BUY, OrderType.LIMIT, GTC, 15, 1000)
    text = "15 is not a positive multiple of lot 10"
    assert market.apply(order) == [
        OrderRejected(3, market.at, terms, RejectReason.INVALID_QUANTITY, "quantity", text, {})
    ]
    unread = refuse(buy("B2", 0), RejectReason.UNSUPPORTED_SIDE, "side", "9 is not taken")
    terms = OrderTerms(0, "S", "B2", "ALICE", "ACME", Side.BUY, OrderType.MARKET, DAY, 0, 0)
    stated = {"side": "what stood there"}
    assert market.apply(unread) == [
        OrderRejected(4, market.at, terms, RejectReason.UNSUPPORTED_SIDE, "side", "9 is not taken", stated)
    ]
    market.do(buy("B3", 10, "10.00"))
    assert market.apply(replace("R1", "B3", 0, "10.00")) == [
        AmendmentRejected(
            7, market.at, "S", "R1", "B3", True, 1, OrderStatus.NEW,
            RejectReason.INVALID_QUANTITY, "quantity", "0 is not a positive multiple of lot 10",
        )
    ]  # fmt: skip


def test_a_late_request_hears_too_late_as_long_as_closed_orders_are_kept() -> None:
    market = Market()
    for number in range(CLOSED_ORDERS_KEPT + 1):
        market.do(buy(f"B{number}", 1))
    late = "refused cancel {0} of {1} (CANCELED) ORDER_CLOSED: orig_cl_ord_id {1} is already canceled"
    assert market.do(cancel("C1", "B1")) == [late.format("C1", "B1")]
    assert market.do(cancel("C2", f"B{CLOSED_ORDERS_KEPT}")) == [late.format("C2", f"B{CLOSED_ORDERS_KEPT}")]
    assert market.do(cancel("C3", "B0")) == [
        "refused cancel C3 of B0 (REJECTED) UNKNOWN_ORDER: orig_cl_ord_id B0 is no longer an order's identifier"
    ]
    assert sum(1 for _ in market.venue.register.closed_orders) == CLOSED_ORDERS_KEPT
    assert market.do(buy("B0", 1)) == [
        "rejected B0 DUPLICATE_CLIENT_ORDER_ID: cl_ord_id B0 was used before in this session"
    ]


def test_former_identifiers_are_known_as_long_as_they_are_kept() -> None:
    market = Market()
    market.do(buy("B0", 1, "10.00"))
    for number in range(FORMER_IDENTIFIERS_KEPT + 1):
        market.do(replace(f"B{number + 1}", f"B{number}", 1, "10.00"))
    present = f"B{FORMER_IDENTIFIERS_KEPT + 1}"
    assert market.do(cancel("C1", "B1")) == [
        f"refused cancel C1 of B1 (NEW) CLIENT_ORDER_ID_REPLACED: {REPLACED.format('B1', present)}"
    ]
    assert market.do(cancel("C2", "B0")) == [
        "refused cancel C2 of B0 (REJECTED) UNKNOWN_ORDER: orig_cl_ord_id B0 is no longer an order's identifier"
    ]
    assert sum(1 for _ in market.venue.register.former_identifiers) == FORMER_IDENTIFIERS_KEPT
    assert market.venue.register.find_former("T", "B1") is None


def test_an_order_is_found_by_the_venues_number_until_it_is_forgotten() -> None:
    market = Market()
    market.do(buy("B0", 1, "10.00"), buy("B1", 1, "9.00"))
    assert market.do(replace("B2", "", 2, "10.00", side=Side.BUY, order_id=1))[0] == (
        "replaced B0 by B2 2@10: 2 left, loses its place"
    )
    assert market.do(cancel("C1", "", side=Side.BUY, order_id=1))[0] == "canceled B2 by C1: 2 open, 0 done, requested"
    for number in range(CLOSED_ORDERS_KEPT):
        market.do(buy(f"N{number}", 1, "8.00", IOC))
    register = market.venue.register
    assert register.find_by_order_id("S", 1) is None
    assert [register.find_by_order_id("S", number) is not None for number in (2, 3, 4)] == [True] * 3


def test_an_order_keeps_its_rights_when_its_instrument_gets_narrower_rules(market: Market) -> None:
    market.do(buy("B1", 10, "10.00"), ListInstrument(msgspec.structs.replace(STRICT, lowest_price=1005)))
    assert market.do(replace("R1", "B1", 10, "10.00")) == [
        "refused replace R1 of B1 (NEW) PRICE_OUT_OF_RANGE: price 10 is not between 10.05 and 11"
    ]
    assert market.do(cancel("C1", "B1")) == ["canceled B1 by C1: 10 open, 0 done, requested", "bid 10: gone"]


def test_a_reason_is_its_name_and_knows_its_sentence() -> None:
    for reason in RejectReason:
        assert reason == reason.value == reason.name
        assert reason.sentence.endswith(".")
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(reason), type=RejectReason) is reason
