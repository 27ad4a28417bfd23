"""Protective stops that the venue keeps for positions: at the stop the position is closed at the market.

A stop looks at last prices in continuous trading alone; what an auction finds elects when continuous trading goes on. A
trailing stop follows the last price one way. When a stop is reached the account's open orders that would close the
position are canceled, for they hold its shares, and a market order of the venue closes it; what this finds nobody for
ends as the rest of any market order does. The stop is gone with the position, and when the position turns. Trades below
the round lot set no last price, and so elect nothing.
"""

from __future__ import annotations

from msgspec import Struct

from exchange.clearing.clearing import Clearing
from exchange.clearing.equity import mark_of
from exchange.clearing.own_orders import OwnOrders
from exchange.clearing_events import FillCleared, FillRecleared, PositionChanged, StopLossSet, StopLossTriggered
from exchange.commands import EnterOrder, SetStopLoss
from exchange.events import CommandRefused, Event, PhaseChanged, Traded
from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.order_rules import check_price
from exchange.orders import OrderType, Side, TimeInForce
from exchange.phases import Phase
from exchange.reasons import CancelReason
from exchange.reference.instruments import Instrument
from exchange.reference.limits import StopLoss
from exchange.refusals import Refusal
from exchange.rejections import RejectReason

SESSION = "~STOP"
"""The session of the orders that close positions. No owner's begins with this sign."""

BASIS_POINTS = 10_000


class _Stop(Struct, gc=False):
    """A stop where it stands."""

    stop: StopLoss
    price: int
    distance: int
    """Of a trailing stop that was set at a price: how far from the last one, in units of the price scale."""
    is_long: bool


