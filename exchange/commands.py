"""What can be asked of the venue. A command is a frozen value; the journal holds every one that was ever applied.

Fields are integers and identifiers only: text of prices and quantities is read before a command is made. The order of
fields and the tags are the journal's format: new fields go to the end with a default, none is ever removed.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from exchange.orders import OrderConditions, OrderType, ShortSale, Side, TimeInForce
from exchange.phases import Phase
from exchange.postings import TransferKind
from exchange.reasons import BlockScope, RestatementReason
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import ClearingRules, CorporateAction
from exchange.reference.instruments import SECOND, Instrument
from exchange.reference.limits import LimitScope, RiskLimits, StopLoss
from exchange.rejections import RejectReason


class ListInstrument(Struct, frozen=True, gc=False, array_like=True, tag="instrument"):
    """Lists an instrument, or gives a listed one new rules.

    Resting orders stay as they are; so must `price_digits`, or their prices would mean something else.
    """

    instrument: Instrument


class OpenAccount(Struct, frozen=True, gc=False, array_like=True, tag="account"):
    """Opens an account, or renames an open one."""

    account: Account


class EnterOrder(Struct, frozen=True, gc=False, array_like=True, tag="enter"):
    """A new order. Its identity is (session, cl_ord_id)."""

    session: str
    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: int
    price: int
    conditions: OrderConditions | None = None


class RefuseOrder(Struct, frozen=True, gc=False, array_like=True, tag="refuse"):
    """A new order that could not be read into integers. It is journaled like any other, so its refusal is an event.

    Quantity and price are 0 where they could not be read.
    """

    order: EnterOrder
    reason: RejectReason
    field: str
    text: str
    stated: dict[str, str] = {}
    """By field of `EnterOrder`: what the owner wrote where the venue has no word or number for it."""


class CancelOrder(Struct, frozen=True, gc=False, array_like=True, tag="cancel"):
    """Takes what is left of an open order out of the book."""

    session: str
    cl_ord_id: str
    """The request's own identifier."""
    orig_cl_ord_id: str
    """The order's present identifier; empty where `order_id` names the order."""
    symbol: str
    side: Side
    order_id: int = 0
    """The venue's number of the order; looked at only where `orig_cl_ord_id` is empty."""
    account: str = ""
    """Where it is named, it must be the order's."""
    short_sale: ShortSale | None = None
    """Where it is named, it must be the order's; a sale of which nothing is said may be any."""


class ReplaceOrder(Struct, frozen=True, gc=False, array_like=True, tag="replace"):
    """Gives an open order new quantity and price. Side, symbol, account and type stay."""

    session: str
    cl_ord_id: str
    orig_cl_ord_id: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: int
    """The new total, what is already filled included."""
    price: int
    order_id: int = 0
    """As in `CancelOrder`."""
    conditions: OrderConditions | None = None
    """The new conditions; None where the order's stay. Group, quote, self-trade prevention and short sale stay in any
    case."""
    account: str = ""
    """As in `CancelOrder`."""
    short_sale: ShortSale | None = None
    """As in `CancelOrder`."""


class RefuseAmendment(Struct, frozen=True, gc=False, array_like=True, tag="refuse-amendment"):
    """A cancel or replace that could not be read into integers."""

    session: str
    cl_ord_id: str
    orig_cl_ord_id: str
    is_replace: bool
    reason: RejectReason
    field: str
    text: str
    order_id: int = 0
    """As in `CancelOrder`."""


class MassCancel(Struct, frozen=True, gc=False, array_like=True, tag="mass-cancel"):
    """Takes all open orders of a session out of the books, or those of a symbol, a side, an account."""

    session: str
    cl_ord_id: str
    """The request's own identifier."""
    symbol: str = ""
    """Only orders in this instrument; empty for all."""
    side: Side | None = None
    """Only orders of this side; None for both."""
    account: str = ""
    """Only orders for this account; empty for all."""
    market: str | None = None
    """Only orders in instruments of this market; None for all."""
    is_mass_action: bool = False
    """Asked for as one of the mass actions; the answer says so."""


class RefuseMassCancel(Struct, frozen=True, gc=False, array_like=True, tag="refuse-mass-cancel"):
    """A mass cancel that asks for something the venue does not offer."""

    request: MassCancel
    reason: RejectReason
    field: str
    text: str
    stated: dict[str, str] = {}
    """By field: what the owner wrote where the venue has no word for it."""


