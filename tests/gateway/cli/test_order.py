"""`fixpit order` and `fixpit book` against a real exchange: what options send, what is told, what a replace keeps."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.fix.frame_log_reading import FrameReader
from tests.gateway.exchange_process import RunningExchange, running_exchange

SETTINGS = """\
demo: true
fix:
  port: 0
  sessions: [{ comp_id: CLI, accounts: [CLI, OTHER] }]
http: { port: 0 }
mqtt: { enabled: false }
store: { enabled: false }
accounts: [{ id: CLI }, { id: OTHER }]
instruments:
  - { symbol: QUIET, reference_price: "10.00" }
  - { symbol: PEG, reference_price: "10.00" }
  - { symbol: CALL, reference_price: "10.00" }
  - { symbol: AUCTION, reference_price: "10.00" }
  - { symbol: BUYS, reference_price: "10.00" }
  - { symbol: SELLS, reference_price: "10.00" }
"""
"""PEG has limits on both sides; CALL and AUCTION are called; nobody trades in QUIET."""

SECONDS_MAX = 5.0
OF_EACH = frozenset({"8", "9", "35", "49", "56", "34", "52", "10", "11", "60", "37", "41"})
"""Fields of a request that are the session's or of the moment."""


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with running_exchange(tmp_path_factory.mktemp("orders"), settings=SETTINGS) as exchange:
        for symbol in ("CALL", "AUCTION"):
            fixpit(exchange, f"phase {symbol} opening auction")
        for limit in ("buy PEG 10 @ 9.90", "sell PEG 10 @ 10.10"):
            fixpit(exchange, f"order {limit} --stay 0")
        yield exchange


def fixpit(exchange: RunningExchange, line: str) -> Result:
    return CliRunner().invoke(main, [*line.split(), "--data", str(exchange.data)])


def order(exchange: RunningExchange, line: str) -> list[dict[str, str]]:
    """The answers to a request; --stay 0 waits for no more than the venue says at once."""
    result = fixpit(exchange, f"order {line} --stay 0 --json")
    assert result.stdout, result.stderr
    answers: list[dict[str, str]] = json.loads(result.stdout)
    return answers


def sent(exchange: RunningExchange, cl_ord_id: str, but: str = "") -> str:
    """What a request said, as the exchange got it, without what is the same `but` in all of them."""
    left_out = OF_EACH | set(but.split())
    end = time.monotonic() + SECONDS_MAX
    while time.monotonic() < end:
        for frame in FrameReader(exchange.data / "fix" / "frames").read():
            if frame.direction == "<" and f"\x0111={cl_ord_id}\x01" in frame.text:
                fields = frame.text.strip("\x01").split("\x01")
                return "|".join(one for one in fields if one.partition("=")[0] not in left_out)
        time.sleep(0.01)
    raise AssertionError(f"{cl_ord_id} was not logged")


