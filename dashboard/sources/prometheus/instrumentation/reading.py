"""The results of a search for the series of a server."""

from dataclasses import dataclass

from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation


@dataclass(frozen=True, slots=True)
class Reading:
    """Knowledge of the server since a search: replaced as a whole, as refreshes and viewers run in parallel.

    Attributes:
        recorded: metrics of recording rules by which objectives are counted.
        searched_at: epoch seconds; for a server whose data have ended, when something last existed.
        extrapolates: an increase only uses the samples inside its window.
    """

    instrumentations: tuple[Instrumentation, ...] = ()
    recorded: tuple[str, ...] = ()
    searched_at: int | None = None
    extrapolates: bool = True

    def there_at(self, at: int) -> int:
        """The time at which to find what exists at another time: no later than that of the search."""
        return at if self.searched_at is None else min(at, self.searched_at)

    @property
    def metrics(self) -> list[str]:
        """The metrics by which requests and objectives are counted, sorted by name."""
        return sorted({*self.recorded, *(instrumentation.preset.metric for instrumentation in self.instrumentations)})
