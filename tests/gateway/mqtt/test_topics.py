"""Topic names, and how characters that mean something in a topic are escaped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mqtt.topics import Kind, Topics, escaped, unescaped


@pytest.mark.parametrize(
    ("symbol", "level"),
    [
        ("ACME", "ACME"),
        ("BRK.B", "BRK.B"),
        ("BRK/B", "BRK%2FB"),
        ("A+B", "A%2BB"),
        ("#1", "%231"),
        ("50%", "50%25"),
        ("TWO WORDS", "TWO%20WORDS"),
        ("$SYS", "%24SYS"),
        ("ÖBB", "%C3%96BB"),
        ("a_b-c~d", "a_b-c~d"),
    ],
)
def test_a_symbol_is_one_level_of_a_topic(symbol: str, level: str) -> None:
    assert escaped(symbol) == level
    assert unescaped(level) == symbol
    assert Topics("fixpit").market_data(symbol, Kind.TRADE) == f"fixpit/v1/fixpit/md/{level}/trade"


def test_the_topics_of_a_venue() -> None:
    topics = Topics("north/2")
    assert topics.status == "fixpit/v1/north%2F2/status"
    assert topics.everything == "fixpit/v1/north%2F2/md/#"
    assert [topics.market_data("A", kind) for kind in Kind] == [
        "fixpit/v1/north%2F2/md/A/trade",
        "fixpit/v1/north%2F2/md/A/top",
        "fixpit/v1/north%2F2/md/A/snapshot",
        "fixpit/v1/north%2F2/md/A/phase",
        "fixpit/v1/north%2F2/md/A/auction",
        "fixpit/v1/north%2F2/md/A/statistics",
    ]


@given(st.text(min_size=1))
def test_any_name_comes_back_and_none_needs_more_than_plain_characters(name: str) -> None:
    assert unescaped(escaped(name)) == name
    assert escaped(name).isascii()
    assert not set(escaped(name)) & set("/+#$ \x00*>")
