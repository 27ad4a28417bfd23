"""The dictionaries of all versions: what they say, held against the specifications' own numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from gateway.fix import tags
from gateway.fix.dictionary import FIXT, VERSIONS, Dictionary, DictionaryError, Layout, Members, load
from gateway.fix.field_types import FIELD_TYPES
from gateway.fix.versions import VERSIONS as SPOKEN

FIX44 = load("FIX.4.4")
ALL = [load(version) for version in (*VERSIONS, FIXT)]
TAKEN = ["D", "E", "F", "G", "H", "Q", "S", "Z", "c", "e", "g", "i"]
SENT = ["8", "9", "j", "B", "N", "b", "d", "f", "h"]
FROM_44 = ["AF", "q", "x", "BE", "r", "y", "BF", "AI"]
FROM_50SP1 = ["CA", "BZ"]
every_version = pytest.mark.parametrize("dictionary", ALL, ids=lambda dictionary: str(dictionary.version))


def body_of(dictionary: Dictionary, msg_type: str) -> Layout:
    message = dictionary.message(msg_type)
    assert message is not None and message.body is not None
    return message.body


def layouts(dictionary: Dictionary) -> Iterator[tuple[str, Layout]]:
    yield "header", dictionary.header
    yield "trailer", dictionary.trailer
    for message in dictionary.messages.values():
        if message.body is not None:
            yield str(message), message.body


def test_every_version_loads() -> None:
    assert [load(version).version for version in VERSIONS] == list(VERSIONS)


def test_an_unknown_version_is_refused() -> None:
    named = "FIX.4.2, FIX.4.4, FIX.5.0, FIX.5.0SP1, FIX.5.0SP2, FIXT.1.1"
    with pytest.raises(DictionaryError, match=re.escape(f"FIX.3.9 has no dictionary; those that have are {named}")):
        load("FIX.3.9")


@pytest.mark.parametrize(
    ("version", "begin_string", "appl_ver_id", "reject_max", "business_max"),
    [
        ("FIX.4.2", "FIX.4.2", "4", 11, 5),
        ("FIX.4.4", "FIX.4.4", "6", 17, 7),
        ("FIX.5.0", "FIXT.1.1", "7", 18, 18),
        ("FIX.5.0SP1", "FIXT.1.1", "8", 18, 18),
        ("FIX.5.0SP2", "FIXT.1.1", "9", 18, 18),
    ],
)
def test_what_a_version_is_on_the_wire(
    version: str, begin_string: str, appl_ver_id: str, reject_max: int, business_max: int
) -> None:
    found = load(version)
    assert (found.begin_string, found.appl_ver_id) == (begin_string, appl_ver_id)
    assert (found.max_session_reject_reason, found.max_business_reject_reason) == (reject_max, business_max)


@pytest.mark.parametrize("name", VERSIONS)
def test_what_the_venue_says_in_a_version_is_in_its_dictionary(name: str) -> None:
    spoken, dictionary = SPOKEN[name], load(name)
    assert spoken.begin_string == dictionary.begin_string
    assert spoken.session_reject_reason_max == dictionary.max_session_reject_reason
    assert spoken.appl_ver_id == (dictionary.appl_ver_id if dictionary.transport else "")
    for field, codes in (
        ("103", {spoken.ord_rej_other, *spoken.ord_rej_reasons.values()}),
        ("102", {spoken.cxl_rej_other, *spoken.cxl_rej_reasons.values()}),
        ("150", {spoken.partial_fill, spoken.fill}),
        ("39", {spoken.replaced}),
    ):
        assert {str(code) for code in codes} <= dictionary.fields[field].codes.keys(), field


@pytest.mark.parametrize(
    ("version", "number", "first_and_last", "absent"),
    [
        ("FIX.4.2", 412, (1, 8013), "101 220 222 224 230 232 249 260 261 447 552"),
        ("FIX.4.4", 957, (1, 8013), "101 261 809"),
        ("FIX.5.0", 1145, (1, 8013), "101 261 809 995 1004 1010 1076 1078 1140"),
        ("FIX.5.0SP1", 1416, (1, 8013), "101 261 995 1004 1010 1076 1233 1238 1307 1359"),
        ("FIX.5.0SP2", 1497, (1, 8013), "101 261 995 1505 1616"),
        ("FIXT.1.1", 75, (7, 8013), "55 999 1138"),
    ],
)
def test_fields(version: str, number: int, first_and_last: tuple[int, int], absent: str) -> None:
    numbers = sorted(int(tag) for tag in load(version).fields)
    assert (len(numbers), (numbers[0], numbers[-1])) == (number, first_and_last)
    assert [tag for tag in absent.split() if load(version).field(tag) is not None] == []


def test_fields_of_44_are_1_to_956_without_the_three_that_fix_left_out_and_the_extensions() -> None:
    own = {str(tag) for tag in range(1, 957)}
    assert own - FIX44.fields.keys() == {"101", "261", "809"}
    assert {str(FIX44.fields[tag]) for tag in FIX44.fields.keys() - own} == {
        "ContingencyType(1385)",
        "SelfMatchPreventionInstruction(2964)",
        "LocateBroker(5700)",
        "CancelOrdersOnDisconnect(8013)",
    }


@pytest.mark.parametrize("msg_type", ["8", "9", "r", "d", "f", "h", "y", "N", "b", "AI", "j", "B"])
def test_the_venue_sends_no_extensions(msg_type: str) -> None:
    """A client's own dictionary would refuse them. From FIX 5.0 SP1 on ContingencyType(1385) is no extension."""
    for version in ("FIX.4.2", "FIX.4.4", "FIX.5.0"):
        message = load(version).message(msg_type)
        if message is not None and message.body is not None:
            known = {*message.body.members, *message.body.grouped}
            assert known.isdisjoint({"1385", "2964", "5700", "8013"}) and (version != "FIX.4.2" or "583" not in known)


