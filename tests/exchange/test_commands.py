"""What a refusal is about."""

from __future__ import annotations

import pytest

from exchange.commands import (
    CancelOrder,
    Command,
    EnterOrder,
    MassCancel,
    RefuseMassCancel,
    RefuseOrder,
    request_of,
)
from exchange.orders import OrderType, Side, TimeInForce
from exchange.rejections import RejectReason

ORDER = EnterOrder("A", "o1", "ACC", "ACME", Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 100, 1005)
CANCEL = CancelOrder("A", "c1", "o1", "ACME", Side.BUY)
MASS_CANCEL = MassCancel("A", "m1")


@pytest.mark.parametrize(
    ("command", "request_made"),
    [
        (ORDER, ORDER),
        (CANCEL, CANCEL),
        (MASS_CANCEL, MASS_CANCEL),
        (RefuseOrder(ORDER, RejectReason.PRICE_OFF_TICK, "price", "off"), ORDER),
        (RefuseMassCancel(MASS_CANCEL, RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", "no"), MASS_CANCEL),
    ],
)
def test_the_request_behind_a_command(command: Command, request_made: Command) -> None:
    assert request_of(command) == request_made
