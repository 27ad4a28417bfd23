"""The conversation of `fixpit order`: logon with reset numbers, one request, its answers, logout.

It is the scenario player's FIX client, so the venue is asked by another codec than its own. What is to be canceled or
replaced is asked for first: a request must say side and symbol, and a replace all that is to stay.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gateway.fix.dictionary import load
from gateway.scenario.client_session import HEARTBEAT, TEST_REQUEST, Identity
from gateway.scenario.fix_client import FixClient
from gateway.scenario.inbox import Inbox
from gateway.scenario.wire import Pairs, WireMessage, utc_timestamp

VERSION = "FIX.4.4"

ANSWER_SECONDS = 5.0
"""How long the logon, the first answer, and what the venue has said with it may each take."""

LOGOUT_SECONDS = 2.0
HEARTBEAT_SECONDS = 30

NEW_ORDER, CANCEL, REPLACE, STATUS = "D", "F", "G", "H"
EXECUTION_REPORT, REJECT, BUSINESS_REJECT = "8", "3", "j"
REJECTED = "8"
"""ExecType(150) and OrdStatus(39)."""

FINAL_STATUSES = frozenset({"2", "4", "8", "C"})
"""OrdStatus(39) filled, canceled, rejected, expired: nothing more comes."""

UNDISCLOSED = "7"
"""Side(54), which a status request must have, where it is the answer that tells."""

RESTATED = (
    "1", "55", "54", "38", "40", "44", "99", "211", "836", "59", "126", "432", "18", "110", "111", "583",
)  # fmt: skip
"""What a report tells of the order's terms, and a replace must state if it is to stay."""

Terms: TypeAlias = Mapping[str, str]
"""Fields by tag."""


class NoAnswer(Exception):
    """The venue took the request and said nothing: whether it counts is unknown."""


@dataclass(frozen=True)
class Line:
    """Who asks whom, where, and how long he stays."""

    session: str
    target: str
    username: str
    password: str
    address: tuple[str, int]
    stay_seconds: float
    """How long further reports are awaited while the order is open."""

    @property
    def credentials(self) -> Pairs:
        """Username(553) and Password(554), where they are given."""
        return [(tag, text) for tag, text in (("553", self.username), ("554", self.password)) if text]


async def enter_order(terms: Terms, line: Line) -> list[WireMessage]:
    """The answers to a new order, at least one. Raises `CannotConnect`, `LogonRefused` and `NoAnswer`."""
    async with _logged_on(line) as client:
        return await _request(client, NEW_ORDER, terms, line.stay_seconds)


async def cancel_order(order: str, line: Line) -> list[WireMessage]:
    """The answers to the cancel of an order, named by ClOrdID or OrderID.

    Where the venue knows no such order, what it said to that. Raises as `enter_order` does.
    """

    def cancel(reported: Terms) -> Terms:
        return {tag: reported[tag] for tag in ("1", "55", "54", "38") if tag in reported}

    return await _amend(CANCEL, order, cancel, line)


async def replace_order(order: str, change: Callable[[Terms], Terms], line: Line) -> list[WireMessage]:
    """The same for a replace by what `change` makes of the order's terms."""
    return await _amend(REPLACE, order, change, line)


def is_accepted(answers: Sequence[WireMessage]) -> bool:
    """Whether the venue did what was asked for."""
    return any(answer.msg_type == EXECUTION_REPORT and not _is_refusal(answer) for answer in answers)


async def _amend(msg_type: str, order: str, make: Callable[[Terms], Terms], line: Line) -> list[WireMessage]:
    async with _logged_on(line) as client:
        told = await _status(client, order)
        if told.msg_type != EXECUTION_REPORT or _is_refusal(told):
            return [told]
        reported = {tag: text for tag in RESTATED if (text := told.get(tag)) is not None}
        named = {"37": told.get("37") or "", "41": told.get("11") or ""}
        return await _request(client, msg_type, {**named, **make(reported)}, line.stay_seconds)


