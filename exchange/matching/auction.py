"""The price of an auction: one price for all, found from what both sides bid. Pure: it knows no orders and no book.

The engine asks for it when a call phase ends, and before that for the indicative price. The rules, in this order, are
those of CME's indicative opening price, of SET, ASX, Xetra and Euronext: the most volume; the least surplus; pressure
of the surplus; nearness to the reference price. `find_uncross` says them exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from msgspec import Struct

from exchange.orders import Side

Wish: TypeAlias = tuple[int | None, int]
"""A limit and the quantity that is wanted at it; the limit of market orders is None."""


class Uncross(Struct, frozen=True, gc=False):
    """What an auction brings."""

    price: int | None
    """The one price of all trades; None: nothing trades."""
    quantity: int = 0
    """Shares that trade."""
    imbalance: int = 0
    """Shares that would trade at the price and find no other side."""
    imbalance_side: Side | None = None
    """Whose shares these are; None when there are none."""


NO_UNCROSS = Uncross(None)
"""The two sides do not overlap."""


def find_uncross(bids: Iterable[Wish], asks: Iterable[Wish], reference: int, tick_at: Callable[[int], int]) -> Uncross:
    """The price at which most shares trade, and what trades there. Both sides come best first: market orders, limits.

    A price is any tick from the lowest to the highest of all limits and the reference. Among them the first of these
    rules that leaves one price decides:
    1. the largest volume, which is the smaller of what is bid and offered at a price;
    2. the smallest surplus of the one over the other;
    3. the highest price when all tied prices have a surplus of bids, the lowest when all have one of offers;
    4. the price nearest to the reference; of two equally near the higher. Where the surplus of bids below meets that of
       offers above, it is one of the two prices between which it changes sides.

    So market orders alone trade at the reference. A reference of 0 is none: then rule 4 takes the lowest price, as SET
    does, and market orders alone do not trade. Of either side only what can trade is read, and a limit more: the cost
    is that of sorting the overlap, not the book.
    """
    book = _read_overlap(bids, asks)
    if book is None:
        return NO_UNCROSS
    near = _nearest_tick(reference, tick_at) if reference else None
    spans = _spans(book, near, tick_at)
    most = max((min(span.bid, span.offered) for span in spans), default=0)
    if not most:
        return NO_UNCROSS
    spans = [span for span in spans if min(span.bid, span.offered) == most]
    least = min(abs(span.bid - span.offered) for span in spans)
    tied = [span for span in spans if abs(span.bid - span.offered) == least]
    lowest, highest = tied[0], tied[-1]
    if lowest.bid < lowest.offered:
        return _uncross_at(lowest.low, lowest)
    if highest.bid > highest.offered:
        return _uncross_at(highest.high, highest)
    if not least:
        price = lowest.low if near is None else min(max(near, lowest.low), highest.high)
        return _uncross_at(price, lowest)
    below = max(span for span in tied if span.bid > span.offered)
    above = min(span for span in tied if span.bid < span.offered)
    is_above = near is not None and above.low - reference <= reference - below.high
    return _uncross_at(above.low, above) if is_above else _uncross_at(below.high, below)


class _Book(NamedTuple):
    """The part of both sides that can trade."""

    market_bids: int
    market_asks: int
    bids: dict[int, int]
    """Quantity by limit."""
    asks: dict[int, int]


class _Span(NamedTuple):
    """Neighbouring prices at which the same quantities are bid and offered."""

    low: int
    high: int
    bid: int
    offered: int


def _read_overlap(bids: Iterable[Wish], asks: Iterable[Wish]) -> _Book | None:
    bid_side, ask_side = iter(bids), iter(asks)
    market_bids, best_bid = _read_market_orders(bid_side)
    market_asks, best_ask = _read_market_orders(ask_side)
    if not market_bids and not market_asks and (not best_bid or not best_ask or best_bid[0] < best_ask[0]):
        return None
    highest, lowest = best_bid and best_bid[0], best_ask and best_ask[0]
    return _Book(
        market_bids,
        market_asks,
        _read_limits(bid_side, best_bid, market_asks - market_bids, lowest, Side.BUY),
        _read_limits(ask_side, best_ask, market_bids - market_asks, highest, Side.SELL),
    )


def _read_market_orders(side: Iterator[Wish]) -> tuple[int, tuple[int, int] | None]:
    """What is wanted at any price, and the best limit, which has been read then."""
    quantity = 0
    for limit, wanted in side:
        if limit is not None:
            return quantity, (limit, wanted)
        quantity += wanted
    return quantity, None


def _read_limits(
    side: Iterator[Wish], best: tuple[int, int] | None, wanted: int, opposite: int | None, sign: Side
) -> dict[int, int]:
    """Quantity by limit, as far as a limit can move the price.

    It can where it meets the best limit of the other side, `opposite`, and as long as the market orders there still
    want more than is offered at better limits: `wanted` at first.
    """
    read: dict[int, int] = {}
    if best is None:
        return read
    limit, quantity = best
    read[limit] = quantity
    for price, more in side:
        assert price is not None, f"a market order of {more} behind limits"
        if price != limit:
            wanted -= read[limit]
            if wanted < 0 and (opposite is None or price * sign < opposite * sign):
                break
            limit = price
        read[price] = read.get(price, 0) + more
    return read


def _spans(book: _Book, near: int | None, tick_at: Callable[[int], int]) -> list[_Span]:
    """Every limit, and the reference, and the ticks between two of them, by ascending price."""
    prices = {*book.bids, *book.asks}
    if near is not None:
        prices.add(near)
    spans: list[_Span] = []
    bid, offered = book.market_bids + sum(book.bids.values()), book.market_asks
    previous: int | None = None
    for price in sorted(prices):
        if previous is not None:
            low, high = _tick_above(previous, tick_at), _tick_below(price, tick_at)
            if low <= high:
                spans.append(_Span(low, high, bid, offered))
        offered += book.asks.get(price, 0)
        spans.append(_Span(price, price, bid, offered))
        bid -= book.bids.get(price, 0)
        previous = price
    return spans


def _uncross_at(price: int, span: _Span) -> Uncross:
    surplus = span.bid - span.offered
    side = None if not surplus else Side.BUY if surplus > 0 else Side.SELL
    return Uncross(price, min(span.bid, span.offered), abs(surplus), side)


def _nearest_tick(price: int, tick_at: Callable[[int], int]) -> int:
    tick = tick_at(price)
    below = price // tick * tick
    above = below if below == price else below + tick
    return above if above - price <= price - below else below


def _tick_above(price: int, tick_at: Callable[[int], int]) -> int:
    tick = tick_at(price)
    return (price // tick + 1) * tick


def _tick_below(price: int, tick_at: Callable[[int], int]) -> int:
    tick = tick_at(price - 1)
    return (price - 1) // tick * tick
