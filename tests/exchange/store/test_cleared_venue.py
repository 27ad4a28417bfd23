"""The store of a venue whose accounts are cleared: it says of money and shares what the venue itself says."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import func, select

from exchange.commands import (
    AnnounceCorporateAction,
    BustTrade,
    Command,
    CorrectTrade,
    EnterOrder,
    ListInstrument,
    OpenAccount,
    OpenSettlementDay,
    SetRiskLimits,
    SetStopLoss,
    Transfer,
)
from exchange.events import Event, Traded
from exchange.orders import OrderType, Side, TimeInForce
from exchange.postings import CLEARING_HOUSE, HOUSE, Bucket, TransferKind
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import ActionKind, CorporateAction, FeeSchedule
from exchange.reference.instruments import Instrument
from exchange.reference.limits import LimitScope, RiskLimits, StopLoss
from exchange.store.database import Database
from exchange.store.schema import balances, postings, stock_positions
from exchange.venue import Venue
from tests.exchange.store.naive_tables import naive_tables, tables
from tests.exchange.store.stores import project
from tests.exchange.store.trading_history import START

ACCOUNTS = ("A1", "B2", "C3")
SYMBOLS = ("ACME", "MSFT")
SECOND = 1_000_000_000
ORDERS_OF_DAY = 60
DATES = (20240617, 20240618, 20240619, 20240620, 20240621, 20240624, 20240625)


class Market:
    """A venue, and everything that it has told."""

    def __init__(self, seed: int) -> None:
        self.venue, self.told = Venue(), list[Event]()
        self._random, self._at = Random(seed), START
        for symbol in SYMBOLS:
            self.apply(ListInstrument(Instrument(symbol, 2, 1, 1, "USD", 1000, 100, 9_000, 1_000_000)))
        fees = FeeSchedule(maker_parts=-20, taker_parts=300, taker_per_share=5_000, minimum=1_000_000)
        for account in ACCOUNTS:
            self.apply(OpenAccount(Account(account, account, fees=fees, is_cleared=True)))
            self.apply(SetRiskLimits(LimitScope.ACCOUNT, account, RiskLimits(is_funded=True)))
            self.apply(Transfer(account, TransferKind.OPENING, "USD", 10**13, f"{account}-usd"))
            for symbol in SYMBOLS:
                self.apply(Transfer(account, TransferKind.OPENING, symbol, 10**5, f"{account}-{symbol}", 10**9))

    def apply(self, command: Command) -> None:
        self._at += 20 * SECOND
        self.told += self.venue.apply(command, self._at)

    def trade(self, orders: int) -> None:
        random = self._random
        for number in range(orders):
            if number % ORDERS_OF_DAY == 0:
                self._open_day(number // ORDERS_OF_DAY)
            kind, trades = random.random(), [event for event in self.told if isinstance(event, Traded)]
            if kind < 0.05 and trades:
                self.apply(BustTrade(random.choice(trades).trade_id, "error"))
            elif kind < 0.1 and trades:
                trade = random.choice(trades)
                self.apply(CorrectTrade(trade.trade_id, trade.price + 1, trade.quantity, "price"))
            elif kind < 0.15:
                amount = random.randint(1, 10**9)
                self.apply(Transfer(random.choice(ACCOUNTS), TransferKind.DEPOSIT, "USD", amount, f"d{number}"))
            else:
                self.apply(self._order(number))

    def _open_day(self, day: int) -> None:
        date, *following = DATES[day : day + 3]
        self.apply(OpenSettlementDay("", date, tuple(following)))
        action = {
            0: CorporateAction("d1", ActionKind.CASH_DIVIDEND, "ACME", DATES[2], amount=500_000),
            1: CorporateAction("s1", ActionKind.SPLIT, "MSFT", DATES[3], 2, 1),
        }.get(day)
        if action is not None:
            self.apply(AnnounceCorporateAction(action))
        self.apply(SetStopLoss("A1", "ACME", StopLoss(900)))

    def _order(self, number: int) -> EnterOrder:
        random = self._random
        return EnterOrder(
            "ALICE", f"c{number}", random.choice(ACCOUNTS), random.choice(SYMBOLS), random.choice(list(Side)),
            OrderType.LIMIT, TimeInForce.DAY, random.randint(1, 500), random.randint(995, 1005),
        )  # fmt: skip


@pytest.fixture(scope="module")
def market() -> Market:
    market = Market(seed=3)
    market.trade(300)
    return market


async def test_balances_and_positions_are_the_venues(database: Database, market: Market) -> None:
    await project(database, market.told, batch=97)
    clearing = market.venue.clearing
    async with database.reading() as connection:
        stored = (await connection.execute(select(balances))).all()
        positions = (await connection.execute(select(stock_positions))).all()
        sums = (
            await connection.execute(select(postings.c.asset, func.sum(postings.c.amount)).group_by(postings.c.asset))
        ).all()
    assert len(stored) > 20 and len(positions) == len(ACCOUNTS) * len(SYMBOLS)
    found = {(row.account, row.asset, row.bucket): row.amount for row in stored}
    known = {
        (account, asset, bucket.name): row[bucket]
        for account, asset, row in clearing.ledger
        for bucket in Bucket
        if account not in {HOUSE, CLEARING_HOUSE} and (row[bucket] or (account, asset, bucket.name) in found)
    }
    assert found == known
    for row in positions:
        position = clearing.positions.at(row.account, row.symbol)
        assert (row.quantity, row.cost, row.realised) == (position.quantity, position.cost, position.realised)
    assert [total for _, total in sums] == [0] * (len(SYMBOLS) + 1)


def test_the_venue_of_these_tests_does_all_that_clearing_does(market: Market) -> None:
    assert {type(event).__name__ for event in market.told} >= {
        "FillCleared", "FillRecleared", "Posted", "PositionChanged", "RiskLimitsSet", "StopLossSet",
        "SettlementDayOpened", "ObligationSettled", "CorporateActionAnnounced", "CorporateActionDone",
    }  # fmt: skip


async def test_tables_hold_what_a_cleared_venue_tells(database: Database, market: Market) -> None:
    await project(database, market.told)
    assert await tables(database) == naive_tables(market.told)
