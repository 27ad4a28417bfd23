"""One request to the embedded broker in its own protocol: how many bytes may wait for absent subscribers.

MQTT has no words for it, and the broker's configuration has none for this one limit. Without it a subscriber with a
lasting session that stays away fills the broker's store, and a full store disconnects the publisher.
Called by `gateway.mqtt.broker` at each start. Speaks to loopback only.
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

REPLY_SECONDS_MAX = 5.0
"""A reply on loopback takes milliseconds."""

REPLY_BYTES_MAX = 1 << 20
"""A stream's description has 2 KiB."""

NANOSECONDS = 1_000_000_000


class NatsError(Exception):
    """The broker refused the request or broke its protocol."""


async def limit_stream(port: int, user: tuple[str, str], stream: str, bytes_max: int, age_seconds_max: int) -> None:
    """Have `stream` drop its oldest messages beyond these bounds. Raises NatsError or OSError."""
    try:
        async with asyncio.timeout(REPLY_SECONDS_MAX):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                connection = _Connection(reader, writer)
                await connection.log_in(user)
                described = await connection.request(f"$JS.API.STREAM.INFO.{stream}", {})
                wanted = described["config"] | {
                    "max_bytes": bytes_max,
                    "max_age": age_seconds_max * NANOSECONDS,
                    "duplicate_window": min(
                        described["config"].get("duplicate_window", 0), age_seconds_max * NANOSECONDS
                    ),
                    "discard": "old",
                }
                if wanted != described["config"]:
                    await connection.request(f"$JS.API.STREAM.UPDATE.{stream}", wanted)
            finally:
                writer.close()
    except (TimeoutError, EOFError, ValueError, msgspec.DecodeError) as error:
        raise NatsError(f"no sensible reply about stream {stream}: {error!r}") from error


class _Connection:
    """As much of the NATS client protocol as one request after the other needs."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def log_in(self, user: tuple[str, str]) -> None:
        await self._reader.readline()  # INFO …: what the server can do
        options = {"verbose": False, "pedantic": False, "user": user[0], "pass": user[1], "lang": "python"}
        self._writer.write(b"CONNECT " + msgspec.json.encode(options) + b"\r\nSUB _INBOX.fixpit 1\r\n")

    async def request(self, subject: str, body: dict[str, Any]) -> dict[str, Any]:
        payload = msgspec.json.encode(body) if body else b""
        self._writer.write(f"PUB {subject} _INBOX.fixpit {len(payload)}\r\n".encode() + payload + b"\r\n")
        while True:
            words = (await self._reader.readline()).split()
            match words[0] if words else b"":
                case b"MSG":
                    break
                case b"PING":
                    self._writer.write(b"PONG\r\n")
                case b"INFO" | b"PONG" | b"+OK":
                    continue
                case _:
                    raise NatsError(f"{subject}: {b' '.join(words).decode('utf-8', 'replace') or 'connection closed'}")
        size = int(words[-1])
        if size > REPLY_BYTES_MAX:
            raise NatsError(f"{subject}: a reply of {size} bytes, {REPLY_BYTES_MAX} are taken")
        reply = msgspec.json.decode((await self._reader.readexactly(size + 2))[:-2], type=dict[str, Any])
        if "error" in reply:
            raise NatsError(f"{subject}: {reply['error'].get('description', reply['error'])}")
        return reply
