"""What a flush publishes: every trade, each changed book once, and numbers that show what is missing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.events import (
    AuctionHeld,
    BandsChanged,
    ClosingPriceSet,
    Event,
    IndicativeChanged,
    InstrumentListed,
    LevelChanged,
    OrderAccepted,
    PhaseChanged,
    TradeBusted,
    Traded,
)
from exchange.orders import OrderTerms, OrderType, Side, TimeInForce
from exchange.phases import Phase
from exchange.reference.instruments import Instrument
from gateway.mqtt.outbox import TRADES_PER_MESSAGE_MAX, Message, Outbox
from gateway.mqtt.topics import Topics

BUY, SELL = Side.BUY, Side.SELL


def listed(number: int, symbol: str = "A") -> InstrumentListed:
    return InstrumentListed(number, number, Instrument(symbol, 2, 1, 1, "USD", 1000, 1, 9999, 10**6))


def level(number: int, price: int, quantity: int, side: Side = BUY, symbol: str = "A") -> LevelChanged:
    return LevelChanged(number, number, symbol, side, price, quantity, 1)


def traded(number: int, symbol: str = "A") -> Traded:
    return Traded(number, number, symbol, number, 1000, 10, BUY, 1, 2, "X", "Y")


def outbox_with(*events: Event, waiting_trades_max: int = 100) -> Outbox:
    """An outbox whose first flush is done."""
    outbox = Outbox(Topics("v"), 1, waiting_trades_max=waiting_trades_max)
    outbox.take([listed(1), listed(2, "B"), *events])
    flush(outbox)
    return outbox


def flush(outbox: Outbox) -> list[tuple[str, int, list[Any]]]:
    """Topic, sequence and updates of each message; a trade is its event number. The broker takes all."""
    messages = outbox.messages()
    for message in messages:
        outbox.acknowledge(message)
    return [shown(message) for message in messages]


def shown(message: Message) -> tuple[str, int, list[Any]]:
    payload = msgspec.json.decode(message.payload)
    topic = message.topic.removeprefix("fixpit/v1/v/md/")
    is_trade, is_auction = topic.endswith("/trade"), topic.endswith("/auction")
    assert (message.qos, message.retain) == ((1, False) if is_trade else (0, not is_auction))
    updates = payload["updates"]
    if is_trade:
        updates = sorted([*updates, *payload["revisions"]], key=lambda update: update["event"])
    numbered = is_trade or is_auction
    return topic, payload["sequence"], [update["event"] for update in updates] if numbered else updates


def top(bid: list[Any] | None = None, ask: list[Any] | None = None) -> list[Any]:
    return [{"bid": bid, "ask": ask}]


def snapshot(*bids: list[Any]) -> list[Any]:
    return [{"bids": list(bids), "asks": [], "last": None}]


def test_the_first_flush_shows_every_book() -> None:
    outbox = Outbox(Topics("v"), 1)
    assert outbox.is_empty
    outbox.take([listed(1), listed(2, "B"), level(3, 999, 50)])
    assert flush(outbox) == [
        ("A/top", 1, top(["9.99", 50, 1])),
        ("A/snapshot", 1, snapshot(["9.99", 50, 1])),
        ("B/top", 1, top()),
        ("B/snapshot", 1, snapshot()),
    ]
    assert outbox.is_empty
    assert flush(outbox) == []


def test_levels_are_conflated_and_an_unchanged_top_is_not_repeated() -> None:
    outbox = outbox_with(level(3, 999, 50))
    outbox.take([level(4, 999, 60), level(5, 998, 1), level(6, 999, 50)])
    assert flush(outbox) == [("A/snapshot", 2, snapshot(["9.99", 50, 1], ["9.98", 1, 1]))]
    outbox.take([level(7, 999, 0)])
    assert flush(outbox) == [("A/top", 2, top(["9.98", 1, 1])), ("A/snapshot", 3, snapshot(["9.98", 1, 1]))]


def test_every_trade_is_published_in_order_before_the_books() -> None:
    outbox = outbox_with()
    outbox.take([traded(3), traded(4, "B"), traded(5)])
    assert [(topic, sequence) for topic, sequence, _ in flush(outbox)] == [
        ("A/trade", 1),
        ("B/trade", 1),
        ("A/snapshot", 2),
        ("B/snapshot", 2),
    ]
    outbox.take([traded(6)])
    assert flush(outbox)[0] == ("A/trade", 2, [6])
    assert outbox.last_event == 6


def test_a_bust_goes_the_way_of_the_trades() -> None:
    outbox = outbox_with()
    busted = TradeBusted(4, 4, "A", 3, 1000, 10, 1, 2, "X", "Y", "")
    outbox.take([traded(3), busted])
    assert outbox.waiting_trades == 2
    assert flush(outbox)[0] == ("A/trade", 1, [3, 4])


def phase(number: int, now: Phase, symbol: str = "A") -> PhaseChanged:
    return PhaseChanged(number, number, symbol, now, Phase.CLOSED, 0, "")


def indicative(number: int) -> IndicativeChanged:
    return IndicativeChanged(number, number, "A", 1000, number, 0, None)


def test_phases_are_conflated_and_leave_the_book_alone() -> None:
    outbox = outbox_with()
    outbox.take([phase(3, Phase.PRE_OPEN), phase(4, Phase.CONTINUOUS), BandsChanged(5, 5, "A", 1000, 900, 1100)])
    [(topic, sequence, [update])] = flush(outbox)
    assert (topic, sequence, update["phase"], update["highest"]) == ("A/phase", 1, "continuous", "11")
    assert outbox.is_empty


def test_of_indications_the_latest_counts_and_of_auctions_each() -> None:
    outbox = outbox_with()
    held = AuctionHeld(5, 5, "A", Phase.OPENING_AUCTION, 1000, 4, 0, None)
    outbox.take([indicative(3), indicative(4), held, indicative(6), indicative(7)])
    assert flush(outbox) == [("A/auction", 1, [5, 7])]


def test_a_broker_that_is_back_hears_phases_and_closes_again() -> None:
    outbox = outbox_with(phase(3, Phase.POST_CLOSE), ClosingPriceSet(4, 4, "A", 1003, 70))
    outbox.repeat_state()
    assert [each[:2] for each in flush(outbox)] == [
        ("A/phase", 2), ("A/statistics", 2), ("A/top", 2), ("A/snapshot", 2), ("B/top", 2), ("B/snapshot", 2),
    ]  # fmt: skip


def test_private_events_move_the_number_alone() -> None:
    outbox = outbox_with()
    terms = OrderTerms(1, "S", "1", "A", "A", BUY, OrderType.LIMIT, TimeInForce.DAY, 1, 1)
    outbox.take([OrderAccepted(7, 7, terms)])
    assert outbox.is_empty
    assert outbox.last_event == 7


def test_a_trade_the_broker_did_not_acknowledge_goes_out_again_as_it_was() -> None:
    outbox = outbox_with()
    outbox.take([traded(3)])
    lost = outbox.messages()
    assert outbox.waiting_trades == 1
    outbox.take([traded(4)])
    outbox.repeat_state()
    assert [each[:2] for each in flush(outbox)] == [
        ("A/trade", 1),
        ("A/trade", 2),
        ("A/top", 2),
        ("A/snapshot", 3),
        ("B/top", 2),
        ("B/snapshot", 2),
    ]
    assert outbox.waiting_trades == 0
    outbox.acknowledge(lost[0])
    assert outbox.waiting_trades == 0, "a late acknowledgement counts once"


def test_beyond_the_bound_the_oldest_trade_is_dropped_and_its_number_stays_missing() -> None:
    outbox = outbox_with(waiting_trades_max=2)
    outbox.take([traded(3), traded(4, "B"), traded(5), traded(6)])
    assert outbox.dropped_trades == 2
    assert [each for each in flush(outbox) if "trade" in each[0]] == [("A/trade", 2, [5, 6])]
    outbox.take([traded(7, "B")])
    assert flush(outbox)[0] == ("B/trade", 2, [7])


def test_unacknowledged_messages_are_the_oldest_and_dropped_whole() -> None:
    outbox = outbox_with(waiting_trades_max=3)
    outbox.take([traded(3), traded(4)])
    outbox.messages()
    outbox.take([traded(5), traded(6)])
    assert (outbox.dropped_trades, outbox.waiting_trades) == (2, 2)
    assert flush(outbox)[0] == ("A/trade", 2, [5, 6])


def test_many_trades_are_several_messages() -> None:
    outbox = outbox_with(waiting_trades_max=10**6)
    numbers = list(range(3, 3 + TRADES_PER_MESSAGE_MAX + 1))
    outbox.take(traded(number) for number in numbers)
    first, second, _ = outbox.messages()
    assert shown(first) == ("A/trade", 1, numbers[:-1])
    assert shown(second) == ("A/trade", 2, numbers[-1:])
    assert (first.trades, second.trades) == (TRADES_PER_MESSAGE_MAX, 1)
    assert len(first.payload) < 300_000


@pytest.mark.parametrize("limits", [{"depth_levels": 0}, {"waiting_trades_max": 0}])
def test_senseless_limits_are_refused(limits: dict[str, int]) -> None:
    with pytest.raises(AssertionError):
        Outbox(Topics("v"), 1, **limits)


@given(
    st.lists(st.sampled_from(["A", "B", "flush", "lost", "back"]), max_size=60),
    st.integers(1, 8),
)
def test_whatever_happens_a_missing_trade_is_a_missing_number(steps: list[str], bound: int) -> None:
    """`lost`: a flush that the broker does not acknowledge. `back`: it is there again."""
    outbox = outbox_with(waiting_trades_max=bound)
    given_out: dict[str, list[int]] = {"A": [], "B": []}
    received: dict[str, dict[int, list[int]]] = {"A": {}, "B": {}}
    number = 2
    for step in [*steps, "back", "flush"]:
        if step in given_out:
            number += 1
            outbox.take([traded(number, step)])
            given_out[step].append(number)
        elif step == "lost":
            outbox.messages()
        elif step == "back":
            outbox.repeat_state()
        else:
            for topic, sequence, updates in flush(outbox):
                if topic.endswith("/trade"):
                    received[topic[0]][sequence] = updates
        assert outbox.waiting_trades <= bound
    missing = 0
    for symbol, messages in received.items():
        heard = [trade for sequence in sorted(messages) for trade in messages[sequence]]
        assert heard == sorted(set(heard))
        lost = set(given_out[symbol]) - set(heard)
        missing += len(lost)
        expected = list(range(1, len(messages) + 1))
        if not lost:
            assert sorted(messages) == expected
        elif messages and min(lost) < max(heard):
            assert sorted(messages) != expected, "a gap in the trades is one in the numbers"
    assert missing == outbox.dropped_trades
