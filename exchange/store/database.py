"""The door to the SQL store: one engine, opened by URL, brought to this release's tables, and its transactions.

SQLite in the data folder is the default, PostgreSQL comes by URL. Who calls it: `identity` in the main process, the
projection in a process of its own. A failure of the database itself comes out as `StoreUnavailable`, whichever driver
met it; a mistake in a statement comes out as SQLAlchemy raises it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import URL, Connection, Dialect, Table, event, inspect, make_url, text
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NoSuchModuleError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from exchange.store.errors import StoreUnavailable, StoreUnusable
from exchange.store.schema import HEAD_REVISION

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

Upsert: TypeAlias = "postgresql.Insert | sqlite.Insert"
"""An INSERT that can say what happens when the row is there already; SQLAlchemy has it per database only."""

CONNECTIONS_MAX = 4
"""Connections one process keeps: two passwords are verified at a time, one projection writes, one query runs."""

CONNECTION_WAIT_SECONDS = 2
"""How long a caller waits for one of them before the store counts as unavailable."""

LOCK_WAIT_MILLISECONDS = 1_000
"""How long SQLite waits for another process's transaction. Longer would hide from status that somebody holds it."""

LOCK_RETRY_SECONDS = 0.01
"""Pause where SQLite itself does not wait."""

STATEMENT_SECONDS = 30
"""How long PostgreSQL may take for one statement."""

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
"""What store.url may begin with, and the driver that is used for it."""

STATEMENT_MISTAKES = (IntegrityError, DataError, ProgrammingError, NotSupportedError)
"""Errors that the same statement would meet again: not the database's absence."""


class Database:
    """One store. Nothing is connected before `open`."""

    def __init__(self, url: str) -> None:
        self._url = _with_driver(url)
        self._engine = _engine(self._url)
        self._connect_errors = _connect_errors(self._url)
        self._reading_options: dict[str, Any] = {"only_reads": True}
        if self.dialect.name == "postgresql":
            # As SQLite does without being asked: else each statement would see what was written before it.
            self._reading_options["isolation_level"] = "REPEATABLE READ"

    @property
    def dialect(self) -> Dialect:
        """Whose SQL is spoken: `dialect.name` is `sqlite` or `postgresql`."""
        return self._engine.dialect

    def insert(self, table: Table) -> Upsert:
        """An INSERT in this database's own dialect."""
        if self.dialect.name == "postgresql":
            # Loading this dialect takes longer than opening the store, and SQLite has no use for it.
            from sqlalchemy.dialects.postgresql import insert as postgresql_insert

            return postgresql_insert(table)
        return sqlite_insert(table)

    def __str__(self) -> str:
        """The URL without its password."""
        return self._url.render_as_string(hide_password=True)

    async def open(self) -> None:
        """Connects, and brings an empty or older database to this release's tables.

        Raises `StoreUnavailable`, or `StoreUnusable` when a newer release has been here.
        """
        if self.dialect.name == "sqlite":
            await asyncio.to_thread(self._make_file_ready)
        async with self.reading() as connection:
            revision = await connection.run_sync(_revision)
        if revision == HEAD_REVISION:
            return
        # Loading alembic takes longer than all else here, and only a new release needs it.
        from exchange.store.migrations import upgrade

        async with self.writing() as connection:
            await connection.run_sync(upgrade)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with; never waits for a writer, and all it reads is of one moment."""
        with self._told():
            async with self._engine.connect() as connection:
                yield await connection.execution_options(**self._reading_options)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: all of it when the block ends, nothing of it when the block raises."""
        with self._told():
            async with self._engine.begin() as connection:
                yield connection

    async def close(self) -> None:
        """Closes all connections."""
        await self._engine.dispose()

    def _make_file_ready(self) -> None:
        """Finds or makes the file, in the mode in which readers and a writer do not wait for each other."""
        # Not by the asynchronous driver: its thread outlives a failure to connect, and complains of a closed loop.
        end = monotonic() + LOCK_WAIT_MILLISECONDS / 1_000
        while True:
            try:
                with closing(sqlite3.connect(self._url.database or "", timeout=0)) as connection:
                    connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.Error as error:
                # Of two processes that change a new file's mode at once, SQLite refuses one without waiting.
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > end:
                    raise StoreUnavailable(f"store {self}: {error}") from error
                sleep(LOCK_RETRY_SECONDS)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except STATEMENT_MISTAKES:
            raise
        except DBAPIError as error:
            raise StoreUnavailable(f"store {self}: {error.orig}") from error
        except PoolTimeoutError as error:
            raise StoreUnavailable(
                f"store {self}: all {CONNECTIONS_MAX} connections were busy for {CONNECTION_WAIT_SECONDS} s"
            ) from error
        except self._connect_errors as error:
            # While connecting, asyncpg's own errors and the socket's come out as they are.
            raise StoreUnavailable(f"store {self}: {str(error) or type(error).__name__}") from error


def _with_driver(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnusable(
            f"store.url is not a database URL such as sqlite:////var/lib/fixpit/store.sqlite or "
            f"postgresql://user:password@host/name: {error}"
        ) from error
    driver = DRIVERS.get(parsed.drivername)
    if driver is None:
        raise StoreUnusable(f"store.url begins with {parsed.drivername}, which is none of {', '.join(DRIVERS)}")
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise StoreUnusable("store.url names no SQLite file: a store in memory cannot be shared between processes")
    return parsed.set(drivername=driver)


def _engine(url: URL) -> AsyncEngine:
    options: dict[str, Any] = {
        "pool_size": CONNECTIONS_MAX,
        "max_overflow": 0,
        "pool_timeout": CONNECTION_WAIT_SECONDS,
    }
    if url.get_backend_name() == "postgresql":
        # A server that was restarted leaves dead connections in the pool: each is tried before it is handed out.
        options["pool_pre_ping"] = True
        options["connect_args"] = {
            "timeout": CONNECTION_WAIT_SECONDS,
            "command_timeout": STATEMENT_SECONDS,
            "server_settings": {"application_name": "fixpit"},
        }
    try:
        engine = create_async_engine(url, **options)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StoreUnusable(
            f"store.url needs a driver that is not installed ({error}): pip install 'fixpit[postgresql]'"
        ) from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _connect_errors(url: URL) -> tuple[type[Exception], ...]:
    if url.get_backend_name() == "sqlite":
        return (OSError,)
    import asyncpg  # type: ignore[import-untyped]  # optional: whoever names a PostgreSQL URL has it

    return (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # sqlite3 must not open transactions of its own: `_begin_sqlite` does, for tables as for rows.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MILLISECONDS}")
    # The journal is the truth: what a power failure takes from the last commits, the projection writes again.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote in between, without waiting.
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
