"""Tables of who may do what: users, their FIX sessions, portfolios, logins and API keys.

Not derived from events: a rebuild leaves them alone. Written by `identity` and `access`. Of passwords, tokens and keys
only hashes are here.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, Text, true

from exchange.store.columns import LARGE_KEY, metadata

users = Table(
    "users",
    metadata,
    Column("user_id", LARGE_KEY, primary_key=True, autoincrement=True),
    Column("username", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("email", Text, nullable=True),
    Column("firm", Text, nullable=False, server_default=""),
    Column("is_enabled", Boolean, nullable=False, server_default=true()),
    Index("users_by_email", "email", unique=True),
)
"""`firm` is the member that a user acts for; empty: none."""

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

portfolios = Table(
    "portfolios",
    metadata,
    Column("portfolio_id", LARGE_KEY, primary_key=True, autoincrement=True),
    Column("user_id", LARGE_KEY, ForeignKey("users.user_id"), nullable=False),
    Column("account_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("portfolios_by_user", "user_id", "portfolio_id"),
)
"""`account_id` names the venue's account that holds the money and the shares."""

login_tokens = Table(
    "login_tokens",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("user_id", LARGE_KEY, ForeignKey("users.user_id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger, nullable=False),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Index("login_tokens_by_user", "user_id"),
    Index("login_tokens_by_expiry", "expires_at"),
)
"""A row is a login that is in force until `expires_at`; who logs out loses it."""

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", LARGE_KEY, primary_key=True, autoincrement=True),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("user_id", LARGE_KEY, ForeignKey("users.user_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("last_used_at", BigInteger, nullable=False, server_default="0"),
    Column("expires_at", BigInteger, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
    Index("api_keys_by_user", "user_id"),
)
"""`last_used_at` 0: never. A revoked key keeps its row, so that its name and its end can be shown."""
