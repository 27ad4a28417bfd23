"""What happened on the venue. Events are frozen, numbered without a gap, and follow from the journal alone.

`number` counts events over the venue's whole life; `at` is the time of the command that caused it, in nanoseconds since
1970 UTC. Every event carries all that its readers need, so that nobody has to keep orders to understand one.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from exchange.clearing_events import (
    ClearingEvent,
    CorporateActionAnnounced,
    CorporateActionDone,
    ShortSaleRestricted,
)
from exchange.orders import OrderStatus, OrderTerms, Side
from exchange.phases import Phase
from exchange.reasons import BlockScope, CancelReason, RestatementReason
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason


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
    is_auction: bool = False
    """Traded in an uncross: nobody was the aggressor."""
    fee: int = 0
    """What the fill is charged, in units of money; less than 0: a rebate."""
    settles_on: int = 0
    """The settlement date, as year, month and day; 0 before the first business day of the instrument's market."""


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
    market: str | None = None
    is_mass_action: bool = False


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
    market: str | None = None
    is_mass_action: bool = False


class OrderTriggered(Struct, frozen=True, gc=False, array_like=True, tag="triggered"):
    """A held order was elected and is in the market now, as the type that `terms` says: market or limit."""

    number: int
    at: int
    terms: OrderTerms
    trigger_price: int
    """The last price that elected it."""


class OrderRestated(Struct, frozen=True, gc=False, array_like=True, tag="restated"):
    """An order has other terms, or goes on into a new day, without its owner having asked."""

    number: int
    at: int
    terms: OrderTerms
    """The terms from now on."""
    cumulative: int
    leaves: int
    notional: int
    reason: RestatementReason


class OrderDoneForDay(Struct, frozen=True, gc=False, array_like=True, tag="done-for-day"):
    """An order trades no more today. A good-till order comes back with `OrderRestated`; a day order has ended."""

    number: int
    at: int
    terms: OrderTerms
    cumulative: int
    leaves: int
    """What comes back; 0 of a day order."""
    notional: int
    text: str


class FillBusted(Struct, frozen=True, gc=False, array_like=True, tag="fill-busted"):
    """One side of a busted trade: the order as if the trade had never been. What it had filled is not open again."""

    number: int
    at: int
    terms: OrderTerms
    trade_id: int
    fill_number: int
    """Number of the `OrderFilled` that is void."""
    last_quantity: int
    last_price: int
    cumulative: int
    leaves: int
    notional: int
    status: OrderStatus
    text: str


class FillCorrected(Struct, frozen=True, gc=False, array_like=True, tag="fill-corrected"):
    """One side of a corrected trade, with the sums of the order from now on."""

    number: int
    at: int
    terms: OrderTerms
    trade_id: int
    fill_number: int
    """Number of the event that told the fill last: `OrderFilled`, or an earlier `FillCorrected`."""
    last_quantity: int
    last_price: int
    """The right ones."""
    cumulative: int
    leaves: int
    notional: int
    status: OrderStatus
    text: str


class QuoteResult(Struct, frozen=True, gc=False, array_like=True):
    """What became of one entry of a quote message."""

    entry_id: str
    symbol: str
    reason: RejectReason | None
    """None: it is in the market."""
    field: str
    text: str


class QuotesAnswered(Struct, frozen=True, gc=False, array_like=True, tag="quotes-answered"):
    """New quotes were taken or refused, entry by entry. The events of their orders and fills follow or precede."""

    number: int
    at: int
    session: str
    quote_id: str
    account: str
    is_mass: bool
    results: tuple[QuoteResult, ...]


class QuotesCanceled(Struct, frozen=True, gc=False, array_like=True, tag="quotes-canceled"):
    """Quotes were withdrawn: on request, or by the venue when `request_id` is empty."""

    number: int
    at: int
    session: str
    request_id: str
    symbol: str
    """Empty: in all instruments."""
    account: str
    quote_id: str
    quotes: int
    """How many; 0 when none was open."""
    reason: CancelReason


class CommandRefused(Struct, frozen=True, gc=False, array_like=True, tag="command-refused"):
    """An operator's command could not be carried out; nothing happened."""

    number: int
    at: int
    command: str
    """The command's tag: `bust`, `phase` …"""
    reason: RejectReason
    field: str
    text: str


