"""What the steps about day and time do: each is an operation of the venue's operator, or a move of its clock.

Called by `actions`, which has filled the variables in. What the venue refuses fails the step with the venue's words.
"""

from __future__ import annotations

from typing import Any

from gateway.scenario.market_steps import (
    Advance,
    AuctionState,
    Bust,
    HoldAuction,
    OfMarket,
    PhaseState,
    WaitFor,
)
from gateway.scenario.matchers import as_decimal
from gateway.scenario.stage import Stage
from gateway.scenario.steps import Step
from gateway.scenario.venue_control import VenueRefused

TRADE_ID = "527"
"""SecondaryExecID: the number of the trade that a fill belongs to."""

NUMBERS = frozenset({"trade_id", "order_id", "quantity"})
"""Words of operations that are whole numbers."""

NOTHING = "none"


async def play_market_step(step: Step, stage: Stage) -> None:
    """Plays a step about the market or the clock. Raises `VenueRefused`."""
    await stage.settle()
    if step.advance:
        await _advance(step.advance, stage)
    elif step.wait_for:
        await _wait_for(step.wait_for, stage)
    elif step.open_auction:
        await _auction(step.open_auction, "opening auction", "continuous", stage)
    elif step.close_auction:
        await _auction(step.close_auction, "closing auction", "post-close", stage)
    else:
        name, words = _operation(step, stage)
        await _operate(name, words, stage)
    await stage.settle()


async def differing_phase(wanted: PhaseState, stage: Stage) -> str:
    """Empty where the instruments are in the phase; else which are in which."""
    found = {one["symbol"]: one["phase"] for one in await stage.control.phases()}
    asked = found if wanted.symbol is None else {wanted.symbol: found.get(wanted.symbol, "not listed")}
    other = [f"{symbol} is {phase}" for symbol, phase in asked.items() if phase != wanted.is_]
    return f"expected is {wanted.is_}: {', '.join(other)}" if other else ""


async def differing_auction(wanted: AuctionState, stage: Stage) -> str:
    """Empty where an auction would bring what is expected; else what it would bring."""
    found = next((one for one in await stage.control.phases() if one["symbol"] == wanted.symbol), None)
    if found is None:
        return f"{wanted.symbol} is not listed"
    indicative = found["indicative"] or {"price": None, "quantity": 0, "imbalance": 0, "imbalance_side": None}
    shown = {
        "price": indicative["price"],
        "quantity": indicative["quantity"],
        "imbalance": indicative["imbalance"],
        "side": indicative["imbalance_side"],
    }
    asked = wanted.model_dump(exclude={"symbol"}, exclude_none=True)
    other = [name for name, text in asked.items() if not _is_same(text, shown[name])]
    lines = [f"  {name:<10}expected {asked[name]}, is {shown[name] or NOTHING}" for name in other]
    return "\n".join([f"the auction of {wanted.symbol} ({found['phase']}):", *lines]) if lines else ""


async def _advance(words: Advance, stage: Stage) -> None:
    if words.by:
        await stage.time.move(by=words.by)
    elif words.to:
        await stage.time.pass_to(words.to)
    else:
        await stage.time.move(jump=words.jump, **_of(words.symbol))


async def _wait_for(words: WaitFor, stage: Stage) -> None:
    """In virtual time the clock goes from one due moment to the next; else it is waited for."""
    difference = await differing_phase(words.phase, stage)
    if stage.time.is_virtual and difference:
        wanted = words.phase
        await stage.time.move(jump=wanted.is_, within=f"{words.within}ms", **_of(wanted.symbol))
        difference = await differing_phase(wanted, stage)
    end = await stage.time.now() + words.within * 1_000_000
    while difference and not stage.time.is_virtual and await stage.time.now() < end:
        await stage.pause()
        difference = await differing_phase(words.phase, stage)
    if difference:
        raise VenueRefused(f"{difference} after {words.within / 1000:g} s")


async def _auction(words: HoldAuction, auction: str, then: str, stage: Stage) -> None:
    """What is in the phase already stays in it: the auction that a timetable has begun is ended."""
    meant = _meant(words, stage)
    phases = [one for one in await stage.control.phases() if _is_meant(one, meant)]
    if any(one["phase"] != auction for one in phases):
        await _operate("phase", {"phase": auction, **meant}, stage)
    if words.for_:
        await stage.time.pass_by(words.for_)
    await _operate("phase", {"phase": then, **meant}, stage)


def _operation(step: Step, stage: Stage) -> tuple[str, dict[str, Any]]:
    """The operation of a step that is one, with the words of its body."""
    if step.phase:
        return "phase", {"phase": step.phase.to, "reason": step.phase.reason, **_meant(step.phase, stage)}
    if step.halt:
        return "halt", {"reason": step.halt.reason, **_meant(step.halt, stage)}
    if step.resume:
        return "resume", {"via": step.resume.via, "reason": step.resume.reason, **_meant(step.resume, stage)}
    if step.end_of_day:
        return "phase", {"phase": "closed", **_meant(step.end_of_day, stage)}
    if step.correct:
        words = {"price": step.correct.price, "quantity": step.correct.qty}
        given = {name: text for name, text in words.items() if text is not None}
        return "correct", {"trade_id": _trade_id(step.correct, stage), "reason": step.correct.reason, **given}
    if step.bust:
        return "bust", {"trade_id": _trade_id(step.bust, stage), "reason": step.bust.reason}
    if step.reference_price:
        return "reference-price", {"symbol": step.reference_price.symbol, "price": step.reference_price.price}
    assert step.operate is not None, "a step of the market without another action is an operation"
    return step.operate.do, dict(step.operate.words)


async def _operate(name: str, words: dict[str, Any], stage: Stage) -> None:
    numbers = {key: int(text) for key, text in words.items() if key in NUMBERS and str(text).isdecimal()}
    await stage.control.operate(name, words | numbers)


def _meant(words: OfMarket, stage: Stage) -> dict[str, str]:
    """Symbol or market; the scenario's market where the step names neither, or its only instrument."""
    if words.symbol is not None:
        return {"symbol": words.symbol}
    market, instruments = stage.scenario.market, stage.scenario.instruments
    if words.market is not None or market is not None:
        return {"market": words.market or (market.name if market is not None else "")}
    if len(instruments) == 1:
        return {"symbol": instruments[0].symbol}
    raise VenueRefused("the step names no symbol, and the scenario has no market that would be meant")


def _is_meant(one: dict[str, Any], meant: dict[str, str]) -> bool:
    return all(one[name] == text for name, text in meant.items())


def _of(symbol: str | None) -> dict[str, str]:
    return {"symbol": symbol} if symbol is not None else {}


def _trade_id(words: Bust, stage: Stage) -> str:
    """The number of the trade; of a fill, as the participant that has it was told."""
    if words.trade_id is not None:
        return words.trade_id
    for entry in stage.timeline:
        if entry.direction == "in" and entry.message.get("17") == words.exec_id:
            found = entry.message.get(TRADE_ID)
            if found is not None:
                return found
    raise VenueRefused(f"no fill with ExecID(17) {words.exec_id} that names its trade has come to a participant")


def _is_same(expected: str, shown: object) -> bool:
    if shown is None or expected == NOTHING:
        return shown is None and expected == NOTHING
    number = as_decimal(expected)
    return expected == str(shown) if number is None else number == as_decimal(str(shown))
