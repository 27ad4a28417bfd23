"""The scripted venue on real sockets, the names of FIX 4.4, and a way to play steps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gateway.fix.dictionary import load as load_dictionary
from gateway.scenario.loading import Choices, Scenario, load_scenario
from gateway.scenario.results import ScenarioResult
from gateway.scenario.runner import run_scenario
from gateway.scenario.venue import VenueAddress
from gateway.scenario.vocabulary import Vocabulary
from tests.gateway.scenario.acceptor import Acceptor, BookServer


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return Vocabulary.of(load_dictionary("FIX.4.4"))


@pytest.fixture
async def acceptor() -> AsyncIterator[Acceptor]:
    acceptor = Acceptor()
    server = await asyncio.start_server(acceptor.serve, "127.0.0.1", 0)
    acceptor.address = server.sockets[0].getsockname()[:2]
    yield acceptor
    server.close()
    await server.wait_closed()


@pytest.fixture
async def book_server() -> AsyncIterator[BookServer]:
    books = BookServer()
    server = await asyncio.start_server(books.serve, "127.0.0.1", 0)
    books.address = server.sockets[0].getsockname()[:2]
    yield books
    server.close()
    await server.wait_closed()


HEAD = """\
scenario: test
participants:
  alice: {comp_id: ALICE, username: alice, password: secret}
  bob: {comp_id: BOB}
steps:
"""

Play = Callable[[str], Awaitable[ScenarioResult]]
Read = Callable[..., Scenario]


@pytest.fixture
def read(tmp_path: Path, vocabulary: Vocabulary) -> Read:
    """A scenario from the lines of its steps."""

    def read_steps(steps: str, **choices: object) -> Scenario:
        path = tmp_path / "test.yaml"
        path.write_text(HEAD + steps)
        return load_scenario(path, vocabulary, Choices(**choices))  # type: ignore[arg-type]  # a test names its own

    return read_steps


@pytest.fixture
def play(read: Read, acceptor: Acceptor, book_server: BookServer, vocabulary: Vocabulary) -> Play:
    """Plays steps against the acceptor."""

    async def play_steps(steps: str) -> ScenarioResult:
        address = VenueAddress(acceptor.address, book_server.address)
        return await run_scenario(read(steps), vocabulary, address)

    return play_steps