NEW = [
    ("buy QUIET 100 @ 9", "40=2|59=0|44=9", "0", "Price=9"),
    ("buy QUIET 100 --price 9 --account OTHER --tif gtc", "1=OTHER|40=2|59=1|44=9", "0", "Account=OTHER|TimeInForce=1"),
    ("buy QUIET 100 --market", "40=1|59=0", "0 4", "Text=nothing more to trade with at the market"),
    ("buy QUIET 100 @ 9 --tif ioc", "40=2|59=3|44=9", "0 4", "Text=what cannot trade immediately is canceled"),
    ("buy QUIET 100 @ 9 --tif fok", "40=2|59=4|44=9", "0 4", "Text=the whole quantity cannot trade at once"),
    ("sell QUIET 100 --stop 8", "40=3|59=0|99=8", "0", "OrdType=3|StopPx=8|WorkingIndicator=N"),
    ("sell QUIET 100 @ 90 --short", "40=2|59=0|44=90", "0", "Side=5"),
    ("sell QUIET 100 @ 90 --short --locate PRIME", "40=2|59=0|44=90|5700=PRIME", "0", "Side=5"),
    ("sell QUIET 100 @ 90 --short-exempt", "40=2|59=0|44=90", "0", "Side=6"),
    ("sell QUIET 100 --stop 8 --market", "40=3|59=0|99=8", "0", "OrdType=3"),
    ("sell QUIET 100 @ 7.9 --stop 8", "40=4|59=0|44=7.9|99=8", "0", "OrdType=4|Price=7.9|StopPx=8"),
    ("buy QUIET 100 --if-touched 8", "40=J|59=0|99=8", "0", "OrdType=J|StopPx=8"),
    ("buy QUIET 100 @ 8.1 --if-touched 8", "40=J|59=0|44=8.1|99=8", "0", "OrdType=J|Price=8.1"),
    ("sell QUIET 100 --trail 0.50", "40=P|59=0|211=0.50|836=0|18=a", "0", "OrdType=3|PegOffsetValue=0.5|ExecInst=a"),
    ("sell QUIET 100 --trail 2.5%", "40=P|59=0|211=250|836=1|18=a", "0", "PegOffsetValue=250|PegOffsetType=1"),
    ("sell QUIET 100 @ 7 --stop 8 --trail 1%", "40=P|59=0|44=7|99=8|211=100|836=1|18=a", "0", "OrdType=4|StopPx=8"),
    (
        "buy PEG 1 --peg primary --offset -0.02",
        "40=P|59=0|211=-0.02|836=0|18=R",
        "0",
        "ExecInst=R|PegOffsetValue=-0.02",
    ),
    ("buy PEG 1 @ 9.95 --peg mid", "40=P|59=0|44=9.95|18=M", "0", "OrdType=P|Price=9.95|ExecInst=M"),
    ("sell PEG 1 --peg market --offset 0.15", "40=P|59=0|211=0.15|836=0|18=P", "0", "ExecInst=P"),
    ("buy CALL 100 --market-to-limit", "40=K|59=0", "0", "OrdType=K"),
    ("buy CALL 100 --market --tif open", "40=1|59=2", "0", "TimeInForce=2"),
    ("sell CALL 100 @ 11 --tif close", "40=2|59=7|44=11", "0", "TimeInForce=7"),
    ("buy QUIET 1 @ 9 --until 2030-12-31", "40=2|59=6|44=9|432=20301231", "0", "ExpireTime=20310101-00:00:00.000"),
    ("buy QUIET 1 @ 9 --tif gtd --until 20301231T16", "40=2|59=6|44=9|126=20301231-16:00:00.000", "0", "TimeInForce=6"),
    (
        "buy QUIET 1 @ 9 --until 2030-12-31T16:00+02:00",
        "40=2|59=6|44=9|126=20301231-14:00:00.000",
        "0",
        "TimeInForce=6",
    ),
    ("buy QUIET 100 @ 9 --display 10", "40=2|59=0|44=9|111=10", "0", "MaxFloor=10"),
    ("buy QUIET 100 @ 9 --display 0", "40=2|59=0|44=9|111=0", "0", "MaxFloor=0"),
    ("buy QUIET 100 @ 9 --display all", "40=2|59=0|44=9", "0", "Price=9"),
    ("buy QUIET 100 @ 9 --min 50 --tif ioc", "40=2|59=3|44=9|110=50", "0 4", "MinQty=50"),
    ("buy QUIET 100 @ 9 --all-or-none", "40=2|59=0|44=9|18=G", "0", "ExecInst=G"),
    ("buy QUIET 100 @ 9 --post-only", "40=2|59=0|44=9|18=6", "0", "ExecInst=6"),
    ("buy QUIET 100 @ 9 --stp cancel-both", "40=2|59=0|44=9|2964=3", "0", "Price=9"),
    ("buy QUIET 100 @ 9 --stp decrement", "40=2|59=0|44=9|2964=101", "0", "Price=9"),
    ("buy QUIET 100 @ 9 --post-only --cancel-on-disconnect", "40=2|59=0|44=9|18=6 o", "0", "ExecInst=6"),
]
"""Options, fields sent beyond symbol, side and quantity, ExecTypes told, and what the first or last report says."""


