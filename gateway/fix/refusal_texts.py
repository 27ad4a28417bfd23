"""How a FIX version calls the field that a refusal is about. The codes of reasons stand in `versions`."""

from __future__ import annotations

from typing import Final

from gateway.fix import tags
from gateway.fix.dictionary import load

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "account": (tags.Account,),
    "ask_price": (tags.OfferPx,),
    "ask_quantity": (tags.OfferSize,),
    "bid_price": (tags.BidPx,),
    "bid_quantity": (tags.BidSize,),
    "cl_ord_id": (tags.ClOrdID,),
    "contingency": (tags.ContingencyType,),
    "display_quantity": (tags.DisplayQty, tags.MaxFloor),
    "entries": (tags.NoQuoteEntries,),
    "expires_at": (tags.ExpireTime,),
    "group": (tags.ClOrdLinkID,),
    "instruction": (),
    "is_post_only": (tags.ExecInst,),
    "locate": (tags.LocateBroker,),
    "market": (tags.MarketSegmentID, tags.TradingSessionID),
    "min_quantity": (tags.MinQty,),
    "order_id": (tags.OrderID,),
    "order_type": (tags.OrdType,),
    "orig_cl_ord_id": (tags.OrigClOrdID,),
    "peg": (tags.PegPriceType, tags.ExecInst),
    "peg_offset": (tags.PegOffsetValue,),
    "price": (tags.Price,),
    "quantity": (tags.OrderQty,),
    "scope": (tags.MassCancelRequestType,),
    "session": (),
    "side": (tags.Side,),
    "stop_price": (tags.StopPx,),
    "symbol": (tags.Symbol,),
    "time_in_force": (tags.TimeInForce,),
    "trail_by": (tags.PegOffsetValue,),
}
"""The field that a refusal is about: the first of these that a version has. None where the text says it all."""


class RefusalTexts:
    """The texts of refusals in one version."""

    def __init__(self, version: str) -> None:
        known = load(version)
        self._names: dict[str, str] = {}
        for field, candidates in FIELDS.items():
            tag = next((tag for tag in candidates if tag in known.fields), "")
            self._names[field] = known.describe(tag) if tag else ""

    def text(self, field: str, text: str) -> str:
        """Text(58) of a refusal: the field with its tag, then value and rule."""
        name = self._names.get(field)
        if name is None:
            # Of a quote's side; what is no field of FIX is told by the venue's own name of it.
            name = self._names.get(field.partition("_")[2], field)
        return f"{name} {text}".lstrip()
