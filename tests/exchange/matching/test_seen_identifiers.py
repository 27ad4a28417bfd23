"""Identifiers ever used: exactly what a set says, whatever the number and the order."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.matching.seen_identifiers import FIRST_SLOTS, SHARDS, SeenIdentifiers

# Latin-1 without SOH, as in FIX: there is no other door for identifiers.
names = st.text(st.characters(codec="latin-1", exclude_characters="\x01"), max_size=3)
keys = st.tuples(names, names)


@given(st.lists(keys, max_size=50), st.lists(keys, max_size=10))
def test_it_says_what_a_set_says(added: list[tuple[str, str]], asked: list[tuple[str, str]]) -> None:
    seen, known = SeenIdentifiers(), set[tuple[str, str]]()
    for key in added:
        assert seen.add(*key) == (key not in known)
        known.add(key)
        assert seen.count == len(known)
    assert [key in seen for key in added + asked] == [key in known for key in added + asked]


def test_growing_loses_nothing() -> None:
    seen, many = SeenIdentifiers(), SHARDS * FIRST_SLOTS * 8
    assert all(seen.add("S", f"order-{number}") for number in range(many))
    assert not any(seen.add("S", f"order-{number}") for number in range(many))
    assert all(("S", f"order-{number}") in seen for number in range(many))
    assert not any(("T", f"order-{number}") in seen for number in range(many))
    assert seen.count == many


def test_eight_bytes_at_a_load_of_three_quarters_are_kept_for_each() -> None:
    seen, many = SeenIdentifiers(), 50_000
    for number in range(many):
        seen.add("S", f"{number}")
    slots = [len(shard.slots) for shard in seen._shards if shard is not None]
    taken = [shard.taken for shard in seen._shards if shard is not None]
    assert sum(taken) == many
    assert all(count > FIRST_SLOTS and 4 * used <= 3 * count for used, count in zip(taken, slots, strict=True))
    assert sum(slots) <= 4 * many


@pytest.mark.parametrize("seed", range(5))
def test_equal_sets_have_equal_digests_in_any_order(seed: int) -> None:
    order = [("S", f"{number}") for number in range(200)] + [("T", f"{number}") for number in range(200)]
    first, second = SeenIdentifiers(), SeenIdentifiers()
    for key in order:
        first.add(*key)
    Random(seed).shuffle(order)
    for key in order + order[:50]:
        second.add(*key)
    assert (first.digest, first.count) == (second.digest, second.count)
    second.add("U", "1")
    assert first.digest != second.digest


def test_session_and_identifier_do_not_run_into_each_other() -> None:
    seen = SeenIdentifiers()
    seen.add("AB", "C")
    assert ("A", "BC") not in seen
    assert ("AB", "C") in seen
