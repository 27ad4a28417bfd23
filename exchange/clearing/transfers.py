"""Money and shares that come to accounts or leave them otherwise than by trading: openings, deposits, corrections.

Each is posted against the house, once for its reference. What would leave more behind than the ledger keeps, or take
more than is free and settled, is refused with the figures.
"""

from __future__ import annotations

from exchange.clearing.clearing import Clearing
from exchange.clearing.positions import Entry, EntryKind
from exchange.commands import Holding, SetHoldings, Transfer
from exchange.events import CommandRefused
from exchange.matching.engine import Engine
from exchange.postings import HOUSE, Bucket, Posting, PostingCause, TransferKind
from exchange.reference.money import AMOUNT_MAX, BALANCE_MAX, amount_of, money_text
from exchange.refusals import Refusal
from exchange.rejections import RejectReason

_CAUSES = {
    TransferKind.OPENING: PostingCause.OPENING,
    TransferKind.DEPOSIT: PostingCause.DEPOSIT,
    TransferKind.WITHDRAWAL: PostingCause.WITHDRAWAL,
    TransferKind.CORRECTION: PostingCause.CORRECTION,
}


class Transfers:
    """The commands that move something between an account and the house."""

    def __init__(self, engine: Engine, clearing: Clearing) -> None:
        self._engine = engine
        self._clearing = clearing
        self._tape = engine.tape

    def transfer(self, command: Transfer) -> None:
        """One amount of one asset."""
        refusal = self._transfer_refusal(command)
        if refusal is not None:
            self._refuse("transfer", refusal)
            return
        self._clearing.ledger.use_reference(command.reference)
        cause = _CAUSES[command.kind]
        amount = -command.amount if command.kind is TransferKind.WITHDRAWAL else command.amount
        cost = command.cost if amount > 0 else -command.cost
        self._move(command.account, command.asset, amount, cost, cause, command.reference, command.reason)

    def set_holdings(self, command: SetHoldings) -> None:
        """Corrects positions to what they shall be: all of them, or none when one cannot be."""
        refusal = self._holdings_refusal(command)
        if refusal is not None:
            self._refuse("holdings", refusal)
            return
        clearing, account = self._clearing, command.account
        clearing.ledger.use_reference(command.reference)
        for holding in command.holdings:
            symbol = holding.symbol
            position = clearing.positions.at(account, symbol)
            digits = self._engine.markets[symbol].instrument.price_digits
            # All that is there goes with what it cost, and what shall be there comes at the price that is stated.
            cost = amount_of(holding.price * holding.quantity, digits)
            more = holding.quantity - position.quantity
            if not more and cost == position.cost:
                continue
            trade_id = self._engine.last_trade_id
            position.add(Entry(EntryKind.TRANSFER, trade_id, -position.quantity, 0))
            position.add(Entry(EntryKind.TRANSFER, trade_id, holding.quantity, cost))
            if more:
                self._post(account, symbol, more, PostingCause.CORRECTION, command.reference, command.reason)
            clearing.tell_position(account, symbol, PostingCause.CORRECTION)

    def _move(
        self, account: str, asset: str, amount: int, cost: int, cause: PostingCause, reference: str, reason: str
    ) -> None:
        clearing = self._clearing
        if asset in self._engine.markets:
            position = clearing.positions.at(account, asset)
            position.add(Entry(EntryKind.TRANSFER, self._engine.last_trade_id, amount, cost))
        self._post(account, asset, amount, cause, reference, reason)
        if asset in self._engine.markets:
            clearing.tell_position(account, asset, cause)

    def _post(self, account: str, asset: str, amount: int, cause: PostingCause, reference: str, reason: str) -> None:
        postings = [
            Posting(account, asset, Bucket.AVAILABLE, amount),
            Posting(HOUSE, asset, Bucket.AVAILABLE, -amount),
        ]
        self._clearing.post(cause, reference, postings, reason)
        if asset in self._engine.markets:
            self._clearing.level(account, asset, cause, reference)

    def _transfer_refusal(self, command: Transfer) -> Refusal | None:
        account, asset, amount = command.account, command.asset, command.amount
        refusal = self._place_refusal(account, command.reference)
        if refusal is not None:
            return refusal
        is_share = asset in self._engine.markets
        if not is_share and all(asset != one.instrument.currency for one in self._engine.markets.values()):
            text = f"{asset or '(none)'} is neither a listed instrument nor the currency of one"
            return Refusal(RejectReason.UNKNOWN_ASSET, "asset", text)
        if not amount or (amount < 0 and command.kind is not TransferKind.CORRECTION):
            what = "0" if not amount else f"less than 0, which only a correction may be; a {command.kind.value} is not"
            return Refusal(RejectReason.INVALID_AMOUNT, "amount", f"is {what}")
        if command.cost and (not is_share or not 0 <= command.cost <= AMOUNT_MAX):
            text = f"{money_text(command.cost)} is not the cost of shares, 0 to {money_text(AMOUNT_MAX)}"
            return Refusal(RejectReason.INVALID_AMOUNT, "cost", text)
        signed = -amount if command.kind is TransferKind.WITHDRAWAL else amount
        return self._size_refusal(account, asset, signed, is_share=is_share)

    def _size_refusal(self, account: str, asset: str, amount: int, *, is_share: bool) -> Refusal | None:
        ledger = self._clearing.ledger
        text = str if is_share else money_text
        if abs(amount) > AMOUNT_MAX or abs(ledger.traded(account, asset) + amount) > BALANCE_MAX:
            most = f"an amount may be {text(AMOUNT_MAX)} and a balance {text(BALANCE_MAX)}"
            return Refusal(RejectReason.BALANCE_LIMIT, "amount", f"{text(abs(amount))} is too large: {most}")
        free = ledger.withdrawable(account, asset)
        if amount < 0 and -amount > free:
            reason = RejectReason.INSUFFICIENT_SHARES if is_share else RejectReason.INSUFFICIENT_FUNDS
            available, settled = ledger.available(account, asset), ledger.settled(account, asset)
            what = f"{text(available)} are free and {text(settled)} settled"
            return Refusal(reason, "amount", f"{text(-amount)} {asset} is more than may leave {account}: {what}")
        return None

    def _holdings_refusal(self, command: SetHoldings) -> Refusal | None:
        refusal = self._place_refusal(command.account, command.reference)
        if refusal is not None:
            return refusal
        symbols = [holding.symbol for holding in command.holdings]
        doubled = next((symbol for at, symbol in enumerate(symbols) if symbol in symbols[:at]), None)
        if doubled is not None:
            return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "symbol", f"{doubled} is named twice")
        return next((no for one in command.holdings if (no := self._holding_refusal(command.account, one))), None)

    def _holding_refusal(self, account: str, holding: Holding) -> Refusal | None:
        symbol, quantity = holding.symbol, holding.quantity
        market = self._engine.markets.get(symbol)
        if market is None:
            return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", f"{symbol or '(none)'} is not listed")
        if quantity < 0:
            text = f"{quantity} of {symbol} is less than 0; a position is sold short by orders alone"
            return Refusal(RejectReason.INVALID_QUANTITY, "quantity", text)
        digits = market.instrument.price_digits
        if holding.price < 0 or abs(amount_of(holding.price * quantity, digits)) > AMOUNT_MAX:
            shown = market.instrument.scale.text(holding.price)
            text = f"{shown} of {symbol} is not a price of 0 or more at which {quantity} cost up to"
            return Refusal(RejectReason.INVALID_PRICE, "price", f"{text} {money_text(AMOUNT_MAX)}")
        more = quantity - self._clearing.positions.quantity(account, symbol)
        return self._size_refusal(account, symbol, more, is_share=True) if more else None

    def _place_refusal(self, account: str, reference: str) -> Refusal | None:
        known = self._clearing.accounts.get(account)
        if known is None or not known.is_cleared:
            why = "is not open" if known is None else "is cleared elsewhere: the venue keeps no ledger for it"
            return Refusal(RejectReason.UNKNOWN_ACCOUNT, "account", f"{account or '(none)'} {why}")
        if not reference or self._clearing.ledger.has_reference(reference):
            why = "was posted before" if reference else "(none) does not tell this from any other"
            return Refusal(RejectReason.DUPLICATE_REFERENCE, "reference", f"{reference} {why}".lstrip())
        return None

    def _refuse(self, command: str, refusal: Refusal) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(CommandRefused(tape.number, tape.at, command, refusal.reason, refusal.field, refusal.text))
