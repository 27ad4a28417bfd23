"""The document of how orders trade: the rules on which venues differ, the profiles that bundle them, the phases.

All of it is read from the code: names and values from the objects, sentences from the docstrings in their source.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from enum import Enum
from types import ModuleType

import msgspec

from exchange import orders
from exchange.orders import Contingency, OrderConditions, OrderType, Peg, SelfTradePrevention, TimeInForce
from exchange.phases import PHASE_RULES, Phase
from exchange.reference import rule_profile
from exchange.reference.rule_profile import PROFILES, RuleProfile

_HEAD = """# How orders trade

Better prices first, then what is shown, then time; a trade prints at the price of the order that rests. Where venues
differ, an instrument chooses: by `rules`, a profile with changes of its own ([settings](settings.md)).
"""


def rules_document() -> str:
    """The whole document."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _words("Order types", OrderType, orders)
    yield from _words("Times in force", TimeInForce, orders)
    yield "## Conditions\n\nWhat an order may ask for besides; most ask for nothing.\n"
    yield "| condition | meaning |\n|---|---|"
    yield from (f"| {_plain(name)} | {text} |" for name, text in _sentences(OrderConditions, orders).items() if text)
    yield ""
    yield from _words("What a peg follows", Peg, orders)
    yield from _words("Self-trade prevention", SelfTradePrevention, orders)
    yield from _words("Groups of orders", Contingency, orders)
    yield from _profiles()
    yield from _phases()


def _words(title: str, words: type[Enum], module: ModuleType) -> Iterator[str]:
    sentences = _sentences(words, module)
    yield f"## {title}\n\n| word | meaning |\n|---|---|"
    yield from (f"| {_plain(word.name)} | {sentences.get(word.name, '')} |" for word in words)
    yield ""


def _profiles() -> Iterator[str]:
    yield "## Rules on which venues differ\n\n| rule | choice | meaning |\n|---|---|---|"
    meanings = _sentences(RuleProfile, rule_profile)
    for field in msgspec.structs.fields(RuleProfile):
        kind = field.type
        if isinstance(kind, type) and issubclass(kind, Enum):
            choices = _sentences(kind, rule_profile)
            head = f"{inspect.getdoc(kind) or ''}"
            yield f"| `{field.name}` | | {head} |"
            yield from (f"| | {member.value} | {choices.get(member.name, '')} |" for member in kind)
        else:
            yield f"| `{field.name}` | yes or no | {meanings.get(field.name, '')} |"
    yield "\n## Profiles\n\n| rule | " + " | ".join(PROFILES) + " |\n|---|" + "---|" * len(PROFILES)
    for field in msgspec.structs.fields(RuleProfile):
        values = [getattr(profile, field.name) for profile in PROFILES.values()]
        yield f"| `{field.name}` | " + " | ".join(_value(value) for value in values) + " |"
    yield ""


def _phases() -> Iterator[str]:
    yield "## Phases of the day\n\nWhat each phase takes, and what it does with orders that could trade.\n"
    yield "| phase | matching | orders | replaces | for the opening | for the close | quotes | meaning |"
    yield "|---|---|---|---|---|---|---|---|"
    sentences = _sentences(Phase, inspect.getmodule(Phase))
    for phase, rules in PHASE_RULES.items():
        takes = (
            rules.takes_orders, rules.takes_replaces, rules.takes_opening and rules.takes_orders,
            rules.takes_closing and rules.takes_orders, rules.takes_quotes,
        )  # fmt: skip
        row = " | ".join((phase.value, rules.matching.value, *map(_value, takes), sentences.get(phase.name, "")))
        yield f"| {row} |"
    yield "\nCancels are taken in every phase."


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value.value) if isinstance(value, Enum) else str(value)


def _plain(name: str) -> str:
    return name.lower().removeprefix("is_").replace("_", " ")


def _sentences(owner: type, module: ModuleType | None) -> dict[str, str]:
    """The docstrings under the names of a class, from its source: at run time they are gone."""
    assert module is not None, owner
    tree = ast.parse(inspect.getsource(module))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == owner.__name__)
    found: dict[str, str] = {}
    name = ""
    for node in body:
        if isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            name = target.id if isinstance(target, ast.Name) else ""
            found[name] = ""
        elif name and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found[name] = " ".join(str(node.value.value).split())
    return found
