"""Passwords in the Logons of each version, on real sockets: agreed on in FIX 4.2, changed by a FIXT 1.1 Logon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import structlog

from gateway.fix.session_state import SessionState
from gateway.passwords import build_passwords
from gateway.platform.membership import build_membership
from tests.gateway.fix.fix_side import SETTINGS, FixSide
from tests.gateway.fix.line import Line, until
from tests.gateway.fix.test_acceptor import NOT_KNOWN

LISTED = """
    - { comp_id: OLD, version: FIX.4.2, username: old, password: old-secret }
    - { comp_id: NEW, version: FIX.5.0SP2, username: new, password: new-secret }
"""


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[FixSide]:
    side = FixSide(tmp_path, settings=SETTINGS.replace("\n  sessions:\n", f"\n  sessions:{LISTED}", 1))
    await side.start()
    yield side
    await side.stop()


async def answer_to(side: FixSide, begin_string: str, name: str, terms: str) -> str:
    """The venue's first message to a Logon with these terms."""
    line = await Line.open(side.address, name)
    line.begin_string = begin_string
    line.send(f"A|98=0|108=30{terms}")
    try:
        return await line.receive()
    finally:
        await line.close()


@pytest.mark.parametrize(
    ("terms", "answer"),
    [
        ("|553=old|554=old-secret", "A|34=1|98=0|108=30"),
        ("|553=old|554=a-guess", f"5|34=1|58={NOT_KNOWN}"),
        ("|553=old", f"5|34=1|58={NOT_KNOWN}"),
        ("|554=old-secret", f"5|34=1|58={NOT_KNOWN}"),
        ("", f"5|34=1|58={NOT_KNOWN}"),
        ("|553=new|554=new-secret", f"5|34=1|58={NOT_KNOWN}"),
        # It is an agreement about the password alone.
        ("|553=old|554=old-secret|925=another-one", "5|34=1|58=Tag 925 is not a field of FIX.4.2"),
    ],
    ids=["right", "wrong", "no password", "no user", "neither", "another user's", "a new one"],
)
async def test_passwords_in_fix_42(side: FixSide, terms: str, answer: str) -> None:
    assert (await answer_to(side, "FIX.4.2", "OLD", terms)).startswith(answer)


STORED = SETTINGS.replace("\n  sessions:\n", f"\n  sessions:{LISTED}", 1) + "store: { enabled: true }\n"
POLICY = "NewPassword(925) must have 8 to 128 characters and differ from Password(554)"


class Stored:
    """A venue whose passwords are kept in a store, as an exchange's are; opened again it has what it had."""

    def __init__(self, folder: Path) -> None:
        self.side = FixSide(folder, settings=STORED)
        self.side.settings.data.mkdir(exist_ok=True)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Stored:
        membership = build_membership(self.side.settings, self._stack)
        assert membership is not None
        await membership.open()
        passwords = build_passwords(membership)
        await passwords.open(self.side.settings.fix_sessions)
        self.side.check_password, self.side.change_password = passwords.check, passwords.change
        await self.side.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.side.stop()
        await self._stack.aclose()

    async def log_on(self, terms: str, *, name: str = "NEW", seq: int = 0) -> str:
        """The venue's answer to a Logon, without its number, and logs off if it was let in."""
        session = self.side.acceptor.sessions[name]
        line = await Line.open(self.side.address, name, next_out=seq or session.next_in)
        line.begin_string = session.profile.begin_string
        version = session.profile.version.appl_ver_id
        line.send(f"A|98=0|108=30{terms}" + (f"|1137={version}" if version else ""))
        msg_type, _, *fields = (await line.receive()).split("|")
        if msg_type == "A":
            line.send("5")
            assert (await line.receive()).startswith("5|")
        await line.close()
        await until(lambda: session.state is SessionState.IDLE)
        return "|".join([msg_type, *fields])


