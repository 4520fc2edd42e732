"""Sources that can count requests at all latency bucket bounds, so that any threshold can be tried."""

from typing import Protocol, runtime_checkable

from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid


@runtime_checkable
class BucketedSource(Protocol):
    """A source whose `counts` only include the thresholds of objectives, but can include all bounds."""

    def bucket_counts(self, grid: Grid, service: str | None = None) -> Answer:
        """Successful requests of each step at or below each bound, in the form of `counts`.

        Args:
            grid: the steps. `service`: its name in the catalog; None: all services.
        """
