"""The operator's hands on accounts: each operation is one command, read from text into the venue's integers.

The command desk carries them out. What may be posted, and which limits make sense, is the core's to say, by
`CommandRefused`; here is refused only what cannot be read.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from http import HTTPStatus
from typing import assert_never

import msgspec
from msgspec.structs import replace

from exchange import commands
from exchange.clearing.obligations import Obligation
from exchange.events import CommandRefused, Event
from exchange.postings import Bucket, TransferKind
from exchange.reference.clearing_rules import ActionKind, ClearingRules, CorporateAction
from exchange.reference.instruments import Instrument
from exchange.reference.limits import LimitScope, RiskLimits, Shorting, StopLoss
from exchange.reference.money import money_text, parse_money
from exchange.reference.units import INTEGER_DIGITS_MAX, parse_decimal
from exchange.rejections import RejectReason
from exchange.venue import Venue
from gateway.audit import AuditEntry
from gateway.command_desk import CommandDesk
from gateway.http.account_views import (
    DUE_SHOWN_MAX,
    AccountOperation,
    AccountOutcome,
    AccountView,
    AnnounceAction,
    BalanceView,
    CorrectHoldings,
    Deposit,
    DueView,
    LimitsView,
    PositionView,
    SetClearing,
    SetLimits,
    SetStop,
    SettlementView,
    Withdraw,
)
from gateway.http.problems import Problem
from gateway.http.refusals import refusal_problem

_MONEY_LIMITS = ("credit_limit", "max_order_value", "loss_limit")
_PLAIN_LIMITS = (
    "max_order_quantity",
    "price_tolerance_basis_points",
    "orders_per_second",
    "position_limit",
    "position_share_basis_points",
    "long_sell_may_short",
    "short_margin_basis_points",
)


class AccountDesk:
    """What operators see of accounts, and do to them. `record` writes the audit log."""

    def __init__(
        self,
        venue: Venue,
        commands_desk: CommandDesk,
        record: Callable[[AuditEntry], Awaitable[None]],
    ) -> None:
        self._venue = venue
        self._commands = commands_desk
        self._record = record

    async def carry_out(self, name: str, operation: AccountOperation, who: str) -> AccountOutcome:
        """Does it and records who did. Raises `Problem`: the reason's name, and field and rule in words."""
        events: Sequence[Event] = ()
        reference, problem = "", None
        try:
            command = self._command(operation)
            reference = _reference_of(command)
            events = await self._commands.carry_out(command)
            problem = next((_problem(event) for event in events if isinstance(event, CommandRefused)), None)
        except Problem as found:
            problem = found
        await self._record(
            AuditEntry(
                who=who,
                action=name,
                session="",
                asked={**msgspec.to_builtins(operation), **({"reference": reference} if reference else {})},
                outcome="done" if problem is None else f"refused: {problem.detail}",
                before={},
                after={},
            )
        )
        if problem is not None:
            raise problem
        tags = Counter(str(type(event).__struct_config__.tag) for event in events)
        return AccountOutcome(events[-1].number if events else 0, reference, dict(tags))

    def account(self, name: str) -> AccountView:
        """One account. Raises `Problem` for one that is not there."""
        venue = self._venue
        known = venue.accounts.get(name)
        if known is None:
            raise Problem(HTTPStatus.NOT_FOUND, RejectReason.UNKNOWN_ACCOUNT, f"No account is called {name}.")
        clearing = venue.clearing
        names = {(LimitScope.ACCOUNT, name), (LimitScope.FIRM, known.firm), (LimitScope.USER, known.user)}
        return AccountView(
            account=name,
            name=known.name,
            firm=known.firm,
            user=known.user,
            is_cleared=known.is_cleared,
            as_of=venue.last_event,
            balances=[self._balance(name, asset) for asset in clearing.ledger.assets(name)],
            positions=[
                PositionView(symbol, one.quantity, money_text(one.cost), money_text(one.realised))
                for symbol, one in clearing.positions.of(name).items()
            ],
            due=[_due(name, symbol, due, one) for due, symbol, one in clearing.obligations.of(name)],
            limits=[_limits(scope, of, symbol, one) for scope, of, symbol, one in venue.limits if (scope, of) in names],
        )

    def limits(self) -> list[LimitsView]:
        """All limits in force."""
        return [_limits(scope, name, symbol, one) for scope, name, symbol, one in self._venue.limits]

    def settlement(self) -> SettlementView:
        """What is still to settle."""
        venue = self._venue
        clearing, rules = venue.clearing, venue.settlement.rules
        markets = sorted({one.market for one in venue.instruments.values()})
        due = clearing.obligations.due(_FAR_DATE)
        return SettlementView(
            partial_settlement=rules.settles_partially,
            buy_in_after_days=rules.buy_in_after,
            days={market: clearing.days.date_of(market) for market in markets},
            due=[_due(account, symbol, date, one) for (date, account, symbol), one in due[:DUE_SHOWN_MAX]],
            due_count=len(due),
        )

    def _balance(self, account: str, asset: str) -> BalanceView:
        ledger = self._venue.clearing.ledger
        text = str if asset in self._venue.instruments else money_text
        return BalanceView(
            asset=asset,
            **{bucket.name.lower(): text(ledger.balance(account, asset, bucket)) for bucket in Bucket},
            traded=text(ledger.traded(account, asset)),
            settled=text(ledger.settled(account, asset)),
        )

    def _command(self, operation: AccountOperation) -> commands.Command:
        match operation:
            case Deposit(cost=cost):
                return self._transfer(operation, TransferKind.DEPOSIT, _money("cost", cost))
            case Withdraw():
                return self._transfer(operation, TransferKind.WITHDRAWAL, 0)
            case CorrectHoldings():
                return self._holdings(operation)
            case SetLimits():
                return self._set_limits(operation)
            case SetStop():
                return self._stop(operation)
            case AnnounceAction():
                return commands.AnnounceCorporateAction(_action(operation))
            case SetClearing(partial_settlement=partial, buy_in_after_days=days):
                rules = self._venue.settlement.rules
                partial = rules.settles_partially if partial is None else partial
                days = rules.buy_in_after if days is None else days
                return commands.SetClearingRules(ClearingRules(partial, days, rules.lends_shares))
            case _:
                assert_never(operation)

    def _transfer(self, operation: Deposit | Withdraw, kind: TransferKind, cost: int) -> commands.Transfer:
        asset, text = operation.asset, operation.amount
        amount = _shares(text) if asset in self._venue.instruments else _money("amount", text)
        reference = operation.reference or _new_reference(kind.value)
        return commands.Transfer(operation.account, kind, asset, amount, reference, cost, operation.reason)

    def _holdings(self, operation: CorrectHoldings) -> commands.SetHoldings:
        holdings = tuple(
            # Of an instrument that is not listed the core says so: its price has no scale.
            commands.Holding(one.symbol, one.quantity, _price(one.price, self._venue.instruments.get(one.symbol)))
            for one in operation.holdings
        )
        reference = operation.reference or _new_reference("holdings")
        return commands.SetHoldings(operation.account, holdings, reference, operation.reason)

    def _set_limits(self, operation: SetLimits) -> commands.SetRiskLimits:
        scope, name, symbol = operation.scope, operation.name, operation.symbol
        if operation.remove:
            return commands.SetRiskLimits(scope, name, None, symbol)
        changed: dict[str, object] = {
            key: value for key in _PLAIN_LIMITS if (value := getattr(operation, key)) is not None
        }
        changed |= {key: _money(key, text) for key in _MONEY_LIMITS if (text := getattr(operation, key)) is not None}
        if operation.funded is not None:
            changed["is_funded"] = operation.funded
        if operation.shorting is not None:
            changed["shorting"] = Shorting[operation.shorting.upper()]
        limits = self._venue.limits.get(scope, name, symbol) or RiskLimits()
        return commands.SetRiskLimits(scope, name, replace(limits, **changed), symbol)

    def _stop(self, operation: SetStop) -> commands.SetStopLoss:
        if operation.remove:
            return commands.SetStopLoss(operation.account, operation.symbol, None)
        instrument = self._venue.instruments.get(operation.symbol)
        price = 0 if operation.price is None else _price(operation.price, instrument)
        stop = StopLoss(price, operation.distance_basis_points, operation.trailing)
        return commands.SetStopLoss(operation.account, operation.symbol, stop)


