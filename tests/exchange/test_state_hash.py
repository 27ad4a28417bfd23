"""The state's hash holds all state: whatever attribute of the venue is changed, it is another hash."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import Enum
from random import Random
from typing import Any

import msgspec
import pytest

from exchange.commands import (
    AdvanceTime,
    BlockTrading,
    BreakerRules,
    BustTrade,
    ChangePhase,
    Command,
    CorrectTrade,
    EnterQuotes,
    FinishForDay,
    ListInstrument,
    OpenAccount,
    OpenDay,
    OpenSettlementDay,
    QuoteEntry,
    SetReferencePrice,
    SetRiskLimits,
    Transfer,
)
from exchange.orders import TimeInForce
from exchange.phases import Phase
from exchange.postings import TransferKind
from exchange.reasons import BlockScope
from exchange.reference.accounts import Account, MarketMakerProtection
from exchange.reference.instruments import SECOND, PriceBands
from exchange.reference.limits import LimitScope, RiskLimits
from exchange.venue import Venue
from tests.exchange.market import ACME, ALICE, GTC, buy, cancel, replace, rules, sell, units
from tests.exchange.trading_day.floor import moment, open_day
from tests.exchange.wishes import OCO, OTO, OUO, grouped, pegged, shown, stop, trailing, until
from tests.models.any_commands import AnyCommands

SAMPLES = 40
"""Objects of a class that are tried, until a change of an attribute is seen in one; those found last come first: of
orders those that are open, and what they claim."""

FOLLOWS = {
    "from what orders rest": (
        "BookSide.levels BookSide.side BookSide.sign BookSide.symbol PriceLevel.key PriceLevel.orders "
        "PriceLevel.quantity PriceLevel.side PriceLevel.specials PriceLevel.symbol"
    ),
    "from what orders are held": (
        "TriggerBook._falling TriggerBook._rising TriggerBook._trailing TriggerBook.fall_at TriggerBook.rise_at"
    ),
    "from orders and identifiers that are kept": (
        "OrderRegister._by_order_id GoodTillDates._by_order SeenIdentifiers._shards _Shard.mask _Shard.taken"
    ),
    "from the listed instrument": "Market.instrument Market.has_limits OrderBook.round_lot PriceLimits.watched",
    "from the phase, or the band's other end": (
        "BookSide.ceiling Market.phase_rules PhaseChanges.calls PhaseChanges.crosses"
    ),
    "from the day's command": "CircuitBreaker._rules",
    "from the days of all markets": "BusinessDays.latest",
    "from positions and prices": (
        "Equities._counted Equities._first Equities._moves _Counted.of _Counted.place _Counted.worth"
    ),
    "was looked up among limits and accounts, and is looked up again": (
        "LimitBook._bounds LimitBook._members LossLimits._currencies LossLimits._watched_of"
    ),
    "from what it is the sum of": "CircuitBreaker._sum RecentTrades._count RecentTrades._sum",
    "is the same object as the venue's": (
        "Blocks._accounts CircuitBreaker._instruments Claims._accounts Clearing.accounts Clearing.markets "
        "Equities._markets LimitBook._accounts Risk._markets Engine.accounts Engine.markets OrderRequests._accounts "
        "OrderRequests._markets Quotes._accounts SelfTrades._accounts Venue.books Venue._appliers"
    ),
    "counts up, and only who is before whom matters": "Timer.number Timers._number TriggerBook._entries",
    "says when memory is swept, and nothing else": "GoodTillDates._sweep_at Timers._sweep_at",
    "says between two commands that nothing is under way": (
        "OrderBook.traded_high OrderBook.traded_low PriceLevel.is_touched RiskControl._looked TradingDay._settled"
    ),
    "is what was answered already": "Tape.events",
    "are the parts that are told, the same in every venue": "Settlement.day_opened Settlement.failed",
}
"""Attributes that are not in the hash, by what they follow from."""

EMPTY = "Consequences._entering Consequences._prices OrderGroups.noted Quotes.tripped Tape.filled Tape.touched"
"""Attributes that hold something during a command only."""


def venue_after(seed: int, commands: int) -> Venue:
    venue = Venue()
    stream = AnyCommands(Random(seed), venue)
    for command in stream.opening():
        venue.apply(command, stream.now)
    for _ in range(commands):
        venue.apply(next(stream), stream.now)
    return venue


def is_part(value: object) -> bool:
    """Whether something is an object of the venue with attributes of its own, which may change."""
    if isinstance(value, msgspec.Struct):
        return not value.__struct_config__.frozen
    return type(value).__module__.startswith("exchange.") and not isinstance(value, Enum | type)


def attributes(one: object) -> Iterator[str]:
    if isinstance(one, msgspec.Struct):
        return iter(one.__struct_fields__)
    slots = (name for kind in type(one).__mro__ for name in getattr(kind, "__slots__", ()))
    return (name for name in (*slots, *getattr(one, "__dict__", {})) if hasattr(one, name))


def parts_of(value: object) -> Iterator[object]:
    """The objects that a value holds."""
    if is_part(value):
        yield value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield from parts_of(key)
            yield from parts_of(held)
    elif isinstance(value, list | tuple | deque):
        for held in value:
            yield from parts_of(held)


def all_parts(venue: Venue) -> dict[str, list[object]]:
    """The venue and everything in it, by the name of its class."""
    found: dict[str, list[object]] = {}
    waiting, known = deque[object]([venue]), {id(venue)}
    while waiting:
        one = waiting.popleft()
        found.setdefault(type(one).__name__, []).append(one)
        for name in attributes(one):
            for held in parts_of(getattr(one, name)):
                if id(held) not in known:
                    known.add(id(held))
                    waiting.append(held)
    return found


def others(value: Any) -> Iterator[object]:
    """Values that could stand there instead."""
    match value:
        case bool():
            yield not value
        case Enum():
            yield from (one for one in type(value) if one is not value)
        case int():
            yield value + 1
        case str():
            yield value + "x"
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from (msgspec.structs.replace(value, **{name: one}) for one in others(getattr(value, name)))
        case tuple() | list() | deque() if value:
            yield type(value)(list(value)[:-1])
            yield type(value)(reversed(value))
        case dict() if value:
            items = list(value.items())
            yield dict(items[:-1])
            yield dict(reversed(items))


def is_seen(venue: Venue, one: object, name: str, before: str) -> bool | None:
    """Whether the hash sees another value of an attribute; None where there is none to try."""
    value = getattr(one, name)
    tried = None
    for other in others(value):
        setattr(one, name, other)
        try:
            tried = venue.state_hash() != before
        except KeyError:
            tried = False  # It is a list that another is searched by.
        finally:
            setattr(one, name, value)
        if tried:
            break
    return tried


def unseen_by_the_hash(venue: Venue) -> tuple[set[str], set[str]]:
    """Attributes of which no change was seen, and those of which one was."""
    unseen, seen = set[str](), set[str]()
    before = venue.state_hash()
    for kind, ones in all_parts(venue).items():
        for one in [*reversed(ones)][:SAMPLES]:
            for name in attributes(one):
                attribute = f"{kind}.{name}"
                if attribute not in seen and not is_part(getattr(one, name)) and not callable(getattr(one, name)):
                    is_noticed = is_seen(venue, one, name, before)
                    if is_noticed is not None:
                        (seen if is_noticed else unseen).add(attribute)
    assert venue.state_hash() == before, "nothing was left changed"
    return unseen, seen


def test_every_attribute_is_in_the_hash_or_follows_from_what_is() -> None:
    unseen, seen, known = set[str](), set[str](), set[str]()
    for number in range(6):
        venue = venue_after(number, 900)
        not_here, here = unseen_by_the_hash(venue)
        unseen |= not_here
        seen |= here
        known |= {
            f"{kind}.{name}" for kind, ones in all_parts(venue).items() for one in ones for name in attributes(one)
        }
    follows = {attribute for attributes_so in FOLLOWS.values() for attribute in attributes_so.split()}
    assert sorted(unseen - seen - follows) == [], "not in the hash"
    assert sorted(follows & seen) == [], "in the hash after all"
    assert sorted(follows - known) == [], "no longer there"


def test_nothing_is_under_way_between_two_commands() -> None:
    for number in range(6):
        parts = all_parts(venue_after(number, 300))
        for attribute in EMPTY.split():
            kind, name = attribute.split(".")
            assert [getattr(one, name) for one in parts[kind] if getattr(one, name)] == [], attribute


def quote(symbol: str, bid: str = "9.90", quantity: int = 5) -> EnterQuotes:
    entry = QuoteEntry("1", symbol, units(bid), quantity, units("10.10"), 5)
    return EnterQuotes("M", f"Q{symbol}", "MAKER", (entry,))


def day(seed: int = 0, opening: str = "10:00", breaker: BreakerRules | None = None) -> OpenDay:
    return open_day(
        (("08:00", Phase.PRE_OPEN), (opening, Phase.CONTINUOUS), ("20:00", Phase.CLOSED)), 9, seed=seed, breaker=breaker
    )


def trades(*prices: str) -> list[Command]:
    return [
        order
        for number, price in enumerate(prices)
        for order in (buy(f"B{number}", 1, price), sell(f"S{number}", 1, price))
    ]


def deposit(amount: int, reference: str) -> Transfer:
    return Transfer("CASH", TransferKind.DEPOSIT, "USD", amount, reference)


def shares(quantity: int, cost: int) -> Transfer:
    return Transfer("CASH", TransferKind.OPENING, "ACME", quantity, "T1", cost)


def limited(limits: RiskLimits) -> SetRiskLimits:
    return SetRiskLimits(LimitScope.ACCOUNT, "CASH", limits)


def block(session: str) -> BlockTrading:
    return BlockTrading(BlockScope.SESSION, session, True)


AT_CLOSE = TimeInForce.AT_CLOSE
LATER = moment("12:00")
BANDS = PriceBands(dynamic_basis_points=100)
OTHER = msgspec.structs.replace(ACME, symbol="OTHER", bands=BANDS)
MAKER = Account("MAKER", "Maker", quote_protection=MarketMakerProtection(5, 0, 60 * SECOND))
CASH, FUNDED = Account("CASH", "With a ledger", is_cleared=True), RiskLimits(is_funded=True)
NOTHING = AdvanceTime()
CLOSE, HALT = ChangePhase(Phase.CLOSED, "ACME"), ChangePhase(Phase.HALTED, "ACME")
BRACKET = grouped(buy("BG", 10, "9.95"), "bracket", OTO)

PAIRS: dict[str, tuple[list[Command], list[Command]]] = {
    "quantity": ([buy("BX", 10, "9.99")], [buy("BX", 11, "9.99")]),
    "queue": (
        [buy("BX", 1, "9.99"), buy("BY", 1, "9.99"), replace("R", "BX", 2, "9.99"), replace("Q", "BY", 1, "9.99")],
        [buy("BX", 1, "9.99"), buy("BY", 1, "9.99"), replace("R", "BX", 1, "9.99"), replace("Q", "BY", 2, "9.99")],
    ),
    "what an iceberg shows": ([shown(buy("BX", 10, "9.99"), 2)], [shown(buy("BX", 10, "9.99"), 3)]),
    "held stop": ([stop(buy("BX", 10), "10.05")], [stop(buy("BX", 10), "10.06")]),
    "trailing stop": (
        [trailing(sell("SX", 5), "0.10", start="9.50"), *trades("10.00", "10.02", "10.01")],
        [trailing(sell("SX", 5), "0.10", start="9.50"), *trades("10.00", "10.01", "10.01")],
    ),
    "order for an auction": ([buy("BX", 10, "9.99", AT_CLOSE)], [buy("BX", 11, "9.99", AT_CLOSE)]),
    "group": ([grouped(buy("BX", 1, "9.99"), "a", OCO)], [grouped(buy("BX", 1, "9.99"), "b", OCO)]),
    "order that waits for another": (
        [BRACKET, grouped(sell("SG", 10, "10.05"), "bracket", OCO)],
        [BRACKET, grouped(sell("SG", 9, "10.05"), "bracket", OCO)],
    ),
    "what a group has done": (
        [grouped(buy("BX", 9, "9.99"), "a", OUO), sell("SX", 1, "9.99"), cancel("C", "BX")],
        [grouped(buy("BX", 9, "9.99"), "a", OUO), sell("SX", 2, "9.99"), cancel("C", "BX")],
    ),
    "peg": ([pegged(buy("BX", 1))], [pegged(buy("BX", 2))]),
    "quote": ([quote("ACME", quantity=5)], [quote("ACME", quantity=6)]),
    "order of quotes": ([quote("ACME"), quote("OTHER")], [quote("OTHER"), quote("ACME")]),
    "hits of a market maker": (
        [quote("ACME"), buy("BX", 1, "10.10"), NOTHING, NOTHING],
        [quote("ACME"), NOTHING, buy("BX", 1, "10.10"), NOTHING],
    ),
    "block": ([block("T")], [block("U")]),
    "phase": ([HALT], [CLOSE]),
    "band": ([SetReferencePrice("OTHER", 1000)], [SetReferencePrice("OTHER", 1001)]),
    "reference price": ([SetReferencePrice("ACME", 1000)], [SetReferencePrice("ACME", 1001)]),
    "closing price": ([SetReferencePrice("ACME", 1001), CLOSE], [SetReferencePrice("ACME", 1002), CLOSE]),
    "timetable": ([day()], [day(opening="10:01")]),
    "seed of the day": ([day(seed=1)], [day(seed=2)]),
    "breaker": ([day(breaker=BreakerRules())], [day(breaker=BreakerRules(699))]),
    "good-till date": ([until(buy("BX", 1, "9.99"), LATER)], [until(buy("BX", 1, "9.99"), LATER + 1)]),
    "order done for the day": (
        [buy("BX", 1, "9.99", GTC), buy("BY", 1, "9.98", GTC), FinishForDay(3)],
        [buy("BX", 1, "9.99", GTC), buy("BY", 1, "9.98", GTC), FinishForDay(4)],
    ),
    "busted trade": ([*trades("10.00", "10.00"), BustTrade(1)], [*trades("10.00", "10.00"), BustTrade(2)]),
    "corrected trade": ([*trades("10.00"), CorrectTrade(1, 1001, 1)], [*trades("10.00"), CorrectTrade(1, 1002, 1)]),
    "money": ([deposit(1, "T1")], [deposit(2, "T1")]),
    "reference of a transfer": ([deposit(1, "T1")], [deposit(1, "T2")]),
    "cost of shares": ([shares(10, cost=1)], [shares(10, cost=2)]),
    "limits": ([limited(RiskLimits(max_order_quantity=1))], [limited(RiskLimits(max_order_quantity=2))]),
    "what an order has reserved": (
        [deposit(10**9, "T1"), limited(FUNDED), buy("BX", 1, "9.98", account="CASH"), replace("R", "BX", 1, "9.99")],
        [deposit(10**9, "T1"), limited(FUNDED), buy("BX", 1, "9.99", account="CASH"), replace("R", "BX", 1, "9.98")],
    ),
    "business day": ([OpenSettlementDay("", 20240621, (20240624,))], [OpenSettlementDay("", 20240621, (20240625,))]),
    "rules of an instrument": ([ListInstrument(ACME)], [ListInstrument(rules(auction_takes_immediate=True))]),
    "account": ([OpenAccount(Account("N", "N"))], [OpenAccount(Account("N", "N", firm="F"))]),
}
"""By what they differ in, commands with as many orders and identifiers that leave different states behind."""


@pytest.mark.parametrize("kind", PAIRS)
def test_states_that_differ_in_one_thing_have_other_hashes(kind: str) -> None:
    one, other = (venue_with(commands) for commands in PAIRS[kind])
    assert counters(one) == counters(other), "only that one thing differs"
    assert one.state_hash() != other.state_hash()


def venue_with(commands: list[Command]) -> Venue:
    venue = Venue()
    opened = [OpenAccount(account) for account in (ALICE, MAKER, CASH)]
    opening: list[Command] = [ListInstrument(ACME), ListInstrument(OTHER), *opened]
    resting = [buy("BEST", 100, "9.90"), sell("OFFER", 100, "10.20")]
    for at, command in enumerate((*opening, *resting, *commands), 1):
        venue.apply(command, at)
    return venue


def counters(venue: Venue) -> tuple[int, ...]:
    return venue.last_order_id, venue.last_trade_id, venue.now, venue.register.seen.digest
