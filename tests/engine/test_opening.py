"""What the configuration adds to a source: owners, links, and services that must not go missing unseen."""

from dashboard.config.configuration import Config, ServiceConfig
from dashboard.engine.health import Health
from dashboard.engine.opening import open_source
from dashboard.engine.poller import Poller
from dashboard.ui.panels import wall

NOW = 1_760_000_000.0


def polled(*services: ServiceConfig) -> Poller:
    poller = Poller(open_source(Config(services=services), now=NOW), clock=lambda: NOW)
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
    tile = wall.tile(lost, snapshot.source.state)
    assert "no data" in tile
    assert "gs-green" not in tile
