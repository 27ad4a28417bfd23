"""An exchange with users of every role, for tests of what each may do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.gateway.exchange_process import RunningExchange, running_exchange

USERS_SETTINGS = """\
demo: true
fix:
  port: 0
  sessions:
    - { comp_id: ALICE, username: alice, password: alice, accounts: [ALICE] }
http:
  port: 0
  limits:
    per_user_per_second: 100000
    per_address_per_second: 100000
    logins_per_address_per_minute: 100000
    login_failures: 1000
mqtt: { enabled: false }
platform: { registration: true, opening_cash: "1000", fix_sessions: true }
accounts:
  - { id: ALICE, firm: DESK }
  - { id: BOB, firm: OTHER }
  - { id: HOUSE }
users:
  - { username: alice, portfolios: [ALICE], email: alice@desk.example }
  - { username: bob, password: bob, portfolios: [BOB] }
  - { username: broker, password: broker, role: broker, firm: DESK }
  - { username: operator, password: operator, role: operator }
  - { username: auditor, password: auditor, role: auditor }
instruments:
  - { symbol: ACME, reference_price: "10.00" }
"""

ROLES = ("alice", "broker", "operator", "auditor")
"""One user of each role; alice is a trader, and each password is the name."""


@contextmanager
def exchange_with_users(folder: Path, settings: str = USERS_SETTINGS) -> Iterator[RunningExchange]:
    with running_exchange(folder, settings=settings) as exchange:
        yield exchange


def client_of(exchange: RunningExchange, token: str = "", **headers: str) -> httpx.Client:
    """A client that shows a token, or nothing; it keeps no cookies that it is not given."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return httpx.Client(base_url=exchange.url, headers=headers, trust_env=False, timeout=20)


def login(exchange: RunningExchange, username: str, password: str = "") -> str:
    """The token of a new login."""
    with client_of(exchange) as client:
        answer = client.post("/auth/login", json={"username": username, "password": password or username})
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["token"]
    return token
