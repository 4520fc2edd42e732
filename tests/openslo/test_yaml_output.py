"""YAML is written as people write it, and any reader of YAML takes each text for a text."""

import pytest
import yaml

from dashboard.openslo.yaml_output import to_yaml


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("shop", "a: shop\n"),
        ("5", "a: '5'\n"),
        ("no", "a: 'no'\n"),
        ("Yes", "a: 'Yes'\n"),
        ("n", "a: 'n'\n"),
        ("1e5", "a: '1e5'\n"),
        ("null", "a: 'null'\n"),
        ("2026-01-01", "a: '2026-01-01'\n"),
        ("a: b", "a: 'a: b'\n"),
        ("sum(\n  x\n)", "a: |-\n  sum(\n    x\n  )\n"),
        ("x\n", "a: |\n  x\n"),
        (" x\ny", "a: ' x\n\n  y'\n"),
        ("Köln ☃", "a: Köln ☃\n"),
        ("x" * 900, f"a: {'x' * 900}\n"),
        ("a b " * 100, f"a: '{'a b ' * 100}'\n"),
    ],
)
def test_a_text(text: str, written: str) -> None:
    assert to_yaml([{"a": text}]) == written
    assert yaml.safe_load(written) == {"a": text}


def test_fields_stay_in_their_order_and_values_are_never_anchors() -> None:
    shared = {"x": 1, "w": [True, 0.5]}
    text = to_yaml([{"z": shared, "a": shared}, {"b": {}}])
    assert text == "z:\n  x: 1\n  w:\n  - true\n  - 0.5\na:\n  x: 1\n  w:\n  - true\n  - 0.5\n---\nb: {}\n"


def test_no_documents_are_no_text() -> None:
    assert to_yaml([]) == ""
