"""The JSON of phases, auctions and statistics, byte for byte."""

from __future__ import annotations

import msgspec

from exchange.events import (
    AuctionHeld,
    BandsChanged,
    ClosingPriceSet,
    IndicativeChanged,
    InstrumentListed,
    PhaseChanged,
)
from exchange.marketdata.depth import PublicBook
from exchange.orders import Side
from exchange.phases import Phase
from exchange.reference.instruments import Instrument
from gateway.mqtt.day_payloads import (
    AuctionEvent,
    PhasePayload,
    auction_payload,
    phase_payload,
    statistics_payload,
)
from gateway.mqtt.payloads import encode

AT = 1_767_225_600_123_456_789
INSTRUMENT = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 9999, 10**6)
TIME = '"2026-01-01T00:00:00.123456789Z"'


def head(event: int) -> str:
    return f'{{"schema":1,"epoch":17,"sequence":5,"symbol":"ACME","event":{event},"at":{TIME},"updates":['


def book() -> PublicBook:
    return PublicBook(InstrumentListed(1, AT, INSTRUMENT))


def test_a_phase_is_told_with_its_bands() -> None:
    known = book()
    known.apply(PhaseChanged(2, AT, "ACME", Phase.PAUSED, Phase.CONTINUOUS, AT + 10**9, "limit up"))
    known.apply(BandsChanged(3, AT, "ACME", 1000, 950, 1050, Side.BUY))
    payload = phase_payload(17, 5, known)
    assert encode(payload).decode() == (
        f'{head(3)}{{"phase":"paused","since":{TIME},"until":"2026-01-01T00:00:01.123456789Z",'
        '"reason":"limit up","lowest":"9.5","highest":"10.5","limit_state":"buy"}]}'
    )
    assert msgspec.json.decode(encode(payload), type=PhasePayload) == payload


def test_what_is_not_known_is_null() -> None:
    known = book()
    nothing = '"phase":null,"since":null,"until":null,"reason":"","lowest":null,"highest":null,"limit_state":null'
    assert encode(phase_payload(17, 5, known)).decode() == f"{head(1)}{{{nothing}}}]}}"
    nothing = '"closing_price":null,"closed_at":null,"volume":null'
    assert encode(statistics_payload(17, 5, known)).decode() == f"{head(1)}{{{nothing}}}]}}"
    known.apply(PhaseChanged(2, AT, "ACME", Phase.CONTINUOUS, Phase.CLOSED, 0, ""))
    known.apply(BandsChanged(3, AT, "ACME", 1000, None, 1050))
    update = phase_payload(17, 5, known).updates[0]
    assert (update.until, update.lowest, update.highest, update.limit_state) == (None, None, "10.5", None)


def test_an_auction_is_told_as_it_would_end_and_as_it_ended() -> None:
    auctions: list[AuctionEvent] = [
        AuctionHeld(2, AT, "ACME", Phase.OPENING_AUCTION, 1001, 500, 20, Side.SELL),
        IndicativeChanged(3, AT, "ACME", None, 0, 0, None),
    ]
    assert encode(auction_payload(17, 5, auctions, INSTRUMENT.scale)).decode() == (
        f'{head(3)}{{"event":2,"at":{TIME},"kind":"held","price":"10.01","quantity":500,"imbalance":20,'
        f'"imbalance_side":"sell"}},{{"event":3,"at":{TIME},"kind":"indicative","price":null,"quantity":0,'
        '"imbalance":0,"imbalance_side":null}]}'
    )


def test_a_close_has_its_price_and_volume() -> None:
    known = book()
    known.apply(ClosingPriceSet(2, AT, "ACME", 1003, 70_000))
    assert encode(statistics_payload(17, 5, known)).decode() == (
        f'{head(2)}{{"closing_price":"10.03","closed_at":{TIME},"volume":70000}}]}}'
    )
