"""Services are looked for once, again after minutes, and sooner where there is nothing to show."""

from dataclasses import replace

import pytest

from dashboard.engine.service_search import DISCOVER_EVERY, SEARCH_EVERY, ServiceSearch
from dashboard.exceptions import SourceUnavailable
from dashboard.sources.protocol import Catalog, ServiceInfo
from tests.steady import START, Clock, Steady


@pytest.fixture
def source() -> Steady:
    return Steady(Clock())


def test_a_catalog_is_kept_for_some_minutes(source: Steady) -> None:
    search = ServiceSearch(source)
    first, changed = search.refresh(START, has_slos=False)
    assert (len(first.services), changed) == (2, False)
    source.names = ("shop",)
    assert search.refresh(START + DISCOVER_EVERY - 1, has_slos=False) == (first, False)
    later, changed = search.refresh(START + DISCOVER_EVERY, has_slos=False)
    assert ([info.name for info in later.services], changed) == (["shop"], True)
    assert search.found_at == START + DISCOVER_EVERY


@pytest.mark.parametrize(("has_slos", "pause"), [(False, 0.0), (True, SEARCH_EVERY)])
def test_without_a_service_the_search_goes_on(source: Steady, has_slos: bool, pause: float) -> None:
    source.names = ()
    search = ServiceSearch(source)
    search.refresh(START, has_slos=has_slos)
    search.refresh(START + pause, has_slos=has_slos)
    assert search.found_at == START + pause


def test_a_source_that_fails_leaves_the_catalog_as_it_was(source: Steady) -> None:
    search = ServiceSearch(source)
    catalog, _ = search.refresh(START, has_slos=False)
    source.failure = SourceUnavailable("connection refused")
    with pytest.raises(SourceUnavailable):
        search.refresh(START + DISCOVER_EVERY, has_slos=False)
    assert (search.catalog, search.found_at) == (catalog, START)


@pytest.mark.parametrize(
    ("field", "value", "changed"),
    [
        ("intervals", (60.0,), True),
        ("services", (ServiceInfo("shop", "other"),), True),
        ("notes", ("the server keeps 15 days",), False),
        ("history_s", 86_400.0, False),
    ],
)
def test_only_what_makes_samples_wrong_is_a_change(source: Steady, field: str, value: object, changed: bool) -> None:
    """Rate windows follow from the scrape intervals; what the source says of itself changes no sample."""

    class Changing(Steady):
        catalog: Catalog | None = None

        def discover(self, now: float) -> Catalog:
            return self.catalog or super().discover(now)

    changing = Changing(source.clock)
    search = ServiceSearch(changing)
    first, _ = search.refresh(START, has_slos=False)
    changing.catalog = replace(first, **{field: value})
    assert search.refresh(START + DISCOVER_EVERY, has_slos=False) == (changing.catalog, changed)
