"""Settlement: on each business day what is due is delivered and paid, net by account and instrument.

The clearing house stands between buyers and sellers, as in continuous net settlement: who owes shares delivers them to
it against money, and it delivers them on against money as far as it has them. So nobody gives without getting; what
cannot be done fails, is told with the figures, and is tried again on the next business day. It lends what was sold
short; where the rules say that it does not, only what an order has named a place for is borrowed, and the rest fails.
Funded accounts pay from their settled money and their credit; the others are lent what they lack.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from msgspec import Struct

from exchange.clearing.business_days import is_date
from exchange.clearing.clearing import Clearing
from exchange.clearing.limit_book import LimitBook
from exchange.clearing.obligations import Key, Obligation
from exchange.clearing.positions import part_of
from exchange.clearing_events import ClearingRulesSet, ObligationSettled, SettlementDayOpened, SettlementFailed
from exchange.commands import OpenSettlementDay, SetClearingRules
from exchange.events import CommandRefused
from exchange.matching.engine import Engine
from exchange.postings import CLEARING_HOUSE, OUTSIDE, Bucket, Posting
from exchange.reference.clearing_rules import ClearingRules
from exchange.reference.money import money_text
from exchange.refusals import Refusal
from exchange.rejections import RejectReason


class Net(Struct, gc=False):
    """What one account has to do in one instrument today."""

    account: str
    symbol: str
    due: int
    """The oldest date in it."""
    shares: int = 0
    """To come; less than 0: to be delivered."""
    cash: int = 0
    attempts: int = 0
    why: str = ""
    """Why it has not been done so far, if it has been tried."""


class Settlement:
    """The clearing house's day."""

    def __init__(self, engine: Engine, clearing: Clearing, limits: LimitBook) -> None:
        self._engine = engine
        self._clearing = clearing
        self._limits = limits
        self._tape = engine.tape
        self.rules = ClearingRules()
        self.day_opened: list[Callable[[str, int], None]] = []
        """Who is told that a business day of a market began, before anything settles: market and date."""
        self.failed: list[Callable[[Net], None]] = []
        """Who is told of what was not delivered."""

    def set_rules(self, command: SetClearingRules) -> None:
        """How fails are dealt with from now on."""
        after = command.rules.buy_in_after
        if after < 0:
            self._refuse("clearing-rules", Refusal(RejectReason.INVALID_LIMITS, "buy_in_after", f"{after} is below 0"))
            return
        self.rules = command.rules
        tape = self._tape
        tape.number += 1
        tape.events.append(ClearingRulesSet(tape.number, tape.at, command.rules))

    def open_day(self, command: OpenSettlementDay) -> None:
        """A business day of a market begins: what is due in its instruments is settled."""
        refusal = self._day_refusal(command)
        if refusal is not None:
            self._refuse("settlement-day", refusal)
            return
        self._clearing.days.open(command.market, command.date, command.next_dates)
        tape = self._tape
        tape.number += 1
        tape.events.append(SettlementDayOpened(tape.number, tape.at, command.market, command.date))
        for tell in self.day_opened:
            tell(command.market, command.date)
        self._settle(command.market, command.date)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [self.rules]

    # The day's work

    def _settle(self, market: str, date: int) -> None:
        nets = self._collect(market, date)
        waiting = nets
        while waiting:
            left = [net for net in waiting if not self._settle_whole(net, date)]
            if len(left) == len(waiting):
                break
            waiting = left
        if self.rules.settles_partially:
            waiting = self._settle_parts(waiting, date)
        for net in waiting:
            self._fail(net, date)

    def _collect(self, market: str, date: int) -> list[Net]:
        """What is due, net by account and instrument, oldest first."""
        clearing, markets = self._clearing, self._engine.markets
        nets: dict[tuple[str, str], Net] = {}
        for key, one in clearing.obligations.due(date):
            due, account, symbol = key
            if markets[symbol].instrument.market != market:
                continue
            clearing.obligations.remove(key)
            net = nets.setdefault((account, symbol), Net(account, symbol, due))
            net.shares += one.shares
            net.cash += one.cash
            net.attempts = max(net.attempts, one.attempts)
        # What nets out to nothing has nothing to move.
        return [net for net in nets.values() if net.shares or net.cash]

    def _settle_whole(self, net: Net, date: int) -> bool:
        """Settles all of one, if that can be; else notes why not."""
        shares, net.why = self._movable(net)
        if shares != net.shares:
            return False
        cash = self._payable(net)
        if net.cash < 0 and cash < -net.cash:
            currency = self._engine.markets[net.symbol].instrument.currency
            net.why = f"{money_text(-net.cash)} {currency} are to be paid and {money_text(max(0, cash))} are there"
            return False
        self._move(net, net.shares, net.cash, date)
        return True

    def _settle_parts(self, nets: list[Net], date: int) -> list[Net]:
        """Settles of each what can be: as many shares as are there and paid for, for their part of the money."""
        left: list[Net] = []
        # Those that deliver come first: what they bring can be delivered on.
        for net in sorted(nets, key=lambda one: one.shares > 0):
            shares, _ = self._movable(net)
            if net.cash < 0 and net.shares:
                payable = max(0, self._payable(net))
                sign = 1 if shares > 0 else -1
                shares = sign * min(abs(shares), abs(net.shares) * payable // -net.cash)
            if shares:
                self._move(net, shares, part_of(net.cash, abs(shares), abs(net.shares)), date)
            if net.shares or net.cash:
                left.append(net)
        return left

    def _movable(self, net: Net) -> tuple[int, str]:
        """How many of the shares can move now, and what is missing for the others."""
        ledger, symbol = self._clearing.ledger, net.symbol
        if net.shares > 0:
            there = max(0, ledger.balance(CLEARING_HOUSE, symbol, Bucket.AVAILABLE))
            why = f"{net.shares} {symbol} are to come and {there} have been delivered to the clearing house"
            return min(net.shares, there), "" if there >= net.shares else why
        if net.shares < 0 and not self._lends_freely(net.account):
            # What was sold short is borrowed: the settled balance may go down to what is owed to the lender.
            short, located = -ledger.balance(net.account, symbol, Bucket.SHORT), self._located(net)
            borrowed = short if self.rules.lends_shares else min(short, located)
            there = max(0, ledger.settled(net.account, symbol) + borrowed)
            why = f"{-net.shares} {symbol} are to be delivered and {there} are there"
            return -min(-net.shares, there), "" if there >= -net.shares else why
        return net.shares, ""

    def _lends_freely(self, account: str) -> bool:
        """Whether an account is lent whatever it lacks: it is not funded, or is what others clear."""
        return account == OUTSIDE or (self.rules.lends_shares and self._limits.funded(account) is None)

    def _located(self, net: Net) -> int:
        return self._clearing.positions.at(net.account, net.symbol).located

    def _payable(self, net: Net) -> int:
        """Money that an account can pay now; enough of it where it is not funded."""
        limits = self._limits.funded(net.account)
        if limits is None:
            return abs(net.cash)
        currency = self._engine.markets[net.symbol].instrument.currency
        return self._clearing.ledger.settled(net.account, currency) + limits.credit_limit

    def _move(self, net: Net, shares: int, cash: int, date: int) -> None:
        """Delivers and pays against the clearing house, and tells it; what is left stays in the net."""
        currency = self._engine.markets[net.symbol].instrument.currency
        net.shares -= shares
        net.cash -= cash
        postings = tuple(
            posting
            for asset, amount in ((net.symbol, shares), (currency, cash))
            if amount
            for posting in (
                Posting(net.account, asset, Bucket.UNSETTLED, amount),
                Posting(CLEARING_HOUSE, asset, Bucket.AVAILABLE, -amount),
            )
        )
        self._clearing.ledger.post(postings)
        tape = self._tape
        tape.number += 1
        tape.events.append(
            ObligationSettled(
                tape.number, tape.at, date, net.account, net.symbol, net.due, shares, cash, net.shares, net.cash,
                postings,
            )
        )  # fmt: skip

    def _fail(self, net: Net, date: int) -> None:
        """What could not be done is due again, under its date, and everybody hears why."""
        net.attempts += 1
        key: Key = (net.due, net.account, net.symbol)
        self._clearing.obligations.put(key, Obligation(net.shares, net.cash, net.attempts))
        tape = self._tape
        tape.number += 1
        tape.events.append(
            SettlementFailed(
                tape.number, tape.at, date, net.account, net.symbol, net.due, net.shares, net.cash, net.attempts,
                net.why,
            )
        )  # fmt: skip
        for tell in self.failed:
            tell(net)

    # Refusals

    def _day_refusal(self, command: OpenSettlementDay) -> Refusal | None:
        last = self._clearing.days.date_of(command.market)
        if command.date <= last:
            text = f"{command.date} is not after {last}, which market {command.market or '(none)'} is in"
            return Refusal(RejectReason.INVALID_LIMITS, "date", text)
        days = (command.date, *command.next_dates)
        if not all(map(is_date, days)):
            wrong = next(date for date in days if not is_date(date))
            return Refusal(RejectReason.INVALID_LIMITS, "date", f"{wrong} is no date such as 20240621")
        if not command.next_dates or any(later <= day for day, later in pairwise(days)):
            text = f"{list(command.next_dates)} are not business days after {command.date}, each after the one before"
            return Refusal(RejectReason.INVALID_LIMITS, "next_dates", text)
        return None

    def _refuse(self, command: str, refusal: Refusal) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(CommandRefused(tape.number, tape.at, command, refusal.reason, refusal.field, refusal.text))
