"""The price levels of one side, best first: a sorted list of keys whose last is the best, and a dict to the levels."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from exchange.matching.price_level import PriceLevel
from exchange.orders import Side


class BookSide:
    """Finds the best level in O(1), any level in O(1), and makes room for a new one in O(log levels) comparisons."""

    __slots__ = ("_keys", "_levels", "side", "sign")

    def __init__(self, side: Side) -> None:
        self.side = side
        self.sign = int(side)
        """Price times sign is higher for better prices on either side."""
        self._keys: list[int] = []
        self._levels: dict[int, PriceLevel] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[PriceLevel]:
        levels = self._levels
        return (levels[key] for key in reversed(self._keys))

    @property
    def best(self) -> PriceLevel | None:
        """The level that trades first."""
        return self._levels[self._keys[-1]] if self._keys else None

    def level(self, price: int) -> PriceLevel:
        """The level at a price, made when there is none."""
        key = price * self.sign
        level = self._levels.get(key)
        if level is None:
            level = self._levels[key] = PriceLevel(self.side, price)
            keys = self._keys
            if not keys or key > keys[-1]:
                keys.append(key)
            else:
                keys.insert(bisect_left(keys, key), key)
        return level

    def drop(self, level: PriceLevel) -> None:
        """Forgets a level that has become empty."""
        assert level.first is None, f"level {level.price} still holds {level.orders} orders"
        key = level.price * self.sign
        del self._levels[key]
        keys = self._keys
        if keys[-1] == key:
            keys.pop()
        else:
            del keys[bisect_left(keys, key)]
