"""Measures the scrape interval of a series from its samples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from dashboard.exceptions import QueryRejected
from dashboard.promql import counted_selectors
from dashboard.sources.prometheus.client.decode import Series
from dashboard.timerange import DAY, HOUR

# Spans in seconds over which samples are counted. The shorter ones are for targets that are younger than the longest,
# or were away for a part of it.
LOOKBACK = 600
SPANS = (LOOKBACK, 200, 60)
# Usual scrape intervals in seconds.
COMMON_INTERVALS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0)
# Used if fewer than two samples exist.
DEFAULT_INTERVAL = 60.0
# Up to this share of selected series may be new, with fewer samples than their interval implies.
YOUNG_SHARE = 0.1
# Maximum delay of scrapes as a share of a span.
JITTER = 0.01
# The span that contains several scrapes at most intervals, and the tolerance of their number as a share.
NEWEST, UNEVEN = 200, 0.2
BATCH = 50

# Evaluates an instant query at a time in epoch seconds.
InstantQuery = Callable[[str, int], list[Series]]


def common_interval(samples: Mapping[int, float]) -> float:
    """The usual interval that fits the number of samples in some spans that end now.

    Args:
        samples: seconds of a span, from `SPANS` → the largest number of samples of one series in it.
    """
    counts = {span: count for span, count in samples.items() if count > 1}
    if not counts:
        return DEFAULT_INTERVAL
    # With this many samples in a span, the interval is at most this, even if samples are missing.
    longest = {span: span / (count - 1) * (1 + JITTER) for span, count in counts.items()}
    interval = _nearest(LOOKBACK / counts[LOOKBACK]) if LOOKBACK in counts else np.inf
    surest = min(longest, key=lambda span: longest[span])
    return interval if interval <= longest[surest] else _longest(surest, counts[surest])


def is_steady(samples: Mapping[int, float]) -> bool:
    """Whether targets were scraped during the whole longest span, until now.

    For targets that came or went within it, the interval would be overestimated.

    Args:
        samples: as for `common_interval`.
    """
    expected = samples.get(LOOKBACK, 0.0) * NEWEST / LOOKBACK
    return expected > 0 and abs(samples.get(NEWEST, 0.0) - expected) <= UNEVEN * expected


def most_within(counted: str, span: int, seconds: int) -> str:
    """PromQL of the maximum of a sample count over a span, at any time in the preceding seconds.

    Args:
        counted: PromQL of the count. `span`: seconds, from `SPANS`. `seconds`: several spans long.
    """
    return f"max_over_time(({counted})[{seconds}s:{span}s])"


def _longest(span: float, count: float) -> float:
    """The longest interval at which this many samples fit into a span: a shorter one would imply missing scrapes."""
    fitting = (interval for interval in COMMON_INTERVALS if np.ceil(span / interval) >= count)
    return max(fitting, default=COMMON_INTERVALS[0])


def _nearest(measured: float) -> float:
    # Ten minutes contain 13 or 14 scrapes of 45 s, so a window derived from the raw number would keep changing.
    return min(COMMON_INTERVALS, key=lambda interval: abs(np.log(measured / interval)))


def scrape_interval(instant: InstantQuery, selector: str, at: int) -> float:
    """Seconds between two samples of the most frequently scraped series that a selector selects.

    Args:
        instant: sends a query. `selector`: PromQL without a range. `at`: epoch seconds.
    """
    counts = {span: f"max(count_over_time({selector}[{span}s]))" for span in SPANS}
    samples = {span: _value(instant(count, at)) for span, count in counts.items()}
    if not is_steady(samples):
        lately = {span: _value(instant(most_within(count, span, HOUR), at)) for span, count in counts.items()}
        samples = denser(samples, lately)
    return common_interval(samples)


def denser(samples: Mapping[int, float], others: Mapping[int, float]) -> dict[int, float]:
    """The larger number of samples in each span; both as for `common_interval`."""
    return {span: max(samples.get(span, 0.0), others.get(span, 0.0)) for span in {*samples, *others}}


def _value(series: list[Series]) -> float:
    return float(series[0].value[1]) if series and series[0].value else 0.0


class ScrapeIntervals:
    """Scrape intervals of the series in operators' queries, measured once a day.

    Args:
        instant: sends an instant query.
    """

    def __init__(self, instant: InstantQuery) -> None:
        self._instant = instant
        # Selector → time of the measurement, and its interval, None without samples.
        self._known: dict[str, tuple[int, float | None]] = {}

    def measure(self, queries: Iterable[str], at: int) -> None:
        """Measure the counters of queries in batches; those without samples are tried again at other times."""
        selectors = {selector for query in queries for selector in _counters(query)}
        due = iter(sorted(selector for selector in selectors if self._is_due(selector, at)))
        while batch := list(islice(due, BATCH)):
            self._measure_batch(batch, at)

    def slowest(self, query: str) -> float | None:
        """The longest interval among the counters of a query; None if unknown."""
        intervals = [self._known[selector][1] for selector in _counters(query) if selector in self._known]
        return max((interval for interval in intervals if interval is not None), default=None)

    def _is_due(self, selector: str, at: int) -> bool:
        # A selector without samples at one time may have some at another.
        when, interval = self._known.get(selector, (None, None))
        return when is None or (interval is None and when != at) or abs(at - when) > DAY

    def _measure_batch(self, batch: Sequence[str], at: int) -> None:
        self._known |= dict.fromkeys(batch, (at, None))
        try:
            samples = self._samples(batch, at)
            unsteady = [selector for selector in samples if not is_steady(samples[selector])]
            gone = [selector for selector in batch if selector not in samples]
            before = self._samples(unsteady, at, HOUR) | self._samples(gone, at, DAY)
        except QueryRejected:
            # One invalid regular expression fails the whole batch.
            for selector in batch if len(batch) > 1 else ():
                self._measure_batch([selector], at)
            return
        for selector in {*samples, *before}:
            counts = denser(samples.get(selector, {}), before.get(selector, {}))
            self._known[selector] = (at, common_interval(counts))

    def _samples(self, selectors: Sequence[str], at: int, within: int | None = None) -> dict[str, dict[int, float]]:
        """Selector → samples by span, as for `common_interval`; selectors with fewer than two are omitted.

        Args:
            selectors: of counters. `at`: epoch seconds. `within`: the maximum in this many seconds; None: at the newest
                time.
        """
        samples: dict[str, dict[int, float]] = {}
        for span in SPANS if selectors else ():
            for selector, count in self._samples_of(selectors, span, at, within):
                if count > 1:
                    samples.setdefault(selector, {})[span] = count
        return samples

    def _samples_of(
        self, selectors: Sequence[str], span: int, at: int, within: int | None
    ) -> Iterator[tuple[str, float]]:
        """Selectors with their number of samples in one span."""
        # Numbered, so that one answer can contain many selectors.
        parts = []
        for number, selector in enumerate(selectors):
            count = f"quantile({YOUNG_SHARE}, count_over_time({selector}[{span}s]))"
            counted = count if within is None else most_within(count, span, within)
            parts.append(f'label_replace({counted}, "n", "{number}", "", "")')
        for row in self._instant(" or ".join(parts), at):
            if row.value:
                yield selectors[int(row.metric["n"])], float(row.value[1])


def _counters(query: str) -> frozenset[str]:
    try:
        return counted_selectors(query)
    except ValueError:
        return frozenset()
