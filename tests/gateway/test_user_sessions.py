"""FIX sessions of users: made and revoked at run time, kept over restarts, held to the portfolios of the moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from exchange.sequencing.data_folder import DataFolderError
from exchange.store.portfolios import Portfolio
from gateway.audit import AuditLog
from gateway.fix.session_state import SessionState
from gateway.session_desk import SessionDesk
from gateway.user_sessions import UserSession, UserSessionRefused, UserSessions
from tests.gateway.fix.fix_side import SETTINGS, FixSide
from tests.gateway.fix.line import Line, until
from tests.gateway.fix.test_acceptor import NOT_KNOWN

ALLOWED = SETTINGS + "\nplatform: { fix_sessions: true }\n"
ORDER = "D|11={}|55=ACME|54=1|38=10|40=2|44=10.00"
PASSWORD = "|553=zoe|554=zoe-pw"
FIRST = Portfolio(1, 5, "zoe", "", "ACC", "first", 0)
SECOND = Portfolio(2, 5, "zoe", "", "OTHER", "second", 0)


class Venue:
    """A FIX side whose users are known: zoe is user 5."""

    def __init__(self, side: FixSide, audit: AuditLog) -> None:
        self.side = side
        self.audit = audit
        self.portfolios = {5: [FIRST]}
        assert side.user_sessions is not None
        self.desk: UserSessions = side.user_sessions
        self.desk.portfolios_of = lambda user_id: self.portfolios.get(user_id, [])

    @property
    def operators_desk(self) -> SessionDesk:
        return SessionDesk(self.side.acceptor, self.side.control, self.audit)

    async def logged_on(self, next_out: int = 1) -> Line:
        return await Line.logged_on(self.side.address, "zoe", next_out=next_out, terms=PASSWORD)

    async def refused(self, terms: str = PASSWORD) -> str:
        line = await Line.open(self.side.address, "zoe")
        line.log_on(terms)
        answer = await line.receive()
        await line.close()
        return answer

    async def idle(self, line: Line) -> None:
        await line.close()
        await until(lambda: self.side.acceptor.sessions["zoe"].state is SessionState.IDLE)


@asynccontextmanager
async def running(folder: Path, settings: str = ALLOWED) -> AsyncIterator[Venue]:
    side = FixSide(folder, settings=settings)

    async def check(username: str, password: str) -> bool:
        return (username, password) == ("zoe", "zoe-pw")

    side.check_password = check
    audit = AuditLog(folder / "audit.log")
    venue = Venue(side, audit)
    await side.start()
    try:
        yield venue
    finally:
        await side.stop()
        audit.close()


async def test_a_user_logs_on_at_once_and_trades_the_own_portfolios(tmp_path: Path) -> None:
    async with running(tmp_path) as venue:
        assert await venue.refused() == f"5|34=1|58={NOT_KNOWN}"
        made = await venue.desk.create(5, "zoe")
        assert made == UserSession("zoe", "VENUE", "FIX.4.4", ("ACC",), "idle")
        assert "zoe" in [one.comp_id for one in venue.operators_desk.sessions(lambda _: 0)]
        assert await venue.refused("|553=zoe|554=wrong") == f"5|34=1|58={NOT_KNOWN}"
        line = await venue.logged_on()
        line.send(ORDER.format("a"))
        assert "|150=0|39=0|1=ACC|" in await line.receive()
        line.send(ORDER.format("b") + "|1=OTHER")
        assert "|58=Account(1) OTHER is not one this session trades for: ACC" in await line.receive()
        venue.portfolios[5].append(SECOND)
        line.send(ORDER.format("c") + "|1=OTHER")
        assert "|150=0|39=0|1=OTHER|" in await line.receive()
        venue.portfolios[5].clear()
        line.send(ORDER.format("d"))
        assert "|58=Account(1) (none) is not one this session trades for: it has none" in await line.receive()
        assert venue.desk.all() == [replace(made, accounts=(), state="active")]
        await venue.idle(line)


@pytest.mark.parametrize("is_killed", [False, True])
async def test_what_happened_while_a_user_was_away_is_there_after_a_restart(tmp_path: Path, is_killed: bool) -> None:
    log = tmp_path / "fix" / "users" / "zoe.log"
    async with running(tmp_path) as venue:
        await venue.desk.create(5, "zoe")
        line = await venue.logged_on()
        line.send(ORDER.format("a"))
        await line.receive()
        await venue.idle(line)
        before = log.read_bytes()
        bob = await Line.logged_on(venue.side.address, "BOB")
        bob.send(ORDER.format("s").replace("54=1", "54=2"))
        await bob.receive_all(2)
        await bob.close()
    assert len(log.read_bytes()) > len(before)
    if is_killed:
        # The journal had the trade, and the session's log not yet.
        log.write_bytes(before)
    async with running(tmp_path) as venue:
        assert venue.desk.of("zoe") == UserSession("zoe", "VENUE", "FIX.4.4", ("ACC",), "idle")
        line = await venue.logged_on(next_out=3)
        line.send("2|7=3|16=3")
        assert "|43=Y|" in (report := await line.receive()) and "|150=F|" in report
        await venue.idle(line)
    async with running(tmp_path, ALLOWED.replace("comp_id: CAROL", "comp_id: zoe")) as venue:
        # A session of the settings goes before a user's of the same name.
        assert venue.side.acceptor.sessions["zoe"].profile.username == ""
    side = FixSide(tmp_path, settings=SETTINGS)
    assert side.user_sessions is None
    assert "zoe" not in side.acceptor.sessions
    await side.close()


async def test_users_have_the_terms_of_all(tmp_path: Path) -> None:
    terms = "session_defaults: { version: FIX.5.0SP2, reset_on_logon: true, username: no, password: no, accounts: [ACC]"
    settings = ALLOWED.replace("session_defaults: { accounts: [ACC, OTHER]", terms)
    async with running(
        tmp_path, "\n".join(line for line in settings.splitlines() if "comp_id: BOB" not in line)
    ) as venue:
        assert (await venue.desk.create(5, "zoe")).version == "FIX.5.0SP2"
        profile = venue.side.acceptor.sessions["zoe"].profile
        assert (profile.username, profile.reset_on_logon, list(profile.accounts)) == ("zoe", True, ["ACC"])
        line = await Line.open(venue.side.address, "zoe")
        line.begin_string = "FIXT.1.1"
        line.log_on(f"|1137=9{PASSWORD}")
        assert (await line.receive()).startswith("A|")
        await venue.idle(line)


async def test_revoked_credentials_end_the_line_and_the_orders(tmp_path: Path) -> None:
    async with running(tmp_path) as venue:
        assert await venue.desk.revoke("zoe") is False
        await venue.desk.create(5, "zoe")
        line = await venue.logged_on()
        line.send(ORDER.format("a") + "|59=1")
        await line.receive()
        assert await venue.desk.revoke("zoe", "gone") is True
        assert await line.receive() == "5|34=3|58=gone"
        with pytest.raises(UserSessionRefused, match="zoe is logging out; ask again when that is over"):
            await venue.desk.create(5, "zoe")
        await venue.idle(line)
        await until(lambda: not venue.side.venue.register.open_count("zoe"))
        assert await venue.refused() == f"5|34=1|58={NOT_KNOWN}"
        assert (venue.desk.of("zoe"), venue.desk.all()) == (None, [])
        assert "zoe" not in [one.comp_id for one in venue.operators_desk.sessions(lambda _: 0)]
    async with running(tmp_path) as venue:
        assert "zoe" not in venue.side.acceptor.sessions
        await venue.desk.create(5, "zoe")
        line = await venue.logged_on()
        line.send("2|7=1|16=0")
        # What was said before is nobody's any more: there is this Logon alone.
        assert (await line.receive()).endswith("|123=Y|36=2")
        await venue.idle(line)


async def test_a_name_that_is_another_user_s_now_begins_anew(tmp_path: Path) -> None:
    async with running(tmp_path) as venue:
        await venue.desk.create(5, "zoe")
        line = await venue.logged_on()
        line.send(ORDER.format("a"))
        await line.receive()
        venue.portfolios[7] = [replace(SECOND, user_id=7)]
        with pytest.raises(UserSessionRefused, match="zoe is active"):
            await venue.desk.create(7, "zoe")
        await venue.idle(line)
        assert (await venue.desk.create(7, "zoe")).accounts == ("OTHER",)
        line = await venue.logged_on()
        await venue.idle(line)
        # The number of somebody else in a new store gives nothing.
        venue.portfolios[7] = [replace(SECOND, user_id=7, username="yan")]
        assert venue.desk.accounts("zoe") == []


async def test_an_operator_s_word_holds_for_sessions_made_anew(tmp_path: Path) -> None:
    async with running(tmp_path) as venue:
        (tmp_path / "fix" / "disabled.json").write_text('["zoe"]')
        await venue.desk.create(5, "zoe")
        assert await venue.refused() == "5|34=1|58=session zoe is disabled; the operator can enable it"


async def test_a_line_can_be_ended_without_taking_the_session_away(tmp_path: Path) -> None:
    async with running(tmp_path) as venue:
        await venue.desk.create(5, "zoe")
        venue.desk.log_out("zoe", "nobody is there")
        line = await venue.logged_on()
        venue.desk.log_out("zoe", "the password is another one")
        assert await line.receive() == "5|34=2|58=the password is another one"
        await venue.idle(line)
        venue.desk.log_out("BOB", "is no user")
        line = await venue.logged_on(next_out=2)
        await venue.idle(line)


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("BOB", "NAME_TAKEN: BOB is the CompID of another session of this venue"),
        ("VENUE", "NAME_TAKEN: VENUE is the CompID of another session of this venue"),
        ("@zoe", 'INVALID_NAME: username "@zoe" is not 1 to 64 letters'),
        ("~HOUSE", 'INVALID_NAME: username "~HOUSE" is not 1 to 64 letters'),
        ("../zoe", 'INVALID_NAME: username "../zoe" is not 1 to 64 letters'),
    ],
)
async def test_names_that_cannot_be_a_user_s_comp_id(tmp_path: Path, name: str, refusal: str) -> None:
    async with running(tmp_path) as venue:
        with pytest.raises(UserSessionRefused) as refused:
            await venue.desk.create(5, name)
        assert f"{refused.value.name}: {refused.value}".startswith(refusal)
        assert venue.desk.all() == []


async def test_what_cannot_be_kept_is_not_done(tmp_path: Path) -> None:
    async with running(tmp_path) as venue:
        await venue.desk.create(5, "zoe")
        beside = tmp_path / "fix" / ".users.json.new"
        beside.mkdir()
        with pytest.raises(OSError, match="Is a directory"):
            await venue.desk.create(6, "yan")
        with pytest.raises(OSError, match="Is a directory"):
            await venue.desk.revoke("zoe")
        assert [one.comp_id for one in venue.desk.all()] == ["zoe"]
        line = await venue.logged_on()
        await venue.idle(line)


@pytest.mark.parametrize("text", ["[]", '{"zoe": "5"}', '{"../zoe": 5}', "{"])
def test_a_register_of_something_else_is_not_gone_by(tmp_path: Path, text: str) -> None:
    (tmp_path / "fix").mkdir()
    (tmp_path / "fix" / "users.json").write_text(text)
    with pytest.raises(DataFolderError, match="the FIX sessions of users can't be read"):
        FixSide(tmp_path, settings=ALLOWED)
