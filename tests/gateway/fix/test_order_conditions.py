"""What the fields of an order mean to the venue, and what is said of those that cannot be meant."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from exchange.orders import Contingency, OrderConditions, OrderType, Peg, SelfTradePrevention, Side, TimeInForce
from exchange.reference.instruments import Instrument
from gateway.fix.market_days import MarketDays
from gateway.fix.order_conditions import ConditionReader
from gateway.fix.order_fields import FieldRefused, read_order_type, read_price, read_time_in_force

ACME = Instrument("ACME", 2, 5, 10, "USD", 1000, 1, 100_000, 1_000_000, market="US")
DAYS = MarketDays({"US": ZoneInfo("America/New_York")})
NOON = 1_718_971_200 * 10**9
"""2024-06-21 12:00 UTC."""

Stated = dict[str, str]


def stated(text: str) -> Stated:
    return dict(field.split("=", 1) for field in text.split("|") if field)


def read(text: str) -> OrderConditions | None:
    return ConditionReader(DAYS).read(stated(text), ACME)


@pytest.mark.parametrize(
    ("fields", "conditions"),
    [
        ("99=10.5", OrderConditions(stop_price=1050)),
        ("1102=10.5", OrderConditions(stop_price=1050)),
        ("99=10.5|1102=10.5", OrderConditions(stop_price=1050)),
        ("18=a|211=-0.5", OrderConditions(trail_by=50)),
        ("18=a|211=25|836=1|99=9", OrderConditions(trail_basis_points=25, stop_price=900)),
        ("1094=8|211=1.5|836=4", OrderConditions(trail_basis_points=150)),
        ("18=a|211=3|836=2", OrderConditions(trail_by=15)),
        ("111=100", OrderConditions(display_quantity=100)),
        ("1138=0|1084=1|1083=2", OrderConditions(display_quantity=0)),
        ("110=50", OrderConditions(min_quantity=50)),
        ("18=6", OrderConditions(is_post_only=True)),
        ("18=G", OrderConditions(is_all_or_none=True)),
        ("18=R", OrderConditions(peg=Peg.PRIMARY)),
        ("18=M|211=-0.05|836=0|835=0|837=0|840=1", OrderConditions(peg=Peg.MIDPOINT, peg_offset=-5)),
        ("1094=4|211=2|836=2", OrderConditions(peg=Peg.MARKET, peg_offset=10)),
        ("18=P|1094=4", OrderConditions(peg=Peg.MARKET)),
        ("126=20240621-12:00:00.5", OrderConditions(expires_at=NOON + 500_000_000)),
        ("432=20240621", OrderConditions(expires_at=NOON + 16 * 3600 * 10**9)),
        ("126=20240621-12:00:00|432=20240101", OrderConditions(expires_at=NOON)),
        ("18=6 o", OrderConditions(is_post_only=True, cancels_on_disconnect=True)),
        ("2964=1", OrderConditions(self_trade_prevention=SelfTradePrevention.CANCEL_INCOMING)),
        ("2964=2", OrderConditions(self_trade_prevention=SelfTradePrevention.CANCEL_RESTING)),
        ("2964=3", OrderConditions(self_trade_prevention=SelfTradePrevention.CANCEL_BOTH)),
        ("2964=100", OrderConditions(self_trade_prevention=SelfTradePrevention.NONE)),
        ("2964=101", OrderConditions(self_trade_prevention=SelfTradePrevention.DECREMENT)),
        ("583=g|1385=1", OrderConditions(group="g", contingency=Contingency.ONE_CANCELS_OTHER)),
        ("1385=3", OrderConditions(contingency=Contingency.ONE_UPDATES_OTHER)),
        ("583=label", None),
        ("18=1 5 h", None),
        ("58=words", None),
    ],
)
def test_what_a_field_asks_for(fields: str, conditions: OrderConditions | None) -> None:
    assert read(fields) == conditions


ONLY = "is not offered;"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ("99=10.555", "INVALID_STOP_PRICE stop_price 10.555 is not a price of 2 digits behind the point"),
        ("99=-1", "INVALID_STOP_PRICE stop_price -1 is not above 0"),
        ("99=10|1102=11", "CONFLICTING_INSTRUCTIONS stop_price 10 contradicts TriggerPrice(1102) 11"),
        ("18=a", "INVALID_STOP_PRICE trail_by is missing; a trailing stop needs a distance"),
        ("18=a|211=0", "INVALID_STOP_PRICE trail_by 0 is not a distance in units of the price"),
        ("18=a|211=.5|836=1", "INVALID_STOP_PRICE trail_by .5 is not a distance in basis points"),
        ("18=a|211=1|836=3", f"UNSUPPORTED_INSTRUCTION instruction PegOffsetType(836) 3 {ONLY} 0 (price), 1 (basis"),
        ("18=R|211=.001", "INVALID_PEG peg_offset .001 is not an offset of 2 digits behind the point"),
        (
            "18=R|211=1|836=1",
            "INVALID_PEG instruction PegOffsetType(836) 1 is for trailing stops; 0 (price), 2 (ticks)",
        ),
        ("18=R M", "CONFLICTING_INSTRUCTIONS peg primary and midpoint are stated; an order follows one"),
        ("18=R|1094=2", "CONFLICTING_INSTRUCTIONS peg primary and midpoint are stated; an order follows one"),
        ("1094=1", f"UNSUPPORTED_INSTRUCTION instruction PegPriceType(1094) 1 {ONLY} 2 (midpoint), 4 (market)"),
        ("837=1", f"UNSUPPORTED_INSTRUCTION instruction PegLimitType(837) 1 {ONLY} 0 (or better) is"),
        ("111=10|1138=20", "CONFLICTING_INSTRUCTIONS display_quantity 20 contradicts MaxFloor(111) 10"),
        ("111=1.5", "INVALID_DISPLAY_QUANTITY display_quantity 1.5 is not a whole number of shares of at most 18"),
        ("110=-1", "INVALID_MIN_QUANTITY min_quantity -1 is not a whole number of shares of at most 18 digits"),
        ("1084=3", f"UNSUPPORTED_INSTRUCTION instruction DisplayMethod(1084) 3 {ONLY} 1 (initial) is"),
        (
            "18=6 Q",
            f"UNSUPPORTED_INSTRUCTION instruction ExecInst(18) Q {ONLY} 6 (participate do not initiate), G (all",
        ),
        ("210=10", "UNSUPPORTED_INSTRUCTION instruction MaxShow(210) 10 is not offered"),
        ("2362=X", "UNSUPPORTED_INSTRUCTION instruction SelfMatchPreventionID(2362) X is not offered"),
        ("2964=4", f"UNSUPPORTED_INSTRUCTION instruction SelfMatchPreventionInstruction(2964) 4 {ONLY} 1 (cancel"),
        ("583=g|1385=4", f"INVALID_ORDER_GROUP contingency 4 {ONLY} 1 (one cancels the other)"),
        ("126=19690101-00:00:00", "INVALID_EXPIRY expires_at 19690101-00:00:00 is before 1970"),
        ("432=00010101", "INVALID_EXPIRY instruction ExpireDate(432) 00010101 is not between 1970 and 2200"),
        ("1100=1", f"UNSUPPORTED_INSTRUCTION instruction TriggerType(1100) 1 {ONLY} 4 (price movement) is"),
    ],
)
def test_what_cannot_be_meant_is_said_with_field_and_value(fields: str, refusal: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        read(fields)
    found = refused.value
    assert f"{found.reason} {found.field} {found.text}".startswith(refusal)


def test_prices_of_an_unknown_instrument_are_not_read() -> None:
    fields = stated("99=10.5|18=a|211=1|432=20240621|111=5")
    assert ConditionReader(DAYS).read(fields, None) == OrderConditions(
        display_quantity=5, expires_at=NOON + 12 * 3600 * 10**9
    )


@pytest.mark.parametrize(
    ("fields", "side", "order_type"),
    [
        ("40=1", Side.BUY, OrderType.MARKET),
        ("40=2", Side.BUY, OrderType.LIMIT),
        ("40=3", Side.BUY, OrderType.STOP),
        ("40=4|44=10", Side.BUY, OrderType.STOP_LIMIT),
        ("40=J", Side.BUY, OrderType.MARKET_IF_TOUCHED),
        ("40=J|44=10", Side.BUY, OrderType.LIMIT_IF_TOUCHED),
        ("40=K", Side.BUY, OrderType.MARKET_TO_LIMIT),
        ("40=P|18=R", Side.BUY, OrderType.PEGGED),
        ("40=P|18=a", Side.BUY, OrderType.STOP),
        ("40=P|1094=8|44=10", Side.BUY, OrderType.STOP_LIMIT),
        ("40=5", Side.BUY, OrderType.MARKET),
        ("40=B", Side.BUY, OrderType.LIMIT),
        ("40=1|1100=4|1109=U", Side.BUY, OrderType.STOP),
        ("40=1|1100=4|1109=D", Side.BUY, OrderType.MARKET_IF_TOUCHED),
        ("40=2|1100=4|1109=D", Side.SELL, OrderType.STOP_LIMIT),
        ("40=2|1100=4|1109=U|1111=2", Side.SELL, OrderType.LIMIT_IF_TOUCHED),
    ],
)
def test_the_type_of_an_order(fields: str, side: Side, order_type: OrderType) -> None:
    assert read_order_type(stated(fields), side) is order_type


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ("40=9", "UNSUPPORTED_ORDER_TYPE order_type 9 is not taken; 1 (market), 2 (limit), 3 (stop), 4 (stop limit)"),
        ("40=1|1100=4", "CONFLICTING_INSTRUCTIONS instruction TriggerPriceDirection(1109) is missing; a trigger needs"),
        ("40=1|1100=4|1109=U|1111=2", "CONFLICTING_INSTRUCTIONS order_type 1 contradicts TriggerOrderType(1111) 2"),
    ],
)
def test_a_type_that_is_none(fields: str, refusal: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        read_order_type(stated(fields), Side.BUY)
    found = refused.value
    assert f"{found.reason} {found.field} {found.text}".startswith(refusal)


@pytest.mark.parametrize(
    ("fields", "time_in_force"),
    [
        ("40=2", TimeInForce.DAY),
        ("40=2|59=2", TimeInForce.AT_OPENING),
        ("40=2|59=6", TimeInForce.GOOD_TILL_DATE),
        ("40=2|59=7", TimeInForce.AT_CLOSE),
        ("40=5", TimeInForce.AT_CLOSE),
        ("40=B|59=0", TimeInForce.AT_CLOSE),
    ],
)
def test_how_long_an_order_stays(fields: str, time_in_force: TimeInForce) -> None:
    assert read_time_in_force(stated(fields)) is time_in_force


@pytest.mark.parametrize(
    ("order_type", "fields", "price"),
    [
        (OrderType.STOP_LIMIT, "44=10.05", 1005),
        (OrderType.PEGGED, "44=10.05", 1005),
        (OrderType.PEGGED, "", 0),
        (OrderType.STOP, "44=no matter", 0),
        (OrderType.MARKET_TO_LIMIT, "", 0),
    ],
)
def test_which_orders_have_a_price(order_type: OrderType, fields: str, price: int) -> None:
    assert read_price(stated(fields), order_type, ACME) == price


def test_a_date_ends_by_the_clock_of_its_market() -> None:
    """On the day when clocks go forward New York is 5 hours behind UTC at its begin and 4 at its end."""
    day = 24 * 3600 * 10**9
    midnight = 1_710_028_800 * 10**9
    """2024-03-10 00:00 UTC."""
    assert DAYS.end_of("20240310", "") == DAYS.end_of("20240310", "nowhere") == midnight + day
    assert DAYS.end_of("20240310", "US") == midnight + day + day // 6
