"""The impact of a burst: events, seconds and budget, from the counts of its steps."""

import numpy as np

from dashboard.incidents.bursts import Burst
from dashboard.incidents.incident import Impact, StepCounts
from dashboard.incidents.steps import PER_HOUR, STEP, Steps
from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.report import SloReport
from dashboard.timerange import DAY, HOUR

# Longer incidents are stored by the hour.
FINE_MAX = DAY
# To say what was left of the budget of a past window, at least this share of it must be known.
KNOWN_MIN = 0.9


def impact(steps: Steps, burst: Burst, *, budget_events: float | None, left: float | None) -> Impact:
    """The impact of one burst on its objective.

    Args:
        steps: of the objective. `burst`: one of its bursts.
        budget_events: bad events that the whole window allows; None if unknown.
        left: remaining share of the budget at the end, or now, signed; None if unknown.
    """
    slo = steps.slo
    # What came since it is quiet would only thin it out, and does not count once it is over.
    begin, end = steps.place(burst.start), steps.place(burst.end or burst.quiet_since or steps.at)
    counts = steps.counts[begin:end]
    bad, valid = float(counts[:, BAD].sum()), float(counts[:, VALID].sum())
    missed = counts[:, BAD] > slo.budget * counts[:, VALID] * (1 + 1e-9)
    before = None if burst.alerted is None else steps.counts[begin : min(steps.place(burst.alerted), end), BAD]
    return Impact(
        service=slo.service,
        slo=slo.name,
        objective=slo.objective,
        window_s=slo.window.nominal_s,
        severity=burst.severity,
        start=float(burst.start),
        end=None if burst.end is None else float(burst.end),
        bad=bad,
        valid=valid,
        usual_bad=burst.usual * valid,
        seconds=float(counts[missed, SECONDS].sum()),
        budget_share=bad / budget_events if budget_events else None,
        bad_before_detection=None if before is None else float(before.sum()),
        counts=_stored(steps, burst),
        kind=slo.kind,
        limit=slo.limit,
        budget_left=left,
        detected_at=None if burst.alerted is None else float(burst.alerted),
        quiet_since=None if burst.quiet_since is None else float(burst.quiet_since),
        is_cut=burst.is_cut,
    )


def _stored(steps: Steps, burst: Burst) -> StepCounts:
    """Counts from an hour before the start to an hour after the end; by whole hours if it is long."""
    end = burst.end or steps.at
    by_hour = end - burst.start > FINE_MAX
    first = max(steps.place(burst.start) - PER_HOUR, 0)
    last = min(steps.place(end) + PER_HOUR, len(steps.counts))
    if by_hour:
        first = first // PER_HOUR * PER_HOUR
    width = PER_HOUR if by_hour else 1
    counts = np.add.reduceat(steps.counts[first:last], np.arange(0, last - first, width), axis=0)
    bad, valid = ([_number(row, side) for row in counts] for side in (BAD, VALID))
    return StepCounts(float(steps.moment(first)), float(HOUR if by_hour else STEP), tuple(bad), tuple(valid))


def _number(row: np.ndarray, side: int) -> float | None:
    return float(row[side]) if row[SECONDS] > 0 else None


def left_at(steps: Steps, end: float | None, report: SloReport) -> float | None:
    """The remaining share of the budget at a time, signed; None if it is unknown any more.

    Args:
        steps: of the objective. `end`: epoch seconds; None: now.
        report: of the objective now.
    """
    if report.judged_remaining is None:
        return None
    if report.is_period:
        # Within the same period the budget is the same, including its future days: what was spent since was still left.
        since = 0.0 if end is None else float(steps.counts[steps.place(end) :, BAD].sum())
        left = 1 - ((report.bad or 0.0) - since) * report.share_per_failure
        return left if end is None or report.start <= end else None
    if end is None:
        return report.remaining
    window_s = steps.slo.window.nominal_s
    counts = steps.counts[max(steps.place(end - window_s), 0) : steps.place(end)]
    bad, valid, seconds = (float(counts[:, kind].sum()) for kind in (BAD, VALID, SECONDS))
    # Failures that are unknown any more would be missing.
    if seconds < KNOWN_MIN * window_s or valid <= 0:
        return None
    return 1 - bad / (steps.slo.budget * valid)
