"""Builds open mode from the settings: the template, the sessions that earlier runs made, and how new ones are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from msgspec.structs import replace

from gateway.fix.open_sessions import OpenSessions
from gateway.fix.profile import SessionProfile
from gateway.fix.session import Session
from gateway.session_profiles import session_profile
from gateway.settings import FixSession, Settings
from gateway.settings.names import check_name

FOLDER = "open"
"""Where their logs are, beside those of the listed sessions."""

MakeSession = Callable[[SessionProfile, Path], Session]
"""A session with its log in a folder."""


def build_open_sessions(
    settings: Settings, folder: Path, sessions: dict[str, Session], make: MakeSession
) -> OpenSessions | None:
    """Adds the open sessions of earlier runs to `sessions`; None when open mode is off."""
    fix = settings.fix
    if not fix.open.enabled:
        return None
    terms = {name: getattr(fix.session_defaults, name) for name in type(fix.session_defaults).model_fields}
    terms |= {"accounts": fix.open.accounts or fix.session_defaults.accounts}
    template = session_profile(FixSession(comp_id="TEMPLATE", **terms))
    logs = folder / FOLDER
    logs.mkdir(exist_ok=True)
    listed = {one.comp_id for one in settings.fix_sessions}

    def make_open(comp_id: str) -> Session:
        session = make(replace(template, comp_id=check_name(comp_id)), logs)
        sessions[comp_id] = session
        return session

    existing = sorted({unquote(path.stem) for path in logs.glob("*.log")} - listed)
    for name in existing:
        make_open(name)
    return OpenSessions(
        template,
        make_open,
        existing=existing,
        reserved=listed | {settings.venue.comp_id},
        most=fix.open.max_sessions,
    )
