"""FIX clients that others wrote, against an exchange in a process of its own: the same table for each of them.

A case talks through a cable that can lose messages and break. What comes out of it is judged twice: by what passed on
the cable, and by what the client's engine made of it for its application.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
import pytest

from tests.gateway.exchange_process import RunningExchange, running_exchange
from tests.interop.cable import Cable, Message
from tests.interop.clients import KINDS, Client, Terms

# AsyncFIX 1.0.1 asks for the time in a way that Python 3.12 calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

BUY, SELL = "1", "2"
NUMBER = itertools.count(1)

RESENDS_OUT_OF_ORDER = ["asyncfix-FIX.4.4"]
"""AsyncFIX 1.0.1 puts PossDupFlag(43) and OrigSendingTime(122) behind the body of what it sends again."""

SETTINGS = """\
demo: true
fix:
  port: 0
  lockout: {{ failures: 0 }}
  session_defaults: {{ username: desk, password: secret, accounts: [DESK] }}
  sessions: [{sessions}]
http: {{ port: 0 }}
mqtt: {{ enabled: false }}
store: {{ enabled: false }}
accounts: [{{ id: DESK }}]
instruments: [{{ symbols: S001..S199, reference_price: "10.00" }}]
"""


@dataclass
class Desk:
    """A client, its cable, and what orders look like in its version. Each has an instrument to itself."""

    client: Client
    cable: Cable
    comp_id: str
    is_fix42: bool
    symbol: str
    orders_sent: int = 0

    async def log_on(self) -> Message:
        since = len(self.cable.received)
        await self.client.log_on()
        logon = await self.cable.answer({35: "A"}, since)
        await self.cable.until(lambda: self.client.is_on, "a client that takes itself for logged on")
        return logon

    async def order(self, side: str, quantity: int = 100, price: str = "10.00") -> dict[int, str]:
        fields = self.terms(side, quantity, price)
        await self.client.send("D", fields)
        return fields

    def terms(self, side: str, quantity: int, price: str) -> dict[int, str]:
        self.orders_sent += 1
        named = {11: f"{self.comp_id}-{self.orders_sent}", 21: "1", 55: self.symbol, 54: side, 60: now()}
        return named | {38: str(quantity), 40: "2", 44: price, 59: "0"}

    async def cancel(self, order: dict[int, str]) -> dict[int, str]:
        named = self.terms(order[54], int(order[38]), order[44])
        fields = {41: order[11]} | {tag: named[tag] for tag in (11, 55, 54, 60, 38)}
        await self.client.send("F", fields)
        return fields

    async def lose_an_order(self) -> tuple[dict[int, str], dict[int, str]]:
        """An order that never arrives, and one behind it that does."""
        self.cable.loses_requests = True
        lost = await self.order(BUY, price="9.00")
        await self.cable.until(lambda: self.cable.lost, "a lost order")
        self.cable.loses_requests = False
        return lost, await self.order(BUY, price="9.10")

    async def report(self, order: dict[int, str], status: str, more: dict[int, str] | None = None) -> Message:
        """Waits until the application was told of an order's status; the message as it passed."""
        wanted = {35: "8", 11: order[11], 39: status, **(more or {})}
        found = await self.cable.answer(wanted)
        await self.cable.until(lambda: [one for one in self.client.told if matches(one, wanted)], f"told: {wanted}")
        return found

    def trade(self, *, is_all: bool) -> str:
        """ExecType(150) of a trade: FIX.4.2 tells partial fills and fills apart."""
        return ("2" if is_all else "1") if self.is_fix42 else "F"


OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    ranges = [
        f"{{ comp_ids: {prefix(kind)}01..{prefix(kind)}29, version: {version} }}"
        for kind, (version, _) in KINDS.items()
    ]
    settings = SETTINGS.format(sessions=", ".join(ranges))
    with running_exchange(tmp_path_factory.mktemp("interop"), settings=settings) as running:
        yield running


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def open_desk(kind: str, exchange: RunningExchange) -> OpenDesk:
    """Opens desks with clients of one kind, each with a session that nobody used before."""

    @asynccontextmanager
    async def opened(symbol: str = "", password: str = "secret", heartbeat_seconds: int = 30) -> AsyncIterator[Desk]:
        version, make = KINDS[kind]
        number = next(NUMBER)
        comp_id = f"{prefix(kind)}{next(SESSIONS[kind]):02}"
        async with Cable(exchange.fix) as cable:
            client = make(Terms(version, comp_id, cable.port, "desk", password, heartbeat_seconds))
            try:
                yield Desk(client, cable, comp_id, version == "FIX.4.2", symbol or f"S{number:03}")
            finally:
                await client.stop()
            assert [one.text for one in cable.sent if one[35] in {"3", "j"}] == [], "the client refused something"

    return opened


