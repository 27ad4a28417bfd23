"""The whole of a scenario file: what it is about, who takes part, and its steps.

Models only. `Part` is what an included file may hold, `Script` is a scenario. `scenario_schema` gives their JSON
Schema to editors; `loading` reads files into them.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gateway.scenario.expecting import Assertion
from gateway.scenario.steps import OrderWords, Step
from gateway.scenario.values import Block, Duration, Later, Moment, Name, Text

LANGUAGE_VERSION = 1
"""What a scenario says in `version`. A change that breaks scenarios gets the next number."""

LATER_KINDS = ("external", "internal", "drop_copy", "observer")

MOST_STEPS = 10_000
"""Steps of one scenario; every one is kept with its result."""

DEFAULT_START = "2026-03-02T14:30:00Z"
"""What a virtual or scaled clock shows first when the scenario does not say: always the same, so that runs are."""

DEFAULT_HEARTBEAT_MS = 30_000

DEFAULT_TIMEOUT_MS = 300_000
"""A scenario that does not end in five minutes hangs, unless it says that it takes longer."""


def _known_kind(kind: object) -> object:
    if kind in LATER_KINDS:
        raise ValueError(f"{kind} is not supported by this release, fix is")
    return kind


class Participant(Block):
    """Who takes part. `fix`: the scenario plays this client over a real socket."""

    kind: Annotated[Literal["fix"], BeforeValidator(_known_kind)] = "fix"
    comp_id: Text
    """SenderCompID(49) of the client."""
    target: Text | None = None
    """TargetCompID(56): the venue's; FIXPIT when not given."""
    version: Literal["FIX.4.4"] = "FIX.4.4"
    username: Text | None = None
    """Username(553) of the Logon."""
    password: Text | None = None
    """Password(554) of the Logon."""
    heartbeat: Duration | None = None
    """HeartBtInt(108), whole seconds; 30s when not given. In virtual time none are sent unless it is."""
    account: Text | None = None
    """Account(1) of its orders when they name none."""
    accounts: list[Text] = Field(default_factory=list)
    """Accounts that it may trade for, where the run starts its own venue. The first is its default."""
    wait: Later = None
    of: Later = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.heartbeat is not None and (self.heartbeat % 1000 or self.heartbeat == 0):
            raise ValueError("heartbeat is in whole seconds, at least 1s: HeartBtInt(108) has no parts")
        return self

    @property
    def all_accounts(self) -> list[str]:
        """Accounts of its session, the default first."""
        named = [*([self.account] if self.account else []), *self.accounts]
        return list(dict.fromkeys(named)) or [self.comp_id]


class Instrument(Block):
    """What is traded, where the run starts its own venue."""

    symbol: Text
    tick: Text = "0.01"
    lot: Text = "1"
    reference_price: Text
    lowest_price: Text | None = None
    highest_price: Text | None = None
    max_quantity: Text | None = None
    currency: Text | None = None
    market: Text | None = None
    """Whose day it follows; the scenario's market when not given."""
    rules: Text | dict[Name, Text] | None = None
    """A profile such as `nasdaq-like`, or `{profile: …}` with choices that differ from it; as in settings."""
    ticks: list[dict[Name, Text]] | None = None
    """Other ticks from certain prices on: `[{from_price: 20, tick: 0.05}]`."""
    bands: dict[Name, Text] | None = None
    """Price bands as in settings: `{static_basis_points: 500, action: limit state, pause_seconds: 300}`."""
    auction: dict[Name, Text] | None = None
    """How its auctions end, as in settings: `{random_end_seconds: 30}`."""
    protection: Text | None = None
    max_notional: Text | None = None
    price_tolerance_basis_points: Text | None = None
    takes_odd_lots: Text | None = None
    settlement_days: Text | None = None
    """Trades settle so many business days after the trade date."""
    short_restriction_basis_points: Text | None = None
    """After such a fall short sales need a limit above the best bid."""


class Market(Block):
    """A market with a trading day, where the run starts its own venue; every instrument follows it."""

    name: Text = "MAIN"
    time_zone: Text = "UTC"
    """Of its wall clock: `America/New_York`."""
    calendar: Text | None = None
    """The exchange whose holidays it keeps: `XNYS`."""
    days: list[Text] | None = None
    closed: list[Text] | None = None
    half_day_close: Text | None = None
    early_closes: list[dict[Name, Text]] | None = None
    phases: list[dict[Name, Text]]
    """The day, in order: `{at: "09:30", phase: continuous}`; the last one is `closed`."""
    breaker: dict[Name, Text] | None = None


