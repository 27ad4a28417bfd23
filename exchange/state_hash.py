"""All state of the venue's orders and markets as values that can be compared: what `Venue.state_hash` is made of.

Orders stand in it once, in the order in which the venue would go through them; queues, holders and groups name them by
number. What follows from the rest (levels' sums, lists that are searched by) is left out. Nothing here changes state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.matching.order_groups import OrderGroups
from exchange.matching.order_register import OrderRegister
from exchange.matching.trades import Trades


def market_state(market: Market) -> list[object]:
    """One market besides its instrument: prices, volumes, queues, and who waits for what."""
    book = market.book
    return [
        market.symbol, market.phase, market.reference_price, market.closing_price, market.last_auction_price,
        market.opening_volume, book.last_price, book.last_quantity, book.trades, book.volume,
        book.lowest_tradable, book.highest_tradable, market.triggers.state(), market.pegs.followed,
        _numbers(market.triggers), _numbers(market.pegs), _numbers(market.waiting),
        [[level.price, _numbers(level)] for side in (book.bids, book.asks) for level in side],
    ]  # fmt: skip


def order_states(register: OrderRegister, groups: OrderGroups) -> Iterator[Sequence[object]]:
    """All orders that are kept and the identifiers that mean one, piece by piece: there may be very many."""
    yield register.sessions
    for order in register:
        yield [*_order_state(order), groups.holds(order)]
    for order in register.closed_orders:
        yield _order_state(order)
    for identifier, order in register.former_identifiers:
        yield [identifier, order.terms.order_id]


def trades_state(trades: Trades) -> list[object]:
    """The trades that can still be busted or corrected. Their orders may be forgotten otherwise."""
    return [
        [
            trade.book.symbol, trade.price, trade.quantity, trade.fill_of_aggressor, trade.fill_of_resting,
            trade.is_busted, _sums(trade.aggressor), _sums(trade.resting),
        ]
        for trade in trades
    ]  # fmt: skip


def _order_state(order: Order) -> list[object]:
    return [order.terms, order.reserve, order.limit, order.cap, *_sums(order)]


def _sums(order: Order) -> list[object]:
    return [order.terms.order_id, order.status, order.leaves, order.cumulative, order.notional]


def _numbers(orders: Iterable[Order]) -> list[int]:
    return [order.terms.order_id for order in orders]
