"""Unit tests for the rules of objectives, as `promtool test rules` runs them; what is expected our engine says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.durations import promql_duration
from dashboard.exceptions import SourceError
from dashboard.slo import promql
from dashboard.slo.alerting import ABSENT, BURNING
from dashboard.slo.indicators import Composite, Ratio, Raw
from dashboard.slo.objectives import MINUTE, Method, Slo
from dashboard.slo.policy import LONG_MIN, MIN_FAILURES, SHORT_MIN, Row
from dashboard.slo.queries import Expression, counts_up
from dashboard.slo.recording import DIRECT, interval, series, usable, windows
from dashboard.slo.rehearsal import Stretch, Subject, judged
from dashboard.slo.reports import SloReport
from dashboard.slo.rules import dumped, group
from dashboard.slo.windows import Rolling

# Events of a minute: shares of them that matter are whole numbers.
TRAFFIC = 1_000_000.0
# Recorded sums of long windows go on by so many minutes.
STEP = 5
CALM, OUTAGE, AFTER = 60, 10, 20
# How near a threshold a burn rate comes from both sides.
NEAR = 0.01
HEADER = "# Unit tests written by golden-signals for the rules it wrote: promtool test rules THIS_FILE\n"


@dataclass(frozen=True, slots=True)
class Case:
    """Traffic of an objective, and the minutes at which the rules are looked at."""

    name: str
    stretches: tuple[Stretch, ...]
    minutes: tuple[int, ...]


Batch = dict[Subject, Case]


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
    tests += [_test(batch, every) for batch in _batches(subjects)]
    data = {"rule_files": [rule_file], "evaluation_interval": promql_duration(every), "tests": tests}
    return HEADER + "".join(comments) + dumped(data)


def _said(slo: Slo, expression: Expression) -> bool:
    """There are rules for it."""
    try:
        group(slo, expression)
    except (ValueError, SourceError):
        return False
    return True


# --- traffic ------------------------------------------------------------------------------------------------------


def _batches(subjects: Sequence[Subject]) -> Iterator[Batch]:
    """Cases of the same name and length together, if the traffic of none is counted by another."""
    made: dict[tuple[str, tuple[int, ...]], list[Batch]] = {}
    for subject in subjects:
        for case in _cases(subject):
            alike = made.setdefault((case.name, case.minutes), [])
            batch = next((one for one in alike if not any(subject.meets(other) for other in one)), None)
            if batch is None:
                batch = {}
                alike.append(batch)
            batch[subject] = case
    for alike in made.values():
        yield from alike


def _cases(subject: Subject) -> Iterator[Case]:
    slo = subject.slo
    some = _rounded(slo, CALM / 4)
    yield Case("healthy", (Stretch(some, 0.0, TRAFFIC),), (some,))
    if not slo.row_s:
        yield _outage(subject)
    else:
        yield Case("outage", (Stretch(some, TRAFFIC, TRAFFIC),), (some,))
    if usable(slo) and isinstance(slo.indicator, Ratio) and slo.counted and counts_up(slo.indicator.valid):
        yield from _few(slo, usable(slo)[0].row)
    if _gradual(slo):
        for rule in usable(slo):
            for name, factor in (("below", 1 - NEAR), ("above", 1 + NEAR)):
                called = f"{name} the {rule.row.severity} threshold over {promql_duration(rule.row.long_s)}"
                yield from _steady(subject, called, rule.threshold * factor, rule.row)
        yield from _held(subject)


def _outage(subject: Subject) -> Case:
    """An hour without failures, ten minutes with nothing else and little traffic, and some more without."""
    less, more = TRAFFIC / 4, TRAFFIC * 2
    stretches = (Stretch(CALM, 0.0, TRAFFIC), Stretch(OUTAGE, less, less), Stretch(AFTER, 0.0, more))
    whole = CALM + OUTAGE + AFTER
    # Windows that are summed up every five minutes may learn of it so much later.
    read = (CALM + OUTAGE) * MINUTE / LONG_MIN
    late = any(DIRECT < rule.row.long_s <= read for rule in usable(subject.slo))
    onset = None if late else _onset(subject, stretches)
    exact = (onset - 1, onset) if onset is not None else ()
    return Case("outage", stretches, tuple(sorted({*exact, *range(CALM, whole + 1, STEP)})))


def _onset(subject: Subject, stretches: Sequence[Stretch]) -> int | None:
    """The minute at which the first rule fires; None where none does."""
    for minute in range(CALM + 1, CALM + OUTAGE + 1):
        (report,) = judged({subject: stretches}, minute)
        if any(alert.firing for alert in report.alerts):
            return minute
    return None


def _few(slo: Slo, row: Row) -> Iterator[Case]:
    """A burn rate far above the threshold, from fewer failures than a rule needs, and then from more."""
    wanted = slo.policy.min_failures if slo.policy is not None else MIN_FAILURES
    if wanted < 2:
        return
    first = _minute(slo, row)
    bad = round((wanted - 1) / first, 6)
    share = min(1.0, 2 * row.threshold(slo.window.usual) * slo.budget)
    later = _rounded(slo, first * (wanted + 1) / (wanted - 1))
    # promtool reads nine digits behind the point.
    yield Case("few failures", (Stretch(later, bad, round(bad / share, 6)),), (first, later))


def _gradual(slo: Slo) -> bool:
    """Its error ratio may have any value while traffic stays the same."""
    parts = slo.indicator.parts if isinstance(slo.indicator, Composite) else ()
    every = [part.indicator for part in parts] if parts else [slo.indicator]
    return slo.method is not Method.TIMESLICES and all(isinstance(one, Ratio | Raw) for one in every)


def _steady(subject: Subject, name: str, rate: float, row: Row) -> Iterator[Case]:
    """Burning at a rate, until a row is measured well enough; it is looked at before that, too."""
    slo = subject.slo
    minute, early = _minute(slo, row), _rounded(slo, LONG_MIN * row.long_s / MINUTE) - _unit(slo)
    (whole,) = judged({subject: (Stretch(minute, TRAFFIC, TRAFFIC),)}, minute)
    fullest = next(one.rate for one in whole.burn if one.window_s == row.long_s)
    share = rate / fullest if fullest else 1.0
    if share < 1:
        minutes = (early, minute) if early > 0 else (minute,)
        yield Case(name, (Stretch(minute, float(round(share * TRAFFIC)), TRAFFIC),), minutes)


def _held(subject: Subject) -> Iterator[Case]:
    """So fast that rules of one severity hold back the slower ones of another."""
    every = usable(subject.slo)
    slower = next((rule for rule in every if rule.row.severity != every[0].row.severity), None)
    if slower is not None:
        fastest = max(rule.threshold for rule in every)
        yield from _steady(subject, "several rules at once", fastest * (1 + NEAR), slower.row)


def _minute(slo: Slo, row: Row) -> int:
    """The first minute at which both windows of a rule are measured well enough, and a little more."""
    return _rounded(slo, max(LONG_MIN * row.long_s, SHORT_MIN * row.short_s) / MINUTE + STEP)


def _rounded(slo: Slo, minutes: float) -> int:
    """A time at which slices and sums of five minutes are complete."""
    return int(-(-minutes // _unit(slo))) * _unit(slo)


def _unit(slo: Slo) -> int:
    return max(STEP, interval(slo) // MINUTE)


# --- what is expected ---------------------------------------------------------------------------------------------


def _test(batch: Batch, every: int) -> dict[str, Any]:
    """One test of promtool."""
    fed = {series: course for subject, case in batch.items() for series, course in subject.series(case.stretches)}
    case = next(iter(batch.values()))
    checks = []
    for minute in case.minutes:
        reports = judged({subject: one.stretches for subject, one in batch.items()}, minute)
        for report in reports:
            checks += [{"eval_time": f"{minute}m", **check} for check in _checks(report, minute, every)]
    return {
        "name": case.name,
        "interval": "1m",
        "input_series": [{"series": str(one), "values": str(course)} for one, course in fed.items()],
        "promql_expr_test": checks,
    }


def _checks(report: SloReport, minute: int, every: int) -> Iterator[dict[str, Any]]:
    slo = report.slo
    rates = {one.window_s: one.rate for one in report.burn}
    for window in windows(slo):
        # A longer window goes on every five minutes.
        if window <= DIRECT or minute % STEP == 0:
            yield _near(series(slo, "burn_rate", window=promql_duration(window)), rates[window])
    if isinstance(slo.window, Rolling) and minute % STEP == 0:
        yield _near(series(slo, "budget_remaining"), report.remaining)
    if interval(slo) == every:
        yield _firing(slo, [_labels(slo, alert.rule.row) for alert in report.alerts if alert.firing])


def _near(text: str, value: float | None) -> dict[str, Any]:
    """A number, but for what floating point leaves of another order of the same sums."""
    if value is None:
        return {"expr": text, "exp_samples": []}
    near = max(1.0, abs(value)) * 1e-9
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
    late = max(_rounded(slo, 10) for slo in slos)
    checks = []
    for slo in slos:
        missing = {"alertname": ABSENT, "severity": "ticket", **_named(slo)}
        checks += [{"eval_time": "0m", **_firing(slo, [])}, {"eval_time": f"{late}m", **_firing(slo, [missing])}]
    return {"name": "nothing is measured", "interval": "1m", "input_series": [], "promql_expr_test": checks}
