"""Who may log on, on real sockets: one answer to all that is wrong, locks, addresses, signatures and new passwords."""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from gateway.fix.credentials import CHECKS_MAX, Origin, PasswordsUnavailable
from gateway.fix.logon_gate import LogonRefused
from gateway.fix.message import Message, encode
from gateway.fix.session_state import SessionState
from tests.gateway.fix.fix_side import SETTINGS, FixSide
from tests.gateway.fix.line import Line, until
from tests.gateway.fix.test_acceptor import NOT_KNOWN
from tests.gateway.fix.test_signature import SECRET

MORE = """
  lockout: { failures: 3, duration_seconds: 1, window_seconds: 2, max_duration_seconds: 4 }
  signed_logon_window_seconds: 2
  logon_message_bytes: 512
  sessions:
    - { comp_id: SIGNED, hmac_secret: a-secret-of-32-characters-or-so! }
    - { comp_id: BOTH, hmac_secret: a-secret-of-32-characters-or-so!, username: both, password: both-pw }
    - { comp_id: FAR, allowed_addresses: [10.0.0.0/8], username: far, password: far-pw }
    - { comp_id: NEAR, allowed_addresses: [127.0.0.0/8] }
"""


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[FixSide]:
    side = FixSide(tmp_path, settings=SETTINGS.replace("\n  sessions:\n", MORE, 1))
    await side.start()
    yield side
    await side.stop()


async def answer(side: FixSide, name: str, terms: str, *, next_out: int = 1) -> str:
    """The venue's first message to a Logon with these terms."""
    line = await Line.open(side.address, name, next_out=next_out)
    line.send(f"A|98=0|108=30{terms}")
    try:
        return await line.receive()
    finally:
        await line.close()


async def reason(side: FixSide, name: str, terms: str) -> str:
    """Why a Logon is refused, by the venue's log; its answer is the one there is."""
    with structlog.testing.capture_logs() as logged:
        assert await answer(side, name, terms) == f"5|34=1|58={NOT_KNOWN}"
    return next(str(line["reason"]) for line in logged if line["event"] == "logon refused")


def signed_logon(name: str, *, seq: int = 1, secret: str = SECRET, terms: str = "", seconds_ago: int = 0) -> bytes:
    """A Logon signed as docs/fix-logon.md says."""
    at = (datetime.now(UTC) - timedelta(seconds=seconds_ago)).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
    text = "\x01".join([at, "A", str(seq), name, "VENUE"])
    given = b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()
    body = f"35=A|49={name}|56=VENUE|34={seq}|52={at}|98=0|108=30{terms}|95={len(given)}|96={given}|"
    return encode("FIX.4.4", body.replace("|", "\x01"))


async def answer_to(side: FixSide, name: str, logon: bytes) -> str:
    line = await Line.open(side.address, name)
    line.writer.write(logon)
    try:
        return await line.receive()
    finally:
        await line.close()


async def test_everything_wrong_gets_one_answer_and_its_own_line_in_the_log(side: FixSide) -> None:
    assert await reason(side, "NOBODY", "|553=alice|554=alice-pw") == "no session of NOBODY with VENUE"
    assert await reason(side, "ALICE", "|553=alice|554=wrong") == "wrong Username(553) or Password(554) for ALICE"
    assert await reason(side, "ALICE", "") == "wrong Username(553) or Password(554) for ALICE"
    assert await reason(side, "FAR", "|553=far|554=far-pw") == (
        "127.0.0.1 is not in allowed_addresses of FAR: 10.0.0.0/8"
    )
    assert (await reason(side, "SIGNED", "")).startswith("Logon(A) of SIGNED: it is not signed")
    assert (await answer(side, "NEAR", "")).startswith("A|")


async def test_an_unknown_session_costs_the_check_of_a_password(side: FixSide) -> None:
    asked = []

    async def ask(username: str, password: str) -> bool:
        asked.append(username)
        return await side.passwords.check(username, password)

    side.check_password = ask
    assert await answer(side, "NOBODY", "|553=alice|554=alice-pw") == f"5|34=1|58={NOT_KNOWN}"
    assert asked == ["alice"]


