"""How the OpenAPI document says what stands in a body that is read into a msgspec struct."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

REFERENCE = "#/components/schemas/{name}"


def struct_body(kind: type[msgspec.Struct], example: object = None) -> dict[str, Any]:
    """For a route's `openapi_extra`: its body is such a struct."""
    content: dict[str, Any] = {"schema": {"$ref": REFERENCE.format(name=kind.__name__)}}
    if example is not None:
        content["example"] = example
    fields = msgspec.structs.fields(kind)
    return {"requestBody": {"required": any(one.required for one in fields), "content": {"application/json": content}}}


def struct_schemas(kinds: Iterable[type[msgspec.Struct]]) -> dict[str, Any]:
    """The schemas of these structs, and of what stands in them, by name."""
    _, schemas = msgspec.json.schema_components(list(kinds), ref_template=REFERENCE)
    return schemas
