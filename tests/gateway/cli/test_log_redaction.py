"""Log lines as `fixpit serve` writes them: no secret, no forged line, nothing that steers a terminal."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import logging, structlog
from gateway.cli.logs import configure_logs
configure_logs("info", {format!r})
log = structlog.get_logger("test")
secret = "PLANTED"
logon = "8=FIX.4.4\\x0135=A\\x01553=ann\\x01554=" + secret + "\\x0198=0\\x01"
log.info("a message", text=logon, parts=[logon, {{"inner": logon}}], raw=logon.encode(), number=7, nothing=None)
log.warning("logon refused", reason="CompID \\x1b[2J\\r\\n2026-01-01 [info] forged line\\u2028 \\x9b")
logging.getLogger("library").warning("it says %s", logon)
log.info("long", text="x" * 100_000)
try:
    raise ValueError("cannot read " + logon + "\\n2026-01-01 [info] forged by an exception")
except ValueError as error:
    log.error("failed", exc_info=error)
"""


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_what_clients_send_harms_no_log(log_format: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(format=log_format)], capture_output=True, check=True, timeout=30
    )
    text = ended.stderr.decode()
    assert "PLANTED" not in text and "554=***" in text
    assert "number" in text and "7" in text
    assert all(sign == "\n" or sign.isprintable() for sign in text), [sign for sign in text if not sign.isprintable()]
    assert not any(line.startswith("2026-01-01 [info] forged") for line in text.splitlines())
    assert "\\x1b[2J" in text.replace("\\\\", "\\")
    assert len(text) < 20_000
    if log_format == "json":
        assert [json.loads(line)["event"] for line in text.splitlines()] == [
            "a message", "logon refused", "it says " + LOGON, "long", "failed",
        ]  # fmt: skip


LOGON = "8=FIX.4.4\\x0135=A\\x01553=ann\\x01554=***\\x0198=0\\x01"
