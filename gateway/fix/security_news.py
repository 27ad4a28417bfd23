"""What SecurityStatus(f) tells of an instrument besides its phase: corporate actions, and whether shorts are held back.

CorporateAction(292) is a letter, and the versions have different ones; Text(58) says the figures. Called by trading
status.
"""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

from exchange.clearing_events import CorporateActionDone, ShortSaleRestricted
from exchange.reference.clearing_rules import ActionKind, CorporateAction
from exchange.reference.money import money_text
from gateway.fix.dictionary import Dictionary

SecurityNews: TypeAlias = CorporateActionDone | ShortSaleRestricted

RESTRICTED: Final = "short sales need a limit above the best bid"

EX_DIVIDEND, EX_DISTRIBUTION = "A", "B"
UNEVEN_SPLIT, REVERSE_SPLIT, EVEN_SPLIT, SYMBOL_CONVERSION = "H", "I", "J", "T"
"""Values of CorporateAction(292); the latter four came with FIX 5.0."""


def symbols_of(news: SecurityNews) -> tuple[str, ...]:
    """The instruments that it is about."""
    if isinstance(news, ShortSaleRestricted):
        return (news.symbol,)
    action = news.action
    return (action.symbol, action.new_symbol) if action.new_symbol else (action.symbol,)


def news_text(news: SecurityNews) -> str:
    """It in words, for Text(58)."""
    if isinstance(news, ShortSaleRestricted):
        return RESTRICTED if news.is_restricted else "short sales need no limit above the best bid any more"
    action = news.action
    match action.kind:
        case ActionKind.SPLIT:
            return f"split, {action.numerator} for {action.denominator}"
        case ActionKind.CASH_DIVIDEND:
            return f"ex dividend of {money_text(action.amount)} a share"
        case ActionKind.SYMBOL_CHANGE:
            return f"{action.symbol} is {action.new_symbol} now"
        case _:
            assert_never(action.kind)


def action_code(news: SecurityNews, dictionary: Dictionary) -> str:
    """CorporateAction(292) in one version; empty where it has none for it."""
    if isinstance(news, ShortSaleRestricted):
        return ""
    codes = dictionary.fields["292"].codes
    return next((code for code in _codes(news.action) if code in codes), "")


def _codes(action: CorporateAction) -> tuple[str, ...]:
    """The codes that say it, the best first."""
    match action.kind:
        case ActionKind.SPLIT if action.numerator < action.denominator:
            return REVERSE_SPLIT, EX_DISTRIBUTION
        case ActionKind.SPLIT:
            return UNEVEN_SPLIT if action.numerator % action.denominator else EVEN_SPLIT, EX_DISTRIBUTION
        case ActionKind.CASH_DIVIDEND:
            return (EX_DIVIDEND,)
        case ActionKind.SYMBOL_CHANGE:
            return (SYMBOL_CONVERSION,)
        case _:
            assert_never(action.kind)
