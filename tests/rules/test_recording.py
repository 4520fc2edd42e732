"""What is recorded: names, intervals and windows; short windows of counters, long ones of what was recorded before."""

from dataclasses import replace

import promql_parser
import pytest

from dashboard.rules.recording import (
    PREFIX,
    RecordedEvents,
    bad_events,
    burn_rate_windows,
    evaluation_interval,
    recorded_event_names,
    recording_rules,
    series_selector,
    usable_rules,
)
from dashboard.slo.indicators import Op, Query, Ratio, Term, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.slo.policy import Policy, Row
from dashboard.slo.windows import Calendar, Rolling, Unit
from dashboard.timerange import DAY, HOUR

WORKS = Slo("shop", "works", Ratio(Query("all", counter=True), bad=Query("bad", counter=True)), 0.999)
GAUGES = replace(WORKS, indicator=Ratio(Query("seen"), bad=Query("lost")))
SELECTOR = '{slo="works",service="shop"}'


def level(slice_s: int) -> Slo:
    return Slo("shop", "level", Threshold(Query("q"), Op.LTE, 5), 0.99, method=Method.TIMESLICES, slice_s=slice_s)


def expression(term: Term) -> str:
    assert isinstance(term, Query)
    return term.text


def recorded(slo: Slo) -> list[tuple[str, str, str]]:
    """Name, window and query of each rule, in their order."""
    rules = recording_rules(slo, expression)
    assert all(rule["labels"]["slo"] == slo.name and rule["labels"]["service"] == slo.service for rule in rules)
    for rule in rules:
        promql_parser.parse(rule["expr"])
    return [(rule["record"].removeprefix(PREFIX), rule["labels"].get("window", ""), rule["expr"]) for rule in rules]


def query_of(slo: Slo, name: str, window: str = "") -> str:
    (query,) = [query for rule, rule_window, query in recorded(slo) if (rule, rule_window) == (name, window)]
    return query


@pytest.mark.parametrize(
    ("slo", "interval", "names", "step"),
    [
        (WORKS, 60, ("bad:increase5m", "valid:increase5m"), 300),
        (GAUGES, 300, ("bad:increase5m", "valid:increase5m"), 300),
        (level(300), 300, ("bad:increase5m", "valid:increase5m"), 300),
        (level(60), 60, ("bad:slice", "valid:slice"), 60),
        (level(900), 900, ("bad:slice", "valid:slice"), 900),
    ],
    ids=["counters", "gauges", "slices of 5 minutes", "of a minute", "of 15 minutes"],
)
def test_events_are_recorded_once_a_minute_or_once_a_slice(
    slo: Slo, interval: int, names: tuple[str, str], step: int
) -> None:
    events = RecordedEvents.of(slo)
    assert (evaluation_interval(slo), recorded_event_names(slo)) == (interval, names)
    assert (events.interval, events.step) == (interval, step)
    assert (events.bad, events.valid) == tuple(series_selector(slo, name) for name in names)


@pytest.mark.parametrize(
    ("slo", "hour"),
    [
        (WORKS, "sum_over_time(x[3599s:5m])"), (GAUGES, "sum_over_time(x[3599s])"),
        (level(900), "sum_over_time(x[3599s])"),
    ],
    ids=["every fifth sample", "every sample of a gauge", "every slice"],
)  # fmt: skip
def test_each_event_counts_once_in_a_long_window(slo: Slo, hour: str) -> None:
    assert RecordedEvents.of(slo).sum_over("x", HOUR) == hour


@pytest.mark.parametrize(
    ("slo", "seconds", "least", "samples"),
    [
        (WORKS, HOUR, 0.05, 3),
        (WORKS, 300, 0.5, 3),
        (WORKS, 300, 0.05, 1),
        (WORKS, DAY, 0.05, 72),
        (WORKS, 3 * DAY, 0.05, 216),
        (WORKS, 360, 0.5, 3),
        (level(900), 1800, 0.5, 1),
        (level(900), DAY, 0.05, 5),
    ],
)
def test_a_window_is_covered_by_so_many_samples_rounded_up(
    slo: Slo, seconds: float, least: float, samples: int
) -> None:
    events = RecordedEvents.of(slo)
    expected = f"count_over_time({events.valid}[{round(seconds) - 1}s]) >= {samples}"
    assert events.is_covered(seconds, least) == expected


def test_a_series_is_selected_by_its_labels_in_quotes() -> None:
    slo = replace(WORKS, name='it "works"', service="a\\b")
    assert series_selector(slo, "burn_rate", window="1h") == (
        'golden_signals:slo_burn_rate{slo="it \\"works\\"",service="a\\\\b",window="1h"}'
    )


@pytest.mark.parametrize(
    ("slo", "windows"),
    [
        (WORKS, ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]),
        (level(900), ["30m", "1h", "2h", "6h", "1d", "3d"]),
        (level(7200), ["2h", "6h", "1d", "3d"]),
        (replace(WORKS, policy=Policy("none", ())), ["1h"]),
        (replace(WORKS, policy=Policy("one", (Row("page", 0.02, 7200, 600),))), ["10m", "1h", "2h"]),
        (replace(WORKS, window=Rolling(HOUR), policy=Policy("none", ())), []),
        (replace(WORKS, window=Rolling(2.0 * HOUR)), ["5m", "1h"]),
    ],
    ids=["the default", "slices of 15 minutes", "slices of 2 hours", "no rules", "one rule", "an hour", "two hours"],
)
def test_a_burn_rate_is_recorded_of_both_windows_of_each_rule_and_of_an_hour(slo: Slo, windows: list[str]) -> None:
    assert [window for name, window, _ in recorded(slo) if name == "burn_rate"] == windows
    assert len(burn_rate_windows(slo)) == len(windows)


