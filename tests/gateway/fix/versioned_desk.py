"""A desk at which every version is spoken: ALICE FIX.4.4, BOB FIX.5.0SP2, CAROL FIX.4.2, all for the same accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.gateway.fix.desk import Desk

SETTINGS = """
venue: { comp_id: VENUE }
flow: { enabled: false }
fix:
  session_defaults: { accounts: [ACC, OTHER], max_open_orders: 1000 }
  sessions:
    - { comp_id: ALICE }
    - { comp_id: BOB, version: FIX.5.0SP2 }
    - { comp_id: CAROL, version: FIX.4.2 }
accounts:
  - { id: ACC, name: A }
  - { id: OTHER, name: B }
instruments:
  - { symbol: ACME, reference_price: "10.00", lot: 10, max_quantity: 5000 }
  - { symbol: FINE, reference_price: "1.0000", tick: "0.0001" }
"""


@asynccontextmanager
async def versioned_desk(folder: Path, settings: str = SETTINGS) -> AsyncIterator[Desk]:
    desk = Desk(folder, settings)
    await desk.open()
    try:
        yield desk
    finally:
        await desk.side.stop()
