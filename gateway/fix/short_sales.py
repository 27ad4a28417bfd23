"""Short sales in FIX: Side(54) 5 sell short and 6 sell short exempt, LocateReqd(114), LocateBroker(5700).

Reports have the code of the side and nothing of the locate: versions have no field for it there. LocateReqd(114)=N says
that the shares to borrow are found already, Y that somebody else should see to it, which a venue does not do. Who lends
them LocateBroker(5700) names, a field that brokers have agreed on. Called by order reading and the report writers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from exchange.orders import PLAIN, OrderConditions, OrderTerms, ShortSale
from exchange.rejections import RejectReason
from gateway.fix import tags
from gateway.fix.order_fields import IDENTIFIER_LENGTH_MAX, FieldRefused, kept
from gateway.fix.order_words import SHORT_SALES, SIDES

ARRANGED: Final = "arranged"
"""The locate of an order that says by LocateReqd(114)=N that there is one, and not whose it is."""

_SHORT_SALES = {code: short_sale for short_sale, code in SHORT_SALES.items()}


def read_short_sale(fields: Mapping[str, str]) -> ShortSale | None:
    """What Side(54) says of the shares; None for 1 (buy) and 2 (sell)."""
    return _SHORT_SALES.get(fields[tags.Side])


def read_locate(fields: Mapping[str, str]) -> str:
    """Where the shares of a short sale will be borrowed; empty when the order does not say. Raises `FieldRefused`."""
    broker, required = fields.get(tags.LocateBroker, ""), fields.get(tags.LocateReqd)
    if len(broker) > IDENTIFIER_LENGTH_MAX:
        text = f"has {len(broker)} characters; at most {IDENTIFIER_LENGTH_MAX} are kept"
        raise FieldRefused(RejectReason.CLIENT_ORDER_ID_TOO_LONG, "locate", text)
    if broker and required == "Y":
        text = f"{kept(broker)} contradicts LocateReqd(114) Y: a locate that is named is there"
        raise FieldRefused(RejectReason.CONFLICTING_INSTRUCTIONS, "locate", text)
    return broker or (ARRANGED if required == "N" else "")


def marked(conditions: OrderConditions | None, short_sale: ShortSale, locate: str) -> OrderConditions:
    """The conditions of an order that is a short sale, too."""
    return msgspec.structs.replace(conditions or PLAIN, short_sale=short_sale, locate=locate)


def side_code(terms: OrderTerms) -> str:
    """Side(54) of an order."""
    conditions = terms.conditions
    if conditions is None or conditions.short_sale is None:
        return SIDES[terms.side]
    return SHORT_SALES[conditions.short_sale]
