"""The demo's counters are its events, however often they are scraped."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from dashboard import buckets
from dashboard.sources.demo.openmetrics import openmetrics
from dashboard.sources.demo.scenario import SERVICES, DemoService
from dashboard.sources.demo.scrape_target import DemoTarget
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR, Grid
from tests.servers import filled
from tests.sources.demo.moments import MINUTE, NAMES, START, around, level
from tests.steady import Clock


class Watched(DemoSource):
    """The demo, counting the cells that are computed."""

    cells = 0

    def events_per_cell(
        self, service: DemoService, cells: np.ndarray, bounds: tuple[float, ...]
    ) -> dict[tuple[str, str], np.ndarray]:
        self.cells += len(cells)
        return super().events_per_cell(service, cells, bounds)


def target(demo: DemoSource, clock: Clock) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DemoTarget(demo, since=START, clock=clock))
    return registry


def scraped(registry: CollectorRegistry) -> dict[str, dict[tuple[str, ...], float]]:
    """Name of the sample → values of its labels (job, code, le) → value."""
    samples: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for family in text_string_to_metric_families(generate_latest(registry).decode()):
        for sample in family.samples:
            labels = tuple(sample.labels[name] for name in ("job", "code", "le") if name in sample.labels)
            samples[sample.name][labels] = sample.value
    return samples


def test_counters_are_the_exact_events_since_they_began(demo: DemoSource) -> None:
    clock = Clock(START + 20 * MINUTE)
    samples = scraped(target(demo, clock))
    counts = demo.counts(around(-HOUR, 20 * MINUTE, 15)).frame.sum()
    threshold = buckets.bound_text(demo.threshold or np.inf)
    for name in NAMES:
        codes = {code: value for (job, code), value in samples["http_requests_total"].items() if job == name}
        assert sum(codes.values()) == counts[(name, "requests", "")]
        assert codes.get("500", 0) == counts[(name, "errors", "server")]
        counters = samples["http_request_duration_seconds_bucket"]
        assert counters[(name, "200", threshold)] == counts[(name, "latency", threshold)]
        assert counters[(name, "200", "+Inf")] == counts[(name, "latency", "inf")]
        if "500" in codes:
            assert counters[(name, "500", "+Inf")] == codes["500"]


def test_a_scrape_adds_what_is_new_and_ends_where_one_scrape_would(demo: DemoSource) -> None:
    clock = Clock(START)
    often = target(demo, clock)
    before = scraped(often)
    for _ in range(40):
        clock.now += 37
        after = scraped(often)
        for name, values in before.items():
            if name.endswith(("_total", "_bucket")):
                assert all(after[name][labels] >= value for labels, value in values.items())
        before = after
    assert before == scraped(target(demo, clock))


def test_the_cost_of_a_scrape_does_not_grow_with_the_run() -> None:
    watched, clock = Watched(start=START), Clock(START)
    registry = target(watched, clock)
    costs = []
    for hours in (0, 0, 24, 0):
        clock.now += hours * HOUR + MINUTE
        watched.cells = 0
        generate_latest(registry)
        costs.append(watched.cells / len(SERVICES))
    assert costs == [4 + 240, 4, 4 + 24 * 240, 4]


def test_a_second_scrape_of_the_same_moment_and_a_clock_set_back_change_nothing(demo: DemoSource) -> None:
    clock = Clock(START + HOUR)
    registry = target(demo, clock)
    first = scraped(registry)
    assert scraped(registry) == first
    clock.now -= 600
    assert scraped(registry) == first
    clock.now += 1200
    assert scraped(registry) == scraped(target(demo, clock))


def test_a_service_that_never_failed_has_no_series_of_failures(demo: DemoSource) -> None:
    samples = scraped(target(demo, Clock(START + DAY)))
    for name in ("http_requests_total", "http_request_duration_seconds_bucket"):
        failing = {labels[0] for labels in samples[name] if labels[1] == "500"}
        assert failing == NAMES - {"inventory", "legacy-batch"}
        assert {labels[0] for labels in samples[name] if labels[1] == "200"} == NAMES


def test_who_looks_at_the_metrics_reads_how_they_are_scraped(demo: DemoSource) -> None:
    text = generate_latest(target(demo, Clock(START))).decode()
    (told,) = (line for line in text.splitlines() if line.startswith("# HELP http_requests_total"))
    assert "scrape with honor_labels: true" in told


@pytest.mark.servers
def test_a_plain_scrape_gives_the_services_as_well(demo: DemoSource, tmp_path: Path) -> None:
    """Without `honor_labels` a server keeps its own job, and that of the target as `exported_job`."""
    lines = openmetrics(demo, Grid.between(START - 10 * MINUTE, START, step=15))
    plain = "\n".join([*(line.replace('job="', 'job="demo",exported_job="') for line in lines), ""])
    server = filled("prometheus", tmp_path, plain)
    source = PrometheusSource(server.url)
    try:
        catalog = source.discover(START)
    finally:
        source.close()
        server.stop()
    assert {info.name for info in catalog.services} == NAMES


def test_gauges_of_the_target_are_shares_of_their_limit(demo: DemoSource) -> None:
    samples = scraped(target(demo, Clock(START)))
    used = level(demo, "checkout", "cpu", Grid(START, START, 15)).iloc[0]
    assert samples["process_open_fds"][("checkout",)] / samples["process_max_fds"][("checkout",)] == pytest.approx(used)
