"""`fixpit order` against venues that do not answer as they should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from gateway.cli.order_client import Line, NoAnswer, Terms, cancel_order, enter_order, is_accepted, replace_order
from gateway.scenario.wire import Pairs, WireMessage, WireReader, written

ORDER: Terms = {"55": "ACME", "54": "1", "38": "100", "40": "2", "44": "10.05"}
TOLD: Pairs = [("37", "17"), ("11", "A"), ("150", "I"), ("39", "0"), *ORDER.items(), ("99", "1"), ("14", "0")]
"""What a venue tells of an order A, whose number is 17."""

IN_EACH = frozenset({"8", "9", "10", "34", "35", "49", "52", "56", "60"})

LOGON: tuple[str, Pairs] = ("A", [("98", "0"), ("108", "30"), ("141", "Y")])

Reply = Callable[[WireMessage], list[tuple[str, Pairs]]]


def line(address: tuple[str, int]) -> Line:
    return Line("CLI", "FIXPIT", "", "", address, stay_seconds=0)


@asynccontextmanager
async def venue(replies: Reply) -> AsyncIterator[tuple[str, int]]:
    """Answers each message with what `replies` says; no reply to an order ends the connection."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire, sequence = WireReader(), 0
        is_open = True
        while is_open and (data := await reader.read(4096)):
            for message in wire.read_all(data):
                answers = [LOGON] if message.msg_type == "A" else replies(message)
                is_open = is_open and bool(answers)
                for msg_type, fields in answers:
                    sequence += 1
                    head = [("49", "FIXPIT"), ("56", "CLI"), ("34", str(sequence)), ("52", "20260102-10:00:00")]
                    writer.write(written("FIX.4.4", msg_type, [*head, *fields]))
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with server:
        address = server.sockets[0].getsockname()
        yield address[0], address[1]


def answered(message: WireMessage) -> list[tuple[str, Pairs]]:
    """The session's answer to a TestRequest or a Logout."""
    return [("0", [("112", message.get("112") or "")])] if message.msg_type == "1" else [("5", [])]


async def test_a_venue_that_goes_leaves_the_order_unknown() -> None:
    async with venue(lambda _: []) as address:
        with pytest.raises(NoAnswer, match=r"the venue closed the connection: whether the request [0-9a-f]+ was taken"):
            await enter_order(ORDER, line(address))


@pytest.mark.parametrize(
    ("msg_type", "fields"),
    [("3", [("45", "2"), ("58", "no")]), ("j", [("45", "2"), ("372", "D"), ("380", "0"), ("58", "no")])],
)
async def test_a_reject_of_the_message_is_an_answer_and_no_acceptance(msg_type: str, fields: Pairs) -> None:
    def reject(message: WireMessage) -> list[tuple[str, Pairs]]:
        return [(msg_type, fields)] if message.msg_type == "D" else [("5", [])]

    async with venue(reject) as address:
        answers = await enter_order(ORDER, line(address))

    assert [answer.msg_type for answer in answers] == [msg_type]
    assert not is_accepted(answers)


async def test_reports_of_other_orders_are_not_taken_for_its_own() -> None:
    def report(message: WireMessage) -> list[tuple[str, Pairs]]:
        if message.msg_type != "D":
            return answered(message)
        own = message.get("11") or ""
        return [("8", [("11", name), ("150", "0"), ("39", "0")]) for name in ("OLD", own)]

    async with venue(report) as address:
        answers = await enter_order(ORDER, line(address))

    assert len(answers) == 1 and answers[0].get("11") != "OLD"
    assert is_accepted(answers)


async def test_what_comes_behind_the_first_answer_is_waited_for_until_the_heartbeat_that_marks_its_end() -> None:
    def report(message: WireMessage) -> list[tuple[str, Pairs]]:
        own = message.get("11") or (message.get("112") or "").removeprefix("AFTER-")
        if message.msg_type == "D":
            return [("8", [("11", own), ("150", "0"), ("39", "0")])]
        late: list[tuple[str, Pairs]] = [("8", [("11", own), ("150", "F"), ("39", "1")])]
        return [*late, *answered(message)] if message.msg_type == "1" else answered(message)

    async with venue(report) as address:
        answers = await enter_order(ORDER, line(address))

    assert [answer.get("150") for answer in answers] == ["0", "F"]


async def test_a_replace_and_a_cancel_ask_for_the_order_and_name_it_in_both_ways() -> None:
    asked: list[WireMessage] = []

    def report(message: WireMessage) -> list[tuple[str, Pairs]]:
        asked.append(message)
        if message.msg_type == "H":
            return [("8", TOLD)]
        is_request = message.msg_type in ("F", "G")
        return (
            [("8", [("11", message.get("11") or ""), ("150", "4"), ("39", "4")])] if is_request else answered(message)
        )

    async with venue(report) as address:
        await replace_order("17", lambda terms: {**terms, "44": "10.10"}, line(address))
        await cancel_order("A", line(address))

    status, replaced, canceled = (_body(next(one for one in asked if one.msg_type == kind)) for kind in "HGF")
    assert (status["11"], status["37"], status["54"]) == ("17", "17", "7")
    assert replaced.pop("11") != canceled.pop("11")
    assert replaced == {"37": "17", "41": "A", **ORDER, "44": "10.10", "99": "1"}
    assert canceled == {"37": "17", "41": "A", "55": "ACME", "54": "1", "38": "100"}


def _body(message: WireMessage) -> dict[str, str]:
    return {tag: text for tag, text in message.pairs if tag not in IN_EACH}


async def test_ctrl_c_ends_the_stay_and_not_the_answers() -> None:
    is_entered = asyncio.Event()

    def report(message: WireMessage) -> list[tuple[str, Pairs]]:
        if message.msg_type != "D":
            is_entered.set()
            return answered(message)
        return [("8", [("11", message.get("11") or ""), ("150", "0"), ("39", "0")])]

    async with venue(report) as address:
        staying = asyncio.create_task(enter_order(ORDER, replace(line(address), stay_seconds=60)))
        await is_entered.wait()
        staying.cancel()
        answers = await staying

    assert [answer.get("150") for answer in answers] == ["0"]


async def test_a_venue_that_says_nothing_of_an_order_is_no_answer() -> None:
    async with venue(lambda _: []) as address:
        with pytest.raises(NoAnswer, match="the venue closed the connection: what became of the order A is not known"):
            await cancel_order("A", line(address))


async def test_a_rejected_question_is_the_answer() -> None:
    def reject(message: WireMessage) -> list[tuple[str, Pairs]]:
        no: list[tuple[str, Pairs]] = [("j", [("45", "2"), ("372", "H"), ("380", "3"), ("58", "no")])]
        return no if message.msg_type == "H" else answered(message)

    async with venue(reject) as address:
        answers = await cancel_order("A", line(address))

    assert [answer.get("58") for answer in answers] == ["no"]
    assert not is_accepted(answers)
