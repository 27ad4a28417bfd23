"""The whole of a scenario file: what it is about, who takes part, and its steps.

Models only. `Part` is what an included file may hold, `Script` is a scenario. `scenario_schema` gives their JSON
Schema to editors; `loading` reads files into them.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gateway.scenario.expecting import Assertion
from gateway.scenario.steps import OrderWords, Step
from gateway.scenario.values import Block, Duration, Later, Name, Text

LANGUAGE_VERSION = 1
"""What a scenario says in `version`. A change that breaks scenarios gets the next number."""

LATER_KINDS = ("external", "internal", "drop_copy", "observer")

MOST_STEPS = 10_000
"""Steps of one scenario; every one is kept with its result."""

DEFAULT_TIMEOUT_MS = 300_000
"""A scenario that does not end in five minutes hangs, unless it says that it takes longer."""


def _known_kind(kind: object) -> object:
    if kind in LATER_KINDS:
        raise ValueError(f"{kind} is not supported by this release, fix is")
    return kind


def _known_mode(mode: object) -> object:
    if mode in ("virtual", "scaled"):
        raise ValueError(f"{mode} is not supported by this release, real is")
    return mode


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
    heartbeat: Duration = 30_000
    """HeartBtInt(108), whole seconds."""
    account: Text | None = None
    """Account(1) of its orders when they name none."""
    accounts: list[Text] = Field(default_factory=list)
    """Accounts that it may trade for, where the run starts its own venue. The first is its default."""
    wait: Later = None
    of: Later = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        if self.heartbeat % 1000 or self.heartbeat == 0:
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
    bands: Later = None


class Account(Block):
    """An account, where the run starts its own venue."""

    id: Text
    name: Text | None = None
    kind: Later = None
    cash: Later = None
    short: Later = None


class Clock(Block):
    """Which time the scenario runs in."""

    mode: Annotated[Literal["real"], BeforeValidator(_known_mode)] = "real"
    start: Later = None
    speed: Later = None
    calendar: Later = None


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
    venue: Later = None
    market: Later = None
    agents: Later = None
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
