"""Logs that are rotated: history and budget stay, and nothing is counted twice or lost."""

import gzip
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.sources.csv.reading import FileGroup, Reading
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR
from tests.sources.csv.csv_text import BEGIN, LOG, WIDE, append, counts_of, requests_of, row, rows, stamp
from tests.steady import Clock

Rotate = Callable[[Path], None]


def requests(first: int, count: int) -> str:
    return "".join(f"{stamp(first + at)},shop,/,200,{at % 90}\n" for at in range(count))


def renamed(path: Path) -> None:
    path.rename(f"{path}.1")


def dated(path: Path) -> None:
    path.rename(path.with_name("app-2026-11-28.csv"))


def moved_to_a_folder(path: Path) -> None:
    (path.parent / "old").mkdir(exist_ok=True)
    path.rename(path.parent / "old" / path.name)


def copied_and_cut_off(path: Path) -> None:
    shutil.copy(path, f"{path}.1")
    os.truncate(path, 0)


def compressed(path: Path) -> None:
    Path(f"{path}.1.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()


def compressed_and_cut_off(path: Path) -> None:
    Path(f"{path}.1.gz").write_bytes(gzip.compress(path.read_bytes()))
    os.truncate(path, 0)


WAYS: list[Rotate] = [renamed, dated, moved_to_a_folder, copied_and_cut_off, compressed, compressed_and_cut_off]
# A single file, a glob that the rotated file is in, and one that it is not in; a folder with all that is in it.
PATHS = ["{}/app.csv", "{}/app*", "{}/*.csv", "{}"]


@pytest.mark.parametrize("paths", PATHS)
@pytest.mark.parametrize("rotate", WAYS)
def test_what_was_written_before_and_after_a_rotation_counts_once(tmp_path: Path, rotate: Rotate, paths: str) -> None:
    path = tmp_path / "app.csv"
    path.write_text(LOG + requests(10, 500), encoding="utf-8")
    source = CsvSource([paths.format(tmp_path)])
    assert requests_of(source) == 500
    # Rows between the last look and the rotation, and after it.
    append(path, requests(510, 30))
    rotate(path)
    append(path, LOG + requests(540, 7))
    assert requests_of(source) == 537
    assert counts_of(source).bad_rows == 0
    append(path, requests(547, 5))
    answer = counts_of(source)
    assert requests_of(source) == 542
    assert (answer.mergeable, answer.problems) == (True, ())


@pytest.mark.parametrize("rotate", WAYS)
def test_a_rotated_file_is_followed_while_its_writer_has_not_noticed(tmp_path: Path, rotate: Rotate) -> None:
    path = tmp_path / "app.csv"
    path.write_text(LOG + requests(10, 100), encoding="utf-8")
    source = CsvSource([str(path)])
    assert requests_of(source) == 100
    with path.open("a", encoding="utf-8") as writer:
        rotate(path)
        writer.write(requests(110, 20) if rotate in (renamed, dated, moved_to_a_folder) else "")
    late = 20 if rotate in (renamed, dated, moved_to_a_folder) else 0
    # The new file is not there yet.
    assert requests_of(source) == 100 + late
    append(path, LOG + requests(130, 5))
    assert requests_of(source) == 105 + late


def test_seven_days_of_rotation_with_the_oldest_deleted(tmp_path: Path) -> None:
    path = tmp_path / "app.csv"
    source = CsvSource([f"{tmp_path}/app.csv*"])
    for day in range(7):
        path.write_text(LOG + requests(10 + day * 100, 100), encoding="utf-8")
        assert requests_of(source) == 100 * (day + 1)
        for number in range(3, 0, -1):
            older = Path(f"{path}.{number}")
            if older.exists():
                older.replace(f"{path}.{number + 1}") if number < 3 else older.unlink()
        renamed(path)
    assert requests_of(source) == 700


def test_budgets_stay_through_a_rotation(tmp_path: Path) -> None:
    path = tmp_path / "app.csv"
    path.write_text(WIDE + "".join(row(60 * at, 600, 6 if at < 60 else 0) for at in range(1, 600)), encoding="utf-8")
    clock = Clock(BEGIN + 600 * 60)
    poller = Poller(CsvSource([str(path)]), Settings(refresh=15), clock=clock)
    poller.tick()
    before = poller.snapshot.by_name["shop"].slos[0]
    renamed(path)
    clock.now += 60
    path.write_text(WIDE + row(600 * 60) + row(601 * 60), encoding="utf-8")
    poller.tick()
    after = poller.snapshot.by_name["shop"].slos[0]
    assert (before.bad, after.bad) == (59 * 6, 59 * 6)
    assert (before.valid, after.valid) == (599 * 600, 601 * 600)


def test_a_file_that_is_written_anew_beside_its_backup_is_no_rotation(tmp_path: Path) -> None:
    path = tmp_path / "app.csv"
    path.write_text(LOG + requests(10, 500), encoding="utf-8")
    source = CsvSource([str(path)])
    assert requests_of(source) == 500
    path.rename(f"{path}.bak")
    path.write_text(LOG + requests(10, 300), encoding="utf-8")
    answer = counts_of(source)
    assert (requests_of(source), answer.mergeable) == (300, False)


def test_rows_closer_together_after_a_rotation_keep_what_was_rotated_away(tmp_path: Path) -> None:
    path = tmp_path / "app.csv"
    path.write_text(WIDE + rows(10, every=120), encoding="utf-8")
    source = CsvSource([str(path)])
    assert requests_of(source) == 6000
    renamed(path)
    path.write_text(WIDE + "".join(row(1200 + 15 * at, 10) for at in range(1, 41)), encoding="utf-8")
    assert requests_of(source) == 6400
    append(path, row(1200 + 15 * 41, 10))
    assert requests_of(source) == 6410


def test_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "app-1.csv"
    path.write_text(LOG + requests(10, 100), encoding="utf-8")
    (tmp_path / "latest.csv").symlink_to(path)
    os.link(path, tmp_path / "linked.csv")
    source = CsvSource([str(tmp_path)])
    assert requests_of(source) == 100
    (tmp_path / "latest.csv").unlink()
    (tmp_path / "app-2.csv").write_text(LOG + requests(110, 50), encoding="utf-8")
    (tmp_path / "latest.csv").symlink_to(tmp_path / "app-2.csv")
    append(path, requests(160, 1))
    assert requests_of(source) == 151


def test_a_link_that_leads_to_the_newest_file_moves_on(tmp_path: Path) -> None:
    link = tmp_path / "latest.csv"
    for day in (1, 2):
        (tmp_path / f"app-{day}.csv").write_text(LOG + requests(day * 100, 100), encoding="utf-8")
    link.symlink_to(tmp_path / "app-1.csv")
    source = CsvSource([str(link)])
    assert requests_of(source) == 100
    append(tmp_path / "app-1.csv", requests(200, 3))
    link.unlink()
    link.symlink_to(tmp_path / "app-2.csv")
    assert requests_of(source) == 203


@pytest.mark.parametrize("size", [50, 500])
def test_a_copy_beside_a_file_counts_once_and_is_told(tmp_path: Path, size: int) -> None:
    path = tmp_path / "app.csv"
    path.write_text(LOG + requests(10, size), encoding="utf-8")
    source = CsvSource([f"{tmp_path}/*"])
    assert requests_of(source) == size
    shutil.copy(path, tmp_path / "copy.csv")
    append(path, requests(1000, 5))
    # Of one that is still being written there is less.
    (tmp_path / "half.csv").write_bytes(path.read_bytes()[:-200])
    answer = counts_of(source)
    assert requests_of(source) == size + 5
    sentence = f"is a copy of {path}: counted once"
    assert [(problem.where, problem.what) for problem in answer.problems] == [
        (f"{tmp_path}/{name}.csv", sentence) for name in ("copy", "half")
    ]
    assert requests_of(CsvSource([f"{tmp_path}/*"])) == size + 5


def test_files_that_only_begin_alike_are_two(tmp_path: Path) -> None:
    same = LOG + requests(10, 300)
    (tmp_path / "a.csv").write_text(same + requests(400, 100), encoding="utf-8")
    (tmp_path / "b.csv").write_text(same + requests(900, 200), encoding="utf-8")
    assert requests_of(CsvSource([str(tmp_path)])) == 300 + 100 + 300 + 200


def test_files_of_two_services_may_be_alike(tmp_path: Path) -> None:
    text = "time,requests,errors\n" + "".join(f"{stamp(60 * at)},600,0\n" for at in range(1, 60))
    groups = []
    for service in ("shop", "cart"):
        (tmp_path / f"{service}.csv").write_text(text, encoding="utf-8")
        groups.append(FileGroup((f"{tmp_path}/{service}.csv",), Reading(service=service)))
    source = CsvSource(groups)
    assert (requests_of(source), requests_of(source, "cart")) == (59 * 600, 59 * 600)
    assert counts_of(source).problems == ()


def test_days_in_folders(tmp_path: Path) -> None:
    for day, first in (("2026-11-27", 10), ("2026-11-28", 110)):
        (tmp_path / day).mkdir()
        (tmp_path / day / "app.csv").write_text(LOG + requests(first, 100), encoding="utf-8")
    sources = [CsvSource([str(tmp_path)]), CsvSource([f"{tmp_path}/**/*.csv"]), CsvSource([f"{tmp_path}/*/app.csv"])]
    assert [requests_of(source) for source in sources] == [200] * 3
    (tmp_path / "2026-11-29").mkdir()
    (tmp_path / "2026-11-29" / "app.csv").write_text(LOG + requests(300, 1), encoding="utf-8")
    append(tmp_path / "2026-11-28" / "app.csv", requests(250, 2))
    assert [requests_of(source) for source in sources] == [203] * 3
    shutil.rmtree(tmp_path / "2026-11-27")
    assert [requests_of(source) for source in sources] == [203] * 3


def test_a_folder_is_read_with_its_rotated_and_compressed_files_and_nothing_else(tmp_path: Path) -> None:
    texts = [LOG + requests(at * 100 + 10, 10) for at in range(5)]
    for name, text in zip(("app.csv", "app.csv.1", "app.csv-20261127", "APP.CSV"), texts, strict=False):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "app.csv.2.gz").write_bytes(gzip.compress(texts[4].encode()))
    for name in ("notes.txt", ".hidden.csv", "app.csv.bak", "app.csv~", "app.csv.swp"):
        (tmp_path / name).write_text("what\never\n", encoding="utf-8")
    answer = counts_of(CsvSource([str(tmp_path)]))
    assert (answer.frame[("shop", "requests", "")].sum(), answer.problems) == (50, ())


