"""What `fixpit serve` says on stdout once everything is up: where it is, who may log on, and how to stop it."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.main import Started
from gateway.settings import ClockSettings, Settings
from gateway.settings.users import UserEntry

DURABILITY = {
    "none": "none: nothing is kept over a restart",
    "os": "os: answers survive a crash of fixpit",
    "fsync": "fsync: answers survive a crash of the machine",
}

SESSIONS_SHOWN = 8
"""A banner with hundreds of CompIDs would push the addresses off the screen."""


def banner(settings: Settings, started: Started) -> str:
    """The text, plain."""
    width = max(len(name) for name, _ in _lines(settings, started))
    lines = [f"  {name:<{width}}  {text}" for name, text in _lines(settings, started)]
    return "\n".join(["fixpit is open · SIMULATED, no real money or shares", "", *lines, "", "Ctrl-C to stop"])


def _lines(settings: Settings, started: Started) -> Iterator[tuple[str, str]]:
    yield "FIX", f"{_address(started.fix)}, TargetCompID {settings.venue.comp_id}"
    if started.http is not None:
        yield "Page", f"http://{_address(started.http)}/"
    if started.mqtt is not None:
        yield "MQTT", f"mqtt://{_address(started.mqtt)}, topics fixpit/v1/{settings.venue.name}/#"
    yield "Sessions", _sessions(settings)
    if settings.users:
        yield "Users", _shortened([_user(one, settings) for one in settings.users])
    for username, password in started.first_passwords.items():
        yield "Password", f"{username}/{password}, made for this data folder and shown this once"
    yield "Instruments", _shortened([one.symbol for one in settings.listed_instruments])
    yield "Flow", _flow(settings)
    if settings.clock.mode != "real":
        yield "Clock", _clock(settings.clock)
    yield "Data", f"{settings.data.absolute()}, durability {DURABILITY[settings.journal.durability]}"


def _sessions(settings: Settings) -> str:
    return _shortened([_session(one.comp_id, settings) for one in settings.fix_sessions if one.enabled])


def _session(comp_id: str, settings: Settings) -> str:
    """A CompID; with its login in the demo, whose passwords are known to the world."""
    session = next(one for one in settings.fix_sessions if one.comp_id == comp_id)
    if not settings.demo or session.password is None:
        return comp_id
    return f"{comp_id} ({session.username}/{session.password.get_secret_value()})"


def _user(user: UserEntry, settings: Settings) -> str:
    """A user; with the first password in the demo, whose passwords are known to the world."""
    if not settings.demo or user.password is None:
        return user.username
    return f"{user.username} ({user.username}/{user.password.get_secret_value()})"


def _flow(settings: Settings) -> str:
    if not settings.flow.enabled:
        return "off"
    return f"{settings.flow.orders_per_second:g} orders per second, seed {settings.venue.seed}"


def _clock(clock: ClockSettings) -> str:
    return "virtual: it stands until `fixpit clock` moves it" if clock.mode == "virtual" else f"speed {clock.speed:g}"


def _shortened(names: list[str]) -> str:
    shown = ", ".join(names[:SESSIONS_SHOWN])
    return f"{shown} and {len(names) - SESSIONS_SHOWN} more" if len(names) > SESSIONS_SHOWN else shown or "none"


def _address(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
