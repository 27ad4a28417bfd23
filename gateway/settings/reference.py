"""What can be set, as a page for people and as a JSON schema for editors; both from the models, so neither is stale."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from gateway.settings.settings import Settings

NAMES: Mapping[Any, str] = {
    bool: "true, false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    SecretStr: "text, secret",
    tuple: "list",
    dict: "mapping",
}

HEAD = """# Settings

A setting is given, from strongest to weakest, by a flag of `fixpit serve`, an environment variable, the configuration
file, or its default. The variable of `fix.port` is `FIXPIT_FIX__PORT`; lists are written in it as YAML.
`fixpit config show --origin` prints what is in force and where each value comes from.
"""


def settings_schema() -> dict[str, Any]:
    """The JSON schema of a configuration file, which editors use to complete and check it."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()}


def settings_reference() -> str:
    """Every setting with its default, its limits and its meaning, as Markdown."""
    return "\n".join(_section(Settings, "", HEAD)).rstrip() + "\n"


def _section(model: type[BaseModel], prefix: str, head: str) -> Iterator[str]:
    yield head
    inner: list[tuple[str, type[BaseModel], bool]] = []
    rows = []
    for name, field in model.model_fields.items():
        part = _model_in(field.annotation)
        if part is not None:
            inner.append((f"{prefix}{name}", part, get_origin(field.annotation) is tuple))
        if part is None or field.description:
            rows.append(f"| `{prefix}{name}` | {_default(field)} | {_values(field)} | {field.description} |")
    if rows:
        yield "| setting | default | values | meaning |\n|---|---|---|---|"
        yield from rows
    for path, part, is_list in inner:
        title = f"\n## {path}{'[]' if is_list else ''}\n\n{(part.__doc__ or '').strip()}\n"
        yield from _section(part, f"{path}[]." if is_list else f"{path}.", title)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model that a section or a list of entries is made of."""
    candidates = (annotation, *get_args(annotation))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    if field.default_factory is not None:
        return ""
    default = field.default
    if default is None or default in {(), ""}:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _values(field: FieldInfo) -> str:
    annotation = field.annotation
    if get_origin(annotation) in {Union, types.UnionType}:
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    while hasattr(annotation, "__metadata__"):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(annotation))
    if _model_in(annotation) is not None and get_origin(annotation) is None:
        return "section"
    kind: Any = get_origin(annotation) or annotation
    if issubclass(kind, Enum):
        return ", ".join(f"`{one.value}`" for one in kind)
    return " ".join([NAMES[kind], *_bounds(field)])


def _bounds(field: FieldInfo) -> Iterator[str]:
    for limit in field.metadata:
        if isinstance(limit, Ge):
            yield f"from {limit.ge}"
        elif isinstance(limit, Gt):
            yield f"above {limit.gt}"
        elif isinstance(limit, Le):
            yield f"to {limit.le}"
