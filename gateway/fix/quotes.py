"""Quote(S), MassQuote(i) and QuoteCancel(Z) as commands of the venue (FIX 4.4 vol. 3, "Quotation").

A quote is two-sided, tradeable and stands until it is replaced, withdrawn or the day is over. The account's quote in an
instrument is replaced by the next one; a side without a size is not quoted. What cannot be read, or asks for more, gets
BusinessMessageReject(j) with the field, and no quote of the message is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from exchange.commands import CancelQuotes, EnterQuotes, QuoteEntry
from exchange.reference.instruments import Instrument
from exchange.reference.units import INTEGER_DIGITS_MAX, parse_decimal
from exchange.rejections import RejectReason
from exchange.sequencing.sequencer import Sequencer
from gateway.fix import tags
from gateway.fix.message import Message
from gateway.fix.order_fields import IDENTIFIER_LENGTH_MAX, FieldRefused, kept
from gateway.fix.order_reading import account_of, check_account
from gateway.fix.quote_reports import entry_key
from gateway.fix.session import Session

OTHER, UNKNOWN_SECURITY, CONDITIONALLY_REQUIRED_FIELD_MISSING = 0, 2, 5
"""Values of BusinessRejectReason(380)."""

FOR_SYMBOLS, ALL_QUOTES, BY_QUOTE_ID = "1", "4", "5"
"""Values of QuoteCancelType(298)."""

TRADEABLE = "1"
"""A value of QuoteType(537)."""

CANCELED_SYMBOLS_MAX = 1_000
"""Instruments that one QuoteCancel(Z) may name: each is a command."""

_NOT_OFFERED = {
    tags.ValidUntilTime: "ValidUntilTime(62)",
    tags.QuoteSetValidUntilTime: "QuoteSetValidUntilTime(367)",
    tags.MinQty: "MinQty(110)",
    tags.OrderQty2: "OrderQty2(192)",
}
"""Fields that would change what a quote means."""


class QuoteEntries:
    """Takes quotes from sessions."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer
        self._instruments = sequencer.venue.instruments

    def receive(self, session: Session, message: Message) -> None:
        """Quote(S): one instrument."""
        fields = message.fields
        try:
            account = self._check(session, message)
            if tags.Symbol not in fields:
                raise FieldRefused(RejectReason.UNKNOWN_INSTRUMENT, "", "Symbol(55) is missing; a quote needs one")
            entry = self._entry(kept(fields[tags.QuoteID]), fields, {})
        except FieldRefused as refused:
            _reject(session, message, refused)
            return
        self._sequencer.submit(EnterQuotes(session.profile.comp_id, fields[tags.QuoteID], account, (entry,)))

    def receive_mass(self, session: Session, message: Message) -> None:
        """MassQuote(i): many instruments, in sets."""
        fields = message.fields
        try:
            account = self._check(session, message)
            entries = tuple(
                self._entry(entry_key(kept(set_id), kept(entry[tags.QuoteEntryID])), entry, fields)
                for set_id, entry in _entries(message)
            )
            if not entries:
                raise FieldRefused(RejectReason.UNKNOWN_QUOTE, "", "NoQuoteEntries(295) is 0; a mass quote has entries")
        except FieldRefused as refused:
            _reject(session, message, refused)
            return
        self._sequencer.submit(
            EnterQuotes(session.profile.comp_id, fields[tags.QuoteID], account, entries, is_mass=True)
        )

    def cancel(self, session: Session, message: Message) -> None:
        """QuoteCancel(Z): those of some symbols, of one quote, or all."""
        fields, comp_id = message.fields, session.profile.comp_id
        kind, quote_id = fields[tags.QuoteCancelType], fields.get(tags.QuoteID, "")
        try:
            _check_name(quote_id, "QuoteID(117)")
            account = fields.get(tags.Account, "")
            if account:
                check_account(session.profile, account)
            symbols = _symbols(message) if kind == FOR_SYMBOLS else [""]
        except FieldRefused as refused:
            _reject(session, message, refused)
            return
        if kind not in (FOR_SYMBOLS, ALL_QUOTES, BY_QUOTE_ID):
            text = f"QuoteCancelType(298) {kept(kind)} is not taken; 1 (for symbols), 4 (all) and 5 (by QuoteID) are"
            session.reject_application(message, kept(quote_id), OTHER, text)
            return
        # From FIX 5.0 on a request need not have a name; the answer has one all the same.
        name, named = quote_id or f"Z{message.seq}", quote_id if kind == BY_QUOTE_ID else ""
        for symbol in symbols:
            self._sequencer.submit(CancelQuotes(comp_id, name, kept(symbol), account, named))

    def _check(self, session: Session, message: Message) -> str:
        """The account that a quote is for, when all but its prices is right."""
        fields = message.fields
        account = account_of(session.profile, fields)
        _check_name(fields[tags.QuoteID], "QuoteID(117)")
        check_account(session.profile, account)
        if fields.get(tags.QuoteType, TRADEABLE) != TRADEABLE:
            text = f"QuoteType(537) {kept(fields[tags.QuoteType])} is not taken; 1 (tradeable) is"
            raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "", text)
        present = set(message.tags)
        for tag, name in _NOT_OFFERED.items():
            if tag in present:
                text = f"{name} is not taken; a quote stands until it is replaced or withdrawn, and may trade in parts"
                raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "", text)
        return account

    def _entry(self, entry_id: str, entry: Mapping[str, str], defaults: Mapping[str, str]) -> QuoteEntry:
        symbol = entry.get(tags.Symbol, "")
        instrument = self._instruments.get(symbol)
        bid_price, bid_quantity = _side(entry, defaults, instrument, _BID)
        ask_price, ask_quantity = _side(entry, defaults, instrument, _OFFER)
        return QuoteEntry(entry_id, kept(symbol), bid_price, bid_quantity, ask_price, ask_quantity)


