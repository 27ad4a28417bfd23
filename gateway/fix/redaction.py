"""Keeps secrets out of everything that is written down: the values of passwords, signatures and keys become `***`.

The one place that knows which tags are secret. The frame log, the log lines and whoever shows a message to people pass
its text through `redact`. It is careful and not clever: of a broken message it hides too much rather than too little.
What goes on the wire or into a password check never comes here.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.fix.message import sequence_number

HIDDEN: Final = "***"
"""What stands in the place of a secret."""

SECRET_TAGS: Final = frozenset({"554", "925", "96", "1402", "1404"})
"""Password, NewPassword, RawData (it holds a signature), EncryptedPassword, EncryptedNewPassword."""

_LENGTH_TAGS: Final = {"96": "95", "1402": "1401", "1404": "1403"}
"""The field that measures a data field; it stands right before it."""

_SEPARATOR: Final = r"(?:\x01|\||\\x01|\\u0001|\^A|␁)"
"""SOH, and the forms in which people and other programs write it."""

_SECRET: Final = re.compile(r"(?:(?<![0-9])|(?<=\\x01)|(?<=\\u0001))(?P<tag>554|925|96|1402|1404)=")
_VALUE_END: Final = re.compile(_SEPARATOR + r"(?=[0-9]+=|\Z)")
_LENGTH: Final = re.compile(r"(?:\A|" + _SEPARATOR + r")(?P<tag>[0-9]+)=(?P<length>[0-9]+)" + _SEPARATOR + r"\Z")


def redact(message_text: str) -> str:
    """A message, or any text that may hold one, with the values of secret fields replaced by `***`.

    A value ends where the next field begins. Data fields end where their length field says; when that is missing or
    wrong, nobody can tell what belongs to the secret, and all that follows is hidden with it.
    """
    # Nearly every frame ends here: four searches cost a fifth of a regular expression's.
    if (
        "554=" not in message_text
        and "96=" not in message_text
        and "925=" not in message_text
        and "140" not in message_text
    ):
        return message_text
    parts: list[str] = []
    position = 0
    while (found := _SECRET.search(message_text, position)) is not None:
        parts += (message_text[position : found.end()], HIDDEN)
        position = _end_of_value(message_text, found)
    parts.append(message_text[position:])
    return "".join(parts)


def _end_of_value(text: str, found: re.Match[str]) -> int:
    """Where a secret value that begins behind `found` ends."""
    length_tag = _LENGTH_TAGS.get(found["tag"])
    begin, start = found.end(), found.start()
    if length_tag is not None and (start == 0 or text[start - 1] == "\x01"):
        # A tag and a length of any sense fit in this; a search over the whole text would take its square in time.
        before = _LENGTH.search(text[max(0, start - 32) : start])
        if before is None or before["tag"] != length_tag:
            return len(text)
        end = begin + sequence_number(before["length"])
        return end if end == len(text) or text.startswith("\x01", end) else len(text)
    following = _VALUE_END.search(text, begin)
    return following.start() if following is not None else len(text)


def printable(text: str) -> str:
    r"""The text with control characters as `\x1b`: what a client sends must neither steer a terminal nor end a line."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else _escaped(sign) for sign in text)


def _escaped(sign: str) -> str:
    code = ord(sign)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65_536 else f"\\U{code:08x}"
