"""One HTTP connection: uvicorn's, with an end to those that are opened and never ask.

uvicorn bounds the time between two requests, but neither that before the first nor that of a request which comes byte
by byte. Connections are counted, so a few hundred idle ones would shut everybody else out.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 10.0
"""How long a client may take to send a request, from the connection or the last answer on; a poll is sent at once."""

KEEP_ALIVE_SECONDS = 15
"""How long an idle connection is kept: longer than the page's next poll or a usual scrape takes to come."""


class HttpConnection(H11Protocol):
    """Closes itself when no whole request comes in time."""

    request_seconds = REQUEST_SECONDS

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Asyncio's: somebody connected."""
        super().connection_made(transport)
        self._await_request(self.request_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio's: the connection is gone."""
        self._request_due.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """As uvicorn has it: an answer is sent."""
        self._request_due.cancel()
        self._await_request(KEEP_ALIVE_SECONDS + self.request_seconds)
        super().on_response_complete()

    def _await_request(self, seconds: float) -> None:
        self._request_due = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if not is_answering:
            self.transport.close()
