"""Listings and accounts of every kind: any rules, ticks, bands and auctions, any prevention and protection.

All of it is as settings would let it be. `any_commands` lists and opens them, and changes them again and again.
"""

from __future__ import annotations

from random import Random

import msgspec

from exchange.orders import SelfTradePrevention
from exchange.reference.accounts import Account, MarketMakerProtection
from exchange.reference.instruments import SECOND, AuctionRules, BandAction, Instrument, PriceBands, TickStep
from tests.models.any_money import CURRENCIES, DIGITS, FIRMS, USERS, any_fees
from tests.models.random_orders import BYTES_OF_RULES, instrument_of

MARKETS = {"ACME": "X", "BETA": "X", "COIN": "Y", "DUST": ""}
"""The instruments, and whose timetable each follows at first."""

LEAPS = (60 * SECOND, 300 * SECOND, 900 * SECOND)


def any_account(account: Account, random: Random) -> Account:
    """An account with any ways and fees, of any firm and user, nearly always cleared here."""
    protection = MarketMakerProtection(random.randrange(4), random.choice((0, 0, 9)), random.choice(LEAPS))
    return msgspec.structs.replace(
        account,
        firm=random.choice(("", *FIRMS)),
        self_trade_prevention=random.choice((SelfTradePrevention.NONE, *SelfTradePrevention)),
        trading_group=random.choice(("", "G")),
        quote_protection=random.choice((None, protection)),
        user=random.choice(("", *USERS)),
        fees=any_fees(random),
        is_cleared=random.random() < 0.98,
    )


def any_instrument(symbol: str, random: Random) -> Instrument:
    """An instrument under any rules; now and then it follows another market's timetable."""
    bands = PriceBands(
        static_basis_points=random.choice((0, 100, 150)),
        dynamic_basis_points=random.choice((0, 30, 100)),
        action=random.choice(tuple(BandAction)),
        limit_state_duration=15 * SECOND,
        pause_duration=60 * SECOND,
        doubled_before_close=random.choice((0, 300 * SECOND)),
    )
    auction = AuctionRules(
        random_end=random.choice((0, 30 * SECOND)),
        collar_basis_points=random.choice((0, 50)),
        extends_for_market_orders=random.random() < 0.5,
        reopening_duration=60 * SECOND,
    )
    return msgspec.structs.replace(
        instrument_of(random.randbytes(BYTES_OF_RULES)),
        symbol=symbol,
        price_digits=DIGITS[symbol],
        currency=CURRENCIES[symbol],
        market=MARKETS[symbol] if random.random() < 0.95 else random.choice(tuple(MARKETS.values())),
        tick=random.choice((1, 1, 1, 1, 1, 1, 2)),
        lot=random.choice((1, 1, 1, 1, 1, 1, 2)),
        ticks=random.choice(((), (), (), (), (TickStep(1000, 2),), (TickStep(992, 2), TickStep(1010, 5)))),
        bands=random.choice((None, bands)),
        auction=auction,
        max_notional=random.choice((0, 0, 9_500)),
        price_tolerance_basis_points=random.choice((0, 0, 50)),
        takes_odd_lots=random.random() < 0.3,
        settlement_days=random.randrange(3),
        short_restriction_basis_points=random.choice((0, 20, 100)),
    )
