"""Sources that can count requests at all bounds of their latency buckets, so that any threshold can be tried."""

from typing import Protocol, runtime_checkable

from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid


@runtime_checkable
class BucketedSource(Protocol):
    """A source whose `counts` are at the thresholds of objectives alone, but could be at all bounds."""

    def bucket_counts(self, grid: Grid, service: str | None = None) -> Answer:
        """Successful requests of each step at or under each bound, as `counts` has them at thresholds.

        Args:
            grid: the steps. `service`: its name in the catalog; None: all services.
        """
