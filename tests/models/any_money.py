"""Commands of every kind about money: transfers, holdings, limits, stops, settlement days and companies' actions.

Amounts are about what a few orders of `random_orders` are worth, so that accounts run out of them. `AnyCommands` mixes
them with everything else; what they name is mostly there.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from exchange.commands import (
    AnnounceCorporateAction,
    Command,
    Holding,
    OpenSettlementDay,
    SetClearingRules,
    SetHoldings,
    SetRiskLimits,
    SetStopLoss,
    Transfer,
)
from exchange.orders import ShortSale
from exchange.postings import TransferKind
from exchange.reference.clearing_rules import ActionKind, ClearingRules, CorporateAction, FeeSchedule
from exchange.reference.limits import LimitScope, RiskLimits, Shorting, StopLoss
from exchange.venue import Venue
from tests.models.random_orders import ACCOUNTS, MIDDLE

CURRENCIES = {"ACME": "USD", "BETA": "USD", "COIN": "EUR", "DUST": "USD"}
DIGITS = {"ACME": 2, "BETA": 2, "COIN": 7, "DUST": 2}
"""Of prices: those of COIN have more than amounts have."""

SHARE_WORTH = {"USD": 10_000_000, "EUR": 100}
"""About what a share costs, in units of money."""

FIRST_DATE = 20240101
FIRMS, USERS = ("F", "G"), ("Ann", "Bob")
NAMES = {
    LimitScope.FIRM: FIRMS,
    LimitScope.USER: USERS,
    LimitScope.ACCOUNT: tuple(account.account_id for account in ACCOUNTS),
    LimitScope.INSTRUMENT: tuple(CURRENCIES),
}
ENOUGH = 30
"""Shares, or the money for them, that an account has at first."""


class AnyMoney:
    """Makes commands for a venue, which it looks at."""

    def __init__(self, random: Random, venue: Venue) -> None:
        self._random = random
        self._venue = venue
        self._references = 0
        self.makers: dict[Callable[[], Command], int] = {
            self._transfer: 14, self._holdings: 5, self._limits: 12, self._stop_loss: 8, self._rules: 2,
            self._settlement_day: 8, self._action: 3,
        }  # fmt: skip

    def opening(self) -> list[Command]:
        """Gives every account something, and makes most of them need it."""
        commands: list[Command] = []
        for account in ACCOUNTS:
            name = account.account_id
            for asset in ("USD", "EUR", *CURRENCIES):
                worth = SHARE_WORTH[CURRENCIES[asset]] * ENOUGH if asset in CURRENCIES else 0
                amount = ENOUGH if asset in CURRENCIES else SHARE_WORTH[asset] * ENOUGH
                reference = f"opening of {name} {asset}"
                commands.append(Transfer(name, TransferKind.OPENING, asset, amount, reference, worth))
            if name != ACCOUNTS[-1].account_id:
                commands.append(SetRiskLimits(LimitScope.ACCOUNT, name, RiskLimits(is_funded=True)))
        return commands

    def _transfer(self) -> Command:
        random = self._random
        kind = random.choice(tuple(TransferKind))
        asset = random.choice(("USD", "USD", "EUR", *CURRENCIES))
        amount = random.randint(1, 20)
        cost = 0
        if asset in CURRENCIES:
            cost = SHARE_WORTH[CURRENCIES[asset]] * amount * random.randrange(3)
        else:
            amount = random.randint(1, 20 * SHARE_WORTH[asset])
        if kind is TransferKind.CORRECTION and random.random() < 0.5:
            amount = -amount
        return Transfer(self._account(), kind, asset, amount, self._reference("T"), cost, random.choice(("", "moved")))

    def _holdings(self) -> Command:
        random = self._random
        held = tuple(
            Holding(symbol, random.randrange(2 * ENOUGH), MIDDLE + random.randint(-20, 20))
            for symbol in random.sample(tuple(CURRENCIES), random.randint(1, 3))
        )
        return SetHoldings(self._account(), held, self._reference("H"), "counted")

    def _limits(self) -> Command:
        random = self._random
        scope = random.choice((*LimitScope, LimitScope.ACCOUNT, LimitScope.ACCOUNT))
        is_narrower = scope is not LimitScope.INSTRUMENT and random.random() < 0.15
        symbol = random.choice(tuple(CURRENCIES)) if is_narrower else ""
        limits = None if random.random() < 0.3 else any_limits(scope if not symbol else None, random)
        return SetRiskLimits(scope, random.choice(NAMES[scope]), limits, symbol)

    def _stop_loss(self) -> Command:
        random = self._random
        symbol = random.choice(tuple(CURRENCIES))
        last = self._venue.books[symbol].last_price or MIDDLE
        is_by_distance = random.random() < 0.5
        stop = StopLoss(
            0 if is_by_distance else last + random.randint(-8, 8),
            random.randint(10, 60) if is_by_distance else 0,
            is_by_distance and random.random() < 0.5,
        )
        return SetStopLoss(self._account(), symbol, None if random.random() < 0.1 else stop)

    def _rules(self) -> Command:
        return SetClearingRules(ClearingRules(self._random.random() < 0.5, self._random.randrange(3)))

    def _settlement_day(self) -> Command:
        market = self._random.choice(("X", "X", "Y", ""))
        date = max(self._venue.clearing.days.date_of(market), FIRST_DATE) + self._random.choice((1, 1, 1, 2))
        return OpenSettlementDay(market, date, (date + 1, date + 2, date + 3))

    def _action(self) -> Command:
        random = self._random
        symbol = random.choice(tuple(CURRENCIES))
        kind = random.choice((ActionKind.SPLIT, ActionKind.CASH_DIVIDEND, ActionKind.CASH_DIVIDEND))
        ex_date = max(self._venue.clearing.days.latest, FIRST_DATE) + random.randint(-1, 3)
        numerator, denominator = random.choice(((2, 1), (1, 2), (3, 2), (1, 10), (10, 1)))
        is_split = kind is ActionKind.SPLIT
        return AnnounceCorporateAction(
            CorporateAction(
                self._reference("C"),
                kind,
                symbol,
                ex_date,
                numerator if is_split else 0,
                denominator if is_split else 0,
                0 if is_split else random.randint(1, SHARE_WORTH[CURRENCIES[symbol]] // 20),
            )
        )

    def _account(self) -> str:
        return self._random.choice(ACCOUNTS).account_id

    def _reference(self, of: str) -> str:
        """A new one; now and then one that was used."""
        self._references += 1
        number = self._references if self._random.random() < 0.97 else self._random.randrange(self._references)
        return f"{of}{number}"


def any_fees(random: Random) -> FeeSchedule | None:
    """What an account pays: nothing, by the share, by the amount, with a least and a most, or less than nothing."""
    return random.choice(
        (
            None,
            FeeSchedule(maker_per_share=5_000, taker_per_share=10_000),
            FeeSchedule(-200, 300, minimum=1_000_000),
            FeeSchedule(100, 300, 3, 7, minimum=20, maximum=2_000_000),
            FeeSchedule(-300, -100),
        )
    )


def any_limits(scope: LimitScope | None, random: Random) -> RiskLimits:
    """Limits of a scope; None: for one instrument only, where nothing is funded."""
    worth = SHARE_WORTH["USD"]
    is_funded = scope is LimitScope.ACCOUNT and random.random() < 0.85
    return RiskLimits(
        is_funded=is_funded,
        credit_limit=random.choice((0, 0, 0, 30 * worth)) if scope is not LimitScope.INSTRUMENT else 0,
        max_order_quantity=random.choice((0, 0, 0, 10)),
        max_order_value=random.choice((0, 0, 0, 10 * worth)),
        price_tolerance_basis_points=random.choice((0, 0, 150)),
        orders_per_second=random.choice((0, 0, 0, 2)),
        position_limit=random.choice((0, 0, 0, 2 * ENOUGH)),
        position_share_basis_points=random.choice((0, 0, 0, 5_000)),
        loss_limit=random.choice((0, 0, 0, worth)),
        shorting=random.choice((*Shorting, Shorting.ALLOWED)),
        long_sell_may_short=random.random() < 0.5,
        short_margin_basis_points=random.choice((5_000, 5_000, 10_000, 0)),
    )


def any_short_sale(random: Random) -> tuple[ShortSale, str]:
    """That a sale is short, and where the shares are borrowed, if it says so."""
    return random.choice(tuple(ShortSale)), random.choice(("", "PRIME"))
