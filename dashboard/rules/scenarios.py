"""What rules are tested with: traffic of an objective, and the minutes at which its rules are looked at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboard.durations import promql_duration
from dashboard.rules.event_queries import counts_up
from dashboard.rules.recording import interval, usable
from dashboard.rules.synthetic_traffic import Stretch, Subject, judged
from dashboard.slo.indicators import Composite, Ratio, Raw
from dashboard.slo.objective import MINUTE, Method, Slo
from dashboard.slo.policy import LONG_MIN, MIN_FAILURES, SHORT_MIN, Row

# Events of a minute: shares of them that matter are whole numbers.
TRAFFIC = 1_000_000.0
# Recorded sums of long windows go on by so many minutes.
STEP = 5
CALM, OUTAGE, AFTER = 60, 10, 20
# How near a threshold a burn rate comes from both sides.
NEAR = 0.01


@dataclass(frozen=True, slots=True)
class Case:
    """Traffic of an objective, and the minutes at which the rules are looked at."""

    name: str
    stretches: tuple[Stretch, ...]
    minutes: tuple[int, ...]


Batch = dict[Subject, Case]


def batches(subjects: Sequence[Subject]) -> Iterator[Batch]:
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
    some = rounded(slo, CALM / 4)
    yield Case("healthy", (Stretch(some, 0.0, TRAFFIC),), (some,))
    if not slo.row_s:
        yield _outage()
        yield from (_burst(slo, rule.row) for rule in usable(slo)[:1])
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


def _outage() -> Case:
    """An hour without failures, ten minutes with nothing else and little traffic, and some more without."""
    less, more = TRAFFIC / 4, TRAFFIC * 2
    stretches = (Stretch(CALM, 0.0, TRAFFIC), Stretch(OUTAGE, less, less), Stretch(AFTER, 0.0, more))
    begin, end = CALM + 1, CALM + OUTAGE + 1
    whole = range(CALM, CALM + OUTAGE + AFTER + 1, STEP)
    return Case("outage", stretches, tuple(sorted({*whole, *range(begin, begin + STEP), *range(end, end + STEP)})))


def _burst(slo: Slo, row: Row) -> Case:
    """Failures for as long as the short window of a row: above the threshold there, and not in the long one."""
    share = min(1.0, 2 * row.threshold(slo.window.usual) * slo.budget)
    minutes = rounded(slo, row.short_s / MINUTE)
    stretches = (Stretch(CALM, 0.0, TRAFFIC), Stretch(minutes + STEP, float(round(share * TRAFFIC)), TRAFFIC))
    return Case("a burst", stretches, (CALM + minutes,))


def _few(slo: Slo, row: Row) -> Iterator[Case]:
    """A burn rate far above the threshold, from fewer failures than a rule needs, and then from more."""
    wanted = slo.policy.min_failures if slo.policy is not None else MIN_FAILURES
    if wanted < 2:
        return
    first = _minute(slo, row)
    bad = round((wanted - 1) / first, 6)
    share = min(1.0, 2 * row.threshold(slo.window.usual) * slo.budget)
    later = rounded(slo, first * (wanted + 1) / (wanted - 1))
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
    minute, early = _minute(slo, row), rounded(slo, LONG_MIN * row.long_s / MINUTE) - _unit(slo)
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
    return rounded(slo, max(LONG_MIN * row.long_s, SHORT_MIN * row.short_s) / MINUTE + STEP)


def rounded(slo: Slo, minutes: float) -> int:
    """A time at which slices and sums of five minutes are complete."""
    return int(-(-minutes // _unit(slo))) * _unit(slo)


def _unit(slo: Slo) -> int:
    return max(STEP, interval(slo) // MINUTE)
