"""Evidence that two sides differ from some time on: from the beginning, or since a fault that started later.

An e-process may start at any step, and is 1 until then; a weighted mean of these with fixed weights is an e-process as
well, so that conclusions are valid at all looks: J. Shin, A. Ramdas, A. Rinaldo, E-detectors: a
nonparametric framework for sequential change detection, New England Journal of Statistics in Data Science (2023),
https://nejsds.nestat.org/journal/NEJSDS/article/59/text. Most of the weight is on the beginning: a difference from
there on loses only a tenth of its evidence.

Later starts are considered if the control has ended, is long enough, and had few bad events: it cannot show their
scatter, so that a fault that starts later would be mistaken for a burst. A control that shows it distinguishes both by
itself; with a short one, or one that goes on, the scatter of a few steps is too uncertain for another start. Then the
share of all steps is compared with the largest plausible burst instead: failures this many times as frequent as in the
control are not a burst, whatever their scatter.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dashboard.comparison.dispersion import CORRELATED_STEPS, Side, dispersions, has_few_bad, worth
from dashboard.comparison.sequential import Counts, log_e_value, log_e_value_beyond

# The weight of a difference from the beginning; the rest is distributed over later starts, 1/(n (n + 1)) for the n-th.
FROM_BEGIN = 0.9
# Maximum factor by which bursts raise the share of a comparison above that of the control. Of 400 null cases whose
# shares scatter by e^±1.5 for twenty steps, 13 exceed it when watched for 60; with e^±1 or less, none.
BURST_MOST = 20.0
# Minimum distance between starts, in steps and as a share of the time before; minimum steps after each start.
APART, GROWTH, BEHIND = 5, 0.15, CORRELATED_STEPS


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of the steps so far.

    Attributes:
        log: logarithm of the e-value. `is_higher`: the experiment's share is higher.
        begins: step of the experiment at which most of the evidence begins; 0: the first.
        is_beyond_bursts: most of the evidence is that the share is higher than any burst would make it.
    """

    log: float
    is_higher: bool
    begins: int = 0
    is_beyond_bursts: bool = False


def evidence(control: Side, experiment: Side, *, grows_together: bool) -> Evidence:
    """The evidence that two sides differ.

    Args:
        control, experiment: steps in order of time, at least one each.
        grows_together: both are still measured; else the control has ended.
    """
    if grows_together or not has_few_bad(control):
        return _with_bursts(_since(control, experiment), control, experiment)
    # A start in the future has an e-value of 1.
    begun = [
        (weight, _started(control, experiment, begins) or Evidence(0.0, is_higher=False))
        for begins, weight in _starts(experiment.length)
    ]
    logs = [math.log(weight) + part.log for weight, part in begun]
    return replace(begun[int(np.argmax(logs))][1], log=float(np.logaddexp.reduce(logs)))


def _with_bursts(since: Evidence, control: Side, experiment: Side) -> Evidence:
    """The evidence against the largest plausible burst, if the scatter may be a fault that started later.

    Args:
        since: from the beginning. `control`, `experiment`: steps in order of time.
    """
    each = Counts(control.bad_events, control.valid_events, experiment.bad_events, experiment.valid_events)
    begin = math.log(FROM_BEGIN) + since.log
    beyond = math.log(1 - FROM_BEGIN) + log_e_value_beyond(each, BURST_MOST)
    return replace(since, log=float(np.logaddexp(begin, beyond)), is_beyond_bursts=beyond > begin)


def _started(control: Side, experiment: Side, begins: int) -> Evidence | None:
    """The evidence of one start; None if too few steps follow it.

    Args:
        control, experiment: steps in order of time. `begins`: steps of the experiment before the start, which are
            added to the control.
    """
    since = experiment.since(begins)
    if begins and since.steps < BEHIND:
        return None
    return replace(_since(control.with_more(experiment.until(begins)), since), begins=begins)


def _since(control: Side, experiment: Side) -> Evidence:
    counts = worth(control, experiment, dispersions(control, experiment))
    return Evidence(log_e_value(counts), experiment.share > control.share)


def _starts(length: int) -> Iterator[tuple[int, float]]:
    """The number of steps before each start, and its weight; starts that are too late are merged into one."""
    yield 0, FROM_BEGIN
    begins, number = APART, 1
    while begins <= length - BEHIND:
        yield begins, (1 - FROM_BEGIN) / (number * (number + 1))
        begins += max(APART, math.ceil(GROWTH * begins / APART) * APART)
        number += 1
    # All later ones together have a weight of (1 - FROM_BEGIN) / number, and an e-value of 1.
    yield length, (1 - FROM_BEGIN) / number
