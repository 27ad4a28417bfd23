"""A corporate action that would leave more behind than the ledger keeps is not done, and changes nothing."""

from __future__ import annotations

import pytest

from exchange.commands import AnnounceCorporateAction
from exchange.reference.clearing_rules import ActionKind, CorporateAction
from tests.exchange.clearing.accounts import Books, refusal_in

MONDAY, TUESDAY = 20240101, 20240102
HELD = 10**14


@pytest.mark.parametrize(
    ("action", "most"),
    [
        (CorporateAction("A1", ActionKind.SPLIT, "ACME", MONDAY, 10_000, 1), 10**14),
        (CorporateAction("A1", ActionKind.CASH_DIVIDEND, "ACME", MONDAY, amount=1_000_000), 10**12),
    ],
)
def test_an_action_that_the_ledger_has_no_room_for_is_not_done(action: CorporateAction, most: int) -> None:
    books = Books()
    books.open_day(MONDAY, TUESDAY)
    for account in ("ALICE", "BOB"):
        books.transfer(account, "ACME", str(HELD))
    assert refusal_in(books.apply(AnnounceCorporateAction(action))) == (
        f"BALANCE_LIMIT: symbol A1 is not done: accounts have {2 * HELD} ACME, and it can be done for {most}"
    )
    assert (books.of("ALICE", "ACME"), books.of("ALICE")) == (f"available {HELD}", "")
    assert not books.venue.corporate_actions.announced
