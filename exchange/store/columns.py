"""What all tables of the store share: their collection, the type of their keys, and how long a text may be.

Not a table itself. The tables stand in `identity_tables`, `trading_tables` and `ledger_tables`; `schema` is the door to
all of them, and says in what units they are.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

TEXT_LENGTH_MAX = 256
"""Characters kept of any text a client sent. PostgreSQL cannot index a value over 2.7 kB, and a refused order may hold
an identifier as long as a message."""

LARGE_KEY = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both: SQLite makes only an INTEGER primary key the row's own address, and its INTEGER has 64 bits."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)
