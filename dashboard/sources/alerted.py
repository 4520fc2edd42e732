"""Sources that keep when alerts fired: a Prometheus, and what speaks its API, in `ALERTS`."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dashboard.alerts.interval_history import AlertSamples
from dashboard.sources.protocol import QueryCost, Source

# Of the queries, as costs name it.
PURPOSE = "alerts"


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """Samples of alerts after `start` until `end` (epoch seconds).

    Attributes:
        firing, pending: alerts with any sample. Pending ones are asked for of the present alone.
        spacing: seconds for which each sample stands, where there were too many to read all; else 0.
        costs: one for each query that was sent upstream. `partial`: the upstream says that data are missing.
    """

    start: float
    end: float
    firing: tuple[AlertSamples, ...] = ()
    pending: tuple[AlertSamples, ...] = ()
    spacing: float = 0.0
    costs: tuple[QueryCost, ...] = ()
    partial: bool = False


@runtime_checkable
class AlertedSource(Source, Protocol):
    """A source that knows alerts."""

    def alerts(self, start: float, end: float, *, is_present: bool) -> AlertAnswer:
        """Samples of the alerts that fired.

        Args:
            start, end: epoch seconds. `is_present`: those that are pending are wanted, too; the span is short.

        Raises:
            SourceError: the upstream did not answer; `LimitExceeded` and `SourceTimeout`: ask for a shorter span.
        """
