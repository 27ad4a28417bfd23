"""From the lock to the first connection: the venue, its event log and its sessions are again what they were."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from exchange.commands import (
    AnnounceCorporateAction,
    Command,
    ListInstrument,
    OpenSettlementDay,
    SetRiskLimits,
    Transfer,
)
from exchange.events import AccountOpened, Event
from exchange.postings import TransferKind
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import ActionKind, ClearingRules, CorporateAction
from exchange.reference.instruments import Instrument, PriceBands, TickStep
from exchange.reference.limits import LimitScope, RiskLimits
from exchange.sequencing.data_folder import DataFolderError
from exchange.sequencing.event_log import EventLogReader, EventLogWriter
from exchange.sequencing.journal import Journal
from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.venue import Venue
from gateway.fix_door import build_acceptor
from gateway.recovery import enter_openings, enter_reference_data, enter_terms, recover
from gateway.settings import load_settings
from tests.exchange.market import ACME, ALICE, buy, cancel, sell
from tests.exchange.sequencing.faulty_disk import FaultyDisk

CLEARED = replace(ALICE, is_cleared=True)


class Exchange:
    """What stands between the data folder and the first connection, for one session, `S`."""

    def __init__(self, folder: Path, disk: FaultyDisk | None = None) -> None:
        path = folder / "settings.yaml"
        path.write_text("accounts: [{id: ALICE}]\nfix: {sessions: [{comp_id: S, accounts: [ALICE]}]}\n")
        self.folder = folder
        self.failures: list[Exception] = []
        self.journal = Journal(folder / "journal", segment_bytes=1 << 16, reserve_bytes=0, disk=disk)
        self.journal.open()
        self.venue = Venue()
        self.sequencer = Sequencer(
            self.venue, self.journal, lambda: 1000, durability=Durability.OS, on_failure=self.failures.append
        )
        sessions = folder / "fix"
        sessions.mkdir(exist_ok=True)
        self.acceptor = build_acceptor(load_settings(str(path), {}, {}), sessions, self.sequencer, _anybody)
        self.event_log = EventLogWriter(folder / "events", opening=self.venue.public_state)
        self.as_listed = recover(self.sequencer, self.event_log, self.acceptor)
        self.sequencer.on_events(self.event_log.append)

    def do(self, *commands: Command) -> None:
        for command in commands:
            self.sequencer.submit(command)
        self.sequencer.commit()

    def crash_after_journaling(self, *commands: Command) -> None:
        """Journals commands; their events reach nobody before the process is killed."""
        encode = msgspec.msgpack.encode
        self.journal.append([(2000).to_bytes(8, "little") + encode(command) for command in commands])
        self.close()

    def close(self) -> None:
        self.event_log.close()
        self.acceptor.close()
        self.journal.close()

    def events(self) -> list[Event]:
        with EventLogReader(self.folder / "events", 0) as reader:
            return reader.read(1000)

    def reports(self) -> int:
        """How many reports the session's log has."""
        return self.acceptor.sessions["S"].log.next_out - 1


async def _anybody(_username: str, _password: str) -> bool:
    return True


def start(folder: Path, *, session_is_known: bool = True) -> Exchange:
    """An exchange that lists ACME for ALICE, and whose session has been there."""
    exchange = Exchange(folder)
    assert enter_reference_data(exchange.sequencer, [ACME], [ALICE]) == (1, 1)
    if session_is_known:
        log = exchange.acceptor.sessions["S"].log
        log.skip_to_event(exchange.venue.last_event)
        log.flush()
    return exchange


