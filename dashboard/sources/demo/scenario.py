"""The demo as data: its services and what happens to them."""

from dataclasses import dataclass, field
from enum import StrEnum

from dashboard.timerange import DAY, HOUR

MINUTE = 60
FOREVER = 10**9
GIB = 2.0**30
# What limits are counted in.
LIMIT_UNITS = {"cpu": "cores", "memory": "bytes", "pool": "connections", "queue": "messages", "disk": "bytes"}


BY_METHOD = {"GET": 0.7, "POST": 0.3}


class DemoSignal(StrEnum):
    """What an incident changes."""

    TRAFFIC = "traffic"
    ERRORS = "errors"
    LATENCY = "latency"
    SATURATION = "saturation"
    SCRAPES = "scrapes"


@dataclass(frozen=True, slots=True)
class DemoIncident:
    """Something that happens to one signal of one service.

    Attributes:
        service: its name.
        signal: what is changed; with `SCRAPES`, nothing is measured.
        kind: for display.
        begin, end: seconds relative to the start of the demo; what ends within a day after the start comes again
            every day, so that a demo that runs for weeks always has something to show.
        size: factor on the signal, or what is added to it: see `World`.
        resource: of a saturation.
        guilty: label → the value that nearly all of it comes from; with two labels, requests that have both. A value
            without requests of its own is there for as long as the incident lasts.
    """

    service: str
    signal: DemoSignal
    kind: str
    begin: int
    end: int
    size: float
    resource: str = ""
    guilty: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DemoService:
    """A service's calm.

    Attributes:
        name, team, tier: as shown.
        traffic: requests per second at its mean.
        median: of its latency, in seconds; `sharpness`: how close to it most requests are.
        failing, client: shares of requests that fail by the server's and by the client's fault, 0–1.
        peak_hour: hour of the day, UTC.
        resources: name → share of its limit, 0–1.
        routes, instances: the parts of a breakdown, of which no two are alike.
        parts: further ones: label → value → share of the usual requests, 0–1.
    """

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
    parts: dict[str, dict[str, float]] = field(default_factory=lambda: {"method": BY_METHOD})
    # Resource → the share of its limit that it grows by each day, with time alone.
    growing: dict[str, float] = field(default_factory=dict)

    @property
    def limits(self) -> dict[str, float]:
        """Resource → its limit, in the unit of `LIMIT_UNITS`: so much of each instance, which grow with its traffic."""
        size = 4.0 if self.traffic >= 100 else 2.0 if self.traffic >= 30 else 1.0
        each = {"cpu": size, "memory": 2 * size * GIB, "pool": 10.0 * size, "queue": 500.0, "disk": 64.0 * size * GIB}
        return {name: each[name] * self.instances for name in self.resources}


