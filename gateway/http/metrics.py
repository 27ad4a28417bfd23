"""`/metrics` for Prometheus: read from the view when it is asked for, so that counting costs the matching loop nothing.

Names follow Prometheus' rules: base units, `_total` on counters. No label names an account or an order.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator

from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

from exchange.events import AmendmentRejected, OrderAccepted, OrderCanceled, OrderRejected, OrderReplaced, Traded
from gateway.http.view import ExchangeView

ORDER_OUTCOMES: dict[str, type] = {
    "accepted": OrderAccepted,
    "rejected": OrderRejected,
    "canceled": OrderCanceled,
    "replaced": OrderReplaced,
    "amendment_rejected": AmendmentRejected,
}
"""What can become of a request, and the event that says so."""

MEDIA_TYPES = ("text/plain", "application/openmetrics-text")
"""What a scraper may ask for by Accept."""

LAGS = {"store": "fixpit_store_lag_events", "mqtt": "fixpit_market_data_lag_events"}


class Metrics:
    """The route of metrics; a registry of its own, so that two exchanges in one process do not mix."""

    def __init__(self, view: ExchangeView, version: str) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_ExchangeCollector(view, version))

    def router(self) -> APIRouter:
        """What the application serves."""
        router = APIRouter(tags=["health"])
        router.add_api_route(
            "/metrics",
            self._metrics,
            summary="Metrics for Prometheus",
            response_class=Response,
            responses={200: {"content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES}}},
        )
        return router

    async def _metrics(self, request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(self._registry), headers={"content-type": content_type})


class _ExchangeCollector:
    """Makes the metrics anew at each scrape."""

    def __init__(self, view: ExchangeView, version: str) -> None:
        self._view = view
        self._version = version

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "fixpit_build", "What is running.", {"version": self._version, "python": platform.python_version()}
        )
        yield from self._counted()
        yield from self._present()
        yield from self._parts()

    def _counted(self) -> Iterator[Metric]:
        events = self._view.events
        orders = CounterMetricFamily(
            "fixpit_orders", "Requests about orders, by what became of them.", labels=["outcome"]
        )
        for outcome, event in ORDER_OUTCOMES.items():
            orders.add_metric([outcome], events[event])
        yield orders
        yield from self._fix_traffic()
        yield CounterMetricFamily("fixpit_trades", "Trades.", events[Traded])
        yield CounterMetricFamily("fixpit_events", "Events of all kinds.", events.total())
        yield CounterMetricFamily("fixpit_commits", "Commits that had events.", self._view.commits)
        yield CounterMetricFamily("fixpit_journal_bytes", "Bytes written to the journal.", self._view.journal_bytes)

    def _fix_traffic(self) -> Iterator[Metric]:
        traffic = self._view.fix_traffic()
        messages = CounterMetricFamily("fixpit_fix_messages", "FIX messages on all lines.", labels=["direction"])
        messages.add_metric(["in"], traffic.received)
        messages.add_metric(["out"], traffic.sent)
        yield messages
        yield CounterMetricFamily("fixpit_fix_garbled", "Stretches of input that were no FIX message.", traffic.garbled)
        yield CounterMetricFamily("fixpit_fix_rejects", "Messages answered by Reject(3).", traffic.rejects)
        yield CounterMetricFamily("fixpit_fix_logons_refused", "Logons refused.", traffic.logons_refused)
        yield CounterMetricFamily(
            "fixpit_fix_connections_refused", "Connections closed at once.", traffic.connections_refused
        )
        yield CounterMetricFamily(
            "fixpit_fix_trade_disputes", "Trades whose owners do not know them (DontKnowTrade).", traffic.trade_disputes
        )

    def _present(self) -> Iterator[Metric]:
        venue, sessions = self._view.venue, self._view.sessions()
        states = Counter(session.state for session in sessions)
        gauge = GaugeMetricFamily("fixpit_fix_sessions", "Configured FIX sessions, by state.", labels=["state"])
        for state in sorted({"idle", "active", *states}):
            gauge.add_metric([state.replace(" ", "_")], states[state])
        yield gauge
        open_orders = sum(session.open_orders for session in sessions)
        yield GaugeMetricFamily("fixpit_open_orders", "Open orders of all FIX sessions.", open_orders)
        yield GaugeMetricFamily("fixpit_instruments", "Listed instruments.", len(venue.instruments))
        yield GaugeMetricFamily("fixpit_last_event", "Number of the venue's latest event.", venue.last_event)

    def _parts(self) -> Iterator[Metric]:
        parts = self._view.parts()
        up = GaugeMetricFamily("fixpit_part_up", "1 where a part works, 0 where it does not.", labels=["part"])
        for name, part in parts.items():
            up.add_metric([name], int(part.is_up))
        yield up
        for name, metric in LAGS.items():
            lag = parts[name].lag if name in parts else None
            if lag is not None:
                yield GaugeMetricFamily(metric, f"Events that {name} is behind the venue.", lag)
