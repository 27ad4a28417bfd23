from __future__ import annotations

import pytest

from exchange.events import (
    AccountOpened,
    AmendmentRejected,
    CancelReason,
    InstrumentListed,
    LevelChanged,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Traded,
)
from exchange.orders import OrderStatus, OrderTerms, OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason
from exchange.store import schema
from exchange.store.rows import Row, Rows, kept, rows_of

ACME = Instrument("ACME", 2, 1, 10, "USD", 1000, 100, 9000, 5000)
NONE = Rows([], [], [], [], [])


def terms(order_id: int = 7, cl_ord_id: str = "c1", quantity: int = 100, price: int = 1005) -> OrderTerms:
    return OrderTerms(
        order_id, "ALICE", cl_ord_id, "A1", "ACME", Side.BUY, OrderType.LIMIT, TimeInForce.DAY, quantity, price
    )


ENTERED = (7, "ALICE", "c1", "A1", "ACME", "BUY", "LIMIT", "DAY", 100, 1005)
FILL = OrderFilled(12, 60, terms(), 3, 40, 1005, 40, 60, 40_200, is_aggressor=False)


@pytest.mark.parametrize(
    ("events", "row"),
    [
        ([OrderAccepted(11, 50, terms())], (*ENTERED, 0, 100, 0, "NEW", "", 11, 50, 50)),
        ([OrderAccepted(11, 50, terms()), FILL], (*ENTERED, 40, 60, 40_200, "PARTIALLY_FILLED", "", 12, 50, 60)),
        (
            [FILL, OrderFilled(13, 70, terms(), 4, 60, 1000, 100, 0, 100_200, is_aggressor=True)],
            (*ENTERED, 100, 0, 100_200, "FILLED", "", 13, 70, 70),
        ),
        (
            [OrderCanceled(14, 80, terms(), "c2", 40, 40_200, 60, CancelReason.REQUESTED)],
            (*ENTERED, 40, 0, 40_200, "CANCELED", "requested", 14, 80, 80),
        ),
        (
            [OrderReplaced(15, 90, terms(cl_ord_id="c2", quantity=80), "c1", 0, 80, 0, kept_priority=True)],
            (7, "ALICE", "c2", "A1", "ACME", "BUY", "LIMIT", "DAY", 80, 1005, 0, 80, 0, "NEW", "", 15, 90, 90),
        ),
        (
            [OrderReplaced(15, 90, terms(quantity=40), "c1", 40, 0, 40_200, kept_priority=True)],
            (7, "ALICE", "c1", "A1", "ACME", "BUY", "LIMIT", "DAY", 40, 1005, 40, 0, 40_200, "FILLED", "", 15, 90, 90),
        ),
    ],
    ids=["accepted", "partly filled", "filled", "canceled", "replaced", "replaced down to what is filled"],
)
def test_an_orders_last_event_is_its_row(events: list[OrderAccepted | OrderFilled], row: Row) -> None:
    assert rows_of(events) == Rows([], [], [row], [], [])


def test_trades_and_reference_data_are_rows() -> None:
    assert rows_of(
        [
            InstrumentListed(1, 10, ACME),
            AccountOpened(2, 20, Account("A1", "Alice")),
            AccountOpened(3, 30, Account("A1", "Alice Ltd")),
            Traded(4, 40, "ACME", 9, 1005, 100, Side.SELL, 7, 8, "A1", "B2"),
        ]
    ) == Rows(
        [("ACME", 2, 1, 10, "USD", 1000, 100, 9000, 5000, 1, 10)],
        [("A1", "Alice Ltd", 3, 30)],
        [],
        [],
        [(9, 4, "ACME", 1005, 100, "SELL", 7, 8, "A1", "B2", 40)],
    )


def test_a_refused_order_is_known_by_its_event() -> None:
    refusal = OrderRejected(5, 50, terms(0), RejectReason.PRICE_OFF_TICK, "price", "10.005 is not a multiple of 0.01")
    assert rows_of([refusal]).refused_orders == [
        (5, *ENTERED[1:], "PRICE_OFF_TICK", "price", "10.005 is not a multiple of 0.01", 50)
    ]


def test_levels_and_refused_amendments_leave_no_row() -> None:
    refusal = AmendmentRejected(
        2, 10, "ALICE", "c2", "c1", False, 0, OrderStatus.REJECTED, RejectReason.UNKNOWN_ORDER, "orig_cl_ord_id", "c1"
    )
    assert rows_of([LevelChanged(1, 10, "ACME", Side.BUY, 1005, 100, 1), refusal]) == NONE


@pytest.mark.parametrize(
    ("text", "row"),
    [("c1", "c1"), ("", ""), ("a\0b", "a␀b"), ("é" * 256, "é" * 256), ("x" * 257, "x" * 255 + "…")],
)
def test_texts_fit_every_database(text: str, row: str) -> None:
    assert kept(text) == row


def test_rows_have_their_tables_columns_in_order() -> None:
    refusal = OrderRejected(5, 50, terms(0), RejectReason.PRICE_OFF_TICK, "price", "")
    trade = Traded(4, 40, "ACME", 9, 1005, 100, Side.SELL, 7, 8, "A1", "B2")
    rows = rows_of([InstrumentListed(1, 1, ACME), AccountOpened(2, 2, Account("A1", "")), FILL, refusal, trade])
    for name in rows.__struct_fields__:
        (row,) = getattr(rows, name)
        assert len(row) == len(schema.metadata.tables[name].columns), name
