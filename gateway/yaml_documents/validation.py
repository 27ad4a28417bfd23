"""What pydantic finds wrong in a document, retold in the words and at the places of the document.

pydantic names a mistake by the way it took through the model, which includes the branches of unions; here that way is
laid over the tree of the document again. Of a union only the branch that came furthest is reported, or its branches
joined by "or". Called by `gateway.yaml_documents.document` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr, ValidationError

from gateway.model_types import field_types, types_at
from gateway.yaml_documents.mistakes import Mistake, Place, did_you_mean, path_text
from gateway.yaml_documents.nodes import Node, place_of

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

VALUE_CHARACTERS_SHOWN = 60
"""Of a wrong value that much is repeated."""

CONSEQUENCES = frozenset({"default_factory_not_called"})
"""Error types that only follow from another error, which is reported."""

Location = tuple[int | str, ...]

WANTED: Mapping[str, str] = {
    "bool": "true or false",
    "date": "a date such as 2026-01-31",
    "datetime": "a date and time such as 2026-01-31T09:30:00Z",
    "decimal": "a decimal number such as 10.05",
    "dict": "a mapping of keys to values",
    "finite": "a finite number",
    "float": "a number",
    "frozen": "a list",
    "int": "a whole number",
    "list": "a list",
    "mapping": "a mapping of keys to values",
    "model": "a mapping of keys to values",
    "none": "empty",
    "path": "a path",
    "secret": "text",
    "set": "a list",
    "string": "text",
    "time": "a time such as 09:30:00",
    "tuple": "a list",
    "url": "a URL",
}
"""What would be right, by the first word of pydantic's error type."""

BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("gt", "must be more than"),
    "greater_than_equal": ("ge", "must be at least"),
    "less_than": ("lt", "must be less than"),
    "less_than_equal": ("le", "must be at most"),
    "multiple_of": ("multiple_of", "must be a multiple of"),
}

LENGTHS: Mapping[str, tuple[str, str, str]] = {
    "string_too_short": ("min_length", "at least", "character"),
    "string_too_long": ("max_length", "at most", "character"),
    "too_short": ("min_length", "at least", "item"),
    "too_long": ("max_length", "at most", "item"),
}


def single_key(*beside: str) -> Callable[[Any], str]:
    """A discriminator for unions of mappings that are told apart by their one key, such as steps: `- send: {…}`.

    The key is the first one that is not among `beside`, those that may stand next to it (`name`, `id`). A bare word is
    its own kind. Use it as `Annotated[Annotated[Send, Tag("send")] | …, Discriminator(single_key("name"))]`.
    """

    def kind(value: Any) -> str:
        if isinstance(value, BaseModel):
            names = [name for name in type(value).model_fields if name in value.model_fields_set]
        elif isinstance(value, dict):
            names = [str(name) for name in value]
        else:
            names = [] if value is None else [str(value)]
        return next((name for name in names if name not in beside), "")

    return kind


def mistakes_in(error: ValidationError, model: type[BaseModel], root: Node) -> list[Mistake]:
    """Every mistake of `error`, which validating the value of `root` as `model` gave."""
    details = [detail for detail in error.errors(include_url=False) if detail["type"] not in CONSEQUENCES]
    found = [_find(detail, model, root) for detail in details]
    return [Mistake(one.place, path_text(one.path), one.text) for one in _settle(found, 0)]


@dataclass(frozen=True, slots=True)
class _Found:
    location: Location
    path: Location
    branches: tuple[int, ...]
    """Which parts of `location` are no keys or positions of the document: branches of unions."""
    place: Place
    text: str


def _find(detail: ErrorDetails, model: type[BaseModel], root: Node) -> _Found:
    location = detail["loc"]
    is_missing = detail["type"] == "missing"
    walked = location[:-1] if is_missing else location
    taken = _align(root, walked, detail["input"])
    path = tuple(walked[at] for at in taken)
    branches = tuple(at for at in range(len(walked)) if at not in taken)
    if is_missing:
        path = (*path, location[-1])
    unknown = _unknown_kind(detail)
    if unknown is not None:
        path = _kind_path(root, path, unknown)
    wants_key = detail["type"] == "extra_forbidden" or "[key]" in location or path[-1:] == (unknown,)
    place = place_of(root, path, key=wants_key)
    return _Found(location, path, branches, place, _text(detail, types_at(model, location), model))


def _align(root: Node, location: Location, given: object) -> tuple[int, ...]:
    """Which parts of `location` lead through the document: ending at `given` if that can be, else as many as can be."""
    best: tuple[int, ...] = ()
    for taken, node in _ways(root, location, 0):
        if node.value is given:
            return taken
        if len(taken) > len(best):
            best = taken
    return best


