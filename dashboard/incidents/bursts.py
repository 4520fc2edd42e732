"""Bursts of one objective: periods that spend its budget faster than usual, detected without looking ahead.

A burst is noticed at the end of the first step in which a burn rule fires for more than chance, or in which additional
bad events cost enough of the budget. Its start is moved back to the first step that was not usual. It is over when the
burn rate over a window as long as the hold, usually an hour, is below 1; its end is moved back to the last step that
spent. A burn that starts again within the hold continues the burst, so flapping is one burst. What is noticed never
depends on later data.
"""

from dataclasses import dataclass, replace

import numpy as np

from dashboard.incidents.incident import Severity
from dashboard.incidents.levels import BY_RANK, RANK, Levels
from dashboard.incidents.steps import PER_HOUR, STEP, Steps, burns, measured_from, rows_of, trailing
from dashboard.incidents.usual import limit
from dashboard.running_sums import running_sums
from dashboard.slo.event_rows import BAD, SECONDS, VALID
from dashboard.timerange import DAY, HOUR

# Steps at the start with less than this share of the burst's own excess belong to the time before.
RISE = 0.1
# Steps further apart than this are separate; fewer than this many together may be chance.
ALONE, FEW = 2, 3
# If nothing is measured any more, an open burst is over after this many seconds.
SILENCE = DAY
# Maximum number of bursts per objective, as each costs a millisecond.
MOST = 60


@dataclass(frozen=True, slots=True)
class Burst:
    """One burst; times are epoch seconds.

    Attributes:
        start: of its first step. `end`: of its last one; None while it is open.
        noticed: end of the step in which it first stood out; its id is derived from it.
        alerted: end of the step in which the first burn rule fired; None if none did.
        severity: the most urgent so far. `usual`: the ratio of the preceding days, 0–1.
        onset: when it began within its first steps, as far as their counts show.
        quiet_since: end of the last step that spent, while it is not over yet.
        is_cut: it stood out from the beginning of the data, and may have begun earlier.
        hold: seconds of calm after which it is over. `over`: when that was known; None while it is open.
    """

    start: int
    end: int | None
    noticed: int
    alerted: int | None
    severity: Severity
    usual: float
    onset: float
    quiet_since: int | None = None
    is_cut: bool = False
    hold: int = HOUR
    over: int | None = None


def bursts(steps: Steps) -> tuple[Burst, ...]:
    """All bursts of an objective that were noticed or open within the judged time, in order."""
    every: list[Burst] = []
    counts = steps.counts.copy()
    begin = measured_from(steps.hours) * PER_HOUR
    while len(every) < MOST:
        levels = Levels.of(steps, counts)
        places = np.flatnonzero(levels.rank[begin:])
        if not len(places):
            break
        noticed = begin + int(places[0])
        burst, over = _burst(steps, counts, levels, noticed)
        every.append(replace(burst, is_cut=burst.noticed <= steps.judged_from))
        if over is None:
            break
        # Judge what follows without this burst, as a long window would find it again.
        inside = slice(steps.place(burst.start), over + 1)
        counts[inside, BAD] = np.minimum(counts[inside, BAD], burst.usual * counts[inside, VALID])
        begin = over + 1
    return tuple(burst for burst in every if not burst.is_cut or (burst.end or steps.at) > steps.judged_from)


