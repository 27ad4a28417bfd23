"""What open orders reserve, to the unit, and what they are refused for when it is not there."""

from __future__ import annotations

import pytest

from exchange.clearing.claim import Claim
from exchange.commands import (
    CancelOrder,
    EnterOrder,
    EnterQuotes,
    OpenAccount,
    QuoteEntry,
    RestateOrder,
)
from exchange.events import CommandRefused, OrderCanceled, QuotesAnswered
from exchange.orders import ShortSale, Side
from exchange.reasons import CancelReason, RestatementReason
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.instruments import Instrument, PriceBands
from exchange.reference.limits import RiskLimits, Shorting
from exchange.refusals import Refusal
from tests.exchange.clearing.accounts import Books, refusal_in
from tests.exchange.clearing.risk_floor import money
from tests.exchange.market import ACME, buy, cancel, replace, sell, units
from tests.exchange.wishes import OCO, OTO, OUO, asking, grouped, market_to_limit, stop

HIGHEST = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 2_000, 1_000_000)
BANDED = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 10_000, 1_000_000, bands=PriceBands(1_000))
BETA = Instrument("BETA", 2, 1, 1, "USD", 1000, 1, 10_000, 1_000_000)

LOCATED_ONLY = "may sell short only what it says where to borrow, and the order names no place"


def alice(cash: str = "", shares: int = 0, *instruments: Instrument, fees: FeeSchedule | None = None) -> Books:
    """Books in which ALICE is funded with so much."""
    books = Books(*instruments, fees=fees)
    books.fund("ALICE", shorting=Shorting.FORBIDDEN)
    if cash:
        books.transfer("ALICE", "USD", cash)
    if shares:
        books.transfer("ALICE", "ACME", str(shares))
    return books


def short(order: EnterOrder, locate: str = "") -> EnterOrder:
    asked = asking(order, short_sale=ShortSale.SHORT, locate=locate)
    assert isinstance(asked, EnterOrder)
    return asked


@pytest.mark.parametrize(
    ("fees", "reserved"),
    [
        (None, "available 900 reserved 100"),
        (FeeSchedule(taker_parts=1_000), "available 899.9 reserved 100.1"),
        (FeeSchedule(maker_per_share=500_000, minimum=7_000_000), "available 893 reserved 107"),
        (FeeSchedule(taker_parts=100_000, maximum=2_000_000), "available 898 reserved 102"),
        (FeeSchedule(maker_parts=-1_000), "available 900 reserved 100"),
    ],
)
def test_a_buy_reserves_its_limit_and_the_highest_fee(fees: FeeSchedule | None, reserved: str) -> None:
    books = alice("1000", fees=fees)
    books.enter(buy("B1", 10, "10.00"))
    assert books.of("ALICE") == reserved
    books.enter(cancel("C1", "B1"))
    assert books.of("ALICE") == "available 1000"


def test_what_a_fill_does_not_need_is_returned_with_it() -> None:
    books = alice("1000", fees=FeeSchedule(maker_parts=1_000, taker_parts=2_000))
    books.enter(sell("S1", 4, "9.00", account="BOB"), buy("B1", 10, "10.00"))
    # 4 at 9.00 are paid with a fee of 0.072; 6 at 10.00 stay reserved with 0.2 % of 60.
    assert books.of("ALICE") == "available 903.808 reserved 60.12 unsettled 36 fees 0.072"


def test_a_buy_that_costs_more_than_is_free_is_refused_with_the_figures() -> None:
    books = alice("100.09", fees=FeeSchedule(taker_parts=1_000))
    assert refusal_in(books.enter(buy("B1", 10, "10.00"))) == (
        "INSUFFICIENT_FUNDS: quantity 10 at 10 needs 100.1 USD with fees, and ALICE has 100.09 free"
    )
    books.transfer("ALICE", "USD", "0.01")
    books.enter(buy("B2", 10, "10.00"))
    assert books.of("ALICE") == "reserved 100.1"


