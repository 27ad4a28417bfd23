from __future__ import annotations

import msgspec
import pytest

from exchange.events import (
    AccountOpened,
    AmendmentRejected,
    AuctionHeld,
    BandsChanged,
    ClosingPriceSet,
    CommandRefused,
    DayOpened,
    Event,
    FillBusted,
    FillCorrected,
    IndicativeChanged,
    InstrumentListed,
    LevelChanged,
    OrderAccepted,
    OrderCanceled,
    OrderDoneForDay,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRestated,
    OrderTriggered,
    PhaseChanged,
    QuoteResult,
    QuotesAnswered,
    QuotesCanceled,
    TradeBusted,
    TradeCorrected,
    Traded,
    TradingBlocked,
)
from exchange.orders import OrderConditions, OrderStatus, OrderTerms, OrderType, Peg, Side, TimeInForce
from exchange.phases import Phase
from exchange.reasons import BlockScope, CancelReason, RestatementReason
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason
from exchange.store import schema
from exchange.store.order_rows import OrderChange, Row
from exchange.store.rows import Rows, rows_of

ACME = Instrument("ACME", 2, 1, 10, "USD", 1000, 100, 9000, 5000, market="US")
NONE = Rows()


def terms(order_id: int = 7, cl_ord_id: str = "c1", quantity: int = 100, price: int = 1005) -> OrderTerms:
    return OrderTerms(
        order_id, "ALICE", cl_ord_id, "A1", "ACME", Side.BUY, OrderType.LIMIT, TimeInForce.DAY, quantity, price
    )


ENTERED = (7, "ALICE", "c1", "A1", "ACME", "BUY", "LIMIT", "DAY", 100, 1005, "")
FILL = OrderFilled(12, 60, terms(), 3, 40, 1005, 40, 60, 40_200, is_aggressor=False)


@pytest.mark.parametrize(
    ("events", "row"),
    [
        ([OrderAccepted(11, 50, terms())], (*ENTERED, 0, 100, 0, "NEW", False, "", 11, 50, 50)),
        ([OrderAccepted(11, 50, terms()), FILL], (*ENTERED, 40, 60, 40_200, "PARTIALLY_FILLED", False, "", 12, 50, 60)),
        (
            [FILL, OrderFilled(13, 70, terms(), 4, 60, 1000, 100, 0, 100_200, is_aggressor=True)],
            (*ENTERED, 100, 0, 100_200, "FILLED", False, "", 13, 70, 70),
        ),
        (
            [OrderCanceled(14, 80, terms(), "c2", 40, 40_200, 60, CancelReason.REQUESTED)],
            (*ENTERED, 40, 0, 40_200, "CANCELED", False, "requested", 14, 80, 80),
        ),
        (
            [OrderReplaced(15, 90, terms(cl_ord_id="c2", quantity=80), "c1", 0, 80, 0, kept_priority=True)],
            (
                7,
                "ALICE",
                "c2",
                "A1",
                "ACME",
                "BUY",
                "LIMIT",
                "DAY",
                80,
                1005,
                "",
                0,
                80,
                0,
                "NEW",
                False,
                "",
                15,
                90,
                90,
            ),
        ),
        (
            [OrderReplaced(15, 90, terms(quantity=40), "c1", 40, 0, 40_200, kept_priority=True)],
            (
                7,
                "ALICE",
                "c1",
                "A1",
                "ACME",
                "BUY",
                "LIMIT",
                "DAY",
                40,
                1005,
                "",
                40,
                0,
                40_200,
                "FILLED",
                False,
                "",
                15,
                90,
                90,
            ),
        ),
    ],
    ids=["accepted", "partly filled", "filled", "canceled", "replaced", "replaced down to what is filled"],
)
def test_an_orders_last_event_is_its_row(events: list[OrderAccepted | OrderFilled], row: Row) -> None:
    assert rows_of(events) == Rows(orders=[row])


