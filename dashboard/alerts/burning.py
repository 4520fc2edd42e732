"""Periods in which the budget of an objective burned faster than usual, which alerts should detect."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.slo.timeline import Timeline, runs

# Minimum burn rate, and minimum multiple of the median hour's, as on the burndown.
RATE_MIN, TIMES_USUAL = 1.5, 3.0
# Up to this number of quiet rows between two stretches they are merged.
ROWS_BETWEEN = 1
# Fewer valid events than this count as none in divisions.
VALID_MIN = 1e-9
# Single minutes with little traffic are too noisy.
FINE_STEP = 300.0


@dataclass(frozen=True, slots=True)
class Burning:
    """A time span in which a budget burned unusually fast.

    Attributes:
        service, slo: names.
        start, end: epoch seconds, in whole hours except for the last ones, which are known to five minutes.
        bad: number of bad events. `share`: of the budget of one window that they used.
        is_open: it continues.
    """

    service: str
    slo: str
    start: float
    end: float
    bad: float
    share: float
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """An objective whose events are known from `start` to `end` (epoch seconds)."""

    slo: Slo
    start: float
    end: float


def burning(
    ledger_view: LedgerView, slos: Iterable[Slo], start: float
) -> tuple[tuple[Burning, ...], tuple[Measured, ...]]:
    """Burning time spans of all objectives, and from when to when each objective was measured.

    Args:
        ledger_view: the stored events. `slos`: of the objectives. `start`: epoch seconds at which to begin.
    """
    stretches: list[Burning] = []
    measured: list[Measured] = []
    objects = set(map(id, ledger_view.slos))
    for slo in slos:
        if id(slo) not in objects and slo not in ledger_view.slos:
            continue
        timeline = Timeline.of(ledger_view, slo)
        seen = np.flatnonzero(np.diff(timeline.total[:, SECONDS]) > 0)
        if len(seen):
            measured.append(Measured(slo, float(timeline.edges[seen[0]]), float(timeline.edges[seen[-1] + 1])))
            stretches += _stretches(slo, timeline, start)
    return tuple(stretches), tuple(measured)


def _stretches(slo: Slo, timeline: Timeline, start: float) -> Iterator[Burning]:
    edges = _edges(timeline)
    counts = np.diff(timeline.until(edges), axis=0)
    rates = counts[:, BAD] / np.maximum(counts[:, VALID], VALID_MIN) / slo.budget
    limit = max(RATE_MIN, TIMES_USUAL * _usual(edges, counts, slo.budget))
    flags = (rates > limit) & (counts[:, VALID] > VALID_MIN) & (edges[1:] > start)
    allowed = float(counts[:, VALID].sum()) * slo.budget * _window_share(slo, edges)
    for begin, end in runs(flags, ROWS_BETWEEN):
        bad = float(counts[begin:end, BAD].sum())
        # One failed request in a quiet night is a high rate, but no reason to wake somebody up.
        if not slo.counted or bad >= slo.min_failures - VALID_MIN:
            share, is_open = bad / allowed if allowed > 0 else 0.0, end == len(rates)
            yield Burning(slo.service, slo.name, float(edges[begin]), float(edges[end]), bad, share, is_open)


def _edges(timeline: Timeline) -> np.ndarray:
    """Whole hours, and every five minutes where minutes are stored, until the last row."""
    edges = timeline.edges
    fine = np.arange(timeline.fine_from + FINE_STEP, edges[-1], FINE_STEP)
    coarse = edges[edges <= timeline.fine_from]
    return np.unique(np.concatenate([coarse, fine, edges[-1:]]))


def _usual(edges: np.ndarray, counts: np.ndarray, budget: float) -> float:
    """The median burn rate of the rows, weighted by their length."""
    seen = counts[:, VALID] > VALID_MIN
    if not seen.any():
        return 0.0
    rates = counts[seen, BAD] / counts[seen, VALID] / budget
    order, lengths = np.argsort(rates), np.diff(edges)[seen]
    reached = np.cumsum(lengths[order])
    return float(rates[order][np.searchsorted(reached, reached[-1] / 2)])


def _window_share(slo: Slo, edges: np.ndarray) -> float:
    """The length of the window relative to that of the stored events; 1 without stored events."""
    covered_s = float(edges[-1] - edges[0])
    return slo.window.nominal_s / covered_s if covered_s > 0 else 1.0
