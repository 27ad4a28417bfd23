"""A day by its timetable, from pre-open to closed, and what the next one brings."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import AdvanceTime, Command, FinishForDay, ListInstrument, OpenDay, PlannedPhase
from exchange.orders import OrderConditions, TimeInForce
from exchange.phases import Phase
from exchange.reference.instruments import Instrument
from exchange.trading_day.timers import TIMERS_BEFORE_SWEEP
from exchange.venue import Venue
from tests.exchange.market import ACME, GTC, buy, cancel, replace, sell
from tests.exchange.trading_day.floor import DATE, HOURS, Floor, moment, open_day, text_of, to

X = msgspec.structs.replace(ACME, market="X")
Y = msgspec.structs.replace(X, symbol="Y")
GTD, ON_OPEN, ON_CLOSE = TimeInForce.GOOD_TILL_DATE, TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE


@pytest.fixture
def floor() -> Floor:
    return Floor(X)


def test_a_whole_day(floor: Floor) -> None:
    assert floor.do("04:00", open_day()) == ["04:00:00 day 20240621 of X", "04:00:00 ACME pre-open until 09:28:00"]
    floor.do("05:00", buy("B1", 10, "10.10"), sell("S1", 15, "10.00"))
    assert floor.do("09:29", buy("B2", 20, "10.05", GTC), sell("S2", 5, "10.02", ON_CLOSE)) == [
        "09:28:00 ACME opening auction until 09:30:00",
        "09:28:00 ACME indicative 10@10, 5 sell left",
        "09:29:00 accepted B2 20@10.05 GOOD_TILL_CANCEL",
        "09:29:00 bid 10.05: 20 in 1",
        "09:29:00 ACME indicative 15@10.05, 15 buy left",
        "09:29:00 accepted S2 5@10.02 AT_CLOSE",
    ]
    assert floor.do("10:00") == [
        "09:30:00 ACME traded 10@10.05",
        "09:30:00 filled S1 10@10.05",
        "09:30:00 filled B1 10@10.05",
        "09:30:00 ACME traded 5@10.05",
        "09:30:00 filled B2 5@10.05",
        "09:30:00 filled S1 5@10.05",
        "09:30:00 ACME opening auction held: 15@10.05, 15 buy left",
        "09:30:00 ACME continuous until 15:50:00",
        "09:30:00 bid 10.1: gone",
        "09:30:00 ask 10: gone",
        "09:30:00 bid 10.05: 15 in 1",
    ]
    floor.do("10:00", buy("B3", 5, "10.10"))
    assert floor.do("15:50") == [
        "15:50:00 ACME closing auction until 16:00:00",
        "15:50:00 ask 10.02: 5 in 1",
        "15:50:00 ACME indicative 5@10.06",
    ]
    assert floor.do("16:01", sell("S3", 7, "10.07"), buy("B4", 7, "10.06"), sell("S4", 9)) == [
        "16:00:00 ACME traded 5@10.06",
        "16:00:00 filled B3 5@10.06",
        "16:00:00 filled S2 5@10.06",
        "16:00:00 ACME closing auction held: 5@10.06",
        "16:00:00 ACME closes at 10.06, 20 traded",
        "16:00:00 ACME closing price cross until 16:05:00",
        "16:00:00 bid 10.1: gone",
        "16:00:00 ask 10.02: gone",
        "16:01:00 accepted S3 7@10.07",
        "16:01:00 ask 10.07: 7 in 1",
        "16:01:00 accepted B4 7@10.06",
        "16:01:00 bid 10.06: 7 in 1",
        "16:01:00 accepted S4 9@market",
        "16:01:00 ask market: 9",
        "16:01:00 ACME traded 7@10.06",
        "16:01:00 filled S4 7@10.06",
        "16:01:00 filled B4 7@10.06",
        "16:01:00 bid 10.06: gone",
        "16:01:00 ask market: 2",
    ]
    assert floor.do("20:00", buy("B5", 1, "10.00")) == [
        "16:05:00 ACME post-close until 20:00:00",
        "20:00:00 ACME closed",
        "20:00:00 canceled S3: 7 open, 0 done, end of day",
        "20:00:00 canceled S4: 2 open, 7 done, end of day",
        "20:00:00 ask 10.07: gone",
        "20:00:00 ask market: gone",
        "20:00:00 rejected B5 PHASE_FORBIDS: symbol ACME is closed: no order is taken",
    ]
    assert floor.do("04:00", open_day(day=1), day=1) == [
        "04:00:00 day 20240622 of X",
        "04:00:00 restated B2 15@10.05: new day",
        "04:00:00 ACME pre-open until 09:28:00",
    ]
    market = floor.venue.markets["ACME"]
    assert (market.reference_price, market.session_volume, floor.venue.day_of("X")) == (1006, 0, 20240622)


def test_every_moment_of_a_day_without_orders(floor: Floor) -> None:
    due: list[int] = []
    floor.apply("04:00", open_day())
    while (at := floor.venue.next_due) is not None:
        due.append(at)
        floor.apply(at, AdvanceTime())
    assert due == [moment(at) for at, _ in HOURS[1:]]
    assert floor.phase() is Phase.CLOSED


def test_a_day_at_once_is_a_day_step_by_step() -> None:
    commands: list[tuple[str, Command]] = [
        ("04:00", open_day(seed=7)),
        ("09:29", buy("B1", 10, "10.00")),
        ("09:29:30", sell("S1", 10, "9.90")),
        ("15:59", buy("B2", 10, "10.00")),
    ]
    at_once, step_by_step = Floor(X), Floor(X)
    for at, command in commands:
        at_once.apply(at, command)
        while (due := step_by_step.venue.next_due) is not None and due <= moment(at):
            step_by_step.apply(due, AdvanceTime())
        step_by_step.apply(at, command)
    at_once.apply("23:00", AdvanceTime())
    while (due := step_by_step.venue.next_due) is not None:
        step_by_step.apply(due, AdvanceTime())
    step_by_step.apply("23:00", AdvanceTime())
    assert at_once.events == step_by_step.events
    assert at_once.venue.state_hash() == step_by_step.venue.state_hash()


def test_a_day_that_is_opened_late_begins_where_it_is(floor: Floor) -> None:
    assert floor.says("12:00", open_day()) == ["day 20240621 of X", "ACME continuous until 15:50:00"]
    assert floor.says("15:50") == ["ACME closing auction until 16:00:00"]


def test_a_day_that_is_opened_early_begins_with_its_first_phase(floor: Floor) -> None:
    assert floor.says("03:00", open_day()) == ["day 20240621 of X"]
    assert floor.says("04:00") == ["ACME pre-open until 09:28:00"]


def test_a_day_that_is_over_when_it_is_opened_is_closed(floor: Floor) -> None:
    assert floor.says("23:00", open_day()) == ["day 20240621 of X"]
    assert floor.phase() is Phase.CLOSED
    assert floor.venue.next_due is None


def test_a_new_day_closes_the_one_before() -> None:
    floor = Floor(X, Y)
    floor.do("12:00", open_day((*HOURS[:3], ("23:00", Phase.CLOSED))), buy("B1", 10, "10.00"))
    floor.do("12:00", buy("B2", 10, "10.00", GTC), to(Phase.CLOSED, "Y"))
    late = OpenDay("X", DATE + 1, (PlannedPhase(moment("13:00"), Phase.CONTINUOUS), *open_day(day=1).phases[4:]))
    assert floor.says("13:00", late) == [
        "ACME closes at 10, 0 traded",
        "ACME closed until 23:00:00",
        "canceled B1: 10 open, 0 done, end of day",
        "day 20240622 of X",
        "restated B2 10@10: new day",
        "ACME continuous until 16:00:00",
        "Y continuous until 16:00:00",
    ]
    assert floor.says("23:30") == []


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (open_day(()), "phases has 0 rows; a day has 1 to 100"),
        (open_day(HOURS * 15), "phases has 105 rows; a day has 1 to 100"),
        (
            open_day((("10:00", Phase.CONTINUOUS), ("09:59", Phase.CLOSED))),
            f"phases row 2 is at {moment('09:59')}, before the row above it at {moment('10:00')}",
        ),
        (
            open_day((("10:00", Phase.PAUSED), ("11:00", Phase.CLOSED))),
            "phases row 1 is paused, which comes by itself and cannot be planned",
        ),
        (open_day(HOURS[:-1]), "phases ends with post-close; a day ends with closed"),
        (open_day(day=-1), "date 20240620 is not after 20240621, the day that the market is in"),
        (open_day(), "date 20240621 is not after 20240621, the day that the market is in"),
    ],
)
def test_a_day_that_cannot_be(floor: Floor, command: OpenDay, text: str) -> None:
    floor.do("04:00", open_day())
    later = command if "date" in text else msgspec.structs.replace(command, date=DATE + 1)
    before = floor.venue.day_of("X")
    assert floor.says("05:00", later) == [f"refused open-day CONFLICTING_INSTRUCTIONS: {text}"]
    assert (floor.venue.day_of("X"), floor.phase()) == (before, Phase.PRE_OPEN)


@pytest.mark.parametrize(
    ("instrument", "phase"),
    [(ACME, Phase.CONTINUOUS), (X, Phase.PRE_OPEN), (msgspec.structs.replace(ACME, market="Z"), Phase.CLOSED)],
)
def test_a_new_instrument_is_where_its_market_is(instrument: Instrument, phase: Phase) -> None:
    floor = Floor(Y)
    floor.do("04:00", open_day())
    floor.do("05:00", ListInstrument(instrument))
    assert floor.phase() is phase
    floor.do("06:00", ListInstrument(instrument))
    assert floor.phase() is phase


def test_a_market_of_its_own_day() -> None:
    floor = Floor(X, msgspec.structs.replace(Y, market="Z"))
    floor.do("04:00", open_day())
    assert (floor.phase(), floor.phase("Y")) == (Phase.PRE_OPEN, Phase.CLOSED)
    assert floor.says("05:00", open_day((("05:00", Phase.CONTINUOUS), ("06:00", Phase.CLOSED)), market="Z")) == [
        "day 20240621 of Z",
        "Y continuous until 06:00:00",
    ]
    assert floor.says("06:00") == ["Y closes at 10, 0 traded", "Y closed"]
    floor.do("06:00", ListInstrument(msgspec.structs.replace(Y, market="X")))
    assert floor.says("09:28", about="Y") == ["Y opening auction until 09:30:00"], "it has moved to market X"


def test_a_first_day_takes_over_the_orders_that_are_there() -> None:
    floor = Floor(ACME)
    floor.do("10:00", buy("B1", 10, "10.00"), buy("B2", 10, "10.00", GTC))
    assert floor.says("10:00", open_day(market="")) == ["day 20240621 of ", "restated B2 10@10: new day"]
    assert floor.says("23:00", about="canceled") == ["canceled B1: 10 open, 0 done, end of day"]


def test_orders_that_are_done_for_the_day_come_back_with_the_next() -> None:
    floor = Floor(X)
    floor.do("10:00", open_day(), buy("B1", 10, "10.00", GTC), buy("B2", 10, "10.00", GTC), sell("S1", 3, "10.00"))
    floor.do("11:00", FinishForDay(1), FinishForDay(2))
    assert floor.says("12:00", sell("S2", 5, "10.00", GTC)) == ["accepted S2 5@10 GOOD_TILL_CANCEL"]
    floor.do("23:00")
    assert floor.do("09:00", open_day(day=1), day=1) == [
        "09:00:00 day 20240622 of X",
        "09:00:00 restated B1 7@10: new day",
        "09:00:00 restated B2 10@10: new day",
        "09:00:00 restated S2 5@10: new day",
        "09:00:00 ACME pre-open until 09:28:00",
        "09:00:00 bid 10: 17 in 2",
    ]
    assert floor.says("10:00", day=1, about="filled") == ["filled S2 5@10", "filled B1 5@10"]


def test_they_come_back_also_where_no_phase_begins() -> None:
    floor = Floor(X)
    floor.do("10:00", open_day((("10:00", Phase.CONTINUOUS), ("11:00", Phase.CLOSED))), buy("B1", 10, "10.00", GTC))
    floor.do("10:30", FinishForDay(1))
    floor.do("11:00")
    assert floor.do("03:00", open_day(day=1), day=1)[1:] == [
        "03:00:00 restated B1 10@10: new day",
        "03:00:00 bid 10: 10 in 1",
    ]


def good_till(at: int) -> OrderConditions:
    return OrderConditions(expires_at=at)


def test_a_good_till_date_order_is_gone_at_its_instant(floor: Floor) -> None:
    floor.do("10:00", open_day())
    dated = [
        msgspec.structs.replace(buy("B1", 10, "10.00", GTD), conditions=good_till(moment("12:00:00.5"))),
        msgspec.structs.replace(buy("B2", 10, "9.00", GTD), conditions=good_till(moment("12:00", 1))),
        msgspec.structs.replace(buy("B3", 10, "8.00", GTD), conditions=good_till(moment("22:00", 1))),
        msgspec.structs.replace(buy("B4", 10, "7.00", GTD), conditions=good_till(moment("13:00", 0))),
    ]
    floor.do("10:00", *dated, cancel("C1", "B4"))
    assert floor.do("13:00") == ["12:00:00.5 canceled B1: 10 open, 0 done, date reached", "12:00:00.5 bid 10: gone"]
    floor.do("23:00")
    assert floor.says("09:00", open_day(day=1), day=1)[1:3] == [
        "restated B2 10@9: new day",
        "restated B3 10@8: new day",
    ]
    assert floor.says("23:00", day=1, about="canceled") == [
        "canceled B2: 10 open, 0 done, date reached",
        "canceled B3: 10 open, 0 done, date reached",
    ]
    assert floor.venue.next_due is None


def test_a_replace_gives_a_new_date_or_none(floor: Floor) -> None:
    floor.do("10:00", open_day())
    for name in ("B1", "B2", "B3"):
        floor.do("10:00", msgspec.structs.replace(buy(name, 10, "10.00", GTD), conditions=good_till(moment("12:00"))))
    later = good_till(moment("13:00"))
    floor.do("10:01", msgspec.structs.replace(replace("R1", "B1", 10, "10.00", GTD), conditions=later))
    floor.do("10:01", msgspec.structs.replace(replace("R2", "B2", 10, "10.00", GTC), conditions=OrderConditions()))
    floor.do("10:01", replace("R3", "B3", 9, "10.00", GTD))
    assert floor.do("12:30")[0] == "12:00:00 canceled R3: 9 open, 0 done, date reached"
    assert floor.says("15:00") == ["canceled R1: 10 open, 0 done, date reached"]


def test_dates_of_orders_that_have_ended_are_forgotten(floor: Floor) -> None:
    floor.do("10:00", open_day())
    for number in range(2 * TIMERS_BEFORE_SWEEP):
        conditions = good_till(moment("12:00", 1 + number))
        order = msgspec.structs.replace(buy(f"B{number}", 1, "10.00", GTD), conditions=conditions)
        floor.do("10:00", order, cancel(f"C{number}", f"B{number}"))
    assert len(floor.venue.day.timers) <= TIMERS_BEFORE_SWEEP
    assert floor.venue.next_due == moment("15:50")


def test_an_iceberg_that_nobody_sees_has_a_date_too(floor: Floor) -> None:
    conditions = OrderConditions(expires_at=moment("12:00"), display_quantity=0)
    floor.do("10:00", open_day(), msgspec.structs.replace(buy("B1", 1, "10.00", GTD), conditions=conditions))
    assert floor.do("13:00") == ["12:00:00 canceled B1: 1 open, 0 done, date reached"]


def test_a_date_that_ends_with_the_auction_is_not_in_it(floor: Floor) -> None:
    floor.do("09:00", open_day(), sell("S1", 10, "10.00"))
    floor.do("09:00", msgspec.structs.replace(buy("B1", 10, "10.00", GTD), conditions=good_till(moment("09:30"))))
    assert floor.says("09:30", about="canceled|held") == [
        "canceled B1: 10 open, 0 done, date reached",
        "ACME opening auction held: nothing",
    ]


def test_the_state_of_the_day_is_in_the_hash(floor: Floor) -> None:
    other = Floor(X)
    floor.do("04:00", open_day(seed=1))
    other.do("04:00", open_day(seed=2))
    assert floor.venue.state_hash() != other.venue.state_hash()


def test_readers_who_come_late_are_told_where_the_day_is(floor: Floor) -> None:
    floor.do("09:29", open_day(), buy("B1", 10, "10.00"), sell("S1", 10, "10.00"))
    assert [text_of(event) for event in floor.venue.public_state()] == [
        "listed ACME",
        "bid 10: 10 in 1",
        "ask 10: 10 in 1",
        "ACME opening auction until 09:30:00",
        "ACME indicative 10@10",
    ]
    floor.do("22:00")
    assert [text_of(event) for event in floor.venue.public_state()] == [
        "listed ACME",
        "ACME closed",
        "ACME closes at 10, 10 traded",
    ]


def test_replaying_a_journal_gives_the_same(floor: Floor) -> None:
    floor.do("04:00", open_day(seed=3), buy("B1", 10, "10.00"))
    floor.do("12:00", sell("S1", 10, "10.00"), to(Phase.HALTED, reason="news"))
    again = Floor(X)
    again.do("04:00", open_day(seed=3), buy("B1", 10, "10.00"))
    again.do("12:00", sell("S1", 10, "10.00"), to(Phase.HALTED, reason="news"))
    assert isinstance(again.venue, Venue)
    assert again.venue.state_hash() == floor.venue.state_hash()
    assert again.events == floor.events
