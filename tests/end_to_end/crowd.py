"""Clients that send orders, cancels and replaces as fast as they may, follow a seed, and know what is unanswered."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from random import Random

from gateway.scenario.wire import Pairs, utc_timestamp
from tests.end_to_end.exchange_process import ExchangeProcess
from tests.end_to_end.ledger import Ledger
from tests.end_to_end.trader import BUY, SELL, Trader

SYMBOLS = ("ACME", "KO")
PRICES = {"ACME": 1000, "KO": 6000}
"""Around which orders are sent, in cents."""

UNANSWERED_MAX = 300
"""Requests of one trader under way at a time: what a kill finds in every stage between the two."""

BURST = 20


class Crowd:
    """Some traders and their ledger."""

    def __init__(self, traders: Sequence[Trader], random: Random) -> None:
        self.traders = traders
        self.ledger = Ledger(traders)
        self.sent = 0
        self.random = random
        self._requests: dict[str, dict[str, tuple[str, Pairs]]] = {trader.name: {} for trader in traders}
        """What is unanswered: message type and fields by ClOrdID, for each session."""
        self._recent: dict[str, deque[tuple[str, str, str]]] = {trader.name: deque(maxlen=60) for trader in traders}
        """ClOrdID, symbol and side of orders that a cancel or replace may mean."""

    @property
    def unanswered(self) -> int:
        """Requests without an answer so far."""
        self.ledger.take()
        for session, requests in self._requests.items():
            for cl_ord_id in [one for one in requests if (session, one) in self.ledger.answers]:
                del requests[cl_ord_id]
        return sum(map(len, self._requests.values()))

    async def log_on(self, port: int) -> None:
        for trader in self.traders:
            await trader.log_on(port)
            assert trader.session.logged_on, trader.session.logout_text

    async def press(self, seconds: float) -> None:
        """Sends as much as goes for some time, or until a connection ends."""
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end and all(trader.is_connected for trader in self.traders):
            self.send()
            await asyncio.sleep(0)

    def send(self) -> None:
        """One burst of each trader that has not too much under way."""
        assert self.unanswered >= 0
        for trader in self.traders:
            if len(self._requests[trader.name]) < UNANSWERED_MAX:
                for _ in range(BURST):
                    self._request(trader)
                trader.flush()

    def forget_sent(self) -> None:
        """As clients without a store of messages: a ResendRequest will be answered by gap fill alone."""
        for trader in self.traders:
            trader.forget_sent()

    def send_again(self) -> int:
        """Everything unanswered once more under its ClOrdID, with PossResend=Y; answers how much that was."""
        count = self.unanswered
        for trader in self.traders:
            for msg_type, fields in self._requests[trader.name].values():
                trader.send(msg_type, [("97", "Y"), *fields])
            trader.flush()
        return count

    async def settled(self) -> None:
        """Until every request has its answer."""
        async with asyncio.timeout(20):
            while self.unanswered:
                await asyncio.sleep(0.01)

    async def sees_the_books_of(self, exchange: ExchangeProcess) -> None:
        """Everything answered, and the traders' open orders are the exchange's books; what is under way may come."""
        await self.settled()
        for symbol in SYMBOLS:
            shown = await exchange.book(symbol)
            async with asyncio.timeout(10):
                while self.ledger.book(symbol) != shown:
                    await asyncio.sleep(0.01)
                    self.ledger.take()

    def _request(self, trader: Trader) -> None:
        self.sent += 1
        random, recent = self.random, self._recent[trader.name]
        cl_ord_id = f"{trader.name[0]}{self.sent}"
        kind = random.random()
        if kind < 0.7 or not recent:
            symbol, side = random.choice(SYMBOLS), random.choice((BUY, SELL))
            msg_type, fields = "D", [*_order(cl_ord_id, symbol, side), *self._terms(symbol)]
            recent.append((cl_ord_id, symbol, side))
        else:
            original, symbol, side = random.choice(recent)
            msg_type, fields = "F", [*_order(cl_ord_id, symbol, side), ("41", original)]
            if kind < 0.85:
                msg_type, fields = "G", [*fields, ("38", str(random.randint(1, 400))), *self._limit(symbol)]
                recent.append((cl_ord_id, symbol, side))
        trader.send(msg_type, fields)
        self._requests[trader.name][cl_ord_id] = (msg_type, fields)

    def _terms(self, symbol: str) -> Pairs:
        random = self.random
        quantity = ("38", str(random.randint(1, 300) if random.random() > 0.02 else 0))
        kind = random.random()
        if kind < 0.05:
            return [quantity, ("40", "1")]
        if kind < 0.15:
            return [quantity, *self._limit(symbol), ("59", random.choice("34"))]
        return [quantity, *self._limit(symbol)]

    def _limit(self, symbol: str) -> Pairs:
        cents = PRICES[symbol] + self.random.randint(-5, 5)
        return [("40", "2"), ("44", f"{cents // 100}.{cents % 100:02d}")]


def _order(cl_ord_id: str, symbol: str, side: str) -> Pairs:
    return [("11", cl_ord_id), ("55", symbol), ("54", side), ("60", utc_timestamp())]
