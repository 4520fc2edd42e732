"""What the configuration adds to a source: owners, links, and services that must not go missing unseen."""

import ast
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import dashboard
from dashboard.config.agreements import Agreements, NamedSla
from dashboard.config.configuration import Config, ServiceConfig, SloPath
from dashboard.engine.health import Health
from dashboard.engine.opening import configured_slos, load_slos, open_poller, open_source
from dashboard.engine.poller import Poller
from dashboard.exceptions import ConfigError
from dashboard.slo.objective import Sla
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.demo.spec import DemoSpec
from dashboard.sources.protocol import Source
from dashboard.sources.spec import DeclaredService, Opening
from dashboard.ui.panels.wall import wall_tiles
from tests.steady import START, Clock, Steady

NOW = 1_760_000_000.0


def polled(*services: ServiceConfig) -> Poller:
    poller = open_poller(Config(services=services), now=NOW)
    poller.tick()
    return poller


def test_a_service_carries_its_owner_tier_and_links() -> None:
    links = {"runbook": "https://example.org/runbook"}
    info = polled(ServiceConfig("search", team="finders", tier=3, links=links)).snapshot.by_name["search"].info
    assert (info.team, info.tier, info.links["runbook"]) == ("finders", 3, "https://example.org/runbook")


def test_a_configured_service_that_is_not_found_stays_in_sight_without_data() -> None:
    snapshot = polled(ServiceConfig("ledger", tier=1), ServiceConfig("search")).snapshot
    lost = snapshot.by_name["ledger"]
    assert len(snapshot.services) == 13
    assert (lost.health, lost.slos, lost.current.traffic) == (Health.UNKNOWN, (), None)
    assert "check its name, preset and match" in lost.info.notes[0]
    tile = wall_tiles.tile(wall_tiles.Shown(lost, snapshot.source.state))
    assert "no data" in tile
    assert "gs-green" not in tile


# --- what a source is opened with ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Remembering:
    """The spec of a source that keeps what it is opened with."""

    source: Source
    openings: list[Opening]
    kind: str = "steady"
    has_queries: bool = False

    def open(self, opening: Opening) -> Source:
        self.openings.append(opening)
        return self.source


def opened_with(config: Config, slos: Any = ()) -> tuple[Source, Opening]:
    openings: list[Opening] = []
    source = open_source(replace(config, source=Remembering(Steady(Clock()), openings)), now=START, slos=slos)
    return source, openings[0]


def test_a_source_knows_the_zone_the_threshold_and_the_latencies_of_the_slos(file: Path) -> None:
    slos, _ = load_slos(configured(file))
    _, opening = opened_with(Config(time_zone="Europe/Berlin", threshold=0.3), slos)
    assert (opening.now, opening.time_zone, opening.threshold, opening.latency_thresholds) == (
        START,
        "Europe/Berlin",
        0.3,
        (0.25,),
    )


def test_a_source_knows_how_services_are_declared() -> None:
    service = ServiceConfig("shop", preset="opentelemetry-http", match={"job": "shop"})
    _, opening = opened_with(Config(services=(service,)))
    assert opening.services == (DeclaredService("shop", "opentelemetry-http", {"job": "shop"}),)


@pytest.mark.parametrize("services", [(), (ServiceConfig("shop", team="web"),)], ids=["none", "declared"])
def test_the_source_is_used_as_it_is_so_that_it_loses_no_ability(services: tuple[ServiceConfig, ...]) -> None:
    source, _ = opened_with(Config(services=services))
    assert isinstance(source, Steady)


def test_nobody_takes_a_catalog_without_what_is_written_of_its_services() -> None:
    root = Path(dashboard.__file__).parent
    callers = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "discover"
    }
    # A CSV source also reads its files anew.
    assert callers == {"engine/described_services.py", "sources/csv/source.py"}


# --- SLOs and the poller ---------------------------------------------------------------------------------------------

OPENSLO = """apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-fast}
spec:
  service: checkout
  indicator:
    metadata: {name: shop-fast-sli}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: signals, spec: {measure: latency, detail: "0.25"}}}
        total: {metricSource: {type: signals, spec: {measure: latency, detail: inf}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.95}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "slo.yaml"
    path.write_text(OPENSLO, encoding="utf-8")
    return path


def configured(*patterns: object, **more: Any) -> Config:
    slos = tuple(SloPath(str(pattern), f"a.toml:{line}: slos") for line, pattern in enumerate(patterns, start=1))
    return Config(source=DemoSpec(), slos=slos, **more)


def test_without_files_there_are_no_slos_to_watch() -> None:
    assert load_slos(Config()) == ((), ())
    assert open_poller(Config(), now=NOW).settings.files is None


def test_every_pattern_without_a_file_is_named_where_it_stands(file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_slos(configured("/nowhere.yaml", file, "/none/*.yaml"))
    remedy = "there is no such file; name OpenSLO files, a directory or a glob"
    assert caught.value.problems == (
        f"a.toml:1: slos: /nowhere.yaml: {remedy}",
        f"a.toml:3: slos: /none/*.yaml: {remedy}",
    )


def test_an_sla_that_is_stricter_than_its_slo_is_refused_before_anything_is_asked(file: Path) -> None:
    agreements = Agreements(slas=(NamedSla("shop-fast", Sla(0.99)),))
    with pytest.raises(ConfigError, match=r"shop-fast \(0\.99\) is stricter than its objective \(0\.95\)"):
        configured_slos(configured(file, agreements=agreements))
    with pytest.raises(ConfigError):
        open_poller(configured(file, agreements=agreements), now=NOW)


def test_the_poller_has_what_is_configured(file: Path) -> None:
    config = configured(file, title="Shop", refresh=30.0, time_zone="Europe/Berlin")
    poller = open_poller(config, now=NOW)
    settings = poller.settings
    assert (settings.title, settings.refresh, settings.time_zone) == ("Shop", 30.0, "Europe/Berlin")
    assert [slo.name for slo in settings.slos] == ["shop-fast"]
    assert settings.files is not None
    assert isinstance(poller.source, DemoSource)
    assert not poller.alive


def test_a_moment_stops_the_clock_however_often_it_is_looked_at() -> None:
    poller = open_poller(Config(), now=NOW)
    assert (poller.clock(), poller.clock(), poller.snapshot.at) == (NOW, NOW, NOW)
