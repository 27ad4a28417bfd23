"""FIX sessions of the API's users: a user who has one trades the own portfolios by FIX with the own password.

The CompID is the user's name, the terms are those of `fix.session_defaults`, and the accounts are the portfolios that
the user has at the moment: a new one can be traded at once. Who has a session is kept in a file beside the sessions'
logs, because a restart must know it before it reads the journal. Sessions of the settings are no matter of this desk.
Built by `gateway.main`; called by the routes that make and revoke credentials.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import structlog
from msgspec import Struct
from msgspec.structs import replace

from exchange.commands import CancelOnDisconnect
from exchange.sequencing.data_folder import DataFolderError
from exchange.sequencing.sequencer import Sequencer
from exchange.store.portfolios import Portfolio
from gateway.fix.acceptor import Acceptor
from gateway.fix.profile import SessionProfile
from gateway.fix.session import Session
from gateway.fix.session_state import SessionState
from gateway.session_profiles import session_profile
from gateway.settings import FixSession, Settings
from gateway.settings.consistency import FIX_SESSIONS_MAX
from gateway.settings.names import check_name

FOLDER = "users"
"""Where the logs are, beside those of the sessions of the settings."""

REGISTER_FILE = "users.json"
"""Who has a session: the users' names, which are the CompIDs, and their numbers."""

REGISTER_BYTES_MAX = 4 << 20
"""Of that file: more than `FIX_SESSIONS_MAX` names of 64 characters take."""

PortfoliosOf = Callable[[int], Sequence[Portfolio]]
"""The portfolios of a user as they are now, by the user's number."""

_log = structlog.get_logger(__name__)


class UserSessionRefused(Exception):
    """Why a user gets no session. `name` is stable, the text says what would have been right."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class UserSession(Struct, frozen=True):
    """What a user's FIX client has to be told, and how its session stands."""

    comp_id: str
    """SenderCompID(49), and Username(553): the user's name. Password(554) is the user's."""
    target_comp_id: str
    """TargetCompID(56)."""
    version: str
    """`FIX.4.4`; from FIX 5.0 on DefaultApplVerID(1137) says it."""
    accounts: tuple[str, ...]
    """Account(1): those that it may trade for; the first is meant when an order names none."""
    state: str
    """`active` while a client is logged on."""


class UserAccounts(Collection[str]):
    """The accounts of one user, asked for each time."""

    def __init__(self, desk: UserSessions, username: str) -> None:
        self._desk = desk
        self._username = username

    def __contains__(self, account: object) -> bool:
        return account in self._desk.accounts(self._username)

    def __iter__(self) -> Iterator[str]:
        return iter(self._desk.accounts(self._username))

    def __len__(self) -> int:
        return len(self._desk.accounts(self._username))


