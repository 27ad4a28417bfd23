"""What the day, the venue and operators do to an order, as each version reports it."""

from __future__ import annotations

import msgspec
import pytest

from exchange.events import (
    Event,
    FillBusted,
    FillCorrected,
    MassCancelAccepted,
    MassCancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderDoneForDay,
    OrderFilled,
    OrderReplaced,
    OrderRestated,
    OrderTriggered,
    QuoteResult,
    QuotesAnswered,
    QuotesCanceled,
)
from exchange.orders import Contingency, OrderConditions, OrderStatus, OrderTerms, OrderType, Peg, Side, TimeInForce
from exchange.reasons import CancelReason, RestatementReason
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason
from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.execution_reports import CANCEL_TEXTS, ReportWriter, owner_of
from gateway.fix.message import encode
from gateway.fix.quote_reports import entry_key
from gateway.fix.versions import VERSIONS, Version

ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000)
NOON = 1_718_971_200 * 10**9
TERMS = OrderTerms(7, "CLIENT", "b1", "ACC", "ACME", Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 100, 1005)
QUOTED = msgspec.structs.replace(TERMS, cl_ord_id="~7-1", conditions=OrderConditions(quote_id="Q1"))
NAMES = ("FIX.4.2", "FIX.4.4", "FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2")
ALWAYS = ("8", "9", "35", "49", "56", "34", "52", "60", "37", "11", "17", "1", "55", "54", "38", "40", "44", "59", "10")
every_version = pytest.mark.parametrize("version", VERSIONS.values(), ids=lambda version: version.name)


def told(version: Version, event: Event) -> tuple[str, dict[str, str], str]:
    """MsgType, fields, and what is not in every report, as the version's own dictionary reads it."""
    assert owner_of(event) == "CLIENT"
    msg_type, body = ReportWriter({"ACME": ACME}, version).write(event)
    head = f"35={msg_type}\x0149=VENUE\x0156=CLIENT\x0134=1\x0152=20240621-12:00:00.000\x01"
    data = encode(version.begin_string, head + body)[:-7].decode("latin-1")
    message = Codec(load(version.name), check_user_defined=True).read(data)
    assert message.violation is None, f"{version.name}: {message.violation.text} in {message.text}"
    rest = "|".join(f"{tag}={value}" for tag, value in message.pairs if tag not in ALWAYS)
    return msg_type, message.fields, rest


def asked(order_type: OrderType = OrderType.LIMIT, **conditions: object) -> OrderTerms:
    return msgspec.structs.replace(
        TERMS, order_type=order_type, conditions=msgspec.structs.replace(OrderConditions(), **conditions)
    )


