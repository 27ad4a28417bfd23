"""What HTTP answers for each reason of the venue's refusals: a status, and a problem that names field and rule.

The name of the reason is the last word of the problem's `type`. Called by whatever submits commands for HTTP clients.
"""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType

from exchange.rejections import RejectReason
from gateway.http.problems import Problem

_R = RejectReason

STATUSES = MappingProxyType(
    dict.fromkeys(
        (
            _R.UNKNOWN_INSTRUMENT,
            _R.UNKNOWN_ACCOUNT,
            _R.UNKNOWN_ORDER,
            _R.UNKNOWN_TRADE,
            _R.UNKNOWN_QUOTE,
            _R.UNKNOWN_ASSET,
        ),
        HTTPStatus.NOT_FOUND,
    )
    | dict.fromkeys(
        (
            _R.DUPLICATE_CLIENT_ORDER_ID,
            _R.CLIENT_ORDER_ID_REPLACED,
            _R.ORDER_CLOSED,
            _R.ORDER_MISMATCH,
            _R.QUANTITY_BELOW_FILLED,
            _R.STOP_ALREADY_THROUGH,
            _R.WOULD_TAKE_LIQUIDITY,
            _R.PHASE_FORBIDS,
            _R.PRICE_OUTSIDE_BAND,
            _R.PRICE_FAR_FROM_MARKET,
            _R.INVALID_ORDER_GROUP,
            _R.INSUFFICIENT_FUNDS,
            _R.INSUFFICIENT_SHARES,
            _R.SHORT_SALE_FORBIDDEN,
            _R.SHORT_SALE_RESTRICTED,
            _R.ORDER_VALUE_LIMIT,
            _R.ORDER_QUANTITY_LIMIT,
            _R.PRICE_TOLERANCE,
            _R.POSITION_LIMIT,
            _R.POSITION_SHARE_LIMIT,
            _R.CREDIT_LIMIT,
            _R.BALANCE_LIMIT,
            _R.DUPLICATE_REFERENCE,
        ),
        HTTPStatus.CONFLICT,
    )
    | {
        _R.TRADING_BLOCKED: HTTPStatus.FORBIDDEN,
        _R.TOO_MANY_OPEN_ORDERS: HTTPStatus.TOO_MANY_REQUESTS,
        _R.ORDER_RATE_LIMIT: HTTPStatus.TOO_MANY_REQUESTS,
    }
)
"""404: what is named is not there. 409: it cannot be done as things stand now. 422, all others: it never can."""


def status_of(reason: RejectReason) -> HTTPStatus:
    """The status of an answer that refuses for this reason."""
    return STATUSES.get(reason, HTTPStatus.UNPROCESSABLE_ENTITY)


def refusal_problem(reason: RejectReason, field: str, text: str) -> Problem:
    """The problem of a refusal: `text` follows the field's name, as in the venue's events."""
    return Problem(status_of(reason), reason, f"{field} {text}".lstrip())
