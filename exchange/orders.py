"""The words of an order that commands, events and books share: side, type, time in force, conditions, status, terms."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

ALL_SHOWN = -1
"""`display_quantity` of an order whose whole quantity the public book shows."""


UNPRICED = -(1 << 62)
"""The price of what waits in a book without one: market orders, where the instrument's rules let them rest."""


class Side(IntEnum):
    """Which way an order trades. The value is also its sign on the book: better prices have the higher product."""

    BUY = 1
    SELL = -1


class OrderType(IntEnum):
    """How an order's price is found."""

    MARKET = 1
    """At whatever price is there; what becomes of the rest, the instrument's rules say."""
    LIMIT = 2
    """At its price or a better one; what is left rests there."""
    STOP = 3
    """Held until the last price reaches `stop_price`, then a market order."""
    STOP_LIMIT = 4
    """Held until the last price reaches `stop_price`, then a limit order."""
    MARKET_TO_LIMIT = 5
    """Takes the best opposite price only; what is left becomes a limit order there."""
    PEGGED = 6
    """Its price follows the book; `price`, where given, is the worst it may go to."""
    MARKET_IF_TOUCHED = 7
    """Held until the last price comes to `stop_price` from the worse side, then a market order."""
    LIMIT_IF_TOUCHED = 8
    """As `MARKET_IF_TOUCHED`, then a limit order."""


UNLIMITED_TYPES = frozenset({OrderType.MARKET, OrderType.STOP, OrderType.MARKET_TO_LIMIT, OrderType.MARKET_IF_TOUCHED})
"""Order types that have no limit, until the market has given them one."""


class TimeInForce(IntEnum):
    """How long an order stays."""

    DAY = 0
    """Until the day is over."""
    GOOD_TILL_CANCEL = 1
    """Until its owner cancels it; told anew at the start of each day."""
    IMMEDIATE_OR_CANCEL = 2
    """Trades what it can at once; the rest is canceled."""
    FILL_OR_KILL = 3
    """Trades whole at once, or not at all."""
    GOOD_TILL_DATE = 4
    """Until `expires_at`."""
    AT_OPENING = 5
    """Trades in the opening auction only; what is left expires after it."""
    AT_CLOSE = 6
    """Trades in the closing auction only; what is left expires after it."""


class SelfTradePrevention(IntEnum):
    """What happens when an incoming order meets one of the same owner. The incoming order's mode decides."""

    NONE = 0
    """They trade."""
    CANCEL_INCOMING = 1
    """The newer one goes."""
    CANCEL_RESTING = 2
    """The older one goes, and the incoming order goes on."""
    CANCEL_BOTH = 3
    """Both go."""
    DECREMENT = 4
    """Both are made smaller by the smaller one's quantity, and nothing trades."""


class Peg(IntEnum):
    """What a pegged order follows."""

    PRIMARY = 1
    """The best limit of its own side."""
    MIDPOINT = 2
    """Halfway between the best limits of both sides, to the tick on its own side."""
    MARKET = 3
    """The best limit of the other side."""


class Contingency(IntEnum):
    """How the orders of one group hang together."""

    ONE_CANCELS_OTHER = 1
    """A fill of one, whole or partial, cancels the others."""
    ONE_UPDATES_OTHER = 2
    """A fill of one makes the others smaller by as much."""
    ONE_TRIGGERS_OTHER = 3
    """The first order of the group; the others are held until it is filled, and then hang together as they say."""


class ShortSale(IntEnum):
    """That a sale is of shares which the seller has to borrow."""

    SHORT = 1
    EXEMPT = 2
    """Exempt from the price test after a fall (SEC Rule 201 (d))."""


class OrderConditions(Struct, frozen=True, gc=False, array_like=True):
    """What an order asks for beyond side, type, quantity, price and time in force. Most orders have none."""

    stop_price: int = 0
    """Where a held order is elected, in units of the price scale."""
    trail_by: int = 0
    """A stop that follows the last price at this distance, in units of the price scale; it never goes back."""
    trail_basis_points: int = 0
    """The same as a share of the last price: 100 are 1 %."""
    display_quantity: int = ALL_SHOWN
    """Shares that the public book shows at a time; 0: none, the order is hidden."""
    min_quantity: int = 0
    """Least shares to trade: at once on entry, or in each execution, as the instrument's rules say."""
    is_all_or_none: bool = False
    """Trades whole or not at all: hidden, it waits for one order of the other side that takes it whole."""
    is_post_only: bool = False
    """May not take liquidity on entry."""
    peg: Peg | None = None
    """What the price of a pegged order follows."""
    peg_offset: int = 0
    """Added to what the peg follows, in units of the price scale; a passive offset is negative for a buy."""
    expires_at: int = 0
    """Of good till date: nanoseconds since 1970 UTC; from then on it is gone."""
    self_trade_prevention: SelfTradePrevention | None = None
    """None: what the account says."""
    cancels_on_disconnect: bool = False
    """Is canceled when its session's line breaks, whatever the session has agreed."""
    group: str = ""
    """Name of the group of orders of its session that it hangs together with."""
    contingency: Contingency | None = None
    """How it hangs together with them."""
    quote_id: str = ""
    """The quote that it is one side of."""
    short_sale: ShortSale | None = None
    """None: the seller says that the shares are its own, or it buys."""
    locate: str = ""
    """Of a short sale: where the shares will be borrowed."""


PLAIN = OrderConditions()
"""The conditions of an order that has none."""


class OrderStatus(IntEnum):
    """Where an order is in its life. Open orders are NEW or PARTIALLY_FILLED."""

    NEW = 0
    PARTIALLY_FILLED = 1
    FILLED = 2
    CANCELED = 3
    REJECTED = 4
    EXPIRED = 5
    """Its time was over."""
    DONE_FOR_DAY = 6
    """Does not trade any more today; a good-till order comes back with the next day."""


class OrderTerms(Struct, frozen=True, gc=False, array_like=True):
    """What the owner of an order asks for. Only a replace changes it, by new terms under the same `order_id`."""

    order_id: int
    """Given by the venue, unique for ever; 0 on an order that was refused."""
    session: str
    """Who entered the order and gets its reports."""
    cl_ord_id: str
    """The owner's own identifier, unique within the session; after a replace it is the replace's."""
    account: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: int
    """Total quantity in shares, what is filled included."""
    price: int
    """Limit in units of the instrument's price scale; 0 for an order without one."""
    conditions: OrderConditions | None = None
    """What else it asks for; None for a plain order."""
