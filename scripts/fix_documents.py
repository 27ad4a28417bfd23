"""docs/fix/: the messages of every FIX version, their components and codes, as the data files say them.

One page a message with all versions side by side. Fields that many messages share are on the page of components, long
lists of codes on the page of codes. The samples are messages that the codec takes: a test reads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from gateway.fix.dictionary import FIXT, VERSIONS, Dictionary, Field, load
from gateway.fix.dictionary_files import Entries, Entry, load_document
from gateway.fix.message import SOH, encode

CODES_INLINE_MAX: Final = 6
"""More codes than this are told on the page of codes, so that a table stays one."""

FROM_CLIENT: Final = ("D", "E", "F", "G", "H", "AF", "q", "CA", "Q", "S", "i", "Z", "c", "e", "g", "x", "BE")
FROM_VENUE: Final = ("8", "9", "N", "r", "BZ", "b", "AI", "B", "d", "f", "h", "y", "BF")

SAMPLES: Final = {
    "0": "112=are you there",
    "1": "112=are you there",
    "2": "7=5 16=0",
    "3": "45=7 371=54 372=D 373=5 58=Side(54) Z is not one of 1 2",
    "4": "123=Y 36=12",
    "5": "58=the day is over",
    "A": "98=0 108=30 553=alice 554=secret 1137=?",
    "8": "37=17 11=ORDER-1 17=42 20=0 150=0 39=0 1=ALICE 55=ACME 54=1 38=100 40=2 44=10.05 59=0 151=100 14=0 6=0 60=!",
    "9": "37=17 11=CANCEL-1 41=ORDER-1 39=2 60=! 434=1 102=0 58=OrigClOrdID(41) ORDER-1 is filled",
    "AF": "584=ALL-1 585=7",
    "AI": "117=QUOTE-1 537=1 55=ACME 297=0",
    "B": "42=! 61=0 148=Trading in ACME is halted 33=1 58=News of the company is expected.",
    "BZ": "11=MASS-1 1369=M18 1373=3 1374=1 1375=1 533=2 55=ACME 60=!",
    "CA": "11=MASS-1 1373=3 1374=1 55=ACME 60=!",
    "E": "66=LIST-1 394=3 68=2 73=2 11=TAKE-1 67=1 55=ACME 54=2 38=100 40=2 44=11 11=STOP-1 67=2 55=ACME 54=2 38=100 "
    "40=3 99=9.5 1385=1",
    "N": "66=LIST-1 429=1 82=1 431=3 83=1 68=2 73=2 11=TAKE-1 14=0 39=0 151=100 84=0 6=0 11=STOP-1 14=0 39=0 151=100 "
    "84=0 6=0",
    "S": "117=QUOTE-1 55=ACME 132=9.98 133=10.02 134=500 135=500",
    "Z": "117=CANCEL-1 298=4",
    "b": "117=QUOTE-1 297=0 301=2 296=1 302=SET-1 304=1 295=1 299=1 55=ACME",
    "i": "117=QUOTE-1 301=2 296=1 302=SET-1 311=ACME 304=1 295=1 299=1 55=ACME 132=9.98 133=10.02 134=500 135=500",
    "BE": "923=1 924=3 553=alice 554=secret 925=better",
    "BF": "923=1 553=alice 926=5 927=The password is changed.",
    "D": "11=ORDER-1 1=ALICE 21=1 55=ACME 54=1 60=! 38=100 40=2 44=10.05 59=0",
    "F": "41=ORDER-1 11=CANCEL-1 55=ACME 54=1 60=! 38=100",
    "G": "41=ORDER-1 11=REPLACE-1 21=1 55=ACME 54=1 60=! 38=200 40=2 44=10.06 59=0",
    "H": "37=17 11=ORDER-1 55=ACME 54=1 790=STATUS-1",
    "Q": "37=17 17=43 127=D 55=ACME 54=1 38=100 32=100 31=10.05",
    "c": "320=1 321=3",
    "d": "320=1 322=1 323=4 393=1 55=ACME 15=USD",
    "e": "324=1 55=ACME 263=1",
    "f": "324=1 55=ACME 326=2 31=10.05",
    "g": "335=1 263=1",
    "h": "335=1 336=DAY 340=2",
    "j": "45=7 372=R 379=QUOTE-1 380=3 58=MsgType(35) R is not taken",
    "q": "11=MASS-1 530=1 55=ACME 60=!",
    "r": "11=MASS-1 37=18 1369=18 530=1 531=1 533=2 55=ACME 60=!",
    "x": "320=1 559=4",
    "y": "320=1 322=1 560=0 393=1 893=Y 146=1 55=ACME 15=USD",
}
"""Fields of a sample by MsgType(35), in order; each version takes those it has. `!` is a time, `?` the version."""

FIXT_VERSIONS: Final = tuple(version for version in VERSIONS if version.startswith("FIX.5"))

TIME: Final = "20240621-13:30:00.000"

LEGEND: Final = "**R** required, o optional; → stands before the fields of a repeating group."

INDEX: Final = """# FIX messages

