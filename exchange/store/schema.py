"""The tables of the SQL store. Nothing here runs: `database` opens, `projection` and `identity` write.

Prices and money are integers of the instrument's price scale: 1005 of an instrument with `price_digits` 2 is 10.05.
Times are nanoseconds since 1970 UTC. Sides, types and states are written as their names (`BUY`, `PARTIALLY_FILLED`), so
that a query reads like the rule it asks about. `event` is the number of the event that last changed the row.

An order that was refused never got an order_id, and its (session, cl_ord_id) may be the very pair that made it a
duplicate. So refused orders are a table of their own, keyed by the number of the event that refused them: unique for
ever, known before the row is written, and the same when the row is written again.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, MetaData, SmallInteger, Table, Text

HEAD_REVISION = "0002"
"""The newest migration in `migrations/versions`: a database at this revision is opened without loading alembic."""

TEXT_LENGTH_MAX = 256
"""Characters kept of any text a client sent. PostgreSQL cannot index a value over 2.7 kB, and a refused order may hold
an identifier as long as a message."""

CHECKPOINT_NAME = "main"
"""The projection that fills these tables."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

LARGE_KEY = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both: SQLite makes only an INTEGER primary key the row's own address, and its INTEGER has 64 bits."""

users = Table(
    "users",
    metadata,
    Column("user_id", LARGE_KEY, primary_key=True, autoincrement=True),
    Column("username", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

fix_sessions = Table(
    "fix_sessions",
    metadata,
    Column("comp_id", Text, primary_key=True),
    Column("user_id", LARGE_KEY, ForeignKey("users.user_id"), nullable=True),
    Column("version", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("fix_sessions_by_user", "user_id"),
)

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
)

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
    Index("orders_by_account", "account", "order_id"),
    Index("orders_by_status", "symbol", "status"),
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
    Index("trades_by_buy_account", "buy_account", "trade_id"),
    Index("trades_by_sell_account", "sell_account", "trade_id"),
)
"""`state` is `DONE`, `CORRECTED` (price and quantity are the right ones) or `BUSTED` (it never was).

`is_auction`: it traded in an uncross, where nobody is the aggressor."""

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

PROJECTED = (instruments, accounts, orders, refused_orders, trades)
"""Tables that follow from the events alone: dropped and filled again by a rebuild."""
