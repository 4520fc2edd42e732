"""Statuses of a log in the one vocabulary of outcomes: a word that nobody knows is said, and never counted as good."""

import json
from pathlib import Path

import pytest

from dashboard.cli import main
from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.source import CsvSource
from dashboard.timerange import HOUR, Grid
from tests.sources.csv.csv_text import BEGIN, TIDY, WIDE, append, counts_of, read_as, row, source_of, stamp

# Status → failures by the server's and by the client's fault.
KNOWN = {
    "200": (0, 0), "200.0": (0, 0), "204": (0, 0), "301": (0, 0), "404": (0, 1), "4xx": (0, 1), "500": (1, 0),
    "503.0": (1, 0), "5xx": (1, 0), "HTTP 500": (1, 0), "HTTP/1.1 200 OK": (0, 0),
    "OK": (0, 0), "success": (0, 0), "KO": (1, 0), "timeout": (1, 0), "error": (1, 0), "false": (1, 0),
    "STATUS_CODE_ERROR": (1, 0), "STATUS_CODE_OK": (0, 0), "STATUS_CODE_UNSET": (0, 0),
    "UNAVAILABLE": (1, 0), "Unavailable": (1, 0), "DEADLINE_EXCEEDED": (1, 0), "NOT_FOUND": (0, 1), "CANCELLED": (0, 1),
}  # fmt: skip
# gRPC's numbers mean something in a column of that name only.
GRPC = {"0": (0, 0), "5": (0, 1), "14": (1, 0), "Unavailable": (1, 0)}


def log(statuses: list[str], column: str = "status") -> str:
    """A log with a request a second."""
    rows = (f"{stamp(second)},shop,{status},5\n" for second, status in enumerate(statuses, start=1))
    return f"time,service,{column},duration_ms\n" + "".join(rows)


def failures(source: CsvSource) -> tuple[float, float]:
    frame = counts_of(source).frame
    return frame[("shop", "errors", "server")].sum(), frame[("shop", "errors", "client")].sum()


def written(folder: Path, text: str, **more: object) -> CsvSource:
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return CsvSource([read_as(path, **more)])


@pytest.mark.parametrize("status", KNOWN)
def test_a_known_status_is_what_the_vocabulary_says(status: str, tmp_path: Path) -> None:
    source = written(tmp_path, log([status] * 10))
    assert failures(source) == tuple(10 * number for number in KNOWN[status])
    (info,) = source.discover(BEGIN).services
    assert not any("is unknown" in note for note in info.notes)


@pytest.mark.parametrize("status", GRPC)
def test_numbers_of_grpc_are_those_of_a_column_of_grpc(status: str, tmp_path: Path) -> None:
    source = written(tmp_path, log([status] * 10, "grpc_code"), columns={"status": "grpc_code"})
    assert failures(source) == tuple(10 * number for number in GRPC[status])


def test_an_interval_with_an_unknown_word_has_requests_and_no_errors(tmp_path: Path) -> None:
    """A hundred seconds: in the second minute one request has a status that nobody knows."""
    statuses = ["OK"] * 100
    statuses[69] = "violet"
    source = written(tmp_path, log(statuses))
    frame = source.counts(Grid(BEGIN + 60, BEGIN + 120, 60)).frame["shop"]
    assert frame[("requests", "")].tolist() == [60, 40]
    assert frame[("errors", "server")].fillna(-1).tolist() == [0, -1]
    assert frame[("latency", "inf")].fillna(-1).tolist() == [60, -1]
    assert "unknown_outcome" not in frame.columns.get_level_values(0)
    hour = counts_of(source).frame
    assert ("shop", "errors", "server") not in hour.columns, "half an hour's errors are no errors of the hour"
    rates = source.samples(Grid(BEGIN + 60, BEGIN + 120, 60)).frame["shop"]
    assert rates[("errors", "server")].fillna(-1).tolist() == [0, -1]