def test_trades_and_reference_data_are_rows() -> None:
    assert rows_of(
        [
            InstrumentListed(1, 10, ACME),
            AccountOpened(2, 20, Account("A1", "Alice")),
            AccountOpened(3, 30, Account("A1", "Alice Ltd")),
            Traded(4, 40, "ACME", 9, 1005, 100, Side.SELL, 7, 8, "A1", "B2"),
        ]
    ) == Rows(
        instruments=[("ACME", 2, 1, 10, "USD", 1000, 100, 9000, 5000, "US", 1, 10, 1, 0)],
        accounts=[("A1", "Alice Ltd", "", "", "NONE", 3, 30, "", "", False)],
        trades=[(9, 4, "ACME", 1005, 100, "SELL", 7, 8, "A1", "B2", False, "DONE", "", 40, 40)],
        candles=[("ACME", seconds, 0, 1005, 1005, 1005, 1005, 100, 1, 9, 9) for seconds in (60, 300, 3_600, 86_400)],
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


STOP = msgspec.structs.replace(
    terms(), order_type=OrderType.STOP_LIMIT, conditions=OrderConditions(stop_price=1010, peg=Peg.MIDPOINT, group="g")
)
ASKED = '{"stop_price":1010,"peg":"MIDPOINT","group":"g"}'
HELD = (7, "ALICE", "c1", "A1", "ACME", "BUY", "STOP_LIMIT", "DAY", 100, 1005, ASKED)


@pytest.mark.parametrize(
    ("event", "row"),
    [
        (OrderAccepted(11, 50, STOP), (*HELD, 0, 100, 0, "NEW", True, "", 11, 50, 50)),
        (OrderReplaced(11, 50, STOP, "c0", 0, 100, 0, True), (*HELD, 0, 100, 0, "NEW", True, "", 11, 50, 50)),
        (
            OrderCanceled(11, 50, STOP, "", 0, 0, 100, CancelReason.END_OF_DAY),
            (*HELD, 0, 0, 0, "EXPIRED", False, "end of day", 11, 50, 50),
        ),
        (OrderTriggered(11, 50, terms(), 1010), (*ENTERED, 0, 100, 0, "NEW", False, "", 11, 50, 50)),
        (
            OrderRestated(11, 50, terms(), 40, 60, 40_200, RestatementReason.NEW_DAY),
            (*ENTERED, 40, 60, 40_200, "PARTIALLY_FILLED", False, "", 11, 50, 50),
        ),
        (
            OrderDoneForDay(11, 50, terms(), 40, 60, 40_200, "halted"),
            (*ENTERED, 40, 60, 40_200, "DONE_FOR_DAY", False, "halted", 11, 50, 50),
        ),
        (
            FillBusted(11, 50, terms(), 3, 9, 40, 1005, 0, 0, 0, OrderStatus.CANCELED, "error"),
            (*ENTERED, 0, 0, 0, "CANCELED", False, "error", 11, 50, 50),
        ),
        (
            FillCorrected(11, 50, terms(), 3, 9, 40, 1000, 40, 60, 40_000, OrderStatus.PARTIALLY_FILLED, "error"),
            (*ENTERED, 40, 60, 40_000, "PARTIALLY_FILLED", False, "error", 11, 50, 50),
        ),
    ],
    ids=["held", "held replaced", "expired", "triggered", "restated", "done for day", "busted", "corrected"],
)
def test_what_the_day_and_operators_do_to_an_order_is_its_row(event: OrderChange, row: Row) -> None:
    assert rows_of([event]).orders == [row]


def test_a_trade_is_changed_by_a_row_of_its_own() -> None:
    trade = Traded(4, 40, "ACME", 9, 1005, 100, Side.SELL, 7, 8, "A1", "B2")
    corrected = TradeCorrected(5, 50, "ACME", 9, 1000, 90, 1005, 100, 7, 8, "A1", "B2", "price")
    busted = TradeBusted(6, 60, "ACME", 9, 1000, 90, 7, 8, "A1", "B2", "error")
    assert rows_of([trade, corrected]).changed_trades == [
        (9, 5, "ACME", 1000, 90, "", 7, 8, "A1", "B2", False, "CORRECTED", "price", 50, 50)
    ]
    assert rows_of([corrected, busted]).changed_trades == [
        (9, 6, "ACME", 1000, 90, "", 7, 8, "A1", "B2", False, "BUSTED", "error", 60, 60)
    ]


def test_what_concerns_no_row_leaves_none() -> None:
    events: list[Event] = [
        QuotesAnswered(1, 10, "ALICE", "q1", "A1", True, (QuoteResult("e1", "ACME", None, "", ""),)),
        QuotesCanceled(2, 10, "ALICE", "", "", "A1", "", 1, CancelReason.QUOTE_PROTECTION),
        CommandRefused(3, 10, "bust", RejectReason.UNKNOWN_TRADE, "trade_id", "7 is no trade"),
        TradingBlocked(4, 10, BlockScope.FIRM, "F", True, ""),
        DayOpened(5, 10, "US", 20240621),
        PhaseChanged(6, 10, "ACME", Phase.CONTINUOUS, Phase.CLOSED, 0, ""),
        IndicativeChanged(7, 10, "ACME", 1005, 100, 0, None),
        AuctionHeld(8, 10, "ACME", Phase.OPENING_AUCTION, None, 0, 0, None),
        BandsChanged(9, 10, "ACME", 1000, 900, None),
        ClosingPriceSet(10, 10, "ACME", 1005, 100),
    ]
    assert rows_of(events) == NONE


def test_rows_have_their_tables_columns_in_order() -> None:
    refusal = OrderRejected(5, 50, terms(0), RejectReason.PRICE_OFF_TICK, "price", "")
    trade = Traded(4, 40, "ACME", 9, 1005, 100, Side.SELL, 7, 8, "A1", "B2")
    rows = rows_of([InstrumentListed(1, 1, ACME), AccountOpened(2, 2, Account("A1", "")), FILL, refusal, trade])
    for name in ("instruments", "accounts", "orders", "refused_orders", "trades"):
        (row,) = getattr(rows, name)
        assert len(row) == len(schema.metadata.tables[name].columns), name
