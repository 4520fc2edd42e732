"""What a table shows beside the causes: their parts, all else, and how they lie over further labels."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.oncall.combinations import Combinations
from dashboard.oncall.explanation import Explanation, Verdict, explain
from tests.oncall.tables import LABELS, drawn

PAIR = {"route": "/pay", "version": "42"}
PODS = {**LABELS, "pod": tuple(f"shop-{number}" for number in range(4))}


def spread(explanation: Explanation, label: str) -> tuple[int, bool, str]:
    (each,) = (each for each in explanation.spreads if each.label == label)
    return each.values, each.is_even, each.worst


def test_failures_of_a_cause_that_are_alike_on_all_pods_are_even() -> None:
    explanation = explain(drawn((PAIR, 0.05), labels=PODS))
    assert [each.label for each in explanation.spreads] == ["zone", "pod"], "not those that the cause names"
    assert spread(explanation, "pod")[:2] == (4, True)
    assert spread(explanation, "zone")[:2] == (3, True)


def test_a_pod_with_more_of_them_stands_out() -> None:
    one = {**PAIR, "pod": "shop-2"}
    explanation = explain(drawn((PAIR, 0.02), (one, 0.03), labels=PODS))
    assert [cause.labels for cause in explanation.selections] == [PAIR]
    assert spread(explanation, "pod") == (4, False, "shop-2")
    (each,) = (each for each in explanation.spreads if each.label == "pod")
    assert each.share > 1.5 * each.traffic_share


def test_the_parts_of_a_pair_and_all_else_are_told_beside_it() -> None:
    table = drawn((PAIR, 0.05))
    explanation = explain(table)
    assert [part.labels for part in explanation.parts] == [{"route": "/pay"}, {"version": "42"}]
    (cause,), rest = explanation.selections, explanation.rest
    assert rest is not None
    assert rest.labels == {}
    assert rest.counts.valid + cause.counts.valid == table.valid.sum()
    assert rest.additional + cause.additional == pytest.approx(explanation.additional)
    for part in explanation.parts:
        assert part.counts.valid > cause.counts.valid
        assert part.additional == pytest.approx(cause.additional, rel=0.1)
    assert explain(drawn(({"route": "/pay"}, 0.05))).parts == ()


def test_without_a_cause_of_each_label_the_value_that_comes_nearest_is_told() -> None:
    explanation = explain(drawn(everywhere=4))
    assert explanation.verdict is Verdict.NO_SINGLE_CAUSE
    assert sorted(label for part in explanation.parts for label in part.labels) == ["route", "version", "zone"]
    assert all(each.is_even for each in explanation.spreads)
    assert explanation.rest is None


def test_what_is_new_has_the_ratio_before_of_what_it_is_like() -> None:
    table = drawn((PAIR, 0.05))
    new = table.codes[table.labels.index("version")] == table.values[table.labels.index("version")].index("42")
    old = replace(
        table, bad_before=np.where(new, 0, table.bad_before), valid_before=np.where(new, 0, table.valid_before)
    )
    (cause,) = explain(old).selections
    assert cause.labels == PAIR
    assert cause.counts.ratio_before is None
    assert cause.like == {"route": "/pay"}
    assert cause.usual_ratio == cause.ratio_like == pytest.approx(0.002, rel=0.5)
    version = explain(old).parts[1]
    assert (version.labels, version.like) == ({"version": "42"}, {}), "all of the service"
    (known,) = explain(table).selections
    assert (known.like, known.usual_ratio) == (None, known.counts.ratio_before)


def test_a_label_of_one_value_is_no_spread() -> None:
    table = drawn((PAIR, 0.05))
    only = Combinations.of(
        ("route", "one"), [("/a", "x"), ("/b", "x")], np.array([[1, 1], [99, 99], [30, 1], [99, 99]])
    )
    assert [each.label for each in explain(only).spreads] == []
    assert [each.label for each in explain(table).spreads] == ["zone"]
