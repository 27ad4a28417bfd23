"""By whom something is traded: the account that an order is for."""

from __future__ import annotations

from msgspec import Struct

from exchange.orders import SelfTradePrevention
from exchange.reference.clearing_rules import FeeSchedule


class MarketMakerProtection(Struct, frozen=True, gc=False, array_like=True):
    """When an account's quotes are withdrawn, all in one instrument together, because they are hit too fast."""

    executions: int = 0
    """So many executions within `window`; 0: not counted."""
    quantity: int = 0
    """So many shares within `window`; 0: not counted."""
    window: int = 0
    """Nanoseconds."""


class Account(Struct, frozen=True, gc=False, array_like=True):
    """Who owns what an order buys or sells."""

    account_id: str
    name: str
    firm: str = ""
    """The member that it belongs to; empty: none."""
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.NONE
    """What its orders do when they meet their owner's, unless they say otherwise themselves."""
    trading_group: str = ""
    """Accounts of one group are one owner to self-trade prevention; empty: the account alone."""
    quote_protection: MarketMakerProtection | None = None
    user: str = ""
    """Whose portfolio it is; empty: nobody's."""
    fees: FeeSchedule | None = None
    """None: it trades for nothing."""
    is_cleared: bool = False
    """Whether the venue keeps its money and shares. Trades of the others are cleared elsewhere."""

    @property
    def owner(self) -> str:
        """Whom self-trade prevention takes its orders for."""
        return f"group {self.trading_group}" if self.trading_group else self.account_id
