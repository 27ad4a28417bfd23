"""FIX clients for asyncio that others wrote, each behind the few verbs that a test needs.

FIXcore and AsyncFIX are engines: numbers, resends, gaps and heartbeats are theirs. simplefix only reads and writes
messages; the session around it is that of our scenarios. None of them shares a line with the exchange's gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from asyncfix import FIXMessage, FMsg
from asyncfix.connection import AsyncFIXConnection, ConnectionState
from asyncfix.connection_client import AsyncFIXClient
from asyncfix.journaler import Journaler
from asyncfix.protocol import FIXProtocol44
from fixcore.application import Application
from fixcore.log.base import Log, LogFactory
from fixcore.message import Message
from fixcore.session import SessionID, SessionSettings
from fixcore.store.factory import MemoryStoreFactory
from fixcore.transport import SocketInitiator

from gateway.scenario.client_session import SESSION_TYPES
from tests.end_to_end.trader import Trader

Fields = Mapping[int, str]

EXCHANGE = "FIXPIT"


@dataclass(frozen=True)
class Terms:
    """Who logs on where."""

    version: str
    comp_id: str
    port: int
    username: str
    password: str
    heartbeat_seconds: int = 30


class Client(Protocol):
    """One session of a client; it lives longer than its connections."""

    @property
    def told(self) -> list[dict[int, str]]:
        """Application messages that the engine brought into order and handed on."""

    @property
    def is_on(self) -> bool:
        """Whether the engine takes itself for logged on."""

    async def log_on(self) -> None:
        """Connects and sends a Logon; numbers go on."""

    async def log_out(self) -> None:
        """Sends a Logout; its answer is the engine's affair."""

    async def stop(self) -> None:
        """Closes the connection, if there is one, and lets go of everything; the client is not used again."""

    async def send(self, msg_type: str, fields: Fields) -> None:
        """Numbers and sends an application message."""

    async def test_request(self) -> None:
        """Sends a TestRequest."""


FIXCORE_SETTINGS = """\
[DEFAULT]
ConnectionType=initiator
ReconnectInterval=600
UseDataDictionary=Y
ValidateFieldsOutOfRange=Y
CheckLatency=Y

[SESSION]
BeginString={begin_string}
SenderCompID={comp_id}
TargetCompID={exchange}
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
HeartBtInt={heartbeat_seconds}
{dictionary}
"""


class FixcoreClient(Application):
    """FIXcore, validating what comes by its own dictionaries."""

    def __init__(self, terms: Terms) -> None:
        self.told: list[dict[int, str]] = []
        self.is_on = False
        self._terms = terms
        is_fixt = terms.version.startswith("FIX.5")
        dictionary = f"{terms.version.replace('.', '')}.xml"
        settings = FIXCORE_SETTINGS.format(
            begin_string="FIXT.1.1" if is_fixt else terms.version,
            comp_id=terms.comp_id,
            exchange=EXCHANGE,
            port=terms.port,
            heartbeat_seconds=terms.heartbeat_seconds,
            dictionary=f"DefaultApplVerID={terms.version}\nAppDataDictionary={dictionary}"
            if is_fixt
            else f"DataDictionary={dictionary}",
        )
        parsed = SessionSettings.from_string(settings)
        self._initiator = SocketInitiator(parsed, self, MemoryStoreFactory(), _SilentLogs())
        self._session = self._initiator.sessions[parsed.session_ids[0]]

    async def log_on(self) -> None:
        await self._initiator.stop()
        await self._initiator.start()

    async def log_out(self) -> None:
        await self._initiator.logout()

    async def stop(self) -> None:
        await self._initiator.stop()

    async def send(self, msg_type: str, fields: Fields) -> None:
        message = Message()
        message.header.set(35, msg_type)
        for tag, value in fields.items():
            message.set_field(tag, value)
        await self._session.send_app(message)

    async def test_request(self) -> None:
        await self.send("1", {112: "are you there"})

    def to_admin(self, message: Message, session_id: SessionID) -> None:
        if message.msg_type == "A":
            message.set_field(553, self._terms.username)
            message.set_field(554, self._terms.password)

    def on_logon(self, session_id: SessionID) -> None:
        self.is_on = True

    def on_logout(self, session_id: SessionID) -> None:
        self.is_on = False

    def from_app(self, message: Message, session_id: SessionID) -> None:
        self.told.append({**dict(message.header.items()), **message.body})


