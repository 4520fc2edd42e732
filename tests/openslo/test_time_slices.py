"""Slices divide an hour or a day, and have a target only where they are good or bad; the rest gets a warning."""

import pytest

from dashboard.openslo.time_slices import (
    METHODS,
    Slices,
    check_slice,
    is_sampled,
    read_method,
    read_slice_target,
    read_slices,
)
from dashboard.slo.indicators import Column, Op, Query, Ratio, Raw, Simple, Threshold
from dashboard.slo.objective import Method
from tests.openslo.nodes import fields_of, node_of, rejection, scope_of, value_of, warnings

KNOWN = ("timeSliceTarget", "timeSliceWindow", "target")
COUNTED = Ratio(Query("all", counter=True), good=Query("ok", counter=True))
GAUGES = Ratio(Query("all"), good=Query("ok"))
LEVEL = Threshold(Query("queue"), Op.LTE, 100)
RAW = Raw(Query("ratio"))
ALL_SLICES = "write 1m, 5m, 10m, 15m, 30m or 1h"


def read(
    text: str,
    method: Method,
    indicator: Simple = COUNTED,
    *,
    annotation: str = "",
    is_v1: bool = True,
    in_composite: bool = False,
) -> tuple[Slices, list[str]]:
    """The slices of an objective, and its warnings."""
    scope = scope_of(is_v1=is_v1)
    annotations = {"slice": value_of(annotation)} if annotation else {}
    fields = fields_of(text, KNOWN, scope)
    slices = read_slices(fields, annotations, method, indicator, scope, in_composite=in_composite)
    return slices, warnings(scope)


@pytest.mark.parametrize(
    ("text", "method", "said"),
    [
        ("Occurrences", Method.OCCURRENCES, ""),
        ("Timeslices", Method.TIMESLICES, ""),
        ("RatioTimeslices", Method.RATIO_TIMESLICES, ""),
        ("occurrences", Method.OCCURRENCES, "is read as Occurrences: write that"),
        ("TimeSlices", Method.TIMESLICES, "is read as Timeslices: write that"),
        ("time slices", Method.TIMESLICES, "is read as Timeslices: write that"),
        ("time-slices", Method.TIMESLICES, "is read as Timeslices: write that"),
        ("ratio-timeslices", Method.RATIO_TIMESLICES, "is read as RatioTimeslices: write that"),
        ("Ratio Timeslices", Method.RATIO_TIMESLICES, "is read as RatioTimeslices: write that"),
    ],
)
def test_a_budgeting_method_in_any_spelling(text: str, method: Method, said: str) -> None:
    scope = scope_of()
    assert read_method(fields_of(f"budgetingMethod: {text}", ("budgetingMethod",), scope), scope) is method
    assert warnings(scope) == ([f"1: budgetingMethod: {said}"] if said else [])


def test_without_a_method_events_are_counted() -> None:
    scope = scope_of()
    assert read_method(fields_of("x: 1", ("x", "budgetingMethod"), scope), scope) is Method.OCCURRENCES
    assert warnings(scope) == ["1: budgetingMethod: missing: read as Occurrences, write that"]
    assert set(METHODS.values()) == set(Method)


def test_a_method_that_is_not_known_is_refused() -> None:
    scope = scope_of()
    fields = fields_of("budgetingMethod: Ocurrences", ("budgetingMethod",), scope)
    assert rejection(lambda: read_method(fields, scope)) == (
        "1: budgetingMethod: 'Ocurrences' is not known; did you mean Occurrences?"
    )


@pytest.mark.parametrize(
    ("text", "method", "indicator", "slices"),
    [
        ("target: 0.9", Method.OCCURRENCES, COUNTED, Slices()),
        ("target: 0.9", Method.OCCURRENCES, GAUGES, Slices()),
        ("timeSliceWindow: 5m", Method.OCCURRENCES, GAUGES, Slices(300)),
        ("timeSliceWindow: 1m", Method.OCCURRENCES, LEVEL, Slices(60)),
        ("{timeSliceWindow: 5m, timeSliceTarget: 0.95}", Method.TIMESLICES, COUNTED, Slices(300, 0.95)),
        ("{timeSliceWindow: 5m, timeSliceTarget: 1}", Method.TIMESLICES, RAW, Slices(300, 1.0)),
        ("timeSliceWindow: 5m", Method.TIMESLICES, LEVEL, Slices(300)),
        ("{timeSliceWindow: 5m, timeSliceTarget: 1}", Method.TIMESLICES, LEVEL, Slices(300)),
        ("timeSliceWindow: 1h", Method.RATIO_TIMESLICES, COUNTED, Slices(3600)),
        ("timeSliceWindow: 15", Method.RATIO_TIMESLICES, COUNTED, Slices(900)),
        ("timeSliceWindow: 0.5", Method.RATIO_TIMESLICES, COUNTED, Slices(30)),
    ],
)
def test_slices_without_a_warning(text: str, method: Method, indicator: Simple, slices: Slices) -> None:
    assert read(text, method, indicator) == (slices, [])


