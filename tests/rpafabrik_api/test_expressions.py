"""Expressions and templates: what they give, and how they say that they cannot."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpafabrik_api import expressions
from rpafabrik_api.expressions import ExpressionError, Names

NAMES = Names(steps=("fetch",))
VALUES: dict[str, Any] = {
    "item": {"centre": "VC001", "amount": 1250, "rows": [{"n": 1}, {"n": 2}]},
    "input": {},
    "run": {"id": "r"},
    "job": {"name": "j"},
    "steps": {"fetch": {"difference": -3}},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('item.centre + "/" + run.id', "VC001/r"),
        ("item.amount * 2", 2500),
        ("steps.fetch.difference != 0", True),
        ("item.rows.map(row, row.n)", [1, 2]),
        ("has(item.missing)", False),
        ("item.rows.exists(row, row.n > 1) ? 'many' : 'few'", "many"),
    ],
)
def test_expression_has_its_value(text: str, value: object) -> None:
    assert expressions.evaluate(text, NAMES, VALUES) == value


def test_left_out_step_reads_as_an_empty_object() -> None:
    values = {**VALUES, "steps": {}}

    assert expressions.evaluate("has(steps.fetch.difference)", NAMES, values) is False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item.nothing", "'item.nothing' has no value here: NOT_FOUND"),
        ("1 / 0", "'1 / 0' has no value here: INVALID_ARGUMENT: divide by zero"),
        ("", "must be a CEL expression, and is empty"),
        ("(" * 40 + "1" + ")" * 40, "must nest at most 32 deep"),
        ("1" * 3000, "must be at most 2000 characters, and is 3000"),
    ],
)
def test_expression_without_a_value_says_why(text: str, message: str) -> None:
    with pytest.raises(ExpressionError, match="^" + message.replace("(", r"\(")):
        expressions.evaluate(text, NAMES, VALUES)


@pytest.mark.parametrize("item", [{"\ud800": 1}, {"name": "\ud800"}])
def test_text_that_is_not_unicode_is_an_error_of_the_item(item: dict[str, object]) -> None:
    with pytest.raises(ExpressionError, match="is not Unicode"):
        expressions.evaluate("item", NAMES, {**VALUES, "item": item})


def test_condition_must_be_true_or_false() -> None:
    with pytest.raises(ExpressionError, match="must be true or false"):
        expressions.holds("item.amount", NAMES, VALUES)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("${item.amount}", 1250),
        ("belopp ${item.amount} öre", "belopp 1250 öre"),
        ("${item.rows}", [{"n": 1}, {"n": 2}]),
        ({"a": ["${item.centre}", 3, None, True]}, {"a": ["VC001", 3, None, True]}),
        ("${ {'a': item.centre}.a }", "VC001"),
        ("ja: ${item.amount > 5}", "ja: true"),
        ("rader: ${[{'é': null}, true, 1.5]}", 'rader: [{"é": null}, true, 1.5]'),
        ("från ${[timestamp('2026-03-02T06:00:00Z')]}", 'från ["2026-03-02 06:00:00+00:00"]'),
        ("no $ and no { } here", "no $ and no { } here"),
    ],
)
def test_template_is_rendered_and_a_lone_expression_keeps_its_type(
    template: object, value: object
) -> None:
    assert expressions.render(template, NAMES, VALUES) == value


TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)


@given(JSON)
def test_value_passes_through_an_expression_unchanged(value: object) -> None:
    rendered = expressions.render("${item.value}", NAMES, {**VALUES, "item": {"value": value}})

    assert rendered == value


@given(st.text(max_size=60))
def test_any_text_is_checked_without_surprise(text: str) -> None:
    try:
        expressions.check(text, NAMES)
    except ExpressionError as error:
        assert "\n" not in str(error).replace(text, "")  # noqa: PT017 # either way must be well
