"""Cancel on disconnect: what goes with a session's line, what stays, and for how long it is waited."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.sequencing.sequencer import Durability
from gateway.clock.speed import Speed
from gateway.clock.venue_clock import VenueClock
from gateway.fix.line_ends import LineEnds
from gateway.fix.session import Session
from gateway.fix.session_state import SessionState
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.fix_side import FixSide
from tests.gateway.fix.line import Line, until
from tests.gateway.fix.versioned_desk import SETTINGS, versioned_desk

SECOND = 10**9
ORDERS = ("D|11=plain|{}", "D|11=flagged|18=o|{}", "D|11=gtc|59=1|{}", "D|11=gtc-flagged|59=1|18=o|{}")
ORDER = "55=ACME|54=1|38=10|40=2|44=10"


def settings(terms: str) -> str:
    return SETTINGS.replace("comp_id: ALICE }", f"comp_id: ALICE, {terms} }}" if terms else "comp_id: ALICE }")


def is_away(side: FixSide) -> bool:
    return side.acceptor.sessions["ALICE"].state is SessionState.IDLE


def open_orders(side: FixSide) -> list[str]:
    return [order.terms.cl_ord_id for order in side.venue.register.open_orders("ALICE")]


@pytest.mark.parametrize(
    ("terms", "logon", "left"),
    [
        ("", "", ["plain", "gtc"]),
        ("cancel_on_disconnect: flagged", "", ["plain", "gtc"]),
        ("cancel_on_disconnect: all", "", ["gtc"]),
        ("cancel_on_disconnect: all, disconnect_keeps_good_till: false", "", []),
        ("", "|8013=Y", ["gtc"]),
        ("cancel_on_disconnect: all", "|8013=N", ["plain", "gtc"]),
        ("cancel_on_disconnect: all", "|8013=F", ["plain", "gtc"]),
    ],
)
async def test_what_goes_with_the_line(tmp_path: Path, terms: str, logon: str, left: list[str]) -> None:
    side = FixSide(tmp_path, settings=settings(terms))
    await side.start()
    alice = await Line.open(side.address, "ALICE")
    alice.send(f"A|98=0|108=30{logon}")
    for order in ORDERS:
        alice.send(order.format(ORDER))
    await alice.receive_all(5)
    await alice.close()
    await until(lambda: is_away(side) and open_orders(side) == left)
    await side.stop()


async def test_all_orders_of_a_session_that_has_agreed_to_nothing_stay(tmp_path: Path) -> None:
    side = FixSide(tmp_path, settings=settings("cancel_on_disconnect: none"))
    await side.start()
    alice = await Line.open(side.address, "ALICE")
    alice.send("A|98=0|108=30")
    alice.send(f"D|11=plain|{ORDER}")
    alice.send("S|117=Q|55=ACME|132=9|134=10")
    await alice.receive_all(3)
    await alice.close()
    await until(lambda: is_away(side))
    side.sequencer.commit()
    assert len(open_orders(side)) == 2
    await side.stop()


async def test_quotes_go_and_the_cancels_are_reported_when_the_client_is_back(tmp_path: Path) -> None:
    side = FixSide(tmp_path, settings=settings(""))
    await side.start()
    alice = await Line.open(side.address, "ALICE")
    alice.send("A|98=0|108=30")
    alice.send("S|117=Q|55=ACME|132=9|134=10")
    alice.send(f"D|11=o|18=o|{ORDER}")
    await alice.receive_all(3)
    alice.send("5")
    assert (await alice.receive()).startswith("5|")
    await alice.close()
    await until(lambda: is_away(side) and not open_orders(side))
    again = await Line.open(side.address, "ALICE", next_out=alice.next_out)
    again.send("A|98=0|108=30")
    assert (await again.receive()).startswith("A|34=7|")
    again.send("2|7=5|16=6")
    quotes = await again.receive()
    assert quotes.startswith("AI|34=5|") and "|117=Q|" in quotes
    assert quotes.endswith("|297=6|58=withdrawn by the venue: disconnected")
    assert "|11=o|" in (report := await again.receive()) and report.endswith("and did not come back in time")
    await again.close()
    await side.stop()


async def test_when_the_venue_is_killed_every_line_has_ended(tmp_path: Path) -> None:
    side = FixSide(tmp_path, settings=settings(""))
    await side.start()
    alice = await Line.open(side.address, "ALICE")
    alice.send("A|98=0|108=30")
    for order in ORDERS:
        alice.send(order.format(ORDER))
    await alice.receive_all(5)
    await side.stop()
    await alice.close()
    assert len(open_orders(side)) == 4, "an orderly stop takes nothing with it"
    again = FixSide(tmp_path, settings=settings(""))
    await again.start()
    await until(lambda: open_orders(again) == ["plain", "gtc"])
    await again.stop()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with versioned_desk(tmp_path, settings("cancel_on_disconnect: all, disconnect_grace_seconds: 30")) as desk:
        desk.play(f"""
            ALICE > D|11=a|{ORDER}
            ALICE < 8|37=1...
        """)
        yield desk


class Away:
    """ALICE's line, and the venue's clock, which stands until it is moved."""

    def __init__(self, desk: Desk) -> None:
        self.clock = VenueClock(Speed(0))
        self.side = desk.side
        self.session: Session = desk.side.acceptor.sessions["ALICE"]
        self.logon = desk.message("ALICE", "A|98=0|108=0")
        self.ends = LineEnds(desk.side.sequencer, self.clock)

    def pass_seconds(self, seconds: int) -> list[str]:
        self.clock.hold()
        self.clock.move_to(self.clock.now() + seconds * SECOND)
        self.clock.fire()
        self.clock.release()
        self.side.sequencer.commit()
        self.side.sequencer.commit()
        return open_orders(self.side)


async def test_orders_go_when_the_grace_is_over(desk: Desk) -> None:
    away = Away(desk)
    away.ends.ended(away.session)
    assert away.pass_seconds(29) == ["a"]
    away.ends.ended(away.session)
    assert away.pass_seconds(1) == []
    desk.play("ALICE < 8|37=1|11=a|150=4|39=4...")


async def test_orders_stay_when_the_client_is_back_in_time(desk: Desk) -> None:
    away = Away(desk)
    away.ends.ended(away.session)
    assert away.pass_seconds(29) == ["a"]
    away.ends.began(away.session, away.logon)
    assert away.pass_seconds(100) == ["a"]
    away.ends.ended(away.session)
    assert away.pass_seconds(29) == ["a"]
    assert away.pass_seconds(1) == []
    desk.play("ALICE < 8|37=1|11=a|150=4|39=4...")


async def test_nothing_is_journaled_when_nothing_goes(desk: Desk) -> None:
    desk.play("""
        ALICE > F|11=c|41=a|55=ACME|54=1
        ALICE < 8|37=1...
    """)
    away, last = Away(desk), desk.side.sequencer.journal_bytes
    away.ends.ended(away.session)
    away.pass_seconds(30)
    assert desk.side.sequencer.journal_bytes == last


async def test_it_holds_on_any_durability(tmp_path: Path) -> None:
    side = FixSide(tmp_path, settings=settings(""), durability=Durability.FSYNC)
    await side.start()
    alice = await Line.open(side.address, "ALICE")
    alice.send("A|98=0|108=30")
    alice.send(f"D|11=o|18=o|{ORDER}")
    alice.writer.write_eof()
    await until(lambda: is_away(side) and side.venue.last_order_id == 1 and not open_orders(side))
    await alice.close()
    await side.stop()
