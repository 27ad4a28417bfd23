"""The words of an order as FIX fields: conditions, types that follow from them, and what a replace keeps."""

from __future__ import annotations

import pytest

from gateway.scenario.orders import OrderEntry
from gateway.scenario.script import Template
from gateway.scenario.steps import EnterOrder, ReplaceOrder
from gateway.scenario.vocabulary import Vocabulary

NOW = "20260302-14:30:00.000"


@pytest.fixture
def entry(vocabulary: Vocabulary) -> OrderEntry:
    return OrderEntry("alice", "A1", vocabulary, lambda: NOW)


def entered(entry: OrderEntry, **words: str) -> dict[str, str]:
    order = EnterOrder.model_validate({"from": "alice", "symbol": "ACME", "qty": "100", "id": "o", **words})
    return dict(entry.enter("1", order, Template())[1])


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ({}, {"40": "1"}),
        ({"price": "10"}, {"40": "2", "44": "10"}),
        ({"stop": "11"}, {"40": "3", "99": "11"}),
        ({"stop": "11", "price": "10"}, {"40": "4", "99": "11", "44": "10"}),
        ({"type": "market_to_limit"}, {"40": "K"}),
        ({"type": "market_if_touched", "stop": "9"}, {"40": "J", "99": "9"}),
        ({"type": "pegged", "exec": "mid_peg", "offset": "-0.01"}, {"40": "P", "18": "M", "211": "-0.01"}),
        ({"stop": "9", "exec": "trailing", "offset": "0.50"}, {"40": "3", "99": "9", "18": "a", "211": "0.50"}),
        ({"price": "10", "exec": "post_only all_or_none"}, {"18": "6 G"}),
        ({"price": "10", "exec": "6"}, {"18": "6"}),
        ({"price": "10", "display": "0", "min_qty": "50"}, {"111": "0", "110": "50"}),
        ({"price": "10", "tif": "GTD", "expires": "20260306"}, {"59": "6", "432": "20260306"}),
        ({"price": "10", "tif": "GTD", "expires": "20260306-21:00:00"}, {"126": "20260306-21:00:00"}),
    ],
)
def test_words_are_fields(entry: OrderEntry, words: dict[str, str], fields: dict[str, str]) -> None:
    sent = entered(entry, **words)

    assert sent["60"] == NOW
    assert {tag: sent.get(tag) for tag in fields} == fields
    assert {"99", "18", "110", "111", "126", "211", "432"} & sent.keys() <= fields.keys()


def test_a_replace_keeps_what_it_does_not_name(entry: OrderEntry) -> None:
    entered(entry, price="10", stop="11", display="20")
    words = ReplaceOrder.model_validate({"from": "alice", "orig": "o", "id": "r", "qty": "80", "display": "10"})

    sent = dict(entry.replace(words, Template())[1])

    assert {tag: sent[tag] for tag in ("38", "40", "44", "99", "111")} == {
        "38": "80",
        "40": "4",
        "44": "10",
        "99": "11",
        "111": "10",
    }
