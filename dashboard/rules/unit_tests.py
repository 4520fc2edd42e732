"""Unit tests for the rules of objectives, as `promtool test rules` runs them; what is expected our engine says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboard import promql
from dashboard.durations import promql_duration
from dashboard.exceptions import SourceError
from dashboard.rules.alerting import ABSENT, BURNING
from dashboard.rules.event_queries import Expression
from dashboard.rules.recording import DIRECT, interval, series, windows
from dashboard.rules.rule_files import dumped, group
from dashboard.rules.scenarios import STEP, Batch, batches, rounded
from dashboard.rules.synthetic_traffic import Subject, judged
from dashboard.slo.objective import MINUTE, Slo
from dashboard.slo.policy import Row
from dashboard.slo.report import SloReport
from dashboard.slo.windows import Rolling

# What floating point leaves of another order of the same sums, and what Prometheus guesses beyond its samples.
EXACT, LOOSE = 1e-9, 0.1
SETTLED = 1800
HEADER = "# Unit tests written by golden-signals for the rules it wrote: promtool test rules THIS_FILE\n"


# It is no test, but writes some.
def tests_for(slos: Sequence[Slo], expression: Expression, *, rule_file: str = "rules.yaml") -> str:  # noqa: PT028
    """A test file for the rules of these objectives, which lie in `rule_file`, beside it or by an absolute path.

    Healthy traffic, an outage, too few failures, burn rates just above and below each threshold, and no traffic. An
    objective whose queries do more than to add up series is only named in a comment. promtool evaluates all rules in
    one interval, the shortest: burn alerts that count evaluations in a longer one are not looked at. Objectives with
    slices had better get a file for each length of them.
    """
    written = [slo for slo in slos if _said(slo, expression)]
    subjects, comments = [], []
    for slo in written:
        try:
            subjects.append(Subject.of(slo, expression))
        except (ValueError, SourceError) as error:
            comments.append(f"# {slo.name} is not tested: {' '.join(str(error).split())}\n")
    every = min((interval(slo) for slo in written), default=MINUTE)
    tests = [_silence(written)] if written else []
    tests += [_test(batch, every) for batch in batches(subjects)]
    data = {"rule_files": [rule_file], "evaluation_interval": promql_duration(every), "tests": tests}
    return HEADER + "".join(comments) + dumped(data)


def _said(slo: Slo, expression: Expression) -> bool:
    """There are rules for it."""
    try:
        group(slo, expression)
    except (ValueError, SourceError):
        return False
    return True


def _test(batch: Batch, every: int) -> dict[str, Any]:
    """One test of promtool."""
    fed = {series: course for subject, case in batch.items() for series, course in subject.series(case.stretches)}
    case = next(iter(batch.values()))
    changing = len(case.stretches) > 1
    checks = []
    for minute in case.minutes:
        before, now, after = (_judged(batch, minute + by) if changing or not by else None for by in (-1, 0, 1))
        for place, report in enumerate(now or ()):
            beside = [_fired(some[place]) for some in (before, after) if some is not None]
            alerts = interval(report.slo) == every and all(some == _fired(report) for some in beside)
            told = _checks(report, minute, alerts=alerts, changing=changing)
            checks += [{"eval_time": f"{minute}m", **check} for check in told]
    return {
        "name": case.name,
        "interval": "1m",
        "input_series": [{"series": str(one), "values": str(course)} for one, course in fed.items()],
        "promql_expr_test": checks,
    }


def _judged(batch: Batch, minute: int) -> tuple[SloReport, ...]:
    return judged({subject: case.stretches for subject, case in batch.items()}, minute)


def _fired(report: SloReport) -> list[Row]:
    return [alert.rule.row for alert in report.alerts if alert.firing]


def _checks(report: SloReport, minute: int, *, alerts: bool, changing: bool) -> Iterator[dict[str, Any]]:
    """What is expected of an objective at a minute.

    Prometheus 3 sees one sample less of a window than Prometheus 2, and takes what is missing to be alike. While
    traffic changes, short windows are not looked at, of others a tenth is left for it, and alerts have a minute.
    """
    slo = report.slo
    rates = {one.window_s: one.rate for one in report.burn}
    for window in windows(slo):
        # A longer window goes on every five minutes.
        if (window <= DIRECT or minute % STEP == 0) and (window >= SETTLED or not changing):
            name = promql_duration(window)
            yield _near(series(slo, "burn_rate", window=name), rates[window], LOOSE if changing else EXACT)
    if isinstance(slo.window, Rolling) and minute % STEP == 0:
        yield _near(series(slo, "budget_remaining"), report.remaining, LOOSE if changing else EXACT)
    if alerts:
        yield _firing(slo, [_labels(slo, row) for row in _fired(report)])


def _near(text: str, value: float | None, share: float) -> dict[str, Any]:
    """A number, but for a share of it."""
    if value is None:
        return {"expr": text, "exp_samples": []}
    near = max(1.0, abs(value)) * share
    return {"expr": f"sum(abs({text} - {value!r}) < bool {near!r})", "exp_samples": [{"labels": "{}", "value": 1}]}


def _labels(slo: Slo, row: Row) -> dict[str, str]:
    long, short = promql_duration(row.long_s), promql_duration(row.short_s)
    return {"alertname": BURNING, "long": long, "severity": row.severity, "short": short, **_named(slo)}


def _named(slo: Slo) -> dict[str, str]:
    return {"service": slo.service, "slo": slo.name}


def _firing(slo: Slo, wanted: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """All alerts of an objective, and no others."""
    which = ",".join(f"{label}={promql.quoted(text)}" for label, text in _named(slo).items())
    samples = [
        {
            "labels": f'ALERTS{{alertstate="firing",{",".join(f"{k}={promql.quoted(v)}" for k, v in one.items())}}}',
            "value": 1,
        }
        for one in wanted
    ]
    return {"expr": f'ALERTS{{alertstate="firing",{which}}}', "exp_samples": samples}


def _silence(slos: Sequence[Slo]) -> dict[str, Any]:
    """Without any series."""
    late = max(rounded(slo, 10) for slo in slos)
    checks = []
    for slo in slos:
        missing = {"alertname": ABSENT, "severity": "ticket", **_named(slo)}
        checks += [{"eval_time": "0m", **_firing(slo, [])}, {"eval_time": f"{late}m", **_firing(slo, [missing])}]
    return {"name": "nothing is measured", "interval": "1m", "input_series": [], "promql_expr_test": checks}
