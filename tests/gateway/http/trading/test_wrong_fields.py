"""Each field of each body with each kind of wrong value: 422 with field and rule, and nothing is written."""

from __future__ import annotations

from typing import Any

from tests.gateway.http.trading.platform import JOHN, Platform

ORDER = {"portfolio_id": JOHN, "stock_symbol": "AAPL", "order_type": "buy", "quantity": 10, "price": 150}
POSITION = {"symbol": "AAPL", "quantity": 1, "price": 1}
HUGE = 10**400

NUMBERS: tuple[Any, ...] = (None, True, "", "ten", "1e3", "NaN", "\N{FULLWIDTH DIGIT ONE}", [], {}, "1 ", HUGE)
WHOLE: tuple[Any, ...] = (*NUMBERS, 0, -1, 1.5, "1.5", 2**63)
TEXTS: tuple[Any, ...] = (None, 5, True, "", "a b", "a\n", "\x00", "ä", "x" * 65, [], {})
WORDS: tuple[Any, ...] = (None, 5, True, "", "BUY", "hold", [], {})
FLAGS: tuple[Any, ...] = (None, 1, 0, "true", "", [], {})

NEW_ORDER: dict[str, tuple[Any, ...]] = {
    "portfolio_id": WHOLE,
    "stock_symbol": TEXTS,
    "order_type": WORDS,
    "quantity": WHOLE,
    "price": (*NUMBERS, -1, 0, "0.001", 0.001, "1" * 41),
    "kind": WORDS,
    "time_in_force": WORDS,
    "client_order_id": (*TEXTS[1:], "~made"),
    "stop_price": (*NUMBERS[1:], -1, 0),
    "trail_by": (*NUMBERS[1:], -1, 0),
    "trail_percent": (*NUMBERS[1:], -1, 0, 100, 0.001),
    "display_quantity": (*NUMBERS[1:], -1, 1.5),
    "min_quantity": WHOLE[1:],
    "all_or_none": FLAGS,
    "post_only": FLAGS,
    "peg": WORDS[1:],
    "peg_offset": (*NUMBERS[1:], 0.001),
    "self_trade_prevention": WORDS[1:],
    "expires_at": (5, True, "", "tomorrow", "2026-01-01T00:00", "1969-01-01", "9999-01-01", "2026-02-30", [], {}),
    "group": TEXTS[1:],
    "contingency": WORDS[1:],
    "locate": TEXTS[1:],
    "unknown": (1,),
}
CHANGED = (
    "quantity",
    "price",
    "time_in_force",
    "client_order_id",
    "stop_price",
    "min_quantity",
    "post_only",
    "unknown",
)
POSITIONS: dict[str, tuple[Any, ...]] = {
    "symbol": TEXTS,
    "quantity": (*NUMBERS, -1, 1.5),
    "price": (*NUMBERS, -1, 0.001),
    "unknown": (1,),
}
MONEY: dict[str, tuple[Any, ...]] = {
    "amount": (*NUMBERS, 0, -1, "0.0000001"),
    "asset": (*TEXTS[1:],),
    "price": NUMBERS[1:],
    "reference": TEXTS[1:],
    "reason": (5, True, "\n", "ä", "x" * 201, [], {}),
    "unknown": (1,),
}


def cases(fields: dict[str, tuple[Any, ...]]) -> list[tuple[str, Any]]:
    return [(field, value) for field, values in fields.items() for value in values]


async def refused(platform: Platform, who: str, method: str, path: str, body: Any, field: str) -> None:
    before = platform.venue.last_event
    answer = await platform.ask(who, method, path, body)
    assert answer.status_code == 422, (answer.status_code, body, answer.text)
    errors = answer.json()["errors"]
    names = {part for one in errors for part in (one["field"], one["field"].rpartition(".")[2])}
    # What is wrong with several fields together is said of the body, with the field's name in the rule.
    said = any(field.rpartition(".")[2] in one["rule"] for one in errors if one["field"] == "body")
    assert field.rpartition(".")[2] in names or said, (field, errors)
    assert all(one["rule"] for one in errors)
    assert platform.venue.last_event == before


async def test_every_field_of_a_new_order(platform: Platform) -> None:
    for field, value in cases(NEW_ORDER):
        await refused(platform, "john", "POST", "/orders", ORDER | {field: value}, field)
    for field in ("portfolio_id", "stock_symbol", "order_type", "quantity", "price"):
        body = {name: value for name, value in ORDER.items() if name != field}
        await refused(platform, "john", "POST", "/orders", body, field)
    assert platform.venue.last_order_id == 0


async def test_every_field_of_a_changed_order(platform: Platform) -> None:
    await platform.got("john", "POST", "/orders", ORDER, 201)
    for field in CHANGED:
        for value in NEW_ORDER[field]:
            if value is not None:
                await refused(platform, "john", "PATCH", "/orders/1", {field: value}, field)


async def test_every_field_of_a_position(platform: Platform) -> None:
    for field, value in cases(POSITIONS):
        body = {"id": JOHN, "stock_positions": [POSITION | {field: value}]}
        await refused(platform, "john", "PUT", "/portfolio", body, field)
    lists: tuple[Any, ...] = (None, 5, "x", {}, [POSITION] * 1_001)
    for wrong in lists:
        await refused(platform, "john", "PUT", "/portfolio", {"id": JOHN, "stock_positions": wrong}, "stock_positions")
    for value in WHOLE:
        await refused(platform, "john", "PUT", "/portfolio", {"id": value, "stock_positions": []}, "id")


async def test_every_field_of_a_transfer(platform: Platform) -> None:
    path = f"/portfolios/{JOHN}/deposits"
    for field, value in cases(MONEY):
        await refused(platform, "otto", "POST", path, {"amount": 1} | {field: value}, field)
    assert platform.venue.clearing.ledger.available("JOHN", "USD") == 100_000 * 10**6


async def test_what_is_no_order_at_all(platform: Platform) -> None:
    headers = {"Authorization": "Bearer john", "Content-Type": "application/json"}
    for body in ("[]", "5", "null", '"x"', "[[[[", "{", "", "\xff", '{"a":' * 5_000):
        answer = await platform.client.post("/orders", content=body.encode("latin-1"), headers=headers)
        assert answer.status_code in (400, 422), body
    assert platform.venue.last_order_id == 0
