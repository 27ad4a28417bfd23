"""Writes results: lines for people, JUnit XML for CI systems, JSON for programs.

JUnit has a test case for every step that expects or asserts, and for any other step that failed. JSON holds everything:
verdicts, the timeline, each message with field names and meanings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib import metadata
from typing import Any
from xml.etree import ElementTree

from gateway.scenario.results import ScenarioResult, StepResult, TimelineEntry, Verdict
from gateway.scenario.vocabulary import Vocabulary

FORMAT_VERSION = 1
"""Of the JSON report. A change that breaks readers gets the next number."""

SECRET_TAGS = frozenset({"554", "925"})
"""Password and NewPassword: reports are kept and shown around."""

NAMES_A_MESSAGE = frozenset({"35", "372"})
"""MsgType and RefMsgType."""

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

MARKS = {Verdict.PASSED: "ok  ", Verdict.FAILED: "FAIL", Verdict.NOT_PLAYED: "-   "}


def product_version() -> str:
    """The version of fixpit that played the scenario."""
    return metadata.version("fixpit")


def console_lines(result: ScenarioResult) -> list[str]:
    """A run for people: a line for each step, the whole reason below the one that failed, the sum at the end."""
    lines = [f"{result.name} ({result.file}, seed {result.seed})"]
    for step in result.steps:
        duration = f"  {step.duration_seconds * 1000:.0f} ms" if step.verdict is not Verdict.NOT_PLAYED else ""
        lines.append(f"  {MARKS[step.verdict]} {step.number:>3}  {step.title}{duration}")
        if step.text:
            lines += [f"       {line}" for line in failure_text(step).splitlines()]
    lines.append(_sum(result))
    return [_shown(line) for line in lines]


def failure_text(step: StepResult) -> str:
    """Where and why a step failed."""
    return f"{step.place}: step {step.number}, {step.title}:\n{step.text}"


def junit_xml(results: Sequence[ScenarioResult]) -> bytes:
    """The runs as JUnit XML: a suite each."""
    root = ElementTree.Element("testsuites")
    for result in results:
        checks = [step for step in result.steps if step.is_check]
        counts = {verdict: sum(step.verdict is verdict for step in checks) for verdict in Verdict}
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=_xml_text(result.name),
            tests=str(len(checks)),
            failures=str(counts[Verdict.FAILED]),
            errors="0",
            skipped=str(counts[Verdict.NOT_PLAYED]),
            time=f"{result.duration_seconds:.3f}",
        )
        properties = ElementTree.SubElement(suite, "properties")
        for name, value in (("seed", str(result.seed)), ("version", product_version()), ("file", result.file)):
            ElementTree.SubElement(properties, "property", name=name, value=_xml_text(value))
        for step in checks:
            _add_case(suite, result, step)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def json_report(results: Sequence[ScenarioResult], vocabulary: Vocabulary) -> str:
    """The runs as JSON."""
    document = {
        "format": FORMAT_VERSION,
        "version": product_version(),
        "passed": all(result.has_passed for result in results),
        "scenarios": [_scenario(result, vocabulary) for result in results],
    }
    return json.dumps(document, indent=2) + "\n"  # ASCII alone: bytes that were no text are escaped as well


def _sum(result: ScenarioResult) -> str:
    passed = sum(step.verdict is Verdict.PASSED for step in result.steps)
    if result.has_passed:
        return f"passed: {passed} steps in {result.duration_seconds:.2f} s"
    left = sum(step.verdict is Verdict.NOT_PLAYED for step in result.steps)
    return f"FAILED: {passed} steps passed, 1 failed, {left} not played"


def _add_case(suite: ElementTree.Element, result: ScenarioResult, step: StepResult) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=_xml_text(f"{step.number:03d} {step.title}"),
        classname=_xml_text(result.name),
        file=_xml_text(step.place.source),
        line=str(step.place.line),
        time=f"{step.duration_seconds:.3f}",
    )
    if step.verdict is Verdict.FAILED:
        failure = ElementTree.SubElement(case, "failure", message=_xml_text(step.text.splitlines()[0]))
        failure.text = _xml_text(failure_text(step))
    elif step.verdict is Verdict.NOT_PLAYED:
        ElementTree.SubElement(case, "skipped", message="a step before it failed")


def _scenario(result: ScenarioResult, vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "scenario": result.name,
        "file": result.file,
        "seed": result.seed,
        "passed": result.has_passed,
        "duration_seconds": round(result.duration_seconds, 6),
        "steps": [_step(step) for step in result.steps],
        "timeline": [_entry(entry, vocabulary) for entry in result.timeline],
    }


def _step(step: StepResult) -> dict[str, Any]:
    return {
        "number": step.number,
        "title": step.title,
        "action": step.action,
        "line": step.place.line,
        "column": step.place.column,
        "file": step.place.source,
        "verdict": step.verdict.value,
        "begin_seconds": round(step.begin_seconds, 6),
        "duration_seconds": round(step.duration_seconds, 6),
        "text": step.text,
    }


def _entry(entry: TimelineEntry, vocabulary: Vocabulary) -> dict[str, Any]:
    pairs = [(tag, "********" if tag in SECRET_TAGS else value) for tag, value in entry.message.pairs]
    return {
        "at_seconds": round(entry.at_seconds, 6),
        "participant": entry.participant,
        "direction": entry.direction,
        "message": vocabulary.message_name(entry.message.msg_type),
        "raw": "|".join(f"{tag}={value}" for tag, value in pairs),
        "fields": [_field(tag, value, vocabulary) for tag, value in pairs],
    }


def _field(tag: str, value: str, vocabulary: Vocabulary) -> dict[str, str]:
    meaning = vocabulary.field(tag)
    if meaning is None:
        return {"tag": tag, "value": value}
    label = vocabulary.message_name(value) if tag in NAMES_A_MESSAGE else meaning.label(value)
    return {"tag": tag, "name": meaning.name, "value": value} | ({"meaning": label} if label != value else {})


def _shown(line: str) -> str:
    """A line that every terminal takes: bytes of a message that were no text become `?`."""
    return line.encode("utf-8", "replace").decode("utf-8")


def _xml_text(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return NOT_IN_XML.sub("�", text)
