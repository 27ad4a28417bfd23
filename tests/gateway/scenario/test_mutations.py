"""Damaged copies of the scenarios that ship: whatever is written, the answer is a scenario or a list of mistakes."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.scenario.loading import BrokenOption, load_scenario
from gateway.scenario.vocabulary import Vocabulary
from gateway.yaml_documents.document import YamlMistakes

SCENARIOS = Path(__file__).parents[3] / "fixtures" / "scenarios"
TEXTS = [path.read_text() for path in sorted(SCENARIOS.glob("*.yaml"))]
WORDS = [
    "alice",
    "${x}",
    "${",
    "[1]",
    "{}",
    "null",
    "true",
    "1e9",
    "-1",
    "''",
    "/(/",
    "/a/",
    "any",
    "absent",
    "buy",
    "expect",
    "fields",
    "on",
    "&a",
    "*a",
    "{gt:1}",
    "[[1,2]]",
    "é",
]
Damage = Callable[[str, random.Random], str]

MUTATIONS = 100
"""Of each kind of damage; some thousands were tried when the loader was written."""


def with_a_word_more(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + chance.choice(WORDS) + text[at:]


def with_another_word(text: str, chance: random.Random) -> str:
    words = text.split(" ")
    words[chance.randrange(len(words))] = chance.choice(WORDS)
    return " ".join(words)


def with_a_hole(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    return text[:at] + text[at + chance.randint(1, 12) :]


def with_a_line_for_another(text: str, chance: random.Random) -> str:
    lines = text.splitlines()
    lines[chance.randrange(len(lines))] = chance.choice(lines)
    return "\n".join(lines)


@pytest.mark.parametrize("damage", [with_a_word_more, with_another_word, with_a_hole, with_a_line_for_another])
def test_a_damaged_scenario_is_read_or_refused(damage: Damage, tmp_path: Path, vocabulary: Vocabulary) -> None:
    chance = random.Random(7)
    path = tmp_path / "damaged.yaml"
    for _ in range(MUTATIONS):
        path.write_text(damage(chance.choice(TEXTS), chance))
        with contextlib.suppress(YamlMistakes, BrokenOption):
            load_scenario(path, vocabulary)
