"""What happens between the lock on the data folder and the first connection: the venue becomes again what it was.

The journal is replayed into a new venue. Events that a killed process had journaled and not yet told go to the event
log and to their sessions; then what the settings have and the venue has not is entered: instruments and accounts,
limits, and what accounts begin with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
import structlog

from exchange.clearing_events import CorporateActionDone
from exchange.commands import ListInstrument, OpenAccount, SetClearingRules, SetRiskLimits, Transfer
from exchange.events import Event, InstrumentListed
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import ClearingRules
from exchange.reference.instruments import Instrument, TickStep
from exchange.reference.units import INTEGER_DIGITS_MAX
from exchange.sequencing.data_folder import DataFolderError
from exchange.sequencing.event_log import EventLogWriter
from exchange.sequencing.sequencer import Sequencer
from exchange.venue import Venue
from gateway.fix.acceptor import Acceptor

_log = structlog.get_logger(__name__)


def recover(sequencer: Sequencer, event_log: EventLogWriter, acceptor: Acceptor) -> dict[str, Instrument]:
    """Replays the journal; answers the instruments as they were last listed, before what companies did to them.

    Raises `JournalCorrupt` when it cannot be trusted.
    """
    last_told = event_log.open()
    commands = 0
    listed: dict[str, Instrument] = {}
    for events in sequencer.replay():
        commands += 1
        if InstrumentListed in map(type, events):
            listed |= _listed(events)
        acceptor.replay(events)
        if events and events[-1].number > last_told:
            event_log.append([event for event in events if event.number > last_told])
    venue = sequencer.venue
    event_log.drop_after(venue.last_event)
    if commands:
        _log.info("journal replayed", commands=commands, events=venue.last_event)
    return listed


def enter_reference_data(
    sequencer: Sequencer,
    instruments: Iterable[Instrument],
    accounts: Iterable[Account],
    as_listed: Mapping[str, Instrument] | None = None,
) -> tuple[int, int]:
    """Lists instruments and opens accounts that are new or have changed; answers how many of each.

    What the settings no longer have stays listed: orders and trades of it are part of the venue's history. So is the
    price scale of an instrument. `as_listed` is what `recover` answered: settings that say what they said before a
    split or another symbol do not undo it. Raises `DataFolderError` for prices that it cannot hold, having entered
    nothing, and when the journal does not take what is new.
    """
    venue = sequencer.venue
    known = {**(as_listed or {}), **venue.instruments}
    wanted = [_on_known_scale(one, known.get(one.symbol)) for one in instruments]
    listed = [one for one in wanted if one not in (known.get(one.symbol), (as_listed or {}).get(one.symbol))]
    opened = [one for one in accounts if venue.accounts.get(one.account_id) != one]
    for instrument in listed:
        sequencer.submit(ListInstrument(instrument))
    for account in opened:
        sequencer.submit(OpenAccount(account))
    sequencer.commit()
    missing = [one.symbol for one in listed if venue.instruments.get(one.symbol) != one]
    missing += [one.account_id for one in opened if venue.accounts.get(one.account_id) != one]
    if missing:
        raise DataFolderError(
            f"the journal did not take {len(missing)} new instruments and accounts, {missing[0]} first: "
            "make room on its disk and start again"
        )
    return len(listed), len(opened)


def _listed(events: Iterable[Event]) -> dict[str, Instrument]:
    """Instruments listed by the events of one command; none where it is what a company does that changes them."""
    found: dict[str, Instrument] = {}
    for event in events:
        if isinstance(event, CorporateActionDone):
            return {}
        if isinstance(event, InstrumentListed):
            found[event.instrument.symbol] = event.instrument
    return found


def enter_openings(sequencer: Sequencer, openings: Iterable[Transfer]) -> int:
    """Posts what accounts begin with; answers how many balances.

    Each is posted once, and only to an account that has had nothing of the asset before: what came of it by trades,
    transfers and corporate actions stays as it is. Raises `DataFolderError` when one is not taken.
    """
    ledger = sequencer.venue.clearing.ledger
    known = {(account, asset) for account, asset, _ in ledger}
    entered = [one for one in openings if (one.account, one.asset) not in known]
    for transfer in entered:
        sequencer.submit(transfer)
    sequencer.commit()
    missing = [one.reference for one in entered if not ledger.has_reference(one.reference)]
    if missing:
        raise DataFolderError(
            f"the journal did not take {len(missing)} opening balances, {missing[0]} first: make room on its disk and "
            "start again"
        )
    return len(entered)


def enter_terms(sequencer: Sequencer, limits: Iterable[SetRiskLimits], rules: ClearingRules) -> int:
    """Puts limits and the clearing house's rules in force where others are, or none; answers how many.

    Limits that the settings do not have stay as operators set them. Raises `DataFolderError` when one is not taken.
    """
    venue = sequencer.venue
    entered: list[SetRiskLimits | SetClearingRules] = [one for one in limits if not _is_in_force(one, venue)]
    if venue.settlement.rules != rules:
        entered.append(SetClearingRules(rules))
    for command in entered:
        sequencer.submit(command)
    sequencer.commit()
    missing = [_named(one) for one in entered if not _is_in_force(one, venue)]
    if missing:
        raise DataFolderError(
            f"the venue or its journal did not take {len(missing)} limits and rules, {missing[0]} first: make room on "
            "the journal's disk, or see what `fixpit journal dump` says of it"
        )
    return len(entered)


def _is_in_force(command: SetRiskLimits | SetClearingRules, venue: Venue) -> bool:
    if isinstance(command, SetClearingRules):
        return venue.settlement.rules == command.rules
    return venue.limits.get(command.scope, command.name, command.symbol) == command.limits


def _named(command: SetRiskLimits | SetClearingRules) -> str:
    if isinstance(command, SetClearingRules):
        return "the rules of clearing"
    return f"limits of {command.scope.value} {command.name}"


def _on_known_scale(instrument: Instrument, known: Instrument | None) -> Instrument:
    """The instrument with its prices in units of the scale that all prices in the data folder have."""
    if known is None or instrument.price_digits == known.price_digits:
        return instrument
    tick = instrument.scale.text(instrument.tick)
    what = (
        f"instrument {instrument.symbol} has prices of {known.price_digits} digits behind the point in this data folder"
    )
    remedy = "give it a tick that fits, or list it under another symbol or in a new data folder"
    if instrument.price_digits > known.price_digits:
        raise DataFolderError(f"{what}, and tick {tick} of the settings needs {instrument.price_digits}; {remedy}")
    factor = known.scale.unit // instrument.scale.unit
    if instrument.highest_price * factor * instrument.max_quantity >= 10**INTEGER_DIGITS_MAX:
        raise DataFolderError(
            f"{what}; there max_quantity {instrument.max_quantity} at the highest price has more than "
            f"{INTEGER_DIGITS_MAX} digits; lower it"
        )
    return msgspec.structs.replace(
        instrument,
        price_digits=known.price_digits,
        tick=instrument.tick * factor,
        reference_price=instrument.reference_price * factor,
        lowest_price=instrument.lowest_price * factor,
        highest_price=instrument.highest_price * factor,
        ticks=tuple(TickStep(step.from_price * factor, step.tick * factor) for step in instrument.ticks),
        protection=instrument.protection * factor,
        max_notional=instrument.max_notional * factor,
    )
