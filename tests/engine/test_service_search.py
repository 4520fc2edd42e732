"""Services are looked for beside the refreshes: the first search is waited for, later ones are taken over once done."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dashboard.engine import service_search
from dashboard.engine.poller import Poller
from dashboard.engine.service_search import DISCOVER_EVERY, SEARCH_EVERY, ServiceSearch
from dashboard.engine.settings import Settings
from dashboard.engine.source_status import SourceState
from dashboard.exceptions import SourceTimeout, SourceUnavailable
from dashboard.sources.catalog import Catalog, ServiceInfo
from tests.steady import START, Clock, Steady


@pytest.fixture
def source() -> Steady:
    return Steady(Clock())


def taken_over(search: ServiceSearch, now: float, *, has_slos: bool = True) -> tuple[Catalog, bool]:
    """What the refresh at `now` takes over of the search that an earlier one began."""
    assert search.has_ended(10)
    return search.refresh(now, has_slos=has_slos)


def names(catalog: Catalog) -> list[str]:
    return [info.name for info in catalog.services]


def test_a_catalog_is_kept_for_some_minutes(source: Steady) -> None:
    search = ServiceSearch(source)
    first, changed = search.refresh(START, has_slos=False)
    assert (len(first.services), changed) == (2, False)
    source.names = ("shop",)
    assert search.refresh(START + DISCOVER_EVERY - 1, has_slos=False) == (first, False)
    assert not search.has_ended(0.05), "none began"
    assert search.refresh(START + DISCOVER_EVERY, has_slos=False) == (first, False)
    later, changed = taken_over(search, START + DISCOVER_EVERY + 15)
    assert (names(later), changed) == (["shop"], True)
    assert search.found_at == START + DISCOVER_EVERY, "as old as its beginning"


def test_the_source_answers_by_a_catalog_once_it_is_taken_over(source: Steady) -> None:
    """Never in the middle of a refresh."""
    search = ServiceSearch(source)
    first, _ = search.refresh(START, has_slos=False)
    search.refresh(START + DISCOVER_EVERY, has_slos=False)
    assert search.has_ended(10)
    assert source.adopted == [first]
    later, _ = taken_over(search, START + DISCOVER_EVERY)
    assert [id(catalog) for catalog in source.adopted] == [id(first), id(later)]


def test_without_a_service_each_refresh_waits_for_a_search_of_its_own(source: Steady) -> None:
    source.names = ()
    search = ServiceSearch(source)
    for _ in range(2):
        assert names(search.refresh(START, has_slos=False)[0]) == []
    source.names = ("shop",)
    assert names(search.refresh(START, has_slos=False)[0]) == ["shop"]


def test_without_a_service_slos_are_not_held_up_by_searches(source: Steady) -> None:
    source.names = ()
    search = ServiceSearch(source)
    search.refresh(START, has_slos=True)
    source.names = ("shop",)
    assert names(search.refresh(START + SEARCH_EVERY - 1, has_slos=True)[0]) == []
    assert not search.has_ended(0.05)
    assert names(search.refresh(START + SEARCH_EVERY, has_slos=True)[0]) == []
    assert names(taken_over(search, START + SEARCH_EVERY)[0]) == ["shop"]


def test_a_first_search_that_fails_is_an_error(source: Steady) -> None:
    source.failure = SourceUnavailable("connection refused")
    search = ServiceSearch(source)
    with pytest.raises(SourceUnavailable, match="connection refused"):
        search.refresh(START, has_slos=False)
    source.failure = None
    assert len(search.refresh(START + 15, has_slos=False)[0].services) == 2


def test_a_later_search_that_fails_leaves_the_catalog_as_it_was_and_says_so(source: Steady) -> None:
    search = ServiceSearch(source)
    first, _ = search.refresh(START, has_slos=False)
    source.failure = SourceUnavailable("connection refused")
    failed_at = START + DISCOVER_EVERY
    search.refresh(failed_at, has_slos=False)
    assert taken_over(search, failed_at) == (first, False)
    assert search.notes == ("new services could not be looked for: connection refused",)
    source.failure, source.names = None, ("shop",)
    assert search.refresh(failed_at + SEARCH_EVERY - 1, has_slos=False) == (first, False)
    assert not search.has_ended(0.05)
    search.refresh(failed_at + SEARCH_EVERY, has_slos=False)
    assert names(taken_over(search, failed_at + SEARCH_EVERY)[0]) == ["shop"]
    assert search.notes == ()


class Changing(Steady):
    """A source that finds what a test wants."""

    catalog: Catalog | None = None

    def discover(self, now: float) -> Catalog:
        return self.catalog or super().discover(now)


@pytest.mark.parametrize(
    ("field", "value", "changed"),
    [
        ("intervals", (60.0,), True),
        ("services", (ServiceInfo("shop", "other"),), True),
        ("notes", ("the server keeps 15 days",), False),
        ("history_s", 86_400.0, False),
    ],
)
def test_only_what_makes_samples_wrong_is_a_change(field: str, value: object, changed: bool) -> None:
    """Rate windows follow from the scrape intervals; what the source says of itself changes no sample."""
    changing = Changing(Clock())
    search = ServiceSearch(changing)
    first, _ = search.refresh(START, has_slos=False)
    changing.catalog = replace(first, **{field: value})
    search.refresh(START + DISCOVER_EVERY, has_slos=False)
    assert taken_over(search, START + DISCOVER_EVERY) == (changing.catalog, changed)


# --- a search that hangs ---------------------------------------------------------------------------------------------


class Hanging(Steady):
    """A source whose searches hang until they are let go on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.hangs, self.go_on, self.searches = True, threading.Event(), 0

    def discover(self, now: float) -> Catalog:
        self.searches += 1
        if self.hangs:
            assert self.go_on.wait(30)
        return super().discover(now)


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    source = Hanging(Clock())
    yield source
    source.go_on.set()


