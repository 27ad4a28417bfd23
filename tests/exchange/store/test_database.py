from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, insert, select, text

from exchange.store import migrations
from exchange.store.database import CONNECTIONS_MAX, Database
from exchange.store.errors import StoreUnavailable, StoreUnusable
from exchange.store.schema import HEAD_REVISION, accounts, metadata, orders, trades
from tests.exchange.store.naive_tables import naive_tables, tables
from tests.exchange.store.stores import PostgresqlServer, opened
from tests.exchange.store.trading_history import trading_history, with_interventions

ROW = {
    "name": "", "firm": "", "trading_group": "", "self_trade_prevention": "NONE", "event": 1, "changed_at": 1
}  # fmt: skip
FIRST_ROWS: dict[str, dict[str, Any]] = {
    "orders": dict.fromkeys(("session", "cl_ord_id", "account", "symbol", "side", "order_type"), "x")
    | dict.fromkeys(("time_in_force", "status", "reason"), "x")
    | dict.fromkeys(("order_id", "price", "cumulative", "leaves", "notional", "event"), 1)
    | {"quantity": 100, "entered_at": 1, "changed_at": 1},
    "trades": dict.fromkeys(("symbol", "aggressor", "buy_account", "sell_account"), "x")
    | dict.fromkeys(("trade_id", "event", "price", "quantity", "buy_order_id", "sell_order_id"), 1)
    | {"at": 50},
}
"""A row of each table as the first release wrote it."""


def differences_from_schema(connection: Connection) -> object:
    return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata)


async def count(database: Database) -> int:
    async with database.reading() as connection:
        return int(await connection.scalar(select(func.count()).select_from(accounts)) or 0)


async def test_migrated_tables_are_the_schemas_tables(store_url: str) -> None:
    database = await opened(store_url)
    async with database.reading() as connection:
        assert await connection.run_sync(differences_from_schema) == []
    await database.close()


def test_head_revision_is_the_newest_migration() -> None:
    assert ScriptDirectory(str(Path(migrations.__file__).parent)).get_current_head() == HEAD_REVISION


async def test_a_store_of_this_release_is_opened_as_it_is(store_url: str) -> None:
    for name in ("first", "second", "third"):
        database = await opened(store_url)
        async with database.writing() as connection:
            await connection.execute(insert(accounts).values(account_id=name, **ROW))
        await database.close()
    database = await opened(store_url)
    assert await count(database) == 3
    await database.close()


async def test_stores_opened_at_once_are_migrated_once(store_url: str) -> None:
    databases = [Database(store_url) for _ in range(4)]
    await asyncio.gather(*(database.open() for database in databases))
    for database in databases:
        assert await count(database) == 0
        await database.close()


async def test_rows_of_the_first_release_become_those_of_plain_orders(store_url: str) -> None:
    database = await opened(store_url)
    async with database.writing() as connection:
        await connection.run_sync(downgraded, "0001")
        for table, columns in FIRST_ROWS.items():
            names, values = ", ".join(columns), ", ".join(f"'{value}'" for value in columns.values())
            await connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"))
    await database.open()
    async with database.reading() as connection:
        [order] = await connection.execute(select(orders))
        [trade] = await connection.execute(select(trades))
    assert (order.conditions, order.is_held, order.quantity) == ("", False, 100)
    assert (trade.state, trade.reason, trade.at, trade.changed_at) == ("DONE", "", 50, 50)
    await database.close()


async def test_candles_are_made_of_the_trades_that_are_there(store_url: str) -> None:
    history = with_interventions(trading_history(seed=5, length=1_000), seed=5, length=300)
    known = naive_tables(history)
    database = await opened(store_url)
    async with database.writing() as connection:
        await connection.run_sync(downgraded, "0002")
        await connection.execute(insert(trades), list(known["trades"].values()))
    await database.open()
    assert (await tables(database))["candles"] == known["candles"]
    await database.close()


def downgraded(connection: Connection, revision: str) -> None:
    """As `alembic` of an earlier release left it."""
    metadata.drop_all(connection)
    connection.execute(text("DROP TABLE alembic_version"))
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(migrations.__file__).parent))
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, revision)


async def test_a_store_of_a_newer_release_is_refused(store_url: str) -> None:
    database = await opened(store_url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnusable, match=f"revision 9999, and this release knows revisions up to {HEAD_REVISION}"):
        await database.open()
    await database.close()


async def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE trades (something_else INTEGER)")
    connection.close()
    database = Database(f"sqlite:///{path}")
    with pytest.raises(StoreUnavailable, match="table trades already exists"):
        await database.open()
    await database.close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("trades",)]
    connection.close()


async def test_a_block_that_raises_writes_nothing(database: Database) -> None:
    async def write_and_raise() -> None:
        async with database.writing() as connection:
            await connection.execute(insert(accounts).values(account_id="A", **ROW))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_raise()
    assert await count(database) == 0


