"""The demo's world as data: its services, what happens to them, and the noise; all a pure function of time."""

from dataclasses import dataclass, field

import numpy as np

from dashboard.timerange import DAY, HOUR

CELL = 15
MINUTE = 60
FOREVER = 10**9


@dataclass(frozen=True, slots=True)
class DemoIncident:
    """Something that happens to one signal of one service.

    Attributes:
        begin, end: seconds relative to the start of the demo; what ends within a day after the start comes again
            every day, so that a demo that runs for weeks always has something to show.
        size: factor on the signal, or what is added to it: see `World`.
    """

    service: str
    signal: str
    kind: str
    begin: int
    end: int
    size: float

    def strength(self, relative: np.ndarray) -> np.ndarray:
        """0–1 at each moment (seconds relative to the start): a rise and a fall inside, slow where something fills."""
        moment = relative
        if 0 < self.end < DAY:
            moment = np.where(relative > self.end, (relative - self.begin) % DAY + self.begin, relative)
        longest = 600.0 if self.signal.startswith("saturation") else 180.0
        ramp = 60.0 if self.end >= FOREVER else max(60.0, min(longest, 0.1 * (self.end - self.begin)))
        rise = np.clip((moment - self.begin) / ramp, 0, 1)
        fall = np.clip((self.end - moment) / ramp, 0, 1) if self.end < FOREVER else 1.0
        return np.minimum(rise, fall)


@dataclass(frozen=True, slots=True)
class DemoService:
    """A service's calm: requests per second at its mean, median latency in seconds, share of failures."""

    name: str
    team: str
    tier: int
    traffic: float
    median: float
    failing: float = 0.0001
    sharpness: float = 3.0
    client: float = 0.003
    peak_hour: float = 15.0
    resources: dict[str, float] = field(default_factory=dict)
    routes: tuple[str, ...] = ("/",)
    instances: int = 3


SERVICES = (
    DemoService("checkout", "payments", 1, 84, 0.062, 0.0003, resources={"cpu": 0.38, "memory": 0.58, "pool": 0.42},
                routes=("/checkout", "/checkout/payment", "/checkout/summary", "/coupons"), instances=6),
    DemoService("payments", "payments", 1, 31, 0.11, 0.00025, sharpness=3.4,
                resources={"cpu": 0.31, "memory": 0.49, "pool": 0.37},
                routes=("/charge", "/refund", "/cards"), instances=4),
    DemoService("search", "discovery", 1, 140, 0.085, 0.0002, resources={"cpu": 0.52, "memory": 0.63},
                routes=("/search", "/suggest"), instances=6),
    DemoService("catalog", "discovery", 1, 210, 0.024, 0.00009, resources={"cpu": 0.34, "memory": 0.47},
                routes=("/products", "/products/{id}", "/categories"), instances=4),
    DemoService("auth", "identity", 1, 120, 0.018, 0.00006, resources={"cpu": 0.29, "memory": 0.41},
                routes=("/login", "/token", "/logout"), instances=4),
    DemoService("cart", "payments", 1, 95, 0.031, 0.00022, resources={"cpu": 0.33, "memory": 0.52},
                routes=("/cart", "/cart/items"), instances=4),
    DemoService("recommendations", "ml", 2, 66, 0.07, 0.00030, resources={"cpu": 0.56, "memory": 0.44},
                routes=("/for-you", "/similar"), instances=3),
    DemoService("media-proxy", "edge", 2, 260, 0.012, 0.00017, resources={"cpu": 0.41, "memory": 0.66},
                routes=("/img", "/video"), instances=5),
    DemoService("shipping", "logistics", 2, 18, 0.09, 0.00028, resources={"cpu": 0.22, "memory": 0.39},
                routes=("/quotes", "/labels"), instances=2),
    DemoService("notifications", "growth", 3, 24, 0.045, 0.0002, resources={"cpu": 0.18, "queue": 0.27},
                routes=("/send",), instances=2),
    DemoService("inventory", "logistics", 2, 40, 0.036, 0.0, client=0.0, resources={"cpu": 0.27, "memory": 0.5},
                routes=("/stock", "/reserve"), instances=3),
    DemoService("legacy-batch", "platform", 3, 0.0004, 0.1, 0.0, client=0.0, sharpness=4.0,
                resources={"memory": 0.35}, routes=("/run",), instances=1),
)  # fmt: skip

INCIDENTS = (
    DemoIncident("checkout", "errors", "exhausted pool", -30 * MINUTE, 75 * MINUTE, 0.036),
    DemoIncident("checkout", "saturation/pool", "exhausted pool", -45 * MINUTE, 75 * MINUTE, 0.6),
    DemoIncident("checkout", "latency", "exhausted pool", -30 * MINUTE, 75 * MINUTE, 3.0),
    DemoIncident("search", "latency", "latency shift", -40 * MINUTE, 80 * MINUTE, 1.9),
    DemoIncident("search", "errors", "error burst", -200 * MINUTE, -180 * MINUTE, 0.04),
    DemoIncident("recommendations", "errors", "slow burn", -5 * DAY, FOREVER, 0.0018),
    DemoIncident("notifications", "traffic", "traffic drop", -15 * MINUTE, 50 * MINUTE, -0.8),
    DemoIncident("catalog", "traffic", "spike", -26 * HOUR, -25 * HOUR, 1.6),
    DemoIncident("cart", "errors", "bad deploy", -23 * HOUR, -22 * HOUR - 30 * MINUTE, 0.05),
    DemoIncident("cart", "latency", "bad deploy", -23 * HOUR, -22 * HOUR - 30 * MINUTE, 1.2),
    DemoIncident("shipping", "all", "gap in scraping", -6 * HOUR, -6 * HOUR + 45 * MINUTE, 1.0),
)

