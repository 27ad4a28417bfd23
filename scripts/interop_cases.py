"""What a QuickFIX client does with the exchange, case by case; the session goes on from one to the next.

Each case raises `CaseFailed` with what came instead of what FIX asks for in the client's version.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from scripts.cable import Cable
from scripts.quickfix_client import CaseFailed, Fields, QuickFixClient, Received

BUY, SELL, SELL_SHORT = "1", "2", "5"

HEARTBEAT_SECONDS = 2


class NotInVersion(Exception):
    """The client's version has no such message."""


class Desk:
    """The client, its cable, and what orders look like in its version."""

    def __init__(self, client: QuickFixClient, cable: Cable, version: str) -> None:
        self.client = client
        self.cable = cable
        self.is_fix42 = version == "FIX.4.2"
        self.version = version
        self._count = 0

    def identifier(self) -> str:
        """A ClOrdID that was never used."""
        self._count += 1
        return f"{self.version}-{self._count}"

    def order(self, side: str, quantity: int = 100, price: str = "10.00") -> Fields:
        """Sends a limit order; its fields."""
        fields = self.fields(side, quantity, price)
        self.client.send("D", fields)
        return fields

    def fields(self, side: str, quantity: int = 100, price: str = "10.00") -> Fields:
        """A limit order."""
        terms = {11: self.identifier(), 21: "1", 55: "ACME", 54: side, 60: _now(), 38: str(quantity), 40: "2"}
        return terms | {44: price, 59: "0"}

    def cancel(self, order: Fields, orig: str = "") -> Fields:
        """Sends a cancel of an order; its fields."""
        fields = {41: orig or order[11], 11: self.identifier(), 55: "ACME", 54: order[54], 60: _now(), 38: order[38]}
        self.client.send("F", fields)
        return fields

    def report(self, order: Fields, status: str, more: Fields | None = None, since: int = 0) -> Received:
        """Waits for the report with this ClOrdID and OrdStatus, and looks at more values of it."""
        found = self.client.wait(
            lambda one: one[35] == "8" and one.get(11) == order[11] and one.get(39) == status,
            f"ExecutionReport(8) 11={order[11]} 39={status}",
            since,
        )
        for tag, value in (more or {}).items():
            if found.get(tag) != value:
                raise CaseFailed(f"expected {tag}={value}, received {found.text}")
        return found

    @property
    def mark(self) -> int:
        """How much has been received so far."""
        return len(self.client.received)


def logon(desk: Desk) -> None:
    """Logon."""
    desk.client.until(lambda: desk.client.is_on, "Logon(A)")


def new_order(desk: Desk) -> None:
    """New order, then cancel."""
    order = desk.order(BUY)
    desk.report(order, "0", {150: "0", 14: "0", 151: "100"} | ({20: "0"} if desk.is_fix42 else {}))
    cancel = desk.cancel(order)
    desk.report(cancel, "4", {150: "4", 41: order[11], 151: "0"})


def fills(desk: Desk) -> None:
    """Partial fill, then fill."""
    sell = desk.order(SELL)
    desk.report(sell, "0")
    trade, last = ("1", "2") if desk.is_fix42 else ("F", "F")
    desk.report(desk.order(BUY, 40), "2", {150: last, 14: "40", 151: "0"})
    desk.report(sell, "1", {150: trade, 14: "40", 151: "60", 32: "40"})
    desk.order(BUY, 60)
    desk.report(sell, "2", {150: last, 14: "100", 151: "0", 32: "60"})


def short_sale(desk: Desk) -> None:
    """Short sale, and what its fill and the other one are charged."""
    sell = desk.fields(SELL_SHORT) | {114: "N", 5700: "LENDER"}
    desk.client.send("D", sell)
    desk.report(sell, "0", {54: SELL_SHORT})
    rebate, fee = ({12: "-0.1", 13: "3"}, {12: "0.3", 13: "3"}) if desk.is_fix42 else ({137: "-0.1"}, {137: "0.3"})
    desk.report(desk.order(BUY), "2", fee)
    desk.report(sell, "2", {54: SELL_SHORT} | rebate)


def refused_order(desk: Desk) -> None:
    """Order off the tick refused."""
    desk.report(desk.order(BUY, price="10.005"), "8", {150: "8", 14: "0", 151: "0"})


def cancel_reject(desk: Desk) -> None:
    """Cancel of an unknown order refused."""
    cancel = desk.cancel(desk.fields(BUY), orig="never-sent")
    found = desk.client.wait(lambda one: one[35] == "9" and one.get(11) == cancel[11], "OrderCancelReject(9)")
    if (found.get(39), found.get(434), found.get(102)) != ("8", "1", "1"):
        raise CaseFailed(f"expected 39=8, 434=1 and 102=1, received {found.text}")


def replace(desk: Desk) -> None:
    """Replace, then cancel by the new ClOrdID."""
    order = desk.order(BUY, price="9.50")
    desk.report(order, "0")
    changed = desk.fields(BUY, 150, "9.40") | {41: order[11]}
    desk.client.send("G", changed)
    desk.report(changed, "5" if desk.is_fix42 else "0", {150: "5", 41: order[11], 151: "150"})
    desk.report(desk.cancel(changed), "4")


def status(desk: Desk) -> None:
    """Order status request."""
    order = desk.order(BUY, price="9.30")
    desk.report(order, "0")
    mark = desk.mark
    desk.client.send("H", {11: order[11], 55: "ACME", 54: BUY})
    desk.report(order, "0", {20: "3"} if desk.is_fix42 else {150: "I"}, mark)
    desk.report(desk.cancel(order), "4")


