"""The OpenAPI document and its page: what they say is so, tried out by requests made from the document itself.

`schemathesis` makes requests of every operation, right ones and wrong ones; none may bring a mistake of ours or an
answer that the document does not have. A few of each in the suite, many with `-m soak`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.gateway.exchange_process import RunningExchange
from tests.gateway.http.users_exchange import client_of, exchange_with_users, login

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
"""A mistake of ours is 500, which the document never has; 503 is an answer: the store is behind `as_of`."""

EXAMPLES_QUICK = 3
"""Of each operation and kind: the suite stays quick."""

EXAMPLES_SOAK = 150


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with exchange_with_users(tmp_path_factory.mktemp("openapi")) as exchange:
        yield exchange


@pytest.fixture(scope="module")
def document(exchange: RunningExchange) -> dict[str, Any]:
    with client_of(exchange) as client:
        found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_it_names_every_operation_once_and_says_what_it_is(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.")
    assert document["info"]["title"] == "Stock Trading Platform API"
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    for row, operation in operations(document):
        assert operation["summary"], row
        assert operation["tags"], row


def test_every_refusal_is_a_problem_body(document: dict[str, Any]) -> None:
    for row, operation in operations(document):
        assert {"429", "503"} <= operation["responses"].keys(), row
        assert ("401" in operation["responses"]) or "security" not in operation, row
        for status, answer in operation["responses"].items():
            if status >= "400" and (row, status) != ("GET /readyz", "503"):
                assert list(answer["content"]) == ["application/problem+json"], (row, status)


def test_every_body_has_an_example_or_only_fields_that_have_one(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for row, operation in operations(document):
        if "requestBody" not in operation or row.startswith("POST /admin"):
            continue
        content = operation["requestBody"]["content"]["application/json"]
        schema = schemas[content["schema"]["$ref"].rpartition("/")[2]]
        fields = schema["properties"]
        required = schema.get("required", [])
        shown = content.keys() & {"example", "examples"} or schema.keys() & {"example", "examples"}
        assert shown or all("examples" in fields[name] for name in required), row


def test_the_page_needs_nothing_from_elsewhere(exchange: RunningExchange) -> None:
    with client_of(exchange) as client:
        page = client.get("/docs")
        assert page.headers["content-security-policy"].startswith("default-src 'self';")
        assert "<script>" not in page.text
        assert "http://" not in page.text
        assert "https://" not in page.text
        for path in ("/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/page.js", "/icon.svg"):
            assert f'"{path}"' in page.text
            assert client.get(path).status_code == 200
        assert "/openapi.json" in client.get("/docs/page.js").text


def tried_out(exchange: RunningExchange, examples: int) -> int:
    """Sends requests of every operation; answers how many."""
    document = schemathesis.openapi.from_url(f"{exchange.url}/openapi.json")
    operator = (exchange.data / "operator.token").read_text()
    sent, failures = 0, list[str]()
    for found in document.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        # Each operation has a login of its own: some of them end it.
        token = operator if operation.path.startswith("/admin") else login(exchange, "broker")
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                sent += _tried_out(operation.as_strategy(generation_mode=mode), token, examples)
            except FailureGroup as group:
                failures += [f"{operation.label}: {failure}" for failure in group.exceptions]
    assert not failures, "\n\n".join(failures)
    return sent


def _tried_out(cases: SearchStrategy[Any], token: str, examples: int) -> int:
    sent = 0

    @given(case=cases)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: schemathesis.Case[Any]) -> None:
        nonlocal sent
        sent += 1
        case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

    try:
        send()
    except Unsatisfiable:
        # An operation without anything to fill in has no wrong requests.
        assert sent == 0
    return sent


def test_requests_made_from_the_document_bring_no_other_answers(exchange: RunningExchange) -> None:
    assert tried_out(exchange, EXAMPLES_QUICK) > 150


@pytest.mark.soak
@pytest.mark.timeout(1_800)
def test_many_requests_made_from_the_document_bring_no_other_answers(exchange: RunningExchange) -> None:
    assert tried_out(exchange, EXAMPLES_SOAK) > 5_000


def test_it_is_the_same_each_time(exchange: RunningExchange) -> None:
    first, second = (httpx.get(f"{exchange.url}/openapi.json", trust_env=False).content for _ in range(2))
    assert first == second