What the venue takes and sends, in the five versions it has dictionaries for: FIX.4.2, FIX.4.4, and FIX.5.0, FIX.5.0SP1
and FIX.5.0SP2 on FIXT.1.1. [Components](components.md) are fields that messages share, [codes](codes.md) the values of
fields that take no others. `fixpit fix dictionary --version FIX.4.4` writes the same as a data dictionary for QuickFIX.

Where the venue is more lenient than the specification, because its clients' own dictionaries are:

- FIX.4.2: a Logon may have Username(553) and Password(554), which came with FIX 4.3; a quote may have Account(1).
- Orders in every version may hang together by ClOrdLinkID(583) and ContingencyType(1385), say what happens when they
  meet their owner's by SelfMatchPreventionInstruction(2964), name who lends the shares of a short sale by
  LocateBroker(5700), and go with their line by ExecInst(18) o. A list of orders may have ContingencyType(1385), a mass
  cancel Account(1), a Logon CancelOrdersOnDisconnect(8013). Reports have only those of them that are their version's
  own.
- Symbol(55) may be missing from FIX.4.4 on; an order without it is rejected by an ExecutionReport that says so.
- FIX.5.0SP2: fields that extension packs added (1505 to 4999) are taken unread, in groups too, and the order of fields
  within an entry of a group is not judged.
- Fields from 5000 on are taken unread, unless `fix.validate_user_defined_fields` is set.

| MsgType(35) | message | sent by | versions |
|---|---|---|---|"""

_SHORT: Final = {name: name.removeprefix("FIX.5.0") or "5.0" for name in VERSIONS} | {
    "FIX.4.2": "4.2",
    "FIX.4.4": "4.4",
}


def fix_documents() -> dict[str, Callable[[], str]]:
    """File to what it must hold."""
    versions = _Versions()
    pages: dict[str, Callable[[], str]] = {
        "docs/fix/README.md": partial(_index, versions),
        "docs/fix/components.md": partial(_components, versions),
        "docs/fix/codes.md": partial(_codes, versions),
    }
    for msg_type in SAMPLES:
        pages[f"docs/fix/{versions.name(msg_type)}.md"] = partial(_message, versions, msg_type)
    return pages


def sample(dictionary: Dictionary, msg_type: str) -> bytes:
    """A sample message as it is on the wire."""
    body = dictionary.messages[msg_type].body
    assert body is not None
    known = body.members.keys() | body.grouped
    sender, target = ("FIXPIT", "ALICE") if msg_type in FROM_VENUE else ("ALICE", "FIXPIT")
    fields = [("35", msg_type), ("49", sender), ("56", target), ("34", "2"), ("52", TIME)]
    for tag, value in _sample_fields(SAMPLES[msg_type]):
        if tag in known:
            fields.append((tag, {"!": TIME, "?": dictionary.appl_ver_id}.get(value, value)))
    return encode(dictionary.begin_string, "".join(f"{tag}={value}{SOH}" for tag, value in fields))


class _Versions:
    """The data files and the dictionaries of all versions."""

    def __init__(self) -> None:
        self.dictionaries = {version: load(version) for version in VERSIONS}
        self.documents = {version: load_document(version) for version in VERSIONS}
        self.transport = load_document(FIXT)
        self._tags = {
            version: {field.name: tag for tag, field in dictionary.fields.items()}
            for version, dictionary in self.dictionaries.items()
        }

    def name(self, msg_type: str) -> str:
        return self.dictionaries[VERSIONS[-1]].messages[msg_type].name

    def body(self, version: str, msg_type: str) -> Entries | None:
        document = self.documents[version]
        if document.transport is not None and msg_type in self.transport.messages:
            document = self.transport
        return document.messages.get(msg_type, ("", None))[1]

    def key(self, version: str, entry: Entry) -> str:
        """What an entry is in all versions: a field's tag, for its name may change, or `+Component`."""
        name = (entry if isinstance(entry, str) else next(iter(entry))).removesuffix("!")
        return name if name.startswith("+") else self._tags[version][name]


def _message(versions: _Versions, msg_type: str) -> str:
    bodies = {version: versions.body(version, msg_type) for version in VERSIONS}
    listed = {version: body for version, body in bodies.items() if body is not None}
    who = "the client" if msg_type in FROM_CLIENT else "the venue" if msg_type in FROM_VENUE else "both"
    lines = [f"# {versions.name(msg_type)}({msg_type})", "", f"Sent by {who}. {LEGEND}", "", *_table(versions, listed)]
    lines += ["", "## Samples", "", "`|` stands for SOH.", ""]
    samples: dict[str, list[str]] = {}
    for version in listed:
        text = sample(versions.dictionaries[version], msg_type).decode("latin-1").replace(SOH, "|")
        samples.setdefault(text, []).append(_SHORT[version])
    for text, having in samples.items():
        lines += [f"{', '.join(having)}:", "", "```text", text, "```", ""]
    return "\n".join(lines)


