"""What instrumentations and exporters wrote when they were run, as counters that grow, and the load they were sent.

Each file of the folder `exporters` is one scrape, taken after the load below; the families that no preset asks for were
left out of those of databases and proxies. Of ten requests seven answered after about a millisecond, one failed (500),
one was for a path without a route (404), and one answered after 0.7 s; four came a second.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.field.series import Series

FOLDER = Path(__file__).parent / "exporters"
PER_S = 4.0
SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
GROWING = ("counter", "histogram", "summary")
# mysqld_exporter gives its counters no type.
UNTYPED = ("mysql_global_status_queries", "mysql_global_status_questions", "mysql_global_status_slow_queries")


@dataclass(frozen=True)
class Scrape:
    """A scrape and the truth about it.

    Attributes:
        job: its file, and the label it is scraped with. `preset`: that knows it.
        sent: requests that were sent before the scrape.
        counted: those that the library counts, scrapes of its own included; None: as many as were sent.
        because: what its preset says of that.
        failed, refused: of those; None: it does not tell.
        service: its name where that is not the job.
        mean: seconds, where it has no buckets. `p95`: seconds, within a bucket.
        saturation: its resources, by name.
    """

    job: str
    preset: str
    sent: int = 2970
    counted: int | None = None
    because: str = ""
    failed: int | None = 298
    refused: int | None = 297
    service: str = ""
    mean: float | None = None
    p95: tuple[float, float] | None = (0.5, 1.0)
    saturation: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.service or self.job

    @property
    def traffic(self) -> float:
        """Requests a second that the library counts."""
        return PER_S * (self.counted or self.sent) / self.sent

    def ratio(self, part: int | None) -> float | None:
        return None if part is None else part / (self.counted or self.sent)

    def series(self) -> Iterator[Series]:
        """Its series, scraped as one target; whatever counts grows from 0 by what the load made of it a second."""
        per_s = PER_S / self.sent
        for name, kind, labels, value in samples((FOLDER / f"{self.job}.txt").read_text(encoding="utf-8")):
            named = {"job": self.job, "instance": f"{self.job}:80", **labels}
            if (kind in GROWING and "quantile" not in labels) or name in UNTYPED:
                yield Series(name, named, per_s=value * per_s)
            else:
                yield Series(name, named, value=value)


def samples(text: str) -> Iterator[tuple[str, str, dict[str, str], float]]:
    """Name, type, labels and value of each sample; a limit that is not set, NaN, is left out."""
    types: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE"):
            _, _, name, types[name] = line.split()
        elif sample := SAMPLE.fullmatch(line):
            name = sample["name"]
            kind = types.get(name) or types.get(re.sub("_(bucket|count|sum|total)$", "", name), "untyped")
            if not math.isnan(float(sample["value"])):
                yield name, kind, dict(LABEL.findall(sample["labels"] or "")), float(sample["value"])


UNROUTED = "requests for paths without a route are not counted"
SCRAPED = "scrapes"
SCRAPES = (
    Scrape("flask", "flask-exporter"),
    Scrape("django", "django"),
    Scrape("starlette", "starlette-exporter", counted=2673, because=UNROUTED, refused=0),
    Scrape("starlettenamed", "starlette-exporter", counted=2673, because=UNROUTED, refused=0),
    Scrape("litestar", "litestar", sent=2969, counted=2672, because=UNROUTED, refused=0),
    Scrape("tornado", "tornado", sent=2208, failed=221, refused=221),
    Scrape("fastinstr", "fastapi-instrumentator"),
    Scrape("fastnogroup", "fastapi-instrumentator"),
    Scrape("aio", "aioprometheus", p95=None),
    Scrape("otelflasknew", "opentelemetry-http"),
    Scrape("otelflaskold", "opentelemetry-http-old"),
    Scrape("otelfastnew", "opentelemetry-http", counted=2970 + 151, because=SCRAPED),
    Scrape("otelfastold", "opentelemetry-http-old", counted=2970 + 2 * 151, because=SCRAPED),
    Scrape("oteljs", "opentelemetry-http-js", counted=2970 + 151, because=SCRAPED),
    Scrape("oteljsnew", "opentelemetry-http-js", counted=2970 + 151, because=SCRAPED),
    Scrape("expbundle", "generic-http", sent=2969, p95=(0.3, 1.5)),
    Scrape("expbundlepath", "generic-http", sent=2969, p95=(0.3, 1.5)),
    Scrape("epm", "generic-http", sent=2969),
    Scrape("pam", "prometheus-api-metrics", sent=2969, p95=(0.5, 0.5)),
    Scrape("fastify", "fastify", sent=2969, counted=2672, because=UNROUTED, refused=0),
    Scrape("grpc", "grpc", sent=3280, failed=328, refused=328, service="shop.Cart"),
    Scrape("celery", "celery-flower", sent=2328, failed=233, refused=0, service="tasks.do"),
    Scrape("nginx", "nginx", counted=3116, because="status page", failed=None, refused=None, p95=None),
    Scrape("haproxy", "haproxy", sent=2969, service="shop", mean=0.072, p95=None),
    Scrape("haproxyexp", "haproxy-exporter", sent=2969, service="shop by its exporter", mean=0.072, p95=None),
    Scrape("apache", "apache", counted=3114, because="status page", failed=None, refused=None, mean=0.068, p95=None,
           saturation={"workers": 1 / 400}),
    Scrape("caddy", "caddy"),
    Scrape("varnish", "varnish", sent=2969, failed=None, refused=None, p95=None, saturation={"cache memory": 0.0}),
)  # fmt: skip
# Servers that were sent other things than requests over HTTP: what can run out there.
SERVERS = (
    Scrape("postgres", "postgresql", saturation={"connections": 2 / 60}),
    Scrape("mysqld", "mysql", saturation={"connections": 1 / 60}),
    Scrape("redis", "redis", saturation={"connections": 0.185, "memory": 0.04803}),
    Scrape("rabbit", "rabbitmq", saturation={
        "memory": 0.01307, "file descriptors": 40 / 1024, "disk alarm": 0.0, "memory alarm": 0.0}),
)  # fmt: skip
# What probes of the blackbox exporter found, as (share that failed, seconds): a page, one that answers 500, a port
# where nobody listens.
PROBES = {"blackbox-ok": (0.0, 0.0034), "blackbox-fail": (1.0, 0.00237), "blackbox-down": (1.0, 0.00025)}
