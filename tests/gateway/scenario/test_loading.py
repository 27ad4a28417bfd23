"""From files to a scenario: every kind of mistake with its place and sentence, includes, variables, options."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.scenario.loading import BrokenOption, Choices, Scenario, load_scenario
from gateway.scenario.script import scenario_schema
from gateway.scenario.variables import fill
from gateway.scenario.vocabulary import Vocabulary
from gateway.yaml_documents.document import YamlMistakes

HEAD = """\
scenario: test
instruments:
  - {symbol: ACME, reference_price: 10.00}
participants:
  alice: {comp_id: ALICE}
vars: {px: 10.05}
templates:
  order: {symbol: ACME, qty: 100}
steps:
"""
FIRST = HEAD.count("\n") + 1
"""Line of the first step."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(text: str, vocabulary: Vocabulary, choices: Choices | None = None, name: str = "t.yaml") -> Scenario:
    Path(name).write_text(text)
    return load_scenario(Path(name), vocabulary, choices)


def mistakes(text: str, vocabulary: Vocabulary, choices: Choices | None = None) -> list[str]:
    with pytest.raises(YamlMistakes) as raised:
        load(text, vocabulary, choices)
    return str(raised.value).splitlines()


def batched(table: str) -> Iterator[tuple[str, str]]:
    """A table of pairs of lines."""
    lines = table.strip().splitlines()
    return ((lines[at], lines[at + 1].strip()) for at in range(0, len(lines), 2))


def assert_same(found: str, expected: str) -> None:
    if expected.endswith("…"):
        found, expected = found[: len(expected) - 1], expected[:-1]
    assert found == expected


STEPS = """
buuy: {from: alice}
    5: steps[0].buuy: unknown key, did you mean "buy"?
buy: {from: alice, quantiy: 5, symbol: ACME, qty: 1}
    24: steps[0].buy.quantiy: unknown key, did you mean "qty"?
buy: {from: alcie, use: order}
    17: steps[0].buy.from: no participant is called "alcie", did you mean "alice"?
logon: bob
    12: steps[0].logon.who: no participant is called "bob"; known: alice
buy: {from: alice, use: oder}
    29: steps[0].buy.use: no template is called "oder", did you mean "order"?
buy: {from: alice, symbol: ACME}
    10: steps[0].buy: qty is missing: neither the step nor its template gives it
buy: {from: alice, use: order, tif: DYA}
    41: steps[0].buy.tif: TimeInForce(59) has no value "DYA", did you mean "day"?
send: {from: alice, msg: NewOrderSingel}
    30: steps[0].send.msg: no message is called "NewOrderSingel", did you mean "NewOrderSingle"?
send: {from: alice, msg: D, fields: {Symbl: ACME}}
    42: steps[0].send.fields.Symbl: no field is called "Symbl", did you mean "Symbol"?
send: {from: alice, msg: D, fields: {Side: Bu}}
    48: steps[0].send.fields.Side: Side(54) has no value "Bu", did you mean "Buy"?
expect: {on: alice, msg: '8', fields: {ExecType: Traded}}
    54: steps[0].expect.fields.ExecType: ExecType(150) has no value Traded, did you mean "Trade"?
expect: {on: alice, msg: '8', capture: {oid: OrdrID}}
    50: steps[0].expect.capture.oid: no field is called "OrdrID", did you mean "OrderID"?
expect: {on: alice, msg: '8', within: 2x}
    43: steps[0].expect.within: 2x is not a duration such as 250ms, 2s or 1m
expect: {on: alice, msg: '8', within: 2h}
    43: steps[0].expect.within: 2h is longer than 1h; longer stretches of virtual time are gone by advance
expect: {msg: '8'}
    13: steps[0].expect: an expectation names its participant once: on: alice
expect: {on: alice}
    13: steps[0].expect: an expectation has either msg or a list of messages
expect: {on: alice, msg: '8', only: true}
    41: steps[0].expect.only: is not supported by this release
fault: {on: alice}
    12: steps[0].fault: is not supported by this release
at: noon
    9: steps[0].at: "noon" is not a time of day such as 09:30 or 15:59:30
advance: soon
    14: steps[0].advance: "soon" is not a span of time such as 250ms, 90s, 1h30m or 2d
advance: {by: 1h, to: 16:00}
    14: steps[0].advance: time goes on by a span, to a time, or jumps to a phase: one of by, to and jump
wait_for: {phase: {is: contnuous}}
    28: steps[0].wait_for.phase.is: no phase is called "contnuous", did you mean "continuous"?
assert: {phase: {symbol: ACEM, is: halted}}
    30: steps[0].assert.phase.symbol: no instrument is called "ACEM", did you mean "ACME"?
halt: ACEM
    11: steps[0].halt.symbol: no instrument is called "ACEM", did you mean "ACME"?
resume: {symbol: ACME, market: US}
    13: steps[0].resume: either symbol or market is meant, not both
bust: {reason: erroneous}
    11: steps[0].bust: a trade is named by trade_id or by exec_id
assert: {position: {}}
    24: steps[0].assert.position: is not supported by this release
deposit: {account: ALICE, asset: USD}
    14: steps[0].deposit.amount: is missing and has no default
holdings: {account: ALICE, shares: {ACEM: {quantity: 1}}}
    47: steps[0].holdings.shares.ACEM: no instrument is called "ACEM", did you mean "ACME"?
limits: {max_order_value: 5}
    13: steps[0].limits: limits are of one firm, user, account or instrument: account: ALICE
limits: {instrument: ACEM}
    26: steps[0].limits.instrument: no instrument is called "ACEM", did you mean "ACME"?
stop_loss: {account: ALICE, symbol: ACME}
    16: steps[0].stop_loss: a stop has a price or a distance_basis_points, or goes: remove: true
corporate_action: {kind: split, symbol: ACME, ex_date: 2026-03-06}
    23: steps[0].corporate_action: a split has ratio, and neither of the others of ratio, amount and new_symbol
corporate_action: {kind: split, symbol: ACME, ex_date: 2026-03-06, ratio: "2"}
    23: steps[0].corporate_action: ratio "2" is not new shares for old ones, such as 2:1 or 1:10
corporate_action: {kind: spilt, symbol: ACME, ex_date: 2026-03-06}
    30: steps[0].corporate_action.kind: "spilt" is not "split", "cash dividend" or "symbol change", …
assert: {account: {id: ALICE, positon: {ACME: 1}}}
    35: steps[0].assert.account.positon: unknown key, did you mean "position"?
assert: {book: {symbol: ACEM, bids: []}}
    29: steps[0].assert.book.symbol: no instrument is called "ACEM", did you mean "ACME"?
assert: {book: {symbol: ACME}}
    20: steps[0].assert.book: a book has bids or asks to be compared: bids: [[10.05, 300]], or bids: [] for none
buy: {from: alice, use: order, price: '${pxx}'}
    43: ${pxx} has no value here, did you mean "px"?
name: nothing
    5: steps[0]: a step does something: logon, logout, disconnect, send, buy, sell, sell_short, cancel, replace, s…
{logon: alice, logout: alice}
    5: steps[0]: a step does one thing, this one has logon and logout
"""
"""Each step and, below it, column and sentence of its mistake; `…` leaves out the rest of a long one."""


