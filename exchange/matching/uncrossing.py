"""The uncross of one market: who takes part in an auction, its price, and its trades.

All that rests takes part with its whole quantity, shown or not, except orders that wait for a certain execution: all
or none, and minimum quantities where the rules ask for them in each execution. Market orders come first, then better
prices, then what is shown, then time. Owners may meet themselves: in an uncross nobody takes from anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

import msgspec

from exchange.matching.auction import Uncross, Wish, find_uncross
from exchange.matching.book_side import UNPRICED_KEY, BookSide
from exchange.matching.careful_matching import least_given
from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.matching.price_level import PriceLevel
from exchange.orders import OrderType
from exchange.reference.rule_profile import RuleProfile


def participants(level: PriceLevel, rules: RuleProfile) -> Iterator[Order]:
    """The orders of a level that take part in an auction, in the order in which they are filled."""
    return (order for order in level if not least_given(order, order.leaves, rules))


def indicative(market: Market) -> Uncross:
    """What the auction would bring if it ended now. Only what overlaps is looked at."""
    book, instrument = market.book, market.instrument
    return find_uncross(
        _wishes(book.bids, instrument.rules),
        _wishes(book.asks, instrument.rules),
        market.reference_price,
        instrument.tick_at,
    )


def uncross(engine: Engine, market: Market) -> Uncross:
    """Trades an auction at its one price; what is left of market-to-limit orders becomes limit orders there.

    Stops that the price elects, groups and pegs follow. The phase stays: who ends the auction changes it before.
    """
    result = indicative(market)
    if result.price is not None:
        trade_at(engine, market, result.price, result.quantity)
        market.last_auction_price = result.price
        engine.consequences.follow_groups(market)
    _limit_remainders(engine, market, result.price)
    return result


def trade_at(engine: Engine, market: Market, price: int, quantity: int) -> None:
    """Trades so many shares at one price among those who take part and whose limits allow it."""
    rules = market.instrument.rules
    buyers = _taking_part(market.book.bids, price, rules)
    sellers = _taking_part(market.book.asks, price, rules)
    buyer, seller = next(buyers, None), next(sellers, None)
    while quantity and buyer is not None and seller is not None:
        traded = min(quantity, buyer.leaves, seller.leaves)
        for order in (buyer, seller):
            market.book.consume(order, traded, engine.tape)
        later, earlier = (buyer, seller) if buyer.terms.order_id > seller.terms.order_id else (seller, buyer)
        engine.execute(market, later, earlier, traded, price, is_auction=True)
        quantity -= traded
        if not buyer.leaves:
            buyer = next(buyers, None)
        if not seller.leaves:
            seller = next(sellers, None)


def tradable_at(market: Market, price: int) -> int:
    """Shares that could trade at a given price among those who take part."""
    bought = sum(order.leaves for order in _taking_part(market.book.bids, price, market.instrument.rules))
    sold = sum(order.leaves for order in _taking_part(market.book.asks, price, market.instrument.rules))
    return min(bought, sold)


def _taking_part(side: BookSide, price: int, rules: RuleProfile) -> Iterator[Order]:
    """A copy: what trades leaves the book while it is read."""
    key = price * side.sign
    levels = takewhile(lambda level: level.key >= key, side)
    return iter([order for level in levels for order in participants(level, rules)])


def _wishes(side: BookSide, rules: RuleProfile) -> Iterator[Wish]:
    """What a side wants at each of its prices, best first."""
    for level in side:
        wanted = level.quantity
        if level.specials:
            wanted = sum(order.leaves for order in participants(level, rules))
        if wanted:
            yield (None if level.key == UNPRICED_KEY else level.price), wanted


def _limit_remainders(engine: Engine, market: Market, price: int | None) -> None:
    """Market-to-limit orders that are not filled rest at the auction price; without one they wait as they are."""
    if price is None:
        return
    for side in (market.book.bids, market.book.asks):
        level = side.levels.get(UNPRICED_KEY)
        for order in list(level) if level is not None else ():
            if order.terms.order_type is OrderType.MARKET_TO_LIMIT:
                engine.take_out(order)
                order.limit = price
                order.terms = msgspec.structs.replace(order.terms, price=price)
                engine.rest_converted(order, market)
