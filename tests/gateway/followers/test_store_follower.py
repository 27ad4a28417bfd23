from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from exchange.events import Event
from exchange.sequencing.data_folder import DataPaths
from exchange.sequencing.event_log import EventLogReader, EventLogWriter, EventsGone
from exchange.store.database import Database
from exchange.store.projection import Projection
from exchange.store.rebuild import rebuild, verify
from gateway.followers.store import (
    EXIT_REBUILD_NEEDED,
    EXIT_STORE_UNUSABLE,
    FINAL_EXITS,
    URL_VARIABLE,
    RebuildNeeded,
    StoreFollower,
    follow,
    main,
)
from gateway.followers.store_status import Health, StoreStatus, read_status, status_path
from tests.exchange.store.stores import PostgresqlServer, opened, running_postgresql
from tests.exchange.store.trading_history import trading_history

HISTORY = trading_history(seed=3, length=4_000)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgresqlServer]:
    with running_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
async def store_url(request: pytest.FixtureRequest, data: DataPaths) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{data.store}"
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return await server.new_database()


@pytest.fixture
def data(tmp_path: Path) -> DataPaths:
    paths = DataPaths(tmp_path)
    paths.events.mkdir()
    return paths


@pytest.fixture
def writer(data: DataPaths) -> Iterator[EventLogWriter]:
    writer = EventLogWriter(data.events, opening=list)
    writer.open()
    yield writer
    writer.close()


def write(writer: EventLogWriter, events: Sequence[Event], batch: int = 40) -> None:
    for start in range(0, len(events), batch):
        writer.append(events[start : start + batch])


async def start(data: DataPaths, *options: str, **environment: str) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "gateway.followers.store", "--data", str(data.path), *options)
    return await asyncio.create_subprocess_exec(
        *command, stderr=asyncio.subprocess.PIPE, env={**os.environ, **environment}
    )


@asynccontextmanager
async def following(data: DataPaths, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await start(data, *options)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()
            assert process.returncode == 0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.01)


def status_says(data: DataPaths, says: Callable[[StoreStatus], bool]) -> Callable[[], bool]:
    def look() -> bool:
        status = read_status(status_path(data))
        return status is not None and says(status)

    return look


def checkpoint_is_past(data: DataPaths, number: int) -> Callable[[], bool]:
    return status_says(data, lambda status: status.checkpoint > number)


async def assert_store_is(url: str, events: Sequence[Event], scratch: Path) -> None:
    live, rebuilt = await opened(url), await opened(f"sqlite:///{scratch / 'rebuilt.sqlite'}")
    await rebuild(rebuilt, events)
    assert await verify(live, rebuilt) == []
    await live.close()
    await rebuilt.close()


async def test_the_store_follows_the_log(
    data: DataPaths, writer: EventLogWriter, store_url: str, tmp_path: Path
) -> None:
    write(writer, HISTORY[:1000])
    async with following(data, "--url", store_url):
        await until(status_says(data, lambda status: status.checkpoint == 1000))
        write(writer, HISTORY[1000:])
        await until(status_says(data, lambda status: status.checkpoint == len(HISTORY)))
    status = read_status(status_path(data))
    assert status is not None
    assert (status.health, status.error, status.lag_seconds) == (Health.STOPPED, "", 0.0)
    await assert_store_is(store_url, HISTORY, tmp_path)


async def test_killed_at_any_point_it_writes_every_event_once(
    data: DataPaths, writer: EventLogWriter, store_url: str, tmp_path: Path
) -> None:
    random, begin = Random(5), 0
    await (await opened(store_url)).close()
    for _ in range(4):
        end = begin + len(HISTORY) // 6
        write(writer, HISTORY[begin:end])
        begin = end
        async with following(data, "--url", store_url, "--batch", "7") as process:
            # Most kills hit it in the middle of its work, some while it starts.
            await asyncio.sleep(random.uniform(0.25, 0.75))
            process.kill()
            assert await process.wait() == -signal.SIGKILL
    write(writer, HISTORY[begin:])
    async with following(data, "--url", store_url):
        await until(status_says(data, lambda status: status.checkpoint == len(HISTORY)))
    await assert_store_is(store_url, HISTORY, tmp_path)


