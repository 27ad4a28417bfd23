"""Obligations: what is not settled, net by date, account and instrument."""

from __future__ import annotations

from exchange.clearing.obligations import Obligation, Obligations


def test_trades_of_one_date_are_netted() -> None:
    obligations = Obligations()
    obligations.add(20240624, "A", "ACME", 10, -100)
    obligations.add(20240624, "A", "ACME", -4, 44)
    assert obligations.of("A") == [(20240624, "ACME", Obligation(6, -56))]
    assert len(obligations) == 1


def test_what_nets_out_to_nothing_is_gone() -> None:
    obligations = Obligations()
    obligations.add(20240624, "A", "ACME", 10, -100)
    obligations.add(20240624, "A", "ACME", -10, 101)
    assert obligations.of("A") == [(20240624, "ACME", Obligation(0, 1))], "money alone is due, too"
    obligations.add(20240624, "A", "ACME", 0, -1)
    assert (len(obligations), obligations.of("A"), obligations.state()) == (0, [], [])


def test_due_is_what_is_due_by_a_date_oldest_first_then_by_account_and_symbol() -> None:
    obligations = Obligations()
    keys = [(20240625, "A", "ACME"), (20240624, "B", "ACME"), (20240624, "A", "BETA"), (20240624, "A", "ACME")]
    for due, account, symbol in (*keys, (20240626, "A", "ACME")):
        obligations.add(due, account, symbol, 1, -1)
    assert [key for key, _ in obligations.due(20240625)] == [keys[3], keys[2], keys[1], keys[0]]
    assert obligations.due(20240623) == []
    assert [(due, symbol) for due, symbol, _ in obligations.of("A")] == [
        (20240624, "ACME"),
        (20240624, "BETA"),
        (20240625, "ACME"),
        (20240626, "ACME"),
    ]


def test_one_that_failed_is_taken_out_and_put_back() -> None:
    obligations = Obligations()
    key = (20240624, "A", "ACME")
    obligations.add(*key, 1, -1)
    failed = obligations.remove(key)
    assert len(obligations) == 0
    failed.attempts += 1
    obligations.put(key, failed)
    assert obligations.state() == [[*key, Obligation(1, -1, 1)]]
