"""The price levels of one side, best first: a sorted list of keys whose last is the best, and a dict to the levels.

A key is the price times the side's sign, so that higher keys are better on either side. Market orders that wait without
a price stand before all limits under `UNPRICED_KEY`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from exchange.matching.price_level import PriceLevel
from exchange.orders import UNPRICED, Side

UNPRICED_KEY = 1 << 62
"""The key of the level without a price."""

ANY_KEY = -UNPRICED_KEY
"""A limit that every level meets."""


class BookSide:
    """Finds the best level in O(1), any level in O(1), and makes room for a new one in O(log levels) comparisons."""

    __slots__ = ("ceiling", "floor", "keys", "levels", "side", "sign", "symbol")

    def __init__(self, symbol: str, side: Side) -> None:
        self.symbol = symbol
        self.side = side
        self.sign = int(side)
        """Price times sign is higher for better prices on either side."""
        self.keys: list[int] = []
        """Ascending: the best last. Changed by this class alone."""
        self.levels: dict[int, PriceLevel] = {}
        self.floor = ANY_KEY
        """Levels with a lower key may not trade now: they are outside the price band."""
        self.ceiling = UNPRICED_KEY - 1
        """Nor may those with a higher one, which the band has left behind; the level without a price may."""

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[PriceLevel]:
        levels = self.levels
        return (levels[key] for key in reversed(self.keys))

    @property
    def best(self) -> PriceLevel | None:
        """The level that trades first."""
        return self.levels[self.keys[-1]] if self.keys else None

    @property
    def best_limit(self) -> int | None:
        """The best price of a resting limit order; None without one."""
        keys = self.keys
        if not keys:
            return None
        if keys[-1] != UNPRICED_KEY:
            return keys[-1] * self.sign
        return keys[-2] * self.sign if len(keys) > 1 else None

    @property
    def unpriced(self) -> PriceLevel | None:
        """The market orders that wait without a price; None without any."""
        return self.levels.get(UNPRICED_KEY)

    def limit_key(self, limit: int) -> int:
        """The lowest key of this side that an order of the other side with this limit may trade with."""
        return ANY_KEY if limit == UNPRICED else limit * self.sign

    def level(self, price: int) -> PriceLevel:
        """The level at a price, made when there is none."""
        key = UNPRICED_KEY if price == UNPRICED else price * self.sign
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = PriceLevel(self.symbol, self.side, price, key)
            keys = self.keys
            if not keys or key > keys[-1]:
                keys.append(key)
            else:
                keys.insert(bisect_left(keys, key), key)
        return level

    def drop(self, level: PriceLevel) -> None:
        """Forgets a level that has become empty."""
        assert level.is_empty, f"level {level.price} still holds {level.orders} orders"
        key, keys = level.key, self.keys
        del self.levels[key]
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[bisect_left(keys, key)]
