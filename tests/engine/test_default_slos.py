"""Which SLOs hold: configured ones first, then recorded ones, and defaults only where a service has neither."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.engine.default_slos import (
    active_slos,
    availability,
    counted_at_bucket,
    default_slos,
    latency,
    saturation,
)
from dashboard.slo.indicators import Column, Indicator, Op, Query, Ratio, Threshold
from dashboard.slo.objective import Method, Slo
from dashboard.sources.catalog import Catalog, ServiceInfo

BOUNDS = (0.1, 0.25, 0.5, 1.0)
SHOP = ServiceInfo("shop", "test", BOUNDS, 0.5)
CART = ServiceInfo("cart", "test", BOUNDS, 0.25)


def catalog(*services: ServiceInfo, recorded: tuple[Slo, ...] = ()) -> Catalog:
    return Catalog(services, scrape_interval=15.0, recorded=recorded)


def named(slos: tuple[Slo, ...]) -> list[str]:
    return [slo.name for slo in slos]


def within(detail: str, **more: Any) -> Slo:
    """An SLO of the shop's requests that are answered within a bound, as a file would define it."""
    indicator = Ratio(Column("shop", "latency", "inf"), good=Column("shop", "latency", detail))
    return replace(Slo("shop", "fast", indicator, 0.99, limit=float(detail), origin="slo.yaml:1"), **more)


# --- which hold ------------------------------------------------------------------------------------------------------


def test_a_service_that_counts_errors_and_has_buckets_has_two_defaults() -> None:
    first, second = active_slos(catalog(SHOP))
    assert (first.name, first.objective, first.origin) == ("shop-availability", 0.999, "default")
    assert (second.name, second.objective, second.limit) == ("shop-latency", 0.99, 0.5)


def test_one_configured_slo_takes_the_place_of_all_defaults_of_its_service_alone() -> None:
    slos = active_slos(catalog(SHOP, CART), [availability("shop", 0.95)])
    assert named(slos) == ["shop-availability", "cart-availability", "cart-latency"]
    assert slos[0].objective == 0.95


def test_an_slo_that_recording_rules_keep_takes_the_place_of_the_defaults_too() -> None:
    recorded = replace(availability("shop", 0.9), name="shop-requests", origin="recorded by sloth")
    assert active_slos(catalog(SHOP, recorded=(recorded,))) == (recorded,)


def test_a_recorded_slo_gives_way_to_a_configured_one_of_its_name() -> None:
    recorded = availability("shop", 0.9)
    other = replace(recorded, name="shop-other")
    slos = active_slos(catalog(SHOP, recorded=(recorded, other)), [availability("shop", 0.95)])
    assert [(slo.name, slo.objective) for slo in slos] == [("shop-availability", 0.95), ("shop-other", 0.9)]


def test_a_default_whose_name_is_taken_gets_another() -> None:
    """Pages, links and rules go by the name: the SLO of one service may be called like the default of another."""
    borrowed = replace(availability("shop"), name="cart-availability")
    slos = active_slos(catalog(CART), [borrowed])
    assert named(slos) == ["cart-availability", "cart-availability (default)", "cart-latency"]
    assert [slo.service for slo in slos] == ["shop", "cart", "cart"]


def test_an_slo_of_a_service_that_the_source_does_not_know_holds_beside_the_defaults() -> None:
    assert named(active_slos(catalog(SHOP), [availability("gone")])) == [
        "gone-availability",
        "shop-availability",
        "shop-latency",
    ]


def test_without_services_and_files_there_is_no_slo() -> None:
    assert active_slos(catalog()) == ()


# --- at which bucket -------------------------------------------------------------------------------------------------


def test_a_limit_between_two_buckets_is_counted_at_the_stricter_one_and_says_so() -> None:
    (slo,) = active_slos(catalog(SHOP), [within("0.3")])
    assert slo.indicator == Ratio(Column("shop", "latency", "inf"), good=Column("shop", "latency", "0.25"))
    assert slo.limit == 0.25
    assert slo.notes == ("300 ms lies between the buckets 250 ms and 500 ms: counted at 250 ms, the stricter one",)


