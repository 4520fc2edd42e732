"""How a window's budget was spent: what was left at each hour, when it burned most, and a forecast.

Computed from the ledger's rows: hours, and fine rows for the last ones. The final value equals that of the report.
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

# A curve has a point per hour, and at most as many as can be distinguished.
POINTS_MIN, POINTS_MAX = 240, 1500
# The time of overspending is searched for at this many points between two points of a curve: minutes of an hour.
FINE_POINTS = 61
# An episode burns faster than this rate, and faster than this multiple of the median hour's rate.
RATE_MIN, TIMES_USUAL = 1.5, 3.0
# It takes at least this share of the budget; bursts separated by at most this many points are one episode.
SHARE_MIN, POINTS_BETWEEN = 0.02, 2
EPISODES_MAX = 4
# If more than this share of a window lies before the first measurement, the curve starts there.
UNMEASURED_MAX = 0.5
# Smaller numbers of valid events count as none in a division.
VALID_MIN = 1e-9


@dataclass(frozen=True, slots=True)
class Episode:
    """A period (epoch seconds) in which the budget burned fast; `share` is the part of the budget it took."""

    start: float
    end: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Burndown:
    """The history and forecast of the budget in one window.

    Attributes:
        left: remaining share of the budget over time, from the window's start, or from the first measurement if most
            of the window came before it.
        perfect_burn_end: epoch seconds at which a burn rate of 1 from the window's start spends everything.
        gaps: unmeasured periods. `maintenance`: periods that do not count.
        episodes: the periods of fastest burn, in order of time.
        projection: the forecast; None if there is none.
    """

    report: SloReport
    left: Line
    perfect_burn_end: float
    gaps: tuple[Stretch, ...]
    maintenance: tuple[Stretch, ...]
    episodes: tuple[Episode, ...]
    projection: Projection | None


def burndown(report: SloReport, ledger_view: LedgerView) -> Burndown | None:
    """The burndown of a window; None if nothing was counted in it, or too little to say what is left."""
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
    """Epoch seconds at which the curve starts: the window's start, or the first measurement if that comes late."""
    first = gaps[0] if gaps and gaps[0].start == report.start else None
    if first is None or first.end >= report.at:
        return report.start
    return first.end if first.seconds > UNMEASURED_MAX * (report.at - report.start) else report.start


def _left(report: SloReport, timeline: Timeline, start: float) -> Line:
    points = int(np.clip(-(-(report.at - start) // HOUR), POINTS_MIN, POINTS_MAX))
    moments = np.linspace(start, report.at, points + 1)
    bad = timeline.within(np.full(points + 1, start), moments)[:, BAD]
    # For the hour in which the window starts, the report is more exact than whole hours.
    bad[-1] = report.bad or 0.0
    return Line(start, (report.at - start) / points, 1 - bad * report.share_per_failure)


def _maintenance(report: SloReport, ledger_view: LedgerView) -> Iterator[Stretch]:
    for exclusion in ledger_view.exclusions:
        start, end = max(exclusion.start, report.start), min(exclusion.end, report.at)
        if exclusion.covers(report.slo) and end > start:
            yield Stretch(start, end, exclusion.reason)


def _is_covered(gap: Stretch, maintenance: tuple[Stretch, ...]) -> bool:
    """Whether more than half of a gap is maintenance."""
    shared = sum(max(0.0, min(gap.end, part.end) - max(gap.start, part.start)) for part in maintenance)
    return shared > gap.seconds / 2


def _episodes(report: SloReport, timeline: Timeline, left: Line) -> tuple[Episode, ...]:
    """The episodes that took most of the budget, in order of time."""
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
    # Among equal shares, prefer the newest.
    episodes.sort(key=lambda episode: (-round(episode.share, 2), -episode.start))
    most = [episode for episode in episodes if episode.share >= SHARE_MIN][:EPISODES_MAX]
    return tuple(sorted(most, key=lambda episode: episode.start))


def _burn_rates(counts: np.ndarray, budget: float) -> np.ndarray:
    """The burn rate of each row of events, 0 if there were none."""
    rates: np.ndarray = counts[:, BAD] / np.maximum(counts[:, VALID], VALID_MIN) / budget
    return rates


def _trimmed(report: SloReport, timeline: Timeline, start: float, end: float, limit: float) -> Episode:
    """Cut calm rows off both ends of an episode.

    Args:
        start, end: epoch seconds of the search range. `limit`: the burn rate that an episode exceeds.
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
    """Epoch seconds since when nothing is left, counting all of a period's events, else the window's own failures."""
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
    """Epoch seconds at which the budget ran out, between two adjacent points of the curve.

    Args:
        ends: epoch seconds of the two points. `values`: remaining budget there, first above 0 and then not.
    """
    # An hour with gaps crosses later than a straight line suggests; its minutes show when.
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
    """The remaining share at each time (epoch seconds), of the budget of the events up to then."""
    counts = timeline.within(np.full(len(moments), report.start), moments)
    allowed = np.maximum(counts[:, VALID], VALID_MIN) * report.slo.budget
    values: np.ndarray = 1 - counts[:, BAD] / allowed
    return values
