"""Cases of orders: accepted, refused, canceled, replaced, filled, asked after, in a burst, and over a broken line.

What an ExecutionReport(8) must hold is that of the version's own "Order State Changes" (FIX 4.4 vol. 4, Appendix D).
"""

from __future__ import annotations

from gateway.probe.line import Answer, CaseFailed, Line, Target
from gateway.probe.orders import BUY, SELL, cancel_of, new_identifier, new_order, replace_of, take_back

BURST = 100
"""Orders of a burst; each is canceled in the same breath."""


def order_is_accepted(target: Target) -> None:
    """A limit order: 8 New, with OrderID, a new ExecID and the sums."""
    with Line(target) as line:
        line.log_on()
        order = new_order(target)
        line.send("D", order)
        answer = _accepted(line, str(dict(order)[11]))
        answer.require({14: "0", 151: target.quantity, 54: BUY, 55: target.symbol})
        if not answer.get(37) or not answer.get(17) or (target.is_fix42 and answer.get(20) != "0"):
            raise CaseFailed(f"OrderID(37), ExecID(17) or (4.2) ExecTransType(20) is missing: {answer}")
        take_back(line, order)


def duplicate_identifier_is_refused(target: Target) -> None:
    """A ClOrdID that was used: 8 Rejected with OrdRejReason 6, and the first order stays."""
    with Line(target) as line:
        line.log_on()
        order = new_order(target)
        line.send("D", order)
        _accepted(line, str(dict(order)[11]))
        line.send("D", order)
        line.expect("8", _39="8", _103="6")
        take_back(line, order)


def unknown_symbol_is_refused(target: Target) -> None:
    """A symbol that is not listed: 8 Rejected with OrdRejReason 1 (or 0, 99)."""
    with Line(target) as line:
        line.log_on()
        line.send("D", new_order(target, _55="NO-SUCH-SYMBOL"))
        line.expect("8", _150="8", _39="8", _103="1|0|99", _14="0", _151="0")


def cancel_is_confirmed(target: Target) -> None:
    """Cancel: 8 Canceled with the ClOrdID of the request, OrigClOrdID of the order, nothing left."""
    with Line(target) as line:
        line.log_on()
        order = new_order(target)
        line.send("D", order)
        order_id = _accepted(line, str(dict(order)[11])).get(37)
        cancel = cancel_of(target, order)
        line.send("F", cancel)
        first, second = str(dict(order)[11]), str(dict(cancel)[11])
        _confirmed(line, {39: "4", 150: "4", 11: second, 41: first, 37: order_id, 151: "0"})


def cancel_of_unknown_is_refused(target: Target) -> None:
    """Cancel of an order that never was: 9 with CxlRejReason 1, CxlRejResponseTo 1 and OrdStatus 8."""
    with Line(target) as line:
        line.log_on()
        line.send("F", cancel_of(target, new_order(target)))
        line.expect("9", _102="1", _434="1", _39="8")


def cancel_of_canceled_is_refused(target: Target) -> None:
    """Cancel of what is canceled already: 9 with OrdStatus 4."""
    with Line(target) as line:
        line.log_on()
        order = new_order(target)
        line.send("D", order)
        _accepted(line, str(dict(order)[11]))
        take_back(line, order)
        line.send("F", cancel_of(target, order))
        line.expect("9", _102="0|1", _434="1", _39="4|8")


def replace_is_confirmed(target: Target) -> None:
    """Replace to twice the quantity: 8 Replaced with both identifiers and the new sums."""
    with Line(target) as line:
        line.log_on()
        order = new_order(target)
        line.send("D", order)
        _accepted(line, str(dict(order)[11]))
        replace = replace_of(target, order, str(2 * int(target.quantity)))
        line.send("G", replace)
        status = "5" if target.is_fix42 else "0"
        first, second = str(dict(order)[11]), str(dict(replace)[11])
        _confirmed(line, {150: "5", 39: status, 11: second, 41: first, 151: str(dict(replace)[38]), 14: "0"})
        take_back(line, replace[1:])


def status_is_told(target: Target) -> None:
    """OrderStatusRequest: 8 with the order's present state, and nothing happens to it."""
    with Line(target) as line:
        line.log_on()
        order = new_order(target)
        line.send("D", order)
        _accepted(line, str(dict(order)[11]))
        named = dict(order)
        line.send("H", [(11, named[11]), (55, named[55]), (54, named[54])])
        answer = line.expect("8", _39="0", _14="0", _151=target.quantity)
        if (answer.get(20) != "3") if target.is_fix42 else (answer.get(150) != "I"):
            raise CaseFailed(f"expected a status report (150=I, or 20=3 in 4.2), received {answer}")
        take_back(line, order)


