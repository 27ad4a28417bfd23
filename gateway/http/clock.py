"""The venue's clock over HTTP, for its operator: `GET /admin/clock`, and `POST /admin/clock` to move it.

A move may take longer than a request may: the answer then says that it goes on, and `GET` says when it has ended.
"""

from __future__ import annotations

from typing import Annotated, Protocol

import msgspec
from fastapi import APIRouter
from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.answers import json_response
from gateway.http.bodies import read_body
from gateway.http.callers import TheOperator, TheOverseer
from gateway.http.struct_bodies import struct_body

TEXT_CHARACTERS_MAX = 64

Text = Annotated[str, Meta(max_length=TEXT_CHARACTERS_MAX)]


class MoveClock(Struct, forbid_unknown_fields=True, frozen=True):
    """One of `by`, `to`, `jump` and `speed`."""

    by: Text = ""
    """A span such as `1h30m`."""
    to: Text = ""
    """A time of day such as `16:00`, in the market's zone, or a moment such as `2026-03-02T16:00:00-05:00`."""
    jump: Text = ""
    """`open`, `close`, or the phase that the market is to come to."""
    market: Text = ""
    """Whose day `to` and `jump` are about; may be left out where there is one market."""
    symbol: Text = ""
    """The instrument that `jump` is about, instead of its whole market."""
    within: Text = ""
    """The longest span that `jump` may take; without it, until the market's next day is over."""
    step: bool = False
    """Whether `by` and `to` stop after the first moment at which something happens."""
    speed: Annotated[float, Meta(ge=0)] | None = None
    """Seconds of the venue in one of the machine; 0 stops the clock."""


class ClockState(Struct, frozen=True):
    """What the clock shows."""

    mode: str
    """`real`, or `driven`: scaled or virtual."""
    speed: str
    now: str
    """UTC, with nanoseconds."""
    next_due: str | None
    """When something happens next by itself; None: nothing waits."""
    is_moving: bool
    target: str | None
    """Where the move under way goes at most; None without one."""
    problem: str
    """Why the last move ended before its time; empty when it did not."""


class ClockDesk(Protocol):
    """Shows and moves the clock; `gateway.clock_desk` is one."""

    def state(self) -> ClockState:
        """What the clock shows now."""

    async def move(self, asked: MoveClock, who: str) -> ClockState:
        """Moves it as asked and records who did; the state when it is there, or after a while. Raises `Problem`."""


class HasClock(Protocol):
    """The part of the exchange that this file is about."""

    @property
    def clock(self) -> ClockDesk:
        """The clock."""


class Clock:
    """The routes of the clock."""

    def __init__(self, view: HasClock) -> None:
        self._view = view

    def router(self) -> APIRouter:
        """What the application serves."""
        router = APIRouter(tags=["operations"])
        router.add_api_route("/admin/clock", self._show, summary="What the venue's clock shows")
        router.add_api_route(
            "/admin/clock",
            self._move,
            methods=["POST"],
            summary="Move the venue's clock",
            openapi_extra=struct_body(MoveClock, {"by": "1h30m"}),
        )
        return router

    async def _show(self, _caller: TheOverseer) -> Response:
        return json_response(msgspec.to_builtins(self._view.clock.state()))

    async def _move(self, request: Request, caller: TheOperator) -> Response:
        state = await self._view.clock.move(await read_body(request, MoveClock), caller.who)
        return json_response(msgspec.to_builtins(state))
