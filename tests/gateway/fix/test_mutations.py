"""Broken messages without end, in every version: nothing raises, nothing garbled changes anything, the venue works on.

They go through framing, codec, session and order entry into a real venue: some thousands of each version in the suite,
a million in all in `scripts/soak`, or `scripts/soak --mutations 5000000 --version FIX.4.2`.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog

from gateway.fix.versions import VERSIONS
from tests.gateway.fix.memory_line import MemoryLine, MemoryVenue
from tests.gateway.fix.mutants import Fields, Mutants, holds_a_message, sealed

SEED = 20_240_621

IN_THE_SUITE = 6_000
"""Messages of each version."""

MESSAGE_BYTES_MAX = 8_192
"""What a message may have here: so much padding ends the wait for a body that was announced too long."""

PADDING = b"\x00" * (MESSAGE_BYTES_MAX + 100)

HASH_EVERY = 40
"""Garbled messages for each comparison of the whole state, which costs as much as a hundred of them."""

STRANGER_EVERY = 25
"""Messages for each one that comes before a Logon."""

GROWTH_BYTES_MAX = 24 << 20
"""What the second half of a run may add to the process: ClOrdIDs that were used, and the allocator's breath."""

SETTINGS = """
venue: {{ comp_id: VENUE }}
flow: {{ enabled: false }}
fix:
  max_message_bytes: {message_bytes_max}
  garbled_limit: 1000000
  session_defaults: {{ accounts: [ACC, OTHER], max_open_orders: 200 }}
  sessions: [{{ comp_id: BOB, version: {version} }}]
accounts: [{{ id: ACC }}, {{ id: OTHER }}]
instruments:
  - {{ symbol: ACME, reference_price: "10.00", lot: 10, max_quantity: 5000 }}
  - {{ symbol: FINE, reference_price: "1.0000", tick: "0.0001" }}
"""

BODIES: tuple[bytes, ...] = (
    b"D {handling} 11={new} 55=ACME 54=1 60={now} 38=100 40=2 44=10.05 59=0",
    b"D {handling} 11={new} 55=ACME 54=2 60={now} 38=50 40=2 44=10.05 59=3",
    b"D {handling} 11={new} 1=OTHER 55=FINE 54=2 60={now} 38=7 40=2 44=1.0001 59=1",
    b"D {handling} 11={new} 55=ACME 54=2 60={now} 38=500 40=1 59=4",
    b"D {handling} 11={new} 55=ACME 54=1 60={now} 38=30 40=1 453=2 448=A 447=D 448=B 447=D 452=3 802=1 523=x 803=1",
    b"D {handling} 11={new} 55=ACME 54=1 60={now} 38=30 40=2 44=9.90 354=4 355=a=b\x01",
    b"F 11={new} 41={old} 55=ACME 54=1 60={now}",
    b"F 11={new} 41={old} 55=ACME 54=2 60={now} 38=100",
    b"G {handling} 11={new} 41={old} 55=ACME 54=1 60={now} 38=80 40=2 44=9.99",
    b"H 11={old} 55=ACME 54=1",
    b"0", b"0 112=a", b"1 112=b", b"2 7={some} 16=0", b"2 7={some} 16={some}", b"3 45=2 371=55 372=D 373=1 58=no",
    b"4 123=Y 36={next}", b"4 36={next}", b"5 58=bye", b"A 98=0 108=30 141=Y",
    b"B 148=news 33=2 58=one 58=two", b"V 262=v 263=1 264=0 267=2 269=0 269=1 146=1 55=ACME",
    b"8 37=1 17=1 150=0 39=0 55=ACME 54=1 151=0 14=0 6=0", b"j 45=2 372=8 380=0", b"AF 584=m 585=7",
    b"q 11={new} 530=7 60={now}",
)  # fmt: skip
"""Sound bodies; words in braces are filled in. Some are not sound in every version, and broken all the more."""

LOGON = b"98=0 108=30 {default}"
LOGON_WITH_RESET = b"98=0 108=30 141=Y {default}"

