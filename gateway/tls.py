"""TLS of a port that listens: its certificate, whose client certificates it takes, and both read again while it runs.

Handed to the doors by the composition root. What the files say holds for connections that come after they were read.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from msgspec import Struct

VERSIONS: Mapping[str, ssl.TLSVersion] = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

_log = structlog.get_logger(__name__)


class TlsFault(Exception):
    """The files are not what TLS needs; the text names them and the setting."""


class TlsFiles(Struct, frozen=True):
    """Where certificates and key are, and what is asked of clients."""

    section: str
    """Of the settings, for texts: `fix.tls`."""
    certificate: Path
    key: Path
    key_password: str
    client_ca: Path | None
    require_client_certificate: bool
    minimum_version: str


class ServerTls:
    """The TLS of one port; `context` is for the next connection."""

    def __init__(self, files: TlsFiles) -> None:
        """Raises `TlsFault` when the files cannot be used."""
        self._files = files
        self.context = _context(files)

    def reload(self) -> None:
        """Reads the files again. When they cannot be used, what was read before holds, and the log says why."""
        try:
            self.context = _context(self._files)
        except TlsFault as fault:
            _log.error("certificates not reloaded; those read before hold", reason=str(fault))
        else:
            _log.info("certificates reloaded", section=self._files.section, certificate=str(self._files.certificate))


def names_in(certificate: Mapping[str, Any]) -> tuple[str, ...]:
    """Whom a client certificate is for: its common names and subjectAltNames, as `getpeercert` gives them."""
    subject = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
    others = [value for _, value in certificate.get("subjectAltName", ()) if isinstance(value, str)]
    return tuple(dict.fromkeys([*subject, *others]))


def _context(files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = VERSIONS[files.minimum_version]
    # A renegotiation costs the server far more than the client and is of no use to FIX or HTTP.
    context.options |= ssl.OP_NO_RENEGOTIATION
    section = files.section
    try:
        # Without a password OpenSSL would ask for one on the terminal.
        context.load_cert_chain(files.certificate, files.key, password=lambda: files.key_password)
    except (OSError, ValueError) as error:
        text = f"{section}.certificate {files.certificate} with {section}.key {files.key} cannot be used: {error}"
        raise TlsFault(f"{text}; both have to be PEM files that belong together") from error
    if files.client_ca is not None:
        try:
            context.load_verify_locations(files.client_ca)
        except (OSError, ValueError) as error:
            text = f"{section}.client_ca {files.client_ca} cannot be used: {error}; it has to be a PEM file of CAs"
            raise TlsFault(text) from error
        required = files.require_client_certificate
        context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
    return context
