"""Where in their day instruments and markets are, asked once or followed, in each version's codes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange.clearing_events import CorporateActionDone, ShortSaleRestricted
from exchange.commands import ChangePhase, Command, ListInstrument
from exchange.phases import Phase
from exchange.reference.clearing_rules import ActionKind, CorporateAction
from exchange.reference.instruments import PriceBands
from gateway.fix.dictionary import VERSIONS, load
from gateway.fix.phase_codes import PHASE_CODES, security_trading_status
from gateway.fix.security_news import RESTRICTED, SecurityNews, action_code
from gateway.fix.trading_status import SUBSCRIPTIONS_MAX
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import versioned_desk


def done(kind: ActionKind, **terms: Any) -> CorporateActionDone:
    return CorporateActionDone(9, 0, CorporateAction("A1", kind, "ACME", 20240621, **terms))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """ACME has bands of 10 % around 10; FINE belongs to the market US."""
    async with versioned_desk(tmp_path) as desk:
        acme, fine = (desk.side.venue.instruments[symbol] for symbol in ("ACME", "FINE"))
        do(desk, ListInstrument(msgspec.structs.replace(acme, bands=PriceBands(static_basis_points=1000))))
        do(desk, ListInstrument(msgspec.structs.replace(fine, market="US")))
        yield desk


def do(desk: Desk, *commands: Command) -> None:
    for command in commands:
        desk.side.sequencer.submit(command)
    desk.side.sequencer.commit()


@pytest.mark.parametrize("version", VERSIONS)
def test_every_phase_has_codes_of_every_version(version: str) -> None:
    fields = load(version).fields
    assert set(PHASE_CODES) == set(Phase)
    for phase, codes in PHASE_CODES.items():
        assert fields["326"].allows(security_trading_status(phase, load(version)))
        assert fields["340"].allows(codes.session)


@pytest.mark.parametrize(
    ("phase", "codes"),
    [
        (Phase.PRE_OPEN, "18 21 21 21 21"),
        (Phase.OPENING_AUCTION, "5 22 22 22 22"),
        (Phase.CONTINUOUS, "17 17 17 17 17"),
        (Phase.HALTED, "2 2 2 2 2"),
        (Phase.POST_CLOSE, "18 18 18 18 26"),
    ],
)
def test_a_phase_has_the_best_code_that_a_version_has(phase: Phase, codes: str) -> None:
    assert " ".join(security_trading_status(phase, load(version)) for version in VERSIONS) == codes


async def test_the_status_of_an_instrument(desk: Desk) -> None:
    desk.play("""
        ALICE > e|324=1|55=ACME|263=0
        ALICE < f|324=1|55=ACME|15=USD|336=DAY|625=3|325=N|326=17|332=11|333=9|58=continuous
        BOB > e|324=1|55=FINE|263=0
        BOB < f|324=1|55=FINE|15=USD|1300=US|336=US|625=3|325=N|326=17|58=continuous
        CAROL > e|324=1|55=ACME|263=0
        CAROL < f|324=1|55=ACME|15=USD|336=DAY|325=N|326=17|332=11|333=9
        ALICE > e|324=2|55=NONE|263=1
        ALICE < f|324=2|55=NONE|325=N|326=20
        ALICE > e|324=3|263=0
        ALICE < j|45=4|372=e|379=3|380=5|58=Symbol(55) is missing; the status of one instrument is told
    """)


async def test_who_follows_an_instrument_hears_of_its_phases_until_it_says_stop(desk: Desk) -> None:
    desk.play("""
        ALICE > e|324=1|55=FINE|263=1
        ALICE < f|324=1...
    """)
    do(desk, ChangePhase(Phase.HALTED, "FINE", reason="news"), ChangePhase(Phase.HALTED, "ACME"))
    desk.play("""
        ALICE < f|324=1|55=FINE|15=USD|336=US|625=7|325=Y|326=2|58=halted: news
        ALICE > e|324=1|55=FINE|263=2
        ALICE > e|324=1|55=FINE|263=2
        ALICE < j|45=4|372=e|379=1|380=1|58=SecurityStatusReqID(324) 1 is no subscription of this session
    """)
    do(desk, ChangePhase(Phase.CLOSED, "FINE"))
    desk.play("")


async def test_who_follows_an_instrument_hears_of_its_bands(desk: Desk) -> None:
    desk.play("""
        ALICE > e|324=1|55=ACME|263=1
        ALICE < f|324=1...
    """)
    acme = desk.side.venue.instruments["ACME"]
    do(desk, ListInstrument(msgspec.structs.replace(acme, bands=PriceBands(static_basis_points=500))))
    desk.play("ALICE < f|324=1|55=ACME|15=USD|336=DAY|625=3|325=Y|326=17|332=10.5|333=9.5|58=continuous")


SPLIT, DIVIDEND, RENAMED = ActionKind.SPLIT, ActionKind.CASH_DIVIDEND, ActionKind.SYMBOL_CHANGE


@pytest.mark.parametrize(
    ("event", "codes", "text"),
    [
        (done(SPLIT, numerator=2, denominator=1), "B B J J J", "split, 2 for 1"),
        (done(SPLIT, numerator=3, denominator=2), "B B H H H", "split, 3 for 2"),
        (done(SPLIT, numerator=1, denominator=10), "B B I I I", "split, 1 for 10"),
        (done(DIVIDEND, amount=250_000), "A A A A A", "ex dividend of 0.25 a share"),
        (done(RENAMED, new_symbol="FINE"), "- - T T T", "ACME is FINE now"),
        (ShortSaleRestricted(9, 0, "ACME", is_restricted=True), "- - - - -", RESTRICTED),
        (
            ShortSaleRestricted(9, 0, "ACME", is_restricted=False),
            "- - - - -",
            "short sales need no limit above the best bid any more",
        ),
    ],
)
async def test_who_follows_an_instrument_hears_what_happens_to_it(
    desk: Desk, event: SecurityNews, codes: str, text: str
) -> None:
    said = [action_code(event, load(version)) or "-" for version in VERSIONS]
    assert " ".join(said) == codes
    desk.play("""
        ALICE > e|324=1|55=ACME|263=1
        ALICE < f|324=1...
        BOB > e|324=1|55=FINE|263=1
        BOB < f|324=1...
    """)
    desk.side.acceptor.publish([event])
    code = f"|292={said[1]}" if said[1] != "-" else ""
    assert desk.heard("ALICE") == [
        f"f|324=1|55=ACME|15=USD|336=DAY|625=3|325=Y|326=17{code}|332=11|333=9|58=continuous: {text}"
    ]
    is_about_both = isinstance(event, CorporateActionDone) and event.action.new_symbol
    assert len(desk.heard("BOB")) == bool(is_about_both)


async def test_short_sales_that_are_restricted_are_told_at_once_and_who_asks_later(desk: Desk) -> None:
    acme = desk.side.venue.instruments["ACME"]
    do(desk, ListInstrument(msgspec.structs.replace(acme, short_restriction_basis_points=500)))
    status = "55=ACME|15=USD|336=DAY|625=3|325={}|326=17|332=11|333=9|31=9.4|58=continuous: " + RESTRICTED
    desk.play(f"""
        ALICE > e|324=1|55=ACME|263=1
        ALICE < f|324=1|...
        BOB > D|11=b|55=ACME|54=1|38=20|40=2|44=9.4
        BOB > D|11=s|55=ACME|54=2|38=10|40=2|44=9.4|1=OTHER
        BOB < 8|37=1...
        BOB < 8|37=2...
        BOB < 8|37=2|11=s|527=1...
        BOB < 8|37=1|11=b|527=1...
        ALICE < f|324=1|{status.format("Y")}
        BOB > e|324=1|55=ACME|263=0
        BOB < f|324=1|55=ACME|15=USD|336=DAY|625=3|325=N|326=17...
        CAROL > D|11=s|21=1|55=ACME|54=5|38=10|40=2|44=9.4|114=N
        CAROL < 8|37=NONE|11=s|20=0|150=8|39=8|103=0|1=ACC|55=ACME|54=5...
        ALICE > e|324=2|55=ACME|263=0
        ALICE < f|324=2|{status.format("N")}
        BOB > D|11=x|55=ACME|54=6|38=10|40=2|44=9.4|1=OTHER
        BOB < 8|37=3|11=x|150=0|39=0|1=OTHER|55=ACME|54=6...
        BOB < 8|37=3...
        BOB < 8|37=1...
    """)


async def test_the_status_of_markets(desk: Desk) -> None:
    desk.play("""
        ALICE > g|335=1|263=0
        ALICE < h|335=1|336=DAY|625=3|325=N|340=2|58=continuous
        ALICE < h|335=1|336=US|625=3|325=N|340=2|58=continuous
        BOB > g|335=1|1300=US|263=0
        BOB < h|335=1|1300=US|336=US|625=3|325=N|340=2|58=continuous
        CAROL > g|335=1|336=DAY|263=0
        CAROL < h|335=1|336=DAY|325=N|340=2|58=continuous
        ALICE > g|335=2|336=NO|263=0
        ALICE < h|335=2|336=NO|340=6|567=1|58=TradingSessionID(336) NO is no market; DAY US are
        CAROL > g|335=2|336=NO|263=0
        CAROL < j|45=3|372=g|379=2|380=1|58=TradingSessionID(336) NO is no market; DAY US are
    """)


async def test_who_follows_a_market_hears_when_most_of_it_is_elsewhere(desk: Desk) -> None:
    for symbol in ("US1", "US2"):
        do(desk, ListInstrument(msgspec.structs.replace(desk.side.venue.instruments["FINE"], symbol=symbol)))
    do(desk, ChangePhase(Phase.CONTINUOUS, market="US"))
    desk.play("""
        ALICE > g|335=1|336=US|263=1
        ALICE < h|335=1|336=US|625=3|325=N|340=2|58=continuous
        BOB > g|335=1|263=1
        BOB < h|335=1|336=DAY...
        BOB < h|335=1|1300=US...
    """)
    do(desk, ChangePhase(Phase.HALTED, "US1"))
    desk.play("")
    do(desk, ChangePhase(Phase.HALTED, market="US"))
    desk.play("""
        ALICE < h|335=1|336=US|625=7|325=Y|340=1|58=halted
        BOB < h|335=1|1300=US|336=US|625=7|325=Y|340=1|58=halted
        ALICE > g|335=1|263=2
    """)
    do(desk, ChangePhase(Phase.CLOSED, market="US"))
    desk.play("BOB < h|335=1|1300=US|336=US|625=7|325=Y|340=3|58=closed")


async def test_subscriptions_end_with_the_line(desk: Desk) -> None:
    desk.play("""
        ALICE > e|324=1|55=FINE|263=1
        ALICE < f|324=1...
        ALICE > g|335=1|263=1
        ALICE < h|...
        ALICE < h|...
    """)
    desk.side.acceptor._order_entry.line_ended(desk.side.acceptor.sessions["ALICE"])
    do(desk, ChangePhase(Phase.HALTED, "FINE"))
    desk.play("")


async def test_subscriptions_have_a_limit(desk: Desk) -> None:
    alice = desk.side.acceptor.sessions["ALICE"]
    for number in range(SUBSCRIPTIONS_MAX):
        alice.receive(desk.message("ALICE", f"e|324={number}|55=ACME|263=1"))
    desk.settle()
    desk._said["ALICE"].clear()
    text = f"{SUBSCRIPTIONS_MAX} subscriptions are open; a session may have no more"
    desk.play(f"""
        ALICE > e|324=more|55=ACME|263=1
        ALICE < j|45={SUBSCRIPTIONS_MAX + 2}|372=e|379=more|380=0|58={text}
        ALICE > e|324=once|55=ACME|263=0
        ALICE < f|324=once...
    """)
