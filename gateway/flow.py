"""Lets the background flow happen: at random moments of its own seed, at the rate of the settings."""

from __future__ import annotations

import asyncio

from exchange.behaviour.background_flow import BackgroundFlow
from exchange.sequencing.sequencer import Sequencer
from gateway.settings import FlowSettings


async def run_flow(sequencer: Sequencer, settings: FlowSettings, seed: int) -> None:
    """Submits orders until it is cancelled. Pauses are exponential: the orders come like those of many people."""
    venue = sequencer.venue
    flow = BackgroundFlow(venue, settings.account, settings.symbols or tuple(venue.instruments), seed)
    while True:
        await asyncio.sleep(flow.random.expovariate(settings.orders_per_second))
        for command in flow.next_commands():
            sequencer.submit(command)
