"""The small file in which the store follower says how far it is; the exchange reads it for readiness and metrics.

Always a whole JSON object: each one replaces the one before in one step.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from exchange.sequencing.data_folder import DataPaths

log = structlog.get_logger(__name__)

STATUS_SECONDS = 0.25
"""Shortest time between two statuses."""

SIGN_OF_LIFE_SECONDS = 1.0
"""Longest time between two statuses. A file much older means that the follower is gone or stuck."""


class Health(StrEnum):
    """What the follower is doing."""

    FOLLOWING = "following"
    RETRYING = "retrying"
    """The database does not answer as it should; `error` says how."""
    REBUILD_NEEDED = "rebuild needed"
    """It has ended: `fixpit store rebuild` is due."""
    UNUSABLE = "unusable"
    """It has ended: the URL or the store is not for this release."""
    STOPPED = "stopped"
    """It has ended because it was told to."""


class StoreStatus(Struct, frozen=True):
    """How far the store is. The lag in events is the venue's last event less `checkpoint`."""

    health: Health
    checkpoint: int
    """Number of the last event that is in the store."""
    lag_seconds: float
    """For how long it has not been up to date, by the machine's clock: the venue's may be driven; 0 when it is."""
    error: str
    """Why it retries or has ended; empty otherwise."""
    updated_at: int
    """When this was written, nanoseconds since 1970 UTC."""

    def says_more_than(self, earlier: StoreStatus) -> bool:
        """Whether it is worth writing: something is different, or enough time has passed."""
        since_seconds = (self.updated_at - earlier.updated_at) / 1e9
        return since_seconds >= SIGN_OF_LIFE_SECONDS or replace(self, updated_at=earlier.updated_at) != earlier


_decode = msgspec.json.Decoder(StoreStatus).decode


def status_path(data: DataPaths) -> Path:
    """Where the status of a data folder's store follower is."""
    return data.events / "store.status"


def read_status(path: Path) -> StoreStatus | None:
    """The latest status; None when there is none yet, or none that can be read."""
    try:
        return _decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def write_status(path: Path, status: StoreStatus) -> None:
    """Replaces the file. A full disk costs the status, not the projection."""
    draft = path.with_suffix(".status.draft")
    try:
        draft.write_bytes(msgspec.json.encode(status))
        os.replace(draft, path)
    except OSError as error:
        log.warning("store status not written", path=str(path), error=str(error))
