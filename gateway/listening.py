"""A listening socket, or the sentence that says why there is none and which setting would help."""

from __future__ import annotations

import os
import socket


class PortTaken(Exception):
    """The address is not to be had; the text names port, address and what to change."""


def listening_socket(what: str, host: str, port: int, *, backlog: int) -> socket.socket:
    """A socket for `what` (`fix`, `http`: the section of the settings), bound and listening; port 0 takes a free one.

    Raises `PortTaken`.
    """
    name = what.upper()
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise PortTaken(
            f"{name} cannot listen on {host}: {error.strerror}; set {what}.host to one of this machine's addresses"
        ) from error
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(backlog)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        reason = os.strerror(error.errno or 0).lower()
        raise PortTaken(
            f"{name} cannot listen on port {port} of {host}: {reason}; "
            f"set {what}.port (--{what}-port; 0 takes a free one) or {what}.host"
        ) from error
    return listening
