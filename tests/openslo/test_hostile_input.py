"""Whatever stands in a file, reading and converting it give objectives and one-line diagnostics, and never an error."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dashboard.openslo.conversion import convert
from dashboard.openslo.diagnostics import Diagnostic
from dashboard.openslo.openslo_reader import read_slos
from dashboard.openslo.openslo_writer import write_slos
from tests.openslo import foreign
from tests.openslo.samples import ALERTED, THRESHOLD

ROUGH = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
ANNOTATED = {
    "golden-signals/kind": "availability",
    "golden-signals/name": "Checkout",
    "golden-signals/objective": "0.9",
    "golden-signals/limit": "0.3",
    "golden-signals/time-zone": "Europe/Berlin",
    "golden-signals/slice": "30s",
    "golden-signals/policy": "own",
    "golden-signals/min-failures": "7",
    "golden-signals/sla": "0.85",
    "golden-signals/sla-credit": "0.85=10 %, 0.8=25 %",
    "golden-signals/share": "0.02",
    "golden-signals/fixed": "true",
    "golden-signals/short-window": "5m",
    "golden-signals/long-window": "1h",
}
COMPOSITE: dict[str, Any] = {
    "apiVersion": "openslo/v1",
    "kind": "SLO",
    "metadata": {"name": "both", "annotations": ANNOTATED},
    "spec": {
        "service": "checkout",
        "timeWindow": [{"duration": "1M", "isRolling": True, "calendar": {"timeZone": "Europe/Berlin"}}],
        "budgetingMethod": "RatioTimeslices",
        "objectives": [
            {
                "targetPercent": 99.5,
                "timeSliceWindow": 5,
                "compositeWeight": 2,
                "indicator": {
                    "metadata": {"name": "a"},
                    "spec": {"ratioMetric": {"rawType": "success", "raw": {"metricSource": {"spec": {"query": "x"}}}}},
                },
            },
            {"target": 0.99, "timeSliceWindow": "5m", "op": "lte", "value": 0.3, "indicatorRef": "b"},
        ],
        "alertPolicies": [
            {
                "kind": "AlertPolicy",
                "metadata": {"name": "p"},
                "spec": {
                    "conditions": [
                        {
                            "kind": "AlertCondition",
                            "metadata": {"name": "c", "annotations": ANNOTATED},
                            "spec": {
                                "severity": "page",
                                "condition": {"kind": "burnrate", "op": "gt", "threshold": 2, "lookbackWindow": "1h"},
                            },
                        }
                    ]
                },
            }
        ],
    },
}
SLI = {
    "apiVersion": "openslo/v1",
    "kind": "SLI",
    "metadata": {"name": "b"},
    "spec": {
        "thresholdMetric": {
            "metricSource": {"type": "csv", "spec": {"measure": "quantile", "detail": 0.95, "le": "1s"}}
        }
    },
}
LOADED = [list(yaml.safe_load_all(text)) for text in (ALERTED, THRESHOLD, *foreign.EVERY.values())]
DOCUMENTS: list[Any] = [*(file[0] if isinstance(file[0], list) else file for file in LOADED), [COMPOSITE, SLI]]

NUMBERS = [0, 1, -1, 5, 0.5, 99.9, 1e308, 5e-324, -0.0, float("inf"), float("nan"), 10**40]
LENGTHS = ["1m", "0d", "-1h", "30d", "1M", "99999999999d", "9" * 400, "1e9999", "12:30:45", "Monday"]
TIMES = ["9999-12-31 23:59:59+00:00", "0001-01-01", "Europe/", "../../etc/passwd"]
WORDS = [
    "",
    " ",
    "no",
    "0.5",
    "99.9%",
    "nan",
    "\x85",
    "é" * 5000,
    "a\nb",
    "{{.window}}",
    "1_0",
    "0x10",
    "<<",
    "%",
    "=",
    "٣",
]
LISTS = [[], [[]], [None], [{}]]
MAPS = [{}, {"": None}, {"a": {"b": []}}, {"spec": None}, {"metadata": []}, {"name": []}, {"query": {}}, {"le": []}]
ODD = st.sampled_from([None, True, False, *NUMBERS, *LENGTHS, *TIMES, *WORDS, *LISTS, *MAPS])
TREES = st.recursive(
    st.one_of(ODD, st.text(max_size=5), st.integers(), st.floats()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


def paths(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in a tree."""
    yield path
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield from paths(value, (*path, key))


def replaced(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A tree with another value at a path."""
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = replaced(tree[path[0]], path[1:], value)
    return copy


PLACES = [(number, path) for number, tree in enumerate(DOCUMENTS) for path in paths(tree)]


def as_json(tree: Any) -> str:
    """JSON, which is YAML; times as text."""
    return json.dumps(tree, ensure_ascii=False, default=str)


def checked(diagnostics: tuple[Diagnostic, ...], lines: int) -> None:
    """Diagnostics are single lines, and name a line that is there."""
    for diagnostic in diagnostics:
        assert len(str(diagnostic).splitlines()) == 1, str(diagnostic)
        assert len(diagnostic.what) < 600
        assert 1 <= diagnostic.line <= max(lines, 1)


def survived(text: str) -> None:
    """Reading, writing and converting a text all end well."""
    lines = len(text.splitlines())
    result = read_slos({"x.yaml": text})
    checked(result.diagnostics, lines)
    if result.slos:
        assert [slo.name for slo in read_slos({"y.yaml": write_slos(result.slos)}).slos] == [
            slo.name for slo in result.slos
        ]
    checked(convert({"x.yaml": text}).diagnostics, lines)


@ROUGH
@given(st.sampled_from(PLACES), TREES)
def test_any_value_in_place_of_any_other(place: tuple[int, tuple[Any, ...]], value: Any) -> None:
    number, path = place
    tree = replaced(DOCUMENTS[number], path, value)
    survived(as_json(tree))


@ROUGH
@given(st.sampled_from(PLACES), st.text(max_size=8), TREES)
def test_any_key_beside_any_other(place: tuple[int, tuple[Any, ...]], key: str, value: Any) -> None:
    number, path = place
    tree = DOCUMENTS[number]
    for step in path:
        tree = tree[step]
    if isinstance(tree, dict):
        survived(as_json(replaced(DOCUMENTS[number], path, {**tree, key: value})))


@ROUGH
@given(st.integers(0, len(ALERTED)), st.text(max_size=4), st.integers(0, 6))
@example(0, "\ufeff", 0)
@example(0, "%YAML 9.9\n---\n", 0)
@example(40, "\t", 0)
def test_any_text_within_the_text(at: int, text: str, dropped: int) -> None:
    survived(ALERTED[:at] + text + ALERTED[at + dropped :])


@ROUGH
@given(st.one_of(st.text(), st.binary().map(lambda junk: junk.decode("latin-1"))))
def test_any_text_at_all(text: str) -> None:
    survived(text)


@pytest.mark.parametrize("value", [None, [], {"x": 5}, "", 5], ids=str)
def test_one_odd_value_in_place_of_every_other(value: Any) -> None:
    for number, path in PLACES:
        survived(as_json(replaced(DOCUMENTS[number], path, value)))


@pytest.mark.parametrize("number", range(len(DOCUMENTS)))
def test_what_is_changed_here_is_read_to_the_end_before(number: int) -> None:
    conversion = convert({"x.yaml": as_json(DOCUMENTS[number])})
    assert read_slos({"y.yaml": conversion.text}).slos
