"""The life of a FIX session, as a table. Anything not in the table is a mistake of ours and raises.

Theory of operation. A session outlives its connections: between them it is IDLE, with its numbers kept. A Logon that
the gate lets through makes it ACTIVE; only then does it send application messages. When the venue ends it, it sends
Logout and is LOGGING_OUT: it sends nothing more and waits for the answering Logout, but not for ever. CLOSING means
that the socket has to go once everything is written. A lost connection leads to IDLE from anywhere (FIX 4.4 vol. 2).
"""

from __future__ import annotations

from enum import StrEnum


class SessionState(StrEnum):
    """Where a session stands."""

    IDLE = "idle"
    """No connection; reports are numbered and kept for the next logon."""
    ACTIVE = "active"
    """Logged on."""
    LOGGING_OUT = "logging out"
    """We sent Logout and wait for the counterparty's."""
    CLOSING = "closing"
    """Nothing more is sent or read; the socket closes when all is written."""


class SessionEvent(StrEnum):
    """What moves a session on."""

    LOGON_ACCEPTED = "logon accepted"
    LOGON_REFUSED = "logon refused"
    LOGOUT_SENT = "logout sent"
    LOGOUT_RECEIVED = "logout received"
    GIVEN_UP = "given up"
    CONNECTION_LOST = "connection lost"


_S, _E = SessionState, SessionEvent

TRANSITIONS: dict[tuple[SessionState, SessionEvent], SessionState] = {
    (_S.IDLE, _E.LOGON_ACCEPTED): _S.ACTIVE,
    (_S.IDLE, _E.LOGON_REFUSED): _S.CLOSING,
    (_S.ACTIVE, _E.LOGOUT_SENT): _S.LOGGING_OUT,
    (_S.ACTIVE, _E.LOGOUT_RECEIVED): _S.CLOSING,
    (_S.ACTIVE, _E.GIVEN_UP): _S.CLOSING,
    (_S.LOGGING_OUT, _E.LOGOUT_RECEIVED): _S.CLOSING,
    (_S.LOGGING_OUT, _E.GIVEN_UP): _S.CLOSING,
    (_S.IDLE, _E.CONNECTION_LOST): _S.IDLE,
    (_S.ACTIVE, _E.CONNECTION_LOST): _S.IDLE,
    (_S.LOGGING_OUT, _E.CONNECTION_LOST): _S.IDLE,
    (_S.CLOSING, _E.CONNECTION_LOST): _S.IDLE,
}


def next_state(state: SessionState, event: SessionEvent) -> SessionState:
    """The state that follows; raises AssertionError for an event that the state does not know."""
    following = TRANSITIONS.get((state, event))
    assert following is not None, f"a session that is {state} knows no {event}"
    return following
