from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import copyfile

import pytest

from exchange.store.database import Database
from tests.gateway.http.trading.platform import Platform, running_platform


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with all tables and nothing in them: making it takes longer than a test."""
    path = tmp_path_factory.mktemp("store") / "store.sqlite"

    async def make() -> None:
        database = Database(f"sqlite:///{path}")
        await database.open()
        await database.close()

    asyncio.run(make())
    return path


@pytest.fixture
def folder(tmp_path: Path, empty_store: Path) -> Path:
    copyfile(empty_store, tmp_path / "store.sqlite")
    return tmp_path


@pytest.fixture
async def platform(folder: Path) -> AsyncIterator[Platform]:
    async with running_platform(folder) as running:
        yield running
