"""The rows of one objective as a running sum: events between any times, gaps, burn rates over time."""

from dataclasses import dataclass

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.slo.policy import LONG_MIN, SHORT_MIN
from dashboard.slo.report import Alert, SloReport
from dashboard.timerange import HOUR

# A shorter gap is just a late scrape.
GAP_MIN = 600.0
# Seconds for which burn rates of windows that need fine rows are drawn; these rows reach back a bit further.
RECENT = 5.0 * HOUR
# Nothing is drawn before the first measurement, except for this many of the last points.
POINTS_MIN = 12
# What remains in floating point after subtracting two equal large sums.
NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period in epoch seconds, and why it is marked."""

    start: float
    end: float
    reason: str = ""

    @property
    def seconds(self) -> float:
        """Its length in seconds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Values at `start`, `start + step`, … in epoch seconds; NaN is a gap."""

    start: float
    step: float
    values: np.ndarray

    @property
    def moments(self) -> np.ndarray:
        """Times of the values in epoch seconds."""
        return self.start + np.arange(len(self.values)) * self.step


@dataclass(frozen=True, slots=True, eq=False)
class BurnHistory:
    """Burn rates of a rule's two windows, ending now; NaN where a window has too few data."""

    start: float
    step: float
    long: np.ndarray
    short: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """A running sum of one objective's events from the oldest row on; a difference gives the events between two times.

    Attributes:
        edges: epoch seconds. `total`: events and measured seconds up to each of them, shape (edges, 3).
        fine_from: epoch seconds from which on rows are fine.
    """

    edges: np.ndarray
    total: np.ndarray
    fine_from: float

    @classmethod
    def of(cls, ledger_view: LedgerView, slo: Slo) -> "Timeline":
        """Hours up to the first fine row, then fine rows, then the newest rows after the last complete fine row."""
        column = ledger_view.column(slo)
        fine, hours, newest = ledger_view.fine, ledger_view.hours, ledger_view.newest
        fine_from = float(-(-max(fine.start, hours.start) // HOUR) * HOUR)
        # Objectives with rows of an hour or longer, or with rarely scraped targets, only have hours.
        if not (fine.values[:, column, SECONDS] > 0).any():
            fine_from = float(hours.end)
        complete = float(ledger_view.fine_until[column]) if newest.end > fine.start else float(fine.end)
        old, new = hours.ends <= fine_from, (fine.ends > fine_from) & (fine.ends <= complete)
        edges = [np.array([hours.start]), hours.ends[old], fine.ends[new]]
        values = [hours.values[old, column], fine.values[new, column]]
        last = (newest.ends > complete) & (complete >= fine_from)
        if last.any() and (newest.values[last, column, SECONDS] > 0).any():
            edges.append(newest.ends[last])
            values.append(newest.values[last, column])
        total = np.concatenate([np.zeros((1, 3)), np.cumsum(np.concatenate(values), axis=0)])
        return cls(np.concatenate(edges).astype(float), total, fine_from)

    def until(self, moments: np.ndarray) -> np.ndarray:
        """Events and measured seconds up to times in epoch seconds, shape (moments, 3).

        A row on an edge counts proportionally.
        """
        return np.column_stack([np.interp(moments, self.edges, self.total[:, kind]) for kind in (BAD, VALID, SECONDS)])

    def within(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Events and measured seconds after `starts` up to `ends` (epoch seconds), shape (starts, 3)."""
        counts: np.ndarray = self.until(ends) - self.until(starts)
        return counts


def missing(report: SloReport, timeline: Timeline) -> tuple[Stretch, ...]:
    """Unmeasured periods of the window: by whole hours, recent ones by fine rows."""
    coarse = max(HOUR, report.slo.row_s)
    fine = max(float(np.diff(timeline.edges[-2:])[0]), report.slo.row_s)
    first = report.start // coarse * coarse
    old = np.arange(first, timeline.fine_from + 1, coarse)
    new = np.arange(timeline.fine_from + fine, report.at + 1, fine) if fine < HOUR else np.empty(0)
    moments = np.concatenate([old, new])
    if len(moments) < 2:
        return ()
    unmeasured = np.diff(timeline.until(moments)[:, SECONDS]) < 0.5 * np.diff(moments)
    stretches = (
        Stretch(max(float(moments[begin]), report.start), min(float(moments[end]), report.at))
        for begin, end in runs(unmeasured)
    )
    return tuple(stretch for stretch in stretches if stretch.seconds >= GAP_MIN)


def runs(flags: np.ndarray, joined: int = 0) -> list[tuple[int, int]]:
    """Ranges [begin, end) of consecutive set flags; ranges at most `joined` apart are merged."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    places: list[tuple[int, int]] = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if places and begin - places[-1][1] <= joined:
            places[-1] = places[-1][0], end
        else:
            places.append((begin, end))
    return places


def burn_history(report: SloReport, alert: Alert, timeline: Timeline) -> BurnHistory:
    """Burn rates of both windows of a rule over the last hours or days, as far back as rows are fine enough.

    Args:
        report: of the objective. `alert`: of the rule. `timeline`: its events.
    """
    row = alert.rule.row
    fine = row.short_s < HOUR
    step = max(float(np.diff(timeline.edges[-2:])[0]), 60.0) if fine else float(HOUR) / 2
    begin = report.at - (RECENT if fine else min(4 * row.long_s, report.at - row.long_s - float(timeline.edges[0])))
    count = max(int((report.at - begin) // step), 1)
    moments = report.at - step * np.arange(count, -1, -1)
    windows = [
        _rates(timeline, moments, burn.window_s, report.slo.budget, coverage_min)
        for burn, coverage_min in ((alert.long, LONG_MIN), (alert.short, SHORT_MIN))
    ]
    # The newest values are those of the alert.
    for values, burn in zip(windows, (alert.long, alert.short), strict=True):
        values[-1] = np.nan if burn.rate is None else burn.rate
    known = np.flatnonzero(np.isfinite(windows[0]) | np.isfinite(windows[1]))
    first = min(int(known[0]) if len(known) else 0, max(count - POINTS_MIN, 0))
    return BurnHistory(float(moments[first]), step, windows[0][first:], windows[1][first:])


def _rates(timeline: Timeline, moments: np.ndarray, window_s: float, budget: float, coverage_min: float) -> np.ndarray:
    """Burn rates over the window that ends at each time; NaN where it has no events, or too few data.

    Args:
        moments: epoch seconds. `window_s`: length of the window in seconds.
        budget: the error budget, a share of valid events.
        coverage_min: the share of the window that must be measured.
    """
    counts = timeline.within(moments - window_s, moments)
    known = (counts[:, VALID] > NOTHING) & (counts[:, SECONDS] >= coverage_min * window_s)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates: np.ndarray = np.where(known, counts[:, BAD] / counts[:, VALID] / budget, np.nan)
    return rates
