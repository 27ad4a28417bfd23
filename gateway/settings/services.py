"""The settings around the matching: venue, HTTP, market data, store, journal, logs and the background flow."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from gateway.settings.names import AccountId, CompId, Host, Port, Slug, Symbol
from gateway.settings.platform import HttpAccess
from gateway.settings.section import Section

STORE_SCHEMES = ("sqlite+aiosqlite", "postgresql+asyncpg")
"""Databases the read model can be in, as SQLAlchemy names them."""

MQTT_SCHEMES = ("mqtt", "mqtts")


def _check_store_url(url: SecretStr) -> SecretStr:
    scheme = url.get_secret_value().partition("://")[0]
    if scheme not in STORE_SCHEMES or "://" not in url.get_secret_value():
        raise ValueError(f"the URL does not begin with one of {', '.join(f'{known}://' for known in STORE_SCHEMES)}")
    return url


def _check_mqtt_url(url: str) -> str:
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("the URL holds a user; put it in mqtt.username and mqtt.password, which are never shown")
    if parts.scheme not in MQTT_SCHEMES or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f'"{url}" is not a broker such as mqtt://broker.example:1883')
    return url


def _slug(data: dict[str, object]) -> str:
    return re.sub(r"[^a-z0-9_-]", "-", str(data.get("comp_id", "")).lower())


class VenueSettings(Section):
    """Who the exchange is."""

    comp_id: CompId = Field("FIXPIT", description="The venue's own CompID: TargetCompID(56) of what clients send.")
    name: Slug = Field(
        default_factory=_slug,
        description="Its name in MQTT topics. Without it: `comp_id` in lower case.",
    )
    seed: int = Field(
        1,
        ge=0,
        le=2**63 - 1,
        description="All that is random follows from it, so that a run can be repeated. Fits 63 bits.",
    )


class HttpSettings(HttpAccess):
    """The API, the page, health, metrics and administration over HTTP."""

    enabled: bool = Field(True, description="false: nothing listens.")
    host: Host = Field("127.0.0.1", description="Address to listen on.")
    port: Port = Field(8000, description="TCP port; 0 takes a free one.")


class MqttSettings(Section):
    """Market data over MQTT, by a broker of its own or by one that is there."""

    enabled: bool = Field(True, description="false: no market data is published and no broker started.")
    host: Host = Field("127.0.0.1", description="Address on which the embedded broker listens.")
    port: Port = Field(1883, description="TCP port of the embedded broker; 0 takes a free one.")
    url: Annotated[str, AfterValidator(_check_mqtt_url)] | None = Field(
        None, description="Publish to this broker, such as `mqtt://broker.example:1883`, and start none."
    )
    username: str | None = Field(None, max_length=256, description="User name for the broker at `url`.")
    password: SecretStr | None = Field(None, max_length=256, description="Password for the broker at `url`.")
    flush_interval_milliseconds: int = Field(
        100,
        ge=10,
        le=60_000,
        description="How often changes are published, as one message for each topic. Trades are never left out.",
    )
    depth_levels: int = Field(
        10, ge=1, le=1000, description="Price levels of each side in a snapshot; bounds the size of a message."
    )
    outbound_queue_messages: int = Field(
        10_000,
        ge=100,
        le=1_000_000,
        description="Trade updates kept while the broker is away; beyond, the oldest are dropped, which shows as a "
        "gap in `sequence`. Bounds memory.",
    )


class StoreSettings(Section):
    """The read model in SQL. It follows the journal and can be rebuilt from it."""

    enabled: bool = Field(True, description="false: no database is written; passwords come from this file alone.")
    url: Annotated[SecretStr, AfterValidator(_check_store_url)] | None = Field(
        None,
        description="SQLAlchemy URL, such as `postgresql+asyncpg://user:password@host/fixpit`. Without it: SQLite in "
        "the data folder. Never shown.",
    )
    batch_events: int = Field(
        500,
        ge=1,
        le=10_000,
        description="Events in one transaction. More are faster to write and lock the database longer.",
    )


class JournalSettings(Section):
    """The log of commands, from which everything else follows."""

    durability: Literal["none", "os", "fsync"] = Field(
        "os",
        description="What an answer waits for. `none`: nothing is promised; `os`: the write, which survives a crash "
        "of fixpit; `fsync`: the disk, which survives one of the machine.",
    )
    segment_mebibytes: int = Field(
        64, ge=1, le=4096, description="Size of one file of the journal. It is reserved in advance."
    )


class LogSettings(Section):
    """What fixpit tells about itself on stderr."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="The least important lines shown.")
    format: Literal["console", "json"] = Field("console", description="`console` for people, `json` for programs.")


class FlowSettings(Section):
    """Background orders that keep the market moving; they follow from `venue.seed`, and keep the venue's clock."""

    enabled: bool = Field(False, description="true: orders are sent all the time. `--no-flow` is false.")
    orders_per_second: float = Field(
        10.0, gt=0, le=10_000, description="On average, over all instruments. The limit leaves room for clients."
    )
    agents: int = Field(
        1, ge=1, le=1_000, description="In each instrument; each acts by itself, and all together at that rate."
    )
    account: AccountId = Field("FLOW", description="The account that the orders are for; it must be in `accounts`.")
    symbols: tuple[Symbol, ...] = Field(
        (), max_length=10_000, description="Only in these; empty is all that is listed."
    )
