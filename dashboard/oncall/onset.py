"""When a trouble that is still under way began, from the counts of bad and valid events of a whole service.

A rise is where counts split best into a lower and a higher ratio: the largest Poisson likelihood ratio of two segments
(https://en.wikipedia.org/wiki/Change_detection). A fall after it means that this trouble was over, and a steeper rise
after it that the first one was only a drift.
"""

import numpy as np

from dashboard.running_sums import running_sums

# The least log-likelihood ratio of a rise or fall, beyond that of the best of n splits by chance.
LEAST = 8.0
# A later rise is the onset if what lies between the two has less than this share of its additional ratio.
DRIFT = 0.3


def onset(bad: np.ndarray, valid: np.ndarray) -> int:
    """The position of the first time of the trouble in which the newest time lies.

    Args:
        bad, valid: counts of events by time, oldest first, shape (n,), n >= 1.

    Returns:
        0 < position < n; n - 1, the newest time alone, if no trouble began earlier.
    """
    series = _Series(bad, valid)
    count, first, rise = len(bad), 0, None
    while True:
        place = series.split(first, count, rises=True)
        if place is None or (rise is not None and not series.is_drift(rise, place)):
            return count - 1 if rise is None else rise
        first = rise = place
        fall = series.split(rise, count, rises=False)
        if fall is not None:
            first, rise = fall, None


class _Series:
    """Running sums of counts.

    Args:
        bad, valid: by time, shape (n,).
    """

    def __init__(self, bad: np.ndarray, valid: np.ndarray) -> None:
        self._sums = running_sums(np.column_stack([bad, valid]))
        self._counts = bad, valid

    def split(self, begin: int, end: int, *, rises: bool) -> int | None:
        """The position that best splits [begin, end) into two ratios; None if chance splits it as well.

        Args:
            begin, end: positions. `rises`: the second ratio is the higher one, otherwise the lower one.
        """
        if end - begin < 2:
            return None
        first, second = self._sums[begin + 1 : end] - self._sums[begin], self._sums[end] - self._sums[begin + 1 : end]
        whole = _ratio(first + second)
        ratios = np.stack([_ratio(first), _ratio(second)])
        likelihoods = sum(
            part[:, 0] * _log(ratio / np.maximum(whole, 1e-300))
            for part, ratio in zip((first, second), ratios, strict=True)
        )
        likelihoods = np.where((ratios[1] > ratios[0]) == rises, likelihoods, 0.0)
        place = int(likelihoods.argmax())
        noise = self._noise(begin, begin + 1 + place, end)
        return begin + 1 + place if likelihoods[place] > noise * (LEAST + np.log(end - begin)) else None

    def is_drift(self, first: int, second: int) -> bool:
        """Whether the ratio rose little at a first position, compared with a second one."""
        before, between, after = (
            float(_ratio(self._sums[[end]] - self._sums[[begin]])[0])
            for begin, end in ((0, first), (first, second), (second, len(self._sums) - 1))
        )
        return between - before < DRIFT * (after - before)

    def _noise(self, begin: int, place: int, end: int) -> float:
        """The variance of the counts of both segments relative to Poisson counts, at least 1."""
        squares = []
        for first, last in ((begin, place), (place, end)):
            bad, valid = (counts[first:last] for counts in self._counts)
            usual = valid * bad.sum() / max(valid.sum(), 1e-9)
            squares.append((bad - usual)[usual > 0] ** 2 / usual[usual > 0])
        every = np.concatenate(squares)
        # By sorting, as `np.median` would import masked arrays. 0.455: median of the square of a normal variable.
        return max(float(np.sort(every)[len(every) // 2]) / 0.455, 1.0) if len(every) else 1.0


def _ratio(sums: np.ndarray) -> np.ndarray:
    """Bad by valid events, shape (n,); 0 without valid ones; `sums`: shape (n, 2)."""
    ratio: np.ndarray = np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] > 0)
    return ratio


def _log(values: np.ndarray) -> np.ndarray:
    """The logarithm, 0 for 0: nothing times its logarithm is nothing."""
    logs: np.ndarray = np.log(values, out=np.zeros(len(values)), where=values > 0)
    return logs
