"""Quotes of market makers: one for each account and instrument, replaced whole, withdrawn when hit too fast."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import (
    BlockTrading,
    CancelOnDisconnect,
    CancelQuotes,
    Command,
    EnterQuotes,
    ListInstrument,
    MassCancel,
    OpenAccount,
    QuoteEntry,
)
from exchange.events import OrderCanceled, QuotesAnswered, QuotesCanceled
from exchange.orders import Side
from exchange.phases import Phase
from exchange.quotes import QUOTE_ENTRIES_MAX
from exchange.reasons import BlockScope, CancelReason
from exchange.reference.accounts import Account, MarketMakerProtection
from exchange.reference.instruments import SECOND
from exchange.rejections import RejectReason
from tests.exchange.market import ACME, Market, buy, cancel, replace, sell, units
from tests.exchange.trading_day.floor import Floor, open_day

FINE = msgspec.structs.replace(ACME, symbol="FINE")


def entry(bid: str = "", ask: str = "", *, symbol: str = "ACME", name: str = "1") -> QuoteEntry:
    """`entry("100@9.90", "100@10.10")`; a side without text is not quoted."""
    sides = []
    for side in (bid, ask):
        quantity, _, price = side.partition("@")
        sides += [units(price), int(quantity)] if side else [0, 0]
    return QuoteEntry(name, symbol, *sides)


def quote(quote_id: str, *entries: QuoteEntry, session: str = "S", account: str = "ALICE") -> EnterQuotes:
    return EnterQuotes(session, quote_id, account, entries)


def protected(executions: int = 0, quantity: int = 0, window: int = 10) -> OpenAccount:
    """ALICE with a protection of her quotes; each command of these tests takes a nanosecond."""
    return OpenAccount(Account("ALICE", "Alice", quote_protection=MarketMakerProtection(executions, quantity, window)))


@pytest.fixture
def market() -> Market:
    market = Market(ACME, Account("BOB", "Bob"))
    market.do(ListInstrument(FINE))
    return market


def test_a_quote_is_an_order_on_either_side(market: Market) -> None:
    assert market.do(quote("Q1", entry("100@9.90", "50@10.10"))) == [
        "quotes Q1: 1 taken",
        "accepted ~1 100@9.9",
        "bid 9.9: 100 in 1",
        "accepted ~2 50@10.1",
        "ask 10.1: 50 in 1",
    ]
    assert market.do(buy("B1", 20, "10.10"))[3] == "filled ~2 20, 20 done, 30 left"


def test_a_new_quote_takes_the_place_of_the_one_before(market: Market) -> None:
    market.do(quote("Q1", entry("100@9.90", "50@10.10")), sell("S1", 10, "9.90"))
    assert market.do(quote("Q2", entry("100@9.95", "50@10.10"))) == [
        "quotes Q2: 1 taken",
        "canceled ~1: 90 open, 10 done, quote replaced",
        "canceled ~2: 50 open, 0 done, quote replaced",
        "bid 9.9: gone",
        "ask 10.1: gone",
        "accepted ~4 100@9.95",
        "bid 9.95: 100 in 1",
        "accepted ~5 50@10.1",
        "ask 10.1: 50 in 1",
    ]


@pytest.mark.parametrize(
    ("second", "book"),
    [
        (entry("10@9.80"), {"bid 9.8": ["~3 10"]}),
        (entry("", "10@10.20"), {"ask 10.2": ["~3 10"]}),
        (entry(), {}),
    ],
    ids=["bid alone", "offer alone", "neither"],
)
def test_a_side_that_is_not_quoted_any_more_goes(
    market: Market, second: QuoteEntry, book: dict[str, list[str]]
) -> None:
    market.do(quote("Q1", entry("100@9.90", "50@10.10")))
    assert market.do(quote("Q2", second))[0] == "quotes Q2: 1 taken"
    assert market.book() == book


def test_each_account_has_its_own_quote_and_each_instrument(market: Market) -> None:
    market.do(quote("Q1", entry("10@9.90"), entry("10@9.90", symbol="FINE", name="2")))
    market.do(quote("Q1", entry("20@9.90"), account="BOB"))
    assert market.book() == {"bid 9.9": ["~1 10", "~3 20"]}
    market.do(quote("Q2", entry("30@9.80"), session="T"))
    assert market.book() == {"bid 9.9": ["~3 20"], "bid 9.8": ["~4 30"]}, "an account's, whatever session it came from"
    assert market.book("FINE") == {"bid 9.9": ["~2 10"]}


def test_a_mass_quote_is_answered_entry_by_entry_and_a_refused_one_leaves_what_was_there(market: Market) -> None:
    market.do(quote("Q1", entry("10@9.90", "10@10.10"), entry("10@9.90", symbol="FINE", name="2")))
    lines = market.do(quote("Q2", entry("10@9.80", "0@0.00"), entry("10@10.00", "10@10.00", symbol="FINE", name="2")))
    crossed = "CONFLICTING_INSTRUCTIONS: bid_price 10 is not below the offer 10"
    assert lines[0] == f"quotes Q2: 1 taken, 2 {crossed}"
    assert market.book() == {"bid 9.8": ["~4 10"]}
    assert market.book("FINE") == {"bid 9.9": ["~3 10"]}


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (quote("Q", entry("10@9.90", symbol="NONE")), "UNKNOWN_INSTRUMENT: symbol NONE is not listed"),
        (quote("Q", entry("10@9.90", "10@9.90", symbol="")), "UNKNOWN_INSTRUMENT: symbol (none) is not listed"),
        (quote("Q", entry("10@9.90"), account="CAROL"), "UNKNOWN_ACCOUNT: account CAROL is not open"),
        (quote("Q", entry(), account=""), "UNKNOWN_ACCOUNT: account (none) is not open"),
        (quote("Q", entry("-1@9.90")), "INVALID_QUANTITY: bid_quantity -1 is not a positive multiple of lot 1"),
        (quote("Q", entry("", "1@0.00")), "PRICE_OUT_OF_RANGE: ask_price 0 is not between 0.01 and 100"),
        (
            quote("Q", entry("10@9.90", "2000000@9.95")),
            "QUANTITY_TOO_LARGE: ask_quantity 2000000 is more than the most, 1000000",
        ),
        (
            quote("Q", entry("10@9.95", "10@9.90")),
            "CONFLICTING_INSTRUCTIONS: bid_price 9.95 is not below the offer 9.9",
        ),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused(market: Market, refused: Command, why: str) -> None:
    assert market.do(refused) == [f"quotes Q: 1 {why}"]
    assert market.book() == {}


def test_a_message_with_too_many_entries_is_refused_whole(market: Market) -> None:
    entries = [entry("1@9.00", name=str(number)) for number in range(QUOTE_ENTRIES_MAX + 1)]
    [event] = market.apply(quote("Q", *entries))
    assert isinstance(event, QuotesAnswered)
    assert {(result.reason, result.field, result.text) for result in event.results} == {
        (RejectReason.TOO_MANY_QUOTES, "entries", "1001 are more than the 1000 that one message may have")
    }
    [event, *_] = market.apply(quote("Q", *entries[1:]))
    assert isinstance(event, QuotesAnswered) and {result.reason for result in event.results} == {None}


def test_phases_and_blocks_refuse_quotes(market: Market) -> None:
    market.enter_phase(Phase.HALTED)
    halted = "PHASE_FORBIDS: symbol ACME is halted: no quote is taken"
    fine = entry("10@9.90", symbol="FINE", name="2")
    assert market.do(quote("Q", entry("10@9.90"), fine))[0] == f"quotes Q: 1 {halted}, 2 taken"
    market.do(BlockTrading(BlockScope.ACCOUNT, "ALICE", is_blocked=True, reason="limit breached"))
    blocked = "TRADING_BLOCKED: account ALICE is blocked by the venue: limit breached"
    assert market.do(quote("Q", fine)) == [f"quotes Q: 2 {blocked}"]


@pytest.mark.parametrize(
    ("request_", "quotes", "withdrawn"),
    [
        (CancelQuotes("S", "C"), 3, "~1 ~2 ~3 ~4"),
        (CancelQuotes("S", "C", "ACME"), 2, "~1 ~2 ~4"),
        (CancelQuotes("S", "C", "", "BOB"), 1, "~4"),
        (CancelQuotes("S", "C", "ACME", "ALICE"), 1, "~1 ~2"),
        (CancelQuotes("S", "C", "", "", "Q2"), 1, "~4"),
        (CancelQuotes("S", "C", "FINE", "BOB"), 0, ""),
        (CancelQuotes("S", "C", "NONE"), 0, ""),
        (CancelQuotes("T", "C"), 1, "~6"),
        (CancelQuotes("U", "C"), 0, ""),
    ],
)
def test_a_cancel_withdraws_the_session_s_quotes_within_its_scope(
    market: Market, request_: CancelQuotes, quotes: int, withdrawn: str
) -> None:
    market.do(quote("Q1", entry("10@9.90", "10@10.10"), entry("10@9.90", symbol="FINE", name="2")))
    market.do(quote("Q2", entry("10@9.80"), account="BOB"), buy("B1", 10, "9.00"))
    market.do(quote("Q3", entry("10@9.70", symbol="FINE"), session="T", account="BOB"))
    first, *others = market.do(request_)
    assert first == f"quotes canceled by C: {quotes}, quote canceled"
    assert [line.split(":")[0] for line in others if "canceled" in line] == [
        f"canceled {name}" for name in withdrawn.split()
    ]
    assert market.order("B1").is_open
    assert market.do(request_) == ["quotes canceled by C: 0, quote canceled"]


def test_mass_cancels_are_about_orders_and_leave_quotes(market: Market) -> None:
    market.do(quote("Q1", entry("10@9.90")), buy("B1", 10, "9.00"))
    assert market.do(MassCancel("S", "M"))[:2] == [
        "mass cancel M: 1 orders",
        "canceled B1 by M: 10 open, 0 done, mass cancel",
    ]
    assert market.book() == {"bid 9.9": ["~1 10"]}


def test_quotes_go_with_the_line_also_where_orders_stay(market: Market) -> None:
    market.do(quote("Q1", entry("10@9.90", "10@10.10")), buy("B1", 10, "9.00"))
    assert market.do(CancelOnDisconnect("S", is_everything=False)) == [
        "quotes canceled: 1, disconnected",
        "canceled ~1: 10 open, 0 done, disconnected",
        "canceled ~2: 10 open, 0 done, disconnected",
        "bid 9.9: gone",
        "ask 10.1: gone",
    ]
    assert market.do(CancelQuotes("S", "C")) == ["quotes canceled by C: 0, quote canceled"]
    assert market.do(quote("Q2", entry("10@9.90")))[1:] == ["accepted ~4 10@9.9", "bid 9.9: 10 in 1"]


def test_a_side_s_identifier_is_nobody_else_s(market: Market) -> None:
    market.do(buy("~2", 1, "9.00"))
    assert market.do(quote("Q1", entry("10@9.90")))[1] == "accepted ~2~ 10@9.9"
    assert market.do(buy("~2~", 1, "9.00")) == [
        "rejected ~2~ DUPLICATE_CLIENT_ORDER_ID: cl_ord_id ~2~ was used before in this session"
    ]


def test_a_side_may_be_canceled_and_replaced_like_any_order_and_stays_a_side(market: Market) -> None:
    market.do(
        quote("Q1", entry("10@9.90", "10@10.10")),
        cancel("C1", "~2", side=Side.SELL),
        replace("R1", "", 5, "9.80", side=Side.BUY, order_id=1),
    )
    assert market.book() == {"bid 9.8": ["R1 5"]}
    assert market.do(CancelQuotes("S", "C", quote_id="Q1"))[:2] == [
        "quotes canceled by C: 1, quote canceled",
        "canceled R1: 5 open, 0 done, quote canceled",
    ]


# Market makers' protection


def test_so_many_executions_withdraw_both_sides(market: Market) -> None:
    market.do(
        protected(executions=2), quote("Q1", entry("100@9.90", "100@10.10"), entry("10@9.90", symbol="FINE", name="2"))
    )
    market.do(buy("B1", 10, "10.10"))
    assert market.do(sell("S1", 10, "9.90")) == [
        "accepted S1 10@9.9",
        "traded 10@9.9",
        "filled S1 10, 10 done, 0 left",
        "filled ~1 10, 10 done, 90 left",
        "bid 9.9: 90 in 1",
        "quotes canceled: 1, quote protection",
        "canceled ~1: 90 open, 10 done, quote protection",
        "canceled ~2: 90 open, 10 done, quote protection",
        "bid 9.9: gone",
        "ask 10.1: gone",
    ]
    assert market.book("FINE") == {"bid 9.9": ["~3 10"]}


def test_what_is_told_of_a_protection_that_acted(market: Market) -> None:
    market.do(protected(executions=1), quote("Q1", entry("100@9.90")))
    told = [event for event in market.apply(sell("S1", 1, "9.90", session="T")) if isinstance(event, QuotesCanceled)]
    number = market.venue.last_event - 2
    assert told == [QuotesCanceled(number, market.at, "S", "", "ACME", "ALICE", "Q1", 1, CancelReason.QUOTE_PROTECTION)]


def test_the_aggressor_gets_what_was_there_before_the_quotes_go(market: Market) -> None:
    market.do(
        protected(quantity=50), quote("Q1", entry("", "40@10.10")), sell("S1", 5, "10.10"), sell("S2", 5, "10.20")
    )
    market.do(quote("Q2", entry("", "100@10.10")))
    lines = market.do(buy("B1", 105, "10.10"))
    assert [line for line in lines if "filled B1" in line] == [
        "filled B1 5, 5 done, 100 left",
        "filled B1 100, 105 done, 0 left",
    ]
    assert not [line for line in lines if "quotes canceled" in line], "nothing was left of the quote"


def test_so_many_shares_withdraw_it(market: Market) -> None:
    market.do(protected(quantity=50), quote("Q1", entry("100@9.90")))
    assert len(market.do(sell("S1", 49, "9.90"))) == 5
    assert market.do(sell("S2", 1, "9.90"))[5:] == [
        "quotes canceled: 1, quote protection",
        "canceled ~1: 50 open, 50 done, quote protection",
        "bid 9.9: gone",
    ]


def test_counting_begins_anew_after_it_acted(market: Market) -> None:
    market.do(protected(executions=2), quote("Q1", entry("100@9.90")), sell("S1", 1, "9.90"), sell("S2", 1, "9.90"))
    market.do(quote("Q2", entry("100@9.90")))
    assert len(market.do(sell("S3", 1, "9.90"))) == 5
    assert market.do(sell("S4", 1, "9.90"))[5] == "quotes canceled: 1, quote protection"


def test_counting_goes_on_over_a_new_quote(market: Market) -> None:
    market.do(protected(executions=2), quote("Q1", entry("100@9.90")), sell("S1", 1, "9.90"))
    market.do(quote("Q2", entry("100@9.90")))
    assert market.do(sell("S2", 1, "9.90"))[5] == "quotes canceled: 1, quote protection"


@pytest.mark.parametrize(("window", "acts"), [(3, False), (4, True), (0, False)])
def test_only_what_is_within_the_window_counts(market: Market, window: int, acts: bool) -> None:
    """The two executions are three nanoseconds apart."""
    market.do(protected(executions=2, window=window), quote("Q1", entry("100@9.90")), sell("S1", 1, "9.90"))
    market.do(buy("B1", 1, "9.00"), buy("B2", 1, "9.00"))
    lines = market.do(sell("S2", 1, "9.90"))
    assert any("quote protection" in line for line in lines) is acts


def test_a_quote_that_takes_is_withdrawn_by_its_own_executions_and_the_next_entry_goes_on(market: Market) -> None:
    market.do(protected(executions=1), sell("S1", 10, "9.90", account="BOB"))
    lines = market.do(quote("Q1", entry("30@9.90", "10@10.10"), entry("10@9.90", symbol="FINE", name="2")))
    assert lines[0] == "quotes Q1: 1 taken, 2 taken"
    assert market.book() == {}
    assert market.book("FINE") == {"bid 9.9": ["~4 10"]}


def test_an_account_without_protection_is_hit_as_often_as_there_is_something(market: Market) -> None:
    market.do(quote("Q1", entry("100@9.90")), *(sell(f"S{number}", 1, "9.90") for number in range(50)))
    assert market.book() == {"bid 9.9": ["~1 50"]}


def test_quotes_that_an_auction_hit_are_withdrawn_when_it_ends() -> None:
    floor = Floor(msgspec.structs.replace(ACME, market="X"))
    floor.do("09:00", open_day(), protected(executions=2, window=SECOND))
    floor.do("09:10", quote("Q1", entry("100@9.90", "100@10.10")), sell("S1", 10, "9.80"), sell("S2", 10, "9.80"))
    assert [line for line in floor.do("15:00") if "quote" in line] == [
        "09:30:00 quotes canceled: 1, quote protection",
        "09:30:00 canceled ~1: 80 open, 20 done, quote protection",
        "09:30:00 canceled ~2: 100 open, 0 done, quote protection",
    ]
    floor.do("16:01", quote("Q2", entry("100@9.90")), sell("S3", 10, "9.90"))
    assert [line for line in floor.do("16:01", sell("S4", 10, "9.90")) if "quote" in line] == [
        "16:01:00 quotes canceled: 1, quote protection",
        "16:01:00 canceled ~5: 80 open, 20 done, quote protection",
    ]


def test_quotes_and_hits_are_part_of_the_state(market: Market) -> None:
    other = Market(ACME, Account("BOB", "Bob"))
    other.do(ListInstrument(FINE))
    for one in (market, other):
        one.do(protected(executions=5), quote("Q1", entry("100@9.90")), sell("S1", 1, "9.90"))
    assert market.venue.state_hash() == other.venue.state_hash()


# Withdrawn by the venue


@pytest.mark.parametrize(
    ("command", "reason", "withdrawn"),
    [
        (CancelOnDisconnect("S", is_everything=False), CancelReason.DISCONNECTED, "ALICE ACME, ALICE FINE, BOB ACME"),
        (CancelOnDisconnect("T", is_everything=True), CancelReason.DISCONNECTED, ""),
        (
            BlockTrading(BlockScope.SESSION, "S", is_blocked=True),
            CancelReason.BLOCKED,
            "ALICE ACME, ALICE FINE, BOB ACME",
        ),
        (BlockTrading(BlockScope.ACCOUNT, "BOB", is_blocked=True), CancelReason.BLOCKED, "BOB ACME"),
    ],
)
def test_of_each_quote_that_goes_with_a_line_or_a_block_its_owner_hears_once(
    market: Market, command: Command, reason: CancelReason, withdrawn: str
) -> None:
    """BOB's bid is filled: his offer alone is the quote."""
    market.do(quote("Q1", entry("10@9.90", "10@10.10"), entry("10@9.90", symbol="FINE", name="2")))
    market.do(quote("Q2", entry("5@9.95", "5@10.20"), account="BOB"), sell("S1", 5, "9.95", session="T"))
    events = market.apply(command)
    told = [event for event in events if isinstance(event, QuotesCanceled)]
    assert ", ".join(f"{event.account} {event.symbol}" for event in told) == withdrawn
    assert {(event.session, event.request_id, event.quotes, event.reason) for event in told} <= {("S", "", 1, reason)}
    assert [event.quote_id for event in told] == ["Q2" if event.account == "BOB" else "Q1" for event in told]
    ended = [event for event in events if isinstance(event, OrderCanceled)]
    assert {f"{event.terms.account} {event.terms.symbol}" for event in ended} == {*withdrawn.split(", ")} - {""}
    left = 3 - len(told)
    assert market.do(CancelQuotes("S", "C"))[0] == f"quotes canceled by C: {left}, quote canceled"


def test_a_quote_that_is_gone_already_is_not_told_of_again(market: Market) -> None:
    market.do(quote("Q1", entry("10@9.90", "10@10.10")), CancelQuotes("S", "C"))
    assert market.do(CancelOnDisconnect("S", is_everything=True)) == []