def test_credit_is_spent_like_money() -> None:
    books = alice("60")
    books.fund("ALICE", credit_limit=40_000_000)
    books.enter(buy("B1", 10, "10.00"))
    assert books.of("ALICE") == "available -40 reserved 100"
    assert refusal_in(books.enter(buy("B2", 1, "0.01"))).startswith("INSUFFICIENT_FUNDS: quantity 1 at 0.01 needs 0.01")


@pytest.mark.parametrize(
    ("instrument", "reserved"), [(HIGHEST, "available 900 reserved 100"), (BANDED, "available 945 reserved 55")]
)
def test_a_buy_without_a_limit_reserves_the_upper_band_or_the_highest_price(
    instrument: Instrument, reserved: str
) -> None:
    books = alice("1000", 0, instrument)
    books.enter(stop(buy("B1", 5), "10.50"))
    assert books.of("ALICE") == reserved


def test_a_market_buy_goes_no_further_than_the_money() -> None:
    books = alice("100")
    books.enter(sell("S1", 4, "9.00", account="BOB"), sell("S2", 9, "10.50", account="BOB"), buy("B1", 10))
    assert books.position("ALICE") == "4 for 36, realised 0", (
        "at 10.50 the other 6 would cost 63 of 64, but 10 cost 105"
    )
    assert books.of("ALICE") == "available 64 unsettled 36"


def test_a_market_buy_below_the_best_offer_is_refused() -> None:
    books = alice("89.99")
    books.enter(sell("S1", 20, "9.00", account="BOB"))
    assert refusal_in(books.enter(buy("B1", 10))) == (
        "INSUFFICIENT_FUNDS: quantity 10 at 9 needs 90 USD with fees, and ALICE has 89.99 free"
    )
    books.transfer("ALICE", "USD", "0.01")
    books.enter(buy("B2", 10))
    assert books.of("ALICE") == "unsettled 90"


def test_a_stop_without_any_offer_needs_money_for_the_lowest_price() -> None:
    books = alice("0.09", 0, HIGHEST)
    assert refusal_in(books.enter(stop(buy("B1", 10), "10.50"))) == (
        "INSUFFICIENT_FUNDS: quantity 10 at 0.01 needs 0.1 USD with fees, and ALICE has 0.09 free"
    )


def test_what_a_market_order_has_become_reserves_its_limit() -> None:
    books = alice("1000", 0, HIGHEST)
    books.enter(sell("S1", 4, "9.00", account="BOB"), market_to_limit(buy("B1", 10)))
    assert books.of("ALICE") == "available 910 reserved 54 unsettled 36", "6 at 9.00 wait"


def test_a_sale_reserves_shares_and_sells_no_more() -> None:
    books = alice("", 10)
    books.enter(sell("S1", 7, "10.00"))
    assert books.of("ALICE", "ACME") == "available 3 reserved 7"
    assert refusal_in(books.enter(sell("S2", 4, "10.00"))) == (
        "INSUFFICIENT_SHARES: quantity 4 is more than the 3 ACME that ALICE has free; 7 are in open orders"
    )
    books.enter(buy("B1", 5, "10.00", account="BOB"))
    assert books.of("ALICE", "ACME") == "available 3 reserved 2 unsettled 5"
    books.enter(cancel("C1", "S1"))
    assert books.of("ALICE", "ACME") == "available 5 unsettled 5"


@pytest.mark.parametrize(
    ("shorting", "locate", "text"),
    [
        (Shorting.FORBIDDEN, "PRIME",
         "SHORT_SALE_FORBIDDEN: account ALICE may not sell short; it has 0 ACME free of the 10 to be sold"),
        (Shorting.LOCATED, "",
         f"SHORT_SALE_FORBIDDEN: account ALICE {LOCATED_ONLY}"),
        (Shorting.ALLOWED, "", "INSUFFICIENT_FUNDS: quantity 10 at 10 needs 50 USD as margin, and ALICE has 0 free"),
    ],
)  # fmt: skip
def test_short_sales_that_may_not_be(shorting: Shorting, locate: str, text: str) -> None:
    books = Books()
    books.fund("ALICE", shorting=shorting)
    assert refusal_in(books.enter(short(sell("S1", 10, "10.00"), locate))) == text


