"""Sessions added while the venue listens: they log on at once, by their own terms, and nobody else's change."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import simplefix
from msgspec.structs import replace

from gateway.fix.profile import SessionProfile
from gateway.fix.session_control import ControlRefused
from gateway.fix.versions import VERSIONS
from tests.gateway.fix.fix_side import FixSide
from tests.gateway.fix.line import Line

LONG_AGO = "20200101-00:00:00.000"


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[FixSide]:
    side = FixSide(tmp_path)
    await side.start()
    yield side
    await side.stop()


def profile(side: FixSide, comp_id: str = "NEW") -> SessionProfile:
    return replace(side.acceptor.sessions["BOB"].profile, comp_id=comp_id)


async def logon_of(side: FixSide, name: str, sending_time: str) -> str:
    """What is answered to a Logon that says to be sent then."""
    line = await Line.open(side.address, name)
    message = simplefix.FixMessage()
    header = (("8", "FIX.4.4"), ("35", "A"), ("49", name), ("56", "VENUE"), ("34", 1), ("52", sending_time))
    for tag, value in header:
        message.append_pair(tag, value, header=True)
    message.append_pair("98", 0)
    message.append_pair("108", 30)
    line.writer.write(message.encode())
    answer = await line.receive()
    await line.close()
    return answer


async def test_it_logs_on_at_once_and_hears_nothing_of_what_was_before(side: FixSide, tmp_path: Path) -> None:
    session = side.acceptor.add_session(profile(side), tmp_path / "fix")
    assert session.log.last_event == side.venue.last_event > 0
    line = await Line.logged_on(side.address, "NEW")
    line.send("D|11=a|55=ACME|54=1|38=10|40=2|44=10.00")
    assert "|150=0|" in await line.receive()
    await line.close()


@pytest.mark.parametrize(
    ("comp_id", "version", "problem"),
    [
        ("BOB", "FIX.4.4", "BOB has a session already"),
        ("NEW", "FIX.5.0SP2", "FIX.5.0SP2 is not spoken here; a session of the settings would have to"),
    ],
)
async def test_one_that_cannot_be_added_is_not_there(
    side: FixSide, tmp_path: Path, comp_id: str, version: str, problem: str
) -> None:
    before = dict(side.acceptor.sessions)
    with pytest.raises(ValueError, match=problem):
        side.acceptor.add_session(replace(profile(side, comp_id), version=VERSIONS[version]), tmp_path / "fix")
    assert side.acceptor.sessions == before


async def test_its_clock_may_be_looser_than_all_others_were(side: FixSide, tmp_path: Path) -> None:
    refusal = "58=SendingTime(52)"
    assert refusal in await logon_of(side, "NEW", LONG_AGO)
    habits = replace(profile(side).habits, sending_time_accuracy=0)
    side.acceptor.add_session(replace(profile(side), habits=habits), tmp_path / "fix")
    assert (await logon_of(side, "NEW", LONG_AGO)).startswith("A|")
    assert refusal in await logon_of(side, "BOB", LONG_AGO)


async def test_an_operator_does_with_it_what_can_be_done_with_any(side: FixSide, tmp_path: Path) -> None:
    session = side.acceptor.add_session(profile(side), tmp_path / "fix")
    with pytest.raises(ControlRefused, match="NEW is idle"):
        side.control.log_out(session, "")
    side.control.disable(session, "")
    side.control.admit(session)
    assert not session.is_enabled
    side.control.enable(session)
    side.control.admit(session)
    assert session.is_enabled
