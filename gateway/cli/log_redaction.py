"""Cleans every log line before it is written: secrets of FIX messages become `***`, control characters are spelled out.

What clients send stands in log lines. It must neither show a password nor forge a line or steer a terminal. Put before
the renderer by `gateway.cli.logs`, for lines of fixpit and of libraries alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from structlog.typing import EventDict, WrappedLogger

from gateway.fix.redaction import printable, redact

CHARACTERS_MAX = 4_096
"""Of one value in a log line; who sends a megabyte gets no megabyte written for it."""

_PLAIN = (bool, int, float, type(None))

_EXCEPTION = "exception"
"""Where structlog puts the text of a traceback, which alone may have lines."""


def clean(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A structlog processor: the same event with nothing in it that must not be written."""
    return {
        printable(redact(key)): _lines(value) if key == _EXCEPTION and isinstance(value, str) else _cleaned(value)
        for key, value in event.items()
    }


def _cleaned(value: object) -> object:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Mapping):
        return {_text(str(key)): _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(inner) for inner in value]
    return _text(value if isinstance(value, str) else str(value))


def _text(text: str) -> str:
    shown = printable(redact(text))
    return shown if len(shown) <= CHARACTERS_MAX else f"{shown[:CHARACTERS_MAX]}... ({len(shown)} characters)"


def _lines(traceback: str) -> str:
    """Each line of a traceback stands behind a space, so that none can be taken for a log line of its own."""
    return "\n".join(" " + printable(line) for line in redact(traceback).splitlines())
