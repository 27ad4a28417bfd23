"""The FIX side of the settings: where it listens, its limits, and who may log on."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from gateway.settings.names import AccountId, CompId, Host, NameRange, Port, expand_range
from gateway.settings.section import Section
from gateway.settings.security import FixTlsSettings, LockoutSettings, Network
from gateway.settings.session_habits import OpenSettings, SessionHabitTerms

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2")
"""Versions that this release speaks, oldest first; those from FIX.5.0 on over FIXT.1.1."""


def _check_version(version: str) -> str:
    if version not in VERSIONS:
        raise ValueError(f'"{version}" is not spoken by this release; it speaks {", ".join(VERSIONS)}')
    return version


Version = Annotated[str, AfterValidator(_check_version)]


class SessionTerms(SessionHabitTerms):
    """What a FIX session is granted. `fix.session_defaults` sets it for all, an entry of `fix.sessions` for its own."""

    version: Version = Field(
        "FIX.4.4",
        description="FIX version: FIX.4.2, FIX.4.4, or FIX.5.0, FIX.5.0SP1, FIX.5.0SP2 over FIXT.1.1; the Logon names "
        "these by DefaultApplVerID(1137) 7, 8 and 9.",
    )
    username: str | None = Field(
        None, max_length=64, description="Username(553) that the Logon must carry, together with `password`."
    )
    password: SecretStr | None = Field(
        None,
        max_length=128,
        description="Password(554) that the Logon must carry. Without it the CompID alone is enough. Never shown.",
    )
    hmac_secret: SecretStr | None = Field(
        None,
        min_length=16,
        max_length=1024,
        description="The Logon must be signed with this secret, as docs/fix-logon.md says. At least 16 characters: who "
        "sees a signed Logon can try short ones. It cannot be hashed: give it by an environment variable. Never shown.",
    )
    allowed_addresses: tuple[Network, ...] = Field(
        (), max_length=100, description="Addresses or networks (CIDR) that may log on; empty is every one."
    )
    certificate_names: tuple[str, ...] = Field(
        (),
        max_length=100,
        description="Of these the client's certificate must have one as CN or subjectAltName; empty asks for none.",
    )
    accounts: tuple[AccountId, ...] = Field(
        (),
        max_length=1000,
        description="Accounts that the session may trade for, by `id`; the first is meant when an order names none. "
        "At most 1000: they are looked through at each Logon.",
    )
    reset_on_logon: bool = Field(
        False, description="Both MsgSeqNums start from 1 with each Logon; nothing is resent over a reconnection."
    )
    max_open_orders: int = Field(
        10_000,
        ge=1,
        le=1_000_000,
        description="Orders the session may have open; the next is rejected. Keeps one client from filling the book.",
    )
    enabled: bool = Field(True, description="false: a Logon is refused. Keeps the entry, and its history, for later.")


class SessionEntry(SessionTerms):
    """One FIX session, or many alike by a range. What an entry leaves out is taken from `fix.session_defaults`."""

    comp_id: CompId | None = Field(None, description="The client's CompID: SenderCompID(49) of what it sends.")
    comp_ids: NameRange | None = Field(
        None, description="Instead of `comp_id`: a range such as `LOAD01..LOAD64`, one session each, at most 10000."
    )

    @model_validator(mode="after")
    def _has_one_name(self) -> Self:
        if (self.comp_id is None) == (self.comp_ids is None):
            raise ValueError("a session needs either comp_id or comp_ids (a range such as LOAD01..LOAD64)")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Every CompID that this entry is for."""
        return expand_range(self.comp_ids) if self.comp_ids is not None else (self.comp_id or "",)


class FixSession(SessionTerms):
    """One session as it is used: an entry with the defaults filled in."""

    comp_id: str


class FrameLogSettings(Section):
    """The log of every FIX frame in and out that `fixpit fixlog show` and the page read."""

    enabled: bool = Field(
        True, description="false: frames are not taken down. Sessions keep what they sent for resends all the same."
    )
    limit_mebibytes: int = Field(
        256,
        ge=1,
        le=1_048_576,
        description="Disk that it may take: 256 MiB are about a million frames. Beyond, the oldest sixteenth goes.",
    )


