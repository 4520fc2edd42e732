"""Exports of dashboards are recognised by their header and counted to the request; a broken row has its line."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.config.source_kinds import CSV
from dashboard.exceptions import InvalidData
from dashboard.sources.csv.formats import azure_metrics
from dashboard.sources.csv.formats.catalog import FORMATS
from dashboard.sources.csv.preview import previews
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.csv.values.times import TimeFormat
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, bad_rows_of, counts_of, read_as
from tests.sources.csv.formats.dashboard_texts import BOTH, COUNTS, EXPORTS


def path_of(folder: Path, name: str, further: str = "") -> Path:
    path = folder / "checkout.csv"
    path.write_text(EXPORTS[name].text + further, encoding="utf-8")
    return path


def counted(source: CsvSource) -> dict[tuple[str, str], float]:
    """(service, detail) → requests where the detail is empty, else errors, of the hour after BEGIN."""
    sums = counts_of(source).frame.iloc[0].to_dict()
    return {
        (service, detail): count
        for (service, measure, detail), count in sums.items()
        if measure in ("requests", "errors")
    }  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_every_request_counts_once_with_its_outcome(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name]
    group = read_as(path_of(tmp_path, name), **export.reading)
    source = CsvSource([group])
    assert counted(source) == pytest.approx(export.counts)
    assert counts_of(source).bad_rows == 0
    (preview,) = previews([group])
    assert preview.facts[0].startswith(f"{export.title}: ")


@pytest.mark.parametrize("name", EXPORTS)
def test_a_broken_row_is_named_by_its_line_and_the_rest_is_used(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name]
    source = CsvSource([read_as(path_of(tmp_path, name, export.broken), **export.reading)])
    assert counted(source) == pytest.approx(export.counts)
    [(line, reason)] = bad_rows_of(counts_of(source))
    assert (line, reason[: len(export.reason)]) == (str(export.line), export.reason)


@pytest.mark.parametrize("name", [name for name, export in EXPORTS.items() if export.quantile is not None])
def test_a_latency_is_in_seconds(name: str, tmp_path: Path) -> None:
    export = EXPORTS[name]
    source = CsvSource([read_as(path_of(tmp_path, name), **export.reading)])
    samples = source.samples(Grid(BEGIN + HOUR, BEGIN + HOUR, HOUR)).frame
    np.testing.assert_allclose(samples[("checkout", "quantile", "0.95")], export.quantile)


def test_every_format_of_a_dashboard_has_an_export() -> None:
    titles = {known.title for known in FORMATS if known.columns_of is not None}
    assert titles == {export.title for export in EXPORTS.values()}


@pytest.mark.parametrize("name", ["datadog", "splunk timechart", "grafana before version 7"])
def test_numbers_of_services_are_refused_until_somebody_says_what_they_are(name: str, tmp_path: Path) -> None:
    path = path_of(tmp_path, name)
    with pytest.raises(InvalidData, match=r'write signal = "requests" and unit = "count" or "per second"'):
        CsvSource([read_as(path)]).discover(BEGIN)
    with pytest.raises(InvalidData, match="nothing tells whether the requests of checkout are counts or rates"):
        CsvSource([read_as(path, signal="requests")]).discover(BEGIN)


def test_what_is_known_to_be_in_utc_is_not_in_the_zone_of_the_configuration(tmp_path: Path) -> None:
    berlin = TimeFormat("Europe/Berlin")
    in_utc = CsvSource([read_as(path_of(tmp_path, "azure dimensions"), times=berlin, signal="requests")])
    assert counted(in_utc) == BOTH
    local = CsvSource([read_as(path_of(tmp_path, "datadog"), times=berlin, **COUNTS)])
    assert counts_of(local).newest == BEGIN - HOUR


def test_a_bad_row_of_a_status_takes_those_beside_it_along(tmp_path: Path) -> None:
    """Of a minute whose failures cannot be read nothing is said: its other requests alone would all be good."""
    text = EXPORTS["logs insights"].text.replace(",503,1\n", ",503,one\n", 1)
    path = tmp_path / "checkout.csv"
    path.write_text(text, encoding="utf-8")
    source = CsvSource([read_as(path)])
    assert (counted(source)["checkout", ""], counted(source)["checkout", "server"]) == (590, 59)
    assert counted(source)["cart", ""] == 300
    assert counts_of(source).bad_rows == 1


def test_signal_and_unit_are_keys_of_the_configuration() -> None:
    assert {"signal", "unit"} <= CSV.keys.keys() & CSV.parts["files"].keys.keys()
    assert CSV.keys["signal"].parse("p95_ms") == "p95_ms"  # type: ignore[operator]
    with pytest.raises(
        ValueError, match=r"is none of requests, errors, .* or a resource, such as cpu; did you mean errors"
    ):
        CSV.keys["signal"].parse("error")  # type: ignore[operator]


@pytest.mark.parametrize(
    "columns",
    [
        ("date", "time", "service", "Requests (Count)"),
        ("Time", "service", "Requests (Count)"),
        ("Time", "Hits (count)"),
    ],
)
def test_columns_with_units_alone_are_not_azure_s(columns: tuple[str, ...]) -> None:
    assert azure_metrics.metrics(columns) is None
    assert azure_metrics.metrics(("Time", "Requests (Count)", "checkout (Sum)")) == {"time": "Time"}
