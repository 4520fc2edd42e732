"""What the demo's services do in each moment: a pure function of time and seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.sources.demo.parts_of import ROLLED_OUT, SPREADS, share_of, uniform
from dashboard.sources.demo.scenario import (
    FOREVER,
    INCIDENTS,
    LEAK_PERIOD,
    LEAK_PHASE,
    LEAKING,
    DemoIncident,
    DemoService,
    DemoSignal,
)
from dashboard.timerange import DAY, HOUR

# The grain of the demo, in seconds: a cell is numbered by its time divided by this.
CELL = 15
# Seconds of the past before the start of the demo.
HISTORY = 60 * DAY
# Seconds in which an incident rises and falls: a tenth of its length, within these. What fills takes longer.
SHORTEST_RAMP, LONGEST_RAMP, LONGEST_FILLING = 60.0, 180.0, 600.0


def strength(incident: DemoIncident, relative: np.ndarray) -> np.ndarray:
    """0–1 at each moment (seconds relative to the start): a rise and a fall inside, slow where something fills."""
    during = relative > incident.begin
    if not _comes_again(incident):
        during &= relative < incident.end
    # Of weeks an incident lasts for a few hours: outside it is nothing.
    strengths = np.zeros(relative.shape)
    strengths[during] = _strength_during(incident, relative[during])
    return strengths


def _comes_again(incident: DemoIncident) -> bool:
    """It ends within a day after the start."""
    return 0 < incident.end < DAY


def _strength_during(incident: DemoIncident, relative: np.ndarray) -> np.ndarray:
    begin, end = incident.begin, incident.end
    if _comes_again(incident):
        relative = np.where(relative > end, (relative - begin) % DAY + begin, relative)
    if end >= FOREVER:
        return np.asarray(np.clip((relative - begin) / SHORTEST_RAMP, 0, 1))
    longest = LONGEST_FILLING if incident.signal is DemoSignal.SATURATION else LONGEST_RAMP
    ramp = max(SHORTEST_RAMP, min(longest, 0.1 * (end - begin)))
    rise, fall = (np.clip(seconds / ramp, 0, 1) for seconds in (relative - begin, end - relative))
    return np.minimum(rise, fall)


@dataclass(frozen=True, slots=True)
class World:
    """What each service does in each cell; the same for the same seed and start, whatever is asked.

    Attributes:
        start: epoch seconds at which the demo begins. `seed`: of its noise. `incidents`: what happens.
    """

    start: float
    seed: int
    incidents: tuple[DemoIncident, ...] = INCIDENTS

    def relative(self, cells: np.ndarray) -> np.ndarray:
        """Seconds since the start of the demo at the end of each cell."""
        moments: np.ndarray = (cells + 1) * CELL - self.start
        return moments

    def requests(self, service: DemoService, cells: np.ndarray) -> np.ndarray:
        """Whole requests per cell: a day's rhythm, quiet weekends, noise."""
        moment = cells * float(CELL)
        day = 1 + 0.45 * np.cos((moment / HOUR - service.peak_hour) * (2 * np.pi / 24))
        busy = day * self._day_level(service, moment)
        expected = service.traffic * CELL * busy * (1 + self._change(service, DemoSignal.TRAFFIC, cells))
        spread = np.sqrt(np.maximum(expected, 0)) * 1.5
        noisy = expected + spread * (self._noise(service, "traffic", cells) - 0.5) * 2
        if service.traffic < 1:
            # Far less than one request in a cell: there is one or none.
            rare: np.ndarray = (self._noise(service, "traffic", cells) < expected).astype(float)
            return rare
        whole: np.ndarray = np.floor(np.maximum(noisy, 0) + self._noise(service, "rounding", cells))
        return whole

    def _day_level(self, service: DemoService, moment: np.ndarray) -> np.ndarray:
        """How busy the day is: no two are alike, weekends are quiet, one passes into the next around midnight."""
        begins = moment / DAY - 22 / 24
        day = np.floor(begins).astype(np.int64)
        passed = np.clip((begins - day) * 6, 0, 1)
        first, last = (day[0], day[-1]) if len(day) else (0, 0)
        days = np.arange(first, last + 2)
        levels = np.where((days + 3) % 7 >= 5, 0.72, 1.0) * (0.93 + 0.14 * self._noise(service, "day", days))
        today, tomorrow = levels[day - first], levels[day - first + 1]
        level: np.ndarray = today * (1 - passed) + tomorrow * passed
        return level

    def failed(self, service: DemoService, cells: np.ndarray, requests: np.ndarray) -> np.ndarray:
        """Whole requests that failed by the server's fault.

        Args:
            service: whose. `cells`: which, shape (cells,). `requests`: in each of them, shape (cells,).
        """
        if not service.failing:
            return np.zeros_like(requests)
        share = np.minimum(service.failing + self._change(service, DemoSignal.ERRORS, cells), 1)
        failed: np.ndarray = np.minimum(np.floor(requests * share + self._noise(service, "errors", cells)), requests)
        return failed

    def refused(self, service: DemoService, cells: np.ndarray, requests: np.ndarray) -> np.ndarray:
        """Whole requests that failed by the client's fault.

        Args:
            service: whose. `cells`: which, shape (cells,). `requests`: in each of them, shape (cells,).
        """
        if not service.client:
            return np.zeros_like(requests)
        refused: np.ndarray = np.floor(requests * service.client + self._noise(service, "client", cells))
        return refused

    def median(self, service: DemoService, cells: np.ndarray) -> np.ndarray:
        """Median latency of successful requests in seconds; while only a part of them is slow, of that part."""
        wobble = 0.9 + 0.2 * self._noise(service, "latency", cells // 8)
        slow: np.ndarray = service.median * wobble * (1 + self._change(service, DemoSignal.LATENCY, cells))
        return slow

    def _slow_share(self, service: DemoService, cells: np.ndarray) -> np.ndarray:
        """The share of requests that an incident makes slow, 0–1: those of the guilty part, else all."""
        share = np.ones(len(cells))
        for incident in self.incidents:
            if (incident.service, incident.signal) == (service.name, DemoSignal.LATENCY) and incident.guilty:
                level = strength(incident, self.relative(cells))
                share = np.where(level > 0, share_of(service, incident.guilty, ROLLED_OUT * level), share)
        return share

    def within(
        self, service: DemoService, cells: np.ndarray, count: np.ndarray, bounds: Sequence[float]
    ) -> dict[float, np.ndarray]:
        """Of the requests per cell, those at or under each bound: a log-logistic latency.

        https://en.wikipedia.org/wiki/Log-logistic_distribution

        Args:
            service: whose latency. `cells`: which, shape (cells,).
            count: requests in each of them, shape (cells,).
            bounds: seconds.
        """
        finite = [bound for bound in bounds if np.isfinite(bound)]
        within = dict.fromkeys(bounds, count)
        if not finite:
            return within
        median, slow = self.median(service, cells), self._slow_share(service, cells)
        # Outside of incidents all requests are alike.
        parted = np.flatnonzero(slow < 1)
        change = self._change(service, DemoSignal.LATENCY, cells[parted])
        others = median[parted] * (1 + SPREADS * change) / (1 + change)
        noise = self._noise(service, "bucket", cells)
        for bound in finite:
            share = slow / (1 + (median / bound) ** service.sharpness)
            share[parted] += (1 - slow[parted]) / (1 + (others / bound) ** service.sharpness)
            within[bound] = np.minimum(np.floor(count * share + noise), count)
        return within

    def failed_within(
        self, service: DemoService, cells: np.ndarray, failed: np.ndarray, bounds: Sequence[float]
    ) -> dict[float, np.ndarray]:
        """Of the failures per cell, those that answered at or under each bound: most at once, some hang.

        Args:
            service: whose. `cells`: which, shape (cells,). `failed`: in each of them, shape (cells,).
            bounds: seconds.
        """
        wobble = 0.5 + 1.1 * self._noise(service, "hanging", cells // 12)
        slow = 1 + 0.4 * self._change(service, DemoSignal.LATENCY, cells)
        median, noise = 0.09 * wobble * slow, self._noise(service, "failure bucket", cells)
        shares = {bound: 1 / (1 + (median / bound) ** 1.6) for bound in bounds}
        return {bound: np.minimum(np.floor(failed * share + noise), failed) for bound, share in shares.items()}

    def saturation(self, service: DemoService, resource: str, cells: np.ndarray) -> np.ndarray:
        """The share of a resource's limit that is used, 0–1.

        Args:
            service: whose. `resource`: one of its resources. `cells`: which, shape (cells,).
        """
        base = service.resources[resource]
        level = np.full(len(cells), base)
        if resource == "cpu":
            level += 0.25 * base * np.cos((cells * float(CELL) / HOUR - service.peak_hour) * (2 * np.pi / 24))
        level += 0.03 * (self._noise(service, resource, cells // 4) - 0.5)
        level = level + self._change(service, DemoSignal.SATURATION, cells, resource)
        level = level + service.growing.get(resource, 0.0) * self.relative(cells) / DAY
        if self.incidents and service.name == LEAKING and resource == "memory":
            level = 0.30 + 0.66 * ((self.relative(cells) + LEAK_PHASE) % LEAK_PERIOD) / LEAK_PERIOD
        capped: np.ndarray = np.clip(level, 0, 1)
        return capped

    def scraped(self, service: DemoService, cells: np.ndarray) -> np.ndarray:
        """Whether the cell was scraped at all: nothing was before the history of the demo."""
        relative = self.relative(cells)
        seen = relative > -HISTORY
        for incident in self.incidents:
            if incident.service == service.name and incident.signal is DemoSignal.SCRAPES:
                seen &= ~((relative > incident.begin) & (relative <= incident.end))
        return seen

    def _change(self, service: DemoService, signal: DemoSignal, cells: np.ndarray, resource: str = "") -> np.ndarray:
        """What incidents do to a signal in each cell: their sizes, as strong as they are there."""
        total = np.zeros(len(cells))
        for incident in self.incidents:
            if (incident.service, incident.signal, incident.resource) == (service.name, signal, resource):
                total = total + incident.size * strength(incident, self.relative(cells))
        return total

    def _noise(self, service: DemoService, stream: str, cells: np.ndarray) -> np.ndarray:
        # Not hash(): that of a text is another one in every process.
        salt = sum(ord(letter) * (7 + place) for place, letter in enumerate(service.name + stream))
        return uniform(cells, salt * 31 + self.seed)
