"""The cases of the probe in their order, and the run that gives each its verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from gateway.probe import field_cases, order_cases, session_cases
from gateway.probe.line import CaseFailed, Target

Case = Callable[[Target], None]
"""Plays itself against an acceptor; raises `CaseFailed`. Its docstring says what is done and what has to come."""

CASES: tuple[Case, ...] = (
    session_cases.logon_is_answered,
    session_cases.first_message_must_be_logon,
    session_cases.unknown_identity_is_refused,
    session_cases.second_connection_leaves_one,
    session_cases.logout_is_answered,
    session_cases.test_request_is_answered,
    session_cases.heartbeats_keep_the_interval,
    session_cases.silence_is_asked_and_ends,
    session_cases.wrong_check_sum_is_ignored,
    session_cases.wrong_body_length_is_ignored,
    session_cases.garbage_is_skipped,
    session_cases.bytes_may_come_in_any_pieces,
    session_cases.gap_is_asked_for_and_filled,
    session_cases.too_low_ends_the_session,
    session_cases.too_low_as_duplicate_is_ignored,
    session_cases.sequence_reset_raises,
    session_cases.sequence_reset_never_lowers,
    session_cases.gap_fill_never_lowers,
    session_cases.resend_fills_session_messages,
    session_cases.resend_of_what_was_never_sent,
    session_cases.wrong_comp_id_ends_the_session,
    session_cases.old_sending_time_ends_the_session,
    session_cases.wrong_begin_string_ends_the_session,
    session_cases.missing_number_ends_the_session,
    field_cases.missing_field_is_rejected,
    field_cases.value_outside_is_rejected,
    field_cases.wrong_format_is_rejected,
    field_cases.empty_value_is_rejected,
    field_cases.unknown_tag_is_rejected,
    field_cases.doubled_tag_is_rejected,
    field_cases.unknown_msg_type_is_rejected,
    field_cases.unsupported_message_is_refused,
    order_cases.order_is_accepted,
    order_cases.duplicate_identifier_is_refused,
    order_cases.unknown_symbol_is_refused,
    order_cases.cancel_is_confirmed,
    order_cases.cancel_of_unknown_is_refused,
    order_cases.cancel_of_canceled_is_refused,
    order_cases.replace_is_confirmed,
    order_cases.status_is_told,
    order_cases.status_of_unknown_is_told,
    order_cases.order_is_filled,
    order_cases.burst_is_answered_whole,
    order_cases.missed_reports_come_again,
)
"""Numbered from 1 in this order; a new one goes to the end, so that numbers keep their meaning."""


class Verdict(msgspec.Struct, frozen=True):
    """How one case went."""

    number: int
    title: str
    """What is done and what has to come, in one sentence."""
    failure: str
    """What came instead; empty when the case passed."""
    seconds: float


def title(case: Case) -> str:
    """What a case is about, in its own words."""
    return (case.__doc__ or case.__name__).strip()


def run(target: Target, numbers: Sequence[int] = ()) -> Iterator[Verdict]:
    """Plays the cases, one after another and each on connections of its own; `numbers` chooses some.

    Raises `OSError` when the acceptor takes no connection for the first of them.
    """
    has_connected = False
    for number, case in enumerate(CASES, 1):
        if numbers and number not in numbers:
            continue
        began = time.monotonic()
        failure = ""
        try:
            case(target)
        except CaseFailed as failed:
            failure = str(failed)
        except OSError as error:
            if not has_connected:
                raise
            failure = f"the acceptor takes no connection any more: {error}"
        has_connected = True
        yield Verdict(number, title(case), failure, time.monotonic() - began)