_FAR_DATE = 99_991_231
"""Later than everything that is due."""


def _action(operation: AnnounceAction) -> CorporateAction:
    return CorporateAction(
        action_id=operation.action_id or _new_reference(operation.kind.replace(" ", "-")),
        kind=ActionKind(operation.kind),
        symbol=operation.symbol,
        ex_date=_date(operation.ex_date),
        numerator=operation.numerator or 0,
        denominator=operation.denominator or 0,
        amount=0 if operation.amount is None else _money("amount", operation.amount),
        new_symbol=operation.new_symbol,
    )


def _due(account: str, symbol: str, due: int, one: Obligation) -> DueView:
    return DueView(account, symbol, due, one.shares, money_text(one.cash), one.attempts)


def _limits(scope: LimitScope, name: str, symbol: str, limits: RiskLimits) -> LimitsView:
    return LimitsView(
        scope=scope.value,
        name=name,
        symbol=symbol,
        funded=limits.is_funded,
        shorting=limits.shorting.name.lower(),
        credit_limit=money_text(limits.credit_limit),
        max_order_value=money_text(limits.max_order_value),
        loss_limit=money_text(limits.loss_limit),
        **{key: getattr(limits, key) for key in _PLAIN_LIMITS},
    )


def _problem(event: CommandRefused) -> Problem:
    return refusal_problem(event.reason, event.field, event.text)


def _reference_of(command: commands.Command) -> str:
    if isinstance(command, commands.Transfer | commands.SetHoldings):
        return command.reference
    return command.action.action_id if isinstance(command, commands.AnnounceCorporateAction) else ""


def _new_reference(what: str) -> str:
    return f"{what} {secrets.token_hex(8)}"


def _shares(text: str) -> int:
    shares = parse_decimal(text, 0)
    if shares is None:
        raise _unreadable("amount", f"{text} is not a whole number of shares of at most {INTEGER_DIGITS_MAX} digits")
    return shares


def _money(field: str, text: str) -> int:
    amount = parse_money(text)
    if amount is None:
        raise _unreadable(field, f"{text} is not a decimal number of at most 6 digits behind the point, such as 100.50")
    return amount


def _price(text: str, instrument: Instrument | None) -> int:
    if instrument is None:
        return 0
    price = instrument.scale.parse(text)
    if price is None:
        raise _unreadable(
            "price", f"{text} is not a decimal of at most {instrument.price_digits} digits behind the point"
        )
    return price


def _date(text: str) -> int:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise _unreadable("ex_date", f"{text} is not a date such as 2026-03-06") from None
    return found.year * 10_000 + found.month * 100 + found.day


def _unreadable(field: str, rule: str) -> Problem:
    errors = [{"field": field, "rule": rule, "value": rule.partition(" ")[0]}]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "INVALID_FIELD", f"{field} {rule}.", errors=errors)
