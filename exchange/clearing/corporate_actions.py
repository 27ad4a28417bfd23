"""What companies do to their shares: splits, cash dividends, other symbols; at the beginning of the ex date.

Positions, what is unsettled, open orders and the prices that days are measured from go along. A split pays for the
fraction of a share that is left; a dividend is paid by the house to who has the shares by trade, and by who is short.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

import msgspec
from msgspec import Struct

from exchange.clearing.adjusted_orders import AdjustedOrders
from exchange.clearing.business_days import is_date
from exchange.clearing.clearing import Clearing
from exchange.clearing.positions import Entry, EntryKind, split_quantity
from exchange.clearing_events import CorporateActionAnnounced, CorporateActionDone
from exchange.commands import AnnounceCorporateAction
from exchange.events import CommandRefused
from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.postings import HOUSE, Bucket, Posting, PostingCause
from exchange.reference.clearing_rules import ActionKind, CorporateAction
from exchange.reference.instruments import Instrument
from exchange.reference.money import AMOUNT_MAX, BALANCE_MAX, amount_of, money_text
from exchange.refusals import Refusal
from exchange.rejections import RejectReason

SPLIT_MAX = 10_000
"""New or old shares of a split: 1 for 10,000 is beyond all that was ever done."""

SYMBOL_LENGTH_MAX = 32

NOTIONAL_MAX = 999_999_999_999_999_999
"""The largest quantity at the highest price: so many digits are read and kept."""

_SHARES = (Bucket.AVAILABLE, Bucket.RESERVED, Bucket.SHORT)


class Elsewhere(Struct, gc=False):
    """What other parts of the venue do about an action."""

    list_instrument: Callable[[Instrument], None]
    """Lists an instrument, or gives a listed one other rules."""
    set_reference: Callable[[str, int], None]
    """Sets the price that an instrument's day is measured from."""
    close: Callable[[str, str], None]
    """Ends trading in an instrument: symbol and reason."""
    split: Callable[[str, int, int], None]
    """Stop-losses follow a split: symbol, new shares, old shares."""
    rename: Callable[[str, str], None]
    """Whatever is kept by symbol goes on under another one."""