# The leak fills the memory of one service in a day and a half; then the process restarts and it begins again.
LEAKING, LEAK_PERIOD, LEAK_PHASE = "media-proxy", 36 * HOUR, 29 * HOUR


def uniform(cells: np.ndarray, salt: int) -> np.ndarray:
    """Noise in [0, 1) that depends on nothing but the cell and the salt (splitmix64, public domain, Vigna)."""
    with np.errstate(over="ignore"):
        mixed = cells.astype(np.uint64) + np.uint64(salt & (2**64 - 1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)) * 2.0**-53


@dataclass(frozen=True, slots=True)
class World:
    """What each service does in each 15-second cell; the same for the same seed and start, whatever is asked."""

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
        expected = service.traffic * CELL * busy * (1 + self._sum(service, "traffic", cells))
        spread = np.sqrt(np.maximum(expected, 0)) * 1.5
        noisy = expected + spread * (self._noise(service, "traffic", cells) - 0.5) * 2
        if service.traffic < 1:
            rare: np.ndarray = (self._noise(service, "traffic", cells) < expected).astype(float)
            return rare
        whole: np.ndarray = np.floor(np.maximum(noisy, 0) + self._noise(service, "rounding", cells))
        return whole

    def _day_level(self, service: DemoService, moment: np.ndarray) -> np.ndarray:
        """How busy the day is: no two are alike, weekends are quiet, one passes into the next around midnight."""
        begins = moment / DAY - 22 / 24
        day = np.floor(begins).astype(np.int64)
        passed = np.clip((begins - day) * 6, 0, 1)
        today, tomorrow = (
            np.where((number + 3) % 7 >= 5, 0.72, 1.0) * (0.93 + 0.14 * self._noise(service, "day", number))
            for number in (day, day + 1)
        )
        level: np.ndarray = today * (1 - passed) + tomorrow * passed
        return level

    def failed(self, service: DemoService, cells: np.ndarray, requests: np.ndarray) -> np.ndarray:
        """Whole requests that failed by the server's fault."""
        if not service.failing:
            return np.zeros_like(requests)
        share = np.minimum(service.failing + self._sum(service, "errors", cells), 1)
        failed: np.ndarray = np.minimum(np.floor(requests * share + self._noise(service, "errors", cells)), requests)
        return failed

    def refused(self, service: DemoService, cells: np.ndarray, requests: np.ndarray) -> np.ndarray:
        """Whole requests that failed by the client's fault."""
        if not service.client:
            return np.zeros_like(requests)
        refused: np.ndarray = np.floor(requests * service.client + self._noise(service, "client", cells))
        return refused

    def median(self, service: DemoService, cells: np.ndarray) -> np.ndarray:
        """Median latency of successful requests in seconds."""
        wobble = 0.9 + 0.2 * self._noise(service, "latency", cells // 8)
        slow: np.ndarray = service.median * wobble * (1 + self._sum(service, "latency", cells))
        return slow

    def within(self, service: DemoService, cells: np.ndarray, count: np.ndarray, bound: float) -> np.ndarray:
        """Of `count` requests per cell, those at or under `bound` seconds: a log-logistic latency."""
        if np.isinf(bound):
            return count
        share = 1 / (1 + (self.median(service, cells) / bound) ** service.sharpness)
        within: np.ndarray = np.minimum(np.floor(count * share + self._noise(service, "bucket", cells)), count)
        return within

    def saturation(self, service: DemoService, resource: str, cells: np.ndarray) -> np.ndarray:
        """Share of the limit."""
        base = service.resources[resource]
        moment = cells * float(CELL)
        rhythm = 0.25 * base * np.cos((moment / HOUR - service.peak_hour) * (2 * np.pi / 24)) * (resource == "cpu")
        level = base + rhythm + 0.03 * (self._noise(service, resource, cells // 4) - 0.5)
        level = level + self._sum(service, f"saturation/{resource}", cells)
        if self.incidents and service.name == LEAKING and resource == "memory":
            level = 0.30 + 0.66 * ((self.relative(cells) + LEAK_PHASE) % LEAK_PERIOD) / LEAK_PERIOD
        capped: np.ndarray = np.clip(level, 0, 1)
        return capped

    def scraped(self, service: DemoService, cells: np.ndarray) -> np.ndarray:
        """Whether the cell was scraped at all."""
        relative = self.relative(cells)
        seen = np.ones(len(cells), dtype=bool)
        for incident in self.incidents:
            if incident.service == service.name and incident.signal == "all":
                seen &= ~((relative > incident.begin) & (relative <= incident.end))
        return seen

    def _sum(self, service: DemoService, signal: str, cells: np.ndarray) -> np.ndarray:
        total = np.zeros(len(cells))
        for incident in self.incidents:
            if incident.service == service.name and incident.signal == signal:
                total = total + incident.size * incident.strength(self.relative(cells))
        return total

    def _noise(self, service: DemoService, stream: str, cells: np.ndarray) -> np.ndarray:
        salt = sum(ord(letter) * (7 + place) for place, letter in enumerate(service.name + stream))
        return uniform(cells, salt * 31 + self.seed)
