"""All settings of one venue, and what follows from them.

The tree mirrors the file. Entries that stand for many (ranges) and values that others inherit are resolved here:
whoever needs sessions, instruments or accounts takes `fix_sessions`, `listed_instruments` and `open_accounts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, Field, PrivateAttr, SecretStr

from exchange.commands import SetRiskLimits, Transfer
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.limits import LimitScope
from gateway.settings.accounts import AccountEntry
from gateway.settings.clearing import ClearingSettings
from gateway.settings.clock import ClockSettings
from gateway.settings.fix import FixSession, FixSettings
from gateway.settings.limits import ScopedLimitsEntry
from gateway.settings.listing import InstrumentEntry
from gateway.settings.markets import MarketEntry
from gateway.settings.platform import PlatformSettings
from gateway.settings.section import Section
from gateway.settings.services import (
    FlowSettings,
    HttpSettings,
    JournalSettings,
    LogSettings,
    MqttSettings,
    StoreSettings,
    VenueSettings,
)
from gateway.settings.users import UserEntry

DEFAULT_ORIGIN = "default"

HIDDEN = "********"
"""What is shown instead of a secret."""


class Settings(Section):
    """Everything that can be set for one venue. Made by `load_settings`, which also checks that it goes together."""

    demo: bool = Field(
        False,
        description="true: the passwords in this file are known to the world, so it only starts on loopback addresses.",
    )
    data: Path = Field(
        Path("fixpit-data"),
        description="Folder for journal, event log, FIX logs and SQLite; made when it is not there. One venue at a "
        "time can use it.",
    )
    venue: VenueSettings = Field(default_factory=VenueSettings)
    clock: ClockSettings = Field(default_factory=ClockSettings)
    fix: FixSettings = Field(default_factory=FixSettings)
    http: HttpSettings = Field(default_factory=HttpSettings)
    mqtt: MqttSettings = Field(default_factory=MqttSettings)
    store: StoreSettings = Field(default_factory=StoreSettings)
    journal: JournalSettings = Field(default_factory=JournalSettings)
    log: LogSettings = Field(default_factory=LogSettings)
    flow: FlowSettings = Field(default_factory=FlowSettings)
    platform: PlatformSettings = Field(default_factory=PlatformSettings)
    users: tuple[UserEntry, ...] = Field(
        (), max_length=10_000, description="Users who are there from the start. At most 10000: each is looked up then."
    )
    accounts: tuple[AccountEntry, ...] = Field(
        (), max_length=100_000, description="Whom orders are for. At most 100000 entries: all are kept in memory."
    )
    limits: tuple[ScopedLimitsEntry, ...] = Field(
        (),
        max_length=10_000,
        description="Limits of firms, users, instruments, and accounts in one instrument. At most 10000 entries.",
    )
    clearing: ClearingSettings = Field(default_factory=ClearingSettings)
    markets: tuple[MarketEntry, ...] = Field(
        (), max_length=100, description="Markets with a trading day; at most 100, each with a timetable of its own."
    )
    instruments: tuple[InstrumentEntry, ...] = Field(
        (), max_length=10_000, description="What is traded. At most 10000 entries: each has a book in memory."
    )

    _origins: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @cached_property
    def fix_sessions(self) -> tuple[FixSession, ...]:
        """Every FIX session by itself, ranges expanded and defaults filled in, in the order of the file."""
        return tuple(
            FixSession.model_construct(comp_id=name, **self.fix.terms(entry))
            for entry in self.fix.sessions
            for name in entry.names
        )

    @cached_property
    def listed_instruments(self) -> tuple[Instrument, ...]:
        """Every instrument by itself, as the core takes it."""
        return tuple(instrument for entry in self.instruments for instrument in entry.instruments())

    @cached_property
    def open_accounts(self) -> tuple[Account, ...]:
        """Every account by itself, as the core takes it."""
        user_of = {account: user.username for user in self.users for account in user.portfolios}
        return tuple(account for entry in self.accounts for account in entry.accounts(user_of))

    @cached_property
    def risk_limits(self) -> tuple[SetRiskLimits, ...]:
        """Every limit that stands here, as the command that puts it in force."""
        of_accounts = (
            SetRiskLimits(LimitScope.ACCOUNT, name, limits)
            for entry in self.accounts
            if (limits := entry.risk_limits()) is not None
            for name in entry.names
        )
        of_others = (SetRiskLimits(one.scope, one.of, one.risk_limits(), one.symbol or "") for one in self.limits)
        return (*of_accounts, *of_others)

    def openings(self, instruments: Iterable[Instrument]) -> Iterator[Transfer]:
        """What every account begins with. `instruments`: as the venue lists them; those of the settings count."""
        own = {one.symbol for one in self.listed_instruments}
        listed = tuple(one for one in instruments if one.symbol in own)
        for entry in self.accounts:
            if entry.opening.model_fields_set:
                for name in entry.names:
                    yield from entry.opening.transfers(name, listed)

    @property
    def store_url(self) -> str:
        """SQLAlchemy URL of the store: the one set, else SQLite in the data folder. May hold a password."""
        if self.store.url is not None:
            return self.store.url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.data.absolute() / 'store.sqlite'}"

    @property
    def origins(self) -> Mapping[str, str]:
        """Where each value that is no default comes from: `{"fix.port": "exchange.yaml:12", …}`."""
        return MappingProxyType(dict(self._origins))

    def explained(self) -> Iterator[tuple[str, Any, str]]:
        """Every setting as path, plain value and origin, in the order of the reference; secrets are hidden."""
        for path, value in _values(self, ""):
            yield path, value, self._origins.get(path, DEFAULT_ORIGIN)

    def with_origins(self, origins: Mapping[str, str]) -> Settings:
        """The same settings, knowing where their values come from."""
        copy = self.model_copy()
        copy._origins = dict(origins)
        return copy


def _values(section: BaseModel, prefix: str) -> Iterator[tuple[str, Any]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _values(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _plain(value)


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, BaseModel):
        return {
            name: _plain(getattr(value, name)) for name in type(value).model_fields if name in value.model_fields_set
        }
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
