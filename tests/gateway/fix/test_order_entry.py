"""Order messages and their exact reports, as a conversation of sessions with a whole venue on no sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.gateway.fix.desk import Desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    await desk.open()
    yield desk
    await desk.side.stop()


@pytest.fixture
def play(desk: Desk) -> Callable[[str], None]:
    return desk.play


Play = Callable[[str], None]
BUY = "1=ACC|55=ACME|54=1|38=100|40=2|44=10.05|59=0"
SIDES = "1 (buy), 2 (sell), 5 (sell short) and 6 (sell short exempt) are"
TYPES = "1 (market), 2 (limit), 3 (stop), 4 (stop limit), J (if touched), K (market to limit) and P (pegged) are"
TIMES = (
    "0 (day), 1 (good till cancel), 2 (at the opening), 3 (immediate or cancel), 4 (fill or kill), 6 (good till date) "
    "and 7 (at the close) are"
)
INSTRUCTIONS = (
    "6 (participate do not initiate), G (all or none), R (primary peg), M (midpoint peg), P (market peg), a (trailing "
    "stop), o (cancel on connection loss) are"
)
D = "55=ACME|54=1|38=100|40=2|44=10.05"


async def test_an_order_is_accepted_as_it_was_asked_for(play: Play) -> None:
    play(f"""
        ALICE > D|11=A|{D}
        ALICE < 8|37=1|11=A|150=0|39=0|{BUY}|151=100|14=0|6=0
        BOB > D|11=A|1=OTHER|55=FINE|54=2|38=7|40=2|44=1.0003|59=1
        BOB < 8|37=2|11=A|150=0|39=0|1=OTHER|55=FINE|54=2|38=7|40=2|44=1.0003|59=1|151=7|14=0|6=0
    """)


async def test_a_trade_is_reported_to_both_with_exact_averages(play: Play) -> None:
    sell = "1=ACC|55=ACME|54=2|38={}|40=2|44={}|59=0"
    play(f"""
        BOB > D|11=s1|55=ACME|54=2|38=30|40=2|44=10.01
        BOB > D|11=s2|55=ACME|54=2|38=40|40=2|44=10.02
        BOB < 8|37=1|11=s1|150=0...
        BOB < 8|37=2|11=s2|150=0...
        ALICE > D|11=b|{D}
        ALICE < 8|37=3|11=b|150=0|39=0|{BUY}|151=100|14=0|6=0
        ALICE < 8|37=3|11=b|527=1|150=F|39=1|{BUY}|32=30|31=10.01|151=70|14=30|6=10.01|851=2
        ALICE < 8|37=3|11=b|527=2|150=F|39=1|{BUY}|32=40|31=10.02|151=30|14=70|6=10.0157142857|851=2
        BOB < 8|37=1|11=s1|527=1|150=F|39=2|{sell.format(30, "10.01")}|32=30|31=10.01|151=0|14=30|6=10.01|851=1
        BOB < 8|37=2|11=s2|527=2|150=F|39=2|{sell.format(40, "10.02")}|32=40|31=10.02|151=0|14=40|6=10.02|851=1
        ALICE > H|11=b|55=ACME|54=1|790=ask
        ALICE < 8|37=3|11=b|150=I|39=1|{BUY}|151=30|14=70|6=10.0157142857|790=ask
    """)


@pytest.mark.parametrize(
    ("terms", "shown", "text"),
    [
        ("40=1", "40=1|59=0", "nothing more to trade with at the market"),
        ("40=2|44=10.05|59=3", "40=2|44=10.05|59=3", "what cannot trade immediately is canceled"),
    ],
)
async def test_what_may_not_rest_is_canceled(play: Play, terms: str, shown: str, text: str) -> None:
    play(f"""
        BOB > D|11=s|55=ACME|54=2|38=40|40=2|44=10.00
        BOB < 8|...
        ALICE > D|11=b|55=ACME|54=1|38=100|{terms}
        ALICE < 8|37=2|11=b|150=0|39=0|1=ACC|55=ACME|54=1|38=100|{shown}|151=100|14=0|6=0
        ALICE < 8|37=2|11=b|527=1|150=F|39=1|1=ACC|55=ACME|54=1|38=100|{shown}|32=40|31=10|151=60|14=40|6=10|851=2
        ALICE < 8|37=2|11=b|150=4|39=4|1=ACC|55=ACME|54=1|38=100|{shown}|151=0|14=40|6=10|58={text}
        BOB < 8|37=1|11=s|527=1|150=F|39=2...
    """)


async def test_fill_or_kill_is_killed_whole(play: Play) -> None:
    play(f"""
        ALICE > D|11=b|{D}|59=4
        ALICE < 8|37=1|11=b|150=0...
        ALICE < 8|37=1|11=b|150=4|39=4|{BUY[:-4]}59=4|151=0|14=0|6=0|58=the whole quantity cannot trade at once
    """)


async def test_cancel_is_reported_under_the_requests_id(play: Play) -> None:
    play(f"""
        ALICE > D|11=b|{D}
        ALICE < 8|...
        ALICE > F|11=c|41=b|55=ACME|54=1|38=100
        ALICE < 8|37=1|11=c|41=b|150=4|39=4|{BUY}|151=0|14=0|6=0
        ALICE > F|11=d|41=b|55=ACME|54=1
        ALICE < 9|37=1|11=d|41=b|39=4|434=1|102=0|58=OrigClOrdID(41) b is already canceled
        ALICE > F|11=e|41=never|55=ACME|54=1
        ALICE < 9|37=NONE|11=e|41=never|39=8|434=1|102=1|58=OrigClOrdID(41) never is not an order of this session
        BOB > F|11=e|41=b|55=ACME|54=1
        BOB < 9|37=NONE|11=e|41=b|39=8|434=1|102=1|58=OrigClOrdID(41) b is not an order of this session
        ALICE > F|11=c|41=b|55=ACME|54=1
        ALICE < 9|37=1|11=c|41=b|39=4|434=1|102=6|58=ClOrdID(11) c was used before in this session
    """)


async def test_replace_is_reported_with_the_new_terms(play: Play) -> None:
    now = "ClOrdID(11) b belongs to the order that is r2 now"
    new = "1=ACC|55=ACME|54=1|38=200|40=2|44=10.04|59=1"
    cut = "1=ACC|55=ACME|54=1|38=60|40=2|44=10.04|59=0"
    play(f"""
        ALICE > D|11=b|{D}
        ALICE < 8|...
        ALICE > G|11=r|41=b|55=ACME|54=1|38=200|40=2|44=10.04|59=1
        ALICE < 8|37=1|11=r|41=b|150=5|39=0|{new}|151=200|14=0|6=0
        BOB > D|11=s|55=ACME|54=2|38=50|40=2|44=10.04
        BOB < 8|...
        BOB < 8|...
        ALICE < 8|37=1|11=r|527=1|150=F|39=1|{new}|32=50|31=10.04|151=150|14=50|6=10.04|851=1
        ALICE > G|11=r2|41=r|55=ACME|54=1|38=60|40=2|44=10.04
        ALICE < 8|37=1|11=r2|41=r|150=5|39=1|{new.replace("38=200", "38=60")[:-4]}59=0|151=10|14=50|6=10.04
        ALICE > G|11=r3|41=r2|55=ACME|54=1|38=40|40=2|44=10.04
        ALICE < 9|37=1|11=r3|41=r2|39=1|434=2|102=99|58=OrderQty(38) 40 is less than the 50 already filled
        ALICE > H|11=b|55=ACME|54=1
        ALICE < 8|37=1|11=r2|150=I|39=1|{cut}|151=10|14=50|6=10.04|58={now}
        ALICE > F|11=x|41=b|55=ACME|54=1
        ALICE < 9|37=1|11=x|41=b|39=1|434=1|102=1|58=OrigClOrdID(41) b was replaced; the order's identifier is r2 now
        ALICE > G|11=r4|41=r2|55=ACME|54=1|38=50|40=2|44=10.04
        ALICE < 8|37=1|11=r4|41=r2|150=5|39=2|{new.replace("38=200", "38=50")[:-4]}59=0|151=0|14=50|6=10.04
        ALICE > H|11=r4|55=ACME|54=1
        ALICE < 8|37=1|11=r4|150=I|39=2|{new.replace("38=200", "38=50")[:-4]}59=0|151=0|14=50|6=10.04
    """)


@pytest.mark.parametrize(
    ("order", "code", "text", "echo"),
    [
        ("55=NONE|54=1|38=10|40=2|44=1", 1, "Symbol(55) NONE is not listed", "1=ACC|55=NONE|54=1|38=10|40=2|59=0"),
        ("1=NO|55=ACME|54=1|38=10|40=1", 15, "Account(1) NO is not one this session trades for: ACC OTHER",
         "1=NO|55=ACME|54=1|38=10|40=1|59=0"),
        ("55=ACME|54=7|38=10|40=2|44=1", 11, f"Side(54) 7 is not taken; {SIDES}",
         "1=ACC|55=ACME|54=7|38=10|40=2|44=1|59=0"),
        ("55=ACME|54=1|38=10|40=6|44=1|59=3", 11, f"OrdType(40) 6 is not taken; {TYPES}",
         "1=ACC|55=ACME|54=1|38=10|40=6|44=1|59=3"),
        ("55=ACME|54=1|38=10|40=2|44=1|59=5", 11, f"TimeInForce(59) 5 is not taken; {TIMES}",
         "1=ACC|55=ACME|54=1|38=10|40=2|44=1|59=5"),
        ("55=ACME|54=1|38=10|40=2|44=1|210=5", 11, "MaxShow(210) 5 is not offered",
         "1=ACC|55=ACME|54=1|38=10|40=2|44=1|59=0"),
        ("55=ACME|54=1|40=2|44=1", 13, "OrderQty(38) is missing; an order needs one",
         "1=ACC|55=ACME|54=1|40=2|44=1|59=0"),
        ("55=ACME|54=1|38=.5|40=2|44=1", 13, "OrderQty(38) .5 is not a whole number of shares of at most 18 digits",
         "1=ACC|55=ACME|54=1|38=.5|40=2|44=1|59=0"),
        ("55=ACME|54=1|38=1234567890123456789|40=1", 13,
         "OrderQty(38) 1234567890123456789 is not a whole number of shares of at most 18 digits",
         "1=ACC|55=ACME|54=1|38=1234567890123456789|40=1|59=0"),
        ("55=ACME|54=1|38=5|40=2|44=1", 13, "OrderQty(38) 5 is not a positive multiple of lot 10",
         "1=ACC|55=ACME|54=1|38=5|40=2|44=1|59=0"),
        ("55=ACME|54=1|38=-10|40=2|44=1", 13, "OrderQty(38) -10 is not a positive multiple of lot 10",
         "1=ACC|55=ACME|54=1|38=-10|40=2|44=1|59=0"),
        ("55=ACME|54=1|38=5010|40=2|44=1", 3, "OrderQty(38) 5010 is more than the most, 5000",
         "1=ACC|55=ACME|54=1|38=5010|40=2|44=1|59=0"),
        ("55=ACME|54=1|38=10|40=2", 99, "Price(44) is missing; a limit order needs one",
         "1=ACC|55=ACME|54=1|38=10|40=2|59=0"),
        ("55=ACME|54=1|38=10|40=2|44=10.005", 99, "Price(44) 10.005 is not a multiple of tick 0.01",
         "1=ACC|55=ACME|54=1|38=10|40=2|44=10.005|59=0"),
        ("55=ACME|54=1|38=10|40=2|44=12345678901234567", 99,
         "Price(44) 12345678901234567 has more than 16 digits before the point",
         "1=ACC|55=ACME|54=1|38=10|40=2|44=12345678901234567|59=0"),
        ("55=ACME|54=1|38=10|40=2|44=0.09", 99, "Price(44) 0.09 is not between 0.1 and 1000",
         "1=ACC|55=ACME|54=1|38=10|40=2|44=0.09|59=0"),
    ],
)  # fmt: skip
async def test_each_refusal_has_its_code_its_text_and_what_was_sent(
    play: Play, order: str, code: int, text: str, echo: str
) -> None:
    play(f"""
        ALICE > D|11=a|{order}
        ALICE < 8|37=NONE|11=a|150=8|39=8|103={code}|{echo}|151=0|14=0|6=0|58={text}
        ALICE > D|11=a|{D}
        ALICE < 8|37=NONE|11=a|150=8|39=8|103=6|{BUY}|151=0|14=0|6=0|58=ClOrdID(11) a was used before in this session
    """)


@pytest.mark.parametrize(("quantity", "shares"), [("002000.00", "2000"), ("50.", "50"), ("10", "10"), ("0010", "10")])
async def test_quantities_of_any_form_are_whole_shares(play: Play, quantity: str, shares: str) -> None:
    play(f"""
        ALICE > D|11=a|55=ACME|54=1|38={quantity}|40=2|44=10
        ALICE < 8|37=1|11=a|150=0|39=0|1=ACC|55=ACME|54=1|38={shares}|40=2|44=10|59=0|151={shares}|14=0|6=0
    """)


async def test_an_identifier_that_is_too_long_is_refused_and_shortened(play: Play) -> None:
    long = "x" * 65
    text = "58=ClOrdID(11) has {} characters; at most 64 are kept"
    play(f"""
        ALICE > D|11={long}|{D}
        ALICE < 8|37=NONE|11={long[1:]}|150=8|39=8|103=99|{BUY}|151=0|14=0|6=0|{text.format(65)}
        ALICE > F|11=y{long}|41={long}|55=ACME|54=1
        ALICE < 9|37=NONE|11=y{long[2:]}|41={long[1:]}|39=8|434=1|102=99|{text.format(66)}
        ALICE > D|11=i|55=ACME|54=1|38=10|40=1|210=00000000000000000001|1={long}
        ALICE < 8|37=NONE|11=i|150=8|39=8|103=15|1={long[1:]}|55=ACME...
    """)


@pytest.mark.parametrize(
    ("request_", "kind", "text"),
    [
        ("F|11=c|41=b|55=ACME|54=8", 1, f"Side(54) 8 is not taken; {SIDES}"),
        ("F|11=c|41=b|55=ACME|54=5", 1, "Side(54) sell is not the order's buy"),
        ("F|11=c|41=b|55=FINE|54=1", 1, "Symbol(55) FINE is not the order's ACME"),
        ("F|11=c|41=b|55=ACME|54=2", 1, "Side(54) sell is not the order's buy"),
        ("G|11=c|41=b|55=ACME|54=9|38=10|40=2|44=1", 2, f"Side(54) 9 is not taken; {SIDES}"),
        ("G|11=c|41=b|55=ACME|54=1|38=10|40=7|44=1", 2, f"OrdType(40) 7 is not taken; {TYPES}"),
        ("G|11=c|41=b|55=ACME|54=1|38=10|40=1", 2, "OrdType(40) market is not the order's limit"),
        ("G|11=c|41=b|55=ACME|54=1|38=1.5|40=2|44=1", 2,
         "OrderQty(38) 1.5 is not a whole number of shares of at most 18 digits"),
        ("G|11=c|41=b|55=ACME|54=1|38=10|40=2|44=1.001", 2, "Price(44) 1.001 is not a multiple of tick 0.01"),
        ("G|11=c|41=b|55=ACME|54=1|38=10|40=2", 2, "Price(44) is missing; a limit order needs one"),
        ("G|11=c|41=b|55=ACME|54=1|38=10|40=2|44=1|18=Q", 2, f"ExecInst(18) Q is not offered; {INSTRUCTIONS}"),
        ("G|11=c|41=b|55=ACME|54=1|38=10|40=2|44=1|59=3", 2,
         "TimeInForce(59) immediate or cancel is not for an order that rests; day and good till cancel are"),
    ],
)  # fmt: skip
async def test_each_refused_amendment_has_its_text(play: Play, request_: str, kind: int, text: str) -> None:
    play(f"""
        ALICE > D|11=b|{D}
        ALICE < 8|...
        ALICE > {request_}
        ALICE < 9|37=1|11=c|41=b|39=0|434={kind}|102=99|58={text}
    """)


async def test_a_replace_of_an_unlisted_symbol_is_refused(play: Play) -> None:
    play("""
        ALICE > G|11=c|41=b|55=GONE|54=1|38=10|40=2|44=1
        ALICE < 9|37=NONE|11=c|41=b|39=8|434=2|102=1|58=OrigClOrdID(41) b is not an order of this session
    """)


async def test_status_of_what_is_unknown_closed_or_forgotten(play: Play) -> None:
    unknown = "ClOrdID(11) {} is not an order of this session"
    play(f"""
        ALICE > H|11=never|55=ACME|54=2|790=q
        ALICE < 8|37=NONE|11=never|150=I|39=8|103=5|55=ACME|54=2|151=0|14=0|6=0|58={unknown.format("never")}|790=q
        ALICE > D|11=b|{D}
        ALICE > H|11=b|55=ACME|54=1
        ALICE > F|11=c|41=b|55=ACME|54=1
        ALICE < 8|37=1|11=b|150=0...
        ALICE < 8|37=1|11=c|41=b|150=4...
        ALICE < 8|37=1|11=b|150=I|39=4|{BUY}|151=0|14=0|6=0
    """)


async def test_what_may_be_a_copy_is_ignored_when_it_was_seen(play: Play) -> None:
    play(f"""
        ALICE > D|11=b|{D}
        ALICE > D|97=Y|11=b|{D}
        ALICE > D|43=Y|11=b|{D}
        ALICE < 8|37=1|11=b|150=0...
        ALICE > D|97=Y|11=new|{D}
        ALICE > D|97=Y|11=new|{D}
        ALICE > F|11=c|41=new|55=ACME|54=1
        ALICE > F|97=Y|11=c|41=new|55=ACME|54=1
        ALICE < 8|37=2|11=new|150=0...
        ALICE < 8|37=2|11=c|41=new|150=4...
        ALICE > H|97=Y|11=b|55=ACME|54=1
        ALICE < 8|37=1|11=b|150=I...
    """)


async def test_an_answer_goes_back_the_way_the_question_came(play: Play) -> None:
    play("""
        ALICE > H|115=FIRM|11=never|55=ACME|54=2
        ALICE < 8|128=FIRM|37=NONE|11=never|150=I...
        ALICE > V|128=POOL|262=x|263=0|264=0|267=1|269=0|146=1|55=ACME
        ALICE < j|115=POOL|45=3|372=V|380=3|58=MsgType(35) V is not taken; D F G H q AF E S i Z e g x c Q BE are
    """)


async def test_open_orders_are_limited_within_a_turn_and_over_turns(play: Play) -> None:
    text = "58=5 orders are open; the session may have 5"
    orders = "\n".join(f"ALICE > D|11={number}|{D}" for number in range(7))
    news = "\n".join(f"ALICE < 8|37={number + 1}|11={number}|150=0..." for number in range(5))
    refused = "\n".join(f"ALICE < 8|37=NONE|11={name}|150=8|39=8|103=3|{BUY}|151=0|14=0|6=0|{text}" for name in (5, 6))
    play(f"""
        {orders}
        {news}
        {refused}
        ALICE > D|11=again|{D}
        ALICE < 8|37=NONE|11=again|150=8...
        ALICE > F|11=c|41=0|55=ACME|54=1
        ALICE < 8|...
        ALICE > D|11=more|{D}
        ALICE < 8|37=6|11=more|150=0...
    """)
