"""One TCP connection: bytes in, whole messages to the gate or to the session, bytes out when the acceptor says so.

It owns nothing that outlives it. The acceptor made it and is asked about everything that concerns more than one line.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

import structlog

from gateway.fix.codec import Codec
from gateway.fix.codecs import Codecs
from gateway.fix.credentials import Origin
from gateway.fix.framing import Framing, Garbled
from gateway.fix.message import Message
from gateway.fix.session import Session
from gateway.tls import names_in

GARBLED_BEFORE_LOGON_MAX = 3
"""Garbled stretches passed over before a Logon: who has not said who it is gets little of the loop's time."""

LINGER_SECONDS = 5.0
"""How long what was written last, a Logout as a rule, may take to leave. The session is free for a new line then."""

_log = structlog.get_logger(__name__)


class Owner(Protocol):
    """What a connection needs of its acceptor."""

    def accept(self, connection: Connection) -> str:
        """Takes a new connection in; answers why not, or nothing."""

    def connected(self, connection: Connection, refusal: str) -> None:
        """What `accept` answered is now so."""

    def first_message(self, connection: Connection, message: Message) -> None:
        """Somebody wants to log on."""

    def received(self) -> None:
        """Something is about to be handled: the clock is to be read."""

    def framed(self, connection: Connection, found: list[str | Garbled], data: bytes) -> None:
        """What a read completed, before any of it is handled; `data` is what was read."""

    def writable(self, connection: Connection) -> None:
        """The socket takes bytes again."""

    def lost(self, connection: Connection, reason: str) -> None:
        """The connection is gone."""


class Connection(asyncio.Protocol):
    """The asyncio side of a session."""

    def __init__(
        self, owner: Owner, codecs: Codecs, *, max_message_bytes: int, logon_message_bytes: int, garbled_max: int
    ) -> None:
        """`garbled_max`: garbled stretches in a row that are passed over once a session is there.

        `max_message_bytes` holds from then on, too; `logon_message_bytes` before.
        """
        self._owner = owner
        self._codecs = codecs
        self._codec: Codec | None = None
        self._framing = Framing(logon_message_bytes, min(garbled_max, GARBLED_BEFORE_LOGON_MAX))
        self._garbled_max, self._max_message_bytes = garbled_max, max_message_bytes
        self._abort_timer: asyncio.TimerHandle | None = None
        self._early: list[str | Garbled] = []
        self._transport: asyncio.Transport | None = None
        self.session: Session | None = None
        self.is_checking = False
        """Whether a logon is being looked at: what follows it waits."""
        self.is_paused = False
        """Whether the socket takes no more for now."""
        self.paused_since = 0.0
        self.peer = ""
        """Address of the other side."""
        self.origin = Origin("")
        """Where it comes from, with the names in its certificate."""
        self.reason = ""
        """Why it was closed from this side, in words."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the socket is there."""
        self._transport = cast(asyncio.Transport, transport)
        peername = transport.get_extra_info("peername")
        self.peer = str(peername[0]) if peername else "unknown"
        certificate = transport.get_extra_info("peercert")
        self.origin = Origin(self.peer, names_in(certificate) if certificate else ())
        refusal = self._owner.accept(self)
        self._owner.connected(self, refusal)
        if refusal:
            _log.warning("connection refused", peer=self.peer, reason=refusal)
            self.abort(refusal)

    def data_received(self, data: bytes) -> None:
        """asyncio: bytes came."""
        self._owner.received()
        framed = self._framing.receive(data)
        if framed:
            self._owner.framed(self, framed, data)
        for found in framed:
            if self._early or self.is_checking:
                self._early.append(found)
            else:
                self._handle(found)

    def join(self, session: Session) -> None:
        """The line is this session's from now on."""
        self.session = session
        self._codec = self._codecs.of(session.profile.version)
        self._framing.garbled_max = self._garbled_max
        self._framing.max_message_bytes = self._max_message_bytes

    def checked(self) -> None:
        """The logon has been decided: what came behind it is handled now."""
        self.is_checking = False
        early, self._early = self._early, []
        for found in early:
            self._handle(found)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def hold(self) -> None:
        """Reads no more until `checked`: a client must not fill memory while its password is looked at."""
        self.is_checking = True
        if self._transport is not None:
            self._transport.pause_reading()

    def write(self, data: bytes) -> int:
        """Sends; answers how many bytes wait in the process because the client does not read."""
        if self._transport is None or self._transport.is_closing():
            return 0
        self._transport.write(data)
        return self._transport.get_write_buffer_size()

    @property
    def queued_bytes(self) -> int:
        """Bytes that wait in the process because the client does not read."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def is_gone(self) -> bool:
        """Whether nothing can be said on it any more: it broke, or is being closed."""
        return self._transport is None or bool(self.reason)

    def close(self, reason: str) -> None:
        """Closes when all that was written is sent, or when that takes too long."""
        self.reason = self.reason or reason
        if self._transport is not None:
            self._transport.close()
            if self._abort_timer is None:
                loop = asyncio.get_running_loop()
                self._abort_timer = loop.call_later(LINGER_SECONDS, self._transport.abort)

    def abort(self, reason: str) -> None:
        """Closes at once."""
        self.reason = self.reason or reason
        if self._transport is not None:
            self._transport.abort()

    def pause_writing(self) -> None:
        """asyncio: the client reads too slowly."""
        self.is_paused = True
        self.paused_since = asyncio.get_running_loop().time()

    def resume_writing(self) -> None:
        """asyncio: the client has caught up."""
        self.is_paused = False
        self._owner.writable(self)

    def connection_lost(self, error: Exception | None) -> None:
        """asyncio: the socket is gone."""
        self._early.clear()
        if self._abort_timer is not None:
            self._abort_timer.cancel()
        reason = self.reason or (f"the connection broke: {error}" if error else "the client closed the connection")
        self._transport = None
        self._owner.lost(self, reason)

    def _handle(self, found: str | Garbled) -> None:
        if self.reason:
            return
        if isinstance(found, Garbled):
            self._pass_over(found)
            return
        codec = self._codec or self._codecs.for_first(found)
        message = codec.read(found)
        session = self.session
        if session is None:
            self._owner.first_message(self, message)
        else:
            session.receive(message)

    def _pass_over(self, garbled: Garbled) -> None:
        """FIX 4.4 vol. 2: a garbled message is ignored; the gap in the numbers will bring it again."""
        who = self.session.profile.comp_id if self.session else ""
        _log.warning("garbled input ignored", peer=self.peer, session=who, reason=garbled.reason)
        if not garbled.fatal:
            return
        if self.session is None:
            self.close(garbled.reason)
        else:
            self.session.log_out(garbled.reason)