def _components(versions: _Versions) -> str:
    lines = ["# Components", "", f"Fields that several messages share. {LEGEND}", ""]
    names: list[str] = []
    for version in reversed(VERSIONS):
        names += [name for name in versions.documents[version].components if name not in names]
    for name in sorted({*names, *versions.transport.components}):
        listed = {
            version: document.components[name]
            for version, document in versions.documents.items()
            if name in document.components
        } or dict.fromkeys(FIXT_VERSIONS, versions.transport.components[name])
        lines += [f"## {name}", "", *_table(versions, listed), ""]
    return "\n".join(lines)


def _table(versions: _Versions, listed: Mapping[str, Entries]) -> list[str]:
    """The entries of all versions side by side."""
    heads = " | ".join(_SHORT[version] for version in VERSIONS)
    lines = [f"| tag | field | type | {heads} | values |", "|--:|---|---|" + ":-:|" * len(VERSIONS) + "---|"]
    return lines + list(_rows(versions, listed, ""))


def _rows(versions: _Versions, listed: Mapping[str, Entries], indent: str) -> Iterator[str]:
    for key in _merged(versions, listed):
        found = {
            version: entry
            for version, entries in listed.items()
            for entry in entries
            if versions.key(version, entry) == key
        }
        marks = [_mark(found.get(version)) for version in VERSIONS]
        shown = " | ".join(marks)
        if key.startswith("+"):
            yield f"| | {indent}[{key[1:]}](components.md#{key[1:].lower()}) | component | {shown} | |"
            continue
        newest = next(version for version in reversed(VERSIONS) if version in found)
        field = versions.dictionaries[newest].fields[key]
        yield f"| {key} | {indent}{_name(versions, key, found)} | {field.type} | {shown} | {_values(field)} |"
        groups = {version: next(iter(entry.values())) for version, entry in found.items() if isinstance(entry, dict)}
        if groups:
            yield from _rows(versions, groups, indent + "→ ")


def _merged(versions: _Versions, listed: Mapping[str, Entries]) -> list[str]:
    """The keys of all lists, in the newest's order; what only older ones have stands where they have it."""
    keys: list[str] = []
    for version in reversed([*listed]):
        before = -1
        for entry in listed[version]:
            key = versions.key(version, entry)
            if key not in keys:
                keys.insert(before + 1, key)
            before = keys.index(key)
    return keys


def _name(versions: _Versions, tag: str, found: Mapping[str, Entry]) -> str:
    """A field's newest name, and the ones it had before."""
    names = {versions.dictionaries[version].fields[tag].name: _SHORT[version] for version in reversed([*found])}
    newest, *older = names
    return newest + "".join(f" ({names[name]}: {name})" for name in older)


def _mark(entry: Entry | None) -> str:
    if entry is None:
        return ""
    return "**R**" if (entry if isinstance(entry, str) else next(iter(entry))).endswith("!") else "o"


def _values(field: Field) -> str:
    if not field.codes:
        return ""
    if len(field.codes) > CODES_INLINE_MAX:
        return f"[{len(field.codes)} values](codes.md#{field.name.lower()})"
    return ", ".join(f"`{code}` {meaning}" for code, meaning in field.codes.items())


def _codes(versions: _Versions) -> str:
    lines = ["# Codes", "", "The values of fields that take no others, and the versions that have them.", ""]
    names: dict[str, str] = {}
    for version in reversed(VERSIONS):
        for tag, one in versions.dictionaries[version].fields.items():
            if one.codes:
                names.setdefault(one.name, tag)
    for name in sorted(names):
        having = [
            version
            for version, dictionary in versions.dictionaries.items()
            if (field := dictionary.field(names[name])) is not None and field.name == name
        ]
        codes = {v: versions.dictionaries[v].fields[names[name]].codes for v in having}
        merged = {code: meaning for v in having for code, meaning in codes[v].items()}
        lines += [f"## {name}", "", f"{name}({names[name]})", "", "| value | meaning | versions |", "|---|---|---|"]
        for code, meaning in merged.items():
            lines.append(f"| `{code}` | {meaning} | {' '.join(_SHORT[v] for v in having if code in codes[v])} |")
        lines.append("")
    return "\n".join(lines)


def _index(versions: _Versions) -> str:
    lines = [INDEX]
    for msg_type in SAMPLES:
        name = versions.name(msg_type)
        who = "client" if msg_type in FROM_CLIENT else "venue" if msg_type in FROM_VENUE else "both"
        having = " ".join(_SHORT[version] for version in VERSIONS if versions.body(version, msg_type) is not None)
        lines.append(f"| {msg_type} | [{name}]({name}.md) | {who} | {having} |")
    lines += ["", "Known by name: a client that sends one gets BusinessMessageReject(j), and the line stays up.", ""]
    newest = versions.dictionaries[VERSIONS[-1]]
    others = [str(one) for one in newest.messages.values() if one.body is None]
    lines += [", ".join(others) + ".", ""]
    return "\n".join(lines)


def _sample_fields(text: str) -> Iterator[tuple[str, str]]:
    """Tags and values; a word that does not begin with a tag belongs to the value before it."""
    for field in re.split(r" (?=[0-9]+=)", text):
        tag, _, value = field.partition("=")
        yield tag, value
