"""Hours as Parquet: what is kept is what is read, a full hour stays, and no fault of a file loses what can be saved."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard.archive import files
from dashboard.archive.archive import Archive
from dashboard.archive.hour_rows import HourRows, Series, merged
from dashboard.archive.spec import ArchiveSpec
from dashboard.archive.tables import LatencyRows
from dashboard.timerange import DAY, HOUR

# The end of 2023-11-14 22:00; the month ends 16 days later.
NOW = 1_700_000_000 // HOUR * HOUR + HOUR
MONTH_END = 1_701_388_800
PAY = Series("pay", "availability", "c1")


def rows(
    ends: Sequence[int], valid: float = 100.0, series: Series = PAY, *, partial: bool = False, objective: float = 0.999
) -> HourRows:
    """Hours of one objective."""
    count = len(ends)
    full = np.full(count, 1.0)
    return HourRows(
        (series,), np.zeros(count, dtype=np.int64), np.array(ends, dtype=np.int64), full * valid / 100, full * valid,
        full * 3600, full * objective, full * np.nan, np.full(count, partial), np.ones(count, dtype=bool),
    )  # fmt: skip


def ends(first: int, hours: int) -> list[int]:
    return [first + number * HOUR for number in range(hours)]


def facts(kept: HourRows) -> list[tuple[str, int, float, bool, bool]]:
    names = [f"{kept.series[place].slo}/{kept.series[place].counting}" for place in kept.places.tolist()]
    columns = (kept.ends.tolist(), kept.valid.tolist(), kept.partial.tolist(), kept.held.tolist())
    return list(zip(names, *columns, strict=True))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(ArchiveSpec(tmp_path / "hours", "prometheus http://one:9090"))


def test_what_is_kept_is_what_is_read_in_a_file_a_month(archive: Archive) -> None:
    times = ends(MONTH_END - HOUR, 4)
    assert archive.add_hours(rows(times, 1 / 3), NOW)
    assert [path.name for path in sorted(archive.folder.glob("*.parquet"))] == [
        "hours-2023-11.parquet",
        "hours-2023-12.parquet",
    ]
    kept = archive.hours(0, 2 * NOW)
    assert kept.series == (PAY,)
    assert kept.ends.tolist() == times
    assert kept.valid.tolist() == [1 / 3] * 4
    assert kept.seconds.tolist() == [3600] * 4
    assert np.isnan(kept.limits).all()
    assert archive.hours(MONTH_END - HOUR, MONTH_END).ends.tolist() == [MONTH_END]
    assert len(archive.hours(0, 2 * NOW, ["other"])) == 0
    assert archive.problems == ()
    assert archive.begins() == {("pay", "availability"): MONTH_END - 2 * HOUR}


def test_people_read_the_files_with_what_they_have(archive: Archive) -> None:
    archive.add_hours(rows([NOW]), NOW)
    table = pq.read_table(archive.folder / "hours-2023-11.parquet")
    assert table.to_pylist() == [
        {
            "time": pa.scalar(NOW, pa.timestamp("s", tz="UTC")).as_py(),
            "service": "pay", "slo": "availability", "counting": "c1", "objective": 0.999, "limit": None,
            "bad": 1.0, "valid": 100.0, "seconds": 3600.0, "partial": False, "held": True,
        }
    ]  # fmt: skip


def test_late_samples_replace_an_hour_and_an_answer_in_part_does_not(archive: Archive) -> None:
    archive.add_hours(rows([NOW], 100, partial=True), NOW)
    archive.add_hours(rows([NOW], 90, partial=True), NOW)
    assert facts(archive.hours(0, NOW)) == [("availability/c1", NOW, 90, True, True)]
    archive.add_hours(rows([NOW], 120), NOW)
    archive.add_hours(rows([NOW], 130), NOW)
    archive.add_hours(rows([NOW], 10, partial=True), NOW)
    assert facts(archive.hours(0, NOW)) == [("availability/c1", NOW, 130, False, True)]


def test_an_objective_that_was_changed_keeps_what_held_with_its_hours(archive: Archive) -> None:
    archive.add_hours(rows(ends(NOW, 2), objective=0.99), NOW)
    # Its share alone is another: the counts are the same, and late samples change them.
    archive.add_hours(rows(ends(NOW, 3), 105, objective=0.9), NOW)
    kept = archive.hours(0, 2 * NOW)
    assert kept.objectives.tolist() == [0.99, 0.99, 0.9]
    assert kept.valid.tolist() == [105, 105, 105]
    # It is counted by other rules: the past is counted once more by these, and did not hold then.
    archive.add_hours(rows(ends(NOW, 4), 50, Series("pay", "availability", "c2")), NOW)
    assert [(name, end, held) for name, end, _, _, held in facts(archive.hours(0, 2 * NOW))] == [
        ("availability/c1", NOW, True),
        ("availability/c1", NOW + HOUR, True),
        ("availability/c1", NOW + 2 * HOUR, True),
        ("availability/c2", NOW, False),
        ("availability/c2", NOW + HOUR, False),
        ("availability/c2", NOW + 2 * HOUR, False),
        ("availability/c2", NOW + 3 * HOUR, True),
    ]


def test_imported_hours_fill_gaps_and_replace_nothing(archive: Archive) -> None:
    imported = Series("pay", "availability")
    archive.add_hours(rows([NOW], 7, partial=True), NOW)
    archive.add_hours(rows(ends(NOW, 2), 99, imported), NOW)
    archive.add_hours(rows(ends(NOW, 2), 98, imported), NOW)
    held = [(end, valid) for _, end, valid, _, is_held in facts(archive.hours(0, 2 * NOW)) if is_held]
    assert sorted(held) == [(NOW, 7), (NOW + HOUR, 98)]
    archive.add_hours(rows([NOW + HOUR], 8), NOW)
    held = [(end, valid) for _, end, valid, _, is_held in facts(archive.hours(0, 2 * NOW)) if is_held]
    assert sorted(held) == [(NOW, 7), (NOW + HOUR, 8)]


def test_merging_is_the_same_in_any_order_and_twice() -> None:
    random = np.random.default_rng(7)
    series = [PAY, Series("pay", "latency", "c1"), Series("cart", "availability", "c9"), Series("pay", "availability")]
    parts = [
        rows(sorted(random.choice(ends(NOW, 30), 8, replace=False).tolist()), 100 + number, series[number % 4])
        for number in range(12)
    ]
    at_once = HourRows.none()
    for part in parts:
        at_once = merged(at_once, part)
    assert facts(merged(at_once, at_once)) == facts(at_once)
    expected = {}
    for number, part in enumerate(parts):
        expected |= {(series[number % 4], end): 100 + number for end in part.ends.tolist()}
    assert {
        (at_once.series[place], end): valid
        for place, end, valid in zip(
            at_once.places.tolist(), at_once.ends.tolist(), at_once.valid.tolist(), strict=True
        )
    } == expected
    chosen = zip(at_once.places[at_once.held].tolist(), at_once.ends[at_once.held].tolist(), strict=True)
    held = [(at_once.series[place].service, at_once.series[place].slo, end) for place, end in chosen]
    assert len(held) == len(set(held)) == len({(key.service, key.slo, end) for key, end in expected})


def test_sources_do_not_share_hours(tmp_path: Path) -> None:
    one, other = (Archive(ArchiveSpec(tmp_path, f"prometheus {where}")) for where in ("http://one", "http://other"))
    one.add_hours(rows([NOW]), NOW)
    assert len(one.hours(0, NOW)) == 1
    assert len(other.hours(0, NOW)) == 0


def test_what_is_too_old_is_forgotten_by_the_month(tmp_path: Path) -> None:
    archive = Archive(ArchiveSpec(tmp_path, "demo", retention=30 * DAY))
    # The 15th of September, the 5th of October, the 14th of November.
    archive.add_hours(rows([NOW - 60 * DAY, NOW - 40 * DAY, NOW]), NOW - 60 * DAY)
    assert len(archive.hours(0, NOW)) == 3
    archive.add_hours(rows([NOW + HOUR]), NOW)
    assert archive.hours(0, 2 * NOW).ends.tolist() == [NOW - 40 * DAY, NOW, NOW + HOUR]


def test_a_clock_that_was_years_ahead_once_takes_no_hours_away(tmp_path: Path) -> None:
    archive = Archive(ArchiveSpec(tmp_path, "demo", retention=90 * DAY))
    archive.add_hours(rows([NOW - 60 * DAY, NOW - 40 * DAY, NOW]), NOW)
    archive.add_hours(rows([NOW + 4000 * DAY]), NOW + 4000 * DAY)
    assert archive.hours(0, NOW).ends.tolist() == [NOW - 60 * DAY, NOW - 40 * DAY, NOW]


def test_hours_of_another_writer_that_make_no_sense_are_left_out_and_put_aside(archive: Archive) -> None:
    archive.add_hours(rows([NOW - 3 * HOUR, NOW - 2 * HOUR, NOW - HOUR, NOW]), NOW)
    (path,) = archive.folder.glob("hours-*.parquet")
    table = pq.read_table(path)
    columns = {
        "service": pa.array([None, "pay", "pay", "pay"]), "bad": pa.array([0.0, np.nan, 9e9, 0.0]),
    }  # fmt: skip
    for name, values in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    pq.write_table(table, path)
    assert archive.hours(0, NOW).ends.tolist() == [NOW]
    (sentence,) = archive.problems
    assert (
        ": is damaged: 3 of its hours make no sense: a name, a time or a number is missing or impossible; " in sentence
    )
    assert archive.add_hours(rows([NOW + HOUR]), NOW + HOUR)
    assert archive.hours(0, 2 * NOW).ends.tolist() == [NOW, NOW + HOUR]
    (sentence,) = archive.problems
    assert "; 1 of its hours were saved, and it is now hours-2023-11.parquet.damaged-" in sentence


def test_latency_by_bucket_is_kept_by_service_and_month(archive: Archive) -> None:
    bounds = np.array([0.1, 1.0, np.inf])
    counts = [np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])]
    archive.add_latency(
        LatencyRows(["pay", "cart"], np.array([NOW, NOW]), [bounds, bounds[1:]], [counts[0], counts[1][1:]]), NOW
    )
    archive.add_latency(LatencyRows(["pay"], np.array([NOW + HOUR]), [bounds], [counts[1]]), NOW)
    archive.add_latency(LatencyRows(["pay"], np.array([NOW]), [bounds], [counts[0] * 2]), NOW)
    kept = archive.latency("pay", 0, 2 * NOW)
    assert kept.ends.tolist() == [NOW, NOW + HOUR]
    assert [each.tolist() for each in kept.counts] == [[2, 4, 6], [4, 5, 6]]
    assert kept.bounds[0].tolist() == [0.1, 1, np.inf]
    assert [each.tolist() for each in archive.latency("cart", 0, NOW).counts] == [[5, 6]]
    assert archive.latency_until() == NOW + HOUR
    (archive.folder / "latency-2023-11.parquet").write_bytes(b"no table")
    assert (archive.latency_until(), len(archive.problems)) == (0, 1)


def test_arrays_are_kept_as_they_are(archive: Archive) -> None:
    values = {
        "floats": np.array([[1 / 3, np.nan], [np.inf, -0.0]]),
        "none": np.zeros((0, 3)),
        "flags": np.array([True, False]),
        "whole": np.arange(3, dtype=np.int64),
    }
    assert archive.keep("ledger", values, {"at": "7"})
    kept = archive.kept("ledger")
    assert kept is not None
    assert kept[1]["at"] == "7"
    assert {name: (array.dtype, array.shape) for name, array in kept[0].items()} == {
        name: (array.dtype, array.shape) for name, array in values.items()
    }
    assert all(np.array_equal(kept[0][name], array, equal_nan=array.dtype == float) for name, array in values.items())
    assert archive.kept("other") is None
    (archive.folder / "restart" / "ledger.parquet").write_bytes(b"no table")
    assert archive.kept("ledger") is None
    # Nothing is lost by that: the source is asked again.
    assert archive.problems == ()


# --- faults ------------------------------------------------------------------------------------------------------


def spoil(path: Path, places: Sequence[float]) -> None:
    """Change bytes of a file, at shares of its length."""
    content = bytearray(path.read_bytes())
    for share in places:
        place = int(share * (len(content) - 1))
        content[place : place + 8] = bytes(byte ^ 0xFF for byte in content[place : place + 8])
    path.write_bytes(bytes(content))


@pytest.mark.parametrize("spoilt", ["cut", "zeros", "text", "columns"])
def test_a_damaged_file_is_put_aside_and_the_others_go_on(archive: Archive, spoilt: str) -> None:
    archive.add_hours(rows([NOW, MONTH_END + HOUR]), NOW)
    path = archive.folder / "hours-2023-11.parquet"
    content = path.read_bytes()
    if spoilt == "columns":
        files.write(path, pa.table({"time": [1]}), "hours")
    else:
        path.write_bytes({"cut": content[:-100], "zeros": bytes(len(content)), "text": b"hello"}[spoilt])
    assert archive.hours(0, 2 * NOW).ends.tolist() == [MONTH_END + HOUR]
    (sentence,) = archive.problems
    assert sentence.startswith(f"{path}: is damaged: ")
    assert sentence.endswith("; fill what is missing with `golden-signals state import-hours`, or from a copy")
    assert "\n" not in sentence
    assert archive.add_hours(rows([NOW + HOUR]), NOW)
    assert archive.hours(0, 2 * NOW).ends.tolist() == [NOW + HOUR, MONTH_END + HOUR]
    (aside,) = archive.folder.glob("*.damaged-*")
    (sentence,) = archive.problems
    assert f"; nothing in it can be read, and it is now {aside.name}; fill" in sentence


def test_of_a_file_that_is_damaged_in_one_place_the_rest_is_saved(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "GROUP_ROWS", 50)
    random = np.random.default_rng(1)
    every = rows(ends(NOW, 200))
    every.valid[:] = random.uniform(100, 200, 200)
    archive.add_hours(every, NOW)
    path = archive.folder / "hours-2023-11.parquet"
    spoil(path, [0.4])
    kept = archive.hours(0, 2 * NOW)
    assert len(kept) == 150
    expected = dict(zip(every.ends.tolist(), every.valid.tolist(), strict=True))
    assert all(expected[end] == valid for end, valid in zip(kept.ends.tolist(), kept.valid.tolist(), strict=True))
    assert archive.add_hours(rows([NOW + 300 * HOUR]), NOW)
    assert len(archive.hours(0, 2 * NOW)) == 151
    assert "; 150 of its hours were saved, and it is now" in archive.problems[0]


def test_a_file_of_a_later_version_is_left_alone(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as later:
        later.setattr(files, "VERSION", 2)
        archive.add_hours(rows([NOW]), NOW)
    path = archive.folder / "hours-2023-11.parquet"
    content = path.read_bytes()
    assert len(archive.hours(0, NOW)) == 0
    (sentence,) = archive.problems
    assert sentence == (
        f"{path}: was written by a later golden-signals (version 2, this one knows 1): it is left as it is and not "
        "used; start the later one, or name another folder as [state] hours"
    )
    assert not archive.add_hours(rows([NOW + HOUR, MONTH_END + HOUR]), NOW)
    assert path.read_bytes() == content
    assert archive.hours(MONTH_END, 2 * NOW).ends.tolist() == [MONTH_END + HOUR]


def test_a_folder_that_cannot_be_written_is_said_and_well_again_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    archive = Archive(ArchiveSpec(tmp_path / "file", "demo"))
    assert not archive.add_hours(rows([NOW]), NOW)
    assert archive.problems == (
        f"{archive.folder}: hours cannot be kept there: Not a directory; name another folder as [state] hours, if it "
        "stays so",
    )
    assert not archive.keep("ledger", {}, {})
    (tmp_path / "file").unlink()
    assert archive.add_hours(rows([NOW]), NOW)
    assert archive.keep("ledger", {}, {})
    assert archive.problems == ()


# Runs in a process of its own, as a limit to the size of files, and a death, are for a whole process.
WRITER = """
import sys
from pathlib import Path
from tests.archive.test_archive import Archive, ArchiveSpec, NOW, ends, rows
archive = Archive(ArchiveSpec(Path(sys.argv[1]), "demo"))
number = 0
while number < int(sys.argv[2]):
    number += 1
    print(number, archive.add_hours(rows(ends(NOW - 300 * 3600, 300), number), NOW), *archive.problems, flush=True)