async def test_guessing_locks_this_user_from_this_address_for_a_while(side: FixSide) -> None:
    for _ in range(3):
        assert await reason(side, "ALICE", "|553=alice|554=guess") == "wrong Username(553) or Password(554) for ALICE"
    right = "|553=alice|554=alice-pw"
    assert await reason(side, "ALICE", right) == "too many wrong logons of alice from 127.0.0.1; locked for 1 s more"
    assert (await answer_to(side, "BOTH", signed_logon("BOTH", terms="|553=both|554=both-pw"))).startswith("A|")
    async with asyncio.timeout(5):
        while not (await answer(side, "ALICE", right)).startswith("A|"):
            await asyncio.sleep(0.1)


async def test_a_signed_logon_comes_in_once(side: FixSide) -> None:
    logon = signed_logon("SIGNED")
    assert (await answer_to(side, "SIGNED", logon)).startswith("A|")
    await until(lambda: side.acceptor.sessions["SIGNED"].state is SessionState.IDLE)
    assert await answer_to(side, "SIGNED", logon) == f"5|34=1|58={NOT_KNOWN}"
    assert (await answer_to(side, "SIGNED", signed_logon("SIGNED", seq=2))).startswith("A|")


async def test_what_is_not_signed_right_stays_outside(side: FixSide) -> None:
    refused = f"5|34=1|58={NOT_KNOWN}"
    assert await answer_to(side, "SIGNED", signed_logon("SIGNED", secret="another")) == refused
    assert await answer_to(side, "SIGNED", signed_logon("SIGNED", seconds_ago=5)) == refused
    assert await answer_to(side, "BOTH", signed_logon("BOTH", terms="|553=both|554=wrong")) == refused
    assert await answer_to(side, "BOTH", signed_logon("BOTH")) == refused


async def test_before_the_logon_messages_are_short_and_after_it_they_may_be_long(side: FixSide) -> None:
    line = await Line.open(side.address, "BOTH")
    line.send("A|98=0|108=30|58=" + "x" * 600)
    with structlog.testing.capture_logs() as logged:
        assert await line.receive() == ""
    assert "the limit is 512" in str(logged)
    await line.close()
    near = await Line.logged_on(side.address, "NEAR")
    near.send("1|112=" + "x" * 600)
    assert (await near.receive()).endswith("x" * 600)
    await near.close()


async def test_a_store_that_does_not_answer_is_no_wrong_password(side: FixSide) -> None:
    async def silent(_: str, __: str) -> bool:
        raise PasswordsUnavailable("the store did not answer within 2 s")

    side.check_password = silent
    for _ in range(5):
        text = await answer(side, "ALICE", "|553=alice|554=alice-pw")
        assert text == "5|34=1|58=logon refused: passwords cannot be checked at the moment; try again"
    side.check_password = side.passwords.check
    assert (await answer(side, "ALICE", "|553=alice|554=alice-pw")).startswith("A|")


async def test_no_more_passwords_are_checked_at_a_time_than_their_keeper_takes(side: FixSide) -> None:
    under_way, most = 0, 0

    async def slow(_: str, __: str) -> bool:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return False

    side.check_password = slow
    answers = await asyncio.gather(*(answer(side, f"X{number}", "") for number in range(10)))
    assert set(answers) == {f"5|34=1|58={NOT_KNOWN}"} and 0 < most <= CHECKS_MAX


REQUEST = "BE|923=r1|924=3|553=alice|554=alice-pw"


@pytest.fixture
async def alice(side: FixSide) -> AsyncIterator[Line]:
    line = await Line.logged_on(side.address, "ALICE")
    yield line
    await line.close()


