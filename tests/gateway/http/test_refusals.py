"""Every reason of the venue has a status, and its problem says field, value and rule."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from exchange.rejections import RejectReason
from gateway.http.refusals import refusal_problem, status_of


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (RejectReason.UNKNOWN_TRADE, HTTPStatus.NOT_FOUND),
        (RejectReason.ORDER_CLOSED, HTTPStatus.CONFLICT),
        (RejectReason.PHASE_FORBIDS, HTTPStatus.CONFLICT),
        (RejectReason.TRADING_BLOCKED, HTTPStatus.FORBIDDEN),
        (RejectReason.TOO_MANY_OPEN_ORDERS, HTTPStatus.TOO_MANY_REQUESTS),
        (RejectReason.PRICE_OFF_TICK, HTTPStatus.UNPROCESSABLE_ENTITY),
    ],
)
def test_a_reason_has_the_status_of_its_kind(reason: RejectReason, status: HTTPStatus) -> None:
    assert status_of(reason) is status


@pytest.mark.parametrize("reason", RejectReason)
def test_a_refusal_is_a_problem_of_its_name(reason: RejectReason) -> None:
    problem = refusal_problem(reason, "price", "10.005 is not a multiple of tick 0.01")
    assert (problem.name, problem.detail) == (reason.name, "price 10.005 is not a multiple of tick 0.01")
    assert 400 <= problem.status < 500
