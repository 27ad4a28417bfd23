"""What every test stands on: no settings of the caller's shell, and random cases that can be played again."""

from __future__ import annotations

import os

import hypothesis
import pytest

KEPT = {"FIXPIT_VENV", "FIXPIT_PYTHON"}
"""These say where fixpit is installed, not how it runs."""


def pytest_configure(config: pytest.Config) -> None:
    # A machine that is busy with other things is no reason to fail; a failure prints what plays it again.
    hypothesis.settings.register_profile("fixpit", deadline=None, print_blob=True)
    hypothesis.settings.load_profile("fixpit")
    for name in [name for name in os.environ if name.startswith("FIXPIT_") and name not in KEPT]:
        del os.environ[name]
