"""The tables of the SQL store, all in one place. Nothing here runs: others open the database and write.

Prices and notionals are integers of the instrument's price scale: 1005 of an instrument with `price_digits` 2 is 10.05.
Amounts of money are integers of six digits behind the point. Times are nanoseconds since 1970 UTC. Sides, types and
states are written as their names (`BUY`, `PARTIALLY_FILLED`), so that a query reads like the rule it asks about.
`event` is the number of the event that last changed the row.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text

from exchange.store.columns import LARGE_KEY, TEXT_LENGTH_MAX, metadata
from exchange.store.identity_tables import api_keys, fix_sessions, login_tokens, portfolios, users
from exchange.store.ledger_tables import (
    balances,
    corporate_actions,
    daily_balances,
    fills,
    postings,
    risk_limits,
    settlement_days,
    settlements,
    stock_positions,
    stop_losses,
)
from exchange.store.trading_tables import accounts, candles, instruments, orders, refused_orders, trades

__all__ = [
    "CHECKPOINT_NAME",
    "HEAD_REVISION",
    "LARGE_KEY",
    "PROJECTED",
    "TEXT_LENGTH_MAX",
    "accounts",
    "api_keys",
    "balances",
    "candles",
    "corporate_actions",
    "daily_balances",
    "fills",
    "fix_sessions",
    "instruments",
    "login_tokens",
    "metadata",
    "orders",
    "portfolios",
    "postings",
    "projection_checkpoint",
    "refused_orders",
    "risk_limits",
    "settlement_days",
    "settlements",
    "stock_positions",
    "stop_losses",
    "trades",
    "users",
]

HEAD_REVISION = "0003"
"""The newest migration in `migrations/versions`: a database at this revision is opened without loading alembic."""

CHECKPOINT_NAME = "main"
"""The projection that fills these tables."""

projection_checkpoint = Table(
    "projection_checkpoint",
    metadata,
    Column("name", Text, primary_key=True),
    Column("event", BigInteger, nullable=False),
    Column("event_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
)
"""`event` is the last one that is in the tables, `event_at` its time: a log that has another time there has another
history, and the tables must be rebuilt. `updated_at` is the projector's own clock."""

PROJECTED = (
    instruments,
    accounts,
    orders,
    refused_orders,
    trades,
    candles,
    fills,
    stock_positions,
    postings,
    balances,
    daily_balances,
    settlements,
    corporate_actions,
    risk_limits,
    stop_losses,
    settlement_days,
)
"""Tables that follow from the events alone: dropped and filled again by a rebuild."""