@pytest.mark.parametrize(("step", "mistake"), list(batched(STEPS)))
def test_a_mistake_in_a_step(folder: Path, vocabulary: Vocabulary, step: str, mistake: str) -> None:
    (found,) = mistakes(f"{HEAD}  - {step}\n", vocabulary)
    assert_same(found, f"t.yaml:{FIRST}:{mistake}")


FILES = """
steps: []
    t.yaml:1:1: scenario: is missing and has no default
scenario: x ⏎ rules: []
    t.yaml:2:8: rules: is not supported by this release
scenario: x ⏎ clock: {mode: scaled}
    t.yaml:2:8: clock: a scaled clock has a speed, such as speed: 100, and no other has
scenario: x ⏎ clock: {mode: virtual, start: 2026-03-02}
    t.yaml:2:31: clock.start: "2026-03-02" is not a time with its offset from UTC such as 2026-03-02T09:30:00-05:00
scenario: x ⏎ participants: {a: {kind: observer, comp_id: A}}
    t.yaml:2:26: participants.a.kind: observer is not supported by this release, fix is
scenario: x ⏎ include: [no.yaml]
    t.yaml:2:11: include[0]: no.yaml is no file; names are relative to t.yaml
scenario: x ⏎ vars: {a: '${b}'}
    t.yaml:2:1: vars: ${b} has no value; known: seed
scenario: x ⏎ vars: {a: '${env:NO}'}
    t.yaml:2:1: vars: the environment has no NO; set it before the run
scenario: x ⏎ steps: ⏎   - {after: 1s, id: a} ⏎   - {after: 1s, id: a}
    t.yaml:4:21: steps[1].id: a is the id of a step before already
"""
"""Each file, `⏎` for the ends of its lines, and below it the mistake."""


@pytest.mark.parametrize(("text", "mistake"), list(batched(FILES)))
def test_a_mistake_in_a_file(folder: Path, vocabulary: Vocabulary, text: str, mistake: str) -> None:
    assert mistakes(text.replace(" ⏎ ", "\n"), vocabulary) == [mistake]


def test_every_mistake_is_named_at_once(folder: Path, vocabulary: Vocabulary) -> None:
    steps = "  - buy: {from: a, use: b}\n  - expect: {on: c, msg: '8', fields: {X: 1}}\n"
    assert [line.split(": ")[1] for line in mistakes(HEAD + steps, vocabulary)] == [
        "steps[0].buy.from",
        "steps[0].buy.use",
        "steps[1].expect.on",
        "steps[1].expect.fields.X",
    ]


def test_a_wrong_code_may_be_sent_on_purpose(folder: Path, vocabulary: Vocabulary) -> None:
    load(f"{HEAD}  - send: {{from: alice, msg: D, fields: {{Side: Z, 40: 99, 5001: x}}}}\n", vocabulary)


