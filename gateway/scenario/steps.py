"""One step of a scenario: what it may do and with which words. The meaning of each word is the docstring under it.

Models only: `loading` reads them from YAML and checks what they refer to, `runner` plays them. The words under "later"
belong to the language, but this release does not play them and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gateway.scenario.matchers import Matcher
from gateway.scenario.values import Block, Duration, Later, Name, Text

DEFAULT_WITHIN_MS = 2_000
"""How long an expectation waits when it does not say so: long for a venue, short for a person who watches."""

MOST_COUNTED = 100_000
"""Messages one expectation may count; all of them are kept in memory until the end of the run."""

GroupMembers: TypeAlias = list[dict[Text, Text]]
SentFields: TypeAlias = dict[Text, Text | GroupMembers]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names: TypeAlias = Annotated[
    list[Name], Field(min_length=1), BeforeValidator(_listed, json_schema_input_type=Name | list[Name])
]


class Logon(Block):
    """Connects if need be, sends a Logon and waits for the venue's."""

    who: Names
    """The participant, or several."""
    reset: bool | None = None
    """ResetSeqNumFlag(141): both sides begin with 1 again. Not given: true at the first logon of a run, else false."""
    within: Duration = DEFAULT_WITHIN_MS
    """How long to wait for the venue's answer."""
    wrong_expected: Later = None


class Logout(Block):
    """Sends a Logout, waits for the venue's and closes the connection."""

    who: Names
    text: Text | None = None
    """Text(58) of the Logout."""
    within: Duration = DEFAULT_WITHIN_MS


class Disconnect(Block):
    """Ends the connection without a Logout, as a broken line does. Sequence numbers are kept."""

    who: Name
    mode: Literal["fin", "rst"] = "fin"
    """How TCP ends: in order (`fin`) or at once (`rst`)."""


class Send(Block):
    """A message as the author gives it. Header and TransactTime(60) are filled in where they are not given."""

    from_: Name = Field(alias="from")
    msg: Text
    """Name or MsgType of the message: `NewOrderSingle` or `D`."""
    fields: SentFields = Field(default_factory=dict)
    """Field names or tags; enum names or codes; a group is a list of its members. `absent` leaves a field out."""
    use: Name | None = None
    """A template whose `fields` are added where this message has none of that name."""


class OrderWords(Block):
    """The words of an order that a template may hold."""

    symbol: Text | None = None
    qty: Text | None = None
    price: Text | None = None
    """Limit price; an order without it is a market order."""
    type: Text | None = None
    """OrdType(40) by name or code; `limit` with a price and `market` without one when not given."""
    tif: Text | None = None
    """TimeInForce(59): DAY, GTC, IOC, FOK, a name or a code. The venue's default is DAY."""
    account: Text | None = None
    """Account(1); the participant's when not given."""
    fields: SentFields = Field(default_factory=dict)
    """More fields, by name or tag."""


class EnterOrder(OrderWords):
    """The short form of a NewOrderSingle."""

    from_: Name = Field(alias="from")
    id: Text | None = None
    """ClOrdID(11); made from the participant's name and a number when not given."""
    use: Name | None = None
    """A template for the words that are not given here."""


class CancelOrder(Block):
    """The short form of an OrderCancelRequest. What is not given is taken from the order as this run sent it."""

    from_: Name = Field(alias="from")
    orig: Text
    """OrigClOrdID(41): the order's present ClOrdID."""
    id: Text | None = None
    symbol: Text | None = None
    side: Text | None = None
    qty: Text | None = None
    fields: SentFields = Field(default_factory=dict)


class ReplaceOrder(OrderWords):
    """The short form of an OrderCancelReplaceRequest. What is not given is taken from the order as this run sent it."""

    from_: Name = Field(alias="from")
    orig: Text
    id: Text | None = None
    side: Text | None = None
    use: Name | None = None


class StatusRequest(Block):
    """The short form of an OrderStatusRequest."""

    from_: Name = Field(alias="from")
    orig: Text
    """ClOrdID(11) of the order in question."""
    id: Text | None = None
    """OrdStatusReqID(790), echoed by the venue."""
    symbol: Text | None = None
    side: Text | None = None
    fields: SentFields = Field(default_factory=dict)


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
    within: Duration = DEFAULT_WITHIN_MS
    """It is asked again until the state is reached or this time is over."""
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
        if self.book is None:
            raise ValueError("an assertion names the state: book: {symbol: ACME, bids: [[10.05, 300]]}")
        return self


def _by_name(key: str) -> Callable[[object], object]:
    """Reads the short form `logon: alice` as `logon: {who: alice}`, and so the list `[alice, bob]`."""
    return lambda value: {key: value} if isinstance(value, str | list) else value


class Step(Block):
    """One step: a single action, or only a pause (`after`)."""

    name: Text | None = None
    """What reports call the step."""
    id: Name | None = None
    """What `--until` calls the step."""
    after: Duration | None = None
    """Waits before the step."""
    logon: (
        Annotated[Logon, BeforeValidator(_by_name("who"), json_schema_input_type=Name | list[Name] | Logon)] | None
    ) = None
    logout: (
        Annotated[Logout, BeforeValidator(_by_name("who"), json_schema_input_type=Name | list[Name] | Logout)] | None
    ) = None
    disconnect: (
        Annotated[Disconnect, BeforeValidator(_by_name("who"), json_schema_input_type=Name | Disconnect)] | None
    ) = None
    send: Send | None = None
    buy: EnterOrder | None = None
    sell: EnterOrder | None = None
    cancel: CancelOrder | None = None
    replace: ReplaceOrder | None = None
    status: StatusRequest | None = None
    expect: Expect | None = None
    expect_none: ExpectNone | None = None
    assert_: Assertion | None = Field(default=None, alias="assert")

    at: Later = None
    every: Later = None
    times: Later = None
    until: Later = None
    advance: Later = None
    wait_for: Later = None
    parallel: Later = None
    sequence: Later = None
    repeat: Later = None
    sell_short: Later = None
    mass_cancel: Later = None
    quote: Later = None
    md_subscribe: Later = None
    raw: Later = None
    expect_disconnect: Later = None
    seed_book: Later = None
    trade: Later = None
    price_path: Later = None
    replay: Later = None
    phase: Later = None
    open_auction: Later = None
    close_auction: Later = None
    halt: Later = None
    resume: Later = None
    bands: Later = None
    reference_price: Later = None
    bust: Later = None
    correct: Later = None
    corporate_action: Later = None
    end_of_day: Later = None
    settle: Later = None
    fault: Later = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        given = [alias_of(action) for action in ACTIONS if getattr(self, action) is not None]
        if len(given) > 1:
            raise ValueError(f"a step does one thing, this one has {' and '.join(given)}")
        if not given and self.after is None:
            raise ValueError(f"a step does something: {', '.join(alias_of(action) for action in ACTIONS)}")
        return self

    @property
    def action(self) -> str:
        """Which field of the step holds its action; empty for a pause."""
        return next((action for action in ACTIONS if getattr(self, action) is not None), "")


ACTIONS = (
    "logon",
    "logout",
    "disconnect",
    "send",
    "buy",
    "sell",
    "cancel",
    "replace",
    "status",
    "expect",
    "expect_none",
    "assert_",
)


def alias_of(action: str) -> str:
    """How a scenario writes the name of an action: `assert_` is `assert`."""
    return action.rstrip("_")
