"""What is found when settings do not go together, and the two findings that many kinds of names share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TypeAlias

from gateway.yaml_documents.mistakes import did_you_mean

Path: TypeAlias = tuple[str | int, ...]
Inconsistency: TypeAlias = tuple[Path, str]
"""Where it is, and a sentence; `gateway.settings.loading` adds the place."""


def given_twice(path: Path, entries: Iterable[tuple[str, ...]], kind: str, most: int) -> Iterator[Inconsistency]:
    """Names given twice, and more names than are taken. `entries`: the names that each entry at `path` stands for."""
    first: dict[str, int] = {}
    for at, names in enumerate(entries):
        for name in names:
            if name in first:
                yield (*path, at), f'{kind} "{name}" stands already in {".".join(map(str, path))}[{first[name]}]'
                break
            first[name] = at
    if len(first) > most:
        yield path, f"{len(first)} are more than the {most} that one venue takes"


def unknown(kind: str, name: str, known: Collection[str]) -> str:
    """The sentence about a name that nothing has."""
    return f'unknown {kind} "{name}"{did_you_mean(name, known)}'
