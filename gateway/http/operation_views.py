"""What operators do to the market over HTTP: the bodies of their requests, and what `gateway.operations_desk` answers.

Each operation is one command of the venue. The bodies are read into the structs here, so that what is wrong with one is
said before anything happens; prices are text in the instrument's own scale.
"""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

from exchange.phases import Phase
from exchange.reasons import BlockScope

REASON_CHARACTERS_MAX = 200
NAME_CHARACTERS_MAX = 64
PRICE_CHARACTERS_MAX = 40

Reason = Annotated[str, Meta(max_length=REASON_CHARACTERS_MAX, pattern=r"\A[\x20-\x7e]*\Z")]
"""What owners read in Text(58): plain characters, because FIX has no others."""

Name = Annotated[str, Meta(max_length=NAME_CHARACTERS_MAX)]
PriceText = Annotated[str, Meta(max_length=PRICE_CHARACTERS_MAX)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Number = Annotated[int, Meta(ge=1, le=2**63 - 1)]


class SetPhase(Struct, forbid_unknown_fields=True, frozen=True):
    """Move an instrument, or all of a market, to a phase."""

    phase: Phase
    symbol: Name = ""
    market: Name = ""
    reason: Reason = ""


class Halt(Struct, forbid_unknown_fields=True, frozen=True):
    """Stop trading."""

    symbol: Name = ""
    market: Name = ""
    reason: Reason = ""


class Resume(Struct, forbid_unknown_fields=True, frozen=True):
    """Let trading go on: through an auction, or at once."""

    symbol: Name = ""
    market: Name = ""
    via: Literal["auction", "continuous"] = "auction"
    reason: Reason = ""


class Bust(Struct, forbid_unknown_fields=True, frozen=True):
    """A trade never was."""

    trade_id: Number
    reason: Reason = ""


class Correct(Struct, forbid_unknown_fields=True, frozen=True):
    """Another price for a trade, or a smaller quantity; what is left out stays."""

    trade_id: Number
    price: PriceText | None = None
    quantity: Quantity | None = None
    reason: Reason = ""


class CancelForOwner(Struct, forbid_unknown_fields=True, frozen=True):
    """Take an order out of the market."""

    order_id: Number
    reason: Reason = ""


class Restate(Struct, forbid_unknown_fields=True, frozen=True):
    """Another total quantity or price for an order; what is left out stays."""

    order_id: Number
    quantity: Quantity | None = None
    price: PriceText | None = None
    reason: Literal["venue", "corporate action"] = "venue"


class FinishForDay(Struct, forbid_unknown_fields=True, frozen=True):
    """Let an order trade no more today."""

    order_id: Number
    reason: Reason = ""


class SetReferencePrice(Struct, forbid_unknown_fields=True, frozen=True):
    """Where bands, collars and auctions of an instrument are measured from."""

    symbol: Name
    price: PriceText


class Block(Struct, forbid_unknown_fields=True, frozen=True):
    """Stop a session, account or firm, and cancel its orders."""

    scope: BlockScope
    name: Name
    reason: Reason = ""


class Unblock(Struct, forbid_unknown_fields=True, frozen=True):
    """Let a session, account or firm trade again."""

    scope: BlockScope
    name: Name
    reason: Reason = ""


Operation = (
    SetPhase
    | Halt
    | Resume
    | Bust
    | Correct
    | CancelForOwner
    | Restate
    | FinishForDay
    | SetReferencePrice
    | Block
    | Unblock
)

OPERATIONS: dict[str, type[Operation]] = {
    "phase": SetPhase,
    "halt": Halt,
    "resume": Resume,
    "bust": Bust,
    "correct": Correct,
    "cancel-order": CancelForOwner,
    "restate-order": Restate,
    "finish-order": FinishForDay,
    "reference-price": SetReferencePrice,
    "block": Block,
    "unblock": Unblock,
}
"""`POST /admin/operations/{name}` to what its body is."""


class Outcome(Struct, frozen=True):
    """What an operation brought about."""

    first_event: int
    """Number of the first of its events; 0 when it had none: nothing was to be changed."""
    last_event: int
    events: dict[str, int]
    """How many of each kind: `{"phase": 1, "canceled": 3}`."""
    phases: dict[str, str]
    """By symbol: the phases that instruments were moved to, the latest of each."""


class Indicative(Struct, frozen=True):
    """What an auction would bring if it ended now."""

    price: str | None
    """None: nothing would trade."""
    quantity: int
    imbalance: int
    imbalance_side: str | None
    """`buy` or `sell`; None where nothing would be left over."""


class InstrumentPhase(Struct, frozen=True):
    """Where in its day an instrument is."""

    symbol: str
    market: str
    phase: str
    until: str | None
    """When the phase is planned to end, UTC; None: not known."""
    reference_price: str
    closing_price: str | None
    """The last official one; None before the first."""
    last_auction_price: str | None
    lowest: str | None
    """The price bands of the moment; None: no band on that side."""
    highest: str | None
    indicative: Indicative | None
    """Of an auction that is being collected for."""


class OperationsDesk(Protocol):
    """What operators see of the market's day, and do to the market."""

    async def carry_out(self, name: str, operation: Operation, who: str) -> Outcome:
        """Does it and records who did. Raises `Problem`: the reason's name, and field and rule in words."""

    def phases(self) -> list[InstrumentPhase]:
        """Every instrument, in the order of listing."""
