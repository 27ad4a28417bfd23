"""The words of orders over HTTP, both ways: sides, kinds, times in force, pegs, groups, states.

They are those of `fixpit order` and of scenarios, so that one vocabulary is to be learned.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from exchange.orders import (
    Contingency,
    OrderStatus,
    OrderType,
    Peg,
    SelfTradePrevention,
    ShortSale,
    Side,
    TimeInForce,
)

SideWord: TypeAlias = Literal["buy", "sell", "sell_short", "sell_short_exempt"]
KindWord: TypeAlias = Literal[
    "limit", "market", "stop", "stop_limit", "market_to_limit", "pegged", "market_if_touched", "limit_if_touched"
]
TimeInForceWord: TypeAlias = Literal["day", "gtc", "ioc", "fok", "gtd", "open", "close"]
PegWord: TypeAlias = Literal["primary", "mid", "market"]
SelfTradeWord: TypeAlias = Literal["none", "cancel-incoming", "cancel-resting", "cancel-both", "decrement"]
ContingencyWord: TypeAlias = Literal["oco", "ouo", "oto"]
StatusWord: TypeAlias = Literal["new", "partially_filled", "filled", "canceled", "expired", "done_for_day", "rejected"]

SIDES: Final = MappingProxyType(
    {
        "buy": (Side.BUY, None),
        "sell": (Side.SELL, None),
        "sell_short": (Side.SELL, ShortSale.SHORT),
        "sell_short_exempt": (Side.SELL, ShortSale.EXEMPT),
    }
)
"""`order_type` of a body: the side, and what it says of the shares that are sold."""

KINDS: Final = MappingProxyType({kind.name.lower(): kind for kind in OrderType})

TIMES_IN_FORCE: Final = MappingProxyType(
    {
        "day": TimeInForce.DAY,
        "gtc": TimeInForce.GOOD_TILL_CANCEL,
        "ioc": TimeInForce.IMMEDIATE_OR_CANCEL,
        "fok": TimeInForce.FILL_OR_KILL,
        "gtd": TimeInForce.GOOD_TILL_DATE,
        "open": TimeInForce.AT_OPENING,
        "close": TimeInForce.AT_CLOSE,
    }
)

PEGS: Final = MappingProxyType({"primary": Peg.PRIMARY, "mid": Peg.MIDPOINT, "market": Peg.MARKET})

SELF_TRADES: Final = MappingProxyType({mode.name.lower().replace("_", "-"): mode for mode in SelfTradePrevention})

CONTINGENCIES: Final = MappingProxyType(
    {
        "oco": Contingency.ONE_CANCELS_OTHER,
        "ouo": Contingency.ONE_UPDATES_OTHER,
        "oto": Contingency.ONE_TRIGGERS_OTHER,
    }
)

STATUSES: Final = MappingProxyType({status.name.lower(): status for status in OrderStatus})

SIDE_WORDS: Final = MappingProxyType({meant: word for word, meant in SIDES.items()})
KIND_WORDS: Final = MappingProxyType({kind: word for word, kind in KINDS.items()})
TIME_IN_FORCE_WORDS: Final = MappingProxyType({meant: word for word, meant in TIMES_IN_FORCE.items()})
PEG_WORDS: Final = MappingProxyType({meant: word for word, meant in PEGS.items()})
SELF_TRADE_WORDS: Final = MappingProxyType({meant: word for word, meant in SELF_TRADES.items()})
CONTINGENCY_WORDS: Final = MappingProxyType({meant: word for word, meant in CONTINGENCIES.items()})
STATUS_WORDS: Final = MappingProxyType({status: word for word, status in STATUSES.items()})

FIELDS: Final = MappingProxyType(
    {
        "account": "portfolio_id",
        "symbol": "stock_symbol",
        "side": "order_type",
        "order_type": "kind",
        "cl_ord_id": "client_order_id",
        "orig_cl_ord_id": "id",
        "order_id": "id",
        "is_all_or_none": "all_or_none",
        "is_post_only": "post_only",
        "instruction": "",
        "session": "",
    }
)
"""What the API calls a field of the venue's refusals, where it has another name for it."""
