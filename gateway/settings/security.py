"""Who may come near: TLS, addresses, and how often a wrong password may be tried. Parts of the sections that listen."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from gateway.settings.section import Section


def check_network(text: str) -> str:
    """An address or a network, as CIDR writes it."""
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(
            f'"{text}" is no address such as 10.1.2.3 and no network such as 10.1.0.0/16: {error}'
        ) from error
    return text


Network = Annotated[str, AfterValidator(check_network)]


class TlsSettings(Section):
    """TLS for a port that listens. SIGHUP reads the files again; connections that are open keep what they have."""

    certificate: Path | None = Field(
        None, description="PEM file with the server's certificate, and behind it those that lead to its CA."
    )
    key: Path | None = Field(None, description="PEM file with the certificate's private key.")
    key_password: SecretStr | None = Field(
        None, max_length=1024, description="What the private key is encrypted with. Never shown."
    )
    minimum_version: Literal["1.2", "1.3"] = Field(
        "1.2", description="The oldest TLS taken; what is older than 1.2 is broken and never taken."
    )

    @property
    def is_on(self) -> bool:
        """Whether the port speaks TLS: a certificate is what it takes."""
        return self.certificate is not None


class FixTlsSettings(TlsSettings):
    """TLS on the FIX port. It is on when there is a certificate. SIGHUP reads the files again, for new connections."""

    client_ca: Path | None = Field(
        None, description="PEM file with the CAs whose client certificates are taken. Without it: none is asked for."
    )
    require_client_certificate: bool = Field(
        False, description="true: a client without a certificate of `client_ca` is turned away by TLS itself."
    )
    certificate_names_session: bool = Field(
        False,
        description="true: a Logon is taken only when CN or a subjectAltName of the client's certificate is its "
        "SenderCompID(49) or one of the session's `certificate_names`.",
    )


class LockoutSettings(Section):
    """What wrong passwords cost. Counted by user name and address together: nobody locks out a user elsewhere."""

    failures: int = Field(
        5, ge=0, le=1000, description="Wrong logons after which user and address are locked; 0 never locks."
    )
    window_seconds: int = Field(
        300, ge=1, le=86_400, description="Within how long they count; a right one ends the count."
    )
    duration_seconds: int = Field(
        60,
        ge=1,
        le=86_400,
        description="How long the first lock holds; each that follows twice as long. Long enough to make guessing "
        "hopeless, short enough to wait for after a slip.",
    )
    max_duration_seconds: int = Field(3600, ge=1, le=604_800, description="The longest that a lock becomes.")
