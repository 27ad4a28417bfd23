"""What the tables of money, shares and candles must hold, worked out one event at a time, by column name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from exchange.clearing_events import (
    CorporateActionAnnounced,
    CorporateActionDone,
    FillCleared,
    FillRecleared,
    ObligationSettled,
    PositionChanged,
    Posted,
    Reserved,
    RiskLimitsSet,
    SettlementDayOpened,
    SettlementFailed,
    StopLossSet,
    StopLossTriggered,
)
from exchange.events import Event
from exchange.orders import Side
from exchange.postings import PostingCause
from exchange.reference.limits import RiskLimits, StopLoss
from exchange.store.texts import what_differs

Rows: TypeAlias = dict[Any, dict[str, Any]]

MINUTE = 60_000_000_000


def enter(found: dict[str, Rows], event: Event) -> None:
    """Changes the ledger's tables as one event says."""
    match event:
        case FillCleared() | FillRecleared():
            _enter_fill(found["fills"], event)
            _enter_position(found, event)
            cause = PostingCause.TRADE if isinstance(event, FillCleared) else event.cause
            _post(found, event, cause.value, str(event.trade_id), "")
        case Reserved():
            _post(found, event, "reservation", str(event.order_id), "")
        case Posted():
            _post(found, event, event.cause.value, event.reference, event.text)
        case PositionChanged():
            _enter_position(found, event)
        case ObligationSettled():
            state = "PARTIAL" if event.left_shares or event.left_cash else "SETTLED"
            row = _named(event, "account", "symbol", "due", "date", "shares", "cash", "left_shares", "left_cash", "at")
            found["settlements"][event.number] = row | {"state": state, "attempts": 0, "text": ""}
            _post(found, event, "settlement", event.symbol, "")
        case SettlementFailed():
            row = _named(event, "account", "symbol", "due", "date", "shares", "cash", "attempts", "text", "at")
            left = {"left_shares": event.shares, "left_cash": event.cash, "state": "FAILED"}
            found["settlements"][event.number] = row | left
        case SettlementDayOpened(number, at, market, date):
            day = {"market": market, "date": date, "event": number, "at": at}
            found["settlement_days"][market, date] = day
        case CorporateActionAnnounced(number, at, action) | CorporateActionDone(number, at, action):
            row = {name: getattr(action, name) for name in action.__struct_fields__} | {"kind": action.kind.value}
            state = "DONE" if isinstance(event, CorporateActionDone) else "ANNOUNCED"
            found["corporate_actions"][action.action_id] = row | {"state": state, "event": number, "changed_at": at}
        case RiskLimitsSet(number, at, scope, name, limits, symbol):
            text = "" if limits is None else what_differs(limits, RiskLimits()) or "{}"
            row = {"scope": scope.value, "name": name, "symbol": symbol, "limits": text}
            found["risk_limits"][scope.value, name, symbol] = row | {"event": number, "changed_at": at}
        case StopLossSet() | StopLossTriggered():
            row = _named(event, "account", "symbol", "price") | {
                "changed_at": event.at,
                "state": "TRIGGERED",
                "stop": "",
            }
            if isinstance(event, StopLossSet):
                row["state"] = "SET" if event.stop else "GONE"
                row["stop"] = what_differs(event.stop, StopLoss()) if event.stop else ""
            found["stop_losses"][event.account, event.symbol] = row
        case _:
            pass


def naive_candles(trades: Rows) -> Rows:
    """The candles of every span, of the trades as they are in the end."""
    candles: Rows = {}
    for trade in sorted(trades.values(), key=lambda row: int(row["trade_id"])):
        for minutes in (1, 5, 60, 1_440):
            start = trade["at"] // (minutes * MINUTE) * minutes * MINUTE
            key = (trade["symbol"], minutes * 60, start)
            names = ("open", "high", "low", "close", "quantity", "trades")
            candle = candles.setdefault(
                key,
                dict(zip(("symbol", "seconds", "start"), key, strict=True))
                | dict.fromkeys(names, 0)
                | {"first_trade_id": trade["trade_id"]},
            )
            candle["last_trade_id"] = trade["trade_id"]
            if trade["state"] == "BUSTED":
                continue
            price = trade["price"]
            if not candle["trades"]:
                candle |= {"open": price, "high": price, "low": price}
            candle |= {"high": max(candle["high"], price), "low": min(candle["low"], price), "close": price}
            candle |= {"quantity": candle["quantity"] + trade["quantity"], "trades": candle["trades"] + 1}
    return candles


def naive_balances(postings: Iterable[dict[str, Any]]) -> tuple[Rows, Rows]:
    """The tables `balances` and `daily_balances`, added up from all postings."""
    lines = [line for line in postings if not line["account"].startswith("~")]
    keys = {(line["account"], line["asset"], line["bucket"]) for line in lines}
    days = {(*key, line["date"]) for line in lines for key in [(line["account"], line["asset"], line["bucket"])]}

    def total(account: str, asset: str, bucket: str, until: int = 99_999_999) -> int:
        return sum(
            line["amount"]
            for line in lines
            if (line["account"], line["asset"], line["bucket"]) == (account, asset, bucket) and line["date"] <= until
        )

    names = ("account", "asset", "bucket", "date")
    balances = {key: dict(zip(names, key, strict=False)) | {"amount": total(*key)} for key in keys}
    daily = {day: dict(zip(names, day, strict=True)) | {"closing": total(*day)} for day in days}
    return balances, daily


def _enter_fill(fills: Rows, event: FillCleared | FillRecleared) -> None:
    fill_id = 2 * event.trade_id + (1 if event.side == Side.SELL else 0)
    told = ("trade_id", "order_id", "account", "symbol", "quantity", "price", "amount", "fee", "settles_on")
    row = _named(event, *told) | {"fill_id": fill_id, "side": event.side.name, "changed_at": event.at}
    if isinstance(event, FillCleared):
        fills[fill_id] = row | {"date": event.date, "at": event.at, "state": "DONE"}
    else:
        fills[fill_id] |= row | {"state": "BUSTED" if event.cause is PostingCause.BUST else "CORRECTED"}


def _enter_position(found: dict[str, Rows], event: FillCleared | FillRecleared | PositionChanged) -> None:
    row = _named(event, "account", "symbol", "cost", "realised")
    row |= {"quantity": event.position, "changed_at": event.at}
    found["stock_positions"][event.account, event.symbol] = row


def _post(
    found: dict[str, Rows],
    event: FillCleared | FillRecleared | Posted | Reserved | ObligationSettled,
    cause: str,
    reference: str,
    text: str,
) -> None:
    for line, posting in enumerate(event.postings):
        row = _named(event, "date", "at") | {"line": line, "bucket": posting.bucket.name, "cause": cause}
        row |= {name: getattr(posting, name) for name in ("account", "asset", "amount")}
        found["postings"][event.number, line] = row | {"reference": reference, "text": text}


def _named(event: Event, *names: str) -> dict[str, Any]:
    return {"event": event.number} | {name: getattr(event, name) for name in names}
