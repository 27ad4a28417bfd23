"""What clients know from their reports alone, checked as it comes: orders, executions, answers, message numbers.

The clients' side of every promise: each request gets one answer, quantities add up, no execution comes twice, and a
MsgSeqNum(34) always stands for the same message. The exchange's own books and tables are compared with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gateway.scenario.client_session import SESSION_TYPES
from gateway.scenario.wire import WireMessage
from tests.end_to_end.trader import BUY, CANCELED, FILL, NEW, REJECTED, REPLACED, SELL, Trader

MAY_DIFFER = frozenset({"8", "9", "10", "43", "52", "122"})
"""Fields in which a message that is sent again differs from the first time."""

STATUS_NAMES = {"0": "NEW", "1": "PARTIALLY_FILLED", "2": "FILLED", "4": "CANCELED"}


@dataclass
class KnownOrder:
    """One order as its reports tell it."""

    session: str
    cl_ord_id: str
    symbol: str
    side: str
    price: str
    quantity: int
    status: str = "0"
    cumulative: int = 0
    leaves: int = 0
    notional: Decimal = Decimal(0)

    @property
    def is_open(self) -> bool:
        return self.status in "01"


class Ledger:
    """The reports of several traders."""

    def __init__(self, traders: Sequence[Trader]) -> None:
        self.orders: dict[str, KnownOrder] = {}
        """By OrderID(37)."""
        self.answers: dict[tuple[str, str], str] = {}
        """The one answer to each request, (session, ClOrdID)."""
        self.trades: defaultdict[str, list[tuple[str, int, str]]] = defaultdict(list)
        """(side, quantity, price) of each report of a trade, by TradeID."""
        self._traders = traders
        self._taken = dict.fromkeys((trader.name for trader in traders), 0)
        self._executions: set[str] = set()

    def take(self) -> None:
        """Takes in what came since the last time."""
        for trader in self._traders:
            fresh = trader.messages[self._taken[trader.name] :]
            self._taken[trader.name] += len(fresh)
            for message in fresh:
                if message.msg_type == "8" and message.get("150") != "I":
                    self._report(trader.name, message)
                elif message.msg_type == "9":
                    self._answered(trader.name, message)
                else:
                    assert message.msg_type in SESSION_TYPES - {"3"}, message.text

    def book(self, symbol: str) -> dict[str, list[list[object]]]:
        """The book that the open orders make, in the form of HTTP."""
        levels: dict[str, dict[Decimal, list[object]]] = {BUY: {}, SELL: {}}
        for order in self.orders.values():
            if order.is_open and order.symbol == symbol:
                level = levels[order.side].setdefault(Decimal(order.price), [order.price, 0, 0])
                level[1:] = [int(str(level[1])) + order.leaves, int(str(level[2])) + 1]
        return {
            "bids": [level for _, level in sorted(levels[BUY].items(), reverse=True)],
            "asks": [level for _, level in sorted(levels[SELL].items())],
        }

    def check_trades(self) -> None:
        """Every trade has one buyer and one seller, who were told the same."""
        for trade_id, sides in self.trades.items():
            assert sorted(side for side, _, _ in sides) == [BUY, SELL], f"trade {trade_id}: {sides}"
            assert len({(quantity, price) for _, quantity, price in sides}) == 1, f"trade {trade_id}: {sides}"

    def rows(self) -> set[tuple[object, ...]]:
        """Orders as the SQL store should have them."""
        self.take()
        return {
            (int(order_id), one.session, one.cl_ord_id, one.symbol, one.quantity, one.cumulative, one.leaves,
             int(one.notional * 100), STATUS_NAMES[one.status])
            for order_id, one in self.orders.items()
        }  # fmt: skip

    def _answered(self, session: str, answer: WireMessage) -> None:
        first = self.answers.setdefault((session, _get(answer, "11")), answer.text)
        assert first == answer.text, f"a request of {session} has two answers: {first} and {answer.text}"

    def _report(self, session: str, report: WireMessage) -> None:
        exec_id, kind, cl_ord_id = _get(report, "17"), _get(report, "150"), _get(report, "11")
        assert exec_id not in self._executions, f"ExecID(17) came twice: {report.text}"
        self._executions.add(exec_id)
        if kind in (NEW, REPLACED, REJECTED) or (kind == CANCELED and report.get("41")):
            self._answered(session, report)
        if kind == REJECTED:
            return
        if kind == NEW:
            assert report.get("37") not in self.orders, report.text
            self.orders[_get(report, "37")] = KnownOrder(
                session,
                cl_ord_id,
                _get(report, "55"),
                _get(report, "54"),
                report.get("44") or "",
                _number(report, "38"),
            )
        order = self.orders[_get(report, "37")]
        if kind == REPLACED:
            assert report.get("41") == order.cl_ord_id, report.text
            order.cl_ord_id, order.price, order.quantity = cl_ord_id, _get(report, "44"), _number(report, "38")
        if kind == FILL:
            quantity, price = _number(report, "32"), _get(report, "31")
            order.cumulative += quantity
            order.notional += quantity * Decimal(price)
            self.trades[_get(report, "527")].append((order.side, quantity, price))
        order.status, order.leaves = _get(report, "39"), _number(report, "151")
        assert order.session == session, report.text
        assert order.cumulative == _number(report, "14"), f"{order} but {report.text}"
        assert order.leaves == (0 if kind == CANCELED else order.quantity - order.cumulative), report.text


def check_numbers(trader: Trader) -> int:
    """No MsgSeqNum(34) was ever used for other content; answers how many messages came again as possible duplicates."""
    contents: dict[int, tuple[tuple[str, str], ...]] = {}
    filled: set[int] = set()
    again = 0
    for message in trader.wire:
        number = message.sequence
        if message.msg_type == "4":
            assert message.get("123") == "Y", f"a reset came without being asked for: {message.text}"
            assert message.is_poss_dup, f"nothing was asked for, but a gap is filled: {message.text}"
            filled.update(range(number, int(_get(message, "36"))))
            continue
        content = tuple(pair for pair in message.pairs if pair[0] not in MAY_DIFFER)
        known = contents.setdefault(number, content)
        assert known == content, f"{trader.name}: MsgSeqNum(34) {number} was {known} and is now {message.text}"
        again += message.is_poss_dup
    lost = [number for number in filled if contents.get(number) and dict(contents[number])["35"] not in SESSION_TYPES]
    assert lost == [], f"{trader.name}: application messages were replaced by gap fills: {lost[:20]}"
    missing = set(range(1, trader.session.next_in)) - contents.keys() - filled
    assert missing == set(), f"{trader.name}: never came: {sorted(missing)[:20]}"
    return again


def _get(message: WireMessage, tag: str) -> str:
    value = message.get(tag)
    assert value is not None, f"field {tag} is missing in {message.text}"
    return value


def _number(message: WireMessage, tag: str) -> int:
    return int(_get(message, tag))
