"""Scores of selections by their difference from the expected counts: likelihood ratios of Poisson counts.

`causes.py` says how the constants were chosen.
"""

from collections.abc import Iterator

import numpy as np

# The logarithm of a likelihood ratio that chance does not reach.
LEAST_RATIO = 4.0
# The discount on the logarithm of the score per further value of the same labels. Of values tried together each has
# at least this share of their additional events, and at least this share of the rise of the worst of them.
PER_VALUE, LEAST_SHARE, LEAST_RISE = 0.1, 0.15, 0.33
# The rest of a selection is not raised below this ratio, and below this share of the ratio that it would have if it
# were raised like the remainder; it must be large enough for that to be visible.
RAISED, RAISED_SHARE, SEEN = 8.0, 0.15, 6.0


def scored(
    observed: np.ndarray, usual: np.ndarray, sizes: np.ndarray, most: float, together: int
) -> Iterator[tuple[float, tuple[int, ...]]]:
    """The best group by its score, and the best groups together; nothing if none is raised.

    Args:
        observed, usual: bad events of groups, and expected ones, shape (groups,).
        sizes: combinations in each of them.
        most: maximum of additional bad events of a selection. `together`: maximum number of groups.
    """
    ratios, additional = raised(observed, usual), observed - usual
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.where(ratios > 0, np.log(ratios) + np.log(np.minimum(additional / most, 1.0)), -np.inf)
    best = int(np.argmax(scores))
    if not ratios[best] > 0:
        return
    yield float(scores[best]), (best,)
    top = np.argpartition(-ratios, min(together, len(ratios) - 1))[:together]
    top = top[np.argsort(-ratios[top])]
    # All groups together are not a selection.
    for count in range(2, min(together, int((usual > 0).sum()) - 1) + 1):
        chosen = top[:count]
        parts = additional[chosen]
        # Of many single combinations the worst few are always worse than the rest.
        if sizes[chosen].min() < 2 or not (ratios[chosen] > 0).all() or parts.min() < LEAST_SHARE * parts.sum():
            return
        rises = parts / usual[chosen]
        if rises.min() < LEAST_RISE * rises.max():
            return
        ratio = float(raised(observed[chosen].sum(keepdims=True), usual[chosen].sum(keepdims=True))[0])
        # For hardly raised groups the difference of two sums may fall below zero.
        if ratio <= 0:
            return
        share = min(float(parts.sum()) / most, 1.0)
        yield np.log(ratio) + np.log(share) - PER_VALUE * (count - 1), tuple(chosen.tolist())


def telling_part(observed: np.ndarray, usual: np.ndarray) -> tuple[float, int]:
    """The part of a selection without which the rest is not raised: its score, and its group; 0: none.

    Args:
        observed, usual: bad events of its parts, and expected ones, shape (groups,).
    """
    whole, expected = observed.sum(), usual.sum()
    others, usual_others = whole - observed, expected - usual
    rest = raised(others, usual_others)
    would = raised(usual_others * whole / expected, usual_others) if expected > 0 else np.zeros(len(usual))
    tells = (would > SEEN) & (rest < np.minimum(RAISED, RAISED_SHARE * would))
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.where(observed > 0, observed * np.log(observed * expected / (usual * whole)), 0.0)
        outer = np.where(others > 0, others * np.log(others * expected / (usual_others * whole)), 0.0)
    strength = np.where(tells & (observed * usual_others > others * usual), inner + outer, 0.0)
    strength = np.where(strength > LEAST_RATIO, strength, 0.0)
    best = int(np.argmax(strength))
    return float(strength[best]), best


def raised(observed: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The logarithm of the likelihood ratio of Poisson counts that are raised; 0 if they are not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = observed * np.log(observed / usual) - (observed - usual)
    higher: np.ndarray = np.where((observed > usual) & (usual > 0), ratio, 0.0)
    return higher
