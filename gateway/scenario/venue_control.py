"""The venue's HTTP port as a scenario uses it: books for anybody, and with the operator's token clock and market.

One keep-alive connection for a run. Whatever the venue refuses is `VenueRefused` with its own words.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any
from urllib.parse import quote

import httpx

REQUEST_TIMEOUT_SECONDS = 10.0

MOVE_POLL_SECONDS = 0.05
"""Between two questions whether a long move of the clock has ended."""


class VenueRefused(Exception):
    """The venue does not do it, or does not answer; the text is for the author of the scenario."""


class VenueControl:
    """Asks and commands one venue."""

    def __init__(self, http_url: str, operator_token: str = "") -> None:
        """Without a token only what is public is answered."""
        # Only http:// is asked: a context that trusts nobody spares the loading of certificates, most of the time.
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        headers = {"Authorization": f"Bearer {operator_token}"} if operator_token else {}
        self._has_token = bool(operator_token)
        self._client = httpx.AsyncClient(
            base_url=http_url, headers=headers, timeout=REQUEST_TIMEOUT_SECONDS, trust_env=False, verify=trust
        )

    async def clock(self) -> dict[str, Any]:
        """What the venue's clock shows."""
        return await self._ask("GET", "/admin/clock")

    async def move(self, **words: object) -> dict[str, Any]:
        """Moves the clock by the words of `POST /admin/clock`, and waits until it is there."""
        state = await self._ask("POST", "/admin/clock", words)
        while state["is_moving"]:
            await asyncio.sleep(MOVE_POLL_SECONDS)
            state = await self.clock()
        if state["problem"]:
            raise VenueRefused(str(state["problem"]))
        return state

    async def operate(self, name: str, words: dict[str, object]) -> dict[str, Any]:
        """Has an operation carried out: one of `POST /admin/operations/{name}`."""
        return await self._ask("POST", f"/admin/operations/{name}", words)

    async def clear(self, name: str, words: dict[str, object]) -> dict[str, Any]:
        """Has an operation on accounts carried out: one of `POST /admin/clearing/{name}`."""
        return await self._ask("POST", f"/admin/clearing/{name}", words)

    async def account(self, name: str) -> dict[str, Any]:
        """An account as it stands now."""
        return await self._ask("GET", f"/admin/accounts/{quote(name, safe='')}")

    async def phases(self) -> list[dict[str, Any]]:
        """Where in its day each instrument is."""
        instruments: list[dict[str, Any]] = (await self._ask("GET", "/admin/phases"))["instruments"]
        return instruments

    async def session(self, comp_id: str) -> dict[str, Any]:
        """A FIX session as the venue sees it."""
        return await self._ask("GET", f"/admin/sessions/{comp_id}")

    async def close(self) -> None:
        """Lets go of the connection."""
        await self._client.aclose()

    async def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        if not self._has_token:
            text = "this needs the operator of the venue: play without --connect, or name its data folder by --data"
            raise VenueRefused(text)
        try:
            answer = await self._client.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise VenueRefused(f"no answer from {path}: {str(error) or type(error).__name__}") from error
        if not answer.is_success:
            raise VenueRefused(_detail(answer))
        found: dict[str, Any] = answer.json()
        return found


def _detail(answer: httpx.Response) -> str:
    """The sentence of a problem body."""
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.url} answered {answer.status_code}: {answer.text[:200]}"
