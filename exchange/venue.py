"""The state machine of the whole venue: commands go in, events come out, and nothing else changes it.

`apply` is deterministic: the same commands at the same times give the same events, byte for byte, on any machine. The
sequencer calls it after the command is in the journal; replaying a journal is calling it again. What a command does is
in the part that it names: orders of their owners, quotes, operators, the trading day; here they are put together.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

from exchange.blocks import Blocks
from exchange.clearing.buy_ins import BuyIns
from exchange.clearing.clearing import Clearing
from exchange.clearing.corporate_actions import CorporateActions, Elsewhere
from exchange.clearing.limit_book import LimitBook
from exchange.clearing.risk import Risk
from exchange.clearing.risk_control import RiskControl
from exchange.clearing.settlement import Settlement
from exchange.clearing.transfers import Transfers
from exchange.commands import (
    AdvanceTime,
    AnnounceCorporateAction,
    BlockTrading,
    BustTrade,
    CancelForOwner,
    CancelOnDisconnect,
    CancelOrder,
    CancelQuotes,
    ChangePhase,
    Command,
    CorrectTrade,
    EnterOrder,
    EnterQuotes,
    FinishForDay,
    ListInstrument,
    MassCancel,
    OpenAccount,
    OpenDay,
    OpenSettlementDay,
    RefuseAmendment,
    RefuseMassCancel,
    RefuseOrder,
    ReplaceOrder,
    RestateOrder,
    SetClearingRules,
    SetHoldings,
    SetReferencePrice,
    SetRiskLimits,
    SetStopLoss,
    Transfer,
)
from exchange.events import AccountOpened, Event, InstrumentListed, LevelChanged
from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.matching.order_book import OrderBook
from exchange.matching.tape import Tape
from exchange.operations import Operations
from exchange.order_requests import OrderRequests
from exchange.phases import Phase
from exchange.quotes import Quotes
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.state_hash import market_state, order_states, trades_state
from exchange.trading_day.day import TradingDay


class Venue:
    """Instruments, accounts, books and orders. Read its attributes freely; only `apply` changes them."""

    def __init__(self) -> None:
        self.instruments: dict[str, Instrument] = {}
        self.accounts: dict[str, Account] = {}
        self.books: dict[str, OrderBook] = {}
        self._tape = Tape()
        self.engine = Engine(self._tape, self.accounts)
        self.markets = self.engine.markets
        self.register = self.engine.register
        self._blocks = Blocks(self.accounts)
        self.day = day = TradingDay(self.engine)
        self.limits = LimitBook(self.accounts)
        self.clearing = clearing = Clearing(self.engine, self.limits, self.accounts)
        self._tape.clearing = clearing
        self.engine.claims = clearing.claims
        self.risk = risk = Risk(self.engine, clearing, self.limits)
        self._requests = requests = OrderRequests(
            self.engine, self.accounts, self._blocks, day.dates, clearing.claims, risk
        )  # fmt: skip
        self._quotes = quotes = Quotes(self.engine, requests, self.accounts, self._blocks, clearing.claims, risk)
        self._operations = operations = Operations(self.engine, requests, self._blocks, clearing)
        self.engine.quote_protection = quotes
        transfers = Transfers(self.engine, clearing)
        self.risk_control = control = RiskControl(
            self.engine, clearing, self.limits, risk.short_sales, requests, self._blocks, operations.block
        )  # fmt: skip
        self.settlement = settlement = Settlement(self.engine, clearing, self.limits)
        self.buy_ins = BuyIns(self.engine, clearing, settlement, requests)
        self.corporate_actions = actions = CorporateActions(self.engine, clearing, self._elsewhere())
        settlement.day_opened += (control.day_opened, actions.day_opened)
        self.engine.risk_watch = self
        self._appliers: dict[type, Callable[[Any], None]] = {
            EnterOrder: requests.enter,
            CancelOrder: requests.cancel,
            ReplaceOrder: requests.replace,
            RefuseOrder: requests.refuse_order,
            RefuseAmendment: requests.refuse_amendment,
            MassCancel: requests.mass_cancel,
            RefuseMassCancel: requests.refuse_mass_cancel,
            CancelOnDisconnect: requests.cancel_on_disconnect,
            EnterQuotes: quotes.enter,
            CancelQuotes: quotes.cancel,
            ListInstrument: self._list,
            OpenAccount: self._open_account,
            OpenDay: day.open_day,
            ChangePhase: day.change_phase,
            SetReferencePrice: day.set_reference_price,
            AdvanceTime: _nothing,
            CancelForOwner: operations.cancel,
            RestateOrder: operations.restate,
            FinishForDay: operations.finish_for_day,
            BlockTrading: operations.block,
            BustTrade: operations.bust,
            CorrectTrade: operations.correct,
            Transfer: transfers.transfer,
            SetHoldings: transfers.set_holdings,
            SetRiskLimits: control.set_limits,
            SetStopLoss: control.set_stop_loss,
            SetClearingRules: settlement.set_rules,
            OpenSettlementDay: settlement.open_day,
            AnnounceCorporateAction: actions.announce,
        }

    @property
    def last_event(self) -> int:
        """Number of the latest event."""
        return self._tape.number

    @property
    def last_order_id(self) -> int:
        """Number of the latest order."""
        return self._requests.last_order_id

    @property
    def last_trade_id(self) -> int:
        """Number of the latest trade."""
        return self.engine.last_trade_id

    @property
    def next_due(self) -> int | None:
        """When something falls due without a command, nanoseconds since 1970 UTC; None when nothing will.

        What is due happens before the next command; `AdvanceTime` is a command that asks for nothing else.
        """
        return self.day.next_due

    def day_of(self, market: str) -> int | None:
        """The trading day that a market is in, as year, month and day; None before its first."""
        return self.day.day_of(market)

    @property
    def now(self) -> int:
        """Time of the latest command, nanoseconds since 1970 UTC."""
        return self._tape.at

    def apply(self, command: Command, at: int) -> list[Event]:
        """What the command does, at a time in nanoseconds since 1970 UTC that never goes back."""
        tape, day = self._tape, self.day
        assert at >= tape.at, f"time went back from {tape.at} to {at}"
        tape.events = []
        if day.timers.heap:
            day.advance(at)
        else:
            tape.at = at
        self._appliers[type(command)](command)
        self.look()
        if self._quotes.tripped:
            self._quotes.protect()
        day.settle()
        return tape.events

    def look(self) -> None:
        """Looks at what trades mean for positions that are watched, and buys what was not delivered for too long."""
        self.buy_ins.look()
        self.risk_control.look()

    def public_state(self) -> list[Event]:
        """The events that rebuild what market data shows now; they carry the number of the latest event."""
        number, at = self._tape.number, self._tape.at
        state: list[Event] = [InstrumentListed(number, at, instrument) for instrument in self.instruments.values()]
        for book in self.books.values():
            state += (
                LevelChanged(number, at, book.symbol, level.side, level.price, level.quantity, level.orders)
                for side in (book.bids, book.asks)
                for level in side
                if level.orders
            )
        return [*state, *self.day.public_state(number, at)]

    def state_hash(self) -> str:
        """SHA-256 of all state: equal after the same commands, on any machine, live or replayed."""
        digest = sha256()
        encode = msgspec.msgpack.Encoder().encode
        digest.update(encode([list(self.instruments.values()), list(self.accounts.values())]))
        for market in self.markets.values():
            digest.update(encode(market_state(market)))
        for state in order_states(self.register, self.engine.groups):
            digest.update(encode(state))
        digest.update(encode(trades_state(self._tape.trades)))
        digest.update(
            encode([self._quotes.state(), self._blocks.state(), self.engine.groups.state(), self.day.state()])
        )
        watches = (self.limits, self.clearing, self.risk, self.risk_control, self.settlement, self.buy_ins)
        digest.update(encode([*(watch.state() for watch in watches), self.corporate_actions.state()]))
        seen = self.register.seen
        counters = [self.last_order_id, self.last_trade_id, self._tape.number, self._tape.at, seen.count]
        digest.update(encode([*counters, seen.digest.to_bytes(8, "little")]))
        return digest.hexdigest()

    def _list(self, command: ListInstrument) -> None:
        tape, instrument = self._tape, command.instrument
        self.instruments[instrument.symbol] = instrument
        market = self.markets.get(instrument.symbol)
        if market is None:
            market = self.markets[instrument.symbol] = Market(instrument)
            market.repriced = self.clearing.equities.moved
            self.books[instrument.symbol] = market.book
        else:
            market.take_rules(instrument)
        tape.number += 1
        tape.events.append(InstrumentListed(tape.number, tape.at, instrument))
        self.day.listed(market)
        self.risk.short_sales.listed(instrument)

    def _elsewhere(self) -> Elsewhere:
        """What a corporate action means outside clearing."""

        def rename(symbol: str, new_symbol: str) -> None:
            self.risk_control.renamed(symbol, new_symbol)
            self.buy_ins.renamed(symbol, new_symbol)

        return Elsewhere(
            list_instrument=lambda instrument: self._list(ListInstrument(instrument)),
            set_reference=lambda symbol, price: self.day.set_reference_price(SetReferencePrice(symbol, price)),
            close=lambda symbol, reason: self.day.change_phase(ChangePhase(Phase.CLOSED, symbol, reason=reason)),
            split=self.risk_control.split,
            rename=rename,
        )

    def _open_account(self, command: OpenAccount) -> None:
        tape, account = self._tape, command.account
        known = self.accounts.get(account.account_id)
        self.accounts[account.account_id] = account
        self.limits.forget()
        tape.number += 1
        tape.events.append(AccountOpened(tape.number, tape.at, account))
        if known is not None and known.is_cleared is not account.is_cleared:
            self.clearing.claims.renew(account.account_id)


def _nothing(_: AdvanceTime) -> None:
    """The time itself is all that it brings."""
