"""Bad input over FIX: each has its exact answer, harms nobody else, and leaves the exchange as it was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import count

import pytest

from gateway.scenario.wire import Pairs, utc_timestamp, written
from tests.end_to_end.exchange_process import ExchangeProcess
from tests.end_to_end.trader import BUY, SELL, Trader

WITNESS = ["9.05", 7, 1]
"""The level that must be in the book whatever was sent."""

NOT_KNOWN = "logon refused: CompIDs, Username(553) and Password(554) are not those of a session that may log on"

numbers = count(1)
"""For ClOrdIDs: the exchange lives as long as this file's tests."""

TEN_MEGABYTES = b"8=FIX.4.4\x019=10000000\x0135=D\x01" + b"x" * 10_000_000

UNREADABLE: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda _: b"\x00\xff\x01 nothing of FIX 8=FIX 8=\x01" * 50,
    "wrong CheckSum": lambda sound: sound[:-4] + b"%03d\x01" % ((int(sound[-4:-1]) + 1) % 256),
    "BodyLength too small": lambda sound: with_body_length(sound, -5),
    "BodyLength too large": lambda sound: with_body_length(sound, 5),
    "BodyLength is no number": lambda sound: sound.replace(b"\x019=", b"\x019=x", 1),
    "MsgType not in its place": lambda sound: sound.replace(b"\x0135=D", b"", 1),
    "cut off": lambda sound: sound[:40],
}
"""What is made of a sound order, by what is wrong with it then."""

REFUSED = {
    "unknown tag": ({"4999": "x"}, "3", "371=4999|373=0|58=Tag 4999 is not a field of FIX.4.4"),
    "missing tag": ({"54": ""}, "3", "371=54|373=1|58=Side(54) is required in NewOrderSingle(D)"),
    "no quantity": ({"38": "many"}, "3", "371=38|373=6|58=OrderQty(38) many is not a Qty such as 100 or 12.50"),
    "quantity 0": ({"38": "0"}, "8", "39=8|103=13|58=OrderQty(38) 0 is not a positive multiple of lot 1"),
    "price off the tick": ({"44": "10.005"}, "8", "39=8|103=99|58=Price(44) 10.005 is not a multiple of tick 0.01"),
    "unknown symbol": ({"55": "NOPE"}, "8", "39=8|103=1|58=Symbol(55) NOPE is not listed"),
    "account": ({"1": "ALICE"}, "8", "39=8|103=15|58=Account(1) ALICE is not one this session trades for: BOB"),
}
"""What is different about an order, and MsgType and fields of its answer."""

TURNED_AWAY = {
    "wrong password": Trader("ALICE", password="wrong"),
    "no password": Trader("ALICE", password=""),
    "unknown CompID": Trader("MALLORY"),
    "another venue": Trader("ALICE", target="ELSEWHERE"),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeProcess]:
    """One exchange for the whole file, with an order in its book that nothing may touch."""
    exchange = ExchangeProcess(tmp_path_factory.mktemp("bad-messages"))
    asyncio.run(exchange.start())
    try:
        asyncio.run(place_witness(exchange))
        yield exchange
        assert asyncio.run(exchange.stop()) == 0
    finally:
        if exchange.is_alive:
            exchange.kill()


@pytest.fixture
async def bob(shared: ExchangeProcess) -> AsyncIterator[Trader]:
    trader = Trader("BOB", reset=True)
    await trader.log_on(shared.fix_port)
    yield trader
    await trader.log_out()
    await still_works(shared)


