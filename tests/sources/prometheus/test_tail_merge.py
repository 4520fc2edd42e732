"""What is followed by its tail equals a full refetch, on both servers, whatever happens to the targets."""

from collections.abc import Callable, Iterator
from itertools import accumulate, cycle, takewhile
from pathlib import Path

import pandas as pd
import pytest

from dashboard import frames
from dashboard.engine.poller import Poller
from dashboard.engine.settings import LIVE_SPAN, LIVE_STEP
from dashboard.sources.catalog import Catalog
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import HOUR, Grid, step_for
from dashboard.ui.text import source_text
from tests.servers import NOW, filled
from tests.slow import KINDS, slow

pytestmark = pytest.mark.servers

MINUTE = 60
SCRAPE = 30
BEGIN = NOW - 3 * HOUR
FIRST_FAILURE = BEGIN + 72 * MINUTE
DOWN, RESTARTED = BEGIN + 77 * MINUTE, BEGIN + 80 * MINUTE
APPEARS = BEGIN + 84 * MINUTE
ALL_LIVE = BEGIN + 88 * MINUTE
VANISHES = BEGIN + 93 * MINUTE
GAP, RETURNS = BEGIN + 96 * MINUTE, BEGIN + 116 * MINUTE
SLIDE = BEGIN + 66 * MINUTE
LES = ("0.1", "0.5", "1", "+Inf")
TAIL = 60  # points asked at most for a tail; the whole hour has 240

Live = Callable[[int], bool]


def target(service: str, instance: str, phase: int, live: Live, *, reset: int = 0) -> dict[str, list[str]]:
    """The exposition of one target over three hours: integer counters that grow unevenly and begin anew at `reset`."""
    lines: dict[str, list[str]] = {}
    totals: dict[str, int] = {}
    base = f'service="{service}",instance="{instance}"'
    begun = not reset
    for at in range(BEGIN + phase, NOW, SCRAPE):
        if not begun and at >= reset:
            totals, begun = {}, True
        grown = {"200": 300 + at % 97 + 40 * phase, "500": at % 7 if at >= FIRST_FAILURE else 0}
        for code, amount in grown.items():
            if not amount and code not in totals:
                continue
            totals[code] = totals.get(code, 0) + amount
            rows = [(f'http_requests_total{{{base},code="{code}"}}', totals[code])]
            for number, le in enumerate(LES):
                inside = totals[code] * (number + 1) // len(LES)
                rows.append((f'http_request_duration_seconds_bucket{{{base},code="{code}",le="{le}"}}', inside))
            rows.append((f'http_request_duration_seconds_count{{{base},code="{code}"}}', totals[code]))
            if live(at):
                for series, value in rows:
                    lines.setdefault(series, []).append(f"{series} {value} {at}")
    return lines


def exposition() -> str:
    series = {
        **target("a", "a-0", 3, lambda at: True),
        **target("a", "a-1", 17, lambda at: True),
        **target("b", "b-0", 5, lambda at: True),
        **target("b", "b-1", 11, lambda at: not DOWN <= at < RESTARTED, reset=RESTARTED),
        **target("c", "c-0", 7, lambda at: at < VANISHES),
        **target("d", "d-0", 13, lambda at: not GAP <= at < RETURNS),
        **target("e", "e-0", 1, lambda at: at >= APPEARS),
    }
    text: list[str] = []
    for family, kind in (("http_requests", "counter"), ("http_request_duration_seconds", "histogram")):
        text.append(f"# TYPE {family} {kind}")
        text += [line for name, lines in series.items() if name.startswith(family) for line in lines]
    return "\n".join([*text, "# EOF"]) + "\n"


