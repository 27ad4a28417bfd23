"""FIX sessions of users, for HTTP: joins the routes with the FIX side's desk, which knows no HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from gateway.http.auth_bodies import FixSessionView
from gateway.http.callers import Caller
from gateway.http.problems import Problem
from gateway.user_sessions import UserSession, UserSessionRefused, UserSessions


class UserFixSessions:
    """A `FixSessionDesk`."""

    def __init__(self, desk: UserSessions) -> None:
        self._desk = desk

    async def create(self, caller: Caller) -> FixSessionView:
        """The caller's session, made if there is none. Raises `Problem`."""
        try:
            return _shown(await self._desk.create(caller.user_id, caller.username))
        except UserSessionRefused as refused:
            raise Problem(HTTPStatus.CONFLICT, refused.name, f"{refused}.") from refused
        except OSError as error:
            raise _not_kept(error) from error

    async def revoke(self, username: str) -> bool:
        """Takes a user's session away; whether there was one. Raises `Problem`."""
        try:
            return await self._desk.revoke(username)
        except OSError as error:
            raise _not_kept(error) from error

    def of(self, username: str) -> FixSessionView | None:
        """A user's session."""
        found = self._desk.of(username)
        return None if found is None else _shown(found)

    def all(self) -> Sequence[FixSessionView]:
        """Those of all users."""
        return [_shown(one) for one in self._desk.all()]


def _shown(session: UserSession) -> FixSessionView:
    return FixSessionView(
        comp_id=session.comp_id,
        target_comp_id=session.target_comp_id,
        version=session.version,
        accounts=list(session.accounts),
        state=session.state,
    )


def _not_kept(error: OSError) -> Problem:
    detail = f"The session could not be written down, so nothing is changed: {error.strerror or error}."
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "NOT_KEPT", detail)
