"""What a source finds when it is searched: its services, and what can be asked of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from dashboard.outcomes import UnknownWords
from dashboard.slo.objective import Slo

# Seconds that separate fast from slow where nobody says so; the nearest bucket bound is used.
DEFAULT_THRESHOLD = 0.5
# The unit of a resource whose limit is known.
RATIO = "ratio"
# The preset of services that are read from files.
FILES = "csv"


@dataclass(frozen=True, slots=True)
class Resource:
    """One thing a service can run out of.

    Attributes:
        name: as shown, for example `memory`, `pool`, `in flight`; the detail of its column.
        unit: `ratio` when a limit is known (measure `saturation`), else the raw unit such as `bytes`, `cores`, `1`.
        unverified: the query comes from general knowledge and was never seen on a live server.
        limit_unit: unit of its limit, where the source tells that beside the share: `bytes`, `cores`, `connections`.
    """

    name: str
    unit: str = RATIO
    unverified: bool = False
    limit_unit: str = ""

    @property
    def measure(self) -> str:
        """The measure of its column: `saturation` of a known limit, or `usage` in its unit."""
        return "saturation" if self.unit == RATIO else "usage"


class Origin(Enum):
    """How a service came to be known."""

    DISCOVERED = "the source has signals of it"
    CONFIGURED = "the configuration names it, but the source has no signals of it"
    SLOS = "only SLOs tell of it"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A label calls requests failed that the label which is read calls good.

    Attributes:
        label: that calls them failed, and `value`: how. `read`: the label that is read. `counter`: of both.
    """

    label: str
    value: str
    read: str
    counter: str


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """One service as the source knows it, before any number.

    Attributes:
        name: unique within the source; its cluster, where that is known, goes before a slash.
        waits: its requests wait by design, as those of long polling do: how long they take says nothing of it.
        title: as pages show it: without the cluster where that is unique. Empty: the name.
        cluster: where it runs, of several that the source measures; empty when unknown.
        preset: the instrumentation it was recognised by, for display; empty where only SLOs tell of the service.
        bounds: latency bucket bounds in seconds, ascending, without infinity; empty when there are no buckets.
        threshold: the bucket bound that separates fast from slow, in seconds; None without buckets.
        latency_by_outcome: the latency of successful requests is known apart from that of failed ones.
        errors: the source can tell failed requests; when False, no error ratio is ever shown.
        unknown_words: values of its status labels that nobody knows the meaning of: where requests with them are
            counted, failures are not told.
        fails_by: the preset by whose counter its requests fail, though another one is shown; empty without any.
        contradicted: a label that is not read calls requests failed that the one which is read calls good.
        uncounted: a counter by which requests fail that are called good, which is not read, and that of all requests.
        left_out: rows that could not be used, and all that were read, where failures may well be among the former.
        labels: labels a breakdown can be asked for, such as `route`, `instance`, `code`.
        resources: what can run out, each a column of measure `saturation` or `usage`.
        notes: one line each: what could not be found or is uncertain.
        team: who runs it; empty when unknown.
        tier: its importance, 1 the highest; None when unknown.
        links: title → URL, such as `runbook`.
        origin: how it came to be known.
        scrape_interval: seconds between two of its samples; None: as the catalog says of all.
        count_step: the shortest step, in seconds, over which its events can be counted well; None: the catalog's.
        selected_by: labels that all of its series have, by which others may name it, too; empty without labels.
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

    @property
    def shown(self) -> str:
        """Its name on pages."""
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class FilesAlike:
    """Files that are read alike.

    Attributes:
        names: their paths. `what`: they were taken for, one line. `remedy`: what to write where that is wrong.
    """

    names: tuple[str, ...]
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything discovery found.

    Attributes:
        services: sorted by name or in the order of the source; each name once.
        scrape_interval: seconds between two samples; the data are stale beyond a few of these.
        notes: one line each: what the source as a whole lacks or warns of.
        files: those that it reads; none of a source without files.
        history_s: seconds that the source may be asked back; None when unknown.
        oldest: epoch seconds of the oldest sample; None when unknown.
        intervals: the scrape interval of each instrumentation, in seconds. The rate windows follow from them: when
            they change, the samples at hand cannot be continued by a tail.
        count_step: the shortest step, in seconds, over which events of all services can be counted well.
        recorded: SLOs that recording rules on the server already keep.
        suggestions: blocks of the configuration that would keep what was found without a preset.
        counts_newest: the source is a `ScrapedSource`.
        offers: what the source could count besides, on targets that have a service, a line each.
        nothing_found: why there is no service though the source has something, one line; empty where nothing is known.
        reading: what the source will answer by once it adopts this catalog; its own business.
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
        """The service of a name, or of a title that no other has; None without any."""
        titled = None
        for info in self.services:
            if info.name == name:
                return info
            # Without a title of its own a service has no name that is empty.
            titled = info if info.title == name != "" else titled
        return titled

    @property
    def short_names(self) -> dict[str, str]:
        """Names of services without their cluster, by the whole; only of those that have one."""
        return {info.name: info.name.removeprefix(f"{info.cluster}/") for info in self.services if info.cluster}

    def count_steps(self, slos: Sequence[Slo]) -> list[int]:
        """Of each SLO the seconds of its service's steps; where the source does not know that service, of all."""
        steps = {info.name: info.count_step or self.count_step for info in self.services}
        return [steps.get(slo.service, self.count_step) for slo in slos]

    def scrape_intervals(self, slos: Sequence[Slo]) -> list[float]:
        """Of each SLO the seconds between two samples of its service."""
        intervals = {info.name: info.scrape_interval or self.scrape_interval for info in self.services}
        slowest = max(self.intervals, default=self.scrape_interval)
        return [intervals.get(slo.service, slowest) for slo in slos]