def test_notes_of_the_definition_stay_before_the_note_of_the_bucket() -> None:
    slo = counted_at_bucket(within("2", notes=("its window is not recorded",)), SHOP)
    assert (slo.limit, slo.notes[0]) == (1.0, "its window is not recorded")
    assert slo.notes[1].startswith("2 s lies above the largest bucket, 1 s")


def test_a_limit_below_every_bucket_stays_as_it_is_written_and_says_that_it_cannot_be_counted() -> None:
    slo = within("0.05")
    below = counted_at_bucket(slo, SHOP)
    assert (below.indicator, below.limit) == (slo.indicator, 0.05)
    assert below.notes == ("50 ms lies below the smallest bucket, 100 ms: it cannot be counted",)


@pytest.mark.parametrize("detail", ["0.25", "0.5", "1"])
def test_a_limit_that_is_a_bound_changes_nothing(detail: str) -> None:
    slo = within(detail)
    assert counted_at_bucket(slo, SHOP) is slo


FAILED_WITHIN = Ratio(Column("shop", "failed_latency", "inf"), good=Column("shop", "failed_latency", "0.3"))


def test_failed_requests_have_the_same_buckets() -> None:
    counted = counted_at_bucket(within("0.3", indicator=FAILED_WITHIN), SHOP).indicator
    assert isinstance(counted, Ratio)
    assert counted.good == Column("shop", "failed_latency", "0.25")


@pytest.mark.parametrize(
    "indicator",
    [
        Ratio(Column("shop", "requests"), bad=Column("shop", "errors", "server")),
        Ratio(Column("shop", "requests"), good=Column("shop", "requests")),
        Ratio(Query("all"), good=Query('some_bucket{le="0.3"}')),
        Ratio(Column("shop", "latency", "inf"), good=Column("shop", "latency", "inf")),
        Threshold(Column("shop", "quantile", "0.95"), Op.LTE, 0.3),
    ],
    ids=["bad events", "no latency", "a query", "all requests", "a quantile"],
)
def test_what_counts_at_no_bucket_is_left_alone(indicator: Indicator) -> None:
    slo = Slo("shop", "other", indicator, 0.99)
    assert counted_at_bucket(slo, SHOP) is slo


def test_without_its_service_nobody_knows_the_buckets() -> None:
    slo = within("0.3")
    assert counted_at_bucket(slo, None) is slo


# --- what the defaults are -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("info", "kinds"),
    [
        (SHOP, ["availability", "latency"]),
        (replace(SHOP, errors=False), ["latency"]),
        (replace(SHOP, bounds=(), threshold=None), ["availability"]),
        (replace(SHOP, bounds=(), threshold=None, errors=False), []),
    ],
    ids=["both", "failures not told", "no buckets", "a host"],
)
def test_a_default_needs_what_it_counts(info: ServiceInfo, kinds: list[str]) -> None:
    assert [slo.kind for slo in default_slos(info)] == kinds


def test_availability_counts_server_errors_and_not_those_of_the_client() -> None:
    assert availability("shop").indicator == Ratio(Column("shop", "requests"), bad=Column("shop", "errors", "server"))


@pytest.mark.parametrize(("threshold", "detail"), [(0.5, "0.5"), (1.0, "1"), (2.5, "2.5")])
def test_latency_names_its_bucket_as_frames_do(threshold: float, detail: str) -> None:
    slo = latency("shop", threshold, 0.95)
    assert slo.indicator == Ratio(Column("shop", "latency", "inf"), good=Column("shop", "latency", detail))
    assert (slo.objective, slo.limit, slo.kind) == (0.95, threshold, "latency")


def test_saturation_judges_slices_of_five_minutes_under_a_name_without_spaces() -> None:
    slo = saturation("shop", "in flight", 0.8, 0.95)
    assert (slo.name, slo.slice_s, slo.limit, slo.objective) == ("shop-in-flight", 300, 0.8, 0.95)
    assert slo.indicator == Threshold(Column("shop", "saturation", "in flight"), Op.LTE, 0.8)
    assert (slo.counted, slo.method) == (False, Method.OCCURRENCES)
