"""How answers to an order are shown: across where there is room, down where there is not, texts whole."""

from __future__ import annotations

import io

from rich.console import Console

from gateway.cli.order_answers import answers_table, texts
from gateway.fix.dictionary import load
from gateway.scenario.wire import WireMessage

WHY = "Price(44) 10.005 is not a multiple of tick 0.01"
ANSWERS = [
    WireMessage((("35", "8"), ("150", "0"), ("39", "0"), ("38", "100"), ("40", "2"), ("59", "0"), ("18", "6 G"))),
    WireMessage((("35", "8"), ("150", "8"), ("39", "8"), ("38", "100"), ("40", "2"), ("58", f"{WHY}\x1b[2J"))),
]


def shown(columns: int) -> list[list[str]]:
    file = io.StringIO()
    console = Console(file=file, width=columns)
    console.print(answers_table(ANSWERS, load("FIX.4.4"), columns))
    return [line.split() for line in file.getvalue().splitlines()]


def test_where_there_is_room_each_answer_is_a_row_and_what_goes_without_saying_is_left_out() -> None:
    assert shown(120) == [
        ["MsgType", "ExecType", "OrdStatus", "OrderQty", "ExecInst"],
        ["ExecutionReport", "New", "New", "100", "ParticipateDoNotInitiate", "AllOrNone"],
        ["ExecutionReport", "Rejected", "Rejected", "100"],
    ]


def test_on_a_narrow_terminal_each_answer_is_a_column() -> None:
    assert shown(79) == [
        ["MsgType", "ExecutionReport", "ExecutionReport"],
        ["ExecType", "New", "Rejected"],
        ["OrdStatus", "New", "Rejected"],
        ["OrderQty", "100", "100"],
        ["ExecInst", "ParticipateDoNotInitiate", "AllOrNone"],
    ]


def test_the_words_of_the_venue_are_whole_and_steer_no_terminal() -> None:
    assert [text.startswith(WHY) and "\x1b" not in text for text in texts(ANSWERS)] == [True]
