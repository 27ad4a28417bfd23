"""The price test for short sales: after a fall they need a limit above the best bid (SEC Rule 201).

A trade far enough below the day's reference price restricts an instrument for the rest of its business day and the next
one. `risk` asks about every order that is marked as a short sale; whether an account may sell short at all is looked at
where its claims are planned. A restriction looks at what comes in: what rests already stays.
"""

from __future__ import annotations

from exchange.clearing_events import ShortSaleRestricted
from exchange.events import Traded
from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.orders import OrderConditions, OrderType, ShortSale
from exchange.phases import Matching
from exchange.reference.instruments import Instrument
from exchange.refusals import Refusal, word
from exchange.rejections import RejectReason

BASIS_POINTS = 10_000

DAYS_RESTRICTED = 2
"""The business day of the fall and the next one."""


class ShortSales:
    """Which instruments are restricted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tape = engine.tape
        self._watched: set[str] = set()
        """Symbols whose rules know a restriction."""
        self._days_left: dict[str, int] = {}

    def is_restricted(self, symbol: str) -> bool:
        """Whether short sales in an instrument need a limit above the best bid now."""
        return symbol in self._days_left

    def listed(self, instrument: Instrument) -> None:
        """An instrument was listed, or has new rules: without the test in them nothing is restricted any more."""
        if instrument.short_restriction_basis_points:
            self._watched.add(instrument.symbol)
            return
        self._watched.discard(instrument.symbol)
        if self._days_left.pop(instrument.symbol, 0):
            self._tell(instrument.symbol)

    def look(self, number: int) -> None:
        """Looks at the trades behind event `number`, whether one has fallen far enough. Costs nothing if none can."""
        tape = self._tape
        if not self._watched or number == tape.number:
            return
        for event in tape.events[number - tape.number :]:
            if isinstance(event, Traded) and event.symbol in self._watched:
                self._traded(event.symbol, event.price)

    def day_opened(self, market: str) -> None:
        """A business day of a market begins: what was restricted the day before yesterday is free."""
        markets = self._engine.markets
        for symbol in [symbol for symbol in self._days_left if markets[symbol].instrument.market == market]:
            self._days_left[symbol] -= 1
            if not self._days_left[symbol]:
                del self._days_left[symbol]
                self._tell(symbol)

    def renamed(self, symbol: str, new_symbol: str) -> None:
        """An instrument goes on under another symbol, and a restriction with it."""
        days = self._days_left.pop(symbol, 0)
        if days:
            self._tell(symbol)
            self._days_left[new_symbol] = days
            self._tell(new_symbol)

    def refusal(
        self, order_type: OrderType, price: int, conditions: OrderConditions | None, market: Market
    ) -> Refusal | None:
        """Why a sale cannot go in because of what it says of itself and where the market is; auctions take all."""
        if conditions is None or conditions.short_sale is not ShortSale.SHORT or market.symbol not in self._days_left:
            return None
        if market.phase_rules.matching is Matching.CALL:
            return None
        bid = market.book.bids.best_limit
        if not price:
            what = f"of a {word(order_type)} order without a limit"
        elif bid is not None and price <= bid:
            what = market.instrument.scale.text(price)
        else:
            return None
        best = "there is no bid now" if bid is None else f"the best bid is {market.instrument.scale.text(bid)}"
        text = f"{what} does not do: after its fall {market.symbol} is sold short above the best bid only, and {best}"
        return Refusal(RejectReason.SHORT_SALE_RESTRICTED, "price", text)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [[symbol, days] for symbol, days in self._days_left.items()]

    def _traded(self, symbol: str, price: int) -> None:
        market = self._engine.markets[symbol]
        fall = BASIS_POINTS - market.instrument.short_restriction_basis_points
        if price * BASIS_POINTS > market.reference_price * fall:
            return
        was_restricted = symbol in self._days_left
        self._days_left[symbol] = DAYS_RESTRICTED
        if not was_restricted:
            self._tell(symbol)

    def _tell(self, symbol: str) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(ShortSaleRestricted(tape.number, tape.at, symbol, symbol in self._days_left))