SOLD = "32=40|31=10.05"
EVENTS: list[tuple[Event, dict[str, str]]] = [
    (
        OrderFilled(
            9, NOON, TERMS, 5, 40, 1005, 40, 60, 40_200, is_aggressor=False, fee=1_234_560, settles_on=20240625
        ),
        {
            "FIX.4.2": f"20=0|150=1|39=1|{SOLD}|151=60|14=40|6=10.05|64=20240625|12=1.23456|13=3",
            "FIX.4.4": (
                f"527=5|150=F|39=1|{SOLD}|151=60|14=40|6=10.05|64=20240625|851=1|136=1|137=1.23456|138=USD|139=4|891=0"
            ),
        },
    ),
    (
        OrderFilled(9, NOON, TERMS, 5, 40, 1005, 40, 60, 40_200, is_aggressor=True, fee=-2_000),
        {
            "FIX.4.2": f"20=0|150=1|39=1|{SOLD}|151=60|14=40|6=10.05|12=-0.002|13=3",
            "FIX.4.4": f"527=5|150=F|39=1|{SOLD}|151=60|14=40|6=10.05|851=2|136=1|137=-0.002|138=USD|139=4|891=0",
        },
    ),
    (
        OrderTriggered(9, NOON, TERMS, 1010),
        {
            "FIX.4.2": "20=0|150=D|378=4|39=0|151=100|14=0|6=0|58=elected by the price 10.1",
            "FIX.4.4": "150=D|378=8|39=0|636=Y|151=100|14=0|6=0|58=elected by the price 10.1",
            "FIX.5.0": "150=L|39=0|636=Y|151=100|14=0|6=0|58=elected by the price 10.1",
        },
    ),
    (
        OrderRestated(9, NOON, TERMS, 40, 60, 40_200, RestatementReason.NEW_DAY),
        {
            "FIX.4.2": "20=0|150=D|39=1|378=1|151=60|14=40|6=10.05|58=it goes on into a new trading day",
            "FIX.4.4": "150=D|39=1|378=1|151=60|14=40|6=10.05|58=it goes on into a new trading day",
        },
    ),
    (
        OrderRestated(9, NOON, TERMS, 0, 100, 0, RestatementReason.VENUE),
        {
            "FIX.4.2": "20=0|150=D|39=0|378=4|151=100|14=0|6=0|58=changed by the venue",
            "FIX.4.4": "150=D|39=0|378=8|151=100|14=0|6=0|58=changed by the venue",
        },
    ),
    (
        OrderDoneForDay(9, NOON, TERMS, 40, 60, 40_200, "enough for today"),
        {
            "FIX.4.2": "20=0|150=3|39=3|151=0|14=40|6=10.05|58=enough for today",
            "FIX.4.4": "150=3|39=3|151=0|14=40|6=10.05|58=enough for today",
        },
    ),
    (
        OrderCanceled(9, NOON, TERMS, "", 40, 40_200, 60, CancelReason.END_OF_DAY),
        {
            "FIX.4.2": "20=0|150=C|39=C|151=0|14=40|6=10.05|58=the trading day is over",
            "FIX.4.4": "150=C|39=C|151=0|14=40|6=10.05|58=the trading day is over",
        },
    ),
    (
        OrderCanceled(9, NOON, TERMS, "", 0, 0, 100, CancelReason.DISCONNECTED),
        {
            "FIX.4.2": "20=0|150=4|39=4|151=0|14=0|6=0|58=the session's line broke and did not come back in time",
            "FIX.4.4": "150=4|39=4|151=0|14=0|6=0|58=the session's line broke and did not come back in time",
            "FIX.5.0SP2": "150=4|39=4|378=12|151=0|14=0|6=0|58=the session's line broke and did not come back in time",
        },
    ),
    (
        FillBusted(9, NOON, TERMS, 3, 8, 40, 1005, 0, 0, 0, OrderStatus.CANCELED, "error"),
        {
            "FIX.4.2": f"20=1|19=8|150=4|39=4|{SOLD}|151=0|14=0|6=0|58=error",
            "FIX.4.4": f"527=3|19=8|150=H|39=4|{SOLD}|151=0|14=0|6=0|58=error",
        },
    ),
    (
        FillCorrected(9, NOON, TERMS, 3, 8, 40, 1000, 40, 60, 40_000, OrderStatus.PARTIALLY_FILLED, ""),
        {
            "FIX.4.2": "20=2|19=8|150=1|39=1|32=40|31=10|151=60|14=40|6=10",
            "FIX.4.4": "527=3|19=8|150=G|39=1|32=40|31=10|151=60|14=40|6=10",
        },
    ),
    (
        OrderFilled(9, NOON, TERMS, 3, 100, 1005, 100, 0, 100_500, is_aggressor=True, is_auction=True),
        {
            "FIX.4.2": "20=0|150=2|39=2|32=100|31=10.05|151=0|14=100|6=10.05",
            "FIX.4.4": "527=3|150=F|39=2|32=100|31=10.05|151=0|14=100|6=10.05",
            "FIX.5.0": "527=3|150=F|39=2|32=100|31=10.05|151=0|14=100|6=10.05|574=7",
            "FIX.5.0SP1": "527=3|150=F|39=2|32=100|31=10.05|151=0|14=100|6=10.05|574=7|851=4",
        },
    ),
    (
        OrderFilled(9, NOON, QUOTED, 3, 100, 1005, 100, 0, 100_500, is_aggressor=False),
        {
            "FIX.4.2": "20=0|150=2|39=2|32=100|31=10.05|151=0|14=100|6=10.05",
            "FIX.4.4": "527=3|150=F|39=2|32=100|31=10.05|151=0|14=100|6=10.05|851=1",
            "FIX.5.0": "527=3|150=F|39=2|1115=2|32=100|31=10.05|151=0|14=100|6=10.05|851=1",
        },
    ),
]
"""From a version on, until another says otherwise."""