@pytest.mark.parametrize(("line", "fields", "told", "says"), NEW)
def test_options_of_a_new_order_are_sent_as_fields_and_told_in_its_reports(
    exchange: RunningExchange, line: str, fields: str, told: str, says: str
) -> None:
    answers = order(exchange, line)

    assert sent(exchange, answers[0]["ClOrdID"], but="55 54 38") == fields
    assert [answer["ExecType"] for answer in answers] == told.split()
    assert [one for one in says.split("|") if one not in [f"{tag}={text}" for tag, text in answers[-1].items()]] == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("buy QUIET 5 @ 9 --min 10", "MinQty(110) 10 is not between 0 and the quantity 5"),
        ("buy QUIET 5 @ 9 --display x", "MaxFloor(111) x"),
        ("buy QUIET 5 @ 9 --stop 12.005", "StopPx(99) 12.005 is not a price of 2 digits behind the point"),
        ("buy QUIET 5 @ 9 --tif open", "TimeInForce(59) at opening is too late: QUIET is in continuous"),
        ("buy CALL 5 @ 9 --tif ioc", "immediate or cancel is for continuous trading; CALL is in opening auction"),
        ("buy QUIET 5 @ 9 --until 1999-12-31", "ExpireTime(126) is not in the future"),
        ("cancel 987654", "ClOrdID(11) 987654 is not an order of this session"),
        ("replace NOPE @ 9", "ClOrdID(11) NOPE is not an order of this session"),
    ],
)
def test_what_the_venue_refuses_is_told_in_its_own_words(exchange: RunningExchange, line: str, text: str) -> None:
    result = fixpit(exchange, f"order {line} --stay 0")

    assert text in result.stdout
    assert result.exit_code == 1


REPLACED = [
    (
        "buy QUIET 100 @ 9 --display 10 --post-only --until 2030-12-31",
        "@ 8.9",
        "38=100|40=2|44=8.9|59=6|126=20310101-00:00:00.000|111=10|18=6",
    ),
    (
        "buy QUIET 100 @ 9 --display 10 --post-only --until 2030-12-31",
        "--quantity 200 --display all --no-post-only --tif gtc",
        "38=200|40=2|44=9|59=1",
    ),
    ("buy QUIET 1 @ 9 --until 2030-12-31", "--until 2031-06-30", "38=1|40=2|44=9|59=6|432=20310630"),
    ("sell QUIET 9 @ 7 --stop 8 --min 5", "--min 6", "38=9|40=4|44=7|99=8|59=0|110=6"),
    ("buy QUIET 9 @ 9 --all-or-none", "--price 8.9", "38=9|40=2|44=8.9|59=0|18=G"),
    ("buy QUIET 9 @ 9 --all-or-none", "--no-all-or-none --display 1", "38=9|40=2|44=9|59=0|111=1"),
    ("sell QUIET 9 --trail 2%", "--quantity 5", "38=5|40=3|211=200|836=1|59=0|18=a"),
    ("sell QUIET 9 --trail 2%", "--trail 0.5", "38=9|40=3|211=0.5|836=0|59=0|18=a"),
    ("sell QUIET 9 @ 7 --stop 8", "--stop 7.5", "38=9|40=4|44=7|99=7.5|59=0"),
    ("buy QUIET 9 --if-touched 8", "--if-touched 8.5 --tif gtc", "38=9|40=J|99=8.5|59=1"),
    ("buy PEG 9 --peg mid --offset -0.02", "--peg primary", "38=9|40=P|211=-0.02|59=0|18=R"),
    ("buy PEG 9 --peg primary", "--offset -0.05 @ 9.8", "38=9|40=P|44=9.8|59=0|18=R|211=-0.05|836=0"),
    ("buy CALL 9 --market --tif open", "--quantity 8", "38=8|40=1|59=2"),
]
"""An order, how it is changed, and what the replace says beyond account, symbol and side."""


