"""What the formats of other tools have in common: templates in queries, ranges that count, fields without a place."""

import pytest

from dashboard.openslo.converters.definition import (
    NO_PLACE,
    Definition,
    query_with_ranges,
    read_query_text,
    warn_not_converted,
)
from dashboard.openslo.diagnostics import Diagnostics
from dashboard.slo.indicators import Column, Op, Query, Ratio, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import WEEKLY
from dashboard.slo.windows import Rolling
from tests.openslo.nodes import fields_of, node_of, scope_of, value_of, warnings

KEPT = "1: value: has a template that is kept as it is: write out what it stands for"
RATIO = Ratio(Query("x_count"), good=Query('x_bucket{le="0.5"}'))


@pytest.mark.parametrize(
    ("text", "query", "said"),
    [
        ("sum(rate(x[{{.window}}]))", "sum(rate(x[5m]))", []),
        ("sum(rate(x[{{ .window }}]))", "sum(rate(x[5m]))", []),
        ("a[{{.window}}] / b[{{  .window}}]", "a[5m] / b[5m]", []),
        ("sum(x)", "sum(x)", []),
        ("sum(rate(x[{{.range}}]))", "sum(rate(x[{{.range}}]))", [KEPT]),
        ("sum(rate(x[{{.window}}])) * {{.weight}}", "sum(rate(x[5m])) * {{.weight}}", [KEPT]),
        ("sum(rate(x[{.window}]))", "sum(rate(x[{.window}]))", []),
        ("x[{{.Window}}]", "x[{{.Window}}]", [KEPT]),
    ],
)
def test_a_range_takes_the_place_of_the_template_for_one(text: str, query: str, said: list[str]) -> None:
    diagnostics = Diagnostics()
    assert read_query_text(value_of(f"'{text}'"), diagnostics) == query
    assert warnings(diagnostics) == said


@pytest.mark.parametrize(
    ("text", "counter"),
    [
        ("sum(rate(x[5m]))", True),
        ("sum(rate(x[5m])) / sum(rate(y[1h]))", True),
        ("x[1h30m]", True),
        ("sum(x)", False),
        ('sum(x{a=~"[0-9]+"})', False),
        ("sum(x{a=~'[0-9]+'})", False),
        ('x{a="\\"[5m]"}', False),
        ("max_over_time(sum(x)[1h:5m])", False),
        ("sum_over_time(count(x)[5m:])", False),
        ("rate(x[5m]) > bool max_over_time(y[1h:])", False),
        ('rate(x{a="[1h:]"}[5m])', True),
    ],
)
def test_a_query_with_a_range_counts_but_for_one_of_ranges(text: str, counter: bool) -> None:
    assert query_with_ranges(text) == Query(text, counter)


def test_each_field_without_a_place_has_a_warning() -> None:
    scope = scope_of()
    fields = fields_of("{a: 1, b: [], c: x, d: y}", "abcd", scope)
    warn_not_converted(fields, ("a", "c", "e"))
    warn_not_converted(fields, ("d",), "is gone")
    assert warnings(scope) == [f"1: a: {NO_PLACE}", f"1: c: {NO_PLACE}", "1: d: is gone"]


def test_a_definition_becomes_an_slo_with_what_follows_from_it() -> None:
    node = node_of("\n\nx: 1\n")
    assert Definition("shop", "fast", RATIO, 0.99).slo(node) == Slo(
        "shop", "fast", RATIO, 0.99, kind="latency", limit=0.5, origin="slo.yaml:3"
    )


def test_every_field_of_a_definition_is_one_of_the_slo() -> None:
    indicator = Threshold(Column("shop", "age"), Op.LT, 60)
    how = {
        "window": Rolling(604800.0), "method": Method.TIMESLICES, "slice_s": 60, "slice_target": 0.5, "title": "Fresh",
        "description": "New.", "policy": WEEKLY, "labels": {"team": "a"},
    }  # fmt: skip
    slo = Definition("shop", "fresh", indicator, 0.9, **how).slo(node_of("x: 1"))
    assert {name: getattr(slo, name) for name in how} == how
    assert (slo.kind, slo.limit, slo.origin) == ("freshness", 60, "slo.yaml:1")
