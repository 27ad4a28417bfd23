"""The state machine of the whole venue: commands go in, events come out, and nothing else changes it.

`apply` is deterministic: the same commands at the same times give the same events, byte for byte, on any machine. The
sequencer calls it after the command is in the journal; replaying a journal is calling it again.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

from exchange.commands import (
    CancelOrder,
    Command,
    EnterOrder,
    ListInstrument,
    MassCancel,
    OpenAccount,
    RefuseAmendment,
    RefuseMassCancel,
    RefuseOrder,
    ReplaceOrder,
)
from exchange.events import (
    AccountOpened,
    AmendmentRejected,
    CancelReason,
    Event,
    InstrumentListed,
    LevelChanged,
    MassCancelAccepted,
    MassCancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
    OrderReplaced,
)
from exchange.matching.order import Order
from exchange.matching.order_book import OrderBook
from exchange.matching.order_register import OrderRegister
from exchange.matching.tape import Tape
from exchange.order_rules import Refusal, check_amendment, check_mass_cancel, check_order
from exchange.orders import OrderStatus, OrderTerms, OrderType, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason


class Venue:
    """Instruments, accounts, books and orders. Read its attributes freely; only `apply` changes them."""

    def __init__(self) -> None:
        self.instruments: dict[str, Instrument] = {}
        self.accounts: dict[str, Account] = {}
        self.books: dict[str, OrderBook] = {}
        self.register = OrderRegister()
        self.last_order_id = 0
        self.last_trade_id = 0
        self._tape = Tape()
        self._appliers: dict[type, Callable[[Any], None]] = {
            EnterOrder: self._enter,
            CancelOrder: self._cancel,
            ReplaceOrder: self._replace,
            RefuseOrder: self._refuse_order,
            RefuseAmendment: self._refuse_amendment,
            MassCancel: self._mass_cancel,
            RefuseMassCancel: self._refuse_mass_cancel,
            ListInstrument: self._list,
            OpenAccount: self._open_account,
        }

    @property
    def last_event(self) -> int:
        """Number of the latest event."""
        return self._tape.number

    @property
    def now(self) -> int:
        """Time of the latest command, nanoseconds since 1970 UTC."""
        return self._tape.at

    def apply(self, command: Command, at: int) -> list[Event]:
        """What the command does, at a time in nanoseconds since 1970 UTC that never goes back."""
        tape = self._tape
        assert at >= tape.at, f"time went back from {tape.at} to {at}"
        tape.at = at
        tape.events = []
        self._appliers[type(command)](command)
        return tape.events

    def public_state(self) -> list[Event]:
        """The events that rebuild what market data shows now; they carry the number of the latest event."""
        number, at = self._tape.number, self._tape.at
        state: list[Event] = [InstrumentListed(number, at, instrument) for instrument in self.instruments.values()]
        for book in self.books.values():
            state += (
                LevelChanged(number, at, book.symbol, level.side, level.price, level.quantity, level.orders)
                for side in (book.bids, book.asks)
                for level in side
            )
        return state

    def state_hash(self) -> str:
        """SHA-256 of all state: equal after the same commands, on any machine, live or replayed."""
        digest = sha256()
        encode = msgspec.msgpack.Encoder().encode
        digest.update(encode([list(self.instruments.values()), list(self.accounts.values())]))
        for book in self.books.values():
            digest.update(encode([book.symbol, book.last_price, book.last_quantity, book.trades, book.volume]))
            for side in (book.bids, book.asks):
                for level in side:
                    digest.update(encode([level.price, level.quantity, level.orders]))
                    digest.update(
                        encode([[order.terms, order.leaves, order.cumulative, order.notional] for order in level])
                    )
        for order in self.register.closed_orders:
            digest.update(encode([order.terms, order.status, order.cumulative, order.notional]))
        for identifier, order in self.register.former_identifiers:
            digest.update(encode([identifier, order.terms.order_id]))
        seen = self.register.seen
        counters = [self.last_order_id, self.last_trade_id, self._tape.number, self._tape.at, seen.count]
        digest.update(encode([*counters, seen.digest.to_bytes(8, "little")]))
        return digest.hexdigest()

    def _list(self, command: ListInstrument) -> None:
        tape, instrument = self._tape, command.instrument
        self.instruments[instrument.symbol] = instrument
        if instrument.symbol not in self.books:
            self.books[instrument.symbol] = OrderBook(instrument.symbol)
        tape.number += 1
        tape.events.append(InstrumentListed(tape.number, tape.at, instrument))

    def _open_account(self, command: OpenAccount) -> None:
        tape = self._tape
        self.accounts[command.account.account_id] = command.account
        tape.number += 1
        tape.events.append(AccountOpened(tape.number, tape.at, command.account))

    def _enter(self, command: EnterOrder) -> None:
        refusal = self._first_use(command) or check_order(command, self.instruments, self.accounts)
        if refusal is not None:
            self._reject(command, refusal)
            return
        self.last_order_id += 1
        order = Order(_terms(command, self.last_order_id))
        self.register.add(order)
        tape = self._tape
        tape.number += 1
        tape.events.append(OrderAccepted(tape.number, tape.at, order.terms))
        self._trade_and_rest(order, self.books[command.symbol])
        if tape.touched:
            tape.show_levels(command.symbol)

    def _trade_and_rest(self, order: Order, book: OrderBook) -> None:
        """Matches an order that is not in the book, then rests, cancels or closes what is left of it."""
        terms = order.terms
        if terms.time_in_force is TimeInForce.FILL_OR_KILL and not book.can_fill(order):
            self._close(order, CancelReason.NOT_FILLABLE)
            return
        self.last_trade_id = book.match(order, self.last_trade_id, self._tape)
        for filled in self._tape.take_filled():
            self.register.close(filled)
        if not order.leaves:
            self.register.close(order)
        elif terms.order_type is OrderType.MARKET:
            self._close(order, CancelReason.NO_LIQUIDITY)
        elif terms.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL:
            self._close(order, CancelReason.IMMEDIATE_REMAINDER)
        else:
            book.rest(order, self._tape)

    def _cancel(self, command: CancelOrder) -> None:
        order = self._order_to_amend(command)
        if order is None:
            return
        self.books[order.terms.symbol].remove(order, self._tape)
        self._close(order, CancelReason.REQUESTED, command.cl_ord_id)
        self.register.remember(order, command.cl_ord_id)
        self._tape.show_levels(order.terms.symbol)

    def _replace(self, command: ReplaceOrder) -> None:
        order = self._order_to_amend(command)
        if order is None:
            return
        tape, book, old = self._tape, self.books[order.terms.symbol], order.terms
        keeps_priority = command.price == old.price and command.quantity <= old.quantity
        leaves = command.quantity - order.cumulative
        stays_in_book = leaves > 0 and command.price == old.price
        if not stays_in_book:
            book.remove(order, tape)
            order.leaves = leaves
        elif leaves > order.leaves:
            book.requeue(order, leaves, tape)
        elif leaves < order.leaves:
            book.reduce(order, leaves, tape)
        order.terms = msgspec.structs.replace(
            old,
            cl_ord_id=command.cl_ord_id,
            time_in_force=command.time_in_force,
            quantity=command.quantity,
            price=command.price,
        )
        self.register.rename(order, old.cl_ord_id)
        if not leaves:
            order.status = OrderStatus.FILLED
        tape.number += 1
        tape.events.append(
            OrderReplaced(
                tape.number, tape.at, order.terms, old.cl_ord_id,
                order.cumulative, leaves, order.notional, keeps_priority,
            )
        )  # fmt: skip
        if not leaves:
            self.register.close(order)
        elif not stays_in_book:
            self._trade_and_rest(order, book)
        if tape.touched:
            tape.show_levels(old.symbol)

    def _mass_cancel(self, command: MassCancel) -> None:
        refusal = self._first_use(command) or check_mass_cancel(command, self.instruments, self.accounts)
        if refusal is not None:
            self._reject_mass_cancel(command, refusal)
            return
        by_symbol: dict[str, list[Order]] = {}
        for order in self.register.open_orders(command.session):
            if _is_within(command, order.terms):
                by_symbol.setdefault(order.terms.symbol, []).append(order)
        tape = self._tape
        tape.number += 1
        tape.events.append(
            MassCancelAccepted(
                tape.number, tape.at, command.session, command.cl_ord_id,
                command.symbol, command.side, command.account, sum(map(len, by_symbol.values())),
            )
        )  # fmt: skip
        for symbol, orders in by_symbol.items():
            book = self.books[symbol]
            for order in orders:
                book.remove(order, tape)
                self._close(order, CancelReason.MASS_CANCEL, command.cl_ord_id)
            tape.show_levels(symbol)

    def _refuse_mass_cancel(self, command: RefuseMassCancel) -> None:
        duplicate = self._first_use(command.request)
        refusal = duplicate or Refusal(command.reason, command.field, command.text)
        self._reject_mass_cancel(command.request, refusal, command.stated)

    def _refuse_order(self, command: RefuseOrder) -> None:
        duplicate = self._first_use(command.order)
        self._reject(command.order, duplicate or Refusal(command.reason, command.field, command.text), command.stated)

    def _refuse_amendment(self, command: RefuseAmendment) -> None:
        order = self._order_meant(command)
        refusal = self._first_use(command) or Refusal(command.reason, command.field, command.text)
        self._reject_amendment(command, command.is_replace, order, refusal)

    def _order_to_amend(self, command: CancelOrder | ReplaceOrder) -> Order | None:
        """The open order that a request may change; when there is none the request has been refused."""
        order = self._order_meant(command)
        refusal = self._first_use(command)
        if refusal is None:
            was_used = order is None and (command.session, command.orig_cl_ord_id) in self.register.seen
            refusal = check_amendment(command, order, self.instruments, was_used=was_used)
        if refusal is None:
            return order
        self._reject_amendment(command, isinstance(command, ReplaceOrder), order, refusal)
        return None

    def _order_meant(self, command: CancelOrder | ReplaceOrder | RefuseAmendment) -> Order | None:
        """The order that a request names by its present identifier, by a former one, or by the venue's number."""
        session, cl_ord_id = command.session, command.orig_cl_ord_id
        if not cl_ord_id:
            return self.register.find_by_order_id(session, command.order_id)
        return self.register.find(session, cl_ord_id) or self.register.find_former(session, cl_ord_id)

    def _first_use(
        self, command: EnterOrder | CancelOrder | ReplaceOrder | RefuseAmendment | MassCancel
    ) -> Refusal | None:
        if self.register.seen.add(command.session, command.cl_ord_id):
            return None
        return Refusal(
            RejectReason.DUPLICATE_CLIENT_ORDER_ID, "cl_ord_id", f"{command.cl_ord_id} was used before in this session"
        )

    def _close(self, order: Order, reason: CancelReason, request_cl_ord_id: str = "") -> None:
        self.register.close(order)
        canceled = order.cancel()
        tape = self._tape
        tape.number += 1
        tape.events.append(
            OrderCanceled(
                tape.number, tape.at, order.terms, request_cl_ord_id,
                order.cumulative, order.notional, canceled, reason,
            )
        )  # fmt: skip

    def _reject(self, command: EnterOrder, refusal: Refusal, stated: dict[str, str] | None = None) -> None:
        tape = self._tape
        tape.number += 1
        terms = _terms(command, 0)
        tape.events.append(
            OrderRejected(tape.number, tape.at, terms, refusal.reason, refusal.field, refusal.text, stated or {})
        )

    def _reject_amendment(
        self,
        command: CancelOrder | ReplaceOrder | RefuseAmendment,
        is_replace: bool,
        order: Order | None,
        refusal: Refusal,
    ) -> None:
        order_id, status = (0, OrderStatus.REJECTED) if order is None else (order.terms.order_id, order.status)
        tape = self._tape
        tape.number += 1
        tape.events.append(
            AmendmentRejected(
                tape.number, tape.at, command.session, command.cl_ord_id, command.orig_cl_ord_id, is_replace,
                order_id, status, refusal.reason, refusal.field, refusal.text,
            )
        )  # fmt: skip

    def _reject_mass_cancel(self, command: MassCancel, refusal: Refusal, stated: dict[str, str] | None = None) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(
            MassCancelRejected(
                tape.number, tape.at, command.session, command.cl_ord_id, command.symbol, command.side,
                command.account, refusal.reason, refusal.field, refusal.text, stated or {},
            )
        )  # fmt: skip


def _is_within(command: MassCancel, terms: OrderTerms) -> bool:
    """Whether a mass cancel means an order of its session."""
    return (
        (not command.symbol or command.symbol == terms.symbol)
        and (command.side is None or command.side is terms.side)
        and (not command.account or command.account == terms.account)
    )


def _terms(command: EnterOrder, order_id: int) -> OrderTerms:
    return OrderTerms(
        order_id,
        command.session,
        command.cl_ord_id,
        command.account,
        command.symbol,
        command.side,
        command.order_type,
        command.time_in_force,
        command.quantity,
        0 if command.order_type is OrderType.MARKET else command.price,
    )
