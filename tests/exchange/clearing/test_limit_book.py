"""Which limits are in force: of account, user, firm and instrument, all together, the narrowest first."""

from __future__ import annotations

from exchange.clearing.limit_book import LimitBook
from exchange.reference.accounts import Account
from exchange.reference.limits import LimitScope, RiskLimits

FIRM, USER, ACCOUNT, INSTRUMENT = LimitScope.FIRM, LimitScope.USER, LimitScope.ACCOUNT, LimitScope.INSTRUMENT


def book() -> tuple[LimitBook, dict[str, Account]]:
    accounts = {
        "A": Account("A", "A", firm="F", user="ann"),
        "B": Account("B", "B", firm="F"),
        "C": Account("C", "C"),
    }
    return LimitBook(accounts), accounts


def limits(number: int) -> RiskLimits:
    return RiskLimits(max_order_quantity=number)


def found(limit_book: LimitBook, account: str, symbol: str) -> list[int]:
    return [one.limits.max_order_quantity for one in limit_book.in_force(account, symbol)]


def test_all_that_concern_an_order_are_in_force_the_narrowest_first() -> None:
    limit_book, _ = book()
    limit_book.set(FIRM, "F", "", limits(1))
    limit_book.set(FIRM, "F", "ACME", limits(2))
    limit_book.set(USER, "ann", "", limits(3))
    limit_book.set(ACCOUNT, "A", "", limits(4))
    limit_book.set(ACCOUNT, "A", "ACME", limits(5))
    limit_book.set(INSTRUMENT, "ACME", "", limits(6))
    assert found(limit_book, "A", "ACME") == [5, 4, 3, 2, 1, 6]
    assert found(limit_book, "A", "BETA") == [4, 3, 1]
    assert found(limit_book, "B", "ACME") == [2, 1, 6]
    assert found(limit_book, "C", "ACME") == [6], "no firm and no user are nobody"
    assert found(limit_book, "nobody", "BETA") == []
    assert [(one.scope, one.name) for one in limit_book.in_force("A", "BETA")] == [
        (ACCOUNT, "A"),
        (USER, "ann"),
        (FIRM, "F"),
    ]
    assert len(limit_book) == 6


def test_what_is_set_or_taken_away_holds_at_once() -> None:
    limit_book, accounts = book()
    limit_book.set(ACCOUNT, "A", "", limits(1))
    assert found(limit_book, "A", "ACME") == [1]
    limit_book.set(ACCOUNT, "A", "", limits(2))
    assert found(limit_book, "A", "ACME") == [2]
    limit_book.set(FIRM, "G", "", limits(3))
    accounts["A"] = Account("A", "A", firm="G")
    limit_book.forget()
    assert found(limit_book, "A", "ACME") == [2, 3]
    limit_book.set(ACCOUNT, "A", "", None)
    limit_book.set(ACCOUNT, "A", "", None)
    assert found(limit_book, "A", "ACME") == [3]
    assert limit_book.get(ACCOUNT, "A") is None
    assert limit_book.get(FIRM, "G") == limits(3)


def test_an_account_is_funded_by_its_own_limits_for_all_instruments() -> None:
    limit_book, _ = book()
    funded = RiskLimits(is_funded=True)
    limit_book.set(ACCOUNT, "A", "ACME", funded)
    limit_book.set(FIRM, "F", "", funded)
    assert limit_book.funded("A") is None
    limit_book.set(ACCOUNT, "A", "", limits(1))
    assert limit_book.funded("A") is None
    limit_book.set(ACCOUNT, "A", "", funded)
    assert limit_book.funded("A") == funded


def test_members_are_the_accounts_of_a_firm_or_user() -> None:
    limit_book, accounts = book()
    assert limit_book.members(FIRM, "F") == ("A", "B")
    assert limit_book.members(USER, "ann") == ("A",)
    assert limit_book.members(ACCOUNT, "C") == ("C",)
    accounts["D"] = Account("D", "D", firm="F")
    limit_book.forget()
    assert limit_book.members(FIRM, "F") == ("A", "B", "D")


def test_state_is_all_limits_in_the_order_of_their_setting() -> None:
    limit_book, _ = book()
    limit_book.set(FIRM, "F", "ACME", limits(1))
    limit_book.set(ACCOUNT, "A", "", limits(2))
    assert limit_book.state() == [["firm", "F", "ACME", limits(1)], ["account", "A", "", limits(2)]]


def test_bounds_are_the_strictest_of_each_kind_and_who_has_the_others() -> None:
    limit_book, _ = book()
    assert limit_book.bounds("A", "ACME") is None
    limit_book.set(ACCOUNT, "A", "", RiskLimits(max_order_quantity=5, max_order_value=90, position_limit=7))
    limit_book.set(USER, "ann", "", RiskLimits(max_order_value=80, price_tolerance_basis_points=300, credit_limit=1))
    limit_book.set(FIRM, "F", "", RiskLimits(max_order_quantity=9, price_tolerance_basis_points=200, credit_limit=2))
    limit_book.set(INSTRUMENT, "ACME", "", RiskLimits(orders_per_second=3, position_share_basis_points=1))
    bounds = limit_book.bounds("A", "ACME")
    assert bounds is not None
    assert (bounds.quantity, bounds.value, bounds.tolerance) == (5, 80, 200)
    assert [one.name for one in bounds.rates] == ["ACME"]
    assert [one.name for one in bounds.positions] == ["A", "ACME"]
    assert [one.name for one in bounds.credits] == ["ann", "F"]
    elsewhere = limit_book.bounds("C", "ACME")
    assert elsewhere is not None
    assert min(elsewhere.quantity, elsewhere.value, elsewhere.tolerance) > 10**18, "no limit: no order comes to so much"
    assert (len(elsewhere.rates), elsewhere.credits) == (1, ())