def test_a_short_sale_keeps_margin_and_proceeds_until_it_is_bought_back() -> None:
    books = Books(fees=FeeSchedule(maker_per_share=100_000))
    books.fund("ALICE", shorting=Shorting.LOCATED)
    books.transfer("ALICE", "USD", "60")
    books.enter(short(sell("S1", 10, "10.00"), "PRIME"))
    assert books.of("ALICE") == "available 10 reserved 50"
    books.enter(buy("B1", 10, "10.00", account="BOB"))
    # The fee of 1 goes from what the sale brings: 99 and the margin are kept.
    assert books.of("ALICE") == "available 10 unsettled -100 collateral 149 fees 1"
    assert books.of("ALICE", "ACME") == "unsettled 10 short -10"
    books.enter(sell("S2", 4, "8.00", account="BOB"), buy("B2", 4, "8.00"))
    assert books.of("ALICE") == "available 37.6 unsettled -68 collateral 89.4 fees 1"
    assert books.position("ALICE") == "-6 for -60, realised 8"


def test_a_long_sale_may_go_short_where_the_limits_say_so() -> None:
    books = Books()
    books.fund("ALICE", long_sell_may_short=True)
    books.transfer("ALICE", "USD", "30")
    books.transfer("ALICE", "ACME", "4")
    books.enter(sell("S1", 10, "10.00"))
    assert (books.of("ALICE"), books.of("ALICE", "ACME")) == ("reserved 30", "reserved 4")
    books.enter(buy("B1", 5, "10.00", account="BOB"))
    assert books.of("ALICE", "ACME") == "unsettled 5 short -1"
    assert books.of("ALICE") == "available 40 reserved 25 unsettled -50 collateral 15"


def test_orders_that_take_each_others_place_claim_together_what_the_largest_needs() -> None:
    books = alice("1000", 10)
    books.enter(grouped(sell("S1", 10, "12.00"), "exit", OCO), grouped(stop(sell("S2", 10), "8.00"), "exit", OCO))
    assert books.of("ALICE", "ACME") == "reserved 10"
    books.enter(grouped(buy("B1", 10, "9.00"), "in", OUO), grouped(buy("B2", 20, "8.00"), "in", OUO))
    assert books.of("ALICE") == "available 840 reserved 160"
    books.enter(sell("S3", 5, "9.00", account="BOB"))
    assert books.of("ALICE") == "available 835 reserved 120 unsettled 45", "15 at 8.00 are left, and 5 at 9.00"
    books.enter(cancel("C1", "B2"))
    assert books.of("ALICE") == "available 910 reserved 45 unsettled 45"
    books.enter(buy("B9", 1, "12.00", account="BOB"))
    assert books.of("ALICE", "ACME") == "available 5 reserved 9 unsettled -4", "5 were bought, and 1 sold"


def test_a_group_over_instruments_claims_in_each() -> None:
    books = alice("", 10, ACME, BETA)
    books.transfer("ALICE", "BETA", "10")
    books.enter(
        grouped(sell("S1", 10, "12.00"), "exit", OCO), grouped(sell("S2", 10, "12.00", symbol="BETA"), "exit", OCO)
    )
    assert (books.of("ALICE", "ACME"), books.of("ALICE", "BETA")) == ("reserved 10", "reserved 10")
    books.enter(buy("B1", 10, "12.00", account="BOB", symbol="BETA"))
    assert (books.of("ALICE", "ACME"), books.of("ALICE", "BETA")) == ("available 10", "unsettled 10")


def test_an_order_that_waits_for_another_claims_when_it_goes_in() -> None:
    books = alice("100")
    books.enter(grouped(buy("B1", 10, "10.00"), "bracket", OTO), grouped(sell("S1", 10, "11.00"), "bracket", OCO))
    assert (books.of("ALICE"), books.of("ALICE", "ACME")) == ("reserved 100", "")
    books.enter(sell("S9", 10, "10.00", account="BOB"))
    assert (books.of("ALICE"), books.of("ALICE", "ACME")) == ("unsettled 100", "reserved 10 unsettled -10")


