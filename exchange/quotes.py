"""Two-sided quotes of market makers: each takes the place of the one before, and all go when they are hit too fast.

A quote is an order or two with `quote_id`; it trades like any other order. One account has at most one quote in an
instrument. The venue hands every quote command here, and the engine tells of executions.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping

from exchange.blocks import Blocks
from exchange.clearing.claims import Claims
from exchange.clearing.risk import Risk
from exchange.commands import CancelQuotes, EnterOrder, EnterQuotes, QuoteEntry
from exchange.events import QuoteResult, QuotesAnswered, QuotesCanceled
from exchange.matching.engine import Engine
from exchange.matching.order import Order
from exchange.order_requests import OrderRequests
from exchange.order_rules import check_order
from exchange.orders import OrderConditions, OrderType, Side, TimeInForce
from exchange.reasons import CancelReason
from exchange.reference.accounts import Account
from exchange.refusals import Refusal
from exchange.rejections import RejectReason

QUOTE_ENTRIES_MAX = 1_000
"""Entries of one mass quote; each is up to two orders."""

Place = tuple[str, str]
"""Account and symbol."""


class Quotes:
    """Which quotes stand, and how fast they are hit."""

    def __init__(
        self,
        engine: Engine,
        requests: OrderRequests,
        accounts: Mapping[str, Account],
        blocks: Blocks,
        claims: Claims,
        risk: Risk,
    ) -> None:
        self._engine = engine
        self._requests = requests
        self._accounts = accounts
        self._blocks = blocks
        self._claims = claims
        self._risk = risk
        self._tape = engine.tape
        self._standing: dict[Place, list[Order]] = {}
        self._hits: dict[Place, deque[tuple[int, int]]] = {}
        self.tripped: list[Place] = []
        """Whose quotes were hit too fast, until `protect` has withdrawn them."""

    def enter(self, command: EnterQuotes) -> None:
        """New quotes, entry by entry; a refused entry leaves the quote that was there."""
        results: list[QuoteResult] = []
        taken: list[QuoteEntry] = []
        claimed: Counter[str] = Counter()
        for entry in command.entries:
            claims = claimed.copy()
            refusal = self._refusal(command, entry, claims)
            if refusal is None:
                claimed = claims
                taken.append(entry)
                results.append(QuoteResult(entry.entry_id, entry.symbol, None, "", ""))
            else:
                results.append(QuoteResult(entry.entry_id, entry.symbol, refusal.reason, refusal.field, refusal.text))
        tape = self._tape
        tape.number += 1
        tape.events.append(
            QuotesAnswered(
                tape.number, tape.at, command.session, command.quote_id, command.account, command.is_mass,
                tuple(results),
            )
        )  # fmt: skip
        for entry in taken:
            self._replace(command, entry)
            self.protect()

    def cancel(self, command: CancelQuotes) -> None:
        """Withdraws a session's quotes within a scope."""
        places = [place for place, orders in self._standing.items() if self._is_within(command, place, orders)]
        tape = self._tape
        tape.number += 1
        tape.events.append(
            QuotesCanceled(
                tape.number, tape.at, command.session, command.request_id, command.symbol, command.account,
                command.quote_id, len(places), CancelReason.QUOTE_CANCELED,
            )
        )  # fmt: skip
        for place in places:
            self._withdraw(place, CancelReason.QUOTE_CANCELED)

    def executed(self, order: Order, quantity: int) -> None:
        """Counts a hit; too many in too short a time are dealt with when the command's trades are done."""
        terms = order.terms
        protection = self._accounts[terms.account].quote_protection
        if protection is None:
            return
        place = (terms.account, terms.symbol)
        hits = self._hits.setdefault(place, deque())
        hits.append((self._tape.at, quantity))
        while hits and hits[0][0] <= self._tape.at - protection.window:
            hits.popleft()
        is_often = 0 < protection.executions <= len(hits)
        is_much = 0 < protection.quantity <= sum(shares for _, shares in hits)
        if (is_often or is_much) and place not in self.tripped:
            self.tripped.append(place)

    def protect(self) -> None:
        """Withdraws the quotes that were hit too fast. Call when a command's trades are done."""
        while self.tripped:
            place = self.tripped.pop(0)
            self._hits.pop(place, None)
            orders = [order for order in self._standing.get(place, ()) if order.is_open]
            if not orders:
                continue
            self._tell_withdrawn(orders[0], CancelReason.QUOTE_PROTECTION)
            self._withdraw(place, CancelReason.QUOTE_PROTECTION)

    def tell_withdrawn(self, orders: Iterable[Order], reason: CancelReason) -> None:
        """Tells owners of the quotes among some open orders that they go; their sides end with the other orders."""
        for order in orders:
            place = (order.terms.account, order.terms.symbol)
            if _quote_id(order) and place in self._standing:
                del self._standing[place]
                self._tell_withdrawn(order, reason)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [
            [[place, [order.terms.order_id for order in orders]] for place, orders in self._standing.items()],
            [[place, list(hits)] for place, hits in self._hits.items()],
        ]

    def _replace(self, command: EnterQuotes, entry: QuoteEntry) -> None:
        place = (command.account, entry.symbol)
        self._withdraw(place, CancelReason.QUOTE_REPLACED)
        sides = [side for side in (Side.BUY, Side.SELL) if _wanted(entry, side)]
        if sides:
            self._standing[place] = [self._accept(command, entry, side) for side in sides]

    def _accept(self, command: EnterQuotes, entry: QuoteEntry, side: Side) -> Order:
        """One side as an order, under an identifier that its session has not used and cannot use any more."""
        identifier = f"~{self._requests.last_order_id + 1}"
        while not self._engine.register.seen.add(command.session, identifier):
            identifier += "~"
        return self._requests.accept_funded(_order(command, entry, side, identifier))

    def _tell_withdrawn(self, order: Order, reason: CancelReason) -> None:
        """Tells of a quote that nobody has asked to withdraw, by one of its sides."""
        terms, tape = order.terms, self._tape
        tape.number += 1
        tape.events.append(
            QuotesCanceled(
                tape.number, tape.at, terms.session, "", terms.symbol, terms.account, _quote_id(order), 1, reason
            )
        )

    def _withdraw(self, place: Place, reason: CancelReason) -> None:
        orders = self._standing.pop(place, [])
        self._requests.end_all([order for order in orders if order.is_open], reason)

    def _refusal(self, command: EnterQuotes, entry: QuoteEntry, claimed: Counter[str]) -> Refusal | None:
        if len(command.entries) > QUOTE_ENTRIES_MAX:
            text = f"{len(command.entries)} are more than the {QUOTE_ENTRIES_MAX} that one message may have"
            return Refusal(RejectReason.TOO_MANY_QUOTES, "entries", text)
        markets = self._engine.markets
        market = markets.get(entry.symbol)
        if market is not None and not market.phase_rules.takes_quotes:
            text = f"{entry.symbol} is {market.phase.value}: no quote is taken"
            return Refusal(RejectReason.PHASE_FORBIDS, "symbol", text)
        if entry.bid_quantity and entry.ask_quantity and entry.bid_price >= entry.ask_price and market is not None:
            price_text = market.instrument.scale.text
            what = f"{price_text(entry.bid_price)} is not below the offer {price_text(entry.ask_price)}"
            return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "bid_price", what)
        if market is None or command.account not in self._accounts:
            return check_order(_order(command, entry, Side.BUY), markets, self._accounts, self._tape.at)
        for side in (Side.BUY, Side.SELL):
            if _wanted(entry, side):
                order = _order(command, entry, side)
                refusal = check_order(order, markets, self._accounts, self._tape.at)
                refusal = refusal or self._funding_refusal(order, claimed)
                if refusal is not None:
                    field = f"{'bid' if side is Side.BUY else 'ask'}_{refusal.field}"
                    return Refusal(refusal.reason, field, refusal.text)
        return self._blocks.refusal(command.session, command.account)

    def _funding_refusal(self, order: EnterOrder, claimed: Counter[str]) -> Refusal | None:
        """Why the account has not enough for one side of a quote; what stands of the quote before it will be free.

        `claimed`: by currency, what the sides before it in the message will need.
        """
        standing = [one for one in self._standing.get((order.account, order.symbol), ()) if one.is_open]
        instrument = self._engine.markets[order.symbol].instrument
        planned = self._claims.plan(order, standing, claimed[instrument.currency])
        planned = self._risk.refusal(order, planned, standing) or planned
        if isinstance(planned, Refusal):
            return planned
        if planned is not None:
            needed, _ = planned.needs(order.side, order.quantity, instrument.price_digits)
            freed = (one.claim.cash for one in standing if one.claim is not None and one.terms.side is order.side)
            claimed[instrument.currency] += needed - sum(freed)
        return None

    def _is_within(self, command: CancelQuotes, place: Place, orders: list[Order]) -> bool:
        account, symbol = place
        opened = [order for order in orders if order.is_open and order.terms.session == command.session]
        return bool(opened) and (
            (not command.symbol or command.symbol == symbol)
            and (not command.account or command.account == account)
            and (not command.quote_id or any(_quote_id(order) == command.quote_id for order in opened))
        )


def _order(command: EnterQuotes, entry: QuoteEntry, side: Side, cl_ord_id: str = "") -> EnterOrder:
    is_bid = side is Side.BUY
    return EnterOrder(
        command.session,
        cl_ord_id,
        command.account,
        entry.symbol,
        side,
        OrderType.LIMIT,
        TimeInForce.DAY,
        entry.bid_quantity if is_bid else entry.ask_quantity,
        entry.bid_price if is_bid else entry.ask_price,
        OrderConditions(quote_id=command.quote_id),
    )


def _wanted(entry: QuoteEntry, side: Side) -> bool:
    return bool(entry.bid_quantity if side is Side.BUY else entry.ask_quantity)


def _quote_id(order: Order) -> str:
    conditions = order.terms.conditions
    return conditions.quote_id if conditions is not None else ""
