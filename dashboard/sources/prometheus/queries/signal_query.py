"""One query of a signal, and the columns of its values."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.sources.prometheus.presets.preset import Outcome


@dataclass(frozen=True, slots=True)
class SignalQuery:
    """One query and the columns its numbers go to.

    Attributes:
        purpose: for its cost and its problems.
        promql: its text.
        by: the labels whose values name a series.
        measure, detail: of the columns; the detail `le` stands for the bound that each series carries.
        scale: turns a bound into seconds.
        essential: the answer as a whole fails with it.
        services: values of the labels → service; None if the values are the name themselves.
        native_bounds: the answer is native histograms, to be counted at these, in seconds; `scale` is of their counts.
        outcomes: labels of each series that tell what became of the requests it counts.
        classes: of errors that are told by them, or by the query as a whole: `server`, `client`.
        without_failed: the latency buckets that are requested hold no failed requests.
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
        """The service (or value of a label) that a series is of; None when it is of none that is wanted."""
        values = tuple(labels.get(label, "") for label in self.by)
        return "/".join(values) if self.services is None else self.services.get(values)
