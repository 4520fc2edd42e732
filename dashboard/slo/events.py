"""From what a source answered to events: how many of them were bad, how many valid, and the seconds measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np

from dashboard.slo.indicators import (
    Column,
    Composite,
    Indicator,
    Key,
    Part,
    Query,
    Ratio,
    Raw,
    Simple,
    Term,
    Threshold,
    terms,
)
from dashboard.slo.objective import Method, Slo

Values = Mapping[Key, np.ndarray]
# Tolerance by which good events may exceed valid ones: the floating point error of a difference.
TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Events:
    """Rows of one objective, arrays of equal length: bad events, valid events and measured seconds.

    Bad and valid are 0 if nothing was measured. Bad is negative where more events were good than valid. A negative
    count of valid events means that a counter ran backwards: nothing was measured there, and `backwards` marks it.
    """

    bad: np.ndarray
    valid: np.ndarray
    seconds: np.ndarray
    backwards: np.ndarray

    @property
    def array(self) -> np.ndarray:
        """Shape (rows, 3)."""
        return np.column_stack([self.bad, self.valid, self.seconds])


def events(slo: Slo, values: Values, rows: int, step: int) -> Events:
    """Events of each step of a grid.

    Args:
        slo: its indicator and budgeting method determine what is counted.
        values: series by term, NaN where there was none. A missing term was not answered.
        rows: points of the grid. `step`: seconds between them; for an objective with slices, the slice length.
    """
    if slo.counted:
        bad, valid = _counted(slo, slo.indicator, values, rows)
    else:
        bad, valid = _sliced(slo, slo.indicator, values, rows)
    return _known_events(bad, valid, _measured(slo, values, rows, step))


def events_of(slos: Sequence[Slo], values: Values, rows: int, step: int) -> tuple[np.ndarray, np.ndarray]:
    """Events of many objectives: bad, valid and seconds, shape (rows, objectives, 3); and where counters ran backwards.

    Args:
        slos: thousands of them may be ratios of counts, which are computed at once.
        values: series by term, as for `events`.
        rows: points of the grid. `step`: seconds between them.
    """
    counts = np.zeros((rows, len(slos), 3))
    backwards = np.zeros((rows, len(slos)), dtype=bool)
    ratios: list[int] = []
    for place, slo in enumerate(slos):
        if isinstance(slo.indicator, Ratio) and slo.method is Method.OCCURRENCES:
            ratios.append(place)
            continue
        of_one = events(slo, values, rows, step)
        counts[:, place], backwards[:, place] = of_one.array, of_one.backwards
    if ratios:
        of_ratios = _of_ratios([slos[place] for place in ratios], values, rows, step)
        columns = (of_ratios.bad, of_ratios.valid, of_ratios.seconds)
        counts[:, ratios], backwards[:, ratios] = np.stack(columns, axis=2), of_ratios.backwards
    return counts, backwards


def _of_ratios(slos: Sequence[Slo], values: Values, rows: int, step: int) -> Events:
    """Events of ratios of counts, arrays of shape (rows, objectives)."""
    nothing = np.full(rows, np.nan)
    valid, side = np.empty((rows, len(slos))), np.empty((rows, len(slos)))
    is_bad, is_zero = np.zeros(len(slos), dtype=bool), np.zeros(len(slos), dtype=bool)
    for place, slo in enumerate(slos):
        ratio = slo.indicator
        assert isinstance(ratio, Ratio), "only ratios are computed at once"
        term = ratio.bad if ratio.bad is not None else ratio.good
        assert term is not None, "a ratio has one side"
        valid[:, place], side[:, place] = values.get(ratio.valid.key, nothing), values.get(term.key, nothing)
        is_bad[place], is_zero[place] = ratio.bad is not None, isinstance(term, Query) and term.key in values
    side = _zero_where_absent(side, valid, is_zero)
    seconds = np.full((rows, len(slos)), float(step))
    # Only hourly answers say for how long requests were measured.
    if any(measure == "measured" for _, measure, _ in values):
        seconds = np.column_stack([_measured(slo, values, rows, step) for slo in slos])
    return _known_events(np.where(is_bad, side, valid - side), valid, seconds)


def _zero_where_absent(side: np.ndarray, valid: np.ndarray, is_zero: bool | np.ndarray) -> np.ndarray:
    """No series of failures beside requests means that none failed; no series of successes, that none succeeded.

    Args:
        side: bad or good events. `valid`: valid events.
        is_zero: objectives for which that holds: for a service's own columns the source knows if there were none, or
            whether it cannot tell.
    """
    zeros: np.ndarray = np.where(is_zero & np.isnan(side) & ~np.isnan(valid), 0.0, side)
    return zeros


def _known_events(bad: np.ndarray, valid: np.ndarray, measured_s: np.ndarray) -> Events:
    backwards = valid < 0
    known = ~np.isnan(bad) & ~np.isnan(valid) & ~backwards
    bad, valid = np.where(known, bad, 0.0), np.where(known, valid, 0.0)
    bad = np.where((bad < 0) & (bad >= -TOLERANCE * valid), 0.0, bad)
    return Events(bad, valid, np.where(known, measured_s, 0.0), backwards)


def _measured(slo: Slo, values: Values, rows: int, step: int) -> np.ndarray:
    """Measured seconds of each step if the source reports them; otherwise the whole step."""
    columns = [term for term in terms(slo.indicator) if isinstance(term, Column)] if slo.counted else []
    known = [values[key] for column in columns if (key := (column.service, "measured", "")) in values]
    # The minimum over all columns: a second counts only if each of them was measured in it.
    seconds: np.ndarray = np.fmin.reduce([np.full(rows, float(step)), *known])
    return seconds


def _series(values: Values, term: Term, rows: int) -> np.ndarray:
    series = values.get(term.key)
    return np.full(rows, np.nan) if series is None else series


def _counted(slo: Slo, indicator: Indicator, values: Values, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Bad and valid events of each step, NaN if either is unknown."""
    if isinstance(indicator, Composite):
        return _weighed(slo, indicator, [_counted(slo, part.indicator, values, rows) for part in indicator.parts])
    assert isinstance(indicator, Ratio), "only events of a ratio are counted"
    valid = _series(values, indicator.valid, rows)
    term = indicator.bad if indicator.bad is not None else indicator.good
    assert term is not None, "a ratio has one side"
    side = _series(values, term, rows)
    side = _zero_where_absent(side, valid, isinstance(term, Query) and term.key in values)
    return (side if indicator.bad is not None else valid - side), valid


