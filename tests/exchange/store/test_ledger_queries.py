from __future__ import annotations

from collections.abc import Sequence

import pytest

from exchange.clearing_events import (
    CorporateActionAnnounced,
    CorporateActionDone,
    ObligationSettled,
    Posted,
    SettlementDayOpened,
    SettlementFailed,
)
from exchange.events import Event
from exchange.postings import HOUSE, Bucket, Posting, PostingCause
from exchange.reference.clearing_rules import ActionKind, CorporateAction
from exchange.store.database import Database
from exchange.store.ledger_queries import (
    PostingPlace,
    corporate_actions_page,
    fees,
    postings_page,
    settlement_dates,
    settlements_page,
    statement,
)
from exchange.store.projection import Projection
from exchange.store.records import ActionRecord, DayBalance, FeesOfDay, PostingRecord

MONDAY, TUESDAY, WEDNESDAY = 20240617, 20240618, 20240619


async def applied(database: Database, events: Sequence[Event]) -> None:
    await Projection(database).apply(events)


def posted(number: int, date: int, *lines: tuple[str, str, Bucket, int]) -> Posted:
    return Posted(
        number, number * 10, date, PostingCause.DEPOSIT, f"d{number}", tuple(Posting(*line) for line in lines), "cash"
    )


def paid_in(number: int, date: int, amount: int, account: str = "A1") -> Posted:
    available = Bucket.AVAILABLE
    return posted(number, date, (account, "USD", available, amount), (HOUSE, "USD", available, -amount))


def fee(number: int, date: int, amount: int, currency: str = "USD") -> Posted:
    return posted(number, date, ("A1", currency, Bucket.AVAILABLE, -amount), ("A1", currency, Bucket.FEES, amount))


async def test_a_statement_has_what_stood_before_the_lines_and_what_stands_after(database: Database) -> None:
    reserved = posted(3, TUESDAY, ("A1", "USD", Bucket.AVAILABLE, -30), ("A1", "USD", Bucket.RESERVED, 30))
    await applied(database, [paid_in(1, MONDAY, 100), paid_in(2, TUESDAY, 50), reserved, paid_in(4, TUESDAY, 9, "B2")])
    await Projection(database).apply([fee(5, WEDNESDAY, 2)])
    monday, tuesday, wednesday = [await statement(database, "A1", day) for day in (MONDAY, TUESDAY, WEDNESDAY)]
    assert monday.balances == (DayBalance("USD", "AVAILABLE", 0, 100),)
    assert tuesday.balances == (DayBalance("USD", "AVAILABLE", 100, 120), DayBalance("USD", "RESERVED", 0, 30))
    assert wednesday.balances == (
        DayBalance("USD", "AVAILABLE", 120, 118),
        DayBalance("USD", "FEES", 0, 2),
        DayBalance("USD", "RESERVED", 30, 30),
    )
    assert [(line.event, line.line, line.amount) for line in tuesday.lines] == [(3, 1, 30), (3, 0, -30), (2, 0, 50)]
    assert tuesday.lines[-1] == PostingRecord(2, 0, "A1", "USD", "AVAILABLE", 50, "deposit", "d2", "cash", TUESDAY, 20)


async def test_a_day_without_postings_ends_as_it_began(database: Database) -> None:
    await applied(database, [paid_in(1, MONDAY, 100), paid_in(2, WEDNESDAY, 50)])
    assert (await statement(database, "A1", TUESDAY)).balances == (DayBalance("USD", "AVAILABLE", 100, 100),)
    assert (await statement(database, "A1", TUESDAY)).lines == ()
    assert (await statement(database, "A1", 20200101)).balances == ()
    assert (await statement(database, "nobody", MONDAY)).balances == ()


async def test_a_posting_of_an_earlier_day_moves_the_days_behind_it(database: Database) -> None:
    await applied(database, [paid_in(1, MONDAY, 100), paid_in(2, WEDNESDAY, 50)])
    await Projection(database).apply([paid_in(3, TUESDAY, 7)])
    days = [(await statement(database, "A1", day)).balances[0] for day in (MONDAY, TUESDAY, WEDNESDAY)]
    assert [(day.opening, day.closing) for day in days] == [(0, 100), (100, 107), (107, 157)]


async def test_postings_page_by_page(database: Database) -> None:
    events = [fee(number, MONDAY if number < 5 else TUESDAY, number) for number in range(1, 9)]
    await applied(database, events)
    everything = await postings_page(database, "A1")
    assert [(line.event, line.line) for line in everything] == [(n, at) for n in range(8, 0, -1) for at in (1, 0)]
    for date, expected in ((None, everything), (MONDAY, everything[8:])):
        found: list[PostingRecord] = []
        before = None
        while page := await postings_page(database, "A1", date, before, limit=3):
            found += page
            before = PostingPlace(page[-1].event, page[-1].line)
        assert found == expected


