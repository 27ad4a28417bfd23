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
    ORDER_MISMATCH = "ORDER_MISMATCH", "The request names another symbol, side, type or account than its order."
    QUANTITY_BELOW_FILLED = "QUANTITY_BELOW_FILLED", "The new quantity is below what is already filled."
    INVALID_STOP_PRICE = "INVALID_STOP_PRICE", "A stop needs a stop price on the tick and within the price range."
    STOP_ALREADY_THROUGH = "STOP_ALREADY_THROUGH", "The last price is already through the stop price."
    INVALID_DISPLAY_QUANTITY = "INVALID_DISPLAY_QUANTITY", "The shown quantity is no lot multiple up to the quantity."
    INVALID_MIN_QUANTITY = "INVALID_MIN_QUANTITY", "The minimum quantity is no positive number up to the quantity."
    INVALID_PEG = "INVALID_PEG", "The peg has nothing to follow, or an offset that does not fit."
    INVALID_EXPIRY = "INVALID_EXPIRY", "The order's end is missing, or in the past."
    CONFLICTING_INSTRUCTIONS = "CONFLICTING_INSTRUCTIONS", "The order asks for things that exclude one another."
    INVALID_ORDER_GROUP = "INVALID_ORDER_GROUP", "The group of orders does not hang together as the order says."
    WOULD_TAKE_LIQUIDITY = "WOULD_TAKE_LIQUIDITY", "A post-only order would trade at once."
    PHASE_FORBIDS = "PHASE_FORBIDS", "The instrument's trading phase does not take this."
    PRICE_OUTSIDE_BAND = "PRICE_OUTSIDE_BAND", "The price is outside the price band of the moment."
    PRICE_FAR_FROM_MARKET = "PRICE_FAR_FROM_MARKET", "The limit is so far through the market that it looks like a slip."
    NOTIONAL_TOO_LARGE = "NOTIONAL_TOO_LARGE", "Quantity times price exceeds the instrument's maximum."
    TRADING_BLOCKED = "TRADING_BLOCKED", "An operator has blocked the session, account or firm."
    UNKNOWN_TRADE = "UNKNOWN_TRADE", "No trade of this number is kept, or it is busted already."
    UNKNOWN_QUOTE = "UNKNOWN_QUOTE", "The session has no open quote of this kind."
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS", "The account's money does not reach for the order, or the withdrawal."
    INSUFFICIENT_SHARES = "INSUFFICIENT_SHARES", "The account does not have the shares that would be sold or withdrawn."
    SHORT_SALE_FORBIDDEN = "SHORT_SALE_FORBIDDEN", "The account may not sell short, or names no place to borrow."
    SHORT_SALE_RESTRICTED = "SHORT_SALE_RESTRICTED", "After a fall a short sale needs a limit above the best bid."
    ORDER_VALUE_LIMIT = "ORDER_VALUE_LIMIT", "The order's value exceeds what one order may be worth."
    ORDER_QUANTITY_LIMIT = "ORDER_QUANTITY_LIMIT", "The order's quantity exceeds what one order may have."
    PRICE_TOLERANCE = "PRICE_TOLERANCE", "The limit is further from the last price than it may be."
    ORDER_RATE_LIMIT = "ORDER_RATE_LIMIT", "There were as many orders within a second as there may be."
    POSITION_LIMIT = "POSITION_LIMIT", "With the orders that work, the position could exceed its limit."
    POSITION_SHARE_LIMIT = "POSITION_SHARE_LIMIT", "The position could exceed its share of the account's equity."
    CREDIT_LIMIT = "CREDIT_LIMIT", "The firm or user would use more credit than it has."
    BALANCE_LIMIT = "BALANCE_LIMIT", "The amount, or the balance, is larger than the ledger keeps."
    INVALID_AMOUNT = "INVALID_AMOUNT", "The amount is not a number that the ledger can post."
    UNKNOWN_ASSET = "UNKNOWN_ASSET", "The asset is neither an instrument of this venue nor the currency of one."
    DUPLICATE_REFERENCE = "DUPLICATE_REFERENCE", "A transfer or action of this reference was posted before."
    INVALID_LIMITS = "INVALID_LIMITS", "The limits, rules or stop cannot be what they say."
    INVALID_CORPORATE_ACTION = "INVALID_CORPORATE_ACTION", "The corporate action cannot be done as it says."
    TOO_MANY_QUOTES = "TOO_MANY_QUOTES", "The message has more quote entries than the venue takes at once."
