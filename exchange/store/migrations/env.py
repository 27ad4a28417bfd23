"""Alembic's door into the migrations: it runs this file for every command. `upgrade` hands the connection in.

Not imported by anybody. A developer makes a new step with alembic's `revision` command on a connection of their own.
"""

from __future__ import annotations

from alembic import context

from exchange.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
