"""A restart goes on with what was held, asks for what is missing alone, and judges as if nothing had been."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.archive.archive import Archive
from dashboard.archive.spec import ArchiveSpec
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.timerange import HOUR
from tests.restarts import Restarts
from tests.steady import START


def figures(snapshot: Snapshot) -> object:
    """All that is judged, to the last digit."""
    slos = [
        (report.slo.service, report.slo.name, report.bad, report.valid, report.remaining, report.coverage, report.state)
        for report in snapshot.slos
    ]
    services = [
        (report.name, report.health, report.current, report.has_baseline, report.anomalies)
        for report in sorted(snapshot.services, key=lambda report: report.name)
    ]
    return sorted(slos), services


def written(poller: Poller) -> None:
    """What was begun beside the refresh has ended."""
    keeper = poller._intake._keeper
    assert keeper is not None
    keeper._writing.has_ended(20)


@pytest.fixture
def restarts(tmp_path: Path) -> Restarts:
    return Restarts(tmp_path)


def archive(restarts: Restarts) -> Archive:
    return Archive(ArchiveSpec(restarts.folder, "test memory"))


def test_a_restart_asks_for_little_and_judges_alike(restarts: Restarts) -> None:
    first, cold = restarts.begun()
    first.stop()
    asked = cold.answered
    restarts.clock.now += 15
    again, warm = restarts.begun()
    assert warm.answered < 0.02 * asked
    # What goes on without a break judges the same moment.
    first.tick()
    assert figures(again.snapshot) == figures(first.snapshot)
    one, other = again.snapshot, first.snapshot
    assert np.array_equal(one.ledger.hours.values, other.ledger.hours.values)
    for buffer in ("by_minute", "by_five_minutes"):
        values = [getattr(snapshot.detection_history, buffer).values for snapshot in (one, other)]
        assert np.array_equal(*values, equal_nan=True)
    assert all(report.has_baseline for report in one.services)
    again.stop()


@pytest.mark.parametrize("hours", [3, 60])
def test_after_hours_without_a_dashboard_what_is_missing_is_asked_for(restarts: Restarts, hours: int) -> None:
    first, cold = restarts.begun(learns=False)
    first.stop()
    asked, restarts.clock.now = cold.answered, restarts.clock.now + hours * HOUR
    again, warm = restarts.begun(learns=False)
    assert warm.answered < asked * (0.6 if hours < 7 else 1)
    fresh = Restarts(restarts.folder / "other", clock=restarts.clock)
    anew, _ = fresh.begun(learns=False)
    assert [report.bad for report in again.snapshot.slos] == pytest.approx([r.bad for r in anew.snapshot.slos])
    assert np.array_equal(again.snapshot.ledger.hours.values, anew.snapshot.ledger.hours.values)
    again.stop()


def test_a_source_that_counts_by_other_rules_is_asked_for_all(restarts: Restarts) -> None:
    first, cold = restarts.begun(learns=False)
    first.stop()
    asked = cold.answered
    again, warm = replace(restarts, rules="others").begun(learns=False)
    assert warm.answered == pytest.approx(asked, rel=0.01)
    again.stop()
    # Hours are kept by both rules; those that held when they were first counted still do.
    kept = archive(restarts).hours(0, START)
    assert len({series.counting for series in kept.series}) == 2 * len({series.slo for series in kept.series})
    assert kept.held.sum() * 2 == len(kept)


def test_hours_that_the_archive_has_lost_are_asked_for_again(restarts: Restarts) -> None:
    first, _ = restarts.begun(learns=False)
    first.stop()
    for path in archive(restarts).folder.glob("hours-*.parquet"):
        path.write_bytes(path.read_bytes()[:-50])
    again, warm = restarts.begun(learns=False)
    assert (721, HOUR) in [(len(grid), grid.step) for grid in warm.asked]
    assert np.array_equal(again.snapshot.ledger.hours.values, first.snapshot.ledger.hours.values)
    again.tick()
    notes = " ".join(again.snapshot.source.notes)
    assert "is damaged" in notes
    again.stop()
    assert archive(restarts).hours(0, START).ends.size == 721 * 4


@pytest.mark.parametrize("name", ["ledger", "live", "anomalies"])
@pytest.mark.parametrize("fault", ["cut", "foreign"])
def test_what_was_held_and_is_of_no_use_is_read_anew(restarts: Restarts, name: str, fault: str) -> None:
    first, _ = restarts.begun(learns=False)
    first.stop()
    store = archive(restarts)
    path = store.folder / f"restart-{name}.parquet"
    if fault == "cut":
        path.write_bytes(path.read_bytes()[:-50])
    else:
        kept = store.kept(name)
        assert kept is not None
        store.keep(name, {key: array[:1] for key, array in kept[0].items()}, kept[1])
    again, _ = restarts.begun(learns=False)
    assert figures(again.snapshot) == figures(first.snapshot)
    again.stop()
    # What was written at the end is of use again.
    last, warm = restarts.begun(learns=False)
    assert warm.answered < 2000
    last.stop()


def test_a_dashboard_that_cannot_write_runs_on_and_says_so(restarts: Restarts) -> None:
    restarts.folder.joinpath("file").write_text("in the way")
    poller, _ = replace(restarts, folder=restarts.folder / "file").begun(learns=False)
    for _ in range(2):
        restarts.clock.now += 15
        poller.tick()
        written(poller)
    poller.tick()
    (note,) = poller.snapshot.source.notes
    assert "hours cannot be kept there: Not a directory" in note
    assert figures(poller.snapshot)
    poller.stop()


def test_hours_are_written_when_they_close_and_when_late_samples_change_them(restarts: Restarts) -> None:
    poller, source = restarts.begun(learns=False)

    def refreshed(seconds: float) -> Poller:
        restarts.clock.now += seconds
        poller.tick()
        written(poller)
        return poller

    refreshed(15)
    last = archive(restarts).hours(0, 2 * START)
    assert last.ends.max() == START // HOUR * HOUR
    before = last.valid[last.ends == last.ends.max()]
    refreshed(HOUR)
    assert archive(restarts).hours(0, 2 * START).ends.max() == START // HOUR * HOUR + HOUR
    # Scrapes that come late are counted when the next hour closes.
    source.late = 1.01
    newest = archive(restarts).hours(START, 2 * START)
    refreshed(HOUR)
    kept = archive(restarts).hours(0, 2 * START)
    assert kept.valid[kept.ends == newest.ends.max()] == pytest.approx(newest.valid * 1.01)
    assert kept.valid[kept.ends == START // HOUR * HOUR].tolist() == before.tolist()
    poller.stop()
