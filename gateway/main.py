"""The composition root: builds the parts of one exchange in order, joins them, and takes them apart again.

The order is the architecture: folder, journal, venue, sessions, recovery, then the followers that read what happened,
and the doors last, so that nobody comes in before everything behind them works. `gateway.cli` calls `serve`.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import msgspec
import structlog
from msgspec.structs import replace

from exchange.sequencing.data_folder import DataFolder
from exchange.sequencing.event_log import EventLogWriter
from exchange.sequencing.journal import Journal
from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.venue import Venue
from gateway.account_desk import AccountDesk
from gateway.clock_desk import ClockDesk
from gateway.command_desk import CommandDesk
from gateway.fix_door import build_acceptor
from gateway.flow import Flow
from gateway.follower_processes import start_market_data, start_store
from gateway.housekeeping import keep_house
from gateway.http_door import build_entrance, enter_users, join_fix_sessions, start_http
from gateway.operations_desk import OperationsDesk
from gateway.passwords import build_passwords
from gateway.platform.membership import VenueSide, build_membership
from gateway.recovery import enter_openings, enter_reference_data, enter_terms, recover
from gateway.run_files import new_operator_token, write_in_one_step
from gateway.session_desk import build_desk
from gateway.settings import Settings
from gateway.status import ExchangeStatus
from gateway.user_sessions import build_user_sessions
from gateway.venue_time import VenueTime, begin_clock, build_clock

READY_SECONDS_MAX = 30.0
"""How long followers may take to be up before the start goes on without them and says so."""

_log = structlog.get_logger(__name__)

Address = tuple[str, int]


class Started(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the doors are: what the ready file says."""

    fix: Address
    http: Address | None
    mqtt: Address | None
    pid: int
    first_passwords: dict[str, str] = {}
    """Made for users of the settings who have none there: shown once, and written to no file."""


async def serve(settings: Settings, *, ready_file: Path | None, announce: Callable[[Started], None]) -> int:
    """Runs an exchange until SIGTERM or Ctrl-C; answers the exit code.

    Raises `DataFolderError`, `JournalCorrupt`, `StoreError`, `BrokerStartError` or `PortTaken` when it cannot start;
    what had been started by then is stopped.
    """
    stopping = asyncio.Event()
    failures: list[Exception] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    def fail(failure: Exception) -> None:
        _log.critical("the exchange stops: its journal cannot be written", reason=str(failure))
        failures.append(failure)
        stopping.set()

    async with AsyncExitStack() as stack:
        folder = stack.enter_context(DataFolder(settings.data))
        started = await _start(settings, folder, stack, fail)
        for path in (folder.run, ready_file):
            if path is not None:
                write_in_one_step(path, msgspec.json.encode(replace(started, first_passwords={})))
                stack.callback(path.unlink, missing_ok=True)
        # What lives from here on is no cycle; the collector need not walk the whole venue again and again.
        gc.collect()
        gc.freeze()
        announce(started)
        await stopping.wait()
        _log.info("stopping")
    return 1 if failures else 0


async def _start(
    settings: Settings, folder: DataFolder, stack: AsyncExitStack, fail: Callable[[Exception], None]
) -> Started:
    venue = Venue()
    journal = _open_journal(settings, folder, stack)
    durability = Durability(settings.journal.durability)
    clock = build_clock(settings.clock)
    sequencer = Sequencer(venue, journal, clock.now, durability=durability, on_failure=fail)
    membership = build_membership(settings, stack)
    passwords = build_passwords(membership)
    acceptor = build_acceptor(settings, folder.fix, sequencer, passwords.check, passwords.change, clock)
    event_log = EventLogWriter(folder.events, opening=venue.public_state)
    stack.callback(event_log.close)
    desk = build_desk(folder, acceptor, stack)
    user_sessions = build_user_sessions(settings, folder.fix, acceptor, sequencer, desk.admit)

    as_listed = recover(sequencer, event_log, acceptor)
    begin_clock(clock, settings.clock, venue.now)
    # The order of release: the log that followers read, the private reports, the counts.
    sequencer.on_events(event_log.append)
    sequencer.on_events(acceptor.publish)
    sequencer.on_refusal(acceptor.refuse)
    operations = OperationsDesk(sequencer, desk.record)
    accounts = AccountDesk(venue, CommandDesk(sequencer), desk.record)
    venue_time = VenueTime(clock, sequencer, settings)
    clock_desk = ClockDesk(venue_time.driver, venue_time.planner, venue, desk.record)
    side = VenueSide(venue, CommandDesk(sequencer), clock.now, desk.record)
    entrance = build_entrance(settings, new_operator_token(folder), membership, side)
    join_fix_sessions(entrance, user_sessions)
    status = ExchangeStatus(sequencer, acceptor, event_log, desk, operations, accounts, clock_desk, entrance)
    sequencer.on_events(status.count)
    enter_reference_data(sequencer, settings.listed_instruments, settings.open_accounts, as_listed)
    enter_terms(sequencer, settings.risk_limits, settings.clearing.rules())
    enter_openings(sequencer, settings.openings(venue.instruments.values()))
    event_log.start_segment()
    stack.callback(acceptor.close)
    stack.push_async_callback(sequencer.close)
    stack.push_async_callback(venue_time.stop)
    venue_time.begin(acceptor.look_at_time)

    first_passwords = await enter_users(settings, membership, entrance)
    await passwords.open(settings.fix_sessions)
    store = await start_store(settings, folder, stack, is_anew=journal is None)
    market_data, mqtt = await start_market_data(settings, folder, stack)
    status.follow(store | market_data)
    http = await start_http(settings, status, stack)
    fix = await acceptor.start(settings.fix.host, settings.fix.port)
    if settings.fix.tls.is_on:
        # Without TLS there is nothing to reload, and a terminal that is closed ends the process as it always does.
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, acceptor.reload_certificates)
    stack.push_async_callback(acceptor.stop, "the exchange stops", settings.fix.logout_timeout_seconds)
    _keep_running(keep_house(journal, event_log, store.get("store"), fail), stack)
    await status.until_up(READY_SECONDS_MAX)
    if settings.flow.enabled:
        Flow(clock, sequencer, settings.flow, settings.venue.seed).begin()
    return Started(fix, http, mqtt, os.getpid(), first_passwords)


def _open_journal(settings: Settings, folder: DataFolder, stack: AsyncExitStack) -> Journal | None:
    if Durability(settings.journal.durability) is Durability.NONE:
        return None
    journal = Journal(folder.journal, segment_bytes=settings.journal.segment_mebibytes << 20)
    journal.open()
    stack.callback(journal.close)
    return journal


def _keep_running(work: Coroutine[None, None, None], stack: AsyncExitStack) -> None:
    """Runs something beside the rest until the exchange stops; its own error comes out then."""
    task = asyncio.get_running_loop().create_task(work)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)
