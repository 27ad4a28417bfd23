"""Commands made of bytes: any bytes are a stream of commands, and fewer or smaller ones a simpler stream.

Six bytes are one command. Prices lie close together and quantities are small, so that orders meet; requests name orders
that were entered, sometimes under an old identifier, and a few break each rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

import msgspec

from exchange.commands import (
    CancelOrder,
    Command,
    EnterOrder,
    ListInstrument,
    MassCancel,
    OpenAccount,
    RefuseAmendment,
    RefuseMassCancel,
    RefuseOrder,
    ReplaceOrder,
)
from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason

BYTES_PER_COMMAND = 6

ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 995, 1005, 50)
ODD = Instrument("ODD", 3, 5, 10, "USD", 1000, 975, 1025, 500)


class _Size(TypedDict):
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: int
    price: int


TIMES_IN_FORCE = (*[TimeInForce.DAY] * 6, *[time for time in TimeInForce if time <= TimeInForce.FILL_OR_KILL])


def opening() -> list[Command]:
    """Lists two instruments and opens an account."""
    return [ListInstrument(ACME), ListInstrument(ODD), OpenAccount(Account("A", "A"))]


def commands_of(data: bytes) -> Iterator[Command]:
    """The commands that the bytes stand for."""
    entered = [EnterOrder("S", "none", "A", "ACME", Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 1, 1000)]
    for start in range(0, len(data) - BYTES_PER_COMMAND + 1, BYTES_PER_COMMAND):
        kind, who, price, quantity, how, target = data[start : start + BYTES_PER_COMMAND]
        number = start // BYTES_PER_COMMAND
        # One identifier in sixteen repeats an earlier one.
        cl_ord_id = f"{number - (target & 7)}" if who >> 4 == 15 else f"{number}"
        named = entered[-1 - target % min(len(entered), 16)]
        match kind % 16:
            case 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7:
                order = _order(cl_ord_id, who, price, quantity, how)
                if order.time_in_force <= TimeInForce.GOOD_TILL_CANCEL:
                    entered.append(order)
                yield order
            case 8 if how & 7 == 7:
                yield from _mass_cancels(cl_ord_id, named, who, price)
            case 8 | 9:
                where = _symbol_and_side(named, who)
                yield CancelOrder(_session(named, who), cl_ord_id, _orig(named, who), *where, target & 31)
            case 10 | 11 | 12 | 13:
                new = _order(cl_ord_id, who, price, quantity, how)
                replace = _replace(cl_ord_id, named, new, who, target & 31)
                entered.append(msgspec.structs.replace(named, cl_ord_id=cl_ord_id, price=replace.price))
                yield replace
            case 14:
                order = _order(cl_ord_id, who, price, quantity, how)
                yield RefuseOrder(order, RejectReason.INVALID_PRICE, "price", "is no number")
            case _:
                reason = RejectReason.UNSUPPORTED_SIDE
                orig = _orig(named, who)
                yield RefuseAmendment(
                    named.session, cl_ord_id, orig, bool(how & 1), reason, "side", "is no side", target & 31
                )


def _order(cl_ord_id: str, who: int, price: int, quantity: int, how: int) -> EnterOrder:
    instrument = ODD if how & 64 else ACME
    is_odd = who >> 1 & 15 == 15
    return EnterOrder(
        session="ST"[who & 1],
        cl_ord_id=cl_ord_id,
        account="B" if is_odd and how & 1 else "A",
        symbol="NONE" if is_odd and not how & 1 else instrument.symbol,
        side=Side.SELL if how & 32 else Side.BUY,
        **_sized(instrument, price, quantity, how),
    )


def _sized(instrument: Instrument, price: int, quantity: int, how: int) -> _Size:
    """Type, time in force, quantity and price; a few prices and quantities break a rule."""
    order_type = OrderType.MARKET if how & 15 == 15 else OrderType.LIMIT
    step = 1 + price % 8 if price < 250 else price - 250
    odd = 1 if price == 254 else 0
    return {
        "order_type": order_type,
        "time_in_force": TIMES_IN_FORCE[(how & 15) % len(TIMES_IN_FORCE)],
        "quantity": quantity - 248 if quantity > 245 else instrument.lot * (quantity % 12 + 1),
        "price": 0 if order_type is OrderType.MARKET else instrument.lowest_price + instrument.tick * (step - 1) + odd,
    }


def _replace(cl_ord_id: str, named: EnterOrder, new: EnterOrder, who: int, order_id: int) -> ReplaceOrder:
    """A request with the terms of `new`, every second time at the order's own price."""
    symbol, side = _symbol_and_side(named, who)
    price = named.price if who & 8 else new.price
    return ReplaceOrder(
        _session(named, who), cl_ord_id, _orig(named, who), symbol, side,
        new.order_type, new.time_in_force, new.quantity, price, order_id,
    )  # fmt: skip


def _mass_cancels(cl_ord_id: str, named: EnterOrder, who: int, scope: int) -> Iterator[Command]:
    """A mass cancel, of everything or narrowed down; a few of what is not there, or refused."""
    symbol = ("", named.symbol, "NONE")[min(scope % 8, 2) if scope % 8 < 3 else scope & 1]
    side = (None, Side.BUY, Side.SELL)[(scope >> 3) % 3]
    account = ("", "A", "B")[(scope >> 5) % 3 if scope % 8 < 3 else 0]
    request = MassCancel(_session(named, who), cl_ord_id, symbol, side, account)
    is_refused = who == 244
    yield RefuseMassCancel(request, RejectReason.UNSUPPORTED_INSTRUCTION, "scope", "3") if is_refused else request


def _orig(named: EnterOrder, who: int) -> str:
    """The identifier of the order that a request names; now and then none, for the venue's number to count."""
    return "" if who in (245, 246, 247) else named.cl_ord_id


def _session(named: EnterOrder, who: int) -> str:
    return "other" if who == 248 else named.session


def _symbol_and_side(named: EnterOrder, who: int) -> tuple[str, Side]:
    """An order's symbol and side, one of them wrong now and then."""
    return (
        "NONE" if who in (250, 251) else named.symbol,
        Side(-named.side) if who in (252, 253) else named.side,
    )
