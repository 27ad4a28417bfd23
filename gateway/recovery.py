"""What happens between the lock on the data folder and the first connection: the venue becomes again what it was.

The journal is replayed into a new venue. Events that a killed process had journaled and not yet told go to the event
log and to their sessions; then instruments and accounts that the settings have and the venue has not are entered.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from exchange.commands import ListInstrument, OpenAccount
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.sequencing.event_log import EventLogWriter
from exchange.sequencing.sequencer import Sequencer
from gateway.fix.acceptor import Acceptor

_log = structlog.get_logger(__name__)


def recover(sequencer: Sequencer, event_log: EventLogWriter, acceptor: Acceptor) -> None:
    """Replays the journal. Raises `JournalCorrupt` when it cannot be trusted."""
    last_told = event_log.open()
    commands = 0
    for events in sequencer.replay():
        commands += 1
        acceptor.replay(events)
        if events and events[-1].number > last_told:
            event_log.append([event for event in events if event.number > last_told])
    venue = sequencer.venue
    event_log.drop_after(venue.last_event)
    if commands:
        _log.info("journal replayed", commands=commands, events=venue.last_event)


def enter_reference_data(
    sequencer: Sequencer, instruments: Iterable[Instrument], accounts: Iterable[Account]
) -> tuple[int, int]:
    """Lists instruments and opens accounts that are new or have changed; answers how many of each.

    What the settings no longer have stays listed: orders and trades of it are part of the venue's history.
    """
    venue = sequencer.venue
    listed = [one for one in instruments if venue.instruments.get(one.symbol) != one]
    opened = [one for one in accounts if venue.accounts.get(one.account_id) != one]
    for instrument in listed:
        sequencer.submit(ListInstrument(instrument))
    for account in opened:
        sequencer.submit(OpenAccount(account))
    sequencer.commit()
    return len(listed), len(opened)
