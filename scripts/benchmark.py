"""Measures the figures that README names, each as a median of several runs within one call, all of them in turn.

The load comes from a process of its own over real FIX sessions, with a window of orders in flight; every reply is
counted and the sums are checked, so a missing or doubled report is a failure and not a fast run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import platform
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from exchange.commands import CancelOrder, Command, EnterOrder, ListInstrument, OpenAccount
from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.venue import Venue
from gateway.fix.framing import Framing
from gateway.fix.message import encode
from scripts.day_benchmark import day_text, seconds_of_day
from scripts.engine_benchmark import cost_by_depth, load, play_on_book, play_on_engine

SESSIONS = 4
WINDOW = 64
CROSSING_PERCENT = 25
READY_SECONDS = 30
LOAD_SECONDS = 120
RESTING = 1_000
"""Orders in the book while matching alone is measured."""
DEPTHS = (100, 1_000, 10_000, 100_000, 1_000_000)


class LoadFailed(Exception):
    """The venue's answers do not add up."""


class LoadSession(asyncio.Protocol):
    """One client: keeps `WINDOW` orders in flight until its share is answered."""

    def __init__(self, comp_id: str, orders: int, seed: int) -> None:
        self.answered_all = asyncio.get_running_loop().create_future()
        self.heard_all = asyncio.get_running_loop().create_future()
        self.bought = self.sold = 0
        self._head = f"\x0149={comp_id}\x0156=EXCHANGE\x0134="
        self._orders = orders
        self._random = random.Random(seed)  # noqa: S311 - the same load each time
        self._framing = Framing(65_536)
        self._number = 0
        self._sent = 0
        self._answered = 0
        self._expected = 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: logs on."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._message("A", "98=0\x01108=30\x01141=Y\x01"))

    def data_received(self, data: bytes) -> None:
        """asyncio: counts the reports and sends as many new orders as were answered."""
        answered = 0
        for text in self._framing.receive(data):
            if not isinstance(text, str):
                raise LoadFailed(f"garbled: {text}")
            fields = dict(pair.split("=", 1) for pair in text[:-1].split("\x01"))
            if int(fields["34"]) != self._expected:
                raise LoadFailed(f"MsgSeqNum {fields['34']} instead of {self._expected}")
            self._expected += 1
            if fields["35"] == "A":
                answered += WINDOW
            elif fields["35"] == "8" and fields["150"] == "0":
                answered += 1
                self._answered += 1
            elif fields["35"] == "8" and fields["150"] == "F":
                if fields["54"] == "1":
                    self.bought += int(fields["32"])
                else:
                    self.sold += int(fields["32"])
            elif fields["35"] == "0":
                self.heard_all.set_result(None)
            else:
                raise LoadFailed(f"unexpected: {text}")
        if self._answered == self._orders and not self.answered_all.done():
            self.answered_all.set_result(None)
        self._send(min(answered, self._orders - self._sent))

    def ask_for_rest(self) -> None:
        """Sends a TestRequest: its answer follows all reports that the venue had for this client."""
        self._transport.write(self._message("1", "112=END\x01"))

    def _send(self, count: int) -> None:
        now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
        self._transport.write(b"".join(self._order(now) for _ in range(count)))

    def _order(self, now: str) -> bytes:
        draw = self._random.random
        self._sent += 1
        is_buy = draw() < 0.5
        offset = 20 if draw() * 100 < CROSSING_PERCENT else -1 - int(draw() * 20)
        cents = 10_000 + (offset if is_buy else -offset)
        return self._message(
            "D",
            f"11=B{self._sent}\x011=ACC01\x0155=SYM{int(draw() * 10):03d}\x0154={1 if is_buy else 2}\x0160={now}\x01"
            f"38={100 * (1 + int(draw() * 10))}\x0140=2\x0144={cents // 100}.{cents % 100:02d}\x0159=0\x01",
        )

    def _message(self, msg_type: str, body: str) -> bytes:
        self._number += 1
        now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
        return encode("FIX.4.4", f"35={msg_type}{self._head}{self._number}\x0152={now}\x01{body}")


def load_venue(port: int, orders: int) -> float:
    """Orders per second of one run; raises `LoadFailed` when shares bought and sold differ."""
    return asyncio.run(_load_venue(port, orders))


