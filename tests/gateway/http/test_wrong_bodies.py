"""Each field of each body of the API's document with each kind of wrong value: 422 with field and rule, nothing done.

The kinds follow from the document: what the field's schema does not allow must be refused. What only a trader's bodies
know of prices and quantities has tables of its own, in `trading/test_wrong_fields.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import httpx
import pytest

from tests.gateway.exchange_process import RunningExchange
from tests.gateway.http.users_exchange import client_of, exchange_with_users, login

Schema: TypeAlias = dict[str, Any]

OF_EACH_TYPE: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "integer": 7,
    "number": 7.5,
    "string": "no such word",
    "array": [],
    "object": {},
}
"""A value of each type of JSON."""

TEXTS = ("", "a\n", "\x00", "x" * 1_500)
"""Texts that are too short, too long or not of the right signs, wherever there is a rule for it."""

PATH = {
    "comp_id": "ALICE",
    "user_id": "1",
    "portfolio_id": "1",
    "order_id": "1",
}


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with exchange_with_users(tmp_path_factory.mktemp("bodies")) as exchange:
        yield exchange


@pytest.fixture(scope="module")
def operator(exchange: RunningExchange) -> Iterator[httpx.Client]:
    with client_of(exchange, login(exchange, "operator")) as client:
        yield client


@pytest.fixture(scope="module")
def document(operator: httpx.Client) -> Schema:
    found: Schema = operator.get("/openapi.json").json()
    return found


class Bodies:
    """The bodies of a document, as their schemas say."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._schemas: dict[str, Schema] = document["components"]["schemas"]

    def __iter__(self) -> Iterator[tuple[str, str, Schema, Schema]]:
        """Method, path, the body's schema, and a right body as far as the document shows one."""
        for path, methods in self._document["paths"].items():
            for method, operation in methods.items():
                if "requestBody" in operation:
                    content = operation["requestBody"]["content"]["application/json"]
                    schema = self.resolved(content["schema"])
                    yield method.upper(), path.format(**PATH), schema, self._example(content, schema)

    def resolved(self, schema: Schema) -> Schema:
        """A schema, or the one that it refers to."""
        return self._schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema

    def branches(self, schema: Schema) -> list[Schema]:
        """The schemas of which a value has to match one."""
        schema = self.resolved(schema)
        found = schema.get("anyOf") or schema.get("oneOf")
        return [branch for one in found for branch in self.branches(one)] if found else [schema]

    def types(self, schema: Schema) -> set[str]:
        """The types of JSON that a field may have."""
        found = set[str]()
        for branch in self.branches(schema):
            stated = branch.get(
                "type", list(OF_EACH_TYPE) if "enum" not in branch and "const" not in branch else "string"
            )
            found |= {stated} if isinstance(stated, str) else set(stated)
        return found

    def wrong(self, schema: Schema) -> Iterator[Any]:
        """A value of each kind that a field may not have."""
        types = self.types(schema)
        for name, value in OF_EACH_TYPE.items():
            if name not in types and not (name == "integer" and "number" in types):
                yield value
        branches = self.branches(schema)
        texts = [one for one in branches if one.get("type") == "string" or "enum" in one]
        if texts and all(one.keys() & {"enum", "pattern", "maxLength", "const"} for one in texts):
            yield TEXTS[-1]
        if texts and all("enum" in one for one in texts):
            yield from TEXTS
            yield OF_EACH_TYPE["string"]
        if texts and all(one.get("minLength", 0) or "enum" in one for one in texts):
            yield ""
        numbers = [one for one in branches if one.get("type") in ("integer", "number")]
        for name, step in (("minimum", -1), ("maximum", 1), ("exclusiveMinimum", 0), ("exclusiveMaximum", 0)):
            if numbers and all(name in one for one in numbers):
                yield numbers[0][name] + step

    def _example(self, content: Schema, schema: Schema) -> Schema:
        if "example" in content:
            return dict(content["example"])
        if "examples" in schema:
            return dict(schema["examples"][0])
        fields = schema["properties"]
        return {name: self._value(fields[name]) for name in schema.get("required", [])}

    def _value(self, field: Schema) -> Any:
        field = field if "examples" in field else self.resolved(field)
        if "examples" in field:
            return field["examples"][0]
        return field["enum"][0] if "enum" in field else 1 if "integer" in self.types(field) else "1"


def test_each_field_of_each_body_with_each_kind_of_wrong_value(operator: httpx.Client, document: Schema) -> None:
    bodies, tried = Bodies(document), 0
    for method, path, schema, right in bodies:
        fields = {name: list(bodies.wrong(field)) for name, field in schema.get("properties", {}).items()}
        for name, value in pairs({"unknown": [1]} | fields):
            before = last_event(operator)
            answer = operator.request(method, path, json=right | {name: value})
            tried += 1
            case = f"{method} {path} with {name}={value!r:.60}: {answer.status_code} {answer.text[:300]}"
            assert answer.status_code == 422, case
            assert names(answer.json(), name), case
            assert last_event(operator) == before, case
    assert tried > 1_000


def pairs(fields: dict[str, list[Any]]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, values in fields.items() for value in values)


def names(problem: dict[str, Any], field: str) -> bool:
    """Whether a problem says which rule of a field is broken; the venue's own reasons have it in their sentence."""
    errors = problem.get("errors")
    if errors is None:
        return field in problem["detail"]
    said = [one for one in errors if field == one["field"].rpartition(".")[2] or one["field"] == "body"]
    return any(one["rule"] for one in said)


def last_event(operator: httpx.Client) -> int:
    [number] = re.findall(r"^fixpit_last_event (\S+)$", operator.get("/metrics").text, re.MULTILINE)
    return int(float(number))
