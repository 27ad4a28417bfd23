"""Cancel on disconnect: orders that go when their session's line ends and does not come back within its grace time.

However the line ends: by Logout, for silence, with the socket. Which orders go is agreed (`SessionHabits`), or said by
CancelOrdersOnDisconnect(8013) of the Logon that began the line; that is forgotten with the process, so after a restart
of the venue, when every line has ended, the settings hold. The grace is measured by the venue's clock. Told by the
acceptor; the venue itself knows which order asks for it.
"""

from __future__ import annotations

from exchange.commands import CancelOnDisconnect
from exchange.orders import TimeInForce
from exchange.sequencing.sequencer import Sequencer
from gateway.clock.venue_clock import Timer, VenueClock
from gateway.fix import tags
from gateway.fix.habits import DisconnectMode
from gateway.fix.message import Message
from gateway.fix.session import Session

_MODES = {
    "Y": DisconnectMode.ALL,
    "S": DisconnectMode.ALL,
    "F": DisconnectMode.FLAGGED,
    "N": DisconnectMode.FLAGGED,
}
"""CancelOrdersOnDisconnect(8013): Y and S all orders, F those that ask for it, N no others than those."""

_GOOD_TILL = frozenset({TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE})


class LineEnds:
    """Waits for sessions that are away."""

    def __init__(self, sequencer: Sequencer, clock: VenueClock) -> None:
        self._sequencer = sequencer
        self._register = sequencer.venue.register
        self._clock = clock
        self._modes: dict[str, DisconnectMode] = {}
        """By CompID, what the Logon of the line said."""
        self._waiting: dict[str, Timer] = {}

    def began(self, session: Session, logon: Message) -> None:
        """A session is there, or back: what waited for it stays."""
        comp_id = session.profile.comp_id
        timer = self._waiting.pop(comp_id, None)
        if timer is not None:
            timer.cancel()
        self._modes.pop(comp_id, None)
        stated = logon.fields.get(tags.CancelOrdersOnDisconnect)
        if stated in _MODES:
            self._modes[comp_id] = _MODES[stated]

    def ended(self, session: Session) -> None:
        """A session is away."""
        comp_id, habits = session.profile.comp_id, session.profile.habits
        if comp_id in self._waiting or self._mode(session) is DisconnectMode.NONE:
            return
        if habits.disconnect_grace:
            at = self._clock.now() + habits.disconnect_grace
            self._waiting[comp_id] = self._clock.call_at(at, lambda: self._cancel(session))
        else:
            self._cancel(session)

    def _cancel(self, session: Session) -> None:
        self._waiting.pop(session.profile.comp_id, None)
        # Behind what was sent before the line ended, which may be waiting for this turn's commit.
        self._sequencer.after_commit(lambda: self._submit(session))

    def _submit(self, session: Session) -> None:
        comp_id, keeps_good_till = session.profile.comp_id, session.profile.habits.keeps_good_till
        is_everything = self._mode(session) is DisconnectMode.ALL
        for order in self._register.open_orders(comp_id):
            terms = order.terms
            conditions = terms.conditions
            is_flagged = conditions is not None and (conditions.cancels_on_disconnect or bool(conditions.quote_id))
            if is_flagged or (is_everything and not (keeps_good_till and terms.time_in_force in _GOOD_TILL)):
                self._sequencer.submit(CancelOnDisconnect(comp_id, is_everything, keeps_good_till))
                return

    def _mode(self, session: Session) -> DisconnectMode:
        return self._modes.get(session.profile.comp_id, session.profile.habits.cancel_on_disconnect)
