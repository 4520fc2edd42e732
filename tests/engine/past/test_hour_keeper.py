"""A restart goes on with what was held, asks for what is missing alone, and judges as if nothing had been."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.archive.archive import Archive
from dashboard.archive.hour_rows import HourRows, Series
from dashboard.archive.spec import ArchiveSpec
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.exceptions import SourceUnavailable
from dashboard.slo.event_rows import SECONDS
from dashboard.slo.indicators import Column
from dashboard.slo.objective import Slo
from dashboard.slo.windows import Rolling
from dashboard.timerange import DAY, HOUR, Grid
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
    # What is read beside the refreshes was not read again either.
    assert [incident.id for incident in one.incidents] == [incident.id for incident in other.incidents]
    assert one.incidents
    assert again.changes.derived == first.changes.derived
    assert again.changes.derived
    peaks = [poller.capacity._progress.hours for poller in (again, first)]
    assert np.array_equal(peaks[0].use, peaks[1].use, equal_nan=True)
    assert not again.capacity.report.is_reading
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
    stored = archive(restarts).hours(0, START)
    assert len({series.counting for series in stored.series}) == 2 * len({series.slo for series in stored.series})
    assert stored.held.sum() * 2 == len(stored)


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


@pytest.mark.parametrize("fault", ["cut", "foreign"])
def test_what_was_held_and_is_of_no_use_is_read_anew(restarts: Restarts, fault: str) -> None:
    first, cold = restarts.begun(learns=False)
    first.stop()
    store, asked = archive(restarts), cold.answered
    names = [path.stem for path in (store.folder / "restart").glob("*.parquet")]
    assert {"ledger", "live", "anomalies", "incidents"} <= set(names)
    for name in names:
        path = store.folder / "restart" / f"{name}.parquet"
        if fault == "cut":
            path.write_bytes(path.read_bytes()[:-50])
        else:
            stored = store.kept(name)
            assert stored is not None
            store.keep(name, {key: array[:1] for key, array in stored[0].items()}, stored[1])
    again, warm = restarts.begun(learns=False)
    assert figures(again.snapshot) == figures(first.snapshot)
    assert warm.answered >= 0.9 * asked
    again.stop()
    # What was written at the end is of use again.
    last, warm = restarts.begun(learns=False)
    assert warm.answered < 0.5 * asked
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
    stored = archive(restarts).hours(0, 2 * START)
    assert stored.valid[stored.ends == newest.ends.max()] == pytest.approx(newest.valid * 1.01)
    assert stored.valid[stored.ends == START // HOUR * HOUR].tolist() == before.tolist()
    poller.stop()


# --- what others read of it ----------------------------------------------------------------------------------------


def objective(poller: Poller, name: str = "availability") -> Slo:
    return next(report.slo for report in poller.snapshot.slos if report.slo.name == f"service-0000-{name}")


def test_hours_that_the_ledger_no_longer_has_come_from_the_archive(restarts: Restarts) -> None:
    first, _ = restarts.begun(learns=False)
    slo = objective(first)
    before = first.past_hours.hours(slo, START - 20 * DAY, START - 10 * DAY)
    first.stop()
    restarts.clock.now += 45 * DAY
    again, _ = restarts.begun(learns=False)
    assert again.snapshot.ledger.hours.start > START - 10 * DAY
    stored = again.past_hours.hours(objective(again), START - 20 * DAY, START - 10 * DAY)
    assert np.array_equal(stored.rows.values, before.rows.values)
    assert (stored.rows.values[:, 0, SECONDS] == HOUR).all()
    assert set(stored.objectives.tolist()) == {0.999}
    assert stored.begin == before.begin
    # Nobody was there for a while: those hours hold nothing, and what came is there again.
    gap = again.past_hours.hours(objective(again), START, restarts.clock.now).rows
    assert gap.values[1 : 14 * 24, 0, SECONDS].any() == 0
    assert gap.values[-2, 0, SECONDS] == HOUR
    # What a file says of an hour that nobody has counted is there too, and marked.
    hour = np.array([START // HOUR * HOUR + 5 * DAY])
    figures = (np.array([number]) for number in (1.0, 9.0, 3600.0, 0.999, np.nan))
    series = (Series(slo.service, slo.name),)
    said = HourRows(series, np.array([0]), hour, *figures, partial=hour < 0, held=hour > 0)
    assert stored.is_imported is None
    assert archive(restarts).add_hours(said, restarts.clock.now)
    again.stop()
    again, _ = restarts.begun(learns=False)
    known = again.past_hours.hours(objective(again), START, START + 10 * DAY)
    assert known.is_imported is not None
    assert known.rows.ends[known.is_imported].tolist() == hour.tolist()
    again.stop()


def test_an_hour_is_judged_by_the_objective_that_held_in_it(restarts: Restarts) -> None:
    first, _ = restarts.begun(learns=False)
    slo = objective(first, "latency")
    first.stop()
    before = first.past_hours.hours(slo, START - DAY, START - HOUR)
    restarts.clock.now += 5 * HOUR
    changed = replace(
        slo, objective=0.9, limit=5.0, indicator=replace(slo.indicator, good=Column(slo.service, "latency", "inf"))
    )
    settings = replace(restarts.settings, slos=(changed,))
    again, _ = replace(restarts, settings=settings).begun(learns=False)
    restarts.clock.now += 2 * HOUR
    again.tick()
    written(again)
    hours = again.past_hours.hours(changed, START - DAY, START + 7 * HOUR)
    # It held from the restart on: the hours in which nobody was there are judged by what is known of them.
    assert hours.objectives.tolist() == [slo.objective] * 24 + [0.9] * 8
    assert hours.limits.tolist() == [0.25] * 24 + [5.0] * 8
    assert np.array_equal(hours.rows.values[:23, 0], before.rows.values[:23, 0])
    assert hours.rows.values[25:, 0, 0].any() == 0
    # What holds now is judged by all of its window, counted by its own rules.
    report = next(report for report in again.snapshot.slos if report.slo == changed)
    assert report.bad == 0
    assert report.coverage == pytest.approx(1)
    again.stop()


def test_of_a_longer_window_all_is_asked_for(restarts: Restarts) -> None:
    first, _ = restarts.begun(learns=False)
    slo = objective(first)
    first.stop()
    longer = replace(slo, window=Rolling(60.0 * DAY))
    again, warm = replace(restarts, settings=replace(restarts.settings, slos=(longer,))).begun(learns=False)
    assert (60 * 24 + 1, HOUR) in [(len(grid), grid.step) for grid in warm.asked]
    report = next(report for report in again.snapshot.slos if report.slo == longer)
    assert report.coverage == pytest.approx(1)
    again.stop()


def test_what_was_held_by_a_clock_that_was_ahead_is_not_believed(restarts: Restarts) -> None:
    restarts.clock.now += 10 * DAY
    first, _ = restarts.begun(learns=False)
    first.stop()
    restarts.clock.now -= 10 * DAY
    again, _ = restarts.begun(learns=False)
    fresh, _ = Restarts(restarts.folder / "other", clock=restarts.clock).begun(learns=False)
    assert figures(again.snapshot) == figures(fresh.snapshot)
    assert again.snapshot.ledger.hours.end == START // HOUR * HOUR
    again.stop()


def test_latency_buckets_are_asked_for_once(restarts: Restarts) -> None:
    poller, source = restarts.begun(learns=False)
    source.asked.clear()
    hours = poller.past_hours.latency_hours("service-0000", START - DAY, START)
    assert hours.counts.shape == (25, 12)
    assert hours.bounds.tolist()[-1] == np.inf
    assert [len(grid) for grid in source.asked] == [25]
    again = poller.past_hours.latency_hours("service-0000", START - DAY, START)
    # The hour under way and the one before may still get samples.
    assert [len(grid) for grid in source.asked[1:]] == [2]
    assert np.array_equal(again.counts, hours.counts, equal_nan=True)
    source.failure = SourceUnavailable("gone")
    stored = poller.past_hours.latency_hours("service-0000", START - DAY, START)
    assert np.array_equal(stored.counts[:-2], hours.counts[:-2])
    assert np.isnan(stored.counts[-2:]).all()
    poller.stop()


def test_buckets_of_yesterday_are_kept_once_a_day(restarts: Restarts) -> None:
    midnight = (START // DAY + 1) * DAY
    restarts.clock.now = midnight + 3.0 * HOUR
    poller, source = restarts.begun(learns=False)
    source.asked.clear()
    keeper = poller._latency_keeper

    def advanced(now: float) -> list[Grid]:
        """What is asked until nothing is due any more."""
        asked = len(source.asked)
        keeper.advance(source.names, now)
        while not keeper._asking.is_idle:
            keeper._asking.has_ended(30)
            keeper.advance(source.names, now)
        return source.asked[asked:]

    asked = advanced(restarts.clock.now)
    assert sum(len(grid) for grid in asked) == 24
    assert (asked[0].start, asked[-1].end) == (midnight - DAY + HOUR, midnight)
    assert advanced(restarts.clock.now + HOUR) == []
    source.failure = SourceUnavailable("away")
    assert poller.past_hours.latency_hours("service-0001", midnight - DAY, midnight).counts.shape == (24, 12)
    later = restarts.clock.now = restarts.clock.now + DAY + 2 * HOUR
    assert advanced(later) == []
    source.failure = None
    # What was refused is asked for again after a while, and not at once.
    assert advanced(later + 60) == []
    assert sum(len(grid) for grid in advanced(later + HOUR)) == 24
    poller.stop()
    # Another process knows what is there.
    again, source = restarts.begun(learns=False)
    keeper = again._latency_keeper
    assert advanced(later + HOUR) == []
    again.stop()


def test_a_process_that_was_killed_is_some_minutes_behind(restarts: Restarts) -> None:
    """What is learned at the start is kept soon after; nothing was written at the end."""
    first, cold = restarts.begun()
    asked = cold.answered
    for seconds in (35, 300, 100):
        restarts.clock.now += seconds
        first.tick()
        written(first)
    restarts.clock.now += 15
    again, warm = restarts.begun()
    assert warm.answered < 0.02 * asked
    first.tick()
    assert figures(again.snapshot) == figures(first.snapshot)
    again.stop()