class UserSessions:
    """Makes, revokes and lists them."""

    def __init__(
        self,
        acceptor: Acceptor,
        sequencer: Sequencer,
        template: SessionProfile,
        folder: Path,
        admit: Callable[[Session], None],
    ) -> None:
        """`template`: the terms of all; `folder` is that of the FIX side; `admit` hears of each.

        Sessions of earlier runs are there when this returns. Raises `OSError`, and ValueError for a file of something
        else.
        """
        self.portfolios_of: PortfoliosOf = _none
        """Set it when portfolios are known and before anybody logs on; until then nobody may trade."""
        self._acceptor = acceptor
        self._sequencer = sequencer
        self._template = template
        self._logs = folder / FOLDER
        self._file = folder / REGISTER_FILE
        self._admit = admit
        self._writing = asyncio.Lock()
        self._users = _read(self._file)
        self._logs.mkdir(exist_ok=True)
        for username in self._users:
            try:
                self._add(username)
            except ValueError as error:
                _log.error("a user's FIX session is not there", session=username, problem=str(error))

    def accounts(self, username: str) -> list[str]:
        """What a user may trade for, and see."""
        portfolios = self.portfolios_of(self._users.get(username, 0))
        # The store may be a new one, in which the number is somebody else's.
        return [portfolio.account_id for portfolio in portfolios if portfolio.username == username]

    async def create(self, user_id: int, username: str) -> UserSession:
        """The session of a user, made if there is none; its client may log on at once, with MsgSeqNum(34) 1.

        Raises `UserSessionRefused`, and `OSError` when it cannot be kept: then there is none.
        """
        async with self._writing:
            if self._users.get(username) != user_id:
                self._check(username)
                await self._keep(self._users | {username: user_id})
                self._begin(username)
                _log.info("FIX session of a user made", session=username, sessions=len(self._users))
        return self._shown(username)

    async def revoke(self, username: str, reason: str = "") -> bool:
        """Takes a user's session away: logs it out and cancels its orders. Answers whether there was one.

        Raises `OSError` when that cannot be kept: then it is still there.
        """
        async with self._writing:
            if username not in self._users:
                return False
            await self._keep({name: user_id for name, user_id in self._users.items() if name != username})
            session = self._acceptor.sessions.get(username)
            if session is not None:
                session.is_revoked = True
                self._log_out(session, reason or "the credentials of this session are revoked")
                self._sequencer.submit(CancelOnDisconnect(username, is_everything=True, keeps_good_till=False))
        _log.info("FIX session of a user revoked", session=username, sessions=len(self._users))
        return True

    def log_out(self, username: str, reason: str) -> None:
        """Ends a user's line, if there is one: the user has another password, or may not log in any more."""
        session = self._acceptor.sessions.get(username)
        if username in self._users and session is not None:
            self._log_out(session, reason)

    def of(self, username: str) -> UserSession | None:
        """A user's session; None for who has none."""
        return self._shown(username) if username in self._users else None

    def all(self) -> list[UserSession]:
        """All of them, in the order in which they were made."""
        return [self._shown(username) for username in self._users]

    def _check(self, username: str) -> None:
        """Raises `UserSessionRefused` for a name that cannot have a session, or not now."""
        try:
            check_name(username)
        except ValueError as error:
            raise UserSessionRefused("INVALID_NAME", f"username {error}") from error
        known = self._acceptor.sessions.get(username)
        if username not in self._users and (username == self._acceptor.venue_comp_id or not _is_gone(known)):
            raise UserSessionRefused("NAME_TAKEN", f"{username} is the CompID of another session of this venue")
        if known is None and len(self._acceptor.sessions) >= FIX_SESSIONS_MAX:
            text = f"{FIX_SESSIONS_MAX} FIX sessions exist already, the most this venue keeps in memory"
            raise UserSessionRefused("TOO_MANY_SESSIONS", text)
        if known is not None and known.state is not SessionState.IDLE:
            raise UserSessionRefused("SESSION_CONNECTED", f"{username} is {known.state}; ask again when that is over")

    def _begin(self, username: str) -> None:
        """Lets a user's client log on; what a former session of that name sent is nobody's any more."""
        session = self._acceptor.sessions.get(username) or self._add(username)
        session.is_revoked = False
        if (session.next_in, session.log.next_out) != (1, 1):
            session.set_numbers(1, 1)

    def _add(self, username: str) -> Session:
        profile = replace(self._template, comp_id=username, username=username, accounts=UserAccounts(self, username))
        session = self._acceptor.add_session(profile, self._logs)
        self._admit(session)
        return session

    def _log_out(self, session: Session, reason: str) -> None:
        self._acceptor.received()
        session.log_out(reason)

    def _shown(self, username: str) -> UserSession:
        session = self._acceptor.sessions.get(username)
        return UserSession(
            comp_id=username,
            target_comp_id=self._acceptor.venue_comp_id,
            version=self._template.version.name,
            accounts=tuple(self.accounts(username)),
            state=str(session.state) if session is not None else "not there",
        )

    async def _keep(self, users: dict[str, int]) -> None:
        """Writes the register beside the loop, whole and durably, and goes by it from then on."""
        await asyncio.to_thread(_write, self._file, users)
        self._users = users


def build_user_sessions(
    settings: Settings,
    folder: Path,
    acceptor: Acceptor,
    sequencer: Sequencer,
    admit: Callable[[Session], None],
) -> UserSessions | None:
    """The desk with the sessions of earlier runs; None where users may have none. Call it before the recovery.

    `folder` is that of the FIX side; `admit` says of each session whether the operator lets it log on. Raises
    `DataFolderError` when the register cannot be read.
    """
    if not settings.platform.fix_sessions:
        return None
    defaults = settings.fix.session_defaults
    terms = {name: getattr(defaults, name) for name in type(defaults).model_fields}
    template = session_profile(FixSession(comp_id="TEMPLATE", **(terms | {"username": None, "password": None})))
    try:
        return UserSessions(acceptor, sequencer, template, folder, admit)
    except (OSError, ValueError) as error:
        raise DataFolderError(f"the FIX sessions of users can't be read: {error}") from error


def _none(_: int) -> Sequence[Portfolio]:
    return ()


def _is_gone(session: Session | None) -> bool:
    """Whether a CompID is free, or was a user's whose session is revoked."""
    return session is None or session.is_revoked


def _read(path: Path) -> dict[str, int]:
    try:
        with path.open("rb") as file:
            users = json.loads(file.read(REGISTER_BYTES_MAX))
    except FileNotFoundError:
        return {}
    is_register = isinstance(users, dict) and all(isinstance(user_id, int) for user_id in users.values())
    if not is_register:
        raise ValueError(f'{path} is not a list of users such as {{"alice": 1}}')
    return {check_name(name): user_id for name, user_id in users.items()}


def _write(path: Path, users: dict[str, int]) -> None:
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump(users, file, indent=0)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
