"""UserRequest(BE) and its answer UserResponse(BF): a client changes its password, or asks whether a user is logged on.

FIX 4.4 vol. 3, User Administration. A session may ask about its own user alone. Logging on and off is done by Logon(A)
and Logout(5), not here. Called by order entry for messages that session and dictionary have let through.
"""

from __future__ import annotations

import asyncio

from gateway.fix import tags
from gateway.fix.clock import GatewayClock
from gateway.fix.credentials import Credentials, PasswordsUnavailable, WrongPassword
from gateway.fix.message import SOH, Message
from gateway.fix.routing import reversed_routing
from gateway.fix.session import Session
from gateway.fix.tags import MsgTypes

CHANGE_PASSWORD = "3"  # noqa: S105 - a code of UserRequestType(924)
ASK_STATUS = "4"
"""Values of UserRequestType(924) that are answered with more than a refusal."""

LOGGED_IN, NOT_LOGGED_IN, NOT_RECOGNISED, PASSWORD_INCORRECT, PASSWORD_CHANGED, OTHER = "1", "2", "3", "4", "5", "6"
"""Values of UserStatus(926)."""


class UserRequests:
    """Answers UserRequest(BE)."""

    def __init__(self, credentials: Credentials, clock: GatewayClock) -> None:
        self._credentials = credentials
        self._clock = clock
        self._changing: dict[Session, asyncio.Task[None]] = {}

    def receive(self, session: Session, message: Message) -> None:
        """Answers at once, or, for a new password, when it is stored."""
        fields = message.fields
        kind, username = fields[tags.UserRequestType], fields[tags.Username]
        if not session.profile.username or username != session.profile.username:
            text = "a session may ask about its own Username(553) alone"
            self._answer(session, message, NOT_RECOGNISED, text)
        elif kind == ASK_STATUS:
            self._answer(session, message, LOGGED_IN, "")
        elif kind != CHANGE_PASSWORD:
            text = f"UserRequestType(924) {kind} is not taken; {CHANGE_PASSWORD} (change password) and {ASK_STATUS} are"
            self._answer(session, message, OTHER, f"{text}, users log on and off by Logon(A) and Logout(5)")
        elif session in self._changing:
            self._answer(session, message, OTHER, "the change of the password asked for before is still under way")
        else:
            task = asyncio.get_running_loop().create_task(self._change(session, message))
            self._changing[session] = task
            task.add_done_callback(lambda _: self._changing.pop(session, None))

    async def _change(self, session: Session, message: Message) -> None:
        fields = message.fields
        present, new = fields.get(tags.Password, ""), fields.get(tags.NewPassword, "")
        status, text = PASSWORD_CHANGED, ""
        try:
            # Its connection stands for where it comes from: guesses within a session are counted by session.
            text = await self._credentials.change(session.profile.username, present, new, session.profile.comp_id)
            status = OTHER if text else PASSWORD_CHANGED
        except WrongPassword:
            status, text = PASSWORD_INCORRECT, "Password(554) is not the present one"
        except PasswordsUnavailable as error:
            status, text = OTHER, f"the password was not changed: {error}"
        self._clock.refresh()
        self._answer(session, message, status, text)

    def _answer(self, session: Session, message: Message, status: str, text: str) -> None:
        fields = message.fields
        words = f"{tags.UserStatusText}={text}{SOH}" if text else ""
        session.send(
            MsgTypes.UserResponse,
            f"{tags.UserRequestID}={fields[tags.UserRequestID]}{SOH}{tags.Username}={fields[tags.Username]}{SOH}"
            f"{tags.UserStatus}={status}{SOH}{words}",
            routing=reversed_routing(message),
        )
