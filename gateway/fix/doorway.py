"""The way in: accepts TCP connections at a bounded rate, lets TLS shake hands, and turns away who may not come.

A burst of clients waits in the kernel's queue instead of taking the loop from those who trade. Nothing here knows FIX;
the acceptor opens it and gets connections whose TLS is done.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable

import structlog

from gateway.fix.addresses import AddressList
from gateway.tls import ServerTls

HANDSHAKES_MAX = 256
"""TLS handshakes at one time: each costs milliseconds of the loop and some 50 kB. Others wait in the kernel's queue."""

HANDSHAKE_SECONDS = 10.0
"""How long a client may take for its part of a handshake."""

PAUSE_SECONDS = 0.5
"""How long nothing is accepted when the process has no file descriptor left."""

_log = structlog.get_logger(__name__)


class Doorway:
    """A listening socket of the FIX port, from `open` to `close`."""

    def __init__(
        self,
        addresses: AddressList,
        tls: ServerTls | None,
        *,
        connections_per_second: int,
        handshakes_per_address: int,
    ) -> None:
        self._addresses = addresses
        self._tls = tls
        self._rate = connections_per_second
        self._handshakes_per_address = handshakes_per_address
        self._handshakes: Counter[str] = Counter()
        self._tokens = float(connections_per_second)
        self._filled = 0.0
        self._make_protocol: Callable[[], asyncio.BaseProtocol] = asyncio.Protocol
        self._listening: socket.socket | None = None
        self._resume: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def reload_certificates(self) -> None:
        """Reads the files of TLS again, for connections to come."""
        if self._tls is not None:
            self._tls.reload()

    def open(self, listening: socket.socket, make_protocol: Callable[[], asyncio.BaseProtocol]) -> tuple[str, int]:
        """Accepts from now on, each connection with a protocol of its own; answers the address."""
        self._listening, self._make_protocol = listening, make_protocol
        self._filled = asyncio.get_running_loop().time()
        self._watch()
        address = listening.getsockname()
        return str(address[0]), int(address[1])

    def close(self) -> None:
        """Accepts nobody any more and ends handshakes under way; connections stay."""
        if self._listening is None:
            return
        asyncio.get_running_loop().remove_reader(self._listening)
        self._listening.close()
        self._listening = None
        if self._resume is not None:
            self._resume.cancel()
        for task in self._tasks:
            task.cancel()

    def _watch(self) -> None:
        if self._listening is not None:
            asyncio.get_running_loop().add_reader(self._listening, self._accept)

    def _wait(self, seconds: float) -> None:
        assert self._listening is not None, "nobody watches a closed socket"
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listening)
        self._resume = loop.call_later(seconds, self._watch)

    def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._tokens = min(float(self._rate), self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        assert self._listening is not None, "nobody watches a closed socket"
        while True:
            if self._tokens < 1 or len(self._tasks) >= HANDSHAKES_MAX:
                self._wait(max((1 - self._tokens) / self._rate, 0.01))
                return
            try:
                accepted, address = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                _log.error("no connection accepted for a while", reason=str(error), seconds=PAUSE_SECONDS)
                self._wait(PAUSE_SECONDS)
                return
            self._tokens -= 1
            peer = str(address[0])
            refusal = self._refusal(peer)
            if refusal:
                accepted.close()
                _log.warning("connection refused", peer=peer, reason=refusal)
                continue
            task = loop.create_task(self._connect(accepted, peer))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _refusal(self, peer: str) -> str:
        if not self._addresses.allows(peer):
            return f"{peer} is not in fix.allowed_addresses: {self._addresses}"
        if self._handshakes[peer] >= self._handshakes_per_address:
            return f"{self._handshakes[peer]} TLS handshakes from one address are under way; more are not allowed"
        return ""

    async def _connect(self, accepted: socket.socket, peer: str) -> None:
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._handshakes[peer] += 1
        context = self._tls.context if self._tls is not None else None
        limits = {} if context is None else {"ssl_handshake_timeout": HANDSHAKE_SECONDS}
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._make_protocol, accepted, ssl=context, **limits
            )
        except OSError as error:
            # ssl.SSLError and the timeout of a handshake are OSErrors; what uvloop says may be empty.
            accepted.close()
            _log.warning("TLS handshake failed", peer=peer, reason=str(error) or type(error).__name__)
        finally:
            self._handshakes[peer] -= 1
            if not self._handshakes[peer]:
                del self._handshakes[peer]
