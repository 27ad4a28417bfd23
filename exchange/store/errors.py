"""What can go wrong between the exchange and its SQL store, one tree.

    StoreError
    ├── StoreUnavailable   the database cannot be reached, is locked or answers too late: try again
    ├── StoreUnusable      its URL or its contents are not for this release: only an operator can help
    ├── StoreBusy          more queries wait than the limit allows, or for too long: try again
    ├── IdentityBusy       more passwords wait to be verified than the limit allows: try again
    ├── Fenced             the checkpoint is not where this projector left it: read it again, never force
    └── EventGap           the events do not follow each other, or not the checkpoint

Any other `sqlalchemy.exc.SQLAlchemyError` is a mistake in a statement and passes through as it is.
"""

from __future__ import annotations


class StoreError(Exception):
    """The SQL store did not do what it was asked; the text says what, where and why."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, is locked by somebody else or answers too late. Nothing was written."""


class StoreUnusable(StoreError):
    """The URL or the database behind it is not one this release can use. Trying again does not help."""


class StoreBusy(StoreError):
    """As many queries as may wait are waiting, or one has waited as long as it may. Nothing was asked or written."""


class IdentityBusy(StoreError):
    """As many passwords as may wait are waiting to be verified."""


class Fenced(StoreError):
    """Another projector moved the checkpoint. Nothing of the batch was written."""


class EventGap(StoreError):
    """The events given are not the ones that follow. Nothing of the batch was written."""