async def test_a_locked_store_is_tried_again(data: DataPaths, writer: EventLogWriter, tmp_path: Path) -> None:
    async with following(data) as process:
        write(writer, HISTORY[:100])
        await until(status_says(data, lambda status: status.checkpoint == 100))
        holder = sqlite3.connect(data.store, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        write(writer, HISTORY[100:200])
        await until(status_says(data, lambda status: status.health is Health.RETRYING))
        status = read_status(status_path(data))
        assert status is not None
        assert "database is locked" in status.error
        assert status.lag_seconds > 0
        holder.close()
        await until(status_says(data, lambda status: status.checkpoint == 200 and not status.error))
        assert process.returncode is None
    await assert_store_is(f"sqlite:///{data.store}", HISTORY[:200], tmp_path)


async def test_cut_connections_are_made_again(
    data: DataPaths, writer: EventLogWriter, postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    url = await postgresql.new_database()
    async with following(data, "--url", url, "--batch", "20"):
        for begin in range(0, 2000, 250):
            write(writer, HISTORY[begin : begin + 250])
            await until(checkpoint_is_past(data, begin))
            await postgresql.end_connections(url)
        await until(status_says(data, lambda status: status.checkpoint == 2000))
    await assert_store_is(url, HISTORY[:2000], tmp_path)


async def test_a_store_that_is_not_there_yet_is_waited_for(data: DataPaths, writer: EventLogWriter) -> None:
    write(writer, HISTORY[:10])
    folder = data.path / "later"
    async with following(data, "--url", f"sqlite:///{folder / 'store.sqlite'}"):
        await until(status_says(data, lambda status: "unable to open database file" in status.error))
        folder.mkdir()
        await until(status_says(data, lambda status: status.checkpoint == 10))


async def test_while_it_waits_for_the_store_it_asks_all_the_time_whether_it_is_over(data: DataPaths) -> None:
    asked, database = count(), Database(f"sqlite:///{data.path / 'absent' / 'store.sqlite'}")
    follower = StoreFollower(data.events, database, batch_events=100, is_over=lambda: next(asked) >= 40)
    async with asyncio.timeout(20):  # 40 attempts, if it were asked only once in each, would take three minutes
        await follower.run()
    assert follower.status.health is Health.STOPPED
    await database.close()


async def test_two_followers_of_one_store_write_every_event_once(
    data: DataPaths, writer: EventLogWriter, store_url: str, tmp_path: Path
) -> None:
    async with following(data, "--url", store_url, "--batch", "5"), following(data, "--url", store_url, "--batch", "5"):
        write(writer, HISTORY[:800])
        await until(status_says(data, lambda status: status.checkpoint == 800))
    await assert_store_is(store_url, HISTORY[:800], tmp_path)


async def test_a_store_ahead_of_the_log_needs_a_rebuild(data: DataPaths, writer: EventLogWriter) -> None:
    await projected(data, HISTORY[:100])
    write(writer, HISTORY[:60])
    process = await start(data)
    _, words = await process.communicate()
    assert process.returncode == EXIT_REBUILD_NEEDED
    assert b"the store is at event 100" in words.splitlines()[-1] and b"`fixpit store rebuild`" in words
    status = read_status(status_path(data))
    assert status is not None and status.health is Health.REBUILD_NEEDED and "fixpit store rebuild" in status.error


async def test_a_log_that_went_on_differently_needs_a_rebuild(data: DataPaths, writer: EventLogWriter) -> None:
    await projected(data, HISTORY[:100])
    other = trading_history(seed=4, length=200)
    assert other[99].at != HISTORY[99].at
    write(writer, other)
    with pytest.raises(RebuildNeeded, match=r"they tell different histories.*`fixpit store rebuild`"):
        await follow(data, f"sqlite:///{data.store}", 100, None)


@pytest.mark.parametrize("projected_before", [0, 10])
async def test_a_log_that_lost_its_beginning_needs_a_rebuild(data: DataPaths, projected_before: int) -> None:
    await projected(data, HISTORY[:projected_before])
    write_from_the_middle(data)
    with pytest.raises(RebuildNeeded, match="`fixpit store rebuild`"):
        await follow(data, f"sqlite:///{data.store}", 100, None)


async def test_a_log_cut_right_behind_the_store_is_followed(data: DataPaths, tmp_path: Path) -> None:
    await projected(data, HISTORY[: write_from_the_middle(data) - 1])
    async with following(data):
        await until(status_says(data, lambda status: status.checkpoint == len(HISTORY)))
    await assert_store_is(f"sqlite:///{data.store}", HISTORY, tmp_path)


def write_from_the_middle(data: DataPaths) -> int:
    """Writes a log of many segments, deletes the older ones and returns the first event that is left."""
    writer = EventLogWriter(data.events, opening=list, segment_bytes=10_000, keep_segments=2)
    writer.open()
    write(writer, HISTORY)
    writer.release_below(len(HISTORY))
    writer.close()
    first = next(number for number in range(1, len(HISTORY)) if is_on_file(data, number))
    assert first > 1
    return first


def is_on_file(data: DataPaths, number: int) -> bool:
    try:
        with EventLogReader(data.events, number - 1) as reader:
            return bool(reader.read(1))
    except EventsGone:
        return False


async def projected(data: DataPaths, events: Sequence[Event]) -> None:
    database = await opened(f"sqlite:///{data.store}")
    await Projection(database).apply(events)
    await database.close()


async def test_a_store_of_a_newer_release_ends_it(data: DataPaths) -> None:
    database = await opened(f"sqlite:///{data.store}")
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    process = await start(data)
    _, words = await process.communicate()
    assert process.returncode == EXIT_STORE_UNUSABLE
    assert b"a newer release has used it" in words
    assert set(FINAL_EXITS) == {EXIT_REBUILD_NEEDED, EXIT_STORE_UNUSABLE}


async def test_the_url_may_come_from_the_environment(data: DataPaths) -> None:
    process = await start(data, **{URL_VARIABLE: "mysql://host/store"})
    _, words = await process.communicate()
    assert process.returncode == EXIT_STORE_UNUSABLE
    assert b"begins with mysql" in words


async def test_it_ends_with_its_parent(data: DataPaths) -> None:
    program = (
        "import subprocess, sys, os\n"
        "command = [sys.executable, '-m', 'gateway.followers.store', '--parent', str(os.getpid()), *sys.argv[1:]]\n"
        "print(subprocess.Popen(command).pid, flush=True)\n"
        "input()\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, "--data", str(data.path),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert parent.stdout is not None
    follower = int(await parent.stdout.readline())
    await until(status_says(data, lambda status: status.health is Health.FOLLOWING))
    parent.kill()
    await parent.communicate()
    await until(status_says(data, lambda status: status.health is Health.STOPPED))
    await until(lambda: not Path(f"/proc/{follower}").exists() or is_zombie(follower))


def is_zombie(process_id: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{process_id}/stat").read_text()
    except FileNotFoundError:
        return True


async def test_status_that_cannot_be_written_does_not_stop_it(data: DataPaths, writer: EventLogWriter) -> None:
    status_path(data).with_suffix(".status.draft").mkdir()
    write(writer, HISTORY[:100])
    async with following(data):
        await until(data.store.exists)
        database = await opened(f"sqlite:///{data.store}")
        async with asyncio.timeout(20):
            while await Projection(database).checkpoint() < 100:
                await asyncio.sleep(0.01)
        await database.close()
    assert read_status(status_path(data)) is None


def test_a_batch_of_nothing_is_refused(data: DataPaths, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--data", str(data.path), "--batch", "0"])
    assert "--batch 0 is less than 1" in capsys.readouterr().err


async def test_a_follower_whose_parent_is_gone_does_not_begin(data: DataPaths) -> None:
    process = await start(data, "--parent", "1")
    assert await asyncio.wait_for(process.wait(), 10) == 0
    await process.communicate()
    assert not data.store.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_idle_it_takes_next_to_no_processor_time_and_stands_behind_the_exchange(
    data: DataPaths, writer: EventLogWriter
) -> None:
    write(writer, HISTORY[:100])
    async with following(data) as process:
        await until(status_says(data, lambda status: status.checkpoint == 100))
        await asyncio.sleep(1.2)
        before = cpu_seconds(process.pid)
        await asyncio.sleep(1)
        # A hundredth when the machine is quiet; what is caught here is a loop that does not pause.
        assert cpu_seconds(process.pid) - before < 0.1
        assert os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, 0)


def cpu_seconds(process_id: int) -> float:
    user, system = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_status_that_is_absent_or_broken_is_none(data: DataPaths) -> None:
    path = status_path(data)
    assert read_status(path) is None
    for broken in (b"", b"{", b"[]", b'{"health": "merry"}', b"\xff"):
        path.write_bytes(broken)
        assert read_status(path) is None
