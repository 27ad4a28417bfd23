"""Reads a scenario file with what it includes, and finds every mistake before anything is played.

`load_scenario` is the one way from a file to a `Scenario`, which `runner` plays. It raises `YamlMistakes` for what
stands in files and `BrokenOption` for what was said on the command line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from gateway.scenario.expecting import Assertion
from gateway.scenario.market_steps import WaitFor
from gateway.scenario.references import check_references
from gateway.scenario.script import (
    Account,
    Agents,
    Clock,
    Instrument,
    Market,
    Part,
    Participant,
    Script,
    Template,
)
from gateway.scenario.steps import ACCOUNT_ACTIONS, MARKET_ACTIONS, Step, alias_of
from gateway.scenario.variables import UnknownVariable, Variables, define, fill
from gateway.scenario.vocabulary import Vocabulary
from gateway.yaml_documents.document import Mistake, Place, YamlDocument, YamlMistakes, did_you_mean, load

DEEPEST_INCLUDE = 8
"""Files that include one another in a row; more is a circle or cannot be followed by a reader."""

Value = TypeVar("Value")


class BrokenOption(ValueError):
    """A choice of the command line does not fit the scenario."""


@dataclass(frozen=True)
class PlacedStep:
    """A step, its number in the run (from 1), and where it stands."""

    number: int
    step: Step
    place: Place

    @property
    def title(self) -> str:
        """What reports call it."""
        return self.step.name or _described(self.step)


@dataclass(frozen=True)
class PlacedState:
    """A state after the last step, and where it stands."""

    state: Assertion
    place: Place


@dataclass(frozen=True)
class Choices:
    """What the command line says beside the file."""

    seed: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    until: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """A scenario with all that it includes, checked and ready to be played."""

    name: str
    description: str
    path: Path
    seed: int
    timeout_ms: int
    clock: Clock
    market: Market | None
    agents: tuple[Agents, ...]
    variables: Variables
    instruments: tuple[Instrument, ...]
    accounts: tuple[Account, ...]
    limits: tuple[dict[str, str], ...]
    clearing: Mapping[str, str | list[str]]
    participants: Mapping[str, Participant]
    templates: Mapping[str, Template]
    steps: tuple[PlacedStep, ...]
    final: tuple[PlacedState, ...]
    """States after the last step; none when the run ends at `--until`."""


@dataclass(frozen=True)
class LoadedPart:
    """One file: its model and its document, which knows the places."""

    part: Part
    document: YamlDocument


def load_scenario(path: Path, vocabulary: Vocabulary, choices: Choices | None = None) -> Scenario:
    """The scenario of a file. Raises `YamlMistakes` with every mistake, or `BrokenOption`."""
    choices = choices or Choices()
    document = load(path)
    script = document.validate(Script)
    parts = [*_included(script, document, path, 1), LoadedPart(script, document)]
    seed = script.seed if choices.seed is None else choices.seed
    variables = _variables(parts, choices, seed)
    mistakes = check_references([(one.part, one.document) for one in parts], vocabulary, variables.names)
    if mistakes:
        raise YamlMistakes(mistakes)
    steps = tuple(PlacedStep(number, step, place) for number, (step, place) in enumerate(_placed_steps(parts), start=1))
    final = [PlacedState(state, document.place(("expect", at))) for at, state in enumerate(script.expect)]
    end = _end(steps, choices.until)
    return Scenario(
        name=script.scenario,
        description=script.description,
        path=path,
        seed=seed,
        timeout_ms=script.timeout,
        clock=script.clock,
        market=_market(parts, variables),
        agents=tuple(fill(one, variables.resolve) for one in script.agents),
        variables=variables,
        instruments=tuple(fill(one, variables.resolve) for loaded in parts for one in loaded.part.instruments),
        accounts=tuple(fill(one, variables.resolve) for loaded in parts for one in loaded.part.accounts),
        limits=tuple(fill(one, variables.resolve) for loaded in parts for one in loaded.part.limits),
        clearing=_clearing(parts, variables),
        participants={
            name: fill(one, variables.resolve) for loaded in parts for name, one in loaded.part.participants.items()
        },
        templates={name: one for loaded in parts for name, one in loaded.part.templates.items()},
        steps=steps[:end],
        final=tuple(final) if choices.until is None else (),
    )


def _included(part: Part, document: YamlDocument, path: Path, depth: int) -> list[LoadedPart]:
    loaded: list[LoadedPart] = []
    for at, name in enumerate(part.include):
        place = ("include", at)
        if depth > DEEPEST_INCLUDE:
            text = f"{name} would be included at depth {depth}, at most {DEEPEST_INCLUDE} is followed; is it a circle?"
            raise YamlMistakes([document.mistake(place, text)])
        file = path.parent / name
        if not file.is_file():
            raise YamlMistakes([document.mistake(place, f"{file} is no file; names are relative to {path.name}")])
        inner_document = load(file)
        inner = inner_document.validate(Part)
        loaded += [*_included(inner, inner_document, file, depth + 1), LoadedPart(inner, inner_document)]
    return loaded


def _variables(parts: list[LoadedPart], choices: Choices, seed: int) -> Variables:
    texts = {name: text for loaded in parts for name, text in loaded.part.vars.items()}
    for name in choices.variables:
        if name not in texts:
            raise BrokenOption(f"--set {name}: the scenario has no variable of that name{did_you_mean(name, texts)}")
    try:
        return define(texts, choices.variables, seed, choices.environment)
    except UnknownVariable as error:
        place = parts[-1].document.place(("vars",), key=True)
        raise YamlMistakes([Mistake(place, "vars", str(error))]) from None


def _market(parts: list[LoadedPart], variables: Variables) -> Market | None:
    """What a file says wins over what it includes."""
    found = [loaded.part.market for loaded in parts if loaded.part.market is not None]
    return fill(found[-1], variables.resolve) if found else None


def _clearing(parts: list[LoadedPart], variables: Variables) -> dict[str, str | list[str]]:
    found = [loaded.part.clearing for loaded in parts if loaded.part.clearing is not None]
    return fill(found[-1], variables.resolve) if found else {}


def _placed_steps(parts: list[LoadedPart]) -> list[tuple[Step, Place]]:
    return [
        (step, loaded.document.place(("steps", at))) for loaded in parts for at, step in enumerate(loaded.part.steps)
    ]


def _end(steps: tuple[PlacedStep, ...], until: str | None) -> int:
    if until is None:
        return len(steps)
    for placed in steps:
        if until in (str(placed.number), placed.step.id, placed.step.name):
            return placed.number
    names = [name for placed in steps for name in (placed.step.id, placed.step.name) if name]
    raise BrokenOption(
        f"--until {until}: no step has this number (1 to {len(steps)}), id or name{did_you_mean(until, names)}"
    )


def _described(step: Step) -> str:
    """The action in a few words: `expect ExecutionReport on alice`."""
    action = step.action
    if not action:
        return "pause"
    block = getattr(step, action)
    words = [alias_of(action)]
    if action in ("expect", "expect_none"):
        messages = [block.msg] if block.msg else [one.msg for one in getattr(block, "messages", ())]
        counts = Counter(messages * (block.count if isinstance(getattr(block, "count", None), int) else 1))
        words.append(", ".join(f"{count} x {name}" if count > 1 else name for name, count in counts.items()))
        words.append(f"on {block.participant}")
    elif action == "assert_":
        words.append(described_state(block))
    elif action in (*MARKET_ACTIONS, *ACCOUNT_ACTIONS):
        words += described_market_step(block)
    else:
        who = getattr(block, "who", "")
        words.append(who if isinstance(who, str) else " ".join(who))
        words += [str(getattr(block, name, None) or "") for name in ("msg", "id", "orig", "symbol", "qty")]
        sender = getattr(block, "from_", None)
        words.append(f"from {sender}" if sender else "")
    return " ".join(word for word in words if word)


def described_state(state: Assertion) -> str:
    """A state in a few words: `book ACME`, `phase continuous`."""
    if state.book is not None:
        return f"book {state.book.symbol}"
    if state.account is not None:
        return f"account {state.account.id}"
    if state.auction is not None:
        return f"auction {state.auction.symbol}"
    assert state.phase is not None, "an assertion names a state"
    return f"phase {state.phase.is_} of {state.phase.symbol or 'all'}"


def described_market_step(block: object) -> list[str]:
    """A step about market, clock or accounts in a few words: `halt ACME`, `advance 1h`, `deposit ALICE USD 100`."""
    if isinstance(block, WaitFor):
        return [described_state(Assertion(phase=block.phase))]
    names = (
        "kind",
        "firm",
        "user",
        "account",
        "instrument",
        "asset",
        "amount",
        "symbol",
        "market",
        "to",
        "by",
        "jump",
        "trade_id",
        "exec_id",
        "do",
        "price",
        "via",
    )
    return [str(text) for name in names if (text := getattr(block, name, None)) is not None]
