"""Changes are read beside the refreshes, part by part, and never hold one up or end it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from dashboard.changes.change import Change, Kind
from dashboard.changes.derived.presence import STEP_S, Origin, Subject
from dashboard.engine.changes.derived_changes import DerivedChanges
from dashboard.engine.changes.known_changes import KnownChanges
from dashboard.engine.changes.known_versions import KEPT_S
from dashboard.engine.changes.suspects import incident_suspects
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.exceptions import SourceUnavailable, StateError
from dashboard.oncall.suspect import Finding, Grade
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.ledger_view import EMPTY
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.demo.scenario import INCIDENTS, DemoSignal
from dashboard.sources.demo.source import DemoSource
from dashboard.sources.protocol import QueryCost
from dashboard.sources.versions import VersionsAnswer
from dashboard.timerange import DAY, HOUR, Grid
from tests.examples.constant_source import ConstantSource
from tests.slo.feeding import availability

NOW = 1_760_000_000 // STEP_S * STEP_S
SHOP = ServiceInfo("shop", preset="test")


@dataclass
class Versions(ConstantSource):
    """A service whose versions follow each other at some moments.

    Attributes:
        begins: version → epoch seconds from which on it is the one. `asked`: grids.
        fail: raises, or answers otherwise.
    """

    begins: dict[str, float] = field(default_factory=lambda: {"41": 0.0})
    asked: list[Grid] = field(default_factory=list)
    fail: Callable[[], None] = lambda: None
    partial: bool = False

    kind = "test"

    def __post_init__(self) -> None:
        super().__init__("shop")

    def versions(self, services: Sequence[ServiceInfo], grid: Grid) -> VersionsAnswer:
        self.asked.append(grid)
        self.fail()
        times = np.arange(grid.start, grid.end + 1, grid.step)
        current = np.searchsorted(list(self.begins.values()), times, side="right") - 1
        counts = {version: (current == place) * 100.0 for place, version in enumerate(self.begins)}
        cost = QueryCost("versions", "versions", 0.0, 0, 1, len(times))
        return VersionsAnswer({Subject("shop", Origin.TARGET): counts}, (cost,), self.partial)


def settle(reading: DerivedChanges, now: float) -> None:
    """Read all that is to be read."""
    reading.advance([SHOP], now)
    while not reading._reading.is_idle:
        reading._reading.has_ended(None)
        reading.advance([SHOP], now)


def versions(reading: DerivedChanges) -> list[tuple[str, float]]:
    return [(change.version, change.start - NOW) for change in reading.newest.changes]


def test_the_newest_comes_first_then_the_past_and_then_only_what_is_new() -> None:
    source = Versions(begins={"40": 0.0, "41": NOW - 20 * DAY + 60, "42": NOW - 1000})
    reading = DerivedChanges(source)
    settle(reading, NOW)
    assert source.asked[0] == Grid(NOW - 71 * STEP_S, NOW, STEP_S)
    assert min(grid.start for grid in source.asked) > NOW - KEPT_S
    assert reading.queries == len(source.asked)
    # Of the newest the moment is known better; of what was weeks ago, the step.
    assert versions(reading) == [("41", -20 * DAY), ("42", -1020.0)]
    source.asked.clear()
    settle(reading, NOW + 15)
    assert source.asked == []
    before = reading.newest
    settle(reading, NOW + 60)
    assert source.asked == [Grid(NOW + 60, NOW + 60, STEP_S)]
    assert reading.newest is before
    # A deploy shows in the step under way, and keeps its id when that is closed.
    source.begins["43"] = NOW + 100.0
    settle(reading, NOW + 125)
    (newest,) = (change for change in reading.newest.changes if change.version == "43")
    settle(reading, NOW + 900)
    (closed,) = (change for change in reading.newest.changes if change.version == "43")
    assert closed.id == newest.id
    assert closed.start == NOW + 90


def test_two_processes_that_came_at_other_times_derive_the_same() -> None:
    source = Versions(begins={"40": 0.0, "41": NOW - 9 * DAY, "42": NOW - 2 * DAY - 7777})
    early, late = DerivedChanges(source), DerivedChanges(source)
    for hour in range(-48, 1, 8):
        settle(early, NOW + 3600.0 * hour)
    settle(late, NOW)
    assert [change.id for change in early.newest.changes] == [change.id for change in late.newest.changes]


def test_what_was_read_is_saved_though_nobody_has_taken_the_result() -> None:
    gate, begun = Event(), Event()

    def wait() -> None:
        begun.set()
        gate.wait(30)

    source = Versions(fail=wait)
    derived = DerivedChanges(source)
    derived.advance([SHOP], NOW)
    assert begun.wait(30)
    assert derived.saved() is None, "it is still being read"
    gate.set()
    assert derived._reading.has_ended(30)
    saved = derived.saved()
    assert saved is not None
    again = DerivedChanges(source)
    again.restore(*saved)
    asked = len(source.asked)
    again.advance([SHOP], NOW)
    again._reading.has_ended(30)
    assert len(source.asked) == asked + 1, "the newest alone is asked for"


def test_a_source_that_fails_or_lacks_something_is_asked_later_and_leaves_what_is_known(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = Versions(begins={"41": 0.0, "42": NOW - 1000.0})
    reading = DerivedChanges(source)
    settle(reading, NOW)
    known = reading.newest

    def refuse(error: Exception) -> None:
        raise error

    for error in (SourceUnavailable("away"), ZeroDivisionError("a fault of ours")):
        source.fail = partial(refuse, error)
        now = NOW + 1000.0 if isinstance(error, SourceUnavailable) else NOW + 9000.0
        source.asked.clear()
        settle(reading, now)
        settle(reading, now + 30)
        assert len(source.asked) == 1
        assert reading.newest is known
    assert "Changes could not be derived" in caplog.text
    source.fail, source.partial, source.begins["43"] = (lambda: None), True, NOW + 1000.0
    settle(reading, NOW + 20_000.0)
    assert reading.newest is known
    source.partial = False
    settle(reading, NOW + 40_000.0)
    assert [version for version, _ in versions(reading)] == ["42", "43"]
    # After a clock that was set back everything is read anew.
    reading.forget()
    assert reading.newest.changes == ()
    settle(reading, NOW)
    assert [version for version, _ in versions(reading)] == ["42"]


def test_of_a_service_that_comes_the_past_is_read_once_an_hour() -> None:
    source = Versions()
    reading = DerivedChanges(source)
    settle(reading, NOW)

    def seen(now: float, *names: str) -> int:
        """How many steps of the past are asked for."""
        source.asked.clear()
        services = [SHOP, *(ServiceInfo(name, preset="test") for name in names)]
        for _ in range(100):
            reading.advance(services, now)
            reading._reading.has_ended(None)
        return sum(len(grid) for grid in source.asked if grid.step == STEP_S and len(grid) > 1)

    assert seen(NOW + 20, "pod-1") == KEPT_S // STEP_S
    assert seen(NOW + 40, "pod-2") == 0
    assert seen(NOW + 40 + 3600, "pod-2") >= KEPT_S // STEP_S


def test_where_nothing_is_kept_the_past_is_not_asked_for() -> None:
    source = Versions(begins={"41": NOW - 3 * DAY, "42": NOW - 2 * DAY})
    reading = DerivedChanges(source)
    settle(reading, NOW)
    assert [version for version, _ in versions(reading)] == ["42"]
    assert NOW - 8 * DAY < min(grid.start for grid in source.asked) < NOW - 4 * DAY


def test_told_and_derived_changes_are_one_list_that_stays_the_same_object() -> None:
    source = Versions(begins={"41": 0.0, "42": NOW - 1000.0})
    changes, view = KnownChanges(source), EMPTY
    sent = [
        Change(
            sender="argocd",
            key="1",
            kind=Kind.DEPLOY,
            start=NOW - 1200.0,
            at=NOW,
            text="",
            service="Kasse",
            version="42",
        )
    ]
    changes.reported, changes.aliases = (lambda start, end: sent), {"kasse": "shop"}

    def settled(now: float) -> None:
        for _ in range(50):
            changes.advance([SHOP], view, now)
            changes._reading.has_ended(5)
            changes._derived._reading.has_ended(5)

    settled(NOW)
    (known,) = changes.advance([SHOP], view, NOW)
    assert known.sources == ("argocd", "test")
    assert known.services == ("shop",)
    assert changes.advance([SHOP], view, NOW) is changes.advance([SHOP], view, NOW)

    def fails(start: float, end: float) -> Sequence[Change]:
        raise StateError("the disk is gone")

    changes.reported = fails
    settled(NOW)
    assert changes.advance([SHOP], view, NOW) == (known,)


def test_maintenance_of_the_configuration_is_a_change_of_the_services_whose_objectives_it_is_for() -> None:
    slos = [replace(availability(service=service), name=service) for service in ("a", "b", "c")]
    night = Exclusion(NOW - 7200.0, NOW - 3600.0, "database", slos=frozenset(("a", "b")))
    view = replace(EMPTY, slos=tuple(slos), exclusions=(night, Exclusion(NOW + 7200.0, NOW + 9000.0)))
    changes = KnownChanges(Versions())
    (known,) = changes.advance([SHOP], view, NOW)
    assert (known.change.kind, known.change.text, known.services) == (Kind.MAINTENANCE, "database", ("a", "b"))
    assert (known.change.start, known.change.end) == (NOW - 7200.0, NOW - 3600.0)
    assert len(changes.advance([SHOP], view, NOW + 7200.0)) == 2
    assert changes.advance([SHOP], view, NOW + 7200.0)[-1].services == ("a", "b", "c")


def test_in_the_demo_the_bad_deploys_are_first_among_the_causes() -> None:
    deploys = {
        each.service: each for each in INCIDENTS if "version" in each.guilty and each.signal is DemoSignal.ERRORS
    }
    poller = Poller(DemoSource(start=NOW), Settings(), clock=lambda: float(NOW))
    for _ in range(50):
        poller.tick()
        while poller.incidents.go_on(None):
            pass
        poller.changes._derived._reading.has_ended(20)
        if len(poller.snapshot.changes) == 2 * len(deploys) and poller.snapshot.incidents:
            break
    snapshot = poller.snapshot
    assert {known.change.kind for known in snapshot.changes} == {Kind.DEPLOY, Kind.ROLLBACK}
    incidents = {incident.service: incident for incident in snapshot.incidents if incident.service in deploys}
    assert incidents.keys() == deploys.keys()
    for service, incident in incidents.items():
        first, *others = incident_suspects(snapshot, incident)
        assert first.change is not None
        assert (first.grade, first.change.change.version) == (Grade.MOST_LIKELY, deploys[service].guilty["version"])
        assert {Finding.ENDED_WITH_ROLLBACK, Finding.WORSE} <= {each.finding for each in first.pro}
        assert first.budget_share is not None
        assert first.budget_share > 0.005
        assert {suspect.grade for suspect in others} <= {Grade.RULED_OUT}
    poller.stop()


def test_a_version_in_a_log_tells_of_its_deploy(tmp_path: Path) -> None:
    """In files, too, by the label of the requests, as far back as a breakdown reaches."""
    rows = [
        f"{datetime.fromtimestamp(at, UTC).isoformat()},shop,200,0.1,{'41' if at < NOW - 4000 else '42'}"
        for at in range(NOW - 3 * HOUR, NOW, 20)
    ]
    log = tmp_path / "log.csv"
    log.write_text("\n".join(["time,service,status,duration_s,version", *rows, ""]), encoding="utf-8")
    source = CsvSource([str(log)])
    catalog = source.discover(NOW)
    reading = DerivedChanges(source)
    for _ in range(100):
        reading.advance(catalog.services, NOW)
        reading._reading.has_ended(None)
    (change,) = reading.newest.changes
    assert (change.kind, change.version, change.service) == (Kind.DEPLOY, "42", "shop")
    assert change.start == pytest.approx(NOW - 4000, abs=60)
    source.close()