class CancelOnDisconnect(Struct, frozen=True, gc=False, array_like=True, tag="cancel-on-disconnect"):
    """The line of a session broke, and did not come back in time: its orders and quotes go, as it has agreed."""

    session: str
    is_everything: bool
    """False: only orders that ask for it themselves, and quotes."""
    keeps_good_till: bool = True
    """Whether good-till-cancel and good-till-date orders stay, unless they ask for it themselves."""


class QuoteEntry(Struct, frozen=True, gc=False, array_like=True):
    """Both sides of a quote in one instrument; a quantity of 0 is a side that is not quoted."""

    entry_id: str
    symbol: str
    bid_price: int
    bid_quantity: int
    ask_price: int
    ask_quantity: int


class EnterQuotes(Struct, frozen=True, gc=False, array_like=True, tag="quotes"):
    """New two-sided quotes of an account; each takes the place of the account's quote in that instrument."""

    session: str
    quote_id: str
    account: str
    entries: tuple[QuoteEntry, ...]
    is_mass: bool = False
    """Whether it came as a mass quote; the answer says so."""


class CancelQuotes(Struct, frozen=True, gc=False, array_like=True, tag="cancel-quotes"):
    """Withdraws quotes of a session: those of a symbol, of an account, of a quote, or all."""

    session: str
    request_id: str
    symbol: str = ""
    account: str = ""
    quote_id: str = ""


class PlannedPhase(Struct, frozen=True, gc=False, array_like=True):
    """One row of a day's timetable."""

    at: int
    """When the phase begins, nanoseconds since 1970 UTC. An auction before it ends by its own rules."""
    phase: Phase


class BreakerRules(Struct, frozen=True, gc=False, array_like=True):
    """When a whole market is halted, because its instruments fall together (US: 7, 13 and 20 %).

    The fall is the mean over the market's instruments of last price to day's reference price. 0 basis points: no such
    level.
    """

    first_basis_points: int = 700
    second_basis_points: int = 1_300
    final_basis_points: int = 2_000
    """From here on the market is halted for the rest of the day."""
    halt_duration: int = 900 * SECOND
    """After the first and the second level, each once a day; an auction follows."""
    spared_before_close: int = 2_100 * SECOND
    """In so many nanoseconds before the close only the final level halts (US: from 15:25 on)."""


class OpenDay(Struct, frozen=True, gc=False, array_like=True, tag="open-day"):
    """A trading day of a market begins: its timetable, and the seed of all that is random in it.

    Good-till orders are restated, those of a date gone by expire, and the reference price is the last closing price.
    """

    market: str
    date: int
    """As year, month and day: 20240621."""
    phases: tuple[PlannedPhase, ...]
    """In order of time; the last one is when the day is over."""
    seed: int = 0
    breaker: BreakerRules | None = None
    """None: nothing halts the whole market."""


class ChangePhase(Struct, frozen=True, gc=False, array_like=True, tag="phase"):
    """An operator moves an instrument, or a whole market, to a phase now; the timetable goes on from there."""

    phase: Phase
    symbol: str = ""
    """Empty: all instruments of the market."""
    market: str = ""
    reason: str = ""


class AdvanceTime(Struct, frozen=True, gc=False, array_like=True, tag="time"):
    """Nothing but the time: what has fallen due by then happens. The sequencer's clock submits it."""


class SetReferencePrice(Struct, frozen=True, gc=False, array_like=True, tag="reference-price"):
    """An operator sets where bands, collars and auctions of an instrument are measured from."""

    symbol: str
    price: int


class CancelForOwner(Struct, frozen=True, gc=False, array_like=True, tag="cancel-for-owner"):
    """An operator takes an order out of the market, without its owner having asked."""

    order_id: int
    reason: str = ""


class RestateOrder(Struct, frozen=True, gc=False, array_like=True, tag="restate"):
    """An operator gives an order another total quantity or price, without its owner having asked."""

    order_id: int
    quantity: int
    price: int
    reason: RestatementReason


class FinishForDay(Struct, frozen=True, gc=False, array_like=True, tag="finish-for-day"):
    """An operator is done with an order for today: a day order ends, a good-till order comes back with the next day."""

    order_id: int
    reason: str = ""


