"""The fields of a report that repeat what was ordered, as one version has them.

What a version has no field for is left out: a client's own dictionary would refuse the report. Called by the report
writers for each event of an order: this is hot, and an order's events come in a row, so the last text is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange.orders import ALL_SHOWN, OrderConditions, OrderTerms, OrderType, TimeInForce
from exchange.reference.instruments import Instrument
from exchange.reference.units import PriceScale
from gateway.fix.message import SOH
from gateway.fix.order_words import (
    ALL_OR_NONE,
    LIMIT_TYPES,
    ON_CLOSE_TYPES,
    ORDER_TYPES,
    PEG_INSTRUCTIONS,
    PEG_PRICE_TYPES,
    POST_ONLY,
    SIDES,
    TIMES_IN_FORCE,
    TRAILING_STOP,
)
from gateway.fix.sending_time import TimestampWriter
from gateway.fix.short_sales import side_code
from gateway.fix.versions import Version


class OrderEcho:
    """Repeats orders in one version."""

    def __init__(self, instruments: Mapping[str, Instrument], version: Version) -> None:
        self.scale = PriceScale(0)
        """Of the order's instrument that `text` was called for last."""
        self.name = ""
        """ClOrdID(11) of that order; of a side of a quote it is the quote's QuoteID(117)."""
        self._instruments = instruments
        self._version = version
        self._timestamps = TimestampWriter()
        self._terms: OrderTerms | None = None
        self._text = ""

    def text(self, terms: OrderTerms) -> str:
        """The fields, each with SOH behind it."""
        if terms is not self._terms:
            self._terms = terms
            self.name = terms.cl_ord_id
            self.scale = self._instruments[terms.symbol].scale
            if terms.conditions is None and terms.time_in_force is not TimeInForce.AT_CLOSE:
                has_limit = terms.price or terms.order_type in LIMIT_TYPES
                price = f"44={self.scale.text(terms.price)}\x01" if has_limit else ""
                self._text = (
                    f"1={terms.account}\x0155={terms.symbol}\x0154={SIDES[terms.side]}\x0138={terms.quantity}\x01"
                    f"40={ORDER_TYPES[terms.order_type]}\x01{price}59={TIMES_IN_FORCE[terms.time_in_force]}\x01"
                )
            else:
                self._text = self._with_conditions(terms)
        return self._text

    def _with_conditions(self, terms: OrderTerms) -> str:
        conditions, has_limit = terms.conditions, terms.order_type in LIMIT_TYPES
        price = f"44={self.scale.text(terms.price)}{SOH}" if has_limit or terms.price else ""
        order_type, time_in_force = ORDER_TYPES[terms.order_type], f"59={TIMES_IN_FORCE[terms.time_in_force]}{SOH}"
        if terms.time_in_force is TimeInForce.AT_CLOSE and not self._version.has_at_close:
            order_type, time_in_force = ON_CLOSE_TYPES[terms.order_type], ""
        before = after = ""
        if conditions is not None:
            if conditions.quote_id:
                self.name = conditions.quote_id
                after = f"1115=2{SOH}" if self._version.has_order_category else ""
            before, after = self._prices(conditions), self._instructions(terms, conditions) + after
        return (
            f"1={terms.account}{SOH}55={terms.symbol}{SOH}54={side_code(terms)}{SOH}38={terms.quantity}{SOH}"
            f"40={order_type}{SOH}{price}{before}{time_in_force}{after}"
        )

    def _prices(self, conditions: OrderConditions) -> str:
        version, scale = self._version, self.scale
        fields = f"99={scale.text(conditions.stop_price)}{SOH}" if conditions.stop_price else ""
        if conditions.trail_by:
            fields += f"211={scale.text(conditions.trail_by)}{SOH}"
        elif conditions.trail_basis_points:
            fields += f"211={conditions.trail_basis_points}{SOH}" + (
                f"836=1{SOH}" if version.has_peg_offset_type else ""
            )
        if conditions.peg_offset:
            fields += f"211={scale.text(conditions.peg_offset)}{SOH}"
        if conditions.peg is not None and version.has_peg_price_type:
            fields += f"1094={PEG_PRICE_TYPES[conditions.peg]}{SOH}"
        return fields

    def _instructions(self, terms: OrderTerms, conditions: OrderConditions) -> str:
        version, fields = self._version, ""
        if conditions.expires_at:
            fields += f"126={self._timestamps.text(conditions.expires_at)}{SOH}"
        asked = []
        if conditions.is_post_only:
            asked.append(POST_ONLY)
        if conditions.is_all_or_none:
            asked.append(ALL_OR_NONE)
        if conditions.peg is not None and not version.has_peg_price_type:
            asked.append(PEG_INSTRUCTIONS[conditions.peg])
        is_trailing = conditions.trail_by or conditions.trail_basis_points
        if is_trailing and version.has_peg_offset_type and terms.order_type in (OrderType.STOP, OrderType.STOP_LIMIT):
            asked.append(TRAILING_STOP)
        if asked:
            fields += f"18={' '.join(asked)}{SOH}"
        if conditions.min_quantity:
            fields += f"110={conditions.min_quantity}{SOH}"
        if conditions.display_quantity != ALL_SHOWN:
            fields += f"{version.display_tag}={conditions.display_quantity}{SOH}"
        if conditions.group and version.has_order_links:
            fields += f"583={conditions.group}{SOH}"
        return fields
