"""The codecs of all versions that the venue's sessions speak: one for each, shared by its sessions.

The first message of a connection is read before anybody knows whose it is: by a codec of its BeginString. FIX 5.0 and
its service packs share their session messages, so that any of them reads a Logon.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.message import SOH
from gateway.fix.versions import Version


class Codecs:
    """Finds the codec for a message."""

    def __init__(self, versions: Iterable[Version], *, check_user_defined: bool) -> None:
        """`versions`: at least one; their dictionaries are loaded now."""
        self._by_name: dict[str, Codec] = {}
        self._by_begin_string: dict[str, Codec] = {}
        for version in versions:
            if version.name not in self._by_name:
                codec = Codec(load(version.name), check_user_defined=check_user_defined)
                self._by_name[version.name] = codec
                self._by_begin_string.setdefault(version.begin_string, codec)
        self._any = next(iter(self._by_name.values()))

    def of(self, version: Version) -> Codec:
        """The codec of a session's version."""
        return self._by_name[version.name]

    def has(self, version: Version) -> bool:
        """Whether there is one for a version."""
        return version.name in self._by_name

    def for_first(self, text: str) -> Codec:
        """The codec for a connection's first message. Of a BeginString that nobody has, the gate says what is wrong."""
        return self._by_begin_string.get(text[2 : text.find(SOH)], self._any)