@pytest.mark.parametrize("make_bad", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_is_no_message_is_ignored_and_not_counted(make_bad: Callable[[bytes], bytes], bob: Trader) -> None:
    header: Pairs = [("49", "BOB"), ("56", "FIXPIT"), ("34", str(bob.session.next_out)), ("52", utc_timestamp())]
    bob.send_raw(make_bad(written("FIX.4.4", "D", [*header, *order_fields({"11": "never"}).items()])))
    # Numbered as the bad one was: had that been counted, the number would be too low now.
    order, cancel = f"good{next(numbers)}", f"gone{next(numbers)}"
    bob.order(order, BUY, 1, "0.50")
    bob.cancel(cancel, order, BUY)
    bob.flush()
    await bob.until(lambda: bob.about(cancel))

    assert [(report.get("11"), report.get("150")) for report in bob.reports] == [(order, "0"), (cancel, "4")]
    assert bob.session.logout_text is None


@pytest.mark.parametrize(("different", "msg_type", "expected"), REFUSED.values(), ids=REFUSED)
async def test_a_bad_order_is_refused_with_the_reason(
    different: dict[str, str], msg_type: str, expected: str, bob: Trader
) -> None:
    bob.send("D", list(order_fields(different).items()))
    bob.flush()
    await bob.until(lambda: bob.reports)

    answer = bob.reports[0]
    assert answer.msg_type == msg_type
    assert [f"{tag}={answer.get(tag)}" for tag in (part.partition("=")[0] for part in expected.split("|"))] == (
        expected.split("|")
    )


@pytest.mark.parametrize("trader", TURNED_AWAY.values(), ids=TURNED_AWAY)
async def test_every_doubt_about_who_it_is_gets_the_same_answer(trader: Trader, shared: ExchangeProcess) -> None:
    await trader.log_on(shared.fix_port)
    await trader.closed()

    assert [(message.msg_type, message.get("58")) for message in trader.wire] == [("5", NOT_KNOWN)]
    await still_works(shared)


async def test_a_message_beyond_the_limit_ends_the_connection_with_the_limit(shared: ExchangeProcess) -> None:
    trader = Trader("BOB", reset=True)
    await trader.log_on(shared.fix_port)
    trader.send_raw(TEN_MEGABYTES)
    await trader.closed()

    assert trader.wire[-1].get("58") == "BodyLength(9) makes a message of 10000028 bytes; the limit is 65536"
    await still_works(shared)


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 500, TEN_MEGABYTES], ids=["http", "10 MB"])
async def test_a_stranger_gets_no_session(data: bytes, shared: ExchangeProcess) -> None:
    stranger = Trader("BOB")
    await stranger.connect(shared.fix_port)
    stranger.send_raw(data)
    stranger.order("x1", BUY, 1, "9.50")
    stranger.flush()
    await stranger.closed()

    assert stranger.wire == []
    await still_works(shared)


async def still_works(exchange: ExchangeProcess) -> None:
    """The process is the same, its parts are up, the witness rests, and trades are made."""
    assert exchange.is_alive
    assert (await exchange.get("/readyz"))["status"] == "ready"
    bob = Trader("BOB", reset=True)
    await bob.log_on(exchange.fix_port)
    assert bob.session.logged_on, bob.session.logout_text
    trades = (await exchange.get("/market-data/books/KO"))["trades"]
    bob.order(f"sell{trades}", SELL, 1, "60.00", symbol="KO")
    bob.order(f"buy{trades}", BUY, 1, "60.00", symbol="KO")
    bob.flush()
    await bob.until(lambda: [report.get("39") for report in bob.reports].count("2") == 2)
    await bob.log_out()
    assert (await exchange.book("ACME"))["bids"] == [WITNESS]


async def place_witness(exchange: ExchangeProcess) -> None:
    alice = Trader("ALICE")
    await alice.log_on(exchange.fix_port)
    alice.order("witness", BUY, 7, "9.05")
    assert (await alice.answer("witness")).get("150") == "0"
    await alice.log_out()


def order_fields(different: dict[str, str]) -> dict[str, str]:
    """An order that would be taken, but for what is different; an empty value leaves a field out."""
    sound = {
        "11": f"bad{next(numbers)}",
        "55": "ACME",
        "54": BUY,
        "60": utc_timestamp(),
        "38": "10",
        "40": "2",
        "44": "9.50",
    }
    return {tag: value for tag, value in (sound | different).items() if value}


def with_body_length(sound: bytes, by: int) -> bytes:
    """A message whose BodyLength(9) is wrong by so much, with the CheckSum that goes with it."""
    head, _, rest = sound.partition(b"\x019=")
    length, _, body = rest.partition(b"\x01")
    changed = b"%b\x019=%d\x01%b" % (head, int(length) + by, body[: body.rindex(b"10=")])
    return b"%b10=%03d\x01" % (changed, sum(changed) & 255)
