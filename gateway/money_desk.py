"""Money, shares and limits over HTTP: each request is one command, told when it is done, audited where it should be.

It submits and waits; what may be posted and which limits make sense is the core's to say, by `CommandRefused`. What
operators do, and what anybody does to money or shares without trading, is written to the audit log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType

import msgspec

from exchange.commands import (
    AnnounceCorporateAction,
    Command,
    SetClearingRules,
    SetHoldings,
    SetRiskLimits,
    SetStopLoss,
    Transfer,
)
from exchange.events import CommandRefused, Event
from gateway.audit import AuditEntry
from gateway.command_desk import CommandDesk
from gateway.http.problems import Problem
from gateway.http.trading.refusals import trading_problem

_AUDITED = (Transfer, SetHoldings, SetRiskLimits, SetClearingRules, AnnounceCorporateAction)

MoneyCommand = Transfer | SetHoldings | SetRiskLimits | SetStopLoss | SetClearingRules | AnnounceCorporateAction

SAME_NAMES: Mapping[str, str] = MappingProxyType({})


class MoneyDesk:
    """Commands about accounts. `record` writes the audit log."""

    def __init__(self, commands: CommandDesk, record: Callable[[AuditEntry], Awaitable[None]]) -> None:
        self._commands = commands
        self._record = record

    async def carry_out(
        self, name: str, command: MoneyCommand, who: str, names: Mapping[str, str] = SAME_NAMES
    ) -> Sequence[Event]:
        """Does it; what it brought about. Raises `Problem`: the reason's name, and the sum in words.

        `names`: what whoever asks calls fields of the command, where he has another name for them.
        """
        problem, events = await self._done(command, names)
        if isinstance(command, _AUDITED):
            await self._record(
                AuditEntry(
                    who=who,
                    action=name,
                    session="",
                    asked=msgspec.to_builtins(msgspec.structs.asdict(command)),
                    outcome="done" if problem is None else f"refused: {problem.detail}",
                    before={},
                    after={},
                )
            )
        if problem is not None:
            raise problem
        return events

    async def _done(self, command: Command, names: Mapping[str, str]) -> tuple[Problem | None, Sequence[Event]]:
        try:
            events = await self._commands.carry_out(command)
        except Problem as problem:
            return problem, ()
        refusal = next((event for event in events if isinstance(event, CommandRefused)), None)
        if refusal is None:
            return None, events
        return trading_problem(refusal.reason, refusal.field, refusal.text, names=names), events
