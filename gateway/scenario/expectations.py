"""Looks for expected messages in what a participant received, and says what came nearest when they do not come.

`search` asks each received message in order; a message that fulfils an expectation is marked used. `explain` makes the
table of a failure: the expected fields beside those of the nearest message, the different ones marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.scenario.inbox import Inbox, Received
from gateway.scenario.matchers import AnyMatcher, Equal, accepts, describe
from gateway.scenario.vocabulary import FieldMeaning, Vocabulary
from gateway.scenario.wire import WireMessage

MESSAGES_SHOWN = 20
"""Messages listed where something came that should not have; more would bury the first."""


@dataclass(frozen=True)
class Wanted:
    """One expected message, all names turned into tags and all variables filled in."""

    msg_type: str | None
    """None: of any type."""
    fields: tuple[tuple[FieldMeaning, AnyMatcher], ...]
    capture: tuple[tuple[str, FieldMeaning], ...] = ()

    def accepts(self, message: WireMessage) -> bool:
        """Whether the message is of the type and every field is as expected."""
        return self.is_of_type(message) and all(
            accepts(matcher, message.get(meaning.tag), meaning) for meaning, matcher in self.fields
        )

    def is_of_type(self, message: WireMessage) -> bool:
        """Whether the message has the expected MsgType."""
        return self.msg_type is None or message.msg_type == self.msg_type


def wanted(
    msg: str | None, fields: Mapping[str, AnyMatcher], capture: Mapping[str, str], vocabulary: Vocabulary
) -> Wanted:
    """An expectation of the scenario in tags."""
    known = [(vocabulary.field(name), matcher) for name, matcher in fields.items()]
    captured = [(variable, vocabulary.field(name)) for variable, name in capture.items()]
    return Wanted(
        msg_type=(vocabulary.message_type(msg) or msg) if msg is not None else None,
        fields=tuple((meaning, matcher) for meaning, matcher in known if meaning is not None),
        capture=tuple((variable, meaning) for variable, meaning in captured if meaning is not None),
    )


def find_alike(inbox: Inbox, one: Wanted, count: int) -> list[Received] | None:
    """The first `count` unused messages that fulfil an expectation, or None while there are fewer."""
    found: list[Received] = []
    for received in inbox.unused():
        if one.accepts(received.message):
            found.append(received)
            if len(found) == count:
                return found
    return None


def find_each(inbox: Inbox, several: Sequence[Wanted], *, in_order: bool) -> list[Received | None]:
    """For each expectation the message that fulfils it, None where none does yet. No message serves two."""
    unused = list(inbox.unused())
    found: list[Received | None] = []
    begin = 0
    for one in several:
        at = next((at for at in range(begin, len(unused)) if one.accepts(unused[at].message)), None)
        found.append(None if at is None else unused[at])
        if at is not None and in_order:
            begin = at + 1
        elif at is not None:
            del unused[at]
        elif in_order:
            return found + [None] * (len(several) - len(found))
    return found


def explain(one: Wanted, inbox: Inbox, vocabulary: Vocabulary) -> str:
    """What was expected beside the nearest of the unused messages, as a table."""
    candidates = [received.message for received in inbox.unasked() if one.is_of_type(received.message)]
    if one.msg_type is not None and not candidates:
        candidates = [received.message for received in inbox.unused() if one.is_of_type(received.message)]
    name = "message" if one.msg_type is None else vocabulary.message_name(one.msg_type)
    if not candidates:
        others = _listed([received.message for received in inbox.unasked()], vocabulary)
        return f"no {name} came that was not expected before" + (f"; these came:\n{others}" if others else "")
    nearest = max(candidates, key=lambda message: _likeness(one, message))
    among = "the only one" if len(candidates) == 1 else f"the nearest of {len(candidates)}"
    return f"{among} that came, {name} with MsgSeqNum(34) {nearest.sequence}:\n{_table(one, nearest)}"


def explain_unwanted(received: Sequence[Received], vocabulary: Vocabulary) -> str:
    """The messages that should not have come."""
    return _listed([one.message for one in received], vocabulary)


def summary(message: WireMessage, vocabulary: Vocabulary) -> str:
    """A message in a line: its name and the fields that tell messages of its kind apart."""
    words = [vocabulary.message_name(message.msg_type)]
    for tag in ("11", "41", "150", "39", "32", "31", "14", "151", "373", "371", "58"):
        value, meaning = message.get(tag), vocabulary.field(tag)
        if value is not None and meaning is not None:
            words.append(f"{meaning.name}={meaning.label(value)}")
    return " ".join(words)


def _listed(messages: Sequence[WireMessage], vocabulary: Vocabulary) -> str:
    lines = [f"  {message.sequence:>4}  {summary(message, vocabulary)}" for message in messages[:MESSAGES_SHOWN]]
    if len(messages) > MESSAGES_SHOWN:
        lines.append(f"        and {len(messages) - MESSAGES_SHOWN} more")
    return "\n".join(lines)


def _likeness(one: Wanted, message: WireMessage) -> tuple[int, int]:
    """How near a message is: named fields that tell orders apart weigh most, then how many fit, then the newest."""
    fitting = [
        (meaning, matcher) for meaning, matcher in one.fields if accepts(matcher, message.get(meaning.tag), meaning)
    ]
    weight = sum(
        3 if meaning.tag in ("11", "37", "41") and isinstance(matcher, Equal) else 1 for meaning, matcher in fitting
    )
    return weight, message.sequence


def _table(one: Wanted, message: WireMessage) -> str:
    rows = [(" ", "field", "expected", "received")]
    for meaning, matcher in one.fields:
        value = message.get(meaning.tag)
        mark = " " if accepts(matcher, value, meaning) else "*"
        rows.append(
            (mark, meaning.title, describe(matcher, meaning), "absent" if value is None else meaning.label(value))
        )
    text = message.get("58")
    if text is not None and all(meaning.tag != "58" for meaning, _ in one.fields):
        rows.append((" ", "Text(58)", "", text))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [f"  {row[0]} {row[1]:<{widths[1]}}  {row[2]:<{widths[2]}}  {row[3]}".rstrip() for row in rows]
    return "\n".join(lines)
