"""Plays a matching case on a venue: steps become commands, and what is compared is read from events and books.

The instrument trades by the default rules, changed as the case's `rule` says: `CONVENTIONS` is the table of all rule
names. A name with an empty row is one that the venue keeps always, whatever the profile.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from exchange.commands import (
    CancelOrder,
    ChangePhase,
    Command,
    EnterOrder,
    ListInstrument,
    OpenAccount,
    ReplaceOrder,
    SetReferencePrice,
)
from exchange.events import (
    AmendmentRejected,
    AuctionHeld,
    CommandRefused,
    Event,
    IndicativeChanged,
    LevelChanged,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRestated,
    OrderTriggered,
    PhaseChanged,
    Traded,
)
from exchange.orders import (
    UNPRICED,
    OrderConditions,
    OrderTerms,
    OrderType,
    Peg,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.rule_profile import (
    IcebergRefresh,
    MarketRemainder,
    MinimumQuantity,
    PostOnlyCrossing,
    ReplaceBelowFilled,
    ReplacePriority,
    RuleProfile,
    StopElection,
    StopThroughMarket,
)
from exchange.venue import Venue
from tests.exchange.matching_case import UNPRICED_LEVEL, Auction, Book, Level, MatchingCase, OrderState, Step, Trade

CONVENTIONS: MappingProxyType[str, dict[str, object]] = MappingProxyType(
    {
        "market-remainder-cancel": {"market_remainder": MarketRemainder.CANCELED},
        "pure-market-rests": {"market_remainder": MarketRemainder.RESTS_UNPRICED},
        "market-vs-market-at-last": {"market_remainder": MarketRemainder.RESTS_UNPRICED},
        "market-with-protection": {"market_remainder": MarketRemainder.RESTS_AT_PROTECTION},
        "market-to-limit": {},
        "stop-elected-on-entry": {"stop_through_market": StopThroughMarket.ELECTED},
        "stop-through-market-rejected": {"stop_through_market": StopThroughMarket.REJECTED},
        "stop-election-greatest-distance-first": {"stop_election": StopElection.FURTHEST_FIRST},
        "stop-limit-below-stop-accepted": {},
        "iceberg-refresh-to-back": {"iceberg_refresh": IcebergRefresh.TO_BACK},
        "price-visibility-time": {},
        "mes-per-execution": {"minimum_quantity": MinimumQuantity.PER_EXECUTION},
        "minqty-on-entry": {"minimum_quantity": MinimumQuantity.ON_ENTRY},
        "fok-counts-iceberg-reserve": {"fok_counts_reserve": True},
        "fok-excludes-own-liquidity": {"fok_excludes_own": True},
        "replace-qty-down-keeps-priority": {"replace_priority": ReplacePriority.DOWN_KEEPS},
        "replace-always-loses-priority": {"replace_priority": ReplacePriority.ALWAYS_LOST},
        "replace-qty-up-reaggresses": {},
        "replace-below-cum-cancels": {"replace_below_filled": ReplaceBelowFilled.ENDS_ORDER},
        "replace-below-cum-rejected": {"replace_below_filled": ReplaceBelowFilled.REJECTED},
        "stp-mode-of-taker": {},
        "stp-decrement": {},
        "post-only-reject": {"post_only": PostOnlyCrossing.REJECTED},
        "auction-reference-price": {},
        "auction-market-orders-first": {},
        "auction-rejects-immediate-orders": {"auction_takes_immediate": False},
        "primary-peg-behind-limit": {},
        "peg-canceled-without-reference": {},
    }
)

TYPES = {
    "limit": OrderType.LIMIT,
    "market": OrderType.MARKET,
    "stop": OrderType.STOP,
    "stop_limit": OrderType.STOP_LIMIT,
    "market_to_limit": OrderType.MARKET_TO_LIMIT,
    "peg_primary": OrderType.PEGGED,
}
TIMES_IN_FORCE = {
    "DAY": TimeInForce.DAY,
    "GTC": TimeInForce.GOOD_TILL_CANCEL,
    "IOC": TimeInForce.IMMEDIATE_OR_CANCEL,
    "FOK": TimeInForce.FILL_OR_KILL,
}
PREVENTIONS = {
    "none": SelfTradePrevention.NONE,
    "cancel_maker": SelfTradePrevention.CANCEL_RESTING,
    "cancel_taker": SelfTradePrevention.CANCEL_INCOMING,
    "cancel_both": SelfTradePrevention.CANCEL_BOTH,
    "decrement": SelfTradePrevention.DECREMENT,
}
PHASES = {"auction": Phase.OPENING_AUCTION, "continuous": Phase.CONTINUOUS, "close": Phase.CLOSED}
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
HELD = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})

SYMBOL, SESSION, EARLIER = "CASE", "S", "EARLIER"
HIGHEST = 10**15


def profile_of(rules: Iterable[str]) -> RuleProfile:
    """The default rules, changed as the names say; KeyError for a rule that nobody has."""
    profile = RuleProfile()
    for rule in rules:
        profile = msgspec.structs.replace(profile, **CONVENTIONS[rule])
    return profile


class CasePlayer:
    """A venue on which one case is played; what came of it is in the attributes."""

    def __init__(self, case: MatchingCase) -> None:
        self.venue = Venue()
        self.trades: list[Trade] = []
        self.auction: Auction | None = None
        self.indicative: Decimal | None = None
        self.rejected_steps: set[int] = set()
        self.orders: dict[str, OrderState] = {}
        self._scales = case.scales
        self._at = 0
        self._terms: dict[str, OrderTerms] = {}
        self._names: dict[int, str] = {}
        self._held: set[str] = set()
        self._levels: dict[tuple[Side, int], int] = {}
        self._set_out(case)

    def play(self, step: Step) -> None:
        """Does one step; the two that expect something are for the caller."""
        given = step.given
        match step.what:
            case "submit":
                self._open_account(_account_of(given))
                self._do(step, self._entry(given))
            case "cancel":
                self._do(step, self._cancel(step))
            case "replace":
                self._do(step, self._replace(step))
            case "phase":
                self._do(step, ChangePhase(PHASES[given["phase"]], SYMBOL))

    def book(self) -> Book:
        """What the book shows; the venue's state and its events so far must say the same."""
        state = (event for event in self.venue.public_state() if isinstance(event, LevelChanged))
        shown = {(level.side, level.price): level.quantity for level in state if level.quantity}
        told = {place: quantity for place, quantity in self._levels.items() if quantity}
        assert told == shown, f"events tell {told}, the venue shows {shown}"
        return Book(*(tuple(self._side(side, shown)) for side in (Side.BUY, Side.SELL)))

    def _side(self, side: Side, shown: dict[tuple[Side, int], int]) -> list[Level]:
        prices = sorted(
            (price for at, price in shown if at is side and price != UNPRICED), key=lambda price: -price * side
        )
        levels: list[Level] = [
            (self._scales.price_of(price), self._scales.quantity_of(shown[side, price])) for price in prices
        ]
        if (side, UNPRICED) in shown:
            levels.insert(0, (UNPRICED_LEVEL, self._scales.quantity_of(shown[side, UNPRICED])))
        return levels

    def _set_out(self, case: MatchingCase) -> None:
        """Lists the instrument; a last price is made by a trade of the least quantity between two others."""
        given, price = case.instrument, self._scales.price
        last = given.get("last")
        reference = given.get("reference", last)
        instrument = Instrument(
            symbol=SYMBOL,
            price_digits=self._scales.price_digits,
            tick=price(given["tick"]),
            lot=self._scales.quantity(given["lot"]),
            currency="USD",
            reference_price=price(reference or given["tick"]),
            lowest_price=1,
            highest_price=HIGHEST,
            max_quantity=HIGHEST,
            rules=profile_of(case.rules),
            protection=price(given.get("protection_points", "0")),
        )
        self._apply(ListInstrument(instrument))
        if last is not None:
            for name, side in (("EARLIER BUYER", Side.BUY), ("EARLIER SELLER", Side.SELL)):
                self._open_account(name)
                terms = (SYMBOL, side, OrderType.LIMIT, TimeInForce.DAY, instrument.lot, price(last))
                self._apply(EnterOrder(EARLIER, name, name, *terms))
            assert (self.venue.books[SYMBOL].last_price, self._levels) == (price(last), {}), "the last price is not set"
        if reference is not None:
            self._apply(SetReferencePrice(SYMBOL, price(reference)))

    def _open_account(self, name: str) -> None:
        if name not in self.venue.accounts:
            self._apply(OpenAccount(Account(name, name)))

    def _entry(self, given: dict[str, str]) -> EnterOrder:
        price, quantity = self._scales.price, self._scales.quantity
        changes: dict[str, object] = {}
        if "stop" in given:
            changes["stop_price"] = price(given["stop"])
        if "display" in given:
            changes["display_quantity"] = quantity(given["display"])
        if "min_qty" in given:
            changes["min_quantity"] = quantity(given["min_qty"])
        if "stp" in given:
            changes["self_trade_prevention"] = PREVENTIONS[given["stp"]]
        if given.get("post_only") == "true":
            changes["is_post_only"] = True
        if given["type"] == "peg_primary":
            changes["peg"] = Peg.PRIMARY
        return EnterOrder(
            session=SESSION,
            cl_ord_id=given["id"],
            account=_account_of(given),
            symbol=SYMBOL,
            side=SIDES[given["side"]],
            order_type=TYPES[given["type"]],
            time_in_force=TIMES_IN_FORCE[given.get("tif", "GTC")],
            quantity=quantity(given["qty"]),
            price=price(given.get("price", "0")),
            conditions=msgspec.structs.replace(OrderConditions(), **changes) if changes else None,
        )

    def _cancel(self, step: Step) -> CancelOrder:
        given, name = step.given, step.given["id"]
        terms = self._terms.get(name)
        if terms is None:
            return CancelOrder(SESSION, f"#{step.number}", name, SYMBOL, Side.BUY)
        # A request of another account comes over that account's own line.
        session = SESSION if given.get("account", terms.account) == terms.account else given["account"]
        return CancelOrder(session, f"#{step.number}", terms.cl_ord_id, SYMBOL, terms.side)

    def _replace(self, step: Step) -> ReplaceOrder:
        """What the case does not name stays as it is."""
        given, name, request = step.given, step.given["id"], f"#{step.number}"
        terms = self._terms.get(name)
        quantity = self._scales.quantity(given["qty"]) if "qty" in given else terms.quantity if terms else 0
        price = self._scales.price(given["price"]) if "price" in given else terms.price if terms else 0
        if terms is None:
            kind = (SYMBOL, Side.BUY, OrderType.LIMIT, TimeInForce.GOOD_TILL_CANCEL)
            return ReplaceOrder(SESSION, request, name, *kind, quantity, price)
        kind = (SYMBOL, terms.side, terms.order_type, terms.time_in_force)
        return ReplaceOrder(SESSION, request, terms.cl_ord_id, *kind, quantity, price)

    def _do(self, step: Step, command: Command) -> None:
        for event in self._apply(command):
            self._read(step, event)

    def _apply(self, command: Command) -> list[Event]:
        self._at += 1
        events = self.venue.apply(command, self._at)
        for event in events:
            if isinstance(event, LevelChanged):
                self._levels[event.side, event.price] = event.quantity
        self._levels = {place: quantity for place, quantity in self._levels.items() if quantity}
        return events

    def _read(self, step: Step, event: Event) -> None:
        match event:
            case OrderRejected() | AmendmentRejected() | CommandRefused():
                self._refused(step, event)
            case Traded():
                buy, sell = self._names[event.buy_order_id], self._names[event.sell_order_id]
                price, quantity = self._scales.price_of(event.price), self._scales.quantity_of(event.quantity)
                self.trades.append(Trade(buy, sell, price, quantity))
            case AuctionHeld():
                price_or_none = None if event.price is None else self._scales.price_of(event.price)
                self.auction = Auction(price_or_none, self._scales.quantity_of(event.quantity))
            case IndicativeChanged():
                self.indicative = None if event.price is None else self._scales.price_of(event.price)
            case PhaseChanged():
                self.indicative = None
            case OrderAccepted(terms=terms):
                self._names[terms.order_id] = terms.cl_ord_id
                if terms.order_type in HELD:
                    self._held.add(terms.cl_ord_id)
                self._stands(terms, "new", terms.quantity, 0)
            case OrderTriggered(terms=terms):
                name = self._names[terms.order_id]
                self._held.discard(name)
                state = self.orders[name]
                self._terms[name] = terms
                self.orders[name] = OrderState(frozenset({"new"}), state.leaves, state.cumulative)
            case OrderFilled(terms=terms) | OrderReplaced(terms=terms) | OrderRestated(terms=terms):
                self._stands(terms, "", event.leaves, event.cumulative)
            case OrderCanceled(terms=terms):
                self._stands(terms, "expired" if event.reason.is_expiry else "canceled", 0, event.cumulative)

    def _refused(self, step: Step, event: OrderRejected | AmendmentRejected | CommandRefused) -> None:
        self.rejected_steps.add(step.number)
        if isinstance(event, OrderRejected):
            nothing = Decimal(0)
            self.orders.setdefault(event.terms.cl_ord_id, OrderState(frozenset({"rejected"}), nothing, nothing))
            # Later requests may name an order that never was.
            self._terms.setdefault(event.terms.cl_ord_id, event.terms)

    def _stands(self, terms: OrderTerms, status: str, leaves: int, cumulative: int) -> None:
        name = self._names[terms.order_id]
        if not status:
            status = "filled" if not leaves else "partially_filled" if cumulative else "new"
        if status == "new" and name in self._held:
            status = "held"
        self._terms[name] = terms
        quantity_of = self._scales.quantity_of
        self.orders[name] = OrderState(frozenset({status}), quantity_of(leaves), quantity_of(cumulative))


def _account_of(given: dict[str, Any]) -> str:
    """Who an order is for; one without an account is nobody's but its own."""
    return str(given.get("account", f"owner of {given['id']}"))