def test_rules_come_the_fastest_first_and_none_looks_at_less_than_a_slice() -> None:
    rows = (Row("ticket", 0.1, 86400, 7200), Row("page", 0.02, 3600, 300), Row("page", 0.05, 21600, 1800))
    counted, sliced = (replace(slo, policy=Policy("own", rows)) for slo in (WORKS, level(900)))
    assert [rule.row.long_s for rule in usable_rules(counted)] == [3600, 21600, 86400]
    assert [rule.row.short_s for rule in usable_rules(sliced)] == [1800, 7200]
    assert [rule.row.short_s for rule in usable_rules(replace(sliced, slice_s=1800))] == [1800, 7200]


def test_each_rule_stands_behind_those_it_reads() -> None:
    known: set[str] = set()
    for name, _, query in recorded(WORKS):
        reads = {word.split("{")[0] for word in query.split(PREFIX)[1:]}
        assert reads <= known, name
        known.add(name)


def test_an_objective_and_its_window_are_recorded() -> None:
    rules = recording_rules(WORKS, expression)
    assert (query_of(WORKS, "objective"), query_of(WORKS, "window_seconds")) == ("vector(0.999)", "vector(2592000)")
    assert rules[0]["labels"] == {"slo": "works", "service": "shop", "kind": "ratio"}


def test_events_of_five_minutes_are_recorded_beside_each_other() -> None:
    valid, bad = "sum(increase(all[5m]))", "sum(increase(bad[5m]))"
    assert query_of(WORKS, "valid:increase5m") == valid
    assert query_of(WORKS, "bad:increase5m") == f"({bad} or 0 * {valid}) and {valid}"
    share = "((sum(q) >= -Inf) > bool 5)"
    assert (query_of(level(60), "valid:slice"), query_of(level(60), "bad:slice")) == (f"{share} >= bool -Inf", share)


@pytest.mark.parametrize(
    ("window", "ratio"),
    [
        (
            "5m",
            f"golden_signals:slo_bad:increase5m{SELECTOR} / (golden_signals:slo_valid:increase5m{SELECTOR} > 0)",
        ),
        (
            "30m",
            "(sum(increase(bad[30m])) or 0 * sum(increase(all[30m]))) / (sum(increase(all[30m])) > 0)",
        ),
        (
            "6h",
            'sum(golden_signals:slo_bad:increase{slo="works",service="shop",window="6h"}) / '
            "(sum(increase(all[6h])) > 0)",
        ),
        (
            "1d",
            f"sum_over_time(golden_signals:slo_bad:increase5m{SELECTOR}[86399s:5m]) / "
            f"(sum_over_time(golden_signals:slo_valid:increase5m{SELECTOR}[86399s:5m]) > 0)",
        ),
    ],
    ids=["as recorded", "of counters", "of counters, with failures of their own", "of what was recorded"],
)
def test_the_error_ratio_of_a_window(window: str, ratio: str) -> None:
    assert query_of(WORKS, "error_ratio", window) == ratio


def test_failures_of_long_windows_are_recorded_where_alerts_need_them() -> None:
    assert [window for name, window, _ in recorded(WORKS) if name == "bad:increase"] == ["1h", "6h"]
    assert [window for name, window, _ in recorded(level(300)) if name == "bad:increase"] == []
    assert bad_events(WORKS, 21600) == 'golden_signals:slo_bad:increase{slo="works",service="shop",window="6h"}'
    assert bad_events(WORKS, 21601).startswith("sum_over_time(golden_signals:slo_bad:increase5m")
    assert bad_events(level(300), 3600).startswith("sum_over_time(golden_signals:slo_bad:increase5m")


@pytest.mark.parametrize(("objective", "budget"), [(0.999, "0.001"), (0.9, "0.1"), (0.99999, "1e-05"), (0.7, "0.3")])
def test_a_burn_rate_is_the_error_ratio_by_the_budget(objective: float, budget: str) -> None:
    slo = replace(WORKS, objective=objective)
    ratio = 'golden_signals:slo_error_ratio{slo="works",service="shop",window="1h"}'
    assert query_of(slo, "burn_rate", "1h") == f"{ratio} / {budget}"


@pytest.mark.parametrize(("days", "window"), [(30, "30d"), (28, "28d"), (7, "7d")])
def test_the_budget_that_remains_is_that_of_the_whole_window(days: int, window: str) -> None:
    slo = replace(WORKS, window=Rolling(days * float(DAY)))
    ratio = f'golden_signals:slo_error_ratio{{slo="works",service="shop",window="{window}"}}'
    assert query_of(slo, "budget_remaining", window) == f"1 - {ratio} / 0.001"
    assert f"[{days * DAY - 1}s:5m]" in query_of(slo, "error_ratio", window)


def test_a_period_of_the_calendar_has_no_budget() -> None:
    names = {name for name, _, _ in recorded(replace(WORKS, window=Calendar(Unit.MONTH)))}
    assert "budget_remaining" not in names
    assert {"error_ratio", "burn_rate", "objective"} <= names