def test_a_first_search_that_hangs_goes_on_through_the_refreshes(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_search, "FIRST_S", 0.01)
    search = ServiceSearch(hanging)
    for refresh in range(5):
        with pytest.raises(SourceTimeout, match="memory: services are still being looked for"):
            search.refresh(START + 15 * refresh, has_slos=False)
    assert hanging.searches == 1
    hanging.go_on.set()
    assert len(taken_over(search, START + 75)[0].services) == 2
    assert hanging.searches == 1


def test_a_search_that_hangs_holds_up_no_refresh_and_is_not_put_again(hanging: Hanging) -> None:
    hanging.hangs = False
    poller = Poller(hanging, Settings(refresh=15), clock=hanging.clock)
    poller.tick()
    hanging.hangs, hanging.names = True, ("shop", "cart", "new")
    for _ in range(100):
        hanging.clock.now += 15
        poller.tick()
        assert poller.snapshot.source.state is SourceState.OK
        assert set(poller.snapshot.by_name) == {"shop", "cart"}
    assert hanging.searches == 2
    hanging.go_on.set()
    assert poller._intake.search.has_ended(10)
    poller.tick()
    assert set(poller.snapshot.by_name) == {"shop", "cart", "new"}


def test_what_was_found_by_a_wrong_clock_is_not_taken_over(hanging: Hanging) -> None:
    hanging.hangs = False
    search = ServiceSearch(hanging)
    search.refresh(START, has_slos=False)
    hanging.hangs = True
    search.refresh(START + 10**8, has_slos=False)
    search.invalidate()
    hanging.hangs, hanging.names = False, ("shop",)
    hanging.go_on.set()
    assert search.has_ended(10)
    taken, _ = search.refresh(START + 15, has_slos=False)
    assert (names(taken), search.found_at) == (["shop"], START + 15)
    assert hanging.searches == 3, "found anew, and waited for"
