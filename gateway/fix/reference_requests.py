"""SecurityListRequest(x) and SecurityDefinitionRequest(c): what is listed, with ticks, lots and price limits.

Answered by SecurityList(y) in pieces, or one SecurityDefinition(d) for each instrument. A version gets what it has
fields for; Text(58) says the rest in words. Very many instruments are told with turns of the loop between, so that the
orders of others go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.matching.market import Market
from exchange.sequencing.sequencer import Sequencer
from gateway.fix import tags
from gateway.fix.body_layout import Values, written
from gateway.fix.dictionary import load
from gateway.fix.message import Message
from gateway.fix.order_fields import kept
from gateway.fix.phase_codes import NO_MARKET
from gateway.fix.routing import reversed_routing
from gateway.fix.session import Session
from gateway.fix.session_state import SessionState
from gateway.fix.tags import MsgTypes

PIECE_INSTRUMENTS = 100
"""Instruments of one SecurityList(y), and of one turn of the loop: a message below 32 kB, made in some milliseconds."""

APPLICATION_NOT_AVAILABLE = 4
"""A value of BusinessRejectReason(380)."""

VALID, UNSUPPORTED, NONE_FOUND, NOT_SUPPORTED = "0", "1", "2", "5"
"""Values of SecurityRequestResult(560)."""

AS_IS, ONE_OF_A_LIST, REJECTED, NO_MATCH = "1", "4", "5", "6"
"""Values of SecurityResponseType(323)."""

_LIST_SCOPES = {"0": "symbol", "3": "market", "4": "all", "5": "market"}
"""SecurityListRequestType(559): 0 symbol, 3 trading session, 4 all, 5 market segment."""

_DEFINITION_SCOPES = {"0": "symbol", "3": "all", "4": "symbol", "7": "market", "8": "all", "9": "market"}
"""SecurityRequestType(321): 0 identity and specifications, 3 list, and from FIX 5.0 SP1 on 4 symbol, 7 trading session,
8 all, 9 market segment."""


class ReferenceRequests:
    """Answers what sessions ask about instruments."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer
        self._venue = sequencer.venue
        self._answering: set[str] = set()
        """Sessions whose answer is under way: one at a time, so that asking cannot fill memory."""

    def receive_list(self, session: Session, message: Message) -> None:
        """SecurityListRequest(x)."""
        self._sequencer.after_commit(lambda: self._begin(session, message, is_list=True))

    def receive_definition(self, session: Session, message: Message) -> None:
        """SecurityDefinitionRequest(c)."""
        self._sequencer.after_commit(lambda: self._begin(session, message, is_list=False))

    def _begin(self, session: Session, message: Message, *, is_list: bool) -> None:
        fields, comp_id = message.fields, session.profile.comp_id
        if comp_id in self._answering:
            text = "the list of instruments asked for before is still being sent"
            session.reject_application(message, kept(fields[tags.SecurityReqID]), APPLICATION_NOT_AVAILABLE, text)
            return
        kind = fields[tags.SecurityListRequestType if is_list else tags.SecurityRequestType]
        scope = (_LIST_SCOPES if is_list else _DEFINITION_SCOPES).get(kind)
        is_once = fields.get(tags.SubscriptionRequestType, "0") == "0"
        if scope is None or not is_once:
            self._answer_none(session, message, is_list, UNSUPPORTED if scope is None else NOT_SUPPORTED, REJECTED)
            return
        markets = self._meant(fields.get(tags.Symbol), _market_named(message), scope)
        if not markets:
            self._answer_none(session, message, is_list, NONE_FOUND, NO_MATCH)
        elif is_list:
            self._answering.add(comp_id)
            self._send_list(session, message, markets, 0)
        else:
            self._answering.add(comp_id)
            self._send_definitions(session, message, markets, 0, AS_IS if scope == "symbol" else ONE_OF_A_LIST)

    def _meant(self, symbol: str | None, market: str, scope: str) -> list[Market]:
        markets = self._venue.markets
        if scope == "symbol":
            return [markets[symbol]] if symbol in markets else []
        return [one for one in markets.values() if scope == "all" or (one.instrument.market or NO_MARKET) == market]

    def _answer_none(self, session: Session, message: Message, is_list: bool, result: str, response: str) -> None:
        request_id, dictionary = kept(message.fields[tags.SecurityReqID]), load(session.profile.version.name)
        values = {"320": request_id, "322": f"L{message.seq}", "560": result, "323": response, "393": "0"}
        values["58"] = "no instrument is meant" if response == NO_MATCH else "this is not offered"
        values["893"] = "Y"
        msg_type = MsgTypes.SecurityList if is_list else MsgTypes.SecurityDefinition
        session.send(msg_type, written(dictionary, msg_type, values), routing=reversed_routing(message))

    def _send_list(self, session: Session, message: Message, markets: Sequence[Market], begin: int) -> None:
        end = min(begin + PIECE_INSTRUMENTS, len(markets))
        dictionary = load(session.profile.version.name)
        values: Values = {
            "320": kept(message.fields[tags.SecurityReqID]),
            "322": f"L{message.seq}-{begin // PIECE_INSTRUMENTS + 1}",
            "560": VALID,
            "393": str(len(markets)),
            "893": "Y" if end == len(markets) else "N",
            "146": [instrument_values(market) for market in markets[begin:end]],
        }
        body = written(dictionary, MsgTypes.SecurityList, values)
        session.send(MsgTypes.SecurityList, body, routing=reversed_routing(message))
        if end < len(markets) and session.state is SessionState.ACTIVE:
            self._sequencer.after_commit(lambda: self._send_list(session, message, markets, end))
        else:
            self._answering.discard(session.profile.comp_id)

    def _send_definitions(
        self, session: Session, message: Message, markets: Sequence[Market], begin: int, response: str
    ) -> None:
        end = min(begin + PIECE_INSTRUMENTS, len(markets))
        dictionary = load(session.profile.version.name)
        for place in range(begin, end):
            values: Values = {
                **instrument_values(markets[place]),
                "320": kept(message.fields[tags.SecurityReqID]),
                "322": f"D{message.seq}-{place + 1}",
                "323": response,
                "393": str(len(markets)),
                "1310": [instrument_values(markets[place])],
            }
            body = written(dictionary, MsgTypes.SecurityDefinition, values)
            session.send(MsgTypes.SecurityDefinition, body, routing=reversed_routing(message))
        if end < len(markets) and session.state is SessionState.ACTIVE:
            self._sequencer.after_commit(lambda: self._send_definitions(session, message, markets, end, response))
        else:
            self._answering.discard(session.profile.comp_id)


