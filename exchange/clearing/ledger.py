"""The ledger: what every account has of every asset, in double entry.

Nothing but `post` changes it, and what is posted adds up to 0 for each asset: money and shares come from an account and
go to one. Balances are the sums of all postings ever made; the events that carry the postings rebuild it. Who may post
what, others have decided before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exchange.matching.seen_identifiers import SeenIdentifiers
from exchange.postings import Bucket, Posting

_BUCKETS = len(Bucket)
_AVAILABLE, _RESERVED, _UNSETTLED, _FEES = Bucket.AVAILABLE, Bucket.RESERVED, Bucket.UNSETTLED, Bucket.FEES


class Ledger:
    """Balances by account and asset, and the references of what was posted once."""

    __slots__ = ("_balances", "_references")

    def __init__(self) -> None:
        self._balances: dict[tuple[str, str], list[int]] = {}
        self._references = SeenIdentifiers()

    def post(self, postings: Sequence[Posting]) -> None:
        """Makes the postings of one event. What they do not add up to 0 in is a mistake of the caller."""
        sums: dict[str, int] = {}
        for posting in postings:
            asset, amount = posting.asset, posting.amount
            sums[asset] = sums.get(asset, 0) + amount
            self._row(posting.account, asset)[posting.bucket] += amount
        assert not any(sums.values()), f"postings do not balance: {sums}"

    def post_fill(self, account: str, symbol: str, currency: str, postings: Sequence[Posting]) -> None:
        """As `post`, for one side of a trade: all of one account, in shares and in money; the most frequent of all."""
        shares, money = self._row(account, symbol), self._row(account, currency)
        of_shares = of_money = 0
        for posting in postings:
            amount = posting.amount
            if posting.asset == symbol:
                shares[posting.bucket] += amount
                of_shares += amount
            else:
                money[posting.bucket] += amount
                of_money += amount
        assert not of_shares and not of_money, f"postings do not balance: {of_shares} {symbol}, {of_money} {currency}"

    def reserve(self, account: str, asset: str, amount: int) -> None:
        """Posts an amount from AVAILABLE into RESERVED, or back where it is less than 0; orders do it all the time."""
        row = self._balances.get((account, asset)) or self._row(account, asset)
        row[_AVAILABLE] -= amount
        row[_RESERVED] += amount

    def balance(self, account: str, asset: str, bucket: Bucket) -> int:
        """What stands in a bucket; 0 where nothing was ever posted."""
        row = self._balances.get((account, asset))
        return 0 if row is None else row[bucket]

    def available(self, account: str, asset: str) -> int:
        """What is free to trade with."""
        row = self._balances.get((account, asset))
        return 0 if row is None else row[_AVAILABLE]

    def traded(self, account: str, asset: str) -> int:
        """What the account has by its trades, settled or not; of shares, those sold short are less than 0."""
        row = self._balances.get((account, asset))
        return 0 if row is None else sum(row) - row[_UNSETTLED] - row[_FEES]

    def settled(self, account: str, asset: str) -> int:
        """What the account has by what was delivered and paid."""
        row = self._balances.get((account, asset))
        return 0 if row is None else sum(row) - row[_FEES]

    def withdrawable(self, account: str, asset: str) -> int:
        """What may leave the account: free, and settled."""
        return max(0, min(self.available(account, asset), self.settled(account, asset)))

    def assets(self, account: str) -> list[str]:
        """The assets that an account ever had, in the order of their first posting."""
        return [asset for name, asset in self._balances if name == account]

    def __iter__(self) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """Account, asset and what stands in each bucket, in the order of the first posting."""
        return ((account, asset, tuple(row)) for (account, asset), row in self._balances.items())

    def use_reference(self, reference: str) -> bool:
        """Remembers the reference of a posting that is made once; False when it was made before."""
        return self._references.add("", reference)

    def has_reference(self, reference: str) -> bool:
        """Whether something of this reference was posted."""
        return ("", reference) in self._references

    def _row(self, account: str, asset: str) -> list[int]:
        row = self._balances.get((account, asset))
        if row is None:
            row = self._balances[account, asset] = [0] * _BUCKETS
        return row

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        references = self._references
        return [list(self), references.count, references.digest.to_bytes(8, "little")]