@pytest.mark.parametrize(
    ("text", "method", "indicator", "slices", "said"),
    [
        (
            "timeSliceTarget: 0.9", Method.OCCURRENCES, COUNTED, Slices(),
            "timeSliceTarget: is ignored: Occurrences has no good or bad slices; remove it",
        ),
        (
            "{timeSliceWindow: 1m, timeSliceTarget: 0.9}", Method.RATIO_TIMESLICES, COUNTED, Slices(60),
            "timeSliceTarget: is ignored: RatioTimeslices has no good or bad slices; remove it",
        ),
        (
            "timeSliceWindow: 5m", Method.OCCURRENCES, COUNTED, Slices(),
            "timeSliceWindow: is ignored: Occurrences counts events; remove it",
        ),
        (
            "timeSliceWindow: 5m", Method.TIMESLICES, COUNTED, Slices(300),
            "timeSliceTarget: missing: a slice is read as good where its share of good events is the target, write "
            "that",
        ),
        (
            "{timeSliceWindow: 5m, timeSliceTarget: 0.9}", Method.TIMESLICES, LEVEL, Slices(300),
            "timeSliceTarget: is ignored: a slice has one value here, which is good or bad; write 1",
        ),
        (
            "{timeSliceWindow: 5m, timeSliceTarget: 95%}", Method.TIMESLICES, COUNTED, Slices(300, 0.95),
            "timeSliceTarget: is read as 0.95: write that",
        ),
        (
            "{timeSliceWindow: 5m, timeSliceTarget: '0.5'}", Method.TIMESLICES, COUNTED, Slices(300, 0.5),
            "timeSliceTarget: is read as 0.5: write that",
        ),
        (
            "timeSliceWindow: 30s", Method.RATIO_TIMESLICES, COUNTED, Slices(30),
            "timeSliceWindow: '30s' is read as 30s: OpenSLO has no seconds, and other tools refuse them",
        ),
    ],
)  # fmt: skip
def test_slices_with_a_warning(text: str, method: Method, indicator: Simple, slices: Slices, said: str) -> None:
    assert read(text, method, indicator) == (slices, [f"1: {said}"])


def test_in_a_composite_the_parts_that_are_counted_have_slices_too() -> None:
    assert read("timeSliceWindow: 5m", Method.OCCURRENCES, in_composite=True) == (Slices(300), [])
    assert read("target: 0.9", Method.OCCURRENCES, in_composite=True) == (Slices(), [])


def test_earlier_versions_have_slices_of_a_minute() -> None:
    slices, said = read("timeSliceTarget: 0.9", Method.TIMESLICES, is_v1=False)
    assert slices == Slices(60, 0.9)
    assert said == ["1: timeSliceWindow: missing: read as slices of a minute, write 1m"]


@pytest.mark.parametrize("method", [Method.TIMESLICES, Method.RATIO_TIMESLICES])
def test_slices_need_their_length(method: Method) -> None:
    said = rejection(lambda: read("timeSliceTarget: 0.9", method))
    assert said == f"1: timeSliceWindow: missing: {method} needs the length of its slices, such as 5m"


def test_an_annotation_may_have_another_length() -> None:
    assert read("timeSliceWindow: 1m", Method.RATIO_TIMESLICES, annotation="20s") == (Slices(20), [])
    said = rejection(lambda: read("timeSliceWindow: 1m", Method.RATIO_TIMESLICES, annotation="7s"))
    assert said == f"1: value: slices of 7s divide neither an hour nor a day: {ALL_SLICES}"


@pytest.mark.parametrize("seconds", [1, 15, 60, 300, 1800, 3600, 7200, 10800, 14400, 21600, 28800, 43200, 86400])
def test_a_whole_number_of_slices_makes_an_hour_or_a_day(seconds: float) -> None:
    assert check_slice(value_of("x"), seconds) == seconds


@pytest.mark.parametrize(
    ("seconds", "length"),
    [
        (7, "7s"), (420, "7m"), (5400, "90m"), (18000, "5h"), (172800, "2d"), (0.5, "0.5s"), (2.5, "2.5s"),
        (25200, "7h"), (86399, "86399s"),
    ],
)  # fmt: skip
def test_other_slices_are_refused(seconds: float, length: str) -> None:
    said = rejection(lambda: check_slice(value_of("x"), seconds))
    assert said == f"1: value: slices of {length} divide neither an hour nor a day: {ALL_SLICES}"


@pytest.mark.parametrize("text", ["0", "-0.5", "95", "101%", "most", "1.0001", "9" * 400])
def test_what_is_no_share_of_a_slice_is_refused(text: str) -> None:
    fields = fields_of(f"timeSliceTarget: {text}", KNOWN, scope_of())
    said = rejection(lambda: read_slice_target(fields, COUNTED, scope_of()))
    shown = text if len(text) <= 60 else f"{text[:60]}…"
    expected = "is not a share of a slice: write a number above 0 and at most 1, such as 0.95"
    assert said == f"1: timeSliceTarget: '{shown}' {expected}"


@pytest.mark.parametrize(
    ("indicator", "sampled"),
    [
        (COUNTED, False),
        (Ratio(Column("a", "requests"), bad=Column("a", "errors", "server")), False),
        (GAUGES, True),
        (Ratio(Query("all", counter=True), bad=Query("bad")), True),
        (LEVEL, True),
        (RAW, True),
        (Raw(Query("x", counter=True)), True),
    ],
    ids=["counters", "columns", "gauges", "a gauge beside a counter", "a threshold", "a raw ratio", "a raw counter"],
)
def test_only_counts_can_be_added_up(indicator: Simple, sampled: bool) -> None:
    assert is_sampled(indicator) is sampled


def test_a_map_is_no_length_of_slices() -> None:
    said = rejection(lambda: read("timeSliceWindow: {a: 1}", Method.TIMESLICES))
    assert said == "1: timeSliceWindow: is a map: expected a text"
    assert node_of("timeSliceWindow: {a: 1}").fields["timeSliceWindow"].form == "a map"
