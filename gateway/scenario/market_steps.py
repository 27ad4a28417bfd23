"""Steps about the venue's day and its time: what an operator does to the market, and where the clock goes.

Models only, as in `steps`; `market_actions` plays them over the venue's HTTP port.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gateway.scenario.values import Block, Duration, Name, Span, Text, Time

DEFAULT_WAIT_MS = 900_000
"""How long a state of the market is waited for: phases take minutes."""


def _by(key: str) -> BeforeValidator:
    """Reads the short form `halt: ACME` as `halt: {symbol: ACME}`."""
    return BeforeValidator(
        lambda value: value if isinstance(value, dict) or value is None else {key: value},
        json_schema_input_type=Any,
    )


class OfMarket(Block):
    """Which instruments are meant: one, or all of a market; the scenario's market when neither is given."""

    symbol: Text | None = None
    market: Text | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.symbol is not None and self.market is not None:
            raise ValueError("either symbol or market is meant, not both")
        return self


class ChangePhase(OfMarket):
    """An operator moves instruments to a phase now."""

    to: Text
    """Such as `closing auction`."""
    reason: Text = ""


class Halt(OfMarket):
    """An operator stops trading."""

    reason: Text = ""


class Resume(OfMarket):
    """An operator lets trading go on."""

    via: Literal["auction", "continuous"] = "auction"
    reason: Text = ""


class HoldAuction(OfMarket):
    """An auction now, whatever the timetable says: collected for so long, then uncrossed."""

    for_: Duration = Field(default=0, alias="for")
    """Of the venue's time; not at all when not given: what waits in the book is uncrossed."""


class EndOfDay(OfMarket):
    """The day is over now: day orders expire, the closing price is set."""


class Bust(Block):
    """An operator declares that a trade never was."""

    trade_id: Text | None = None
    exec_id: Text | None = None
    """ExecID(17) of one of its fills, as a participant received it, instead of the trade's number."""
    reason: Text = ""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.trade_id is None) is (self.exec_id is None):
            raise ValueError("a trade is named by trade_id or by exec_id")
        return self


class Correct(Bust):
    """An operator gives a trade another price, or a smaller quantity."""

    price: Text | None = None
    qty: Text | None = None


class SetReferencePrice(Block):
    """An operator sets where bands, collars and auctions are measured from."""

    symbol: Text
    price: Text


class Operate(Block):
    """Any operation of the venue's operator, with the words of its HTTP body."""

    do: Text
    """`cancel-order`, `restate-order`, `finish-order`, `block`, `unblock` …"""
    words: dict[Name, Text] = Field(default_factory=dict)


class Advance(Block):
    """Lets the venue's time go on; all that falls due on the way happens, each thing at its own time."""

    by: Span | None = None
    to: Time | None = None
    jump: Text | None = None
    """Until the market comes to a phase: `open`, `close`, `closing auction` …"""
    symbol: Text | None = None
    """The instrument that `jump` is about, instead of the whole market."""

    @model_validator(mode="after")
    def _goes_one_way(self) -> Self:
        if sum(way is not None for way in (self.by, self.to, self.jump)) != 1:
            raise ValueError("time goes on by a span, to a time, or jumps to a phase: one of by, to and jump")
        return self


class PhaseState(Block):
    """The phase that instruments are in."""

    symbol: Text | None = None
    """All instruments when not given."""
    is_: Text = Field(alias="is")


class AuctionState(Block):
    """What an auction would bring if it ended now. What is not given is not looked at."""

    symbol: Text
    price: Text | None = None
    """`none`: nothing would trade."""
    quantity: Text | None = None
    imbalance: Text | None = None
    side: Text | None = None
    """Of the imbalance: `buy`, `sell` or `none`."""


class WaitFor(Block):
    """Lets time go on until the market is in a state."""

    phase: PhaseState
    within: Duration = DEFAULT_WAIT_MS
    """Of the venue's time."""


HaltWords: TypeAlias = Annotated[Halt, _by("symbol")]
ResumeWords: TypeAlias = Annotated[Resume, _by("symbol")]
AuctionWords: TypeAlias = Annotated[HoldAuction, _by("symbol")]
AdvanceWords: TypeAlias = Annotated[Advance, _by("by")]