@pytest.mark.parametrize(("event", "reports"), EVENTS, ids=lambda one: type(one).__name__)
def test_each_version_reports_it_in_its_own_way(event: Event, reports: dict[str, str]) -> None:
    expected = ""
    for name in NAMES:
        expected = reports.get(name, expected)
        assert told(VERSIONS[name], event)[2] == expected, name


ECHOES: list[tuple[OrderTerms, dict[str, str]]] = [
    (asked(OrderType.STOP, stop_price=1010), {"FIX.4.2": "99=10.1", "FIX.4.4": "636=N|99=10.1"}),
    (
        asked(OrderType.STOP_LIMIT, stop_price=900, trail_by=50),
        {"FIX.4.2": "99=9|211=0.5", "FIX.4.4": "636=N|99=9|211=0.5|18=a"},
    ),
    (asked(OrderType.STOP, trail_basis_points=25), {"FIX.4.2": "211=25", "FIX.4.4": "636=N|211=25|836=1|18=a"}),
    (asked(display_quantity=10), {"FIX.4.2": "111=10", "FIX.5.0": "1138=10"}),
    (asked(display_quantity=0, min_quantity=20), {"FIX.4.2": "110=20|111=0", "FIX.5.0": "110=20|1138=0"}),
    (
        asked(OrderType.PEGGED, peg=Peg.PRIMARY, peg_offset=-5),
        {"FIX.4.2": "211=-0.05|18=R", "FIX.5.0": "211=-0.05|1094=5"},
    ),
    (asked(is_post_only=True, is_all_or_none=True), {"FIX.4.2": "18=6 G"}),
    (asked(expires_at=NOON), {"FIX.4.2": "126=20240621-12:00:00.000"}),
    (
        asked(group="g", contingency=Contingency.ONE_CANCELS_OTHER),
        {"FIX.4.2": "", "FIX.4.4": "583=g"},
    ),
]


@pytest.mark.parametrize(("terms", "echoes"), ECHOES)
def test_reports_repeat_what_was_asked_for(terms: OrderTerms, echoes: dict[str, str]) -> None:
    expected = ""
    for name in NAMES:
        expected = echoes.get(name, expected)
        rest = told(VERSIONS[name], OrderAccepted(9, NOON, terms))[2]
        found = [
            field for field in rest.split("|") if field.partition("=")[0] not in ("20", "150", "39", "151", "14", "6")
        ]
        assert "|".join(found) == expected, name


@pytest.mark.parametrize(
    ("order_type", "before", "since_44"),
    [(OrderType.MARKET, "40=5", "40=1|59=7"), (OrderType.LIMIT, "40=B", "40=2|59=7")],
)
def test_an_order_for_the_close_is_a_type_of_its_own_in_the_oldest_version(
    order_type: OrderType, before: str, since_44: str
) -> None:
    terms = msgspec.structs.replace(TERMS, order_type=order_type, time_in_force=TimeInForce.AT_CLOSE)
    for version in VERSIONS.values():
        fields = told(version, OrderAccepted(9, NOON, terms))[1]
        said = "|".join(f"{tag}={fields[tag]}" for tag in ("40", "59") if tag in fields)
        assert said == (before if version.name == "FIX.4.2" else since_44)


