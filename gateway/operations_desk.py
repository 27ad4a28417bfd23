"""The operator's hands on the market: each operation is one command, its outcome told and audited.

It reads what HTTP was given into the venue's integers; the command desk carries it out. Rules about what may be done
are the core's; it says no by `CommandRefused`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import assert_never

import msgspec

from exchange import commands
from exchange.events import BandsChanged, CommandRefused, Event, IndicativeChanged, PhaseChanged
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.phases import Phase
from exchange.reasons import RestatementReason
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason
from exchange.sequencing.sequencer import Sequencer
from gateway.audit import AuditEntry
from gateway.clock.words import moment_text
from gateway.command_desk import CommandDesk
from gateway.http.operation_views import (
    Block,
    Bust,
    CancelForOwner,
    Correct,
    FinishForDay,
    Halt,
    Indicative,
    InstrumentPhase,
    Operation,
    Outcome,
    Restate,
    Resume,
    SetPhase,
    SetReferencePrice,
    Unblock,
)
from gateway.http.problems import Problem
from gateway.http.refusals import refusal_problem


class OperationsDesk:
    """What operators do to the market. `record` writes the audit log."""

    def __init__(self, sequencer: Sequencer, record: Callable[[AuditEntry], Awaitable[None]]) -> None:
        self._commands = CommandDesk(sequencer)
        self._venue = sequencer.venue
        self._record = record

    def phases(self) -> list[InstrumentPhase]:
        """Every instrument, in the order of listing."""
        venue = self._venue
        told: dict[str, list[Event]] = {}
        for event in venue.day.public_state(venue.last_event, venue.now):
            told.setdefault(getattr(event, "symbol", ""), []).append(event)
        return [_instrument_phase(market, told.get(symbol, ())) for symbol, market in venue.markets.items()]

    async def carry_out(self, name: str, operation: Operation, who: str) -> Outcome:
        """Does it and records who did. Raises `Problem`: the reason's name, and field and rule in words."""
        if isinstance(operation, SetPhase | Halt | Resume) and bool(operation.symbol) is bool(operation.market):
            detail = "symbol: give either symbol, or market for all instruments of a market."
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "INVALID_FIELD", detail)
        before = self._standing(operation)
        try:
            events = await self._commands.carry_out(self._command(operation))
            problem = next((_problem(event) for event in events if isinstance(event, CommandRefused)), None)
        except Problem as found:
            events, problem = [], found
        await self._record(
            AuditEntry(
                who=who,
                action=name,
                session="",
                asked=msgspec.structs.asdict(operation),
                outcome="done" if problem is None else f"refused: {problem.detail}",
                before=before,
                after=self._standing(operation),
            )
        )
        if problem is not None:
            raise problem
        return _outcome(events)

    def _command(self, operation: Operation) -> commands.Command:
        match operation:
            case SetPhase(phase=phase, symbol=symbol, market=market, reason=reason):
                return commands.ChangePhase(phase, symbol, market, reason)
            case Halt(symbol=symbol, market=market, reason=reason):
                return commands.ChangePhase(Phase.HALTED, symbol, market, reason)
            case Resume(symbol=symbol, market=market, via=via, reason=reason):
                phase = Phase.REOPENING_AUCTION if via == "auction" else Phase.CONTINUOUS
                return commands.ChangePhase(phase, symbol, market, reason)
            case Bust(trade_id=trade_id, reason=reason):
                return commands.BustTrade(trade_id, reason)
            case Correct():
                return self._correction(operation)
            case CancelForOwner(order_id=order_id, reason=reason):
                return commands.CancelForOwner(order_id, reason)
            case Restate():
                return self._restatement(operation)
            case FinishForDay(order_id=order_id, reason=reason):
                return commands.FinishForDay(order_id, reason)
            case SetReferencePrice(symbol=symbol, price=price):
                instrument = self._venue.instruments.get(symbol)
                return commands.SetReferencePrice(symbol, _price(price, instrument) if instrument is not None else 0)
            case Block(scope=scope, name=name, reason=reason):
                return commands.BlockTrading(scope, name, True, reason)
            case Unblock(scope=scope, name=name, reason=reason):
                return commands.BlockTrading(scope, name, False, reason)
            case _:
                assert_never(operation)

    def _correction(self, operation: Correct) -> commands.Command:
        """A trade that is not kept any more is the core's to refuse: it knows which ones are."""
        venue = self._venue
        trade = venue.engine.tape.trades.find(operation.trade_id, venue.last_trade_id)
        if trade is None:
            return commands.CorrectTrade(operation.trade_id, 0, operation.quantity or 0, operation.reason)
        instrument = venue.instruments[trade.book.symbol]
        price = trade.price if operation.price is None else _price(operation.price, instrument)
        return commands.CorrectTrade(operation.trade_id, price, operation.quantity or trade.quantity, operation.reason)

    def _restatement(self, operation: Restate) -> commands.Command:
        reason = RestatementReason(operation.reason)
        order: Order | None = self._venue.register.by_order_id(operation.order_id)
        if order is None:
            return commands.RestateOrder(operation.order_id, operation.quantity or 0, 0, reason)
        terms = order.terms
        price = terms.price
        if operation.price is not None:
            price = _price(operation.price, self._venue.instruments[terms.symbol])
        return commands.RestateOrder(operation.order_id, operation.quantity or terms.quantity, price, reason)

    def _standing(self, operation: Operation) -> dict[str, object]:
        """The phases of what an operation on the day is about: what the audit log shows of before and after."""
        if not isinstance(operation, SetPhase | Halt | Resume):
            return {}
        symbol, market = operation.symbol, operation.market
        return {
            one.symbol: str(one.phase)
            for one in self._venue.markets.values()
            if one.symbol == symbol or (not symbol and one.instrument.market == market)
        }


