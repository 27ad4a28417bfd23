"""Open orders by account: the same as a look at all orders finds, however far the reader was behind."""

from __future__ import annotations

import random

import pytest

from exchange.commands import CancelOrder, Command, EnterOrder, ListInstrument, OpenAccount
from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.venue import Venue
from gateway import open_orders
from gateway.open_orders import OpenOrders

ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000)


def listing(accounts: str) -> list[Command]:
    return [ListInstrument(ACME), *(OpenAccount(Account(name, name)) for name in accounts)]


def found_by_looking(venue: Venue, account: str) -> list[int]:
    return sorted((one.terms.order_id for one in venue.register if one.terms.account == account), reverse=True)


@pytest.mark.parametrize("seed", range(4))
def test_they_are_those_that_a_look_at_all_orders_finds(seed: int) -> None:
    chance = random.Random(seed)
    venue = Venue()
    for command in listing("ABC"):
        venue.apply(command, 1)
    known = OpenOrders(venue)
    behind = open_orders.CATCH_UP_MAX + 500 if seed == 0 else 200
    for at in range(2, 2_000):
        for _ in range(behind if at == 3 else 1):
            number = venue.last_order_id + 1
            side = chance.choice((Side.BUY, Side.SELL))
            order = EnterOrder(
                "S", str(number), chance.choice("ABC"), "ACME", side, OrderType.LIMIT, TimeInForce.DAY, 5,
                chance.randrange(900, 1100),
            )  # fmt: skip
            venue.apply(order, at)
        gone = str(chance.randrange(1, venue.last_order_id + 1))
        open_one = venue.register.find("S", gone)
        side = open_one.terms.side if open_one is not None else Side.BUY
        venue.apply(CancelOrder("S", f"C{at}", gone, "ACME", side), at)
        if not at % 20:
            account = chance.choice("ABC")
            assert [one.terms.order_id for one in known.of([account])] == found_by_looking(venue, account), (
                f"{seed} {at}"
            )
    everybody = [one.terms.order_id for one in known.of("ABC")]
    assert everybody == sorted((one.terms.order_id for one in venue.register), reverse=True)


def test_lists_that_nobody_asks_for_are_made_anew_before_they_are_long() -> None:
    venue = Venue()
    for command in listing("AB"):
        venue.apply(command, 1)
    known = OpenOrders(venue)
    for at in range(open_orders.SPARE_ORDERS + 1_000):
        for name, side in (("A", Side.SELL), ("B", Side.BUY)):
            kind, day = OrderType.LIMIT, TimeInForce.DAY
            venue.apply(EnterOrder(name, str(at), name, "ACME", side, kind, day, 1, 1_000), at + 2)
            if name == "A" and not at % 50:
                assert known.of("B") == []
    known.of("B")
    assert sum(map(len, known._by_account.values())) < open_orders.SPARE_ORDERS
