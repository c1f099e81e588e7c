"""CEL, and the only module that knows which library evaluates it.

An expression is CEL text; a template is JSON whose strings may hold `${CEL}`. Both are checked
against the names they may use before anything runs, so an unknown step is found by the checker
and not by the first item. Guards on length and depth come before the library sees the text.

Values are JSON: a CEL list, map, string, int, double, bool or null. A string must not hold the
character NUL, at which the library cuts it off. A run refuses items that hold one as it lists them;
what steps return is not searched.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

MAXIMUM_LENGTH = 2_000
MAXIMUM_DEPTH = 32
TEMPLATE = re.compile(r"\$\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
"""`${…}`, in which one level of braces (a CEL map) may stand."""

_UNDECLARED = re.compile(r"undeclared reference to '([^']+)'")
_OPENING, _CLOSING = "([{", ")]}"


class ExpressionError(ValueError):
    """An expression that cannot be parsed, names what is not there, or cannot be evaluated."""


class UnknownStepError(ExpressionError):
    """An expression that names a step which is not one of the steps before it."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may speak of: variables, and steps by name as `steps.<name>`."""

    variables: tuple[str, ...] = ("item", "input", "run", "job")
    steps: tuple[str, ...] = ()


ITEM_ONLY = Names(variables=("item",))
RUN_ONLY = Names(variables=("input", "run", "job"))


def check(text: str, names: Names, *, boolean: bool = False) -> None:
    """Raise `ExpressionError` unless `text` is CEL over `names` (and boolean where it must be)."""
    expression = _compiled(text, names)
    result = expression.return_type()
    if boolean and result not in (cel.Type.BOOL, cel.Type.DYN):
        raise ExpressionError(f"must be true or false, and {text!r} gives {result.name().lower()}")


def evaluate(text: str, names: Names, values: Mapping[str, Any]) -> Any:
    """The value of `text`. `values` holds each variable, and `steps` as a map by step name."""
    data = {name: values[name] for name in names.variables}
    for step in names.steps:
        data[f"steps.{step}"] = values["steps"].get(step, {})
    expression = _compiled(text, names)
    try:
        value = expression.eval(data=data)
    except RuntimeError as error:
        # The library's only words for half a surrogate pair, which JSON can hold.
        message = "a name or a text is not Unicode"
        raise ExpressionError(f"{text!r} has no value here: {message}") from error
    if value.type() == cel.Type.ERROR:
        raise ExpressionError(f"{text!r} has no value here: {value.plain_value()}")
    return value.plain_value()


def holds(text: str, names: Names, values: Mapping[str, Any]) -> bool:
    """Whether the condition `text` is true; anything but true or false is an error."""
    value = evaluate(text, names, values)
    if not isinstance(value, bool):
        raise ExpressionError(f"must be true or false, and {text!r} gives {value!r}")
    return value


def check_template(template: Any, names: Names) -> None:
    """Check every `${…}` in a JSON value; the error names where in the value it stands."""
    for path, text in _strings(template, ""):
        for match in TEMPLATE.finditer(text):
            try:
                check(match[1], names)
            except ExpressionError as error:
                raise type(error)(f"{path}: {error}" if path else str(error)) from error
        if "${" in TEMPLATE.sub("", text):
            raise ExpressionError(f"{path}: '${{' must be closed by '}}' in {text!r}".lstrip(": "))


def render_text(template: str, names: Names, values: Mapping[str, Any]) -> str:
    """The string with every `${…}` replaced; what is no text is written as JSON would."""
    return TEMPLATE.sub(lambda part: _text(evaluate(part[1], names, values)), template)


def render(template: Any, names: Names, values: Mapping[str, Any]) -> Any:
    """The JSON value with every `${…}` replaced; a string that is one `${…}` keeps its type."""
    match template:
        case str():
            whole = TEMPLATE.fullmatch(template)
            if whole:
                return evaluate(whole[1], names, values)
            return render_text(template, names, values)
        case Mapping():
            return {key: render(value, names, values) for key, value in template.items()}
        case Sequence():
            return [render(value, names, values) for value in template]
        case _:
            return template


@lru_cache(maxsize=4_096)
def _compiled(text: str, names: Names) -> Any:
    _guard(text)
    try:
        return _environment(names).compile(text)
    except RuntimeError as error:
        raise _explained(text, names, str(error)) from error


@lru_cache(maxsize=1_024)
def _environment(names: Names) -> Any:
    declared = [*names.variables, *(f"steps.{step}" for step in names.steps)]
    return cel.NewEnv(variables=dict.fromkeys(declared, cel.Type.DYN))


def _guard(text: str) -> None:
    if len(text) > MAXIMUM_LENGTH:
        raise ExpressionError(f"must be at most {MAXIMUM_LENGTH} characters, and is {len(text)}")
    if not text.strip():
        raise ExpressionError("must be a CEL expression, and is empty")
    depth = 0
    for character in text:
        depth += (character in _OPENING) - (character in _CLOSING)
        if depth > MAXIMUM_DEPTH:
            raise ExpressionError(f"must nest at most {MAXIMUM_DEPTH} deep")


def _explained(text: str, names: Names, error: str) -> ExpressionError:
    """The library's error as one line that says what must be."""
    unknown = _UNDECLARED.search(error)
    if unknown:
        root, _, rest = unknown[1].partition(".")
        if root == "steps":
            known = ", ".join(names.steps) or "none"
            step = rest.partition(".")[0] or text
            return UnknownStepError(f"must name an earlier step ({known}), and {step!r} is none")
        known = ", ".join((*names.variables, "steps") if names.steps else names.variables)
        return ExpressionError(f"must speak of {known}, and {unknown[1]!r} is none of them")
    detail = error.removeprefix("INVALID_ARGUMENT: ").splitlines()[0].partition(": ")[2]
    place = re.search(r"<input>:\d+:(\d+)", error)
    where = f" at character {place[1]}" if place else ""
    reason = re.sub(r"^<input>:\d+:\d+: ", "", detail)
    return ExpressionError(f"must be CEL; {text!r} is not{where}: {reason}")


def _strings(value: Any, path: str) -> list[tuple[str, str]]:
    """Every string in a JSON value, with its path."""
    match value:
        case str():
            return [(path, value)]
        case Mapping():
            pairs = [(f"{path}.{key}".lstrip("."), item) for key, item in value.items()]
        case Sequence():
            pairs = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
        case _:
            return []
    return [found for inner, item in pairs for found in _strings(item, inner)]


def _text(value: Any) -> str:
    """A value inside a longer string, as JSON would write it, strings bare."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            return ""
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)
