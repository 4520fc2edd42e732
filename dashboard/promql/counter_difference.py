"""The growth of a counter between two moments, by its newest samples at each; nothing is estimated.

`increase` takes what lies between two samples to go on to both ends of its range, which is wrong for ranges that are
hardly longer than a scrape interval.
https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
"""

from dataclasses import dataclass

# A sample is taken for the newest over this many scrapes, so that one may fail, and for this many seconds at least.
KNOWN_SCRAPES, KNOWN_MIN = 2.5, 30.0


@dataclass(frozen=True, slots=True)
class Difference:
    """Between a moment and `seconds` before it, of counters whose samples lie `scrape` seconds apart.

    Within a function of an operator's query native histograms are read by their increase over one scrape more, scaled
    to the scrapes in `seconds`: not every server subtracts histograms.
    """

    seconds: float
    scrape: float

    def of(self, selected: str, offset: float = 0.0) -> str:
        """PromQL of a counter's growth; after a restart, what it counted since.

        Args:
            selected: a selector without a range. `offset`: seconds before now of the later moment.
        """
        last, before = (
            f"last_over_time({selected}{self._known}{_ago(ago)})" for ago in (offset, offset + self.seconds)
        )
        return _grown(last, before)

    def of_histogram(self, selected: str, bound: str = "+Inf") -> str:
        """PromQL of what native histograms grew by, up to a bound.

        Args:
            selected: a selector without a range. `bound`: upper end, in their unit.
        """
        last, before = (_below(f"{selected}{_ago(ago)}", bound) for ago in (0.0, self.seconds))
        # Not every server gives the last of histograms over a time. A selector looks back for minutes: who is away
        # grew by nothing that is known.
        return f"({_grown(last, before)} and count_over_time({selected}{self._known}))"

    @property
    def _known(self) -> str:
        return f"[{_milliseconds(max(KNOWN_SCRAPES * self.scrape, KNOWN_MIN))}]"

    @property
    def overlap(self) -> float:
        """Seconds by which the range of a native histogram reaches further back."""
        return self.scrape - 0.001

    @property
    def scale(self) -> float:
        """The share of that range's increase that belongs to the scrapes in `seconds`."""
        return max(self.seconds, self.scrape) / (self.seconds + self.overlap)


def _grown(last: str, before: str) -> str:
    return f"({last} - {before} >= 0 or ({last} and {before}))"


def _below(histogram: str, bound: str) -> str:
    """How many events a native histogram holds up to a bound."""
    count = f"histogram_count({histogram})"
    if bound == "+Inf":
        return count
    # A share of nothing is not a number. Rounded, so that what did not grow did not fall by a last digit.
    return f"(round(histogram_fraction(-Inf, {bound}, {histogram}) * {count}) >= 0 or {count})"


def _ago(seconds: float) -> str:
    return f" offset {_milliseconds(seconds)}" if seconds else ""


def _milliseconds(seconds: float) -> str:
    """A duration of PromQL, which knows no fractions."""
    return f"{round(seconds * 1000)}ms"