RIGHT = "A|98=0|108=30|1137=9"
REFUSED = f"5|58={NOT_KNOWN}"


async def test_a_logon_brings_a_new_password_that_holds_from_then_on(tmp_path: Path) -> None:
    with structlog.testing.capture_logs() as logged:
        async with Stored(tmp_path) as venue:
            answered = await venue.log_on("|553=new|554=new-secret|925=planted-secret")
            assert answered == "A|98=0|108=30|1409=1|1137=9"
            assert await venue.log_on("|553=new|554=new-secret") == REFUSED
            assert await venue.log_on("|553=new|554=planted-secret") == RIGHT
        async with Stored(tmp_path) as venue:
            assert await venue.log_on("|553=new|554=new-secret") == REFUSED
            assert await venue.log_on("|553=new|554=planted-secret") == RIGHT
    assert "planted-secret" not in str(logged)
    frames = b"".join(one.read_bytes() for one in (tmp_path / "fix").rglob("*") if one.is_file())
    assert b"925=***" in frames and b"1409=1" in frames
    assert b"planted-secret" not in frames and b"new-secret" not in frames


@pytest.mark.parametrize("wrong", ["short", "new-secret", "x" * 129])
async def test_a_new_password_against_the_policy_leaves_the_old_one_and_the_session_begins(
    tmp_path: Path, wrong: str
) -> None:
    async with Stored(tmp_path) as venue:
        answered = await venue.log_on(f"|553=new|554=new-secret|925={wrong}")
        assert answered == f"A|98=0|108=30|1409=3|1137=9|58={POLICY}"
        assert await venue.log_on("|553=new|554=new-secret") == RIGHT


async def test_a_guess_changes_nothing(tmp_path: Path) -> None:
    async with Stored(tmp_path) as venue:
        assert await venue.log_on("|553=new|554=a-guess|925=another-one") == REFUSED
        assert await venue.log_on("|553=new|554=another-one") == REFUSED
        assert await venue.log_on("|553=new|554=new-secret") == RIGHT


async def test_a_logon_that_is_refused_for_its_number_says_that_the_password_is_new(tmp_path: Path) -> None:
    async with Stored(tmp_path) as venue:
        assert await venue.log_on("|553=new|554=new-secret") == RIGHT
        answered = await venue.log_on("|553=new|554=new-secret|925=another-one", seq=1)
        assert answered == "5|1409=1|58=MsgSeqNum too low, expecting 3 but received 1"
        assert await venue.log_on("|553=new|554=another-one") == RIGHT


async def test_who_is_not_let_in_changes_no_password(tmp_path: Path) -> None:
    async with Stored(tmp_path) as venue:
        session = venue.side.acceptor.sessions["NEW"]
        session.is_enabled = False
        assert (await venue.log_on("|553=new|554=new-secret|925=another-one")).startswith(
            "5|58=session NEW is disabled"
        )
        session.is_enabled = True
        assert await venue.log_on("|553=new|554=new-secret") == RIGHT


async def test_a_venue_without_a_store_says_that_it_cannot_change_passwords(side: FixSide) -> None:
    answered = await answer_to(side, "FIXT.1.1", "NEW", "|553=new|554=new-secret|925=another-one|1137=9")
    assert answered.startswith("5|34=1|58=logon refused: passwords are those of the settings, for this venue has no")


async def test_within_a_session_a_logon_brings_no_new_password(side: FixSide) -> None:
    line = await Line.open(side.address, "NEW")
    line.begin_string = "FIXT.1.1"
    line.send("A|98=0|108=30|553=new|554=new-secret|1137=9")
    assert await line.receive() == "A|34=1|98=0|108=30|1137=9"
    line.next_out = 1
    line.send("A|98=0|108=30|141=Y|553=new|554=new-secret|925=another-one|1137=9")
    assert (await line.receive()).startswith("5|34=2|58=NewPassword(925) is for the Logon(A) that begins a connection")
    await line.close()