@every_version
@pytest.mark.parametrize("order_type", OrderType)
def test_every_order_type_that_a_version_can_enter_can_be_reported(version: Version, order_type: OrderType) -> None:
    codes = load(version.name).fields["40"].codes
    is_later = order_type.name in ("MARKET_TO_LIMIT", "MARKET_IF_TOUCHED", "LIMIT_IF_TOUCHED")
    if is_later and "K" not in codes:
        return
    terms = asked(order_type, stop_price=1000)
    for event in (OrderAccepted(9, NOON, terms), OrderReplaced(9, NOON, terms, "b0", 0, 100, 0, kept_priority=True)):
        assert told(version, event)[1]["40"] in codes


@every_version
@pytest.mark.parametrize("reason", CancelReason)
def test_every_cancel_says_why(version: Version, reason: CancelReason) -> None:
    _, fields, _ = told(version, OrderCanceled(9, NOON, TERMS, "", 0, 0, 100, reason))
    assert fields.get("58", "") == CANCEL_TEXTS[reason]
    assert fields["150"] == fields["39"] == ("C" if reason.is_expiry else "4")
    assert bool(CANCEL_TEXTS[reason]) is (reason not in (CancelReason.REQUESTED, CancelReason.MASS_CANCEL))


@every_version
@pytest.mark.parametrize("reason", RestatementReason)
def test_every_restatement_says_why(version: Version, reason: RestatementReason) -> None:
    _, fields, _ = told(version, OrderRestated(9, NOON, TERMS, 0, 100, 0, reason))
    assert fields["378"] in load(version.name).fields["378"].codes and fields["58"]


@pytest.mark.parametrize(
    "event",
    [
        OrderAccepted(9, NOON, QUOTED),
        OrderCanceled(9, NOON, QUOTED, "", 0, 0, 100, CancelReason.QUOTE_REPLACED),
        OrderReplaced(9, NOON, QUOTED, "b0", 0, 100, 0, kept_priority=True),
        OrderRestated(9, NOON, QUOTED, 0, 100, 0, RestatementReason.DECREMENTED),
    ],
    ids=lambda event: type(event).__name__,
)
def test_of_a_quote_s_orders_only_trades_are_reported(event: Event) -> None:
    assert owner_of(event) == ""


@every_version
def test_trades_of_a_quote_have_its_name(version: Version) -> None:
    for event in (
        OrderFilled(9, NOON, QUOTED, 3, 40, 1005, 40, 60, 40_200, is_aggressor=False),
        FillBusted(9, NOON, QUOTED, 3, 8, 40, 1005, 0, 0, 0, OrderStatus.CANCELED, ""),
        FillCorrected(9, NOON, QUOTED, 3, 8, 40, 1000, 40, 60, 40_000, OrderStatus.PARTIALLY_FILLED, ""),
    ):
        assert told(version, event)[1]["11"] == "Q1"


TAKEN = QuoteResult("Q1", "ACME", None, "", "")
REFUSED = QuoteResult("Q1", "ACME", RejectReason.PRICE_OFF_TICK, "bid_price", "10.001 is not a multiple of tick 0.01")


@pytest.mark.parametrize(
    ("result", "before", "since_44"),
    [
        (TAKEN, "b 117=Q1|297=0", "AI 117=Q1|537=1|55=ACME|1=ACC|297=0"),
        (
            REFUSED,
            "b 117=Q1|297=5|300=8|58=BidPx(132) 10.001 is not a multiple of tick 0.01",
            "AI 117=Q1|537=1|55=ACME|1=ACC|297=5|58=BidPx(132) 10.001 is not a multiple of tick 0.01",
        ),
    ],
)
def test_a_quote_is_answered(result: QuoteResult, before: str, since_44: str) -> None:
    for version in VERSIONS.values():
        msg_type, body = ReportWriter({"ACME": ACME}, version).write(
            QuotesAnswered(9, NOON, "CLIENT", "Q1", "ACC", False, (result,))
        )
        assert f"{msg_type} {body[:-1]}".replace("\x01", "|") == (before if version.name == "FIX.4.2" else since_44)
        told(version, QuotesAnswered(9, NOON, "CLIENT", "Q1", "ACC", False, (result,)))


