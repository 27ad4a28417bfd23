"""Whatever a command says, the venue answers: no value, however wrong, is an error of the program."""

from __future__ import annotations

from random import Random

import pytest

from exchange.commands import (
    CancelOrder,
    Command,
    EnterOrder,
    OpenAccount,
    RefuseAmendment,
    RefuseOrder,
    ReplaceOrder,
)
from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.rejections import RejectReason
from tests.exchange.market import Market

NAMES = ("", "S", "B1", "ALICE", "ACME", " ", "\x00", "é" * 70, "x" * 10_000, "' OR 1=1 --", "%s{0}", "\u2028")
NUMBERS = (0, 1, -1, 2, 100, 999, 1000, 1001, 10_000, 2**31, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, -(10**30))


def nonsense(random: Random) -> Command:
    def name() -> str:
        return random.choice(NAMES) if random.random() < 0.7 else str(random.randrange(100_000))

    def number() -> int:
        return random.choice(NUMBERS) if random.random() < 0.7 else random.randrange(990, 1010)

    def text(likely: str) -> str:
        return likely if random.random() < 0.8 else name()

    side = random.choice(list(Side))
    kind, time_in_force = random.choice(list(OrderType)), random.choice(list(TimeInForce))
    session, symbol = text("S"), text("ACME")
    order = EnterOrder(session, name(), text("ALICE"), symbol, side, kind, time_in_force, number(), number())
    match random.randrange(8):
        case 0:
            return CancelOrder(session, name(), name(), symbol, side)
        case 1 | 2:
            return ReplaceOrder(session, name(), name(), symbol, side, kind, time_in_force, number(), number())
        case 3:
            return RefuseOrder(order, random.choice(list(RejectReason)), name(), name(), {name(): name()})
        case 4:
            reason = random.choice(list(RejectReason))
            return RefuseAmendment(session, name(), name(), random.random() < 0.5, reason, name(), name())
        case 5 if random.random() < 0.1:
            return OpenAccount(Account(name(), name()))
        case _:
            return order


@pytest.mark.parametrize("seed", range(4))
def test_nonsense_is_answered(seed: int) -> None:
    random, market = Random(seed), Market()
    for _ in range(5000):
        command = nonsense(random)
        assert market.apply(command), command
    market.venue.state_hash()
    assert market.venue.last_trade_id > 0