@pytest.mark.parametrize(
    ("version", "number", "bodies"),
    [
        ("FIX.4.2", 46, [*"012345A", *TAKEN, *SENT]),
        ("FIX.4.4", 93, [*"012345A", *TAKEN, *SENT, *FROM_44]),
        ("FIX.5.0", 101, [*"012345A", *TAKEN, *SENT, *FROM_44]),
        ("FIX.5.0SP1", 113, [*"012345A", *TAKEN, *SENT, *FROM_44, *FROM_50SP1]),
        ("FIX.5.0SP2", 116, [*"012345A", *TAKEN, *SENT, *FROM_44, *FROM_50SP1]),
        ("FIXT.1.1", 8, [*"012345A"]),
    ],
)
def test_messages(version: str, number: int, bodies: list[str]) -> None:
    messages = load(version).messages
    assert len(messages) == number
    assert {msg_type for msg_type, one in messages.items() if one.body is not None} == set(bodies)
    assert all(one.msg_type == msg_type for msg_type, one in messages.items())


def test_messages_known_by_name() -> None:
    assert FIX44.message("U") is None and FIX44.message("I") is None
    assert str(FIX44.message("AE")) == "TradeCaptureReport(AE)"
    assert str(load("FIX.4.2").message("b")) == "QuoteAcknowledgement(b)"
    assert load("FIX.4.2").message("AE") is None


