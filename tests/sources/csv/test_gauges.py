"""A gauge is saturation only where its name says so, and in per cents where its name, its cells or all of them do."""

from pathlib import Path

import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import Grid
from tests.sources.csv.csv_text import BEGIN, append, counts_of, read_as, requests_of, source_of, stamp

NOTE = "cpu goes up to 97: its numbers are taken for per cents"


def gauge_of(source: CsvSource, name: str) -> tuple[str, float]:
    """How a gauge is shown, and its newest value."""
    frame = source.samples(Grid(BEGIN + 180, BEGIN + 180, 60)).frame["shop"]
    ((measure, _),) = [column for column in frame.columns if column[1] == name]
    return measure, float(frame[(measure, name)].iloc[0])


def text_of(name: str, cells: list[object]) -> str:
    lines = (f'{stamp(60 * number)},shop,600,0,"{cell}"\n' for number, cell in enumerate(cells, 1))
    return f"time,service,requests,errors,{name}\n{''.join(lines)}"


@pytest.mark.parametrize(
    ("name", "cells", "measure", "value"),
    [
        ("cpu", [0.2, 0.4, 0.97], "saturation", 0.97),
        ("cpu", [12, 40, 97], "saturation", 0.97),
        ("cpu", ["12 %", "40%", "97 %"], "saturation", 0.97),
        ("cpu_percent", [12, 40, 97], "saturation", 0.97),
        ("CPU %", [0.5, 0.7, 0.9], "saturation", 0.009),
        ("memory used %", ["12 %", "40 %", "97 %"], "saturation", 0.97),
        # Cores, and whatever may be of any size.
        ("cpu", [1.5, 4, 8], "usage", 8),
        ("cpu", [60, 90, 130], "usage", 130),
        ("cpu_cores", [12, 40, 97], "usage", 97),
        ("memory_mb", [12, 40, 97], "usage", 97),
        ("memory", ["1.5 GB", "1 GB", "2 GiB"], "usage", 2 * 2**30),
        ("queue", [12, 40, 97], "usage", 97),
        ("queue", [0.5, 0.2, 0.9], "saturation", 0.9),
        ("pool", [0.5, 0.2, 0.9], "saturation", 0.9),
        # How requests went is nothing that runs out.
        ("availability", [0.9, 0.99, 0.95], "usage", 0.95),
        ("apdex", [0.9, 0.99, 0.95], "usage", 0.95),
        ("success_rate", [90, 99, 95], "usage", 95),
        ("error_rate", [0.1, 0.2, 0.1], "usage", 0.1),
        ("avg_latency", [0.1, 0.2, 0.3], "usage", 0.3),
        ("p90", [0.1, 0.2, 0.3], "usage", 0.3),
        ("hits", [1, 1, 1], "usage", 1),
        # Counts, however small they are, and what is measured in something else.
        ("connections", [0.5, 0.2, 0.9], "usage", 0.9),
        ("queue_length", [0.5, 0.2, 0.9], "usage", 0.9),
        ("load1", [0.5, 0.2, 0.9], "usage", 0.9),
        ("cpu_cores", [0.5, 0.2, 0.9], "usage", 0.9),
        ("busy_workers", [1, 0, 1], "usage", 1),
        ("pool_size", [1, 1, 1], "usage", 1),
        ("disk_reads", [0, 1, 1], "usage", 1),
        ("swap_in", [0, 0, 1], "usage", 1),
        ("cpu_limit", [1, 1, 1], "usage", 1),
        ("pool_usage", [0.5, 0.2, 0.9], "saturation", 0.9),
        ("connection_ratio", [0.5, 0.2, 0.9], "saturation", 0.9),
        ("thread_pool_percent", [12, 40, 97], "saturation", 0.97),
        ("process_cpu_usage", [0.5, 0.2, 0.9], "saturation", 0.9),
        ("cpu_used", [0.5, 0.2, 0.9], "saturation", 0.9),
        # What is left, and nobody can tell in what.
        ("cpu_idle", [0.5, 0.2, 0.9], "usage", 0.9),
        ("idle_cpu", [12, 40, 97], "usage", 97),
        ("disk_free", [0.5, 0.2, 0.03], "usage", 0.03),
        ("memory_free_mb", [1, 1, 1], "usage", 1),
        ("connections_available", [1, 1, 1], "usage", 1),
        ("drift", ["1,5", "−1,5", "−1.250,5"], "usage", -1250.5),
    ],
)
def test_what_a_gauge_is_its_name_and_its_numbers_tell(
    tmp_path: Path, name: str, cells: list[object], measure: str, value: float
) -> None:
    source = source_of(tmp_path / "data.csv", text_of(name, cells))
    assert gauge_of(source, name.lower()) == (measure, pytest.approx(value))
    (shop,) = source.discover(BEGIN).services
    assert [resource.name for resource in shop.resources] == [name.lower()]
    assert (NOTE in shop.notes) == (cells == [12, 40, 97] and name == "cpu")


