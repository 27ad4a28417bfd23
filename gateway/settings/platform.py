"""What strangers and users may do over HTTP, and how much of it: parts of the sections `platform` and `http`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.settings.names import Currency, DecimalText
from gateway.settings.section import Section

_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:]{2,45}\])(?::[0-9]{1,5})?")


def check_origin(text: str) -> str:
    """What a browser sends as Origin: scheme, host and port, without a path."""
    if not _ORIGIN.fullmatch(text):
        raise ValueError(f'"{text}" is not an origin such as https://desk.example or http://localhost:3000')
    return text


Origin = Annotated[str, AfterValidator(check_origin)]


class RequestLimits(Section):
    """How often anybody may ask. What is beyond is answered 429, with Retry-After."""

    per_user_per_second: int = Field(
        100,
        ge=1,
        le=100_000,
        description="Requests of one user. HTTP is served beside matching: a program that polls must not slow orders.",
    )
    per_address_per_second: int = Field(
        1000,
        ge=1,
        le=1_000_000,
        description="Requests from one address, whoever it is; an office or a proxy has many users behind it.",
    )
    logins_per_address_per_minute: int = Field(
        30,
        ge=1,
        le=1_000_000,
        description="Logins, registrations and changes of password from one address: each costs a processor tens of "
        "milliseconds.",
    )
    login_failures: int = Field(
        5,
        ge=1,
        le=1000,
        description="Wrong passwords of one user from one address within `login_failure_seconds`; then the two are "
        "locked out for the rest of that time. Nobody locks out a user elsewhere.",
    )
    login_failure_seconds: int = Field(300, ge=1, le=86_400, description="Within how long wrong passwords count.")


class HttpAccess(Section):
    """The part of the section `http` that is about who may come near, and how often."""

    connections_max: int = Field(
        1024,
        ge=1,
        le=50_000,
        description="Connections at one time; further requests are answered 503. Each takes a descriptor.",
    )
    cors_origins: tuple[Origin, ...] = Field(
        (),
        max_length=100,
        description="Other sites whose pages may use the API, such as `https://desk.example`; empty is none.",
    )
    is_behind_tls: bool = Field(
        False,
        description="true: a proxy in front speaks TLS with browsers, so cookies are for TLS alone.",
    )
    limits: RequestLimits = Field(default_factory=RequestLimits)


class PlatformSettings(Section):
    """Users of the API: who becomes one, and what they get."""

    registration: bool = Field(
        False, description="true: anybody who reaches the HTTP port may register. false: operators make users."
    )
    opening_cash: DecimalText | None = Field(
        None, description="What each new portfolio of a user gets, such as `100000`. Without it: nothing."
    )
    opening_currency: Currency = Field("USD", description="Currency of `opening_cash`, ISO 4217.")
    self_funding: bool = Field(
        False,
        description="true: users pay in and withdraw money of their portfolios by themselves. false: operators do.",
    )
    self_correcting: bool = Field(
        False,
        description="true: users set the positions of their portfolios by `PUT /portfolio`. false: operators do.",
    )
    portfolios_per_user: int = Field(
        10, ge=1, le=1000, description="Portfolios that one user may have; each is an account in memory for ever."
    )
    login_hours: int = Field(
        12, ge=1, le=8760, description="How long a login holds: a working day. Then the password is asked for again."
    )
    fix_sessions: bool = Field(
        False, description="true: users make FIX credentials for their portfolios by themselves."
    )
    as_of_seconds: int = Field(
        2,
        ge=0,
        le=9,
        description="How long a read with `as_of` waits for the store to come that far; an answer may take 10 s.",
    )
