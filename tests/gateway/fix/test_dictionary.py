"""The FIX 4.4 dictionary: what it says, and what a wrong data file gets."""

from __future__ import annotations

import re

import pytest

from gateway.fix import tags
from gateway.fix.dictionary import VERSIONS, DictionaryError, Layout, Members, load, read
from gateway.fix.field_types import FIELD_TYPES

FIX44 = load("FIX.4.4")


def body_of(msg_type: str) -> Layout:
    message = FIX44.message(msg_type)
    assert message is not None and message.body is not None
    return message.body


def names(tag_list: tuple[str, ...]) -> list[str]:
    return [FIX44.fields[tag].name for tag in tag_list]


def test_every_version_loads() -> None:
    assert [load(version).version for version in VERSIONS] == list(VERSIONS)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(DictionaryError, match=re.escape("FIX.3.9 has no dictionary; those that have are FIX.4.4")):
        load("FIX.3.9")


def test_fields_are_1_to_956_without_the_three_that_fix_left_out() -> None:
    assert {str(tag) for tag in range(1, 957)} - FIX44.fields.keys() == {"101", "261", "809"}
    assert len(FIX44.fields) == 953


def test_messages_are_the_93_of_the_specification() -> None:
    assert len(FIX44.messages) == 93
    assert [name for name, one in FIX44.messages.items() if one.body is not None] == list("012345ADFGH89j")
    assert FIX44.message("U") is None and FIX44.message("I") is None
    assert str(FIX44.message("AE")) == "TradeCaptureReport(AE)"


@pytest.mark.parametrize(
    ("msg_type", "required"),
    [
        ("0", []),
        ("1", ["TestReqID"]),
        ("2", ["BeginSeqNo", "EndSeqNo"]),
        ("3", ["RefSeqNum"]),
        ("4", ["NewSeqNo"]),
        ("5", []),
        ("A", ["EncryptMethod", "HeartBtInt"]),
        ("D", ["ClOrdID", "Symbol", "Side", "TransactTime", "OrdType"]),
        ("F", ["OrigClOrdID", "ClOrdID", "Symbol", "Side", "TransactTime"]),
        ("G", ["OrigClOrdID", "ClOrdID", "Symbol", "Side", "TransactTime", "OrdType"]),
        ("H", ["ClOrdID", "Symbol", "Side"]),
        ("8", ["OrderID", "ExecID", "ExecType", "OrdStatus", "Symbol", "Side", "LeavesQty", "CumQty", "AvgPx"]),
        ("9", ["OrderID", "ClOrdID", "OrigClOrdID", "OrdStatus", "CxlRejResponseTo"]),
        ("j", ["RefMsgType", "BusinessRejectReason"]),
    ],
)
def test_required_fields(msg_type: str, required: list[str]) -> None:
    assert names(body_of(msg_type).required) == required


def test_required_header_fields() -> None:
    assert list(FIX44.header.required) == ["8", "9", "35", "49", "56", "34", "52"]


def test_codes_have_meanings_and_fit_their_type() -> None:
    for field in FIX44.fields.values():
        for code, meaning in field.codes.items():
            assert meaning, f"{field} {code}"
            assert field.format.fullmatch(code), f"{field} {code} is not a {field.type}"
            assert field.allows(code) and re.fullmatch(field.pattern, code), f"{field} {code}"
    assert FIX44.fields["54"].codes["5"] == "SellShort"
    assert FIX44.fields["39"].codes.get("5") is None


def test_several_codes_stand_in_a_multiple_value_string() -> None:
    exec_inst = FIX44.fields["18"]
    assert exec_inst.allows("G 6") and re.fullmatch(exec_inst.pattern, "G 6")
    assert not exec_inst.allows("G ?") and not re.fullmatch(exec_inst.pattern, "G ?")
    assert not FIX44.fields["54"].allows("1 2")


def test_every_data_field_has_its_length_right_before_it() -> None:
    lengths = {data: length for length, data in FIX44.data_tags.items()}
    assert set(lengths) == {tag for tag, field in FIX44.fields.items() if field.type == "data"}
    for layout in (FIX44.header, FIX44.trailer, *(body_of(msg_type) for msg_type in "012345ADFGH89j")):
        for members in every_list(layout.members):
            order = list(members)
            for data in lengths.keys() & members.keys():
                assert order[order.index(data) - 1] == lengths[data]


def every_list(members: Members) -> list[Members]:
    """The members and those of all groups within."""
    return [members, *(inner for group in members.values() if group for inner in every_list(group.members))]


def test_groups_are_counted_by_num_in_group_fields_and_no_tag_is_twice_in_a_message() -> None:
    for message in FIX44.messages.values():
        if message.body is None:
            continue
        lists = every_list(message.body.members)
        for members in lists:
            for tag, group in members.items():
                assert (group is not None) == (FIX44.fields[tag].type == "NumInGroup"), str(message)
        # TradingSessionID is in the body of some messages and in a group of others: never both.
        every_tag = [tag for members in lists for tag in members]
        assert len(every_tag) == len(set(every_tag)), str(message)


def test_groups_know_their_first_tag_and_all_tags() -> None:
    group = body_of("D").members["453"]
    assert group is not None
    assert group.first_tag == "448"
    assert group.tags == {"448", "447", "452", "802", "523", "803"}
    assert "448" in body_of("D").grouped and "55" not in body_of("D").grouped


def test_tag_constants_are_the_dictionary_s() -> None:
    constants = {name: value for name, value in vars(tags).items() if isinstance(value, str) and name[0] != "_"}
    assert len(constants) > 50
    assert {name: FIX44.fields[tag].name for name, tag in constants.items()} == {name: name for name in constants}
    types = {name: value for name, value in vars(tags.MsgTypes).items() if name[0] != "_"}
    assert types == {one.name: one.msg_type for one in FIX44.messages.values() if one.body is not None}


def test_fields_are_described_as_fix_people_write_them() -> None:
    assert FIX44.describe("54") == "Side(54)"
    assert FIX44.describe("54321") == "Tag 54321"
    assert FIX44.field("101") is None


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


SMALL = """
version: FIX.0.1
header: [MsgType!]
trailer: []
components: {Names: [Name]}
messages: {D: {Order: [+Names]}}
fields: {35: MsgType String, 1: Name String}
"""


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("1: Name String", "1: Name Sting", "FIX.0.1: Name(1) has the type 'Sting', which FIX does not have"),
        ("1: Name String", "1: MsgType String", "FIX.0.1: two fields have the same name"),
        ("[Name]", "[Nome]", "FIX.0.1: there is no field 'Nome'"),
        ("[+Names]", "[+Nomes]", "FIX.0.1: there is no component 'Nomes'"),
        ("1: Name String", "1: Name data", "FIX.0.1: Name(1) is data without a length field"),
    ],
)
def test_a_contradictory_data_file_is_refused(old: str, new: str, mistake: str) -> None:
    assert read(SMALL.encode()).version == "FIX.0.1"
    with pytest.raises(DictionaryError, match=re.escape(mistake)):
        read(SMALL.replace(old, new).encode())