def _ways(node: Node, location: Location, at: int) -> Iterator[tuple[tuple[int, ...], Node]]:
    if at == len(location):
        yield (), node
        return
    if location[at] in node.children:
        for taken, end in _ways(node.children[location[at]], location, at + 1):
            yield (at, *taken), end
    yield from _ways(node, location, at + 1)


def _settle(found: Sequence[_Found], depth: int) -> list[_Found]:
    """What is left when one branch is chosen of every union, the outermost first."""
    settled: list[_Found] = []
    unions: dict[Location, dict[int | str, list[_Found]]] = {}
    for one in found:
        if len(one.branches) <= depth:
            settled.append(one)
            continue
        at = one.branches[depth]
        unions.setdefault(one.location[:at], {}).setdefault(one.location[at], []).append(one)
    for branches in unions.values():
        settled.extend(_choose([_settle(branch, depth + 1) for branch in branches.values()]))
    return settled


def _choose(branches: list[list[_Found]]) -> list[_Found]:
    depths = [max(len(one.path) for one in branch) for branch in branches]
    furthest = [branch for branch, depth in zip(branches, depths, strict=True) if depth == max(depths)]
    first = furthest[0]
    if all(len(branch) == 1 and branch[0].path == first[0].path for branch in furthest):
        return [replace(first[0], text=_joined([branch[0].text for branch in furthest]))]
    return min(furthest, key=len)


def _joined(texts: Sequence[str]) -> str:
    """`"x" is not a whole number` and `"x" is not a list` as one sentence."""
    different = list(dict.fromkeys(texts))
    subject = different[0].partition(" is not ")[0]
    ends = [text.removeprefix(f"{subject} is not ") for text in different]
    if all(text != end for text, end in zip(different, ends, strict=True)):
        return f"{subject} is not {' or '.join(ends)}"
    return ", or ".join(different)


def _text(detail: ErrorDetails, types: Sequence[Any], model: type[BaseModel]) -> str:
    kind, limits, value = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(str(detail['loc'][-1]), field_types(types_at(model, detail['loc'][:-1])))}"
    if kind == "missing":
        return "is missing and has no default"
    if kind in {"value_error", "assertion_error"}:
        return detail["msg"].partition(", ")[2]
    if kind == "union_tag_invalid":
        known = [name.strip(" '") for name in str(limits["expected_tags"]).split(",")]
        tag = str(limits["tag"])
        return f'unknown kind "{tag}"{did_you_mean(tag, known)}' if tag else f"is empty{did_you_mean(tag, known)}"
    shown = "the value" if _has_secret(types) else _shown(value)
    if kind in BOUNDS:
        key, rule = BOUNDS[kind]
        return f"{shown} {rule} {limits[key]}"
    if kind in LENGTHS:
        key, rule, unit = LENGTHS[kind]
        return f"{shown} must have {rule} {limits[key]} {unit}{'' if limits[key] == 1 else 's'}"
    if kind in {"literal_error", "enum"}:
        near = did_you_mean(str(value), []) if not isinstance(value, str) else _near(value, str(limits["expected"]))
        return f"{shown} is not {limits['expected']}{near}".replace("'", '"')
    if kind == "string_pattern_mismatch":
        return f"{shown} must match {limits['pattern']}"
    wanted = WANTED.get(kind.partition("_")[0])
    return f"{shown} is not {wanted}" if wanted else f"{shown}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _near(value: str, expected: str) -> str:
    near = did_you_mean(value, [name.strip(" '") for name in expected.replace(" or ", ",").split(",")])
    return near if near.startswith(", did") else ""


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "an empty value"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    text = text if len(text) <= VALUE_CHARACTERS_SHOWN else text[: VALUE_CHARACTERS_SHOWN - 1] + "…"
    return f'"{text}"' if isinstance(value, str) else text


def _has_secret(types: Sequence[Any]) -> bool:
    return any(isinstance(one, type) and issubclass(one, SecretStr) for one in types)


def _unknown_kind(detail: ErrorDetails) -> str | None:
    return str(detail["ctx"]["tag"]) if detail["type"] == "union_tag_invalid" else None


def _kind_path(root: Node, path: Location, kind: str) -> Location:
    """The path of the key that is the unknown kind, or of the value that is."""
    node = root
    for part in path:
        node = node.children[part]
    if kind in node.children:
        return (*path, kind)
    return next(((*path, key) for key, child in node.children.items() if child.value == kind), path)
