"""What open orders claim of their accounts: money for buys, shares for sales, margin for short sales.

An order of an account with limits or fees has a claim. Of a funded account it is reserved when the order comes into the
market and returned as it trades, shrinks or ends; so what is reserved is always what the open orders need.
Orders of an account in one instrument of which one cancels or updates the other claim together what the largest needs.
Children of another order claim when they go in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from exchange.clearing.claim import Claim, ClaimPool
from exchange.clearing.funds import Funds, Wish, worst_price
from exchange.clearing.limit_book import LimitBook
from exchange.commands import EnterOrder, ReplaceOrder
from exchange.matching.engine import Engine
from exchange.matching.order import Order
from exchange.orders import UNLIMITED_TYPES, UNPRICED, Contingency, OrderConditions, OrderTerms, OrderType, Side
from exchange.postings import PostingCause
from exchange.reference.accounts import Account
from exchange.reference.limits import RiskLimits
from exchange.refusals import Refusal

Reserve: TypeAlias = Callable[[str, str, int, int], None]
"""Reserves, or returns what is less than 0: account, asset, amount, number of the order."""
Level: TypeAlias = Callable[[str, str, PostingCause, str], None]
"""Makes free shares and shares sold short make each other up: account, symbol, cause, reference."""

PoolKey: TypeAlias = tuple[str, str, str, str]
"""Session, group, account and symbol: other accounts, and orders in other instruments, claim for themselves."""


_BUY, _SELL = Side.BUY, Side.SELL


class Released(Struct, frozen=True, gc=False):
    """What a fill frees of what was reserved, and what it sells."""

    cash: int
    shares: int
    owned: int
    """Shares sold that the account had; the others are sold short."""
    margin: int
    """Of `cash`: the margin on the shares sold short."""


NOTHING = Released(0, 0, 0, 0)
"""Of an order that has reserved nothing."""


class Claims:
    """The claims of all open orders."""

    def __init__(
        self,
        engine: Engine,
        limits: LimitBook,
        accounts: Mapping[str, Account],
        funds: Funds,
        reserve: Reserve,
        level: Level,
    ) -> None:
        self._engine = engine
        self._limits = limits
        self._accounts = accounts
        self._funds = funds
        self._reserve = reserve
        self._level = level
        self._pools: dict[PoolKey, ClaimPool] = {}
        self._working: dict[tuple[str, str], list[int]] = {}

    def working(self, account: str, symbol: str) -> tuple[int, int]:
        """Shares that the open orders of an account with limits would buy and sell; of others 0."""
        buys, sells = self._working.get((account, symbol), (0, 0))
        return buys, sells

    # What comes

    def plan(self, command: EnterOrder, replaced: Iterable[Order] = (), claimed: int = 0) -> Claim | Refusal | None:
        """The claim of a new order that was checked; None where it needs none. Nothing is reserved.

        `replaced`: open orders that will end before it goes in; `claimed`: money that others will need until then.
        """
        account, market = self._accounts[command.account], self._engine.markets[command.symbol]
        limits = None
        if account.is_cleared:
            refusal = self._funds.size_refusal(command.account, command.quantity, command.price, market)
            if refusal is not None:
                return refusal
            limits = self._limits.funded(command.account)
        if limits is None and account.fees is None and not self._limits.in_force(command.account, command.symbol):
            return None
        claim = Claim(limits, account.fees)
        if limits is None or (not claimed and self._funds.is_plainly_enough(command, claim, market)):
            return claim
        wish = _wish(command.account, command)
        wish.freed_cash -= claimed
        conditions = command.conditions
        if conditions is not None and conditions.group and conditions.contingency is not Contingency.ONE_TRIGGERS_OTHER:
            if self._engine.groups.brings_about(command.session, conditions.group):
                claim.is_waiting = True
                return claim
            key = (command.session, conditions.group, command.account, command.symbol)
            pool = self._pools.get(key) if _is_pooled(conditions) else None
            if pool is not None:
                wish.freed_cash += pool.cash
                wish.freed_shares = pool.shares
        for order in replaced:
            if order.claim is not None and order.terms.side is command.side:
                wish.freed_cash += order.claim.cash
                wish.freed_shares += order.claim.shares
        return self._planned(wish, claim, command.symbol)

    def reserve(self, order: Order, claim: Claim) -> None:
        """An order with this claim is in the market: reserves what it needs."""
        order.claim = claim
        self._join_pool(order, claim)
        if order.limit == UNPRICED and not claim.is_waiting:
            self._cap(order, claim)
        self._adjust(order, claim, order.leaves)

    def fund(self, order: Order) -> Refusal | None:
        """An order that waited for another one goes in; why it cannot, if there is not enough for it."""
        claim = order.claim
        if claim is None or not claim.is_waiting:
            return None
        claim.is_waiting = False
        if claim.limits is None:
            return None
        terms = order.terms
        wish = Wish(terms.account, terms.side, terms.order_type, order.leaves, terms.price, terms.conditions)
        assert claim.pool is not None, "orders that wait for another one hang together with others"
        wish.freed_cash, wish.freed_shares = claim.pool.cash, claim.pool.shares
        planned = self._planned(wish, claim, terms.symbol)
        if isinstance(planned, Refusal):
            claim.is_waiting = True
            return planned
        self._cap(order, claim)
        self.resize(order)
        return None

    def replace_refusal(
        self, order: Order, command: ReplaceOrder, conditions: OrderConditions | None
    ) -> Refusal | None:
        """Why the account has not enough for an order's new terms; what the order has reserved counts as free."""
        return self._terms_refusal(order, command.order_type, command.quantity, command.price, conditions)

    def restate_refusal(self, order: Order, quantity: int, price: int) -> Refusal | None:
        """The same for terms that an operator gives it."""
        return self._terms_refusal(order, order.terms.order_type, quantity, price, order.terms.conditions)

    def reprice(self, order: Order) -> None:
        """An order has new terms, which were checked: it claims what they need."""
        claim, terms = order.claim, order.terms
        if claim is None:
            return
        if claim.pool is None:
            self._join_pool(order, claim)
        if claim.limits is not None and order.leaves and not claim.is_waiting:
            wish = Wish(
                terms.account, terms.side, terms.order_type, order.leaves, terms.price, terms.conditions,
                claim.cash, claim.shares,
            )  # fmt: skip
            self._planned(wish, claim, terms.symbol)
        self.resize(order)

    # What goes

    def filled(self, order: Order, quantity: int) -> Released:
        """An order traded by so much; the fill posts what it frees."""
        claim, terms = order.claim, order.terms
        assert claim is not None, f"order {terms.order_id} has no claim"
        self._count(order, claim, order.leaves)
        if claim.limits is None:
            return NOTHING
        leaves = order.leaves
        if claim.pool is None:
            # Most fills: a sale of nothing but what the account has, or the last of a buy.
            if terms.side is _SELL and claim.owned == leaves + quantity:
                claim.owned = claim.shares = leaves
                return Released(0, quantity, quantity, 0)
            if terms.side is _BUY and not leaves:
                freed_cash, claim.cash = claim.cash, 0
                return Released(freed_cash, 0, 0, 0)
        digits = self._engine.markets[terms.symbol].instrument.price_digits
        margin = owned = 0
        if terms.side is _SELL:
            margin = claim.margin(leaves + quantity, digits)
            owned = min(quantity, claim.owned)
            claim.owned -= owned
            margin -= claim.margin(leaves, digits)
        cash, shares = claim.needs(terms.side, leaves, digits)
        freed_cash, freed_shares = claim.cash - cash, claim.shares - shares
        claim.cash, claim.shares = cash, shares
        pool = claim.pool
        if pool is not None:
            freed_cash, freed_shares = min(freed_cash, pool.cash), min(freed_shares, pool.shares)
            pool.cash -= freed_cash
            pool.shares -= freed_shares
            if not leaves:
                self._leave_pool(order, claim, pool)
        return Released(freed_cash, freed_shares, owned, margin)

    def resize(self, order: Order) -> None:
        """What is left of an order has changed otherwise than by a fill: reserves or returns the difference."""
        claim = order.claim
        assert claim is not None, f"order {order.terms.order_id} has no claim"
        self._adjust(order, claim, order.leaves if order.is_open else 0)

    def renew(self, account: str) -> None:
        """The limits of an account have changed: its open orders claim what they need by the new ones, even in excess.

        What is free may be less than 0 then, until orders end; no further one goes in.
        """
        limits = self._funded(account)
        orders = [order for order in self._engine.register if order.terms.account == account]
        for order in orders:
            if order.claim is not None:
                self._adjust(order, order.claim, 0)
                order.claim.limits = limits
            elif limits is not None or self._limits.in_force(account, order.terms.symbol):
                order.claim = Claim(limits, None)  # It came in while trading was free.
        for order in orders:
            self.reprice(order)

    def release(self, orders: Iterable[Order]) -> None:
        """Returns what open orders have reserved, until each is priced again."""
        for order in orders:
            if order.claim is not None:
                self._adjust(order, order.claim, 0)

    def state(self) -> list[object]:
        """Claims and pools as values, for the venue's hash."""
        claims = [
            [order.terms.order_id, order.claim.state()] for order in self._engine.register if order.claim is not None
        ]
        pools = [[*key, list(pool.members), pool.cash, pool.shares] for key, pool in self._pools.items()]
        return [claims, pools, [[*key, *working] for key, working in self._working.items() if any(working)]]

    # Parts

    def _funded(self, account: str) -> RiskLimits | None:
        """The limits of an account whose orders need money and shares that are kept here."""
        known = self._accounts.get(account)
        return self._limits.funded(account) if known is not None and known.is_cleared else None

    def _planned(self, wish: Wish, claim: Claim, symbol: str) -> Claim | Refusal:
        if wish.side is Side.BUY:
            wish.covering = max(0, self.working(wish.account, symbol)[0] - claim.working)
        return self._funds.plan(wish, claim, self._engine.markets[symbol]) or claim

    def _terms_refusal(
        self, order: Order, order_type: OrderType, quantity: int, price: int, conditions: OrderConditions | None
    ) -> Refusal | None:
        claim, terms = order.claim, order.terms
        if self._accounts[terms.account].is_cleared:
            market = self._engine.markets[terms.symbol]
            refusal = self._funds.size_refusal(terms.account, quantity, price, market)
            if refusal is not None:
                return refusal
        if claim is None or claim.limits is None or claim.is_waiting or quantity <= order.cumulative:
            return None
        leaves = quantity - order.cumulative
        wish = Wish(terms.account, terms.side, order_type, leaves, price, conditions, claim.cash, claim.shares)
        planned = self._planned(wish, claim.copy(), terms.symbol)
        return planned if isinstance(planned, Refusal) else None

    def _count(self, order: Order, claim: Claim, leaves: int) -> None:
        terms = order.terms
        key = (terms.account, terms.symbol)
        working = self._working.get(key)
        if working is None:
            working = self._working[key] = [0, 0]
        working[0 if terms.side is _BUY else 1] += leaves - claim.working
        claim.working = leaves

    def _adjust(self, order: Order, claim: Claim, leaves: int) -> None:
        terms = order.terms
        self._count(order, claim, leaves)
        if claim.limits is None:
            return
        instrument = self._engine.markets[terms.symbol].instrument
        claim.owned = min(claim.owned, leaves)
        cash, shares = claim.needs(terms.side, leaves, instrument.price_digits)
        more_cash, more_shares = cash - claim.cash, shares - claim.shares
        claim.cash, claim.shares = cash, shares
        pool = claim.pool
        if pool is not None:
            if not leaves:
                self._leave_pool(order, claim, pool)
            largest_cash, largest_shares = pool.largest()
            more_cash, more_shares = largest_cash - pool.cash, largest_shares - pool.shares
            pool.cash, pool.shares = largest_cash, largest_shares
        if more_cash:
            self._reserve(terms.account, instrument.currency, more_cash, terms.order_id)
        if more_shares:
            self._reserve(terms.account, terms.symbol, more_shares, terms.order_id)
            if more_shares < 0:
                self._level(terms.account, terms.symbol, PostingCause.RESERVATION, str(terms.order_id))

    def _join_pool(self, order: Order, claim: Claim) -> None:
        terms, conditions = order.terms, order.terms.conditions
        if claim.limits is not None and conditions is not None and _is_pooled(conditions):
            pool = self._pools.setdefault(_pool_key(terms, conditions), ClaimPool())
            pool.members[terms.order_id] = claim
            claim.pool = pool

    def _leave_pool(self, order: Order, claim: Claim, pool: ClaimPool) -> None:
        terms = order.terms
        assert terms.conditions is not None, f"order {terms.order_id} is in no pool"
        pool.members.pop(terms.order_id, None)
        if not pool.members:
            self._pools.pop(_pool_key(terms, terms.conditions), None)
        claim.pool = None

    def _cap(self, order: Order, claim: Claim) -> None:
        """A buy without a limit goes no further than its money reaches."""
        is_unlimited = order.terms.side is Side.BUY and order.limit == UNPRICED and claim.limits is not None
        if is_unlimited and claim.price < worst_price(self._engine.markets[order.terms.symbol]):
            order.cap = order.limit = claim.price


def _wish(account: str, command: EnterOrder) -> Wish:
    price = command.price if command.order_type not in UNLIMITED_TYPES else 0
    return Wish(account, command.side, command.order_type, command.quantity, price, command.conditions)


def _pool_key(terms: OrderTerms, conditions: OrderConditions) -> PoolKey:
    return terms.session, conditions.group, terms.account, terms.symbol


def _is_pooled(conditions: OrderConditions) -> bool:
    """Whether an order takes the place of others of its group."""
    return bool(conditions.group) and conditions.contingency in (
        Contingency.ONE_CANCELS_OTHER,
        Contingency.ONE_UPDATES_OTHER,
    )
