"""What a ledger and limits cost an order: the same orders for accounts cleared elsewhere, cleared here, and funded.

Half of the orders rest around the middle, a third of them is canceled, the others trade. Each kind of accounts plays
them in turn, several times within one call, so that the machine is the same for all; seconds are those of the
processor. Run it with `python -m scripts.clearing_benchmark [ORDERS]`.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time

from exchange.commands import (
    CancelOrder,
    Command,
    EnterOrder,
    ListInstrument,
    OpenAccount,
    OpenSettlementDay,
    SetRiskLimits,
    Transfer,
)
from exchange.orders import OrderType, Side, TimeInForce
from exchange.postings import TransferKind
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.instruments import Instrument
from exchange.reference.limits import LimitScope, RiskLimits
from exchange.reference.money import AMOUNT_MAX
from exchange.venue import Venue

SYMBOL, MIDDLE, QUANTITY = "ACME", 10_000, 100
ACCOUNTS = ("A", "B", "C", "D")
RUNS = 5
LIMITS = RiskLimits(
    is_funded=True,
    max_order_quantity=10_000,
    max_order_value=AMOUNT_MAX,
    price_tolerance_basis_points=5_000,
    position_limit=2 * 10**9,
)
KINDS: dict[str, tuple[FeeSchedule | None, bool, RiskLimits | None]] = {
    "cleared elsewhere": (None, False, None),
    "cleared here": (None, True, None),
    "cleared here, with fees": (FeeSchedule(maker_parts=100, taker_parts=300), True, None),
    "funded, with fees and limits": (FeeSchedule(maker_parts=100, taker_parts=300), True, LIMITS),
}


def opening(fees: FeeSchedule | None, is_cleared: bool, limits: RiskLimits | None) -> list[Command]:
    """Lists the instrument, and opens accounts that have enough of everything."""
    commands: list[Command] = [
        ListInstrument(Instrument(SYMBOL, 2, 1, 1, "USD", MIDDLE, 1, 2 * MIDDLE, 10**6)),
        OpenSettlementDay("", 20240621, (20240624,)),
    ]
    for name in ACCOUNTS:
        commands.append(OpenAccount(Account(name, name, fees=fees, is_cleared=is_cleared)))
        if is_cleared:
            for asset, amount in (("USD", AMOUNT_MAX), (SYMBOL, 10**9)):
                commands.append(Transfer(name, TransferKind.OPENING, asset, amount, f"{name} {asset}"))
        if limits is not None:
            commands.append(SetRiskLimits(LimitScope.ACCOUNT, name, limits))
    return commands


def orders(number: int) -> list[Command]:
    """The same orders each time."""
    draw, commands = random.Random(1), list[Command]()  # noqa: S311 - the same load each time
    for order in range(number):
        side = Side.BUY if draw.random() < 0.5 else Side.SELL
        price = MIDDLE - side * (1 + int(draw.random() * 20)) if draw.random() < 0.7 else MIDDLE + side * 20
        account = ACCOUNTS[order % len(ACCOUNTS)]
        commands.append(
            EnterOrder("S", str(order), account, SYMBOL, side, OrderType.LIMIT, TimeInForce.DAY, QUANTITY, price)
        )
        if draw.random() < 0.33:
            commands.append(CancelOrder("S", f"C{order}", str(max(0, order - 5)), SYMBOL, Side.BUY))
    return commands


def play(kind: str, load: list[Command]) -> tuple[float, int]:
    """Microseconds of the processor for each command of a load, and how many trades it brought."""
    venue = Venue()
    for command in opening(*KINDS[kind]):
        venue.apply(command, 1)
    gc.collect()
    gc.freeze()
    apply = venue.apply
    try:
        begin = time.process_time()
        for command in load:
            apply(command, 2)
        return (time.process_time() - begin) * 1e6 / len(load), venue.last_trade_id
    finally:
        gc.unfreeze()


def main() -> None:
    """Prints the median of each kind, and how much more it is than without a ledger."""
    load = orders(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    costs: dict[str, list[float]] = {kind: [] for kind in KINDS}
    trades = set[int]()
    for _ in range(RUNS):
        for kind, cost in costs.items():
            microseconds, traded = play(kind, load)
            cost.append(microseconds)
            trades.add(traded)
    assert len(trades) == 1, f"not all kinds trade alike: {trades}"
    first = statistics.median(costs["cleared elsewhere"])
    for kind, cost in costs.items():
        median = statistics.median(cost)
        sys.stdout.write(f"{kind:30} {median:6.2f} us a command  {100 * median / first - 100:+5.0f} %\n")


if __name__ == "__main__":
    main()