def test_other_services_of_the_file_can_be_told(tmp_path: Path) -> None:
    other = "".join(f"{stamp(second)},cart,KO,5\n" for second in range(1, 11))
    frame = counts_of(written(tmp_path, log(["violet"] * 10) + other)).frame
    assert frame[("cart", "errors", "server")].sum() == 10
    assert ("shop", "errors", "server") not in frame.columns


def test_unknown_words_are_said_with_what_to_write(tmp_path: Path) -> None:
    source = written(tmp_path, log(["violet", "a.b", "OK"]))
    (info,) = source.discover(BEGIN).services
    (note,) = [note for note in info.notes if "is unknown" in note]
    assert note == (
        "whether requests with status 'a.b', 'violet' failed is unknown: "
        r'write failed = "a\\.b|violet" or good = "a\\.b|violet" under [source]'
    )
    append(tmp_path / "data.csv", f"{stamp(9)},shop,green,5\n")
    (info,) = source.discover(BEGIN).services
    assert any("'green'" in note for note in info.notes)


def test_the_configuration_extends_the_vocabulary(tmp_path: Path) -> None:
    words = Vocabulary.of(failed="violet|2..", good="green")
    source = written(tmp_path, log(["violet", "green", "200", "KO"]), vocabulary=words)
    assert failures(source) == (3, 0)


def test_a_service_whose_failures_cannot_be_told_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, config = tmp_path / "data.csv", tmp_path / "golden.toml"
    path.write_text(log(["OK"] * 3000 + ["violet"] * 600), encoding="utf-8")
    named = '[source]\nkind = "csv"\npaths = ["data.csv"]\n'
    judged = {}
    for more in ("", 'good = "violet"\n', 'failed = "violet"\n'):
        config.write_text(named + more, encoding="utf-8")
        main(["status", "--config", str(config), "--at", stamp(3600), "--format", "json"])
        (service,) = json.loads(capsys.readouterr().out)["services"]
        judged[more] = (service["health"], service["signals"]["error_ratio"])
    assert list(judged.values()) == [("unknown", None), ("healthy", 0.0), ("breaching", 1.0)]


@pytest.mark.parametrize("shape", ["wide", "tidy"])
@pytest.mark.parametrize("missing", ["", "N/A", "-", "null"])
def test_intervals_whose_errors_are_missing_are_unknown_and_it_is_said(
    tmp_path: Path, missing: str, shape: str
) -> None:
    def interval(minute: int, errors: object, service: str = "shop") -> str:
        if shape == "wide":
            return row(60 * minute, 100, errors, service)
        signals = (("requests", 100), ("errors", errors))
        return "".join(f"{stamp(60 * minute)},{service},{signal},{value}\n" for signal, value in signals)

    path = tmp_path / "data.csv"
    lines = [interval(minute, 5 if minute > 4 else missing) for minute in range(1, 11)]
    lines += [interval(minute, 1, "other") for minute in range(1, 11)]
    source = source_of(path, (WIDE if shape == "wide" else TIDY) + "".join(lines))
    other, shop = source.discover(BEGIN).services
    said = "rows without errors beside their requests, of which nobody can tell whether they failed: 4"
    assert (shop.notes, other.notes) == ((said,), ())
    frame = source.counts(Grid.ending(BEGIN + 600, span=600, step=60)).frame
    assert frame["shop", "requests", ""].tolist() == [100.0] * 10
    assert frame["shop", "errors", "server"].isna().tolist() == [True] * 4 + [False] * 6
    assert not frame["other", "errors", "server"].isna().any()
    hour = Grid(BEGIN + HOUR, BEGIN + HOUR, HOUR)
    assert ("shop", "errors", "server") not in source.counts(hour).frame.columns
    # The rows that are written again have their errors.
    append(path, "".join(interval(minute, 7) for minute in range(1, 5)))
    for again in (source, CsvSource([str(path)])):
        assert again.counts(hour).frame["shop", "errors", "server"].tolist() == [58.0]
