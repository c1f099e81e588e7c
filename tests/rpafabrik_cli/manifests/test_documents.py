"""YAML becomes the JSON that kubectl would send, and every field knows its line."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rpafabrik_cli.manifests import documents
from rpafabrik_cli.manifests.problem import InvalidManifests, Place


def values(text: str) -> list[object]:
    return [document.value for document in documents.parse(text, "f.yaml")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-01", "2026-01-01"),
        ("10:30", "10:30"),
        ("1.2.3", "1.2.3"),
        ("1_000", 1000),
        ("017", 15),
        ("0o17", 15),
        ("0x1F", 31),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("yes", True),
        ("Off", False),
        ("~", None),
        ("'yes'", "yes"),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("=", "="),
    ],
)
def test_plain_words_are_what_kubectl_takes_them_for(text: str, value: object) -> None:
    assert values(f"a: {text}") == [{"a": value}]


def test_keys_are_text_whatever_they_look_like() -> None:
    assert values("1: a\ntrue: b\non: c") == [{"1": "a", "true": "b", "on": "c"}]


def test_merged_objects_give_way_to_what_stands_there() -> None:
    text = "base: &base {a: 1, b: 2}\nown:\n  b: 3\n  <<: *base\n"

    assert values(text) == [{"base": {"a": 1, "b": 2}, "own": {"a": 1, "b": 3}}]


def test_empty_documents_are_left_out() -> None:
    assert values("---\n---\na: 1\n---\n# nothing\n") == [{"a": 1}]


def test_every_field_knows_its_line_and_others_the_nearest_one_around() -> None:
    (document,) = documents.parse("a: 1\nb:\n- c: 2\n  d: 3\n", "f.yaml")

    places = [document.at(path) for path in [("b", 0, "d"), ("b", 0, "x", "y"), ("z",)]]

    assert places == [Place(file="f.yaml", line=line) for line in (4, 3, 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 'x", "f.yaml:1:6: must be YAML: found unexpected end of stream while scanning"),
        ("\ta: 1", "f.yaml:1:1: must be YAML: found character '\\t' that cannot start any token"),
        ("a: b: c", "f.yaml:1:5: must be YAML: mapping values are not allowed here"),
        ("a: *b", "f.yaml:1:4: must be YAML: found undefined alias"),
        ("b:\n  a: \x01", "f.yaml:2: must be YAML: special characters are not allowed (U+0001)"),
        ("a:\n  b: 1\n  b: 2", "f.yaml:3:3: 'b' must be given once, and line 2 gives it"),
        ("? [a]\n: 1", "f.yaml:1:3: must be text, as every key"),
        ("a: &a [*a]", "f.yaml:1:4: must not hold an alias of what it stands in"),
        ("a: .nan", "f.yaml:1:4: must be a number of JSON, and is '.nan'"),
        ("a: 1e999", "f.yaml:1:4: must be a number of JSON, and is '1e999'"),
        ("a: !!python/name:os.system", "f.yaml:1:4: must be plain YAML, and has the tag"),
        ("a: !!binary aGk=", "f.yaml:1:4: must be plain YAML, and has the tag"),
        ("<<: 1", "f.yaml:1:5: must be an object, for << to bring in"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InvalidManifests) as refused:
        values(text)

    assert str(refused.value).startswith(message)


def test_a_small_file_cannot_grow_large_by_aliases() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    with pytest.raises(InvalidManifests, match="must hold at most 100000 values"):
        values("\n".join(rows))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, min_size=1, max_size=4))
def test_what_a_program_writes_as_yaml_keeps_its_value(value: dict[str, object]) -> None:
    # Quoted: what it would leave bare, such as 0E0, is text for PyYAML and a number for kubectl.
    assert values(yaml.safe_dump(value, default_style='"')) == [value]
