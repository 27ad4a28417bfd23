"""What is wrong in a YAML document, said so that its author can put it right without looking anything up.

A `Mistake` has a place (file, line, column), a path in the document and a sentence. `YamlMistakes` is the one exception
of this package: it carries all mistakes found, not just the first. Settings and scenarios raise it too, for what only
they can see (a reference to a name that is nowhere defined).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KNOWN_NAMES_SHOWN = 16
"""Names listed when none is near the one given; a longer list would bury the sentence."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a source, and its line and column, both counted from 1 (0: the source as a whole)."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}:{self.column}" if self.line else self.source


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing that is wrong, as `exchange.yaml:12:5: fix.prot: unknown key, did you mean "port"?`."""

    place: Place
    path: str
    """Keys and positions from the top of the document, such as `fix.sessions[2].comp_id`; empty for the document."""
    text: str
    """What is wrong and what would be right."""

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.place), self.path, self.text) if part)


class YamlMistakes(ValueError):
    """A document cannot be used; `str()` of it has one line for each mistake, in the order of the document."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes: tuple[Mistake, ...] = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def path_text(path: Sequence[str | int]) -> str:
    """`("fix", "sessions", 2, "comp_id")` as `fix.sessions[2].comp_id`; positions count from 0."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown `name`: `, did you mean "port"?`, or the names there are."""
    names = sorted(set(known))
    folded = {candidate.lower(): candidate for candidate in names}
    near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
    if near:
        return f', did you mean "{folded[near[0]]}"?'
    if not names:
        return ""
    more = ", …" if len(names) > KNOWN_NAMES_SHOWN else ""
    return f"; known: {', '.join(names[:KNOWN_NAMES_SHOWN])}{more}"
