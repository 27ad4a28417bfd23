"""What an operator does to orders and trades: cancel, restate, finish for the day, block, bust, correct.

A busted trade leaves its orders' sums as if it had never been; what it had filled is not open again: an open order is
smaller by that much; a closed one stays closed, and if it was filled it is canceled now. A correction changes price or
lowers the quantity by the same rule.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from exchange.blocks import Blocks
from exchange.clearing.clearing import Clearing
from exchange.commands import (
    BlockTrading,
    BustTrade,
    CancelForOwner,
    CorrectTrade,
    FinishForDay,
    RestateOrder,
)
from exchange.condition_rules import LIMIT_TYPES
from exchange.events import (
    CommandRefused,
    FillBusted,
    FillCorrected,
    OrderDoneForDay,
    TradeBusted,
    TradeCorrected,
    TradingBlocked,
)
from exchange.matching.engine import Engine
from exchange.matching.order import Order
from exchange.matching.trades import Trade
from exchange.order_requests import OrderRequests
from exchange.order_rules import check_price
from exchange.orders import OrderStatus, Side, TimeInForce
from exchange.postings import PostingCause
from exchange.reasons import CancelReason
from exchange.reference.instruments import Instrument
from exchange.refusals import Refusal, word
from exchange.rejections import RejectReason

_GOOD_TILL = frozenset({TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE})


class Operations:
    """The operators' commands. What cannot be done is refused by `CommandRefused`."""

    def __init__(self, engine: Engine, requests: OrderRequests, blocks: Blocks, clearing: Clearing) -> None:
        self._engine = engine
        self._clearing = clearing
        self._requests = requests
        self._blocks = blocks
        self._tape = engine.tape

    def cancel(self, command: CancelForOwner) -> None:
        """Takes an order out of the market."""
        order = self._open_order("cancel-for-owner", command.order_id)
        if order is not None:
            self._requests.end_all([order], CancelReason.OPERATOR)

    def finish_for_day(self, command: FinishForDay) -> None:
        """Nothing more of an order trades today."""
        order = self._open_order("finish-for-day", command.order_id)
        if order is None:
            return
        if order.status is OrderStatus.DONE_FOR_DAY:
            text = f"{command.order_id} is done for the day already"
            self.refuse("finish-for-day", Refusal(RejectReason.ORDER_CLOSED, "order_id", text))
            return
        engine, tape = self._engine, self._tape
        market = engine.markets[order.terms.symbol]
        if order.terms.time_in_force in _GOOD_TILL:
            order.status = OrderStatus.DONE_FOR_DAY
            if not engine.groups.holds(order):
                engine.take_out(order)
                market.waiting.add(order)
        else:
            engine.take_out(order)
            engine.register.close(order)
            order.end(OrderStatus.DONE_FOR_DAY)
            engine.resize_claim(order)
            engine.groups.note_end(order)
        tape.number += 1
        tape.events.append(
            OrderDoneForDay(
                tape.number, tape.at, order.terms, order.cumulative, order.leaves, order.notional, command.reason
            )
        )  # fmt: skip
        self._finish(market.symbol)

    def restate(self, command: RestateOrder) -> None:
        """Gives an order another total quantity or price."""
        order = self._open_order("restate", command.order_id)
        if order is None:
            return
        market = self._engine.markets[order.terms.symbol]
        refusal = _restatement_refusal(command, order, market.instrument) or self._clearing.claims.restate_refusal(
            order, command.quantity, command.price
        )
        if refusal is not None:
            self.refuse("restate", refusal)
            return
        self._engine.change_terms(order, market, command.quantity, command.price, command.reason)
        self._finish(market.symbol)

    def block(self, command: BlockTrading) -> None:
        """Sets or lifts the kill switch; setting it cancels what is open."""
        tape = self._tape
        tape.number += 1
        tape.events.append(
            TradingBlocked(tape.number, tape.at, command.scope, command.name, command.is_blocked, command.reason)
        )
        if not command.is_blocked:
            self._blocks.lift(command.scope, command.name)
            return
        self._blocks.set(command.scope, command.name, command.reason)
        concerned = [
            order for order in self._engine.register if self._blocks.concerns(command.scope, command.name, order)
        ]
        self._requests.withdraw_all(concerned, CancelReason.BLOCKED)

    def bust(self, command: BustTrade) -> None:
        """Declares that a trade never was."""
        trade = self._trade("bust", command.trade_id)
        if trade is None:
            return
        trade.is_busted = True
        for order in (trade.aggressor, trade.resting):
            _take_back(order, trade.quantity, trade.quantity * trade.price)
        book, tape = trade.book, self._tape
        book.volume -= trade.quantity
        buy, sell = _sides(trade)
        tape.number += 1
        tape.events.append(
            TradeBusted(
                tape.number, tape.at, book.symbol, command.trade_id, trade.price, trade.quantity,
                buy.terms.order_id, sell.terms.order_id, buy.terms.account, sell.terms.account, command.reason,
            )
        )  # fmt: skip
        for order, fill in ((trade.aggressor, trade.fill_of_aggressor), (trade.resting, trade.fill_of_resting)):
            self._tell(FillBusted, order, trade, command.trade_id, fill, command.reason)
        for order in (trade.aggressor, trade.resting):
            self._clearing.revise(order, command.trade_id, 0, trade.price, PostingCause.BUST)

    def correct(self, command: CorrectTrade) -> None:
        """Gives a trade another price, or a smaller quantity."""
        trade = self._trade("correct", command.trade_id)
        if trade is None:
            return
        refusal = self._correction_refusal(command, trade)
        if refusal is not None:
            self.refuse("correct", refusal)
            return
        old_price, old_quantity, less = trade.price, trade.quantity, trade.quantity - command.quantity
        for order in (trade.aggressor, trade.resting):
            _take_back(order, less, old_quantity * old_price - command.quantity * command.price)
        trade.price, trade.quantity = command.price, command.quantity
        book, tape = trade.book, self._tape
        book.volume -= less
        buy, sell = _sides(trade)
        tape.number += 1
        tape.events.append(
            TradeCorrected(
                tape.number, tape.at, book.symbol, command.trade_id, trade.price, trade.quantity, old_price,
                old_quantity, buy.terms.order_id, sell.terms.order_id, buy.terms.account, sell.terms.account,
                command.reason,
            )
        )  # fmt: skip
        first, second = trade.fill_of_aggressor, trade.fill_of_resting
        trade.fill_of_aggressor, trade.fill_of_resting = tape.number + 1, tape.number + 2
        self._tell(FillCorrected, trade.aggressor, trade, command.trade_id, first, command.reason)
        self._tell(FillCorrected, trade.resting, trade, command.trade_id, second, command.reason)
        for order in (trade.aggressor, trade.resting):
            self._clearing.revise(order, command.trade_id, trade.quantity, trade.price, PostingCause.TRADE_CORRECTION)

    def refuse(self, command: str, refusal: Refusal) -> None:
        """Says why an operator's command was not carried out."""
        tape = self._tape
        tape.number += 1
        tape.events.append(CommandRefused(tape.number, tape.at, command, refusal.reason, refusal.field, refusal.text))

    def _correction_refusal(self, command: CorrectTrade, trade: Trade) -> Refusal | None:
        if not 0 < command.quantity <= trade.quantity:
            text = f"{command.quantity} is not between 1 and the trade's {trade.quantity}"
            return Refusal(RejectReason.INVALID_QUANTITY, "quantity", text)
        if (command.price, command.quantity) == (trade.price, trade.quantity):
            return Refusal(RejectReason.INVALID_PRICE, "price", "and quantity are the trade's already")
        return check_price(command.price, self._engine.markets[trade.book.symbol].instrument)

    def _trade(self, command: str, trade_id: int) -> Trade | None:
        trade = self._tape.trades.find(trade_id, self._engine.last_trade_id)
        if trade is not None and not trade.is_busted:
            return trade
        why = "is busted already" if trade is not None else "is not among the latest trades that are kept"
        self.refuse(command, Refusal(RejectReason.UNKNOWN_TRADE, "trade_id", f"{trade_id} {why}"))
        return None

    def _open_order(self, command: str, order_id: int) -> Order | None:
        order = self._engine.register.by_order_id(order_id)
        if order is not None and order.is_open:
            return order
        if order is None:
            refusal = Refusal(RejectReason.UNKNOWN_ORDER, "order_id", f"{order_id} is no order that is kept")
        else:
            refusal = Refusal(RejectReason.ORDER_CLOSED, "order_id", f"{order_id} is no longer open")
        self.refuse(command, refusal)
        return None

    def _tell(
        self,
        event: Callable[..., FillBusted | FillCorrected],
        order: Order,
        trade: Trade,
        trade_id: int,
        fill: int,
        text: str,
    ) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(
            event(
                tape.number, tape.at, order.terms, trade_id, fill, trade.quantity, trade.price,
                order.cumulative, order.leaves, order.notional, order.status, text,
            )
        )  # fmt: skip

    def _finish(self, symbol: str) -> None:
        self._engine.follow(self._engine.markets[symbol])
        if self._tape.touched:
            self._tape.show_levels()


