"""How data files change one another, and what a wrong one gets."""

from __future__ import annotations

import re

import pytest

from gateway.fix.dictionary import read
from gateway.fix.dictionary_files import DictionaryError, load_document, read_document

SMALL = """
version: FIX.0.1
appl_ver_id: 0
header: [MsgType!]
trailer: []
components: {Names: [Name]}
messages: {D: {Order: [+Names]}}
fields: |
  35 MsgType String
  1 Name String
codes: {Name: {A: Alice}}
"""

CHANGE = """
version: FIX.4.4X
appl_ver_id: 0
extends: FIX44
components: {Parties: [...]}
messages: {h: {TradingSessionStatus: LIST}}
fields: ""
codes: {}
"""
"""It changes TradSesReqID, TradingSessionID!, TradingSessionSubID, TradSesMethod, TradSesMode and more."""


def test_a_file_of_its_own() -> None:
    dictionary = read(SMALL.encode())
    assert (dictionary.version, dictionary.begin_string, dictionary.transport) == ("FIX.0.1", "FIX.0.1", None)
    assert dictionary.fields["1"].codes == {"A": "Alice"}
    assert not dictionary.extension_tags


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("1 Name String", "1 Name Sting", "FIX.0.1: Name(1) has the type 'Sting', which FIX does not have"),
        ("1 Name String", "1 MsgType String", "FIX.0.1: two fields have the same name"),
        ("1 Name String", "35 Name String", "'35 Name String'; a line is a new tag, a name and a type"),
        ("1 Name String", "1 Name", "FIX.0.1: fields has '1 Name'; a line is a new tag, a name and a type"),
        ("1 Name String", "x Name String", "'x Name String'; a line is a new tag, a name and a type"),
        ("[Name]", "[Nome]", "FIX.0.1: there is no field 'Nome'"),
        ("[+Names]", "[+Nomes]", "FIX.0.1: there is no component 'Nomes'"),
        ("[+Names]", "[..., +Names]", "FIX.0.1: Order begins with ..., and there is nothing before it"),
        ("1 Name String", "1 Name data", "FIX.0.1: Name(1) is data without a length field"),
        ("codes: {Name", "codes: {Nome", "FIX.0.1: there are codes for 'Nome', which is no field"),
    ],
)
def test_a_contradictory_data_file_is_refused(old: str, new: str, mistake: str) -> None:
    with pytest.raises(DictionaryError, match=re.escape(mistake)):
        read(SMALL.replace(old, new).encode())


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ("[Text]", "Text"),
        ("[...]", "TradSesReqID TradingSessionID! TradingSessionSubID TradSesMethod TradSesMode"),
        ("[..., -TradSesReqID]", "TradingSessionID! TradingSessionSubID TradSesMethod TradSesMode"),
        ("[..., after TradSesReqID: [Text, Price!]]", "TradSesReqID Text Price! TradingSessionID! TradingSessionSubID"),
        ("[..., -TradSesMethod, after TradSesReqID: [TradSesMethod]]", "TradSesReqID TradSesMethod TradingSessionID!"),
        ("[..., TradingSessionID]", "TradSesReqID TradingSessionID TradingSessionSubID TradSesMethod"),
        ("[..., TradSesReqID!]", "TradSesReqID! TradingSessionID! TradingSessionSubID"),
        ("[..., -TradSesReqID, TradSesReqID]", "TradingSessionID! TradingSessionSubID TradSesMethod TradSesMode"),
    ],
)
def test_a_list_that_begins_with_three_dots_changes_the_one_before(entries: str, names: str) -> None:
    changed = CHANGE.replace("LIST", entries)
    _, body = read_document(changed.encode()).messages["h"]
    assert body is not None
    assert body[: len(names.split())] == names.split()
    read(changed.encode())


def test_what_is_appended_comes_last() -> None:
    _, body = read_document(CHANGE.replace("LIST", "[..., Price]").encode()).messages["h"]
    assert body is not None and body[-2:] == ["+EncodableText", "Price"]


@pytest.mark.parametrize(
    ("entries", "mistake"),
    [
        ("[..., -Price]", "TradingSessionStatus has '-Price', and Price is not in what it changes"),
        ("[..., after Price: [Text]]", "TradingSessionStatus has 'after Price', and Price is not in what it changes"),
    ],
)
def test_a_change_of_what_is_not_there_is_refused(entries: str, mistake: str) -> None:
    with pytest.raises(DictionaryError, match=re.escape(f"FIX.4.4X: {mistake}")):
        read_document(CHANGE.replace("LIST", entries).encode())


def test_all_else_is_as_before() -> None:
    document = read_document(CHANGE.replace("LIST", "[...]").replace('""', '"4900 Mood char"').encode())
    before = read_document(CHANGE.replace("LIST", "[...]").encode())
    assert (document.header, document.messages, document.codes) == (before.header, before.messages, before.codes)
    assert document.fields == before.fields | {"4900": ("Mood", "char")}


def test_codes_are_added() -> None:
    dictionary = read(CHANGE.replace("LIST", "[...]").replace("codes: {}", "codes: {Side: {Z: Both}}").encode())
    assert dictionary.fields["54"].codes["1"] == "Buy" and dictionary.fields["54"].codes["Z"] == "Both"


def test_codes_of_a_renamed_field_go_away() -> None:
    assert "HaltReasonChar" in load_document("FIX.5.0SP1").codes
    assert "HaltReasonChar" not in load_document("FIX.5.0SP2").codes