async def _status(client: FixClient, order: str) -> WireMessage:
    """What the venue tells of an order: by OrdStatusReqID(790), or where that is not repeated, as the first answer."""
    number = [("37", order)] if order.isdecimal() else []
    client.send(STATUS, [("11", order), *number, ("54", UNDISCLOSED), ("790", secrets.token_hex(8))])
    told = await client.inbox.wait_for(
        lambda: _next(client.inbox, lambda message: message.msg_type in (EXECUTION_REPORT, REJECT, BUSINESS_REJECT)),
        ANSWER_SECONDS,
    )
    if told is None:
        raise NoAnswer(f"{_silence(client.inbox)}: what became of the order {order} is not known")
    return told


async def _request(client: FixClient, msg_type: str, terms: Terms, stay_seconds: float) -> list[WireMessage]:
    cl_ord_id = secrets.token_hex(8)
    client.send(msg_type, [("11", cl_ord_id), *terms.items(), ("60", utc_timestamp())])
    answers = await _answers(client, cl_ord_id, stay_seconds)
    if not answers:
        raise NoAnswer(f"{_silence(client.inbox)}: whether the request {cl_ord_id} was taken is not known")
    return answers


async def _answers(client: FixClient, cl_ord_id: str, stay_seconds: float) -> list[WireMessage]:
    """The first answer, what the venue has said with it, and what more comes in time.

    A TestRequest marks the end of what was said with the first: its Heartbeat comes behind all of that.
    """
    inbox, loop = client.inbox, asyncio.get_running_loop()
    answers: list[WireMessage] = []
    end = stays_until = loop.time() + ANSWER_SECONDS
    mark = f"AFTER-{cl_ord_id}"

    def concerns(message: WireMessage) -> bool:
        is_own = message.msg_type in (REJECT, BUSINESS_REJECT) or message.get("11") == cl_ord_id
        return is_own or (message.msg_type == HEARTBEAT and message.get("112") == mark)

    async def following() -> WireMessage | None:
        try:
            return await inbox.wait_for(lambda: _next(inbox, concerns), max(0.0, end - loop.time()))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not answers or task is None:
                raise
            task.uncancel()  # Ctrl-C: enough of staying, but what has come is to be shown
            return None

    while (found := await following()) is not None:
        if found.msg_type == HEARTBEAT:
            end = stays_until
            continue
        answers.append(found)
        if found.msg_type != EXECUTION_REPORT or found.get("39") in FINAL_STATUSES:
            break
        if len(answers) == 1:
            stays_until = loop.time() + stay_seconds
            end = max(stays_until, loop.time() + ANSWER_SECONDS)
            client.send(TEST_REQUEST, [("112", mark)])
    return answers


def _next(inbox: Inbox, is_meant: Callable[[WireMessage], bool]) -> WireMessage | None:
    for received in inbox.unused():
        received.is_used = True
        if is_meant(received.message):
            return received.message
    return None


def _is_refusal(report: WireMessage) -> bool:
    """Whether a report says that there is no such order; that of a status does so by OrdStatus(39) alone."""
    return REJECTED in (report.get("150"), report.get("39"))


def _silence(inbox: Inbox) -> str:
    return inbox.closed_because or f"nothing came within {ANSWER_SECONDS:g} s"


@asynccontextmanager
async def _logged_on(line: Line) -> AsyncIterator[FixClient]:
    identity = Identity(VERSION, line.session, line.target)
    header_tags = frozenset(load(VERSION).header.members)
    client = FixClient(identity, line.address, HEARTBEAT_SECONDS, header_tags, _keep_nothing)
    try:
        await client.logon(line.credentials, reset=True, within_seconds=ANSWER_SECONDS)
        yield client
        if client.is_connected:
            await client.logout(None, LOGOUT_SECONDS)
    finally:
        await client.close()


def _keep_nothing(_direction: Literal["in", "out"], _message: WireMessage) -> float:
    return asyncio.get_running_loop().time()
