"""What a venue's operator finds of a trade that its owner disputes: in the log, the audit log and the metrics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.end_to_end.exchange_process import until
from tests.end_to_end.trader import BUY, FILL, SELL, Trader
from tests.gateway.exchange_process import RunningExchange, running_exchange


def audited(exchange: RunningExchange) -> list[dict[str, Any]]:
    file = exchange.data / "audit.log"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


async def test_a_disputed_trade_is_in_the_audit_log_and_the_metrics(tmp_path: Path) -> None:
    with running_exchange(tmp_path) as exchange:
        buyer, seller = Trader("ALICE"), Trader("CLI")
        for trader in (buyer, seller):
            await trader.log_on(exchange.fix[1])
        buyer.order("b1", BUY, 100, "10.00")
        await buyer.answer("b1")
        seller.order("s1", SELL, 40, "10.00")
        seller.flush()
        await buyer.until(lambda: [one for one in buyer.about("b1") if one.get("150") == FILL])
        fill = buyer.about("b1")[-1]
        named = [("37", fill.get("37") or ""), ("17", fill.get("17") or ""), ("127", "D"), ("55", "ACME"), ("54", BUY)]
        for trader in (buyer, seller):
            trader.send("Q", [*named, ("58", "not ours")])
            trader.flush()
        await until(lambda: audited(exchange))
        await seller.until(lambda: [one for one in seller.reports if one.msg_type == "j"])
        metrics = httpx.get(f"{exchange.url}/metrics", trust_env=False).text
        for trader in (buyer, seller):
            await trader.log_out()

    (entry,) = audited(exchange)
    assert (entry["who"], entry["action"], entry["session"]) == ("FIX session ALICE", "dispute", "ALICE")
    assert entry["outcome"] == "taken down; the trade stands"
    asked = {name: entry["asked"][name] for name in ("cl_ord_id", "exec_id", "quantity", "price", "dk_reason", "text")}
    assert list(asked.values()) == ["b1", fill.get("17"), "40", "10", "D", "not ours"]
    assert [one.get("380") for one in seller.reports if one.msg_type == "j"] == ["1"], (
        "the buyer's trade is not its own"
    )
    assert "fixpit_fix_trade_disputes_total 1.0" in metrics
    assert "trade disputed by its owner" in exchange.stderr
