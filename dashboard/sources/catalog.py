"""The result of discovery: the services of a source, and what can be requested about each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from dashboard.outcomes import UnknownWords
from dashboard.slo.objective import Slo

# Default threshold between fast and slow in seconds; the nearest bucket bound is used.
DEFAULT_THRESHOLD = 0.5
# The unit of a resource with a known limit.
RATIO = "ratio"
# The preset of services in files.
FILES = "csv"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that a service can run out of.

    Attributes:
        name: as shown, for example `memory`, `pool`, `in flight`; the detail of its column.
        unit: `ratio` if a limit is known (measure `saturation`), otherwise the raw unit such as `bytes`, `cores`, `1`.
        unverified: the query was never tried on a live server.
        limit_unit: unit of its limit, if the source knows the limit itself: `bytes`, `cores`, `connections`.
    """

    name: str
    unit: str = RATIO
    unverified: bool = False
    limit_unit: str = ""

    @property
    def measure(self) -> str:
        """The measure of its column: `saturation` with a known limit, otherwise `usage` in its unit."""
        return "saturation" if self.unit == RATIO else "usage"


class Origin(Enum):
    """How a service was found."""

    DISCOVERED = "the source has signals of it"
    CONFIGURED = "the configuration names it, but the source has no signals of it"
    SLOS = "only SLOs tell of it"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A label marks requests as failed that the label in use marks as good.

    Attributes:
        label, value: the label that marks them as failed, and its value. `read`: the label in use. `counter`: the
            metric.
    """

    label: str
    value: str
    read: str
    counter: str


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """One service as the source describes it, without data.

    Attributes:
        name: unique within the source; includes the cluster, if known, before a slash.
        waits: its requests wait by design, like long polling, so their duration means nothing.
        title: the name on pages: without the cluster if that is unique. Empty: use `name`.
        cluster: where it runs, if the source has several; empty if unknown.
        preset: the recognised instrumentation, for display; empty if it is only known from SLOs.
        bounds: latency bucket bounds in seconds, ascending, without infinity; empty without buckets.
        threshold: the bucket bound that separates fast from slow, in seconds; None without buckets.
        latency_by_outcome: the latency of successful requests is separate from that of failed ones.
        errors: the source can tell failed requests; if False, no error ratio is shown.
        unknown_words: values of its status labels with unknown meaning: while such requests are counted, failures are
            unknown.
        fails_by: the preset whose counter has its failures, although another preset is shown; empty without one.
        contradicted: a label not in use marks requests as failed that the one in use marks as good.
        uncounted: a counter, not in use, of failures that are counted as good; and the counter of all requests.
        left_out: rows that could not be used, and all rows read, if failures may be among the former.
        labels: labels for breakdowns, such as `route`, `instance`, `code`.
        resources: what can run out, each a column of measure `saturation` or `usage`.
        notes: what could not be found or is uncertain, one line each.
        team: its owner; empty if unknown.
        tier: its importance, 1 is the highest; None if unknown.
        links: title → URL, such as `runbook`.
        origin: how it was found.
        scrape_interval: seconds between two of its samples; None: that of the catalog.
        count_step: the shortest step in seconds over which its events can be counted well; None: that of the catalog.
        selected_by: labels that all of its series have, by which others may name it; empty without labels.
        last_seen: epoch seconds of its last samples if it had none at the search; None if it had, or if unknown.
    """

    name: str
    preset: str
    bounds: tuple[float, ...] = ()
    threshold: float | None = None
    latency_by_outcome: bool = False
    errors: bool = True
    unknown_words: tuple[UnknownWords, ...] = ()
    fails_by: str = ""
    contradicted: Contradiction | None = None
    uncounted: tuple[str, str] | None = None
    left_out: tuple[int, int] | None = None
    labels: tuple[str, ...] = ()
    resources: tuple[Resource, ...] = ()
    notes: tuple[str, ...] = ()
    team: str = ""
    tier: int | None = None
    links: dict[str, str] = field(default_factory=dict)
    origin: Origin = Origin.DISCOVERED
    scrape_interval: float | None = None
    count_step: int | None = None
    waits: bool = False
    title: str = ""
    cluster: str = ""
    selected_by: tuple[tuple[str, str], ...] = ()
    # A service that is away is the same service: what was derived from its samples stays true.
    last_seen: float | None = field(default=None, compare=False)

    @property
    def shown(self) -> str:
        """Its name on pages."""
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class FilesAlike:
    """Files that are read in the same way.

    Attributes:
        names: their paths. `what`: the detected format, one line. `remedy`: what to write if that is wrong.
    """

    names: tuple[str, ...]
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that discovery found.

    Attributes:
        services: sorted by name or in the order of the source; names are unique.
        scrape_interval: seconds between two samples; after a few of these the data are stale.
        notes: what the source as a whole lacks or warns about, one line each.
        files: the files that it reads; empty for a source without files.
        history_s: how many seconds of history the source has; None if unknown.
        oldest: epoch seconds of the oldest sample; None if unknown.
        intervals: scrape interval of each instrumentation in seconds. They determine the rate windows: if they
            change, existing samples cannot be continued.
        count_step: the shortest step, in seconds, over which events of all services can be counted well.
        recorded: SLOs that recording rules on the server compute.
        suggestions: configuration blocks that would keep what was found without a preset.
        counts_newest: the source is a `ScrapedSource`.
        offers: what else the source could count on targets that have a service, one line each.
        nothing_found: why there is no service although the source has data, one line; empty if unknown.
        reading: private data of the source, used once it adopts this catalog.
    """

    services: tuple[ServiceInfo, ...]
    scrape_interval: float
    notes: tuple[str, ...] = ()
    files: tuple[FilesAlike, ...] = ()
    history_s: float | None = None
    oldest: float | None = None
    intervals: tuple[float, ...] = ()
    count_step: int = 60
    recorded: tuple[Slo, ...] = ()
    suggestions: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    nothing_found: str = ""
    counts_newest: bool = False
    reading: object = field(default=None, repr=False, compare=False)

    def named(self, name: str) -> ServiceInfo | None:
        """The service with this name, or with this title if it is unique; None if there is none."""
        titled = None
        for info in self.services:
            if info.name == name:
                return info
            # Services without a title of their own cannot be found by an empty name.
            titled = info if info.title == name != "" else titled
        return titled

    @property
    def short_names(self) -> dict[str, str]:
        """Names without cluster by full name, for services that have a cluster."""
        return {info.name: info.name.removeprefix(f"{info.cluster}/") for info in self.services if info.cluster}

    def count_steps(self, slos: Sequence[Slo]) -> list[int]:
        """For each SLO, the count step of its service in seconds; of the catalog if the service is unknown."""
        steps = {info.name: info.count_step or self.count_step for info in self.services}
        return [steps.get(slo.service, self.count_step) for slo in slos]

    def scrape_intervals(self, slos: Sequence[Slo]) -> list[float]:
        """For each SLO, the seconds between two samples of its service."""
        intervals = {info.name: info.scrape_interval or self.scrape_interval for info in self.services}
        slowest = max(self.intervals, default=self.scrape_interval)
        return [intervals.get(slo.service, slowest) for slo in slos]
