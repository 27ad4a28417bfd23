"""What must come back: the words of `expect`, `expect_none` and `assert`.

Models only, as in `steps`; `expectations` looks for the messages, `book` asks for the book. The words of
type `Later` belong to the language, but this release does not play them and says so.
"""

from __future__ import annotations

from typing import Annotated, Self, TypeAlias

from pydantic import Field, model_validator

from gateway.scenario.account_steps import AccountState
from gateway.scenario.market_steps import AuctionState, PhaseState
from gateway.scenario.matchers import Matcher
from gateway.scenario.values import Block, Duration, Later, Name, Text

DEFAULT_WITHIN_MS = 2_000
"""How long an expectation waits when it does not say so: long for a venue, short for a person who watches."""

MOST_COUNTED = 100_000
"""Messages one expectation may count; all of them are kept in memory until the end of the run."""


class ExpectedMessage(Block):
    """A message that must come."""

    msg: Text
    """Name or MsgType."""
    fields: dict[Text, Matcher] = Field(default_factory=dict)
    """What is said of its fields; of others nothing is said."""
    capture: dict[Name, Text] = Field(default_factory=dict)
    """Variables to be set from fields of the message: `{oid: OrderID}`, later `${oid}`. Of several, the last counts."""
    use: Name | None = None
    """A template whose `fields` are added where none of that name is given."""


class CountLimits(Block):
    """How many messages must come, as limits."""

    gt: int | None = None
    ge: int | None = None
    lt: int | None = None
    le: int | None = None

    @property
    def has_upper(self) -> bool:
        """Whether too many is possible, so that the whole time must pass."""
        return self.lt is not None or self.le is not None

    def holds(self, count: int) -> bool:
        """Whether a count is within the limits."""
        return (
            (self.gt is None or count > self.gt)
            and (self.ge is None or count >= self.ge)
            and (self.lt is None or count < self.lt)
            and (self.le is None or count <= self.le)
        )


class Expect(Block):
    """Messages that must come to a participant: one, several alike (`count`), or a list (`messages`).

    A message that fulfilled an expectation is used up. Others stay for later expectations, whatever their order.
    """

    on: Name | None = None
    """The participant that receives."""
    to: Name | None = None
    """Another word for `on`."""
    msg: Text | None = None
    fields: dict[Text, Matcher] = Field(default_factory=dict)
    capture: dict[Name, Text] = Field(default_factory=dict)
    use: Name | None = None
    within: Duration = DEFAULT_WITHIN_MS
    """All of it must have come by then."""
    count: Annotated[int, Field(ge=1, le=MOST_COUNTED)] | CountLimits | None = None
    """So many like this. A number: waits until they are there. Limits with an upper end: waits all the time."""
    in_order: bool = False
    """The `messages` must come in the order of the list; others may come between them."""
    messages: list[ExpectedMessage] = Field(default_factory=list)
    """Several messages, each once."""
    only: Later = None
    any_order: Later = None
    topic: Later = None

    @property
    def participant(self) -> str:
        """Who receives."""
        return self.on or self.to or ""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.on is None) == (self.to is None):
            raise ValueError("an expectation names its participant once: on: alice")
        if (self.msg is None) == (not self.messages):
            raise ValueError("an expectation has either msg or a list of messages")
        if self.messages and (self.fields or self.capture or self.count is not None or self.use):
            raise ValueError("fields, capture, count and use stand in each of the messages, not beside them")
        return self


class ExpectNone(Block):
    """No message may come, nor be there that no expectation asked for.

    Without `msg` it speaks of the application's messages and Reject(3), not of Heartbeats and the like.
    """

    on: Name | None = None
    to: Name | None = None
    msg: Text | None = None
    fields: dict[Text, Matcher] = Field(default_factory=dict)
    for_: Duration = Field(alias="for")
    """How long to watch."""

    @property
    def participant(self) -> str:
        """Who must not receive."""
        return self.on or self.to or ""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.on is None) == (self.to is None):
            raise ValueError("an expectation names its participant once: on: alice")
        return self


Level: TypeAlias = Annotated[list[Text], Field(min_length=2, max_length=3)]


class BookAssertion(Block):
    """The whole public book of an instrument, best price first. A side that is not given is not looked at."""

    symbol: Text
    bids: list[Level] | None = None
    """Levels as `[price, quantity]` or `[price, quantity, orders]`; `[]`: there are none."""
    asks: list[Level] | None = None
    crossed: Later = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.bids is None and self.asks is None:
            raise ValueError("a book has bids or asks to be compared: bids: [[10.05, 300]], or bids: [] for none")
        return self


class Assertion(Block):
    """A state that the venue must reach."""

    book: BookAssertion | None = None
    phase: PhaseState | None = None
    auction: AuctionState | None = None
    account: AccountState | None = None
    within: Duration = DEFAULT_WITHIN_MS
    """It is asked again until the state is reached or this time is over; in virtual time once, as nothing moves."""
    order: Later = None
    position: Later = None
    cash: Later = None
    buying_power: Later = None
    open_orders: Later = None
    trades: Later = None
    settlement: Later = None
    session: Later = None
    market_data: Later = None
    journal: Later = None
    invariants: Later = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if sum(state is not None for state in (self.book, self.phase, self.auction, self.account)) != 1:
            text = "an assertion names one state: book: {symbol: ACME, bids: [[10.05, 300]]}, phase, auction or account"
            raise ValueError(text)
        return self