def _restatement_refusal(command: RestateOrder, order: Order, instrument: Instrument) -> Refusal | None:
    terms = order.terms
    if command.quantity <= order.cumulative:
        text = f"{command.quantity} leaves nothing of an order of which {order.cumulative} are filled"
        return Refusal(RejectReason.QUANTITY_BELOW_FILLED, "quantity", text)
    if command.price == terms.price:
        return None
    if not terms.price and terms.order_type not in LIMIT_TYPES:
        text = f"{instrument.scale.text(command.price)} is for an order with a limit; this is {word(terms.order_type)}"
        return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "price", text)
    return check_price(command.price, instrument)


def _sides(trade: Trade) -> tuple[Order, Order]:
    is_buy = trade.aggressor.terms.side is Side.BUY
    return (trade.aggressor, trade.resting) if is_buy else (trade.resting, trade.aggressor)


def _take_back(order: Order, quantity: int, notional: int) -> None:
    """Takes an execution, or a part of it, out of an order's sums."""
    order.cumulative -= quantity
    order.notional -= notional
    if order.leaves:
        order.terms = msgspec.structs.replace(order.terms, quantity=order.terms.quantity - quantity)
        if not order.cumulative and order.status is OrderStatus.PARTIALLY_FILLED:
            order.status = OrderStatus.NEW
    elif order.status is OrderStatus.FILLED and order.cumulative < order.terms.quantity:
        order.status = OrderStatus.CANCELED
