"""Evidence that two sides differ from some moment on: from the beginning, or since a fault that set in later.

An e-process may start at any step, and is 1 until then; a mean of such with weights that are fixed beforehand is an
e-process as well, so that what is concluded holds at all looks: J. Shin, A. Ramdas, A. Rinaldo, E-detectors: a
nonparametric framework for sequential change detection, New England Journal of Statistics in Data Science (2023),
https://nejsds.nestat.org/journal/NEJSDS/article/59/text. Most of the weight stays with the beginning: it costs the
evidence of what differs from there on a tenth.

Later starts are looked at beside a control that has ended, is long enough, and had few bad events: it cannot say how
they scatter, so that a fault that sets in later would pass for a burst. One that can say it tells both apart by itself;
beside a short one, or one that goes on, the scatter of a few steps is known too badly to start anew. There the share of
all steps is held against the largest burst instead: what fails this many times as often as the control is none, however
its failures scatter.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dashboard.comparison.dispersion import CORRELATED_STEPS, Side, dispersions, has_few_bad, worth
from dashboard.comparison.sequential import Counts, log_e_value, log_e_value_beyond

# The weight of a difference from the beginning; the rest is spread over later starts, 1/(n (n + 1)) for the n-th.
FROM_BEGIN = 0.9
# Bursts raise the share of a whole comparison at most this many times above that of the control. Of 400 nulls whose
# shares scatter by e^±1.5 for twenty steps, 13 are beyond it when watched for 60; by e^±1 or less, none.
BURST_MOST = 20.0
# Starts lie this many steps apart at least, and so much of the time before; each needs this many steps behind it.
APART, GROWTH, BEHIND = 5, 0.15, CORRELATED_STEPS


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the steps up to now say.

    Attributes:
        log: logarithm of the e-value. `is_higher`: the experiment's share is the higher one.
        begins: steps of the experiment after which most of the evidence begins; 0: with the first.
        is_beyond_bursts: most of it is that the share is higher than by any burst.
    """

    log: float
    is_higher: bool
    begins: int = 0
    is_beyond_bursts: bool = False


def evidence(control: Side, experiment: Side, *, grows_together: bool) -> Evidence:
    """The evidence that two sides differ.

    Args:
        control, experiment: steps in order of time, one at least of each.
        grows_together: both go on; else the control has ended.
    """
    if grows_together or not has_few_bad(control):
        return _with_bursts(_since(control, experiment), control, experiment)
    # What has not begun yet has an e-value of 1.
    begun = [
        (weight, _started(control, experiment, begins) or Evidence(0.0, is_higher=False))
        for begins, weight in _starts(experiment.length)
    ]
    logs = [math.log(weight) + part.log for weight, part in begun]
    return replace(begun[int(np.argmax(logs))][1], log=float(np.logaddexp.reduce(logs)))


def _with_bursts(since: Evidence, control: Side, experiment: Side) -> Evidence:
    """The evidence beside what any burst could do, where the scatter of the steps may be a fault that set in meanwhile.

    Args:
        since: from the beginning. `control`, `experiment`: steps in order of time.
    """
    each = Counts(control.bad_events, control.valid_events, experiment.bad_events, experiment.valid_events)
    begin = math.log(FROM_BEGIN) + since.log
    beyond = math.log(1 - FROM_BEGIN) + log_e_value_beyond(each, BURST_MOST)
    return replace(since, log=float(np.logaddexp(begin, beyond)), is_beyond_bursts=beyond > begin)


def _started(control: Side, experiment: Side, begins: int) -> Evidence | None:
    """The evidence of one start; None if too few steps lie behind it.

    Args:
        control, experiment: steps in order of time. `begins`: steps of the experiment before the start, which count
            to the control.
    """
    since = experiment.since(begins)
    if begins and since.steps < BEHIND:
        return None
    return replace(_since(control.with_more(experiment.until(begins)), since), begins=begins)


def _since(control: Side, experiment: Side) -> Evidence:
    counts = worth(control, experiment, dispersions(control, experiment))
    return Evidence(log_e_value(counts), experiment.share > control.share)


def _starts(length: int) -> Iterator[tuple[int, float]]:
    """Steps before each start, and its weight; those that are too late to tell anything are one, with all they have."""
    yield 0, FROM_BEGIN
    begins, number = APART, 1
    while begins <= length - BEHIND:
        yield begins, (1 - FROM_BEGIN) / (number * (number + 1))
        begins += max(APART, math.ceil(GROWTH * begins / APART) * APART)
        number += 1
    # All later ones together have a weight of (1 - FROM_BEGIN) / number, and an e-value of 1.
    yield length, (1 - FROM_BEGIN) / number
