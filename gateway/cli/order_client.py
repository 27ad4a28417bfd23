"""The conversation of `fixpit order`: logon with reset numbers, one NewOrderSingle, its answers, logout.

It is the scenario player's FIX client, so the venue is asked by another codec than its own.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from gateway.scenario.client_session import Identity
from gateway.scenario.fix_client import FixClient
from gateway.scenario.inbox import Inbox
from gateway.scenario.wire import Pairs, WireMessage, utc_timestamp

ANSWER_SECONDS = 5.0
"""How long the logon, and then the first answer, may take."""

MORE_ANSWERS_SECONDS = 0.2
"""How long a further report is awaited: the fills of an order come with its acceptance."""

LOGOUT_SECONDS = 2.0
HEARTBEAT_SECONDS = 30

EXECUTION_REPORT, REJECT, BUSINESS_REJECT = "8", "3", "j"
EXEC_TYPE_REJECTED = "8"

FINAL_STATUSES = frozenset({"2", "4", "8"})
"""OrdStatus(39) filled, canceled, rejected: nothing more comes."""


class NoAnswer(Exception):
    """The venue took the order and said nothing: whether it counts is unknown."""


@dataclass(frozen=True)
class Login:
    """Who sends the order to whom."""

    session: str
    target: str
    username: str
    password: str

    @property
    def credentials(self) -> Pairs:
        """Username(553) and Password(554), where they are given."""
        return [(tag, text) for tag, text in (("553", self.username), ("554", self.password)) if text]


@dataclass(frozen=True)
class NewOrder:
    """What is asked for, as FIX has it: the venue judges it, not this side."""

    side: str
    symbol: str
    quantity: str
    price: str
    """Empty for a market order."""
    time_in_force: str
    account: str

    def fields(self, cl_ord_id: str) -> Pairs:
        """The body of the NewOrderSingle."""
        account = [("1", self.account)] if self.account else []
        kind = [("40", "2"), ("44", self.price)] if self.price else [("40", "1")]
        return [
            ("11", cl_ord_id),
            *account,
            ("55", self.symbol),
            ("54", self.side),
            ("60", utc_timestamp()),
            ("38", self.quantity),
            *kind,
            ("59", self.time_in_force),
        ]


async def send_order(
    new_order: NewOrder, login: Login, address: tuple[str, int], header_tags: frozenset[str]
) -> list[WireMessage]:
    """The answers in their order, at least one. Raises `CannotConnect`, `LogonRefused` and `NoAnswer`."""
    identity = Identity("FIX.4.4", login.session, login.target)
    client = FixClient(identity, address, HEARTBEAT_SECONDS, header_tags, _keep_nothing)
    cl_ord_id = secrets.token_hex(8)
    try:
        await client.logon(login.credentials, reset=True, within_seconds=ANSWER_SECONDS)
        client.send("D", new_order.fields(cl_ord_id))
        answers = await _answers(client.inbox, cl_ord_id)
        if not answers:
            why = client.inbox.closed_because or f"nothing came within {ANSWER_SECONDS:g} s"
            raise NoAnswer(f"{why}: whether the order {cl_ord_id} was taken is not known")
        await client.logout(None, LOGOUT_SECONDS)
    finally:
        await client.close()
    return answers


def is_accepted(answers: Sequence[WireMessage]) -> bool:
    """Whether the order was in the market."""
    return any(answer.msg_type == EXECUTION_REPORT and answer.get("150") != EXEC_TYPE_REJECTED for answer in answers)


async def _answers(inbox: Inbox, cl_ord_id: str) -> list[WireMessage]:
    answers: list[WireMessage] = []

    def take() -> WireMessage | None:
        for received in inbox.unused():
            received.is_used = True
            if _concerns(received.message, cl_ord_id):
                return received.message
        return None

    while found := await inbox.wait_for(take, MORE_ANSWERS_SECONDS if answers else ANSWER_SECONDS):
        answers.append(found)
        if found.msg_type != EXECUTION_REPORT or found.get("39") in FINAL_STATUSES:
            break
    return answers


def _concerns(message: WireMessage, cl_ord_id: str) -> bool:
    return message.msg_type in (REJECT, BUSINESS_REJECT) or message.get("11") == cl_ord_id


def _keep_nothing(_direction: Literal["in", "out"], _message: WireMessage) -> float:
    return asyncio.get_running_loop().time()
