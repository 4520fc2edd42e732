"""What is written of services is added to what the source says of them, and what is missing stays in sight."""

from dataclasses import replace

from dashboard.config.configuration import ServiceConfig
from dashboard.engine.described_services import described
from dashboard.sources.catalog import Catalog, Origin
from tests.steady import START, Clock, Steady


def catalog(*names: str) -> Catalog:
    return Steady(Clock(), names or ("shop", "cart")).discover(START)


def test_without_anything_written_a_catalog_stays_the_same_object() -> None:
    plain = catalog()
    assert described(plain, ()) is plain


def test_what_is_not_written_stays_what_the_source_says() -> None:
    links = {"dashboards": "http://a", "runbook": "http://old"}
    plain = catalog("shop")
    labelled = replace(plain, services=(replace(plain.services[0], team="web", tier=2, links=links),))
    own = ServiceConfig("shop", tier=1, links={"runbook": "http://new"})
    (shop,) = described(labelled, (own,)).services
    assert (shop.team, shop.tier) == ("web", 1)
    assert shop.links == {"dashboards": "http://a", "runbook": "http://new"}


def test_a_service_of_which_nothing_is_written_is_not_touched() -> None:
    plain = catalog()
    cart = next(info for info in plain.services if info.name == "cart")
    assert described(plain, (ServiceConfig("shop", team="web"),)).services[0] is cart


def test_services_are_sorted_by_name_the_missing_among_them() -> None:
    services = described(catalog(), (ServiceConfig("missing", team="web"), ServiceConfig("shop"))).services
    assert [info.name for info in services] == ["cart", "missing", "shop"]
    assert [info.origin for info in services] == [Origin.DISCOVERED, Origin.CONFIGURED, Origin.DISCOVERED]
    assert (services[1].errors, services[1].threshold, services[1].team) == (False, None, "web")
