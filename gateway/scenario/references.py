"""Finds what a scenario refers to and does not have: participants, templates, variables, fields, messages, values.

The models have checked the shape of each block already; here blocks are compared with one another and with FIX. Every
mistake is collected, with its place in the document and the nearest known name. Called by `loading`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from exchange.phases import Phase
from gateway.scenario.expecting import Assertion, Expect, ExpectedMessage, ExpectNone
from gateway.scenario.market_steps import WaitFor
from gateway.scenario.matchers import AnyMatcher, Equal, OneOf
from gateway.scenario.orders import TIME_IN_FORCE_WORDS, TYPE_WORDS
from gateway.scenario.script import Part, Participant, Script, Template
from gateway.scenario.steps import ACCOUNT_ACTIONS, MARKET_ACTIONS, EnterOrder, SentFields, Step, alias_of
from gateway.scenario.values import Block
from gateway.scenario.variables import references
from gateway.scenario.vocabulary import FieldMeaning, Vocabulary
from gateway.yaml_documents.document import Mistake, YamlDocument, did_you_mean

Path = tuple[str | int, ...]

PHASES = tuple(phase.value for phase in Phase)


def check_references(
    parts: Sequence[tuple[Part, YamlDocument]], vocabulary: Vocabulary, variables: frozenset[str]
) -> list[Mistake]:
    """Every broken reference of a scenario and the files that it includes, which come first."""
    known = _Known(
        participants={name: one for part, _ in parts for name, one in part.participants.items()},
        templates={name: one for part, _ in parts for name, one in part.templates.items()},
        accounts=[account.id for part, _ in parts for account in part.accounts],
        symbols=[*_symbols(part for part, _ in parts)],
        vocabulary=vocabulary,
    )
    captured: set[str] = set()
    step_ids: set[str] = set()
    mistakes: list[Mistake] = []
    for part, document in parts:
        for name, template in part.templates.items():
            mistakes += _sent_fields(template.fields, ("templates", name, "fields"), document, known)
        for at, step in enumerate(part.steps):
            path: Path = ("steps", at)
            mistakes += _PlacedCheck(document, path, known).step(step)
            mistakes += _variables(document, path, variables | captured)
            captured |= _captures(step)
            if step.id in step_ids:
                mistakes.append(document.mistake((*path, "id"), f"{step.id} is the id of a step before already"))
            step_ids |= {step.id} if step.id else set()
        if isinstance(part, Script):
            mistakes += _final(part, document, known)
            mistakes += _variables(document, ("expect",), variables | captured)
        for section in ("instruments", "accounts", "participants"):
            mistakes += _variables(document, (section,), variables)
    return mistakes


def _symbols(parts: Iterable[Part]) -> Iterator[str]:
    """What is listed, and what it will be called after a company has changed its symbol."""
    for part in parts:
        yield from (instrument.symbol for instrument in part.instruments)
        actions = (step.corporate_action for step in part.steps)
        yield from (one.new_symbol for one in actions if one is not None and one.new_symbol is not None)


@dataclass(frozen=True)
class _Known:
    participants: Mapping[str, Participant]
    templates: Mapping[str, Template]
    accounts: Sequence[str]
    """Those that are named by themselves; none: any may be meant."""
    symbols: Sequence[str]
    vocabulary: Vocabulary


@dataclass(frozen=True)
class _PlacedCheck:
    """Checks one step of one document."""

    document: YamlDocument
    path: Path
    known: _Known

    def step(self, step: Step) -> Iterator[Mistake]:
        action = step.action
        if not action:
            return
        block = getattr(step, action)
        path = (*self.path, alias_of(action))
        if isinstance(block, Assertion | WaitFor):
            yield from _state(block, path, self.document, self.known)
            return
        if action in ACCOUNT_ACTIONS:
            yield from self._account_words(block, path)
            return
        if action in MARKET_ACTIONS:
            if (symbol := getattr(block, "symbol", None)) is not None:
                yield from _symbol(symbol, (*path, "symbol"), self.document, self.known)
            return
        for attribute, key in (("who", "who"), ("from_", "from"), ("on", "on"), ("to", "to")):
            named = getattr(block, attribute, None) or []
            for name in [named] if isinstance(named, str) else named:
                if name not in self.known.participants:
                    guess = did_you_mean(name, self.known.participants)
                    yield self.document.mistake((*path, key), f'no participant is called "{name}"{guess}')
        yield from self._template(getattr(block, "use", None), path)
        if isinstance(block, Expect | ExpectNone):
            yield from self._expectation(block, path)
            return
        if msg := getattr(block, "msg", None):
            yield from self._message(msg, (*path, "msg"))
        yield from _sent_fields(getattr(block, "fields", {}), (*path, "fields"), self.document, self.known)
        yield from self._order_words(block, path)

    def _account_words(self, block: Block, path: Path) -> Iterator[Mistake]:
        """Account and instrument of a step about them."""
        if (account := getattr(block, "account", None)) is not None:
            yield from _account(account, (*path, "account"), self.document, self.known)
        for key in ("symbol", "instrument"):
            if (symbol := getattr(block, key, None)) is not None:
                yield from _symbol(symbol, (*path, key), self.document, self.known)
        for symbol in getattr(block, "shares", {}):
            yield from _symbol(symbol, (*path, "shares", symbol), self.document, self.known)

    def _template(self, name: str | None, path: Path) -> Iterator[Mistake]:
        if name is not None and name not in self.known.templates:
            guess = did_you_mean(name, self.known.templates)
            yield self.document.mistake((*path, "use"), f'no template is called "{name}"{guess}')

    def _message(self, name: str, path: Path) -> Iterator[Mistake]:
        vocabulary = self.known.vocabulary
        if "${" not in name and vocabulary.message_type(name) is None:
            yield self.document.mistake(path, f'no message is called "{name}"{vocabulary.guess_message(name)}')

    def _expectation(self, block: Expect | ExpectNone, path: Path) -> Iterator[Mistake]:
        yield from self._expected(block, path)
        for at, message in enumerate(block.messages if isinstance(block, Expect) else ()):
            inner = (*path, "messages", at)
            yield from self._template(message.use, inner)
            yield from self._expected(message, inner)

    def _expected(self, block: Expect | ExpectNone | ExpectedMessage, path: Path) -> Iterator[Mistake]:
        if block.msg is not None:
            yield from self._message(block.msg, (*path, "msg"))
        for name, matcher in block.fields.items():
            place = (*path, "fields", name)
            meaning = self.known.vocabulary.field(name)
            if meaning is None:
                yield _unknown_field(name, place, self.document, self.known)
            else:
                yield from self._expected_value(matcher, meaning, place)
        for variable, name in getattr(block, "capture", {}).items():
            if self.known.vocabulary.field(name) is None:
                yield _unknown_field(name, (*path, "capture", variable), self.document, self.known, key=False)

    def _expected_value(self, matcher: AnyMatcher, meaning: FieldMeaning, path: Path) -> Iterator[Mistake]:
        choices = matcher.choices if isinstance(matcher, OneOf) else (matcher,) if isinstance(matcher, Equal) else ()
        for choice in choices:
            if "${" not in choice.text and not meaning.knows(choice.text):
                text = f"{meaning.title} has no value {choice.text}{meaning.guess(choice.text)}"
                yield self.document.mistake(path, text)

    def _order_words(self, block: object, path: Path) -> Iterator[Mistake]:
        words: tuple[tuple[str, str, Mapping[str, str]], ...]
        words = (("tif", "59", TIME_IN_FORCE_WORDS), ("type", "40", TYPE_WORDS), ("side", "54", {}))
        for key, tag, short in words:
            text = getattr(block, key, None)
            meaning = self.known.vocabulary.field(tag)
            if text is None or meaning is None or "${" in text or text.lower() in short:
                continue
            if len(text) > 1 and not meaning.knows(text):
                guess = did_you_mean(text, [*short, *meaning.codes])
                yield self.document.mistake((*path, key), f'{meaning.title} has no value "{text}"{guess}')
        if isinstance(block, EnterOrder) and (block.use is None or block.use in self.known.templates):
            template = self.known.templates.get(block.use or "")
            for key in ("symbol", "qty"):
                if getattr(block, key) is None and getattr(template, key, None) is None:
                    yield self.document.mistake(path, f"{key} is missing: neither the step nor its template gives it")


def _final(script: Script, document: YamlDocument, known: _Known) -> Iterator[Mistake]:
    for at, state in enumerate(script.expect):
        yield from _state(state, ("expect", at), document, known)


def _state(state: Assertion | WaitFor, path: Path, document: YamlDocument, known: _Known) -> Iterator[Mistake]:
    """The instrument, the phase and the account that a state of the venue is about."""
    account = getattr(state, "account", None)
    if account is not None:
        yield from _account(account.id, (*path, "account", "id"), document, known)
    for name in ("book", "phase", "auction"):
        part = getattr(state, name, None)
        if part is not None and part.symbol is not None:
            yield from _symbol(part.symbol, (*path, name, "symbol"), document, known)
    if state.phase is not None and "${" not in state.phase.is_ and state.phase.is_ not in PHASES:
        guess = did_you_mean(state.phase.is_, PHASES)
        yield document.mistake((*path, "phase", "is"), f'no phase is called "{state.phase.is_}"{guess}')


def _account(account: str, path: Path, document: YamlDocument, known: _Known) -> Iterator[Mistake]:
    names = {*known.accounts, *(name for one in known.participants.values() for name in one.all_accounts)}
    if known.accounts and "${" not in account and account not in names:
        yield document.mistake(path, f'no account is called "{account}"{did_you_mean(account, names)}')


def _symbol(symbol: str, path: Path, document: YamlDocument, known: _Known) -> Iterator[Mistake]:
    if known.symbols and "${" not in symbol and symbol not in known.symbols:
        guess = did_you_mean(symbol, known.symbols)
        yield document.mistake(path, f'no instrument is called "{symbol}"{guess}')


def _sent_fields(fields: SentFields, path: Path, document: YamlDocument, known: _Known) -> Iterator[Mistake]:
    for name, value in fields.items():
        place = (*path, name)
        meaning = known.vocabulary.field(name)
        if meaning is None:
            yield _unknown_field(name, place, document, known)
        elif isinstance(value, list):
            for at, member in enumerate(value):
                yield from _sent_fields(dict(member), (*place, at), document, known)
        elif meaning.codes and "${" not in value and not meaning.knows(value):
            # A wrong code may be the very point of a scenario; what is nearly a name is a slip of the pen.
            guess = meaning.guess(value)
            if "did you mean" in guess:
                yield document.mistake(place, f'{meaning.title} has no value "{value}"{guess}')


def _unknown_field(name: str, path: Path, document: YamlDocument, known: _Known, *, key: bool = True) -> Mistake:
    return document.mistake(path, f'no field is called "{name}"{known.vocabulary.guess_field(name)}', key=key)


def _variables(document: YamlDocument, path: Path, known: frozenset[str] | set[str]) -> Iterator[Mistake]:
    node = document.root
    for part in path:
        if part not in node.children:
            return
        node = node.children[part]
    for place, name in references(node):
        if name not in known:
            text = f"${{{name}}} has no value here{did_you_mean(name, known)}"
            yield Mistake(place, "", text)


def _captures(step: Step) -> set[str]:
    if step.expect is None:
        return set()
    return set(step.expect.capture) | {name for message in step.expect.messages for name in message.capture}