class TradingBlocked(Struct, frozen=True, gc=False, array_like=True, tag="blocked"):
    """The kill switch was set or lifted. The cancels that it brings follow."""

    number: int
    at: int
    scope: BlockScope
    name: str
    is_blocked: bool
    reason: str


class DayOpened(Struct, frozen=True, gc=False, array_like=True, tag="day-opened"):
    """A market's trading day began."""

    number: int
    at: int
    market: str
    date: int
    """As year, month and day: 20240621."""


class PhaseChanged(Struct, frozen=True, gc=False, array_like=True, tag="phase"):
    """An instrument is in another phase of its day."""

    number: int
    at: int
    symbol: str
    phase: Phase
    previous: Phase
    until: int
    """When it is planned to end, nanoseconds since 1970 UTC; 0: not known."""
    reason: str
    """In words; empty when the timetable says so."""


class IndicativeChanged(Struct, frozen=True, gc=False, array_like=True, tag="indicative"):
    """What the auction would bring if it ended now."""

    number: int
    at: int
    symbol: str
    price: int | None
    """None: nothing would trade."""
    quantity: int
    """Shares that would trade."""
    imbalance: int
    """Shares that would find no other side at that price."""
    imbalance_side: Side | None


class AuctionHeld(Struct, frozen=True, gc=False, array_like=True, tag="auction"):
    """An auction has ended: the `Traded` of its uncross precede."""

    number: int
    at: int
    symbol: str
    phase: Phase
    """Which auction."""
    price: int | None
    """None: nothing traded."""
    quantity: int
    imbalance: int
    imbalance_side: Side | None


class BandsChanged(Struct, frozen=True, gc=False, array_like=True, tag="bands"):
    """Where an instrument may trade from now on."""

    number: int
    at: int
    symbol: str
    reference: int
    lowest: int | None
    """None: no lower band."""
    highest: int | None
    in_limit_state: Side | None = None
    """The side that waits at its band: BUY at the upper one."""


class ClosingPriceSet(Struct, frozen=True, gc=False, array_like=True, tag="closing-price"):
    """The day's official closing price of an instrument."""

    number: int
    at: int
    symbol: str
    price: int
    volume: int
    """Shares traded that day."""


class TradeBusted(Struct, frozen=True, gc=False, array_like=True, tag="trade-busted"):
    """The public side of a bust: the trade never was."""

    number: int
    at: int
    symbol: str
    trade_id: int
    price: int
    quantity: int
    buy_order_id: int
    sell_order_id: int
    buy_account: str
    sell_account: str
    reason: str


class TradeCorrected(Struct, frozen=True, gc=False, array_like=True, tag="trade-corrected"):
    """The public side of a correction."""

    number: int
    at: int
    symbol: str
    trade_id: int
    price: int
    quantity: int
    previous_price: int
    previous_quantity: int
    buy_order_id: int
    sell_order_id: int
    buy_account: str
    sell_account: str
    reason: str


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
    is_auction: bool = False
    """Traded in an uncross: `aggressor` is the side of the later order, and means nothing else."""


class LevelChanged(Struct, frozen=True, gc=False, array_like=True, tag="level"):
    """What a price level of the public book shows after a command; quantity 0 means that the level is gone."""

    number: int
    at: int
    symbol: str
    side: Side
    price: int
    """`UNPRICED` for the market orders that wait before all limits."""
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
    | OrderTriggered
    | OrderRestated
    | OrderDoneForDay
    | FillBusted
    | FillCorrected
    | QuotesAnswered
    | QuotesCanceled
)
"""Events that concern one session: the one named by `terms.session` or `session`."""

PublicEvent: TypeAlias = (
    InstrumentListed
    | Traded
    | LevelChanged
    | PhaseChanged
    | IndicativeChanged
    | AuctionHeld
    | BandsChanged
    | ClosingPriceSet
    | TradeBusted
    | TradeCorrected
    | ShortSaleRestricted
    | CorporateActionAnnounced
    | CorporateActionDone
)
"""Events that market data is made of."""

OperatorEvent: TypeAlias = AccountOpened | CommandRefused | TradingBlocked | DayOpened
"""Events that concern the venue as a whole."""

Event: TypeAlias = OperatorEvent | PrivateEvent | PublicEvent | ClearingEvent
