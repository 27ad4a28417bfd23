"""The book of one instrument and its continuous matching by price, then time.

Better prices first, then earlier orders; a trade prints at the resting order's price; a partial fill keeps its place.
`match` is for plain orders against plain levels, and fast; where somebody has conditions, `careful_matching` goes on.
It knows no sessions, accounts or refusals: the venue has checked everything before.
"""

from __future__ import annotations

from exchange.events import OrderFilled, Traded
from exchange.matching.book_side import UNPRICED_KEY, BookSide
from exchange.matching.order import Order
from exchange.matching.price_level import PriceLevel
from exchange.matching.tape import Charges, Tape
from exchange.orders import UNPRICED, Side

_BUY = Side.BUY

NOTHING_TRADED = -(1 << 62)
"""`traded_high` where nothing was traded; `traded_low` is its opposite then."""

_UNCHARGED: Charges = (0, 0, 0)


class OrderBook:
    """Resting orders of one symbol; `match` trades an incoming one against them."""

    __slots__ = (
        "asks",
        "bids",
        "last_price",
        "last_quantity",
        "round_lot",
        "symbol",
        "traded_high",
        "traded_low",
        "trades",
        "volume",
    )

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.bids = BookSide(symbol, Side.BUY)
        self.asks = BookSide(symbol, Side.SELL)
        self.last_price = 0
        """Price of the latest trade; 0 before the first."""
        self.last_quantity = 0
        self.trades = 0
        self.volume = 0
        self.round_lot = 1
        """Trades of less are odd lots: they are nobody's last price."""
        self.traded_high = NOTHING_TRADED
        self.traded_low = -NOTHING_TRADED
        """Highest and lowest price traded since the engine last looked for stops to elect."""

    @property
    def lowest_tradable(self) -> int:
        """The lower price band as matching sees it."""
        return self.bids.floor

    @lowest_tradable.setter
    def lowest_tradable(self, price: int) -> None:
        self.bids.floor = price
        self.asks.ceiling = min(-price, UNPRICED_KEY - 1)

    @property
    def highest_tradable(self) -> int:
        """The upper price band as matching sees it."""
        return -self.asks.floor

    @highest_tradable.setter
    def highest_tradable(self, price: int) -> None:
        self.asks.floor = -price
        self.bids.ceiling = min(price, UNPRICED_KEY - 1)

    def side(self, side: Side) -> BookSide:
        """Where orders of that side rest."""
        return self.bids if side is _BUY else self.asks

    def opposite(self, side: Side) -> BookSide:
        """Where orders of the other side rest."""
        return self.asks if side is _BUY else self.bids

    def rest(self, order: Order, tape: Tape) -> None:
        """Puts what is left of an order at the end of the queue at its limit."""
        terms = order.terms
        level = (self.bids if terms.side is _BUY else self.asks).level(order.limit)
        conditions = terms.conditions
        if conditions is not None:
            level.specials += 1
            shown = order.leaves if conditions.display_quantity < 0 else conditions.display_quantity
            shown = 0 if conditions.is_all_or_none else shown
            order.reserve = max(0, order.leaves - shown)
            if order.reserve == order.leaves:
                level.hide(order)
                return
        level.append(order)
        tape.touch(level)

    def remove(self, order: Order, tape: Tape) -> None:
        """Takes a resting order out of its level."""
        level = order.level
        assert level is not None, f"order {order.terms.order_id} does not rest"
        if order.reserve != order.leaves:
            tape.touch(level)
        level.unlink(order)
        if order.terms.conditions is not None:
            level.specials -= 1
            order.reserve = 0
        if level.first is None and not level.hidden:
            self.side(level.side).drop(level)

    def resize(self, order: Order, leaves: int, tape: Tape) -> None:
        """Changes what is left of a resting order in its place: first what it does not show, then what it shows."""
        level = order.level
        assert level is not None and leaves > 0, f"order {order.terms.order_id}: {leaves} left in the book"
        if order.reserve == order.leaves:
            order.leaves = order.reserve = leaves
            return
        conditions = order.terms.conditions
        if conditions is None or conditions.display_quantity < 0:
            shown = leaves
        else:
            shown = min(order.shown if order.reserve else conditions.display_quantity, leaves)
        if shown != order.shown:
            level.quantity += shown - order.shown
            tape.touch(level)
        order.leaves = leaves
        order.reserve = leaves - shown

    def consume(self, order: Order, quantity: int, tape: Tape) -> None:
        """Makes a resting order's place smaller by what it is about to trade in an auction; its rank stays."""
        level = order.level
        assert level is not None, f"order {order.terms.order_id} does not rest"
        left = order.leaves - quantity
        if not left:
            self.remove(order, tape)
            return
        if order.reserve == order.leaves:
            order.reserve = left
            return
        conditions = order.terms.conditions
        display = -1 if conditions is None else conditions.display_quantity
        shown = left if display < 0 else min(display, left)
        if shown != order.shown:
            level.quantity += shown - order.shown
            tape.touch(level)
        order.reserve = left - shown

    def crosses(self, order: Order) -> bool:
        """Whether an order would find a price to trade at now."""
        opposite = self.opposite(order.terms.side)
        keys = opposite.keys
        if not keys or keys[-1] < opposite.floor or opposite.ceiling < keys[-1] < UNPRICED_KEY:
            return False
        return order.limit == UNPRICED or keys[-1] >= order.limit * opposite.sign

    def match(self, order: Order, trade_id: int, tape: Tape) -> int:
        """Trades an incoming order as far as its limit and plain levels allow.

        `trade_id`: the last one given, before and after.
        """
        opposite = self.asks if order.terms.side is _BUY else self.bids
        keys, levels = opposite.keys, opposite.levels
        limit = max(opposite.limit_key(order.limit), opposite.floor)
        ceiling = opposite.ceiling
        while keys and limit <= keys[-1] <= ceiling and order.leaves:
            level = levels[keys[-1]]
            if level.specials:
                break
            tape.touch(level)
            while order.leaves and (resting := level.first) is not None:
                trade_id += 1
                self.trade(order, resting, level, min(order.leaves, resting.leaves), level.price, trade_id, tape)
            if level.first is None:
                opposite.drop(level)
        return trade_id

    def trade(
        self, order: Order, resting: Order, level: PriceLevel, quantity: int, price: int, trade_id: int, tape: Tape
    ) -> None:
        """One execution of an incoming order with a shown one that rests in `level`."""
        if resting.leaves == quantity:
            level.unlink(resting)
            tape.filled.append(resting)
        else:
            level.quantity -= quantity
        self.print_trade(order, resting, quantity, price, trade_id, tape)

    def print_trade(
        self,
        order: Order,
        other: Order,
        quantity: int,
        price: int,
        trade_id: int,
        tape: Tape,
        is_auction: bool = False,
    ) -> None:
        """Counts an execution on both orders and in the book, and writes its events: the incoming order's first."""
        order.fill(quantity, price)
        other.fill(quantity, price)
        if quantity >= self.round_lot:
            self.last_price = price
            self.traded_high = max(self.traded_high, price)
            self.traded_low = min(self.traded_low, price)
        self.last_quantity = quantity
        self.trades += 1
        self.volume += quantity
        ours, theirs = order.terms, other.terms
        is_buy = ours.side is _BUY
        buy, sell = (ours, theirs) if is_buy else (theirs, ours)
        clearing = tape.clearing
        charges = _UNCHARGED
        if clearing is not None:
            charges = clearing.charges(self.symbol, order, other, quantity, price, is_auction=is_auction)
        our_fee, their_fee, settles_on = charges
        number, at = tape.number, tape.at
        tape.number = number + 3
        tape.trades.append((self, order, other, price, quantity, number + 2, number + 3))
        tape.events += (
            Traded(
                number + 1, at, self.symbol, trade_id, price, quantity, ours.side,
                buy.order_id, sell.order_id, buy.account, sell.account, is_auction,
            ),
            OrderFilled(
                number + 2, at, ours, trade_id, quantity, price, order.cumulative, order.leaves, order.notional,
                not is_auction, is_auction, our_fee, settles_on,
            ),
            OrderFilled(
                number + 3, at, theirs, trade_id, quantity, price, other.cumulative, other.leaves, other.notional,
                False, is_auction, their_fee, settles_on,
            ),
        )  # fmt: skip
        if clearing is not None:
            clearing.traded(self.symbol, order, other, quantity, price, trade_id, charges)
