"""Portfolios, logins and keys; fills, postings, balances, settlement; candles, of the trades that are there."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Text, false, true

revision = "0003"
down_revision = "0002"

LARGE_KEY = BigInteger().with_variant(Integer(), "sqlite")

CANDLES_OF_TRADES = """
INSERT INTO candles
SELECT symbol, {seconds}, start,
       coalesce((SELECT price FROM trades WHERE trade_id = first_kept), 0), highest, lowest,
       coalesce((SELECT price FROM trades WHERE trade_id = last_kept), 0), quantity, kept, first_any, last_any
FROM (
    SELECT symbol, at - at % {span} AS start,
           coalesce(max(CASE WHEN state <> 'BUSTED' THEN price END), 0) AS highest,
           coalesce(min(CASE WHEN state <> 'BUSTED' THEN price END), 0) AS lowest,
           sum(CASE WHEN state <> 'BUSTED' THEN quantity ELSE 0 END) AS quantity,
           sum(CASE WHEN state <> 'BUSTED' THEN 1 ELSE 0 END) AS kept,
           min(CASE WHEN state <> 'BUSTED' THEN trade_id END) AS first_kept,
           max(CASE WHEN state <> 'BUSTED' THEN trade_id END) AS last_kept,
           min(trade_id) AS first_any, max(trade_id) AS last_any
    FROM trades GROUP BY symbol, at - at % {span}
) AS spans
"""


def upgrade() -> None:
    """Creates and fills what is new; the defaults of new columns are what the rows that are there mean."""
    extend_identity()
    extend_trading()
    create_candles()
    create_fills_and_positions()
    create_ledger()
    create_settlement()
    create_risk()


def extend_identity() -> None:
    """Users of the web interface, what is theirs, and how they come in."""
    op.add_column("users", Column("email", Text, nullable=True))
    op.add_column("users", Column("firm", Text, nullable=False, server_default=""))
    op.add_column("users", Column("is_enabled", Boolean, nullable=False, server_default=true()))
    op.create_index("users_by_email", "users", ["email"], unique=True)
    op.create_table(
        "portfolios",
        Column("portfolio_id", LARGE_KEY, primary_key=True, autoincrement=True),
        Column("user_id", LARGE_KEY, ForeignKey("users.user_id"), nullable=False),
        Column("account_id", Text, nullable=False, unique=True),
        Column("name", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
    )
    op.create_index("portfolios_by_user", "portfolios", ["user_id", "portfolio_id"])
    op.create_table(
        "login_tokens",
        Column("token_hash", Text, primary_key=True),
        Column("user_id", LARGE_KEY, ForeignKey("users.user_id"), nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger, nullable=False),
        Column("last_used_at", BigInteger, nullable=False),
        Column("address", Text, nullable=False),
        Column("user_agent", Text, nullable=False),
    )
    op.create_index("login_tokens_by_user", "login_tokens", ["user_id"])
    op.create_index("login_tokens_by_expiry", "login_tokens", ["expires_at"])
    op.create_table(
        "api_keys",
        Column("key_id", LARGE_KEY, primary_key=True, autoincrement=True),
        Column("key_hash", Text, nullable=False, unique=True),
        Column("user_id", LARGE_KEY, ForeignKey("users.user_id"), nullable=False),
        Column("name", Text, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("last_used_at", BigInteger, nullable=False, server_default="0"),
        Column("expires_at", BigInteger, nullable=True),
        Column("revoked_at", BigInteger, nullable=True),
    )
    op.create_index("api_keys_by_user", "api_keys", ["user_id"])


def extend_trading() -> None:
    """What clearing needs of instruments and accounts, and the indexes of what is asked about orders."""
    op.add_column("instruments", Column("settlement_days", BigInteger, nullable=False, server_default="1"))
    op.add_column(
        "instruments", Column("short_restriction_basis_points", BigInteger, nullable=False, server_default="0")
    )
    op.add_column("accounts", Column("username", Text, nullable=False, server_default=""))
    op.add_column("accounts", Column("fees", Text, nullable=False, server_default=""))
    op.add_column("accounts", Column("is_cleared", Boolean, nullable=False, server_default=false()))
    op.create_index("accounts_by_firm", "accounts", ["firm", "account_id"])
    for name in ("orders_by_account", "orders_by_status"):
        op.drop_index(name, "orders")
    op.create_index("orders_by_account", "orders", ["account", "entered_at", "order_id"])
    op.create_index("orders_by_symbol", "orders", ["account", "symbol", "entered_at", "order_id"])
    op.create_index("orders_by_status", "orders", ["account", "status", "entered_at", "order_id"])
    op.create_index("refused_orders_by_account", "refused_orders", ["account", "event"])
    for name in ("trades_by_buy_account", "trades_by_sell_account"):
        op.drop_index(name, "trades")


def create_candles() -> None:
    """Candles, filled from the trades."""
    op.create_table(
        "candles",
        Column("symbol", Text, primary_key=True),
        Column("seconds", Integer, primary_key=True, autoincrement=False),
        Column("start", BigInteger, primary_key=True, autoincrement=False),
        Column("open", BigInteger, nullable=False),
        Column("high", BigInteger, nullable=False),
        Column("low", BigInteger, nullable=False),
        Column("close", BigInteger, nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("trades", BigInteger, nullable=False),
        Column("first_trade_id", BigInteger, nullable=False),
        Column("last_trade_id", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    for seconds in (60, 300, 3_600, 86_400):
        op.execute(CANDLES_OF_TRADES.format(seconds=seconds, span=seconds * 10**9))


def create_fills_and_positions() -> None:
    """What trades mean for accounts."""
    op.create_table(
        "fills",
        Column("fill_id", LARGE_KEY, primary_key=True, autoincrement=False),
        Column("trade_id", BigInteger, nullable=False),
        Column("order_id", BigInteger, nullable=False),
        Column("account", Text, nullable=False),
        Column("symbol", Text, nullable=False),
        Column("side", Text, nullable=False),
        Column("quantity", BigInteger, nullable=False),
        Column("price", BigInteger, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("fee", BigInteger, nullable=False),
        Column("settles_on", Integer, nullable=False),
        Column("date", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("event", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    )
    op.create_index("fills_by_order", "fills", ["order_id", "fill_id"])
    op.create_index("fills_by_account", "fills", ["account", "at", "fill_id"])
    op.create_index("fills_by_symbol", "fills", ["account", "symbol", "at", "fill_id"])
    op.create_table(
        "stock_positions",
        Column("account", Text, primary_key=True),
        Column("symbol", Text, primary_key=True),
        Column("quantity", BigInteger, nullable=False),
        Column("cost", BigInteger, nullable=False),
        Column("realised", BigInteger, nullable=False),
        Column("event", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def create_ledger() -> None:
    """Postings, and what they add up to."""
    op.create_table(
        "postings",
        Column("event", BigInteger, primary_key=True, autoincrement=False),
        Column("line", Integer, primary_key=True, autoincrement=False),
        Column("account", Text, nullable=False),
        Column("asset", Text, nullable=False),
        Column("bucket", Text, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("cause", Text, nullable=False),
        Column("reference", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("date", Integer, nullable=False),
        Column("at", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("postings_by_account", "postings", ["account", "date", "event", "line"])
    op.create_table(
        "balances",
        Column("account", Text, primary_key=True),
        Column("asset", Text, primary_key=True),
        Column("bucket", Text, primary_key=True),
        Column("amount", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "daily_balances",
        Column("account", Text, primary_key=True),
        Column("asset", Text, primary_key=True),
        Column("bucket", Text, primary_key=True),
        Column("date", Integer, primary_key=True, autoincrement=False),
        Column("closing", BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def create_settlement() -> None:
    """What settlement days and companies do."""
    op.create_table(
        "settlements",
        Column("event", LARGE_KEY, primary_key=True, autoincrement=False),
        Column("account", Text, nullable=False),
        Column("symbol", Text, nullable=False),
        Column("due", Integer, nullable=False),
        Column("date", Integer, nullable=False),
        Column("shares", BigInteger, nullable=False),
        Column("cash", BigInteger, nullable=False),
        Column("left_shares", BigInteger, nullable=False),
        Column("left_cash", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("text", Text, nullable=False),
        Column("at", BigInteger, nullable=False),
    )
    op.create_index("settlements_by_account", "settlements", ["account", "event"])
    op.create_table(
        "corporate_actions",
        Column("action_id", Text, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("symbol", Text, nullable=False),
        Column("ex_date", Integer, nullable=False),
        Column("numerator", BigInteger, nullable=False),
        Column("denominator", BigInteger, nullable=False),
        Column("amount", BigInteger, nullable=False),
        Column("new_symbol", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("event", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    )
    op.create_index("corporate_actions_by_date", "corporate_actions", ["ex_date", "action_id"])
    op.create_index("corporate_actions_by_symbol", "corporate_actions", ["symbol", "ex_date", "action_id"])
    op.create_table(
        "settlement_days",
        Column("market", Text, primary_key=True),
        Column("date", Integer, primary_key=True, autoincrement=False),
        Column("event", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
    )


def create_risk() -> None:
    """Limits and protective stops."""
    op.create_table(
        "risk_limits",
        Column("scope", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        Column("symbol", Text, primary_key=True),
        Column("limits", Text, nullable=False),
        Column("event", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    )
    op.create_table(
        "stop_losses",
        Column("account", Text, primary_key=True),
        Column("symbol", Text, primary_key=True),
        Column("price", BigInteger, nullable=False),
        Column("stop", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("event", BigInteger, nullable=False),
        Column("changed_at", BigInteger, nullable=False),
    )
