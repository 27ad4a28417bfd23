"""The way of an accepted order through its market: held, collected for an auction, traded, rested or ended.

What an order's trades bring about follows at once: stops that they elect, orders of its group, pegs that move, until
nothing moves any more. The engine does not refuse: rules were checked before. It writes everything on the tape.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping

import msgspec

from exchange.events import OrderCanceled, OrderRestated, OrderTriggered
from exchange.matching.careful_matching import CarefulMatching, Fills, unpriced_price
from exchange.matching.consequences import Consequences
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.matching.order_book import NOTHING_TRADED
from exchange.matching.order_groups import OrderGroups
from exchange.matching.order_register import OrderRegister
from exchange.matching.pegs import pegged_price
from exchange.matching.price_level import PriceLevel
from exchange.matching.self_trades import SelfTrades
from exchange.matching.tape import Tape
from exchange.matching.triggers import HELD_TYPES, elected_terms, is_through, trailing_stop
from exchange.matching.watches import ClaimWatch, PriceWatch, QuoteWatch, RiskWatch
from exchange.orders import (
    UNPRICED,
    OrderConditions,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from exchange.phases import Matching, Phase
from exchange.reasons import EXPIRIES, CancelReason, RestatementReason
from exchange.reference.accounts import Account
from exchange.reference.instruments import BandAction
from exchange.reference.rule_profile import MarketRemainder, MinimumQuantity

_LIMIT, _IMMEDIATE, _CONTINUOUS = OrderType.LIMIT, TimeInForce.IMMEDIATE_OR_CANCEL, Phase.CONTINUOUS

_EXPIRED, _CANCELED = OrderStatus.EXPIRED, OrderStatus.CANCELED
_AT_ONCE = frozenset({TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL})


class Engine:
    """All markets, and every open order's way through them."""

    def __init__(self, tape: Tape, accounts: Mapping[str, Account]) -> None:
        self.tape = tape
        self.accounts = accounts
        self.markets: dict[str, Market] = {}
        self.register = OrderRegister()
        self.groups = OrderGroups()
        self.last_trade_id = 0
        self.price_limits: PriceWatch | None = None
        self.quote_protection: QuoteWatch | None = None
        self.claims: ClaimWatch | None = None
        self.risk_watch: RiskWatch | None = None
        self._self_trades = SelfTrades(self)
        self.consequences = Consequences(self)

    # The way in

    def enter(self, order: Order, market: Market) -> None:
        """Takes an accepted order: it trades, rests, waits or ends."""
        terms = order.terms
        if (
            terms.conditions is None
            and terms.order_type is _LIMIT
            and terms.time_in_force <= _IMMEDIATE
            and market.phase is _CONTINUOUS
            and not self.accounts[terms.account].self_trade_prevention
        ):
            self._trade_plainly(order, market)
        else:
            self.place(order, market)
        self.follow(market)

    def follow(self, market: Market) -> None:
        """What a command's trades in a market bring about. Call when they are done; most bring nothing."""
        if market.book.traded_high != NOTHING_TRADED or market.pegs.followed is not None or self.groups.noted:
            self.consequences.follow(market)

    def place(self, order: Order, market: Market) -> None:
        """Takes an order that is not plain, or comes in a phase that is not continuous."""
        terms = order.terms
        conditions = terms.conditions
        if order.status is OrderStatus.DONE_FOR_DAY:
            market.waiting.add(order)
        elif conditions is not None and conditions.group and self.groups.waits(order):
            self.groups.hold(order)
        elif terms.order_type in HELD_TYPES and not self._is_elected(order, market):
            self._hold(order, market)
        else:
            self.admit(order, market)

    def re_enter(self, order: Order, market: Market, *, is_elected: bool, held_at: int = 0) -> None:
        """Takes an open order that was taken out for new terms; an elected stop is not held again.

        `held_at`: where a held one goes on waiting; 0: where its terms say.
        """
        if held_at:
            market.triggers.add(order, held_at)
        elif is_elected:
            self.admit(order, market)
        else:
            self.place(order, market)

    def admit(self, order: Order, market: Market) -> None:
        """An order that may trade in this phase, or has to wait for its own."""
        if waits_for_auction(order, market.phase):
            market.waiting.add(order)
            return
        matching = market.phase_rules.matching
        if matching is Matching.CONTINUOUS:
            self.trade_and_rest(order, market)
        else:
            self._collect(order, market)

    def _collect(self, order: Order, market: Market) -> None:
        """Rests an order without matching, for an auction to come; a pegged one waits until there is a price."""
        if order.terms.order_type is OrderType.PEGGED:
            market.waiting.add(order)
            return
        market.book.rest(order, self.tape)

    # Held orders

    def _is_elected(self, order: Order, market: Market) -> bool:
        """Elects an order at once that the last price is through; only in continuous trading."""
        last = market.book.last_price
        conditions = order.terms.conditions
        if conditions is None or not last or market.phase is not Phase.CONTINUOUS:
            return False
        terms = order.terms
        stop = conditions.stop_price or trailing_stop(order, last)
        if not is_through(terms.order_type, terms.side, stop, last):
            return False
        self.trigger(order, last)
        return True

    def held_at(self, order: Order, market: Market) -> int:
        """Where an order is elected that waits for the last price, as far as it has trailed; 0 for any other."""
        return market.triggers.stop_price(order) if order.held_by is market.triggers else 0

    def _hold(self, order: Order, market: Market) -> None:
        conditions = order.terms.conditions
        assert conditions is not None, f"order {order.terms.order_id} has no stop price"
        stop = conditions.stop_price
        if not stop:
            stop = trailing_stop(order, market.book.last_price or market.reference_price)
        market.triggers.add(order, stop)

    def trigger(self, order: Order, last: int) -> None:
        """Makes a held order that a last price has elected what it was held for, and tells its owner."""
        order.terms = elected_terms(order.terms)
        tape = self.tape
        tape.number += 1
        tape.events.append(OrderTriggered(tape.number, tape.at, order.terms, last))

    # Trading

    def _trade_plainly(self, order: Order, market: Market) -> None:
        """The same as `trade_and_rest` for an order that asks for nothing special; most orders are such."""
        book, tape = market.book, self.tape
        if book.crosses(order):
            self.last_trade_id = book.match(order, self.last_trade_id, tape)
            for filled in tape.take_filled():
                self.register.close(filled)
            if not order.leaves:
                self.register.close(order)
                return
            if book.crosses(order):
                self._match_carefully(order, market, SelfTradePrevention.NONE)
                self._keep_rest(order, market)
                return
        if market.has_limits or order.terms.time_in_force is _IMMEDIATE:
            self._keep_rest(order, market)
        else:
            book.rest(order, tape)

    def trade_and_rest(self, order: Order, market: Market) -> None:
        """Matches an order that is not in the book, then rests or ends what is left of it."""
        terms, book = order.terms, market.book
        conditions = terms.conditions
        mode = self._self_trades.mode(order, conditions)
        has_limit = conditions is None and terms.order_type is OrderType.LIMIT
        if not has_limit and not self._find_limit(order, market):
            return
        if terms.time_in_force is TimeInForce.FILL_OR_KILL and not self._fills_whole(order, market, mode):
            self.close(order, CancelReason.NOT_FILLABLE)
            return
        if conditions is not None and not self._meets_minimum(order, market, mode, conditions):
            return
        if mode is SelfTradePrevention.NONE and conditions is None:
            self.last_trade_id = book.match(order, self.last_trade_id, self.tape)
            for filled in self.tape.take_filled():
                self.register.close(filled)
        if order.leaves and book.crosses(order):
            self._match_carefully(order, market, mode)
        self._keep_rest(order, market)

    def _keep_rest(self, order: Order, market: Market) -> None:
        """What becomes of the part that did not trade."""
        if not order.is_open or not order.leaves:
            if order.status is OrderStatus.FILLED:
                self.register.close(order)
            return
        terms, rules = order.terms, market.instrument.rules
        if self._is_stopped_by_band(order, market):
            assert self.price_limits is not None, "only a watch sets bands"
            self.price_limits.reached(market, order)
            if market.phase is not Phase.CONTINUOUS and terms.time_in_force not in _AT_ONCE:
                self._collect(order, market)
                return
            bands = market.instrument.bands
            is_refused = bands is not None and bands.action is BandAction.REFUSED
            if is_refused or order.limit == UNPRICED or self._is_left_behind(order, market):
                self.close(order, CancelReason.PROTECTION_REACHED)
                return
        if market.instrument.bands is not None and order.limit != UNPRICED:
            order.limit = self._within_band(order, market)
        if order.limit == UNPRICED and rules.market_remainder is not MarketRemainder.RESTS_UNPRICED:
            self.close(order, CancelReason.NO_LIQUIDITY)
        elif order.cap != UNPRICED and order.limit == order.cap and rules.market_remainder is MarketRemainder.CANCELED:
            self.close(order, CancelReason.PROTECTION_REACHED)
        elif terms.time_in_force in _AT_ONCE:
            self.close(order, CancelReason.IMMEDIATE_REMAINDER)
        else:
            self._rest(order, market)

    def _rest(self, order: Order, market: Market) -> None:
        terms = order.terms
        if order.limit not in (terms.price, UNPRICED) and terms.order_type in (
            OrderType.MARKET,
            OrderType.MARKET_TO_LIMIT,
        ):
            order.terms = msgspec.structs.replace(terms, price=order.limit)
            self.restate(order, RestatementReason.REPRICED)
        market.book.rest(order, self.tape)
        if terms.order_type is OrderType.PEGGED:
            market.pegs.add(order)

    def rest_converted(self, order: Order, market: Market) -> None:
        """Rests a market-to-limit order that an auction has given its limit, and tells its owner."""
        self.restate(order, RestatementReason.REPRICED)
        market.book.rest(order, self.tape)

    def _find_limit(self, order: Order, market: Market) -> bool:
        """Gives an order whose price follows from the book its limit; False when it had to be ended for lack of one."""
        kind, book, rules = order.terms.order_type, market.book, market.instrument.rules
        if kind is OrderType.PEGGED:
            price = pegged_price(order, market)
            if price is None:
                self.close(order, CancelReason.NO_PEG_REFERENCE)
                return False
            order.limit = price
        elif kind is OrderType.MARKET_TO_LIMIT and order.limit == order.cap:
            best = book.opposite(order.terms.side).best
            price = None if best is None else best.price if best.price != UNPRICED else unpriced_price(book, order)
            if price is None:
                self.close(order, CancelReason.NO_LIQUIDITY)
                return False
            order.limit = price if order.cap == UNPRICED else min(price, order.cap)
        elif order.limit == UNPRICED and rules.market_remainder is MarketRemainder.RESTS_AT_PROTECTION:
            price = market.protected_limit(order.terms.side)
            if price is not None:
                order.limit = price
        return self._stays_passive(order, market)

    def _stays_passive(self, order: Order, market: Market) -> bool:
        """Re-prices a post-only order that would trade; False when that cannot be, and it had to be ended.

        On entry the instrument's rules may have refused it before.
        """
        conditions = order.terms.conditions
        if conditions is None or not conditions.is_post_only:
            return True
        price = market.passive_limit(order.terms.side, order.limit)
        if price is None:
            self.close(order, CancelReason.WOULD_TAKE_LIQUIDITY)
            return False
        if price != order.limit:
            order.limit = price
            order.terms = msgspec.structs.replace(order.terms, price=price)
            self.restate(order, RestatementReason.REPRICED)
        return True

    def _meets_minimum(
        self, order: Order, market: Market, mode: SelfTradePrevention, conditions: OrderConditions
    ) -> bool:
        """Whether an order with a minimum may go on to trade; all-or-none rests until it can, the others end."""
        if conditions.is_all_or_none:
            if self._reaches(order, market, mode, order.leaves):
                return True
            immediate = order.terms.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL
            if immediate or order.limit == UNPRICED:
                self.close(order, CancelReason.MINIMUM_NOT_MET)
            else:
                self._rest(order, market)
            return False
        wanted = min(conditions.min_quantity, order.leaves)
        is_on_entry = market.instrument.rules.minimum_quantity is MinimumQuantity.ON_ENTRY and not order.cumulative
        if not wanted or not is_on_entry or self._reaches(order, market, mode, wanted):
            return True
        self.close(order, CancelReason.MINIMUM_NOT_MET)
        return False

    def _reaches(self, order: Order, market: Market, mode: SelfTradePrevention, wanted: int) -> bool:
        return Fills(market.book, market.instrument.rules, mode, self._self_trades.owner).reaches(order, wanted)

    def _fills_whole(self, order: Order, market: Market, mode: SelfTradePrevention) -> bool:
        """Whether a fill-or-kill order may trade, by what the instrument's rules let it count."""
        rules = market.instrument.rules
        counted = mode if rules.fok_excludes_own else SelfTradePrevention.NONE
        fills = Fills(market.book, rules, counted, self._self_trades.owner, counts_reserve=rules.fok_counts_reserve)
        return fills.reaches(order, order.leaves)

    def _match_carefully(self, order: Order, market: Market, mode: SelfTradePrevention) -> None:
        tape = self.tape
        matching = CarefulMatching(
            market.book,
            market.instrument.rules,
            mode,
            self._self_trades.owner,
            lambda ours, theirs, quantity, price: self.execute(market, ours, theirs, quantity, price),
            self._self_trades.meet,
        )

        def touch(level: PriceLevel) -> None:
            tape.touch(level)

        matching.match(order, touch)

    def execute(
        self, market: Market, order: Order, other: Order, quantity: int, price: int, *, is_auction: bool = False
    ) -> None:
        """One execution whose places in the book are taken care of; tells groups and quotes, closes what is full."""
        self.last_trade_id += 1
        market.book.print_trade(order, other, quantity, price, self.last_trade_id, self.tape, is_auction)
        for side in (order, other):
            conditions = side.terms.conditions
            if conditions is not None:
                if conditions.group:
                    self.groups.note(side, quantity)
                if conditions.quote_id and self.quote_protection is not None:
                    self.quote_protection.executed(side, quantity)
                if not side.leaves and conditions.peg is not None:
                    market.pegs.discard(side)
        if not other.leaves:
            self.register.close(other)
        if is_auction and not order.leaves:
            self.register.close(order)

    # Changes that nobody asked for

    def shrink(self, order: Order, quantity: int, reason: RestatementReason) -> None:
        """Makes an open order smaller by less than what is left of it, where it is, and tells its owner."""
        left = order.leaves - quantity
        assert left > 0, f"order {order.terms.order_id}: {quantity} of {order.leaves} is not a part"
        if order.level is not None:
            self.markets[order.terms.symbol].book.resize(order, left, self.tape)
        else:
            order.leaves = left
        order.terms = msgspec.structs.replace(order.terms, quantity=order.terms.quantity - quantity)
        self.restate(order, reason)
        self.resize_claim(order)

    def restate(self, order: Order, reason: RestatementReason) -> None:
        """Tells an order's owner its terms and sums as they are now."""
        tape = self.tape
        tape.number += 1
        tape.events.append(
            OrderRestated(
                tape.number, tape.at, order.terms, order.cumulative, order.leaves, order.notional, reason
            )
        )  # fmt: skip
        if reason is RestatementReason.REPRICED:
            self.reprice_claim(order)

    def change_terms(self, order: Order, market: Market, quantity: int, price: int, reason: RestatementReason) -> None:
        """Gives an open order another total quantity and price; a new price sends it on its way again."""
        was_in_book, leaves = order.level is not None, quantity - order.cumulative
        held_at = self.held_at(order, market)
        is_moved = price != order.terms.price
        if is_moved:
            self.take_out(order)
            order.leaves = leaves
        elif was_in_book:
            market.book.resize(order, leaves, self.tape)
        else:
            order.leaves = leaves
        order.terms = msgspec.structs.replace(order.terms, quantity=quantity, price=price)
        self.restate(order, reason)
        self.reprice_claim(order)
        if is_moved:
            order.take_limit()
            self.re_enter(order, market, is_elected=was_in_book, held_at=held_at)

    def take_out(self, order: Order) -> None:
        """Takes an open order out of wherever it is: the book, or whoever holds it. It stays open."""
        if order.level is not None:
            market = self.markets[order.terms.symbol]
            market.book.remove(order, self.tape)
            if market.pegs.followed is not None:
                market.pegs.discard(order)
        elif order.held_by is not None:
            order.held_by.remove(order)

    def end_order(self, order: Order, reason: CancelReason, request_cl_ord_id: str = "") -> None:
        """Takes an open order out of wherever it is, and ends it."""
        self.take_out(order)
        self.close(order, reason, request_cl_ord_id)

    def close(self, order: Order, reason: CancelReason, request_cl_ord_id: str = "") -> None:
        """Ends an order that is in no book, and tells its owner."""
        self.register.close(order)
        canceled = order.end(_EXPIRED if reason in EXPIRIES else _CANCELED)
        tape = self.tape
        tape.number += 1
        tape.events.append(
            OrderCanceled(
                tape.number, tape.at, order.terms, request_cl_ord_id,
                order.cumulative, order.notional, canceled, reason,
            )
        )  # fmt: skip
        self.resize_claim(order)
        if order.terms.conditions is not None:
            self.groups.note_end(order)

    # Claims

    def resize_claim(self, order: Order) -> None:
        """What is left of an order has changed otherwise than by a fill; so has what it claims of its account."""
        if order.claim is not None and self.claims is not None:
            self.claims.resize(order)

    def reprice_claim(self, order: Order) -> None:
        """An order has new terms, and claims what they need."""
        if order.claim is not None and self.claims is not None:
            self.claims.reprice(order)

    # Price bands

    def _is_stopped_by_band(self, order: Order, market: Market) -> bool:
        """Whether only the price band keeps an order from trading on."""
        if market.instrument.bands is None:
            return False
        opposite = market.book.opposite(order.terms.side)
        # Not the best level alone: before the band there may be orders without a price, and such as pass this one over.
        beyond = bisect_left(opposite.keys, opposite.floor) - 1
        is_beyond = beyond >= 0 and opposite.keys[beyond] >= opposite.limit_key(order.limit)
        return is_beyond or self._is_left_behind(order, market)

    def _is_left_behind(self, order: Order, market: Market) -> bool:
        """Whether the best of the other side is an order that the band has moved away from."""
        opposite = market.book.opposite(order.terms.side)
        best = opposite.best_limit
        if best is None:
            return False
        return best * opposite.sign > opposite.ceiling and best * opposite.sign >= opposite.limit_key(order.limit)

    def _within_band(self, order: Order, market: Market) -> int:
        """An order's limit, no further than its band where that holds trading up: there it waits for its turn."""
        bands, book = market.instrument.bands, market.book
        if bands is None or bands.action is not BandAction.LIMIT_STATE:
            return order.limit
        if order.terms.side is Side.BUY:
            return min(book.highest_tradable, order.limit)
        return max(book.lowest_tradable, order.limit)


def waits_for_auction(order: Order, phase: Phase) -> bool:
    """Whether an order is for an auction that is not this one: it waits for its own outside the book."""
    time_in_force = order.terms.time_in_force
    if time_in_force is TimeInForce.AT_CLOSE:
        return phase is not Phase.CLOSING_AUCTION
    if time_in_force is TimeInForce.AT_OPENING:
        return phase not in (Phase.PRE_OPEN, Phase.OPENING_AUCTION)
    return False
