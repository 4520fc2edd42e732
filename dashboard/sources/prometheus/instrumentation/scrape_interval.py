"""The scrape interval of a series, from its samples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from dashboard.exceptions import QueryRejected
from dashboard.promql import counted_selectors
from dashboard.sources.prometheus.client.decode import Series
from dashboard.timerange import DAY, HOUR

# Seconds over which samples are counted. The shorter ones are for targets that are younger than the longest, or that
# were away for a part of it.
LOOKBACK = 600
SPANS = (LOOKBACK, 200, 60)
# Seconds between scrapes as people configure them.
COMMON_INTERVALS = (1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 240.0, 300.0)
# Taken where fewer than two samples were seen.
DEFAULT_INTERVAL = 60.0
# Of selected series one in ten may be new, and hold fewer samples than its interval says.
YOUNG_SHARE = 0.1
# Scrapes are late by this share of a span at most.
JITTER = 0.01
# Of the spans that which holds several scrapes of most intervals, and the share by which their number may be another.
NEWEST, UNEVEN = 200, 0.2
BATCH = 50

# Epoch seconds at which an instant query is put, after its text.
InstantQuery = Callable[[str, int], list[Series]]


def common_interval(samples: Mapping[int, float]) -> float:
    """The interval that people would have configured, by how many samples lie in some spans that end now.

    Args:
        samples: seconds of a span, of `SPANS` → the most that one series has in it.
    """
    counts = {span: count for span, count in samples.items() if count > 1}
    if not counts:
        return DEFAULT_INTERVAL
    # This many samples fit into a span at no longer interval than this, however many more are missing in it.
    longest = {span: span / (count - 1) * (1 + JITTER) for span, count in counts.items()}
    interval = _nearest(LOOKBACK / counts[LOOKBACK]) if LOOKBACK in counts else np.inf
    surest = min(longest, key=lambda span: longest[span])
    return interval if interval <= longest[surest] else _longest(surest, counts[surest])


def is_steady(samples: Mapping[int, float]) -> bool:
    """Whether targets were scraped all through the longest span, until now.

    Of those that came or went within it that span holds a part, and their interval seems longer than it is.

    Args:
        samples: as for `common_interval`.
    """
    expected = samples.get(LOOKBACK, 0.0) * NEWEST / LOOKBACK
    return expected > 0 and abs(samples.get(NEWEST, 0.0) - expected) <= UNEVEN * expected


def most_within(counted: str, span: int, seconds: int) -> str:
    """PromQL of the most that a count of samples over a span came to, at any time in some seconds before.

    Args:
        counted: PromQL of the count. `span`: seconds, of `SPANS`. `seconds`: some spans long.
    """
    return f"max_over_time(({counted})[{seconds}s:{span}s])"


def _longest(span: float, count: float) -> float:
    """The longest interval of which this many samples may lie in a span: a shorter one would miss scrapes."""
    fitting = (interval for interval in COMMON_INTERVALS if np.ceil(span / interval) >= count)
    return max(fitting, default=COMMON_INTERVALS[0])


def _nearest(measured: float) -> float:
    # Ten minutes hold now 13 and now 14 scrapes of 45 s: a window that follows would never be the same twice.
    return min(COMMON_INTERVALS, key=lambda interval: abs(np.log(measured / interval)))


def scrape_interval(instant: InstantQuery, selector: str, at: int) -> float:
    """Seconds between two samples of the series that a selector selects most often scraped.

    Args:
        instant: puts a query. `selector`: PromQL without a range. `at`: epoch seconds.
    """
    counts = {span: f"max(count_over_time({selector}[{span}s]))" for span in SPANS}
    samples = {span: _value(instant(count, at)) for span, count in counts.items()}
    if not is_steady(samples):
        lately = {span: _value(instant(most_within(count, span, HOUR), at)) for span, count in counts.items()}
        samples = denser(samples, lately)
    return common_interval(samples)


def denser(samples: Mapping[int, float], others: Mapping[int, float]) -> dict[int, float]:
    """The most samples of each span that either has; both as for `common_interval`."""
    return {span: max(samples.get(span, 0.0), others.get(span, 0.0)) for span in {*samples, *others}}


def _value(series: list[Series]) -> float:
    return float(series[0].value[1]) if series and series[0].value else 0.0


class ScrapeIntervals:
    """Scrape intervals of what operators' queries select, measured once a day.

    Args:
        instant: puts an instant query.
    """

    def __init__(self, instant: InstantQuery) -> None:
        self._instant = instant
        # Selector → when it was measured, and its interval, None if it had no samples.
        self._known: dict[str, tuple[int, float | None]] = {}

    def measure(self, queries: Iterable[str], at: int) -> None:
        """Measure the counters of some queries in batches; those without samples are looked for at other moments."""
        selectors = {selector for query in queries for selector in _counters(query)}
        due = iter(sorted(selector for selector in selectors if self._is_due(selector, at)))
        while batch := list(islice(due, BATCH)):
            self._measure_batch(batch, at)

    def slowest(self, query: str) -> float | None:
        """The longest interval among the counters of a query; None if none is known."""
        intervals = [self._known[selector][1] for selector in _counters(query) if selector in self._known]
        return max((interval for interval in intervals if interval is not None), default=None)

    def _is_due(self, selector: str, at: int) -> bool:
        # What had no samples at one moment may have some at another.
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
            # One bad regular expression is enough.
            for selector in batch if len(batch) > 1 else ():
                self._measure_batch([selector], at)
            return
        for selector in {*samples, *before}:
            counts = denser(samples.get(selector, {}), before.get(selector, {}))
            self._known[selector] = (at, common_interval(counts))

    def _samples(self, selectors: Sequence[str], at: int, within: int | None = None) -> dict[str, dict[int, float]]:
        """Selector → samples by span, as for `common_interval`; those with fewer than two are not there.

        Args:
            selectors: of counters. `at`: epoch seconds. `within`: the most in this many seconds; None: of the newest.
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
        """Selectors with their samples of one span."""
        # Numbered, so that one answer tells many selectors apart.
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
