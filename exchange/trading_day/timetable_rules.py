"""Why a market's day cannot be opened as asked. Nothing here changes anything."""

from __future__ import annotations

from itertools import pairwise

from exchange.commands import OpenDay
from exchange.phases import Phase
from exchange.refusals import Refusal
from exchange.rejections import RejectReason
from exchange.trading_day.instrument_day import UNPLANNED

ROWS_MAX = 100
"""Phases of one day: more than any exchange plans; each is one timer for the whole market."""

_WRONG = RejectReason.CONFLICTING_INSTRUCTIONS


def timetable_refusal(command: OpenDay, current: int | None) -> Refusal | None:
    """The first rule that a day's timetable breaks. `current`: the day that the market is in."""
    rows = command.phases
    if current is not None and command.date <= current:
        return Refusal(_WRONG, "date", f"{command.date} is not after {current}, the day that the market is in")
    if not rows or len(rows) > ROWS_MAX:
        return Refusal(_WRONG, "phases", f"has {len(rows)} rows; a day has 1 to {ROWS_MAX}")
    for number, (row, following) in enumerate(pairwise(rows), 2):
        if following.at < row.at:
            return Refusal(_WRONG, "phases", f"row {number} is at {following.at}, before the row above it at {row.at}")
    for number, row in enumerate(rows, 1):
        if row.phase in UNPLANNED:
            text = f"row {number} is {row.phase.value}, which comes by itself and cannot be planned"
            return Refusal(_WRONG, "phases", text)
    if rows[-1].phase is not Phase.CLOSED:
        return Refusal(_WRONG, "phases", f"ends with {rows[-1].phase.value}; a day ends with closed")
    return None
