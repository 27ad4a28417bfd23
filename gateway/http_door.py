"""Builds the HTTP side from the settings: who may come in, what they may use, application and server."""

from __future__ import annotations

from contextlib import AsyncExitStack

from gateway.http.app import build_app
from gateway.http.server import HttpServer
from gateway.platform.fix_sessions import UserFixSessions
from gateway.platform.membership import Membership, VenueSide, build_access
from gateway.settings import Settings
from gateway.status import Entrance, ExchangeStatus
from gateway.user_sessions import UserSessions


def build_entrance(settings: Settings, operator_token: str, membership: Membership | None, side: VenueSide) -> Entrance:
    """Who may come in over HTTP; users only where there is a store to have them."""
    if membership is None:
        return Entrance(build_access(settings, operator_token))
    access = membership.access(settings, operator_token)
    return Entrance(access, membership.platform(settings, access, side))


def join_fix_sessions(entrance: Entrance, sessions: UserSessions | None) -> None:
    """Users have FIX sessions for their portfolios, and lose the line with the password."""
    if sessions is None or entrance.platform is None:
        return
    sessions.portfolios_of = entrance.platform.portfolios.of_user
    entrance.platform.users.on_ended = sessions.log_out
    entrance.fix_sessions = UserFixSessions(sessions)


async def enter_users(settings: Settings, membership: Membership | None, entrance: Entrance) -> dict[str, str]:
    """Opens the store and enters users of the settings and their portfolios; passwords that were made for them.

    Raises `StoreUnavailable` or `StoreUnusable`.
    """
    if membership is None or entrance.platform is None:
        return {}
    await membership.open()
    await entrance.platform.enter(settings)
    return entrance.platform.seeding.first_passwords


async def start_http(settings: Settings, status: ExchangeStatus, stack: AsyncExitStack) -> tuple[str, int] | None:
    """Serves what `status` shows; the address, or None where HTTP is off. Raises `PortTaken`."""
    http = settings.http
    if not http.enabled:
        return None
    server = HttpServer(
        build_app(status),
        http.host,
        http.port,
        connections_max=http.connections_max,
        is_behind_proxy=http.is_behind_tls,
    )
    address = await server.start()
    stack.push_async_callback(server.stop)
    return address