_BID = (tags.BidPx, "BidPx(132)", tags.BidSize, "BidSize(134)", tags.DefBidSize)
_OFFER = (tags.OfferPx, "OfferPx(133)", tags.OfferSize, "OfferSize(135)", tags.DefOfferSize)


def _side(
    entry: Mapping[str, str],
    defaults: Mapping[str, str],
    instrument: Instrument | None,
    fields: tuple[str, str, str, str, str],
) -> tuple[int, int]:
    """Price and size of one side; a side without a price or a size is not quoted."""
    price_tag, price_name, size_tag, size_name, default_tag = fields
    price_text = entry.get(price_tag)
    size_text = entry.get(size_tag) or (defaults.get(default_tag) if price_text is not None else None)
    if size_text is None:
        return 0, 0
    size = parse_decimal(size_text, 0)
    if size is None or size < 0:
        text = f"{size_name} {kept(size_text)} is not a whole number of shares of at most {INTEGER_DIGITS_MAX} digits"
        raise FieldRefused(RejectReason.INVALID_QUANTITY, "", text)
    if size == 0:
        return 0, 0
    if price_text is None:
        text = f"{price_name} is missing; {size_name} {kept(size_text)} needs one"
        raise FieldRefused(RejectReason.PRICE_MISSING, "", text)
    if instrument is None:
        return 0, size
    price = instrument.scale.parse(price_text)
    if price is None:
        text = f"{price_name} {kept(price_text)} has more than {instrument.price_digits} digits behind the point"
        raise FieldRefused(RejectReason.INVALID_PRICE, "", text)
    return price, size


def _entries(message: Message) -> Iterator[tuple[str, dict[str, str]]]:
    """QuoteSetID and fields of each entry, in order; the dictionary has seen to the shape of the groups."""
    set_id, entry = "", dict[str, str]()
    for tag, value in message.pairs:
        if tag in (tags.QuoteSetID, tags.QuoteEntryID) and entry:
            yield set_id, entry
            entry = {}
        if tag == tags.QuoteSetID:
            set_id = value
        elif tag == tags.QuoteEntryID or entry:
            entry.setdefault(tag, value)
    if entry:
        yield set_id, entry


def _symbols(message: Message) -> list[str]:
    symbols = [value for tag, value in message.pairs if tag == tags.Symbol]
    if not symbols:
        text = "Symbol(55) is missing; QuoteCancelType(298) 1 (for symbols) needs one at least"
        raise FieldRefused(RejectReason.UNKNOWN_INSTRUMENT, "", text)
    if len(symbols) > CANCELED_SYMBOLS_MAX:
        text = f"NoQuoteEntries(295) {len(symbols)} is more than the {CANCELED_SYMBOLS_MAX} that one message may have"
        raise FieldRefused(RejectReason.TOO_MANY_QUOTES, "", text)
    return symbols


def _check_name(value: str, name: str) -> None:
    if len(value) > IDENTIFIER_LENGTH_MAX:
        text = f"{name} has {len(value)} characters; at most {IDENTIFIER_LENGTH_MAX} are kept"
        raise FieldRefused(RejectReason.CLIENT_ORDER_ID_TOO_LONG, "", text)


def _reject(session: Session, message: Message, refused: FieldRefused) -> None:
    field = "Account(1) " if refused.field == "account" else ""
    reason = UNKNOWN_SECURITY if refused.reason is RejectReason.UNKNOWN_INSTRUMENT else OTHER
    session.reject_application(message, kept(message.fields.get(tags.QuoteID, "")), reason, f"{field}{refused.text}")
