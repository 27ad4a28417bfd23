"""Orders for tests of other doors: entered over FIX by ALICE, each answered before the function returns."""

from __future__ import annotations

import asyncio

from gateway.fix.dictionary import load
from gateway.scenario.client_session import Identity
from gateway.scenario.fix_client import FixClient
from gateway.scenario.wire import WireMessage, utc_timestamp

Order = tuple[str, str, int, str]
"""Side, symbol, quantity, limit."""

SECONDS_MAX = 10.0


def enter_orders(address: tuple[str, int], *orders: Order) -> list[WireMessage]:
    """Enters the orders as ORDER-1, ORDER-2 …; answers all reports in their order."""
    return asyncio.run(_enter(address, orders))


async def _enter(address: tuple[str, int], orders: tuple[Order, ...]) -> list[WireMessage]:
    header = frozenset(load("FIX.4.4").header.members)
    reports: list[WireMessage] = []
    client = FixClient(Identity("FIX.4.4", "ALICE", "FIXPIT"), address, 30, header, lambda _direction, _message: 0.0)
    await client.logon([("553", "alice"), ("554", "alice")], reset=True, within_seconds=SECONDS_MAX)
    for number, (side, symbol, quantity, price) in enumerate(orders, 1):
        terms = [("55", symbol), ("54", "1" if side == "buy" else "2"), ("60", utc_timestamp())]
        client.send("D", [("11", f"ORDER-{number}"), *terms, ("38", str(quantity)), ("40", "2"), ("44", price)])
    last = f"ORDER-{len(orders)}"

    def take() -> bool | None:
        for received in client.inbox.unasked():
            received.is_used = True
            reports.append(received.message)
        return any(report.get("11") == last for report in reports) or None

    assert await client.inbox.wait_for(take, SECONDS_MAX), f"no report for {last}: {client.inbox.closed_because}"
    assert await client.logout(None, SECONDS_MAX)
    await client.close()
    return reports
