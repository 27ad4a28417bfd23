"""The JSON that tells where in its day an instrument is: topics `phase`, `auction` and `statistics`.

Heads, numbers, prices and times are those of `payloads`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from msgspec import Struct

from exchange.events import AuctionHeld, IndicativeChanged
from exchange.marketdata.depth import PublicBook
from exchange.orders import Side
from exchange.reference.units import PriceScale
from gateway.mqtt.payloads import SCHEMA, Payload, time_text

AuctionEvent: TypeAlias = IndicativeChanged | AuctionHeld
"""What the topic `auction` tells."""


class PhaseUpdate(Struct):
    """The phase of the day, and the price bands of the moment. Null is what is not known, or not limited."""

    phase: str | None
    """`continuous`, `opening auction`, `halted` …; null before the first change that the publisher saw."""
    since: str | None
    until: str | None
    """When it is planned to end."""
    reason: str
    """Why it began; empty when the timetable says so."""
    lowest: str | None
    highest: str | None
    limit_state: str | None
    """`buy` or `sell`: the side that waits at its band."""


class AuctionUpdate(Struct):
    """What an auction would bring if it ended now, or what it brought."""

    event: int
    at: str
    kind: str
    """`indicative` or `held`."""
    price: str | None
    """Null when nothing would trade, or did."""
    quantity: int
    imbalance: int
    imbalance_side: str | None


class StatisticsUpdate(Struct):
    """The last day's end; null before the first that the publisher saw."""

    closing_price: str | None
    closed_at: str | None
    volume: int | None
    """Shares traded that day."""


class PhasePayload(Payload):
    """Topic `phase`, retained: the present phase and bands. What was in between is left out."""

    updates: list[PhaseUpdate]


class AuctionPayload(Payload):
    """Topic `auction`: the latest indication, and every auction that ended, in order."""

    updates: list[AuctionUpdate]


class StatisticsPayload(Payload):
    """Topic `statistics`, retained."""

    updates: list[StatisticsUpdate]


def phase_payload(epoch: int, sequence: int, book: PublicBook) -> PhasePayload:
    """The message for the phase and the bands of a book."""
    scale, phase, bands = book.instrument.scale, book.phase, book.bands
    update = PhaseUpdate(
        phase=phase.phase.value if phase is not None else None,
        since=time_text(phase.at) if phase is not None else None,
        until=time_text(phase.until) if phase is not None and phase.until else None,
        reason=phase.reason if phase is not None else "",
        lowest=_price(bands.lowest, scale) if bands is not None else None,
        highest=_price(bands.highest, scale) if bands is not None else None,
        limit_state=_side(bands.in_limit_state) if bands is not None else None,
    )
    return PhasePayload(SCHEMA, epoch, sequence, book.symbol, book.event, time_text(book.at), [update])


def auction_payload(epoch: int, sequence: int, auctions: Sequence[AuctionEvent], scale: PriceScale) -> AuctionPayload:
    """The message for what auctions of one symbol would bring and brought; there must be at least one event."""
    last = auctions[-1]
    updates = [
        AuctionUpdate(
            event=event.number,
            at=time_text(event.at),
            kind="held" if isinstance(event, AuctionHeld) else "indicative",
            price=_price(event.price, scale),
            quantity=event.quantity,
            imbalance=event.imbalance,
            imbalance_side=_side(event.imbalance_side),
        )
        for event in auctions
    ]
    return AuctionPayload(SCHEMA, epoch, sequence, last.symbol, last.number, time_text(last.at), updates)


def statistics_payload(epoch: int, sequence: int, book: PublicBook) -> StatisticsPayload:
    """The message for the last close of a book."""
    close = book.close
    update = StatisticsUpdate(
        closing_price=_price(close.price, book.instrument.scale) if close is not None else None,
        closed_at=time_text(close.at) if close is not None else None,
        volume=close.volume if close is not None else None,
    )
    return StatisticsPayload(SCHEMA, epoch, sequence, book.symbol, book.event, time_text(book.at), [update])


def _price(price: int | None, scale: PriceScale) -> str | None:
    return None if price is None else scale.text(price)


def _side(side: Side | None) -> str | None:
    return None if side is None else side.name.lower()
