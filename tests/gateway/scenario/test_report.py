"""The three reports of one run with a passed, a failed and an unplayed step."""

from __future__ import annotations

import json
from xml.etree import ElementTree

from gateway.scenario.report import console_lines, json_report, junit_xml, product_version
from gateway.scenario.results import ScenarioResult, StepResult, TimelineEntry, Verdict
from gateway.scenario.vocabulary import Vocabulary
from gateway.scenario.wire import WireMessage
from gateway.yaml_documents.document import Place


def run(verdict: Verdict = Verdict.FAILED) -> ScenarioResult:
    place = Place("t.yaml", 7, 5)
    text = "" if verdict is Verdict.PASSED else "no message fits\n  * Text(58)  a < b  \x01"
    after = Verdict.PASSED if verdict is Verdict.PASSED else Verdict.NOT_PLAYED
    logon = WireMessage((("35", "A"), ("49", "ALICE"), ("554", "secret"), ("5001", "x")))
    return ScenarioResult(
        name="first <order>",
        file="t.yaml",
        seed=7,
        steps=[
            StepResult(1, "logon alice", "logon", place, Verdict.PASSED, 0.0, 0.01),
            StepResult(2, "expect ExecutionReport on alice", "expect", place, verdict, 0.01, 2.0, text),
            StepResult(3, "at the end: book ACME", "final", place, after),
        ],
        timeline=[TimelineEntry(0.001, "alice", "out", logon)],
        duration_seconds=2.01,
    )


def test_the_console_shows_each_step_and_the_whole_reason() -> None:
    assert console_lines(run()) == [
        "first <order> (t.yaml, seed 7)",
        "  ok     1  logon alice  10 ms",
        "  FAIL   2  expect ExecutionReport on alice  2000 ms",
        "       t.yaml:7:5: step 2, expect ExecutionReport on alice:",
        "       no message fits",
        "         * Text(58)  a < b  \x01",
        "  -      3  at the end: book ACME",
        "FAILED: 1 steps passed, 1 failed, 1 not played",
    ]
    assert console_lines(run(Verdict.PASSED))[-1] == "passed: 3 steps in 2.01 s"


def test_bytes_that_are_no_text_are_shown_all_the_same(vocabulary: Vocabulary) -> None:
    place = Place("t.yaml", 1, 1)
    result = run()
    result.steps[1] = StepResult(2, "expect", "expect", place, Verdict.FAILED, text="Text(58)  caf\udce9")
    result.timeline[0] = TimelineEntry(0.0, "alice", "in", WireMessage((("35", "8"), ("58", "caf\udce9"))))
    assert "       Text(58)  caf?" in console_lines(result)
    assert "caf�" in junit_xml([result]).decode()
    assert json.loads(json_report([result], vocabulary))["scenarios"][0]["timeline"][0]["raw"] == "35=8|58=caf\udce9"


def test_junit_has_a_case_for_every_step_that_checks() -> None:
    root = ElementTree.fromstring(junit_xml([run(), run(Verdict.PASSED)]))
    failed, passed = root.findall("testsuite")
    assert {key: failed.get(key) for key in ("name", "tests", "failures", "skipped", "errors")} == {
        "name": "first <order>",
        "tests": "2",
        "failures": "1",
        "skipped": "1",
        "errors": "0",
    }
    assert {one.get("name"): one.get("value") for one in failed.iter("property")} == {
        "seed": "7",
        "version": product_version(),
        "file": "t.yaml",
    }
    assert [one.get("name") for one in failed.iter("testcase")] == [
        "002 expect ExecutionReport on alice",
        "003 at the end: book ACME",
    ]
    failure = failed.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == "no message fits"
    assert (
        failure.text == "t.yaml:7:5: step 2, expect ExecutionReport on alice:\nno message fits\n  * Text(58)  a < b  �"
    )
    assert (passed.get("failures"), passed.get("tests"), passed.find("testcase/failure")) == ("0", "2", None)


def test_json_holds_the_timeline_decoded_and_no_password(vocabulary: Vocabulary) -> None:
    text = json_report([run()], vocabulary)
    assert "secret" not in text
    document = json.loads(text)
    (scenario,) = document["scenarios"]
    assert (document["passed"], scenario["passed"], scenario["seed"]) == (False, False, 7)
    assert [step["verdict"] for step in scenario["steps"]] == ["passed", "failed", "not played"]
    assert scenario["timeline"] == [
        {
            "at_seconds": 0.001,
            "participant": "alice",
            "direction": "out",
            "message": "Logon",
            "raw": "35=A|49=ALICE|554=********|5001=x",
            "fields": [
                {"tag": "35", "name": "MsgType", "value": "A", "meaning": "Logon"},
                {"tag": "49", "name": "SenderCompID", "value": "ALICE"},
                {"tag": "554", "name": "Password", "value": "********"},
                {"tag": "5001", "name": "5001", "value": "x"},
            ],
        }
    ]
