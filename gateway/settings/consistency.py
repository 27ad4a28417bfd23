"""Which settings do not go together: what no field can see by itself.

Each mistake is a path and a sentence; `gateway.settings.loading` adds the place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.clock.words import parse_time_of_day
from gateway.settings.account_consistency import account_inconsistencies
from gateway.settings.inconsistency import Inconsistency, Path, given_twice, unknown
from gateway.settings.names import check_name, check_symbol, is_loopback
from gateway.settings.settings import Settings
from gateway.yaml_documents.mistakes import did_you_mean

FIX_SESSIONS_MAX = 10_000
INSTRUMENTS_MAX = 10_000
MARKETS_MAX = 100
ACCOUNTS_MAX = 100_000


def inconsistencies(settings: Settings) -> Iterator[Inconsistency]:
    """Everything in `settings` that contradicts something else in it."""
    yield from _addresses(settings)
    yield from _clock(settings)
    yield from _security(settings)
    yield from _limits(settings)
    yield from _markets(settings)
    yield from _clearing(settings)
    yield from _instruments(settings)
    yield from given_twice(("accounts",), [entry.names for entry in settings.accounts], "account", ACCOUNTS_MAX)
    yield from account_inconsistencies(settings)
    yield from _sessions(settings)
    yield from _flow(settings)


def _addresses(settings: Settings) -> Iterator[Inconsistency]:
    listening = {"fix": (settings.fix.host, settings.fix.port)}
    if settings.http.enabled:
        listening["http"] = (settings.http.host, settings.http.port)
    if settings.mqtt.enabled and settings.mqtt.url is None:
        listening["mqtt"] = (settings.mqtt.host, settings.mqtt.port)
    seen: dict[tuple[str, int], str] = {}
    for section, (host, port) in listening.items():
        if settings.demo and not is_loopback(host):
            text = f"{host} can be reached from other machines, and the passwords of this demo configuration are known"
            yield (section, "host"), f"{text} to everybody; use 127.0.0.1, or a configuration of your own"
        if port and (host, port) in seen:
            text = f"{port} on {host} is taken by {seen[host, port]}.port; use another, or 0 for a free one"
            yield (section, "port"), text
        seen[host, port] = section


def _clock(settings: Settings) -> Iterator[Inconsistency]:
    clock = settings.clock
    if clock.mode == "scaled" and clock.speed is None:
        yield ("clock", "mode"), "scaled needs clock.speed, such as 100"


def _security(settings: Settings) -> Iterator[Inconsistency]:
    """TLS that lacks a half, and passwords that anybody on the way could read."""
    fix, tls = settings.fix, settings.fix.tls
    if (tls.certificate is None) != (tls.key is None):
        given, other = ("certificate", "key") if tls.key is None else ("key", "certificate")
        yield ("fix", "tls", given), f"stands without fix.tls.{other}; TLS needs both"
    if not tls.is_on and not fix.allow_plaintext and not is_loopback(fix.host):
        text = f"{fix.host} can be reached from other machines, and without TLS passwords can be read on the way; give"
        yield ("fix", "host"), f"{text} fix.tls.certificate and key, or set fix.allow_plaintext: true"
    if tls.client_ca is None:
        needing = [name for name in ("require_client_certificate", "certificate_names_session") if getattr(tls, name)]
        for name in needing:
            yield ("fix", "tls", name), "needs fix.tls.client_ca: without a CA no client certificate is taken"
    elif not tls.is_on:
        yield (
            ("fix", "tls", "client_ca"),
            "stands without fix.tls.certificate and key; without TLS there are no clients'",
        )
    for at, entry in enumerate(fix.sessions):
        if fix.terms(entry)["certificate_names"] and (tls.client_ca is None or not tls.is_on):
            text = "certificate_names need fix.tls with client_ca; without it no client certificate is taken"
            yield ("fix", "sessions", at), text


def _limits(settings: Settings) -> Iterator[Inconsistency]:
    fix = settings.fix
    if fix.heartbeat_min_seconds > fix.heartbeat_max_seconds:
        text = f"{fix.heartbeat_min_seconds} is above fix.heartbeat_max_seconds {fix.heartbeat_max_seconds}"
        yield ("fix", "heartbeat_min_seconds"), text
    if fix.outbound_queue_bytes < fix.max_message_bytes:
        text = f"{fix.outbound_queue_bytes} cannot hold one message of fix.max_message_bytes {fix.max_message_bytes}"
        yield ("fix", "outbound_queue_bytes"), text


def _range_ends(path: Path, ranges: Mapping[int, tuple[str, ...]], kind: str) -> Iterator[Inconsistency]:
    """A range may be written of signs that its names may not have."""
    check = check_symbol if kind == "symbols" else check_name
    for at, names in ranges.items():
        try:
            check(names[0])
        except ValueError as error:
            yield (*path, at, kind), str(error)


def _markets(settings: Settings) -> Iterator[Inconsistency]:
    yield from given_twice(("markets",), [(entry.name,) for entry in settings.markets], "market", MARKETS_MAX)
    for at, entry in enumerate(settings.markets):
        if entry.calendar is not None:
            yield from _calendar(("markets", at, "calendar"), entry.calendar)
        elif entry.half_day_close is not None:
            yield ("markets", at, "half_day_close"), "needs a calendar, whose half days close then"
        for path, text in entry.inconsistencies():
            yield ("markets", at, *path), text
    names = {entry.name for entry in settings.markets}
    for at, instrument in enumerate(settings.instruments):
        if instrument.market is not None and instrument.market not in names:
            yield ("instruments", at, "market"), unknown("market", instrument.market, names)


def _clearing(settings: Settings) -> Iterator[Inconsistency]:
    """A business day begins before the trading day of its date, or its trades would be of the day before."""
    clearing = settings.clearing
    if clearing.calendar is not None:
        yield from _calendar(("clearing", "calendar"), clearing.calendar)
    for entry in settings.markets:
        first = entry.phases[0].at
        if parse_time_of_day(clearing.settlement_time) > parse_time_of_day(first):
            text = f"{clearing.settlement_time} is after {first}, when the day of market {entry.name} begins"
            yield ("clearing", "settlement_time"), f"{text}; its trades need a business day by then"


def _calendar(path: Path, name: str) -> Iterator[Inconsistency]:
    # Only who names a calendar waits for the package that knows them all.
    from gateway.calendar.trading_dates import calendar_names

    known = calendar_names()
    if name not in known:
        yield path, f'no calendar is called "{name}"{did_you_mean(name, known)}; known are {", ".join(sorted(known))}'


def _instruments(settings: Settings) -> Iterator[Inconsistency]:
    entries = settings.instruments
    yield from given_twice(("instruments",), [entry.names for entry in entries], "symbol", INSTRUMENTS_MAX)
    ranges = {at: entry.names for at, entry in enumerate(entries) if entry.symbols is not None}
    yield from _range_ends(("instruments",), ranges, "symbols")
    for at, entry in enumerate(entries):
        wrong = list(entry.inconsistencies()) or list(entry.band_inconsistencies())
        for key, text in wrong:
            yield ("instruments", at, key), text


def _sessions(settings: Settings) -> Iterator[Inconsistency]:
    entries, path = settings.fix.sessions, ("fix", "sessions")
    known = {name for entry in settings.accounts for name in entry.names}
    yield from given_twice(path, [entry.names for entry in entries], "CompID", FIX_SESSIONS_MAX)
    ranges = {at: entry.names for at, entry in enumerate(entries) if entry.comp_ids is not None}
    yield from _range_ends(path, ranges, "comp_ids")
    account_ranges = {at: entry.names for at, entry in enumerate(settings.accounts) if entry.ids is not None}
    yield from _range_ends(("accounts",), account_ranges, "ids")
    for at, account in enumerate(settings.fix.session_defaults.accounts):
        if account not in known:
            yield ("fix", "session_defaults", "accounts", at), unknown("account", account, known)
    yield from _open_mode(settings, known)
    for at, entry in enumerate(entries):
        terms = settings.fix.terms(entry)
        if settings.venue.comp_id in entry.names:
            yield (*path, at), f'CompID "{settings.venue.comp_id}" is the venue\'s own; a client needs another'
        if (terms["username"] is None) != (terms["password"] is None):
            given, other = ("username", "password") if terms["password"] is None else ("password", "username")
            yield (*path, at), f"has a {given} and no {other}; a Logon is checked for both or for neither"
        yield from _version_habits((*path, at), terms)
        if not terms["accounts"]:
            yield (*path, at), "has no accounts; name at least one that its orders are for"
        for position, account in enumerate(entry.accounts):
            if account not in known:
                yield (*path, at, "accounts", position), unknown("account", account, known)


def _open_mode(settings: Settings, known: set[str]) -> Iterator[Inconsistency]:
    """Open sessions without accounts, and proofs that nobody would ask them for."""
    fix, path = settings.fix, ("fix", "open")
    for at, account in enumerate(fix.open.accounts):
        if account not in known:
            yield (*path, "accounts", at), unknown("account", account, known)
    if not fix.open.enabled:
        return
    if not fix.open.accounts and not fix.session_defaults.accounts:
        yield path, "has no accounts, nor has fix.session_defaults; name at least one that orders are for"
    for name in ("username", "password", "hmac_secret", "certificate_names", "allowed_addresses"):
        if getattr(fix.session_defaults, name):
            text = f"fix.session_defaults has {name}, which open sessions are not asked for"
            yield path, f"{text}; give it to the entries of fix.sessions, or turn open mode off"


def _version_habits(path: Path, terms: Mapping[str, object]) -> Iterator[Inconsistency]:
    """Logon fields that the session's version does not have."""
    if terms["version"] != "FIX.4.2":
        return
    for name, field in (
        ("next_expected_msg_seq_num", "NextExpectedMsgSeqNum(789)"),
        ("test", "TestMessageIndicator(464)"),
    ):
        if terms[name]:
            yield path, f"{name} needs {field} in the Logon, which FIX.4.2 does not have"


def _flow(settings: Settings) -> Iterator[Inconsistency]:
    if not settings.flow.enabled:
        return
    accounts = {name for entry in settings.accounts for name in entry.names}
    if settings.flow.account not in accounts:
        yield ("flow", "account"), unknown("account", settings.flow.account, accounts)
    symbols = {name for entry in settings.instruments for name in entry.names}
    for at, symbol in enumerate(settings.flow.symbols):
        if symbol not in symbols:
            yield ("flow", "symbols", at), unknown("symbol", symbol, symbols)
