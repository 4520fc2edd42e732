"""Sources that record when alerts fired: Prometheus and compatible servers, in `ALERTS`."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from dashboard.alerts.interval_history import AlertSamples
from dashboard.sources.protocol import QueryCost, Source

# The purpose of these queries in costs.
PURPOSE = "alerts"


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """Samples of alerts after `start` up to `end` (epoch seconds).

    Attributes:
        firing, pending: alerts with any sample. Pending alerts are only requested for the present.
        spacing: seconds between the samples, if there were too many to read all; otherwise 0.
        costs: one for each upstream query. `partial`: the upstream says that data are missing.
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
            start, end: epoch seconds. `is_present`: also return pending alerts; the span is short.

        Raises:
            SourceError: the upstream did not answer; after `LimitExceeded` and `SourceTimeout`, request a shorter span.
        """