def test_an_inode_that_is_used_again_is_another_file(tmp_path: Path) -> None:
    """As file systems do once a file was deleted."""
    first, source = tmp_path / "a.csv", CsvSource([str(tmp_path)])
    first.write_text(LOG + requests(10, 100), encoding="utf-8")
    (tmp_path / "z.csv").write_text(LOG + requests(2000, 1), encoding="utf-8")
    assert requests_of(source) == 101
    # The same inode under another name, with another content.
    first.rename(tmp_path / "b.csv")
    (tmp_path / "b.csv").write_text(LOG + requests(700, 20), encoding="utf-8")
    assert requests_of(source) == 121, "what was in the first one has happened"


@pytest.mark.parametrize("hours", [1, 30])
def test_a_rotation_in_the_middle_of_the_night_is_one_of_many(tmp_path: Path, hours: int) -> None:
    """Rows of a log are out of order by some minutes."""
    path, source = tmp_path / "app.csv", CsvSource([f"{tmp_path}/app.csv"])
    path.write_text(LOG + requests(10, 100), encoding="utf-8")
    assert requests_of(source) == 100
    for number in range(hours):
        path.rename(f"{path}.{number}")
        path.write_text(LOG + requests(100 + 10 * number, 10) + requests(60 + 10 * number, 1), encoding="utf-8")
        assert requests_of(source) == 100 + 11 * (number + 1)
    assert BEGIN % HOUR == 0


