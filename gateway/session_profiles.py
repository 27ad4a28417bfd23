"""What the settings say of a FIX session, in the session's own words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from gateway.fix.habits import DisconnectMode, SessionHabits
from gateway.fix.profile import SessionProfile
from gateway.fix.schedule import Schedule
from gateway.fix.sending_time import NANOSECONDS
from gateway.fix.versions import VERSIONS
from gateway.settings.fix import FixSession
from gateway.settings.session_habits import ScheduleSettings


def session_profile(listed: FixSession) -> SessionProfile:
    """Who a session is for, and what it may do."""
    return SessionProfile(
        comp_id=listed.comp_id,
        version=VERSIONS[listed.version],
        username=listed.username or "",
        accounts=listed.accounts,
        reset_on_logon=listed.reset_on_logon,
        max_open_orders=listed.max_open_orders,
        habits=_habits(listed),
    )


def _habits(listed: FixSession) -> SessionHabits:
    accuracy = listed.sending_time_accuracy_seconds
    return SessionHabits(
        reset_on_logout=listed.reset_on_logout,
        reset_on_disconnect=listed.reset_on_disconnect,
        next_expected=listed.next_expected_msg_seq_num,
        last_processed=listed.last_msg_seq_num_processed,
        resend_request_chunk=listed.resend_request_chunk,
        sending_time_accuracy=None if accuracy is None else accuracy * NANOSECONDS,
        is_test=listed.test,
        takes_over=listed.on_second_connection == "take_over",
        messages_per_second=listed.messages_per_second,
        message_burst=listed.message_burst,
        ends_when_throttled=listed.on_throttle == "logout",
        cancel_on_disconnect=DisconnectMode(listed.cancel_on_disconnect),
        disconnect_grace=listed.disconnect_grace_seconds * NANOSECONDS,
        keeps_good_till=listed.disconnect_keeps_good_till,
        schedule=_schedule(listed.schedule),
    )


def _schedule(settings: ScheduleSettings) -> Schedule | None:
    if not settings.days:
        return None
    return Schedule(
        time_zone=ZoneInfo(settings.time_zone),
        days=settings.day_numbers,
        start=settings.start_time,
        end=settings.end_time,
        is_weekly=settings.period == "week",
        resets=settings.reset,
    )
