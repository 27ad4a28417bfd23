"""The steps that bring a store of any release to this release's tables, run by alembic when the store is opened.

A step is never changed once it was released; what it creates is written out in it, because `schema` moves on.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from exchange.store.errors import StoreUnusable

ADVISORY_LOCK = 4_704_226_115
"""PostgreSQL's number for "a fixpit store is being migrated": two processes that start at once take turns."""


def upgrade(connection: Connection) -> str:
    """Brings the database to the newest revision, in the transaction the connection is in, and returns that revision.

    Raises `StoreUnusable` when a newer release has been here.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    configuration.attributes["connection"] = connection
    script = ScriptDirectory.from_config(configuration)
    head = script.get_current_head()
    assert head is not None, "the package holds no migration"
    present = MigrationContext.configure(connection).get_current_revision()
    known = {step.revision for step in script.walk_revisions()}
    if present is not None and present not in known:
        raise StoreUnusable(
            f"the store is at schema revision {present}, and this release knows revisions up to {head}: a newer "
            "release has used it. Start that release, or name another store in store.url"
        )
    command.upgrade(configuration, "head")
    return head
