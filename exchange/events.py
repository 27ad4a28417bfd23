"""What happened on the venue. Events are frozen, numbered without a gap, and follow from the journal alone.

`number` counts events over the venue's whole life; `at` is the time of the command that caused it, in nanoseconds since
1970 UTC. Every event carries all that its readers need, so that nobody has to keep orders to understand one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from exchange.orders import OrderStatus, OrderTerms, Side
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason


class CancelReason(StrEnum):
    """Why what was left of an order was canceled."""

    REQUESTED = "requested"
    """The owner asked for it."""
    NO_LIQUIDITY = "no liquidity"
    """A market order found nothing (more) to trade with."""
    IMMEDIATE_REMAINDER = "immediate remainder"
    """An immediate-or-cancel order may not rest."""
    NOT_FILLABLE = "not fillable at once"
    """A fill-or-kill order could not be filled whole."""
    MASS_CANCEL = "mass cancel"
    """The owner asked for it, together with others."""


class InstrumentListed(Struct, frozen=True, gc=False, array_like=True, tag="instrument"):
    """An instrument was listed or got new rules."""

    number: int
    at: int
    instrument: Instrument


class AccountOpened(Struct, frozen=True, gc=False, array_like=True, tag="account"):
    """An account was opened or renamed."""

    number: int
    at: int
    account: Account


class OrderAccepted(Struct, frozen=True, gc=False, array_like=True, tag="accepted"):
    """A new order is in the market."""

    number: int
    at: int
    terms: OrderTerms


class OrderRejected(Struct, frozen=True, gc=False, array_like=True, tag="rejected"):
    """A new order was refused and never was in the market."""

    number: int
    at: int
    terms: OrderTerms
    reason: RejectReason
    field: str
    """The field that broke the rule (`price`, `quantity`, `symbol` …), as in `OrderTerms`."""
    text: str
    """Value, limit and rule in words; follows the field's name: `10.005 is not a multiple of tick 0.01`."""
    stated: dict[str, str] = {}
    """By field of `OrderTerms`: what the owner wrote where the venue has no word or number for it."""


class OrderFilled(Struct, frozen=True, gc=False, array_like=True, tag="filled"):
    """An order traded; each trade makes one of these for either side, the aggressor's first."""

    number: int
    at: int
    terms: OrderTerms
    trade_id: int
    last_quantity: int
    last_price: int
    cumulative: int
    leaves: int
    notional: int
    """Quantity times price, summed over all fills, in units of the price scale: average = notional / cumulative."""
    is_aggressor: bool


class OrderCanceled(Struct, frozen=True, gc=False, array_like=True, tag="canceled"):
    """What was left of an order was taken out of the market."""

    number: int
    at: int
    terms: OrderTerms
    request_cl_ord_id: str
    """Identifier of the cancel request; empty when nobody asked."""
    cumulative: int
    notional: int
    canceled: int
    """Shares that were open."""
    reason: CancelReason


class OrderReplaced(Struct, frozen=True, gc=False, array_like=True, tag="replaced"):
    """An order has new terms. Fills that the new price brings follow as `OrderFilled`."""

    number: int
    at: int
    terms: OrderTerms
    """The new terms; `cl_ord_id` is the replace request's."""
    previous_cl_ord_id: str
    cumulative: int
    leaves: int
    notional: int
    kept_priority: bool


class AmendmentRejected(Struct, frozen=True, gc=False, array_like=True, tag="amendment-rejected"):
    """A cancel or replace was refused; the order, if there is one, stands as it was."""

    number: int
    at: int
    session: str
    cl_ord_id: str
    orig_cl_ord_id: str
    is_replace: bool
    order_id: int
    """0 when no such order is known."""
    status: OrderStatus
    """The order's present status; REJECTED when no such order is known."""
    reason: RejectReason
    field: str
    text: str


class MassCancelAccepted(Struct, frozen=True, gc=False, array_like=True, tag="mass-cancel"):
    """A mass cancel is done: the `OrderCanceled` of its orders follow, all of the same command."""

    number: int
    at: int
    session: str
    cl_ord_id: str
    """The request's own identifier."""
    symbol: str
    """As in the command: empty for all instruments."""
    side: Side | None
    account: str
    orders: int
    """How many orders are canceled; 0 when none was open."""


class MassCancelRejected(Struct, frozen=True, gc=False, array_like=True, tag="mass-cancel-rejected"):
    """A mass cancel was refused; all orders stand as they were."""

    number: int
    at: int
    session: str
    cl_ord_id: str
    symbol: str
    side: Side | None
    account: str
    reason: RejectReason
    field: str
    text: str
    stated: dict[str, str] = {}
    """By field: what the owner wrote where the venue has no word for it."""


class Traded(Struct, frozen=True, gc=False, array_like=True, tag="traded"):
    """The public side of one trade, before the `OrderFilled` of its two sides."""

    number: int
    at: int
    symbol: str
    trade_id: int
    price: int
    quantity: int
    aggressor: Side
    buy_order_id: int
    sell_order_id: int
    buy_account: str
    sell_account: str


class LevelChanged(Struct, frozen=True, gc=False, array_like=True, tag="level"):
    """What a price level of the public book shows after a command; quantity 0 means that the level is gone."""

    number: int
    at: int
    symbol: str
    side: Side
    price: int
    quantity: int
    orders: int


PrivateEvent: TypeAlias = (
    OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrderCanceled
    | OrderReplaced
    | AmendmentRejected
    | MassCancelAccepted
    | MassCancelRejected
)
"""Events that concern one session: the one named by `terms.session` or `session`."""

PublicEvent: TypeAlias = InstrumentListed | Traded | LevelChanged
"""Events that market data is made of."""

Event: TypeAlias = AccountOpened | PrivateEvent | PublicEvent
