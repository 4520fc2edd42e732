"""Where a window's budget went: what was left at each hour, when it burned most, and what lies ahead.

Drawn from the rows of a ledger: hours, and the fine rows of the last ones. The numbers at the end are the report's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.ledger import LedgerView
from dashboard.slo.projection import Projection, projection
from dashboard.slo.report import SloReport
from dashboard.slo.timeline import Line, Stretch, Timeline, missing, runs
from dashboard.timerange import HOUR

# A curve has a point an hour, and as many as can be seen.
POINTS_MIN, POINTS_MAX = 240, 1500
# An episode burns faster than this, and than this multiple of the usual hour; it takes at least this share of the
# budget; hours apart by no more than this are one.
PACES, USUAL, SHARE_MIN, JOINED = 1.5, 3.0, 0.02, 2
EPISODES = 4
# A window of which more than this share lies before the first measure is told from there.
YOUNG = 0.5


@dataclass(frozen=True, slots=True)
class Episode:
    """A time in which the budget went fast; `share` of the budget that it took."""

    start: float
    end: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Burndown:
    """The story of one window.

    Attributes:
        left: share of the budget left until now, from the window's start, or from the first measure where most of the
            window came before it.
        perfect_burn_end: epoch seconds at which a burn rate of 1 from the window's start has spent all.
    """

    report: SloReport
    left: Line
    perfect_burn_end: float
    gaps: tuple[Stretch, ...]
    maintenance: tuple[Stretch, ...]
    episodes: tuple[Episode, ...]
    projection: Projection | None


def burndown(report: SloReport, ledger_view: LedgerView) -> Burndown | None:
    """The story of a window; None where nothing was counted in it."""
    if report.remaining is None or report.slo not in ledger_view.slos:
        return None
    track = Timeline.of(ledger_view, report.slo)
    maintenance = tuple(_maintenance(report, ledger_view))
    gaps = tuple(span for span in missing(report, track) if not _covered(span, maintenance))
    left = _left(report, track, _begin(report, gaps))
    episodes = _episodes(report, track, left)
    for gap in (*gaps, *maintenance):
        left.values[(left.moments >= gap.start) & (left.moments < gap.end)] = np.nan
    perfect_burn_end = report.end if report.is_period else report.at
    return Burndown(report, left, perfect_burn_end, gaps, maintenance, episodes, projection(report, ledger_view))


def _begin(report: SloReport, gaps: tuple[Stretch, ...]) -> float:
    """Where the story begins: with the window, or with the first measure where most of the window came before it."""
    young = gaps and gaps[0].start == report.start and gaps[0].seconds > YOUNG * (report.at - report.start)
    return gaps[0].end if young and gaps[0].end < report.at else report.start


def _left(report: SloReport, track: Timeline, start: float) -> Line:
    now = report.at
    points = int(np.clip(-(-(now - start) // HOUR), POINTS_MIN, POINTS_MAX))
    moments = np.linspace(start, now, points + 1)
    bad = track.within(np.full(points + 1, start), moments)[:, BAD]
    # The hour that the start cuts is known better to the report than to whole hours.
    bad[-1] = report.bad or 0.0
    return Line(start, (now - start) / points, 1 - bad * report.share_per_failure)


def _maintenance(report: SloReport, ledger_view: LedgerView) -> Iterator[Stretch]:
    for one in ledger_view.exclusions:
        start, end = max(one.start, report.start), min(one.end, report.at)
        if one.covers(report.slo) and end > start:
            yield Stretch(start, end, one.reason)


def _covered(span: Stretch, others: tuple[Stretch, ...]) -> bool:
    shared = sum(max(0.0, min(span.end, one.end) - max(span.start, one.start)) for one in others)
    return shared > span.seconds / 2


def _episodes(report: SloReport, track: Timeline, left: Line) -> tuple[Episode, ...]:
    """The few that took most, in the order of time."""
    moments = left.moments
    counted = np.diff(track.until(moments), axis=0)
    burns = _burns(counted, report.slo.budget)
    measured = counted[:, SECONDS] > 0
    usual = float(np.median(burns[measured])) if measured.any() else 0.0
    limit = max(PACES, USUAL * usual)
    found = [
        _trimmed(report, track, moments[begin], moments[end], limit)
        for begin, end in runs(burns > limit, JOINED)
        if end - begin <= len(burns) / 2
    ]
    # Of those that took the same, the newest are told.
    found = sorted(found, key=lambda one: (-round(one.share, 2), -one.start))
    most = [one for one in found if one.share >= SHARE_MIN][:EPISODES]
    return tuple(sorted(most, key=lambda one: one.start))


def _burns(counted: np.ndarray, budget: float) -> np.ndarray:
    """The burn rate of each row of events, 0 where there were none."""
    made: np.ndarray = counted[:, BAD] / np.maximum(counted[:, VALID], 1e-9) / budget
    return made


def _trimmed(report: SloReport, track: Timeline, start: float, end: float, limit: float) -> Episode:
    """An episode without the calm minutes at both of its ends, as far as rows tell."""
    inside = np.flatnonzero((track.edges[1:] > start) & (track.edges[:-1] < end))
    hot = inside[_burns(np.diff(track.total, axis=0)[inside], report.slo.budget) > limit]
    if len(hot):
        start, end = float(track.edges[hot[0]]), float(track.edges[hot[-1] + 1])
    start, end = max(start, report.start), min(end, report.at)
    bad = float(track.within(np.array([start]), np.array([end]))[0, BAD])
    return Episode(start, end, bad * report.share_per_failure)


def overspent_since(report: SloReport, ledger_view: LedgerView) -> float | None:
    """Epoch seconds since when nothing is left: of a period's events so far, else after this window's own failures."""
    if report.remaining is None or report.remaining > 0 or report.slo not in ledger_view.slos:
        return None
    track = Timeline.of(ledger_view, report.slo)
    left = _left(report, track, report.start)
    values = left.values
    if report.is_extrapolated:
        counted = track.within(np.full(len(values), report.start), left.moments)
        allowed = np.maximum(counted[:, VALID], 1e-9) * report.slo.budget
        values = 1 - counted[:, BAD] / allowed
        values[-1] = report.remaining
    something = np.flatnonzero(values > 0)
    if not len(something):
        return report.start
    last = int(something[-1])
    if last == len(values) - 1:
        return report.at
    part = values[last] / (values[last] - values[last + 1])
    return float(left.moments[last] + part * left.step)
