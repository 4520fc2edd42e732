"""Capacity in words: as exactly as a forecast may be, never 0 for what is not known."""

from dataclasses import replace

import pytest

from dashboard.capacity.capacity import CapacityReport, ResourceCapacity
from dashboard.capacity.load import Load, Relation
from dashboard.capacity.outlook import Outlook
from dashboard.capacity.prices import GIB, PriceOrigin, Prices
from dashboard.timerange import DAY, HOUR
from dashboard.ui.panels.capacity import capacity_table
from dashboard.ui.text import capacity_headline, capacity_text, price_text
from dashboard.ui.text.units import plain
from tests.review.samples import resource

NOON = 1_780_056_000


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (240, "4 m"), (5 * HOUR + 19 * 60, "5 h 20 m"), (33 * HOUR, "1 d 9 h"),
        (47.9 * HOUR, "2 d"), (31.2 * DAY, "31 d"),
    ],
)  # fmt: skip
def test_a_time_to_full_has_two_units_and_days_alone_from_three_on(seconds: float, said: str) -> None:
    assert plain(capacity_text.short(seconds)) == said


@pytest.mark.parametrize(
    ("outlook", "said"),
    [
        (Outlook(), "–"),
        (Outlook(31 * DAY, 25 * DAY, 39 * DAY), "25 – 39 d"),
        (Outlook(31 * DAY, 25 * DAY, None), "from 25 d on"),
        (Outlook(5 * HOUR, 4 * HOUR + 50 * 60, 6 * HOUR), "4 h 50 m – 6 h"),
        (Outlook(0.0, 0.0, 0.0), "–"),
    ],
)
def test_no_interval_is_told_where_there_is_none(outlook: Outlook, said: str) -> None:
    assert plain(capacity_text.interval(outlook)) == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (12.6 * GIB, "bytes", "12.6 GiB"), (1.54 * 1024 * GIB, "bytes", "1.54 TiB"), (GIB / 4, "bytes", "256 MiB"),
        (3.9, "cores", "3.9 cores"), (1.0, "cores", "1 core"), (1430.0, "connections", "1,430"),
    ],
)  # fmt: skip
def test_amounts_are_told_in_their_units(value: float, unit: str, said: str) -> None:
    assert plain(capacity_text.quantity(value, unit)) == said


@pytest.mark.parametrize(("per_second", "said"), [(1434.0, "1,430/s"), (188.4, "188/s"), (76.2, "76.2/s")])
def test_loads_have_three_digits(per_second: float, said: str) -> None:
    assert capacity_text.rate(per_second) == said


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (None, "the configuration"),
        (PriceOrigin("OpenCost", NOON, 12), "OpenCost, mean of 12 nodes, 12:00"),
        (PriceOrigin("OpenCost", NOON, 1, volumes=2), "OpenCost, mean of 1 node and 2 volumes, 12:00"),
        (PriceOrigin("OpenCost", NOON, 3, unweighed=3),
         "OpenCost, plain mean of 3 nodes, whose capacity is not known, 12:00"),
        (PriceOrigin("OpenCost", NOON, 5, 2, 1),
         "OpenCost, mean of 5 nodes, the capacity of 1 is not known, 2 more nodes without a price, 12:00"),
        (PriceOrigin("OpenCost", NOON, 0, volumes=4), "OpenCost, mean of 4 volumes, 12:00"),
    ],
)  # fmt: skip
def test_where_prices_are_known_from(origin: PriceOrigin | None, said: str) -> None:
    assert plain(price_text.origin(origin, "UTC", NOON + 3600)) == said


