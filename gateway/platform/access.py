"""Whose secret it is: tokens of logins, API keys, and the operator's own token, looked up for every request.

It is the `CallerFinder` of the HTTP side. What the store knows of a token is kept for a minute, so that a request costs
a hash and no query; whoever ends a token, a key or a user here ends it at once.
"""

from __future__ import annotations

import hmac
import secrets
import time
from asyncio import Task, create_task
from collections.abc import Callable, Collection
from http import HTTPStatus

import structlog
from msgspec import Struct

from exchange.store.access import API_KEYS_MAX, AccessStore, ApiKey, Login, secret_hash
from exchange.store.errors import StoreError
from exchange.store.identity import Role, User
from exchange.store.timely import TimelyQueries
from gateway.http.callers import API_KEY_PREFIX, Caller, Via
from gateway.http.problems import Problem
from gateway.http.rates import Rate, Rates

OPERATOR_NAME = "~operator"
"""What the holder of operator.token is called. No user can be: names begin with a letter or digit."""

NANOSECONDS = 1_000_000_000
HOUR = 3_600 * NANOSECONDS
DAY = 24 * HOUR

KNOWN_SECONDS = 60
"""How long what the store said of a token is believed: changes made in the database itself are seen after it."""

KNOWN_MAX = 20_000
"""Tokens that are remembered; beyond, the oldest are asked for again. A few megabytes."""

SECRET_BYTES = 32
"""Nobody guesses 256 bits."""

_log = structlog.get_logger(__name__)


class Access:
    """Who may come in."""

    def __init__(
        self,
        operator_token: str,
        rates: Rates,
        store: AccessStore | None = None,
        queries: TimelyQueries | None = None,
        *,
        allowed_origins: Collection[str] = (),
        login_hours: int = 12,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Without a store only the operator's token is known. `clock` gives nanoseconds since 1970 UTC."""
        self.allowed_origins = frozenset(allowed_origins)
        self.rates = rates
        self._operator_token = operator_token.encode()
        self._store = store
        self._queries = queries or TimelyQueries("none")
        self._login_time = login_hours * HOUR
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._endings = 0
        """Counts what has ended: a look-up that was under way meanwhile may have seen what is no more."""
        self._used: tuple[dict[str, int], dict[str, int]] = {}, {}
        """When tokens and keys were last shown, by their hashes, as far as the store does not have it yet."""
        self._noting: Task[None] | None = None

    async def find(self, secret: str, via: Via, address: str) -> Caller | None:
        """Who has that secret. Raises `Problem` 429 for a caller who asks too often, `StoreUnavailable`."""
        # compare_digest takes the same time however much of the token is right.
        if via == "token" and hmac.compare_digest(secret.encode(), self._operator_token):
            return Caller(0, OPERATOR_NAME, Role.OPERATOR, "", via, address)
        hashed = secret_hash(secret)
        known = self._known.get(hashed)
        now = self._clock()
        if known is None or not known.asked_at <= now < known.asked_at + KNOWN_SECONDS * NANOSECONDS:
            known = await self._look_up(hashed, via, address, now)
        if known is None or (known.expires_at is not None and known.expires_at <= now):
            return None
        user = known.user
        self.rates.take(Rate.USER, user.username)
        return Caller(user.user_id, user.username, user.role, user.firm, via, address, hashed)

    async def begin_login(self, user: User, address: str, user_agent: str) -> tuple[str, Login]:
        """A new token for a user whose password was right, and what is known of it."""
        token = secrets.token_urlsafe(SECRET_BYTES)
        now = self._clock()
        login = Login(secret_hash(token), user.user_id, now, now + self._login_time, now, address, user_agent)
        for ended in await self._queries.run(self._kept.add_login(login)):
            self._end(ended)
        return token, login

    async def logins(self, user_id: int) -> list[Login]:
        """A user's logins in force, newest first."""
        return await self._queries.run(self._kept.logins(user_id, self._clock()))

    async def end_login(self, user_id: int, token_hash: str) -> bool:
        """Ends one login of a user; whether there was one."""
        was_there = await self._queries.run(self._kept.end_login(user_id, token_hash))
        if was_there:
            self._end(token_hash)
        return was_there

    async def end_logins(self, user_id: int, but: str = "") -> None:
        """Ends all logins of a user, but the one with that hash."""
        await self._queries.run(self._kept.end_logins(user_id, but))
        self.forget(user_id)

    async def make_key(self, user_id: int, name: str, lifetime_days: int | None) -> tuple[str, ApiKey]:
        """A new API key, shown this once; without a lifetime for ever. Raises `Problem` beyond the most of a user."""
        now = self._clock()
        expires_at = None if lifetime_days is None else now + lifetime_days * DAY
        key = API_KEY_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        made = await self._queries.run(self._kept.add_key(user_id, secret_hash(key), name, now, expires_at))
        if made is None:
            detail = f"You have {API_KEYS_MAX} API keys in force, which is the most; revoke one first."
            raise Problem(HTTPStatus.CONFLICT, "TOO_MANY_KEYS", detail)
        return key, made

    async def keys(self, user_id: int) -> list[ApiKey]:
        """All keys of a user, newest first."""
        return await self._queries.run(self._kept.keys(user_id))

    async def revoke_key(self, user_id: int, key_id: int) -> ApiKey | None:
        """Ends a key; None when the user has no such key in force."""
        revoked = await self._queries.run(self._kept.revoke_key(user_id, key_id, self._clock()))
        if revoked is not None:
            self._end(revoked.key_hash)
        return revoked

    def forget(self, user_id: int) -> None:
        """Asks the store again about everything that the user shows: role, firm or right have changed."""
        self._endings += 1
        for hashed in [hashed for hashed, known in self._known.items() if known.user.user_id == user_id]:
            del self._known[hashed]

    async def close(self) -> None:
        """Waits for what is being noted."""
        if self._noting is not None:
            await self._noting

    def _end(self, hashed: str) -> None:
        self._endings += 1
        self._known.pop(hashed, None)

    @property
    def _kept(self) -> AccessStore:
        assert self._store is not None, "without a store nobody logs in"
        return self._store

    async def _look_up(self, hashed: str, via: Via, address: str, now: int) -> _Known | None:
        self._known.pop(hashed, None)
        if self._store is None:
            return None
        self.rates.check(Rate.UNKNOWN, address)
        find = self._store.key if via == "key" else self._store.login
        endings = self._endings
        shown = await self._queries.run(find(hashed, now))
        if shown is None:
            self.rates.take(Rate.UNKNOWN, address)
            return None
        known = _Known(shown.user, shown.expires_at, now)
        if endings != self._endings:
            return known
        if len(self._known) >= KNOWN_MAX:
            del self._known[next(iter(self._known))]
        self._known[hashed] = known
        self._used[via == "key"][hashed] = now
        if self._noting is None:
            self._noting = create_task(self._note())
        return known

    async def _note(self) -> None:
        """Notes when tokens and keys were last shown, to the minute: all that came meanwhile at once."""
        while any(self._used):
            used, self._used = self._used, ({}, {})
            try:
                await self._queries.run(self._kept.used(*used))
            except StoreError as error:
                _log.warning("last use of tokens not noted", tokens=sum(map(len, used)), error=str(error))
        self._noting = None


class _Known(Struct, frozen=True, gc=False):
    user: User
    expires_at: int | None
    asked_at: int
