"""Settings of the clock, of markets with a trading day, and of the rules that instruments trade by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from exchange.orders import SelfTradePrevention
from exchange.reference.accounts import Account, MarketMakerProtection
from exchange.reference.instruments import SECOND, AuctionRules, BandAction, Instrument, PriceBands, TickStep
from exchange.reference.rule_profile import PROFILES, PostOnlyCrossing, RuleProfile
from gateway.cli import main
from gateway.clock.speed import Speed
from gateway.settings import Settings, load_settings
from gateway.yaml_documents.document import YamlMistakes

LOWER = "{from_price: 4, tick: 1}"
DAY = "phases: [{at: 09:00, phase: continuous}, {at: 17:30, phase: closed}]"
MARKET = f"markets: [{{name: US, {DAY}}}]"

Load = Callable[[str], Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_text(text: str) -> Settings:
        path = tmp_path / "x.yaml"
        path.write_text(text)
        return load_settings(str(path), {}, {})

    return load_text


def listed(load: Load, words: str) -> Instrument:
    return load(f"{MARKET}\ninstruments: [{{symbol: ACME, reference_price: 10, {words}}}]").listed_instruments[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("clock: {mode: scaled}", "1:15: clock.mode: scaled needs clock.speed, such as 100"),
        ("clock: {mode: scaled, speed: 0}", "1:30: clock.speed: 0 must be more than 0"),
        (
            "clock: {mode: virtual, start: 2026-03-02}",
            (
                '1:31: clock.start: "2026-03-02" is not a time with its offset from UTC such as '
                "2026-03-02T09:30:00-05:00"
            ),
        ),
        (f"markets: [{{name: US, calendar: XNYZ, {DAY}}}]", '1:32: markets[0].calendar: no calendar is called "XNYZ"'),
        (
            f'markets: [{{name: US, half_day_close: "13:00", {DAY}}}]',
            "1:38: markets[0].half_day_close: needs a calendar, whose half days close then",
        ),
        (
            f"markets: [{{name: US, {DAY}}}, {{name: US, {DAY}}}]",
            '1:93: markets[1]: market "US" stands already in markets[0]',
        ),
        (
            "markets: [{name: US, phases: [{at: 09:00, phase: pre-open}, {at: 10:00, phase: continuous}]}]",
            "1:80: markets[0].phases[1].phase: the last phase is continuous; a day ends with closed",
        ),
        (
            "markets: [{name: US, phases: [{at: 09:00, phase: closed}, {at: 10:00, phase: closed}]}]",
            "1:50: markets[0].phases[0].phase: closed is the end of the day; leave the rows behind it out",
        ),
        (
            "markets: [{name: US, phases: [{at: 09:00, phase: continuous}, {at: 09:00, phase: closed}]}]",
            (
                "1:30: markets[0].phases: the day lasts 1 day, 0:00:00; it must be over before the next begins, "
                "within 24 hours"
            ),
        ),
        (
            "markets: [{name: US, phases: [{at: 9, phase: continuous}, {at: 10:00, phase: closed}]}]",
            '1:36: markets[0].phases[0].at: "9" is not a time of day such as 09:30 or 15:59:30',
        ),
        (
            f"markets: [{{name: US, closed: [yesterday], {DAY}}}]",
            '1:31: markets[0].closed[0]: "yesterday" is not a date such as 2026-11-27',
        ),
        (
            f"{MARKET}\ninstruments: [{{symbol: A, reference_price: 1, market: UK}}]",
            '2:55: instruments[0].market: unknown market "UK"',
        ),
        (
            "instruments: [{symbol: A, reference_price: 1, rules: lse}]",
            '1:54: instruments[0].rules: "lse" is not',
        ),
        (
            'instruments: [{symbol: A, reference_price: 10, protection: "0.005"}]',
            "1:60: instruments[0].protection: 0.005 is not a multiple of tick 0.01",
        ),
        (
            'instruments: [{symbol: A, reference_price: "10.01", ticks: [{from_price: 10, tick: "0.05"}]}]',
            "1:44: instruments[0].reference_price: 10.01 is not a multiple of tick 0.05",
        ),
        (
            "instruments: [{symbol: A, reference_price: 1, ticks: [{from_price: 9, tick: 2}]}]",
            "1:54: instruments[0].ticks: from_price 9 is not a multiple of its own tick 2",
        ),
        (
            "instruments: [{symbol: A, reference_price: 1, ticks: [{from_price: 8, tick: 2}, *]}]".replace("*", LOWER),
            "1:54: instruments[0].ticks: from_price 4 is not above the one before; the lowest comes first",
        ),
        (
            'instruments: [{symbol: A, reference_price: 1, ticks: [{from_price: "8.005", tick: 2}]}]',
            "1:54: instruments[0].ticks: from_price 8.005 is not a multiple of the tick below it",
        ),
    ],
)
def test_a_mistake_says_where_it_is_and_what_would_be_right(load: Load, text: str, sentence: str) -> None:
    with pytest.raises(YamlMistakes) as raised:
        load(text)

    assert f"x.yaml:{sentence}" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "speed"),
    [
        ("clock: {mode: real}", None),
        ("clock: {mode: virtual}", Speed(0)),
        ("clock: {mode: scaled, speed: 100}", Speed(100)),
        ("clock: {mode: scaled, speed: 0.1}", Speed(1, 10)),
    ],
)
def test_the_speed_of_a_clock_is_exact(load: Load, text: str, speed: Speed | None) -> None:
    assert load(text).clock.driven_speed == speed


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        ("lot: 1", PROFILES["default"]),
        ("rules: euronext-like", PROFILES["euronext-like"]),
        ("rules: {post_only: repriced}", RuleProfile(post_only=PostOnlyCrossing.REPRICED)),
        ("rules: {profile: nasdaq-like, post_only: rejected}", "nasdaq-like but rejected"),
    ],
)
def test_rules_are_a_profile_and_what_differs_from_it(load: Load, words: str, rules: object) -> None:
    found = listed(load, words).rules

    if isinstance(rules, RuleProfile):
        assert found == rules
    else:
        assert found.replace_priority is PROFILES["nasdaq-like"].replace_priority
        assert found.post_only is PostOnlyCrossing.REJECTED


def test_an_instrument_s_day_bands_and_limits(load: Load) -> None:
    found = listed(
        load,
        "market: US, bands: {static_basis_points: 1000, action: limit state, pause_seconds: 60}, "
        "auction: {random_end_seconds: 30, extensions_max: 0}, ticks: [{from_price: 20, tick: 0.05}], "
        "protection: 0.10, max_notional: 50000, price_tolerance_basis_points: 300, takes_odd_lots: true",
    )

    assert found.market == "US"
    assert found.bands == PriceBands(1000, action=BandAction.LIMIT_STATE, pause_duration=60 * SECOND)
    assert found.auction == AuctionRules(random_end=30 * SECOND, extensions_max=0)
    assert found.ticks == (TickStep(2000, 5),)
    assert (found.protection, found.max_notional) == (10, 5_000_000)
    assert (found.price_tolerance_basis_points, found.takes_odd_lots) == (300, True)


def test_prices_have_the_digits_of_the_finest_tick(load: Load) -> None:
    found = listed(load, 'tick: "0.1", ticks: [{from_price: 1, tick: "0.005"}]')

    assert (found.price_digits, found.tick, found.reference_price) == (3, 100, 10_000)
    assert [found.tick_at(999), found.tick_at(1000)] == [100, 5]


def test_an_account_s_firm_and_protection(load: Load) -> None:
    plain, full = load(
        "accounts: [{id: A}, {id: B, firm: F, self_trade_prevention: cancel resting, trading_group: G, "
        "quote_protection: {executions: 5, window_milliseconds: 250}}]"
    ).open_accounts

    assert plain == Account("A", "A", is_cleared=True)
    protection = MarketMakerProtection(executions=5, window=SECOND // 4)
    assert full == Account("B", "B", "F", SelfTradePrevention.CANCEL_RESTING, "G", protection, is_cleared=True)


@pytest.mark.parametrize(
    ("flags", "mode", "speed"),
    [
        ([], "real", None),
        (["--speed", "100"], "scaled", 100),
        (["--clock", "virtual"], "virtual", None),
        (["--start", "2026-03-02T09:30:00-05:00"], "virtual", None),
        (["--speed", "2", "--start", "2026-03-02T09:30:00-05:00"], "scaled", 2),
    ],
)
def test_the_flags_of_serve_say_no_more_than_is_needed(flags: list[str], mode: str, speed: float | None) -> None:
    from gateway.cli.serve import clock_mode

    given = dict(zip((flag.removeprefix("--") for flag in flags[::2]), flags[1::2], strict=True))
    overrides = {"clock.mode": clock_mode({"clock": None, "speed": None, "start": None, **given})}
    overrides |= {f"clock.{name}": value for name, value in given.items() if name != "clock"}
    settings = load_settings(None, overrides, {})

    assert (settings.clock.mode, settings.clock.speed) == (mode, speed)


def test_a_clock_that_cannot_be_is_refused_before_anything_starts() -> None:
    result = CliRunner().invoke(main, ["serve", "--clock", "scaled"])

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "command line: clock.mode: scaled needs clock.speed, such as 100\n"
