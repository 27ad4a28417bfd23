"""Application messages as each version has them: what one lacks is refused, what one asks for more is there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.fix.dictionary import load
from gateway.fix.framing import Framing
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.fix_side import SETTINGS

VERSIONED = (
    SETTINGS.replace("comp_id: ALICE, username: alice, password: alice-pw", "comp_id: ALICE")
    .replace("comp_id: BOB }", "comp_id: BOB, version: FIX.5.0SP2 }")
    .replace("comp_id: CAROL,", "comp_id: CAROL, version: FIX.4.2,")
    .replace("max_open_orders: 5", "max_open_orders: 1000")
)
"""ALICE speaks FIX.4.4, BOB FIX.5.0SP2, CAROL FIX.4.2."""

Play = Callable[[str], None]
D = "11={}|55=ACME|54=1|38=100|40=2|44={}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path, VERSIONED)
    await desk.open()
    yield desk
    await desk.side.stop()


@pytest.fixture
def play(desk: Desk) -> Play:
    return desk.play


async def test_the_later_version_names_the_report_of_the_mass_action(play: Play) -> None:
    play(f"""
        BOB > D|{D.format("b1", "10")}
        BOB < 8|37=1...
        BOB > q|11=m|530=7
        BOB < r|11=m|37=M8|1369=M8|530=7|531=7|533=1
        BOB < 8|37=1|11=m|41=b1|150=4|39=4...
        BOB > AF|584=q|585=7
        BOB < 8|37=NONE|150=I|39=8|103=5|55=[N/A]|54=7|151=0|14=0|6=0|58=no open order of this session is meant|584...
    """)


async def test_an_order_can_be_named_by_its_number_where_the_version_has_it(play: Play) -> None:
    play(f"""
        BOB > D|{D.format("b1", "10")}
        BOB < 8|37=1...
        BOB > H|37=1|54=1
        BOB < 8|37=1|11=b1|150=I|39=0...
        BOB > G|11=r|37=1|55=ACME|54=1|38=200|40=2|44=10
        BOB < 8|37=1|11=r|41=b1|150=5|39=0...
        BOB > F|11=c|37=1|55=ACME|54=1
        BOB < 8|37=1|11=c|41=r|150=4|39=4...
        BOB > F|11=d|37=1|55=ACME|54=1
        BOB < 9|37=1|11=d|39=4|434=1|102=0|58=OrderID(37) 1 is already canceled
        BOB > F|11=e|37=2|55=ACME|54=1
        BOB < 9|37=NONE|11=e|39=8|434=1|102=1|58=OrderID(37) 2 is not an order of this session
        BOB > G|11=f|37=X|55=ACME|54=1|38=200|40=2|44=10
        BOB < 9|37=NONE|11=f|39=8|434=2|102=1|58=OrderID(37) X is not an order of this session
        BOB > H|37=X|54=1|55=ACME
        BOB < 8|37=NONE|150=I|39=8|103=5|55=ACME|54=1|151=0|14=0|6=0|58=OrderID(37) X is not an order of this session
        BOB > F|11=g|55=ACME|54=1
        BOB < j|45=10|372=F|379=g|380=5|58=OrigClOrdID(41) and OrderID(37) are missing; one of them names the order
    """)


@pytest.mark.parametrize(
    ("msg_type", "fields"), [("q", "11=m|530=7"), ("AF", "584=q|585=7")], ids=["mass cancel", "mass status"]
)
async def test_the_oldest_version_has_no_mass_requests(play: Play, msg_type: str, fields: str) -> None:
    play(f"""
        CAROL > {msg_type}|{fields}
        CAROL < 3|45=2|371=35|372={msg_type}|373=11|58=MsgType(35) {msg_type} is not a message of FIX.4.2
    """)


@pytest.mark.parametrize("name", ["ALICE", "BOB", "CAROL"])
async def test_every_other_message_of_the_dictionary_is_told_that_it_is_not_taken(desk: Desk, name: str) -> None:
    taken = {"D", "E", "F", "G", "H", "q", "AF", "CA", "Q", "S", "i", "Z", "c", "e", "g", "x", "BE"}
    version = desk.side.acceptor.sessions[name].profile.version.name
    session = desk.side.acceptor.sessions[name]
    for msg_type in load(version).messages:
        if msg_type in taken or msg_type in "0123456789"[:6] or msg_type == "A":
            continue
        message = desk.message(name, msg_type)
        message.violation = None
        session.receive(message)
        desk.side.sequencer.commit()
        wire, session.outbound.wire = session.outbound.wire, []
        [answer] = Framing(1 << 20).receive(b"".join(wire))
        assert isinstance(answer, str)
        assert f"\x01372={msg_type}\x01380=3\x0158=MsgType(35) {msg_type} is not taken; " in answer
    desk.play(f"{name} > H|11=x|55=ACME|54=1\n{name} < 8|37=NONE...")