def test_one_that_has_lost_its_money_by_then_ends() -> None:
    books = alice("100")
    books.enter(grouped(buy("B1", 10, "9.00"), "twice", OTO), grouped(buy("B2", 10, "8.00"), "twice", OCO))
    events = books.enter(sell("S9", 10, "9.00", account="BOB"))
    [ended] = [event for event in events if isinstance(event, OrderCanceled)]
    assert (ended.terms.cl_ord_id, ended.reason) == ("B2", CancelReason.NOT_FUNDED)
    assert books.of("ALICE") == "available 10 unsettled 90"


def test_limits_lifted_while_an_order_waits_let_it_in() -> None:
    books = alice("100")
    books.enter(grouped(buy("B1", 10, "9.00"), "twice", OTO), grouped(buy("B2", 10, "8.00"), "twice", OCO))
    books.limit("ALICE", None)
    assert books.of("ALICE") == "available 100", "nothing is reserved any more"
    books.enter(sell("S9", 10, "9.00", account="BOB"))
    assert books.order("B2").is_open


def test_limits_that_come_reserve_what_open_orders_need_even_in_excess() -> None:
    books = Books()
    books.transfer("ALICE", "USD", "60")
    books.enter(buy("B1", 10, "10.00"))
    assert books.of("ALICE") == "available 60"
    books.fund("ALICE")
    assert books.of("ALICE") == "available -40 reserved 100"
    assert refusal_in(books.enter(buy("B2", 1, "1.00"))).endswith("needs 1 USD with fees, and ALICE has -40 free")


def test_an_account_that_is_cleared_from_now_on_reserves_what_its_orders_need() -> None:
    books = Books()
    books.transfer("ALICE", "USD", "60")
    books.fund("ALICE")
    books.apply(OpenAccount(Account("ALICE", "Cleared elsewhere")))
    books.enter(buy("B1", 5, "10.00"))
    assert books.of("ALICE") == "available 60"
    books.apply(OpenAccount(Account("ALICE", "Cleared here", is_cleared=True)))
    assert books.of("ALICE") == "available 10 reserved 50"
    books.apply(OpenAccount(Account("ALICE", "Cleared elsewhere")))
    assert books.of("ALICE") == "available 60"


def test_a_replace_claims_the_difference_or_is_refused() -> None:
    books = alice("100")
    books.enter(buy("B1", 5, "10.00"), replace("R1", "B1", 9, "11.00"))
    assert books.of("ALICE") == "available 1 reserved 99"
    events = books.enter(replace("R2", "R1", 10, "11.00", side=Side.BUY))
    assert [getattr(event, "text", "") for event in events] == [
        "10 at 11 needs 110 USD with fees, and ALICE has 100 free"
    ]
    books.enter(replace("R3", "R1", 2, "11.00", side=Side.BUY))
    assert books.of("ALICE") == "available 78 reserved 22"


def test_an_operators_restatement_needs_its_money_too() -> None:
    books = alice("100")
    books.enter(buy("B1", 5, "10.00"))
    [refused] = books.apply(RestateOrder(1, 11, 1000, RestatementReason.VENUE))
    assert isinstance(refused, CommandRefused)
    assert refused.text == "11 at 10 needs 110 USD with fees, and ALICE has 100 free"
    books.apply(RestateOrder(1, 10, 1000, RestatementReason.VENUE))
    assert books.of("ALICE") == "reserved 100"
    [refused] = books.apply(RestateOrder(1, 10**17, 1000, RestatementReason.VENUE))
    assert isinstance(refused, CommandRefused)
    assert refused.text.endswith("the ledger takes orders of 100000000000")


def test_orders_beyond_what_the_ledger_keeps_are_refused() -> None:
    books = Books(Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 10**9, 10**12))
    assert refusal_in(books.enter(buy("B0", 10**7, "10000.01"))) == (
        "NOTIONAL_TOO_LARGE: quantity 10000000 would cost up to 100000100000; the ledger takes orders of 100000000000"
    )
    for number in range(1, 12):
        books.enter(sell(f"S{number}", 10**7, "10000.00"), buy(f"B{number}", 10**7, "10000.00", account="BOB"))
    assert refusal_in(books.enter(buy("B99", 1, "1.00", account="BOB"))) == (
        "BALANCE_LIMIT: account BOB has -1100000000000 USD: beyond 1000000000000 the ledger takes no further order"
    )
    events = books.enter(sell("S98", 1, "10.00", account="CAROL"), replace("R1", "S98", 10**12, "10000.00"))
    assert getattr(events[0], "text", "").startswith("1000000000000 would cost up to")


