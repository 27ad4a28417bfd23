"""Quotes of market makers: taken entry by entry, replaced, withdrawn, and refused with the field that is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import versioned_desk

SIDES = "132=9.9|133=10.1|134=50|135=60"
ENTRY = f"295=1|299=1|55=ACME|{SIDES}"
MASS = f"296=1|302=S|304=1|{ENTRY}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with versioned_desk(tmp_path) as desk:
        yield desk


def shown(desk: Desk, symbol: str = "ACME") -> str:
    book, text = desk.side.venue.books[symbol], desk.side.venue.instruments[symbol].scale.text
    sides = (sorted((level.price, level.quantity) for level in side) for side in (book.bids, book.asks))
    return " / ".join(" ".join(f"{quantity}@{text(price)}" for price, quantity in side) for side in sides)


async def test_a_quote_stands_on_both_sides_and_a_new_one_takes_its_place(desk: Desk) -> None:
    desk.play(f"""
        ALICE > S|117=Q1|55=ACME|{SIDES}
        ALICE < AI|117=Q1|537=1|55=ACME|1=ACC|297=0
    """)
    assert shown(desk) == "50@9.9 / 60@10.1"
    desk.play("""
        ALICE > S|117=Q2|55=ACME|133=10.05|135=70|1=ACC
        ALICE < AI|117=Q2|537=1|55=ACME|1=ACC|297=0
    """)
    assert shown(desk) == " / 70@10.05"


async def test_trades_of_a_quote_are_reported_under_its_name(desk: Desk) -> None:
    desk.play(f"""
        CAROL > S|117=Q1|55=ACME|{SIDES}
        CAROL < b|117=Q1|297=0
        ALICE > D|11=s|55=ACME|54=2|38=20|40=2|44=9.9|1=OTHER
        ALICE < 8|...
        ALICE < 8|...
        CAROL < 8|37=1|11=Q1|20=0|150=1|39=1|1=ACC|55=ACME|54=1|38=50|40=2|44=9.9|59=0|32=20|31=9.9|151=30|14=20|6=9.9
    """)


async def test_a_mass_quote_is_taken_entry_by_entry(desk: Desk) -> None:
    sets = (
        f"296=2|302=S1|304=2|295=2|299=1|55=ACME|{SIDES}|299=2|55=NONE|132=1|134=10"
        "|302=S2|304=1|295=1|299=1|55=FINE|132=0.9|133=1.1"
    )
    answer = "296=2|302=S1|304=2|295=2|299=1|55=ACME|299=2|55=NONE|368=1|302=S2|304=1|295=1|299=1|55=FINE"
    desk.play(f"""
        ALICE > i|117=Q1|293=10|294=20|{sets}
        ALICE < b|117=Q1|297=0|1=ACC|58=Symbol(55) NONE is not listed|{answer}
    """)
    assert (shown(desk), shown(desk, "FINE")) == ("50@9.9 / 60@10.1", "10@0.9 / 20@1.1")


async def test_a_mass_quote_of_the_newest_version_says_the_state_of_each_entry(desk: Desk) -> None:
    desk.play(f"""
        BOB > i|117=Q1|{MASS}
        BOB < b|117=Q1|297=0|1=ACC|296=1|302=S|304=1|295=1|299=1|55=ACME|1167=0
    """)


@pytest.mark.parametrize(
    ("request_", "answer", "left"),
    [
        ("117=Z1|298=4", "117=Z1|55=[N/A]|297=4|58=quotes withdrawn: 2", " / "),
        ("117=Z1|298=1|295=1|55=ACME", "117=Z1|55=ACME|297=1|58=quotes withdrawn: 1", " / "),
        ("117=Z1|298=1|295=1|55=FINE|1=ACC", "117=Z1|55=FINE|1=ACC|297=1|58=quotes withdrawn: 1", "50@9.9 / 60@10.1"),
        ("117=Q2|298=5", "117=Q2|55=[N/A]|297=4|58=quotes withdrawn: 1", "50@9.9 / 60@10.1"),
        ("298=4", "117=Z4|55=[N/A]|297=4|58=quotes withdrawn: 2", " / "),
    ],
)
async def test_quotes_are_withdrawn_by_scope(desk: Desk, request_: str, answer: str, left: str) -> None:
    desk.play(f"""
        BOB > S|117=Q1|55=ACME|{SIDES}
        BOB < AI|117=Q1...
        BOB > S|117=Q2|55=FINE|132=0.9|134=10
        BOB < AI|117=Q2...
        BOB > Z|{request_}
        BOB < AI|{answer}
    """)
    assert shown(desk) == left


async def test_several_symbols_are_withdrawn_one_by_one(desk: Desk) -> None:
    desk.play("""
        ALICE > Z|117=Z1|298=1|295=2|55=ACME|55=FINE
        ALICE < AI|117=Z1|55=ACME|297=1|58=quotes withdrawn: 0
        ALICE < AI|117=Z1|55=FINE|297=1|58=quotes withdrawn: 0
        CAROL > Z|117=Z1|298=4
        CAROL < b|117=Z1|297=4|58=quotes withdrawn: 0
    """)


async def test_a_mass_cancel_leaves_quotes_alone(desk: Desk) -> None:
    desk.play(f"""
        ALICE > S|117=Q1|55=ACME|{SIDES}
        ALICE < AI|117=Q1...
        ALICE > q|11=m|530=7
        ALICE < r|11=m|37=M...
        ALICE > AF|584=all|585=7
        ALICE < 8|37=NONE|150=I|39=8...
    """)
    assert shown(desk) == "50@9.9 / 60@10.1"


@pytest.mark.parametrize(
    ("quote", "reason", "text"),
    [
        ("S|117=Q|132=9|134=1", 2, "Symbol(55) is missing; a quote needs one"),
        ("S|117=Q|55=ACME|134=10", 0, "BidPx(132) is missing; BidSize(134) 10 needs one"),
        ("S|117=Q|55=ACME|132=9.999|134=10", 0, "BidPx(132) 9.999 has more than 2 digits behind the point"),
        ("S|117=Q|55=ACME|133=9|135=.5", 0, "OfferSize(135) .5 is not a whole number of shares of at most 18 digits"),
        ("S|117=Q|55=ACME|132=9|134=10|1=NO", 0, "Account(1) NO is not one this session trades for: ACC OTHER"),
        ("S|117=Q|55=ACME|132=9|134=10|537=0", 0, "QuoteType(537) 0 is not taken; 1 (tradeable) is"),
        (
            "S|117=Q|55=ACME|132=9|134=10|62=20240621-12:00:00",
            0,
            "ValidUntilTime(62) is not taken; a quote stands until it is replaced or withdrawn, and may trade in parts",
        ),
        ("i|117=Q|296=0", 0, "NoQuoteEntries(295) is 0; a mass quote has entries"),
        (f"S|117={'Q' * 65}|55=ACME|132=9|134=10", 0, "QuoteID(117) has 65 characters; at most 64 are kept"),
        ("Z|117=Q|298=1", 2, "Symbol(55) is missing; QuoteCancelType(298) 1 (for symbols) needs one at least"),
        ("Z|117=Q|298=2", 0, "QuoteCancelType(298) 2 is not taken; 1 (for symbols), 4 (all) and 5 (by QuoteID) are"),
        ("Z|117=Q|298=4|1=NO", 0, "Account(1) NO is not one this session trades for: ACC OTHER"),
    ],
)
async def test_what_cannot_be_read_is_rejected_with_its_field(desk: Desk, quote: str, reason: int, text: str) -> None:
    msg_type, name = quote[0], quote.partition("117=")[2].partition("|")[0][:64]
    desk.play(f"""
        ALICE > {quote}
        ALICE < j|45=2|372={msg_type}|379={name}|380={reason}|58={text}
    """)
    assert shown(desk) == " / "


async def test_what_breaks_a_rule_of_the_venue_is_answered_as_a_quote(desk: Desk) -> None:
    crossed = "BidPx(132) 10.1 is not below the offer 9.9"
    desk.play(f"""
        ALICE > S|117=Q|55=ACME|132=10.1|133=9.9|134=10|135=10
        ALICE < AI|117=Q|537=1|55=ACME|1=ACC|297=5|58={crossed}
        CAROL > S|117=Q|55=ACME|132=10.1|133=9.9|134=10|135=10
        CAROL < b|117=Q|297=5|300=7|58={crossed}
        ALICE > S|117=Q|55=ACME|132=9|134=15
        ALICE < AI|117=Q|537=1|55=ACME|1=ACC|297=5|58=BidSize(134) 15 is not a positive multiple of lot 10
    """)