async def test_fees_by_day_and_currency(database: Database) -> None:
    await applied(database, [fee(1, MONDAY, 5), fee(2, MONDAY, 6), fee(3, TUESDAY, -4), fee(4, WEDNESDAY, 1, "EUR")])
    everything = [
        FeesOfDay(MONDAY, "USD", 11, 11), FeesOfDay(TUESDAY, "USD", -4, 7), FeesOfDay(WEDNESDAY, "EUR", 1, 1)
    ]  # fmt: skip
    assert await fees(database, "A1", MONDAY, WEDNESDAY) == everything
    assert await fees(database, "A1", TUESDAY, TUESDAY) == everything[1:2]
    assert await fees(database, "B2", MONDAY, WEDNESDAY) == []


async def test_settlements_say_what_moved_and_what_is_due_still(database: Database) -> None:
    await applied(
        database,
        [
            ObligationSettled(1, 10, TUESDAY, "A1", "ACME", MONDAY, 10, -100, 0, 0, ()),
            ObligationSettled(2, 10, TUESDAY, "B2", "ACME", MONDAY, -10, 100, -5, 50, ()),
            SettlementFailed(3, 10, TUESDAY, "A1", "MSFT", MONDAY, -7, 70, 2, "7 needed, 0 there"),
        ],
    )
    found = await settlements_page(database, ["A1", "B2"])
    assert [(row.event, row.account, row.state, row.shares, row.left_shares) for row in found] == [
        (3, "A1", "FAILED", -7, -7),
        (2, "B2", "PARTIAL", -10, -5),
        (1, "A1", "SETTLED", 10, 0),
    ]
    assert (found[0].attempts, found[0].text, found[0].left_cash) == (2, "7 needed, 0 there", 70)
    assert [row.event for row in await settlements_page(database, ["A1"], before=3)] == [1]


async def test_corporate_actions_are_announced_and_done(database: Database) -> None:
    split = CorporateAction("s1", ActionKind.SPLIT, "ACME", TUESDAY, 2, 1)
    dividend = CorporateAction("d1", ActionKind.CASH_DIVIDEND, "MSFT", WEDNESDAY, amount=500_000)
    await applied(
        database,
        [
            CorporateActionAnnounced(1, 10, split),
            CorporateActionAnnounced(2, 20, dividend),
            CorporateActionDone(3, 30, split),
        ],
    )
    done = ActionRecord("s1", "split", "ACME", TUESDAY, 2, 1, 0, "", "DONE", 3, 30)
    announced = ActionRecord("d1", "cash dividend", "MSFT", WEDNESDAY, 0, 0, 500_000, "", "ANNOUNCED", 2, 20)
    assert await corporate_actions_page(database) == [announced, done]
    assert await corporate_actions_page(database, before="d1") == [done]
    assert await corporate_actions_page(database, "ACME") == [done]


async def test_business_days_of_a_market(database: Database) -> None:
    await applied(
        database,
        [
            SettlementDayOpened(1, 10, "US", MONDAY),
            SettlementDayOpened(2, 20, "", MONDAY),
            SettlementDayOpened(3, 30, "US", TUESDAY),
        ],
    )
    assert await settlement_dates(database, "US") == [TUESDAY, MONDAY]
    assert await settlement_dates(database, "US", limit=1) == [TUESDAY]
    assert await settlement_dates(database, "") == [MONDAY]


async def test_the_lines_of_all_accounts_add_up_to_nothing(database: Database) -> None:
    await applied(database, [paid_in(1, MONDAY, 10**17), paid_in(2, MONDAY, 3, "B2"), fee(3, MONDAY, 5)])
    lines = [line for account in ("A1", "B2", HOUSE) for line in await postings_page(database, account)]
    assert sum(line.amount for line in lines) == 0 and len(lines) == 6


@pytest.mark.parametrize("house", [HOUSE, "~CLEARING"])
async def test_the_houses_own_accounts_have_lines_and_no_balances(database: Database, house: str) -> None:
    many = [
        posted(number, MONDAY, ("A1", "USD", Bucket.AVAILABLE, 10**10), (house, "USD", Bucket.AVAILABLE, -(10**17)))
        for number in range(1, 120)
    ]
    await applied(database, many)
    assert (await statement(database, house, MONDAY)).balances == ()
    assert len(await postings_page(database, house)) == 100