class StopLosses:
    """All stops, by symbol and account."""

    def __init__(self, engine: Engine, clearing: Clearing, requests: OwnOrders) -> None:
        self._engine = engine
        self._tape = engine.tape
        self._clearing = clearing
        self._requests = requests
        self._stops: dict[str, dict[str, _Stop]] = {}

    def price_of(self, account: str, symbol: str) -> int:
        """Where the stop of a position stands now, in units of the price scale; 0 where there is none."""
        stop = self._stops.get(symbol, {}).get(account)
        return 0 if stop is None else stop.price

    def set(self, command: SetStopLoss) -> None:
        """Sets, moves or removes the stop of a position."""
        account, symbol = command.account, command.symbol
        refusal = self._place_refusal(account, symbol)
        if refusal is None and command.stop is not None:
            placed = self._placed(account, self._engine.markets[symbol], command.stop)
            if isinstance(placed, Refusal):
                refusal = placed
            else:
                self._stops.setdefault(symbol, {})[account] = placed
                self._tell(account, symbol, command.stop, placed.price)
                return
        if refusal is None:
            self._forget(account, symbol)
            self._tell(account, symbol, None, 0)
            return
        tape = self._tape
        tape.number += 1
        tape.events.append(
            CommandRefused(tape.number, tape.at, "stop-loss", refusal.reason, refusal.field, refusal.text)
        )

    def look(self, number: int) -> None:
        """Looks at the events behind event `number`: closed positions, prices. Costs nothing if there is no stop.

        What a stop brings about is to be looked at again.
        """
        tape = self._tape
        if not self._stops or number == tape.number:
            return
        prices: dict[str, list[int]] = {}
        for event in tape.events[number - tape.number :]:
            self._note(event, prices)
        for symbol, traded in prices.items():
            market = self._engine.markets[symbol]
            last = market.book.last_price
            if last and market.phase is Phase.CONTINUOUS:
                for account in list(self._stops.get(symbol, ())):
                    self._follow(account, market, traded or [last])

    def split(self, symbol: str, numerator: int, denominator: int) -> None:
        """There are so many new shares for old ones, and prices are as much lower: so are the stops."""
        instrument = self._engine.markets[symbol].instrument
        for account, stop in self._stops.get(symbol, {}).items():
            stop.price = _on_tick(stop.price * denominator, numerator, instrument, is_long=stop.is_long)
            stop.distance = stop.distance * denominator // numerator
            if stop.stop.price:
                stop.stop = StopLoss(stop.price, 0, stop.stop.is_trailing)
            self._tell(account, symbol, stop.stop, stop.price)

    def renamed(self, symbol: str, new_symbol: str) -> None:
        """An instrument goes on under another symbol, and so do its stops."""
        stops = self._stops.pop(symbol, None)
        for account, stop in (stops or {}).items():
            self._stops.setdefault(new_symbol, {})[account] = stop
            self._tell(account, symbol, None, 0)
            self._tell(account, new_symbol, stop.stop, stop.price)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [
            [symbol, account, one.stop, one.price, one.distance, one.is_long]
            for symbol, stops in self._stops.items()
            for account, one in stops.items()
        ]

    # What happens

    def _note(self, event: Event, prices: dict[str, list[int]]) -> None:
        match event:
            case FillCleared() | FillRecleared() | PositionChanged():
                self._drop_without_position(event.account, event.symbol)
            case Traded() if event.symbol in self._stops:
                if event.quantity >= self._engine.markets[event.symbol].book.round_lot:
                    prices.setdefault(event.symbol, []).append(event.price)
            case PhaseChanged() if event.symbol in self._stops:
                prices.setdefault(event.symbol, [])
            case _:
                pass

    def _drop_without_position(self, account: str, symbol: str) -> None:
        stop = self._stops.get(symbol, {}).get(account)
        if stop is None:
            return
        quantity = self._clearing.positions.quantity(account, symbol)
        if not quantity or (quantity > 0) is not stop.is_long:
            self._forget(account, symbol)
            self._tell(account, symbol, None, 0)

    def _follow(self, account: str, market: Market, prices: list[int]) -> None:
        # The stop before this one may have closed this position: they may have traded with one another.
        self._drop_without_position(account, market.symbol)
        stop = self._stops.get(market.symbol, {}).get(account)
        if stop is None:
            return
        for price in prices:
            if stop.stop.is_trailing:
                trailed = _trailed(stop, price, market.instrument)
                stop.price = max(stop.price, trailed) if stop.is_long else min(stop.price, trailed)
            if price <= stop.price if stop.is_long else price >= stop.price:
                self._trigger(account, market.symbol, stop.price, price)
                return

    def _trigger(self, account: str, symbol: str, stop_price: int, last: int) -> None:
        self._forget(account, symbol)
        quantity = self._clearing.positions.quantity(account, symbol)
        tape, requests = self._tape, self._requests
        tape.number += 1
        tape.events.append(StopLossTriggered(tape.number, tape.at, account, symbol, stop_price, last, quantity))
        side = Side.SELL if quantity > 0 else Side.BUY
        in_the_way = [
            order
            for order in self._engine.register
            if order.terms.account == account and order.terms.symbol == symbol and order.terms.side is side
        ]
        requests.withdraw_all(in_the_way, CancelReason.STOP_LOSS)
        cl_ord_id = str(requests.last_order_id + 1)
        self._engine.register.seen.add(SESSION, cl_ord_id)
        requests.accept(
            EnterOrder(
                SESSION, cl_ord_id, account, symbol, side, OrderType.MARKET, TimeInForce.DAY, abs(quantity), 0
            )
        )  # fmt: skip

    def _forget(self, account: str, symbol: str) -> None:
        stops = self._stops.get(symbol, {})
        stops.pop(account, None)
        if not stops:
            self._stops.pop(symbol, None)

    def _tell(self, account: str, symbol: str, stop: StopLoss | None, price: int) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(StopLossSet(tape.number, tape.at, account, symbol, stop, price))

    # What is asked

    def _place_refusal(self, account: str, symbol: str) -> Refusal | None:
        known = self._clearing.accounts.get(account)
        if known is None or not known.is_cleared:
            why = "is not open" if known is None else "is cleared elsewhere: the venue knows no position of it"
            return Refusal(RejectReason.UNKNOWN_ACCOUNT, "account", f"{account or '(none)'} {why}")
        if symbol not in self._engine.markets:
            return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", f"{symbol or '(none)'} is not listed")
        return None

    def _placed(self, account: str, market: Market, stop: StopLoss) -> _Stop | Refusal:
        """A stop where it begins, or why it cannot be."""
        instrument, last = market.instrument, mark_of(market)
        quantity = self._clearing.positions.quantity(account, market.symbol)
        if not quantity:
            text = f"{market.symbol} is an instrument in which {account} has no position to protect"
            return Refusal(RejectReason.INVALID_LIMITS, "symbol", text)
        is_long = quantity > 0
        if bool(stop.price) is bool(stop.distance_basis_points):
            text = "price and distance are both stated" if stop.price else "states neither a price nor a distance"
            return Refusal(RejectReason.INVALID_LIMITS, "stop", f"{text}; a stop has one of them")
        if not 0 <= stop.distance_basis_points < BASIS_POINTS:
            text = f"{stop.distance_basis_points} is not between 1 and {BASIS_POINTS - 1} basis points"
            return Refusal(RejectReason.INVALID_LIMITS, "distance_basis_points", text)
        distance = abs(last - stop.price) if stop.price and stop.is_trailing else 0
        placed = _Stop(stop, stop.price, distance, is_long)
        if not stop.price:
            placed.price = _trailed(placed, last, instrument)
        broken = check_price(placed.price, instrument)
        if broken is not None:
            return Refusal(RejectReason.INVALID_STOP_PRICE, broken.field, broken.text)
        if placed.price >= last if is_long else placed.price <= last:
            scale, way = instrument.scale, "below" if is_long else "above"
            what = f"{scale.text(placed.price)} is not {way} the last price {scale.text(last)}"
            position = f"as the stop of a {'long' if is_long else 'short'} position has to be"
            return Refusal(RejectReason.INVALID_STOP_PRICE, "price", f"{what}, {position}")
        return placed


def _trailed(stop: _Stop, last: int, instrument: Instrument) -> int:
    """Where a stop stands at its distance from a last price, on the tick that is further away."""
    sign = -1 if stop.is_long else 1
    if stop.distance:
        return _on_tick(last + sign * stop.distance, 1, instrument, is_long=stop.is_long)
    share = BASIS_POINTS + sign * stop.stop.distance_basis_points
    return _on_tick(last * share, BASIS_POINTS, instrument, is_long=stop.is_long)


def _on_tick(price: int, divisor: int, instrument: Instrument, *, is_long: bool) -> int:
    """A price divided, on the tick below for a stop under the market, above for one over it; never below a tick."""
    tick = instrument.tick_at(price // divisor)
    ticks = price // (divisor * tick) if is_long else -(-price // (divisor * tick))
    return max(1, ticks) * tick
