"""Protective stops as the store tells them: the latest of each position, of the accounts that are asked for."""

from __future__ import annotations

from exchange.clearing_events import StopLossSet, StopLossTriggered
from exchange.events import Event
from exchange.reference.limits import StopLoss
from exchange.store.database import Database
from exchange.store.pages import BRANCHES_MAX
from exchange.store.projection import Projection
from exchange.store.stop_queries import StopRecord, stops_of

TRAILING = StopLoss(distance_basis_points=500, is_trailing=True)
EVENTS: list[Event] = [
    StopLossSet(1, 10, "ALICE", "ACME", StopLoss(price=900), 900),
    StopLossSet(2, 20, "ALICE", "ACME", TRAILING, 950),
    StopLossSet(3, 30, "BOB", "ACME", StopLoss(price=800), 800),
    StopLossSet(4, 40, "BOB", "ACME", None, 0),
    StopLossSet(5, 50, "ALICE", "BETA", StopLoss(price=700), 700),
    StopLossTriggered(6, 60, "ALICE", "BETA", 700, 699, 5),
]


async def test_the_latest_stop_of_each_position_is_told(database: Database) -> None:
    await Projection(database).apply(EVENTS)
    known = await stops_of(database, ["ALICE"])
    trailing = '{"distance_basis_points":500,"is_trailing":true}'
    assert known[0] == StopRecord("ALICE", "ACME", 950, trailing, "SET", 2, 20)
    assert [(one.symbol, one.state, one.event) for one in known] == [("ACME", "SET", 2), ("BETA", "TRIGGERED", 6)]
    assert [one.state for one in await stops_of(database, ["BOB"])] == ["GONE"]
    many = [f"ACC{number}" for number in range(3 * BRANCHES_MAX)]
    assert [one.account for one in await stops_of(database, [*many, "BOB", "ALICE"])] == ["ALICE", "ALICE", "BOB"]
    assert await stops_of(database, []) == []