async def _load_venue(port: int, orders: int) -> float:
    loop = asyncio.get_running_loop()
    clients = [LoadSession(f"LOAD{n + 1:02d}", orders // SESSIONS, n) for n in range(SESSIONS)]
    begin = time.perf_counter()
    for client in clients:
        await loop.create_connection(partial(_same, client), "127.0.0.1", port)
    await asyncio.wait_for(asyncio.gather(*(client.answered_all for client in clients)), LOAD_SECONDS)
    seconds = time.perf_counter() - begin
    for client in clients:
        client.ask_for_rest()
    await asyncio.wait_for(asyncio.gather(*(client.heard_all for client in clients)), LOAD_SECONDS)
    bought, sold = sum(client.bought for client in clients), sum(client.sold for client in clients)
    if bought != sold:
        raise LoadFailed(f"{bought} shares were bought and {sold} sold")
    return orders / seconds


def _same(client: LoadSession) -> LoadSession:
    return client


def measured_orders(profile: str, orders: int) -> float:
    """Starts an exchange with a profile, loads it from another process, stops it."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.json"
        command = [sys.executable, "-m", "gateway.cli", "serve", "--config", profile, "--data", f"{folder}/data"]
        command += ["--fix-port", "0", "--http-port", "0", "--mqtt-port", "0", "--ready-file", str(ready)]
        exchange = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not ready.exists():
                if time.monotonic() > deadline or exchange.poll() is not None:
                    raise LoadFailed("the exchange did not start")
                time.sleep(0.02)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                return pool.apply(load_venue, (json.loads(ready.read_text())["fix"][1], orders))
        finally:
            exchange.send_signal(signal.SIGTERM)
            exchange.wait(30)


def core_commands(count: int) -> float:
    """Commands per second of the core alone: half passive adds around the middle, 35 % cancels, 15 % crossing."""
    venue = Venue()
    venue.apply(ListInstrument(Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 100_000, 10**9)), 1)
    venue.apply(OpenAccount(Account("A", "A")), 1)
    draw = random.Random(1)  # noqa: S311 - the same load each time
    commands: list[Command] = []
    live: list[tuple[str, Side]] = []
    for number in range(count):
        choice, side = draw.random(), draw.choice((Side.BUY, Side.SELL))
        if choice < 0.35 and live:
            name, resting = live.pop(draw.randrange(len(live)))
            commands.append(CancelOrder("S", f"C{number}", name, "ACME", resting))
        elif choice < 0.85 or not live:
            price = 1000 - side * draw.randint(1, 20)
            live.append((f"O{number}", side))
            commands.append(_order(f"O{number}", side, TimeInForce.DAY, price))
        else:
            commands.append(_order(f"X{number}", side, TimeInForce.IMMEDIATE_OR_CANCEL, 1000 + side * 10))
    begin = time.perf_counter()
    for command in commands:
        venue.apply(command, 2)
    return count / (time.perf_counter() - begin)


def _order(name: str, side: Side, time_in_force: TimeInForce, price: int) -> EnterOrder:
    return EnterOrder("S", name, "A", "ACME", side, OrderType.LIMIT, time_in_force, 100, price)


def main() -> int:
    """Prints the tables."""
    parser = argparse.ArgumentParser("scripts/benchmark", description="Measures README's figures on this machine.")
    parser.add_argument("--orders", type=int, default=100_000, help="orders per run (%(default)s)")
    parser.add_argument(
        "--operations", type=int, default=1_000_000, help="operations per run of matching (%(default)s)"
    )
    parser.add_argument("--runs", type=int, default=5, help="runs of each figure; the median counts (%(default)s)")
    parser.add_argument("--matching", action="store_true", help="only the figures of matching alone")
    given = parser.parse_args()
    matching_load = load(RESTING, given.operations)
    figures: list[tuple[str, Callable[[], float]]] = [
        ("operations on a book alone", lambda: play_on_book(RESTING, matching_load)),
        ("operations by the matching engine", lambda: play_on_engine(RESTING, matching_load)),
    ]
    if not given.matching:
        figures += [
            ("commands applied by the core alone", lambda: core_commands(given.orders)),
            ("orders answered over FIX, SQL and MQTT on", lambda: measured_orders("benchmark", given.orders)),
            ("the same, with limits of every kind", lambda: measured_orders("benchmark-limits", given.orders)),
        ]
    table = Table("figure", "median per second", "lowest", "highest", title=f"Python {platform.python_version()}")
    rounds = [[measure() for _, measure in figures] for _ in range(given.runs)]
    for (name, _), runs in zip(figures, zip(*rounds, strict=True), strict=True):
        table.add_row(name, f"{statistics.median(runs):,.0f}", f"{min(runs):,.0f}", f"{max(runs):,.0f}")
    Console().print(table)
    depths = Table("resting orders", "ns per operation on the book", "times the least")
    costs = cost_by_depth(DEPTHS, given.operations // 10, given.runs)
    for resting, cost in costs.items():
        depths.add_row(f"{resting:,}", f"{cost:,.0f}", f"{cost / min(costs.values()):.2f}")
    Console().print(depths)
    if not given.matching:
        Console().print(f"a day in virtual time ({day_text()}): {seconds_of_day():.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