def _weighed(
    slo: Slo, composite: Composite, parts: list[tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """Sum the parts; a bad event is weighted by its part's weight, and by the share of that part's own budget."""
    bad = sum(bad * _cost(slo, part) for part, (bad, _) in zip(composite.parts, parts, strict=True))
    valid = sum(valid for _, valid in parts)
    return np.asarray(bad), np.asarray(valid)


def _cost(slo: Slo, part: Part) -> float:
    return part.weight * slo.budget / (1 - part.objective)


def _sliced(slo: Slo, indicator: Indicator, values: Values, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """One event for each slice with an SLI; its badness is 0 or 1, or the share of bad events in it."""
    if isinstance(indicator, Composite):
        shortfalls = [_shortfall(slo, part.indicator, values, rows) for part in indicator.parts]
        if slo.method is Method.TIMESLICES:
            # One part known to be bad is enough; a good one says nothing about unknown ones.
            worst: np.ndarray = np.fmax.reduce(shortfalls)
            bad = np.where(worst > 0, worst, np.maximum.reduce(shortfalls))
        else:
            # With Occurrences, the weight multiplies the burn of a part's own budget; ratios of slices are added.
            counted = slo.method is Method.OCCURRENCES
            weights = [_cost(slo, part) if counted else part.weight for part in indicator.parts]
            bad = np.asarray(sum(weight * part for weight, part in zip(weights, shortfalls, strict=True)))
    else:
        bad = _shortfall(slo, indicator, values, rows)
    return bad, np.where(np.isnan(bad), np.nan, 1.0)


def _shortfall(slo: Slo, indicator: Simple, values: Values, rows: int) -> np.ndarray:
    """How much each slice lacks to be good, NaN where it has no SLI."""
    match indicator:
        case Threshold(term, op, limit):
            value = _series(values, term, rows)
            kept: np.ndarray = np.where(np.isnan(value), np.nan, ~op.compare(value, limit))
            return kept
        case Raw(term, success):
            ratio = _series(values, term, rows)
            lacking = 1 - ratio if success else ratio
        case Ratio():
            bad, valid = _counted(slo, indicator, values, rows)
            with np.errstate(divide="ignore", invalid="ignore"):
                lacking = np.where(valid > 0, bad / valid, np.nan)
        case _:
            assert_never(indicator)
    if slo.method is not Method.TIMESLICES:
        return lacking
    wanted = slo.slice_target if slo.slice_target is not None else slo.objective
    # 1 - 0.95 is not 0.05 in floating point; a slice that is exactly as good as required is good.
    missed: np.ndarray = np.where(np.isnan(lacking), np.nan, lacking > 1 - wanted + TOLERANCE)
    return missed


def age(counts: np.ndarray, step: int) -> np.ndarray:
    """Seconds since the last step with a count; infinite if there was none, NaN if nothing was measured.

    Args:
        counts: requests of each step, NaN where there was no series. `step`: its seconds.
    """
    there = ~np.isnan(counts) & (counts > 0)
    last = np.maximum.accumulate(np.where(there, np.arange(len(counts)), -1))
    seen = np.maximum.accumulate(~np.isnan(counts))
    since = (np.arange(len(counts)) - last) * float(step)
    ages: np.ndarray = np.where(last >= 0, since, np.where(seen, np.inf, np.nan))
    return ages
