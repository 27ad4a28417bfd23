"""What YAML is read as, and each kind of mistake with its exact sentence, line and column."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Discriminator, Field, SecretStr, Tag, field_validator

from gateway.yaml_documents.document import (
    Mistake,
    Node,
    Place,
    YamlDocument,
    YamlMistakes,
    did_you_mean,
    load,
    single_key,
)
from gateway.yaml_documents.nodes import MAX_VALUES


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)


class Fix(Model):
    host: str = Field("", max_length=9)
    port: int = Field(1, ge=1, le=65535)
    password: SecretStr = SecretStr("")


class Body(Model):
    msg: str
    price: Decimal = Decimal(0)
    send: int = 0


class Send(Model):
    send: Body
    name: str = ""


class Wait(Model):
    wait: int
    name: str = ""


class Logout(Model):
    logout: str


Step = Annotated[
    Annotated[Send, Tag("send")] | Annotated[Wait, Tag("wait")] | Annotated[Logout, Tag("logout")],
    Discriminator(single_key("name")),
]


class Market(Model):
    kind: Literal["market"]
    quantity: int


class Limit(Model):
    kind: Literal["limit"]
    price: Decimal


class Document(Model):
    fix: Fix = Fix()
    steps: list[Step] = Field([], max_length=3)
    order: Annotated[Market | Limit, Discriminator("kind")] | None = None
    level: Literal["info", "debug"] = "info"
    several: int | list[int] = 1
    mixed: int | Fix = 1
    flag: bool = False
    table: dict[str, Fix] = {}
    tags: dict[int, str] = {}
    even: int = 0
    pair: tuple[int, Fix] | None = None
    pattern: str = Field("", pattern="^[a-z]*$")

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(f"{value} is odd, use {value + 1}")
        return value


def mistakes(text: str) -> list[str]:
    with pytest.raises(YamlMistakes) as raised:
        load(text, "a.yaml").validate(Document)
    return str(raised.value).splitlines()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("", None),
        ("~", None),
        ("null", None),
        ("none", "none"),
        ("0", 0),
        ("-17", -17),
        ("+17", "+17"),
        ("999999999999999999", 999999999999999999),
        ("9999999999999999999", "9999999999999999999"),
        ("007", "007"),
        ("0x10", "0x10"),
        ("0o10", "0o10"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("12:30:00.5", "12:30:00.5"),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
        ("1.50", "1.50"),
        ("0.1", "0.1"),
        ("1e5", "1e5"),
        (".inf", ".inf"),
        ("'5'", "5"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("! 5", "5"),
        ("=", "="),
        ("|\n  two\n  lines", "two\nlines"),
    ],
)
def test_a_word_is_what_people_mean_by_it(written: str, read: object) -> None:
    value = load(f"key: {written}").data["key"]
    assert (value, type(value)) == (read, type(read))


def test_keys_are_text() -> None:
    assert load("on: 1\n55: MSFT\n1.0: x\n~: y").data == {"on": 1, "55": "MSFT", "1.0": "x", "~": "y"}


def test_anchors_and_merge_keys_are_followed() -> None:
    text = "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [*a, {z: 4, x: 9}]}\nd: [*a, *a]"
    a = {"x": 1, "y": 2}
    assert load(text).data == {"a": a, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2, "z": 4}, "d": [a, a]}


def test_nothing_written_is_an_empty_mapping() -> None:
    assert load("# only a comment\n").data is None
    assert load("").validate(Document) == Document()


def test_decimals_are_exact_and_numbers_may_be_text() -> None:
    document = load("steps: [{send: {msg: 5, price: 0.10}}]\ntags: {55: 1.50}\neven: 1_000").validate(Document)
    assert document.steps == [Send(send=Body(msg="5", price=Decimal("0.10")))]
    assert (document.tags, document.even) == ({55: "1.50"}, 1000)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nb: 2\na: 3", "3:1: a: this key stands already in line 1; remove one of them"),
        ("a: {b: [1, {c: 1, c: 2}]}", "1:19: c: this key stands already in line 1; remove one of them"),
        ("a: [", "2:1: is not YAML: did not find expected node content (while parsing a flow node)"),
        (
            "a: b: c",
            "1:5: is not YAML: a second colon or a wrong indentation; put quotes around text that has a colon in it",
        ),
        ("a:\n\t- b", "2:1: is not YAML: a tab stands here; indent by spaces"),
        ("a: 'x", "1:6: is not YAML: found unexpected end of stream (while scanning a quoted scalar)"),
        ("a: \x01", "1:4: a character that YAML does not allow; remove it"),
        ("a: 1\nb: x\udc80", "2:5: a character that YAML does not allow; remove it"),
        ("%YAML 3.0\n---\na: 1", "1:1: is not YAML: found incompatible YAML document"),
        ("a: !!python/name:os.x y", "1:4: the tag !!python/name:os.x is not known here; leave it out"),
        ("a: !mine {}", "1:4: the tag !mine is not known here; leave it out"),
        ("a: !!int 5", "1:4: the tag !!int is not known here; leave it out"),
        ("a: *b", "1:4: the anchor &b is nowhere above"),
        ("a: &a [*a]", "1:8: the anchor &a is not complete here; an alias must stand outside of it"),
        ("[a, b]: 1", "1:1: a key must be one word or number, not a list or mapping"),
        ("a: {<<: 3}", '1:9: "<<" takes over the keys of a mapping; this is none'),
        ("a: 1\n---\na: 2", '2:1: a second document begins here; write one document without "---" lines'),
        ("[" * 65, "1:65: lists and mappings are more than 64 deep"),
        ("[" * 100_000, "1:65: lists and mappings are more than 64 deep"),
        (
            "a: &a " + "[" * 40 + "]" * 40 + "\nb: " + "[" * 40 + "*a" + "]" * 40,
            "2:19: lists and mappings are more than 64 deep",
        ),
    ],
)
def test_what_is_no_usable_yaml_is_said_with_its_place(text: str, sentence: str) -> None:
    with pytest.raises(YamlMistakes) as raised:
        load(text, "a.yaml")
    assert str(raised.value) == f"a.yaml:{sentence}"


def test_aliases_cannot_make_a_billion_values() -> None:
    lines = ["a0: &a0 [" + "1," * 10 + "]"]
    lines += [f"a{at}: &a{at} [" + f"*a{at - 1}," * 10 + "]" for at in range(1, 10)]
    with pytest.raises(YamlMistakes, match=f"holds more than {MAX_VALUES} values once aliases are followed"):
        load("\n".join(lines))


def test_every_mistake_of_the_text_is_listed_in_its_order() -> None:
    with pytest.raises(YamlMistakes) as raised:
        load("b: *x\na: 1\na: 2\nc: !t 1", "a.yaml")
    assert [mistake.place.line for mistake in raised.value.mistakes] == [1, 3, 4]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fix: {prot: 1}", '1:7: fix.prot: unknown key, did you mean "port"?'),
        ("fix:\n  colour: 1", "2:3: fix.colour: unknown key; known: host, password, port"),
        ("Fix: {}", '1:1: Fix: unknown key, did you mean "fix"?'),
        ("table: {a: {prt: 1}}", '1:13: table.a.prt: unknown key, did you mean "port"?'),
        ("mixed: {prt: 1}", '1:9: mixed.prt: unknown key, did you mean "port"?'),
        ("fix: {port: abc}", '1:13: fix.port: "abc" is not a whole number'),
        ("fix: {port: 1.5}", '1:13: fix.port: "1.5" is not a whole number'),
        ("fix: {port: ~}", "1:13: fix.port: an empty value is not a whole number"),
        ("fix: {port: [1]}", "1:13: fix.port: a list is not a whole number"),
        ("fix: {port: 0}", "1:13: fix.port: 0 must be at least 1"),
        ("fix: {port: 70000}", "1:13: fix.port: 70000 must be at most 65535"),
        ("fix: {host: abcdefghij}", '1:13: fix.host: "abcdefghij" must have at most 9 characters'),
        ("fix: {host: true}", "1:13: fix.host: true is not text"),
        ("fix: 3", "1:6: fix: 3 is not a mapping of keys to values"),
        ("fix: {password: [se, cret]}", "1:17: fix.password: the value is not text"),
        ("flag: maybe", '1:7: flag: "maybe" is not true or false'),
        ("level: inof", '1:8: level: "inof" is not "info" or "debug", did you mean "info"?'),
        ("level: loud", '1:8: level: "loud" is not "info" or "debug"'),
        ("several: x", '1:10: several: "x" is not a whole number or a list'),
        ("several: [1, x]", '1:14: several[1]: "x" is not a whole number'),
        ("mixed: {port: 0}", "1:15: mixed.port: 0 must be at least 1"),
        ("pair: [1, {port: 0}]", "1:18: pair[1].port: 0 must be at least 1"),
        ("tags: {x: y}", '1:8: tags.x: "x" is not a whole number'),
        ("even: 3", "1:7: even: 3 is odd, use 4"),
        ("pattern: A", '1:10: pattern: "A" must match ^[a-z]*$'),
        ("steps: {}", "1:8: steps: a mapping is not a list"),
        ("steps: [{wait: 1}, {wait: 1}, {wait: 1}, {wait: 1}]", "1:8: steps: a list must have at most 3 items"),
        ("steps:\n  - sned: {}", '2:5: steps[0].sned: unknown kind "sned", did you mean "send"?'),
        ("steps:\n  - name: x\n    sned: {}", '3:5: steps[0].sned: unknown kind "sned", did you mean "send"?'),
        ("steps:\n  - send: {}", "2:11: steps[0].send.msg: is missing and has no default"),
        ("steps:\n  - send: {msg: x, prise: 1}", '2:20: steps[0].send.prise: unknown key, did you mean "price"?'),
        ("steps:\n  - send: {msg: x, send: y}", '2:26: steps[0].send.send: "y" is not a whole number'),
        ("steps:\n  - wait: soon", '2:11: steps[0].wait: "soon" is not a whole number'),
        ("steps:\n  - wait: 1\n    send: {}", "3:5: steps[0].send: unknown key; known: name, wait"),
        ("steps:\n  - send", '2:5: steps[0]: "send" is not a mapping of keys to values'),
        ("steps:\n  - jump", '2:5: steps[0]: unknown kind "jump"; known: logout, send, wait'),
        ("steps:\n  - {}", "2:5: steps[0]: is empty; known: logout, send, wait"),
        ("steps:\n  -", "2:4: steps[0]: is empty; known: logout, send, wait"),
        ("order: {kind: limt}", '1:15: order.kind: unknown kind "limt", did you mean "limit"?'),
        ("order: {kind: limit}", "1:8: order.price: is missing and has no default"),
        ("order: {kind: limit, prize: 1, price: 1}", '1:22: order.prize: unknown key, did you mean "price"?'),
        ("hello", '1:1: "hello" is not a mapping of keys to values'),
        ("fix: &f {prot: 1}", '1:10: fix.prot: unknown key, did you mean "port"?'),
        ("flag: '" + "x" * 99 + "'", f'1:7: flag: "{"x" * 59}…" is not true or false'),
    ],
)
def test_a_mistake_names_place_path_and_what_would_be_right(text: str, sentence: str) -> None:
    assert mistakes(text) == [f"a.yaml:{sentence}"]


def test_every_mistake_of_the_model_is_listed_in_the_order_of_the_document() -> None:
    assert mistakes("flag: maybe\nfix:\n  prot: 1\n  port: x\nlevl: 1\nsteps: [{wait: x}]") == [
        'a.yaml:1:7: flag: "maybe" is not true or false',
        'a.yaml:3:3: fix.prot: unknown key, did you mean "port"?',
        'a.yaml:4:9: fix.port: "x" is not a whole number',
        'a.yaml:5:1: levl: unknown key, did you mean "level"?',
        'a.yaml:6:16: steps[0].wait: "x" is not a whole number',
    ]


def test_single_key_tells_models_apart_as_it_does_mappings() -> None:
    document = load("steps: [{name: n, wait: 1}, {send: {msg: x}}]").validate(Document)
    assert document.model_dump(exclude_unset=True) == {
        "steps": [{"name": "n", "wait": 1}, {"send": {"msg": "x"}}],
    }
    assert Document(steps=document.steps) == document


def test_context_reaches_the_validators() -> None:
    class Priced(Model):
        price: int

        @field_validator("price")
        @classmethod
        def _scaled(cls, value: int, info: Any) -> int:
            return value * int(info.context["scale"])

    assert load("price: 3").validate(Priced, {"scale": 100}).price == 300


def test_a_caller_reports_its_own_mistakes_at_their_place() -> None:
    document = load("fix:\n  port: 1\nsteps:\n  - wait: 1", "a.yaml")
    assert document.mistake(("steps", 0, "wait"), "is too long") == Mistake(
        Place("a.yaml", 4, 11), "steps[0].wait", "is too long"
    )
    assert str(document.mistake(("fix", "port"), "no", key=True)) == "a.yaml:2:3: fix.port: no"
    assert document.place(("fix", "host")) == Place("a.yaml", 2, 3)
    assert document.place(()) == Place("a.yaml", 1, 1)


def test_a_value_can_be_replaced_by_somebody_else() -> None:
    document = load("fix:\n  port: 1\n  host: h", "a.yaml")
    changed = document.replaced(("fix", "port"), Node(Place("flag"), "x")).replaced(
        ("new", "key"), Node(Place("flag"), 1)
    )
    assert document.data == {"fix": {"port": 1, "host": "h"}}
    assert changed.data == {"fix": {"port": "x", "host": "h"}, "new": {"key": 1}}
    assert [(path, str(node.place)) for path, node in changed.leaves()] == [
        (("fix", "port"), "flag"),
        (("fix", "host"), "a.yaml:3:9"),
        (("new", "key"), "flag"),
    ]
    with pytest.raises(YamlMistakes) as raised:
        changed.validate(Document)
    assert str(raised.value).splitlines() == [
        'flag: fix.port: "x" is not a whole number',
        (
            "flag: new: unknown key; known: "
            "even, fix, flag, level, mixed, order, pair, pattern, several, steps, table, tags"
        ),
    ]


def test_replacing_inside_of_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(
        YamlMistakes, match=r"^a\.yaml:1:6: must be a mapping of keys to values; flag sets one of them$"
    ):
        load("fix: 3", "a.yaml").replaced(("fix", "port"), Node(Place("flag"), 1))


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbffix: {port: 0}\n")
    document = load(path)
    assert isinstance(document, YamlDocument) and document.name == str(path)
    with pytest.raises(YamlMistakes) as raised:
        document.validate(Document)
    assert str(raised.value) == f"{path}:1:13: fix.port: 0 must be at least 1"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, ": cannot be read: No such file or directory"),
        (b"a: b\nc: \xe9", ":2:4: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        (b"#" * (8 * 1024 * 1024 + 1), ": has 8388609 characters, at most 8388608 are read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "x.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(YamlMistakes) as raised:
        load(path)
    assert str(raised.value) == f"{path}{sentence}"


@pytest.mark.parametrize(
    ("name", "known", "end"),
    [
        ("prot", ["port", "host"], ', did you mean "port"?'),
        ("PORT", ["port", "host"], ', did you mean "port"?'),
        ("zzz", ["port", "host"], "; known: host, port"),
        ("zzz", [], ""),
        ("zzz", [f"n{at:02}" for at in range(20)], f"; known: {', '.join(f'n{at:02}' for at in range(16))}, …"),
    ],
)
def test_the_nearest_known_name_is_offered(name: str, known: list[str], end: str) -> None:
    assert did_you_mean(name, known) == end
