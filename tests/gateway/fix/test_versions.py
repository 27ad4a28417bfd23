"""Reports of each version: exactly what differs, and nothing that the version's own dictionary does not allow."""

from __future__ import annotations

import pytest

from exchange.commands import CancelOrder, Command, EnterOrder, ListInstrument, OpenAccount, ReplaceOrder
from exchange.events import Event
from exchange.orders import OrderStatus, OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.venue import Venue
from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.execution_reports import ReportWriter, owner_of
from gateway.fix.message import encode
from gateway.fix.versions import VERSIONS, Version

ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000)
NOON = 1_718_971_200 * 10**9
LIMIT, DAY = OrderType.LIMIT, TimeInForce.DAY


def enter(name: str, side: Side, quantity: int, price: int, symbol: str = "ACME") -> EnterOrder:
    return EnterOrder("CLIENT", name, "ACC", symbol, side, LIMIT, DAY, quantity, price)


LIFE: tuple[Command, ...] = (
    enter("s1", Side.SELL, 100, 1005),
    ReplaceOrder("CLIENT", "s2", "s1", "ACME", Side.SELL, LIMIT, DAY, 80, 1005),
    enter("b1", Side.BUY, 30, 1005),
    enter("b2", Side.BUY, 50, 1005),
    enter("b3", Side.BUY, 10, 1000),
    CancelOrder("CLIENT", "c1", "b3", "ACME", Side.BUY),
    CancelOrder("CLIENT", "c2", "b1", "ACME", Side.BUY),
    enter("b4", Side.BUY, 10, 1000, "NOPE"),
    enter("b5", Side.BUY, 0, 1000),
    enter("b6", Side.BUY, 10, 1000),
    ReplaceOrder("CLIENT", "c3", "b6", "ACME", Side.BUY, LIMIT, DAY, 10, 200_000),
)
"""Accepted, replaced, partly filled, filled, canceled, too late, two refusals, a replace refused for its price."""


def told(version: Version) -> list[tuple[str, dict[str, str]]]:
    """Every report of `LIFE` as (MsgType, fields), each read by the version's own codec."""
    venue, codec = Venue(), Codec(load(version.name))
    events: list[Event] = []
    for command in (ListInstrument(ACME), OpenAccount(Account("ACC", "A")), *LIFE):
        events += venue.apply(command, NOON)
    writer = ReportWriter(venue.instruments, version)
    bodies = [writer.write(event) for event in events if owner_of(event) == "CLIENT"]
    order = venue.register.find("CLIENT", "b6")
    assert order is not None
    bodies.append(("8", writer.status(order.terms, OrderStatus.NEW, (0, 10, 0), "S1", NOON)))
    bodies.append(("8", writer.unknown("nobody", "ACME", "1", "S2", NOON, "unknown")))
    return [(msg_type, read(version, codec, msg_type, body)) for msg_type, body in bodies]


def read(version: Version, codec: Codec, msg_type: str, body: str) -> dict[str, str]:
    head = f"35={msg_type}\x0149=VENUE\x0156=CLIENT\x0134=1\x0152=20240621-12:00:00.000\x01"
    message = codec.read(encode(version.begin_string, head + body)[:-7].decode("latin-1"))
    assert message.violation is None, f"{version.name}: {message.violation.text} in {message.text}"
    return message.fields


@pytest.mark.parametrize("version", VERSIONS.values(), ids=lambda version: version.name)
def test_every_report_is_allowed_by_its_version_s_dictionary(version: Version) -> None:
    assert [msg_type for msg_type, _ in told(version)] == [*"8888888888", "9", *"888", "9", *"88"]


@pytest.mark.parametrize(
    ("name", "states", "has_trade_fields"),
    [
        ("FIX.4.2", "0/00 0/55 0/00 0/22 0/11 0/00 0/22 0/22 0/00 0/44 0/88 0/88 0/00 3/00 3/88", False),
        ("FIX.4.4", "/00 /50 /00 /F2 /F1 /00 /F2 /F2 /00 /44 /88 /88 /00 /I0 /I8", True),
        ("FIX.5.0SP2", "/00 /50 /00 /F2 /F1 /00 /F2 /F2 /00 /44 /88 /88 /00 /I0 /I8", True),
    ],
)
def test_exec_trans_type_exec_type_and_ord_status(name: str, states: str, has_trade_fields: bool) -> None:
    """ExecTransType(20)/ExecType(150)OrdStatus(39) of the reports, in order."""
    reports = [fields for msg_type, fields in told(VERSIONS[name]) if msg_type == "8"]

    assert " ".join(f"{one.get('20', '')}/{one['150']}{one['39']}" for one in reports) == states
    assert ["527" in one for one in reports if "32" in one] == [has_trade_fields] * 4


@pytest.mark.parametrize(
    ("name", "order_codes", "amendment_codes"),
    [
        ("FIX.4.2", ["1", "0"], ["0", "2"]),
        ("FIX.4.4", ["1", "13"], ["0", "99"]),
        ("FIX.5.0SP2", ["1", "13"], ["0", "8"]),
    ],
)
def test_codes_of_refusals(name: str, order_codes: list[str], amendment_codes: list[str]) -> None:
    reports = told(VERSIONS[name])

    assert [
        fields["103"] for _, fields in reports if fields.get("150") == "8" and fields["11"] != "nobody"
    ] == order_codes
    assert [fields["102"] for msg_type, fields in reports if msg_type == "9"] == amendment_codes
