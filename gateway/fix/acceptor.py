"""The FIX door: listens, lets sessions begin, and writes what they have to send, once per session and turn of the loop.

Everything a turn brings goes to the sequencer as one batch. When it is committed, reports are made for both owners,
numbers and messages are recorded, and then each touched session gets one write. The only FIX file that listens.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from msgspec import Struct

from exchange.commands import Command, request_of
from exchange.events import Event
from gateway.fix import tags
from gateway.fix.codecs import Codecs
from gateway.fix.connection import Connection
from gateway.fix.credentials import Credentials
from gateway.fix.doorway import Doorway
from gateway.fix.execution_reports import owner_of
from gateway.fix.framing import Garbled
from gateway.fix.line_watch import LineWatch
from gateway.fix.logon_gate import NOT_KNOWN, LogonGate, LogonRefused
from gateway.fix.message import Message
from gateway.fix.order_entry import OrderEntry
from gateway.fix.profile import SessionProfile
from gateway.fix.session import Session
from gateway.fix.session_maker import SessionMaker
from gateway.fix.session_state import SessionState
from gateway.listening import listening_socket

BACKLOG = 1024
"""Connections that may wait to be accepted: all clients of a venue come back at once after a restart."""

CHECKING_FACTOR = 2
"""A Logon whose password is being checked gets this many times the time to log on in addition: when all clients come
back at once, they wait for one another."""

TAKE_OVER_SECONDS = 1.0
"""How long a Logout may take to leave on a connection that another one takes over from: it may well be dead."""

TICK_SECONDS = 0.25
"""How often sessions look at the clock: heartbeats are due to the second."""

_log = structlog.get_logger(__name__)


class AcceptorLimits(Struct, frozen=True):
    """What the door allows, whoever comes."""

    max_message_bytes: int
    logon_message_bytes: int
    """Of a message from who has no session yet."""
    outbound_queue_bytes: int
    """Unsent bytes at which a client counts as not reading and is logged out."""
    outbound_queue_seconds: float
    """How long a client may take nothing of what waits for it."""
    logon_timeout_seconds: float
    max_connections: int
    max_connections_per_address: int
    garbled_max: int


class Acceptor:
    """All connections and sessions of the venue's FIX port."""

    def __init__(
        self,
        sessions: dict[str, Session],
        gate: LogonGate,
        codecs: Codecs,
        order_entry: OrderEntry,
        maker: SessionMaker,
        limits: AcceptorLimits,
        credentials: Credentials,
        doorway: Doorway,
    ) -> None:
        self.sessions = sessions
        self.watch = LineWatch(sessions, maker.clock)
        self._gate = gate
        self._codecs = codecs
        self._sequencer = sequencer = order_entry.sequencer
        self._maker = maker
        self._clock = maker.clock
        self._limits = limits
        self._credentials = credentials
        self._doorway = doorway
        self._reports = order_entry.reports
        self._order_entry = order_entry
        self.disputes = self._order_entry.disputes
        self.venue_comp_id = maker.venue_comp_id
        self._connections: set[Connection] = set()
        self._by_address: Counter[str] = Counter()
        self._by_session: dict[Session, Connection] = {}
        self._waiting: list[Session] = []
        self._is_publishing = False
        self._stalled: set[Session] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_tick: asyncio.TimerHandle | None = None
        self.is_listening = False
        self._scheduled: list[Session] = []
        for session in sessions.values():
            self._take_in(session)
        if gate.open_sessions is not None:
            gate.open_sessions.on_made = self._session_made
        sequencer.on_commit(self._commit_begins)

    # Life

    def publish(self, events: Sequence[Event]) -> None:
        """Reports events to their owners and writes: the sequencer's consumer, also for events that a replay brings."""
        self._clock.refresh()
        self._is_publishing = True
        sessions, reports = self.sessions, self._reports
        for event in events:
            session = sessions.get(owner_of(event))
            if session is not None:
                msg_type, body = reports[session.profile.version.name].write(event)
                session.send(msg_type, body, event=event.number)
        self._order_entry.tell(events)
        self._is_publishing = False
        self._flush()

    def replay(self, events: Sequence[Event]) -> None:
        """Reports what a killed process had journaled but not yet reported; the rest was reported before."""
        self._is_publishing = True
        for event in events:
            session = self.sessions.get(owner_of(event))
            if session is not None and event.number > session.log.last_event and not session.log.is_new:
                msg_type, body = self._reports[session.profile.version.name].write(event)
                session.send(msg_type, body, event=event.number)
        self._is_publishing = False

    def refuse(self, commands: Sequence[Command], why: str) -> None:
        """Tells the owners of commands that the journal could not take: the sequencer's refusal consumer."""
        self._clock.refresh()
        for command in commands:
            session = self.sessions.get(getattr(request_of(command), "session", ""))
            if session is not None:
                self._order_entry.refuse(session, command, why)

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listens; answers the address, with the port that was found for port 0. Raises `PortTaken`."""
        listening = listening_socket("fix", host, port, backlog=BACKLOG)
        last_event = self._sequencer.venue.last_event
        for session in self.sessions.values():
            if session.log.is_new:
                session.log.skip_to_event(last_event)
            session.log.flush()
            session.is_announced = False
        self._waiting.clear()
        loop = asyncio.get_running_loop()
        self._next_tick = loop.call_later(TICK_SECONDS, self._tick)
        self.is_listening = True
        for session in self.sessions.values():
            self._order_entry.line_ended(session)
        return self._doorway.open(listening, self._new_connection)

    async def stop(self, reason: str, timeout_seconds: float) -> None:
        """Logs everybody out with the reason, waits for their answers as long as allowed, and closes.

        Once the journal has failed nothing can be sent, and nobody is waited for.
        """
        self.is_listening = False
        self._doorway.close()
        self._clock.refresh()
        if not self._sequencer.has_ended:
            for session in list(self._by_session):
                session.log_out(reason)
            self._sequencer.commit()
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        while self._connections and not self._sequencer.has_ended and asyncio.get_running_loop().time() < deadline:
            for connection in [one for one in self._connections if one.session is None]:
                connection.abort(reason)
            await asyncio.sleep(0.01)
        for connection in list(self._connections):
            connection.abort(reason)
        await asyncio.sleep(0)
        if self._next_tick is not None:
            self._next_tick.cancel()
        for task in self._tasks:
            task.cancel()

    def close(self) -> None:
        """Closes the sessions' logs: after `stop`, when the sequencer has released everything."""
        for session in self.sessions.values():
            session.log.close()
        if self.watch.frames is not None:
            self.watch.frames.close()

    def look_at_time(self) -> None:
        """Has sessions send what the time asks for; not while the time is on its way to where it is driven."""
        self._clock.refresh()
        if self._clock.is_held:
            return
        for session in self._scheduled:
            session.keep_hours()
        for session in list(self._by_session):
            session.tick()

    def add_session(self, profile: SessionProfile, folder: Path) -> Session:
        """A session of its own for who has just got one; it may log on at once. Its log is in `folder`, which exists.

        Raises ValueError for a CompID that has a session, or a version that nobody here speaks, and `OSError`.
        """
        comp_id = profile.comp_id
        if comp_id in self.sessions:
            raise ValueError(f"{comp_id} has a session already")
        if not self._codecs.has(profile.version):
            raise ValueError(f"{profile.version.name} is not spoken here; a session of the settings would have to")
        session = self._maker.make(profile, folder)
        self.sessions[comp_id] = session
        self._gate.expect(profile)
        self._take_in(session)
        if self.is_listening and session.log.is_new:
            session.log.skip_to_event(self._sequencer.venue.last_event)
        return session

    def reload_certificates(self) -> None:
        """Reads the files of TLS again: connections to come get what they say now."""
        self._doorway.reload_certificates()

    def peer(self, session: Session) -> str:
        """Address from which a session is connected; empty when it is not."""
        connection = self._by_session.get(session)
        return connection.peer if connection is not None else ""

    def queued_bytes(self, session: Session) -> int:
        """Bytes that wait for a session's client to read them."""
        connection = self._by_session.get(session)
        return connection.queued_bytes if connection is not None else 0

    # What connections ask

    def accept(self, connection: Connection) -> str:
        """Counts a new connection in, and gives it a time to log on."""
        self._connections.add(connection)
        self._by_address[connection.peer] += 1
        limits = self._limits
        if len(self._connections) > limits.max_connections:
            return f"{limits.max_connections} connections are open; more are not allowed"
        if self._by_address[connection.peer] > limits.max_connections_per_address:
            return f"{limits.max_connections_per_address} connections from one address are open; more are not allowed"
        asyncio.get_running_loop().call_later(limits.logon_timeout_seconds, self._logon_is_due, connection)
        return ""

    def connected(self, connection: Connection, refusal: str) -> None:
        """Has a new connection taken down, with why it has to go at once."""
        self._clock.refresh()
        self.watch.connected(connection.peer, refusal)

    def first_message(self, connection: Connection, message: Message) -> None:
        """Asks the gate, and the keeper of passwords where the session needs one."""
        session, why = None, ""
        try:
            session = self._gate.identify(message)
        except LogonRefused as refused:
            if refused.answer != NOT_KNOWN:
                self._turn_away(connection, message, refused)
                return
            # Nobody may learn from a quick answer that there is no such session.
            why = str(refused)
        connection.hold()
        task = asyncio.get_running_loop().create_task(self._log_on(connection, session, message, why))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._logon_done(connection, done))

    def received(self) -> None:
        """Reads the clock for the bytes that came."""
        self._clock.refresh()

    def framed(self, connection: Connection, found: list[str | Garbled], data: bytes) -> None:
        """Has what a read completed counted and taken down."""
        self.watch.received(connection.session, connection.peer, found, data)

    def writable(self, connection: Connection) -> None:
        """Goes on with a resend that waited for the socket."""
        session = connection.session
        if session is not None and session.outbound.is_resending:
            self._clock.refresh()
            session.continue_resend()

    def lost(self, connection: Connection, reason: str) -> None:
        """Forgets a connection; its session lives on."""
        self._connections.discard(connection)
        self._by_address[connection.peer] -= 1
        if not self._by_address[connection.peer]:
            del self._by_address[connection.peer]
        session = connection.session
        if session is not None and self._by_session.get(session) is connection:
            del self._by_session[session]
            self._clock.refresh()
            session.disconnected(reason)
            if self.is_listening:
                # What goes with its line stays when the venue stops; it is seen to when the venue is back.
                self._order_entry.line_ended(session)
            self.watch.ended(session, connection.peer, session.last_disconnect)
            _log.info(
                "disconnected", session=session.profile.comp_id, peer=connection.peer, reason=session.last_disconnect
            )
        elif session is None:
            self.watch.ended(None, connection.peer, reason)
            _log.info("disconnected before logon", peer=connection.peer, reason=reason)

    # Parts

    def _new_connection(self) -> Connection:
        limits = self._limits
        return Connection(
            self,
            self._codecs,
            max_message_bytes=limits.max_message_bytes,
            logon_message_bytes=limits.logon_message_bytes,
            garbled_max=limits.garbled_max,
        )

    async def _log_on(self, connection: Connection, session: Session | None, logon: Message, why: str) -> None:
        profile = session.profile if session is not None else None
        try:
            await self._credentials.check(profile, logon, connection.origin, why)
            assert session is not None, "credentials let nobody in who has no session"
            if session.profile.habits.takes_over:
                await self._take_over(session, connection)
            self._gate.check_free(session)
            if connection.is_gone():
                return
            password = await self._credentials.new_password(session.profile, logon, connection.peer)
            # Somebody else may have come in meanwhile.
            self._gate.check_free(session)
        except LogonRefused as refused:
            connection.is_checking = False
            self._turn_away(connection, logon, refused)
            return
        if connection.is_gone():
            return
        self._clock.refresh()
        connection.join(session)
        self._by_session[session] = connection
        session.log_on(logon, password)
        if session.state is SessionState.ACTIVE:
            self._order_entry.line_began(session, logon)
        connection.checked()

    def _take_in(self, session: Session) -> None:
        session.on_application = self._order_entry.receive
        session.on_output = self._session_has_output
        if session.profile.habits.schedule is not None:
            self._scheduled.append(session)

    def _session_made(self, session: Session) -> None:
        """A session that open mode made: what happened before it concerns it no more than any new one."""
        self._take_in(session)
        session.log.skip_to_event(self._sequencer.venue.last_event)

    async def _take_over(self, session: Session, second: Connection) -> None:
        """Ends the first connection of a session, told why, so that the second may have it."""
        first, loop = self._by_session.get(session), asyncio.get_running_loop()
        if first is None:
            return
        self._clock.refresh()
        text = f"another connection of {session.profile.comp_id}, from {second.peer}, takes over"
        session.end(text)
        deadline = loop.time() + TAKE_OVER_SECONDS
        while self._by_session.get(session) is first:
            if loop.time() > deadline:
                first.abort(text)
            await asyncio.sleep(0.01)

    def _logon_done(self, connection: Connection, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if failure is not None:
            _log.error("logon failed", peer=connection.peer, exc_info=failure)
            connection.abort("the logon could not be handled")

    def _turn_away(self, connection: Connection, logon: Message, refused: LogonRefused) -> None:
        _log.warning("logon refused", peer=connection.peer, reason=str(refused))
        self._clock.refresh()
        self.watch.logon_refused(logon.fields.get(tags.SenderCompID, ""), connection.peer, str(refused))
        answer = self._gate.logout(logon, refused.answer) if refused.answer else b""
        if answer:
            connection.write(answer)
            self.watch.sent(None, connection.peer, [answer])
        connection.close(str(refused))

    def _logon_is_due(self, connection: Connection, is_last: bool = False) -> None:
        if connection.session is not None or connection not in self._connections:
            return
        if connection.is_checking and not is_last:
            # It waits for those who came before it. Only who has sent nothing is closed at once.
            more = self._limits.logon_timeout_seconds * CHECKING_FACTOR
            asyncio.get_running_loop().call_later(more, self._logon_is_due, connection, True)
        elif connection.is_checking:
            connection.abort("the password could not be checked in time")
        else:
            connection.abort(f"no Logon(A) within {self._limits.logon_timeout_seconds} s")

    def _session_has_output(self, session: Session) -> None:
        """A session announced output. It is written when all that was received with it is committed."""
        if not self._is_publishing and not self._waiting:
            self._sequencer.after_commit(self._flush)
        self._waiting.append(session)

    def _commit_begins(self) -> Callable[[], None]:
        """What was received up to this commit counts as received when the commit is durable, and not before."""
        self._order_entry.turn_over()
        numbers = [(session.log, session.log.resets, session.next_in) for session in self._waiting]

        def accept() -> None:
            for log, resets, next_in in numbers:
                if log.resets == resets:
                    log.next_in = next_in

        return accept

    def _flush(self) -> None:
        """Records and writes what the announced sessions have."""
        waiting, self._waiting = self._waiting, []
        for session in waiting:
            session.is_announced = False
            if session.log.next_in != session.next_in:
                # Something came after the commit had begun that ends here: the next one counts it as received.
                session.is_announced = True
                self._session_has_output(session)
            if not session.log.flush():
                self._wait_for_disk(session)
                continue
            connection = self._by_session.get(session)
            if connection is None:
                continue
            wire = session.outbound.wire
            if wire:
                session.outbound.wire = []
                self.watch.sent(session, connection.peer, wire)
                queued = connection.write(b"".join(wire))
                if queued > self._limits.outbound_queue_bytes:
                    self._end_unread(session, connection, f"{queued} bytes wait to be read")
                    continue
            if session.closing:
                connection.close(session.closing)
            elif session.outbound.is_resending and not connection.is_paused:
                session.continue_resend()

    def _wait_for_disk(self, session: Session) -> None:
        """Nothing is sent that could not be recorded; the next tick tries again."""
        self._stalled.add(session)
        connection = self._by_session.get(session)
        if session.log.is_overfull and connection is not None:
            connection.abort("the disk is full and the session's messages can't be recorded")

    def _end_unread(self, session: Session, connection: Connection, what: str) -> None:
        limit = f"{self._limits.outbound_queue_bytes} bytes or {self._limits.outbound_queue_seconds} s are allowed"
        session.log_out(f"the client does not read: {what}; {limit}")
        connection.abort(session.last_disconnect)

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._next_tick = loop.call_later(TICK_SECONDS, self._tick)
        self.look_at_time()
        stalled, self._stalled = self._stalled, set()
        for session in stalled:
            self._session_has_output(session)
        patience = self._limits.outbound_queue_seconds
        for session, connection in list(self._by_session.items()):
            session.traffic.sample(loop.time())
            if connection.is_paused and loop.time() - connection.paused_since > patience:
                self._end_unread(session, connection, f"nothing was read for {patience} s")
