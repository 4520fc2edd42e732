"""The verdict of a comparison, and why it is inconclusive."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """The experiment compared with the control; `INCONCLUSIVE` never means `SAME`."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"
    NO_DATA = "no_data"


class Reason(StrEnum):
    """Why there is no conclusion, or a remark on it."""

    NO_SIGNAL = "the source does not tell it"
    NO_CONTROL = "the control has no requests"
    NO_EXPERIMENT = "the experiment has no requests"
    FEW_STEPS = "too few steps of time to tell a burst from a change"
    FEW_REQUESTS = "too few requests to see a doubling"
    SMALL_EFFECT = "a doubling would be seen, a smaller difference may be there"
    FEW_VALUES = "too few values: the means may differ by more than the margin"
    SMALL_CONTROL = "the control has too few requests, however long the experiment goes on"
    MORE_TRAFFIC = "more requests are neither better nor worse"
    BEYOND_BURSTS = "a higher share than any burst of failures would make"
    DISTRIBUTION = "slower at some bounds, faster at others"


def together(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of several deciding signals: the worst one counts, and unknown is never good."""
    every = list(verdicts)
    if Verdict.WORSE in every:
        return Verdict.WORSE
    if all(verdict is Verdict.NO_DATA for verdict in every):
        return Verdict.NO_DATA
    if Verdict.NO_DATA in every or Verdict.INCONCLUSIVE in every:
        return Verdict.INCONCLUSIVE
    return Verdict.BETTER if Verdict.BETTER in every else Verdict.SAME
