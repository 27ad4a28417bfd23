"""Commands of every kind at uneven times: owners, makers, operators, days, listings and money, and some nonsense.

Four instruments of two markets and of none, by rules that change, and four accounts in three sessions. What names
something names mostly what is there. Orders and replaces are those of `random_orders`; a part of everything that comes
from outside is spoiled: one of its values is another one of its type, however wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from random import Random
from typing import TypeVar

import msgspec

from exchange.commands import (
    AdvanceTime,
    BlockTrading,
    BreakerRules,
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
    PlannedPhase,
    QuoteEntry,
    RefuseAmendment,
    RefuseMassCancel,
    RefuseOrder,
    RestateOrder,
    SetReferencePrice,
)
from exchange.orders import PLAIN, Side, TimeInForce
from exchange.phases import Phase
from exchange.reasons import BlockScope, RestatementReason
from exchange.reference.instruments import SECOND
from exchange.rejections import RejectReason
from exchange.trading_day.instrument_day import UNPLANNED
from exchange.venue import Venue
from tests.models.any_listings import LEAPS, MARKETS, any_account, any_instrument
from tests.models.any_money import FIRMS, USERS, AnyMoney, any_short_sale
from tests.models.random_orders import (
    ACCOUNTS,
    BYTES_PER_COMMAND,
    HIGHEST,
    LOWEST,
    MIDDLE,
    PHASES,
    order_of,
    replace_of,
)

Shape = TypeVar("Shape", bound=msgspec.Struct)

SESSIONS = ("S", "T", "U")
START = 1_700_000_000 * SECOND
FIRST_DATE = 20240101

NAMES = ("", "S", "A", "1", "ACME", "X", " ", "\x00", "é" * 70, "x" * 10_000, "~1", "%s{0}", "\u2028")
NUMBERS = (0, 1, -1, 2, 990, 1001, 2**31, 10**17, -(10**17), 10**18 - 1, 1 - 10**18)
"""The doors read numbers of 18 digits at most."""

FROM_SETTINGS = (ListInstrument, OpenAccount)
"""Commands that come from settings, which are checked before: they are never spoiled."""

_WAITS = ((620, SECOND // 1000), (300, SECOND), (68, 30 * SECOND), (11, 300 * SECOND), (1, 7200 * SECOND))
"""How often in a thousand commands the time goes on by up to so much."""

_KINDS_OF_DAY = tuple(phase for phase in Phase if phase not in UNPLANNED)


class AnyCommands:
    """A stream of commands for a venue, whose latest numbers it looks at. `now` is the time of the next command."""

    def __init__(self, random: Random, venue: Venue) -> None:
        self.now = START
        self._random = random
        self._venue = venue
        self._requests = 0
        self._named: deque[tuple[str, EnterOrder]] = deque(maxlen=60)
        makers: dict[Callable[[], Command], int] = {
            self._enter: 520, self._replace: 90, self._cancel: 90, self._quotes: 60, self._cancel_quotes: 8,
            self._mass_cancel: 14, self._refused: 12, self._disconnect: 6, self._open_day: 6, self._change_phase: 24,
            self._time: 30, self._reference: 4, self._cancel_for_owner: 12, self._restate: 20, self._finish: 10,
            self._block: 8, self._bust: 14, self._correct: 14, self._list: 6, self._open_account: 6,
        }  # fmt: skip
        self._money = AnyMoney(random, venue)
        makers |= self._money.makers
        self._makers, self._weights = list(makers), list(makers.values())

    def opening(self) -> list[Command]:
        """Lists the instruments, opens the accounts, and gives them money and shares."""
        listed = [ListInstrument(any_instrument(symbol, self._random)) for symbol in MARKETS]
        opened = [OpenAccount(any_account(account, self._random)) for account in ACCOUNTS]
        return [*listed, *opened, *self._money.opening()]

    def __next__(self) -> Command:
        """The next command, a little later than the one before."""
        random = self._random
        [longest] = random.choices([longest for _, longest in _WAITS], [often for often, _ in _WAITS])
        self.now += random.randrange(longest)
        [make] = random.choices(self._makers, self._weights)
        command = make()
        is_spoiled = random.random() < 0.04 and not isinstance(command, FROM_SETTINGS)
        return spoiled(command, random) if is_spoiled else command

    # What owners ask

    def _enter(self) -> Command:
        order = self._order(self._identifier())
        self._named.append((order.cl_ord_id, order))
        return order

    def _order(self, cl_ord_id: str) -> EnterOrder:
        random = self._random
        symbol = random.choice(tuple(MARKETS))
        rules = self._venue.instruments[symbol].rules
        order = order_of(cl_ord_id, random.randbytes(BYTES_PER_COMMAND), rules, has_phases=True)
        order = msgspec.structs.replace(order, symbol=symbol, session=random.choice(SESSIONS))
        if order.conditions is not None and order.conditions.group:
            # A group is over when its orders have ended: later ones are of another.
            group = f"{order.conditions.group} of {self._requests // 50}"
            order = msgspec.structs.replace(order, conditions=msgspec.structs.replace(order.conditions, group=group))
        if order.side is Side.SELL and random.random() < 0.15:
            short_sale, locate = any_short_sale(random)
            stated = msgspec.structs.replace(order.conditions or PLAIN, short_sale=short_sale, locate=locate)
            order = msgspec.structs.replace(order, conditions=stated)
        if random.random() < 0.06:
            expires_at = self.now + random.randrange(1, random.choice(LEAPS))
            stated = msgspec.structs.replace(
                order.conditions or PLAIN, expires_at=expires_at, cancels_on_disconnect=random.random() < 0.5
            )
            order = msgspec.structs.replace(order, time_in_force=TimeInForce.GOOD_TILL_DATE, conditions=stated)
        return order

    def _replace(self) -> Command:
        one = self._random.randbytes(BYTES_PER_COMMAND)
        orig, order = self._one_named()
        cl_ord_id = self._identifier()
        replace = replace_of(cl_ord_id, orig, order, one)
        self._named.append((cl_ord_id, order))
        return self._by_number(msgspec.structs.replace(replace, symbol=order.symbol))

    def _cancel(self) -> Command:
        orig, order = self._one_named()
        return self._by_number(CancelOrder(order.session, self._identifier(), orig, order.symbol, order.side))

    def _by_number(self, request: Shape) -> Shape:
        """Now and then names the order by the venue's number instead."""
        if self._random.random() < 0.9:
            return request
        return msgspec.structs.replace(request, orig_cl_ord_id="", order_id=self._order_id())

    def _mass_cancel(self) -> Command:
        random = self._random
        return MassCancel(
            random.choice(SESSIONS),
            self._identifier(),
            random.choice(("", "", *MARKETS)),
            random.choice((None, None, *Side)),
            random.choice(("", "", "", *(account.account_id for account in ACCOUNTS))),
            random.choice((None, None, *MARKETS.values())),
            random.random() < 0.5,
        )

    def _refused(self) -> Command:
        random = self._random
        reason = random.choice(tuple(RejectReason))
        what = random.randrange(3)
        if what == 0:
            return RefuseOrder(self._order(self._identifier()), reason, "price", "is no number", {"price": "x"})
        if what == 1:
            orig, order = self._one_named()
            request = RefuseAmendment(
                order.session, self._identifier(), orig, random.random() < 0.5, reason, "side", ""
            )
            return self._by_number(request)
        return RefuseMassCancel(MassCancel("S", self._identifier()), reason, "scope", "3 is none", {"scope": "3"})

    def _disconnect(self) -> Command:
        random = self._random
        return CancelOnDisconnect(random.choice(SESSIONS), random.random() < 0.5, random.random() < 0.7)

    def _quotes(self) -> Command:
        random = self._random
        symbols = random.sample(tuple(MARKETS), random.choice((1, 1, 1, 2, 4)))
        entries = tuple(self._quote_entry(symbol) for symbol in symbols)
        account = random.choice(ACCOUNTS[:2]).account_id
        return EnterQuotes(random.choice(SESSIONS), self._identifier(), account, entries, random.random() < 0.5)

    def _quote_entry(self, symbol: str) -> QuoteEntry:
        random = self._random
        bid, ask = MIDDLE - random.randrange(-1, 5), MIDDLE + random.randrange(5)
        return QuoteEntry(symbol, symbol, bid, random.randrange(8), ask, random.randrange(8))

    def _cancel_quotes(self) -> Command:
        random = self._random
        quote_id = (
            str(random.randrange(max(0, self._requests - 60), self._requests + 1)) if random.random() < 0.3 else ""
        )
        account = random.choice(("", "", ACCOUNTS[0].account_id))
        return CancelQuotes(random.choice(SESSIONS), "", random.choice(("", "", *MARKETS)), account, quote_id)

    # What the day and operators do

    def _open_day(self) -> Command:
        random = self._random
        market = random.choice(("X", "X", "Y"))
        at, rows = self.now - random.choice((0, 0, 600 * SECOND)), []
        for _ in range(random.randrange(9)):
            rows.append(PlannedPhase(at, random.choice((*[Phase.CONTINUOUS] * 6, *_KINDS_OF_DAY))))
            at += random.randrange(random.choice(LEAPS) * 2)
        rows.append(PlannedPhase(at + 1800 * SECOND, Phase.CLOSED))
        breaker = BreakerRules(50, 100, 250, 60 * SECOND, random.choice((0, 300 * SECOND)))
        date = (self._venue.day_of(market) or FIRST_DATE) + 1
        return OpenDay(market, date, tuple(rows), random.randrange(9), random.choice((None, breaker)))

    def _change_phase(self) -> Command:
        random = self._random
        reason = random.choice(("", "an operator's choice"))
        markets = self._venue.markets.values()
        stopped = [market.symbol for market in markets if not market.phase_rules.takes_orders]
        if stopped and random.random() < 0.7:
            return ChangePhase(Phase.CONTINUOUS, random.choice(stopped), "", reason)
        phase = random.choice((*PHASES, *Phase))
        name = random.choice((*MARKETS, "X", "Y"))
        return ChangePhase(phase, "", name, reason) if name in ("X", "Y") else ChangePhase(phase, name, "", reason)

    def _time(self) -> Command:
        due = self._venue.next_due
        if due is not None and self._random.random() < 0.5:
            self.now = max(self.now, due)
        return AdvanceTime()

    def _reference(self) -> Command:
        return SetReferencePrice(self._random.choice(tuple(MARKETS)), self._random.randint(LOWEST, HIGHEST))

    def _cancel_for_owner(self) -> Command:
        return CancelForOwner(self._order_id(), "by the venue")

    def _restate(self) -> Command:
        random = self._random
        order = self._venue.register.by_order_id(self._order_id())
        number, price = (0, MIDDLE) if order is None else (order.terms.order_id, order.terms.price)
        price = price if random.random() < 0.5 else random.randint(LOWEST, HIGHEST)
        return RestateOrder(number, random.randrange(1, 20), price, random.choice(tuple(RestatementReason)))

    def _finish(self) -> Command:
        return FinishForDay(self._order_id())

    def _block(self) -> Command:
        random = self._random
        scope = random.choice(tuple(BlockScope))
        accounts = tuple(account.account_id for account in ACCOUNTS)
        names = {
            BlockScope.SESSION: SESSIONS,
            BlockScope.ACCOUNT: accounts,
            BlockScope.FIRM: FIRMS,
            BlockScope.USER: USERS,
        }
        return BlockTrading(scope, random.choice(names[scope]), random.random() < 0.1, "for its own good")

    def _bust(self) -> Command:
        return BustTrade(self._trade_id(), "erroneous")

    def _correct(self) -> Command:
        random = self._random
        return CorrectTrade(self._trade_id(), random.randint(LOWEST, HIGHEST), random.randrange(1, 6), "typing slip")

    # Listings and accounts

    def _list(self) -> Command:
        return ListInstrument(any_instrument(self._random.choice(tuple(MARKETS)), self._random))

    def _open_account(self) -> Command:
        return OpenAccount(any_account(self._random.choice(ACCOUNTS), self._random))

    # Names of what is there

    def _identifier(self) -> str:
        """A new one; now and then one that was used."""
        self._requests += 1
        return str(self._requests if self._random.random() < 0.98 else self._random.randrange(self._requests))

    def _one_named(self) -> tuple[str, EnterOrder]:
        """An identifier and the order that it names, or has named; mostly an open one."""
        opened = list(self._venue.register) if self._random.random() < 0.7 else []
        if opened:
            _, *terms = msgspec.structs.astuple(self._random.choice(opened).terms)
            order = EnterOrder(*terms)
            return order.cl_ord_id, order
        return self._random.choice(self._named) if self._named else ("", self._order("none"))

    def _order_id(self) -> int:
        """An open order's number, or one of the latest."""
        opened = list(self._venue.register) if self._random.random() < 0.7 else []
        if opened:
            return self._random.choice(opened).terms.order_id
        return max(0, self._venue.last_order_id - int(self._random.expovariate(0.05)))

    def _trade_id(self) -> int:
        return max(0, self._venue.last_trade_id - int(self._random.expovariate(0.1)))


def spoiled(command: Shape, random: Random) -> Shape:
    """The same with another value of the same type in one of its places, however deep."""
    if not command.__struct_fields__:
        return command
    field = random.choice(command.__struct_fields__)
    return msgspec.structs.replace(command, **{field: _another(getattr(command, field), random)})


def _another(value: object, random: Random) -> object:
    match value:
        case bool():
            return not value
        case Enum():
            return random.choice(tuple(type(value)))
        case int():
            return random.choice(NUMBERS)
        case str():
            return random.choice(NAMES)
        case msgspec.Struct():
            return spoiled(value, random)
        case tuple() if value:
            place = random.randrange(len(value))
            return random.choice(
                (value[1:], value * 2, (*value[:place], _another(value[place], random), *value[place + 1 :]))
            )
        case _:
            return value
