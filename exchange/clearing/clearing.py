"""Clearing: what each trade means for the money, the shares and the position of its two accounts, at once.

The book tells of every execution while it happens, so that the fee is on the owner's report and the postings stand
right behind it. A trade moves what is traded now and is settled on its date: the other half of each posting waits in
UNSETTLED. A bust or a correction posts the difference, and the position is what it would always have been.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from exchange.clearing.business_days import BusinessDays
from exchange.clearing.claims import NOTHING, Claims, Released
from exchange.clearing.equity import Equities
from exchange.clearing.funds import Funds
from exchange.clearing.ledger import Ledger
from exchange.clearing.limit_book import LimitBook
from exchange.clearing.obligations import Obligations
from exchange.clearing.positions import Entry, EntryKind, Position, Positions
from exchange.clearing_events import FillCleared, FillRecleared, PositionChanged, Posted, Reserved
from exchange.matching.engine import Engine
from exchange.matching.order import Order
from exchange.matching.tape import Charges
from exchange.orders import Side
from exchange.postings import OUTSIDE, Bucket, Posting, PostingCause
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.money import amount_of

_BUY = Side.BUY
_AVAILABLE, _RESERVED, _UNSETTLED = Bucket.AVAILABLE, Bucket.RESERVED, Bucket.UNSETTLED
_SHORT, _COLLATERAL, _FEES = Bucket.SHORT, Bucket.COLLATERAL, Bucket.FEES


class _Execution(Struct, frozen=True, gc=False):
    """What both sides of an execution have in common."""

    symbol: str
    quantity: int
    price: int
    trade_id: int
    settles_on: int


class Clearing:
    """Accounts' money and shares. `post` is the one way to move them; `claims` has what open orders reserve."""

    def __init__(self, engine: Engine, limits: LimitBook, accounts: Mapping[str, Account]) -> None:
        self.tape = engine.tape
        self.markets = engine.markets
        self.accounts = accounts
        self.ledger = Ledger()
        self.positions = Positions()
        self.days = BusinessDays()
        self.obligations = Obligations()
        self.equities = Equities(self.ledger, self.positions, engine.markets)
        self.funds = Funds(self.ledger, self.positions)
        self.claims = Claims(engine, limits, accounts, self.funds, self.reserve, self.level)
        self._renamed: dict[str, str] = {}
        """Present symbols by the former ones, of instruments whose trades may still be busted."""

    # What matching tells

    def charges(
        self, symbol: str, order: Order, other: Order, quantity: int, price: int, *, is_auction: bool
    ) -> Charges:
        """Fees and settlement date of an execution: asked before it is told, so that the reports have them."""
        instrument = self.markets[symbol].instrument
        settles_on = self.days.settles_on(instrument.market, instrument.settlement_days)
        ours, theirs = order.claim, other.claim
        if (ours is None or ours.fees is None) and (theirs is None or theirs.fees is None):
            return 0, 0, settles_on
        amount = amount_of(quantity * price, instrument.price_digits)
        our_fee = 0 if ours is None else ours.charge(amount, quantity, is_maker=is_auction)
        their_fee = 0 if theirs is None else theirs.charge(amount, quantity, is_maker=True)
        return our_fee, their_fee, settles_on

    def traded(
        self, symbol: str, order: Order, other: Order, quantity: int, price: int, trade_id: int, charges: Charges
    ) -> None:
        """An execution, when both owners have been told; `charges` is what was answered before."""
        ours, theirs = order.terms.account, other.terms.account
        is_ours, is_theirs = self.accounts[ours].is_cleared, self.accounts[theirs].is_cleared
        our_release, their_release = self._released(order, quantity), self._released(other, quantity)
        if is_ours or is_theirs:
            our_fee, their_fee, settles_on = charges
            execution = _Execution(symbol, quantity, price, trade_id, settles_on)
            self._clear(ours if is_ours else OUTSIDE, order, our_fee if is_ours else 0, our_release, execution)
            self._clear(
                theirs if is_theirs else OUTSIDE, other, their_fee if is_theirs else 0, their_release, execution
            )
        self.equities.moved(symbol)

    def _released(self, order: Order, quantity: int) -> Released:
        return NOTHING if order.claim is None else self.claims.filled(order, quantity)

    def _clear(self, account: str, order: Order, fee: int, released: Released, execution: _Execution) -> None:
        """One side of an execution."""
        symbol, quantity, price = execution.symbol, execution.quantity, execution.price
        trade_id, settles_on, terms = execution.trade_id, execution.settles_on, order.terms
        instrument = self.markets[symbol].instrument
        amount = amount_of(quantity * price, instrument.price_digits)
        position = self.positions.at(account, symbol)
        sign = 1 if terms.side is _BUY else -1
        if sign > 0:
            postings = self._bought(account, instrument, position, quantity, amount + fee, released)
        else:
            is_funded = order.claim is not None and order.claim.limits is not None
            postings = self._sold(account, instrument, position, quantity, (amount, fee), released, is_funded=is_funded)
        postings += [
            Posting(account, symbol, _UNSETTLED, -sign * quantity),
            Posting(account, instrument.currency, _UNSETTLED, sign * amount),
        ]
        if fee:
            postings.append(Posting(account, instrument.currency, _FEES, fee))
        self.ledger.post_fill(account, symbol, instrument.currency, postings)
        if sign < 0 and self.ledger.balance(account, symbol, _SHORT):
            levelled = self._level(account, instrument, position)
            self.ledger.post(levelled)
            postings += levelled
            if terms.conditions is not None and terms.conditions.locate:
                short = -self.ledger.balance(account, symbol, _SHORT)
                position.located = min(position.located + quantity, short)
        position.add(Entry(EntryKind.FILL, trade_id, sign * quantity, sign * amount, fee, settles_on))
        self.obligations.add(settles_on, account, symbol, sign * quantity, -sign * amount)
        tape = self.tape
        tape.number += 1
        tape.events.append(
            FillCleared(
                tape.number, tape.at, self.days.date_of(instrument.market), trade_id, terms.order_id, account, symbol,
                terms.side, quantity, price, amount, fee, settles_on, position.quantity, position.cost,
                position.realised, tuple(postings),
            )
        )  # fmt: skip

    def _bought(
        self, account: str, instrument: Instrument, position: Position, quantity: int, paid: int, released: Released
    ) -> list[Posting]:
        """Shares that were sold short are bought back first, and the money kept for them comes free."""
        symbol, currency = instrument.symbol, instrument.currency
        short = -self.ledger.balance(account, symbol, _SHORT)
        covered = min(quantity, short)
        postings = []
        if quantity > covered:
            postings.append(Posting(account, symbol, _AVAILABLE, quantity - covered))
        freed = 0
        if covered:
            postings.append(Posting(account, symbol, _SHORT, covered))
            freed = self._free_collateral(position, covered, short)
            if freed:
                postings.append(Posting(account, currency, _COLLATERAL, -freed))
        if released.cash:
            postings.append(Posting(account, currency, _RESERVED, -released.cash))
        if released.cash + freed != paid:
            postings.append(Posting(account, currency, _AVAILABLE, released.cash + freed - paid))
        return postings

    def _sold(
        self,
        account: str,
        instrument: Instrument,
        position: Position,
        quantity: int,
        brought: tuple[int, int],
        released: Released,
        *,
        is_funded: bool,
    ) -> list[Posting]:
        """Shares that the account has go first; the others are sold short, and of a funded account money is kept.

        `brought`: the amount, and the fee that goes from it.
        """
        symbol, currency = instrument.symbol, instrument.currency
        amount, fee = brought
        free = max(0, self.ledger.available(account, symbol))
        owned = released.owned if is_funded else min(quantity, free)
        kept = 0
        postings = []
        if released.shares:
            postings.append(Posting(account, symbol, _RESERVED, -released.shares))
        if released.shares != owned:
            postings.append(Posting(account, symbol, _AVAILABLE, released.shares - owned))
        if owned < quantity:
            postings.append(Posting(account, symbol, _SHORT, owned - quantity))
            if is_funded:
                kept = max(0, amount - max(0, fee)) * (quantity - owned) // quantity + released.margin
                position.collateral += kept
                if kept:
                    postings.append(Posting(account, currency, _COLLATERAL, kept))
        if released.cash:
            postings.append(Posting(account, currency, _RESERVED, -released.cash))
        if released.cash + amount != kept + fee:
            postings.append(Posting(account, currency, _AVAILABLE, released.cash + amount - kept - fee))
        return postings

    # Busts and corrections

    def revise(self, order: Order, trade_id: int, quantity: int, price: int, cause: PostingCause) -> None:
        """One side of a trade that was busted (quantity 0) or corrected; does nothing for what is cleared elsewhere."""
        terms = order.terms
        account, is_buy = terms.account, terms.side is _BUY
        symbol = self._present_symbol(terms.symbol)
        entry = self.positions.at(account, symbol).fill_of(trade_id, is_buy=is_buy)
        if entry is None:
            account = OUTSIDE
            entry = self.positions.at(account, symbol).fill_of(trade_id, is_buy=is_buy)
        if entry is None:
            return
        position = self.positions.at(account, symbol)
        instrument = self.markets[symbol].instrument
        currency, sign = instrument.currency, 1 if is_buy else -1
        amount = sign * amount_of(quantity * price, instrument.price_digits)
        fee = entry.fee * abs(amount) // abs(entry.amount) if entry.amount else 0
        shares, money, less_fee = position.quantity, amount - entry.amount, entry.fee - fee
        settles_on = self._settles_difference(entry, instrument)
        position.revise(entry, sign * quantity, amount, fee)
        shares = position.quantity - shares
        self.equities.moved(symbol)
        if order.claim is not None:
            order.claim.take_back(less_fee)
        postings = [
            Posting(account, symbol, _AVAILABLE, shares),
            Posting(account, symbol, _UNSETTLED, -shares),
            Posting(account, currency, _AVAILABLE, less_fee - money),
            Posting(account, currency, _UNSETTLED, money),
            Posting(account, currency, _FEES, -less_fee),
        ]
        postings = [posting for posting in postings if posting.amount]
        self.ledger.post(postings)
        self.obligations.add(settles_on, account, symbol, shares, -money)
        levelled = self._level(account, instrument, position)
        self.ledger.post(levelled)
        tape = self.tape
        tape.number += 1
        tape.events.append(
            FillRecleared(
                tape.number, tape.at, self.days.date_of(instrument.market), trade_id, terms.order_id, account, symbol,
                terms.side, quantity, price, abs(amount), fee, settles_on, position.quantity, position.cost,
                position.realised, cause, tuple(postings + levelled),
            )
        )  # fmt: skip
        if less_fee:
            # What an open order may still be charged, and so what it has to reserve, is another amount now.
            self.claims.resize(order)

    def _present_symbol(self, symbol: str) -> str:
        while symbol in self._renamed:
            symbol = self._renamed[symbol]
        return symbol

    def _settles_difference(self, entry: Entry, instrument: Instrument) -> int:
        """A trade that has settled is undone by what settles like a trade of today; else on its own date."""
        date = self.days.date_of(instrument.market)
        if entry.settles_on > date or (not entry.settles_on and not date):
            return entry.settles_on
        return self.days.settles_on(instrument.market, instrument.settlement_days)

    # For all who move something

    def post(self, cause: PostingCause, reference: str, postings: Sequence[Posting], text: str = "") -> None:
        """Moves money or shares otherwise than by a fill, and tells it."""
        self.ledger.post(postings)
        tape = self.tape
        tape.number += 1
        tape.events.append(Posted(tape.number, tape.at, self.days.latest, cause, reference, tuple(postings), text))

    def reserve(self, account: str, asset: str, amount: int, order_id: int) -> None:
        """Reserves money or shares for an order, or returns them where the amount is less than 0."""
        self.ledger.reserve(account, asset, amount)
        tape = self.tape
        tape.number += 1
        tape.events.append(Reserved(tape.number, tape.at, self.days.latest, account, asset, amount, order_id))

    def level(self, account: str, symbol: str, cause: PostingCause, reference: str) -> None:
        """Free shares and shares sold short at the same time make each other up; call when one of them has grown."""
        postings = self._level(account, self.markets[symbol].instrument, self.positions.at(account, symbol))
        if postings:
            self.post(cause, reference, postings)

    def rename(self, symbol: str, new_symbol: str, action_id: str) -> None:
        """An instrument goes on under another symbol, which is listed: all that accounts have of it goes along."""
        self._renamed[symbol] = new_symbol
        postings = [
            posting
            for account, asset, row in list(self.ledger)
            if asset == symbol
            for bucket, amount in zip(Bucket, row, strict=True)
            if amount
            for posting in (Posting(account, symbol, bucket, -amount), Posting(account, new_symbol, bucket, amount))
        ]
        if postings:
            self.post(PostingCause.SYMBOL_CHANGE, action_id, postings, f"{symbol} is {new_symbol}")
        self.positions.rename(symbol, new_symbol)
        self.equities.moved(symbol)
        self.obligations.rename(symbol, new_symbol)
        for account, name, _ in list(self.positions):
            if name == new_symbol:
                self.tell_position(account, new_symbol, PostingCause.SYMBOL_CHANGE)

    def tell_position(self, account: str, symbol: str, cause: PostingCause) -> None:
        """Tells a position that has changed otherwise than by a fill."""
        position, tape = self.positions.at(account, symbol), self.tape
        self.equities.moved(symbol)
        tape.number += 1
        tape.events.append(
            PositionChanged(
                tape.number, tape.at, account, symbol, position.quantity, position.cost, position.realised, cause
            )
        )  # fmt: skip

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [
            self.ledger.state(), self.positions.state(), self.days.state(), self.obligations.state(),
            self.claims.state(), list(self._renamed.items()),
        ]  # fmt: skip

    def _level(self, account: str, instrument: Instrument, position: Position) -> list[Posting]:
        symbol, currency, ledger = instrument.symbol, instrument.currency, self.ledger
        free, short = ledger.balance(account, symbol, _AVAILABLE), -ledger.balance(account, symbol, _SHORT)
        moved = min(free, short) if free > 0 else free
        if not moved:
            return []
        postings = [Posting(account, symbol, _AVAILABLE, -moved), Posting(account, symbol, _SHORT, moved)]
        freed = self._free_collateral(position, moved, short) if moved > 0 else 0
        if freed:
            postings += [Posting(account, currency, _COLLATERAL, -freed), Posting(account, currency, _AVAILABLE, freed)]
        return postings

    def _free_collateral(self, position: Position, covered: int, short: int) -> int:
        """The part of the money kept that belongs to shares which are no longer short. What was borrowed goes last."""
        freed = position.collateral if covered == short else position.collateral * covered // short
        position.collateral -= freed
        position.located = min(position.located, short - covered)
        return freed
