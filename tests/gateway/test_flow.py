"""The background flow keeps the venue's clock: its agents act at moments of their own seeds, however time goes."""

from __future__ import annotations

from exchange.commands import ListInstrument, OpenAccount
from exchange.reference.accounts import Account
from gateway.flow import Flow
from gateway.settings import FlowSettings
from tests.exchange.market import ACME
from tests.gateway.clock.timed_venue import TimedVenue


async def played(seconds: int, moves: int, seed: int = 1) -> TimedVenue:
    timed = TimedVenue()
    for command in (ListInstrument(ACME), OpenAccount(Account("FLOW", ""))):
        timed.sequencer.submit(command)
    timed.sequencer.commit()
    settings = FlowSettings(enabled=True, agents=5, orders_per_second=10)
    Flow(timed.clock, timed.sequencer, settings, seed).begin()
    for move in range(1, moves + 1):
        await timed.move(seconds * move / moves)
    return timed


async def test_orders_come_at_the_rate_of_the_settings() -> None:
    timed = await played(100, 1)

    entered = [name for _, name in timed.venue.applied if name == "EnterOrder"]
    assert 800 < len(entered) < 1_200


async def test_time_that_stands_brings_no_order() -> None:
    timed = await played(0, 1)

    assert [name for _, name in timed.venue.applied if name == "EnterOrder"] == []


async def test_it_does_not_matter_in_how_many_moves_time_passes() -> None:
    once, often, other = await played(50, 1), await played(50, 25), await played(50, 1, seed=2)

    def orders(timed: TimedVenue) -> list[tuple[float, str]]:
        return [(at, name) for at, name in timed.venue.applied if name != "AdvanceTime"]

    assert orders(once) == orders(often)
    assert orders(once) != orders(other)
