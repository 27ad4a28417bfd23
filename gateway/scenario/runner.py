"""Plays a scenario: starts the venue or takes a running one, goes through the steps, stops at the first that fails.

`run_scenario` is what the command line, the pytest plugin and tests call. It raises only what is not the venue's doing:
`CannotConnect`, and `YamlMistakes` where no venue can be as the scenario describes it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from gateway.scenario.actions import StepFailed, perform, reach
from gateway.scenario.loading import Scenario, described_state
from gateway.scenario.results import ScenarioResult, StepResult, Verdict
from gateway.scenario.stage import Stage
from gateway.scenario.steps import alias_of
from gateway.scenario.variables import UnknownVariable, fill
from gateway.scenario.venue import VenueAddress, check_configuration, own_venue
from gateway.scenario.venue_control import VenueRefused
from gateway.scenario.vocabulary import Vocabulary
from gateway.yaml_documents.document import Place


@dataclass(frozen=True)
class Turn:
    """One thing to be played: a step, or a state after the last one."""

    number: int
    title: str
    action: str
    place: Place
    play: Callable[[], Awaitable[None]]


async def run_scenario(
    scenario: Scenario, vocabulary: Vocabulary, address: VenueAddress | None = None
) -> ScenarioResult:
    """The result of one run, against the venue at `address` or else one of its own."""
    result = ScenarioResult(scenario.name, str(scenario.path), scenario.seed)
    if address is None:
        check_configuration(scenario)
    async with _venue(scenario, address) as venue:
        stage = Stage(scenario, venue, vocabulary)
        result.timeline = stage.timeline
        try:
            await stage.time.begin()
            await _play(scenario, stage, result)
        finally:
            await stage.close()
            result.duration_seconds = stage.seconds
    return result


@asynccontextmanager
async def _venue(scenario: Scenario, address: VenueAddress | None) -> AsyncIterator[VenueAddress]:
    if address is not None:
        yield address
        return
    async with own_venue(scenario) as started:
        yield started


async def _play(scenario: Scenario, stage: Stage, result: ScenarioResult) -> None:
    has_failed = False
    for turn in _turns(scenario, stage):
        if has_failed:
            result.steps.append(StepResult(turn.number, turn.title, turn.action, turn.place, Verdict.NOT_PLAYED))
            continue
        begin = stage.seconds
        text = await _failure(turn, scenario.timeout_ms / 1000 - begin, scenario.timeout_ms / 1000)
        has_failed = bool(text)
        verdict = Verdict.FAILED if has_failed else Verdict.PASSED
        duration = stage.seconds - begin
        result.steps.append(
            StepResult(turn.number, turn.title, turn.action, turn.place, verdict, begin, duration, text)
        )


async def _failure(turn: Turn, seconds_left: float, timeout_seconds: float) -> str:
    """Plays one turn; why it failed, or nothing."""
    limit = asyncio.timeout(max(0.0, seconds_left))
    try:
        async with limit:
            await turn.play()
    except (StepFailed, UnknownVariable, VenueRefused) as error:
        return str(error)
    except TimeoutError:
        if not limit.expired():
            raise
        return f"the scenario takes longer than its timeout of {timeout_seconds:g} s"
    return ""


def _turns(scenario: Scenario, stage: Stage) -> list[Turn]:
    variables = scenario.variables.copy()

    def play_step(at: int) -> Callable[[], Awaitable[None]]:
        async def play() -> None:
            step = scenario.steps[at].step
            if step.after or step.at:
                await stage.settle()
            if step.after:
                await stage.time.pass_by(step.after)
            if step.at:
                await stage.time.pass_to(step.at)
            await perform(fill(step, variables.resolve), stage, variables)

        return play

    def play_state(at: int) -> Callable[[], Awaitable[None]]:
        async def play() -> None:
            await reach(fill(scenario.final[at].state, variables.resolve), stage)

        return play

    turns = [
        Turn(
            placed.number,
            variables.resolve_known(placed.title),
            alias_of(placed.step.action) or "pause",
            placed.place,
            play_step(at),
        )
        for at, placed in enumerate(scenario.steps)
    ]
    for at, placed in enumerate(scenario.final):
        number = len(scenario.steps) + at + 1
        turns.append(
            Turn(number, f"at the end: {described_state(placed.state)}", "final", placed.place, play_state(at))
        )
    return turns
