"""Lists of addresses that may connect, as networks: for the FIX port and for one session."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable


class AddressList:
    """Networks that may come; an empty list lets everybody in."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        """`networks`: `10.1.2.3`, `10.1.0.0/16`, `2001:db8::/32`. Raises ValueError for anything else."""
        self._networks = tuple(ipaddress.ip_network(text) for text in networks)

    def allows(self, address: str) -> bool:
        """Whether a peer of this address may come. An IPv4 address that comes by IPv6 is the IPv4 address."""
        if not self._networks:
            return True
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
        # An address of the other version is in no network: that is what `in` answers.
        return any((mapped or found) in network for network in self._networks)

    def __str__(self) -> str:
        return ", ".join(map(str, self._networks)) or "every address"
