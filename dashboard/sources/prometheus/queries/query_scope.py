"""The common settings of an instrumentation's queries."""

from dataclasses import dataclass

from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.selectors import RangeFunction


@dataclass(frozen=True, slots=True)
class QueryScope:
    """How to read the series of one instrumentation.

    Attributes:
        function: reads its counters. `extra`: matchers that select a service. `by`: labels to keep.
    """

    instrumentation: Instrumentation
    function: RangeFunction
    by: tuple[str, ...]
    extra: str = ""

    def selector(self, metric: str, *parts: str) -> str:
        """A selector with the matchers of the configuration, the preset and the service."""
        preset = self.instrumentation.preset
        return selectors.selector(metric, self.instrumentation.matchers, preset.matchers, self.extra, *parts)
