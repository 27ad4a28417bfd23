"""How `fixpit order` shows what a venue answered: a table of what says something, or all fields for JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from gateway.cli.terminal import add_row, table
from gateway.fix.dictionary import Dictionary
from gateway.fix.redaction import printable
from gateway.scenario.wire import WireMessage

SHOWN = (
    "35", "150", "39", "37", "55", "54", "38", "40", "44", "99", "211", "836", "59", "126", "432", "18", "111", "110",
    "32", "31", "14", "151", "6", "102", "103", "373", "380",
)  # fmt: skip
"""The fields that the table shows, where any answer has them."""

UNLESS = {"40": "2", "59": "0", "836": "0"}
"""What goes without saying: a limit order for the day, a distance in the price."""

NUMBERS = frozenset({"38", "44", "99", "211", "111", "110", "32", "31", "14", "151", "6"})


GAP = 2
"""Blanks between two columns of a table."""


def answers_table(answers: Sequence[WireMessage], dictionary: Dictionary, columns_max: int) -> Table:
    """A row for each answer, codes in words; where that is too wide to be read, a column for each."""
    tags = [tag for tag in SHOWN if any(answer.get(tag) not in (None, "", UNLESS.get(tag)) for answer in answers)]
    lines = [
        [dictionary.fields[tag].name, *(_meaning(tag, answer.get(tag) or "", dictionary) for answer in answers)]
        for tag in tags
    ]
    if sum(max(map(len, line)) + GAP for line in lines) - GAP > columns_max:
        shown = table(*lines[0])
        for line in lines[1:]:
            add_row(shown, *line)
        return shown
    names = [line[0] for line in lines]
    shown = table(*names, right=frozenset(name for name, tag in zip(names, tags, strict=True) if tag in NUMBERS))
    for row in zip(*(line[1:] for line in lines), strict=True):
        add_row(shown, *row)
    return shown


def texts(answers: Sequence[WireMessage]) -> list[str]:
    """What the venue said in words: whole, for that is where a refusal says why."""
    return [printable(text) for answer in answers if (text := answer.get("58"))]


def named(answer: WireMessage, dictionary: Dictionary) -> dict[str, str]:
    """Values as they were on the wire, by the names of their fields."""
    fields = ((dictionary.field(tag), tag, value) for tag, value in answer.pairs)
    return {field.name if field else tag: value for field, tag, value in fields}


def _meaning(tag: str, value: str, dictionary: Dictionary) -> str:
    if tag == "35":
        message = dictionary.message(value)
        return message.name if message else value
    codes = dictionary.fields[tag].codes
    return " ".join(codes.get(one, one) for one in value.split()) if tag == "18" else codes.get(value, value)
