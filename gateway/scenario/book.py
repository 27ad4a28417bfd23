"""Asks a venue over HTTP for the public book of an instrument and compares it with what a scenario expects."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx

from gateway.scenario.expecting import BookAssertion
from gateway.scenario.matchers import as_decimal

POLL_SECONDS = 0.02
"""Between two questions. An order is in the book before its report is sent, so the first answer mostly fits."""

REQUEST_TIMEOUT_SECONDS = 5.0


class BookUnavailable(Exception):
    """The venue gives no book; the text says what it answered."""


async def differing_book(expected: BookAssertion, http_url: str, within_seconds: float) -> str:
    """Empty once the venue's book is as expected; else, when time is over, both as a table."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within_seconds
    # Only http:// is asked: a context that trusts nobody spares the loading of certificates, most of the time it takes.
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(timeout=REQUEST_TIMEOUT_SECONDS, trust_env=False, verify=trust) as client:
        while True:
            book = await _ask(client, f"{http_url}/market-data/books/{quote(expected.symbol, safe='')}")
            if _fits(expected, book):
                return ""
            if loop.time() >= end:
                return _table(expected, book)
            await asyncio.sleep(POLL_SECONDS)


async def _ask(client: httpx.AsyncClient, url: str) -> dict[str, Any]:
    try:
        answer = await client.get(url)
    except httpx.HTTPError as error:
        raise BookUnavailable(f"no answer from {url}: {str(error) or type(error).__name__}") from error
    if answer.status_code != httpx.codes.OK:
        raise BookUnavailable(f"{url} answered {answer.status_code}: {answer.text[:200]}")
    book: dict[str, Any] = answer.json()
    return book


def _fits(expected: BookAssertion, book: dict[str, Any]) -> bool:
    sides = (("bids", expected.bids), ("asks", expected.asks))
    return all(_same(levels, book[side]) for side, levels in sides if levels is not None)


def _same(expected: Sequence[Sequence[str]], shown: Sequence[Sequence[object]]) -> bool:
    """Price and quantity, and the number of orders where it is given; the same levels in the same order."""
    return len(expected) == len(shown) and all(
        [_number(text) for text in level] == [_number(str(value)) for value in found[: len(level)]]
        for level, found in zip(expected, shown, strict=True)
    )


def _number(text: str) -> Decimal | str:
    value = as_decimal(text)
    return text if value is None else value


def _table(expected: BookAssertion, book: dict[str, Any]) -> str:
    lines = [f"  {'':2}{'side':<6}{'expected':<24}{'shown'}"]
    for side, levels in (("bids", expected.bids), ("asks", expected.asks)):
        if levels is None:
            continue
        shown = book[side]
        for at in range(max(len(levels), len(shown), 1)):
            wanted, found = levels[at : at + 1], shown[at : at + 1]
            mark = " " if _same(wanted, found) else "*"
            lines.append(f"  {mark:2}{side:<6}{_level(wanted):<24}{_level(found)}")
    return "\n".join(lines)


def _level(levels: Sequence[Sequence[object]]) -> str:
    if not levels:
        return "—"
    price, quantity, *orders = levels[0]
    return f"{quantity} @ {price}" + (f" ({orders[0]} orders)" if orders else "")
