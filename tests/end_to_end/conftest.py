"""Exchanges for end-to-end tests, each on free ports and an empty data folder, and gone when its test is over."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.exchange_process import ExchangeProcess

NewExchange = Callable[..., ExchangeProcess]

Say = Callable[[str], None]


@pytest.fixture
def say() -> Say:
    """Tells what was measured: shown with pytest's `-rP`, and when the test fails."""

    def write(text: str) -> None:
        sys.stdout.write(f"{text}\n")

    return write


@pytest.fixture
def new_exchange(tmp_path: Path) -> Iterator[NewExchange]:
    """Makes exchanges that are not started yet; what still runs at the end of the test is killed."""
    made: list[ExchangeProcess] = []

    def make(*, data: Path | None = None, config: Path | str = "exchange", **settings: str) -> ExchangeProcess:
        scratch = tmp_path / f"exchange{len(made)}"
        scratch.mkdir()
        given = {key.replace("__", "."): value for key, value in settings.items()}
        exchange = ExchangeProcess(scratch, data=data, config=config, settings=given)
        made.append(exchange)
        return exchange

    yield make
    for exchange in made:
        if exchange.is_alive:
            exchange.kill()


@pytest.fixture
async def exchange(new_exchange: NewExchange) -> AsyncIterator[ExchangeProcess]:
    """The demo, without its flow; stopped in order at the end."""
    async with new_exchange() as running:
        yield running