async def test_an_empty_folder_is_an_empty_venue(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    assert exchange.venue.last_event == exchange.event_log.last == 0
    exchange.close()


async def test_what_was_journaled_and_not_told_is_told_by_the_next_start(tmp_path: Path) -> None:
    first = start(tmp_path)
    first.do(buy("B1", 10, "10.00", session="T"))
    first.crash_after_journaling(sell("S1", 4, "10.00"), cancel("C1", "B1", session="T"))
    again = Exchange(tmp_path)
    assert [event.number for event in again.events()] == list(range(1, 12))
    assert (again.venue.last_event, again.event_log.last, again.venue.now) == (11, 11, 2000)
    assert again.reports() == 2, "S1 was accepted and filled; T is no session here"
    again.close()
    once_more = Exchange(tmp_path)
    assert (len(once_more.events()), once_more.reports()) == (11, 2), "nothing is told twice"
    once_more.close()


async def test_a_session_that_never_was_there_hears_nothing_of_the_past(tmp_path: Path) -> None:
    start(tmp_path, session_is_known=False).crash_after_journaling(sell("S1", 4, "10.00"))
    again = Exchange(tmp_path)
    assert (again.venue.last_order_id, again.reports()) == (1, 0)
    again.close()


async def test_events_that_the_journal_lost_with_the_power_are_taken_back(tmp_path: Path) -> None:
    first = start(tmp_path)
    first.event_log.append([AccountOpened(3, 1000, ALICE)])
    assert first.event_log.last == 3
    first.close()
    again = Exchange(tmp_path)
    assert (again.venue.last_event, again.event_log.last, len(again.events())) == (2, 2, 2)
    again.do(buy("B1", 1, "10.00"))
    assert [event.number for event in again.events()] == [1, 2, 3, 4]
    again.close()


async def test_only_what_is_new_or_has_changed_is_entered(tmp_path: Path) -> None:
    exchange = start(tmp_path)
    assert enter_reference_data(exchange.sequencer, [ACME], [ALICE]) == (0, 0)
    other = msgspec.structs.replace(ACME, symbol="OTHER")
    tighter = msgspec.structs.replace(ACME, lot=10)
    assert enter_reference_data(exchange.sequencer, [tighter, other], [Account("ALICE", "A"), ALICE]) == (2, 1)
    assert exchange.venue.instruments == {"ACME": tighter, "OTHER": other}
    assert enter_reference_data(exchange.sequencer, [other], []) == (0, 0)
    assert "ACME" in exchange.venue.instruments, "what the settings no longer have stays listed"
    exchange.close()


async def test_what_a_company_has_changed_is_not_changed_back_by_the_same_settings(tmp_path: Path) -> None:
    first = start(tmp_path)
    halved = replace(ACME, reference_price=ACME.reference_price // 2)
    first.close()
    again = Exchange(tmp_path)
    assert again.as_listed == {"ACME": ACME}
    again.do(ListInstrument(halved))
    assert enter_reference_data(again.sequencer, [ACME], [], again.as_listed) == (0, 0)
    assert again.venue.instruments["ACME"] == halved
    tighter = replace(ACME, lot=10)
    assert enter_reference_data(again.sequencer, [tighter], [], again.as_listed) == (1, 0)
    again.close()


async def test_a_symbol_that_is_no_longer_listed_is_not_listed_anew(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    assert enter_reference_data(exchange.sequencer, [ACME], [], {"ACME": ACME}) == (0, 0)
    assert exchange.venue.instruments == {}
    exchange.close()


async def test_a_coarser_tick_is_taken_on_the_scale_that_all_prices_have(tmp_path: Path) -> None:
    exchange = start(tmp_path)
    exchange.do(buy("B1", 1, "10.01"))
    coarse = Instrument("ACME", 1, 5, 1, "USD", 100, 50, 1000, 1000)
    assert enter_reference_data(exchange.sequencer, [coarse], []) == (1, 0)
    assert exchange.venue.instruments["ACME"] == Instrument("ACME", 2, 50, 1, "USD", 1000, 500, 10_000, 1000)
    assert enter_reference_data(exchange.sequencer, [coarse], []) == (0, 0)
    exchange.close()


async def test_all_prices_of_a_coarser_instrument_are_taken_on_that_scale(tmp_path: Path) -> None:
    exchange = start(tmp_path)
    steps, rescaled = (TickStep(100, 5),), (TickStep(1000, 50),)
    coarse = Instrument(
        "ACME", 1, 1, 1, "USD", 100, 1, 1000, 1000, ticks=steps, protection=2, max_notional=500, bands=PriceBands(100)
    )
    enter_reference_data(exchange.sequencer, [coarse], [])
    assert exchange.venue.instruments["ACME"] == Instrument(
        "ACME", 2, 10, 1, "USD", 1000, 10, 10_000, 1000, ticks=rescaled, protection=20, max_notional=5000,
        bands=PriceBands(100),
    )  # fmt: skip
    exchange.close()


@pytest.mark.parametrize(
    ("instrument", "why"),
    [
        (
            Instrument("ACME", 3, 5, 1, "USD", 10_000, 5, 100_000, 1000),
            (
                "instrument ACME has prices of 2 digits behind the point in this data folder, and tick 0.005 of the "
                "settings needs 3; give it a tick that fits, or list it under another symbol or in a new data folder"
            ),
        ),
        (
            Instrument("ACME", 0, 1, 1, "USD", 10, 1, 10**9, 10**8),
            (
                "instrument ACME has prices of 2 digits behind the point in this data folder; "
                "there max_quantity 100000000 at the highest price has more than 18 digits; lower it"
            ),
        ),
    ],
)
async def test_prices_that_mean_something_else_in_this_folder_are_refused(
    tmp_path: Path, instrument: Instrument, why: str
) -> None:
    exchange = start(tmp_path)
    with pytest.raises(DataFolderError) as refused:
        enter_reference_data(exchange.sequencer, [msgspec.structs.replace(ACME, symbol="OTHER"), instrument], [])
    assert str(refused.value) == why
    exchange.do()
    assert exchange.venue.instruments == {"ACME": ACME}, "nothing was entered"
    exchange.close()


async def test_a_full_disk_at_the_start_is_said(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path, FaultyDisk(space=0))
    with pytest.raises(DataFolderError, match="did not take 2 new instruments and accounts, ACME first"):
        enter_reference_data(exchange.sequencer, [ACME], [ALICE])
    exchange.close()


OPENING = Transfer("ALICE", TransferKind.OPENING, "USD", 5_000_000, "opening ALICE USD")


async def test_what_an_account_begins_with_is_posted_once(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    enter_reference_data(exchange.sequencer, [ACME], [CLEARED])
    assert enter_openings(exchange.sequencer, [OPENING]) == 1
    exchange.do(Transfer("ALICE", TransferKind.WITHDRAWAL, "USD", 5_000_000, "all of it"))
    exchange.close()
    again = Exchange(tmp_path)
    assert enter_openings(again.sequencer, [OPENING, replace(OPENING, reference="another")]) == 0
    assert again.venue.clearing.ledger.available("ALICE", "USD") == 0
    again.close()


async def test_who_has_had_an_asset_does_not_begin_with_it(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    enter_reference_data(exchange.sequencer, [ACME], [CLEARED])
    exchange.do(Transfer("ALICE", TransferKind.DEPOSIT, "USD", 1_000_000, "wire"))
    shares = Transfer("ALICE", TransferKind.OPENING, "ACME", 7, "opening ALICE ACME", 70_000_000)
    assert enter_openings(exchange.sequencer, [OPENING, shares]) == 1
    ledger = exchange.venue.clearing.ledger
    assert (ledger.available("ALICE", "USD"), ledger.available("ALICE", "ACME")) == (1_000_000, 7)
    assert exchange.venue.clearing.positions.at("ALICE", "ACME").cost == 70_000_000
    exchange.close()


async def test_an_opening_balance_that_is_not_taken_is_said(tmp_path: Path) -> None:
    exchange = start(tmp_path)
    with pytest.raises(DataFolderError, match="did not take 1 opening balances, opening ALICE USD first"):
        enter_openings(exchange.sequencer, [OPENING])
    exchange.close()


LIMITS = SetRiskLimits(LimitScope.ACCOUNT, "ALICE", RiskLimits(is_funded=True))


async def test_limits_and_rules_of_the_settings_are_in_force_after_each_start(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    enter_reference_data(exchange.sequencer, [ACME], [CLEARED])
    partial = ClearingRules(settles_partially=True)
    assert enter_terms(exchange.sequencer, [LIMITS], partial) == 2
    assert enter_terms(exchange.sequencer, [LIMITS], partial) == 0
    by_hand = SetRiskLimits(LimitScope.INSTRUMENT, "ACME", RiskLimits(max_order_quantity=5))
    exchange.do(SetRiskLimits(LimitScope.ACCOUNT, "ALICE", RiskLimits(max_order_quantity=9)), by_hand)
    exchange.close()
    again = Exchange(tmp_path)
    assert enter_terms(again.sequencer, [LIMITS], partial) == 1
    assert again.venue.limits.get(LimitScope.ACCOUNT, "ALICE") == LIMITS.limits
    assert again.venue.limits.get(LimitScope.INSTRUMENT, "ACME") == by_hand.limits, "what operators set besides stays"
    again.close()


async def test_limits_that_are_not_taken_are_said(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    with pytest.raises(DataFolderError, match="did not take 1 limits and rules, limits of account ALICE first"):
        enter_terms(exchange.sequencer, [LIMITS], ClearingRules())
    exchange.close()
    (tmp_path / "full").mkdir()
    full = Exchange(tmp_path / "full", FaultyDisk(space=0))
    with pytest.raises(DataFolderError, match="did not take 1 limits and rules, the rules of clearing first"):
        enter_terms(full.sequencer, [], ClearingRules(buy_in_after=3))
    full.close()


@pytest.mark.parametrize(
    ("action", "symbols"),
    [
        (CorporateAction("1", ActionKind.SPLIT, "ACME", 20260303, numerator=2, denominator=1), ["ACME"]),
        (CorporateAction("1", ActionKind.SYMBOL_CHANGE, "ACME", 20260303, new_symbol="ACMX"), ["ACMX"]),
    ],
)
async def test_a_company_s_action_outlives_a_restart(
    tmp_path: Path, action: CorporateAction, symbols: list[str]
) -> None:
    first = Exchange(tmp_path)
    enter_reference_data(first.sequencer, [ACME], [CLEARED])
    enter_openings(first.sequencer, [Transfer("ALICE", TransferKind.OPENING, "ACME", 7, "opening ALICE ACME")])
    first.do(OpenSettlementDay("", 20260302, (20260303, 20260304)), AnnounceCorporateAction(action))
    first.do(OpenSettlementDay("", 20260303, (20260304, 20260305)))
    after = {symbol: one for symbol, one in first.venue.instruments.items() if symbol in symbols}
    assert list(after) == symbols
    assert after[symbols[0]] != ACME
    first.close()
    again = Exchange(tmp_path)
    assert enter_reference_data(again.sequencer, [ACME], [CLEARED], again.as_listed) == (0, 0)
    assert again.venue.instruments[symbols[0]] == after[symbols[0]]
    again.close()
