"""Lets the background flow happen: each agent at random moments of its own seed, by the venue's clock."""

from __future__ import annotations

from exchange.behaviour.background_flow import BackgroundFlow, FlowAgent
from exchange.sequencing.sequencer import Sequencer
from gateway.clock.venue_clock import VenueClock
from gateway.clock.words import SECOND
from gateway.settings import FlowSettings


class Flow:
    """Every agent waits for its next moment. Pauses are exponential: orders come like those of many people."""

    def __init__(self, clock: VenueClock, sequencer: Sequencer, settings: FlowSettings, seed: int) -> None:
        symbols = settings.symbols or tuple(sequencer.venue.instruments)
        self._clock = clock
        self._sequencer = sequencer
        self._flow = BackgroundFlow(sequencer.venue, settings.account, symbols, seed, settings.agents)
        self._rate = settings.orders_per_second / max(1, len(self._flow.agents))

    def begin(self) -> None:
        """Has every agent act from now on."""
        for agent in self._flow.agents:
            self._plan(agent)

    def _plan(self, agent: FlowAgent) -> None:
        pause = int(agent.random.expovariate(self._rate) * SECOND)
        self._clock.call_at(self._clock.now() + pause, lambda: self._act(agent))

    def _act(self, agent: FlowAgent) -> None:
        for command in agent.next_commands():
            self._sequencer.submit(command)
        self._plan(agent)
