"""What can be agreed with one FIX counterparty besides who it is: numbers, hours, pace. Part of `SessionTerms`.

A schedule names days and hours in a time zone; a session without days may log on at any time.
"""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from gateway.settings.section import Section

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")

Day = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]


def check_time_zone(name: str) -> str:
    """A name of the IANA time zone database."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'"{name}" is no time zone known here; give a name such as Europe/Berlin or UTC') from error
    return name


def check_time_of_day(text: str) -> str:
    """Hours and minutes."""
    hours, _, minutes = text.partition(":")
    is_time = len(text) == 5 and hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60
    if not is_time or not text.isascii():
        raise ValueError(f'"{text}" is not a time of day such as "08:30", in quotes and with four digits')
    return text


TimeZone = Annotated[str, AfterValidator(check_time_zone)]
TimeOfDay = Annotated[str, AfterValidator(check_time_of_day)]


class ScheduleSettings(Section):
    """When a session may be logged on. At the end it is logged out; a Logon outside is told when to come back."""

    days: tuple[Day, ...] = Field(
        (), max_length=7, description="`MON` to `SUN`: days on which hours begin. Empty: at any time, no schedule."
    )
    period: Literal["day", "week"] = Field(
        "day", description="day: hours on each of `days`. week: one stretch from the first of `days` to the last."
    )
    start: TimeOfDay = Field("00:00", description='When hours begin, such as "08:00".')
    end: TimeOfDay = Field(
        "00:00", description="When they end. Not after `start` is the next day, or a week later in a week of one day."
    )
    time_zone: TimeZone = Field("UTC", description="IANA name; hours follow its summer time.")
    reset: bool = Field(True, description="true: MsgSeqNums start from 1 with each period, also over a restart.")

    @property
    def start_time(self) -> time:
        """`start` as a time."""
        return time.fromisoformat(self.start)

    @property
    def end_time(self) -> time:
        """`end` as a time."""
        return time.fromisoformat(self.end)

    @property
    def day_numbers(self) -> tuple[int, ...]:
        """`days` with Monday as 0."""
        return tuple(DAYS.index(day) for day in self.days)


class SessionHabitTerms(Section):
    """What is agreed with a counterparty about its session."""

    reset_on_logout: bool = Field(
        False,
        description="Both MsgSeqNums start from 1 after an exchange of Logouts; what was missed is forgotten.",
    )
    reset_on_disconnect: bool = Field(
        False, description="Both MsgSeqNums start from 1 when the connection ends, however it ends."
    )
    next_expected_msg_seq_num: bool = Field(
        False,
        description="true: our Logon always has NextExpectedMsgSeqNum(789). A client whose Logon has it gets it "
        "anyway, and what it misses without asking.",
    )
    last_msg_seq_num_processed: bool = Field(
        False, description="true: every message of ours has LastMsgSeqNumProcessed(369)."
    )
    resend_request_chunk: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Messages that one ResendRequest of ours asks for; 0: all that are missing. For clients that "
        "cannot answer long ranges at once.",
    )
    sending_time_accuracy_seconds: int | None = Field(
        None,
        ge=0,
        le=86_400,
        description="Instead of `fix.sending_time_accuracy_seconds`; 0: SendingTime(52) is not looked at.",
    )
    test: bool = Field(
        False,
        description="true: a test session. Its Logon needs TestMessageIndicator(464)=Y; others must not have it.",
    )
    on_second_connection: Literal["keep_first", "take_over"] = Field(
        "keep_first",
        description="A Logon while the session is connected: keep_first refuses it, take_over logs the first out.",
    )
    messages_per_second: int = Field(
        0,
        ge=0,
        le=1_000_000,
        description="Application messages taken in a second, so that one client leaves time to others; 0: no limit. "
        "Session messages are not counted.",
    )
    message_burst: int = Field(
        100, ge=1, le=1_000_000, description="Application messages taken at once after a pause, when there is a limit."
    )
    on_throttle: Literal["reject", "logout"] = Field(
        "reject", description="What a message beyond gets: BusinessMessageReject(j), or Logout for the session."
    )
    cancel_on_disconnect: Literal["none", "flagged", "all"] = Field(
        "flagged",
        description="Which orders are canceled when the connection ends, however it ends: none, those with "
        "ExecInst(18) o and quotes, or all. CancelOrdersOnDisconnect(8013) of a Logon says otherwise for its "
        "connection: Y all, F and N flagged.",
    )
    disconnect_grace_seconds: int = Field(
        0, ge=0, le=86_400, description="They stay for so long, and altogether when the client is back by then."
    )
    disconnect_keeps_good_till: bool = Field(
        True, description="true: good-till-cancel and good-till-date orders stay unless they have ExecInst(18) o."
    )
    schedule: ScheduleSettings = Field(default_factory=ScheduleSettings)


class OpenSettings(Section):
    """Open mode: CompIDs that are not in `fix.sessions` may log on, with the terms of `fix.session_defaults`."""

    enabled: bool = Field(
        False, description="true: a Logon with an unknown CompID makes a session. Nobody asks it for a password."
    )
    max_sessions: int = Field(
        100, ge=1, le=10_000, description="Sessions made that way, ever: each keeps a log on the disk and in memory."
    )
    accounts: tuple[str, ...] = Field(
        (),
        max_length=1000,
        description="Accounts they may trade for, by `id`; empty: those of `fix.session_defaults`. At most 1000, as "
        "for any session.",
    )