@every_version
def test_a_mass_quote_is_answered_set_by_set(version: Version) -> None:
    results = (
        QuoteResult(entry_key("S1", "1"), "ACME", None, "", ""),
        QuoteResult(entry_key("S1", "2"), "NONE", RejectReason.UNKNOWN_INSTRUMENT, "symbol", "NONE is not listed"),
        QuoteResult(entry_key("S2", "1"), "ACME", None, "", ""),
    )
    msg_type, fields, rest = told(version, QuotesAnswered(9, NOON, "CLIENT", "Q1", "ACC", True, results))
    ok, no = ("", "") if version.name in NAMES[:3] else ("|1167=0", "|1167=5")
    assert (msg_type, fields["297"], fields["58"]) == ("b", "0", "Symbol(55) NONE is not listed")
    assert rest.partition("296=")[2] == (f"2|302=S1|304=2|295=2|299=1{ok}|299=2{no}|368=1|302=S2|304=1|295=1|299=1{ok}")


@every_version
def test_a_mass_quote_of_which_nothing_is_taken_is_rejected(version: Version) -> None:
    refused = QuoteResult(entry_key("S1", "1"), "ACME", RejectReason.PHASE_FORBIDS, "symbol", "ACME is halted")
    _, fields, _ = told(version, QuotesAnswered(9, NOON, "CLIENT", "Q1", "ACC", True, (refused,)))
    assert (fields["297"], fields["300"], fields["368"]) == ("5", "2", "2")


@pytest.mark.parametrize("reason", RejectReason)
def test_every_reason_has_a_code_for_quotes(reason: RejectReason) -> None:
    refused = QuoteResult(entry_key("S1", "1"), "ACME", reason, "symbol", "is wrong")
    for version in VERSIONS.values():
        told(version, QuotesAnswered(9, NOON, "CLIENT", "Q1", "ACC", True, (refused,)))
        told(version, QuotesAnswered(9, NOON, "CLIENT", "Q1", "ACC", False, (refused,)))


@pytest.mark.parametrize(
    ("request_id", "symbol", "before", "since_44"),
    [
        ("Z1", "ACME", "117=Z1|297=1|58=quotes withdrawn: 2", "117=Z1|297=1|58=quotes withdrawn: 2"),
        ("Z1", "", "117=Z1|297=4|58=quotes withdrawn: 2", "117=Z1|297=4|58=quotes withdrawn: 2"),
        (
            "",
            "ACME",
            "117=Q1|297=1|58=withdrawn by the venue: quote protection",
            "117=Q1|297=6|58=withdrawn by the venue: quote protection",
        ),
    ],
)
def test_quotes_that_are_withdrawn_are_told(request_id: str, symbol: str, before: str, since_44: str) -> None:
    reason = CancelReason.QUOTE_CANCELED if request_id else CancelReason.QUOTE_PROTECTION
    event = QuotesCanceled(9, NOON, "CLIENT", request_id, symbol, "ACC", "Q1", 2, reason)
    for version in VERSIONS.values():
        msg_type, _, rest = told(version, event)
        assert (msg_type, rest) == (("b", before) if version.name == "FIX.4.2" else ("AI", since_44))


@pytest.mark.parametrize("name", NAMES[3:])
def test_a_mass_action_is_answered_by_its_own_report(name: str) -> None:
    done = MassCancelAccepted(9, NOON, "CLIENT", "m", "", None, "", 3, "US", True)
    assert told(VERSIONS[name], done)[::2] == ("BZ", "1369=M9|1373=3|1374=9|1375=1|533=3|1300=US")
    text = "2 is not taken; 1 (orders for a security) is"
    refused = MassCancelRejected(
        9, NOON, "CLIENT", "m", "", None, "", RejectReason.UNSUPPORTED_INSTRUCTION, "scope", text, {"scope": "2"},
        None, True,
    )  # fmt: skip
    msg_type, fields, _ = told(VERSIONS[name], refused)
    assert (msg_type, fields["1374"], fields["1375"], fields["1376"]) == ("BZ", "2", "0", "0")
    assert fields["58"] == f"MassActionScope(1374) {text}"
