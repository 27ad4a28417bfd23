"""Tables of money and shares: fills with their settlement, positions, postings and the balances that they make.

All follow from the events alone (`ledger_rows`). Amounts are units of `reference.money` or shares, dates are year,
month and day in one number. `balances` and `daily_balances` say nothing that `postings` do not: they are what a
statement would else have to add up.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from exchange.store.columns import LARGE_KEY, metadata

fills = Table(
    "fills",
    metadata,
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
    Index("fills_by_order", "order_id", "fill_id"),
    Index("fills_by_account", "account", "at", "fill_id"),
    Index("fills_by_symbol", "account", "symbol", "at", "fill_id"),
)
"""One side of a trade. `fill_id` is twice the trade's id, and one more for the seller: also a trade between two orders
of one account has two. `state` as in `trades`; `settles_on` of a changed one is when the difference settles."""

stock_positions = Table(
    "stock_positions",
    metadata,
    Column("account", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("quantity", BigInteger, nullable=False),
    Column("cost", BigInteger, nullable=False),
    Column("realised", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Positions that an account has or had: `realised` stays when the shares are gone."""

postings = Table(
    "postings",
    metadata,
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
    Index("postings_by_account", "account", "date", "event", "line"),
    sqlite_with_rowid=False,
)
"""The ledger, line by line. All lines of one event add up to 0 for each asset."""

balances = Table(
    "balances",
    metadata,
    Column("account", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""All postings of an account's asset and bucket, added up. Not of the venue's own accounts, `~HOUSE` and `~CLEARING`:
they stand against all others together, which 63 bits need not hold."""

daily_balances = Table(
    "daily_balances",
    metadata,
    Column("account", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("date", Integer, primary_key=True, autoincrement=False),
    Column("closing", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""What the postings up to and with a business day add up to; a row only for days on which something was posted."""

settlements = Table(
    "settlements",
    metadata,
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
    Index("settlements_by_account", "account", "event"),
)
"""What settlement days did with what was due. `state` is `SETTLED`, `PARTIAL` or `FAILED`; `shares` and `cash` are what
moved, of a failed one what should have, and `left_…` is due still."""

corporate_actions = Table(
    "corporate_actions",
    metadata,
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
    Index("corporate_actions_by_date", "ex_date", "action_id"),
    Index("corporate_actions_by_symbol", "symbol", "ex_date", "action_id"),
)
"""`state` is `ANNOUNCED` or `DONE`."""

risk_limits = Table(
    "risk_limits",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("limits", Text, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
"""`limits`: a JSON object of what is not as without limits; empty when there are none any more."""

stop_losses = Table(
    "stop_losses",
    metadata,
    Column("account", Text, primary_key=True),
    Column("symbol", Text, primary_key=True),
    Column("price", BigInteger, nullable=False),
    Column("stop", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)
"""The latest protective stop of each position. `state` is `SET`, `GONE` or `TRIGGERED`; `price` of a trailing one is
where it began, of a triggered one where it stood. `stop`: a JSON object of what was asked for; empty, there is none."""

settlement_days = Table(
    "settlement_days",
    metadata,
    Column("market", Text, primary_key=True),
    Column("date", Integer, primary_key=True, autoincrement=False),
    Column("event", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
)
