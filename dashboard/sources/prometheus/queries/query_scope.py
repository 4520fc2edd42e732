"""The common settings of an instrumentation's queries."""

from dataclasses import dataclass

from dashboard.sources.prometheus.instrumentation import selectors
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.instrumentation.selectors import RangeFunction


@dataclass(frozen=True, slots=True)
class QueryScope:
    """How the series of one instrumentation are read.

    Attributes:
        function: how its counters are read. `extra`: matchers that select a service. `by`: labels that are kept.
    """

    instrumentation: Instrumentation
    function: RangeFunction
    by: tuple[str, ...]
    extra: str = ""

    def selector(self, metric: str, *parts: str) -> str:
        """A selector with the operator's, the preset's and the service's matchers."""
        preset = self.instrumentation.preset
        return selectors.selector(metric, self.instrumentation.matchers, preset.matchers, self.extra, *parts)
