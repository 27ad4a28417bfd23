"""Short sales: what an order says of its shares is read in every version, and told on all that is said of the order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.orders import OrderConditions, ShortSale
from gateway.fix.order_fields import FieldRefused
from gateway.fix.short_sales import read_locate
from gateway.fix.versions import VERSIONS
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import SETTINGS, versioned_desk

NAMES = {"FIX.4.4": "ALICE", "FIX.5.0SP2": "BOB", "FIX.4.2": "CAROL", "FIX.5.0": "DAVE", "FIX.5.0SP1": "ERIN"}
ALL_VERSIONS = SETTINGS.replace(
    "accounts:\n  - { id: ACC",
    "    - { comp_id: DAVE, version: FIX.5.0 }\n    - { comp_id: ERIN, version: FIX.5.0SP1 }\naccounts:\n  - { id: ACC",
)
every_version = pytest.mark.parametrize("name", [NAMES[version] for version in VERSIONS])
SELL = "55=ACME|38=100|40=2|44=10"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with versioned_desk(tmp_path, ALL_VERSIONS) as desk:
        yield desk


def told(desk: Desk, name: str) -> list[str]:
    """Of each report its ExecType(150), ClOrdID(11) and Side(54); of other messages the type."""
    reports = []
    for said in desk.heard(name):
        msg_type, _, text = said.partition("|")
        fields = dict(field.split("=", 1) for field in text.split("|"))
        reports.append(f"{fields['150']} {fields['11']} {fields['54']}" if msg_type == "8" else msg_type)
    return reports


def say(desk: Desk, name: str, *messages: str) -> list[str]:
    """What is answered to messages of one turn."""
    for text in messages:
        desk.side.acceptor.sessions[name].receive(desk.message(name, text))
    return told(desk, name)


@every_version
@pytest.mark.parametrize("side", ["5", "6"])
async def test_every_report_tells_that_a_sale_is_a_short_one(desk: Desk, name: str, side: str) -> None:
    is_old = name == "CAROL"
    fill, status, handled = ("1" if is_old else "F"), ("0" if is_old else "I"), ("|21=1" if is_old else "")
    assert say(desk, name, f"D|11=s|54={side}|{SELL}|5700=LENDER{handled}") == [f"0 s {side}"]
    assert say(desk, name, f"H|11=s|55=ACME|54={side}") == [f"{status} s {side}"]
    order = f"55=ACME|54={side}|38=90|40=2|44=10{handled}"
    assert say(desk, name, f"G|11=r|41=s|{order}") == [f"5 r {side}"]
    assert say(desk, "ALICE" if name != "ALICE" else "BOB", "D|11=b|55=ACME|54=1|38=20|40=2|44=10|1=OTHER")
    assert told(desk, name) == [f"{fill} r {side}"]
    assert say(desk, name, f"F|11=c|41=r|55=ACME|54={side}") == [f"4 c {side}"]
    assert say(desk, name, f"D|11=x|54={side}|55=NONE|38=100|40=2|44=10{handled}") == [f"8 x {side}"]
    assert say(desk, name, f"D|11=y|54={side}|55=ACME|38=5|40=2|44=10{handled}") == [f"8 y {side}"]
    entry = f"11=l|67=1|55=ACME|54={side}|114=N|38=100|40=2|44=11|5700=LENDER"
    assert say(desk, name, f"E|66=L|394=3|68=1|73=1|{entry}") == [f"0 l {side}", "N"]
    if not is_old:
        assert say(desk, name, "AF|584=q|585=7|54=2") == [f"I l {side}"]
        assert say(desk, name, "q|11=m|530=7|54=2") == ["r", f"4 m {side}"]


@every_version
@pytest.mark.parametrize(
    ("fields", "conditions"),
    [
        ("54=5", OrderConditions(short_sale=ShortSale.SHORT)),
        ("54=6|114=Y", OrderConditions(short_sale=ShortSale.EXEMPT)),
        ("54=5|114=N", OrderConditions(short_sale=ShortSale.SHORT, locate="arranged")),
        ("54=5|5700=LENDER", OrderConditions(short_sale=ShortSale.SHORT, locate="LENDER")),
        ("54=6|114=N|5700=LENDER", OrderConditions(short_sale=ShortSale.EXEMPT, locate="LENDER")),
        ("54=5|110=50", OrderConditions(short_sale=ShortSale.SHORT, min_quantity=50)),
        ("54=2|114=N|5700=LENDER", None),
    ],
)
async def test_what_an_order_says_of_its_shares(
    desk: Desk, name: str, fields: str, conditions: OrderConditions | None
) -> None:
    say(desk, name, f"D|11=s|{SELL}|{fields}" + ("|21=1" if name == "CAROL" else ""))
    order = desk.side.venue.register.find(name, "s")
    assert order is not None
    assert order.terms.conditions == conditions


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"5700": "x" * 65}, "CLIENT_ORDER_ID_TOO_LONG locate has 65 characters; at most 64 are kept"),
        (
            {"5700": "LENDER", "114": "Y"},
            "CONFLICTING_INSTRUCTIONS locate LENDER contradicts LocateReqd(114) Y: a locate that is named is there",
        ),
    ],
)
def test_a_locate_that_cannot_be_meant_is_refused(fields: dict[str, str], refusal: str) -> None:
    with pytest.raises(FieldRefused) as refused:
        read_locate(fields)
    assert f"{refused.value.reason} {refused.value.field} {refused.value}" == refusal


async def test_what_a_sale_says_of_its_shares_is_no_matter_of_a_replace(desk: Desk) -> None:
    desk.play(f"""
        ALICE > D|11=s|54=5|{SELL}|111=20
        ALICE < 8|37=1|11=s|150=0|39=0|1=ACC|55=ACME|54=5|38=100|40=2|44=10|59=0|111=20|151=100|14=0|6=0
        ALICE > G|11=r|41=s|54=6|{SELL}
        ALICE < 9|37=1|11=r|41=s|39=0|434=2|102=99|58=Side(54) sell short exempt is not the order's sell short
        ALICE > G|11=t|41=s|54=2|{SELL}
        ALICE < 8|37=1|11=t|41=s|150=5|39=0|1=ACC|55=ACME|54=5|38=100|40=2|44=10|59=0|111=20|151=100|14=0|6=0
        ALICE > F|11=c|41=t|54=6|55=ACME
        ALICE < 9|37=1|11=c|41=t|39=0|434=1|102=99|58=Side(54) sell short exempt is not the order's sell short
        ALICE > D|11=l|54=2|{SELL}
        ALICE < 8|...
        ALICE > F|11=d|41=l|54=5|55=ACME
        ALICE < 9|37=2|11=d|41=l|39=0|434=1|102=99|58=Side(54) sell short is not the order's sell
    """)


@every_version
@pytest.mark.parametrize("side", ["3", "4", "7", "8", "9"])
async def test_other_sides_are_refused_with_those_that_are_taken(desk: Desk, name: str, side: str) -> None:
    say_text = f"58=Side(54) {side} is not taken; 1 (buy), 2 (sell), 5 (sell short) and 6 (sell short exempt) are"
    handled = "|21=1" if name == "CAROL" else ""
    desk.side.acceptor.sessions[name].receive(desk.message(name, f"D|11=s|54={side}|{SELL}{handled}"))
    [said] = desk.heard(name)
    assert said.endswith(say_text)
    assert f"|54={side}|" in said
