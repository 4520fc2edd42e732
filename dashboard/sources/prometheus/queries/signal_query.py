"""One query of a signal, and the columns of its values."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.sources.prometheus.presets.preset import Outcome


@dataclass(frozen=True, slots=True)
class SignalQuery:
    """One query and the columns of its values.

    Attributes:
        purpose: for its cost and its problems.
        promql: its text.
        by: labels whose values name a series.
        measure, detail: of the columns; the detail `le` is replaced by the bound of each series.
        scale: converts a bound to seconds.
        essential: if it fails, the whole answer fails.
        services: values of the labels → service; None if the values are the name.
        native_bounds: the result is native histograms, to be counted at these, in seconds; `scale` applies to their
            counts.
        outcomes: labels of each series with the outcome of its requests.
        classes: of errors in these labels, or in the whole query: `server`, `client`.
        without_failed: the requested latency buckets do not contain failed requests.
    """

    purpose: str
    promql: str
    by: tuple[str, ...]
    measure: str
    detail: str = ""
    scale: float = 1.0
    essential: bool = True
    services: Mapping[tuple[str, ...], str] | None = None
    native_bounds: tuple[float, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    classes: tuple[str, ...] = ()
    without_failed: bool = False

    def service_of(self, labels: Mapping[str, str]) -> str | None:
        """The service (or value of a label) of a series; None if it is not a requested one."""
        values = tuple(labels.get(label, "") for label in self.by)
        return "/".join(values) if self.services is None else self.services.get(values)
