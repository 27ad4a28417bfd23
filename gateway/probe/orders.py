"""The probe's order messages, in the fields that all versions take, each with a ClOrdID never used before."""

from __future__ import annotations

import secrets

from gateway.probe.line import Line, Target, utc_timestamp

Order = list[tuple[int, object]]

BUY, SELL = "1", "2"


def new_identifier() -> str:
    """A ClOrdID(11) that no run of the probe has used."""
    return f"probe-{secrets.token_hex(6)}"


def new_order(target: Target, side: str = BUY, **fields: str) -> Order:
    """NewOrderSingle(D): a limit order, with other values as `_38="200"`."""
    values: dict[int, object] = {11: new_identifier()}
    if target.account:
        values[1] = target.account
    values |= {21: "1", 55: target.symbol, 54: side, 60: utc_timestamp(), 38: target.quantity, 40: "2"}
    values |= {44: target.price, 59: "0"}
    return list((values | {int(tag[1:]): value for tag, value in fields.items()}).items())


def cancel_of(target: Target, order: Order) -> Order:
    """OrderCancelRequest(F) for an order as it was sent."""
    named = dict(order)
    account = [(1, target.account)] if target.account else []
    return [
        (41, named[11]), (11, new_identifier()), *account, (55, named[55]), (54, named[54]), (60, utc_timestamp()),
        (38, named[38]),
    ]  # fmt: skip


def replace_of(target: Target, order: Order, quantity: str) -> Order:
    """OrderCancelReplaceRequest(G): the order with another quantity and a new ClOrdID."""
    changed = dict(new_order(target, str(dict(order)[54]), _38=quantity))
    return [(41, dict(order)[11]), *changed.items()]


def take_back(line: Line, *orders: Order) -> None:
    """Cancels what a case has left in the book, whatever comes back."""
    for order in orders:
        line.send("F", cancel_of(line.target, order))
        line.expect("8|9")