REQUIRED = {
    ("0", "FIX.4.2"): "",
    ("1", "FIX.4.2"): "TestReqID",
    ("2", "FIX.4.2"): "BeginSeqNo EndSeqNo",
    ("3", "FIX.4.2"): "RefSeqNum",
    ("4", "FIX.4.2"): "NewSeqNo",
    ("5", "FIX.4.2"): "",
    ("A", "FIX.4.2"): "EncryptMethod HeartBtInt",
    ("A", "FIX.5.0"): "EncryptMethod HeartBtInt DefaultApplVerID",
    ("D", "FIX.4.2"): "ClOrdID HandlInst Symbol Side TransactTime OrdType",
    ("D", "FIX.4.4"): "ClOrdID Side TransactTime OrdType",
    ("E", "FIX.4.2"): "ListID BidType TotNoOrders NoOrders",
    ("F", "FIX.4.2"): "OrigClOrdID ClOrdID Symbol Side TransactTime",
    ("F", "FIX.4.4"): "OrigClOrdID ClOrdID Side TransactTime",
    ("F", "FIX.5.0SP1"): "ClOrdID Side TransactTime",
    ("G", "FIX.4.2"): "OrigClOrdID ClOrdID HandlInst Symbol Side TransactTime OrdType",
    ("G", "FIX.4.4"): "OrigClOrdID ClOrdID Side TransactTime OrdType",
    ("G", "FIX.5.0SP1"): "ClOrdID Side TransactTime OrdType",
    ("H", "FIX.4.2"): "ClOrdID Symbol Side",
    ("H", "FIX.4.4"): "ClOrdID Side",
    ("H", "FIX.5.0SP1"): "Side",
    ("Q", "FIX.4.2"): "OrderID ExecID DKReason Symbol Side",
    ("Q", "FIX.4.4"): "OrderID ExecID DKReason Side",
    ("S", "FIX.4.2"): "QuoteID Symbol",
    ("S", "FIX.4.4"): "QuoteID",
    ("i", "FIX.4.2"): "QuoteID NoQuoteSets",
    ("Z", "FIX.4.2"): "QuoteID QuoteCancelType",
    ("Z", "FIX.5.0"): "QuoteCancelType",
    ("CA", "FIX.5.0SP1"): "ClOrdID MassActionType MassActionScope TransactTime",
    ("BZ", "FIX.5.0SP1"): "MassActionReportID MassActionType MassActionScope MassActionResponse",
    ("N", "FIX.4.2"): "ListID ListStatusType NoRpts ListOrderStatus RptSeq TotNoOrders NoOrders",
    ("b", "FIX.4.2"): "QuoteAckStatus",
    ("b", "FIX.4.4"): "QuoteStatus",
    ("AI", "FIX.4.4"): "QuoteID",
    ("AI", "FIX.5.0SP1"): "",
    ("c", "FIX.4.2"): "SecurityReqID SecurityRequestType",
    ("e", "FIX.4.2"): "SecurityStatusReqID Symbol SubscriptionRequestType",
    ("e", "FIX.4.4"): "SecurityStatusReqID SubscriptionRequestType",
    ("g", "FIX.4.2"): "TradSesReqID SubscriptionRequestType",
    ("AF", "FIX.4.4"): "MassStatusReqID MassStatusReqType",
    ("q", "FIX.4.4"): "ClOrdID MassCancelRequestType TransactTime",
    ("x", "FIX.4.4"): "SecurityReqID SecurityListRequestType",
    ("BE", "FIX.4.4"): "UserRequestID UserRequestType Username",
    ("8", "FIX.4.2"): "OrderID ExecID ExecTransType ExecType OrdStatus Symbol Side LeavesQty CumQty AvgPx",
    ("8", "FIX.4.4"): "OrderID ExecID ExecType OrdStatus Side LeavesQty CumQty AvgPx",
    ("8", "FIX.5.0"): "OrderID ExecID ExecType OrdStatus Side LeavesQty CumQty",
    ("9", "FIX.4.2"): "OrderID ClOrdID OrigClOrdID OrdStatus CxlRejResponseTo",
    ("9", "FIX.5.0SP1"): "OrderID ClOrdID OrdStatus CxlRejResponseTo",
    ("j", "FIX.4.2"): "RefMsgType BusinessRejectReason",
    ("B", "FIX.4.2"): "Headline LinesOfText",
    ("B", "FIX.4.4"): "Headline NoLinesOfText",
    ("d", "FIX.4.2"): "SecurityReqID SecurityResponseID TotalNumSecurities",
    ("d", "FIX.4.4"): "SecurityReqID SecurityResponseID SecurityResponseType",
    ("d", "FIX.5.0"): "",
    ("f", "FIX.4.2"): "Symbol",
    ("f", "FIX.4.4"): "",
    ("h", "FIX.4.2"): "TradingSessionID TradSesStatus",
    ("r", "FIX.4.4"): "OrderID MassCancelRequestType MassCancelResponse",
    ("r", "FIX.5.0SP1"): "OrderID MassActionReportID MassCancelRequestType MassCancelResponse",
    ("y", "FIX.4.4"): "SecurityReqID SecurityResponseID SecurityRequestResult",
    ("y", "FIX.5.0"): "",
    ("BF", "FIX.4.4"): "UserRequestID Username",
}
"""From a version on, until another line says otherwise."""


def test_required_fields() -> None:
    said: dict[str, str] = {}
    for version in VERSIONS:
        said |= {msg_type: names for (msg_type, since), names in REQUIRED.items() if since == version}
        dictionary = load(version)
        for msg_type, names in said.items():
            required = [dictionary.fields[tag].name for tag in body_of(dictionary, msg_type).required]
            assert required == names.split(), f"{version} {msg_type}"


@every_version
def test_required_header_fields(dictionary: Dictionary) -> None:
    assert list(dictionary.header.required) == ["8", "9", "35", "49", "56", "34", "52"]


