"""Tables of what is traded, by whom, and what became of it: instruments, accounts, orders, trades, candles.

All follow from the events alone (`rows`, `candles`); prices are integers of the instrument's price scale.

An order that was refused never got an order_id, and its (session, cl_ord_id) may be the very pair that made it a
duplicate. So refused orders are a table of their own, keyed by the number of the event that refused them: unique for
ever, known before the row is written, and the same when the row is written again.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, SmallInteger, Table, Text

from exchange.store.columns import LARGE_KEY, metadata

instruments = Table(
    "instruments",
    metadata,
    Column("symbol", Text, primary_key=True),
    Column("price_digits", SmallInteger, nullable=False),
    Column("tick", BigInteger, nullable=False),
    Column("lot", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("reference_price", BigInteger, nullable=False),
    Column("lowest_price", BigInteger, nullable=False),
    Column("highest_price", BigInteger, nullable=False),
    Column("max_quantity", BigInteger, nullable=False),
    Column("market", Text, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("settlement_days", BigInteger, nullable=False),
    Column("short_restriction_basis_points", BigInteger, nullable=False),
)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("firm", Text, nullable=False),
    Column("trading_group", Text, nullable=False),
    Column("self_trade_prevention", Text, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("username", Text, nullable=False),
    Column("fees", Text, nullable=False),
    Column("is_cleared", Boolean, nullable=False),
    Index("accounts_by_firm", "firm", "account_id"),
)
"""`fees`: a JSON object of the rates that are not 0; empty if it trades for nothing. `username`: whose portfolio."""

orders = Table(
    "orders",
    metadata,
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
    Column("conditions", Text, nullable=False),
    Column("cumulative", BigInteger, nullable=False),
    Column("leaves", BigInteger, nullable=False),
    Column("notional", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("is_held", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("orders_by_cl_ord_id", "session", "cl_ord_id"),
    Index("orders_by_account", "account", "entered_at", "order_id"),
    Index("orders_by_symbol", "account", "symbol", "entered_at", "order_id"),
    Index("orders_by_status", "account", "status", "entered_at", "order_id"),
)
"""`is_held`: it waits for its stop price. `conditions`: a JSON object of what it asks for besides; empty if nothing."""

refused_orders = Table(
    "refused_orders",
    metadata,
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
    Column("conditions", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("refused_orders_by_cl_ord_id", "session", "cl_ord_id"),
    Index("refused_orders_by_account", "account", "event"),
)

trades = Table(
    "trades",
    metadata,
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
    Column("is_auction", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("trades_by_symbol", "symbol", "trade_id"),
)
"""`state` is `DONE`, `CORRECTED` (price and quantity are the right ones) or `BUSTED` (it never was).

`is_auction`: it traded in an uncross, where nobody is the aggressor. What a trade means for an account is in `fills`.
"""

candles = Table(
    "candles",
    metadata,
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
"""Trades of each span of `seconds` from `start` on, busted ones left out; with all of them busted, `trades` is 0."""
