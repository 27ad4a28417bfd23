"""The words of the ledger: where an account's money or shares stand, and why they moved.

Double entry: every movement is a set of postings whose amounts add up to 0 for each asset. An asset is a currency (in
units of `reference.money`) or the symbol of an instrument (in shares). What is positive belongs to the account.

A trade moves the traded balance at once and the settled one later: the buyer's shares come into AVAILABLE against
UNSETTLED, and settlement moves UNSETTLED against the clearing house. So of each asset

    traded balance  = AVAILABLE + RESERVED + COLLATERAL + SHORT
    settled balance = traded balance + UNSETTLED
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct

HOUSE = "~HOUSE"
"""The account that money and shares come from and go to: deposits, opening balances, dividends. What an asset of it
stands below 0 is what the venue has issued."""

CLEARING_HOUSE = "~CLEARING"
"""The account between buyers and sellers at settlement. It is 0 in every asset when nothing has failed."""

OUTSIDE = "~OUTSIDE"
"""All accounts together that are cleared elsewhere, as far as they trade with those in the ledger."""


class Bucket(IntEnum):
    """Where an account's asset stands."""

    AVAILABLE = 0
    """Free to trade with or to take out."""
    RESERVED = 1
    """Promised to open orders."""
    UNSETTLED = 2
    """Traded and not yet settled: what is still to come is negative here, what is still to be given is positive."""
    SHORT = 3
    """Shares sold that the account does not have: negative."""
    COLLATERAL = 4
    """Money kept for shares sold short: their proceeds and the margin on them."""
    FEES = 5
    """Fees that the account has paid: this money is the house's, and in neither balance. Less than 0 after rebates."""


class PostingCause(StrEnum):
    """Why something was posted. `reference` of the event says which one."""

    OPENING = "opening"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    CORRECTION = "correction"
    """An operator's, or `PUT /portfolio`."""
    RESERVATION = "reservation"
    """An order was entered, changed or ended: what it needs is reserved, what it needs no longer is returned."""
    TRADE = "trade"
    BUST = "bust"
    TRADE_CORRECTION = "trade correction"
    SETTLEMENT = "settlement"
    DIVIDEND = "dividend"
    SPLIT = "split"
    SYMBOL_CHANGE = "symbol change"


class Posting(Struct, frozen=True, gc=False, array_like=True):
    """One line: so much of an asset into (positive) or out of (negative) a bucket of an account."""

    account: str
    asset: str
    bucket: Bucket
    amount: int


class TransferKind(StrEnum):
    """What a transfer between an account and the house is."""

    OPENING = "opening"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    CORRECTION = "correction"
