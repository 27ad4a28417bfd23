"""Business days by market, as the calendar outside has told them: which date a trade has, and when it settles."""

from __future__ import annotations


def is_date(number: int) -> bool:
    """Whether a number reads as year, month and day: 20240621."""
    return 1900_00_00 < number < 10_000_00_00 and 1 <= number // 100 % 100 <= 12 and 1 <= number % 100 <= 31


class BusinessDays:
    """Dates by market, as year, month and day in one number; the empty market is of instruments without a timetable."""

    __slots__ = ("_days", "latest")

    def __init__(self) -> None:
        self._days: dict[str, tuple[int, tuple[int, ...]]] = {}
        self.latest = 0
        """The latest date of any market: the business day of what belongs to no market."""

    def open(self, market: str, date: int, next_dates: tuple[int, ...]) -> None:
        """A business day began."""
        self._days[market] = (date, next_dates)
        self.latest = max(self.latest, date)

    def date_of(self, market: str) -> int:
        """The date that trades of a market have now; 0 before its first business day."""
        day = self._days.get(market)
        return 0 if day is None else day[0]

    def settles_on(self, market: str, days: int) -> int:
        """The date on which a trade of now settles; 0 before the first business day: with the next settlement."""
        day = self._days.get(market)
        if day is None:
            return 0
        date, following = day
        return date if not days or not following else following[min(days, len(following)) - 1]

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [[market, *day] for market, day in self._days.items()]
