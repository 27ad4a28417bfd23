"""A TCP cable between a client and the exchange that can lose what goes one way, and break.

So a client's engine meets what networks do: an order that arrives and its report that does not, or the other way round.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Cable:
    """Listens for the client on a free port and connects each of its lines to the exchange."""

    def __init__(self, exchange: tuple[str, int]) -> None:
        self._exchange = exchange
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._ends: list[tuple[socket.socket, socket.socket]] = []
        self._stranded: list[socket.socket] = []
        """Ends at the exchange that stay open though nobody is at the other."""
        self.loses_answers = False
        """Whether what the exchange sends is lost."""
        self.loses_requests = False
        """Whether what the client sends is lost."""
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where the client connects."""
        return int(self._listening.getsockname()[1])

    def cut(self, *, is_seen: bool = True) -> None:
        """Breaks every line; the next ones are sound again. `is_seen`: whether the exchange sees it, too."""
        ends, self._ends = self._ends, []
        self.loses_answers = self.loses_requests = False
        for client, exchange in ends:
            if not is_seen:
                self._stranded.append(exchange)
            for end in (client, exchange) if is_seen else (client,):
                with suppress(OSError):  # its line has ended by itself
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            client, _ = self._listening.accept()
            exchange = socket.create_connection(self._exchange)
            self._ends.append((client, exchange))
            threading.Thread(target=self._carry, args=(client, exchange, "loses_requests"), daemon=True).start()
            threading.Thread(target=self._carry, args=(exchange, client, "loses_answers"), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, loss: str) -> None:
        with suppress(OSError):  # cut, or the other side is gone
            while data := source.recv(65_536):
                if not getattr(self, loss):
                    sink.sendall(data)
        for end in (source, sink):
            if end not in self._stranded:
                with suppress(OSError):  # it has ended already
                    end.shutdown(socket.SHUT_RDWR)
