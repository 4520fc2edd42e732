"""Several files of several shapes, each read as the configuration says of it."""

from pathlib import Path
from typing import Any

import pytest

from dashboard.config.source_kinds import READING
from dashboard.exceptions import InvalidData
from dashboard.sources.csv.reading import FileGroup, Reading, unheard
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.csv.spec import CsvSpec, FileSpec
from dashboard.sources.spec import Opening
from dashboard.timerange import HOUR, Grid, utc
from tests.sources.csv.csv_text import BEGIN, WIDE, counts_of, read_as, row, stamp


def test_each_file_is_read_in_its_own_way(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(WIDE + row(60), encoding="utf-8")
    (tmp_path / "cart.csv").write_text(f"wann;hits;errors\n{stamp(60)};40;1\n", encoding="utf-8")
    text = f"at,code,took\n{stamp(60)},KO-2,120\n{stamp(61)},200,30\n"
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    columns = {"time": "at", "status": "code", "duration": "took"}
    spec = CsvSpec(
        (str(tmp_path),),
        files=(
            FileSpec((f"{tmp_path}/cart.csv",), columns={"time": "wann", "requests": "hits"}, service="cart"),
            FileSpec((f"{tmp_path}/log.csv",), columns=columns, service="api", duration="ms", failed="KO-."),
        ),
    )
    frame = spec.open(Opening(BEGIN)).counts(Grid(BEGIN + HOUR, BEGIN + HOUR, HOUR)).frame.iloc[0]
    assert (frame["shop", "requests", ""], frame["cart", "requests", ""], frame["api", "requests", ""]) == (600, 40, 2)
    assert (frame["cart", "errors", "server"], frame["api", "errors", "server"]) == (1, 1)
    assert (frame["api", "latency", "0.03"], frame["api", "failed_latency", "0.15"]) == (1, 1)


def test_a_column_that_a_file_does_not_have_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(WIDE + row(60), encoding="utf-8")
    reason = r"has no column 'hits', which source\.columns names for requests: it has time, service, requests, errors"
    with pytest.raises(InvalidData, match=reason):
        counts_of(CsvSource([read_as(path, columns={"requests": "hits"})]))


def test_a_format_that_the_configuration_names_is_no_guess(tmp_path: Path) -> None:
    path = tmp_path / "results.jtl"
    path.write_text(f"timeStamp,elapsed,label,success\n{(BEGIN + 60) * 1000},40,/a,false\n", encoding="utf-8")
    assert counts_of(CsvSource([str(path)])).frame["results", "errors", "server"].tolist() == [1]
    with pytest.raises(InvalidData, match="its columns are timeStamp, elapsed, label, success; expected are"):
        counts_of(CsvSource([read_as(path, format="plain")]))


def test_what_only_the_second_of_two_groups_says_of_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("time,service,requests,errors,rejects\n" + row(60, 600, 1).replace("\n", ",9\n"), encoding="utf-8")
    first, mapped = FileGroup((str(path),)), FileGroup((f"{tmp_path}/*.csv",), Reading(columns={"errors": "rejects"}))

    def told(*groups: FileGroup) -> tuple[float, list[tuple[str, str]]]:
        answer = counts_of(CsvSource(groups))
        errors = float(answer.frame[("shop", "errors", "server")].sum())
        return errors, [(problem.where, problem.what) for problem in answer.problems]

    said = (
        "is named twice under [source] and read as the first entry says, without columns of the other: "
        "write all of it into one entry"
    )
    assert told(first, mapped) == (1, [(str(path), said)])
    # What the first one says as well, or says instead, is meant to be so.
    assert told(mapped, first) == (9, [])
    assert told(mapped, mapped) == (9, [])
    other = FileGroup((str(path),), Reading(columns={"errors": "errors"}))
    assert told(other, mapped) == (1, [])
    source = CsvSource([other, mapped, first])
    assert [alike.what for alike in source.discover(BEGIN + HOUR).files] == [
        "a wide table, a row is an interval of a service; two entries name it, with columns as the first one says"
    ]


def test_every_setting_of_files_is_compared_where_two_groups_name_one() -> None:
    values: dict[str, Any] = {
        "columns": {"errors": "fails"}, "service": "a", "time_format": "s", "duration": "s", "decimal": ",",
        "stamp": "start", "start": utc(BEGIN), "format": "plain", "encoding": "utf-8", "failed": "a", "good": "b",
        "signal": "requests", "unit": "count", "rows": "add",
    }  # fmt: skip
    assert values.keys() == READING.keys()
    for key, value in values.items():
        spec = CsvSpec(("a",), files=(FileSpec(("a",), **{key: value}),))
        stated, nothing = (group.reading for group in spec._groups("UTC"))
        assert (unheard(nothing, stated), unheard(stated, nothing), unheard(stated, stated)) == (
            ([key], []), ([], []), ([], []),
        )  # fmt: skip
