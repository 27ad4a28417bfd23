"""Where in their day instruments and markets are: SecurityStatus(f) and TradingSessionStatus(h), on request.

A session may ask once (SubscriptionRequestType(263) 0) or subscribe (1, and 2 to end it): then it is told of every
change of phase or price band of the instrument, of corporate actions and of limits to short sales, or of the market's
phase, until its line ends. Nothing is kept for a session that is away: who comes back asks again. A market is in the
phase in which most of its instruments are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from exchange.events import BandsChanged, Event, PhaseChanged
from exchange.phases import Phase
from exchange.sequencing.sequencer import Sequencer
from gateway.fix import tags
from gateway.fix.body_layout import written
from gateway.fix.clock import GatewayClock
from gateway.fix.dictionary import load
from gateway.fix.message import Message
from gateway.fix.order_fields import kept
from gateway.fix.phase_codes import NO_MARKET, PHASE_CODES, UNKNOWN_SECURITY, security_trading_status
from gateway.fix.routing import reversed_routing
from gateway.fix.security_news import RESTRICTED, SecurityNews, action_code, news_text, symbols_of
from gateway.fix.session import Session
from gateway.fix.tags import MsgTypes

SUBSCRIPTIONS_MAX = 2_000
"""Subscriptions of one session: every instrument of a large venue. A halt of all is a message for each."""

SNAPSHOT, SUBSCRIBE, UNSUBSCRIBE = "0", "1", "2"
"""Values of SubscriptionRequestType(263)."""

OTHER, UNKNOWN_ID, CONDITIONALLY_REQUIRED_FIELD_MISSING = 0, 1, 5
"""Values of BusinessRejectReason(380)."""

REQUEST_REJECTED = "6"
"""A value of TradSesStatus(340), from FIX 4.4 on."""


class Subscription(Struct, frozen=True):
    """What one session wants to hear of."""

    session: Session
    request_id: str
    name: str
    """Of the instrument, or of the market."""


Subscriptions = dict[tuple[str, str], Subscription]
"""By CompID and request."""


class TradingStatus:
    """Tells sessions where in their day instruments and markets are."""

    def __init__(self, sequencer: Sequencer, clock: GatewayClock) -> None:
        self._sequencer = sequencer
        self._venue = sequencer.venue
        self._clock = clock
        self._securities: Subscriptions = {}
        self._markets: Subscriptions = {}
        self._told: dict[str, Phase] = {}
        """By market that somebody subscribed to, the phase that was told last."""

    def receive(self, session: Session, message: Message) -> None:
        """SecurityStatusRequest(e)."""
        self._sequencer.after_commit(lambda: self._security_asked(session, message))

    def receive_session(self, session: Session, message: Message) -> None:
        """TradingSessionStatusRequest(g)."""
        self._sequencer.after_commit(lambda: self._session_asked(session, message))

    def tell(self, events: Sequence[Event]) -> None:
        """Tells subscribers what has changed."""
        if not self._securities and not self._markets:
            return
        changed: dict[str, str] = {}
        news: list[SecurityNews] = []
        for event in events:
            if isinstance(event, PhaseChanged):
                changed[event.symbol] = event.reason
            elif isinstance(event, BandsChanged):
                changed.setdefault(event.symbol, "")
            elif isinstance(event, SecurityNews):
                news.append(event)
        for subscription in list(self._securities.values()) if changed or news else ():
            self._tell_of_security(subscription, changed, news)
        if changed:
            self._tell_markets(changed)

    def forget(self, session: Session) -> None:
        """A session's line has ended, and its subscriptions with it."""
        for subscriptions in (self._securities, self._markets):
            for key in [key for key in subscriptions if key[0] == session.profile.comp_id]:
                del subscriptions[key]

    # Instruments

    def _tell_of_security(
        self, subscription: Subscription, changed: Mapping[str, str], news: Sequence[SecurityNews]
    ) -> None:
        """Each piece of news by itself, for CorporateAction(292) tells one; then how the instrument stands."""
        session, request_id, symbol = subscription.session, subscription.request_id, subscription.name
        for one in news:
            if symbol in symbols_of(one):
                code = action_code(one, load(session.profile.version.name))
                self._send_security(session, request_id, symbol, news_text(one), "Y", corporate_action=code)
        if symbol in changed:
            self._send_security(session, request_id, symbol, changed[symbol], "Y")

    def _security_asked(self, session: Session, message: Message) -> None:
        fields = message.fields
        request_id, symbol = kept(fields[tags.SecurityStatusReqID]), fields.get(tags.Symbol, "")
        key = (session.profile.comp_id, request_id)
        if fields[tags.SubscriptionRequestType] == UNSUBSCRIBE:
            self._end(session, message, self._securities, key, "SecurityStatusReqID(324)")
        elif not symbol:
            text = "Symbol(55) is missing; the status of one instrument is told"
            session.reject_application(message, request_id, CONDITIONALLY_REQUIRED_FIELD_MISSING, text)
        elif symbol not in self._venue.instruments:
            version = session.profile.version.name
            values = {"324": request_id, "55": kept(symbol), "326": UNKNOWN_SECURITY, "325": "N"}
            body = written(load(version), MsgTypes.SecurityStatus, values)
            session.send(MsgTypes.SecurityStatus, body, routing=reversed_routing(message))
        elif self._begin(session, message, self._securities, Subscription(session, request_id, symbol)):
            restriction = RESTRICTED if self._venue.risk.short_sales.is_restricted(symbol) else ""
            self._send_security(session, request_id, symbol, restriction, "N", reversed_routing(message))

    def _send_security(
        self,
        session: Session,
        request_id: str,
        symbol: str,
        reason: str,
        unsolicited: str,
        routing: str = "",
        corporate_action: str = "",
    ) -> None:
        market = self._venue.markets[symbol]
        instrument, book, phase = market.instrument, market.book, market.phase
        dictionary, text = load(session.profile.version.name), instrument.scale.text
        is_banded = instrument.bands is not None
        values = {
            "324": request_id,
            "55": symbol,
            "15": instrument.currency,
            "1300": instrument.market,
            "336": instrument.market or NO_MARKET,
            "625": PHASE_CODES[phase].sub_session,
            "325": unsolicited,
            "326": security_trading_status(phase, dictionary),
            "292": corporate_action,
            "332": text(book.highest_tradable) if is_banded else "",
            "333": text(book.lowest_tradable) if is_banded else "",
            "31": text(book.last_price) if book.trades else "",
            "60": self._clock.text,
            "58": f"{phase.value}: {reason}" if reason else phase.value,
        }
        session.send(MsgTypes.SecurityStatus, written(dictionary, MsgTypes.SecurityStatus, values), routing=routing)

    # Markets

    def _session_asked(self, session: Session, message: Message) -> None:
        fields = message.fields
        request_id = kept(fields[tags.TradSesReqID])
        named = fields.get(tags.MarketSegmentID) or fields.get(tags.TradingSessionID, "")
        key = (session.profile.comp_id, request_id)
        phases = self._phases()
        if fields[tags.SubscriptionRequestType] == UNSUBSCRIBE:
            self._end(session, message, self._markets, key, "TradSesReqID(335)")
        elif named and named not in phases:
            self._refuse_market(session, message, request_id, named, phases)
        elif self._begin(session, message, self._markets, Subscription(session, request_id, named)):
            routing = reversed_routing(message)
            for name, phase in phases.items():
                if named in ("", name):
                    self._told[name] = phase
                    self._send_market(session, request_id, name, phase, "N", routing)

    def _refuse_market(
        self, session: Session, message: Message, request_id: str, named: str, phases: Mapping[str, Phase]
    ) -> None:
        text = f"TradingSessionID(336) {kept(named)} is no market; {' '.join(phases)} are"
        dictionary = load(session.profile.version.name)
        if REQUEST_REJECTED not in dictionary.fields["340"].codes:
            session.reject_application(message, request_id, UNKNOWN_ID, text)
            return
        values = {"335": request_id, "336": kept(named), "340": REQUEST_REJECTED, "567": "1", "58": text}
        body = written(dictionary, MsgTypes.TradingSessionStatus, values)
        session.send(MsgTypes.TradingSessionStatus, body, routing=reversed_routing(message))

    def _tell_markets(self, symbols: Iterable[str]) -> None:
        if not self._markets:
            return
        instruments = self._venue.instruments
        touched = {instruments[symbol].market or NO_MARKET for symbol in symbols}
        phases = self._phases()
        for name in [name for name in phases if name in touched and self._told.get(name) is not phases[name]]:
            self._told[name] = phases[name]
            for subscription in list(self._markets.values()):
                if subscription.name in ("", name):
                    self._send_market(subscription.session, subscription.request_id, name, phases[name], "Y")

    def _send_market(
        self, session: Session, request_id: str, name: str, phase: Phase, unsolicited: str, routing: str = ""
    ) -> None:
        codes, dictionary = PHASE_CODES[phase], load(session.profile.version.name)
        values = {
            "335": request_id,
            "1300": "" if name == NO_MARKET else name,
            "336": name,
            "625": codes.sub_session,
            "325": unsolicited,
            "340": codes.session,
            "58": phase.value,
        }
        body = written(dictionary, MsgTypes.TradingSessionStatus, values)
        session.send(MsgTypes.TradingSessionStatus, body, routing=routing)

    def _phases(self) -> dict[str, Phase]:
        """By market, the phase in which most of its instruments are; of equals the one that comes first."""
        counts: dict[str, Counter[Phase]] = {}
        for market in self._venue.markets.values():
            counts.setdefault(market.instrument.market or NO_MARKET, Counter())[market.phase] += 1
        return {name: count.most_common(1)[0][0] for name, count in counts.items()}

    # Subscriptions

    def _begin(
        self, session: Session, message: Message, subscriptions: Subscriptions, subscription: Subscription
    ) -> bool:
        """Takes a subscription, if it is one; False when it is refused."""
        if message.fields[tags.SubscriptionRequestType] == SNAPSHOT:
            return True
        comp_id = session.profile.comp_id
        if sum(key[0] == comp_id for key in subscriptions) >= SUBSCRIPTIONS_MAX:
            text = f"{SUBSCRIPTIONS_MAX} subscriptions are open; a session may have no more"
            session.reject_application(message, subscription.request_id, OTHER, text)
            return False
        subscriptions[comp_id, subscription.request_id] = subscription
        return True

    def _end(
        self, session: Session, message: Message, subscriptions: Subscriptions, key: tuple[str, str], field: str
    ) -> None:
        if subscriptions.pop(key, None) is None:
            text = f"{field} {key[1]} is no subscription of this session"
            session.reject_application(message, key[1], UNKNOWN_ID, text)
