"""YAML that remembers where everything stands, so that each mistake in it can be named with line and column.

`load` reads a file or text into a `YamlDocument`; `document.validate(Model)` turns it into a pydantic model or raises
`YamlMistakes` with every mistake. It reads the YAML that people believe they write: only `true` and `false` are
booleans (`on`, `no`, `12:30`, `2026-01-31`, `0123` and `1_000` stay text), numbers with a point stay text and so stay
exact, keys are always text, a key given twice is a mistake. Settings, scenarios and data files are read with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from gateway.yaml_documents.mistakes import Mistake, Place, YamlMistakes, did_you_mean, path_text
from gateway.yaml_documents.nodes import Node, build_tree, leaves, place_of, replaced
from gateway.yaml_documents.validation import mistakes_in, single_key

__all__ = [
    "Mistake",
    "Node",
    "Place",
    "YamlDocument",
    "YamlMistakes",
    "did_you_mean",
    "load",
    "path_text",
    "single_key",
]

MAX_BYTES = 8 * 1024 * 1024
"""The largest document. The largest that ships is a FIX dictionary of some 100 KiB; beyond is no file for people."""

ModelType = TypeVar("ModelType", bound=BaseModel)


def load(source: Path | str, name: str = "") -> YamlDocument:
    """Read a document: a `Path` is a file, a `str` is the text itself.

    `name` stands before line and column in every mistake; it is the path when none is given. Raises `YamlMistakes`
    when the file cannot be read, is no YAML, has a key twice in one mapping, or is beyond a limit.
    """
    name = name or (str(source) if isinstance(source, Path) else "text")
    text = _read(source, name) if isinstance(source, Path) else source.removeprefix("\ufeff")
    if len(text) > MAX_BYTES:
        raise YamlMistakes([Mistake(Place(name), "", f"has {len(text)} characters, at most {MAX_BYTES} are read")])
    root, mistakes = _parse(text, name)
    if mistakes:
        raise YamlMistakes(mistakes)
    return YamlDocument(name, root)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """The plain data of a document, and the place of everything in it."""

    name: str
    root: Node

    @property
    def data(self) -> Any:
        """None, bool, int, str, and lists and dicts of them; None when nothing is written. Not to be changed."""
        return self.root.value

    def validate(self, model: type[ModelType], context: Mapping[str, Any] | None = None) -> ModelType:
        """The document as a `model`, which should forbid extra keys; an empty document is an empty mapping.

        `context` goes to the model's validators. Raises `YamlMistakes` with every mistake there is.
        """
        try:
            return model.model_validate({} if self.data is None else self.data, context=dict(context or {}))
        except ValidationError as error:
            raise YamlMistakes(mistakes_in(error, model, self.root)) from None

    def place(self, path: Sequence[str | int], *, key: bool = False) -> Place:
        """Where the value at `path` stands (or its key); where there is none, the nearest value around it."""
        return place_of(self.root, tuple(path), key=key)

    def mistake(self, path: Sequence[str | int], text: str, *, key: bool = False) -> Mistake:
        """A mistake at `path` that the caller found: what a model alone cannot see."""
        return Mistake(self.place(path, key=key), path_text(path), text)

    def replaced(self, path: tuple[str, ...], node: Node) -> YamlDocument:
        """A copy with the value at `path` given by somebody else (a flag); mappings on the way are made."""
        return YamlDocument(self.name, replaced(self.root, path, node))

    def leaves(self) -> Iterator[tuple[tuple[str, ...], Node]]:
        """Every value that is no mapping, with its path; a list counts as one value."""
        return leaves(self.root)


def _read(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise YamlMistakes([Mistake(Place(name), "", f"cannot be read: {error.strerror or error}")]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        text = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise YamlMistakes([Mistake(Place(name, line, column), "", text)]) from None


def _parse(text: str, name: str) -> tuple[Node, list[Mistake]]:
    """The tree of the document in `text` and what is wrong in it, when it is YAML at all."""
    try:
        return build_tree(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else Place(name)
        raise YamlMistakes([Mistake(place, "", _syntax_text(error, text))]) from None
    except yaml.reader.ReaderError as error:
        raise YamlMistakes([_bad_character(text, error.position, name)]) from None
    except UnicodeEncodeError as error:
        # A lone surrogate: how Python shows a byte of the environment that is not UTF-8.
        raise YamlMistakes([_bad_character(text, error.start, name)]) from None


def _bad_character(text: str, position: int, name: str) -> Mistake:
    place = Place(name, text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position))
    return Mistake(place, "", "a character that YAML does not allow; remove it")


def _syntax_text(error: yaml.MarkedYAMLError, text: str) -> str:
    problem = error.problem or "cannot be read"
    mark = error.problem_mark
    lines = text.splitlines()
    if mark and mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return "is not YAML: a tab stands here; indent by spaces"
    if "mapping values are not allowed" in problem:
        return "is not YAML: a second colon or a wrong indentation; put quotes around text that has a colon in it"
    context = f" ({error.context})" if error.context else ""
    return f"is not YAML: {problem}{context}"
