"""Each kind of matcher against values of each kind of field."""

from __future__ import annotations

import pytest

from gateway.scenario.matchers import accepts, bind, describe, read_matcher
from gateway.scenario.vocabulary import FieldMeaning, Vocabulary

EXEC_TYPE, QTY, TEXT, FLAG, OWN = "ExecType", "LastQty", "ClOrdID", "PossDupFlag", "5001"


@pytest.mark.parametrize(
    ("field", "matcher", "received", "fits"),
    [
        (QTY, 100, "100", True),
        (QTY, 100, "100.00", True),
        (QTY, "10.0", "10.00", True),
        (QTY, "10.01", "10.010", True),
        (QTY, "10.01", "10.001", False),
        (QTY, 100, None, False),
        (QTY, 100, "", False),
        (QTY, 100, "NaN", False),
        (TEXT, "007", "7", False),
        (TEXT, "b1", "b1", True),
        (TEXT, "b1", "B1", False),
        (OWN, "1.0", "1.00", True),
        (OWN, "x", "x", True),
        (EXEC_TYPE, "Trade", "F", True),
        (EXEC_TYPE, "TRADE", "F", True),
        (EXEC_TYPE, "F", "F", True),
        (EXEC_TYPE, "Trade", "0", False),
        (EXEC_TYPE, 0, "0", True),
        ("OrdStatus", "partially filled", "1", True),
        (FLAG, "Y", "Y", True),
        (FLAG, True, "Y", True),
        (FLAG, False, "Y", False),
        (TEXT, "any", None, True),
        (TEXT, "any", "x", True),
        (TEXT, "present", "x", True),
        (TEXT, "present", None, False),
        (TEXT, "absent", None, True),
        (TEXT, "absent", "x", False),
        (TEXT, "/^b[0-9]+$/", "b17", True),
        (TEXT, "/b[0-9]/", "xb1x", True),
        (TEXT, "/^b$/", "b1", False),
        (TEXT, "/.*/", None, False),
        (QTY, {"gt": 0}, "1", True),
        (QTY, {"gt": 0}, "0", False),
        (QTY, {"ge": 0, "lt": 5}, "0", True),
        (QTY, {"ge": 0, "lt": 5}, "5", False),
        (QTY, {"le": "10.05"}, "10.05", True),
        (QTY, {"le": "10.05"}, "x", False),
        (QTY, {"near": "10.01", "tol": "0.001"}, "10.011", True),
        (QTY, {"near": "10.01", "tol": "0.001"}, "10.0111", False),
        (EXEC_TYPE, {"one_of": ["New", "Trade"]}, "F", True),
        (EXEC_TYPE, {"one_of": ["New", "Trade"]}, "4", False),
        (EXEC_TYPE, {"one_of": ["New"]}, None, False),
        (TEXT, {"one_of": ["any"]}, "x", False),
    ],
)
def test_a_matcher_accepts(
    vocabulary: Vocabulary, field: str, matcher: object, received: str | None, fits: bool
) -> None:
    meaning = vocabulary.field(field)
    assert meaning is not None
    assert accepts(read_matcher(matcher), received, meaning) is fits


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        ({"gtt": 1}, 'unknown key "gtt" of a matcher, did you mean "gt"?'),
        ({"gt": "much"}, "gt much is not a number"),
        ({"near": 1}, "near and tol stand together and alone: {near: 10.01, tol: 0.001}"),
        ({"near": 1, "tol": 1, "gt": 0}, "near and tol stand together and alone: {near: 10.01, tol: 0.001}"),
        ({"one_of": []}, "one_of stands alone and has a list of values"),
        ({"one_of": [1], "gt": 0}, "one_of stands alone and has a list of values"),
        ({}, "an empty matcher, it has gt, ge, lt, le, near, tol, one_of"),
        ("/(/", "/(/ is not a regular expression: missing ), unterminated subpattern at position 0"),
        ([1], "is a list, a plain value such as 100, 10.05 or ACME is needed"),
        (None, "is empty, a plain value such as 100, 10.05 or ACME is needed"),
    ],
)
def test_a_broken_matcher_says_what_would_be_right(matcher: object, text: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the whole text is compared
        read_matcher(matcher)
    assert str(raised.value) == text


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        ("Trade", "Trade (F)"),
        ("absent", "absent"),
        ("/x/", "/x/"),
        ({"gt": 0, "le": 5}, "> 0 and <= 5"),
        ({"near": 1, "tol": "0.1"}, "1 ± 0.1"),
        ({"one_of": ["0", "Trade"]}, "one of New (0), Trade (F)"),
    ],
)
def test_a_matcher_describes_itself(vocabulary: Vocabulary, matcher: object, text: str) -> None:
    meaning = vocabulary.field(EXEC_TYPE)
    assert meaning is not None
    assert describe(read_matcher(matcher), meaning) == text


@pytest.mark.parametrize(
    ("matcher", "received"),
    [
        ("${five}", "5"),
        ("/^${five}$/", "5"),
        ({"gt": "${five}"}, "6"),
        ({"near": "${five}", "tol": 0}, "5"),
        ({"one_of": [1, "${five}"]}, "5"),
        ("present", "x"),
    ],
)
def test_variables_are_filled_into_every_kind_of_matcher(matcher: object, received: str) -> None:
    filled = bind(read_matcher(matcher), lambda text: text.replace("${five}", "5"))
    assert accepts(filled, received, FieldMeaning("5001", "5001"))
