"""What a corporate action leaves alone: other instruments, and all of it where the ledger has no room."""

from __future__ import annotations

import msgspec
import pytest

from exchange.clearing_events import Posted
from exchange.commands import AnnounceCorporateAction
from exchange.reference.clearing_rules import ActionKind, CorporateAction
from tests.exchange.clearing.accounts import Books, refusal_in
from tests.exchange.market import ACME

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


ACTIONS = [
    CorporateAction("A1", ActionKind.SPLIT, "ACME", MONDAY, 2, 1),
    CorporateAction("A1", ActionKind.CASH_DIVIDEND, "ACME", MONDAY, amount=1_000_000),
    CorporateAction("A1", ActionKind.SYMBOL_CHANGE, "ACME", MONDAY, new_symbol="NEW"),
]


@pytest.mark.parametrize("action", ACTIONS)
def test_what_accounts_have_of_another_instrument_is_left_alone(action: CorporateAction) -> None:
    books = Books(ACME, msgspec.structs.replace(ACME, symbol="OTHER"))
    books.open_day(MONDAY, TUESDAY)
    for symbol in ("ACME", "OTHER"):
        books.transfer("ALICE", symbol, "10", cost="100")
    books.apply(AnnounceCorporateAction(action))
    assert (books.of("ALICE", "OTHER"), books.position("ALICE", "OTHER")) == ("available 10", "10 for 100, realised 0")
    assert books.of("ALICE") == ("available 10" if action.kind is ActionKind.CASH_DIVIDEND else "")


@pytest.mark.parametrize("action", ACTIONS)
def test_nothing_is_posted_where_nobody_has_any(action: CorporateAction) -> None:
    books = Books()
    books.open_day(MONDAY, TUESDAY)
    assert not [event for event in books.apply(AnnounceCorporateAction(action)) if isinstance(event, Posted)]