async def test_a_reader_does_not_wait_for_a_writer(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(insert(accounts).values(account_id="A", **ROW))
        assert await count(database) == 0
    assert await count(database) == 1


async def test_what_a_reader_sees_is_of_one_moment(database: Database) -> None:
    async with database.reading() as reading:
        counting = select(func.count()).select_from(accounts)
        assert await reading.scalar(counting) == 0
        async with database.writing() as connection:
            await connection.execute(insert(accounts).values(account_id="A", **ROW))
        assert await reading.scalar(counting) == 0
    assert await count(database) == 1


async def test_more_callers_than_connections_take_turns(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.writing() as connection:
            await connection.execute(insert(accounts).values(account_id=str(number), **ROW))

    await asyncio.gather(*(write(number) for number in range(5 * CONNECTIONS_MAX)))
    assert await count(database) == 5 * CONNECTIONS_MAX


async def test_when_all_connections_are_busy_the_store_is_unavailable(tmp_path: Path) -> None:
    database = await opened(f"sqlite:///{tmp_path / 'store.sqlite'}")
    async with AsyncExitStack() as busy:
        for _ in range(CONNECTIONS_MAX):
            await busy.enter_async_context(database.reading())
        with pytest.raises(StoreUnavailable, match="all 4 connections were busy for 2 s"):
            await count(database)
    assert await count(database) == 0
    await database.close()


async def test_a_new_file_that_somebody_else_is_making_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    opening = asyncio.create_task(opened(f"sqlite:///{path}"))
    done, _ = await asyncio.wait([opening], timeout=0.1)
    assert not done
    holder.execute("COMMIT")
    database = await opening
    assert await count(database) == 0
    await database.close()
    holder.close()


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_text("dear diary, " * 1_000)
    with pytest.raises(StoreUnavailable, match="file is not a database"):
        await opened(f"sqlite:///{tmp_path / 'store.sqlite'}")


async def test_sqlite_file_held_by_somebody_else_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    database = await opened(f"sqlite:///{path}")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match=r"store\.sqlite: database is locked"):
        async with database.writing():
            pass
    holder.close()
    async with database.writing():
        pass
    await database.close()


async def test_postgresql_connections_that_were_cut_are_replaced(postgresql: PostgresqlServer) -> None:
    url = await postgresql.new_database()
    database = await opened(url)

    async def write_while_cut() -> None:
        async with database.writing() as connection:
            assert await postgresql.end_connections(url) == 1
            await connection.execute(insert(accounts).values(account_id="A", **ROW))

    with pytest.raises(StoreUnavailable):
        await write_while_cut()
    assert await count(database) == 0
    await database.close()


async def test_postgresql_that_is_not_there_is_unavailable(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    existing = await postgresql.new_database()
    name = existing.partition("?")[0].rpartition("/")[2]
    for url, why in (
        ("postgresql://somebody:secret@127.0.0.1:1/store", "127.0.0.1"),
        (existing.replace(name, "absent"), 'database "absent" does not exist'),
    ):
        database = Database(url)
        with pytest.raises(StoreUnavailable, match=why) as raised:
            await database.open()
        assert "secret" not in str(raised.value)
        await database.close()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("store.sqlite", "is not a database URL such as sqlite:////"),
        ("mysql://host/store", "begins with mysql, which is none of sqlite, "),
        ("postgresql+psycopg://host/store", "begins with postgresql\\+psycopg"),
        ("sqlite://", "names no SQLite file"),
        ("sqlite:///:memory:", "names no SQLite file"),
    ],
)
def test_urls_that_cannot_be_used(url: str, why: str) -> None:
    with pytest.raises(StoreUnusable, match=why):
        Database(url)


async def test_sqlite_in_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'absent' / 'store.sqlite'}")
    with pytest.raises(StoreUnavailable, match="unable to open database file"):
        await database.open()
    await database.close()


def test_postgresql_without_its_driver_names_what_to_install() -> None:
    program = (
        "import sys\n"
        "sys.modules['asyncpg'] = None\n"
        "from exchange.store.database import Database\n"
        "Database('postgresql://host/store')\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert finished.stderr.splitlines()[-1].endswith("pip install 'fixpit[postgresql]'")
    assert "StoreUnusable: store.url needs a driver that is not installed" in finished.stderr


async def test_opening_a_migrated_store_loads_no_migration_tool(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    await (await opened(url)).close()
    program = (
        "import asyncio, sys\n"
        "from exchange.store.database import Database\n"
        "async def main(database):\n"
        "    await database.open()\n"
        "    await database.close()\n"
        f"asyncio.run(main(Database({url!r})))\n"
        "print([name for name in ('alembic', 'sqlalchemy.dialects.postgresql') if name in sys.modules])\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout == "[]\n"