def quotes(*entries: QuoteEntry) -> EnterQuotes:
    return EnterQuotes("M", "Q1", "ALICE", entries)


def entry(symbol: str, bid: str, bid_quantity: int, ask: str, ask_quantity: int) -> QuoteEntry:
    return QuoteEntry(symbol, symbol, units(bid), bid_quantity, units(ask), ask_quantity)


def test_all_sides_of_a_quote_message_are_paid_for_together() -> None:
    books = alice("100", 0, ACME, BETA)
    [answered, *_] = books.enter(quotes(entry("ACME", "9.00", 8, "11.00", 0), entry("BETA", "9.00", 8, "11.00", 0)))
    assert isinstance(answered, QuotesAnswered)
    assert [(one.symbol, one.field, one.text) for one in answered.results] == [
        ("ACME", "", ""),
        ("BETA", "bid_quantity", "8 at 9 needs 72 USD with fees, and ALICE has 28 free"),
    ]
    assert books.of("ALICE") == "available 28 reserved 72"
    [answered, *_] = books.enter(quotes(entry("ACME", "10.00", 10, "11.00", 0)))
    assert isinstance(answered, QuotesAnswered) and answered.results[0].reason is None, "the old one makes room"
    assert books.of("ALICE") == "reserved 100"


def test_a_side_that_loses_its_money_meanwhile_ends() -> None:
    books = alice("100", 1, ACME, BETA)
    books.transfer("ALICE", "ACME", "9")
    books.enter(grouped(buy("B1", 10, "1.00"), "later", OTO), grouped(buy("B2", 10, "8.00"), "later", OCO))
    # The offer of the first quote meets the order that another one waits for; that one claims 80 of 100.
    events = books.enter(quotes(entry("ACME", "8.00", 0, "1.00", 10), entry("BETA", "9.00", 8, "11.00", 0)))
    assert isinstance(events[0], QuotesAnswered) and not any(one.reason for one in events[0].results)
    [ended] = [event for event in events if isinstance(event, OrderCanceled)]
    assert (ended.terms.symbol, ended.canceled, ended.reason) == ("BETA", 8, CancelReason.NOT_FUNDED)
    assert books.of("ALICE") == "available 20 reserved 80"


def test_the_venues_own_order_goes_in_all_the_same() -> None:
    books = alice("1", fees=FeeSchedule(taker_per_share=1_000_000))
    books.enter(sell("S1", 5, "10.00", account="BOB"))
    requests = books.venue._requests
    order = requests.accept(buy("~1", 5, "10.00"))
    assert order.cumulative == 5
    assert books.of("ALICE") == "available -54 unsettled 50 fees 5"


def test_working_orders_of_accounts_with_limits_are_counted() -> None:
    books = Books()
    books.limit("ALICE", RiskLimits(position_limit=1_000))
    books.enter(buy("B1", 10, "10.00"), sell("S1", 7, "11.00"), buy("B9", 3, "10.00", account="BOB"))
    claims = books.venue.clearing.claims
    assert (claims.working("ALICE", "ACME"), claims.working("BOB", "ACME")) == ((10, 7), (0, 0))
    books.enter(CancelOrder("S", "C1", "B1", "ACME", Side.BUY))
    assert claims.working("ALICE", "ACME") == (0, 7)


@pytest.mark.parametrize(("claimed", "needed"), [("0", None), ("0.01", "100 USD"), ("50", "100 USD")])
def test_what_others_will_need_first_is_not_there_for_an_order(claimed: str, needed: str | None) -> None:
    planned = alice("100").venue.clearing.claims.plan(buy("B1", 10, "10.00"), claimed=money(claimed))
    if needed is None:
        assert isinstance(planned, Claim)
    else:
        assert isinstance(planned, Refusal)
        assert needed in planned.text
