"""Which time the venue lives in: the machine's, a faster one, or one that stands until it is driven."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.clock.speed import SPEED_MAX, Speed
from gateway.clock.words import parse_moment
from gateway.settings.section import Section


def _check_moment(text: str) -> str:
    parse_moment(text)
    return text


MomentText = Annotated[str, AfterValidator(_check_moment)]


class ClockSettings(Section):
    """The venue's clock, which everything timed follows: phases, good-till dates, agents, SendingTime(52)."""

    mode: Literal["real", "scaled", "virtual"] = Field(
        "real",
        description="`real`: the machine's clock; `scaled`: one that goes at `speed`; `virtual`: one that stands until "
        "`fixpit clock` or a scenario moves it. SendingTime(52) of clients is looked at on a real clock alone.",
    )
    speed: float | None = Field(
        None, gt=0, le=SPEED_MAX, description="Seconds of the venue in one of the machine; a scaled clock needs it."
    )
    start: MomentText | None = Field(
        None,
        description="What a scaled or virtual clock shows first, such as 2026-03-02T09:30:00-05:00. Without it, now. A "
        "data folder that is further on goes on from where it is.",
    )
    drives_heartbeats: bool = Field(
        True,
        description="Whether Heartbeat(0) and TestRequest(1) are also sent when a scaled or virtual clock says so. A "
        "silent line is never given up sooner than the machine's clock says.",
    )

    @property
    def driven_speed(self) -> Speed | None:
        """The speed of a clock that can be driven; None for the machine's own."""
        if self.mode == "real":
            return None
        found = Fraction(str(self.speed if self.speed is not None and self.mode == "scaled" else 0))
        return Speed(found.numerator, found.denominator)