def _burst(steps: Steps, counts: np.ndarray, levels: Levels, noticed: int) -> tuple[Burst, int | None]:
    """The burst noticed in a step, and the step after which it is over; None while it is open."""
    hold = int(levels.hold[noticed])
    begin = _begin(steps, counts, levels, noticed)
    usual = float(levels.usual.ratio[begin // PER_HOUR])
    over = _over(steps, counts, noticed, hold)
    until = len(counts) if over is None else over + 1
    ranks = np.maximum(levels.rank, levels.alerts)[begin:until]
    alerts = np.flatnonzero(levels.alerts[begin:until] >= RANK[Severity.TICKET])
    last = steps.moment(_last_spending(steps, counts, begin, until, usual, noticed) + 1)
    burst = Burst(
        start=steps.moment(begin),
        end=None if over is None else last,
        noticed=steps.moment(noticed + 1),
        alerted=steps.moment(begin + int(alerts[0]) + 1) if len(alerts) else None,
        severity=BY_RANK[int(ranks.max())],
        usual=usual,
        onset=_onset(steps, counts, begin, noticed, usual),
        quiet_since=last if over is None and last < steps.at else None,
        hold=hold,
        over=None if over is None else steps.moment(over + 1),
    )
    return burst, over


def _begin(steps: Steps, counts: np.ndarray, levels: Levels, noticed: int) -> int:
    """The first unusual step among those that lead up to the one that was noticed."""
    hold = int(levels.hold[noticed])
    gap = hold // STEP
    first = _slow_begin(steps, counts, noticed, hold) if hold >= 2 * HOUR else max(noticed - 2 * DAY // STEP, 0)
    beyond = levels.beyond[first : noticed + 1]
    positive = np.flatnonzero(beyond > 0)
    if not len(positive):
        return noticed if hold < 2 * HOUR else first
    # Quiet for as long as the hold: earlier steps do not belong to it.
    breaks = np.flatnonzero(np.diff(positive) > gap)
    run = positive[breaks[-1] + 1 if len(breaks) else 0 :] + first
    if hold >= 2 * HOUR:
        run = np.concatenate([_before(levels, int(run[0])), run])
    excess = counts[run, BAD] - levels.usual.ratio[run // PER_HOUR] * counts[run, VALID]
    return int(run[np.flatnonzero(excess >= RISE * excess.mean())[0]])


def _before(levels: Levels, place: int) -> np.ndarray:
    """Unusual steps in the hour before a step that lead up to it; too few for their own hour to burn as a whole."""
    earlier = np.flatnonzero(levels.beyond[max(place - PER_HOUR, 0) : place] > 0) + max(place - PER_HOUR, 0)
    gaps = np.flatnonzero(np.diff(earlier, append=place) > ALONE)
    return earlier[int(gaps[-1]) + 1 :] if len(gaps) else earlier


def _slow_begin(steps: Steps, counts: np.ndarray, noticed: int, hold: int) -> int:
    """The step at which hours above the allowed rate began, before a step in which a slow burn was noticed."""
    budget = steps.slo.budget
    hours = np.add.reduceat(counts, np.arange(0, len(counts), PER_HOUR), axis=0)
    last, width = noticed // PER_HOUR, hold // HOUR
    burning = burns(trailing(running_sums(hours), width), budget)[: last + 1] >= 1
    calm = np.flatnonzero(~burning)
    first = max(int(calm[-1]) + 1 - width if len(calm) else 0, 0)
    above = np.flatnonzero(burns(hours[first : last + 1], budget) >= 1)
    return (first + int(above[0]) if len(above) else last) * PER_HOUR


def _over(steps: Steps, counts: np.ndarray, noticed: int, hold: int) -> int | None:
    """The first step at whose end a burst is over; None if it is not."""
    total = running_sums(counts)
    # A long window may be calm as a whole while the burst in it continues.
    windows = [trailing(total, rows_of(seconds)) for seconds in {hold, HOUR}]
    quiet = np.logical_and.reduce([_is_calm(sums, steps.slo.budget) for sums in windows])
    quiet &= windows[0][:, SECONDS] >= rows_of(HOUR) * STEP / 2
    silent = trailing(total, rows_of(SILENCE))[:, SECONDS] <= 0
    places = np.flatnonzero((quiet | silent)[noticed + 1 :])
    return noticed + 1 + int(places[0]) if len(places) else None


def _last_of_it(places: np.ndarray, excess: np.ndarray) -> int:
    """The last step that spent, ignoring chance: few, isolated and weak steps.

    Args:
        places: positions of the steps, at least one. `excess`: additional bad events in each.
    """
    is_strong = excess >= RISE * excess.mean()
    together = np.split(np.arange(len(places)), np.flatnonzero(np.diff(places) > ALONE) + 1)
    last = next(group for group in reversed(together) if len(group) >= FEW or is_strong[group].any())
    return int(places[last[-1]])


def _is_calm(sums: np.ndarray, budget: float) -> np.ndarray:
    """Mask of windows that spent less than allowed, or had no events; `sums`: events, shape (steps, 3)."""
    bad, valid = sums[:, BAD], sums[:, VALID]
    calm: np.ndarray = (bad < budget * valid) | ((bad <= 0) & (valid <= 1e-9))
    return calm


def _last_spending(
    steps: Steps, counts: np.ndarray, begin: int, until: int, usual: float, noticed: int
) -> int:  # fmt: skip
    """The last step of a burst that spent more than is allowed and usual.

    Args:
        steps: of an objective. `counts`: their events, shape (steps, 3).
        begin, until: positions of the burst. `usual`: ratio before it. `noticed`: used if nothing stands out.
    """
    bad, valid = counts[begin:until, BAD], counts[begin:until, VALID]
    expected = usual * valid
    places = np.flatnonzero((bad > limit(expected, 0.0)) & (bad >= steps.slo.budget * valid))
    if len(places):
        return begin + _last_of_it(places, (bad - expected)[places])
    # With little traffic, single steps say nothing: use whole hours.
    starts = np.arange(0, len(bad), PER_HOUR)
    hours = np.add.reduceat(counts[begin:until], starts, axis=0)
    above = np.flatnonzero(burns(hours, steps.slo.budget) >= 1)
    return max(min(begin + (int(above[-1]) + 1) * PER_HOUR, until) - 1 if len(above) else noticed, begin)


def _onset(steps: Steps, counts: np.ndarray, begin: int, noticed: int, usual: float) -> float:
    """When it began within its first step, estimated from that step's share of the next one's excess.

    Args:
        steps: of an objective. `counts`: their events, shape (steps, 3).
        begin, noticed: positions of its first step and of the one in which it was noticed. `usual`: ratio before it.
    """
    end = float(steps.moment(begin + 1))
    if noticed == begin:
        return end - STEP / 2
    bad, valid = counts[begin : begin + 2, BAD], counts[begin : begin + 2, VALID]
    excess = np.divide(bad - usual * valid, valid, out=np.zeros(2), where=valid > 0)
    share = float(np.clip(excess[0] / excess[1], 0.0, 1.0)) if excess[1] > 0 else 1.0
    return end - STEP * share
