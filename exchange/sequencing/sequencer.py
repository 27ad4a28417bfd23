"""Numbers and times every command, journals it, applies it and releases its events: the only way into the venue.

Commands submitted during one turn of the event loop are committed together at its end: one write to the journal, then
`Venue.apply` for each, then, when the chosen durability is reached, the events go to the consumers in their order.
What cannot be journaled is not applied: it is handed back to be refused, with the reason in words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from typing import TypeAlias

import msgspec

from exchange.commands import (
    BlockTrading,
    CancelForOwner,
    CancelOnDisconnect,
    CancelOrder,
    CancelQuotes,
    Command,
    MassCancel,
)
from exchange.events import Event
from exchange.sequencing.journal import Journal, JournalError, JournalFailed, JournalFull
from exchange.venue import Venue

BATCH_COMMANDS_MAX = 4_096
"""Commands of one journal write: bounds the write and the time that the loop spends in one commit."""

_CANCELS = (CancelOrder, MassCancel, CancelOnDisconnect, CancelQuotes, CancelForOwner, BlockTrading)
"""What is still taken when the disk is full: it takes orders out of the market."""

UNSYNCED_COMMANDS_MAX = 65_536
"""Commands that may wait for a slow fsync; beyond, new ones are refused instead of filling memory."""

EventConsumer: TypeAlias = Callable[[Sequence[Event]], None]
"""Gets all events of a commit, in order. Must be quick and must not raise: it runs on the matching loop."""

RefusalConsumer: TypeAlias = Callable[[Sequence[Command], str], None]
"""Gets commands that could not be journaled, and why. Nothing of them happened."""


class Durability(StrEnum):
    """When an answer may leave."""

    NONE = "none"
    """Nothing is journaled: a restart begins with an empty venue."""
    OS = "os"
    """The command is with the operating system: survives the death of the process, not of the machine."""
    FSYNC = "fsync"
    """The command is on the disk: survives power loss. What comes during one fsync shares the next."""


class Sequencer:
    """Owns the venue's write side. All methods are called on the event loop's thread."""

    def __init__(
        self,
        venue: Venue,
        journal: Journal | None,
        clock: Callable[[], int],
        *,
        durability: Durability = Durability.OS,
        on_failure: Callable[[Exception], None],
    ) -> None:
        """`clock` gives nanoseconds since 1970 UTC; `on_failure` must stop the process: the journal is not sound.

        It is called once. From then on, as after `close`, nothing is journaled, applied or released.
        """
        assert (journal is None) == (durability is Durability.NONE), "a journal and a durability go together"
        self.venue = venue
        self._journal = journal
        self._clock = clock
        self._durability = durability
        self._on_failure = on_failure
        self._consumers: list[EventConsumer] = []
        self._refusals: list[RefusalConsumer] = []
        self._encode = msgspec.msgpack.Encoder().encode
        self._pending: list[Command] = []
        self._queries: list[Callable[[], None]] = []
        self._preparations: list[Callable[[], Callable[[], None]]] = []
        self._is_scheduled = False
        self._has_ended = False
        self.journal_bytes = 0
        """Bytes of commands journaled by this process."""
        self._unsynced: list[_Batch] = []
        self._unsynced_commands = 0
        self._sync: asyncio.Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, "journal-sync") if durability is Durability.FSYNC else None

    @property
    def has_ended(self) -> bool:
        """Whether nothing is journaled, applied or released any more: the journal has failed, or it was closed."""
        return self._has_ended

    def on_events(self, consumer: EventConsumer) -> None:
        """Adds a consumer behind those that are there: the order of calls is the order of release."""
        self._consumers.append(consumer)

    def on_refusal(self, consumer: RefusalConsumer) -> None:
        """Adds a consumer for commands that the journal could not take."""
        self._refusals.append(consumer)

    def on_commit(self, prepare: Callable[[], Callable[[], None]]) -> None:
        """Calls `prepare` when a commit begins; what it answers is called at that commit's release, before its events.

        So a reader can hold on to what it has taken in until the venue has it durably.
        """
        self._preparations.append(prepare)

    def submit(self, command: Command) -> None:
        """Queues a command for the commit at the end of this turn of the loop."""
        self._pending.append(command)
        if not self._is_scheduled:
            self._schedule()

    def after_commit(self, query: Callable[[], None]) -> None:
        """Calls `query` once everything submitted so far is applied and released: what it reads is durable."""
        self._queries.append(query)
        if not self._is_scheduled:
            self._schedule()

    def commit(self) -> None:
        """Journals and applies all that is pending now. Runs by itself at the end of a turn in which something came."""
        if self._has_ended:
            return
        pending, self._pending = self._pending, []
        queries, self._queries = self._queries, []
        batch = _Batch([prepare() for prepare in self._preparations], queries)
        try:
            for start in range(0, len(pending), BATCH_COMMANDS_MAX):
                self._apply(pending[start : start + BATCH_COMMANDS_MAX], batch)
        except JournalFailed as failure:
            self._fail(failure)
            return
        self._release_or_wait(batch)

    def replay(self) -> Iterator[list[Event]]:
        """Applies the whole journal to the (new) venue and yields the events of each command. Call before any submit.

        Raises `JournalCorrupt` when the journal cannot be trusted, and `JournalError` for a record that is no command.
        """
        if self._journal is None:
            return
        decode = msgspec.msgpack.Decoder(Command).decode
        for sequence, payload in self._journal.read():
            record = memoryview(payload)
            try:
                command = decode(record[8:])
            except msgspec.MsgspecError as error:
                raise JournalError(
                    f"record {sequence} of the journal holds no command that this release knows ({error}); "
                    "start the release that wrote it"
                ) from error
            yield self.venue.apply(command, int.from_bytes(record[:8], "little"))

    async def close(self) -> None:
        """Commits what is pending, waits for the disk, and lets nothing further in."""
        self.commit()
        while self._sync is not None:
            await asyncio.wait([self._sync])
        self._has_ended = True
        if self._thread is not None:
            self._thread.shutdown()

    def _schedule(self) -> None:
        self._is_scheduled = True
        asyncio.get_running_loop().call_soon(self._end_turn)

    def _end_turn(self) -> None:
        self._is_scheduled = False
        self.commit()

    def _apply(self, commands: list[Command], batch: _Batch) -> None:
        """Journals and applies commands, and puts their events into the batch; what can't be journaled is refused."""
        at = max(self.venue.now, self._clock())
        behind = self._unsynced_commands + batch.commands
        if self._thread is not None and behind + len(commands) > UNSYNCED_COMMANDS_MAX:
            self._refuse(commands, f"the journal's disk is {behind} commands behind; try again later")
            return
        commands = self._write(commands, at)
        batch.commands += len(commands)
        apply, events = self.venue.apply, batch.events
        for command in commands:
            events += apply(command, at)

    def _write(self, commands: list[Command], at: int) -> list[Command]:
        """Journals a batch; answers what is journaled. On a full disk these are its cancels: they make risk smaller."""
        if self._journal is None:
            return commands
        try:
            self._append(self._journal, commands, at)
            return commands
        except JournalFull as full:
            why = str(full)
        cancels: list[Command] = [command for command in commands if isinstance(command, _CANCELS)]
        try:
            self._append(self._journal, cancels, at, into_reserve=True)
        except JournalFull as full:
            self._refuse(commands, str(full))
            return []
        self._refuse([command for command in commands if not isinstance(command, _CANCELS)], why)
        return cancels

    def _append(self, journal: Journal, commands: list[Command], at: int, *, into_reserve: bool = False) -> None:
        stamp = at.to_bytes(8, "little")
        encode = self._encode
        records = [stamp + encode(command) for command in commands]
        journal.append(records, into_reserve=into_reserve)
        self.journal_bytes += sum(map(len, records))

    def _release_or_wait(self, batch: _Batch) -> None:
        is_durable = not batch.commands and not self._unsynced and self._sync is None
        if self._thread is None or is_durable:
            self._release(batch)
            return
        self._unsynced.append(batch)
        self._unsynced_commands += batch.commands
        if self._sync is None:
            self._start_sync()

    def _start_sync(self) -> None:
        assert self._journal is not None and self._thread is not None, "only a journal is synced"
        batches, self._unsynced = self._unsynced, []
        self._sync = asyncio.get_running_loop().run_in_executor(self._thread, self._journal.sync)
        self._sync.add_done_callback(lambda done: self._synced(done, batches))

    def _synced(self, done: asyncio.Future[None], batches: list[_Batch]) -> None:
        self._sync = None
        failure = done.exception()
        if failure is not None:
            assert isinstance(failure, Exception), failure
            self._fail(failure)
        if self._has_ended:
            return
        if self._unsynced:
            self._start_sync()
        for batch in batches:
            self._unsynced_commands -= batch.commands
            self._release(batch)

    def _release(self, batch: _Batch) -> None:
        for accept in batch.prepared:
            accept()
        if batch.events:
            for consumer in self._consumers:
                consumer(batch.events)
        for query in batch.queries:
            query()

    def _refuse(self, commands: list[Command], why: str) -> None:
        if commands:
            for consumer in self._refusals:
                consumer(commands, why)

    def _fail(self, failure: Exception) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._on_failure(failure)


class _Batch(msgspec.Struct, gc=False):
    """One commit on its way from the journal to its release."""

    prepared: list[Callable[[], None]]
    queries: list[Callable[[], None]]
    events: list[Event] = []
    commands: int = 0
    """Journaled in it."""
