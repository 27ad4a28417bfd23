"""The short forms of order entry: `buy`, `sell`, `cancel`, `replace`, `status` and the mass requests as FIX 4.4 fields.

`OrderEntry` belongs to one participant and remembers the orders it sent, so that a cancel needs no more than the
order's ClOrdID: symbol, side and quantity are known. What the author gives always wins over what is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from gateway.scenario.script import Template
from gateway.scenario.steps import (
    CancelOrder,
    EnterOrder,
    MassCancel,
    MassStatus,
    OrderWords,
    ReplaceOrder,
    Send,
    SentFields,
    StatusRequest,
)
from gateway.scenario.vocabulary import Vocabulary
from gateway.scenario.wire import utc_timestamp

TIME_IN_FORCE_WORDS = MappingProxyType(
    {"day": "0", "gtc": "1", "opg": "2", "ioc": "3", "fok": "4", "gtx": "5", "gtd": "6", "atc": "7"}
)
"""What traders say for TimeInForce(59)."""

TYPE_WORDS = MappingProxyType({
    "market": "1", "limit": "2", "stop": "3", "stop_limit": "4", "market_to_limit": "K", "pegged": "P",
    "market_if_touched": "J", "limit_if_touched": "J",
})  # fmt: skip
"""What traders say for OrdType(40)."""

EXEC_WORDS = MappingProxyType({
    "post_only": "6", "all_or_none": "G", "primary_peg": "R", "mid_peg": "M", "market_peg": "P", "trailing": "a",
    "cancel_on_disconnect": "o",
})  # fmt: skip
"""What traders say for ExecInst(18)."""

EXPIRE_DATE_LENGTH = 8
"""Characters of an ExpireDate(432); an ExpireTime(126) has more."""

CONDITION_TAGS = MappingProxyType({"stop": "99", "display": "111", "min_qty": "110", "offset": "211"})
"""Words of an order's conditions whose value is sent as it is."""

NEEDS_TRANSACT_TIME = frozenset({"D", "F", "G", "q"})
"""Messages of order entry that must have TransactTime(60)."""

FOR_SECURITY, ALL_ORDERS = "1", "7"
"""MassCancelRequestType(530) and MassStatusReqType(585)."""

ABSENT = "absent"
"""The value that leaves a field out which would be filled in otherwise."""

Request: TypeAlias = tuple[str, list[tuple[str, str]]]
"""MsgType and fields of a message to be sent."""


@dataclass(frozen=True)
class Entered:
    """An order as this participant last asked for it."""

    symbol: str
    side: str
    quantity: str
    order_type: str
    price: str | None
    time_in_force: str | None
    account: str | None
    conditions: Mapping[str, str] = field(default_factory=dict)
    """By tag."""


