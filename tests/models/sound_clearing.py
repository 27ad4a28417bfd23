"""What holds of every account after every command: the ledger is what the events say, and every order is paid for.

`SoundClearing` has the naive ledger, positions and claims read along, and compares them with the venue's. One thing
alone takes an account below what it may spend: what its docstring of `MAY_OVERDRAW` names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from exchange.clearing_events import FillCleared
from exchange.commands import (
    AnnounceCorporateAction,
    BustTrade,
    Command,
    CorrectTrade,
    OpenAccount,
    OpenSettlementDay,
    SetRiskLimits,
)
from exchange.events import Event, OrderFilled
from exchange.orders import Side
from exchange.postings import CLEARING_HOUSE, HOUSE, OUTSIDE, Bucket, Posting
from exchange.venue import Venue
from tests.models.naive_claims import NaiveClaims, without_zeros
from tests.models.naive_ledger import TRADED, NaiveLedger

MAY_OVERDRAW = (OpenAccount, SetRiskLimits, BustTrade, CorrectTrade, OpenSettlementDay, AnnounceCorporateAction)
"""Commands after which a funded account may have less than nothing to spend: its open orders claim what they need by
new limits, a trade that it has spent the proceeds of is undone, its short position pays a dividend, its debts are
bought in. Nothing else takes a funded account below its credit, or further below."""

LAST_DATE = 1 << 62


class SoundClearing:
    """Raises `AssertionError` by what does not hold."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.naive = NaiveLedger()
        self.claims = NaiveClaims(venue)
        self._accounts = dict(venue.accounts)
        self._spendable: dict[tuple[str, str], int] = {}

    def look(self, command: Command, events: Sequence[Event]) -> None:
        """At the events of a command, and at the accounts behind it."""
        venue = self._venue
        self.naive.take(command, events)
        self.naive.check_answered({name for name, account in venue.accounts.items() if account.is_cleared})
        self.claims.take(events, self._accounts | venue.accounts)
        self._accounts = dict(venue.accounts)
        self._compare_balances()
        self._compare_positions()
        self._compare_reservations()
        self._compare_obligations()
        self._look_at_buckets()
        self._look_at_what_is_free(command, events)

    def _compare_balances(self) -> None:
        kept = {
            (account, asset, bucket): amount
            for account, asset, row in self._venue.clearing.ledger
            for bucket, amount in zip(Bucket, row, strict=True)
            if amount
        }
        naive = {key: amount for key, amount in self.naive.balances.items() if amount}
        assert kept == naive, f"the events say otherwise: {set(kept.items()) ^ set(naive.items())}"
        for (account, asset), amount in self.naive.money.items():
            assert self._venue.clearing.ledger.traded(account, asset) == amount, f"{account} should have {amount}"

    def _compare_positions(self) -> None:
        """Shares are what was traded; cost and profit together are all money that went for them."""
        for account, symbol, position in self._venue.clearing.positions:
            sums = self.naive.positions.sums(account, symbol)
            assert (position.quantity, position.cost, position.realised) == sums, f"{account} {symbol}: {sums}"
            traded = self._venue.clearing.ledger.traded(account, symbol)
            assert traded == sums.quantity, f"{account} has {traded} {symbol}, and a position of {sums.quantity}"
            money = self.naive.positions.money(account, symbol)
            assert sums.cost - sums.realised == money, f"{account} {symbol}: profit from nowhere"

    def _compare_reservations(self) -> None:
        naive = without_zeros(self.claims.reserved().items())
        kept = without_zeros(
            ((account, asset), row[Bucket.RESERVED]) for account, asset, row in self._venue.clearing.ledger
        )
        assert kept == naive, f"orders need, reserved is: {set(naive.items()) ^ set(kept.items())}"

    def _compare_obligations(self) -> None:
        due: Counter[tuple[str, str]] = Counter()
        instruments = self._venue.instruments
        for (_, account, symbol), one in self._venue.clearing.obligations.due(LAST_DATE):
            due[account, symbol] -= one.shares
            due[account, instruments[symbol].currency] -= one.cash
        ledger = self._venue.clearing.ledger
        kept = without_zeros(((account, asset), row[Bucket.UNSETTLED]) for account, asset, row in ledger)
        owed = without_zeros(due.items())
        assert owed == kept, f"what is unsettled is owed: {set(owed.items()) ^ set(kept.items())}"

    def _look_at_buckets(self) -> None:
        ledger, positions = self._venue.clearing.ledger, self._venue.clearing.positions
        collateral: Counter[tuple[str, str]] = Counter()
        for account, symbol, position in positions:
            collateral[account, self._venue.instruments[symbol].currency] += position.collateral
        for account, asset, row in ledger:
            if account in (HOUSE, CLEARING_HOUSE, OUTSIDE):
                continue
            is_share = asset in self._venue.instruments
            assert row[Bucket.RESERVED] >= 0 and row[Bucket.COLLATERAL] == collateral[account, asset] >= 0
            assert row[Bucket.SHORT] <= 0 and (is_share or not row[Bucket.SHORT])
            if is_share:
                assert row[Bucket.AVAILABLE] >= 0, f"{account}: {asset} {row}"
                assert not (row[Bucket.AVAILABLE] and row[Bucket.SHORT]), f"{account} has and lacks {asset}: {row}"
                assert row[Bucket.SHORT] or not positions.at(account, asset).collateral, f"{account} {asset}: {row}"
            traded = sum(row[bucket] for bucket in TRADED)
            assert traded == ledger.traded(account, asset)

    def _look_at_what_is_free(self, command: Command, events: Sequence[Event]) -> None:
        """A funded account spends what it has, and its credit.

        Two things go beyond it: fees larger than what a sale brings, and a buy without a limit that an auction, or a
        band that has moved on, makes dearer than the upper band of its entry.
        """
        ledger, before = self._venue.clearing.ledger, self._spendable
        self._spendable = {}
        unpaid = self._unpaid(events)
        for account, asset, row in ledger:
            limits = self._venue.limits.funded(account)
            if limits is None or asset in self._venue.instruments:
                continue
            spendable = self._spendable[account, asset] = row[Bucket.AVAILABLE] + limits.credit_limit
            least = min(0, before.get((account, asset), 0)) - unpaid[account, asset]
            assert spendable >= least or isinstance(command, MAY_OVERDRAW), f"{account} {asset}: {spendable} < {least}"

    def _unpaid(self, events: Sequence[Event]) -> Counter[tuple[str, str]]:
        """What fills took beyond what was reserved, where nobody could know it before."""
        unpaid: Counter[tuple[str, str]] = Counter()
        unlimited = {
            (one.trade_id, one.terms.order_id) for one in events if isinstance(one, OrderFilled) and not one.terms.price
        }
        for event in events:
            if not isinstance(event, FillCleared):
                continue
            currency = self._venue.instruments[event.symbol].currency
            if event.side is Side.SELL:
                unpaid[event.account, currency] += max(0, event.fee - event.amount)
            elif (event.trade_id, event.order_id) in unlimited:
                unpaid[event.account, currency] -= min(0, sum(map(_free_money, event.postings)))
        return unpaid


def _free_money(posting: Posting) -> int:
    return posting.amount if posting.bucket is Bucket.AVAILABLE and posting.amount < 0 else 0
