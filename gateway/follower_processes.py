"""The child processes that follow the event log, and what their status files say of them.

SQL and MQTT may be slow or gone; in processes of their own they cannot take time from the matching loop. Built and
stopped by `gateway.main`, read for readiness and metrics.
"""

from __future__ import annotations

import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from exchange.sequencing.data_folder import DataPaths
from exchange.store.database import Database
from exchange.store.rebuild import rebuild
from gateway.children import ChildProcess, RestartPolicy
from gateway.followers.market_data import PASSWORD_VARIABLE, STATUS_FILE, USERNAME_VARIABLE
from gateway.followers.store import FINAL_EXITS, URL_VARIABLE
from gateway.followers.store_status import status_path
from gateway.mqtt.broker import EmbeddedBroker
from gateway.settings import MqttSettings, Settings

MQTT_PORTS = {"mqtt": 1883, "mqtts": 8883}
"""Ports of brokers whose URL names none (IANA)."""


PYTHON = (sys.executable, "-P", "-m")
"""Runs a module of the installation: without `-P`, a folder of the same name where the user stands would come first."""


class FollowerHealth(Struct, frozen=True):
    """What is known of one follower."""

    is_up: bool
    event: int
    """Number of the last event that it has handled."""
    text: str
    """What is wrong, or that nothing is."""


class _StoreStatus(Struct):
    health: str
    checkpoint: int
    error: str


class _MarketDataStatus(Struct):
    connected: bool
    event: int
    last_error: str


class Follower:
    """One follower: its process and its status file."""

    def __init__(self, child: ChildProcess, status: Path, kind: type[_StoreStatus] | type[_MarketDataStatus]) -> None:
        self.child = child
        self._status = status
        self._decode = msgspec.json.Decoder(kind).decode
        status.unlink(missing_ok=True)

    @property
    def stays_down(self) -> bool:
        """Whether it has ended and no restart can help: somebody must do what its health says."""
        return bool(self.child.state.failure)

    def health(self) -> FollowerHealth:
        """The latest status; a process that is down counts more than what it wrote last."""
        state = self.child.state
        try:
            status = self._decode(self._status.read_bytes())
        except FileNotFoundError:
            return FollowerHealth(False, 0, state.failure or "starting")
        except (OSError, msgspec.DecodeError) as error:
            return FollowerHealth(False, 0, f"{self._status} cannot be read: {error}")
        if isinstance(status, _StoreStatus):
            is_up, event, text = status.health == "following", status.checkpoint, status.error or status.health
        else:
            is_up, event, text = status.connected, status.event, status.last_error or "connected"
        if state.failure or not state.running:
            return FollowerHealth(False, event, state.failure or "being restarted")
        return FollowerHealth(is_up, event, text)


async def start_store(
    settings: Settings, folder: DataPaths, stack: AsyncExitStack, *, is_anew: bool
) -> dict[str, Follower]:
    """Starts the process that fills the SQL store, unless the settings do without.

    `is_anew`: the venue has no journal and begins with nothing, so what the store has of an earlier one is dropped.
    """
    if not settings.store.enabled:
        return {}
    if is_anew:
        database = Database(settings.store_url)
        await rebuild(database, ())
        await database.close()
    command = [*PYTHON, "gateway.followers.store", "--data", str(folder.path)]
    command += ["--batch", str(settings.store.batch_events), "--parent", str(os.getpid())]
    child = ChildProcess(
        "store",
        command,
        environment={URL_VARIABLE: settings.store_url},
        policy=RestartPolicy(final_exits=FINAL_EXITS),
    )
    return {"store": await _start(Follower(child, status_path(folder), _StoreStatus), stack)}


async def start_market_data(
    settings: Settings, folder: DataPaths, stack: AsyncExitStack
) -> tuple[dict[str, Follower], tuple[str, int] | None]:
    """Starts the broker, unless another is named, and the process that publishes to it; answers the broker's address.

    Raises `BrokerStartError`.
    """
    mqtt = settings.mqtt
    if not mqtt.enabled:
        return {}, None
    user: tuple[str, str] | None
    if mqtt.url is None:
        broker = EmbeddedBroker(folder.broker, host=mqtt.host, port=mqtt.port)
        stack.push_async_callback(broker.stop)
        address = await broker.start()
        url, user = f"mqtt://{address[0]}:{address[1]}", broker.publisher
    else:
        parts = urlsplit(mqtt.url)
        address = (parts.hostname or "", parts.port or MQTT_PORTS[parts.scheme])
        url, user = mqtt.url, _credentials(mqtt)
    follower = _market_data_follower(settings, folder, url, user)
    return {"mqtt": await _start(follower, stack)}, address


async def _start(follower: Follower, stack: AsyncExitStack) -> Follower:
    stack.push_async_callback(follower.child.stop)
    await follower.child.start()
    return follower


def _credentials(mqtt: MqttSettings) -> tuple[str, str] | None:
    if mqtt.username is None:
        return None
    return mqtt.username, mqtt.password.get_secret_value() if mqtt.password is not None else ""


def _market_data_follower(
    settings: Settings, folder: DataPaths, url: str, credentials: tuple[str, str] | None
) -> Follower:
    mqtt = settings.mqtt
    command = [*PYTHON, "gateway.followers.market_data", "--data", str(folder.path), "--url", url]
    command += ["--venue", settings.venue.name, "--flush-ms", str(mqtt.flush_interval_milliseconds)]
    command += ["--depth", str(mqtt.depth_levels), "--waiting-trades", str(mqtt.outbound_queue_messages)]
    command += ["--seed", str(settings.venue.seed), "--parent", str(os.getpid())]
    environment = {}
    if credentials is not None:
        environment = {USERNAME_VARIABLE: credentials[0], PASSWORD_VARIABLE: credentials[1]}
    return Follower(
        ChildProcess("market-data", command, environment=environment),
        folder.events / STATUS_FILE,
        _MarketDataStatus,
    )
