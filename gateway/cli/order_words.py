"""What a trader asks of an order, in his words, as FIX 4.4 fields; and which of the words contradict each other.

What no venue could carry out is told here, before anything is sent; whether this one offers the rest is its own to say.
Called by the commands of `fixpit order`, with what their options hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

import click

from exchange.orders import Peg
from gateway.fix.order_words import (
    ALL_OR_NONE,
    CANCEL_ON_CONNECTION_LOSS,
    PEG_INSTRUCTIONS,
    POST_ONLY,
    SELF_MATCH_PREVENTIONS,
    TRAILING_STOP,
)
from gateway.scenario.wire import utc_timestamp

TIMES_IN_FORCE: Final = MappingProxyType(
    {"day": "0", "gtc": "1", "open": "2", "ioc": "3", "fok": "4", "gtd": "6", "close": "7"}
)
"""TimeInForce(59)."""

PEGS: Final = MappingProxyType(
    {
        "primary": PEG_INSTRUCTIONS[Peg.PRIMARY],
        "mid": PEG_INSTRUCTIONS[Peg.MIDPOINT],
        "market": PEG_INSTRUCTIONS[Peg.MARKET],
    }
)
"""ExecInst(18) of what a peg follows."""

SELF_TRADES: Final = MappingProxyType(
    {mode.name.lower().replace("_", "-"): code for code, mode in SELF_MATCH_PREVENTIONS.items()}
)
"""SelfMatchPreventionInstruction(2964)."""

ALL = "all"
"""`--display` of an order that shows the whole of itself."""

IN_PRICE, IN_BASIS_POINTS = "0", "1"
"""PegOffsetType(836)."""

BASIS_POINTS_IN_PERCENT = 100

_GOOD_TILL_DATE = TIMES_IN_FORCE["gtd"]
_WAITING = ("--stop", "--if-touched", "--trail")
_CONFLICTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("--if-touched", ("--stop", "--trail"), "one waits for a better price, the other for a worse one"),
    ("--peg", _WAITING, "a pegged order follows the book and waits for no price"),
    ("--peg", ("--market",), "a pegged order takes its price from the book; @ PRICE is the worst it may go to"),
    ("--offset", (*_WAITING, "--market-to-limit"), "an offset is for pegged orders"),
    ("--market-to-limit", (*_WAITING, "--peg"), "it goes to the market at once"),
    ("--market-to-limit", ("--market", "@ PRICE"), "the market gives the order its limit"),
    ("--market", ("@ PRICE",), "an order has one price: @ PRICE, --price PRICE, or --market"),
    ("--all-or-none", ("--min",), "all or none has the whole for its minimum"),
    ("--all-or-none", ("--display",), "an order of all or none is never shown"),
    ("--all-or-none", ("--tif fok",), "fill or kill is all or none already"),
    (
        "--post-only",
        ("--market", "--market-to-limit", *_WAITING, "--tif ioc", "--tif fok"),
        "post-only is for limit and pegged orders that rest",
    ),
    *(
        (tif, (*_WAITING, "--peg", "--market-to-limit"), "only market and limit orders wait for one auction")
        for tif in ("--tif open", "--tif close")
    ),
    *(("--until", (f"--tif {tif}",), "a time to go by is for --tif gtd") for tif in TIMES_IN_FORCE if tif != "gtd"),
)
"""An option, those that exclude it, and why."""


@dataclass(frozen=True, kw_only=True)
class OrderWords:
    """The options of an order, as they were typed. What was not said is empty, or None of a flag that has a `--no-`."""

    price: str = ""
    is_market: bool = False
    stop: str = ""
    if_touched: str = ""
    trail: str = ""
    """A distance in the price, or a percentage with `%`."""
    peg: str = ""
    offset: str = ""
    is_market_to_limit: bool = False
    tif: str = ""
    until: str = ""
    """A date of the market, or a time in ISO 8601."""
    display: str = ""
    minimum: str = ""
    is_all_or_none: bool | None = None
    is_post_only: bool | None = None
    stp: str = ""
    is_canceled_on_disconnect: bool = False

    def __post_init__(self) -> None:
        for name, option in _OPTIONS.items():
            text = getattr(self, name)
            if isinstance(text, str) and text:
                sendable(text, option)
        given = self.given
        for one, others, why in _CONFLICTS:
            found = [other for other in others if one in given and other in given]
            if found:
                raise click.UsageError(f"{one} and {found[0]} exclude each other: {why}")

    @property
    def given(self) -> frozenset[str]:
        """The options that say something, by their names; of --tif with its word."""
        named = {option for name, option in _OPTIONS.items() if getattr(self, name)}
        return frozenset(named | ({f"--tif {self.tif}"} if self.tif else set()))

    @property
    def changes_anything(self) -> bool:
        """Whether anything at all was said, a flag that takes something back included."""
        return any(getattr(self, one.name) not in ("", None, one.default) for one in fields(self))


_OPTIONS: Final = MappingProxyType(
    {
        "price": "@ PRICE",
        "is_market": "--market",
        "stop": "--stop",
        "if_touched": "--if-touched",
        "trail": "--trail",
        "peg": "--peg",
        "offset": "--offset",
        "is_market_to_limit": "--market-to-limit",
        "until": "--until",
        "display": "--display",
        "minimum": "--min",
        "is_all_or_none": "--all-or-none",
        "is_post_only": "--post-only",
        "stp": "--stp",
        "is_canceled_on_disconnect": "--cancel-on-disconnect",
    }
)


def sendable(text: str, name: str) -> str:
    """Text that a FIX field can hold: whether it makes sense there is the venue's to say."""
    if not text or not (text.isascii() and text.isprintable()):
        raise click.UsageError(f"{name} {text!r} has characters that a FIX field cannot hold")
    return text


