"""An order as the venue keeps it: its terms, what has been filled, and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from exchange.orders import UNLIMITED_TYPES, UNPRICED, OrderStatus, OrderTerms, OrderType

if TYPE_CHECKING:
    from exchange.clearing.claim import Claim
    from exchange.matching.price_level import PriceLevel

_LIMIT = OrderType.LIMIT
_NEW, _PARTIALLY_FILLED, _FILLED = OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED
# Here and in the rest of matching: a name of the module is found several times faster than a member of an enum.


class Holder(Protocol):
    """Where an order waits that is open and in no book: held stops, orders for an auction, children of a group."""

    def remove(self, order: Order) -> None:
        """Lets go of an order that is there."""


class Order:
    """What changes about an order. `level`, `ahead` and `behind` are its place in the queue of a price level."""

    __slots__ = (
        "ahead",
        "behind",
        "cap",
        "claim",
        "cumulative",
        "held_by",
        "leaves",
        "level",
        "limit",
        "notional",
        "reserve",
        "status",
        "terms",
    )

    def __init__(self, terms: OrderTerms) -> None:
        self.terms = terms
        is_limited = terms.order_type is _LIMIT or terms.order_type not in UNLIMITED_TYPES
        self.limit = terms.price if is_limited else UNPRICED
        """The worst price it trades at now; `UNPRICED` where it has none. A peg's, and a converted order's, changes."""
        self.leaves = terms.quantity
        self.reserve = 0
        """What of `leaves` the book does not show while it rests; an iceberg's and a hidden order's."""
        self.cumulative = 0
        self.notional = 0
        """Sum of filled quantity times price, in units of the instrument's price scale."""
        self.status = _NEW
        self.level: PriceLevel | None = None
        self.ahead: Order | None = None
        self.behind: Order | None = None
        self.held_by: Holder | None = None
        self.cap = UNPRICED
        """The worst price of an order without a limit, as far as its account's money reaches; `UNPRICED`: any."""
        self.claim: Claim | None = None
        """What it has reserved of its account; None where it needs nothing."""

    @property
    def is_open(self) -> bool:
        """Whether something of it can still trade, today or on another day."""
        return self.status <= OrderStatus.PARTIALLY_FILLED or (
            self.status is OrderStatus.DONE_FOR_DAY and self.leaves > 0
        )

    @property
    def shown(self) -> int:
        """Shares that the book shows of it."""
        return self.leaves - self.reserve

    @property
    def part(self) -> int:
        """What one execution can have of it while it rests: what it shows, or all of a hidden one."""
        return self.leaves if self.reserve == self.leaves else self.leaves - self.reserve

    def take_limit(self) -> None:
        """Takes the limit that its terms say: what moved or converted it is forgotten."""
        terms = self.terms
        self.limit = self.cap if terms.order_type in UNLIMITED_TYPES and not terms.price else terms.price

    def fill(self, quantity: int, price: int) -> None:
        """Counts one execution; the caller keeps the level's sum."""
        assert 0 < quantity <= self.leaves, f"order {self.terms.order_id}: fill {quantity} of {self.leaves}"
        self.leaves -= quantity
        self.cumulative += quantity
        self.notional += quantity * price
        self.status = _PARTIALLY_FILLED if self.leaves else _FILLED

    def end(self, status: OrderStatus) -> int:
        """Closes it with a status; answers how many shares were open."""
        canceled = self.leaves
        self.leaves = self.reserve = 0
        self.status = status
        return canceled
