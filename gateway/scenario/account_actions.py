"""What the steps about accounts do: each is an operation of the venue's operator; and how an account stands.

Called by `actions`, which has filled the variables in. What the venue refuses fails the step with the venue's words.
"""

from __future__ import annotations

from typing import Any

from gateway.scenario.account_steps import (
    SCOPES,
    AccountState,
    CorporateAction,
    CorrectHoldings,
    SetLimits,
)
from gateway.scenario.matchers import as_decimal
from gateway.scenario.stage import Stage
from gateway.scenario.steps import ACCOUNT_ACTIONS, Step
from gateway.scenario.values import Block

TEXTS = frozenset({
    "account", "amount", "asset", "cost", "credit_limit", "ex_date", "loss_limit", "max_order_value", "name",
    "new_symbol", "price", "reason", "reference", "shorting", "symbol",
})  # fmt: skip
"""Words of operations that stay text; of the others whole numbers are numbers, and yes and no are true and false."""

NAMES = {
    "deposit": "deposit",
    "withdraw": "withdraw",
    "holdings": "holdings",
    "limits": "limits",
    "stop_loss": "stop-loss",
    "corporate_action": "corporate-action",
    "clearing_rules": "clearing-rules",
}
"""Steps to the operations of `POST /admin/clearing/{name}`."""

POSITION_WORDS = {"position": "quantity", "cost": "cost", "realised": "realised"}


async def play_account_step(step: Step, stage: Stage) -> None:
    """Plays a step about money, shares or risk. Raises `VenueRefused`."""
    assert step.action in ACCOUNT_ACTIONS, step.action
    await stage.settle()
    block = getattr(step, step.action)
    await stage.control.clear(NAMES[step.action], _words(block))
    await stage.settle()


async def differing_account(wanted: AccountState, stage: Stage) -> str:
    """Empty where the account stands as expected; else what is there."""
    found = await stage.control.account(wanted.id)
    balances = {one["asset"]: one for one in found["balances"]}
    positions = {one["symbol"]: one for one in found["positions"]}
    lines = []
    for word, asked in wanted.model_dump(exclude={"id"}).items():
        for asset, text in asked.items():
            is_position = word in POSITION_WORDS
            shown = (positions if is_position else balances).get(asset, {}).get(POSITION_WORDS.get(word, word), "0")
            if as_decimal(text) != as_decimal(str(shown)):
                lines.append(f"  {word + ' ' + asset:<22}expected {text}, is {shown}")
    return "\n".join([f"account {wanted.id} is not as expected:", *lines]) if lines else ""


def _words(block: Block) -> dict[str, Any]:
    """The body of the operation that a step is."""
    if isinstance(block, CorrectHoldings):
        shares = [
            {"symbol": symbol, "quantity": _value("quantity", held.quantity), "price": held.price}
            for symbol, held in block.shares.items()
        ]
        return {**_given(block, "shares"), "holdings": shares}
    if isinstance(block, SetLimits):
        scope = next(name for name in SCOPES if getattr(block, name) is not None)
        return {**_given(block, *SCOPES), "scope": scope, "name": getattr(block, scope)}
    if isinstance(block, CorporateAction):
        words = _given(block, "ratio", "id") | ({"action_id": block.id} if block.id is not None else {})
        if block.ratio is None:
            return words
        new, _, old = block.ratio.partition(":")
        return words | {"numerator": _value("numerator", new), "denominator": _value("denominator", old)}
    return _given(block)


def _given(block: Block, *besides: str) -> dict[str, Any]:
    words = block.model_dump(exclude=set(besides), exclude_none=True)
    return {name: _value(name, value) for name, value in words.items()}


def _value(name: str, value: object) -> object:
    """Anything else stays as it is, for the venue to take or to refuse."""
    if name in TEXTS or not isinstance(value, str):
        return value
    if value in ("Y", "N"):
        return value == "Y"
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else value
