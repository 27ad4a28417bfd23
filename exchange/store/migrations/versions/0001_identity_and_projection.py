"""The first tables: users, FIX sessions, and what the events say about instruments, accounts, orders and trades."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, SmallInteger, Text

revision = "0001"
down_revision = None

LARGE_KEY = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Creates every table of the first release."""
    create_identity()
    create_reference()
    create_orders()
    create_refused_orders()
    create_trades()
    op.create_table(
        "projection_checkpoint",
        Column("name", Text, primary_key=True),
        Column("event", BigInteger, nullable=False),
        Column("event_at", BigInteger, nullable=False),
        Column("updated_at", BigInteger, nullable=False),
    )


def create_identity() -> None:
    """Who may connect."""
    op.create_table(
        "users",
        Column("user_id", LARGE_KEY, primary_key=True, autoincrement=True),
        Column("username", Text, nullable=False, unique=True),
        Column("password_hash", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
    )
    op.create_table(
        "fix_sessions",
        Column("comp_id", Text, primary_key=True),
        Column("user_id", LARGE_KEY, ForeignKey("users.user_id"), nullable=True),
        Column("version", Text, nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("created_at", BigInteger, nullable=False),
    )
    op.create_index("fix_sessions_by_user", "fix_sessions", ["user_id"])


def create_reference() -> None:
    """What is traded, and by whom."""
    op.create_table(
        "instruments",
        Column("symbol", Text, primary_key=True),
        Column("price_digits", SmallInteger, nullable=False),
        Column("tick", BigInteger, nullable=False),
        Column("lot", BigInteger, nullable=False),
        Column("currency", Text, nullable=False),
        Column("reference_price", BigInteger, nullable=False),
        Column("lowest_price", BigInteger, nullable=False),
        Column("highest_price", BigInteger, nullable=False),
        Column("max_quantity", BigInteger, nullable=False),
        Column("event", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    )
    op.create_table(
        "accounts",
        Column("account_id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("event", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    )


def create_orders() -> None:
    """Every order that was in the market, in its last state."""
    op.create_table(
        "orders",
        Column("order_id", LARGE_KEY, primary_key=True, autoincrement=False),
        Column("session", Text, nullable=False),
        Column("cl_ord_id", Text, nullable=False),
        Column("account", Text, nullable=False),
        Column("symbol", Text, nullable=False),
        Column("side", Text, nullable=False),
        Column("order_type", Text, nullable=False),
        Column("time_in_force", Text, nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("price", BigInteger, nullable=False),
        Column("cumulative", BigInteger, nullable=False),
        Column("leaves", BigInteger, nullable=False),
        Column("notional", BigInteger, nullable=False),
        Column("status", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("event", BigInteger, nullable=False),
        Column("entered_at", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    )
    op.create_index("orders_by_cl_ord_id", "orders", ["session", "cl_ord_id"])
    op.create_index("orders_by_account", "orders", ["account", "order_id"])
    op.create_index("orders_by_status", "orders", ["symbol", "status"])


def create_refused_orders() -> None:
    """Every order that never was in the market."""
    op.create_table(
        "refused_orders",
        Column("event", LARGE_KEY, primary_key=True, autoincrement=False),
        Column("session", Text, nullable=False),
        Column("cl_ord_id", Text, nullable=False),
        Column("account", Text, nullable=False),
        Column("symbol", Text, nullable=False),
        Column("side", Text, nullable=False),
        Column("order_type", Text, nullable=False),
        Column("time_in_force", Text, nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("price", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("field", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
    )
    op.create_index("refused_orders_by_cl_ord_id", "refused_orders", ["session", "cl_ord_id"])


def create_trades() -> None:
    """Every trade."""
    op.create_table(
        "trades",
        Column("trade_id", LARGE_KEY, primary_key=True, autoincrement=False),
        Column("event", BigInteger, nullable=False),
        Column("symbol", Text, nullable=False),
        Column("price", BigInteger, nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("aggressor", Text, nullable=False),
        Column("buy_order_id", BigInteger, nullable=False),
        Column("sell_order_id", BigInteger, nullable=False),
        Column("buy_account", Text, nullable=False),
        Column("sell_account", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
    )
    op.create_index("trades_by_symbol", "trades", ["symbol", "trade_id"])
    op.create_index("trades_by_buy_account", "trades", ["buy_account", "trade_id"])
    op.create_index("trades_by_sell_account", "trades", ["sell_account", "trade_id"])
