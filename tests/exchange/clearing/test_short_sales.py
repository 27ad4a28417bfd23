"""The price test for short sales: what restricts an instrument, what goes in then, and when it is over."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import EnterOrder, ListInstrument
from exchange.orders import Peg
from exchange.phases import Phase
from tests.exchange.clearing.risk_floor import EXEMPT, SHORT, Floor
from tests.exchange.market import ACME, buy, replace, sell
from tests.exchange.wishes import asking, pegged, stop

TESTED = msgspec.structs.replace(ACME, short_restriction_basis_points=1_000)
"""The reference price is 10.00: a trade at 9.00 restricts."""


def short(order: EnterOrder) -> EnterOrder:
    """A short sale."""
    return asking(order, short_sale=SHORT)


@pytest.fixture
def floor() -> Floor:
    """Restricted since the last trade, at 9.00; the best bid is 9.10, the best offer 9.30."""
    floor = Floor(TESTED)
    assert floor.trade("9.01") == []
    assert floor.trade("9.00") == ["short sales of ACME restricted"]
    assert floor.trade("8.99") == []
    floor.do(buy("B1", 100, "9.10", account="BOB"), sell("S1", 100, "9.30", account="BOB"))
    return floor


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (short(sell("S2", 1, "9.11")), ""),
        (short(sell("S2", 1, "9.10")), "price 9.1 does not do: {}, and the best bid is 9.1"),
        (
            short(sell("S2", 1)),
            "price of a market order without a limit does not do: {}, and the best bid is 9.1",
        ),
        (
            short(pegged(sell("S2", 1), Peg.MARKET)),
            "price of a pegged order without a limit does not do: {}, and the best bid is 9.1",
        ),
        (short(pegged(sell("S2", 1, "9.11"), Peg.PRIMARY)), ""),
        (
            short(stop(sell("S2", 1), "8.00")),
            "price of a stop order without a limit does not do: {}, and the best bid is 9.1",
        ),
        (short(stop(sell("S2", 1, "9.20"), "8.00")), ""),
        (sell("S2", 1, "9.10"), ""),
        (sell("S2", 1), ""),
        (asking(sell("S2", 1), short_sale=EXEMPT), ""),
    ],
)
def test_short_sales_need_a_limit_above_the_best_bid(floor: Floor, order: EnterOrder, why: str) -> None:
    assert floor.venue.risk.short_sales.is_restricted("ACME")
    rule = "after its fall ACME is sold short above the best bid only"
    answer = floor.do(order)[0]
    if why:
        assert answer == f"rejected S2 SHORT_SALE_RESTRICTED: {why.format(rule)}"
    else:
        assert answer.startswith("accepted S2")


def test_without_a_bid_any_limit_does_and_no_market_order() -> None:
    floor = Floor(TESTED)
    floor.trade("9.00")
    assert floor.do(short(sell("S2", 1)))[0].endswith("and there is no bid now")
    assert floor.do(short(sell("S3", 1, "0.01")))[0] == "accepted S3 1@0.01"


def test_auctions_take_every_short_sale(floor: Floor) -> None:
    floor.enter_phase(Phase.INTRADAY_AUCTION)
    assert floor.do(short(sell("S2", 1, "5.00")))[0] == "accepted S2 1@5"


def test_a_replace_needs_a_price_above_the_bid_where_it_states_another(floor: Floor) -> None:
    floor.do(short(sell("S2", 10, "9.20")))
    why = "price 9.1 does not do: after its fall ACME is sold short above the best bid only, and the best bid is 9.1"
    refused = f"refused replace S3 of S2 (NEW) SHORT_SALE_RESTRICTED: {why}"
    assert floor.do(replace("S3", "S2", 10, "9.10")) == [refused]
    assert floor.do(replace("S4", "S2", 10, "9.15"))[0].startswith("replaced S2 by S4")


def test_what_stands_at_its_price_may_shrink_though_the_bid_has_come_there(floor: Floor) -> None:
    floor.do(short(sell("S2", 10, "9.20")))
    floor.enter_phase(Phase.INTRADAY_AUCTION)
    floor.do(buy("B2", 5, "9.20", account="BOB"))
    floor.enter_phase(Phase.CLOSING_PRICE_CROSS)
    assert floor.do(replace("S3", "S2", 5, "9.20"))[0].startswith("replaced S2 by S3")


def test_a_restriction_holds_for_the_next_business_day_too(floor: Floor) -> None:
    assert floor.open_day(20240102, "elsewhere") == []
    assert floor.open_day(20240102) == []
    assert floor.open_day(20240103) == ["short sales of ACME free"]
    assert not floor.venue.risk.short_sales.is_restricted("ACME")
    assert floor.do(short(sell("S2", 1, "9.10")))[0] == "accepted S2 1@9.1"


def test_another_fall_restricts_anew() -> None:
    floor = Floor(TESTED)
    floor.trade("9.00")
    floor.open_day(20240102)
    floor.trade("8.98")
    assert floor.open_day(20240103) == []
    assert floor.open_day(20240104) == ["short sales of ACME free"]


def test_rules_without_the_test_restrict_nothing(floor: Floor) -> None:
    assert floor.do(ListInstrument(TESTED)) == ["listed ACME"]
    assert floor.do(ListInstrument(ACME)) == ["listed ACME", "short sales of ACME free"]
    assert floor.trade("8.00") == []
    assert floor.do(ListInstrument(TESTED)) == ["listed ACME"]


def test_a_restriction_goes_on_under_a_new_symbol(floor: Floor) -> None:
    floor.do(ListInstrument(msgspec.structs.replace(TESTED, symbol="BETA")))
    before, short_sales = floor.venue.last_event, floor.venue.risk.short_sales
    short_sales.renamed("ACME", "BETA")
    assert (short_sales.is_restricted("ACME"), short_sales.is_restricted("BETA")) == (False, True)
    assert floor.venue.last_event == before + 2
    short_sales.renamed("ACME", "GAMMA")
    assert floor.venue.last_event == before + 2


def test_the_restriction_is_part_of_the_state() -> None:
    one, other = Floor(TESTED), Floor(TESTED)
    for floor, price in ((one, "9.00"), (other, "9.01")):
        floor.trade(price)
    assert one.venue.risk.short_sales.state() == [["ACME", 2]]
    assert not other.venue.risk.short_sales.state()
    assert one.venue.state_hash() != other.venue.state_hash()
