"""What an operator may do to a session: end it, ask it, send again, set its numbers, forbid it.

Each action is a rule about when it may be done and a few calls of `Session`. What a client would see go wrong, numbers
used a second time, is refused unless it is asked for with force. Called by `gateway.session_desk`, which audits it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.fix.news import send_news
from gateway.fix.session import Session
from gateway.fix.session_state import SessionState

DISABLED_BYTES_MAX = 1 << 20
"""Of the file of disabled sessions: more names than there may be sessions."""


class ControlRefused(Exception):
    """An action that the session's state does not allow. `name` is stable, the text says what would have been right."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class SessionControl:
    """The actions. Which sessions are disabled is kept in a file, so that a restart enables nobody."""

    def __init__(self, sessions: Mapping[str, Session], refresh: Callable[[], None], disabled: Path) -> None:
        """`refresh` reads the sessions' clock; `disabled` is the file of disabled ones, which need not exist.

        Raises `OSError`, and ValueError for a file of something else.
        """
        self._refresh = refresh
        self._disabled = disabled
        for name in _names_in(disabled):
            session = sessions.get(name)
            if session is not None:
                session.is_enabled = False

    def admit(self, session: Session) -> None:
        """Takes in a session that has just been added: one that was disabled before still is. Raises `OSError`."""
        session.is_enabled = session.profile.comp_id not in _names_in(self._disabled)

    def log_out(self, session: Session, reason: str) -> None:
        """Ends the session's line with Logout and the reason."""
        self._begin(session, "logged out")
        session.log_out(f"logged out by the operator: {reason}" if reason else "logged out by the operator")

    def send_test_request(self, session: Session) -> None:
        """Asks the client whether it is there; one that does not answer in time is ended."""
        self._begin(session, "asked")
        session.send_test_request()

    def send_again(self, session: Session, begin: int, end: int) -> None:
        """Sends the messages `begin` to `end` again, 0 for the last, as if the client had asked for them."""
        self._begin(session, "sent anything")
        last = session.outbound.last_number
        if begin > last or 0 < end < begin or end > last:
            text = f"{begin} to {end} is no range of the 1 to {last} sent so far; an end of 0 is the last"
            raise ControlRefused("INVALID_RANGE", text)
        if not session.outbound.has_room_for_resend:
            raise ControlRefused("RESEND_UNDER_WAY", "too many resends wait already; try again when they are done")
        session.outbound.answer_resend(begin, end or last)
        session.on_output(session)

    def set_numbers(self, session: Session, next_in: int | None, next_out: int | None, *, force: bool) -> None:
        """Goes on with these MsgSeqNums; None leaves one as it is."""
        self._refresh()
        if session.state not in (SessionState.IDLE, SessionState.ACTIVE):
            text = f"{session.profile.comp_id} is {session.state}; its numbers can be set when that is over"
            raise ControlRefused("SESSION_NOT_READY", text)
        now_in, now_out = session.next_in, session.log.next_out
        new_in, new_out = next_in or now_in, next_out or now_out
        if new_out < now_out and not force:
            raise ControlRefused(
                "NUMBERS_USED",
                f"next_out {new_out} is below {now_out}: the client would get the numbers {new_out} to {now_out - 1} "
                "a second time, for other messages; give force to do it all the same",
            )
        if new_in < now_in and not force:
            raise ControlRefused(
                "NUMBERS_USED",
                f"next_in {new_in} is below {now_in}: the client's messages {new_in} to {now_in - 1} would be asked "
                "for and handled a second time; give force to do it all the same",
            )
        self._check_recorded(session)
        session.set_numbers(new_in, new_out)

    def reset(self, session: Session) -> None:
        """Both numbers begin at 1 again and what was sent is forgotten; only without a connection."""
        self._refresh()
        if session.state is not SessionState.IDLE:
            text = f"{session.profile.comp_id} is {session.state}; log it out first, so that both sides begin anew"
            raise ControlRefused("SESSION_CONNECTED", text)
        self._check_recorded(session)
        session.set_numbers(1, 1)

    def send_news(self, session: Session, text: str, urgency: str) -> None:
        """Says something to the people at a session, also to one that is away: it gets it by resend."""
        self._refresh()
        send_news(session, text, urgency)

    def disable(self, session: Session, reason: str) -> None:
        """Refuses the session's logons from now on, and logs it out. Raises `OSError` when that can't be kept."""
        self._refresh()
        self._keep_disabled({session.profile.comp_id}, set())
        session.is_enabled = False
        session.log_out(f"disabled by the operator: {reason}" if reason else "disabled by the operator")

    def enable(self, session: Session) -> None:
        """Lets the session log on again. Raises `OSError` when that can't be kept."""
        self._keep_disabled(set(), {session.profile.comp_id})
        session.is_enabled = True

    def _begin(self, session: Session, done: str) -> None:
        self._refresh()
        if session.state is not SessionState.ACTIVE:
            text = f"{session.profile.comp_id} is {session.state}; only a session that is logged on can be {done}"
            raise ControlRefused("SESSION_NOT_ACTIVE", text)

    def _check_recorded(self, session: Session) -> None:
        if not session.log.flush():
            text = "the disk is full: numbers that could not be recorded must not change; make room and try again"
            raise ControlRefused("DISK_FULL", text)

    def _keep_disabled(self, more: set[str], fewer: set[str]) -> None:
        names = sorted((_names_in(self._disabled) | more) - fewer)
        beside = self._disabled.with_name(f"{self._disabled.name}.new")
        beside.write_text(json.dumps(names), encoding="utf-8")
        os.replace(beside, self._disabled)


def _names_in(path: Path) -> set[str]:
    try:
        with path.open("rb") as file:
            names = json.loads(file.read(DISABLED_BYTES_MAX))
    except FileNotFoundError:
        return set()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f'{path} is not a list of CompIDs such as ["ALICE"]')
    return set(names)
