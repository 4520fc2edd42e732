"""A preset: which metrics of an instrumentation give requests, errors, latency and saturation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.sources.catalog import RATIO, Resource

# The matchers bring the comma that ends them.
_PLACEHOLDER = re.compile(r"\$(by|window)\b|\$(match)\b\s*,?\s*")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the outcome of a request is written in a label.

    Attributes:
        label: the label that holds it.
        failed, refused: regular expressions, anchored at both ends, of server and client errors; empty if there
            are none to tell. None: the vocabulary of outcomes knows the words that a server has.
        passed: of what is known not to have failed. None: whatever `failed` does not match.
        beside: it tells failures that the labels before it do not, and is looked at together with them.
        tells_numbers: of small numbers, such as 0 and 2, it is known whose codes they are.
    """

    label: str
    failed: str | None = None
    refused: str | None = None
    passed: str | None = None
    beside: bool = False
    tells_numbers: bool = True


@dataclass(frozen=True, slots=True)
class ErrorCounter:
    """A counter of its own for failed requests.

    Attributes:
        outcome: the label on it that tells whose fault they are. None: all of them are of one side.
        fault: `server` or `client`: that side.
        apart: the requests it counts are none of those that the counter of requests counts.
    """

    metric: str
    outcome: Outcome | None = None
    fault: str = "server"
    apart: bool = False

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The labels that tell whose fault it was."""
        return (self.outcome,) if self.outcome is not None else ()


@dataclass(frozen=True, slots=True)
class Mean:
    """Latency where there are no buckets.

    Attributes:
        sum, count: counters of the time and of the requests it was taken by. `gauge`: in their place.
        scale: turns the unit into seconds.
    """

    sum: str = ""
    count: str = ""
    gauge: str = ""
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class ResourceQuery:
    """One resource of a preset and the query that measures it.

    Attributes:
        name: as shown, such as `connection pool`.
        template: PromQL, where `$by` stands for the service labels, `$window` for the rate window and `$match` for
            the matchers of the operator and of the service.
        unit: `ratio` when its limit is known, else the raw unit such as `bytes`.
        unverified: it comes from general knowledge and was never seen on a live server; it may be missing.
        limit: PromQL of the limit itself, as the template; empty if nobody needs it. `limit_unit`: its unit.
    """

    name: str
    template: str
    unit: str = RATIO
    unverified: bool = False
    limit: str = ""
    limit_unit: str = ""

    def promql(self, by: Sequence[str], seconds: float, matchers: str) -> str:
        """The query itself.

        Args:
            by: the service labels. `seconds`: over which rates are taken. `matchers`: each followed by a comma.
        """
        # A duration of PromQL has no fractions, and no range may be empty.
        filled = {"by": ", ".join(by), "window": f"{max(1, round(seconds))}s", "match": matchers}
        # At once, as what is filled in may hold a $ of its own.
        return _PLACEHOLDER.sub(lambda placeholder: filled[placeholder[1] or placeholder[2]], self.template)

    @property
    def resource(self) -> Resource:
        """The resource as the rest of the dashboard sees it."""
        return Resource(self.name, self.unit, self.unverified, self.limit_unit)


# Scraped through another exporter, a target's own job is kept as `exported_job`.
BY_JOB = (("exported_job",), ("job",))


@dataclass(frozen=True, slots=True)
class Preset:
    """How the metrics of one instrumentation are read.

    Attributes:
        name: as shown, and as the configuration names it.
        marker: the metric whose presence tells the instrumentation.
        requests: counter of all requests; empty if only resources are measured.
        or_requests: counters that stand for it, in this order, on targets that have none before them.
        instead_of: counters whose targets are counted by these.
        matchers: added to every selector of requests, errors and latency.
        service_labels: alternatives, for each series the first that it has; the values of several are joined by "/".
        outcomes: labels of `requests` that may hold the outcome; for each service the first that it has is used, with
            those that stand beside it.
        error_counters: where the request counter has no outcome label; no failure is in two of them.
        probe: `requests` is a gauge: each of its samples is a request, which failed where it is 0.
        bucket: classic histogram buckets; `scale` turns their unit into seconds.
        latency_by_outcome: the buckets may carry the outcome label, too.
        native: the native histogram of that name, where the server has it; it may be the request counter, too.
        breakdowns: labels worth a breakdown, those that exist are offered.
        mean: latency where there are no buckets.
        resources: what can run out; those whose query gives something are shown.
        ephemeral: its services come and go, as pods do with every deploy: one that is gone is not missed.
        exclusive: `requests` is a name that others use, too: only services with the marker are its own.
        notes: what its instrumentation counts wrongly or not at all, a line each.
        unverified: it comes from documentation and was never seen on a live server.
        rank: lower ones come first: of two presets that know the same service, the earlier is shown.
    """

    name: str
    marker: str
    requests: str = ""
    matchers: str = ""
    service_labels: tuple[tuple[str, ...], ...] = BY_JOB
    outcomes: tuple[Outcome, ...] = ()
    error_counters: tuple[ErrorCounter, ...] = ()
    bucket: str = ""
    native: str = ""
    scale: float = 1.0
    latency_by_outcome: bool = True
    breakdowns: tuple[str, ...] = ()
    mean: Mean | None = None
    resources: tuple[ResourceQuery, ...] = ()
    ephemeral: bool = False
    exclusive: bool = False
    probe: bool = False
    rank: int = 50
    or_requests: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unverified: bool = False

    @property
    def metric(self) -> str:
        """The metric whose series are its services: requests, else the marker."""
        return self.requests or self.marker

    @property
    def caveats(self) -> tuple[str, ...]:
        """What is to be known of its numbers, a line each."""
        unverified = ("its preset comes from documentation and was never seen on a live server",)
        return (*self.notes, *(unverified if self.unverified else ()))

    @property
    def outcome_labels(self) -> tuple[Outcome, ...]:
        """The labels that may tell the outcome of requests, on their counter or on those of failures."""
        return (*self.outcomes, *(outcome for counter in self.error_counters for outcome in counter.outcomes))

    @property
    def counts_by_native(self) -> bool:
        """Requests are counted by the native histogram."""
        return bool(self.native) and self.requests == self.native

    @property
    def counts_by_classic(self) -> bool:
        """Requests are counted by the classic series of a histogram that is native, too."""
        return bool(self.native) and self.requests == f"{self.native}_count"
