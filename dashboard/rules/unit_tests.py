"""Unit tests for the rules of SLOs, for `promtool test rules`; the engine computes the expected results.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from dashboard import promql
from dashboard.durations import promql_duration
from dashboard.exceptions import SourceError
from dashboard.rules.alerting import ABSENT, BURNING
from dashboard.rules.event_queries import Expression
from dashboard.rules.recording import DIRECT_MAX, burn_rate_windows, evaluation_interval, series_selector
from dashboard.rules.rule_files import rule_group, rule_groups, to_yaml
from dashboard.rules.scenarios import STEP, Batch, batches, round_up
from dashboard.rules.synthetic_traffic import SyntheticSlo, engine_reports
from dashboard.slo.objective import MINUTE, Slo
from dashboard.slo.policy import Row
from dashboard.slo.report import SloReport
from dashboard.slo.windows import Rolling

# Tolerances: for rounding errors of sums in another order, and for Prometheus' extrapolation.
EXACT, LOOSE = 1e-9, 0.1
# Minimum window in seconds to compare while traffic changes: extrapolation is less than `LOOSE` of it.
SETTLED = 1800
HEADER = "# Unit tests written by golden-signals for the rules it wrote: promtool test rules THIS_FILE\n"


def write_rule_tests(slos: Sequence[Slo], expression: Expression, *, rule_file: str = "rules.yaml") -> str:
    """A test file for the rules of these SLOs.

    It covers healthy traffic, an outage, too few failures, burn rates just above and below each threshold, and no
    traffic. An SLO whose queries do more than sum series is only named in a comment. promtool evaluates all rules in
    one interval, the shortest: burn alerts that count evaluations in a longer one are not tested. SLOs with slices
    should have a separate file for each slice length.

    Args:
        slos: those without rules are omitted.
        expression: returns the PromQL of a term without a range, as for the rules.
        rule_file: path of the rules: next to the test file, or absolute.
    """
    with_rules = [slo for slo in slos if _has_rules(slo, expression)]
    synthetic, comments = _synthetic_slos(with_rules, expression)
    interval = min(map(evaluation_interval, with_rules), default=MINUTE)
    tests = [_silence_test(with_rules)] if with_rules else []
    tests += [_batch_test(batch, interval) for batch in batches(synthetic)]
    # In order, since some rules read what others have just recorded.
    order = [group["name"] for _, groups, _ in rule_groups(slos, expression) for group in groups]
    data = {
        "rule_files": [rule_file],
        "evaluation_interval": promql_duration(interval),
        "group_eval_order": order,
        "tests": tests,
    }
    return HEADER + comments + to_yaml(data)


def _synthetic_slos(slos: Sequence[Slo], expression: Expression) -> tuple[list[SyntheticSlo], str]:
    """The SLOs for which traffic can be generated, and a comment on each other one."""
    synthetic, comments = [], []
    for slo in slos:
        try:
            synthetic.append(SyntheticSlo.of(slo, expression))
        except (ValueError, SourceError) as error:
            comments.append(f"# {slo.name} is not tested: {' '.join(str(error).split())}\n")
    return synthetic, "".join(comments)


def _has_rules(slo: Slo, expression: Expression) -> bool:
    try:
        rule_group(slo, expression)
    except (ValueError, SourceError):
        return False
    return True


def _batch_test(batch: Batch, interval: int) -> dict[str, Any]:
    """One promtool test; rules are evaluated every `interval` seconds."""
    values = {name: course for slo, scenario in batch.items() for name, course in slo.series(scenario.phases)}
    scenario = next(iter(batch.values()))
    # Minutes that are compared are next to each other around a change, and each needs those beside it.
    reports = cache(partial(_reports, batch))
    return {
        "name": scenario.name,
        "interval": "1m",
        "input_series": [{"series": str(series), "values": str(course)} for series, course in values.items()],
        "promql_expr_test": [
            check
            for minute in scenario.minutes
            for check in _checks_at(reports, minute, interval, changing=len(scenario.phases) > 1)
        ],
    }


def _checks_at(
    reports_at: Callable[[int], tuple[SloReport, ...]], minute: int, interval: int, *, changing: bool
) -> Iterator[dict[str, Any]]:
    """The expected results of all SLOs of a batch at a minute.

    Args:
        reports_at: returns what the engine says at a minute. `minute`: which one. `interval`: of the rules, seconds.
        changing: the traffic changes.
    """
    reports = reports_at(minute)
    # Alerts may come a minute early or late while traffic changes, so only compare them if that does not matter.
    around = [reports_at(minute - 1), reports, reports_at(minute + 1)] if changing else [reports]
    for place, report in enumerate(reports):
        stable = all(_firing_rows(moment[place]) == _firing_rows(report) for moment in around)
        alerts = evaluation_interval(report.slo) == interval and stable
        for check in _slo_checks(report, minute, alerts=alerts, changing=changing):
            yield {"eval_time": f"{minute}m", **check}


def _reports(batch: Batch, minute: int) -> tuple[SloReport, ...]:
    return engine_reports({slo: scenario.phases for slo, scenario in batch.items()}, minute)


def _firing_rows(report: SloReport) -> list[Row]:
    return [alert.rule.row for alert in report.alerts if alert.firing]


def _slo_checks(report: SloReport, minute: int, *, alerts: bool, changing: bool) -> Iterator[dict[str, Any]]:
    """The expected results of an SLO at a minute.

    Prometheus 3 uses one sample less of a window than Prometheus 2, and extrapolates the rest. While traffic changes,
    short windows are not compared, and longer ones have a tolerance of a tenth.
    """
    slo, tolerance = report.slo, LOOSE if changing else EXACT
    rates = {burn.window_s: burn.rate for burn in report.burn}
    for window in _compared_windows(slo, minute, changing=changing):
        selector = series_selector(slo, "burn_rate", window=promql_duration(window))
        yield _value_check(selector, rates[window], tolerance)
    if isinstance(slo.window, Rolling) and minute % STEP == 0:
        yield _value_check(series_selector(slo, "budget_remaining"), report.remaining, tolerance)
    if alerts:
        yield _alert_check(slo, [_alert_labels(slo, row) for row in _firing_rows(report)])


def _compared_windows(slo: Slo, minute: int, *, changing: bool) -> Iterator[float]:
    """Seconds of the windows whose burn rate is compared at a minute."""
    for window in burn_rate_windows(slo):
        # The sum of a longer window is updated every five minutes.
        is_current = window <= DIRECT_MAX or minute % STEP == 0
        if is_current and (window >= SETTLED or not changing):
            yield window


def _value_check(query: str, value: float | None, tolerance: float) -> dict[str, Any]:
    """The check of a value, with a relative tolerance (absolute below 1); None for no sample."""
    if value is None:
        return {"expr": query, "exp_samples": []}
    # promtool compares exactly, so the tolerance is part of the query.
    margin = max(1.0, abs(value)) * tolerance
    return {"expr": f"sum(abs({query} - {value!r}) < bool {margin!r})", "exp_samples": [{"labels": "{}", "value": 1}]}


def _alert_labels(slo: Slo, row: Row) -> dict[str, str]:
    long, short = promql_duration(row.long_s), promql_duration(row.short_s)
    return {"alertname": BURNING, "long": long, "severity": row.severity, "short": short, **_slo_labels(slo)}


def _slo_labels(slo: Slo) -> dict[str, str]:
    return {"service": slo.service, "slo": slo.name}


def _alert_check(slo: Slo, expected: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The check that exactly these alerts of an SLO fire, by their labels."""
    samples = [{"labels": _alerts_series(labels), "value": 1} for labels in expected]
    return {"expr": _alerts_series(_slo_labels(slo)), "exp_samples": samples}


def _alerts_series(labels: Mapping[str, str]) -> str:
    matchers = ",".join(f"{label}={promql.quoted(text)}" for label, text in labels.items())
    return f'ALERTS{{alertstate="firing",{matchers}}}'


def _silence_test(slos: Sequence[Slo]) -> dict[str, Any]:
    """A test without any series: after ten minutes, only missing data are reported."""
    # The alert itself waits for ten minutes, and all SLOs share the test.
    late = max(round_up(slo, 10) for slo in slos)
    checks = []
    for slo in slos:
        absent = {"alertname": ABSENT, "severity": "ticket", **_slo_labels(slo)}
        checks += [
            {"eval_time": "0m", **_alert_check(slo, [])},
            {"eval_time": f"{late}m", **_alert_check(slo, [absent])},
        ]
    return {"name": "nothing is measured", "interval": "1m", "input_series": [], "promql_expr_test": checks}
