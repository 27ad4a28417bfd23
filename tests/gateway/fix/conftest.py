"""Conversations of a session and its client, in every version that the venue speaks unless a test says which."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.fix.versions import VERSIONS
from tests.gateway.fix.dialogue import Play


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    """One version after another."""
    return str(request.param)


@pytest.fixture
def play(tmp_path: Path, version: str) -> Play:
    """Plays scripts in this version."""
    return Play(tmp_path, version)