@pytest.fixture(autouse=True)
def engines_without_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Engines log what they could not deal with, and go on."""
    yield
    assert [one.getMessage() for one in caplog.get_records("call") if one.levelno >= logging.ERROR] == []


async def test_logon_with_password(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        logon = await desk.log_on()

        sent = desk.cable.sent[0]
        assert (sent[35], sent[34], sent[553], sent[554]) == ("A", "1", "desk", "secret")
        assert (logon[34], logon[108]) == ("1", sent[108])


async def test_wrong_password_is_refused(open_desk: OpenDesk) -> None:
    async with open_desk(password="guess") as desk:
        await desk.client.log_on()

        refusal = await desk.cable.answer({35: "5"})
        await desk.cable.until(lambda: not desk.cable.is_open, "the end of the line")
        assert "logon refused" in refusal[58]
        assert not desk.client.is_on


async def test_new_order_is_acknowledged_and_cancelled(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        await desk.log_on()

        order = await desk.order(BUY)
        ack = await desk.report(order, "0", {150: "0", 14: "0", 151: "100"})
        cancel = await desk.cancel(order)
        gone = await desk.report(cancel, "4", {150: "4", 41: order[11], 151: "0"})

        assert ack[37] == gone[37]


async def test_fill_is_told_to_both_sides(open_desk: OpenDesk) -> None:
    async with open_desk() as seller, open_desk(seller.symbol) as buyer:
        await seller.log_on()
        await buyer.log_on()

        sell = await seller.order(SELL)
        await seller.report(sell, "0")
        buy = await buyer.order(BUY, 40)
        await buyer.report(buy, "2", {150: buyer.trade(is_all=True), 14: "40", 151: "0", 32: "40"})
        await seller.report(sell, "1", {150: seller.trade(is_all=False), 14: "40", 151: "60", 32: "40"})
        await buyer.order(BUY, 60)
        filled = await seller.report(sell, "2", {150: seller.trade(is_all=True), 14: "100", 151: "0", 32: "60"})

        assert (float(filled[31]), float(filled[6])) == (10.0, 10.0)


async def test_replace_then_cancel_by_the_new_name(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        await desk.log_on()

        order = await desk.order(BUY, price="9.50")
        await desk.report(order, "0")
        changed = desk.terms(BUY, 150, "9.40")
        await desk.client.send("G", changed | {41: order[11]})
        replaced = await desk.report(changed, "5" if desk.is_fix42 else "0", {150: "5", 41: order[11], 151: "150"})
        await desk.report(await desk.cancel(changed), "4")

        assert float(replaced[44]) == 9.4


async def test_cancel_too_late(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        await desk.log_on()

        sell = await desk.order(SELL)
        await desk.order(BUY)
        await desk.report(sell, "2")
        cancel = await desk.cancel(sell)
        refusal = await desk.cable.answer({35: "9", 11: cancel[11]})

        assert (refusal[41], refusal[39], refusal[434], refusal[102]) == (sell[11], "2", "1", "0")
        await desk.cable.until(lambda: desk.client.told[-1].get(35) == "9", "told of the refusal")


@pytest.mark.parametrize(
    ("terms", "reason"),
    [({44: "10.005"}, "TICK"), ({38: "0"}, "LOT"), ({55: "NOWHERE"}, "SYMBOL")],
    ids=["off the tick", "no quantity", "unknown symbol"],
)
async def test_bad_order_is_rejected(open_desk: OpenDesk, terms: dict[int, str], reason: str) -> None:
    async with open_desk() as desk:
        await desk.log_on()

        order = desk.terms(BUY, 100, "10.00") | terms
        await desk.client.send("D", order)
        rejection = await desk.report(order, "8", {150: "8", 14: "0", 151: "0"})
        await desk.report(await desk.order(BUY), "0")

        assert reason in rejection[58].upper()


async def test_heartbeats_and_test_requests_both_ways(open_desk: OpenDesk, exchange: RunningExchange) -> None:
    async with open_desk(heartbeat_seconds=1) as desk:
        await desk.log_on()

        await desk.client.test_request()
        asked = await desk.cable.request({35: "1"})
        await desk.cable.answer({35: "0", 112: asked[112]})
        await operator(exchange, f"{desk.comp_id}/test-request")
        asking = await desk.cable.answer({35: "1"})
        await desk.cable.request({35: "0", 112: asking[112]})
        since = len(desk.cable.received)
        await desk.cable.answer({35: "0"}, since)

        assert desk.client.is_on


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in RESENDS_OUT_OF_ORDER])
async def test_order_lost_on_the_line_is_asked_for(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        await desk.log_on()

        lost, order = await desk.lose_an_order()
        await desk.report(lost, "0")
        await desk.report(order, "0")

        asked = await desk.cable.answer({35: "2"})
        assert asked[7] == desk.cable.lost[0][34]
        again = await desk.cable.request({35: "D", 11: lost[11], 43: "Y"})
        assert again[122] == desk.cable.lost[0][52]


@pytest.mark.parametrize("kind", RESENDS_OUT_OF_ORDER)
async def test_order_resent_with_header_fields_in_the_body_is_refused(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        await desk.log_on()

        lost, order = await desk.lose_an_order()
        refusal = await desk.cable.answer({35: "3", 45: desk.cable.lost[0][34]})
        await desk.report(order, "0")

        assert (refusal[371], refusal[372], refusal[373]) == ("43", "D", "14")
        assert [one.text for one in desk.cable.received if one.get(11) == lost[11]] == []
        assert desk.client.is_on


async def test_report_lost_on_the_line_is_resent(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        await desk.log_on()

        desk.cable.loses_answers = True
        first = await desk.order(BUY, price="9.00")
        await desk.cable.until(lambda: desk.cable.lost, "a lost report")
        desk.cable.loses_answers = False
        second = await desk.order(BUY, price="9.10")
        await desk.report(first, "0", {43: "Y"})
        await desk.report(second, "0")

        missing = desk.cable.lost[0]
        asked = await desk.cable.request({35: "2"})
        again = await desk.cable.answer({34: missing[34], 43: "Y"})
        assert asked[7] == missing[34]
        assert (again[122], again[17]) == (missing[52], missing[17])
        assert [one[11] for one in desk.client.told] == [first[11], second[11]]


async def test_reports_missed_while_away_come_by_resend(open_desk: OpenDesk) -> None:
    async with open_desk() as seller, open_desk(seller.symbol) as buyer:
        await seller.log_on()
        await buyer.log_on()
        sell = await seller.order(SELL)
        await seller.report(sell, "0")

        seller.cable.cut()
        await seller.cable.until(lambda: not seller.cable.is_open and not seller.client.is_on, "the end of the line")
        await buyer.report(await buyer.order(BUY, 30), "2")
        await buyer.report(await buyer.order(BUY, 70), "2")
        await seller.log_on()
        await seller.report(sell, "1", {43: "Y", 14: "30"})
        await seller.report(sell, "2", {43: "Y", 14: "100"})

        assert [one[14] for one in seller.client.told] == ["0", "30", "100"]
        await seller.report(await seller.order(SELL), "0")


async def test_logout_is_answered_and_numbers_go_on(open_desk: OpenDesk) -> None:
    async with open_desk() as desk:
        await desk.log_on()
        await desk.report(await desk.order(BUY), "0")

        await desk.client.log_out()
        farewell = await desk.cable.answer({35: "5"})
        await desk.cable.until(lambda: not desk.cable.is_open, "the end of the line")
        logon = await desk.log_on()

        assert int(logon[34]) == int(farewell[34]) + 1
        await desk.report(await desk.order(BUY), "0")
        assert [one.text for one in desk.cable.received if one[35] == "8" and one.get(43) == "Y"] == []


async def operator(exchange: RunningExchange, action: str) -> None:
    token = (exchange.data / "operator.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=exchange.url, headers=headers, trust_env=False) as http:
        (await http.post(f"/admin/sessions/{action}")).raise_for_status()


def matches(told: dict[int, str], wanted: dict[int, str]) -> bool:
    return all(told.get(tag) == value for tag, value in wanted.items())


def prefix(kind: str) -> str:
    """The beginning of the CompIDs of a kind of client."""
    return kind.upper().replace("-", "").replace(".", "")


def now() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


SESSIONS = {kind: itertools.count(1) for kind in KINDS}