class BlockTrading(Struct, frozen=True, gc=False, array_like=True, tag="block"):
    """The kill switch: a session, account or firm may not enter orders, and its open ones are canceled. Or it may."""

    scope: BlockScope
    name: str
    is_blocked: bool
    reason: str = ""


class BustTrade(Struct, frozen=True, gc=False, array_like=True, tag="bust"):
    """An operator declares that a trade never was."""

    trade_id: int
    reason: str = ""


class CorrectTrade(Struct, frozen=True, gc=False, array_like=True, tag="correct"):
    """An operator gives a trade another price, or a smaller quantity."""

    trade_id: int
    price: int
    quantity: int
    reason: str = ""


class Transfer(Struct, frozen=True, gc=False, array_like=True, tag="transfer"):
    """Money or shares come to an account from the house, or go back to it."""

    account: str
    kind: TransferKind
    asset: str
    """A currency, or the symbol of an instrument."""
    amount: int
    """Units of money or shares. Of a deposit, withdrawal or opening balance more than 0; of a correction any but 0:
    less than 0 takes away."""
    reference: str
    """Unique for ever: a transfer is posted once, however often it is sent."""
    cost: int = 0
    """Of shares: what they are taken to have cost, altogether. Units of money."""
    reason: str = ""


class Holding(Struct, frozen=True, gc=False, array_like=True):
    """How many shares of an instrument an account shall have."""

    symbol: str
    quantity: int
    price: int
    """What each is taken to have cost, in units of the instrument's price scale."""


class SetHoldings(Struct, frozen=True, gc=False, array_like=True, tag="holdings"):
    """Corrects an account's positions: the differences are posted against the house. What is not named stays."""

    account: str
    holdings: tuple[Holding, ...]
    reference: str
    """As in `Transfer`."""
    reason: str = ""


class SetRiskLimits(Struct, frozen=True, gc=False, array_like=True, tag="limits"):
    """Gives a firm, user, account or instrument its limits, or takes them away."""

    scope: LimitScope
    name: str
    limits: RiskLimits | None
    """None: no limits of this scope any more."""
    symbol: str = ""
    """Only for orders in this instrument, besides those for all; empty: for all. Of an instrument scope empty."""


class SetStopLoss(Struct, frozen=True, gc=False, array_like=True, tag="stop-loss"):
    """Sets, moves or removes the protective stop of a position."""

    account: str
    symbol: str
    stop: StopLoss | None


class SetClearingRules(Struct, frozen=True, gc=False, array_like=True, tag="clearing-rules"):
    """How the clearing house deals with fails from now on."""

    rules: ClearingRules


class OpenSettlementDay(Struct, frozen=True, gc=False, array_like=True, tag="settlement-day"):
    """A business day of a market begins for clearing: corporate actions are done, and what is due is settled.

    Trades of its instruments from now on are of this date. The clock submits it before the market's `OpenDay`.
    """

    market: str
    """Empty: of the instruments that follow no market's timetable."""
    date: int
    """As year, month and day: 20240621."""
    next_dates: tuple[int, ...]
    """The business days that follow, at least as many as any instrument's `settlement_days`."""


class AnnounceCorporateAction(Struct, frozen=True, gc=False, array_like=True, tag="corporate-action"):
    """A company's action, done at its ex date; at once when that has come already."""

    action: CorporateAction


Command: TypeAlias = (
    ListInstrument
    | OpenAccount
    | EnterOrder
    | RefuseOrder
    | CancelOrder
    | ReplaceOrder
    | RefuseAmendment
    | MassCancel
    | RefuseMassCancel
    | CancelOnDisconnect
    | EnterQuotes
    | CancelQuotes
    | OpenDay
    | ChangePhase
    | AdvanceTime
    | SetReferencePrice
    | CancelForOwner
    | RestateOrder
    | FinishForDay
    | BlockTrading
    | BustTrade
    | CorrectTrade
    | Transfer
    | SetHoldings
    | SetRiskLimits
    | SetStopLoss
    | SetClearingRules
    | OpenSettlementDay
    | AnnounceCorporateAction
)


def request_of(command: Command) -> Command:
    """What was asked for: of a refusal the request that it is about, where it holds it whole."""
    if isinstance(command, RefuseOrder):
        return command.order
    return command.request if isinstance(command, RefuseMassCancel) else command