"""


def writer(folder: Path, times: int, **options: object) -> "subprocess.Popen[str]":
    # Without bytecode: where no file may be long, or it is killed, half of it would be there for everybody.
    command = [sys.executable, "-B", "-c", WRITER, str(folder), str(times)]
    root = Path(__file__).parent.parent.parent
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]


def test_a_disk_that_is_full_costs_what_is_new_alone(tmp_path: Path) -> None:
    archive = Archive(ArchiveSpec(tmp_path, "demo"))
    archive.add_hours(rows([NOW], 5), NOW)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    process = writer(tmp_path, 1, preexec_fn=limited)
    said, _ = process.communicate(timeout=60)
    path = archive.folder / "hours-2023-11.parquet"
    assert said.strip() == (
        f"1 False {path}: was not written: File too large; make room there, or name another folder as [state] hours"
    )
    assert facts(archive.hours(0, NOW)) == [("availability/c1", NOW, 5, False, True)]
    assert [path.name for path in archive.folder.iterdir() if path.name.endswith(files.LEFTOVER)] == []


def test_a_process_that_is_killed_while_it_writes_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    archive = Archive(ArchiveSpec(tmp_path, "demo"))
    process = writer(tmp_path, 10**6)
    assert process.stdout is not None
    for _ in range(5):
        number = int(process.stdout.readline().split()[0])
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    kept = archive.hours(0, NOW)
    assert len(kept) == 300
    assert len(set(kept.valid.tolist())) == 1
    assert kept.valid[0] >= number
    assert archive.problems == ()
    (archive.folder / f".hours-2023-11.parquet.0123{files.LEFTOVER}").write_bytes(b"half")
    # Whatever was cut off is gone with the next write, and its lock with its process.
    assert archive.add_hours(rows([NOW + HOUR]), NOW)
    assert [path.name for path in archive.folder.iterdir() if path.name.endswith(files.LEFTOVER)] == []


def test_replicas_that_write_into_one_folder_lose_nothing(tmp_path: Path) -> None:
    archives = [Archive(ArchiveSpec(tmp_path, "demo")) for _ in range(4)]

    def add(number: int) -> bool:
        series = Series("pay", f"slo {number}", "c")
        return all(archives[number].add_hours(rows([NOW + hour * HOUR], series=series), NOW) for hour in range(5))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(add, range(4)))
    assert len(archives[0].hours(0, 2 * NOW)) == 20


def test_who_holds_the_folder_for_long_is_not_waited_for(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    archive.add_hours(rows([NOW]), NOW)
    monkeypatch.setattr(files, "LOCK_S", 0.1)
    with files.locked(archive.folder):
        assert not archive.add_hours(rows([NOW + HOUR]), NOW)
    assert archive.problems == (
        f"{archive.folder}: another process has been writing there for 0.1 s; what is new is written later",
    )
    assert archive.add_hours(rows([NOW + HOUR]), NOW)
    assert archive.problems == ()


def test_reading_makes_no_folder(tmp_path: Path) -> None:
    archive = Archive(ArchiveSpec(tmp_path / "none", "demo"))
    assert len(archive.hours(0, NOW)) == 0
    assert archive.kept("ledger") is None
    assert (archive.begins(), archive.problems, os.listdir(tmp_path)) == ({}, (), [])
