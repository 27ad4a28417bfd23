"""The embedded MQTT broker: nats-server as a child process, so that market data works with nothing to set up.

`gateway.main` starts it before the market data follower when the settings name no broker. It is ready when it answered
a CONNECT, it is restarted on the same port when it dies, and everything it keeps lies in its folder. What it stores is
derived: the publisher sends all retained messages again whenever it connects.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from pathlib import Path

import structlog

from gateway.children import ChildProcess, ChildState, RestartPolicy
from gateway.mqtt.broker_config import (
    PUBLISHER,
    QUEUED_BYTES_MAX,
    QUEUED_SECONDS_MAX,
    BrokerUsers,
    broker_config,
    log_file,
    nats_server_program,
)
from gateway.mqtt.nats_request import NatsError, limit_stream

log = structlog.get_logger(__name__)

START_SECONDS_MAX = 20.0
"""Time to become ready. It takes 0.1 s; a store to be checked after a crash on a slow disk takes longer."""

POLL_SECONDS = 0.01
"""How often the start looks at the log and knocks."""

QUEUE_STREAM = "$MQTT_msgs"
"""Where nats-server keeps messages of quality of service 1 until every subscriber has them."""

_LISTENING_MQTT = re.compile(r"Listening for MQTT clients on mqtt://.*:(\d+)$", re.MULTILINE)
_LISTENING_NATS = re.compile(r"Listening for client connections on .*:(\d+)$", re.MULTILINE)
_FATAL = re.compile(r"\[FTL\] (.*)$", re.MULTILINE)


class BrokerStartError(Exception):
    """The embedded broker cannot be started; the text says why and what to do, for the person who started it."""


class EmbeddedBroker:
    """The broker of one data folder."""

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        port: int = 1883,
        subscriber: tuple[str, str] | None = None,
        policy: RestartPolicy | None = None,
    ) -> None:
        """`port` 0 takes any free one. `subscriber` is the user and password readers need; None lets everybody read."""
        self._folder = folder.resolve()
        self._host = host
        self._port = port
        self._users = BrokerUsers(secrets.token_urlsafe(24), subscriber)
        self._policy = policy or RestartPolicy()
        self._child: ChildProcess | None = None

    @property
    def publisher(self) -> tuple[str, str]:
        """User name and password of the one who may publish; made anew with each `EmbeddedBroker`."""
        return PUBLISHER, self._users.publisher_password

    @property
    def state(self) -> ChildState | None:
        """The state of the broker's process; None before `start`."""
        return self._child.state if self._child is not None else None

    async def start(self) -> tuple[str, int]:
        """Start the broker; returns the host and port it listens on for MQTT once it answers there.

        Raises BrokerStartError, with nothing left running.
        """
        assert self._child is None, "the broker was started before"
        try:
            command = [str(nats_server_program()), "-c", str(self._folder / "nats.conf")]
        except FileNotFoundError as error:
            raise BrokerStartError(str(error)) from error
        self._prepare_folder()
        self._write_config(self._port or -1)
        self._child = ChildProcess("broker", command, policy=self._policy)
        await self._child.start()
        try:
            async with asyncio.timeout(START_SECONDS_MAX):
                await self._become_ready(self._child)
        except TimeoutError as error:
            await self.stop()
            raise BrokerStartError(
                f"the embedded broker did not answer within {START_SECONDS_MAX:g} s; see {log_file(self._folder)}"
            ) from error
        except BaseException:
            # A start that is cancelled, too, must not leave a child behind that nobody holds.
            await self.stop()
            raise
        log.info("broker ready", host=self._host, port=self._port)
        return self._host, self._port

    async def stop(self) -> None:
        """Stop the broker; harmless when it does not run."""
        if self._child is not None:
            await self._child.stop()

    def _prepare_folder(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        # The start reads this log: it must hold nothing of the run before.
        current = log_file(self._folder)
        if current.exists():
            current.replace(current.with_suffix(".previous.log"))

    def _write_config(self, port: int) -> None:
        path = self._folder / "nats.conf"
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(broker_config(self._folder, self._host, port, self._users), encoding="utf-8")
        new.replace(path)

    async def _become_ready(self, child: ChildProcess) -> None:
        self._port = await self._find_in_log(_LISTENING_MQTT, child)
        # From now on a restart must come back to the port that was told to everybody.
        self._write_config(self._port)
        nats_port = await self._find_in_log(_LISTENING_NATS, child)
        while not await accepts_mqtt(self._host, self._port, self.publisher):
            self._refuse_if_ended(child)
            await asyncio.sleep(POLL_SECONDS)
        try:
            await limit_stream(nats_port, self.publisher, QUEUE_STREAM, QUEUED_BYTES_MAX, QUEUED_SECONDS_MAX)
        except (OSError, NatsError) as error:
            raise BrokerStartError(f"the embedded broker does not take its limits: {error}") from error

    async def _find_in_log(self, pattern: re.Pattern[str], child: ChildProcess) -> int:
        while True:
            ended = child.state.last_exit is not None
            found = pattern.search(self._log_text())
            if found is not None:
                return int(found[1])
            if ended:
                self._refuse_if_ended(child)
            await asyncio.sleep(POLL_SECONDS)

    def _refuse_if_ended(self, child: ChildProcess) -> None:
        state = child.state
        if state.last_exit is None:
            return
        fatal = _FATAL.findall(self._log_text())
        why = fatal[-1] if fatal else "; ".join(state.last_lines) or f"exit code {state.last_exit}"
        if "address already in use" in why:
            raise BrokerStartError(
                f"MQTT port {self._port} on {self._host} is in use by another program: stop that one, or choose "
                "another port with the setting `mqtt.port` or the option `--mqtt-port` (0 takes any free one)"
            )
        raise BrokerStartError(
            f"the embedded broker cannot listen for MQTT on {self._host}:{self._port} "
            f"(settings `mqtt.host` and `mqtt.port`): {why}"
        )

    def _log_text(self) -> str:
        try:
            return log_file(self._folder).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""


async def accepts_mqtt(host: str, port: int, user: tuple[str, str], timeout_seconds: float = 2.0) -> bool:
    """Whether a broker there accepts a CONNECT of MQTT 3.1.1 with these credentials."""
    try:
        async with asyncio.timeout(timeout_seconds):
            reader, writer = await asyncio.open_connection(_reachable(host), port)
            try:
                writer.write(_connect_packet(f"fixpit-probe-{time.monotonic_ns()}", *user))
                answer = await reader.readexactly(4)
                writer.write(b"\xe0\x00")  # DISCONNECT
                await writer.drain()
            finally:
                writer.close()
    except (OSError, EOFError, TimeoutError):
        return False
    return answer[:1] == b"\x20" and answer[3] == 0  # CONNACK with return code 0


def _reachable(host: str) -> str:
    """An address to connect to for one to listen on."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - nothing is bound here


def _connect_packet(client_id: str, user: str, password: str) -> bytes:
    fields = b"".join(len(text.encode()).to_bytes(2, "big") + text.encode() for text in (client_id, user, password))
    # Protocol level 4, flags: user name, password, clean session; keep alive 10 s.
    body = b"\x00\x04MQTT\x04\xc2\x00\x0a" + fields
    assert len(body) < 128, "one byte of length is enough"
    return b"\x10" + bytes([len(body)]) + body
