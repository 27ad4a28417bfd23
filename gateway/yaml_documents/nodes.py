"""The tree of a YAML document in which every value knows its place, built from the parser's events.

Built event by event with a stack of its own, not by recursion: no depth of nesting reaches the end of Python's stack
or of the parser's. Called by `gateway.yaml_documents.document` alone, which says how the YAML is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from gateway.yaml_documents.mistakes import Mistake, Place, YamlMistakes

MAX_DEPTH = 64
"""Mappings and lists inside one another; whoever walks the data later may recurse."""

MAX_VALUES = 500_000
"""Values in a document after aliases are followed, so that ten lines of anchors cannot become a billion values."""

INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
"""Whole numbers of at most 18 digits that are written as they print; `007` is a name and stays one."""

WORDS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
"""The only plain words that are no text."""

TEXT_TAGS: Final = frozenset({"!", "tag:yaml.org,2002:str"})
"""Tags by which an author says that a word or number is text; all others are mistakes."""


@dataclass(slots=True)
class Node:
    """One value of a document and where it stands."""

    place: Place
    value: Any
    """Plain data: None, bool, int, str, lists and dicts. Shared with the data around it: not to be changed."""
    children: dict[str | int, Node] = field(default_factory=dict)
    """What a mapping or list holds, by key or position."""
    key_places: dict[str, Place] = field(default_factory=dict)
    """Where the keys of a mapping stand."""
    values: int = 1
    """How many values it holds, itself included and aliases followed."""
    height: int = 1
    """How deep it goes; 1 for a value without children."""

    def add(self, key: str | int, child: Node, key_place: Place | None = None) -> None:
        """Hang `child` under this mapping or list."""
        self.children[key] = child
        if isinstance(key, int):
            self.value.append(child.value)
        else:
            self.value[key] = child.value
            self.key_places[key] = key_place or child.place
        self.values += child.values
        self.height = max(self.height, child.height + 1)


def build_tree(events: Iterable[yaml.Event], name: str) -> tuple[Node, list[Mistake]]:
    """The tree of the one document in `events`, and what is wrong in it; `name` stands in every place."""
    builder = _Builder(name)
    for event in events:
        builder.take(event)
    return builder.root or Node(Place(name, 1, 1), None), builder.mistakes


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    node: Node
    anchor: str | None
    key: tuple[str, Place] | None = None
    """The key whose value comes next."""
    skips_value: bool = False
    """The value that comes next belongs to a key that was a mistake."""
    merged: list[Node] = field(default_factory=list)
    merges_value: bool = False


class _Builder:
    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Node | None = None
        self.mistakes: list[Mistake] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}

    def take(self, event: yaml.Event) -> None:
        """The next event of the parser."""
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.AliasEvent():
                self._finish(self._aliased(event), None)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                place = self._place(event)
                self._check_tag(event.tag if not event.implicit else None, place)
                if len(self._open) >= MAX_DEPTH:
                    raise YamlMistakes([Mistake(place, "", f"lists and mappings are more than {MAX_DEPTH} deep")])
                value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                self._open.append(_Open(Node(place, value), event.anchor))
            case yaml.CollectionEndEvent():
                opened = self._open.pop()
                self._merge(opened)
                self._finish(opened.node, opened.anchor)
            case yaml.DocumentStartEvent() if self.root is not None:
                text = 'a second document begins here; write one document without "---" lines'
                raise YamlMistakes([Mistake(self._place(event), "", text)])

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = self._place(event)
        is_plain = event.implicit[0] and event.tag is None
        self._check_tag(event.tag if not any(event.implicit) else None, place)
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.node.value, dict) and not self._awaits_value(top):
            self._key(top, event.value, place, is_merge=is_plain and event.value == "<<")
            return
        self._finish(Node(place, _plain(event.value) if is_plain else event.value), event.anchor)

    def _key(self, top: _Open, key: str, place: Place, *, is_merge: bool) -> None:
        if is_merge:
            top.merges_value = True
        elif key in top.node.children:
            text = f"this key stands already in line {top.node.key_places[key].line}; remove one of them"
            self.mistakes.append(Mistake(place, key, text))
            top.skips_value = True
        else:
            top.key = (key, place)

    @staticmethod
    def _awaits_value(top: _Open) -> bool:
        return top.key is not None or top.skips_value or top.merges_value

    def _finish(self, node: Node, anchor: str | None) -> None:
        """Put a complete value where it belongs."""
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        if isinstance(top.node.value, list):
            top.node.add(len(top.node.value), node)
        elif top.skips_value:
            top.skips_value = False
        elif top.merges_value:
            top.merges_value = False
            top.merged.extend(node.children.values() if isinstance(node.value, list) else [node])
        elif top.key is None:
            self.mistakes.append(Mistake(node.place, "", "a key must be one word or number, not a list or mapping"))
            top.skips_value = True
        else:
            top.node.add(top.key[0], node, top.key[1])
            top.key = None
        self._check_size(top.node)

    def _merge(self, opened: _Open) -> None:
        """Add what `<<` names and the mapping does not have itself."""
        for source in opened.merged:
            if not isinstance(source.value, dict):
                text = '"<<" takes over the keys of a mapping; this is none'
                self.mistakes.append(Mistake(source.place, "", text))
                continue
            for key, child in source.children.items():
                if key not in opened.node.children:
                    opened.node.add(key, child, source.key_places[str(key)])
            self._check_size(opened.node)

    def _aliased(self, event: yaml.AliasEvent) -> Node:
        place = self._place(event)
        if event.anchor in self._anchors:
            return self._anchors[event.anchor]
        is_open = any(opened.anchor == event.anchor for opened in self._open)
        reason = "is not complete here; an alias must stand outside of it" if is_open else "is nowhere above"
        self.mistakes.append(Mistake(place, "", f"the anchor &{event.anchor} {reason}"))
        return Node(place, None)

    def _check_size(self, node: Node) -> None:
        if node.height > MAX_DEPTH:
            raise YamlMistakes([Mistake(node.place, "", f"lists and mappings are more than {MAX_DEPTH} deep")])
        if node.values > MAX_VALUES:
            text = f"holds more than {MAX_VALUES} values once aliases are followed"
            raise YamlMistakes([Mistake(node.place, "", text)])

    def _check_tag(self, tag: str | None, place: Place) -> None:
        if tag is not None and tag not in TEXT_TAGS:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.mistakes.append(Mistake(place, "", f"the tag {shown} is not known here; leave it out"))

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        assert mark is not None, "the parser marks every event"
        return Place(self.name, mark.line + 1, mark.column + 1)


def _plain(text: str) -> bool | int | str | None:
    if text in WORDS:
        return WORDS[text]
    return int(text) if INTEGER.fullmatch(text) else text


def leaves(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Every value under `node` that is no mapping, with its path; a list counts as one value."""
    if not isinstance(node.value, dict):
        yield path, node
        return
    for key, child in node.children.items():
        yield from leaves(child, (*path, str(key)))


def place_of(root: Node, path: tuple[str | int, ...], *, key: bool) -> Place:
    """Where the value at `path` stands, or its key; where there is none, the value around it."""
    node, place = root, root.place
    for part in path:
        if part not in node.children:
            return node.place
        child = node.children[part]
        place = node.key_places.get(str(part), child.place)
        node = child
    return place if key else node.place


def replaced(node: Node, path: tuple[str, ...], new: Node) -> Node:
    """A tree like that of `node` with `new` at `path`; mappings on the way are made, `node` stays as it is.

    Raises `YamlMistakes` when something that is no mapping is on the way: it would be lost.
    """
    if not path:
        return new
    if not isinstance(node.value, dict) and node.value is not None:
        raise YamlMistakes(
            [Mistake(node.place, "", f"must be a mapping of keys to values; {new.place} sets one of them")]
        )
    copy = Node(node.place, {})
    for key, child in node.children.items():
        copy.add(key, child, node.key_places[str(key)])
    child = copy.children.get(path[0], Node(new.place, None))
    copy.add(
        path[0], replaced(child, path[1:], new), copy.key_places.get(path[0], new.place) if path[1:] else new.place
    )
    return copy
