"""Public market data over HTTP: books and instruments, prices as text in the instrument's own scale.

`GET /market-data/books`, `/market-data/books/{symbol}?levels=N` and `/market-data/instruments`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from itertools import islice
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from exchange.matching.book_side import BookSide
from exchange.orders import UNPRICED
from exchange.phases import AUCTIONS
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason
from exchange.venue import Venue
from gateway.http.answers import json_response, time_text
from gateway.http.problem_answers import problem_answers
from gateway.http.problems import Problem

LEVELS_DEFAULT = 20
"""Price levels of each side where the request does not say."""

LEVELS_MAX = 1_000
"""The most levels of each side in one answer: bounds the time the answer takes from the matching loop."""

LEVELS_OF_ALL_BOOKS_MAX = 10
"""The same for the answer that holds every book."""

TURN_INSTRUMENTS = 50
"""Instruments shown at a stretch before matching has its turn: less than a millisecond."""

NO_BAND = 1 << 61
"""A limit of what may trade that is further away than this is none: prices have 18 digits at most."""


class MarketData:
    """The routes of public market data."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def router(self) -> APIRouter:
        """What the application serves."""
        router = APIRouter(tags=["market data"])
        router.add_api_route(
            "/market-data/books",
            self._books,
            summary="Every book",
            openapi_extra=_levels_stated(LEVELS_OF_ALL_BOOKS_MAX, LEVELS_OF_ALL_BOOKS_MAX),
            responses=problem_answers(HTTPStatus.BAD_REQUEST),
        )
        router.add_api_route(
            "/market-data/books/{symbol:path}",
            self._book,
            summary="One book",
            openapi_extra=_levels_stated(LEVELS_DEFAULT, LEVELS_MAX),
            responses=problem_answers(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND),
        )
        router.add_api_route("/market-data/instruments", self._instruments, summary="What is listed")
        return router

    async def _books(self, request: Request) -> Response:
        levels = _levels(request, LEVELS_OF_ALL_BOOKS_MAX, LEVELS_OF_ALL_BOOKS_MAX)
        return await self._listed("books", lambda instrument: self._shown(instrument, levels))

    async def _book(self, request: Request) -> Response:
        symbol = request.path_params["symbol"]
        instrument = self._venue.instruments.get(symbol)
        if instrument is None:
            detail = f"{symbol} is not listed here; /market-data/instruments lists what is."
            raise Problem(HTTPStatus.NOT_FOUND, RejectReason.UNKNOWN_INSTRUMENT, detail)
        levels = _levels(request, LEVELS_DEFAULT, LEVELS_MAX)
        return json_response(self._shown(instrument, levels) | {"auction": self._auction(instrument)})

    async def _instruments(self, _request: Request) -> Response:
        return await self._listed("instruments", _rules)

    async def _listed(self, name: str, shown: Callable[[Instrument], object]) -> Response:
        """Something of every instrument, in turns: each entry is of one moment, the list as a whole is not."""
        instruments = list(self._venue.instruments.values())
        entries: list[bytes] = []
        for start in range(0, len(instruments), TURN_INSTRUMENTS):
            entries += (msgspec.json.encode(shown(one)) for one in instruments[start : start + TURN_INSTRUMENTS])
            await asyncio.sleep(0)
        content = b'{"%s":[%s]}' % (name.encode(), b",".join(entries))
        return Response(content, media_type="application/json")

    def _shown(self, instrument: Instrument, levels: int) -> dict[str, Any]:
        venue, text = self._venue, instrument.scale.text
        book = venue.books[instrument.symbol]
        last = {"price": text(book.last_price), "quantity": book.last_quantity} if book.trades else None
        market = venue.markets[instrument.symbol]
        lowest, highest = book.lowest_tradable, book.highest_tradable
        return {
            "symbol": instrument.symbol,
            "phase": market.phase.value,
            "event": venue.last_event,
            "at": time_text(venue.now),
            "last": last,
            "trades": book.trades,
            "volume": book.volume,
            "reference_price": text(market.reference_price),
            "closing_price": text(market.closing_price) if market.closing_price else None,
            "lowest_tradable": text(lowest) if lowest > -NO_BAND else None,
            "highest_tradable": text(highest) if highest < NO_BAND else None,
            "bids": _side(book.bids, instrument, levels),
            "asks": _side(book.asks, instrument, levels),
        }

    def _auction(self, instrument: Instrument) -> dict[str, Any] | None:
        """What the auction under way would bring if it ended now; None when none is."""
        market = self._venue.markets[instrument.symbol]
        if market.phase not in AUCTIONS:
            return None
        found = self._venue.day.indicative_of(instrument.symbol)
        return {
            "price": None if found.price is None else instrument.scale.text(found.price),
            "quantity": found.quantity,
            "imbalance": found.imbalance,
            "imbalance_side": None if found.imbalance_side is None else found.imbalance_side.name.lower(),
        }


def _side(side: BookSide, instrument: Instrument, levels: int) -> list[tuple[str, int, int]]:
    text = instrument.scale.text
    return [
        ("market" if level.price == UNPRICED else text(level.price), level.quantity, level.orders)
        for level in islice((level for level in side if level.orders), levels)
    ]


def _levels(request: Request, default: int, most: int) -> int:
    text = request.query_params.get("levels")
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= most):
        detail = f"levels={text[:20]} is not a whole number from 1 to {most}."
        raise Problem(HTTPStatus.BAD_REQUEST, "INVALID_LEVELS", detail)
    return int(text)


def _levels_stated(default: int, most: int) -> dict[str, Any]:
    """What the API's document says of `levels`."""
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    text = "Price levels of each side."
    # A parameter of the path is stated here, too: what stands here takes the place of what FastAPI finds.
    return {"parameters": [{"name": "levels", "in": "query", "schema": schema, "description": text}]}


def _rules(instrument: Instrument) -> dict[str, Any]:
    text = instrument.scale.text
    return {
        "symbol": instrument.symbol,
        "currency": instrument.currency,
        "price_digits": instrument.price_digits,
        "tick": text(instrument.tick),
        "lot": instrument.lot,
        "reference_price": text(instrument.reference_price),
        "lowest_price": text(instrument.lowest_price),
        "highest_price": text(instrument.highest_price),
        "max_quantity": instrument.max_quantity,
        "market": instrument.market,
        "ticks": [{"from_price": text(step.from_price), "tick": text(step.tick)} for step in instrument.ticks],
        "takes_odd_lots": instrument.takes_odd_lots,
        "max_notional": text(instrument.max_notional) if instrument.max_notional else None,
    }