class Agents(Block):
    """Background orders of nobody in particular, by the venue's clock."""

    kind: Literal["noise"] = "noise"
    """They quote around a wandering price, take, and cancel what grows old."""
    count: Annotated[int, Field(ge=1, le=1_000)] = 1
    """In each instrument."""
    rate: Annotated[float, Field(gt=0, le=10_000)] = 10.0
    """Orders in a second of the venue, of all agents in all instruments together."""
    account: Text = "FLOW"
    symbols: list[Text] = Field(default_factory=list)
    """Only in these; all instruments when not given."""


class Account(Block):
    """An account, where the run starts its own venue."""

    id: Text
    name: Text | None = None
    firm: Text | None = None
    self_trade_prevention: Text | None = None
    """What its orders do when they meet their owner's: `cancel incoming`, `cancel resting`, `cancel both` …"""
    trading_group: Text | None = None
    cleared: Text | None = None
    """false: the venue keeps neither money nor shares for it."""
    fees: dict[Name, Text] | None = None
    """What it pays for its fills, as in settings: `{taker_basis_points: 2.5, minimum: 1}`."""
    opening: dict[Name, dict[Text, Text]] | None = None
    """What it begins with: `{cash: {USD: 100000}, shares: {ACME: 500}}`."""
    limits: dict[Name, Text] | None = None
    """What it may risk, as in settings: `{funded: true, max_order_value: 50000}`."""
    kind: Later = None
    cash: Later = None
    short: Later = None


class Clock(Block):
    """Which time the scenario runs in. `virtual`: time stands unless a step lets it go on; nothing ever sleeps."""

    mode: Literal["real", "scaled", "virtual"] = "real"
    start: Moment = DEFAULT_START
    """What a scaled or virtual clock shows first."""
    speed: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """Of a scaled clock."""
    calendar: Later = None

    @model_validator(mode="after")
    def _has_speed(self) -> Self:
        if (self.mode == "scaled") is (self.speed is None):
            raise ValueError("a scaled clock has a speed, such as speed: 100, and no other has")
        return self


class Template(OrderWords):
    """Words for orders and fields for messages that several steps `use`."""


FinalState: TypeAlias = list[Assertion]


class Part(Block):
    """What an included file brings. Its steps are played before those of the file that includes it."""

    version: Literal[1] = 1
    """Of the language."""
    description: Text = ""
    include: list[Text] = Field(default_factory=list)
    """Files, relative to this one. What this file says wins over what they say."""
    vars: dict[Name, Text] = Field(default_factory=dict)
    """Values for `${name}`; `--set name=value` wins. `${seed}` is always there; `${env:NAME}` and `${rand.int(1,9)}`
    are known here only."""
    instruments: list[Instrument] = Field(default_factory=list)
    accounts: list[Account] = Field(default_factory=list)
    participants: dict[Name, Participant] = Field(default_factory=dict)
    templates: dict[Name, Template] = Field(default_factory=dict)
    market: Market | None = None
    """A trading day for the venue; without it trading is continuous, always."""
    limits: list[dict[Name, Text]] = Field(default_factory=list)
    """Limits of firms, instruments, and accounts in one instrument, as in settings: `{instrument: ACME, …}`."""
    clearing: dict[Name, Text | list[Text]] | None = None
    """How trades settle, as in settings: `{partial_settlement: true, buy_in_after_days: 3}`."""
    steps: list[Step] = Field(default_factory=list, max_length=MOST_STEPS)


class Script(Part):
    """A scenario."""

    scenario: Text
    """Its name in reports."""
    tags: list[Text] = Field(default_factory=list)
    """Words to find it by."""
    seed: int = Field(default=1, ge=0, lt=2**63)
    """For everything that is drawn by chance; `--seed` wins."""
    clock: Clock = Clock()
    timeout: Duration = DEFAULT_TIMEOUT_MS
    """The whole run may not take longer."""
    expect: FinalState = Field(default_factory=list)
    """States after the last step."""
    agents: Annotated[list[Agents], Field(max_length=1)] = Field(default_factory=list)
    """Background orders; one entry is all of them."""
    venue: Later = None
    rules: Later = None
    faults: Later = None
    thresholds: Later = None
    cases: Later = None
    setup: Later = None
    teardown: Later = None
    use: Later = None
    always: Later = None


def scenario_schema() -> dict[str, object]:
    """The JSON Schema of a scenario file, for editors (`# yaml-language-server: $schema=…`)."""
    schema = Script.model_json_schema(by_alias=True) | {"title": "fixpit scenario"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