class CorporateActions:
    """Actions that were announced, and are done in their time."""

    def __init__(self, engine: Engine, clearing: Clearing, elsewhere: Elsewhere) -> None:
        self._engine = engine
        self._clearing = clearing
        self._elsewhere = elsewhere
        self._orders = AdjustedOrders(engine, clearing.claims)
        self._tape = engine.tape
        self.announced: list[CorporateAction] = []
        """Those to come, in the order of their announcement."""

    def announce(self, command: AnnounceCorporateAction) -> None:
        """An action to come; done at once when its day has come already."""
        action, tape = command.action, self._tape
        refusal = self._refusal(action)
        if refusal is not None:
            self._refuse(refusal)
            return
        self._clearing.ledger.use_reference(action.action_id)
        tape.number += 1
        tape.events.append(CorporateActionAnnounced(tape.number, tape.at, action))
        self.announced.append(action)
        market = self._engine.markets[action.symbol].instrument.market
        self.day_opened(market, self._clearing.days.date_of(market))

    def day_opened(self, market: str, date: int) -> None:
        """Does what is due in the instruments of a market, the oldest first."""
        due = [
            action
            for action in self.announced
            if action.ex_date <= date and self._engine.markets[action.symbol].instrument.market == market
        ]
        for action in sorted(due, key=lambda one: one.ex_date):
            # One before it may have given the symbol another name.
            present = next(one for one in self.announced if one.action_id == action.action_id)
            self.announced.remove(present)
            self._do(present)

    def state(self) -> list[CorporateAction]:
        """All of it as values, for the venue's hash."""
        return self.announced

    def _do(self, action: CorporateAction) -> None:
        tape, market = self._tape, self._engine.markets[action.symbol]
        refusal = self._size_refusal(action)
        if refusal is not None:
            self._refuse(refusal)
            return
        tape.number += 1
        tape.events.append(CorporateActionDone(tape.number, tape.at, action))
        match action.kind:
            case ActionKind.SPLIT:
                self._split(action, market)
            case ActionKind.CASH_DIVIDEND:
                self._pay(action, market)
            case ActionKind.SYMBOL_CHANGE:
                self._rename(action, market)
            case _:
                assert_never(action.kind)
        self._engine.follow(market)
        if tape.touched:
            tape.show_levels()

    # Splits

    def _split(self, action: CorporateAction, market: Market) -> None:
        new, old = action.numerator, action.denominator
        book, price = market.book, market.book.last_price or market.reference_price
        orders = self._orders.take(market)
        self._split_ledger(action, market, price)
        instrument = market.instrument
        book.last_price = _scaled(book.last_price, new, old, instrument)
        market.closing_price = _scaled(market.closing_price, new, old, instrument)
        market.last_auction_price = _scaled(market.last_auction_price, new, old, instrument)
        reference = _scaled(market.reference_price, new, old, instrument)
        self._elsewhere.list_instrument(
            msgspec.structs.replace(
                instrument,
                reference_price=_scaled(instrument.reference_price, new, old, instrument),
                lowest_price=_scaled(instrument.lowest_price, new, old, instrument),
                highest_price=_highest(new, old, instrument),
            )
        )
        self._elsewhere.set_reference(market.symbol, reference)
        self._elsewhere.split(market.symbol, new, old)
        self._orders.split(orders, market, new, old)

    def _split_ledger(self, action: CorporateAction, market: Market, price: int) -> None:
        """New shares for old ones in every account; the house takes the fractions and pays for them."""
        clearing, symbol, instrument = self._clearing, market.symbol, market.instrument
        new, old = action.numerator, action.denominator
        clearing.obligations.split(symbol, new, old)
        postings: list[Posting] = []
        for account, asset, row in list(clearing.ledger):
            if asset != symbol or account == HOUSE:
                continue
            short = split_quantity(row[Bucket.SHORT], new, old)
            traded = split_quantity(sum(row[bucket] for bucket in _SHARES), new, old)
            unsettled = split_quantity(row[Bucket.UNSETTLED], new, old)
            if clearing.obligations.shares_of(account, symbol) is not None:
                unsettled = -(clearing.obligations.shares_of(account, symbol) or 0)
            wanted = {Bucket.AVAILABLE: traded - short, Bucket.SHORT: short, Bucket.UNSETTLED: unsettled}
            postings += (
                Posting(account, symbol, bucket, shares - row[bucket])
                for bucket, shares in wanted.items()
                if shares != row[bucket]
            )
        issued = -sum(posting.amount for posting in postings)
        if issued:
            postings.append(Posting(HOUSE, symbol, Bucket.AVAILABLE, issued))
        for account, name, position in list(clearing.positions):
            if name != symbol or not position.entries:
                continue
            # A position of nothing is split, too: a trade of before may still be busted.
            sign = 1 if position.quantity > 0 else -1
            left = abs(position.quantity) * new % old
            paid = sign * (amount_of(left * price, instrument.price_digits) // new)
            if paid:
                # The fraction is sold: what it brings lowers what the rest has cost.
                position.add(Entry(EntryKind.TRANSFER, self._engine.last_trade_id, 0, -paid))
                postings.append(Posting(account, instrument.currency, Bucket.AVAILABLE, paid))
                postings.append(Posting(HOUSE, instrument.currency, Bucket.AVAILABLE, -paid))
            position.located = split_quantity(position.located, new, old)
            position.add(Entry(EntryKind.SPLIT, self._engine.last_trade_id, new, old))
        if postings:
            clearing.post(PostingCause.SPLIT, action.action_id, postings, f"{new} for {old}")
        for account, name, _ in list(clearing.positions):
            if name == symbol:
                clearing.tell_position(account, symbol, PostingCause.SPLIT)

    # Dividends

    def _pay(self, action: CorporateAction, market: Market) -> None:
        instrument, clearing = market.instrument, self._clearing
        postings: list[Posting] = []
        for account, symbol, position in clearing.positions:
            if symbol == market.symbol and position.quantity:
                paid = position.quantity * action.amount
                postings.append(Posting(account, instrument.currency, Bucket.AVAILABLE, paid))
                postings.append(Posting(HOUSE, instrument.currency, Bucket.AVAILABLE, -paid))
        if postings:
            text = f"{money_text(action.amount)} {instrument.currency} a share"
            clearing.post(PostingCause.DIVIDEND, action.action_id, postings, text)
        unit = amount_of(1, instrument.price_digits) or 1
        less = action.amount // unit
        reference = max(instrument.tick, market.reference_price - less)
        tick = instrument.tick_at(reference)
        self._elsewhere.set_reference(market.symbol, max(tick, reference // tick * tick))
        self._orders.lower(market, less)

    # Other symbols

    def _rename(self, action: CorporateAction, market: Market) -> None:
        """The instrument goes on under another symbol, with its positions; its orders end."""
        clearing, old, new = self._clearing, market.symbol, action.new_symbol
        self._orders.end(market)
        instrument = msgspec.structs.replace(
            market.instrument, symbol=new, reference_price=market.book.last_price or market.reference_price
        )
        self._elsewhere.list_instrument(instrument)
        clearing.rename(old, new, action.action_id)
        self.announced = [
            msgspec.structs.replace(one, symbol=new) if one.symbol == old else one for one in self.announced
        ]
        self._elsewhere.rename(old, new)
        # No timetable opens what nobody has any more.
        self._elsewhere.list_instrument(msgspec.structs.replace(market.instrument, market=""))
        self._elsewhere.close(old, f"goes on as {new}")

    # Refusals

    def _refusal(self, action: CorporateAction) -> Refusal | None:
        markets, reason = self._engine.markets, RejectReason.INVALID_CORPORATE_ACTION
        if action.symbol not in markets:
            text = f"{action.symbol or '(none)'} is not listed"
            return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", text)
        if not action.action_id or self._clearing.ledger.has_reference(action.action_id):
            why = "was used before" if action.action_id else "is missing"
            return Refusal(RejectReason.DUPLICATE_REFERENCE, "action_id", f"{action.action_id} {why}".lstrip())
        if not is_date(action.ex_date):
            return Refusal(reason, "ex_date", f"{action.ex_date} is no date such as 20240621")
        match action.kind:
            case ActionKind.SPLIT:
                parts = (action.numerator, action.denominator)
                if not all(0 < part <= SPLIT_MAX for part in parts) or parts[0] == parts[1]:
                    text = f"{parts[0]} for {parts[1]} is no split: both are 1 to {SPLIT_MAX}, and not the same"
                    return Refusal(reason, "numerator", text)
            case ActionKind.CASH_DIVIDEND:
                if not 0 < action.amount <= AMOUNT_MAX // SPLIT_MAX:
                    most = money_text(AMOUNT_MAX // SPLIT_MAX)
                    text = f"{money_text(action.amount)} is not more than 0 and at most {most}"
                    return Refusal(reason, "amount", text)
            case ActionKind.SYMBOL_CHANGE:
                if not 0 < len(action.new_symbol) <= SYMBOL_LENGTH_MAX or action.new_symbol in markets:
                    why = "is listed already" if action.new_symbol in markets else "is no symbol"
                    return Refusal(reason, "new_symbol", f"{action.new_symbol[:SYMBOL_LENGTH_MAX]} {why}".lstrip())
            case _:
                assert_never(action.kind)
        return None

    def _size_refusal(self, action: CorporateAction) -> Refusal | None:
        """Why an action is not done that would leave more than the ledger keeps: at its ex date, when it shows."""
        match action.kind:
            case ActionKind.SPLIT:
                most = BALANCE_MAX * action.denominator // action.numerator
            case ActionKind.CASH_DIVIDEND:
                most = BALANCE_MAX // action.amount
            case ActionKind.SYMBOL_CHANGE:
                return None
            case _:
                assert_never(action.kind)
        held = sum(
            sum(abs(amount) for amount in row)
            for account, asset, row in self._clearing.ledger
            if asset == action.symbol and account != HOUSE
        )
        if held <= most:
            return None
        text = f"{action.action_id} is not done: accounts have {held} {action.symbol}, and it can be done for {most}"
        return Refusal(RejectReason.BALANCE_LIMIT, "symbol", text)

    def _refuse(self, refusal: Refusal) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(
            CommandRefused(tape.number, tape.at, "corporate-action", refusal.reason, refusal.field, refusal.text)
        )


def _scaled(price: int, new: int, old: int, instrument: Instrument) -> int:
    """A price after a split, on the tick; 0 stays no price."""
    if not price:
        return 0
    scaled = price * old // new
    tick = instrument.tick_at(scaled)
    return max(tick, scaled // tick * tick)


def _highest(new: int, old: int, instrument: Instrument) -> int:
    """The highest price after a split, which the largest quantity must not make too long for the ledger."""
    price = -(-instrument.highest_price * old // new)
    price = min(price, NOTIONAL_MAX // instrument.max_quantity)
    tick = instrument.tick_at(price)
    return max(tick, price // tick * tick)
