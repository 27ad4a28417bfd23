"""The rules asked one by one: which is broken first, and that asking changes nothing."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import CancelOrder, EnterOrder, ReplaceOrder
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.order_rules import check_amendment, check_order
from exchange.orders import OrderConditions, OrderTerms, OrderType, ShortSale, Side, TimeInForce
from exchange.refusals import Refusal
from exchange.rejections import RejectReason
from tests.exchange.market import ACME, ALICE, IOC, buy, cancel, replace

MARKETS = {"ACME": Market(msgspec.structs.replace(ACME, tick=5, lot=10, max_quantity=500))}
ACCOUNTS = {"ALICE": ALICE}


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (buy("B1", 505, "200.01", symbol="NONE", account="NONE"), RejectReason.UNKNOWN_INSTRUMENT),
        (buy("B1", 505, "200.01", account="NONE"), RejectReason.UNKNOWN_ACCOUNT),
        (buy("B1", 505, "200.01"), RejectReason.INVALID_QUANTITY),
        (buy("B1", 510, "200.01"), RejectReason.QUANTITY_TOO_LARGE),
        (buy("B1", 500, "200.01"), RejectReason.PRICE_OFF_TICK),
        (buy("B1", 500, "200.00"), RejectReason.PRICE_OUT_OF_RANGE),
    ],
)
def test_the_first_broken_rule_is_told(order: EnterOrder, reason: RejectReason) -> None:
    refusal = check_order(order, MARKETS, ACCOUNTS, 0)
    assert refusal is not None
    assert refusal.reason is reason


def test_an_order_within_all_rules_is_not_refused() -> None:
    assert check_order(buy("B1", 500, "100.00"), MARKETS, ACCOUNTS, 0) is None
    assert check_order(buy("B1", 500), MARKETS, ACCOUNTS, 0) is None


def test_requests_are_checked_against_the_order_that_they_name() -> None:
    order = Order(OrderTerms(1, "S", "B1", "ALICE", "ACME", Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 100, 1000))
    order.fill(20, 1000)
    assert check_amendment(cancel("C1", "B1"), order, MARKETS, 0, was_used=False) is None
    assert check_amendment(replace("R1", "B1", 20, "10.00"), order, MARKETS, 0, was_used=False) is None
    assert check_amendment(replace("R1", "B1", 10, "10.00"), order, MARKETS, 0, was_used=False) == Refusal(
        RejectReason.QUANTITY_BELOW_FILLED, "quantity", "10 is less than the 20 already filled"
    )
    refused = check_amendment(
        replace("R1", "B1", 0, time_in_force=IOC, symbol="NONE", side=Side.SELL), order, MARKETS, 0, was_used=False
    )
    assert refused == Refusal(RejectReason.ORDER_MISMATCH, "symbol", "NONE is not the order's ACME")
    assert (order.leaves, order.cumulative, order.is_open) == (80, 20, True)


@pytest.mark.parametrize("request_", [cancel("C1", "S1"), replace("R1", "S1", 100, "10.00")])
@pytest.mark.parametrize(
    ("own", "named", "text"),
    [
        (None, {"account": "ALICE"}, ""),
        (None, {"account": "BOB"}, "account BOB is not the order's ALICE"),
        (None, {"short_sale": ShortSale.SHORT}, "side sell short is not the order's sell"),
        (ShortSale.SHORT, {}, ""),
        (ShortSale.SHORT, {"short_sale": ShortSale.SHORT}, ""),
        (ShortSale.SHORT, {"short_sale": ShortSale.EXEMPT}, "side sell short exempt is not the order's sell short"),
        (ShortSale.EXEMPT, {"short_sale": ShortSale.SHORT}, "side sell short is not the order's sell short exempt"),
    ],
)
def test_what_a_request_names_of_the_order_must_be_so(
    request_: CancelOrder | ReplaceOrder, own: ShortSale | None, named: dict[str, object], text: str
) -> None:
    conditions = None if own is None else OrderConditions(short_sale=own)
    terms = OrderTerms(1, "S", "S1", "ALICE", "ACME", Side.SELL, OrderType.LIMIT, TimeInForce.DAY, 100, 1000)
    order = Order(msgspec.structs.replace(terms, conditions=conditions))
    refusal = check_amendment(msgspec.structs.replace(request_, **named), order, MARKETS, 0, was_used=False)
    assert (f"{refusal.field} {refusal.text}" if refusal is not None else "") == text
    assert refusal is None or refusal.reason is RejectReason.ORDER_MISMATCH
