"""Sets up logging for `fixpit serve`: structlog to stderr, and what libraries log through the same lines."""

from __future__ import annotations

import logging
import os
import sys

import structlog
from structlog.typing import Processor

from gateway.cli.log_redaction import clean

QUIET_LIBRARIES = ("aiosqlite", "alembic", "asyncio", "httpcore", "httpx")
"""They tell what they do at `info`; here only what goes wrong matters."""


def configure_logs(level: str, log_format: str) -> None:
    """`level` and `log_format` are those of the settings."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(processors=_rendering(log_format), foreign_pre_chain=shared)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    # Each line of garbage that somebody sends is a warning to it.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


def _rendering(log_format: str) -> list[Processor]:
    # Tracebacks become text before they are cleaned, and never show local variables: a password could be one.
    chain: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        clean,
    ]
    if log_format == "json":
        return [*chain, structlog.processors.JSONRenderer()]
    colors = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    return [*chain, structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]