class FixSettings(Section):
    """The FIX acceptor: its address, its limits, and the sessions that may log on."""

    host: Host = Field("127.0.0.1", description="Address to listen on; 0.0.0.0 for every one of this machine.")
    port: Port = Field(9876, description="TCP port; 0 takes a free one.")
    allow_plaintext: bool = Field(
        False,
        description="true: listens without TLS on an address that other machines reach. Passwords can be read there.",
    )
    tls: FixTlsSettings = Field(default_factory=FixTlsSettings)
    allowed_addresses: tuple[Network, ...] = Field(
        (),
        max_length=1000,
        description="Addresses or networks (CIDR) that may connect; empty is every one. At most 1000: they are looked "
        "through for each connection.",
    )
    connections_per_second: int = Field(
        200,
        ge=1,
        le=100_000,
        description="Connections accepted in a second; those beyond wait their turn, so that clients that all come "
        "back at once do not take the time of those who trade.",
    )
    lockout: LockoutSettings = Field(default_factory=LockoutSettings)
    signed_logon_window_seconds: int = Field(
        5,
        ge=1,
        le=300,
        description="How far SendingTime(52) of a signed Logon may be from the venue's clock. Signatures are "
        "remembered for twice as long, so that none is taken twice.",
    )
    logon_message_bytes: int = Field(
        8192,
        ge=512,
        le=16_777_216,
        description="The longest message taken before a session is logged on: strangers get little memory.",
    )
    max_message_bytes: int = Field(
        65_536,
        ge=1024,
        le=16_777_216,
        description="The longest message taken; a longer one ends the connection. Bounds what a connection can hold.",
    )
    outbound_queue_bytes: int = Field(
        8_388_608,
        ge=65_536,
        le=1_073_741_824,
        description="Bytes that may wait for a client that does not read; beyond, it is logged out and gets them by "
        "resend when it is back. Bounds memory for each connection.",
    )
    outbound_queue_seconds: int = Field(
        30,
        ge=1,
        le=3600,
        description="How long bytes may wait for a client that does not read before it is logged out.",
    )
    logon_timeout_seconds: int = Field(
        10, ge=1, le=300, description="A connection that has sent no Logon by then is closed, so that none lies idle."
    )
    logout_timeout_seconds: int = Field(
        2, ge=1, le=60, description="How long the answer to a Logout is awaited; at a stop, all sessions wait at once."
    )
    max_connections: int = Field(
        1000, ge=1, le=50_000, description="Connections at one time; further ones are closed. Each takes a descriptor."
    )
    max_connections_per_address: int = Field(
        100, ge=1, le=50_000, description="Connections from one address, so that one client cannot take all."
    )
    heartbeat_min_seconds: int = Field(
        1, ge=1, le=3600, description="The shortest HeartBtInt(108) taken; a shorter one would be a load, not a sign."
    )
    heartbeat_max_seconds: int = Field(
        3600, ge=1, le=86_400, description="The longest HeartBtInt(108) taken; a longer one never notices a dead line."
    )
    sending_time_accuracy_seconds: int = Field(
        120,
        ge=0,
        le=86_400,
        description="How far SendingTime(52) may be from the venue's clock; 0: it is not looked at. FIX 4.4 vol. 2 "
        "suggests two minutes.",
    )
    validate_user_defined_fields: bool = Field(
        False, description="true: fields from 5000 on that the dictionary does not know are rejected too."
    )
    garbled_limit: int = Field(
        100,
        ge=1,
        le=1_000_000,
        description="Garbled messages in a row after which the connection is closed: FIX ignores one, but a peer "
        "that sends nothing else is no FIX client.",
    )
    resend_batch_messages: int = Field(
        500, ge=1, le=100_000, description="Messages resent at a stretch before other sessions have their turn."
    )
    frame_log: FrameLogSettings = Field(default_factory=FrameLogSettings)
    session_defaults: SessionTerms = Field(
        default_factory=SessionTerms, description="What an entry of `fix.sessions` has unless it says otherwise."
    )
    open: OpenSettings = Field(default_factory=OpenSettings)
    sessions: tuple[SessionEntry, ...] = Field(
        (), max_length=10_000, description="Who may log on. At most 10000 entries: all are kept in memory."
    )

    def terms(self, entry: SessionEntry) -> dict[str, Any]:
        """What `entry` grants, with `session_defaults` for what it leaves out."""
        return {
            name: getattr(entry if name in entry.model_fields_set else self.session_defaults, name)
            for name in SessionTerms.model_fields
        }
