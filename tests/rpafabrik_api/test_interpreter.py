"""What a case does with one step, without a server."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpafabrik_api import contract, expressions, interpreter
from rpafabrik_api.interpreter import Scope

SCOPE = Scope(
    {
        "item": {"centre": "Exempelby", "amount": 7, "missing": None},
        "input": {"limit": 5},
        "run": {"date": "2026-03-02"},
        "job": {"name": "job"},
    }
)
_TEXT = st.text(
    st.characters(exclude_characters="\0", codec="utf-8"), max_size=5
)  # the CEL library ends keys there
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=10,
)
_NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True), unique=True, max_size=5)


def step(name: str = "later", when: str | None = None) -> contract.Step:
    return contract.Step(name=name, when=when)


def test_step_without_condition_is_wanted() -> None:
    assert interpreter.is_wanted(step(), SCOPE)


@pytest.mark.parametrize(
    ("when", "wanted"), [("item.amount > input.limit", True), ("item.amount < input.limit", False)]
)
def test_condition_decides_whether_a_step_runs(when: str, wanted: bool) -> None:  # noqa: FBT001 - pytest hands it over
    assert interpreter.is_wanted(step(when=when), SCOPE) is wanted


def test_condition_reads_the_output_of_an_earlier_step() -> None:
    scope = SCOPE.after({"look": {"found": True}})

    assert interpreter.is_wanted(step(when="steps.look.found"), scope)


@pytest.mark.parametrize("when", ["item.amount", "item.absent", "steps.later.found", "1/0 == 1"])
def test_condition_without_a_truth_is_the_items_failure(when: str) -> None:
    with pytest.raises(expressions.ExpressionError, match=r"^when: "):
        interpreter.is_wanted(step(when=when), SCOPE)


def test_input_is_rendered_with_types_kept() -> None:
    scope = SCOPE.after({"look": {"rows": [1, 2]}})
    template = {
        "text": "${item.centre} ${run.date}",
        "number": "${item.amount}",
        "rows": "${steps.look.rows}",
        "nested": [{"deep": "${job.name}"}],
        "plain": 1,
    }

    assert interpreter.rendered(template, scope) == {
        "text": "Exempelby 2026-03-02",
        "number": 7,
        "rows": [1, 2],
        "nested": [{"deep": "job"}],
        "plain": 1,
    }


@pytest.mark.parametrize(
    ("expression", "utc"),
    [
        ("item.date", "2026-03-01T23:00:00+00:00"),
        ("item.local", "2026-07-01T04:00:00+00:00"),
        ("item.zoned", "2026-03-02T06:00:00+00:00"),
        ("timestamp(item.zoned)", "2026-03-02T06:00:00+00:00"),
    ],
)
def test_arrival_is_a_date_or_a_time_in_the_jobs_zone_unless_it_names_one(
    expression: str, utc: str
) -> None:
    item = {
        "date": "2026-03-02",
        "local": "2026-07-01T06:00",
        "zoned": "2026-03-02T07:00:00+01:00",
    }

    time = interpreter.time_of(expression, item, "Europe/Stockholm")

    assert time.isoformat() == utc


@pytest.mark.parametrize("given", ["VC001", 7, None, "", "0001-01-01", ["2026-03-02"]])
def test_arrival_that_is_no_time_is_not_repeated_in_the_error(given: Any) -> None:
    with pytest.raises(expressions.ExpressionError) as raised:
        interpreter.time_of("item.at", {"at": given}, "Europe/Stockholm")

    assert str(raised.value).startswith("'item.at' must give a date or a time such as 2026")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ({"a": "${duration('3s')}"}, "input: a: must be JSON, and is timedelta"),
        ({"a": [{"b": "${b'x'}"}]}, r"input: a\[0\].b: must be JSON, and is bytearray"),
        ({"a": "${ {1: 2} }"}, "input: a: keys must be text, and one is int"),
        ({"a": "${item.absent}"}, "input: .*item.absent"),
        ({"a": "${1/0}"}, "input: .*divide by zero"),
    ],
)
def test_input_that_is_no_json_is_the_items_failure(template: dict[str, Any], message: str) -> None:
    with pytest.raises(expressions.ExpressionError, match=message):
        interpreter.rendered(template, SCOPE)


def test_number_too_large_for_cel_is_the_items_failure() -> None:
    scope = Scope({**SCOPE.variables, "item": {"amount": 2**70}})

    with pytest.raises(expressions.ExpressionError, match="out of range"):
        interpreter.rendered({"amount": "${item.amount}"}, scope)


def test_instruction_is_text_whatever_its_values_are_and_is_cut_where_it_is_too_long() -> None:
    scope = interpreter.Scope({"item": {"sum": 12.5, "of": [1], "long": "x" * 3_000}})

    assert interpreter.instruction("${item.sum}", scope) == "12.5"
    assert interpreter.instruction("${item.sum} av ${item.of}", scope) == "12.5 av [1]"
    assert interpreter.instruction("${item.long}", scope) == "x" * 1_999 + "…"


def test_parallel_steps_do_not_see_each_other() -> None:
    before = SCOPE.after({"look": {}})
    after = before.after({"left": {"n": 1}, "right": {"n": 2}})

    assert before.names.steps == ("look",)
    assert after.names.steps == ("look", "left", "right")
    assert interpreter.rendered({"n": "${steps.right.n}"}, after) == {"n": 2}


def test_step_left_out_has_an_empty_output() -> None:
    assert interpreter.left_out(step("one")) == {"one": {}}


def test_parallel_left_out_leaves_an_empty_output_for_each_of_its_steps() -> None:
    both = contract.Step(name="both", parallel=(step("left"), step("right")))

    assert interpreter.left_out(both) == {"left": {}, "right": {}}


@pytest.mark.parametrize(
    ("returned", "output"),
    [(None, {}), ({}, {}), ({"a": 1}, {"a": 1}), (7, {"value": 7}), ([1], {"value": [1]})],
)
def test_output_is_always_an_object(returned: Any, output: dict[str, Any]) -> None:
    assert interpreter.output_of(returned) == output


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("item.amount", "must give text, and gives int"),
        ("item.missing", "must give text, and gives null"),
        ("'  '", "must give text, and gives none"),
        ("item.centre", "must give at most 5 characters, and gives 9"),
        ("item.absent", "has no value here"),
        ("input.limit", "must speak of item"),
    ],
)
def test_reference_must_be_short_text_and_its_value_is_never_told(
    expression: str, message: str
) -> None:
    with pytest.raises(expressions.ExpressionError, match=message) as raised:
        interpreter.text_of(expression, dict(SCOPE.variables["item"]), longest=5)

    assert "Exempelby" not in str(raised.value)


@settings(max_examples=50, deadline=None)
@given(steps=_NAMES, outputs=st.lists(_JSON, min_size=5, max_size=5), item=_JSON)
def test_every_step_reads_what_every_earlier_one_returned(
    steps: list[str], outputs: list[Any], item: Any
) -> None:
    scope = Scope({**SCOPE.variables, "item": {"given": item}})
    for name, returned in zip(steps, outputs, strict=False):
        scope = scope.after({name: interpreter.output_of(returned)})

    template = {name: f"${{steps.{name}}}" for name in steps} | {"item": "${item.given}"}
    expected = {
        name: interpreter.output_of(returned)
        for name, returned in zip(steps, outputs, strict=False)
    }
    assert interpreter.rendered(template, scope) == expected | {"item": item}


@settings(max_examples=50, deadline=None)
@given(template=st.dictionaries(_TEXT, _JSON, max_size=3), text=st.text(max_size=40))
def test_any_input_renders_to_json_or_is_the_items_failure(
    template: dict[str, Any], text: str
) -> None:
    try:
        rendered = interpreter.rendered({**template, "text": f"${{{text}}}"}, SCOPE)
    except expressions.ExpressionError:
        return
    json.dumps(rendered, allow_nan=True)
