"""A client on QuickFIX, the C++ engine that most of the trade knows: it sends, keeps what comes, and waits for it.

All validation of the engine is on. What it rejects of the exchange's messages is kept, too: that must stay empty.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import quickfix

Fields = dict[int, str]

WAIT_SECONDS = 10.0
"""More than an exchange takes to find that a line is dead: twice HeartBtInt and some."""


class CaseFailed(Exception):
    """What should have come did not; the text says what did."""


class Received(dict[int, str]):
    """A message by tag (the first of each), with the order it came in."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\x01", "|")
        pairs = (pair.partition("=") for pair in text.split("\x01") if pair)
        super().__init__(reversed([(int(tag), value) for tag, _, value in pairs]))


class QuickFixClient(quickfix.Application):  # type: ignore[misc] # published without types
    """One initiator session."""

    def __init__(self, config: Path, credentials: tuple[str, str]) -> None:
        super().__init__()
        self.is_on = False
        self.logons = 0
        self.received: list[Received] = []
        """Everything that the engine let through, in order."""
        self.sent: list[Received] = []
        self._credentials = credentials
        self._changed = threading.Condition()
        settings = quickfix.SessionSettings(str(config))
        # The engine keeps no reference to them.
        self._kept = (quickfix.FileStoreFactory(settings), quickfix.FileLogFactory(settings), settings)
        self.session_id: quickfix.SessionID | None = None
        self._initiator = quickfix.SocketInitiator(self, self._kept[0], settings, self._kept[1])

    # What the cases use

    def start(self) -> None:
        """Connects and logs on; again by itself whenever the line breaks."""
        self._initiator.start()

    def stop(self) -> None:
        """Logs out and ends the engine's thread."""
        self._initiator.stop()

    @property
    def session(self) -> quickfix.Session:
        """The engine's own session: its numbers can be changed there."""
        return quickfix.Session.lookupSession(self.session_id)

    def send(self, msg_type: str, fields: Fields) -> None:
        """Hands a message to the engine, which numbers and keeps it."""
        message = quickfix.Message()
        message.getHeader().setField(quickfix.StringField(35, msg_type))
        for tag, value in fields.items():
            message.setField(quickfix.StringField(tag, value))
        quickfix.Session.sendToTarget(message, self.session_id)

    def wait(self, is_it: Callable[[Received], bool], what: str, since: int = 0) -> Received:
        """The first message received from `since` on that is meant."""
        found: list[Received] = []

        def look() -> bool:
            found.extend(one for one in self.received[since:] if is_it(one))
            return bool(found)

        self.until(look, what, since)
        return found[0]

    def until(self, condition: Callable[[], bool], what: str, since: int = 0) -> None:
        """Waits; fails the case with what came instead."""
        deadline = time.monotonic() + WAIT_SECONDS
        with self._changed:
            while not condition():
                if not self._changed.wait(deadline - time.monotonic()) and not condition():
                    came = [one.text for one in self.received[since:] if one[35] != "0"]
                    raise CaseFailed(f"{what} did not come; received {came or 'nothing'}")

    @property
    def rejects(self) -> list[str]:
        """What the engine itself refused of the exchange's messages."""
        return [one.text for one in self.sent if one[35] in {"3", "j"}]

    # What the engine calls

    def onCreate(self, session_id: quickfix.SessionID) -> None:  # noqa: N802 - QuickFIX's name
        """QuickFIX: the session is there."""
        self.session_id = session_id

    def onLogon(self, session_id: quickfix.SessionID) -> None:  # noqa: ARG002, N802 - QuickFIX's name
        """QuickFIX: the exchange has answered the Logon."""
        with self._changed:
            self.is_on = True
            self.logons += 1
            self._changed.notify_all()

    def onLogout(self, session_id: quickfix.SessionID) -> None:  # noqa: ARG002, N802 - QuickFIX's name
        """QuickFIX: logged out, or the line broke."""
        with self._changed:
            self.is_on = False
            self._changed.notify_all()

    def toAdmin(self, message: quickfix.Message, session_id: quickfix.SessionID) -> None:  # noqa: ARG002, N802
        """QuickFIX: a session message is about to be sent."""
        if message.getHeader().getField(35) == "A":
            for tag, value in zip((553, 554), self._credentials, strict=True):
                message.setField(quickfix.StringField(tag, value))
        self.sent.append(Received(message.toString()))

    def toApp(self, message: quickfix.Message, session_id: quickfix.SessionID) -> None:  # noqa: ARG002, N802
        """QuickFIX: an application message is about to be sent, or sent again."""
        self.sent.append(Received(message.toString()))

    def fromAdmin(self, message: quickfix.Message, session_id: quickfix.SessionID) -> None:  # noqa: ARG002, N802
        """QuickFIX: a session message came."""
        self._take(message)

    def fromApp(self, message: quickfix.Message, session_id: quickfix.SessionID) -> None:  # noqa: ARG002, N802
        """QuickFIX: an application message came."""
        self._take(message)

    def _take(self, message: quickfix.Message) -> None:
        with self._changed:
            self.received.append(Received(message.toString()))
            self._changed.notify_all()
