"""Files of spreadsheets and rotated logs: compressed, in UTF-16 or Latin-1, with lines before the header; Parquet."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.encodings import LATIN, UTF_8, encoding_of
from dashboard.sources.csv.source import CsvSource
from tests.sources.csv.csv_text import (
    BEGIN,
    LOG,
    WIDE,
    append,
    bad_rows_of,
    counts_of,
    read_as,
    requests_of,
    row,
    rows,
    source_of,
    stamp,
)


def zipped(files: Mapping[str, str]) -> bytes:
    """An archive of some files, with the folders that they are in."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", "")
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


TEXT = WIDE + rows(9) + row(600, service="café", errors=3)
WRITTEN: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "a byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "UTF-16 without a mark": lambda text: text.encode("utf-16-le"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "UTF-32, big end first": lambda text: b"\0\0\xfe\xff" + text.encode("utf-32-be"),
    "UTF-32 without a mark": lambda text: text.encode("utf-32-le"),
    "Latin-1": lambda text: text.encode("latin-1"),
    "Windows": lambda text: text.replace("\n", "\r\n").encode("cp1252"),
    "old line ends": lambda text: text.replace("\n", "\r").encode(),
    "gzip": lambda text: gzip.compress(text.encode()),
    "gzip in parts": lambda text: gzip.compress(text[:99].encode()) + gzip.compress(text[99:].encode()),
    "bzip2": lambda text: bz2.compress(text.encode()),
    "xz": lambda text: lzma.compress(text.encode()),
    "zstd": lambda text: pa.Codec("zstd").compress(text.encode(), asbytes=True),
    "zip": lambda text: zipped({"folder/data.csv": text}),
    "gzip of UTF-16": lambda text: gzip.compress(text.encode("utf-16")),
    "sep=": lambda text: b"sep=;\r\n" + text.replace(",", ";").encode(),
    "quoted sep=": lambda text: b'"sep=,"\n' + text.encode(),
    "blank lines": lambda text: b"\n,,,\n  \n" + text.encode(),
    "comments": lambda text: b"# exported by hand\n#\n" + text.encode(),
    "a title": lambda text: b"Traffic of the shop, by minute\n\n" + text.encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "bars": lambda text: text.replace(",", "|").encode(),
    "quoted names": lambda text: text.replace(WIDE, '"time","service","requests","errors"\n').encode(),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_file_is_read_as_it_was_written(how: str, tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", WRITTEN[how](TEXT))
    counts = counts_of(source)
    assert counts.frame["shop", "requests", ""].tolist() == [9 * 600]
    assert counts.frame["café", "errors", "server"].tolist() == [3]
    assert counts.bad_rows == 0


@pytest.mark.parametrize("how", WRITTEN)
def test_a_bad_row_is_shown_with_its_line_of_the_text(how: str, tmp_path: Path) -> None:
    source = source_of(tmp_path / "data.csv", WRITTEN[how](TEXT + row(660, 5, 6)))
    before = WRITTEN[how]("").count(b"\n") if not {"gzip", "UTF-16", "UTF-32", "zip", "zstd"} & set(how.split()) else 0
    assert [line for line, _ in bad_rows_of(counts_of(source))] == [str(12 + before)]


@pytest.mark.parametrize("how", ["UTF-16", "Latin-1", "gzip"])
def test_a_file_that_is_read_through_a_copy_is_followed(how: str, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WRITTEN[how](TEXT))
    assert requests_of(source) == 9 * 600
    path.write_bytes(WRITTEN[how](TEXT + row(660)))
    assert requests_of(source) == 10 * 600
    assert requests_of(source) == 10 * 600


def test_of_a_compressed_file_that_is_cut_off_the_rows_before_are_read(tmp_path: Path) -> None:
    packed = gzip.compress((WIDE + rows(50)).encode(), mtime=0)
    source = source_of(tmp_path / "data.csv", packed[: len(packed) // 2])
    assert 0 < requests_of(source) < 50 * 600


def test_a_compressed_file_that_is_damaged_is_refused(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress((WIDE + rows(50)).encode()))
    packed[20:60] = b"x" * 40
    with pytest.raises(InvalidData, match=r"data\.csv: is compressed and damaged: "):
        source_of(tmp_path / "data.csv", bytes(packed)).discover(BEGIN)


@pytest.mark.parametrize(
    ("packed", "says"),
    [
        (zipped({"a.csv": TEXT, "b.csv": TEXT}), "is a ZIP archive of 2 files: unpack it"),
        (zipped({"[Content_Types].xml": "", "xl/workbook.xml": TEXT}), "is a workbook: save its sheet as CSV"),
        (zipped({"a.csv": TEXT})[:60], "is a ZIP archive that cannot be read: "),
    ],
    ids=["several files", "a workbook", "cut off"],
)
def test_an_archive_that_is_not_one_file_says_what_to_do(packed: bytes, says: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match=says):
        source_of(tmp_path / "data.csv", packed).discover(BEGIN)


def test_the_encoding_that_the_configuration_names_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes((WIDE + row(60, service="жук")).encode("koi8-r"))
    answer = counts_of(CsvSource([read_as(path, encoding="koi8-r")]))
    assert set(answer.frame.columns.get_level_values(0)) == {"жук"}


def test_utf8_in_which_a_byte_is_damaged_is_no_latin_1() -> None:
    assert encoding_of("café, crème".encode().replace("é".encode(), b"\xe9")) == UTF_8
    assert encoding_of(b"caf\xff") == UTF_8
    assert encoding_of("größer – 5 €".encode("cp1252")) == LATIN


def as_parquet(path: Path, text: str) -> CsvSource:
    pq.write_table(pc.read_csv(pa.BufferReader(text.encode())), path)
    return CsvSource([str(path)])


def test_parquet_is_read_by_its_columns(tmp_path: Path) -> None:
    source = as_parquet(tmp_path / "data.parquet", TEXT + row(660, 5, 6))
    counts = counts_of(source)
    assert counts.frame["shop", "requests", ""].tolist() == [9 * 600]
    assert counts.frame["café", "errors", "server"].tolist() == [3]
    assert [problem.where for problem in counts.problems] == [f"{tmp_path}/data.parquet: row 11"]
    assert counts_of(source).frame["shop", "requests", ""].tolist() == [9 * 600]


def test_parquet_of_requests_has_durations_with_their_type(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    table = pc.read_csv(pa.BufferReader(f"{LOG}{stamp(1)},shop,/a,200,40\n{stamp(2)},shop,/a,503,90\n".encode()))
    spans = table["duration_ms"].cast(pa.duration("ms"))
    pq.write_table(table.drop_columns(["duration_ms"]).append_column("duration", spans), path)
    counts = counts_of(CsvSource([str(path)])).frame
    assert counts["shop", "errors", "server"].tolist() == [1]
    assert counts["shop", "latency", "0.05"].tolist() == [1]
    assert counts["shop", "failed_latency", "0.1"].tolist() == [1]


@pytest.mark.parametrize("pods", [("a", "b"), (1, 2)])
def test_parquet_has_labels_of_any_type(tmp_path: Path, pods: tuple[object, object]) -> None:
    """A name such as `pod` tells rows apart, whatever its cells are."""
    text = "time,service,pod,requests,errors\n"
    text += "".join(f"{stamp(60 * minute)},shop,{pod},600,{minute}\n" for minute in (1, 2, 3) for pod in pods)
    counts = counts_of(as_parquet(tmp_path / "data.parquet", text))
    assert (counts.frame["shop", "requests", ""].sum(), counts.bad_rows) == (3600, 0)
    assert counts.frame["shop", "errors", "server"].sum() == 12


def test_parquet_that_is_half_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    as_parquet(path, TEXT)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InvalidData, match=r"data\.parquet: is a damaged or half-written Parquet file: "):
        CsvSource([str(path)]).discover(BEGIN)


def test_a_second_header_in_a_file_is_a_bad_row_and_no_service(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    source = source_of(path, WIDE + rows(3))
    append(path, WIDE + rows(2, first=4))
    counts = counts_of(source)
    assert set(counts.frame.columns.get_level_values(0)) == {"shop"}
    assert [line for line, _ in bad_rows_of(counts)] == ["5"]
