"""Maintenance falls where the wall clock says, policies and SLAs go to the objectives they are for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dashboard.config.agreements import Agreements, Maintenance, NamedSla, PolicyRule
from dashboard.engine.default_slos import availability, latency
from dashboard.slo.objective import Sla
from dashboard.slo.policy import Policy, Row
from dashboard.slo.windows import Calendar, Unit
from dashboard.sources.catalog import Catalog, ServiceInfo

SLOS = (availability("shop"), latency("shop", 0.5), availability("cart"))
NOW = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
CALM = Policy("calm", (Row("ticket", 0.1, 259200, 21600),))


def spans(maintenance: Maintenance, now: float = NOW) -> list[tuple[str, str]]:
    agreements = Agreements(maintenance=(maintenance,))
    return [
        (
            f"{datetime.fromtimestamp(part.start, UTC):%d %b %H:%M}",
            f"{datetime.fromtimestamp(part.end, UTC):%d %b %H:%M}",
        )
        for part in agreements.exclusions(SLOS, now)
    ]


def test_maintenance_is_by_the_wall_clock_of_its_zone() -> None:
    once = Maintenance(datetime(2026, 11, 1, 2), datetime(2026, 11, 1, 4), "Europe/Berlin")
    assert spans(once) == [("01 Nov 01:00", "01 Nov 03:00")]


def test_weekly_maintenance_stays_at_its_hour_when_the_clocks_change() -> None:
    weekly = Maintenance(datetime(2026, 1, 4, 3), datetime(2026, 1, 4, 4), "Europe/Berlin", every_days=7)
    weeks = spans(weekly, datetime(2026, 11, 10, tzinfo=UTC).timestamp())
    assert [start for start, _ in weeks] == [
        "11 Oct 01:00",
        "18 Oct 01:00",
        "25 Oct 02:00",
        "01 Nov 02:00",
        "08 Nov 02:00",
    ]


def test_what_lies_before_all_windows_is_left_out() -> None:
    assert spans(Maintenance(datetime(2026, 9, 1, 2), datetime(2026, 9, 1, 4), "UTC")) == []


def test_maintenance_is_known_to_the_end_of_a_calendar_period() -> None:
    month = replace(SLOS[0], window=Calendar(Unit.MONTH))
    late = Maintenance(datetime(2026, 11, 29, 2), datetime(2026, 11, 29, 4), "UTC")
    assert [part.start for part in Agreements(maintenance=(late,)).exclusions([month], NOW)] == [NOW + 5 * 86400 + 7200]
    assert Agreements(maintenance=(late,)).exclusions(SLOS, NOW) == ()


@pytest.mark.parametrize(
    ("services", "slos", "names"),
    [
        (("*",), ("*",), {"shop-availability", "shop-latency", "cart-availability"}),
        (("shop",), ("*",), {"shop-availability", "shop-latency"}),
        (("*",), ("*-availability",), {"shop-availability", "cart-availability"}),
        (("c?rt",), ("*",), {"cart-availability"}),
        (("other",), ("*",), set()),
    ],
)
def test_maintenance_holds_for_whom_it_names(services: tuple[str, ...], slos: tuple[str, ...], names: set[str]) -> None:
    maintenance = Maintenance(datetime(2026, 11, 1), datetime(2026, 11, 2), "UTC", services=services, slos=slos)
    excluded = {name for part in Agreements(maintenance=(maintenance,)).exclusions(SLOS, NOW) for name in part.slos}
    assert excluded == names


@pytest.mark.parametrize(
    ("services", "slos", "names"),
    [
        (("shop",), ("*",), {"east/shop-availability", "west/shop-availability"}),
        (("east/shop",), ("*",), {"east/shop-availability"}),
        (("west/*",), ("*",), {"west/shop-availability", "west/cart-availability"}),
        (("*/shop",), ("*",), {"east/shop-availability", "west/shop-availability", "team/shop-availability"}),
        (("*",), ("shop-availability",), {"east/shop-availability", "west/shop-availability"}),
        (("team/shop",), ("*",), {"team/shop-availability"}),
    ],
)
def test_a_name_without_a_cluster_is_for_the_service_in_each_of_them(
    services: tuple[str, ...], slos: tuple[str, ...], names: set[str]
) -> None:
    """A slash in the name of a service that has no cluster is none of its business."""
    infos = [ServiceInfo(f"{cluster}/{name}", "test", cluster=cluster)
             for cluster, name in (("east", "shop"), ("west", "shop"), ("west", "cart"))]  # fmt: skip
    catalog = Catalog((*infos, ServiceInfo("team/shop", "test")), scrape_interval=15.0)
    every = tuple(availability(info.name) for info in catalog.services)
    maintenance = Maintenance(datetime(2026, 11, 1), datetime(2026, 11, 2), "UTC", services=services, slos=slos)
    agreed = Agreements((maintenance,), (PolicyRule(CALM, services=services, slos=slos),))
    agreed = agreed.for_services(catalog.short_names)
    assert {name for part in agreed.exclusions(every, NOW) for name in part.slos} == names
    assert {slo.name for slo in agreed.applied(every) if slo.policy is CALM} == names


def test_a_policy_goes_to_those_it_is_for_and_never_over_one_that_was_written_there() -> None:
    own = Policy("own", (Row("page", 0.02, 3600, 300),))
    shop, _, cart = SLOS
    written = (shop, type(cart)(cart.service, cart.name, cart.indicator, cart.objective, policy=own))
    applied = Agreements(policies=(PolicyRule(CALM),)).applied(written)
    assert [slo.policy for slo in applied] == [CALM, own]
    assert Agreements(policies=(PolicyRule(CALM, services=("cart",)),)).applied(SLOS)[0].policy is None


def test_an_sla_stands_beside_its_objective() -> None:
    sla = Sla(0.99)
    applied = Agreements(slas=(NamedSla("shop-availability", sla),)).applied(SLOS)
    assert [slo.sla for slo in applied] == [sla, None, None]


@pytest.mark.parametrize(
    ("services", "slos", "lines"),
    [
        (("*",), ("*",), []),
        (("shop", "c?rt"), ("*-availability",), []),
        (("shoo",), ("*",), ["services: 'shoo' is no service; did you mean shop?"]),
        (("shop", "pay*"), ("*",), ["services: 'pay*' is no service; known are cart, shop"]),
        (
            ("*",),
            ("shop-latencies", "*"),
            ["slos: 'shop-latencies' is no objective; did you mean shop-latency?"],
        ),
        (("cart",), ("shop-latency",), [": no objective is of these services and has one of these names"]),
    ],
)
def test_patterns_that_nothing_meets_are_told(
    services: tuple[str, ...], slos: tuple[str, ...], lines: list[str]
) -> None:
    maintenance = Maintenance(datetime(2026, 11, 1), datetime(2026, 11, 2), "UTC", services=services, slos=slos)
    for agreements in (Agreements((maintenance,)), Agreements(policies=(PolicyRule(CALM, services, slos),))):
        assert list(agreements.unmatched(SLOS)) == lines


def test_a_pattern_without_a_cluster_meets_the_service_in_each_of_them() -> None:
    maintenance = Maintenance(datetime(2026, 11, 1), datetime(2026, 11, 2), "UTC", services=("shop",))
    agreements = Agreements((maintenance,))
    assert len(agreements.unmatched([availability("east/shop")])) == 1
    assert not agreements.for_services({"east/shop": "shop"}).unmatched([availability("east/shop")])