@pytest.mark.parametrize(("line", "change", "fields"), REPLACED)
def test_a_replace_states_all_that_is_to_stay(exchange: RunningExchange, line: str, change: str, fields: str) -> None:
    before = order(exchange, line)[0]
    told = order(exchange, f"replace {before['OrderID']} {change}")
    again = order(exchange, f"replace {told[0]['ClOrdID']} --quantity {told[0]['OrderQty']}")

    stated = sent(exchange, told[0]["ClOrdID"], but="1 55 54")
    assert sorted(stated.split("|")) == sorted(fields.split("|"))
    assert [(one["ExecType"], one["OrigClOrdID"]) for one in told] == [("5", before["ClOrdID"])]
    assert terms(again[0]) == terms(told[0])


def terms(report: dict[str, str]) -> dict[str, str]:
    of_the_moment = {"BodyLength", "CheckSum", "MsgSeqNum", "SendingTime", "TransactTime"}
    return {name: text for name, text in report.items() if not name.endswith("ID") and name not in of_the_moment}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("--stop 12", "OrdType(40) stop limit is not the order's limit"),
        ("--if-touched 8", "OrdType(40) limit if touched is not the order's limit"),
        ("--peg mid", "OrdType(40) pegged is not the order's limit"),
        ("--tif fok", "TimeInForce(59) fill or kill is not for an order that rests"),
    ],
)
def test_a_replace_that_the_venue_refuses_leaves_the_order(exchange: RunningExchange, change: str, text: str) -> None:
    number = order(exchange, "buy QUIET 1 @ 9")[0]["OrderID"]
    refused = fixpit(exchange, f"order replace {number} {change}")
    canceled = order(exchange, f"cancel {number}")
    late = fixpit(exchange, f"order cancel {number}")

    assert (text in refused.stdout, refused.exit_code) == (True, 1)
    assert [one["ExecType"] for one in canceled] == ["4"]
    assert ("is already canceled" in late.stdout, late.exit_code) == (True, 1)


def test_an_order_that_goes_with_the_line_is_gone_when_the_command_is_over(exchange: RunningExchange) -> None:
    result = fixpit(exchange, "order buy QUIET 1 @ 9 --cancel-on-disconnect --stay 0 --json")
    number = json.loads(result.stdout)[0]["OrderID"]

    assert result.stderr.startswith("the line has ended, and the order goes with it")
    assert "is already canceled" in fixpit(exchange, f"order cancel {number}").stdout


def test_who_stays_sees_what_becomes_of_the_order(exchange: RunningExchange) -> None:
    expired = fixpit(exchange, f"order buy QUIET 1 @ 9 --until {soon()} --stay 30 --json")

    assert [one["ExecType"] for one in json.loads(expired.stdout)] == ["0", "C"]


def soon() -> str:
    return (datetime.now(UTC) + timedelta(seconds=1)).isoformat()


@pytest.mark.parametrize(("side", "symbol"), [("buy", "BUYS"), ("sell", "SELLS")])
def test_every_example_of_the_help_is_taken(exchange: RunningExchange, side: str, symbol: str) -> None:
    shown = fixpit(exchange, f"order {side} --help").stdout
    examples = [found.replace("ACME", symbol) for found in re.findall(rf"fixpit (order {side} [^#\n]*)", shown)]
    results = {line: fixpit(exchange, f"{line} --stay 0") for line in examples}

    assert len(examples) == 15
    assert {line: result.output for line, result in results.items() if result.exit_code} == {}


def test_the_book_shows_phase_auction_and_market_orders_that_wait(exchange: RunningExchange) -> None:
    empty = fixpit(exchange, "book AUCTION").stdout.splitlines()
    for line in ("sell AUCTION 70 @ 10.01", "buy AUCTION 100 --market"):
        order(exchange, line)
    depth = fixpit(exchange, "book AUCTION").stdout.splitlines()
    overview = [line.split() for line in fixpit(exchange, "book").stdout.splitlines()]

    assert empty[0].startswith("AUCTION: opening auction, no trade yet, event ")
    assert empty[1] == "auction: no price yet"
    assert depth[1] == "auction: 70 @ 10.01, 30 to buy left over"
    assert depth[3].split() == ["1", "100", "market", "10.01", "70", "1"]
    assert ["AUCTION", "opening", "auction", "100", "market", "10.01", "70", "—", "0", "0"] in overview
    assert "auction:" not in fixpit(exchange, "book QUIET").stdout