class _SilentLogs(LogFactory):
    """The cable writes down what passes."""

    def create(self, session_id: SessionID) -> Log:
        return _SilentLog()


class _SilentLog(Log):
    def on_incoming(self, message: str) -> None: ...
    def on_outgoing(self, message: str) -> None: ...
    def on_event(self, text: str) -> None: ...


class AsyncfixClient(AsyncFIXClient):  # type: ignore[misc] # published without types
    """AsyncFIX, which speaks FIX.4.4 alone."""

    def __init__(self, terms: Terms) -> None:
        assert terms.version == "FIX.4.4"
        self.told: list[dict[int, str]] = []
        self._terms = terms
        self._history = Journaler()
        super().__init__(
            FIXProtocol44(), terms.comp_id, EXCHANGE, self._history, "127.0.0.1", terms.port, terms.heartbeat_seconds
        )

    @property
    def is_on(self) -> bool:
        return bool(self.connection_state == ConnectionState.ACTIVE)

    async def log_on(self) -> None:
        await self.connect()
        # Its tasks look for a connection once a second; those that start behind it find it at once.
        await self._end_tasks()
        await AsyncFIXConnection.connect(self)

    async def log_out(self) -> None:
        await self.send_msg(FIXMessage(FMsg.LOGOUT))

    async def stop(self) -> None:
        await self.disconnect(ConnectionState.DISCONNECTED_BROKEN_CONN)
        await self._end_tasks()
        self._history.conn.close()

    async def _end_tasks(self) -> None:
        for name in ("_aio_task_socket_read", "_aio_task_heartbeat"):
            task: asyncio.Task[None] | None = getattr(self, name)
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
            setattr(self, name, None)

    async def send(self, msg_type: str, fields: Fields) -> None:
        await self.send_msg(FIXMessage(msg_type, dict(fields)))

    async def test_request(self) -> None:
        if self._test_req_id is None:
            await self.send_test_req()

    async def on_connect(self) -> None:
        terms = self._terms
        fields = {98: "0", 108: str(terms.heartbeat_seconds), 553: terms.username, 554: terms.password}
        await self.send_msg(FIXMessage(FMsg.LOGON, fields))

    async def on_message(self, msg: FIXMessage) -> None:
        self.told.append({int(tag): str(value) for tag, value in msg.items() if not msg.is_group(tag)})


class SimplefixClient:
    """simplefix, with the session rules of our scenarios."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._trader = Trader(terms.comp_id)

    @property
    def told(self) -> list[dict[int, str]]:
        messages = [one for one in self._trader.messages if one.msg_type not in SESSION_TYPES]
        return [{int(tag): value for tag, value in reversed(one.pairs)} for one in messages]

    @property
    def is_on(self) -> bool:
        return self._trader.is_connected and self._trader.session.logged_on

    async def log_on(self) -> None:
        terms = self._terms
        await self._trader.connect(terms.port)
        credentials = [("553", terms.username), ("554", terms.password)]
        self._trader.send("A", [("98", "0"), ("108", str(terms.heartbeat_seconds)), *credentials])
        self._trader.flush()

    async def log_out(self) -> None:
        await self._trader.log_out()

    async def stop(self) -> None:
        if self._trader.is_connected:
            self._trader.drop()

    async def send(self, msg_type: str, fields: Fields) -> None:
        self._trader.send(msg_type, [(str(tag), value) for tag, value in fields.items()])
        self._trader.flush()

    async def test_request(self) -> None:
        await self.send("1", {112: "are you there"})


KINDS: dict[str, tuple[str, Callable[[Terms], Client]]] = {
    "fixcore-FIX.4.2": ("FIX.4.2", FixcoreClient),
    "fixcore-FIX.4.4": ("FIX.4.4", FixcoreClient),
    "fixcore-FIX.5.0SP2": ("FIX.5.0SP2", FixcoreClient),
    "asyncfix-FIX.4.4": ("FIX.4.4", AsyncfixClient),
    "simplefix-FIX.4.4": ("FIX.4.4", SimplefixClient),
}
"""Each client in each version that it speaks."""