NUMBER_MAX = 1_000_000_000
"""A mutant may have set the session's number to where there is no next one: beyond this the next logon resets it."""

Errors = list[MutableMapping[str, Any]]


@pytest.fixture
def said_errors() -> Iterator[Errors]:
    """What is logged as an error; all else is dropped, for there would be a line for each message."""
    errors: Errors = []

    def keep(_: object, __: str, event: MutableMapping[str, Any]) -> NoReturn:
        errors.append(event)
        raise structlog.DropEvent

    config = structlog.get_config()
    structlog.configure(processors=[keep], wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield errors
    structlog.configure(**config)


@pytest.mark.parametrize("version", VERSIONS)
async def test_mutants_harm_nothing(version: str, tmp_path: Path, said_errors: Errors) -> None:
    await besiege(version, SEED, IN_THE_SUITE, tmp_path, said_errors)


@pytest.mark.soak
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_million_mutants_harm_nothing(
    version: str, tmp_path: Path, said_errors: Errors, request: pytest.FixtureRequest
) -> None:
    asked = request.config.getoption("--version-of-fix", "all")
    if asked not in ("all", version):
        pytest.skip(f"only {asked} was asked for")
    total = request.config.getoption("--mutations", 1_000_000)
    count = total // len(VERSIONS) if asked == "all" else total
    await besiege(version, request.config.getoption("--seed", SEED), count, tmp_path, said_errors)


async def besiege(version: str, seed: int, count: int, folder: Path, said_errors: Errors) -> None:
    failures: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    venue = MemoryVenue(folder, SETTINGS.format(version=version, message_bytes_max=MESSAGE_BYTES_MAX))
    await venue.start()
    siege = Siege(venue, version, seed)
    began = time.perf_counter()
    try:
        await siege.play(count // 2)
        half = _resident_bytes()
        await siege.play(count - count // 2)
        seconds, grown = time.perf_counter() - began, _resident_bytes() - half
        await siege.prove_it_works()
    finally:
        await venue.stop()

    heard = siege.heard
    sys.stdout.write(
        f"{version}: {count} messages, seed {seed}: {count / seconds:,.0f}/s; {siege.garbled} garbled, "
        f"{siege.logons} logons; {grown >> 10} KiB more in the second half, {_resident_bytes() >> 20} MiB in all; "
        f"heard {dict(heard)}\n"
    )
    assert failures == [] and said_errors == []
    assert grown < GROWTH_BYTES_MAX
    assert siege.garbled > count // 10
    assert {"0", "2", "3", "4", "5", "8", "9", "A", "j"} <= set(heard), "every part has been reached"


class Siege:
    """A client that knows the number the venue waits for, and sends what it has broken."""

    def __init__(self, venue: MemoryVenue, version: str, seed: int) -> None:
        self.heard: Counter[str] = Counter()
        self._version, self._seed = version, seed
        self._begin_string = VERSIONS[version].begin_string.encode()
        self.garbled = self.logons = 0
        self._venue = venue
        self._session = venue.acceptor.sessions["BOB"]
        self._mutants = Mutants(f"{version} {seed}")
        self._line = MemoryLine(venue, self.heard)
        self._sent = 0
        self._now = b""

    async def play(self, count: int) -> None:
        for _ in range(count):
            if self._sent % 1000 == 0:
                self._now = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S").encode()
            if self._sent % 20 == 0:
                await asyncio.sleep(0)
            self._sent += 1
            if self._sent % STRANGER_EVERY == 0:
                await self._send_as_stranger()
                continue
            if not self._line.is_on:
                await self._log_on()
            data = self._mutants.of(self._begin_string, self._message())
            try:
                self._send(data)
            except Exception as error:
                error.add_note(self._name(data))
                raise

    async def prove_it_works(self) -> None:
        await self._log_on()
        before = self.heard["8"]
        terms = self._filled(b"{handling} 11=proof 55=ACME 54=1 60={now} 38=10 40=2 44=9.00")
        self._line.feed(sealed(self._begin_string, self._header(b"D") + terms))
        assert self.heard["8"] == before + 1
        await self._line.close()

    def _send(self, data: bytes) -> None:
        is_garbled = not holds_a_message(data)
        # Padding after what is no message ends all waiting for more of it: what comes next stands for itself.
        whole = data + PADDING if is_garbled or not data.endswith(b"\x01") else data
        if not is_garbled:
            for piece in self._mutants.pieces(whole):
                self._line.feed(piece)
            if self._line.is_open:
                self._line.feed(PADDING)
            return
        self.garbled += 1
        is_hashed = self.garbled % HASH_EVERY == 0
        before = self._state(is_hashed=is_hashed)
        for piece in self._mutants.pieces(whole):
            self._line.feed(piece)
        # A limit that is passed ends the session, with its Logout; but nothing is taken of what was garbled.
        assert self._state(is_hashed=is_hashed) == before, "a garbled message changed something"

    def _name(self, data: bytes) -> str:
        return f"{self._version}, seed {self._seed}, message {self._sent}: {data!r}"

    def _state(self, *, is_hashed: bool) -> tuple[object, ...]:
        venue = self._venue.venue
        whole = venue.state_hash() if is_hashed else ""
        return whole, venue.last_event, venue.register.seen.count, self._session.next_in, self._session.log.resets

    async def _send_as_stranger(self) -> None:
        """A broken first message; whoever is logged on by it stays."""
        line = MemoryLine(self._venue, self.heard)
        logon = self._header(b"A") + self._filled(self._mutants.random.choice((LOGON, LOGON_WITH_RESET)))
        for piece in self._mutants.pieces(self._mutants.of(self._begin_string, logon) + PADDING):
            line.feed(piece)
        await line.settle()
        if line.is_on:
            self._line = line
        else:
            await line.close()

    async def _log_on(self) -> None:
        await self._line.close()
        self._line = MemoryLine(self._venue, self.heard)
        self.logons += 1
        is_reset = self._mutants.random.random() < 0.1 or self._session.next_in > NUMBER_MAX
        terms = (
            self._header(b"A", seq=1) + self._filled(LOGON_WITH_RESET)
            if is_reset
            else self._header(b"A") + self._filled(LOGON)
        )
        await self._line.log_on(self._begin_string, terms)

    def _message(self) -> Fields:
        msg_type, _, body = self._mutants.random.choice(BODIES).partition(b" ")
        draw = self._mutants.random.random()
        seq = self._session.next_in + (self._mutants.random.choice((-2, 1, 2, 50)) if draw < 0.05 else 0)
        more: Fields = [(b"43", b"Y"), (b"122", self._now)] if 0.04 < draw < 0.07 else []
        return self._header(msg_type, seq=seq) + more + self._filled(body)

    def _header(self, msg_type: bytes, *, seq: int | None = None) -> Fields:
        number = self._session.next_in if seq is None else seq
        return [(b"35", msg_type), (b"49", b"BOB"), (b"56", b"VENUE"), (b"34", b"%d" % number), (b"52", self._now)]

    def _filled(self, body: bytes) -> Fields:
        random = self._mutants.random
        appl_ver_id = VERSIONS[self._version].appl_ver_id.encode()
        words = {
            b"{now}": self._now,
            b"{handling}": b"21=1" if self._version == "FIX.4.2" else b"",
            b"{default}": b"1137=%b" % appl_ver_id if appl_ver_id else b"",
            b"{new}": b"o%d" % random.randrange(20_000),
            b"{old}": b"o%d" % random.randrange(20_000),
            b"{some}": b"%d" % max(1, self._session.log.next_out - random.randrange(1, 30)),
            b"{next}": b"%d" % (self._session.next_in + random.choice((1, 1, 2, 100))),
        }
        for word, value in words.items():
            body = body.replace(word, value)
        parts = (part.partition(b"=") for part in body.split(b" ") if part)
        return [(tag, value) for tag, _, value in parts]


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
