"""Makes commands of the bodies of order requests: text becomes integers here, in the instrument's own scale.

What cannot be read is refused with field and rule before anything is written; what the venue does not take, the venue
refuses. Called by the routes of orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import msgspec

from exchange.commands import EnterOrder
from exchange.order_rules import check_price
from exchange.orders import ALL_SHOWN, PLAIN, UNLIMITED_TYPES, OrderConditions, OrderTerms, OrderType, TimeInForce
from exchange.reference.instruments import Instrument
from exchange.reference.units import parse_decimal
from exchange.rejections import RejectReason
from gateway.http.trading.order_bodies import ChangedOrder, NewOrder, OrderDetails
from gateway.http.trading.order_words import CONTINGENCIES, KINDS, PEGS, SELF_TRADES, SIDES, TIMES_IN_FORCE
from gateway.http.trading.refusals import trading_problem

NANOSECONDS = 1_000_000_000
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

PERCENT_DIGITS = 2
"""Percentages come down to a basis point."""


class OrderReader:
    """Reads orders for the instruments of one venue."""

    def __init__(self, instruments: Mapping[str, Instrument], time_zones: Mapping[str, tzinfo]) -> None:
        """`time_zones` by name of the market; one that is not there lives by UTC."""
        self._instruments = instruments
        self._time_zones = time_zones

    def new_order(self, body: NewOrder, session: str, cl_ord_id: str, account: str) -> EnterOrder:
        """The command of a new order. Raises `Problem`."""
        instrument = self.instrument(body.stock_symbol)
        side, short_sale = SIDES[body.order_type]
        conditions = msgspec.structs.replace(
            self._conditions(body, PLAIN, instrument),
            group=body.group or "",
            contingency=None if body.contingency is None else CONTINGENCIES[body.contingency],
            short_sale=short_sale,
            locate=body.locate or "",
        )
        kind = KINDS[body.kind]
        return EnterOrder(
            session,
            cl_ord_id,
            account,
            body.stock_symbol,
            side,
            kind,
            TIMES_IN_FORCE[body.time_in_force],
            body.quantity,
            0 if body.price is None else _limit(body.price, instrument),
            None if conditions == PLAIN else conditions,
        )

    def changes(self, body: ChangedOrder, terms: OrderTerms) -> dict[str, Any]:
        """What `ReplaceOrder` says of an order: time in force, quantity, price, conditions. Raises `Problem`."""
        instrument = self.instrument(terms.symbol)
        present = terms.conditions or PLAIN
        conditions = self._conditions(body, present, instrument)
        time_in_force = terms.time_in_force
        if body.time_in_force is not None:
            time_in_force = TIMES_IN_FORCE[body.time_in_force]
            if time_in_force is not TimeInForce.GOOD_TILL_DATE and body.expires_at is None:
                conditions = msgspec.structs.replace(conditions, expires_at=0)
        if body.price is not None and terms.order_type in UNLIMITED_TYPES and not terms.price:
            text = f"is not for this order, which is a {terms.order_type.name.lower()} order without a limit"
            raise trading_problem(RejectReason.INVALID_PRICE, "price", text, body.price)
        return {
            "time_in_force": time_in_force,
            "quantity": terms.quantity if body.quantity is None else body.quantity,
            "price": terms.price if body.price is None else _limit(body.price, instrument),
            "conditions": None if conditions == present else conditions,
        }

    def instrument(self, symbol: str) -> Instrument:
        """The listed instrument. Raises `Problem`."""
        instrument = self._instruments.get(symbol)
        if instrument is None:
            text = f"{symbol} is not listed here; GET /instruments tells what is"
            raise trading_problem(RejectReason.UNKNOWN_INSTRUMENT, "symbol", text, symbol)
        return instrument

    def _conditions(self, body: OrderDetails, present: OrderConditions, instrument: Instrument) -> OrderConditions:
        """The conditions with what the body states in their place."""
        stated = body.model_fields_set
        found: dict[str, Any] = {}
        for name in ("stop_price", "trail_by"):
            text = getattr(body, name)
            if text is not None:
                found[name] = _positive(name, text, instrument)
        if body.trail_percent is not None:
            found["trail_basis_points"] = _basis_points("trail_percent", body.trail_percent)
        if body.peg_offset is not None:
            found["peg_offset"] = _price("peg_offset", body.peg_offset, instrument)
        for name, there in (("display_quantity", ALL_SHOWN), ("min_quantity", 0)):
            if name in stated:
                given = getattr(body, name)
                found[name] = there if given is None else given
        for name in ("all_or_none", "post_only"):
            if name in stated:
                found[f"is_{name}"] = getattr(body, name)
        if body.peg is not None:
            found["peg"] = PEGS[body.peg]
        if body.self_trade_prevention is not None:
            found["self_trade_prevention"] = SELF_TRADES[body.self_trade_prevention]
        if body.expires_at is not None:
            found["expires_at"] = self._moment(body.expires_at, instrument)
        return msgspec.structs.replace(present, **found) if found else present

    def _moment(self, text: str, instrument: Instrument) -> int:
        """The end of a date, by the market's own clock, or a moment; nanoseconds since 1970 UTC."""
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return (datetime.fromisoformat(text) - EPOCH) // MICROSECOND * 1_000
        if not 1970 <= day.year <= 2200:
            rule = f"{text} is not between 1970 and 2200"
            raise trading_problem(RejectReason.INVALID_EXPIRY, "expires_at", rule, text)
        zone = self._time_zones.get(instrument.market, UTC)
        end = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)
        return int(end.timestamp()) * NANOSECONDS


def waits_for_price(kind: OrderType) -> bool:
    """Whether orders of this kind are held until the market comes to their price."""
    return kind in (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.MARKET_IF_TOUCHED, OrderType.LIMIT_IF_TOUCHED)


def _limit(text: str, instrument: Instrument) -> int:
    """A limit that orders can have: on the tick, and within the instrument's range."""
    price = _price("price", text, instrument)
    refusal = check_price(price, instrument)
    if refusal is not None:
        raise trading_problem(refusal.reason, refusal.field, refusal.text, text)
    return price


def _price(field: str, text: str, instrument: Instrument) -> int:
    price = instrument.scale.parse(text)
    if price is None:
        tick = instrument.scale.text(instrument.tick)
        fraction = text.partition(".")[2].rstrip("0")
        if len(fraction) <= instrument.price_digits:
            raise trading_problem(RejectReason.INVALID_PRICE, field, f"{text} has too many digits", text)
        reason = RejectReason.PRICE_OFF_TICK if field == "price" else RejectReason.INVALID_PRICE
        raise trading_problem(reason, field, f"{text} is not a multiple of tick {tick}", text)
    return price


def _positive(field: str, text: str, instrument: Instrument) -> int:
    price = _price(field, text, instrument)
    if price <= 0:
        raise trading_problem(RejectReason.INVALID_STOP_PRICE, field, f"{text} is not above 0", text)
    return price


def _basis_points(field: str, text: str) -> int:
    points = parse_decimal(text, PERCENT_DIGITS)
    if points is None or not 0 < points < 100 * 10**PERCENT_DIGITS:
        rule = f"{text} is not a percentage above 0 and below 100, in steps of 0.01"
        raise trading_problem(RejectReason.INVALID_STOP_PRICE, field, rule, text)
    return points
