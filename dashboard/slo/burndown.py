"""Where a window's budget went: what was left at each hour, when it burned most, and what is expected from now on.

Drawn from the rows of a ledger: hours, and the fine rows of the last ones. The numbers at the end are the report's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.projection import Projection, projection
from dashboard.slo.report import SloReport
from dashboard.slo.timeline import Line, Stretch, Timeline, missing, runs
from dashboard.timerange import HOUR

# A curve has a point an hour, and as many as can be seen.
POINTS_MIN, POINTS_MAX = 240, 1500
# Between two points of a curve the moment of overspending is looked for at so many points: the minutes of an hour.
FINE_POINTS = 61
# An episode burns at a higher rate than this, and than this multiple of the median hour's.
RATE_MIN, TIMES_USUAL = 1.5, 3.0
# It takes at least this share of the budget; hours apart by no more than so many points are one episode.
SHARE_MIN, POINTS_BETWEEN = 0.02, 2
EPISODES_MAX = 4
# A window of which more than this share lies before the first measure is drawn from there.
UNMEASURED_MAX = 0.5
# A division by less than this many valid events is one by none.
VALID_MIN = 1e-9


@dataclass(frozen=True, slots=True)
class Episode:
    """A stretch of time (epoch seconds) in which the budget burned fast; `share` of the budget that it took."""

    start: float
    end: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Burndown:
    """What became of the budget of one window.

    Attributes:
        left: share of the budget left until now, from the window's start, or from the first measure where most of the
            window came before it.
        perfect_burn_end: epoch seconds at which a burn rate of 1 from the window's start has spent all.
        gaps: what was not measured. `maintenance`: what counts for nothing.
        episodes: when it burned most, in the order of time.
        projection: what is expected from now on; None where nothing is forecast.
    """

    report: SloReport
    left: Line
    perfect_burn_end: float
    gaps: tuple[Stretch, ...]
    maintenance: tuple[Stretch, ...]
    episodes: tuple[Episode, ...]
    projection: Projection | None


def burndown(report: SloReport, ledger_view: LedgerView) -> Burndown | None:
    """The burndown of a window; None where nothing was counted in it, or too little to say what is left."""
    if report.judged_remaining is None or report.slo not in ledger_view.slos:
        return None
    timeline = Timeline.of(ledger_view, report.slo)
    maintenance = tuple(_maintenance(report, ledger_view))
    gaps = tuple(gap for gap in missing(report, timeline) if not _is_covered(gap, maintenance))
    left = _left(report, timeline, _begin(report, gaps))
    episodes = _episodes(report, timeline, left)
    for stretch in (*gaps, *maintenance):
        left.values[(left.moments >= stretch.start) & (left.moments < stretch.end)] = np.nan
    perfect_burn_end = report.end if report.is_period else report.at
    return Burndown(report, left, perfect_burn_end, gaps, maintenance, episodes, projection(report, ledger_view))


def _begin(report: SloReport, gaps: tuple[Stretch, ...]) -> float:
    """Epoch seconds of the curve's start: the window's, or the first measure where most of the window came before."""
    first = gaps[0] if gaps and gaps[0].start == report.start else None
    if first is None or first.end >= report.at:
        return report.start
    return first.end if first.seconds > UNMEASURED_MAX * (report.at - report.start) else report.start


def _left(report: SloReport, timeline: Timeline, start: float) -> Line:
    points = int(np.clip(-(-(report.at - start) // HOUR), POINTS_MIN, POINTS_MAX))
    moments = np.linspace(start, report.at, points + 1)
    bad = timeline.within(np.full(points + 1, start), moments)[:, BAD]
    # The hour that the start cuts is known better to the report than to whole hours.
    bad[-1] = report.bad or 0.0
    return Line(start, (report.at - start) / points, 1 - bad * report.share_per_failure)


def _maintenance(report: SloReport, ledger_view: LedgerView) -> Iterator[Stretch]:
    for exclusion in ledger_view.exclusions:
        start, end = max(exclusion.start, report.start), min(exclusion.end, report.at)
        if exclusion.covers(report.slo) and end > start:
            yield Stretch(start, end, exclusion.reason)


def _is_covered(gap: Stretch, maintenance: tuple[Stretch, ...]) -> bool:
    """More than half of a gap is maintenance."""
    shared = sum(max(0.0, min(gap.end, part.end) - max(gap.start, part.start)) for part in maintenance)
    return shared > gap.seconds / 2


def _episodes(report: SloReport, timeline: Timeline, left: Line) -> tuple[Episode, ...]:
    """Those that took most of the budget, in the order of time."""
    moments = left.moments
    counts = np.diff(timeline.until(moments), axis=0)
    rates = _burn_rates(counts, report.slo.budget)
    measured = counts[:, SECONDS] > 0
    usual = float(np.median(rates[measured])) if measured.any() else 0.0
    limit = max(RATE_MIN, TIMES_USUAL * usual)
    episodes = [
        _trimmed(report, timeline, moments[begin], moments[end], limit)
        for begin, end in runs(rates > limit, POINTS_BETWEEN)
        if end - begin <= len(rates) / 2
    ]
    # Of those that took equal shares, the newest come first.
    episodes.sort(key=lambda episode: (-round(episode.share, 2), -episode.start))
    most = [episode for episode in episodes if episode.share >= SHARE_MIN][:EPISODES_MAX]
    return tuple(sorted(most, key=lambda episode: episode.start))


def _burn_rates(counts: np.ndarray, budget: float) -> np.ndarray:
    """The burn rate of each row of events, 0 where there were none."""
    rates: np.ndarray = counts[:, BAD] / np.maximum(counts[:, VALID], VALID_MIN) / budget
    return rates


def _trimmed(report: SloReport, timeline: Timeline, start: float, end: float, limit: float) -> Episode:
    """An episode without the calm rows at both of its ends.

    Args:
        start, end: epoch seconds between which to look for it. `limit`: the burn rate that it is above.
    """
    inside = np.flatnonzero((timeline.edges[1:] > start) & (timeline.edges[:-1] < end))
    rates = _burn_rates(np.diff(timeline.total, axis=0)[inside], report.slo.budget)
    above = inside[rates > limit]
    if len(above):
        start, end = float(timeline.edges[above[0]]), float(timeline.edges[above[-1] + 1])
    start, end = max(start, report.start), min(end, report.at)
    bad = float(timeline.within(np.array([start]), np.array([end]))[0, BAD])
    return Episode(start, end, bad * report.share_per_failure)


def overspent_since(report: SloReport, ledger_view: LedgerView) -> float | None:
    """Epoch seconds since when nothing is left: of a period's events so far, else after this window's own failures."""
    if report.remaining is None or report.remaining > 0 or report.slo not in ledger_view.slos:
        return None
    timeline = Timeline.of(ledger_view, report.slo)
    left = _left(report, timeline, report.start)
    values = _left_so_far(report, timeline, left.moments) if report.is_extrapolated else left.values
    values[-1] = report.remaining
    positive = np.flatnonzero(values > 0)
    if not len(positive):
        return report.start
    last = int(positive[-1])
    if last == len(values) - 1:
        return report.at
    return _crossing(report, timeline, left.moments[last : last + 2], values[last : last + 2])


def _crossing(report: SloReport, timeline: Timeline, ends: np.ndarray, values: np.ndarray) -> float:
    """Epoch seconds at which nothing was left, between two neighbouring points of the curve.

    Args:
        ends: epoch seconds of the two points. `values`: what is left there, first above 0 and then not.
    """
    # An hour that is not measured throughout crosses later than a straight line through it: its minutes know when.
    moments = np.linspace(float(ends[0]), float(ends[1]), FINE_POINTS)
    if report.is_extrapolated:
        fine = _left_so_far(report, timeline, moments)
    else:
        bad = timeline.within(np.full(FINE_POINTS, report.start), moments)[:, BAD]
        fine = 1 - bad * report.share_per_failure
    fine[0], fine[-1] = values
    last = int(np.flatnonzero(fine > 0)[-1])
    part = fine[last] / (fine[last] - fine[last + 1])
    return float(moments[last] + part * (moments[last + 1] - moments[last]))


def _left_so_far(report: SloReport, timeline: Timeline, moments: np.ndarray) -> np.ndarray:
    """The share that was left at each moment (epoch seconds) of the budget of the events until then."""
    counts = timeline.within(np.full(len(moments), report.start), moments)
    allowed = np.maximum(counts[:, VALID], VALID_MIN) * report.slo.budget
    values: np.ndarray = 1 - counts[:, BAD] / allowed
    return values
