"""What scraped samples say, by the simplest count there is: the growth between consecutive samples, added up."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tests.field.generator import Service
from tests.field.scraped import Scraped

# Ratios are compared to a thousandth of their value; those below a hundredth, to a hundred-thousandth.
RELATIVE, ABSOLUTE = 1e-3, 1e-5


@dataclass(frozen=True)
class Count:
    """Events of a window; `unsure`: by how many an estimate may differ.

    Prometheus knows what lies between the first and the last sample of a range, and takes the rest of it to be alike.
    What a counter that begins, ends, is away or stands near 0 inside of a window grew by is known to about one scrape
    at each such edge; of all others it is known exactly.
    """

    events: float = 0.0
    unsure: float = 0.0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.events + other.events, self.unsure + other.unsure)


NOTHING = Count()


def growth(counter: Scraped) -> np.ndarray:
    """What each sample but the first added to the one before; after a restart all that it holds."""
    grown: np.ndarray = np.where(counter.falls, counter.values[1:], np.diff(counter.values))
    return grown


def count(counters: Iterable[Scraped], start: float, end: float) -> Count:
    """Events of some counters in (start, end], by when they were scraped (epoch seconds)."""
    return sum((_count(counter, start * 1000, end * 1000) for counter in counters), NOTHING)


def rated(counters: Iterable[Scraped], start: float, end: float) -> Count:
    """Events of [start, end] (epoch seconds) as the rate of each counter tells them: nothing of it is unsure.

    Rates go on from the first and the last sample to the ends, unless these are further away than a scrape; a counter
    is not taken to have been below 0. https://prometheus.io/docs/prometheus/latest/querying/functions/#rate
    """
    return Count(sum(_rated(counter, start * 1000, end * 1000) for counter in counters))


def _rated(counter: Scraped, start: float, end: float) -> float:
    seen = counter.part((counter.times >= start) & (counter.times <= end))
    if len(seen.times) < 2:
        return 0.0
    grown, known = float(growth(seen).sum()), float(seen.times[-1] - seen.times[0])
    every = known / (len(seen.times) - 1)
    before, after = float(seen.times[0] - start), float(end - seen.times[-1])
    # Histograms are taken to go on however little they hold.
    if seen.rows is None and grown > 0:
        before = min(before, known * float(seen.values[0]) / grown)
    reached = sum(edge if edge < 1.1 * every else every / 2 for edge in (before, after))
    return grown * (known + reached) / known


def _count(counter: Scraped, start: float, end: float) -> Count:
    times, values, every = counter.times, counter.values, counter.scrape * 1000
    if len(times) < 2:
        return NOTHING
    steps, gaps, later = growth(counter), np.diff(times), times[1:]
    inside = (later > start) & (later <= end)
    events = float(steps[inside].sum())
    if not events:
        return NOTHING
    # As fast as it ever grew in the window, for each edge that is estimated.
    fastest = float((steps[inside] * every / gaps[inside]).max())
    missed = inside & (gaps > 1.5 * every)
    begins, ends = bool(start < times[0] <= end), bool(times[-1] <= end - every)
    near_zero = bool(values[:-1][inside].min() < 2 * fastest)
    edges = begins + ends + near_zero + 2 * int(missed.sum())
    return Count(events, 1.2 * edges * fastest + float(steps[missed].sum()))


def failures(service: Service, start: float, end: float) -> tuple[Count, Count]:
    """Requests that failed, and all, in (start, end]."""
    failed, valid = (count(counters, start, end) for counters in (service.failed, service.valid))
    return failed, valid


def slowness(service: Service, threshold: float, start: float, end: float) -> tuple[Count, Count]:
    """Requests slower than a bound, and all whose latency counts.

    Args:
        service: that has this bound. `threshold`: the bound in seconds.
        start, end: epoch seconds.
    """
    fast = count(service.buckets[threshold], start, end)
    valid = count(service.buckets.get(float("inf"), service.answered), start, end)
    # Counters of words begin with their first request, which a histogram beside them counts: then all were fast.
    return Count(max(valid.events - fast.events, 0.0), valid.unsure + fast.unsure), valid


def ratio_bounds(part: Count, whole: Count) -> tuple[float, float]:
    """Between what a ratio of counts must lie."""
    low = (part.events - part.unsure) / max(whole.events + whole.unsure, 1e-9)
    high = min((part.events + part.unsure) / max(whole.events - whole.unsure, 1e-9), 1.0)
    return low - max(RELATIVE * abs(low), ABSOLUTE), high + max(RELATIVE * high, ABSOLUTE)
