"""The files for QuickFIX: read as QuickFIX reads them, they say what our dictionaries say."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from gateway.fix.dictionary import FIXT, VERSIONS, Dictionary, Layout, Members, load
from gateway.fix.quickfix_xml import quickfix_xml

Read = tuple[str, bool, "list[Read] | None"]
"""Name, whether it is required, and of a group what an entry has."""

every_file = pytest.mark.parametrize("version", [*VERSIONS, FIXT])


class QuickFixFile:
    """A file, read by QuickFIX's rules: what a component requires is required where the component is."""

    def __init__(self, version: str) -> None:
        self.text = quickfix_xml(version)
        self.root = ElementTree.fromstring(self.text)
        self.components = {one.get("name"): one for one in self.part("components")}
        self.fields = {one.get("name"): one for one in self.part("fields")}
        self.messages = {one.get("msgtype", ""): one for one in self.part("messages")}

    def part(self, name: str) -> Element:
        [found] = self.root.findall(name)
        return found

    def read(self, parent: Element, is_required: bool = True) -> list[Read]:
        found: list[Read] = []
        for element in parent:
            asks = element.get("required") == "Y" and is_required
            if element.tag == "component":
                found += self.read(self.components[element.get("name")], asks)
            else:
                name = element.get("name", "")
                assert name in self.fields
                found.append((name, asks, self.read(element) if element.tag == "group" else None))
        return found


def said(dictionary: Dictionary, members: Members, required: tuple[str, ...]) -> list[Read]:
    return [
        (dictionary.fields[tag].name, tag in required, said(dictionary, group.members, ()) if group else None)
        for tag, group in members.items()
    ]


def without_requirements_in_groups(members: list[Read]) -> list[Read]:
    return [
        (name, is_required, [(inner, False, group) for inner, _, group in without_requirements_in_groups(within)])
        if within is not None
        else (name, is_required, None)
        for name, is_required, within in members
    ]


@every_file
def test_the_root_says_the_version(version: str) -> None:
    root = QuickFixFile(version).root
    pack = version.partition("SP")[2] or "0"
    kind, major, minor = version.partition("SP")[0].split(".")
    assert root.tag == "fix"
    assert root.attrib == {"type": kind, "major": major, "minor": minor, "servicepack": pack}
    assert [part.tag for part in root if isinstance(part.tag, str)] == [
        "header", "trailer", "messages", "components", "fields"
    ]  # fmt: skip


@every_file
def test_it_holds_what_the_venue_takes_and_sends_and_nothing_else(version: str) -> None:
    dictionary, file = load(version), QuickFixFile(version)
    of_transport = dictionary.transport.messages if dictionary.transport else {}
    with_body = {one.msg_type: one for one in dictionary.messages.values() if one.body is not None}
    assert list(file.messages) == [msg_type for msg_type in with_body if msg_type not in of_transport]
    for msg_type, element in file.messages.items():
        body = with_body[msg_type].body
        assert body is not None and element.get("name") == with_body[msg_type].name
        assert element.get("msgcat") == ("admin" if msg_type in "012345A" else "app")
        _assert_same(dictionary, file, element, body)


@every_file
def test_header_and_trailer_are_those_of_the_transport(version: str) -> None:
    dictionary, file = load(version), QuickFixFile(version)
    if dictionary.transport:
        assert len(file.part("header")) == len(file.part("trailer")) == 0
        return
    _assert_same(dictionary, file, file.part("header"), dictionary.header)
    assert [(name, asks) for name, asks, _ in file.read(file.part("trailer"))] == [
        ("SignatureLength", False), ("Signature", False), ("CheckSum", True)
    ]  # fmt: skip


def _assert_same(dictionary: Dictionary, file: QuickFixFile, element: Element, layout: Layout) -> None:
    found = without_requirements_in_groups(file.read(element))
    assert found == said(dictionary, layout.members, layout.required)


@every_file
def test_fields_are_those_used_with_their_types_and_codes(version: str) -> None:
    dictionary, file = load(version), QuickFixFile(version)
    used = {one.get("name") for one in file.root.iter() if one.tag in {"field", "group"} and not one.get("number")}
    assert file.fields.keys() == used
    assert [int(one.get("number", "")) for one in file.part("fields")] == sorted(
        int(tag) for tag, field in dictionary.fields.items() if field.name in used
    )
    for one in file.part("fields"):
        field = dictionary.fields[one.get("number", "")]
        assert (one.get("name"), one.get("type")) == (field.name, field.type.upper())
        assert [value.get("enum") for value in one] == list(field.codes)
        descriptions = [value.get("description", "") for value in one]
        assert len(set(descriptions)) == len(descriptions)
        assert all(text.isidentifier() and text == text.upper() for text in descriptions)


@every_file
def test_components_are_those_used_and_every_one_is_there(version: str) -> None:
    file = QuickFixFile(version)
    used = {one.get("name") for one in file.root.iter("component") if one.get("required")}
    assert file.components.keys() == used


TYPES_OF_QUICKFIX = (
    "STRING CHAR PRICE INT AMT QTY CURRENCY MULTIPLEVALUESTRING MULTIPLESTRINGVALUE MULTIPLECHARVALUE EXCHANGE "
    "UTCTIMESTAMP BOOLEAN LOCALMKTDATE DATA FLOAT PRICEOFFSET MONTHYEAR DAYOFMONTH UTCDATE UTCDATEONLY UTCTIMEONLY "
    "NUMINGROUP PERCENTAGE SEQNUM LENGTH COUNTRY TZTIMEONLY TZTIMESTAMP XMLDATA LANGUAGE"
)
"""QuickFIX/n refuses a file with any other."""


@every_file
def test_types_are_those_that_quickfix_knows(version: str) -> None:
    assert {one.get("type") for one in QuickFixFile(version).part("fields")} <= set(TYPES_OF_QUICKFIX.split())


def test_words_of_codes_are_in_capitals() -> None:
    text = QuickFixFile("FIX.5.0SP2").text
    for line in (
        '<value enum="1" description="GOOD_TILL_CANCEL" />',
        '<value enum="4" description="ISIN" />',
        '<value enum="6" description="ISO_CURRENCY" />',
        '<value enum="3" description="T_PLUS2" />',
    ):
        assert line in text


def test_a_component_that_requires_a_field_is_required() -> None:
    fix42, fix44 = QuickFixFile("FIX.4.2").text, QuickFixFile("FIX.4.4").text
    assert '<component name="Instrument" required="Y" />' in fix42
    assert '<component name="Instrument" required="N" />' in fix44


def test_a_logon_of_42_has_the_password_that_the_venue_takes() -> None:
    file = QuickFixFile("FIX.4.2")
    assert file.read(file.messages["A"])[-3:-1] == [("Username", False, None), ("Password", False, None)]
    assert (file.fields["Password"].get("number"), file.fields["Password"].get("type")) == ("554", "STRING")
