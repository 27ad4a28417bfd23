"""Origins that other sites may have, as the settings take them."""

from __future__ import annotations

import pytest

from gateway.settings.platform import check_origin


@pytest.mark.parametrize(
    "text", ["https://desk.example", "http://localhost:3000", "http://[::1]:80", "https://[2001:db8::1]"]
)
def test_an_origin_is_scheme_host_and_port(text: str) -> None:
    assert check_origin(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "null",
        "desk.example",
        "ftp://desk.example",
        "https://",
        "https://a.b/",
        "https://a.b/c",
        "http://[",
        "http://a:b",
        "https://user@a.b",
        "https://a b",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not an origin such as"):
        check_origin(text)
