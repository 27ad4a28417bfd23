"""What came of a run: each step's verdict and the timeline of all that was sent and received.

Made by `runner`, read by `report`, which writes it for people, for CI systems and for programs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from gateway.scenario.wire import WireMessage
from gateway.yaml_documents.document import Place

CHECKING_ACTIONS = frozenset({"expect", "expect_none", "assert"})
"""Actions that are test cases of their own in a JUnit report; others become one when they fail."""


class Verdict(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_PLAYED = "not played"
    """A step before it failed."""


@dataclass(frozen=True)
class StepResult:
    """One step of a run."""

    number: int
    title: str
    action: str
    """As the scenario writes it: `expect`, `assert` …; `final` for a state after the last step."""
    place: Place
    verdict: Verdict
    begin_seconds: float = 0.0
    """Since the start of the run."""
    duration_seconds: float = 0.0
    text: str = ""
    """Why it failed, for people."""

    @property
    def is_check(self) -> bool:
        """Whether a JUnit report has a test case for it."""
        return self.action in CHECKING_ACTIONS or self.action == "final" or self.verdict is Verdict.FAILED


@dataclass(frozen=True)
class TimelineEntry:
    """One message of one participant. Times are seconds since the start of the run, of virtual time where it is."""

    at_seconds: float
    participant: str
    direction: Literal["in", "out"]
    message: WireMessage


@dataclass
class ScenarioResult:
    """A whole run."""

    name: str
    file: str
    seed: int
    steps: list[StepResult] = field(default_factory=list)
    timeline: list[TimelineEntry] = field(default_factory=list)
    duration_seconds: float = 0.0

    @property
    def has_passed(self) -> bool:
        """Whether every step passed."""
        return all(step.verdict is Verdict.PASSED for step in self.steps)

    @property
    def failed(self) -> StepResult | None:
        """The step that ended the run, if one did."""
        return next((step for step in self.steps if step.verdict is Verdict.FAILED), None)