SERVICES = (
    DemoService("checkout", "payments", 1, 84, 0.062, 0.0003, resources={"cpu": 0.38, "memory": 0.58, "pool": 0.42},
                routes=("/checkout", "/checkout/payment", "/checkout/summary", "/coupons"), instances=6),
    DemoService("payments", "payments", 1, 31, 0.11, 0.00025, sharpness=3.4,
                resources={"cpu": 0.31, "memory": 0.49, "pool": 0.37},
                routes=("/charge", "/refund", "/cards"), instances=4,
                parts={"method": BY_METHOD, "version": {"2.8.0": 1.0, "2.8.1": 0.0}}),
    DemoService("search", "discovery", 1, 140, 0.085, 0.0002, resources={"cpu": 0.52, "memory": 0.63},
                routes=("/search", "/suggest"), instances=6),
    DemoService("catalog", "discovery", 1, 210, 0.024, 0.00009, resources={"cpu": 0.34, "memory": 0.47},
                routes=("/products", "/products/{id}", "/categories"), instances=4),
    DemoService("auth", "identity", 1, 120, 0.018, 0.00006, resources={"cpu": 0.29, "memory": 0.41},
                routes=("/login", "/token", "/logout"), instances=4),
    DemoService("cart", "payments", 1, 95, 0.031, 0.00022, resources={"cpu": 0.33, "memory": 0.52},
                routes=("/cart", "/cart/items"), instances=4,
                parts={"method": BY_METHOD, "version": {"4.1.6": 1.0, "4.1.7": 0.0}}),
    DemoService("recommendations", "ml", 2, 66, 0.07, 0.00030, resources={"cpu": 0.56, "memory": 0.44},
                routes=("/for-you", "/similar"), instances=3),
    DemoService("media-proxy", "edge", 2, 260, 0.012, 0.00017, resources={"cpu": 0.41, "memory": 0.66},
                routes=("/img", "/video"), instances=5),
    DemoService("shipping", "logistics", 2, 18, 0.09, 0.00028, resources={"cpu": 0.22, "memory": 0.39},
                routes=("/quotes", "/labels"), instances=2),
    DemoService("notifications", "growth", 3, 24, 0.045, 0.0002, resources={"cpu": 0.18, "queue": 0.27},
                routes=("/send",), instances=2,
                parts={"method": BY_METHOD, "caller": {"checkout": 0.86, "shipping": 0.09, "campaigns": 0.05}}),
    DemoService("inventory", "logistics", 2, 40, 0.036, 0.0, client=0.0,
                resources={"cpu": 0.27, "memory": 0.5, "disk": 0.7}, growing={"disk": 0.011},
                routes=("/stock", "/reserve"), instances=3),
    DemoService("legacy-batch", "platform", 3, 0.0004, 0.1, 0.0, client=0.0, sharpness=4.0,
                resources={"memory": 0.35}, routes=("/run",), instances=1),
)  # fmt: skip

BAD_VERSION = {"route": "/cart/items", "version": "4.1.7"}
INCIDENTS = (
    DemoIncident("checkout", DemoSignal.ERRORS, "exhausted pool", -30 * MINUTE, 75 * MINUTE, 0.036,
                 guilty={"route": "/checkout/payment"}),
    DemoIncident("checkout", DemoSignal.SATURATION, "exhausted pool", -45 * MINUTE, 75 * MINUTE, 0.6, resource="pool"),
    DemoIncident("checkout", DemoSignal.LATENCY, "exhausted pool", -30 * MINUTE, 75 * MINUTE, 6.0,
                 guilty={"route": "/checkout/payment"}),
    DemoIncident("search", DemoSignal.LATENCY, "latency shift", -40 * MINUTE, 80 * MINUTE, 1.9),
    DemoIncident("search", DemoSignal.ERRORS, "error burst", -200 * MINUTE, -180 * MINUTE, 0.04,
                 guilty={"route": "/suggest"}),
    DemoIncident("recommendations", DemoSignal.ERRORS, "slow burn", -5 * DAY, FOREVER, 0.0018,
                 guilty={"instance": "recommendations-2"}),
    # Over the one edge between services: what waits for checkout's pool sends no confirmations.
    DemoIncident("notifications", DemoSignal.TRAFFIC, "traffic drop", -15 * MINUTE, 50 * MINUTE, -0.8,
                 guilty={"caller": "checkout"}),
    DemoIncident("catalog", DemoSignal.TRAFFIC, "spike", -26 * HOUR, -25 * HOUR, 1.6),
    DemoIncident("cart", DemoSignal.ERRORS, "bad deploy", -23 * HOUR, -22 * HOUR - 30 * MINUTE, 0.05,
                 guilty=BAD_VERSION),
    DemoIncident("cart", DemoSignal.LATENCY, "bad deploy", -23 * HOUR, -22 * HOUR - 30 * MINUTE, 1.8,
                 guilty=BAD_VERSION),
    DemoIncident("payments", DemoSignal.ERRORS, "bad deploy", -54 * HOUR, -53 * HOUR - 30 * MINUTE, 0.02,
                 guilty={"version": "2.8.1"}),
    DemoIncident("shipping", DemoSignal.SCRAPES, "gap in scraping", -6 * HOUR, -6 * HOUR + 45 * MINUTE, 1.0),
)  # fmt: skip

# The leak fills the memory of one service in a day and a half; then the process restarts and it begins again.
LEAKING, LEAK_PERIOD, LEAK_PHASE = "media-proxy", 36 * HOUR, 29 * HOUR