@every_version
def test_codes_have_meanings_and_fit_their_type(dictionary: Dictionary) -> None:
    for field in dictionary.fields.values():
        assert len(set(field.codes.values())) == len(field.codes), f"{field}: two codes mean the same"
        for code, meaning in field.codes.items():
            assert meaning.isidentifier(), f"{field} {code}"
            assert field.format.fullmatch(code), f"{field} {code} is not a {field.type}"
            assert field.allows(code) and re.fullmatch(field.pattern, code), f"{field} {code}"


@pytest.mark.parametrize(
    ("tag", "code", "since", "meaning"),
    [
        ("54", "5", "FIX.4.2", "SellShort"),
        ("54", "D", "FIX.4.4", "Subscribe"),
        ("150", "1", "FIX.4.2", "PartialFill"),
        ("150", "F", "FIX.4.4", "Trade"),
        ("150", "L", "FIX.5.0", "TriggeredOrActivatedBySystem"),
        ("39", "5", "FIX.4.2", "Replaced"),
        ("59", "7", "FIX.4.4", "AtTheClose"),
        ("59", "9", "FIX.5.0SP1", "AtCrossing"),
        ("59", "A", "FIX.5.0SP2", "GoodForTime"),
        ("530", "7", "FIX.4.4", "AllOrders"),
        ("530", "9", "FIX.5.0SP1", "OrdersForMarketSegment"),
        ("327", "I", "FIX.4.2", "OrderImbalance"),
        ("1409", "0", "FIX.5.0", "Active"),
    ],
)
def test_a_code_and_since_when_it_is(tag: str, code: str, since: str, meaning: str) -> None:
    found = [
        version for version in VERSIONS if (field := load(version).field(tag)) and field.codes.get(code) == meaning
    ]
    assert found[0] == since


def test_codes_that_a_version_took_away() -> None:
    assert FIX44.fields["39"].codes.get("5") is None and load("FIX.5.0").fields["39"].codes["5"] == "Replaced"
    assert FIX44.fields["150"].codes.keys().isdisjoint({"1", "2"})
    assert load("FIX.5.0SP2").fields["327"].name == "HaltReasonInt"


def test_several_codes_stand_in_a_multiple_value_string() -> None:
    for version in VERSIONS:
        exec_inst = load(version).fields["18"]
        assert exec_inst.allows("G 6") and re.fullmatch(exec_inst.pattern, "G 6")
        assert not exec_inst.allows("G ?") and not re.fullmatch(exec_inst.pattern, "G ?")
    assert not FIX44.fields["54"].allows("1 2")


@every_version
def test_every_data_field_has_its_length_right_before_it(dictionary: Dictionary) -> None:
    lengths = {data: length for length, data in dictionary.data_tags.items()}
    assert set(lengths) == {tag for tag, field in dictionary.fields.items() if field.is_data}
    for _, layout in layouts(dictionary):
        for members in every_list(layout.members):
            order = list(members)
            for data in lengths.keys() & members.keys():
                assert order[order.index(data) - 1] == lengths[data]


def every_list(members: Members) -> list[Members]:
    """The members and those of all groups within."""
    return [members, *(inner for group in members.values() if group for inner in every_list(group.members))]


@every_version
def test_groups_are_counted_by_num_in_group_fields_and_no_tag_is_twice_in_a_message(dictionary: Dictionary) -> None:
    for name, layout in layouts(dictionary):
        lists = every_list(layout.members)
        for members in lists:
            for tag, group in members.items():
                assert (group is not None) == (dictionary.fields[tag].type == "NumInGroup"), f"{name} {tag}"
        # TradingSessionID is in the body of some messages and in a group of others: never both.
        every_tag = [tag for members in lists for tag in members]
        assert len(every_tag) == len(set(every_tag)), name


def test_groups_know_their_first_tag_and_all_tags() -> None:
    group = body_of(FIX44, "D").members["453"]
    assert group is not None
    assert group.first_tag == "448"
    assert group.tags == {"448", "447", "452", "802", "523", "803"}
    assert "448" in body_of(FIX44, "D").grouped and "55" not in body_of(FIX44, "D").grouped


def test_session_messages_are_the_transport_s() -> None:
    transport = load(FIXT)
    for version in ("FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2"):
        dictionary = load(version)
        assert dictionary.transport == transport and dictionary.header == transport.header
        assert all(dictionary.messages[msg_type] == message for msg_type, message in transport.messages.items())
    assert FIX44.transport is None and "1137" not in body_of(FIX44, "A").members


