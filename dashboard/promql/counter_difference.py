"""What a counter grew by between two moments, by its newest samples at each of them: nothing is estimated.

`increase` takes what lies between two samples to go on to both ends of its range, which is wrong for ranges that are
hardly longer than a scrape interval.
https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
"""

from dataclasses import dataclass

# A sample is taken for the newest over so many scrapes, so that one may fail, and for so many seconds at least.
KNOWN_SCRAPES, KNOWN_MIN = 2.5, 30.0


@dataclass(frozen=True, slots=True)
class Difference:
    """Between a moment and `seconds` before it, of counters whose samples lie `scrape` seconds apart.

    Native histograms are read by their increase over one scrape more, scaled to the scrapes in `seconds`: not every
    server subtracts histograms.
    """

    seconds: float
    scrape: float

    def of(self, selected: str, offset: float = 0.0) -> str:
        """PromQL of a counter's growth; after a restart, what it counted since.

        Args:
            selected: a selector without a range. `offset`: seconds before now of the later moment.
        """
        span = f"[{_milliseconds(max(KNOWN_SCRAPES * self.scrape, KNOWN_MIN))}]"
        last, before = (
            f"last_over_time({selected}{span}{f' offset {_milliseconds(ago)}' if ago else ''})"
            for ago in (offset, offset + self.seconds)
        )
        return f"({last} - {before} >= 0 or ({last} and {before}))"

    @property
    def overlap(self) -> float:
        """Seconds by which the range of a native histogram reaches further back."""
        return self.scrape - 0.001

    @property
    def scale(self) -> float:
        """The share of that range's increase that belongs to the scrapes in `seconds`."""
        return max(self.seconds, self.scrape) / (self.seconds + self.overlap)


def _milliseconds(seconds: float) -> str:
    """A duration of PromQL, which knows no fractions."""
    return f"{round(seconds * 1000)}ms"
