"""What the settings say of a session, as the session reads it; and what they cannot say."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.fix.habits import NO_HABITS, SessionHabits
from gateway.fix.schedule import Schedule
from gateway.fix.sending_time import NANOSECONDS
from gateway.session_profiles import session_profile
from gateway.settings import Settings, load_settings

EVERYTHING = """
      reset_on_logout: true
      reset_on_disconnect: true
      next_expected_msg_seq_num: true
      last_msg_seq_num_processed: true
      resend_request_chunk: 500
      sending_time_accuracy_seconds: 5
      test: true
      on_second_connection: take_over
      messages_per_second: 50
      message_burst: 10
      on_throttle: logout
      schedule: {days: [SUN, FRI], period: week, start: "17:00", end: "16:30", reset: false,
                 time_zone: America/New_York}
"""


def settings_of(folder: Path, terms: str) -> Settings:
    """Settings with one session of these terms."""
    path = folder / "exchange.yaml"
    path.write_text(f"accounts: [{{id: A}}]\nfix:\n  sessions:\n    - comp_id: ONE\n      accounts: [A]\n{terms}")
    return load_settings(str(path), {}, {})


def test_all_that_can_be_agreed_reaches_the_session(tmp_path: Path) -> None:
    (listed,) = settings_of(tmp_path, EVERYTHING).fix_sessions
    assert session_profile(listed).habits == SessionHabits(
        reset_on_logout=True,
        reset_on_disconnect=True,
        next_expected=True,
        last_processed=True,
        resend_request_chunk=500,
        sending_time_accuracy=5 * NANOSECONDS,
        is_test=True,
        takes_over=True,
        messages_per_second=50,
        message_burst=10,
        ends_when_throttled=True,
        schedule=Schedule(ZoneInfo("America/New_York"), (6, 4), time(17), time(16, 30), is_weekly=True, resets=False),
    )


def test_a_session_that_says_nothing_has_no_habits_but_a_burst_nobody_limits(tmp_path: Path) -> None:
    (listed,) = settings_of(tmp_path, "").fix_sessions
    habits = session_profile(listed).habits
    assert (habits.messages_per_second, habits.schedule, habits.sending_time_accuracy) == (0, None, None)
    assert habits.next_expected is habits.takes_over is habits.is_test is NO_HABITS.is_test


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ("schedule: {time_zone: Europe/Atlantis}", '"Europe/Atlantis" is no time zone known here'),
        ("schedule: {start: '8:00'}", '"8:00" is not a time of day such as "08:30"'),
        ("schedule: {end: '24:00'}", '"24:00" is not a time of day such as "08:30"'),
        ("schedule: {end: 480}", '"480" is not a time of day such as "08:30"'),
        ("schedule: {days: [MONDAY]}", "MON"),
        ("resend_request_chunk: -1", "resend_request_chunk"),
        ("on_second_connection: refuse", "keep_first"),
        (
            "version: FIX.4.2\n      test: true",
            "test needs TestMessageIndicator(464) in the Logon, which FIX.4.2 does not",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_what_could(tmp_path: Path, terms: str, text: str) -> None:
    with pytest.raises(Exception, match=r"exchange\.yaml") as refused:
        settings_of(tmp_path, f"      {terms}\n")
    assert text in str(refused.value)
