"""A preset: the metrics of an instrumentation for requests, errors, latency and saturation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.outcomes import Dialect, dialect_of
from dashboard.sources.catalog import RATIO, Resource

# The comma that ends the matchers is part of the replacement.
_PLACEHOLDER = re.compile(r"\$(by|window)\b|\$(match)\b\s*,?\s*")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a label contains the outcome of a request.

    Attributes:
        label: the label's name.
        failed, refused: regular expressions, anchored at both ends, of server and client errors; empty if it contains
            none. None: use the vocabulary of outcomes for the values on the server.
        passed: of requests that are known not to have failed. None: everything that `failed` does not match.
        beside: it contains failures that the labels before it do not, and is used together with them.
        dialect: the kind of its values; None: the one that its name says.
    """

    label: str
    failed: str | None = None
    refused: str | None = None
    passed: str | None = None
    beside: bool = False
    dialect: Dialect | None = None

    @property
    def kind(self) -> Dialect:
        """The kind of its values."""
        return self.dialect or dialect_of(self.label)


@dataclass(frozen=True, slots=True)
class ErrorCounter:
    """A separate counter of failed requests.

    Attributes:
        outcome: its label with the side of the fault. None: all failures are on one side.
        fault: that side: `server` or `client`.
        apart: its requests are not included in the counter of requests.
    """

    metric: str
    outcome: Outcome | None = None
    fault: str = "server"
    apart: bool = False

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The labels with the side of the fault."""
        return (self.outcome,) if self.outcome is not None else ()


@dataclass(frozen=True, slots=True)
class Mean:
    """Latency without buckets.

    Attributes:
        sum, count: counters of the total time and of its requests. `gauge`: used instead of them.
        scale: converts the unit to seconds.
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
        template: PromQL, in which `$by` is replaced by the service labels, `$window` by the rate window and `$match` by
            the matchers of the configuration and the service.
        unit: `ratio` if its limit is known, otherwise the raw unit such as `bytes`.
        unverified: it is based on general knowledge and was never tested on a live server; it may not exist.
        limit: PromQL of the limit, as `template`; empty if not needed. `limit_unit`: its unit.
    """

    name: str
    template: str
    unit: str = RATIO
    unverified: bool = False
    limit: str = ""
    limit_unit: str = ""

    def promql(self, by: Sequence[str], seconds: float, matchers: str) -> str:
        """The query with its placeholders replaced.

        Args:
            by: the service labels. `seconds`: window of rates. `matchers`: each followed by a comma.
        """
        # PromQL durations have no fractions, and ranges must not be empty.
        filled = {"by": ", ".join(by), "window": f"{max(1, round(seconds))}s", "match": matchers}
        # In a single pass, as replacements may contain a $.
        return _PLACEHOLDER.sub(lambda placeholder: filled[placeholder[1] or placeholder[2]], self.template)

    @property
    def resource(self) -> Resource:
        """The resource in the form that the rest of the dashboard uses."""
        return Resource(self.name, self.unit, self.unverified, self.limit_unit)


# If scraped through another exporter, a target's own job is in `exported_job`.
BY_JOB = (("exported_job",), ("job",))


@dataclass(frozen=True, slots=True)
class Preset:
    """How to read the metrics of one instrumentation.

    Attributes:
        name: as shown and configured.
        marker: the metric that identifies the instrumentation.
        requests: counter of all requests; empty if only resources are measured.
        or_requests: counters used instead of it, in this order, on targets without an earlier one.
        instead_of: counters whose targets these counters replace.
        matchers: for every selector of requests, errors and latency.
        service_labels: alternatives, the first that a series has is used; the values of several labels are joined by
            "/".
        outcomes: labels of `requests` that may contain the outcome; the first one of a service is used, together with
            those that are marked `beside`.
        error_counters: used if the request counter has no outcome label; each failure is in at most one of them.
        probe: `requests` is a gauge: each of its samples is a request, which failed if it is 0.
        bucket: classic histogram buckets; `scale` converts their unit to seconds.
        latency_by_outcome: the buckets may have the outcome label, too.
        native: the native histogram of that name, if it exists; it may also be the request counter.
        breakdowns: labels useful for a breakdown; existing ones are offered.
        mean: latency if there are no buckets.
        resources: resources that can be exhausted; those whose query returns something are shown.
        ephemeral: its services come and go, as pods do with every deploy: one that has gone is not missed.
        exclusive: others use the name `requests`, too: only services with the marker belong to it.
        notes: what its instrumentation counts wrongly or not at all, one line each.
        unverified: it is based on documentation and was never tested on a live server.
        rank: lower ones come first: if two presets know the same service, the earlier one shows it.
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
        """The metric whose series are its services: requests, otherwise the marker."""
        return self.requests or self.marker

    @property
    def caveats(self) -> tuple[str, ...]:
        """Caveats about its numbers, one line each."""
        unverified = ("its preset comes from documentation and was never seen on a live server",)
        return (*self.notes, *(unverified if self.unverified else ()))

    @property
    def outcome_labels(self) -> tuple[Outcome, ...]:
        """Labels that may contain the outcome of requests, on their counter or on failure counters."""
        return (*self.outcomes, *(outcome for counter in self.error_counters for outcome in counter.outcomes))

    @property
    def counts_by_native(self) -> bool:
        """Whether requests are counted by the native histogram."""
        return bool(self.native) and self.requests == self.native

    @property
    def counts_by_classic(self) -> bool:
        """Whether requests are counted by the classic series of a histogram that may also be native."""
        return bool(self.native) and self.requests == f"{self.native}_count"
