"""Files that are written anew, copied or cut off: what they hold now counts, once."""

import gzip
import io
import os
import shutil
from pathlib import Path

import pytest

from dashboard.sources.csv.fingerprint import BLOCK, Fingerprint
from dashboard.sources.csv.source import CsvSource
from tests.sources.csv.csv_text import BEGIN, LOG, WIDE, append, counts_of, requests_of, row, stamp

# A row of a log; all have the same length.
ROW = "{},shop,/{:04d},200,12\n"
ROWS = 4000


def log_rows(first: int, count: int) -> str:
    return "".join(ROW.format(stamp(10 + at // 10), at % 10_000) for at in range(first, first + count))


def failed(text: str, place: int) -> str:
    """With the row failed that holds a place."""
    at = text.index(",200,", place)
    return f"{text[:at]},500,{text[at + 5 :]}"


def errors_of(source: CsvSource) -> float:
    return float(counts_of(source).frame[("shop", "errors", "server")].sum())


@pytest.mark.parametrize("place", [2_000, 100_000])
def test_files_that_differ_in_the_middle_alone_are_no_copies(tmp_path: Path, place: int) -> None:
    text = LOG + log_rows(0, ROWS)
    (tmp_path / "pod1.csv").write_text(text, encoding="utf-8")
    (tmp_path / "pod2.csv").write_text(failed(text, place), encoding="utf-8")
    (tmp_path / "pod3.csv").write_text(failed(text, place + 500), encoding="utf-8")
    source = CsvSource([str(tmp_path)])
    assert (requests_of(source), errors_of(source), counts_of(source).problems) == (3 * ROWS, 2, ())
    # The first of three that begin alike is the one that was copied.
    (tmp_path / "z.csv.gz").write_bytes(gzip.compress(text.encode()))
    assert requests_of(source) == 3 * ROWS
    assert [problem.what for problem in counts_of(source).problems] == [
        f"is a copy of {tmp_path}/pod1.csv: counted once"
    ]
    assert requests_of(CsvSource([str(tmp_path)])) == 3 * ROWS


@pytest.mark.parametrize("mirror", ["a.csv", "z.csv"])
def test_a_mirror_of_a_file_that_grows_counts_once(tmp_path: Path, mirror: str) -> None:
    """Whichever of them is read first, and whichever is ahead."""
    path, copy = tmp_path / "m.csv", tmp_path / mirror
    path.write_text(LOG + log_rows(0, 200), encoding="utf-8")
    shutil.copy(path, copy)
    source = CsvSource([str(tmp_path)])
    assert requests_of(source) == 200
    for written in range(200, 260, 20):
        append(path, log_rows(written, 20))
        assert requests_of(source) == written + 20
        shutil.copy(path, copy)
        assert requests_of(source) == written + 20
        assert len(counts_of(source).problems) == 1


def test_a_copy_that_goes_its_own_way_is_a_file_of_its_own(tmp_path: Path) -> None:
    path, copy = tmp_path / "app.csv", tmp_path / "copy.csv"
    path.write_text(LOG + log_rows(0, 200), encoding="utf-8")
    shutil.copy(path, copy)
    source = CsvSource([str(tmp_path)])
    assert requests_of(source) == 200
    append(path, log_rows(200, 10))
    append(copy, log_rows(500, 3))
    assert (requests_of(source), counts_of(source).problems) == (210 + 203, ())


@pytest.mark.parametrize("appended", [0, 1])
@pytest.mark.parametrize("place", [2_000, 100_000])
def test_a_row_that_is_corrected_in_the_middle_counts_at_the_next_look(
    tmp_path: Path, place: int, appended: int
) -> None:
    path, text = tmp_path / "app.csv", LOG + log_rows(0, ROWS)
    path.write_text(text, encoding="utf-8")
    source = CsvSource([str(path)])
    assert errors_of(source) == 0
    path.write_text(failed(text, place) + log_rows(ROWS, appended), encoding="utf-8")
    answer = counts_of(source)
    assert (requests_of(source), errors_of(source), answer.mergeable) == (ROWS + appended, 1, False)


def test_a_correction_that_keeps_size_and_time_counts(tmp_path: Path) -> None:
    path, text = tmp_path / "app.csv", LOG + log_rows(0, ROWS)
    path.write_text(text, encoding="utf-8")
    source, status = CsvSource([str(path)]), path.stat()
    assert errors_of(source) == 0
    path.write_text(failed(text, 100_000), encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert errors_of(source) == 1


def test_a_file_that_is_touched_is_not_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "app.csv"
    path.write_text(LOG + log_rows(0, ROWS), encoding="utf-8")
    source = CsvSource([str(path)])
    assert requests_of(source) == ROWS
    os.utime(path, (1, 1))
    assert (counts_of(source).mergeable, requests_of(source)) == (True, ROWS)


def test_of_a_long_file_a_look_compares_some_blocks_and_the_next_ones_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, holds_block = [], Fingerprint._holds_block

    def counted(read: Fingerprint, text: io.BufferedReader, number: int) -> bool:
        compared.append(number)
        return holds_block(read, text, number)

    monkeypatch.setattr(Fingerprint, "_holds_block", counted)
    monkeypatch.setattr("dashboard.sources.csv.followed.followed_files.CHECK_BYTES", 2 * BLOCK)
    path, text = tmp_path / "app.csv", LOG + log_rows(0, 20_000)
    path.write_text(text, encoding="utf-8")
    source, blocks = CsvSource([str(path)]), len(text) // BLOCK
    assert blocks >= 10
    assert requests_of(source) == 20_000
    for look in range(6):
        before = len(compared)
        append(path, log_rows(20_000 + look, 1))
        assert requests_of(source) == 20_001 + look
        assert len(compared) - before <= 2
    path.write_text(failed(text, 300_000) + log_rows(20_000, 7), encoding="utf-8")
    # Nothing is written any more, and still all of it is compared.
    assert 1 in [errors_of(source) for _ in range(blocks // 2 + 1)]
    looks = [counts_of(source) for _ in range(blocks + 1)]
    before = len(compared)
    assert requests_of(source) == 20_007
    assert (len(compared), all(answer.mergeable for answer in looks[1:])) == (before, True)
    # What appending does not explain is compared at once.
    path.write_text(failed(failed(text, 300_000), 600_000) + log_rows(20_000, 7), encoding="utf-8")
    assert errors_of(source) == 2


@pytest.mark.parametrize("is_copied", [True, False])
@pytest.mark.parametrize("paths", ["{}", "{}/app.csv"])
def test_who_writes_on_without_a_header_after_a_file_was_cut_off_is_understood(
    tmp_path: Path, paths: str, is_copied: bool
) -> None:
    path = tmp_path / "app.csv"
    path.write_text(LOG + log_rows(0, 300), encoding="utf-8")
    source = CsvSource([paths.format(tmp_path)])
    with path.open("a", encoding="utf-8") as writer:
        for written in (300, 305, 310):
            assert requests_of(source) == written
            if is_copied:
                shutil.copy(path, tmp_path / f"app.{written}.csv")
            os.truncate(path, 0)
            writer.write(log_rows(written, 5))
            writer.flush()
        assert requests_of(source) == 315
        writer.write(log_rows(315, 2))
    answer = counts_of(source)
    assert (requests_of(source), answer.bad_rows, answer.left_out) == (317, 0, ())


def test_rows_closer_together_after_a_file_was_cut_off_without_a_header(tmp_path: Path) -> None:
    path = tmp_path / "app.csv"
    path.write_text(WIDE + "".join(row(60 * at) for at in range(1, 31)), encoding="utf-8")
    source = CsvSource([str(tmp_path)])
    assert requests_of(source) == 30 * 600
    shutil.copy(path, tmp_path / "app.1.csv")
    path.write_text("".join(row(30 * 60 + 15 * at) for at in range(1, 9)), encoding="utf-8")
    answer = counts_of(source)
    assert (requests_of(source), answer.bad_rows, answer.left_out) == (38 * 600, 0, ())


def test_what_is_no_row_in_the_place_of_a_file_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "app.csv"
    path.write_text(LOG + log_rows(0, 300), encoding="utf-8")
    (tmp_path / "z.csv").write_text(LOG + log_rows(400, 1), encoding="utf-8")
    source = CsvSource([str(tmp_path)])
    assert requests_of(source) == 301
    path.write_text("the,disk,is,full,!\n", encoding="utf-8")
    answer = counts_of(source)
    assert (requests_of(source), [problem.where for problem in answer.left_out]) == (301, [str(path)])


def test_results_of_a_load_test_that_were_cut_off_go_on_without_their_header(tmp_path: Path) -> None:
    def samples(first: int, count: int, outcome: str) -> str:
        return "".join(f"{(BEGIN + at) * 1000},12,/a,{outcome}\n" for at in range(first, first + count))

    path = tmp_path / "load.jtl"
    path.write_text("timeStamp,elapsed,label,responseCode,success\n" + samples(1, 100, "200,true"), encoding="utf-8")
    source = CsvSource([str(path)])
    assert requests_of(source, "load") == 100
    path.write_text(samples(101, 5, "500,false"), encoding="utf-8")
    answer = counts_of(source)
    assert (requests_of(source, "load"), answer.frame[("load", "errors", "server")].sum(), answer.left_out) == (
        105, 5, (),
    )  # fmt: skip