def test_tag_constants_are_the_dictionary_s() -> None:
    constants = {name: value for name, value in vars(tags).items() if isinstance(value, str) and name[0] != "_"}
    assert len(constants) > 50
    newest = load("FIX.5.0SP2")
    assert {name: newest.fields[tag].name for name, tag in constants.items()} == {name: name for name in constants}
    types = {name: value for name, value in vars(tags.MsgTypes).items() if name[0] != "_"}
    with_body = {one.name: one.msg_type for one in newest.messages.values() if one.body is not None}
    assert types.items() <= with_body.items()


def test_fields_are_described_as_fix_people_write_them() -> None:
    assert FIX44.describe("54") == "Side(54)"
    assert FIX44.describe("54321") == "Tag 54321"
    assert FIX44.field("101") is None
    assert load("FIX.4.2").describe("32") == "LastShares(32)"


@pytest.mark.parametrize(
    ("tag", "is_extension"),
    [("1505", True), ("2376", True), ("4999", True), ("1504", False), ("5000", False), ("01505", False), ("x", False)],
)
def test_extension_packs_add_to_50_sp2(tag: str, is_extension: bool) -> None:
    assert load("FIX.5.0SP2").is_extension(tag) is is_extension
    assert not any(dictionary.is_extension(tag) for dictionary in ALL if dictionary.version != "FIX.5.0SP2")


@pytest.mark.parametrize(
    ("type_name", "right", "wrong"),
    [
        ("int", "0 7 -7 007 999999999999999999", "+7 7.0 1e3 - x 9999999999999999999 \xb2"),
        ("NumInGroup", "0 2 12", "-1 +1 1.0 1234567890"),
        ("SeqNum", "0 1 999999999999999999", "-1 x"),
        ("Qty", "0 100 002000.00 -5 5. .5 100.25", "+200.00 1e5 1,000 - . -. 0x1 inf nan 1.2.3"),
        ("Price", "10.005 -0.01", "10.0.0 ten"),
        ("Percentage", ".05", "5%"),
        ("char", "a 7", "ab 12"),
        ("MultipleCharValue", "G a", "GG"),
        ("MultipleStringValue", "G AVT", ""),
        ("DayOfMonth", "1 01 31", "0 00 32 1.0"),
        ("Language", "en", "e 12"),
        ("TZTimeOnly", "07:39Z 07:39 15:39:00+08:00 13:09+05:30 02:39-05", "7:39 24:00Z 07:39+15 07:39+08:60"),
        ("TZTimestamp", "20060901-07:39Z 20060901-15:39:00.123+08", "20060931-07:39Z 20060901T07:39Z 20060901"),
        ("Boolean", "Y N", "y 1 YES"),
        ("MultipleValueString", "G", ""),
        ("Currency", "USD", "usd US DOLLAR"),
        ("Country", "US", "USA us"),
        ("MonthYear", "202406 20240621 202406w3", "202413 2024 202406w6 20240631"),
        ("UTCDateOnly", "20240621 20240229 20000229 20241231", "20230229 19000229 20240631 20240001 2024-06-21 240621"),
        ("LocalMktDate", "20241130", "20241131 20240732"),
        ("UTCTimeOnly", "13:30:00 23:59:60 00:00:00.123", "24:00:00 13:60:00 13:30 13:30:61 13:30:00.1"),
        (
            "UTCTimestamp",
            "20240621-13:30:00 20240621-13:30:00.123 20240621-13:30:00.123456 20240621-13:30:00.123456789",
            "20240415 20240621 13:30:00 20240621-13:30:00. 20240621-13:30:00.12 20240230-13:30:00 20240621T13:30:00Z",
        ),
    ],
)
def test_the_grammar_of_types(type_name: str, right: str, wrong: str) -> None:
    pattern = re.compile(FIELD_TYPES[type_name].pattern)
    assert [value for value in right.split() if not pattern.fullmatch(value)] == []
    assert [value for value in wrong.split() if pattern.fullmatch(value)] == []
    assert not pattern.fullmatch("") and not pattern.fullmatch("1\x01")


def test_spaces_and_soh_in_text() -> None:
    assert re.fullmatch(FIELD_TYPES["String"].pattern, "two words")
    assert not re.fullmatch(FIELD_TYPES["MultipleValueString"].pattern, "A  B")
    assert not re.fullmatch(FIELD_TYPES["MultipleValueString"].pattern, " A")
    assert re.fullmatch(FIELD_TYPES["data"].pattern, "a\x01\nb")