def new_terms(words: OrderWords) -> dict[str, str]:
    """OrdType(40) and all that goes with it, by tag; raises `click.UsageError` for what says too little."""
    takes_no_price = words.given & {*_WAITING, "--peg", "--market-to-limit"}
    if not (takes_no_price or words.price or words.is_market):
        raise click.UsageError("an order has one price: @ PRICE, --price PRICE, or --market")
    if words.offset and not words.peg:
        raise click.UsageError("--offset needs --peg primary, mid or market: what it is added to")
    if words.tif == "gtd" and not words.until:
        raise click.UsageError("--tif gtd needs --until TIME or DATE")
    asked = _instructions(words)
    stated = {"59": TIMES_IN_FORCE["day"], **_stated(words), **({"18": " ".join(asked)} if asked else {})}
    return {"40": _order_type(words, has_limit=bool(words.price)), **stated}


def changed_terms(reported: Mapping[str, str], words: OrderWords) -> dict[str, str]:
    """The terms of an order with what was said put in their place: a replace states all of them (FIX 4.4 vol. 4).

    `reported`: the fields of the order as its venue tells them; none that is not changed is lost.
    """
    terms, stated = dict(reported), _stated(words)
    if stated.get("59", _GOOD_TILL_DATE) != _GOOD_TILL_DATE or words.until:
        terms.pop("126", None)
        terms.pop("432", None)
    if words.display == ALL:
        terms.pop("111", None)
    terms |= stated
    if words.given & {*_WAITING, "--peg"} and not _is_alike(terms["40"], words):
        terms["40"] = _order_type(words, has_limit="44" in terms)
    asked = _changed_instructions(terms.pop("18", "").split(), words)
    return {**terms, **({"18": " ".join(asked)} if asked else {})}


def _is_alike(order_type: str, words: OrderWords) -> bool:
    """Whether an order may go by its OrdType(40) with what is said now; stops that trail go by three of them."""
    return order_type in ("J" if words.if_touched else "P" if words.peg else "34P")


def _order_type(words: OrderWords, *, has_limit: bool) -> str:
    if words.trail or words.peg:
        return "P"
    if words.stop:
        return "4" if has_limit else "3"
    if words.if_touched:
        return "J"
    if words.is_market_to_limit:
        return "K"
    return "2" if has_limit else "1"


def _stated(words: OrderWords) -> dict[str, str]:
    """The fields of what was said, ExecInst(18) aside."""
    found = {
        "44": words.price,
        "99": words.stop or words.if_touched,
        **(_distance(words.trail) if words.trail else {}),
        **({"211": words.offset, "836": IN_PRICE} if words.offset else {}),
        "59": _GOOD_TILL_DATE if words.until else TIMES_IN_FORCE.get(words.tif, ""),
        **(_expiry(words.until) if words.until else {}),
        "111": "" if words.display == ALL else words.display,
        "110": words.minimum,
        "2964": SELF_TRADES.get(words.stp, ""),
    }
    return {tag: text for tag, text in found.items() if text}


def _instructions(words: OrderWords) -> list[str]:
    return [
        *([TRAILING_STOP] if words.trail else []),
        *([PEGS[words.peg]] if words.peg else []),
        *([POST_ONLY] if words.is_post_only else []),
        *([ALL_OR_NONE] if words.is_all_or_none else []),
        *([CANCEL_ON_CONNECTION_LOSS] if words.is_canceled_on_disconnect else []),
    ]


def _changed_instructions(reported: list[str], words: OrderWords) -> list[str]:
    gone = {
        *(PEGS.values() if words.peg else ()),
        *([POST_ONLY] if words.is_post_only is False else []),
        *([ALL_OR_NONE] if words.is_all_or_none is False else []),
    }
    return list(dict.fromkeys([*(one for one in reported if one not in gone), *_instructions(words)]))


def _distance(trail: str) -> dict[str, str]:
    """PegOffsetValue(211) and PegOffsetType(836) of a trailing stop."""
    percent, sign, rest = trail.partition("%")
    if not sign:
        return {"211": trail, "836": IN_PRICE}
    try:
        points = Decimal(percent) * BASIS_POINTS_IN_PERCENT
    except InvalidOperation:
        points = Decimal()
    if rest or not points.is_finite() or points <= 0 or points != points.to_integral_value():
        raise click.UsageError(f"--trail {trail} is not a percentage above 0 in steps of 0.01 %, such as 2.5%")
    return {"211": f"{points:.0f}", "836": IN_BASIS_POINTS}


def _expiry(until: str) -> dict[str, str]:
    """ExpireDate(432), which is local to the market, or ExpireTime(126), which is UTC."""
    try:
        return {"432": f"{date.fromisoformat(until):%Y%m%d}"}
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(until)
    except ValueError:
        text = f"--until {until} is neither a date such as 2026-12-31 nor a time such as 2026-12-31T16:00 (UTC)"
        raise click.UsageError(text) from None
    return {"126": utc_timestamp(at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))}
