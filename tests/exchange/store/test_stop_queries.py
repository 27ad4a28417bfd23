from __future__ import annotations

from exchange.clearing_events import StopLossSet, StopLossTriggered
from exchange.reference.limits import StopLoss
from exchange.store.database import Database
from exchange.store.pages import BRANCHES_MAX
from exchange.store.stop_queries import StopRecord, stops_of
from tests.exchange.store.stores import project


async def test_each_position_has_its_latest_stop(database: Database) -> None:
    await project(
        database,
        [
            StopLossSet(1, 10, "A1", "ACME", StopLoss(990), 990),
            StopLossSet(2, 20, "B2", "ACME", StopLoss(distance_basis_points=500, is_trailing=True), 955),
            StopLossSet(3, 30, "A1", "MSFT", StopLoss(800), 800),
            StopLossTriggered(4, 40, "A1", "ACME", 990, 985, 100),
            StopLossSet(5, 50, "A1", "MSFT", None, 0),
        ],
    )
    acme = StopRecord("A1", "ACME", 990, "", "TRIGGERED", 4, 40)
    msft = StopRecord("A1", "MSFT", 0, "", "GONE", 5, 50)
    trailing = StopRecord("B2", "ACME", 955, '{"distance_basis_points":500,"is_trailing":true}', "SET", 2, 20)
    assert await stops_of(database, ["A1"]) == [acme, msft]
    assert await stops_of(database, ["B2", "A1"]) == [acme, msft, trailing]
    assert await stops_of(database, [*(f"X{number}" for number in range(BRANCHES_MAX)), "B2"]) == [trailing]
    assert await stops_of(database, []) == []