@pytest.mark.parametrize("seed", range(25))
def test_whatever_happens_to_logs_every_request_counts_once(tmp_path: Path, seed: int) -> None:
    """Logs that grow, are rotated, compressed, copied, thinned out and linked, looked at now and then."""
    rng = random.Random(seed)
    path = tmp_path / "app.csv"
    path.write_text(LOG, encoding="utf-8")
    source = CsvSource([rng.choice([str(path), f"{tmp_path}/app*", f"{tmp_path}/**", str(tmp_path)])])
    written = seen = rotations = 0

    def grow() -> None:
        nonlocal written
        count = rng.randint(1, 120)
        append(path, requests(10 + written, count))
        written += count

    def rotate() -> None:
        nonlocal rotations
        rotations += 1
        way = rng.choice(WAYS[:1] + WAYS[3:])
        # Each rotated file has a number of its own, as that of a day.
        for name in (f"{path}.1", f"{path}.1.gz"):
            if Path(name).exists():
                Path(name).rename(name.replace(".csv.1", f".csv.{rotations + 1}"))
        way(path)
        if not path.exists() or not path.stat().st_size:
            path.write_text(LOG, encoding="utf-8")

    def thin_out() -> None:
        # Only of what was looked at: nobody can count what came and went unseen.
        old = sorted(file for file in tmp_path.glob("app.csv.*") if seen == written)
        if old:
            rng.choice(old).unlink()

    grow()
    for _ in range(30):
        action = rng.choice([grow, grow, grow, rotate, thin_out])
        if action is rotate and seen < written and rng.random() < 0.5:
            action = grow
        # Of two rotations between two looks the first one's rows are nowhere followed.
        if action is rotate and written != seen:
            assert requests_of(source) == written
        action()
        if action is not grow or rng.random() < 0.5:
            assert requests_of(source) == written, (seed, action.__name__)
            seen = written
    answer = counts_of(source)
    assert (requests_of(source), answer.bad_rows, answer.left_out) == (written, 0, ())
