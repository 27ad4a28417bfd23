"""A small language for tests of the ledger: a market whose accounts are cleared, with money as decimal text.

`books.of("ALICE", "USD")` answers what stands in each bucket that is not empty: `available 900 reserved 100`.
"""

from __future__ import annotations

import msgspec

from exchange.commands import Command, Holding, ListInstrument, OpenSettlementDay, SetHoldings, SetRiskLimits, Transfer
from exchange.events import CommandRefused, Event, OrderRejected
from exchange.postings import Bucket, TransferKind
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.instruments import Instrument
from exchange.reference.limits import LimitScope, RiskLimits
from exchange.reference.money import money_text, parse_money
from tests.exchange.market import ACME, Market, units

NAMES = ("ALICE", "BOB", "CAROL")


class Books(Market):
    """ACME and other instruments, and three accounts that are cleared."""

    def __init__(self, *instruments: Instrument, fees: FeeSchedule | None = None) -> None:
        first, *others = instruments or (ACME,)
        super().__init__(first, *(Account(name, name, fees=fees, is_cleared=True) for name in NAMES))
        for other in others:
            self.list_also(other)
        self.references = 0

    def list_also(self, instrument: Instrument) -> None:
        """Lists one more."""
        self.apply(ListInstrument(instrument))

    def enter(self, *commands: Command) -> list[Event]:
        """The events of the last of some commands."""
        events: list[Event] = []
        for command in commands:
            events = self.apply(command)
        return events

    def transfer(
        self,
        account: str,
        asset: str,
        amount: str,
        kind: TransferKind = TransferKind.DEPOSIT,
        *,
        cost: str = "0",
        reference: str = "",
    ) -> list[Event]:
        """A transfer of any kind, of a new reference unless it is given."""
        self.references += 1
        value = int(amount) if asset in self.venue.markets else money(amount)
        reference = reference or f"T{self.references}"
        return self.apply(Transfer(account, kind, asset, value, reference, money(cost)))

    def hold(self, account: str, *held: tuple[str, int, str], reference: str = "H1") -> list[Event]:
        """Corrects positions: symbol, shares and price."""
        holdings = tuple(Holding(symbol, quantity, units(price)) for symbol, quantity, price in held)
        return self.apply(SetHoldings(account, holdings, reference))

    def fund(self, account: str, **limits: object) -> None:
        """Makes an account need what its orders cost."""
        self.limit(account, msgspec.structs.replace(RiskLimits(is_funded=True), **limits))

    def limit(self, account: str, limits: RiskLimits | None) -> None:
        """Gives an account its limits, or takes them away."""
        self.apply(SetRiskLimits(LimitScope.ACCOUNT, account, limits))

    def open_day(self, date: int, *following: int, market: str = "") -> list[Event]:
        """A business day begins."""
        return self.apply(OpenSettlementDay(market, date, following))

    def of(self, account: str, asset: str = "USD") -> str:
        """What stands in each bucket that is not empty."""
        rows = {(name, of): row for name, of, row in self.venue.clearing.ledger}
        row = rows.get((account, asset), ())
        text = str if asset in self.venue.markets else money_text
        return " ".join(
            f"{bucket.name.lower()} {text(amount)}" for bucket, amount in zip(Bucket, row, strict=False) if amount
        )

    def position(self, account: str, symbol: str = "ACME") -> str:
        """Shares, cost and profit."""
        position = self.venue.clearing.positions.at(account, symbol)
        return f"{position.quantity} for {money_text(position.cost)}, realised {money_text(position.realised)}"

    def due(self, account: str) -> list[str]:
        """What is not settled, oldest first."""
        return [
            f"{due} {symbol} {one.shares} {money_text(one.cash)}"
            for due, symbol, one in self.venue.clearing.obligations.of(account)
        ]


def money(text: str) -> int:
    """An amount in units of money."""
    value = parse_money(text.lstrip("-"))
    assert value is not None, text
    return -value if text.startswith("-") else value


def refusal_in(events: list[Event]) -> str:
    """The one refusal among events: reason, field and text."""
    [refused] = [event for event in events if isinstance(event, CommandRefused | OrderRejected)]
    return f"{refused.reason}: {refused.field} {refused.text}"
