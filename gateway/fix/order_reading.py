"""Makes commands of the venue of order messages: new orders, cancels and replaces, as their fields state them.

Text becomes integers here. What cannot be read into them, or asks for what the venue does not offer, becomes a refusal,
so that it is numbered, journaled and reported like every other answer. Nothing is submitted here: order entry does.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from exchange.commands import CancelOrder, EnterOrder, RefuseAmendment, RefuseOrder, ReplaceOrder
from exchange.matching.order_register import OrderRegister
from exchange.orders import OrderConditions, OrderType, Side, TimeInForce
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason
from gateway.fix import tags
from gateway.fix.habits import DisconnectMode
from gateway.fix.market_days import MarketDays
from gateway.fix.order_conditions import ConditionReader, stated_group
from gateway.fix.order_fields import (
    FieldRefused,
    check_identifier,
    kept,
    read_order_id,
    read_order_named,
    read_order_type,
    read_price,
    read_quantity,
    read_side,
    read_symbol,
    read_time_in_force,
)
from gateway.fix.profile import SessionProfile
from gateway.fix.short_sales import marked, read_locate, read_short_sale

ACCOUNTS_NAMED_MAX = 8
"""Accounts that a refusal names: a session may have a thousand."""

_STATED = {
    "side": tags.Side,
    "order_type": tags.OrdType,
    "time_in_force": tags.TimeInForce,
    "quantity": tags.OrderQty,
    "price": tags.Price,
}
"""Fields that a refusal repeats as they were written, for the venue may have no word for them."""


class OrderReader:
    """Reads the orders of all sessions."""

    def __init__(self, instruments: Mapping[str, Instrument], days: MarketDays, register: OrderRegister) -> None:
        self._instruments = instruments
        self._register = register
        self._conditions = ConditionReader(days)

    def new_order(
        self, profile: SessionProfile, fields: Mapping[str, str], open_orders: int
    ) -> EnterOrder | RefuseOrder:
        """A new order, or why it is refused; `open_orders`: how many the session has already."""
        symbol, account = fields.get(tags.Symbol, ""), account_of(profile, fields)
        side, order_type, time_in_force, quantity, price = Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 0, 0
        conditions: OrderConditions | None = None
        try:
            side = read_side(fields)
            check_identifier("cl_ord_id", fields[tags.ClOrdID])
            symbol = read_symbol(fields)
            check_account(profile, account)
            _check_open(profile, open_orders)
            order_type = read_order_type(fields, side)
            time_in_force = read_time_in_force(fields)
            quantity = read_quantity(fields)
            instrument = self._instruments.get(symbol)
            conditions = self._conditions.read(fields, instrument)
            if conditions is not None:
                _check_line(profile, conditions)
            short_sale = read_short_sale(fields)
            if short_sale is not None:
                conditions = marked(conditions, short_sale, read_locate(fields))
            if instrument is not None:
                price = read_price(fields, order_type, instrument)
        except FieldRefused as refused:
            return RefuseOrder(
                EnterOrder(
                    profile.comp_id, kept(fields[tags.ClOrdID]), kept(account), kept(symbol),
                    side, order_type, time_in_force, quantity, price, conditions or stated_group(fields),
                ),
                refused.reason,
                refused.field,
                refused.text,
                {name: kept(fields[tag]) for name, tag in _STATED.items() if tag in fields},
            )  # fmt: skip
        return EnterOrder(
            profile.comp_id, fields[tags.ClOrdID], account, kept(symbol),
            side, order_type, time_in_force, quantity, price, conditions,
        )  # fmt: skip

    def cancel(self, comp_id: str, fields: Mapping[str, str]) -> CancelOrder | RefuseAmendment:
        """A cancel, or why it is refused."""
        try:
            side = read_side(fields)
            check_identifier("cl_ord_id", fields[tags.ClOrdID])
            symbol = read_symbol(fields)
            orig_cl_ord_id, order_id = read_order_named(fields)
        except FieldRefused as refused:
            return _refused_amendment(comp_id, fields, refused, is_replace=False)
        return CancelOrder(
            comp_id, fields[tags.ClOrdID], orig_cl_ord_id, kept(symbol), side, order_id,
            kept(fields.get(tags.Account, "")), read_short_sale(fields),
        )  # fmt: skip

    def replace(self, profile: SessionProfile, fields: Mapping[str, str]) -> ReplaceOrder | RefuseAmendment:
        """A replace, or why it is refused."""
        price, comp_id, account = 0, profile.comp_id, fields.get(tags.Account, "")
        try:
            side = read_side(fields)
            check_identifier("cl_ord_id", fields[tags.ClOrdID])
            symbol = read_symbol(fields)
            order_type = read_order_type(fields, side)
            time_in_force = read_time_in_force(fields)
            quantity = read_quantity(fields)
            instrument = self._instruments.get(symbol)
            conditions = self._conditions.read(fields, instrument)
            if instrument is not None:
                price = read_price(fields, order_type, instrument, is_replace=True)
            orig_cl_ord_id, order_id = read_order_named(fields)
            account_meant = account or self._account(comp_id, orig_cl_ord_id, order_id)
            if account_meant:
                check_account(profile, account_meant)
        except FieldRefused as refused:
            return _refused_amendment(comp_id, fields, refused, is_replace=True)
        return ReplaceOrder(
            comp_id, fields[tags.ClOrdID], orig_cl_ord_id, kept(symbol),
            side, order_type, time_in_force, quantity, price, order_id, conditions,
            account, read_short_sale(fields),
        )  # fmt: skip

    def _account(self, comp_id: str, cl_ord_id: str, order_id: int) -> str:
        """The account of the order that a replace names; empty where the venue has to say what is wrong with it."""
        find = self._register.find_by_order_id
        order = self._register.find(comp_id, cl_ord_id) if cl_ord_id else find(comp_id, order_id)
        return order.terms.account if order is not None else ""


def account_of(profile: SessionProfile, fields: Mapping[str, str]) -> str:
    """Account(1), or the session's first where none is named."""
    return fields.get(tags.Account) or next(iter(profile.accounts), "")


def check_account(profile: SessionProfile, account: str) -> None:
    """Raises `FieldRefused` when a session may not trade for an account."""
    if account not in profile.accounts:
        named = " ".join(islice(profile.accounts, ACCOUNTS_NAMED_MAX)) or "it has none"
        text = f"{kept(account) or '(none)'} is not one this session trades for: {named}"
        raise FieldRefused(RejectReason.UNKNOWN_ACCOUNT, "account", text)


def _check_open(profile: SessionProfile, open_orders: int) -> None:
    if open_orders >= profile.max_open_orders:
        raise FieldRefused(
            RejectReason.TOO_MANY_OPEN_ORDERS,
            "session",
            f"{open_orders} orders are open; the session may have {profile.max_open_orders}",
        )


def _check_line(profile: SessionProfile, conditions: OrderConditions) -> None:
    if conditions.cancels_on_disconnect and profile.habits.cancel_on_disconnect is DisconnectMode.NONE:
        text = "ExecInst(18) o (cancel on connection loss) is not agreed with this session: all its orders stay"
        raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)


def _refused_amendment(
    comp_id: str, fields: Mapping[str, str], refused: FieldRefused, *, is_replace: bool
) -> RefuseAmendment:
    return RefuseAmendment(
        comp_id, kept(fields[tags.ClOrdID]), kept(fields.get(tags.OrigClOrdID, "")),
        is_replace, refused.reason, refused.field, refused.text, read_order_id(fields),
    )  # fmt: skip
