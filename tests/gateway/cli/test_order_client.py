"""`fixpit order` against venues that do not answer as they should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.cli.order_client import Login, NewOrder, NoAnswer, is_accepted, send_order
from gateway.scenario.wire import Pairs, WireMessage, WireReader, written

ORDER = NewOrder("1", "ACME", "100", "10.05", "0", "")
LOGIN = Login("CLI", "FIXPIT", "", "")
HEADER = frozenset({"49", "56", "34", "52"})

LOGON: tuple[str, Pairs] = ("A", [("98", "0"), ("108", "30"), ("141", "Y")])

Reply = Callable[[WireMessage], list[tuple[str, Pairs]]]


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


async def test_a_venue_that_goes_leaves_the_order_unknown() -> None:
    async with venue(lambda _: []) as address:
        with pytest.raises(NoAnswer, match=r"the venue closed the connection: whether the order [0-9a-f]+ was taken"):
            await send_order(ORDER, LOGIN, address, HEADER)


@pytest.mark.parametrize(
    ("msg_type", "fields"),
    [("3", [("45", "2"), ("58", "no")]), ("j", [("45", "2"), ("372", "D"), ("380", "0"), ("58", "no")])],
)
async def test_a_reject_of_the_message_is_an_answer_and_no_acceptance(msg_type: str, fields: Pairs) -> None:
    def reject(message: WireMessage) -> list[tuple[str, Pairs]]:
        return [(msg_type, fields)] if message.msg_type == "D" else [("5", [])]

    async with venue(reject) as address:
        answers = await send_order(ORDER, LOGIN, address, HEADER)

    assert [answer.msg_type for answer in answers] == [msg_type]
    assert not is_accepted(answers)


async def test_reports_of_other_orders_are_not_taken_for_its_own() -> None:
    def report(message: WireMessage) -> list[tuple[str, Pairs]]:
        if message.msg_type != "D":
            return [("5", [])]
        own = message.get("11") or ""
        return [("8", [("11", name), ("150", "0"), ("39", "0")]) for name in ("OLD", own)]

    async with venue(report) as address:
        answers = await send_order(ORDER, LOGIN, address, HEADER)

    assert len(answers) == 1 and answers[0].get("11") != "OLD"
    assert is_accepted(answers)
