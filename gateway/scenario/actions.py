"""What each kind of step does. A step that does not come out as it should raises `StepFailed` with the whole reason.

`perform` is the way in; one function stands for one word of the language. Variables are filled in already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from gateway.clock.words import SECOND
from gateway.scenario.account_actions import differing_account, play_account_step
from gateway.scenario.book import BookUnavailable, differing_book
from gateway.scenario.expectations import Wanted, explain, explain_unwanted, find_alike, find_each, wanted
from gateway.scenario.expecting import Assertion, CountLimits, Expect, ExpectedMessage, ExpectNone
from gateway.scenario.fix_client import LogonRefused
from gateway.scenario.inbox import Inbox, Received
from gateway.scenario.market_actions import differing_auction, differing_phase, play_market_step
from gateway.scenario.matchers import AnyMatcher, read_matcher
from gateway.scenario.orders import OrderEntry, Request
from gateway.scenario.script import Template
from gateway.scenario.stage import Player, Stage
from gateway.scenario.steps import ACCOUNT_ACTIONS, MARKET_ACTIONS, Disconnect, Logon, Logout, Step
from gateway.scenario.variables import Variables, fill
from gateway.scenario.venue_time import MILLISECOND

Found = TypeVar("Found")

BUY, SELL, SELL_SHORT = "1", "2", "5"
"""Side(54)."""


class StepFailed(Exception):
    """The step did not come out as the scenario says; the text is for the author."""


async def perform(step: Step, stage: Stage, variables: Variables) -> None:
    """Play one step, its variables filled in. What an expectation captures goes into `variables`."""
    if step.logon:
        for name in step.logon.who:
            await _logon(name, step.logon, stage)
    elif step.logout:
        for name in step.logout.who:
            await _logout(name, step.logout, stage)
    elif step.disconnect:
        await _disconnect(step.disconnect, stage)
    elif step.expect:
        await _expect(step.expect, stage, variables)
    elif step.expect_none:
        await _expect_none(step.expect_none, stage)
    elif step.assert_:
        await reach(step.assert_, stage)
    elif step.action in MARKET_ACTIONS:
        await play_market_step(step, stage)
    elif step.action in ACCOUNT_ACTIONS:
        await play_account_step(step, stage)
    else:
        _send(step, stage, variables)
        await stage.settle()


async def reach(state: Assertion, stage: Stage) -> None:
    """Wait until the venue is in a state; raises `StepFailed` when it does not get there in time."""
    await stage.settle()
    within = 0 if stage.time.is_virtual else state.within
    if state.book is None:
        await _reach_state(state, within, stage)
        return
    try:
        difference = await differing_book(state.book, stage.venue.http_url, within / 1000)
    except BookUnavailable as error:
        raise StepFailed(str(error)) from error
    if difference:
        raise StepFailed(f"the book of {state.book.symbol} is not as expected {_after(within)}:\n{difference}")


async def _reach_state(state: Assertion, within: int, stage: Stage) -> None:
    """A phase, what an auction would bring, or how an account stands."""
    end = asyncio.get_running_loop().time() + within / 1000
    while True:
        if state.phase is not None:
            difference = await differing_phase(state.phase, stage)
        elif state.account is not None:
            difference = await differing_account(state.account, stage)
        else:
            assert state.auction is not None, "an assertion names a state"
            difference = await differing_auction(state.auction, stage)
        if not difference:
            return
        if asyncio.get_running_loop().time() >= end:
            raise StepFailed(difference)
        await stage.pause()


async def _logon(name: str, words: Logon, stage: Stage) -> None:
    player = stage.players[name]
    if player.client.session.logged_on:
        raise StepFailed(f"{name} is logged on already; a second Logon is played with send: {{msg: Logon}}")
    reset = not player.has_logged_on if words.reset is None else words.reset
    try:
        await player.client.logon(player.credentials, reset=reset, within_seconds=words.within / 1000)
    except LogonRefused as error:
        raise StepFailed(f"{name} could not log on: {error}") from error
    player.has_logged_on = True


async def _logout(name: str, words: Logout, stage: Stage) -> None:
    player = _connected(name, stage)
    if not await player.client.logout(words.text, words.within / 1000):
        raise StepFailed(f"the venue did not answer the Logout of {name} {_after(words.within)}")


async def _disconnect(words: Disconnect, stage: Stage) -> None:
    await _connected(words.who, stage).client.disconnect(words.mode)


def _send(step: Step, stage: Stage, variables: Variables) -> None:
    words = getattr(step, step.action, None)
    if words is None:
        return
    player = _connected(words.from_, stage)
    template = _template(getattr(words, "use", None), stage, variables)
    player.client.send(*_request(step, player.entry, template))


def _request(step: Step, entry: OrderEntry, template: Template) -> Request:
    """The message of a step that sends one."""
    for words, side in ((step.buy, BUY), (step.sell, SELL), (step.sell_short, SELL_SHORT)):
        if words is not None:
            return entry.enter(side, words, template)
    if step.cancel:
        return entry.cancel(step.cancel)
    if step.replace:
        return entry.replace(step.replace, template)
    if step.status:
        return entry.status(step.status)
    if step.mass_cancel:
        return entry.mass_cancel(step.mass_cancel)
    if step.mass_status:
        return entry.mass_status(step.mass_status)
    assert step.send is not None, "a step without another action sends"
    return entry.send(step.send, template)


async def _expect(words: Expect, stage: Stage, variables: Variables) -> None:
    inbox = stage.players[words.participant].client.inbox
    several = _wanted(words, stage, variables)
    if isinstance(words.count, CountLimits):
        found = await _count(words.count, several[0], inbox, words.within, stage)
    elif not words.messages:
        found = await _alike(words.count or 1, several[0], inbox, words.within, stage)
    else:
        found = await _each(several, words, inbox, stage)
    for received in found:
        received.is_used = True
    matched = zip(several, found, strict=True) if words.messages else ((several[0], one) for one in found[-1:])
    for one, received in matched:
        for variable, meaning in one.capture:
            value = received.message.get(meaning.tag)
            if value is None:
                raise StepFailed(f"{meaning.title} is absent in the message, ${{{variable}}} cannot be set from it")
            variables.set(variable, value)


async def _alike(count: int, one: Wanted, inbox: Inbox, within: int, stage: Stage) -> list[Received]:
    found = await _await(lambda: find_alike(inbox, one, count), inbox, within, stage)
    if found is None:
        fitting = sum(one.accepts(received.message) for received in inbox.unused())
        number = f"{fitting} of {count} messages came" if count > 1 else "no message fits"
        raise StepFailed(f"{number} {_after(within)}{_closed(inbox)}; {explain(one, inbox, stage.vocabulary)}")
    return found


async def _each(several: list[Wanted], words: Expect, inbox: Inbox, stage: Stage) -> list[Received]:
    def all_found() -> list[Received] | None:
        found = [one for one in find_each(inbox, several, in_order=words.in_order) if one is not None]
        return found if len(found) == len(several) else None

    complete = await _await(all_found, inbox, words.within, stage)
    if complete is not None:
        return complete
    found = find_each(inbox, several, in_order=words.in_order)
    at = found.index(None)
    for received in found[:at]:
        if received is not None:
            received.is_used = True
    order = " in this order" if words.in_order else ""
    text = f"message {at + 1} of {len(several)} did not come{order} {_after(words.within)}{_closed(inbox)}"
    raise StepFailed(f"{text}; {explain(several[at], inbox, stage.vocabulary)}")


async def _count(limits: CountLimits, one: Wanted, inbox: Inbox, within: int, stage: Stage) -> list[Received]:
    """With an upper limit the whole time passes: one too many may come at its very end."""

    def fitting() -> list[Received]:
        return [received for received in inbox.unused() if one.accepts(received.message)]

    def enough() -> bool | None:
        return True if not limits.has_upper and limits.holds(len(fitting())) else None

    await _await(enough, inbox, within, stage)
    found = fitting()
    if not limits.holds(len(found)):
        wanted_text = " and ".join(f"{key} {value}" for key, value in limits.model_dump(exclude_none=True).items())
        text = f"{len(found)} messages came {_after(within)}{_closed(inbox)}, expected is a number {wanted_text}"
        raise StepFailed(f"{text}; {explain(one, inbox, stage.vocabulary)}" if not found else text)
    return found


async def _expect_none(words: ExpectNone, stage: Stage) -> None:
    player = _connected(words.participant, stage)
    inbox = player.client.inbox
    one = wanted(words.msg, words.fields, {}, stage.vocabulary)

    def unwanted() -> list[Received] | None:
        candidates = inbox.unasked() if words.msg is None else inbox.unused()
        return [received for received in candidates if one.accepts(received.message)] or None

    came = await _await(unwanted, inbox, words.for_, stage)
    if came:
        raise StepFailed(
            f"nothing was to come to {words.participant}, but this did:\n{explain_unwanted(came, stage.vocabulary)}"
        )
    if inbox.closed_because:
        raise StepFailed(f"nothing came to {words.participant}, but because {inbox.closed_because}")


async def _await(check: Callable[[], Found | None], inbox: Inbox, within: int, stage: Stage) -> Found | None:
    """The first result of `check` that is not None, within so many milliseconds of the venue's time.

    Virtual time goes on from one due moment to the next until there is one: nobody waits for what cannot come.
    """
    if not stage.time.is_virtual:
        return await inbox.wait_for(check, within / 1000)
    await stage.settle()
    end = await stage.time.now() + within * MILLISECOND
    while (found := check()) is None and (left := end - await stage.time.now()) > 0:
        await stage.time.move(by=f"{left / SECOND:.9f}s", step=True)
        await stage.settle()
    return found


def _wanted(words: Expect, stage: Stage, variables: Variables) -> list[Wanted]:
    blocks: Sequence[Expect | ExpectedMessage] = words.messages or [words]
    return [
        wanted(
            block.msg,
            _template_matchers(block.use, stage, variables, block.fields) | block.fields,
            block.capture,
            stage.vocabulary,
        )
        for block in blocks
    ]


def _template(name: str | None, stage: Stage, variables: Variables) -> Template:
    return fill(stage.scenario.templates[name], variables.resolve) if name else Template()


def _template_matchers(
    name: str | None, stage: Stage, variables: Variables, own: Mapping[str, AnyMatcher]
) -> dict[str, AnyMatcher]:
    """A template's fields as expectations, without those that the step names itself, by whichever name."""
    vocabulary = stage.vocabulary
    taken = {meaning.tag for meaning in map(vocabulary.field, own) if meaning}
    texts = {key: text for key, text in _template(name, stage, variables).fields.items() if isinstance(text, str)}
    named = [(vocabulary.field(key), key, text) for key, text in texts.items()]
    return {key: read_matcher(text) for meaning, key, text in named if meaning and meaning.tag not in taken}


def _connected(name: str, stage: Stage) -> Player:
    player = stage.players[name]
    if not player.client.is_connected:
        reason = player.client.inbox.closed_because
        raise StepFailed(f"{name} is not connected{f': {reason}' if reason else '; a logon step comes first'}")
    return player


def _closed(inbox: Inbox) -> str:
    return f" ({inbox.closed_because})" if inbox.closed_because else ""


def _after(within_ms: int) -> str:
    return f"within {within_ms / 1000:g} s"
