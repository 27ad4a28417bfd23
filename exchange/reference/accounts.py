"""By whom something is traded: the account that an order is for."""

from __future__ import annotations

from msgspec import Struct


class Account(Struct, frozen=True, gc=False, array_like=True):
    """Who owns what an order buys or sells."""

    account_id: str
    name: str
