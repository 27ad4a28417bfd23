"""A living market around a single client: agents that quote around a wandering price, take, and cancel what grows old.

All that is random comes from the seed; what an agent asks for depends on that and on the market alone. It knows no
clock: who calls `next_commands` decides when, by the agent's own `random` if all is to be repeatable, and submits what
it answers like anybody else's orders.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from random import Random

from exchange.commands import CancelOrder, Command, EnterOrder
from exchange.matching.market import Market
from exchange.orders import OrderType, Side, TimeInForce
from exchange.phases import Matching
from exchange.reference.instruments import Instrument
from exchange.venue import Venue

SESSION = "~flow"
"""Under this name its orders stand; no FIX session can have it."""

QUOTES_PER_SIDE = 6
"""Orders that the agents of an instrument leave on each side of its book before they cancel their oldest: a book worth
looking at, and no more. Where they are many, each leaves `QUOTES_OF_AGENT`."""

QUOTES_OF_AGENT = 2

SPREAD_TICKS_MAX = 8
"""How far from its idea of the price an agent quotes."""

LOTS_MAX = 20
LOTS_TAKEN_MAX = 10
"""Of one order that gives liquidity, and that takes it: smaller, or the book would be empty half of the time."""

TAKES_PERCENT = 30
"""Of its orders, how many take liquidity instead of giving it."""

DRIFT_PERCENT = 25
"""How often the idea of the price moves by a tick."""

BAND_PERMILLE = 50
"""How far it goes from the reference price: within what clients' limits expect."""


class BackgroundFlow:
    """The orders of nobody in particular, for one account."""

    def __init__(self, venue: Venue, account: str, symbols: Sequence[str], seed: int, agents: int = 1) -> None:
        """`agents` in each instrument. They go on with open orders of an earlier life; `symbols` must be listed."""
        numbers = iter(range(len(symbols) * agents))
        prefix = f"F{venue.last_event}"
        self.agents: list[FlowAgent] = []
        for symbol in symbols:
            idea = PriceIdea(venue.markets[symbol])
            mates = [
                FlowAgent(venue, account, idea, _random(seed, symbol, place), f"{prefix}-{next(numbers)}-", agents)
                for place in range(agents)
            ]
            for place, (side, cl_ord_id) in enumerate(_open_quotes(venue, symbol)):
                mates[place % agents].take_over(side, cl_ord_id)
            self.agents += mates


class PriceIdea:
    """What all agents of an instrument take for its price: it wanders, and stays around the reference price."""

    def __init__(self, market: Market) -> None:
        self.market = market
        instrument = market.instrument
        price = market.book.last_price or market.reference_price or instrument.reference_price
        self.price = price - price % instrument.tick_at(price)

    def wander(self, random: Random) -> int:
        """The price now, which may have moved by a tick."""
        draw = random.random() * 100
        if draw < DRIFT_PERCENT:
            instrument, price = self.market.instrument, self.price
            tick = instrument.tick_at(price)
            price += tick if 2 * draw < DRIFT_PERCENT else -tick
            reach = instrument.reference_price * BAND_PERMILLE // 1000
            price = max(instrument.reference_price - reach, min(instrument.reference_price + reach, price))
            self.price = price - price % instrument.tick_at(price)
        return self.price


class FlowAgent:
    """One of many in an instrument. `random` is its own: nothing that others do changes what it draws."""

    def __init__(self, venue: Venue, account: str, idea: PriceIdea, random: Random, prefix: str, agents: int) -> None:
        """`prefix` begins its ClOrdIDs; `agents`: how many share the instrument."""
        self.random = random
        self._venue = venue
        self._account = account
        self._idea = idea
        self._prefix = prefix
        self._count = 0
        self._quotes_max = max(QUOTES_OF_AGENT, QUOTES_PER_SIDE // agents)
        self._quotes: dict[Side, deque[str]] = {side: deque() for side in Side}

    def take_over(self, side: Side, cl_ord_id: str) -> None:
        """An open order of an earlier life is this agent's from now on."""
        self._quotes[side].append(cl_ord_id)

    def next_commands(self) -> list[Command]:
        """What it does now: an order, and the cancel of an old one when there are many. Nothing where trading rests."""
        market, random = self._idea.market, self.random
        instrument, rules = market.instrument, market.phase_rules
        price = self._idea.wander(random)
        # Whole numbers from random() itself: its randint costs as much as all the rest.
        draw = random.random
        side = Side.BUY if draw() < 0.5 else Side.SELL
        takes, distance = draw() * 100 < TAKES_PERCENT, 1 + int(draw() * SPREAD_TICKS_MAX)
        quantity = instrument.lot * (1 + int(draw() * (LOTS_TAKEN_MAX if takes else LOTS_MAX)))
        if not rules.takes_orders:
            return []
        tick = instrument.tick_at(price)
        if takes and rules.matching is Matching.CONTINUOUS:
            limit = price + side * SPREAD_TICKS_MAX * tick
            return [self._order(instrument, side, quantity, limit, TimeInForce.IMMEDIATE_OR_CANCEL)]
        order = self._order(instrument, side, quantity, price - side * distance * tick, TimeInForce.DAY)
        quotes = self._quotes[side]
        cancels = list(self._cancels(instrument.symbol, side))
        quotes.append(order.cl_ord_id)
        return [*cancels, order]

    def _order(
        self, instrument: Instrument, side: Side, quantity: int, price: int, time_in_force: TimeInForce
    ) -> EnterOrder:
        price = max(instrument.lowest_price, min(instrument.highest_price, price))
        price -= price % instrument.tick_at(price)
        return EnterOrder(
            SESSION,
            self._next_id(),
            self._account,
            instrument.symbol,
            side,
            OrderType.LIMIT,
            time_in_force,
            quantity,
            price,
        )

    def _cancels(self, symbol: str, side: Side) -> Iterator[Command]:
        """Makes room for one more quote; those that were filled or have ended need no cancel."""
        quotes, find = self._quotes[side], self._venue.register.find
        while len(quotes) >= self._quotes_max:
            oldest = quotes.popleft()
            order = find(SESSION, oldest)
            if order is not None and order.is_open:
                yield CancelOrder(SESSION, self._next_id(), oldest, symbol, side)

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count}"


def _random(seed: int, symbol: str, place: int) -> Random:
    return Random(f"{seed} {symbol} {place}")  # noqa: S311 - play, repeatable by its seed; nothing is kept secret with it


def _open_quotes(venue: Venue, symbol: str) -> Iterator[tuple[Side, str]]:
    for order in venue.register.open_orders(SESSION):
        if order.terms.symbol == symbol:
            yield order.terms.side, order.terms.cl_ord_id
