"""Passwords in the Logons of each version, on real sockets: a FIX 4.2 client has them by agreement."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.fix.fix_side import SETTINGS, FixSide
from tests.gateway.fix.line import Line
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


async def logon(side: FixSide, begin_string: str, name: str, terms: str) -> str:
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
    assert (await logon(side, "FIX.4.2", "OLD", terms)).startswith(answer)
