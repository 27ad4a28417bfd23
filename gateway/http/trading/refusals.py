"""The venue's refusals as the trading API tells them: with its own names of the fields, and with the sum."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from exchange.rejections import RejectReason
from gateway.http.problems import Problem
from gateway.http.refusals import status_of
from gateway.http.trading.order_words import FIELDS

RETRY_SECONDS = {RejectReason.ORDER_RATE_LIMIT: 1, RejectReason.TOO_MANY_OPEN_ORDERS: 1}
"""When it is worth trying again: the rate is that of one second, and orders end by themselves."""


def trading_problem(
    reason: RejectReason, field: str, text: str, value: object = None, names: Mapping[str, str] = FIELDS
) -> Problem:
    """The problem of a refusal: `text` follows the field's name, as in the venue's events.

    `names`: what the API calls fields of the venue's that have another name there; empty where it has none.
    """
    name = names.get(field, field)
    seconds = RETRY_SECONDS.get(reason)
    return Problem(
        status_of(reason),
        reason,
        f"{name} {text}".lstrip(),
        None if seconds is None else {"Retry-After": str(seconds)},
        errors=[{"field": name, "rule": text, "value": value}] if name else (),
    )


def not_found(what: str, number: object) -> Problem:
    """Nothing of that number is there for the caller, whether somebody else has it or nobody."""
    name = f"UNKNOWN_{what.upper().replace(' ', '_')}"
    return Problem(HTTPStatus.NOT_FOUND, name, f"{number} is not a {what} that you can see.")
