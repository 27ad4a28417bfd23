"""Where a broker is and as whom to connect: read from a URL such as `mqtt://broker.example:1883`."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

PORTS = {"mqtt": 1883, "mqtts": 8883}
"""The schemes and the port each has when the URL names none. `mqtts` is MQTT over TLS."""


@dataclass(frozen=True)
class BrokerAddress:
    """A broker, as one client sees it."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None

    def __str__(self) -> str:
        """Without the credentials, for logs."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def parse_broker_url(url: str, username: str | None = None, password: str | None = None) -> BrokerAddress:
    """The broker that `url` names; credentials given beside it go before its own.

    Raises ValueError whose text names what is wrong with the URL, and never the password in it.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise ValueError(f"a broker's URL begins with mqtt:// or mqtts://, not with {parts.scheme or 'nothing'}://")
    if not parts.hostname:
        raise ValueError("a broker's URL names a host, as in mqtt://broker.example:1883")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("a broker's URL ends with its port, as in mqtt://broker.example:1883")
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("a broker's port is a number from 1 to 65535, as in mqtt://broker.example:1883") from error
    return BrokerAddress(
        host=parts.hostname,
        port=PORTS[parts.scheme] if port is None else port,
        tls=parts.scheme == "mqtts",
        username=username if username is not None else _text(parts.username),
        password=password if password is not None else _text(parts.password),
    )


def _text(part: str | None) -> str | None:
    return unquote(part) if part is not None else None
