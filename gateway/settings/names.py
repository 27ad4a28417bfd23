"""Names in the settings: CompIDs, accounts, symbols and ranges of them, each with the one sentence that refuses it."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

RANGE_NAMES_MAX = 10_000
"""Names one range may stand for; a slip such as S1..S9999999 must not list ten million instruments."""

EMAIL_LENGTH_MAX = 254
"""What SMTP can carry (RFC 5321, 4.5.3.1.3, less its angle brackets)."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SYMBOL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+#-]{0,31}")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)*")
_RANGE = re.compile(r"(?P<stem>.*?)(?P<first>[0-9]+)\.\.(?P<last_stem>.*?)(?P<last>[0-9]+)")


def check_name(name: str) -> str:
    """A CompID or account: it names files and stands in log lines, so it has no spaces or slashes."""
    return _matching(
        _NAME, name, "is not 1 to 64 letters, digits, dots, dashes and underscores that begin with a letter or digit"
    )


def check_symbol(symbol: str) -> str:
    """A symbol: one word, so that it can stand in a FIX field, an MQTT topic and a URL."""
    return _matching(
        _SYMBOL, symbol, "is not 1 to 32 letters, digits and . _ / + # - that begin with a letter or digit"
    )


def check_slug(name: str) -> str:
    """The venue's name in MQTT topics."""
    return _matching(_SLUG, name, "is not 1 to 64 lower-case letters, digits, dashes or underscores")


def check_currency(code: str) -> str:
    """An ISO 4217 code."""
    return _matching(_CURRENCY, code, "is not three capital letters such as USD")


def check_email(text: str) -> str:
    """An address as people write it; whether it is there, only a letter could tell."""
    if len(text) > EMAIL_LENGTH_MAX:
        raise ValueError(f'"{text[:40]}…" has {len(text)} characters, at most {EMAIL_LENGTH_MAX} are taken')
    return _matching(_EMAIL, text, "is not an address such as alice@example.com")


def check_decimal(text: str) -> str:
    """A decimal above zero, kept as it is written: prices are exact."""
    _matching(_DECIMAL, text, "is not a decimal number such as 10.05")
    if not text.strip("0."):
        raise ValueError(f'"{text}" is not more than 0')
    return text


def check_host(host: str) -> str:
    """An address to listen on."""
    if _is_address(host):
        return host
    return _matching(_HOST, host, "is not a host name or address such as 127.0.0.1; the port has a key of its own")


def check_range(text: str) -> str:
    """A range such as `LOAD01..LOAD64`."""
    expand_range(text)
    return text


def expand_range(text: str) -> tuple[str, ...]:
    """`LOAD01..LOAD64` as the 64 names it stands for; raises ValueError with the rule that `text` breaks."""
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f'"{text}" is not a range such as LOAD01..LOAD64')
    stem, first, last = match["stem"], match["first"], match["last"]
    if stem != match["last_stem"] or len(first) != len(last):
        raise ValueError(f'the ends of "{text}" differ in more than their digits, or have not equally many')
    count = int(last) - int(first) + 1
    if count < 1:
        raise ValueError(f'"{text}" runs backwards; put the lower end first')
    if count > RANGE_NAMES_MAX:
        raise ValueError(f'"{text}" stands for {count} names, at most {RANGE_NAMES_MAX} are taken')
    return tuple(f"{stem}{number:0{len(first)}d}" for number in range(int(first), int(last) + 1))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    return host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _matching(pattern: re.Pattern[str], text: str, rule: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f'"{text}" {rule}')
    return text


CompId = Annotated[str, AfterValidator(check_name)]
AccountId = Annotated[str, AfterValidator(check_name)]
Username = Annotated[str, AfterValidator(check_name)]
Email = Annotated[str, AfterValidator(check_email)]
MarketName = Annotated[str, AfterValidator(check_name)]
Symbol = Annotated[str, AfterValidator(check_symbol)]
Slug = Annotated[str, AfterValidator(check_slug)]
Currency = Annotated[str, AfterValidator(check_currency)]
DecimalText = Annotated[str, AfterValidator(check_decimal)]
Host = Annotated[str, AfterValidator(check_host)]
NameRange = Annotated[str, AfterValidator(check_range)]
Port = Annotated[int, Field(ge=0, le=65535)]
