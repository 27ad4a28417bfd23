"""Which types a pydantic model allows at a place of its document: for "did you mean", secrets and the reference.

It follows annotations only, as far as documents need it: models, lists, mappings, unions and their tags.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Tag


def types_at(model: Any, location: Sequence[int | str]) -> list[Any]:
    """Every type that `model` allows at `location`, which may hold names of union branches as pydantic puts them."""
    found = list(_members(model))
    for part in location:
        chosen = [one for one in found if _is_branch(one, part)] if len(found) > 1 else []
        found = chosen or [member for one in found for inner in _inside(one, part) for member in _members(inner)]
    return [_bare(one) for one in found]


def field_types(found: Iterable[Any]) -> dict[str, Any]:
    """The keys that the models among `found` know, with the annotation of each."""
    return {
        field.alias or name: field.annotation
        for model in found
        if _is_model(model)
        for name, field in model.model_fields.items()
    }


def _members(annotation: Any) -> Iterator[Any]:
    """The branches of a union, each still with its tag; any other annotation is its own one branch."""
    bare = _bare(annotation)
    if get_origin(bare) in {Union, types.UnionType}:
        for member in get_args(bare):
            yield from _members(member)
    else:
        yield annotation


def _bare(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    aliased = getattr(annotation, "__supertype__", None) or (
        annotation.__value__ if type(annotation).__name__ == "TypeAliasType" else None
    )
    return annotation if aliased is None else _bare(aliased)


def _is_model(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, BaseModel)


def _is_branch(annotation: Any, part: int | str) -> bool:
    """Whether `part` names this branch of a union: by its tag, by a literal of its own, or by its class."""
    if get_origin(annotation) is Annotated and any(
        isinstance(extra, Tag) and extra.tag == part for extra in get_args(annotation)[1:]
    ):
        return True
    bare = _bare(annotation)
    if not _is_model(bare):
        return False
    return part == bare.__name__ or any(
        get_origin(field.annotation) is Literal and part in get_args(field.annotation)
        for field in bare.model_fields.values()
    )


def _inside(annotation: Any, part: int | str) -> Iterator[Any]:
    """What stands at key or position `part` of a value of this type; the type itself when `part` is no place in it."""
    bare = _bare(annotation)
    if _is_model(bare):
        known = field_types([bare])
        yield known.get(str(part), bare)
        return
    origin, arguments = get_origin(bare), get_args(bare)
    if not isinstance(origin, type) or not arguments:
        yield bare
    elif issubclass(origin, Mapping) and isinstance(part, str):
        yield arguments[-1]
    elif issubclass(origin, Sequence | set | frozenset) and isinstance(part, int):
        yield from (one for one in arguments if one is not Ellipsis)
    else:
        yield bare