def test_prices_are_told_by_the_month_with_where_they_are_from() -> None:
    known = Prices(
        "USD", {"core": 23.36, "disk_gib": 0.0031, "gpu": 693.5}, {"a": {}, "b": {}}, PriceOrigin("OpenCost", NOON, 12)
    )
    assert plain(price_text.prices(known, "UTC", NOON)) == (
        "Prices of a month: 23.4 USD a core, 0.0031 USD a GiB of disk, 694 USD a GPU; each of 2 clusters by its own "
        "(OpenCost, mean of 12 nodes, 12:00)."
    )
    assert price_text.prices(Prices("€"), "UTC", NOON) == ""


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0.00 €"), (0.001, "< 0.01 €"), (3.2, "3.20 €"), (9.996, "10 €"), (1234.5, "1,234 €")]
)
def test_money_is_never_nothing_where_there_is_some(value: float, said: str) -> None:
    assert plain(price_text.money(value, "€")) == said


@pytest.mark.parametrize(
    ("outlook", "peak", "said"),
    [
        (Outlook(), 0.5, "not within 90 d"), (Outlook(), 1.2, "full at its peak"),
        (Outlook(horizon=16.9 * DAY), 0.5, "not within 16 d"), (Outlook(horizon=0.0), 0.5, "too early to tell"),
        (Outlook(0.0), 1.0, "full"), (Outlook(33 * HOUR), 0.5, "in 1 d 9 h"),
    ],
)  # fmt: skip
def test_a_column_never_says_more_than_is_known(outlook: Outlook, peak: float, said: str) -> None:
    assert plain(capacity_text.full(resource("shop", "memory", peak, outlook))) == said


def test_the_sentence_that_leads_reaches_no_further_than_the_past() -> None:
    def leads(*resources: ResourceCapacity) -> str:
        return plain(capacity_headline.headline(CapacityReport(float(NOON), resources), "UTC", NOON))

    few = replace(resource("shop", "memory", 1.1, Outlook(horizon=20.0 * DAY)), days=5.0)
    assert leads(few) == (
        "Nothing fills up within 20 days at the trend of the last 5 days. "
        "1 resource has little room left at the peak, and was full."
    )
    full = [resource("shop", name, 1.2, Outlook(0.0)) for name in ("cpu", "memory", "disk")]
    later = resource("cart", "disk", 0.8, Outlook(6.5 * DAY, 5.0 * DAY, 8.0 * DAY))
    assert leads(*full, later) == ("The cpu of shop and 2 more are full. Next is the disk of cart, about 5 Jun.")
    assert leads(full[0]) == "The cpu of shop is full."
    assert leads(later) == "The disk of cart is full in 6 days, about 5 Jun."
    assert leads(resource("shop", "memory", 0.5, Outlook(horizon=0.0))) == (
        "It is too early to tell what fills up: peaks of 3 days must be known."
    )


@pytest.mark.parametrize(
    ("full", "slope", "said"),
    [
        (0.67, 0.15, "% = 90 + 15 per req/s"),
        (13.3, 0.05, "% = 90 + 50 per 10 req/s"),
        (1430, 0.0005, "% = 90 + 5 per 100 req/s"),
    ],
)
def test_a_formula_counts_by_no_more_requests_than_fill_it(full: float, slope: float, said: str) -> None:
    follows = Load(Relation.FOLLOWS, full=full, base=0.9, slope=slope)
    assert capacity_text.formula(replace(resource("shop", "cpu", 0.9, Outlook()), load=follows)) == said


def test_what_is_folded_is_said_to_have_room_only_where_all_of_it_has() -> None:
    fine, young = (
        resource("shop", name, 0.2, Outlook(horizon=ahead * DAY)) for name, ahead in (("a", 20.0), ("b", 0.0))
    )
    shown = resource("shop", "c", 0.9, Outlook())
    more = plain(capacity_table.more(CapacityReport(resources=(shown, fine)), [shown], is_current=True))
    assert "1 more has room" in more
    assert "within 20 d" in more
    more = plain(capacity_table.more(CapacityReport(resources=(shown, fine, young)), [shown], is_current=True))
    assert "2 more</b> <span>1 have room, 1 known for less than 3 days" in more
    stale = capacity_table.more(CapacityReport(resources=(shown, fine)), [shown], is_current=False)
    assert "1 not measured now" in stale
