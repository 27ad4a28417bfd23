"""Orders of the whole rule set, each with everything about it in one place, and the queue they make when sorted.

Nothing here is indexed or kept in step with anything: who trades first is found by sorting all orders, each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from exchange.commands import EnterOrder
from exchange.orders import ALL_SHOWN, PLAIN, OrderConditions, OrderType, Peg, Side, TimeInForce
from exchange.reference.rule_profile import IcebergRefresh, MinimumQuantity, RuleProfile

STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)
IF_TOUCHED = (OrderType.MARKET_IF_TOUCHED, OrderType.LIMIT_IF_TOUCHED)
HELD = (*STOPS, *IF_TOUCHED)
WITH_LIMIT = (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)


class Place(Enum):
    """Where an order is."""

    NOWHERE = "nowhere"
    BOOK = "book"
    HELD = "held"
    """A stop or if-touched order until it is elected."""
    PARKED = "parked"
    """For the first order of its group."""
    WAITING = "waiting"
    """For an auction to come, or for trading to go on."""


@dataclass(eq=False)
class NaiveOrder:
    """One order."""

    order_id: int
    entry: EnterOrder
    """As it was entered: session, account and side never change."""
    cl_ord_id: str
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: int
    price: int
    conditions: OrderConditions
    fills: list[tuple[int, int]] = field(default_factory=list)
    """Quantity and price of each."""
    former: list[str] = field(default_factory=list)
    place: Place = Place.NOWHERE
    rank: int = 0
    """When it came to its place: at the same price, lower ones trade first."""
    came: int = 0
    """When it came to rest: an iceberg's next tip has a new rank, but the order is the same."""
    limit: int | None = None
    """The worst price it trades at; None: any."""
    shown: int = 0
    """What is left of the part that the book shows."""
    stop: int = 0
    """Where a held order is elected now."""
    end: str = ""
    """CANCELED or EXPIRED, when it was."""

    @property
    def side(self) -> Side:
        return self.entry.side

    @property
    def cumulative(self) -> int:
        return sum(quantity for quantity, _ in self.fills)

    @property
    def notional(self) -> int:
        return sum(quantity * price for quantity, price in self.fills)

    @property
    def leaves(self) -> int:
        return 0 if self.end else max(0, self.quantity - self.cumulative)

    @property
    def status(self) -> str:
        if self.end:
            return self.end
        if not self.leaves:
            return "FILLED"
        return "PARTIALLY_FILLED" if self.fills else "NEW"

    @property
    def tip(self) -> int:
        """The most that the book shows of it at a time."""
        display = self.conditions.display_quantity
        if self.conditions.is_all_or_none:
            return 0
        return self.leaves if display == ALL_SHOWN else min(display, self.leaves)

    @property
    def waits_for_rise(self) -> bool:
        """A buy stop and a sell if-touched are elected by a price at or above their stop price."""
        return (self.side is Side.BUY) is (self.order_type in STOPS)

    @property
    def trails(self) -> bool:
        return bool(self.conditions.trail_by or self.conditions.trail_basis_points)

    def own_limit(self) -> int | None:
        """The limit that its terms state."""
        return self.price if self.order_type in WITH_LIMIT else None

    def is_reached(self, price: int, stop: int) -> bool:
        """Whether a price elects it at a stop price."""
        return price >= stop if self.waits_for_rise else price <= stop

    def trailing_stop(self, last: int) -> int:
        """Where it stands for a last price: a share of it is rounded up."""
        distance = self.conditions.trail_by or -(-last * self.conditions.trail_basis_points // 10_000)
        return last + distance if self.waits_for_rise else last - distance

    def takes(self, price: int) -> bool:
        """Whether its limit allows a price."""
        return self.limit is None or self.limit * self.side >= price * self.side

    def part(self) -> int:
        """What one execution can have of it while it rests: what it shows, or all of a hidden one."""
        return self.shown or self.leaves

    def least(self, rules: RuleProfile) -> int:
        """The smallest execution that it takes while it rests."""
        if self.conditions.is_all_or_none:
            return self.leaves
        return self.least_of_each(rules)

    def least_of_each(self, rules: RuleProfile) -> int:
        """The smallest single execution by its minimum quantity."""
        if rules.minimum_quantity is MinimumQuantity.PER_EXECUTION:
            return min(self.conditions.min_quantity, self.leaves)
        return 0

    def fill(self, quantity: int, price: int, rules: RuleProfile, now: int) -> None:
        """One execution; an iceberg whose tip is gone shows the next one, at the end of the queue or in its place."""
        was_shown = self.shown
        self.fills.append((quantity, price))
        if self.place is not Place.BOOK or not was_shown:
            return
        self.shown -= quantity
        if not self.shown and self.leaves:
            self.shown = self.tip
            if rules.iceberg_refresh is IcebergRefresh.TO_BACK:
                self.rank = now

    def resize(self, quantity: int) -> None:
        """Another total quantity, in its place: what is not shown changes first."""
        self.quantity = quantity
        self.shown = min(self.shown, self.leaves) if self.place is Place.BOOK else self.shown


def queue(orders: list[NaiveOrder], side: Side) -> list[NaiveOrder]:
    """Resting orders of a side as they trade: without a price first, better prices, what is shown, time."""
    resting = [order for order in orders if order.place is Place.BOOK and order.side is side]
    return sorted(resting, key=lambda order: (*price_rank(order), not order.shown, order.rank))


def price_rank(order: NaiveOrder) -> tuple[int, int]:
    """By price alone: lower trades first."""
    return (0, 0) if order.limit is None else (1, -order.limit * order.side)


def best_limit(orders: list[NaiveOrder], side: Side) -> int | None:
    """The best price of a resting limit."""
    limits = [order.limit for order in queue(orders, side) if order.limit is not None]
    return limits[0] if limits else None


def followed_limit(orders: list[NaiveOrder], side: Side) -> int | None:
    """The best price that somebody shows who does not follow others himself."""
    shown = [order.limit for order in queue(orders, side) if order.shown and order.conditions.peg is None]
    limits = [limit for limit in shown if limit is not None]
    return limits[0] if limits else None


def pegged_price(orders: list[NaiveOrder], order: NaiveOrder, tick: int) -> int | None:
    """Where a pegged order belongs: what it follows plus its offset, to the tick on its own side, up to its limit."""
    own, other = followed_limit(orders, order.side), followed_limit(orders, Side(-order.side))
    match order.conditions.peg:
        case Peg.PRIMARY:
            twice = None if own is None else 2 * own
        case Peg.MARKET:
            twice = None if other is None else 2 * other
        case _:
            twice = None if own is None or other is None else own + other
    if twice is None:
        return None
    twice += 2 * order.conditions.peg_offset
    price = twice // (2 * tick) * tick if order.side is Side.BUY else -(-twice // (2 * tick)) * tick
    if order.price:
        price = min(price, order.price) if order.side is Side.BUY else max(price, order.price)
    return price


def copy_of(order: NaiveOrder) -> NaiveOrder:
    """An order to try something out with."""
    tried = NaiveOrder(**vars(order))
    tried.fills = list(order.fills)
    return tried


def conditions_of(entry: EnterOrder) -> OrderConditions:
    """What an order asks for, plain or not."""
    return entry.conditions or PLAIN