def _instrument_phase(market: Market, told: Sequence[Event]) -> InstrumentPhase:
    text = market.instrument.scale.text
    until, bands, indicative = 0, None, None
    for event in told:
        if isinstance(event, PhaseChanged):
            until = event.until
        elif isinstance(event, BandsChanged):
            bands = event
        elif isinstance(event, IndicativeChanged):
            indicative = event
    return InstrumentPhase(
        symbol=market.symbol,
        market=market.instrument.market,
        phase=str(market.phase),
        until=moment_text(until) if until else None,
        reference_price=text(market.reference_price),
        closing_price=text(market.closing_price) if market.closing_price else None,
        last_auction_price=text(market.last_auction_price) if market.last_auction_price else None,
        lowest=text(bands.lowest) if bands is not None and bands.lowest is not None else None,
        highest=text(bands.highest) if bands is not None and bands.highest is not None else None,
        indicative=None if indicative is None else _indicative(indicative, market),
    )


def _indicative(found: IndicativeChanged, market: Market) -> Indicative:
    return Indicative(
        price=None if found.price is None else market.instrument.scale.text(found.price),
        quantity=found.quantity,
        imbalance=found.imbalance,
        imbalance_side=None if found.imbalance_side is None else found.imbalance_side.name.lower(),
    )


def _price(text: str, instrument: Instrument) -> int:
    """Raises `Problem` for what is no price of the instrument's scale."""
    price = instrument.scale.parse(text)
    if price is None:
        detail = f"price {text} is not a decimal number of at most {instrument.price_digits} digits behind the point"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, RejectReason.INVALID_PRICE, detail)
    return price


def _problem(event: CommandRefused) -> Problem:
    return refusal_problem(event.reason, event.field, event.text)


def _outcome(events: Sequence[Event]) -> Outcome:
    tags = Counter(str(type(event).__struct_config__.tag) for event in events)
    return Outcome(
        first_event=events[0].number if events else 0,
        last_event=events[-1].number if events else 0,
        events=dict(tags),
        phases={event.symbol: str(event.phase) for event in events if isinstance(event, PhaseChanged)},
    )