async def test_a_client_changes_its_password(side: FixSide, alice: Line) -> None:
    changed = []

    async def change(username: str, present: str, new: str) -> bool:
        changed.append((username, present, new))
        return present == "alice-pw"

    side.change_password = change
    alice.send(f"{REQUEST}|925=a-new-one")
    assert await alice.receive() == "BF|34=2|923=r1|553=alice|926=5"
    assert changed == [("alice", "alice-pw", "a-new-one")]
    wrong = "BF|34={}|923=r1|553=alice|926=4|927=Password(554) is not the present one"
    for number in range(3, 8):
        alice.send(f"BE|923=r1|924=3|553=alice|554=guess|925=a-new-one{number}")
        assert await alice.receive() == wrong.format(number)
    assert len(changed) == 4, "after three wrong ones nobody is asked any more"


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("BE|923=r1|924=4|553=alice", "926=1"),
        ("BE|923=r1|924=4|553=bob", "926=3|927=a session may ask about its own Username(553) alone"),
        (f"{REQUEST}|925=short", "926=6|927=NewPassword(925) must have 8 to 128 characters and differ from"),
        (f"{REQUEST}|925=alice-pw", "926=6|927=NewPassword(925) must have 8 to 128 characters and differ from"),
        (REQUEST, "926=6|927=NewPassword(925) must have"),
        ("BE|923=r1|924=1|553=alice|554=alice-pw", "926=6|927=UserRequestType(924) 1 is not taken; 3 (change"),
        (f"{REQUEST}|925=a-new-one", "926=6|927=the password was not changed: passwords are those of the settings"),
    ],
)
async def test_other_user_requests(alice: Line, request_text: str, expected: str) -> None:
    alice.send(request_text)
    user = "bob" if "=bob" in request_text else "alice"
    assert (await alice.receive()).startswith(f"BF|34=2|923=r1|553={user}|{expected}")
    assert await alice.is_alive()


async def test_one_change_at_a_time(side: FixSide, alice: Line) -> None:
    answered = asyncio.Event()

    async def slow(_: str, __: str, ___: str) -> bool:
        return await answered.wait()

    side.change_password = slow
    alice.send(f"{REQUEST}|925=a-new-one")
    alice.send("BE|923=r2|924=3|553=alice|554=alice-pw|925=another-one")
    assert (await alice.receive()).startswith("BF|34=2|923=r2|553=alice|926=6|927=the change of the password asked")
    answered.set()
    assert await alice.receive() == "BF|34=3|923=r1|553=alice|926=5"


async def test_a_logon_may_bring_a_new_password(side: FixSide) -> None:
    """In versions whose Logon has NewPassword(925): as the acceptor asks for it."""
    changed = []

    async def change(username: str, present: str, new: str) -> bool:
        changed.append((username, present, new))
        return True

    side.change_password = change
    credentials, profile = side.acceptor._credentials, side.acceptor.sessions["ALICE"].profile
    fields = {"49": "ALICE", "553": "alice", "554": "alice-pw", "925": "a-new-one"}
    logon = Message("FIXT.1.1", "A", 1, fields, (), (), "")
    await credentials.check(profile, logon, Origin("127.0.0.1"))
    assert changed == [], "it may still be refused for something else"
    assert (await credentials.new_password(profile, logon, "127.0.0.1")).status == "1"
    assert changed == [("alice", "alice-pw", "a-new-one")]
    near = side.acceptor.sessions["NEAR"].profile
    with pytest.raises(LogonRefused, match="for sessions with a password, and this one has none"):
        await credentials.new_password(near, logon, "127.0.0.1")


async def test_a_password_that_somebody_else_changed_meanwhile_is_not_changed_again(side: FixSide) -> None:
    async def change(_: str, __: str, ___: str) -> bool:
        return False

    side.change_password = change
    credentials, profile = side.acceptor._credentials, side.acceptor.sessions["ALICE"].profile
    fields = {"49": "ALICE", "553": "alice", "554": "alice-pw", "925": "a-new-one"}
    logon = Message("FIXT.1.1", "A", 1, fields, (), (), "")
    with pytest.raises(LogonRefused, match=r"Password\(554\) is wrong by now"):
        await credentials.new_password(profile, logon, "127.0.0.1")