@pytest.mark.parametrize("shape", ["wide", "tidy"])
@pytest.mark.parametrize(
    ("name", "cells", "gauge", "value"),
    [
        ("memory_free_percent", [30, 20, 3], "1 - memory_free_percent", 0.97),
        ("Free Memory %", [30, 20, 3], "1 - free memory %", 0.97),
        ("idle_cpu", ["30%", "20%", "3%"], "1 - idle_cpu", 0.97),
        ("cpu_idle_ratio", [0.3, 0.2, 0.03], "1 - cpu_idle_ratio", 0.97),
        ("disk_available_pct", [30, 20, 3], "1 - disk_available_pct", 0.97),
        ("pool_remaining", ["30 %", "20 %", "3 %"], "1 - pool_remaining", 0.97),
        ("connections", ["30 %", "20 %", "97 %"], "connections %", 0.97),
    ],
)
def test_what_is_left_as_a_share_is_turned_round_and_shares_of_counts_are_named(
    tmp_path: Path, name: str, cells: list[object], gauge: str, value: float, shape: str
) -> None:
    tidy = "".join(
        f'{stamp(60 * number)},shop,{signal},"{number_of}"\n'
        for number, cell in enumerate(cells, 1)
        for signal, number_of in (("requests", 5), (name, cell))
    )
    text = text_of(name, cells) if shape == "wide" else f"time,service,signal,value\n{tidy}"
    assert gauge_of(source_of(tmp_path / "data.csv", text), gauge) == ("saturation", pytest.approx(value))


def test_of_what_is_left_in_an_unknown_unit_it_is_said_what_to_write(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text_of("cpu_idle", [0.5, 0.2, 0.03]), encoding="utf-8")
    (shop,) = CsvSource([str(path)]).discover(BEGIN).services
    assert (
        "cpu_idle is what is left, as per cents or as a share: for its saturation write "
        'columns = { cpu_idle_percent = "cpu_idle" } or { cpu_idle_ratio = "cpu_idle" }'
    ) in shop.notes
    source = CsvSource([read_as(path, columns={"cpu_idle_ratio": "cpu_idle"})])
    assert gauge_of(source, "1 - cpu_idle_ratio") == ("saturation", pytest.approx(0.97))


def test_a_mapping_names_a_gauge(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text_of("a17", [0.1, 0.2, 0.9]), encoding="utf-8")
    assert gauge_of(CsvSource([str(path)]), "a17") == ("usage", 0.9)
    assert gauge_of(CsvSource([read_as(path, columns={"memory": "a17"})]), "memory") == ("saturation", 0.9)


