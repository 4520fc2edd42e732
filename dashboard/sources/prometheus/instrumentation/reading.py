"""What a search has found out about the series of a server."""

from dataclasses import dataclass

from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of the server since a search: replaced whole, as refreshes and viewers ask beside each other.

    Attributes:
        recorded: metrics of recording rules that objectives are counted by.
        searched_at: epoch seconds; of a server on which all is old, when there was something last.
        extrapolates: an increase is taken from the samples inside its window alone.
    """

    instrumentations: tuple[Instrumentation, ...] = ()
    recorded: tuple[str, ...] = ()
    searched_at: int | None = None
    extrapolates: bool = True

    def there_at(self, at: int) -> int:
        """The moment at which what is there at another one is found: no later than that of the search."""
        return at if self.searched_at is None else min(at, self.searched_at)

    @property
    def metrics(self) -> list[str]:
        """The metrics that requests and objectives are counted by, in order of their names."""
        return sorted({*self.recorded, *(instrumentation.preset.metric for instrumentation in self.instrumentations)})
