"""What `fixpit serve` says when all is up, for settings of all kinds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.cli.banner import banner
from gateway.main import Started
from gateway.settings import load_settings


def lines(config: str, started: Started, **overrides: object) -> dict[str, str]:
    text = banner(load_settings(config, overrides, {}), started)
    found = re.findall(r"^  (\w+) +(.*)$", text, re.MULTILINE)
    assert text.splitlines()[0].endswith("SIMULATED, no real money or shares")
    return dict(found)


def test_the_demo_shows_its_logins() -> None:
    passwords = {"operator": "s3cret"}
    started = Started(("127.0.0.1", 9876), ("::1", 8000), ("127.0.0.1", 1883), 1, passwords)

    assert lines("exchange", started, data="/var/lib/fixpit") == {
        "FIX": "127.0.0.1:9876, TargetCompID FIXPIT",
        "Page": "http://[::1]:8000/",
        "MQTT": "mqtt://127.0.0.1:1883, topics fixpit/v1/fixpit/#",
        "Sessions": "ALICE (alice/alice), BOB (bob/bob), CLI (cli/cli)",
        "Users": "alice (alice/alice), bob (bob/bob), operator",
        "Password": "operator/s3cret, made for this data folder and shown this once",
        "Instruments": "ACME, AAPL, AMZN, DIS, GOOGL, JPM, KO, META and 4 more",
        "Flow": "10 orders per second, seed 1",
        "Data": "/var/lib/fixpit, durability os: answers survive a crash of fixpit",
    }


def test_what_is_switched_off_or_has_no_end_is_left_out() -> None:
    shown = lines("benchmark", Started(("0.0.0.0", 1), None, None, 1))

    assert shown.keys() == {"FIX", "Sessions", "Instruments", "Flow", "Data"}
    assert shown["Sessions"] == "LOAD01, LOAD02, LOAD03, LOAD04, LOAD05, LOAD06, LOAD07, LOAD08 and 56 more"
    assert shown["Flow"] == "off"


@pytest.mark.parametrize(("demo", "shown"), [("true", "A (a/s3cret)"), ("false", "A")])
def test_passwords_are_shown_in_a_demo_only(tmp_path: Path, demo: str, shown: str) -> None:
    session = "{comp_id: A, username: a, password: s3cret, accounts: [A]}"
    user = "{username: A, password: s3cret, portfolios: [A]}"
    settings = f"demo: {demo}\nfix: {{sessions: [{session}]}}\nusers: [{user}]\naccounts: [{{id: A}}]\n"
    (tmp_path / "own.yaml").write_text(settings)

    found = lines(str(tmp_path / "own.yaml"), Started(("127.0.0.1", 1), None, None, 1))
    assert (found["Sessions"], found["Users"].replace("A/", "a/")) == (shown, shown)
