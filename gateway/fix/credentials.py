"""Whether somebody who logs on is who it says: address, certificate, lock, signature and password of a Logon(A).

All that can be wrong gets one answer, and costs the same: a password is hashed whether or not there is such a session,
so that neither text nor time tells which part was right. Passwords are checked beside the loop by whoever keeps them.
Called by the acceptor once a connection sends its first message, and by `gateway.fix.user_requests`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from msgspec import Struct

from gateway.fix import tags
from gateway.fix.addresses import AddressList
from gateway.fix.clock import GatewayClock
from gateway.fix.lockout import Lockout
from gateway.fix.logon_gate import NOT_KNOWN, LogonRefused
from gateway.fix.logon_terms import NO_NEW_PASSWORD, PASSWORD_CHANGED, PASSWORD_NON_COMPLIANT, NewPasswordAnswer
from gateway.fix.message import Message
from gateway.fix.profile import SessionProfile
from gateway.fix.sending_time import NANOSECONDS
from gateway.fix.signature import Signatures

CHECKS_MAX = 32
"""Passwords handed to their keeper at a time; the other logons wait here, as many as may be connected."""

NEW_PASSWORD_LENGTHS = range(8, 129)
"""Characters that a password chosen by a client may have."""

_log = structlog.get_logger(__name__)


class PasswordsUnavailable(Exception):
    """The keeper of passwords cannot answer now, or cannot do this at all; the text says why."""


CheckPassword = Callable[[str, str], Awaitable[bool]]
"""Whether a password is a user's. May take its time: it runs beside the loop. Raises `PasswordsUnavailable`."""

ChangePassword = Callable[[str, str, str], Awaitable[bool]]
"""User, present and new password: whether the present one was right and the new one holds now. Raises as above."""


class Origin(Struct, frozen=True):
    """Where a connection comes from."""

    address: str
    certificate_names: tuple[str, ...] = ()
    """Whom its client certificate is for; empty without one."""


class Demands(Struct, frozen=True):
    """What one session asks of a Logon besides its password. It has no readable form: it holds a secret."""

    allowed_addresses: AddressList = AddressList()
    certificate_names: tuple[str, ...] = ()
    """Of these the client's certificate must have one; empty: none is asked for."""
    hmac_secret: str = ""
    """What the Logon must be signed with; empty: no signature is asked for."""

    def __repr__(self) -> str:
        return "Demands(...)"