def test_a_number_that_tells_rows_of_one_time_apart_is_no_gauge(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    first, rest = (
        "".join(
            f"{stamp(60 * number)},shop,10,{lane // 2},{lane},{number + lane}\n"
            for number in numbers
            for lane in (1, 2)
        )
        for numbers in (range(1, 2), range(2, 6))
    )
    source = source_of(path, "time,service,requests,errors,lane,depth\n" + first)
    assert source.discover(BEGIN).services[0].labels == ()
    append(path, rest)
    (shop,) = source.discover(BEGIN).services
    assert ([resource.name for resource in shop.resources], shop.labels) == (["depth"], ("lane",))
    assert requests_of(source) == 100
    # The same rows once more, with another depth, are corrections.
    append(path, first.replace(",2\n", ",9\n").replace(",3\n", ",9\n"))
    assert requests_of(source) == 100


def test_a_mapped_count_is_no_gauge_beside(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"time,service,hits,bad\n{stamp(60)},shop,600,3\n", encoding="utf-8")
    source = CsvSource([read_as(path, columns={"requests": "hits", "errors": "bad"})])
    assert source.discover(BEGIN).services[0].resources == ()


@pytest.mark.parametrize(
    ("name", "cell", "seconds"),
    [
        ("p95_ms", "250", 0.25),
        ("p95 (ms)", "250", 0.25),
        ("P95 [ms]", "250", 0.25),
        ("p95_us", "250000", 0.25),
        ("p95", "250ms", 0.25),
        ("p95_ms", "0.25 s", 0.25),
        ("p95 seconds", "0.25", 0.25),
    ],
)
def test_a_unit_of_a_latency_stands_in_its_name_or_its_cell(
    tmp_path: Path, name: str, cell: str, seconds: float
) -> None:
    source = source_of(tmp_path / "data.csv", text_of(name, [cell] * 3))
    assert gauge_of(source, "0.95") == ("quantile", pytest.approx(seconds))


@pytest.mark.parametrize("shape", ["wide", "tidy"])
def test_the_configuration_tells_the_unit_of_latencies_without_any(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "data.csv"
    tidy = f"time,service,signal,value\n{stamp(180)},shop,p95,250\n{stamp(180)},shop,requests,5\n"
    path.write_text(text_of("p95", [250] * 3) if shape == "wide" else tidy, encoding="utf-8")
    assert gauge_of(CsvSource([read_as(path, duration="ms")]), "0.95") == ("quantile", pytest.approx(0.25))


@pytest.mark.parametrize(
    "name",
    ["duration (ms)", "Duration [ms]", "Response Time ms", "response_time_ms", "latency milliseconds", "elapsed_ms"],
)
def test_a_unit_of_a_duration_stands_in_its_name(tmp_path: Path, name: str) -> None:
    source = source_of(tmp_path / "log.csv", f"time,service,status,{name}\n{stamp(60)},shop,200,250\n")
    frame = source.samples(Grid(BEGIN + 60, BEGIN + 60, 60)).frame
    within = {bound: float(frame[("shop", "latency", bound)].iloc[0]) * 60 for bound in ("0.2", "0.25")}
    assert within == {"0.2": 0, "0.25": 1}


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index"])
def test_the_index_of_a_data_frame_is_no_gauge(tmp_path: Path, name: str) -> None:
    rows = "".join(f"{number},{stamp(60 + 60 * number)},shop,600,6\n" for number in range(40))
    source = source_of(tmp_path / "data.csv", f"{name},time,service,requests,errors\n{rows}")
    (info,) = source.discover(BEGIN).services
    assert (info.resources, counts_of(source).bad_rows) == ((), 0)
    assert requests_of(source) == 40 * 600


def test_quantiles_that_are_hardly_seconds_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    question = r'the durations in its column "p95" are whole numbers .*: write duration = "ms" or duration = "s"'
    with pytest.raises(InvalidData, match=question):
        source_of(path, text_of("p95", [250 + minute for minute in range(30)])).discover(BEGIN)
    assert CsvSource([read_as(path, duration="ms")]).discover(BEGIN).services
