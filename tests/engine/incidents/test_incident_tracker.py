"""Incidents of the demo: each is one, at whatever moment and by whichever replica it is looked at."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import SourceUnavailable
from dashboard.incidents.incident import Correctable, Incident, Severity
from dashboard.slo.indicators import Column
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.demo.scenario import INCIDENTS, DemoSignal
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.protocol import Answer
from dashboard.timerange import DAY, HOUR, Grid

# In the middle of a step.
START = 1_760_001_800.0
# What happens in the demo that costs budget: when it begins, in seconds from the start.
EXPECTED: dict[str, list[float]] = {}
for happening in INCIDENTS:
    if happening.signal is DemoSignal.ERRORS or happening.kind == "latency shift":
        EXPECTED.setdefault(happening.service, []).append(happening.begin)


class Replica:
    """A poller of the demo whose clock the test sets."""

    def __init__(self, late: float = 0.0, *, quiet: bool = False) -> None:
        self.now = START + late
        self.source = DemoSource(start=START, quiet=quiet)
        self.poller = Poller(self.source, Settings(title="Demo"), clock=lambda: self.now)
        self.incidents = self.at(late)

    def at(self, late: float) -> tuple[Incident, ...]:
        """Its incidents so many seconds after the start."""
        self.now = START + late
        self.poller.tick()
        derive(self.poller)
        return self.poller.incidents.put_into(self.poller.snapshot).incidents


def derive(poller: Poller) -> None:
    """Derive all that is due; the past, which anomalies are told by, is not learned: that takes longer."""
    while poller.incidents.go_on(None):
        pass


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    opened = Replica()
    yield opened
    opened.poller.stop()


def begins(incidents: tuple[Incident, ...]) -> dict[str, list[float]]:
    """When incidents began, by their services, in seconds from the start of the demo."""
    by_service: dict[str, list[float]] = {}
    for incident in incidents:
        assert incident.services == (incident.service,)
        by_service.setdefault(incident.service, []).append(incident.start - START)
    return by_service


def test_each_incident_of_the_demo_is_one_that_starts_within_five_minutes(replica: Replica) -> None:
    starts = begins(replica.incidents)
    assert set(starts) == set(EXPECTED)
    for service, expected in EXPECTED.items():
        assert starts[service] == pytest.approx(expected, abs=300)


def test_each_costs_what_was_counted(replica: Replica) -> None:
    for incident in replica.incidents:
        for impact in incident.impacts:
            assert impact.budget_share is not None
            assert impact.budget_share > 0
            until = impact.end or (START - 30) // 300 * 300.0
            # What is long is held by the hour before its first and last ones.
            grid = Grid.between(impact.start, until, step=300)
            counts = replica.source.counts(grid).frame
            side = counts[impact.service, "errors", "server"]
            if impact.kind == "latency":
                side = counts[impact.service, "latency", "inf"] - counts[impact.service, "latency", "0.5"]
            assert impact.bad == pytest.approx(side.sum(), rel=0.02)


def test_what_pages_is_detected_and_what_only_costs_is_not(replica: Replica) -> None:
    by_service = {incident.service: incident for incident in replica.incidents[::-1]}
    cart, search = by_service["cart"], by_service["search"]
    assert (cart.severity, search.severity) == (Severity.PAGE, Severity.ANOMALY)
    assert cart.detected_at is not None
    assert cart.start < cart.detected_at < cart.start + HOUR
    assert search.detected_at is None


def test_a_quiet_demo_has_none() -> None:
    quiet = Replica(quiet=True)
    assert quiet.incidents == ()
    quiet.poller.stop()


def test_ids_stay_at_later_moments_and_of_other_replicas(replica: Replica) -> None:
    """What goes on and what closes, by one that goes along, and by those that start later with another phase."""
    known = {incident.id for incident in replica.incidents}
    for late in range(0, 3 * HOUR, 1_955):
        incidents = replica.at(late)
        assert known == {incident.id for incident in incidents}
    closed = {incident.id for incident in incidents if not incident.is_open}
    assert len(closed) == sum(map(len, EXPECTED.values())) - 1
    other = Replica(20 * HOUR + 133)
    assert {incident.id for incident in other.incidents if incident.start < START} == known
    other.poller.stop()


def test_a_source_that_fails_is_asked_again_and_takes_nothing_away(monkeypatch: pytest.MonkeyPatch) -> None:
    source = DemoSource(start=START)
    counts_of: Callable[[Sequence[Column], Grid], Answer] = source.counts_of

    def failing(columns: Sequence[Column], grid: Grid) -> Answer:
        if grid.step == 300:
            raise SourceUnavailable("away")
        return counts_of(columns, grid)

    monkeypatch.setattr(source, "counts_of", failing)
    now = [START]
    poller = Poller(source, Settings(title="Demo"), clock=lambda: now[0])
    assert poller.incidents.put_into(poller.snapshot).incidents_missing is None
    poller.tick()
    derive(poller)
    assert poller.incidents.put_into(poller.snapshot).incidents_missing == poller.incidents.missing
    assert {incident.service for incident in poller.incidents.derived} < set(EXPECTED)
    assert poller.incidents.missing
    monkeypatch.setattr(source, "counts_of", counts_of)
    now[0] += 301
    poller.tick()
    derive(poller)
    assert {incident.service for incident in poller.incidents.derived} == set(EXPECTED)
    assert poller.incidents.missing == 0
    poller.stop()


def test_of_what_a_source_keeps_by_the_hour_only_incidents_are_known_by_the_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = DemoSource(start=START)
    counts: Callable[[Grid], Answer] = source.counts

    def coarse(grid: Grid) -> Answer:
        answer = counts(grid)
        return replace(answer, frame=answer.frame * math.nan) if grid.step == 300 else answer

    monkeypatch.setattr(source, "counts", coarse)
    poller = Poller(source, Settings(title="Demo"), clock=lambda: START)
    poller.tick()
    derive(poller)
    assert poller.incidents.missing == 0
    cart = next(one for one in poller.incidents.derived if one.service == "cart")
    assert cart.start == pytest.approx(START + EXPECTED["cart"][0], abs=HOUR)
    assert cart.impacts[0].bad == pytest.approx(8_973, rel=0.02)
    poller.stop()


@pytest.mark.parametrize("row", [600, 900])
def test_of_rows_that_are_longer_than_a_step_it_is_known_by_the_row(tmp_path: Path, row: int) -> None:
    begin, end = START // HOUR * HOUR - 20 * HOUR, START // HOUR * HOUR - 19 * HOUR
    lines = ["time,service,requests,errors"]
    for at in range(int(begin) - 3 * DAY, int(START), row):
        bad = 300 if begin <= at < end else 2
        lines.append(f"{at + row},shop,{6 * row},{bad}")
    (tmp_path / "shop.csv").write_text("\n".join(lines), encoding="utf-8")
    poller = Poller(CsvSource([str(tmp_path / "shop.csv")]), Settings(), clock=lambda: START)
    for _ in range(3):
        poller.tick()
        derive(poller)
    (incident,) = poller.incidents.derived
    assert (incident.start, incident.end) == (begin, end)
    assert incident.impacts[0].bad == 300 * HOUR / row
    poller.stop()


def test_what_was_kept_and_corrected_is_shown(replica: Replica) -> None:
    tracker = replica.poller.incidents
    incident = next(one for one in tracker.derived if one.service == "cart")
    tracker.take((), {incident.id: {Correctable.TITLE: "The bad deploy"}})
    shown = {one.id: one for one in tracker.put_into(replica.poller.snapshot).incidents}
    assert shown[incident.id].corrections == {Correctable.TITLE: "The bad deploy"}
    tracker.take((), {})
