"""The smallest selections that explain the additional bad events.

A selection's score is its Poisson log-likelihood ratio against the expected count, times its share of the additional
bad events, less a discount for each further label or value: a value that explains nearly all of them has a higher score
than the pair that explains the worst of them. The ratio alone favours small and bad selections. The best sibling values
are tried together, too, as two causes hide each other otherwise. A selection is narrowed by a further label as long as
the excluded part is not raised.

The constants were chosen by cross-validation in five folds, which keep variants of one case together: the mean of
exact-set F1 over services drawn at random (three to five labels, skewed traffic, one or two faults of one to three
labels that touch the values of other labels unevenly, or evenly spread trouble; `tests/oncall/faults.py` draws such)
and over variants of real ones of a video delivery network, thinned or without one of their labels. Each fold chose the
same; F1 outside of it is 0.85 and 0.87. Half or twice as much of one constant leaves it within 0.06. `REST`, `SMALL`
and `STEEP` came later and are no part of these figures; they were chosen by faults of two crossing causes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.oncall.candidates import DEPTH, Candidates, candidates
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.expectations import Expectations, expectations
from dashboard.oncall.selection_scores import LEAST_RATIO, raised, scored, telling_part

# The discount on the logarithm of the score per further label; maximum number of values of a label tried together.
PER_LABEL, TOGETHER = 0.1, 3
# A cause differs from all others by `LEAST_RATIO` beyond what one of so many selections reaches by chance and usual
# noise, and its bad ratio has risen by this factor more than that of all others.
LEAST_FACTOR = 1.5
# A second cause has at least this share of the ratio and of the additional events of the first.
SECOND = 0.3
# A cause of this share of what the first one leaves may be that much smaller: without it, the ratio would be as before.
REST, SMALL = 0.8, 0.1
# If a service fails this many times as much as expected, the ratio of a large value has risen so much by the cause in
# it that it hardly has a lower score than the cause; then selections are also scored against the service as a whole.
STEEP = 10.0
# If this share of the rise of the ratio would remain without the causes, they are none.
STAYS = 0.6
# Standard deviations beyond which the service counts as worse.
WORSE = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Cause:
    """A selection of label values.

    Attributes:
        values: (position of the label, position of its value), by label. `inside`: its combinations, shape (C,).
        additional: bad events beyond the expected ones.
    """

    values: tuple[tuple[int, int], ...]
    inside: np.ndarray
    additional: float


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """The result of a search.

    Attributes:
        causes: strongest first. `strongest`: the closest candidate if the service is worse without a cause.
        additional: bad events of the service beyond the expected ones. `is_worse`: beyond chance.
        tried: number of selections.
    """

    causes: tuple[Cause, ...]
    strongest: Cause | None
    additional: float
    is_worse: bool
    tried: int


def causes(table: Combinations) -> Causes:
    """Search all selections of up to three labels, twice: what the first cause leaves may have another cause."""
    expected = expectations(table)
    search = _Search(table, expected)
    additional = float(table.bad.sum() - expected.bad.sum())
    deviation = float(np.sqrt(expected.bad.sum() + expected.variance.sum()))
    is_worse = additional > WORSE * deviation
    every = _apart(tuple(search.causes()))
    if is_worse and _stays_bad(table, expected, every):
        every = ()
    return Causes(every, search.strongest() if is_worse and not every else None, additional, is_worse, search.tried)


def _apart(every: Sequence[Cause]) -> tuple[Cause, ...]:
    """Without those that are a part of another one: two of the same labels may be narrowed to the second cause."""
    values = [set(cause.values) for cause in every]
    return tuple(cause for cause, own in zip(every, values, strict=True) if not any(other < own for other in values))


def _stays_bad(table: Combinations, expected: Expectations, every: tuple[Cause, ...]) -> bool:
    """Whether the service would be nearly as bad without the causes."""
    outside = ~np.logical_or.reduce([np.zeros(len(table), dtype=bool), *(cause.inside for cause in every)])
    additional = table.bad - expected.bad
    rest = additional[outside].sum() / max(table.valid[outside].sum(), 1e-9)
    return bool(rest > STAYS * additional.sum() / max(table.valid.sum(), 1e-9))


@dataclass(frozen=True, slots=True, eq=False)
class _Best:
    """The best selection of a search: some groups of some candidates."""

    by: Candidates
    groups: tuple[int, ...]
    inside: np.ndarray


class _Search:
    """Selections of one table.

    Args:
        table: events. `expected`: of its combinations.
    """

    def __init__(self, table: Combinations, expected: Expectations) -> None:
        self._table, self._expected = table, expected
        self._rise = float(table.bad.sum()) / max(float(expected.bad.sum()), 1e-9)
        singles = list(candidates(table, range(len(table.labels)), depth=1))
        strength = [float(raised(by.sums(table.bad), by.sums(expected.bad)).max(initial=0.0)) for by in singles]
        order = np.argsort(strength)[::-1].tolist()
        self._candidates = [*singles, *(by for depth in range(2, DEPTH + 1) for by in candidates(table, order, depth))]
        self.tried = sum(int((by.first >= 0).sum()) for by in self._candidates)

    def causes(self) -> Iterator[Cause]:
        """The selections that stand out, strongest first."""
        left, factor = np.ones(len(self._table), dtype=bool), 1.0
        first: tuple[float, float] | None = None
        for _ in range(2):
            best = self._best(left, factor)
            stands_out = self._against_others(best, left) if best else None
            if first is None and stands_out is None and self._rise >= STEEP:
                best = self._best(left, self._rise)
                stands_out = self._against_others(best, left) if best else None
            if best is None or stands_out is None:
                return
            ratio, factor = stands_out
            additional = self._additional(best.inside, factor)
            share = SMALL if additional > REST * self._additional(left) else SECOND
            if first is not None and (ratio < SECOND * first[0] or additional < share * first[1]):
                return
            first = ratio, additional
            yield from self._as_causes(best, left, factor)
            left &= ~best.inside

    def strongest(self) -> Cause | None:
        """The single selection with the best score."""
        best = self._best(np.ones(len(self._table), dtype=bool), 1.0, together=1)
        return None if best is None else self._cause(best.by, best.groups[0], best.inside)

    def _best(self, left: np.ndarray, factor: float, together: int = TOGETHER) -> _Best | None:
        """The selection with the best score.

        Args:
            left: combinations outside of earlier causes, shape (C,). `factor`: by which all others are raised.
            together: maximum number of values of the same labels.
        """
        bad, expected = self._table.bad * left, self._expected.bad * left * factor
        sums = [(by, by.sums(bad), by.sums(expected), by.sums(left)) for by in self._candidates]
        whole = float(bad.sum() - expected.sum())
        most = max([whole, *(float((observed - usual).max()) for _, observed, usual, _ in sums)], default=0.0)
        best: tuple[float, Candidates, tuple[int, ...]] | None = None
        for by, observed, usual, parts in sums:
            for score, groups in scored(observed, usual, parts, most, together):
                score -= PER_LABEL * (len(by.labels) - 1)
                if best is None or score > best[0]:
                    best = score, by, groups
        if best is None:
            return None
        _, by, groups = best
        return _Best(by, groups, np.isin(by.group, groups) & left)

    def _against_others(self, best: _Best, left: np.ndarray) -> tuple[float, float] | None:
        """The likelihood ratio of a selection raised by another factor than all others, less noise; and that factor.

        https://en.wikipedia.org/wiki/Scan_statistic (Kulldorff's, for Poisson counts).

        Args:
            best: the selection. `left`: combinations outside of earlier causes, shape (C,).

        Returns:
            None if it does not stand out.
        """
        inside, outside = best.inside, left & ~best.inside
        observed, usual = (
            np.array([counts[rows].sum() for rows in (inside, outside)])
            for counts in (self._table.bad, self._expected.bad)
        )
        factor = max(observed[1], 0.5) / max(usual[1], 1e-9)
        both = observed.sum() / max(usual.sum(), 1e-9)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(observed > 0, observed * np.log(observed / (both * usual)), 0.0)
        ratio = float(terms.sum()) if observed[0] * usual[1] > observed[1] * usual[0] else 0.0
        ratio /= self._noise(inside, outside, factor)
        stands_out = ratio >= self._least(len(best.groups)) and self._stands_out(inside, factor)
        return (ratio, float(factor)) if stands_out else None

    def _noise(self, inside: np.ndarray, outside: np.ndarray, factor: float) -> float:
        """The variance of counts relative to Poisson counts, as little was known before, and requests come in bursts.

        Args:
            inside, outside: combinations, shape (C,). `factor`: by which those outside are raised.
        """
        usual = self._expected.bad * factor
        finite = 1 + float(self._expected.variance[inside].sum() / max(self._expected.bad[inside].sum(), 1e-9))
        enough = outside & (usual >= 1)
        if not enough.any():
            return finite
        variance = usual[enough] + factor**2 * self._expected.variance[enough]
        squares = (self._table.bad[enough] - usual[enough]) ** 2 / variance
        # By sorting, as `np.median` would import masked arrays. 0.455: median of the square of a normal variable.
        median = float(np.sort(squares)[len(squares) // 2])
        return finite * max(median / 0.455, 1.0)

    def _least(self, together: int) -> float:
        """The likelihood ratio that chance hardly reaches among all selections; `together`: values tried together."""
        return LEAST_RATIO + together * float(np.log(max(self.tried, 1)))

    def _stands_out(self, inside: np.ndarray, factor: float) -> bool:
        usual = float(self._expected.bad[inside].sum())
        return float(self._table.bad[inside].sum()) > LEAST_FACTOR * factor * usual

    def _additional(self, inside: np.ndarray, factor: float = 1.0) -> float:
        return float(self._table.bad[inside].sum() - factor * self._expected.bad[inside].sum())

    def _as_causes(self, found: _Best, left: np.ndarray, factor: float) -> Iterator[Cause]:
        """Each value separately, narrowed, most additional bad events first; `left`, `factor`: as for `_best`."""
        each = [self._narrowed(found.by, group, (found.by.group == group) & left, factor) for group in found.groups]
        yield from sorted(each, key=lambda cause: -cause.additional)

    def _narrowed(self, by: Candidates, group: int, inside: np.ndarray, factor: float) -> Cause:
        """A selection narrowed by further labels, as long as the excluded part is not raised.

        Args:
            by, group: the selection. `inside`: its combinations. `factor`: by which all others are raised.
        """
        while True:
            observed, usual = self._table.bad * inside, self._expected.bad * inside * factor
            best: tuple[float, Candidates, int] | None = None
            for narrower in self._candidates:
                if len(narrower.labels) == len(by.labels) + 1 and set(by.labels) < set(narrower.labels):
                    strength, part = telling_part(narrower.sums(observed), narrower.sums(usual))
                    if strength > (best[0] if best else 0.0):
                        best = strength, narrower, part
            if best is None:
                return self._cause(by, group, inside)
            _, by, group = best
            inside = inside & (by.group == group)

    def _cause(self, by: Candidates, group: int, inside: np.ndarray) -> Cause:
        example = by.first[group]
        values = tuple((label, int(self._table.codes[label, example])) for label in by.labels)
        return Cause(values, inside, self._additional(inside))
