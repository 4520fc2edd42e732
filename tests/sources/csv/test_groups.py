"""Several files of several shapes, each read as the configuration says of it."""

from pathlib import Path

import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.csv.spec import CsvSpec, FileSpec
from dashboard.sources.spec import Opening
from dashboard.timerange import HOUR, Grid
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
