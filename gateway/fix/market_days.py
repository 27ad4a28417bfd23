"""When a date of a market is over: ExpireDate(432) is local to the market (FIX 4.4 vol. 1, LocalMktDate)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from gateway.fix.sending_time import NANOSECONDS


class MarketDays:
    """Ends of dates, by each market's own clock."""

    def __init__(self, time_zones: Mapping[str, tzinfo]) -> None:
        """`time_zones` by name of the market; one that is not there, or has no name, lives by UTC."""
        self._time_zones = time_zones

    def end_of(self, date: str, market: str) -> int:
        """Midnight at the end of a date such as `20240621`, in nanoseconds since 1970 UTC."""
        zone = self._time_zones.get(market, UTC)
        begin = datetime(int(date[:4]), int(date[4:6]), int(date[6:8]), tzinfo=zone)
        return int((begin + timedelta(days=1)).timestamp()) * NANOSECONDS
