"""Cases of messages that are whole and not right: fields missing, unknown, empty, doubled, wrong; types unknown.

An acceptor may find such mistakes in its session or in its application, so Reject(3), BusinessMessageReject(j) or a
rejecting ExecutionReport(8) will do, each with the reason that goes with the mistake; and the session must go on.
"""

from __future__ import annotations

from gateway.probe.line import CaseFailed, Line, Target, utc_timestamp
from gateway.probe.orders import Order, new_order


def missing_field_is_rejected(target: Target) -> None:
    """An order without Side: Reject 1 (required tag missing) or BusinessMessageReject 5."""
    _expect_refusal(target, "D", [pair for pair in new_order(target) if pair[0] != 54], {"3": "1", "j": "5"})


def value_outside_is_rejected(target: Target) -> None:
    """An order with a Side that does not exist: Reject 5 (value is incorrect), or a rejected order."""
    _expect_refusal(target, "D", _changed(target, 54, "Z"), {"3": "5", "8": "", "j": ""})


def wrong_format_is_rejected(target: Target) -> None:
    """An order with a quantity that is no number: Reject 6 (incorrect data format) or 5."""
    _expect_refusal(target, "D", _changed(target, 38, "many"), {"3": "6|5", "8": "", "j": ""})


def empty_value_is_rejected(target: Target) -> None:
    """A field without a value: Reject 4 (tag specified without a value)."""
    _expect_refusal(target, "D", _changed(target, 55, ""), {"3": "4", "8": "", "j": ""})


def unknown_tag_is_rejected(target: Target) -> None:
    """A tag that FIX can not have, 0: Reject 0 (invalid tag number), 2 or 3."""
    _expect_refusal(target, "D", [*new_order(target), (0, "x")], {"3": "0|2|3", "j": ""})


def doubled_tag_is_rejected(target: Target) -> None:
    """A field that is there twice: Reject 13 (tag appears more than once)."""
    _expect_refusal(target, "D", [*new_order(target), (38, target.quantity)], {"3": "13|5|99|", "j": ""})


def unknown_msg_type_is_rejected(target: Target) -> None:
    """A MsgType that FIX does not have: Reject 11 (invalid MsgType) or BusinessMessageReject 3."""
    _expect_refusal(target, "ZZZ", [(58, "what is this")], {"3": "11", "j": "3"})


def unsupported_message_is_refused(target: Target) -> None:
    """A sound message that is rarely offered, ListCancelRequest: BusinessMessageReject 3, 1 or 4, or Reject 11."""
    fields: Order = [(66, "no-such-list"), (60, utc_timestamp())]
    _expect_refusal(target, "K", fields, {"j": "3|1|4", "3": "11"})


def _changed(target: Target, tag: int, value: str) -> Order:
    return [(name, value if name == tag else old) for name, old in new_order(target)]


def _expect_refusal(target: Target, msg_type: str, fields: Order, reasons: dict[str, str]) -> None:
    """One of these answers, by MsgType and with one of these reasons (none: any); the session goes on."""
    with Line(target) as line:
        line.log_on()
        number = line.next_out
        if any(value == "" for _, value in fields):
            line.write(_with_empty_value(line, msg_type, fields))
        else:
            line.send(msg_type, fields)
        answer = line.expect("|".join(reasons))
        reason = answer.get({"3": 373, "j": 380, "8": 103}[answer.msg_type])
        allowed = reasons[answer.msg_type]
        if allowed and reason not in allowed.split("|"):
            raise CaseFailed(f"expected reason {allowed.replace('|', ' or ')}, received {answer}")
        if answer.msg_type == "8" and answer.get(39) != "8":
            raise CaseFailed(f"expected a rejected order, received {answer}")
        if answer.msg_type in {"3", "j"} and answer.get(45) not in {str(number), ""}:
            raise CaseFailed(f"RefSeqNum(45) has to be {number}: {answer}")
        line.expect_alive()


def _with_empty_value(line: Line, msg_type: str, fields: Order) -> bytes:
    """As simplefix leaves out what is empty, the value is taken out of the bytes, and both sums made anew."""
    sound = line.message(msg_type, [(tag, value or "EMPTY") for tag, value in fields])
    _, _, rest = sound.partition(b"\x019=")
    body = rest.partition(b"\x01")[2][:-7].replace(b"=EMPTY\x01", b"=\x01")
    changed = b"8=%b\x019=%d\x01%b" % (line.target.begin_string.encode(), len(body), body)
    return b"%b10=%03d\x01" % (changed, sum(changed) & 255)