def two_intervals() -> str:
    """One preset scraped every 30 s; of the other, scraped every 45 s, ten minutes hold now 13 and now 14 samples."""
    plain = [f'http_requests_total{{service="a"}} {(at - BEGIN) * 7} {at}' for at in range(BEGIN + 3, NOW, SCRAPE)]
    grown = ((at, (at - BEGIN) ** 2 // 1000) for at in range(BEGIN + 8, NOW, 45))
    proxy = [f'traefik_service_requests_total{{service="proxy"}} {value} {at}' for at, value in grown]
    types = [f"# TYPE {family} counter" for family in ("http_requests", "traefik_service_requests")]
    return "\n".join([types[0], *plain, types[1], *proxy, "# EOF"]) + "\n"


@pytest.fixture(scope="module", params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    made = filled(request.param, tmp_path_factory.mktemp("eventful"), exposition())
    yield made.url
    made.stop()


class Watched(PrometheusSource):
    """Remembers how many points it was asked for; `seen` is when it looks for services, if not now."""

    def __init__(self, url: str, *, seen: int | None = None) -> None:
        super().__init__(url)
        self.seen = seen
        self.points_asked: list[int] = []

    @property
    def whole(self) -> int:
        """How often more than a tail was asked for."""
        return sum(points > TAIL for points in self.points_asked)

    def discover(self, now: float) -> Catalog:
        return super().discover(now if self.seen is None else self.seen)

    def samples(self, grid: Grid, service: str | None = None) -> Answer:
        self.points_asked.append(len(grid))
        return super().samples(grid, service)


class Followed:
    """A real poller on a clock of ours, and a second source that is asked for everything each time."""

    def __init__(self, url: str, *, seen: int | None = None) -> None:
        self.now = float(SLIDE)
        self.source, self.other = Watched(url, seen=seen), Watched(url, seen=seen)
        self.poller = Poller(self.source, clock=lambda: self.now)
        self.looked = -1.0

    def look(self) -> None:
        self.poller._intake.catalog_at(self.now)
        # A search runs beside the refreshes: here each is taken over before the next one.
        if self.poller._intake.search.has_ended(30):
            self.poller._intake.catalog_at(self.now)
        if self.looked != self.poller._intake.search.found_at:
            self.looked = self.poller._intake.search.found_at
            self.other.discover(self.looked)

    def refresh(self, now: int) -> None:
        """The part of a tick that fills the live window."""
        self.now = now
        self.look()
        self.poller._intake.judge_at(float(now))
        self.poller._intake.fetch_live()

    def tick(self, now: int) -> None:
        self.now = now
        self.look()
        self.poller.tick()
        assert self.poller.snapshot.source.failures == 0, source_text.message(self.poller.snapshot.source)

    def check(self, *, one_sample_since_the_gap: bool = False) -> None:
        held, grid = self.poller._intake.samples, Grid.ending(self.now, span=LIVE_SPAN, step=LIVE_STEP)
        assert held is not None
        full = self.other.samples(grid).frame
        if one_sample_since_the_gap:
            # VictoriaMetrics then puts zeros where the gap began; what is held takes them over with the next sample.
            invented = held.reindex(columns=full.columns).isna() & (full == 0)
            assert invented.any(axis=1).sum() <= 3
            full = full.mask(invented)
        equal(held, full, self.now)

    def check_view(self, service: str, span: int) -> None:
        grid = Grid.ending(self.now, span=span, step=step_for(span))
        view = self.poller.viewers.window(service, grid)
        assert (view.error, view.grid) == (None, grid)
        equal(view.frame, frames.of_service(self.other.samples(grid, service).frame, service), self.now)

    def close(self) -> None:
        self.poller.stop()
        self.other.close()


def equal(held: pd.DataFrame, full: pd.DataFrame, now: float) -> None:
    full = full.dropna(axis=1, how="all")
    when = f"at minute {(now - BEGIN) / MINUTE:g}"
    assert set(held.columns) == set(full.columns), when
    try:
        pd.testing.assert_frame_equal(held, full, check_like=True, rtol=1e-12, atol=0, check_freq=False)
    except AssertionError as error:
        raise AssertionError(f"{when}: {error}") from None


def moments(since: int, until: int, *steps: int) -> Iterator[int]:
    return takewhile(lambda at: at <= until, accumulate(cycle(steps), initial=since))


@pytest.fixture
def known(url: str) -> Iterator[Followed]:
    """Its services were found while all were live: only the merge decides."""
    followed = Followed(url, seen=ALL_LIVE)
    yield followed
    followed.close()


@pytest.fixture
def searching(url: str) -> Iterator[Followed]:
    """Its services are looked for anew every five minutes, as in life."""
    followed = Followed(url)
    yield followed
    followed.close()


@pytest.fixture(params=KINDS)
def uneven(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Followed]:
    server = filled(request.param, tmp_path, two_intervals())
    followed = Followed(server.url)
    yield followed
    followed.close()
    server.stop()


def test_across_a_restart_a_new_and_a_vanished_series(known: Followed) -> None:
    for now in moments(SLIDE, GAP - MINUTE, 15, 45, 30, 60, 15):
        known.refresh(now)
        known.check()
    assert len(known.source.points_asked) > 50
    assert known.source.whole == 1


def test_until_a_vanished_series_has_left_the_window(known: Followed) -> None:
    columns = []
    for now in moments(VANISHES + 50 * MINUTE, VANISHES + 65 * MINUTE, 30, 60):
        known.refresh(now)
        known.check()
        assert known.poller._intake.samples is not None
        columns.append("c" in known.poller._intake.samples.columns.get_level_values("service"))
    assert (columns[0], columns[-1]) == (True, False)
    assert known.source.whole == 1


def test_at_both_edges_of_a_gap(known: Followed) -> None:
    edges = [
        *moments(GAP - MINUTE, GAP + 4 * MINUTE, 15),
        *moments(GAP + 5 * MINUTE, RETURNS - MINUTE, 60),
        *moments(RETURNS, RETURNS + 4 * MINUTE, 15),
    ]
    for now in edges:
        known.refresh(now)
        known.check(one_sample_since_the_gap=RETURNS + 13 <= now < RETURNS + 13 + SCRAPE)
    assert len(known.source.points_asked) > 40
    assert known.source.whole == 2  # the first, and the one after the hole has closed


def test_after_the_machine_slept(known: Followed) -> None:
    for now in (SLIDE, SLIDE + 15, SLIDE + 20 * MINUTE, SLIDE + 21 * MINUTE, SLIDE + 90 * MINUTE, SLIDE + 91 * MINUTE):
        known.refresh(now)
        known.check()
    assert [points > TAIL for points in known.source.points_asked] == [True, False, True, False, True, False]


@slow
def test_whole_ticks_while_services_come_and_go(searching: Followed) -> None:
    for now in moments(APPEARS - 2 * MINUTE, RETURNS + 7 * MINUTE, 60, 45, 60, 15, 60):
        searching.tick(now)
        searching.check()
    assert {"a", "b", "d", "e"} <= set(searching.poller.snapshot.by_name)
    assert len(searching.source.points_asked) > 50
    assert searching.source.whole < 10


def test_windows_of_a_service_whose_span_changes(known: Followed) -> None:
    known.look()
    for now in moments(DOWN - MINUTE, RESTARTED + 3 * MINUTE, 15, 30, 60):
        known.now = now
        for span in (HOUR, 6 * HOUR, HOUR, 15 * MINUTE):
            known.check_view("b", span)
    whole = {span // step_for(span) for span in (HOUR, 6 * HOUR, 15 * MINUTE)}
    assert [points for points in known.source.points_asked if points in whole] == [240, 360, 60]
    assert len(known.source.points_asked) > 30


def test_when_the_scrape_interval_is_measured_anew(uneven: Followed) -> None:
    for now in moments(SLIDE, SLIDE + 21 * MINUTE, 60):
        uneven.refresh(now)
        uneven.check()
    assert uneven.source.whole < 10
