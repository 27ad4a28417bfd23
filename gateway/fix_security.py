"""Builds from the settings what stands between a stranger and a FIX session: TLS, the way in, proofs asked for."""

from __future__ import annotations

from gateway.fix.addresses import AddressList
from gateway.fix.clock import GatewayClock
from gateway.fix.credentials import ChangePassword, CheckPassword, Credentials, Demands
from gateway.fix.doorway import Doorway
from gateway.fix.lockout import Lockout, LockoutRules
from gateway.fix.sending_time import NANOSECONDS
from gateway.fix.signature import Signatures
from gateway.settings import Settings
from gateway.settings.fix import SessionTerms
from gateway.settings.security import FixTlsSettings, TlsSettings
from gateway.tls import ServerTls, TlsFiles


def build_tls(section: str, tls: TlsSettings) -> ServerTls | None:
    """TLS as a section of the settings has it; None when it is off. Raises `TlsFault`."""
    if tls.certificate is None or tls.key is None:
        return None
    for_clients = tls if isinstance(tls, FixTlsSettings) else None
    return ServerTls(
        TlsFiles(
            section,
            tls.certificate,
            tls.key,
            tls.key_password.get_secret_value() if tls.key_password is not None else "",
            for_clients.client_ca if for_clients is not None else None,
            for_clients is not None and for_clients.require_client_certificate,
            tls.minimum_version,
        )
    )


def build_doorway(settings: Settings) -> Doorway:
    """The way in to the FIX port. Raises `TlsFault`."""
    fix = settings.fix
    return Doorway(
        AddressList(fix.allowed_addresses),
        build_tls("fix.tls", fix.tls),
        connections_per_second=fix.connections_per_second,
        handshakes_per_address=fix.max_connections_per_address,
    )


def build_credentials(
    settings: Settings, check: CheckPassword, change: ChangePassword | None, clock: GatewayClock
) -> Credentials:
    """The proofs that the sessions of the settings ask for."""
    fix, lockout = settings.fix, settings.fix.lockout
    rules = LockoutRules(
        lockout.failures,
        lockout.window_seconds * NANOSECONDS,
        lockout.duration_seconds * NANOSECONDS,
        lockout.max_duration_seconds * NANOSECONDS,
    )
    listed = {session.comp_id: _demands(settings, session.comp_id, session) for session in settings.fix_sessions}

    def demands(comp_id: str) -> Demands:
        """A session that is not listed is an open one, which has the terms of all."""
        found = listed.get(comp_id)
        return found if found is not None else _demands(settings, comp_id, fix.session_defaults)

    signatures = Signatures(fix.signed_logon_window_seconds * NANOSECONDS, clock.real)
    return Credentials(check, change, demands, Lockout(rules), signatures, clock)


def _demands(settings: Settings, comp_id: str, terms: SessionTerms) -> Demands:
    names = terms.certificate_names
    if settings.fix.tls.certificate_names_session:
        names = (comp_id, *names)
    secret = terms.hmac_secret.get_secret_value() if terms.hmac_secret is not None else ""
    return Demands(AddressList(terms.allowed_addresses), names, secret)
