"""A source whose numbers vary with time, and what a dashboard asks of it before and after a restart."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from dashboard import frames
from dashboard.archive.archive import Archive
from dashboard.archive.spec import ArchiveSpec
from dashboard.changes.derived.presence import Origin, Subject
from dashboard.engine.past.hour_keeper import HourKeeper
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.sources.catalog import Catalog, Resource, ServiceInfo
from dashboard.sources.peaked import highest
from dashboard.sources.protocol import Answer
from dashboard.sources.versions import VersionsAnswer
from dashboard.timerange import DAY, HOUR, Grid
from tests.steady import COST, START, Clock, Steady

# Threads that a refresh leaves behind, which ask the source once more.
BESIDE = ("incidents", "versions")
# When something was wrong, epoch seconds.
TROUBLE = START // HOUR * HOUR - 6 * DAY
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, np.inf)


class Varied(Steady):
    """Services with a day's season, twelve buckets and a resource.

    Attributes:
        answers: so many samples each answer had. `late`: counts are so many times what they were.
    """

    def __init__(self, clock: Clock, services: int) -> None:
        super().__init__(clock, tuple(f"service-{number:04}" for number in range(services)))
        self.answers: list[int] = []
        self.late = 1.0

    @property
    def answered(self) -> int:
        """So many samples it has answered with; threads ask at once, and a list loses none of what each adds."""
        return sum(self.answers)

    def discover(self, now: float) -> Catalog:
        infos = tuple(
            ServiceInfo(name, "test", BOUNDS[:-1], 0.25, resources=(Resource("memory"),)) for name in self.names
        )
        return Catalog(infos, scrape_interval=15.0, oldest=START - 40.0 * DAY)

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        return self._varied(grid, 1.0, BOUNDS, service)

    def counts(self, grid: Grid) -> Answer:
        return self._varied(grid, grid.step * self.late, (0.25, np.inf))

    def peaks(self, grid: Grid) -> Answer:
        answer = self._varied(grid, 1.0, BOUNDS)
        frame = highest(answer.frame, grid)
        self.answers.append(frame.size - answer.frame.size)
        return replace(answer, frame=frame)

    def versions(self, services: Sequence[ServiceInfo], grid: Grid) -> VersionsAnswer:
        self.asked.append(grid)
        at = np.arange(grid.start, grid.end + 1, grid.step)
        counts = {
            Subject(name, Origin.REQUESTS): {"v1": (at <= turn) * 100.0, "v2": (at > turn) * 100.0}
            for name, turn in zip(self.names, START - 5 * DAY + np.arange(len(self.names)) * HOUR, strict=True)
        }
        self.answers.append(2 * len(counts) * len(grid))
        return VersionsAnswer(counts, (COST,))

    def _varied(self, grid: Grid, seconds: float, bounds: tuple[float, ...], service: str | None = None) -> Answer:
        self._maybe_fail()
        self.asked.append(grid)
        at = np.arange(grid.start, grid.end + 1, grid.step)
        values = {}
        for number, name in enumerate(self.names):
            if service in (None, name):
                requests = np.round((20 + number % 7 + 10 * np.sin(at / DAY * 6.28 + number)) * 100) / 100 * seconds
                requests[at > self.clock.now] = np.nan
                values[(name, "requests", "")] = requests
                ratio = 0.0002 + 0.0001 * np.sin(at / HOUR + number)
                # Every tenth service had an incident, six days ago.
                is_bad = (number % 10 == 0) & (at > TROUBLE) & (at <= TROUBLE + 2 * HOUR)
                values[(name, "errors", "server")] = requests * np.where(is_bad, 0.3, ratio)
                for place, bound in enumerate(bounds):
                    share = 1 - 0.6 ** (place + 1) if bound < 0.25 else 0.9995 if bound < np.inf else 1.0
                    values[(name, "latency", f"{bound:g}")] = requests * share
                if bounds is BOUNDS:
                    values[(name, "saturation", "memory")] = np.full(len(at), 0.4) + 0.1 * np.sin(at / DAY)
        frame = frames.samples(values, grid)
        self.answers.append(frame.size)
        return Answer(frame, (COST,), newest=self.clock.now)


@dataclass(slots=True)
class Restarts:
    """Dashboards one after the other, which share a folder.

    Attributes:
        services: how many. `rules`: how the source counts.
    """

    folder: Path
    services: int = 2
    rules: str = "rules"
    settings: Settings = field(default_factory=lambda: Settings(refresh=15))
    clock: Clock = field(default_factory=Clock)

    def begun(self, *, learns: bool = True) -> tuple[Poller, Varied]:
        """A dashboard that has refreshed, and learned the past where it shall; and its source, which is left alone."""
        source = Varied(self.clock, self.services)
        archive = Archive(ArchiveSpec(self.folder, "test memory"))
        keeper = HourKeeper(archive, self.rules, is_lasting=True)
        poller = Poller(source, self.settings, clock=self.clock, keeper=keeper)
        poller.tick()
        studied = False
        while learns and poller.study():
            studied = True
        if studied:
            poller.tick()
        if learns:
            self._catch_up(poller)
        # Whoever counts what is asked of it next counts that alone.
        for thread in [each for each in threading.enumerate() if each.name in BESIDE]:
            thread.join(60)
        return poller, source

    def _catch_up(self, poller: Poller) -> None:
        """Wait for all that is read beside the refreshes: capacity, versions."""
        poller.capacity.read_all(poller.snapshot, START - 40.0 * DAY)
        derived, services = poller.changes._derived, [report.info for report in poller.snapshot.services]
        derived.advance(services, self.clock.now)
        while not derived._reading.is_idle:
            derived._reading.has_ended(60)
            derived.advance(services, self.clock.now)