def test_an_included_file_brings_its_steps_first_and_yields_to_the_one_that_includes_it(
    folder: Path, vocabulary: Vocabulary
) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "people.yaml").write_text(
        "include: [vars.yaml]\nparticipants: {bob: {comp_id: BOB}, alice: {comp_id: X}}\nsteps: [logon: bob]\n"
    )
    (folder / "parts" / "vars.yaml").write_text("vars: {px: 1, qty: 7}\n")
    text = HEAD.replace("scenario: test", "scenario: test\ninclude: [parts/people.yaml]")
    scenario = load(text + "  - logon: alice\n", vocabulary)
    assert [(one.number, one.title, str(one.place)) for one in scenario.steps] == [
        (1, "logon bob", "parts/people.yaml:3:9"),
        (2, "logon alice", f"t.yaml:{FIRST + 1}:5"),
    ]
    assert {name: one.comp_id for name, one in scenario.participants.items()} == {"bob": "BOB", "alice": "ALICE"}
    assert scenario.variables.resolve("${px} ${qty}") == "10.05 7"


def test_files_that_include_one_another_are_a_mistake(folder: Path, vocabulary: Vocabulary) -> None:
    (folder / "u.yaml").write_text("include: [u.yaml]\n")
    assert mistakes("scenario: x\ninclude: [u.yaml]\n", vocabulary) == [
        "u.yaml:1:11: include[0]: u.yaml would be included at depth 9, at most 8 is followed; is it a circle?"
    ]


def test_variables_follow_one_another_the_seed_the_environment_and_the_command_line(
    folder: Path, vocabulary: Vocabulary
) -> None:
    variables = "{a: 1, b: '${a}${a}', c: '${env:HOME_OF}', d: '${seed}', e: '${rand.int(1,1000)}'}"
    text = f"scenario: x\nseed: 7\nvars: {variables}\n"
    environment = {"HOME_OF": "acme"}
    scenario = load(text, vocabulary, Choices(variables={"a": "2"}, environment=environment))
    assert scenario.variables.resolve("${b} ${c} ${d}") == "22 acme 7"
    again = load(text, vocabulary, Choices(environment=environment))
    other = load(text, vocabulary, Choices(seed=8, environment=environment))
    drawn = [one.variables.resolve("${e}") for one in (scenario, again, other)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert 1 <= int(drawn[0]) <= 1000


def test_variables_reach_participants_and_instruments(folder: Path, vocabulary: Vocabulary) -> None:
    text = HEAD.replace("10.00}", "'${px}'}").replace("comp_id: ALICE", "comp_id: 'ALICE${px}'")
    scenario = load(text + "  - logon: alice\n", vocabulary)
    assert (scenario.instruments[0].reference_price, scenario.participants["alice"].comp_id) == ("10.05", "ALICE10.05")


@pytest.mark.parametrize(("until", "steps"), [("1", 1), ("second", 2), ("the third", 3)])
def test_until_ends_after_a_step(folder: Path, vocabulary: Vocabulary, until: str, steps: int) -> None:
    text = HEAD + "  - logon: alice\n  - {id: second, after: 1s}\n  - {name: the third, after: 1s}\n  - after: 1s\n"
    final = "expect:\n  - book: {symbol: ACME, bids: []}\n"
    scenario = load(text + final, vocabulary, Choices(until=until))
    assert (len(scenario.steps), scenario.final) == (steps, ())
    assert len(load(text + final, vocabulary).final) == 1


@pytest.mark.parametrize(
    ("choices", "text"),
    [
        (Choices(until="secnd"), '--until secnd: no step has this number (1 to 1), id or name, did you mean "second"?'),
        (Choices(variables={"pxx": "1"}), '--set pxx: the scenario has no variable of that name, did you mean "px"?'),
    ],
)
def test_an_option_that_does_not_fit_is_refused(
    folder: Path, vocabulary: Vocabulary, choices: Choices, text: str
) -> None:
    with pytest.raises(BrokenOption) as raised:
        load(HEAD + "  - {id: second, after: 1s}\n", vocabulary, choices)
    assert str(raised.value) == text


def test_fill_leaves_a_step_as_it_was(folder: Path, vocabulary: Vocabulary) -> None:
    scenario = load(HEAD + "  - buy: {from: alice, use: order, price: '${px}', fields: {Text: '${px}'}}\n", vocabulary)
    step = scenario.steps[0].step
    filled = fill(step, scenario.variables.resolve)
    assert (filled.buy and filled.buy.price, step.buy and step.buy.price) == ("10.05", "${px}")
    assert filled.buy is not None
    assert filled.buy.fields == {"Text": "10.05"}


def test_the_schema_has_the_words_of_this_release_alone() -> None:
    schema = scenario_schema()
    text = str(schema)
    assert "expect_none" in text
    assert "md_subscribe" not in text
    assert schema["additionalProperties"] is False
    assert "'description': 'How long to watch.'" in text
