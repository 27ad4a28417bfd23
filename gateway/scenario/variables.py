"""`${name}` in a scenario: where values come from, and how they get into a step.

`Variables` holds what a run knows: the scenario's `vars`, `--set`, the seed, and what expectations captured. `fill`
puts them into a whole block at once, just before its step is played.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar, cast

from pydantic import BaseModel

from gateway.scenario.matchers import Equal, Near, OneOf, Pattern, Presence, Range, bind
from gateway.yaml_documents.document import Node, Place, did_you_mean

REFERENCE = re.compile(r"\$\{([^{}]*)\}")
RANDOM_INTEGER = re.compile(r"rand\.int\(\s*(-?\d{1,18})\s*,\s*(-?\d{1,18})\s*\)")

Filled = TypeVar("Filled")


class UnknownVariable(ValueError):
    """A text refers to a name that nothing has given a value."""


class Variables:
    """What `${name}` stands for in one run."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    @property
    def names(self) -> frozenset[str]:
        """All names that have a value."""
        return frozenset(self._values)

    def copy(self) -> Variables:
        """The same values for another run."""
        return Variables(self._values)

    def set(self, name: str, value: str) -> None:
        """Give a name a value, or a new one."""
        self._values[name] = value

    def resolve(self, text: str) -> str:
        """The text with every `${name}` replaced; raises `UnknownVariable`."""
        return REFERENCE.sub(self._value, text) if "${" in text else text

    def resolve_known(self, text: str) -> str:
        """The text with those `${name}` replaced that have a value by now."""
        return REFERENCE.sub(lambda found: self._values.get(found[1].strip(), found[0]), text)

    def _value(self, reference: re.Match[str]) -> str:
        name = reference[1].strip()
        if name not in self._values:
            raise UnknownVariable(f"${{{name}}} has no value{did_you_mean(name, self._values)}")
        return self._values[name]


def define(texts: Mapping[str, str], given: Mapping[str, str], seed: int, environment: Mapping[str, str]) -> Variables:
    """The variables of a scenario in the order of its `vars`, each of which may refer to those before it.

    `given` are those of the command line. Only here `${env:NAME}` and `${rand.int(1,9)}` are known; chance comes from
    the seed and the variable's name, so that one variable more changes no other. Raises `UnknownVariable`.
    """
    variables = Variables({"seed": str(seed)})
    for name, text in {**texts, **given}.items():
        chance = random.Random(f"{seed}:{name}")  # noqa: S311  # repeatable by the seed: that is what it is for

        def special(reference: re.Match[str], chance: random.Random = chance) -> str:
            word = reference[1].strip()
            if word.startswith("env:"):
                if word[4:] not in environment:
                    raise UnknownVariable(f"the environment has no {word[4:]}; set it before the run")
                return environment[word[4:]]
            bounds = RANDOM_INTEGER.fullmatch(word)
            if bounds is None:
                return variables.resolve(reference[0])
            low, high = sorted((int(bounds[1]), int(bounds[2])))
            return str(chance.randint(low, high))

        variables.set(name, REFERENCE.sub(special, text))
    return variables


def fill(value: Filled, resolve: Callable[[str], str]) -> Filled:
    """The same block, list, mapping, matcher or text with every `${name}` in it replaced."""
    return cast("Filled", _fill(value, resolve))


def _fill(value: object, resolve: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return resolve(value)
    if isinstance(value, list):
        return [_fill(item, resolve) for item in value]
    if isinstance(value, dict):
        return {key: _fill(item, resolve) for key, item in value.items()}
    if isinstance(value, Equal | Presence | Pattern | Range | Near | OneOf):
        return bind(value, resolve)
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: _fill(part, resolve) for name, part in value})
    return value


def references(node: Node) -> Iterator[tuple[Place, str]]:
    """Every name that stands in `${…}` below a node of the document, with the place of its text."""
    for child in node.children.values():
        yield from references(child)
    if isinstance(node.value, str):
        for found in REFERENCE.finditer(node.value):
            yield node.place, found[1].strip()
