"""Files of a run in the data folder: where its doors are, and the operator's token. Each is whole or not there."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from exchange.sequencing.data_folder import DataPaths

TOKEN_BYTES = 32
"""Nobody guesses 256 bits."""


def new_operator_token(folder: DataPaths) -> str:
    """The operator's secret of this run, readable for the owner of the data folder alone."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    write_in_one_step(folder.operator_token, token.encode(), mode=0o600)
    return token


def write_in_one_step(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Writes a file that others may be reading: they see the old one or the new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.touch(mode=mode)
    beside.write_bytes(data)
    os.replace(beside, path)
