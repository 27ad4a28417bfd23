"""A floor of cleared accounts for tests of risk: limits and stops by their names, money as text, events as lines.

ALICE and ALAN are of user ann and firm F; BOB and CAROL belong to nobody and trade with one another. What the ledger
and the book say is left out of the lines.
"""

from __future__ import annotations

from exchange.clearing_events import (
    FillCleared,
    FillRecleared,
    ObligationSettled,
    PositionChanged,
    Posted,
    Reserved,
    RiskLimitsSet,
    SettlementDayOpened,
    SettlementFailed,
    ShortSaleRestricted,
    StopLossSet,
    StopLossTriggered,
)
from exchange.commands import Command, OpenSettlementDay, SetRiskLimits, SetStopLoss, Transfer
from exchange.events import (
    AuctionHeld,
    ClosingPriceSet,
    Event,
    IndicativeChanged,
    LevelChanged,
    OrderFilled,
    PhaseChanged,
    Traded,
)
from exchange.orders import ShortSale
from exchange.postings import TransferKind
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.limits import LimitScope, RiskLimits, StopLoss
from exchange.reference.money import parse_money
from exchange.reference.units import MAX_SCALE
from tests.exchange.event_lines import price_text, text_of
from tests.exchange.market import ACME, Market, buy, sell, units

FIRM, USER, ACCOUNT, INSTRUMENT = LimitScope.FIRM, LimitScope.USER, LimitScope.ACCOUNT, LimitScope.INSTRUMENT

SHORT, EXEMPT = ShortSale.SHORT, ShortSale.EXEMPT

_UNTOLD = (
    FillCleared, FillRecleared, Posted, Reserved, PositionChanged, LevelChanged, OrderFilled, Traded, PhaseChanged,
    SettlementDayOpened, ObligationSettled, SettlementFailed, IndicativeChanged, AuctionHeld, ClosingPriceSet,
)  # fmt: skip


def money(text: str) -> int:
    """An amount in units of money."""
    amount = parse_money(text)
    assert amount is not None, f"{text}, {MAX_SCALE} digits at most"
    return amount


def limit(scope: LimitScope, name: str, symbol: str = "", **limits: object) -> SetRiskLimits:
    """Limits by their names; none at all takes them away. Text is money."""
    stated = {field: money(value) if isinstance(value, str) else value for field, value in limits.items()}
    return SetRiskLimits(scope, name, RiskLimits(**stated) if stated else None, symbol)  # type: ignore[arg-type]


def protect(account: str, price: str = "", *, basis_points: int = 0, is_trailing: bool = False) -> SetStopLoss:
    """A stop for a position in ACME."""
    stop = StopLoss(units(price) if price else 0, basis_points, is_trailing)
    return SetStopLoss(account, "ACME", stop)


class Floor(Market):
    """The venue, and what it answers."""

    def __init__(self, instrument: Instrument = ACME, *accounts: Account) -> None:
        members = [Account(name, name, "F", user="ann", is_cleared=True) for name in ("ALICE", "ALAN")]
        others = [Account(name, name, is_cleared=True) for name in ("BOB", "CAROL")]
        super().__init__(instrument, *members, *others, *accounts)
        self._given = 0

    def do(self, *commands: Command) -> list[str]:
        """What the last of some commands did, one line for each event that is told here."""
        lines: list[str] = []
        for command in commands:
            lines = [line_of(event) for event in self.apply(command) if not isinstance(event, _UNTOLD)]
        return lines

    def name(self) -> str:
        """An identifier of its own."""
        self._given += 1
        return f"X{self._given}"

    def give(self, account: str, amount: int | str, asset: str = "") -> list[str]:
        """Shares of ACME, or money as text."""
        is_money = isinstance(amount, str)
        asset = asset or ("USD" if is_money else "ACME")
        of = money(amount) if isinstance(amount, str) else amount
        return self.do(Transfer(account, TransferKind.DEPOSIT, asset, of, self.name()))

    def trade(self, price: str, quantity: int = 10, buyer: str = "BOB", seller: str = "CAROL") -> list[str]:
        """One of them sells to the other; what the trade brings about."""
        self.do(sell(self.name(), quantity, price, account=seller))
        return self.do(buy(self.name(), quantity, price, account=buyer))[1:]

    def open_day(self, date: int, market: str = "") -> list[str]:
        """A business day begins."""
        return self.do(OpenSettlementDay(market, date, (date + 1, date + 2)))


def line_of(event: Event) -> str:
    """An event as a line."""
    match event:
        case RiskLimitsSet():
            return f"limits of {event.scope.value} {event.name}" + ("" if event.limits else " gone")
        case StopLossSet():
            where = f"at {price_text(event.price)}" if event.stop else "gone"
            return f"stop of {event.account} {event.symbol} {where}"
        case StopLossTriggered():
            prices = f"{price_text(event.price)} at {price_text(event.last_price)}"
            return f"stop of {event.account} {event.symbol} {prices}: {event.quantity}"
        case ShortSaleRestricted():
            return f"short sales of {event.symbol} {'restricted' if event.is_restricted else 'free'}"
        case _:
            return text_of(event)