def status_of_unknown_is_told(target: Target) -> None:
    """OrderStatusRequest for an order that never was: 8 with OrdStatus 8."""
    with Line(target) as line:
        line.log_on()
        line.send("H", [(11, new_identifier()), (55, target.symbol), (54, BUY)])
        line.expect("8", _39="8")


def order_is_filled(target: Target) -> None:
    """A sell order at the price of a resting buy order: reports add up to a fill."""
    with Line(target) as line:
        line.log_on()
        buy, sell = new_order(target), new_order(target, SELL)
        line.send("D", buy)
        _accepted(line, str(dict(buy)[11]))
        line.send("D", sell)
        filled = line.receive_until(
            lambda one: one.get(11) == dict(sell)[11] and one.get(39) in {"2", "8"}, "the fill of the sell order"
        )
        filled.require({39: "2", 150: "2" if target.is_fix42 else "F", 14: target.quantity, 151: "0"})
        line.send("F", cancel_of(target, buy))
        line.receive_until(lambda one: one.msg_type == "9" or one.get(39) == "4", "the end of the buy order")


def burst_is_answered_whole(target: Target) -> None:
    """A burst of 100 orders with their cancels, in one write: 200 reports in their order, none twice."""
    with Line(target) as line:
        line.log_on()
        orders = [new_order(target) for _ in range(BURST)]
        cancels = [cancel_of(target, order) for order in orders]
        sent = [line.message("D", order) for order in orders] + [line.message("F", cancel) for cancel in cancels]
        line.write(b"".join(sent))
        exec_ids: set[str] = set()
        wanted = [(dict(order)[11], "0") for order in orders] + [(dict(cancel)[11], "4") for cancel in cancels]
        for cl_ord_id, status in wanted:
            answer = line.expect("8", _11=str(cl_ord_id), _39=status)
            exec_ids.add(answer.get(17))
        if len(exec_ids) != 2 * BURST:
            raise CaseFailed(f"{2 * BURST} reports have {len(exec_ids)} different ExecIDs(17)")


def missed_reports_come_again(target: Target) -> None:
    """A line that breaks behind an order: after the next Logon, a ResendRequest brings its report, marked as such."""
    with Line(target) as line:
        line.log_on()
        order = new_order(target)
        expected = line.next_in
        line.write(line.message("D", order) + line.message("1", [(112, "last")]))
        line.receive_until(lambda one: one.get(112) == "last", "the Heartbeat")
        next_out = line.next_out
    with Line(target) as again:
        # How much was on its way when the line broke cannot be known.
        again.next_out, again.next_in = next_out, 0
        again.send_logon(is_reset=False)
        answer = again.receive_until(lambda one: one.msg_type in {"A", "5"}, "the Logon")
        if answer.msg_type != "A":
            raise CaseFailed(f"a Logon(A) that goes on with the numbers was answered by {answer}")
        again.send("2", [(7, expected), (16, 0)])
        report = again.receive_until(lambda one: one.msg_type == "8", "the report again")
        if (report.get(11), report.get(43)) != (str(dict(order)[11]), "Y") or not report.get(122):
            raise CaseFailed(f"the report has to come again with PossDupFlag(43) and OrigSendingTime(122): {report}")
        again.send("1", [(112, "caught up")])
        again.receive_until(lambda one: one.get(112) == "caught up", "the Heartbeat")
        take_back(again, order)


def _accepted(line: Line, cl_ord_id: str) -> Answer:
    """The report New; one of PendingNew may come before it."""
    return line.receive_until(lambda one: _is_final(one, pending="A"), "a report").require(
        {35: "8", 39: "0", 150: "0", 11: cl_ord_id}
    )


def _confirmed(line: Line, wanted: dict[int, str]) -> None:
    """The report of a cancel or replace; a pending one may come before it."""
    line.receive_until(lambda one: _is_final(one, pending="6E"), "a report").require({35: "8"} | wanted)


def _is_final(answer: Answer, pending: str) -> bool:
    return answer.msg_type not in {"0", "1"} and not (answer.msg_type == "8" and answer.get(150) in pending)
