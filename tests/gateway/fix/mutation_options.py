"""Options of `scripts/soak` for the mutated messages: how many, of which version, and which ones.

A plugin of pytest and no conftest: options have to be known before tests are looked for.
"""

from __future__ import annotations

import pytest

from gateway.fix.versions import VERSIONS


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mutated messages")
    group.addoption("--mutations", type=int, default=1_000_000, metavar="N", help="mutated messages in all")
    group.addoption("--version-of-fix", choices=["all", *VERSIONS], default="all", help="the version they are of")
    group.addoption("--seed", type=int, default=20_240_621, metavar="S", help="other messages for every other number")
