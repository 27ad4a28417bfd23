"""One step of a scenario: what it may do and with which words. The meaning of each word is the docstring under it.

Models only: `loading` reads them from YAML and checks what they refer to, `runner` plays them. The words of type
`Later` belong to the language, but this release does not play them and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gateway.scenario.account_steps import (
    CorporateAction,
    CorrectHoldings,
    Deposit,
    SetClearingRules,
    SetLimits,
    SetStopLoss,
    Withdraw,
)
from gateway.scenario.expecting import DEFAULT_WITHIN_MS, Assertion, Expect, ExpectNone
from gateway.scenario.market_steps import (
    AdvanceWords,
    AuctionWords,
    Bust,
    ChangePhase,
    Correct,
    EndOfDay,
    HaltWords,
    Operate,
    ResumeWords,
    SetReferencePrice,
    WaitFor,
)
from gateway.scenario.values import Block, Duration, Later, Name, Text, Time

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
    stop: Text | None = None
    """StopPx(99): where a held order is elected. Without a type: `stop`, with a price `stop_limit`."""
    display: Text | None = None
    """MaxFloor(111): what the public book shows at a time; 0 hides the order."""
    min_qty: Text | None = None
    """MinQty(110)."""
    exec: Text | None = None
    """ExecInst(18), by words with spaces between: `post_only`, `all_or_none`, `primary_peg`, `mid_peg`, `market_peg`,
    `trailing`, `cancel_on_disconnect`, or codes."""
    offset: Text | None = None
    """PegOffsetValue(211): of a peg, or the distance of a trailing stop."""
    expires: Text | None = None
    """Of good till date: ExpireDate(432) as `20260306`, else ExpireTime(126) as `20260306-21:00:00`."""
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


class MassCancel(Block):
    """The short form of an OrderMassCancelRequest: all orders, or those of a symbol, each also for one side alone."""

    from_: Name = Field(alias="from")
    id: Text | None = None
    """ClOrdID(11); made from the participant's name and a number when not given."""
    symbol: Text | None = None
    side: Text | None = None
    fields: SentFields = Field(default_factory=dict)


class MassStatus(Block):
    """The short form of an OrderMassStatusRequest: all open orders, or those of a symbol, a side, an account."""

    from_: Name = Field(alias="from")
    id: Text | None = None
    """MassStatusReqID(584), echoed by the venue; made from the participant's name and a number when not given."""
    symbol: Text | None = None
    side: Text | None = None
    account: Text | None = None
    fields: SentFields = Field(default_factory=dict)


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
    """Waits before the step. In virtual time the venue's clock goes on by as much, and nobody waits."""
    at: Time | None = None
    """Waits until then, or has the venue's clock go there: `+5s` since the start of the run, `09:30`, or a moment."""
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
    sell_short: EnterOrder | None = None
    cancel: CancelOrder | None = None
    replace: ReplaceOrder | None = None
    status: StatusRequest | None = None
    mass_cancel: MassCancel | None = None
    mass_status: MassStatus | None = None
    expect: Expect | None = None
    expect_none: ExpectNone | None = None
    assert_: Assertion | None = Field(default=None, alias="assert")
    advance: AdvanceWords | None = None
    wait_for: WaitFor | None = None
    phase: ChangePhase | None = None
    halt: HaltWords | None = None
    resume: ResumeWords | None = None
    open_auction: AuctionWords | None = None
    close_auction: AuctionWords | None = None
    end_of_day: EndOfDay | None = None
    bust: Bust | None = None
    correct: Correct | None = None
    reference_price: SetReferencePrice | None = None
    operate: Operate | None = None
    deposit: Deposit | None = None
    withdraw: Withdraw | None = None
    holdings: CorrectHoldings | None = None
    limits: SetLimits | None = None
    stop_loss: SetStopLoss | None = None
    corporate_action: CorporateAction | None = None
    clearing_rules: SetClearingRules | None = None

    every: Later = None
    times: Later = None
    until: Later = None
    parallel: Later = None
    sequence: Later = None
    repeat: Later = None
    quote: Later = None
    md_subscribe: Later = None
    raw: Later = None
    expect_disconnect: Later = None
    seed_book: Later = None
    trade: Later = None
    price_path: Later = None
    replay: Later = None
    bands: Later = None
    settle: Later = None
    fault: Later = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        given = [alias_of(action) for action in ACTIONS if getattr(self, action) is not None]
        if len(given) > 1:
            raise ValueError(f"a step does one thing, this one has {' and '.join(given)}")
        if not given and self.after is None and self.at is None:
            raise ValueError(f"a step does something: {', '.join(alias_of(action) for action in ACTIONS)}")
        return self

    @property
    def action(self) -> str:
        """Which field of the step holds its action; empty for a pause."""
        return next((action for action in ACTIONS if getattr(self, action) is not None), "")


MARKET_ACTIONS = (
    "advance",
    "wait_for",
    "phase",
    "halt",
    "resume",
    "open_auction",
    "close_auction",
    "end_of_day",
    "bust",
    "correct",
    "reference_price",
    "operate",
)
"""Actions about the venue's day and clock."""

ACCOUNT_ACTIONS = (
    "deposit",
    "withdraw",
    "holdings",
    "limits",
    "stop_loss",
    "corporate_action",
    "clearing_rules",
)
"""Actions about money, shares and risk."""

ACTIONS = (
    "logon",
    "logout",
    "disconnect",
    "send",
    "buy",
    "sell",
    "sell_short",
    "cancel",
    "replace",
    "status",
    "mass_cancel",
    "mass_status",
    "expect",
    "expect_none",
    "assert_",
    *MARKET_ACTIONS,
    *ACCOUNT_ACTIONS,
)


def alias_of(action: str) -> str:
    """How a scenario writes the name of an action: `assert_` is `assert`."""
    return action.rstrip("_")
