"""Objectives of a review: their hours, back to those that nobody had read yet, and the budgets of their windows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.engine.gate.gate_standings import standing_of, subject_of
from dashboard.engine.past.past_hours import ObjectiveHours, PastHours
from dashboard.engine.reviews.older_hours import OlderHours, Wanted
from dashboard.engine.reviews.review_counts import counts_of
from dashboard.engine.snapshot import Snapshot
from dashboard.gate.policy import PolicyException
from dashboard.gate.standing import Standing
from dashboard.review.facts import ObjectiveFacts
from dashboard.review.making import BEFORE, RECENT
from dashboard.review.period import Period
from dashboard.slo.budget import remaining
from dashboard.slo.evaluation import STALE
from dashboard.slo.event_requests import hours_of
from dashboard.slo.event_rows import BAD, VALID, Rows
from dashboard.slo.exclusions import ExcludedTime
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport
from dashboard.timerange import DAY, HOUR

# An incident at the end of a period is over this many seconds later, or continues.
AFTER_S = 2 * DAY


@dataclass(frozen=True, slots=True, eq=False)
class PeriodHours:
    """Hours of all objectives of a snapshot, in its order, from long before a period until after its end.

    Attributes:
        hours: of each. `rows_s`: seconds of the rows that each is counted by.
        is_whole: nothing is left to be asked for.
        edges: epoch seconds at which periods begin and end → events of the hour that is cut until then, by place.
    """

    hours: Sequence[ObjectiveHours]
    rows_s: Sequence[int]
    is_whole: bool = True
    edges: Mapping[float, Mapping[int, np.ndarray]] = field(default_factory=dict)


def period_hours(
    snapshot: Snapshot, past_hours: PastHours, older: OlderHours, rows_s: Sequence[int], period: Period, at: float,
    *, timeout_s: float, oldest: float | None,
) -> PeriodHours:  # fmt: skip
    """What is known of hours around a period; takes as long as the source takes.

    Args:
        snapshot: has the objectives. `past_hours`: what is held of them. `older`: asks the source for what is not.
        rows_s: seconds of the rows of the ledger's objectives.
        period: which. `at`: epoch seconds until which events are known.
        timeout_s: seconds after which periods before it are left for the next time.
        oldest: epoch seconds before which the source holds nothing; None if nobody knows.
    """
    slos, ledger, until = [report.slo for report in snapshot.slos], snapshot.ledger, min(at, period.end)
    start = min([period.earlier(BEFORE)[0].start, until - RECENT, *(_window_start(slo, until) for slo in slos)])
    every = past_hours.hours_of(slos, start - HOUR, max(min(at, period.end + AFTER_S), start))
    # A file of objectives may have changed since the snapshot.
    known = dict(zip((slo.counting_key for slo in ledger.slos), rows_s, strict=False))
    steps = [known.get(slo.counting_key, HOUR) for slo in slos]
    wanted = Wanted(ledger.hours.end, period.start, timeout_s, oldest)
    whole, is_whole = older.completed(every, steps, ledger.exclusions, wanted)
    moments = sorted({each.start for each in (*period.earlier(BEFORE), period)} | {period.end})
    # In zones whose days do not begin with an hour of UTC each of them cuts one; of years ago nothing is known.
    begin = min((hours.begin for hours in whole if hours.begin is not None), default=math.inf)
    edges = {
        moment: older.before(moment, slos, steps, ledger.exclusions) if moment % HOUR and begin < moment < at else {}
        for moment in moments
    }
    return PeriodHours(whole, steps, is_whole, edges)


def objective_facts(snapshot: Snapshot, known: PeriodHours, period: Period, at: float) -> list[ObjectiveFacts]:
    """What was counted of each objective, in the order of the snapshot.

    Args:
        snapshot: the newest one. `known`: hours of its objectives.
        period: which. `at`: epoch seconds until which events are known.
    """
    longest = max((hours_of(report.slo) for report in snapshot.slos), default=2)
    return [
        ObjectiveFacts(
            slo=report.slo,
            counts=counts_of(hours, {moment: parts.get(place) for moment, parts in known.edges.items()}, at),
            window_remaining=_remaining(report, hours, min(at, period.end), longest, snapshot),
            begin=hours.begin,
            policy=_standing(snapshot, report, period, at),
            exceptions=_exceptions(snapshot, report, period),
        )
        for place, (report, hours) in enumerate(zip(snapshot.slos, known.hours, strict=True))
    ]


def _standing(snapshot: Snapshot, report: SloReport, period: Period, at: float) -> Standing | None:
    """How an objective stood under the policy at the end of a period, or now; None if that is long ago.

    Args:
        snapshot: the newest one. `report`: of one of its objectives.
        period: which. `at`: epoch seconds until which events are known.
    """
    is_then = abs(snapshot.at - min(at, period.end)) < STALE
    return standing_of(snapshot, report, snapshot.at) if is_then else None


def _exceptions(snapshot: Snapshot, report: SloReport, period: Period) -> tuple[PolicyException, ...]:
    """Exceptions from the policy for an objective that held at any moment of a period.

    Args:
        snapshot: has the policy. `report`: of one of its objectives. `period`: which.
    """
    if not snapshot.policy.exceptions:
        return ()
    known = snapshot.policy.exceptions_of(subject_of(report, snapshot.by_name.get(report.slo.service)))
    return tuple(each for each in known if each.begins < period.end and each.until > period.start)


def _window_start(slo: Slo, until: float) -> float:
    """Epoch seconds at which an objective's window begins that ends at a moment, or holds it."""
    start, _ = slo.window.bounds(until)
    # A period of the calendar that begins then is another one: the budget is that of the one which has ended.
    return slo.window.bounds(until - 1)[0] if slo.window.is_period and start == until else start


def _remaining(
    report: SloReport, hours: ObjectiveHours, until: float, longest: int, snapshot: Snapshot
) -> float | None:  # fmt: skip
    """The budget of an objective's own window that was left at a moment, as `status --at` has it; None without any.

    Args:
        report: of now. `hours`: of its past. `until`: epoch seconds of the moment.
        longest: this many hours the ledger holds: sums over as many are the same to the last digit.
        snapshot: has the maintenance.
    """
    slo = report.slo
    start = _window_start(slo, until)
    # What a ledger does not hold any more may have been kept.
    if start == report.start and 0 <= report.at - until < STALE and report.remaining is not None:
        return report.remaining
    sums = _sums(hours, start, until, longest)
    bad, valid = float(sums[BAD]), float(sums[VALID])
    if valid <= 0:
        return None
    budgeted = valid
    if slo.window.is_period and slo.method is Method.TIMESLICES:
        end = slo.window.bounds(until - 1)[1]
        excluded = ExcludedTime.of(slo, snapshot.ledger.exclusions)
        budgeted = (end - start - excluded.seconds(start, end)) / slo.row_s
    return remaining(bad, budgeted, slo.budget)


def _sums(hours: ObjectiveHours, start: float, until: float, longest: int) -> np.ndarray:
    """Bad events, valid events and seconds of a window, added up as a ledger does it."""
    last = int(until // HOUR) * HOUR
    inside = hours.rows.ends <= last
    rows = Rows(hours.rows.first, HOUR, hours.rows.values[inside][-longest:])
    held = Rows(last - (len(rows.values) - 1) * HOUR, HOUR, rows.values)
    whole: np.ndarray = held.sums(np.array([start]), np.array([float(last)]))[0]
    if until > last:
        whole = whole + hours.rows.sums(np.array([float(last)]), np.array([until]))[0]
    return whole