def mass_cancel(desk: Desk) -> None:
    """Mass cancel."""
    if desk.is_fix42:
        raise NotInVersion
    orders = [desk.order(BUY, price="9.20"), desk.order(BUY, price="9.10")]
    for order in orders:
        desk.report(order, "0")
    request = {11: desk.identifier(), 530: "7", 60: _now()}
    mark = desk.mark
    desk.client.send("q", request)
    desk.client.wait(lambda one: one[35] == "r" and one.get(531) == "7", "OrderMassCancelReport(r) 531=7", mark)
    desk.client.until(
        lambda: len([one for one in desk.client.received[mark:] if one.get(39) == "4"]) == 2, "both cancels", mark
    )


def mass_status(desk: Desk) -> None:
    """Mass status."""
    if desk.is_fix42:
        raise NotInVersion
    orders = [desk.order(BUY, price="9.20"), desk.order(BUY, price="9.10")]
    for order in orders:
        desk.report(order, "0")
    mark = desk.mark
    desk.client.send("AF", {584: desk.identifier(), 585: "7"})
    desk.client.wait(lambda one: one[35] == "8" and one.get(912) == "Y", "the last report, 912=Y", mark)
    for order in orders:
        desk.report(desk.cancel(order), "4")


def business_reject(desk: Desk) -> None:
    """Unsupported message refused, session goes on."""
    mark = desk.mark
    desk.client.send("K", {66: "no-such-list", 60: _now()})
    found = desk.client.wait(lambda one: one[35] == "j", "BusinessMessageReject(j)", mark)
    if (found.get(372), found.get(380)) != ("K", "3"):
        raise CaseFailed(f"expected 372=K and 380=3, received {found.text}")


def heartbeats(desk: Desk) -> None:
    """Heartbeats both ways."""
    client, mark, sent = desk.client, desk.mark, len(desk.client.sent)
    time.sleep(HEARTBEAT_SECONDS * 2.5)
    came = [one for one in client.received[mark:] if one[35] == "0"]
    went = [one for one in client.sent[sent:] if one[35] == "0"]
    if len(came) < 2 or len(went) < 2 or not client.is_on:
        raise CaseFailed(f"{len(came)} Heartbeats(0) came and {len(went)} went in {HEARTBEAT_SECONDS * 2.5} s")


def lost_report(desk: Desk) -> None:
    """Line broken behind an order: its report comes by resend."""
    mark, logons = desk.mark, desk.client.logons
    desk.cable.loses_answers = True
    order = desk.order(BUY, price="9.00")
    time.sleep(0.5)
    desk.cable.cut()
    desk.client.until(lambda: desk.client.logons > logons, "the next Logon(A)", mark)
    desk.report(order, "0", {43: "Y"}, mark)
    desk.report(desk.cancel(order), "4")
    again = [one for one in desk.client.received[mark:] if one[35] == "8" and one.get(11) == order[11]]
    if len(again) != 1:
        raise CaseFailed(f"the report came {len(again)} times")


def half_open_line(desk: Desk) -> None:
    """Line broken unseen by the exchange: back after a while, nothing lost."""
    mark, logons = desk.mark, desk.client.logons
    desk.cable.loses_answers = True
    order = desk.order(BUY, price="9.00")
    time.sleep(0.5)
    desk.cable.cut(is_seen=False)
    desk.client.until(lambda: desk.client.logons > logons, "the next Logon(A)", mark)
    desk.report(order, "0", {43: "Y"}, mark)
    desk.report(desk.cancel(order), "4")


def lost_order(desk: Desk) -> None:
    """Order lost on the line: the exchange asks for it again."""
    mark, logons, sent = desk.mark, desk.client.logons, len(desk.client.sent)
    desk.cable.loses_requests = True
    order = desk.order(BUY, price="9.00")
    time.sleep(0.5)
    desk.cable.cut()
    desk.client.until(lambda: desk.client.logons > logons, "the next Logon(A)", mark)
    desk.report(order, "0", since=mark)
    if not [one for one in desk.client.sent[sent:] if one.get(11) == order[11] and one.get(43) == "Y"]:
        raise CaseFailed("the order was not sent again with PossDupFlag(43)")
    desk.report(desk.cancel(order), "4")


def skipped_numbers(desk: Desk) -> None:
    """Client skips numbers: asked for, filled by SequenceReset."""
    mark, sent = desk.mark, len(desk.client.sent)
    session = desk.client.session
    session.setNextSenderMsgSeqNum(session.getExpectedSenderNum() + 10)
    order = desk.order(BUY, price="9.00")
    desk.report(order, "0", since=mark)
    if "4" not in [one[35] for one in desk.client.sent[sent:]]:
        raise CaseFailed("QuickFIX was not asked to fill the gap")
    desk.report(desk.cancel(order), "4")


def many(desk: Desk) -> None:
    """500 orders and cancels at once."""
    mark = desk.mark
    orders = [desk.order(BUY, price="8.00") for _ in range(500)]
    for order in orders:
        desk.cancel(order)
    desk.client.until(
        lambda: len([one for one in desk.client.received[mark:] if one.get(39) == "4"]) == 500, "500 cancels", mark
    )


def logout_and_return(desk: Desk) -> None:
    """Logout answered; logon goes on with the numbers."""
    client, logons = desk.client, desk.client.logons
    client.session.logout("end of the day")
    client.until(lambda: not client.is_on, "Logout(5)")
    client.session.logon()
    client.until(lambda: client.logons > logons, "the next Logon(A)")
    desk.report(desk.cancel(desk.order(BUY, price="9.00")), "4")


CASES: tuple[Callable[[Desk], None], ...] = (
    logon, new_order, fills, short_sale, refused_order, cancel_reject, replace, status, mass_cancel, mass_status,
    business_reject, heartbeats, lost_report, half_open_line, lost_order, skipped_numbers, many, logout_and_return,
)  # fmt: skip


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
