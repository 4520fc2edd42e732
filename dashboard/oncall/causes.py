"""The smallest selections that the additional bad events come from.

A selection's score is its Poisson log-likelihood ratio against what was to be expected of it, times the share of the
additional bad events that it has, less a discount for each further label or value: a value that explains nearly all
goes before the pair that explains the worst of it. The ratio alone favours what is small and bad. The bests of sibling
values are tried together, too: two causes hide each other otherwise. What was chosen is narrowed by a further label as
long as what is left outside is not raised.

The constants were chosen by cross-validation in five folds, which keep variants of one case together: the mean of
exact-set F1 over services drawn at random (three to five labels, skewed traffic, one or two faults of one to three
labels that touch the values of other labels unevenly, or evenly spread trouble; `tests/oncall/faults.py` draws such)
and over variants of real ones of a video delivery network, thinned or without one of their labels. Each fold chose the
same; F1 outside of it is 0.85 and 0.87. Half or twice as much of one constant leaves it within 0.06.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.oncall.candidates import DEPTH, Candidates, candidates
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.expectations import Expectations, expectations

# What a further label, and a further value of the same labels, take from the logarithm of the score.
PER_LABEL, PER_VALUE = 0.1, 0.1
# So many values of the same labels are tried together; each has this share of their additional events, and is raised
# by this share of what the worst of them is.
TOGETHER, LEAST_SHARE, LEAST_RISE = 3, 0.15, 0.33
# A cause differs from all others by this likelihood ratio (its logarithm) beyond what one of so many reaches by chance
# and usual noise, and its events have become bad so many times as often as those of all others.
LEAST_RATIO, LEAST_FACTOR = 4.0, 1.5
# A second cause has these shares of the ratio and of the additional events of the first.
SECOND = 0.3
# What is left of a selection is not raised below this ratio, and below this share of the ratio it would have if it were
# raised as the rest is; it must be large enough for that to be seen.
RAISED, RAISED_SHARE, SEEN = 8.0, 0.15, 6.0
# Causes without which this share of the rise of the ratio would stay are none.
STAYS = 0.6
# The service has become worse beyond so many standard deviations.
WORSE = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Cause:
    """A selection of label values.

    Attributes:
        values: (place of the label, place of its value), by label. `inside`: its combinations, shape (C,).
        additional: bad events beyond those that were to be expected.
    """

    values: tuple[tuple[int, int], ...]
    inside: np.ndarray
    additional: float


@dataclass(frozen=True, slots=True, eq=False)
class Causes:
    """What a search gave.

    Attributes:
        causes: strongest first. `strongest`: what comes nearest to a cause, where nothing is one.
        additional: bad events of the service beyond those that were to be expected. `is_worse`: beyond chance.
        tried: so many selections were.
    """

    causes: tuple[Cause, ...]
    strongest: Cause | None
    additional: float
    is_worse: bool
    tried: int


def causes(table: Combinations) -> Causes:
    """Search all selections of up to three labels, twice: what the first cause leaves may have another."""
    expected = expectations(table)
    search = _Search(table, expected)
    additional = float(table.bad.sum() - expected.bad.sum())
    deviation = float(np.sqrt(expected.bad.sum() + expected.variance.sum()))
    is_worse = additional > WORSE * deviation
    every = tuple(search.causes())
    if is_worse and _stays_bad(table, expected, every):
        every = ()
    return Causes(every, None if every else search.strongest(), additional, is_worse, search.tried)


def _stays_bad(table: Combinations, expected: Expectations, every: tuple[Cause, ...]) -> bool:
    """Without the causes the service would be nearly as bad as with them."""
    outside = ~np.logical_or.reduce([np.zeros(len(table), dtype=bool), *(cause.inside for cause in every)])
    additional = table.bad - expected.bad
    rest = additional[outside].sum() / max(table.valid[outside].sum(), 1e-9)
    return bool(rest > STAYS * additional.sum() / max(table.valid.sum(), 1e-9))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
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
        singles = list(candidates(table, range(len(table.labels)), depth=1))
        strength = [float(_raised(by.sums(table.bad), by.sums(expected.bad)).max(initial=0.0)) for by in singles]
        order = np.argsort(strength)[::-1].tolist()
        self._candidates = [*singles, *(by for depth in range(2, DEPTH + 1) for by in candidates(table, order, depth))]
        self.tried = sum(int((by.first >= 0).sum()) for by in self._candidates)

    def causes(self) -> Iterator[Cause]:
        """Those that stand out, strongest first."""
        left, factor = np.ones(len(self._table), dtype=bool), 1.0
        first: tuple[float, float] | None = None
        for _ in range(2):
            best = self._best(left, factor)
            if best is None:
                return
            ratio, factor = self._against_others(best.inside, left)
            additional = self._additional(best.inside, factor)
            if ratio < self._least(len(best.groups)) or not self._stands_out(best.inside, factor):
                return
            if first is not None and (ratio < SECOND * first[0] or additional < SECOND * first[1]):
                return
            first = ratio, additional
            yield from self._as_causes(best, left, factor)
            left &= ~best.inside

    def strongest(self) -> Cause | None:
        """The single selection of the best score."""
        best = self._best(np.ones(len(self._table), dtype=bool), 1.0, together=1)
        return None if best is None else self._cause(best.by, best.groups[0], best.inside)

    def _best(self, left: np.ndarray, factor: float, together: int = TOGETHER) -> _Found | None:
        """The selection with the best score.

        Args:
            left: combinations that no cause before has, shape (C,). `factor`: by which all others are raised.
            together: so many values of the same labels at most.
        """
        bad, expected = self._table.bad * left, self._expected.bad * left * factor
        sums = [(by, by.sums(bad), by.sums(expected), by.sums(left)) for by in self._candidates]
        whole = float(bad.sum() - expected.sum())
        most = max([whole, *(float((observed - usual).max()) for _, observed, usual, _ in sums)], default=0.0)
        best: tuple[float, Candidates, tuple[int, ...]] | None = None
        for by, observed, usual, parts in sums:
            for score, groups in _scored(observed, usual, parts, most, together):
                score -= PER_LABEL * (len(by.labels) - 1)
                if best is None or score > best[0]:
                    best = score, by, groups
        if best is None:
            return None
        _, by, groups = best
        return _Found(by, groups, np.isin(by.group, groups) & left)

    def _against_others(self, inside: np.ndarray, left: np.ndarray) -> tuple[float, float]:
        """The likelihood ratio of a selection that is raised otherwise than all others, less noise; their factor.

        https://en.wikipedia.org/wiki/Scan_statistic (Kulldorff's, for Poisson counts).

        Args:
            inside: combinations of the selection, shape (C,). `left`: those that no cause before has.
        """
        outside = left & ~inside
        observed, usual = (
            np.array([counts[rows].sum() for rows in (inside, outside)])
            for counts in (self._table.bad, self._expected.bad)
        )
        factor = max(observed[1], 0.5) / max(usual[1], 1e-9)
        both = observed.sum() / max(usual.sum(), 1e-9)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(observed > 0, observed * np.log(observed / (both * usual)), 0.0)
        ratio = float(terms.sum()) if observed[0] * usual[1] > observed[1] * usual[0] else 0.0
        return ratio / self._noise(inside, outside, factor), float(factor)

    def _noise(self, inside: np.ndarray, outside: np.ndarray, factor: float) -> float:
        """The variance of counts against that of Poisson counts: little was known before, and requests come in bursts.

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
        # Sorted, as `np.median` would import masked arrays. That of the square of a normal variable is 0.455.
        median = float(np.sort(squares)[len(squares) // 2])
        return finite * max(median / 0.455, 1.0)

    def _least(self, together: int) -> float:
        """The likelihood ratio that chance hardly reaches among all that was tried; `together`: values of a choice."""
        return LEAST_RATIO + together * float(np.log(max(self.tried, 1)))

    def _stands_out(self, inside: np.ndarray, factor: float) -> bool:
        usual = float(self._expected.bad[inside].sum())
        return float(self._table.bad[inside].sum()) > LEAST_FACTOR * factor * usual

    def _additional(self, inside: np.ndarray, factor: float = 1.0) -> float:
        return float(self._table.bad[inside].sum() - factor * self._expected.bad[inside].sum())

    def _as_causes(self, found: _Found, left: np.ndarray, factor: float) -> Iterator[Cause]:
        """Each value by itself, narrowed, most additional bad events first; `left`, `factor`: as for `_best`."""
        each = [self._narrowed(found.by, group, (found.by.group == group) & left, factor) for group in found.groups]
        yield from sorted(each, key=lambda cause: -cause.additional)

    def _narrowed(self, by: Candidates, group: int, inside: np.ndarray, factor: float) -> Cause:
        """A selection with further labels, as long as what is left of it is not raised.

        Args:
            by, group: the selection. `inside`: its combinations. `factor`: by which all others are raised.
        """
        while True:
            observed, usual = self._table.bad * inside, self._expected.bad * inside * factor
            best: tuple[float, Candidates, int] | None = None
            for narrower in self._candidates:
                if len(narrower.labels) == len(by.labels) + 1 and set(by.labels) < set(narrower.labels):
                    strength, part = _part(narrower.sums(observed), narrower.sums(usual))
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


def _scored(
    observed: np.ndarray, usual: np.ndarray, sizes: np.ndarray, most: float, together: int
) -> Iterator[tuple[float, tuple[int, ...]]]:
    """The best group by its score, and the best ones together; nothing where none is raised.

    Args:
        observed, usual: bad events of groups, and those that were to be expected, shape (groups,).
        sizes: combinations in each of them.
        most: additional bad events that a selection may have. `together`: so many groups at most.
    """
    raised, additional = _raised(observed, usual), observed - usual
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.where(raised > 0, np.log(raised) + np.log(np.minimum(additional / most, 1.0)), -np.inf)
    best = int(np.argmax(scores))
    if not raised[best] > 0:
        return
    yield float(scores[best]), (best,)
    top = np.argpartition(-raised, min(together, len(raised) - 1))[:together]
    top = top[np.argsort(-raised[top])]
    # All groups together are no selection.
    for count in range(2, min(together, int((usual > 0).sum()) - 1) + 1):
        chosen = top[:count]
        parts = additional[chosen]
        # Of many single combinations the worst few are always worse than the rest.
        if sizes[chosen].min() < 2 or not (raised[chosen] > 0).all() or parts.min() < LEAST_SHARE * parts.sum():
            return
        rises = parts / usual[chosen]
        if rises.min() < LEAST_RISE * rises.max():
            return
        ratio = float(_raised(observed[chosen].sum(keepdims=True), usual[chosen].sum(keepdims=True))[0])
        # Of what is raised by next to nothing the difference of two sums may fall below zero.
        if ratio <= 0:
            return
        share = min(float(parts.sum()) / most, 1.0)
        yield np.log(ratio) + np.log(share) - PER_VALUE * (count - 1), tuple(chosen.tolist())


def _part(observed: np.ndarray, usual: np.ndarray) -> tuple[float, int]:
    """The part of a selection without which the rest of it is not raised: how much it differs, and its group; 0: none.

    Args:
        observed, usual: bad events of its parts, and those that were to be expected, shape (groups,).
    """
    whole, expected = observed.sum(), usual.sum()
    others, usual_others = whole - observed, expected - usual
    rest = _raised(others, usual_others)
    would = _raised(usual_others * whole / expected, usual_others) if expected > 0 else np.zeros(len(usual))
    tells = (would > SEEN) & (rest < np.minimum(RAISED, RAISED_SHARE * would))
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.where(observed > 0, observed * np.log(observed * expected / (usual * whole)), 0.0)
        outer = np.where(others > 0, others * np.log(others * expected / (usual_others * whole)), 0.0)
    strength = np.where(tells & (observed * usual_others > others * usual), inner + outer, 0.0)
    strength = np.where(strength > LEAST_RATIO, strength, 0.0)
    best = int(np.argmax(strength))
    return float(strength[best]), best


def _raised(observed: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The logarithm of the likelihood ratio of Poisson counts that are raised; 0 where they are not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = observed * np.log(observed / usual) - (observed - usual)
    higher: np.ndarray = np.where((observed > usual) & (usual > 0), ratio, 0.0)
    return higher
