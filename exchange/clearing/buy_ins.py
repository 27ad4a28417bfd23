"""Buy-ins: shares that an account has failed to deliver for too long are bought in the market for it.

The bought shares net with what is owed when their own settlement date comes. Until the market takes a market order the
buy-in waits; while one is under way there is no second one for the same account and instrument.
"""

from __future__ import annotations

from exchange.clearing.clearing import Clearing
from exchange.clearing.own_orders import OwnOrders
from exchange.clearing.settlement import Net, Settlement
from exchange.commands import EnterOrder
from exchange.matching.engine import Engine
from exchange.orders import OrderType, Side, TimeInForce
from exchange.phases import Phase

SESSION = "~BUY-IN"
"""The session of the clearing house's own orders; none of its clients can have this name."""

Place = tuple[str, str]
"""Account and symbol."""


class BuyIns:
    """What is to be bought for those who did not deliver."""

    def __init__(self, engine: Engine, clearing: Clearing, settlement: Settlement, requests: OwnOrders) -> None:
        self._engine = engine
        self._clearing = clearing
        self._settlement = settlement
        self._requests = requests
        self._pending: list[Place] = []
        settlement.failed.append(self._failed)

    def look(self) -> None:
        """Buys what is to be bought in instruments that trade now. Costs nothing when there is none."""
        if not self._pending:
            return
        markets = self._engine.markets
        ready = [place for place in self._pending if markets[place[1]].phase is Phase.CONTINUOUS]
        for place in ready:
            self._pending.remove(place)
            self._buy(*place)

    def renamed(self, symbol: str, new_symbol: str) -> None:
        """An instrument goes on under another symbol."""
        self._pending = [(account, new_symbol if name == symbol else name) for account, name in self._pending]

    def state(self) -> list[Place]:
        """All of it as values, for the venue's hash."""
        return self._pending

    def _failed(self, net: Net) -> None:
        after = self._settlement.rules.buy_in_after
        place = (net.account, net.symbol)
        if after and net.shares < 0 and net.attempts >= after and place not in self._pending:
            self._pending.append(place)

    def _buy(self, account: str, symbol: str) -> None:
        """Buys what the account owes and has not bought since, by as many orders as the instrument's largest allows."""
        instrument = self._engine.markets[symbol].instrument
        due = self._clearing.days.date_of(instrument.market)
        unsettled = [(date, one.shares) for date, name, one in self._clearing.obligations.of(account) if name == symbol]
        owed = -sum(shares for date, shares in unsettled if date <= due)
        coming = sum(shares for date, shares in unsettled if date > due)
        missing = -(-(owed - max(0, coming)) // instrument.lot) * instrument.lot
        while missing > 0:
            quantity = min(missing, instrument.max_quantity // instrument.lot * instrument.lot)
            missing -= quantity
            name = str(self._requests.last_order_id + 1)
            self._engine.register.seen.add(SESSION, name)
            self._requests.accept(
                EnterOrder(
                    SESSION, name, account, symbol, Side.BUY, OrderType.MARKET, TimeInForce.IMMEDIATE_OR_CANCEL,
                    quantity, 0,
                )
            )  # fmt: skip
