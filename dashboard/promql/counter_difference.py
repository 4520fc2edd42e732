"""The growth of a counter between two times, from its newest samples at each; nothing is extrapolated.

`increase` extrapolates the growth between samples to both ends of its range, which is inaccurate for ranges hardly
    longer than a scrape interval.
https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
"""

from dataclasses import dataclass

# A sample is the newest one for this many scrapes, so that one may fail, and for at least this many seconds.
KNOWN_SCRAPES, KNOWN_MIN = 2.5, 30.0


@dataclass(frozen=True, slots=True)
class Difference:
    """The growth over `seconds`, for counters with samples `scrape` seconds apart.

    In a function of an operator's query, native histograms are read by their increase over one more scrape, scaled to
    `seconds`, because not every server can subtract histograms.
    """

    seconds: float
    scrape: float

    def of(self, selected: str, offset: float = 0.0) -> str:
        """PromQL of a counter's growth; after a restart, its value since.

        Args:
            selected: a selector without a range. `offset`: seconds before now of the later time.
        """
        last, before = (
            f"last_over_time({selected}{self._known}{_ago(ago)})" for ago in (offset, offset + self.seconds)
        )
        return _grown(last, before)

    def of_histogram(self, selected: str, bound: str = "+Inf") -> str:
        """PromQL of the growth of native histograms, up to a bound.

        Args:
            selected: a selector without a range. `bound`: upper bound, in their unit.
        """
        last, before = (_below(f"{selected}{_ago(ago)}", bound) for ago in (0.0, self.seconds))
        # Not every server supports last_over_time of histograms. A selector looks back for minutes, so a series that
        # has ended must not count as growth.
        return f"({_grown(last, before)} and count_over_time({selected}{self._known}))"

    @property
    def _known(self) -> str:
        return f"[{_milliseconds(max(KNOWN_SCRAPES * self.scrape, KNOWN_MIN))}]"

    @property
    def overlap(self) -> float:
        """Seconds by which the range of a native histogram is longer."""
        return self.scrape - 0.001

    @property
    def scale(self) -> float:
        """The share of that range's increase that belongs to `seconds`."""
        return max(self.seconds, self.scrape) / (self.seconds + self.overlap)


def _grown(last: str, before: str) -> str:
    return f"({last} - {before} >= 0 or ({last} and {before}))"


def _below(histogram: str, bound: str) -> str:
    """The number of events in a native histogram up to a bound."""
    count = f"histogram_count({histogram})"
    if bound == "+Inf":
        return count
    # The fraction of an empty histogram is NaN. Rounded, so that rounding errors do not look like a decrease.
    return f"(round(histogram_fraction(-Inf, {bound}, {histogram}) * {count}) >= 0 or {count})"


def _ago(seconds: float) -> str:
    return f" offset {_milliseconds(seconds)}" if seconds else ""


def _milliseconds(seconds: float) -> str:
    """A PromQL duration, which has no fractions."""
    return f"{round(seconds * 1000)}ms"
