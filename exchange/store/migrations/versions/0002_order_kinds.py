"""What the order kinds, firms, markets and changed trades need. Rows that are there are those of plain orders."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Text, false

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds columns; the defaults are what the rows of the first release mean."""
    op.add_column("instruments", Column("market", Text, nullable=False, server_default=""))
    op.add_column("accounts", Column("firm", Text, nullable=False, server_default=""))
    op.add_column("accounts", Column("trading_group", Text, nullable=False, server_default=""))
    op.add_column("accounts", Column("self_trade_prevention", Text, nullable=False, server_default="NONE"))
    op.add_column("orders", Column("conditions", Text, nullable=False, server_default=""))
    op.add_column("orders", Column("is_held", Boolean, nullable=False, server_default=false()))
    op.add_column("refused_orders", Column("conditions", Text, nullable=False, server_default=""))
    op.add_column("trades", Column("is_auction", Boolean, nullable=False, server_default=false()))
    op.add_column("trades", Column("state", Text, nullable=False, server_default="DONE"))
    op.add_column("trades", Column("reason", Text, nullable=False, server_default=""))
    op.add_column("trades", Column("changed_at", BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE trades SET changed_at = at")
