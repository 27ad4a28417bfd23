"""Builds the FIX side from the settings: dictionary, sessions with their logs, gate and acceptor."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from exchange.sequencing.sequencer import Sequencer
from gateway.clock.venue_clock import VenueClock
from gateway.fix.acceptor import Acceptor, AcceptorLimits
from gateway.fix.clock import GatewayClock
from gateway.fix.codecs import Codecs
from gateway.fix.credentials import ChangePassword, CheckPassword
from gateway.fix.execution_reports import ReportWriter
from gateway.fix.frame_log import FrameLog
from gateway.fix.logon_gate import LogonGate
from gateway.fix.market_days import MarketDays
from gateway.fix.order_entry import OrderEntry
from gateway.fix.profile import SessionRules
from gateway.fix.sending_time import NANOSECONDS
from gateway.fix.session_maker import SessionMaker
from gateway.fix.user_requests import UserRequests
from gateway.fix.versions import VERSIONS
from gateway.fix_security import build_credentials, build_doorway
from gateway.open_mode import build_open_sessions
from gateway.session_profiles import session_profile
from gateway.settings import Settings

EARLY_MESSAGES_MAX = 10_000
"""Messages kept beyond a gap in what a client sends: more than a client sends while its resend is under way."""

FRAMES_FOLDER = "frames"
"""Where the frame log is, beside the sessions' logs."""


def build_acceptor(
    settings: Settings,
    folder: Path,
    sequencer: Sequencer,
    check_password: CheckPassword,
    change_password: ChangePassword | None = None,
    venue_clock: VenueClock | None = None,
) -> Acceptor:
    """The acceptor with every enabled session; `folder` is where their logs are. Nothing listens yet.

    Raises `TlsFault` when certificates cannot be used.
    """
    fix = settings.fix
    clock = GatewayClock(venue_clock, drives_lines=settings.clock.drives_heartbeats)
    rules = SessionRules(
        sending_time_accuracy=fix.sending_time_accuracy_seconds * NANOSECONDS,
        logout_timeout=fix.logout_timeout_seconds * NANOSECONDS,
        heartbeat_min_seconds=fix.heartbeat_min_seconds,
        heartbeat_max_seconds=fix.heartbeat_max_seconds,
        early_messages_max=EARLY_MESSAGES_MAX,
        is_clock_driven=clock.is_driven,
        resend_batch_messages=fix.resend_batch_messages,
    )
    maker = SessionMaker(settings.venue.comp_id, rules, clock)
    sessions = {
        listed.comp_id: maker.make(session_profile(listed), folder)
        for listed in settings.fix_sessions
        if listed.enabled
    }
    open_sessions = build_open_sessions(settings, folder, sessions, maker.make)
    limits = AcceptorLimits(
        max_message_bytes=fix.max_message_bytes,
        logon_message_bytes=min(fix.logon_message_bytes, fix.max_message_bytes),
        outbound_queue_bytes=fix.outbound_queue_bytes,
        outbound_queue_seconds=fix.outbound_queue_seconds,
        logon_timeout_seconds=fix.logon_timeout_seconds,
        max_connections=fix.max_connections,
        max_connections_per_address=fix.max_connections_per_address,
        garbled_max=fix.garbled_limit,
    )
    spoken = [session.profile.version for session in sessions.values()]
    spoken.append(VERSIONS[fix.session_defaults.version])
    codecs = Codecs(spoken, check_user_defined=fix.validate_user_defined_fields)
    credentials = build_credentials(settings, check_password, change_password, clock)
    gate = LogonGate(maker.venue_comp_id, sessions, rules, clock, open_sessions)
    reports = {name: ReportWriter(sequencer.venue.instruments, version) for name, version in VERSIONS.items()}
    days = MarketDays({market.name: ZoneInfo(market.time_zone) for market in settings.markets})
    user_requests = UserRequests(credentials, clock)
    order_entry = OrderEntry(sequencer, reports, clock, user_requests, venue_clock or VenueClock(), days)
    acceptor = Acceptor(sessions, gate, codecs, order_entry, maker, limits, credentials, build_doorway(settings))
    if fix.frame_log.enabled:
        limit_bytes = fix.frame_log.limit_mebibytes << 20
        acceptor.watch.frames = FrameLog(folder / FRAMES_FOLDER, clock, limit_bytes=limit_bytes)
    return acceptor