class OrderEntry:
    """Makes the requests of one participant."""

    def __init__(
        self, participant: str, account: str | None, vocabulary: Vocabulary, now: Callable[[], str] = utc_timestamp
    ) -> None:
        """`now` gives TransactTime(60)."""
        self._now = now
        self._participant = participant
        self._account = account
        self._vocabulary = vocabulary
        self._orders: dict[str, Entered] = {}
        self._last_id = 0

    def enter(self, side: str, words: EnterOrder, template: Template) -> Request:
        """A NewOrderSingle(D) for `buy` and `sell`."""
        price, conditions = words.price or template.price, self._conditions(words, template)
        order = Entered(
            symbol=words.symbol or template.symbol or "",
            side=side,
            quantity=words.qty or template.qty or "",
            order_type=self._type(words.type or template.type, price, has_stop="99" in conditions),
            price=price,
            time_in_force=self._time_in_force(words.tif or template.tif),
            account=words.account or template.account or self._account,
            conditions=conditions,
        )
        cl_ord_id = words.id or self._next_id()
        self._orders[cl_ord_id] = order
        fields = [("11", cl_ord_id), ("1", order.account), ("55", order.symbol), ("54", order.side)]
        return self._request("D", [*fields, *_terms(order)], template.fields | words.fields)

    def cancel(self, words: CancelOrder) -> Request:
        """An OrderCancelRequest(F)."""
        known = self._orders.get(words.orig)
        fields = [
            ("41", words.orig),
            ("11", words.id or self._next_id()),
            ("55", words.symbol or (known.symbol if known else None)),
            ("54", self._side(words.side) or (known.side if known else None)),
            ("38", words.qty or (known.quantity if known else None)),
        ]
        return self._request("F", fields, words.fields)

    def replace(self, words: ReplaceOrder, template: Template) -> Request:
        """An OrderCancelReplaceRequest(G): terms that are not given stay as they were asked for before."""
        known = self._orders.get(words.orig) or Entered("", "", "", "", None, None, None)
        given_type = words.type or template.type
        price = words.price or template.price or known.price
        conditions = {**known.conditions, **self._conditions(words, template)}
        order = replace(
            known,
            symbol=words.symbol or template.symbol or known.symbol,
            side=self._side(words.side) or known.side,
            quantity=words.qty or template.qty or known.quantity,
            order_type=known.order_type or self._type(None, price, has_stop="99" in conditions)
            if given_type is None
            else self._type(given_type, price),
            price=price,
            time_in_force=self._time_in_force(words.tif or template.tif) or known.time_in_force,
            account=words.account or template.account or known.account,
            conditions=conditions,
        )
        cl_ord_id = words.id or self._next_id()
        self._orders[cl_ord_id] = order
        fields = [("41", words.orig), ("11", cl_ord_id), ("1", order.account)]
        fields += [("55", order.symbol or None), ("54", order.side or None)]
        return self._request("G", [*fields, *_terms(order)], template.fields | words.fields)

    def status(self, words: StatusRequest) -> Request:
        """An OrderStatusRequest(H)."""
        known = self._orders.get(words.orig)
        fields = [
            ("11", words.orig),
            ("790", words.id),
            ("55", words.symbol or (known.symbol if known else None)),
            ("54", self._side(words.side) or (known.side if known else None)),
        ]
        return self._request("H", fields, words.fields)

    def mass_cancel(self, words: MassCancel) -> Request:
        """An OrderMassCancelRequest(q)."""
        fields = [
            ("11", words.id or self._next_id()),
            ("530", FOR_SECURITY if words.symbol else ALL_ORDERS),
            ("55", words.symbol),
            ("54", self._side(words.side)),
        ]
        return self._request("q", fields, words.fields)

    def mass_status(self, words: MassStatus) -> Request:
        """An OrderMassStatusRequest(AF)."""
        fields = [
            ("584", words.id or self._next_id()),
            ("585", FOR_SECURITY if words.symbol else ALL_ORDERS),
            ("1", words.account),
            ("55", words.symbol),
            ("54", self._side(words.side)),
        ]
        return self._request("AF", fields, words.fields)

    def send(self, words: Send, template: Template) -> Request:
        """Any message, as the author gives it."""
        msg_type = self._vocabulary.message_type(words.msg) or words.msg
        return self._request(msg_type, [], template.fields | words.fields)

    def _request(self, msg_type: str, filled: list[tuple[str, str | None]], given: SentFields) -> Request:
        fields: dict[str, list[tuple[str, str]]] = {
            tag: [(tag, value)] for tag, value in filled if value not in (None, "") and value is not None
        }
        if msg_type in NEEDS_TRANSACT_TIME:
            fields["60"] = [("60", self._now())]
        for name, value in given.items():
            tag = self._tag(name)
            fields[tag] = self._written(tag, value)
        return msg_type, [pair for pairs in fields.values() for pair in pairs]

    def _written(self, tag: str, value: str | list[dict[str, str]]) -> list[tuple[str, str]]:
        if isinstance(value, list):
            members = [(self._tag(name), text) for member in value for name, text in member.items()]
            return [(tag, str(len(value))), *(pair for name, text in members for pair in self._written(name, text))]
        if value == ABSENT:
            return []
        meaning = self._vocabulary.field(tag)
        return [(tag, meaning.code(value) if meaning else value)]

    def _tag(self, name: str) -> str:
        meaning = self._vocabulary.field(name)
        assert meaning is not None, f"field {name} passed the check of references"
        return meaning.tag

    def _side(self, text: str | None) -> str | None:
        return self._code("54", text) if text else None

    def _time_in_force(self, text: str | None) -> str | None:
        return (TIME_IN_FORCE_WORDS.get(text.lower()) or self._code("59", text)) if text else None

    def _conditions(self, words: OrderWords, template: OrderWords) -> dict[str, str]:
        """What an order asks for beyond type, quantity and price, by tag."""
        given = {name: getattr(words, name) or getattr(template, name) for name in (*CONDITION_TAGS, "exec", "expires")}
        found = {tag: text for name, tag in CONDITION_TAGS.items() if (text := given[name]) is not None}
        if given["exec"] is not None:
            found["18"] = " ".join(EXEC_WORDS.get(word, word) for word in given["exec"].split())
        if given["expires"] is not None:
            found["432" if len(given["expires"]) == EXPIRE_DATE_LENGTH else "126"] = given["expires"]
        return found

    def _type(self, text: str | None, price: str | None, *, has_stop: bool = False) -> str:
        if text is None:
            kind = "limit" if price else "market"
            return TYPE_WORDS[{"limit": "stop_limit", "market": "stop"}[kind] if has_stop else kind]
        return TYPE_WORDS.get(text.lower()) or self._code("40", text)

    def _code(self, tag: str, text: str) -> str:
        meaning = self._vocabulary.field(tag)
        return meaning.code(text) if meaning else text

    def _next_id(self) -> str:
        self._last_id += 1
        return f"{self._participant}-{self._last_id}"


def _terms(order: Entered) -> list[tuple[str, str | None]]:
    terms = [("38", order.quantity), ("40", order.order_type), ("44", order.price), ("59", order.time_in_force)]
    return [*terms, *order.conditions.items()]
