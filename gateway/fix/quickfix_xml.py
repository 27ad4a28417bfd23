"""Our dictionaries as data dictionary files of QuickFIX, for clients that run it (C++, J, n, Go, Python).

A file holds exactly what the venue takes and sends in a version: its messages with a body, the components and fields
that these use, and codes where only these values are right. QuickFIX wants the transport of FIX 5.0 and the messages
apart: `FIXT.1.1` gives header, trailer and session messages, `FIX.5.0SP2` the application messages.
Called by `fixpit fix dictionary`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Comment, Element, SubElement, indent, tostring

from gateway.fix.dictionary_files import Document, Entries, load_document

SESSION_MESSAGES: Final = "012345A"
"""MsgType(35) of what QuickFIX calls administrative."""

_VERSION: Final = re.compile(r"(FIXT?)\.(\d)\.(\d)(?:SP(\d))?")


def quickfix_xml(version: str) -> str:
    """The file for a version, such as `FIX.4.4`, or for `FIXT.1.1`. It must be one that has a dictionary."""
    document = load_document(version)
    found = _VERSION.fullmatch(version)
    assert found is not None, version
    kind, major, minor, service_pack = found.groups(default="0")
    root = Element("fix", type=kind, major=major, minor=minor, servicepack=service_pack)
    root.append(Comment(f" {version} as fixpit takes and sends it. Written by `fixpit fix dictionary`. "))
    is_application = document.transport is not None
    bodies = {msg_type: (name, body) for msg_type, (name, body) in document.messages.items() if body is not None}
    lists = [] if is_application else [document.header, document.trailer]
    components = _components_used(document, [*lists, *(body for _, body in bodies.values())])
    header, trailer = SubElement(root, "header"), SubElement(root, "trailer")
    if not is_application:
        _write(document, header, document.header)
        # The venue writes CheckSum(10) itself, so that no message can lack it; QuickFIX asks for it.
        _write(document, trailer, [f"{entry}!" if entry == "CheckSum" else entry for entry in document.trailer])
    messages = SubElement(root, "messages")
    for msg_type, (name, body) in bodies.items():
        kind = "admin" if msg_type in SESSION_MESSAGES else "app"
        _write(document, SubElement(messages, "message", name=name, msgtype=msg_type, msgcat=kind), body)
    listed = SubElement(root, "components")
    for name in components:
        _write(document, SubElement(listed, "component", name=name), document.components[name])
    _write_fields(document, SubElement(root, "fields"), {element.get("name", "") for element in root.iter()})
    indent(root, " ")
    return "<?xml version='1.0' encoding='UTF-8'?>\n" + tostring(root, encoding="unicode") + "\n"


def _write(document: Document, parent: Element, entries: Entries) -> None:
    for entry in entries:
        if isinstance(entry, dict):
            [(name, inner)] = entry.items()
            _write(document, SubElement(parent, "group", _named(name)), inner)
        elif entry.startswith("+"):
            # QuickFIX takes what a component requires for optional where the component is.
            requires = any(True for _ in _required(document, document.components[entry[1:]]))
            SubElement(parent, "component", name=entry[1:], required="Y" if requires else "N")
        else:
            SubElement(parent, "field", _named(entry))


def _write_fields(document: Document, parent: Element, used: set[str]) -> None:
    transport = document.transport
    fields = document.fields | transport.fields if transport else document.fields
    codes = document.codes | transport.codes if transport else document.codes
    for tag, (name, type_name) in sorted(fields.items(), key=lambda item: int(item[0])):
        if name in used:
            field = SubElement(parent, "field", number=tag, name=name, type=type_name.upper())
            for code, meaning in codes.get(name, {}).items():
                SubElement(field, "value", enum=code, description=_in_capitals(meaning))


def _named(name: str) -> dict[str, str]:
    return {"name": name.removesuffix("!"), "required": "Y" if name.endswith("!") else "N"}


def _required(document: Document, entries: Entries) -> Iterator[str]:
    for entry in entries:
        name = entry if isinstance(entry, str) else next(iter(entry))
        if name.startswith("+"):
            yield from _required(document, document.components[name[1:]])
        elif name.endswith("!"):
            yield name


def _components_used(document: Document, lists: Iterable[Entries]) -> list[str]:
    """In the order of the data file."""
    used: set[str] = set()
    waiting = list(lists)
    while waiting:
        for entry in waiting.pop():
            if isinstance(entry, dict):
                waiting.extend(entry.values())
            elif entry.startswith("+") and entry[1:] not in used:
                used.add(entry[1:])
                waiting.append(document.components[entry[1:]])
    return [name for name in document.components if name in used]


def _in_capitals(meaning: str) -> str:
    """`GoodTillCancel` as QuickFIX writes it: GOOD_TILL_CANCEL."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", meaning).upper()
