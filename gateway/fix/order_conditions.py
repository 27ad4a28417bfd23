"""Reads what an order asks for beyond side, type, quantity, price and time in force into the venue's conditions.

Which of the fields a version has, its dictionary has seen to; what each of them means is the same in all. A field that
would change the order's meaning and is not offered is refused: to pass over one in silence would be to trade another
order. Rules that need no FIX (lots, ticks, what excludes what) are the venue's own. Called by order reading only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exchange.orders import ALL_SHOWN, PLAIN, Contingency, OrderConditions, Peg, SelfTradePrevention
from exchange.reference.instruments import Instrument
from exchange.reference.units import INTEGER_DIGITS_MAX, parse_decimal
from exchange.rejections import RejectReason
from gateway.fix import tags
from gateway.fix.market_days import MarketDays
from gateway.fix.order_fields import FieldRefused, is_trailing_stop, kept
from gateway.fix.order_words import (
    ALL_OR_NONE,
    CANCEL_ON_CONNECTION_LOSS,
    CONTINGENCIES,
    PEG_INSTRUCTIONS,
    PEG_PRICE_TYPES,
    POST_ONLY,
    SELF_MATCH_PREVENTIONS,
    TRAILING_STOP,
)
from gateway.fix.sending_time import NANOSECONDS, TimestampReader

_NOT_OFFERED = {
    tags.CashOrderQty: "CashOrderQty(152)",
    tags.EffectiveTime: "EffectiveTime(168)",
    tags.OrderQty2: "OrderQty2(192)",
    tags.MaxShow: "MaxShow(210)",
    tags.DiscretionInst: "DiscretionInst(388)",
    tags.OrderPercent: "OrderPercent(516)",
    tags.Price2: "Price2(640)",
    tags.TargetStrategy: "TargetStrategy(847)",
    tags.SecondaryDisplayQty: "SecondaryDisplayQty(1082)",
    tags.DisplayLowQty: "DisplayLowQty(1085)",
    tags.DisplayHighQty: "DisplayHighQty(1086)",
    tags.DisplayMinIncr: "DisplayMinIncr(1087)",
    tags.RefreshQty: "RefreshQty(1088)",
    tags.MatchIncrement: "MatchIncrement(1089)",
    tags.MaxPriceLevels: "MaxPriceLevels(1090)",
    tags.PegSecurityID: "PegSecurityID(1097)",
    tags.PegSymbol: "PegSymbol(1098)",
    tags.TriggerSymbol: "TriggerSymbol(1103)",
    tags.TriggerSecurityID: "TriggerSecurityID(1104)",
    tags.TriggerNewPrice: "TriggerNewPrice(1110)",
    tags.TriggerNewQty: "TriggerNewQty(1112)",
    tags.TriggerTradingSessionID: "TriggerTradingSessionID(1113)",
    tags.TriggerTradingSessionSubID: "TriggerTradingSessionSubID(1114)",
    "2362": "SelfMatchPreventionID(2362)",
}
"""Fields that would change what an order means. Owners of orders are told apart by their accounts, not by 2362."""

_ONLY = {
    tags.DisplayMethod: ("DisplayMethod(1084)", {"1": "initial"}),
    tags.DisplayWhen: ("DisplayWhen(1083)", {"2": "exhaust"}),
    tags.PegMoveType: ("PegMoveType(835)", {"0": "floating"}),
    tags.PegLimitType: ("PegLimitType(837)", {"0": "or better"}),
    tags.PegScope: ("PegScope(840)", {"1": "local"}),
    tags.TriggerType: ("TriggerType(1100)", {"4": "price movement"}),
    tags.TriggerAction: ("TriggerAction(1101)", {"1": "activate"}),
    tags.TriggerPriceType: ("TriggerPriceType(1107)", {"2": "last trade"}),
}
"""Fields of which only some values are offered."""

_MEANT = frozenset(
    {
        tags.ExecInst, tags.StopPx, tags.MinQty, tags.MaxFloor, tags.ExpireTime, tags.PegOffsetValue, tags.ExpireDate,
        tags.PegOffsetType, tags.PegPriceType, tags.TriggerPrice, tags.TriggerPriceDirection, tags.TriggerOrderType,
        tags.DisplayQty, tags.ContingencyType, tags.SelfMatchPreventionInstruction,
    }
)  # fmt: skip
"""Fields that are conditions, or parts of one."""

_SPECIAL = _MEANT | _NOT_OFFERED.keys() | _ONLY.keys()

_PEGS = {code: peg for peg, code in PEG_INSTRUCTIONS.items()}
_PEG_PRICES = {code: peg for peg, code in PEG_PRICE_TYPES.items()}
_NO_EFFECT = frozenset({"1", "2", "5", "E", "F", "h"})
"""ExecInst(18) that are so on this venue anyway, or left to it: not held, work, held, neither increase nor reduce on a
corporate action, no external routing."""

_OFFSET_UNITS = {"0": "price", "1": "basis points", "2": "ticks", "4": "percentage"}
"""PegOffsetType(836)."""


class ConditionReader:
    """Makes conditions of fields."""

    def __init__(self, days: MarketDays) -> None:
        self._days = days
        self._timestamps = TimestampReader()

    def read(self, fields: Mapping[str, str], instrument: Instrument | None) -> OrderConditions | None:
        """None for a plain order. Without an instrument, which the venue will refuse, prices are not read.

        Raises `FieldRefused`.
        """
        if _SPECIAL.isdisjoint(fields):
            return None
        _check_offered(fields)
        asked = fields.get(tags.ExecInst, "").split()
        _check_instructions(asked)
        trails = is_trailing_stop(fields)
        trail_by, trail_basis_points, offset = 0, 0, 0
        if trails:
            trail_by, trail_basis_points = _trail(fields, instrument)
        elif tags.PegOffsetValue in fields:
            offset = _peg_offset(fields, instrument)
        conditions = OrderConditions(
            stop_price=_stop_price(fields, instrument),
            trail_by=trail_by,
            trail_basis_points=trail_basis_points,
            display_quantity=_display_quantity(fields),
            min_quantity=_shares(fields, tags.MinQty, "min_quantity", RejectReason.INVALID_MIN_QUANTITY),
            is_all_or_none=ALL_OR_NONE in asked,
            is_post_only=POST_ONLY in asked,
            peg=None if trails else _peg(fields, asked),
            peg_offset=offset,
            expires_at=self._expires_at(fields, instrument),
            self_trade_prevention=_self_trade_prevention(fields),
            cancels_on_disconnect=CANCEL_ON_CONNECTION_LOSS in asked,
            group=kept(fields.get(tags.ClOrdLinkID, "")) if tags.ContingencyType in fields else "",
            contingency=_contingency(fields),
        )
        return None if conditions == PLAIN else conditions

    def _expires_at(self, fields: Mapping[str, str], instrument: Instrument | None) -> int:
        """ExpireTime(126), which goes before ExpireDate(432), of which the whole date is meant."""
        text = fields.get(tags.ExpireTime)
        if text is not None:
            seconds = self._timestamps.seconds(text)
            if seconds is None:
                raise FieldRefused(RejectReason.INVALID_EXPIRY, "expires_at", f"{text} is before 1970")
            return seconds * NANOSECONDS + int(text.partition(".")[2].ljust(9, "0"))
        date = fields.get(tags.ExpireDate)
        if date is None:
            return 0
        if not "1970" <= date[:4] <= "2200":
            text = f"ExpireDate(432) {date} is not between 1970 and 2200"
            raise FieldRefused(RejectReason.INVALID_EXPIRY, "instruction", text)
        return self._days.end_of(date, instrument.market if instrument is not None else "")


def _check_offered(fields: Mapping[str, str]) -> None:
    for tag in _NOT_OFFERED.keys() & fields.keys():
        text = f"{_NOT_OFFERED[tag]} {kept(fields[tag])} is not offered"
        raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)
    for tag in _ONLY.keys() & fields.keys():
        name, offered = _ONLY[tag]
        if fields[tag] not in offered:
            text = f"{name} {kept(fields[tag])} is not offered; {_listed(offered)}"
            raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)


def _check_instructions(asked: Iterable[str]) -> None:
    for one in asked:
        if one not in _NO_EFFECT and one not in _OFFERED_INSTRUCTIONS:
            text = f"ExecInst(18) {kept(one)} is not offered; {_listed(_OFFERED_INSTRUCTIONS)}"
            raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)


_OFFERED_INSTRUCTIONS = {
    POST_ONLY: "participate do not initiate",
    ALL_OR_NONE: "all or none",
    PEG_INSTRUCTIONS[Peg.PRIMARY]: "primary peg",
    PEG_INSTRUCTIONS[Peg.MIDPOINT]: "midpoint peg",
    PEG_INSTRUCTIONS[Peg.MARKET]: "market peg",
    TRAILING_STOP: "trailing stop",
    CANCEL_ON_CONNECTION_LOSS: "cancel on connection loss",
}


def _listed(codes: Mapping[str, str]) -> str:
    words = [f"{code} ({word})" for code, word in codes.items()]
    return f"{', '.join(words)} {'is' if len(words) == 1 else 'are'}"


def _stop_price(fields: Mapping[str, str], instrument: Instrument | None) -> int:
    """StopPx(99), or from FIX 5.0 on TriggerPrice(1102)."""
    stop, trigger = fields.get(tags.StopPx), fields.get(tags.TriggerPrice)
    text = stop if stop is not None else trigger
    if text is None or instrument is None:
        return 0
    if stop is not None and trigger is not None and stop != trigger:
        what = f"{kept(stop)} contradicts TriggerPrice(1102) {kept(trigger)}"
        raise FieldRefused(RejectReason.CONFLICTING_INSTRUCTIONS, "stop_price", what)
    price = instrument.scale.parse(text)
    if price is None:
        what = f"{kept(text)} is not a price of {instrument.price_digits} digits behind the point"
        raise FieldRefused(RejectReason.INVALID_STOP_PRICE, "stop_price", what)
    if price <= 0:
        raise FieldRefused(RejectReason.INVALID_STOP_PRICE, "stop_price", f"{kept(text)} is not above 0")
    return price


def _trail(fields: Mapping[str, str], instrument: Instrument | None) -> tuple[int, int]:
    """The distance of a trailing stop, in units of the price or in basis points; its sign says nothing more."""
    text = fields.get(tags.PegOffsetValue)
    if text is None:
        raise FieldRefused(RejectReason.INVALID_STOP_PRICE, "trail_by", "is missing; a trailing stop needs a distance")
    unit = _offset_unit(fields)
    if instrument is None:
        return 0, 0
    if unit in ("basis points", "percentage"):
        points = parse_decimal(text, 0 if unit == "basis points" else 2)
        if points:
            return 0, abs(points)
    else:
        distance = _distance(text, unit, instrument)
        if distance:
            return abs(distance), 0
    what = f"{kept(text)} is not a distance in {unit if unit != 'price' else 'units of the price'}"
    raise FieldRefused(RejectReason.INVALID_STOP_PRICE, "trail_by", what)


def _peg_offset(fields: Mapping[str, str], instrument: Instrument | None) -> int:
    text, unit = fields[tags.PegOffsetValue], _offset_unit(fields)
    if unit not in ("price", "ticks"):
        what = f"PegOffsetType(836) {kept(fields[tags.PegOffsetType])} is for trailing stops; 0 (price), 2 (ticks) are"
        raise FieldRefused(RejectReason.INVALID_PEG, "instruction", what)
    if instrument is None:
        return 0
    offset = _distance(text, unit, instrument)
    if offset is None:
        what = f"{kept(text)} is not an offset of {instrument.price_digits} digits behind the point"
        raise FieldRefused(RejectReason.INVALID_PEG, "peg_offset", what)
    return offset


def _offset_unit(fields: Mapping[str, str]) -> str:
    code = fields.get(tags.PegOffsetType, "0")
    unit = _OFFSET_UNITS.get(code)
    if unit is None:
        text = f"PegOffsetType(836) {kept(code)} is not offered; {_listed(_OFFSET_UNITS)}"
        raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)
    return unit


def _distance(text: str, unit: str, instrument: Instrument) -> int | None:
    if unit == "ticks":
        ticks = parse_decimal(text, 0)
        return None if ticks is None else ticks * instrument.tick
    return instrument.scale.parse(text)


def _peg(fields: Mapping[str, str], asked: Iterable[str]) -> Peg | None:
    """What a pegged order follows: ExecInst(18) R, M or P, or from FIX 5.0 on PegPriceType(1094)."""
    pegs = [_PEGS[one] for one in asked if one in _PEGS]
    code = fields.get(tags.PegPriceType)
    if code is not None:
        if code not in _PEG_PRICES:
            words = "2 (midpoint), 4 (market), 5 (primary), 8 (trailing stop) are"
            text = f"PegPriceType(1094) {kept(code)} is not offered; {words}"
            raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)
        pegs.append(_PEG_PRICES[code])
    if len(set(pegs)) > 1:
        text = f"{' and '.join(peg.name.lower() for peg in pegs)} are stated; an order follows one"
        raise FieldRefused(RejectReason.CONFLICTING_INSTRUCTIONS, "peg", text)
    return pegs[0] if pegs else None


def _display_quantity(fields: Mapping[str, str]) -> int:
    """MaxFloor(111), or from FIX 5.0 on DisplayQty(1138); 0 hides the order."""
    floor, display = fields.get(tags.MaxFloor), fields.get(tags.DisplayQty)
    if floor is None and display is None:
        return ALL_SHOWN
    if floor is not None and display is not None and floor != display:
        text = f"{kept(display)} contradicts MaxFloor(111) {kept(floor)}"
        raise FieldRefused(RejectReason.CONFLICTING_INSTRUCTIONS, "display_quantity", text)
    tag = tags.MaxFloor if display is None else tags.DisplayQty
    return _shares(fields, tag, "display_quantity", RejectReason.INVALID_DISPLAY_QUANTITY)


def _shares(fields: Mapping[str, str], tag: str, field: str, reason: RejectReason) -> int:
    text = fields.get(tag)
    if text is None:
        return 0
    shares = parse_decimal(text, 0)
    if shares is None or shares < 0:
        what = f"{kept(text)} is not a whole number of shares of at most {INTEGER_DIGITS_MAX} digits"
        raise FieldRefused(reason, field, what)
    return shares


def _self_trade_prevention(fields: Mapping[str, str]) -> SelfTradePrevention | None:
    code = fields.get(tags.SelfMatchPreventionInstruction)
    if code is None:
        return None
    mode = SELF_MATCH_PREVENTIONS.get(code)
    if mode is None:
        words = "1 (cancel aggressive), 2 (cancel passive), 3 (cancel both), 100 (none), 101 (decrement) are"
        text = f"SelfMatchPreventionInstruction(2964) {kept(code)} is not offered; {words}"
        raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)
    return mode


def stated_group(fields: Mapping[str, str]) -> OrderConditions | None:
    """Only the group that an order names, where it can be read: who waits for a refused order has to hear of it."""
    group, contingency = kept(fields.get(tags.ClOrdLinkID, "")), CONTINGENCIES.get(fields.get(tags.ContingencyType, ""))
    return OrderConditions(group=group, contingency=contingency) if group and contingency is not None else None


def _contingency(fields: Mapping[str, str]) -> Contingency | None:
    """ClOrdLinkID(583) alone only names orders that belong together; with ContingencyType(1385) it has an effect."""
    code = fields.get(tags.ContingencyType)
    if code is None:
        return None
    contingency = CONTINGENCIES.get(code)
    if contingency is None:
        words = "1 (one cancels the other), 2 (one triggers the other), 3 (one updates the other, absolute) are"
        raise FieldRefused(RejectReason.INVALID_ORDER_GROUP, "contingency", f"{kept(code)} is not offered; {words}")
    return contingency
