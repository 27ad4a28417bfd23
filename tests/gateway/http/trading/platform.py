"""A venue with users, portfolios, a store and the trading routes, in one loop: for tests that ask over HTTP.

Everything is real but the logins: a caller is who `Authorization: Bearer NAME` says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from exchange.commands import Command, ListInstrument, OpenAccount, SetRiskLimits, Transfer
from exchange.events import Event
from exchange.phases import Phase
from exchange.postings import TransferKind
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.instruments import Instrument
from exchange.reference.limits import LimitScope, RiskLimits
from exchange.reference.money import MONEY_UNIT
from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.store.database import Database
from exchange.store.errors import StoreError
from exchange.store.identity import Role
from exchange.store.people import People
from exchange.store.portfolios import PortfolioStore
from exchange.store.projection import Projection
from exchange.store.timely import TimelyQueries
from exchange.venue import Venue
from gateway.audit import AuditEntry
from gateway.calendar.market_calendar import MarketCalendar
from gateway.calendar.timetable import Timetable, TimetableRow
from gateway.calendar.trading_dates import TradingDates
from gateway.command_desk import CommandDesk
from gateway.http.callers import Caller, Via
from gateway.http.problems import Problem, answer_failure, answer_http_exception, answer_problem, answer_store_error
from gateway.http.trading.routes import trading_routes
from gateway.http.trading.view import Trading, TradingTerms
from gateway.http.wrong_fields import answer_wrong_fields
from gateway.platform.portfolios import NewPortfolios, Portfolios
from gateway.trading import build_trading

DAY = 1_700_000_000 * 10**9
USERS = {
    "john": (Role.TRADER, ""),
    "mary": (Role.TRADER, ""),
    "bea": (Role.BROKER, "FIRM"),
    "otto": (Role.OPERATOR, ""),
    "aud": (Role.AUDITOR, ""),
}
JOHN, MARY = 1, 2
"""Their portfolios."""

INSTRUMENTS = (
    Instrument("AAPL", 2, 1, 1, "USD", 15_000, 1, 1_000_000, 1_000_000),
    Instrument("MSFT", 2, 1, 1, "USD", 20_000, 1, 1_000_000, 1_000_000),
    Instrument("LOTS", 2, 5, 100, "USD", 1_000, 5, 100_000, 10_000),
)
CALENDARS = {
    "TEST": MarketCalendar(
        "TEST",
        TradingDates(None),
        Timetable(
            ZoneInfo("America/New_York"),
            (TimetableRow(time(9, 30), Phase.CONTINUOUS), TimetableRow(time(16), Phase.CLOSED)),
        ),
        1,
    )
}
FUNDED = RiskLimits(is_funded=True)
FEES = FeeSchedule(taker_parts=1_000)
CASH = 100_000 * MONEY_UNIT


class Names:
    """Knows users by their names."""

    allowed_origins: tuple[str, ...] = ()

    def __init__(self, numbers: dict[str, int]) -> None:
        self._numbers = numbers

    async def find(self, secret: str, via: Via, address: str) -> Caller | None:
        known = USERS.get(secret)
        return None if known is None else Caller(self._numbers[secret], secret, known[0], known[1], via, address)


class Platform:
    """What a test asks, and what it looks into."""

    def __init__(self, sequencer: Sequencer, database: Database) -> None:
        self.sequencer = sequencer
        self.venue = sequencer.venue
        self.database = database
        self.commands = CommandDesk(sequencer)
        self.events: list[Event] = []
        self.audit: list[AuditEntry] = []
        self._projection = Projection(database)
        self.client: httpx.AsyncClient
        self.trading: Trading
        sequencer.on_events(self.events.extend)

    async def ask(self, who: str, method: str, path: str, body: Any = None, **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        return await self.client.request(method, path, headers=headers, json=body, **given)

    async def got(self, who: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self.ask(who, method, path, body)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.json()

    async def project(self) -> None:
        """Brings the store to where the venue is."""
        done = await self._projection.checkpoint()
        await self._projection.apply([event for event in self.events if event.number > done])

    async def record(self, entry: AuditEntry) -> None:
        self.audit.append(entry)


@asynccontextmanager
async def running_platform(
    folder: Path, *commands: Command, terms: TradingTerms | None = None
) -> AsyncIterator[Platform]:
    database = Database(f"sqlite:///{folder}/store.sqlite")
    await database.open()
    sequencer = Sequencer(Venue(), None, lambda: DAY, durability=Durability.NONE, on_failure=_fail)
    platform = Platform(sequencer, database)
    people, queries = People(database), TimelyQueries(database)
    numbers = {}
    for name, (role, firm) in USERS.items():
        user = await people.add(name, "no password", role, None, firm)
        assert user is not None
        numbers[name] = user.user_id
    portfolios = Portfolios(
        PortfolioStore(database), queries, platform.venue, platform.commands, NewPortfolios(per_user_max=3)
    )
    store = PortfolioStore(database)
    for name, account in (("john", "JOHN"), ("mary", "MARY")):
        await store.add(numbers[name], account, account.title())
    for command in (*map(ListInstrument, INSTRUMENTS), *_accounts(), *commands):
        sequencer.submit(command)
    sequencer.commit()
    await portfolios.load()
    platform.trading = build_trading(
        platform.venue,
        platform.commands,
        portfolios,
        database,
        CALENDARS,
        lambda: DAY,
        platform.record,
        terms or TradingTerms(self_correcting=True),
    )
    app = build_app(platform, Names(numbers))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://fixpit") as client:
        platform.client = client
        yield platform
    await platform.trading.close()
    await queries.close()
    await database.close()


def build_app(platform: Platform, names: Names) -> FastAPI:
    app = FastAPI()
    app.state.callers = names
    for router in trading_routes(platform):
        app.include_router(router)
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(StoreError, answer_store_error)
    app.add_exception_handler(RequestValidationError, answer_wrong_fields)
    app.add_exception_handler(HTTPException, answer_http_exception)
    app.add_exception_handler(Exception, answer_failure)
    return app


def _accounts() -> list[Command]:
    found: list[Command] = []
    for name, firm in (("JOHN", "FIRM"), ("MARY", "")):
        found += [
            OpenAccount(Account(name, name.title(), firm, user=name.lower(), fees=FEES, is_cleared=True)),
            SetRiskLimits(LimitScope.ACCOUNT, name, FUNDED),
            Transfer(name, TransferKind.OPENING, "USD", CASH, f"opening {name} USD"),
            Transfer(name, TransferKind.OPENING, "AAPL", 100, f"opening {name} AAPL", 15_000 * MONEY_UNIT),
        ]
    return found


def _fail(failure: Exception) -> None:
    raise failure
