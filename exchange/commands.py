"""What can be asked of the venue. A command is a frozen value; the journal holds every one that was ever applied.

Fields are integers and identifiers only: text of prices and quantities is read before a command is made. The order of
fields and the tags are the journal's format: new fields go to the end with a default, none is ever removed.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason


class ListInstrument(Struct, frozen=True, gc=False, array_like=True, tag="instrument"):
    """Lists an instrument, or gives a listed one new rules.

    Resting orders stay as they are; so must `price_digits`, or their prices would mean something else.
    """

    instrument: Instrument


class OpenAccount(Struct, frozen=True, gc=False, array_like=True, tag="account"):
    """Opens an account, or renames an open one."""

    account: Account


class EnterOrder(Struct, frozen=True, gc=False, array_like=True, tag="enter"):
    """A new order. Its identity is (session, cl_ord_id)."""

    session: str
    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: int
    price: int


class RefuseOrder(Struct, frozen=True, gc=False, array_like=True, tag="refuse"):
    """A new order that could not be read into integers. It is journaled like any other, so its refusal is an event.

    Quantity and price are 0 where they could not be read.
    """

    order: EnterOrder
    reason: RejectReason
    field: str
    text: str
    stated: dict[str, str] = {}
    """By field of `EnterOrder`: what the owner wrote where the venue has no word or number for it."""


class CancelOrder(Struct, frozen=True, gc=False, array_like=True, tag="cancel"):
    """Takes what is left of an open order out of the book."""

    session: str
    cl_ord_id: str
    """The request's own identifier."""
    orig_cl_ord_id: str
    """The order's present identifier; empty where `order_id` names the order."""
    symbol: str
    side: Side
    order_id: int = 0
    """The venue's number of the order; looked at only where `orig_cl_ord_id` is empty."""


class ReplaceOrder(Struct, frozen=True, gc=False, array_like=True, tag="replace"):
    """Gives an open order new quantity and price. Side, symbol, account and type stay."""

    session: str
    cl_ord_id: str
    orig_cl_ord_id: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: int
    """The new total, what is already filled included."""
    price: int
    order_id: int = 0
    """As in `CancelOrder`."""


class RefuseAmendment(Struct, frozen=True, gc=False, array_like=True, tag="refuse-amendment"):
    """A cancel or replace that could not be read into integers."""

    session: str
    cl_ord_id: str
    orig_cl_ord_id: str
    is_replace: bool
    reason: RejectReason
    field: str
    text: str
    order_id: int = 0
    """As in `CancelOrder`."""


class MassCancel(Struct, frozen=True, gc=False, array_like=True, tag="mass-cancel"):
    """Takes all open orders of a session out of the books, or those of a symbol, a side, an account."""

    session: str
    cl_ord_id: str
    """The request's own identifier."""
    symbol: str = ""
    """Only orders in this instrument; empty for all."""
    side: Side | None = None
    """Only orders of this side; None for both."""
    account: str = ""
    """Only orders for this account; empty for all."""


class RefuseMassCancel(Struct, frozen=True, gc=False, array_like=True, tag="refuse-mass-cancel"):
    """A mass cancel that asks for something the venue does not offer."""

    request: MassCancel
    reason: RejectReason
    field: str
    text: str
    stated: dict[str, str] = {}
    """By field: what the owner wrote where the venue has no word for it."""


Command: TypeAlias = (
    ListInstrument
    | OpenAccount
    | EnterOrder
    | RefuseOrder
    | CancelOrder
    | ReplaceOrder
    | RefuseAmendment
    | MassCancel
    | RefuseMassCancel
)


def request_of(command: Command) -> Command:
    """What was asked for: of a refusal the request that it is about, where it holds it whole."""
    if isinstance(command, RefuseOrder):
        return command.order
    return command.request if isinstance(command, RefuseMassCancel) else command
