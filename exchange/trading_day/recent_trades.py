"""The mean price of an instrument's trades in the last five minutes, and when a reference price may follow it.

The rule is that of limit up, limit down (NMS plan, sections I.T and V.A): the arithmetic mean of the trades, not
weighted by quantity, and without odd lots. The reference follows it when the two differ by 1 % or more, and stays for
at least 30 seconds. The window moves in whole seconds, so that however many trades there are it holds 301 sums.
"""

from __future__ import annotations

from collections import deque

from exchange.events import Traded
from exchange.matching.order_book import OrderBook
from exchange.matching.tape import Tape
from exchange.reference.instruments import SECOND

WINDOW_SECONDS = 300
STAYS_FOR = 30 * SECOND
"""Nanoseconds for which a reference price stays at least."""

FAR_PERCENT = 1


class RecentTrades:
    """Sums of prices and numbers of trades by second."""

    __slots__ = ("_count", "_seconds", "_seen", "_sum", "is_planned", "moved_at")

    def __init__(self, at: int) -> None:
        self._seconds: deque[tuple[int, int, int]] = deque()
        """Second, trades in it, sum of their prices."""
        self._count = 0
        self._sum = 0
        self._seen = 0
        """Trades that the book had ever made when it was looked at last."""
        self.moved_at = at
        """When the reference price was set last."""
        self.is_planned = False
        """Whether the mean will be looked at later, without a trade."""

    def restart(self, at: int, trades: int) -> None:
        """Forgets all: the reference price was set anew. `trades`: those that the book has ever made."""
        self._seconds.clear()
        self._count = self._sum = 0
        self._seen = trades
        self.moved_at = at

    def note(self, book: OrderBook, tape: Tape) -> None:
        """Counts the trades that the book has made since the last time: the latest ones on the tape."""
        new, self._seen = book.trades - self._seen, book.trades
        count = total = 0
        for event in reversed(tape.events):
            if not new:
                break
            if isinstance(event, Traded) and event.symbol == book.symbol:
                new -= 1
                if event.quantity >= book.round_lot:
                    count += 1
                    total += event.price
        if not count:
            return
        self._count += count
        self._sum += total
        second = tape.at // SECOND
        if self._seconds and self._seconds[-1][0] == second:
            _, earlier, earlier_total = self._seconds.pop()
            count, total = count + earlier, total + earlier_total
        self._seconds.append((second, count, total))

    def is_filled(self, at: int) -> bool:
        """Whether there was a trade in the last five minutes."""
        oldest = at // SECOND - WINDOW_SECONDS
        while self._seconds and self._seconds[0][0] < oldest:
            _, count, total = self._seconds.popleft()
            self._count -= count
            self._sum -= total
        return bool(self._seconds)

    def mean(self, at: int) -> int:
        """The mean price, to the nearest unit of the price scale; 0 when there was no trade."""
        return (2 * self._sum + self._count) // (2 * self._count) if self.is_filled(at) else 0

    def may_move(self, at: int) -> bool:
        """Whether the present reference price has stayed for long enough."""
        return at >= self.moved_at + STAYS_FOR

    def next_move(self, at: int) -> int:
        """When the mean is to be looked at next."""
        return self.moved_at + STAYS_FOR if not self.may_move(at) else at + STAYS_FOR

    def is_far_from(self, reference: int) -> bool:
        """Whether the mean, not rounded, is so far from the reference price that this has to follow."""
        return 100 * abs(self._sum - reference * self._count) >= FAR_PERCENT * abs(reference) * self._count

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [list(self._seconds), self._seen, self.moved_at, self.is_planned]