def instrument_values(market: Market) -> Values:
    """An instrument as fields by tag."""
    instrument, book = market.instrument, market.book
    text = instrument.scale.text
    lowest, highest = instrument.lowest_price, instrument.highest_price
    if instrument.bands is not None:
        lowest, highest = max(lowest, book.lowest_tradable), min(highest, book.highest_tradable)
    steps = [(0, instrument.tick), *((step.from_price, step.tick) for step in instrument.ticks)]
    ticks = ", ".join(f"{text(tick)} from {text(price)}" for price, tick in steps) if instrument.ticks else ""
    return {
        "55": instrument.symbol,
        "15": instrument.currency,
        "969": text(instrument.tick),
        "561": str(instrument.lot),
        "562": str(1 if instrument.takes_odd_lots else instrument.lot),
        "1140": str(instrument.max_quantity),
        "336": instrument.market or NO_MARKET,
        "1300": instrument.market,
        # It begins an entry of a group in which it must stand first.
        "1301": instrument.market or NO_MARKET,
        "1205": [{"1206": text(price), "1208": text(tick)} for price, tick in steps],
        "1306": "0",
        "1148": text(lowest),
        "1149": text(highest),
        "1150": text(market.reference_price),
        "58": (
            f"tick {ticks or text(instrument.tick)}; lot {instrument.lot}; at most {instrument.max_quantity}; "
            f"prices {text(lowest)} to {text(highest)}; reference price {text(market.reference_price)}"
        ),
    }


def _market_named(message: Message) -> str:
    fields = message.fields
    return fields.get(tags.MarketSegmentID) or fields.get(tags.TradingSessionID, "")