class Credentials:
    """The proofs that sessions ask for."""

    def __init__(
        self,
        check_password: CheckPassword,
        change_password: ChangePassword | None,
        demands: Callable[[str], Demands],
        lockout: Lockout,
        signatures: Signatures,
        clock: GatewayClock,
    ) -> None:
        """`demands`: those of a CompID's session."""
        self._check_password = check_password
        self._change_password = change_password
        self._demands = demands
        self._lockout = lockout
        self._signatures = signatures
        self._clock = clock
        self._places = asyncio.Semaphore(CHECKS_MAX)

    async def check(self, profile: SessionProfile | None, logon: Message, origin: Origin, why: str = "") -> None:
        """Returns for who may log on as `profile`.

        `profile` is None, and `why` says more, when there is no such session: it is refused like a wrong password.
        Raises `LogonRefused`.
        """
        fields = logon.fields
        name = fields.get(tags.Username) or fields.get(tags.SenderCompID, "")
        seconds = -(-self._lockout.locked_for(name, origin.address, self._clock.real) // NANOSECONDS)
        if seconds:
            text = f"too many wrong logons of {name} from {origin.address}; locked for {seconds} s more"
            raise LogonRefused(text, answer=NOT_KNOWN)
        demands = self._demands(profile.comp_id) if profile is not None else Demands()
        fault = why or _fault_of_origin(profile, demands, origin)
        if profile is None or profile.username:
            username, password = fields.get(tags.Username, ""), fields.get(tags.Password, "")
            is_right = await self._is_right(username, password)
            if profile is not None and not (is_right and username == profile.username):
                fault = fault or f"wrong Username(553) or Password(554) for {profile.comp_id}"
        if profile is not None and demands.hmac_secret and not fault:
            fault = self._signatures.fault(
                profile.comp_id, demands.hmac_secret, logon, self._clock.real, in_password=not profile.username
            )
            fault = fault and f"Logon(A) of {profile.comp_id}: {fault}"
        if profile is None or fault:
            self._count_failure(name, origin.address)
            raise LogonRefused(fault, answer=NOT_KNOWN)
        self._lockout.succeeded(name, origin.address)

    async def new_password(self, profile: SessionProfile, logon: Message, address: str) -> NewPasswordAnswer:
        """Changes the password if a Logon that `check` let through asks for it.

        One that does not comply keeps nobody from logging on: the old one holds (FIXT 1.1, SessionStatus). Raises
        `LogonRefused` when it can't be changed whatever it is.
        """
        fields = logon.fields
        if tags.NewPassword not in fields:
            return NO_NEW_PASSWORD
        present, new = fields.get(tags.Password, ""), fields[tags.NewPassword]
        fault = "NewPassword(925) is for sessions with a password, and this one has none"
        try:
            if profile.username:
                if text := _against_policy(present, new):
                    return NewPasswordAnswer(PASSWORD_NON_COMPLIANT, text)
                fault = await self.change(profile.username, present, new, address)
        except (WrongPassword, PasswordsUnavailable) as error:
            fault = str(error) or "Password(554) is wrong by now"
        if fault:
            raise LogonRefused(fault, answer=f"logon refused: {fault}")
        return NewPasswordAnswer(PASSWORD_CHANGED)

    async def change(self, username: str, present: str, new: str, address: str) -> str:
        """Changes a password; answers why not, or nothing. Raises `WrongPassword`, `PasswordsUnavailable`."""
        now = self._clock.real
        if self._lockout.locked_for(username, address, now):
            raise WrongPassword
        if text := _against_policy(present, new):
            return text
        if self._change_password is None:
            return "passwords are those of the venue's settings and cannot be changed by clients"
        async with self._places:
            is_changed = await self._change_password(username, present, new)
        if not is_changed:
            self._count_failure(username, address)
            raise WrongPassword
        _log.info("password changed", user=username, peer=address)
        return ""

    async def _is_right(self, username: str, password: str) -> bool:
        async with self._places:
            try:
                return await self._check_password(username, password)
            except PasswordsUnavailable as error:
                # Nothing was wrong with the password: it must not count.
                text = "logon refused: passwords cannot be checked at the moment; try again"
                raise LogonRefused(f"password not checked: {error}", answer=text) from error

    def _count_failure(self, name: str, address: str) -> None:
        locked = self._lockout.failed(name, address, self._clock.real)
        if locked:
            _log.warning("locked out", user=name, peer=address, seconds=locked // NANOSECONDS)


class WrongPassword(Exception):
    """The present password is wrong, or may not be tried again yet."""


def _against_policy(present: str, new: str) -> str:
    if len(new) in NEW_PASSWORD_LENGTHS and new != present:
        return ""
    least, most = NEW_PASSWORD_LENGTHS[0], NEW_PASSWORD_LENGTHS[-1]
    return f"NewPassword(925) must have {least} to {most} characters and differ from Password(554)"


def _fault_of_origin(profile: SessionProfile | None, demands: Demands, origin: Origin) -> str:
    if profile is None:
        return "no such session"
    if not demands.allowed_addresses.allows(origin.address):
        return f"{origin.address} is not in allowed_addresses of {profile.comp_id}: {demands.allowed_addresses}"
    wanted = demands.certificate_names
    if wanted and not set(wanted) & set(origin.certificate_names):
        given = " ".join(origin.certificate_names) or "no client certificate"
        return f"{given} is not what {profile.comp_id} logs on with: {' '.join(wanted)}"
    return ""
