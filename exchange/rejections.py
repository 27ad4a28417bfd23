"""Why the venue refuses: one enum for every door. FIX and HTTP codes stand in `gateway`, keyed by these names."""

from __future__ import annotations

from enum import StrEnum


class RejectReason(StrEnum):
    """The name is stable (journal, API and documents use it); the sentence is its meaning."""

    sentence: str

    def __new__(cls, name: str, sentence: str) -> RejectReason:
        """A member is its own name, and knows its sentence."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.sentence = sentence
        return member

    UNKNOWN_INSTRUMENT = "UNKNOWN_INSTRUMENT", "The symbol is not listed on this venue."
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT", "The account does not exist, or the session may not trade for it."
    UNSUPPORTED_ORDER_TYPE = "UNSUPPORTED_ORDER_TYPE", "The venue does not take this order type."
    UNSUPPORTED_TIME_IN_FORCE = "UNSUPPORTED_TIME_IN_FORCE", "The venue does not take this time in force."
    UNSUPPORTED_SIDE = "UNSUPPORTED_SIDE", "The venue does not take this side."
    UNSUPPORTED_INSTRUCTION = "UNSUPPORTED_INSTRUCTION", "The order asks for something the venue does not offer."
    INVALID_QUANTITY = "INVALID_QUANTITY", "The quantity is not a positive multiple of the lot."
    QUANTITY_TOO_LARGE = "QUANTITY_TOO_LARGE", "The quantity exceeds the instrument's maximum."
    PRICE_MISSING = "PRICE_MISSING", "A limit order needs a price."
    INVALID_PRICE = "INVALID_PRICE", "The price is not a decimal number that the instrument's price scale holds."
    PRICE_OFF_TICK = "PRICE_OFF_TICK", "The price is not a multiple of the instrument's tick."
    PRICE_OUT_OF_RANGE = "PRICE_OUT_OF_RANGE", "The price is outside the instrument's price range."
    DUPLICATE_CLIENT_ORDER_ID = "DUPLICATE_CLIENT_ORDER_ID", "The session has used this identifier before."
    CLIENT_ORDER_ID_TOO_LONG = "CLIENT_ORDER_ID_TOO_LONG", "The identifier is longer than the venue keeps."
    TOO_MANY_OPEN_ORDERS = "TOO_MANY_OPEN_ORDERS", "The session has as many open orders as it may have."
    UNKNOWN_ORDER = "UNKNOWN_ORDER", "No order of the session has this identifier."
    CLIENT_ORDER_ID_REPLACED = "CLIENT_ORDER_ID_REPLACED", "The order has another identifier since it was replaced."
    ORDER_CLOSED = "ORDER_CLOSED", "The order is no longer open: it is too late."
    ORDER_MISMATCH = "ORDER_MISMATCH", "The request names another symbol, side or type than the order has."
    QUANTITY_BELOW_FILLED = "QUANTITY_BELOW_FILLED", "The new quantity is below what is already filled."
