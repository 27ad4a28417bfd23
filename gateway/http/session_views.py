"""What HTTP shows of FIX sessions and lets operators do to them; `gateway.session_desk` is a `SessionDesk`.

The bodies of requests are read into the structs here, so that what is wrong with one is said before anything happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

REASON_CHARACTERS_MAX = 200
NEWS_CHARACTERS_MAX = 1_000
"""People read it: what is longer belongs in a mail."""

NUMBER_MAX = 999_999_999

Reason = Annotated[str, Meta(max_length=REASON_CHARACTERS_MAX, pattern=r"\A[\x20-\x7e]*\Z")]
"""What the client reads in Text(58): plain characters, because FIX has no others."""

MsgSeqNum = Annotated[int, Meta(ge=1, le=NUMBER_MAX)]
"""What FIX engines with 32-bit numbers can follow."""


class LogOut(Struct, forbid_unknown_fields=True, frozen=True):
    """End the session's line."""

    reason: Reason = ""


class SendTestRequest(Struct, forbid_unknown_fields=True, frozen=True):
    """Ask whether the client is there."""


class SendAgain(Struct, forbid_unknown_fields=True, frozen=True):
    """Send messages again, as if the client had asked for them."""

    begin: MsgSeqNum
    end: Annotated[int, Meta(ge=0, le=NUMBER_MAX)] = 0
    """0 is the last one."""


class SetNumbers(Struct, forbid_unknown_fields=True, frozen=True):
    """Go on with other MsgSeqNums; what is left out stays."""

    next_in: MsgSeqNum | None = None
    next_out: MsgSeqNum | None = None
    force: bool = False
    """Also when numbers are used a second time."""


class Disable(Struct, forbid_unknown_fields=True, frozen=True):
    """Refuse its logons from now on, and log it out."""

    reason: Reason = ""


class Enable(Struct, forbid_unknown_fields=True, frozen=True):
    """Let it log on again."""


class Reset(Struct, forbid_unknown_fields=True, frozen=True):
    """Begin both numbers at 1."""


class News(Struct, forbid_unknown_fields=True, frozen=True):
    """Say something to the people at sessions; `POST /admin/news`."""

    text: Annotated[str, Meta(max_length=NEWS_CHARACTERS_MAX, pattern=r"\A[\x20-\x7e\n]*[\x21-\x7e][\x20-\x7e\n]*\Z")]
    """The first line is the headline."""
    urgency: Literal["normal", "flash", "background"] = "normal"
    sessions: list[str] = []
    """CompIDs; none means every session."""


SessionAction = LogOut | SendTestRequest | SendAgain | SetNumbers | Disable | Enable | Reset

ACTIONS: dict[str, type[SessionAction]] = {
    "logout": LogOut,
    "test-request": SendTestRequest,
    "resend": SendAgain,
    "set-numbers": SetNumbers,
    "disable": Disable,
    "enable": Enable,
    "reset": Reset,
}
"""`POST /admin/sessions/{comp_id}/{action}` to what its body is."""


@dataclass(frozen=True)
class EndingView:
    """Why a line ended or a logon was refused."""

    at: int
    """Nanoseconds since 1970 UTC."""
    peer: str
    reason: str


@dataclass(frozen=True)
class FrameView:
    """One frame that came or went, or a note about a line."""

    at: int
    """Nanoseconds since 1970 UTC."""
    direction: str
    """`in`, `out` or `note`."""
    session: str
    peer: str
    text: str
    """With `|` for SOH; secrets are left out."""
    note: str
    fields: Sequence[tuple[str, str, str, str]]
    """Tag, name, value and what the value means."""


class SessionDesk(Protocol):
    """What operators see of sessions, and do to them."""

    def history(self, comp_id: str) -> tuple[Sequence[EndingView], Sequence[EndingView]] | None:
        """The latest disconnects and refused logons, newest first; None where there is no such session."""

    async def act(self, comp_id: str, name: str, action: SessionAction, who: str) -> None:
        """Does it and records who did. Raises `Problem`."""

    async def tell(self, news: News, who: str) -> dict[str, str]:
        """Sends it and records who did; the sessions it went to, each with its state. Raises `Problem`."""

    def frames(self, session: str, cl_ord_id: str, after: int) -> Sequence[FrameView]:
        """The latest frames of a session, or of all, that came after a time; with a ClOrdID: those of its order."""
