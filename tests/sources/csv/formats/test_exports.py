"""Events that tools export to CSV: the twenty requests of `test_access_log`, every fourth one of the service pay."""

from pathlib import Path

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from dashboard.exceptions import SourceError
from tests.sources.csv.formats.understood import LOGS, Counts, Understood, by_label, understood

# By hand: 6 × 0.012, 6 × 0.11, 2 × 0.7, 0.9 s, and 0.004, 2 × 0.012, 2 × 0.11 s.
BOTH = {"carts": Counts(15, 2, 1, "0.15", "1"), "pay": Counts(5, 0, 1, "0.02", "0.15")}
NO_DURATION = "the duration is no number of at least 0, with or without ns, us, ms, s, m or h behind it"
UNKNOWN_TIME = 'cannot be read: write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]'
TAKEN = 'response_time is taken for {}: write duration = "{}" under [source] if it is not'


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # Line 22 is another entry of the log, and no request; so it is in those of Kibana and Datadog.
        ("google", Understood(BOTH, {23: NO_DURATION})),
        ("kibana", Understood(BOTH, {23: f"the time 'Nov 28, 2026 @ 20:61:00.000' {UNKNOWN_TIME}"})),
        (
            # Elastic's outcome of a server counts no refused requests.
            "kibana_apm",
            Understood({"carts": Counts(15, 2, 0, "0.15", "1"), "pay": Counts(5, 0, 0, "0.02", "0.15")}),
        ),
        # Each event has two lines.
        ("splunk", Understood(BOTH, {42: f"the time 'yesterday' {UNKNOWN_TIME}"}, (TAKEN.format("s", "ms"),))),
        ("splunk_ms", Understood(BOTH, {}, (TAKEN.format("ms", "s"),))),
        ("datadog", Understood(BOTH, {23: NO_DURATION})),
        (
            # One with a code of 200 failed; those without a code did not.
            "newrelic",
            Understood(BOTH | {"carts": Counts(15, 3, 1, "0.15", "1")}, {22: "the status is missing"}),
        ),
        (
            # The first good and the first failed one stand for five each.
            "azure_requests",
            Understood(
                {"carts": Counts(19, 6, 1, "0.15", "1"), "pay": Counts(9, 0, 1, "0.02", "0.15")},
                {22: "the status is missing"},
            ),
        ),
        (
            "azure_portal",
            Understood({"carts": Counts(19, 6, 1, "0.15", "1"), "pay": Counts(9, 0, 1, "0.02", "0.15")}),
        ),
    ],
)
def test_each_is_counted_exactly(name: str, expected: Understood) -> None:
    assert understood(LOGS / f"{name}.csv") == expected


@pytest.mark.parametrize("name", ["google", "kibana", "splunk", "datadog"])
def test_breakdowns_are_by_path_and_method(name: str) -> None:
    assert by_label(LOGS / f"{name}.csv", "carts", "path") == {"/cart": (7, 0), "/cart/7": (4, 0), "/pay": (4, 2)}
    assert by_label(LOGS / f"{name}.csv", "carts", "method") == {"GET": (11, 0), "POST": (4, 2)}


def test_a_status_tells_also_what_a_flag_knows_alone() -> None:
    assert by_label(LOGS / "newrelic.csv", "carts", "status") == {
        "200": (9, 0), "error": (1, 1), "ok": (2, 0), "500": (2, 2), "499": (1, 0),
    }  # fmt: skip
    assert by_label(LOGS / "google.csv", "carts", "status") == {
        "200": (10, 0), "302": (2, 0), "500": (2, 2), "client closed request": (1, 0),
    }  # fmt: skip


def test_a_unit_that_the_configuration_says_goes_before_a_guess() -> None:
    assert understood(LOGS / "splunk_ms.csv", duration="s").services["pay"] == Counts(5, 0, 1, "30", "inf")


@pytest.mark.parametrize(
    "header",
    [
        "_time,status,count",
        "_time,service,status,sum(requests)",
        "@timestamp,http.response.status_code,Count of records",
    ],
)
def test_rows_that_count_several_requests_are_not_taken_for_one(tmp_path: Path, header: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(f"{header}\n2026-11-28T20:00:00Z,200,60\n", encoding="utf-8")
    with pytest.raises(SourceError, match="its columns are"):
        understood(path)


@pytest.mark.parametrize("name", ["google", "kibana", "datadog", "newrelic", "azure_requests", "azure_portal"])
def test_parquet_is_read_alike(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.parquet"
    rows = pc.read_csv(LOGS / f"{name}.csv").slice(0, 20)
    pq.write_table(rows, path)
    expected = BOTH | ({"carts": Counts(15, 3, 1, "0.15", "1")} if name == "newrelic" else {})
    if name.startswith("azure"):
        expected = {"carts": Counts(19, 6, 1, "0.15", "1"), "pay": Counts(9, 0, 1, "0.02", "0.15")}
    assert understood(path).services == expected
