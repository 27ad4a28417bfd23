"""What is listed, as each version can say it: ticks, lots, limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from exchange.commands import ListInstrument
from exchange.reference.instruments import PriceBands, TickStep
from gateway.fix.framing import Framing
from gateway.fix.reference_requests import PIECE_INSTRUMENTS
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import versioned_desk

ACME = "tick 0.01 from 0, 0.05 from 20; lot 10; at most 5000; prices 9 to 11; reference price 10"
FINE = "tick 0.0001; lot 1; at most 1000000; prices 0.01 to 100; reference price 1"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with versioned_desk(tmp_path) as desk:
        acme, fine = (desk.side.venue.instruments[symbol] for symbol in ("ACME", "FINE"))
        bands = PriceBands(static_basis_points=1000)
        for instrument in (
            msgspec.structs.replace(acme, bands=bands, ticks=(TickStep(2000, 5),)),
            msgspec.structs.replace(fine, market="US", takes_odd_lots=True),
        ):
            desk.side.sequencer.submit(ListInstrument(instrument))
        desk.side.sequencer.commit()
        yield desk


async def test_the_list_of_all_securities(desk: Desk) -> None:
    acme = f"55=ACME|15=USD|561=10|562=10|336=DAY|58={ACME}"
    fine = f"55=FINE|15=USD|561=1|562=1|336=US|58={FINE}"
    desk.play(f"""
        ALICE > x|320=1|559=4
        ALICE < y|320=1|322=L2-1|560=0|393=2|893=Y|146=2|{acme}|{fine}
    """)


async def test_the_newest_version_has_fields_for_most(desk: Desk) -> None:
    rules = "1205=2|1206=0|1208=0.01|1206=20|1208=0.05|1306=0|1148=9|1149=11|1150=10|562=10|1140=5000|561=10"
    desk.play(f"""
        BOB > x|320=1|559=0|55=ACME
        BOB < y|320=1|322=L2-1|560=0|393=1|893=Y|146=1|55=ACME|969=0.01|{rules}|15=USD|58={ACME}
        BOB > c|320=2|321=0|55=ACME
        BOB < d|320=2|322=D3-1|323=1|55=ACME|969=0.01|15=USD|58={ACME}|1310=1|1301=DAY|{rules}
    """)


async def test_the_oldest_version_is_told_security_by_security(desk: Desk) -> None:
    desk.play(f"""
        CAROL > c|320=1|321=3
        CAROL < d|320=1|322=D2-1|323=4|393=2|55=ACME|15=USD|336=DAY|58={ACME}
        CAROL < d|320=1|322=D2-2|323=4|393=2|55=FINE|15=USD|336=US|58={FINE}
    """)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("x|320=1|559=3|336=US", "y|320=1|322=L2-1|560=0|393=1|893=Y|146=1|55=FINE..."),
        ("x|320=1|559=0|55=NONE", "y|320=1|322=L2|560=2|393=0|893=Y"),
        ("x|320=1|559=0", "y|320=1|322=L2|560=2|393=0|893=Y"),
        ("x|320=1|559=2|460=5", "y|320=1|322=L2|560=1|393=0|893=Y"),
        ("x|320=1|559=4|263=1", "y|320=1|322=L2|560=5|393=0|893=Y"),
        ("c|320=1|321=0|55=NONE", "d|320=1|322=L2|323=6|58=no instrument is meant"),
        ("c|320=1|321=2", "d|320=1|322=L2|323=5|58=this is not offered"),
        ("c|320=1|321=3|263=1", "d|320=1|322=L2|323=5|58=this is not offered"),
    ],
)
async def test_what_is_asked_for_is_told_or_why_not(desk: Desk, request_: str, answer: str) -> None:
    desk.play(f"""
        ALICE > {request_}
        ALICE < {answer}
    """)


async def test_very_many_come_in_pieces_between_which_others_trade(desk: Desk) -> None:
    fine = desk.side.venue.instruments["FINE"]
    total = 2 * PIECE_INSTRUMENTS + 1
    for number in range(total - 2):
        desk.side.sequencer.submit(ListInstrument(msgspec.structs.replace(fine, symbol=f"X{number}")))
    desk.side.sequencer.commit()
    alice, bob = (desk.side.acceptor.sessions[name] for name in ("ALICE", "BOB"))
    alice.receive(desk.message("ALICE", "x|320=1|559=4"))
    alice.receive(desk.message("ALICE", "c|320=2|321=3"))
    bob.receive(desk.message("BOB", "H|11=none|55=ACME|54=1"))
    desk.side.sequencer.commit()
    first = said(b"".join(alice.outbound.wire))
    assert [text.count("\x0155=") for text in first] == [PIECE_INSTRUMENTS, 0]
    assert "the list of instruments asked for before is still being sent" in first[1]
    assert len(said(b"".join(bob.outbound.wire))) == 1, "BOB's answer does not wait"
    while len(said(b"".join(alice.outbound.wire))) < 4:
        await asyncio.sleep(0)
    lists = [text for text in said(b"".join(alice.outbound.wire)) if "\x0135=y\x01" in text]
    assert [text.count("\x0155=") for text in lists] == [PIECE_INSTRUMENTS, PIECE_INSTRUMENTS, 1]
    assert [f"\x01893={last}\x01" in text for text, last in zip(lists, "NNY", strict=True)] == [True] * 3
    alice.outbound.wire = []
    alice.receive(desk.message("ALICE", "c|320=3|321=3"))
    while len(said(b"".join(alice.outbound.wire))) < total:
        desk.side.sequencer.commit()
        await asyncio.sleep(0)
    assert len(said(b"".join(alice.outbound.wire))) == total


def said(wire: bytes) -> list[str]:
    return [text for text in Framing(1 << 20).receive(wire) if isinstance(text, str)]
