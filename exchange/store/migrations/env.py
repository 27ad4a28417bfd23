"""Alembic's door into the migrations: it runs this file for every command. `upgrade` hands the connection in.

Not imported by anybody. A new step is written by hand beside the others; a test compares what all of them make with
`schema`.
"""

from __future__ import annotations

from alembic import context

from exchange.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
