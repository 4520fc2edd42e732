"""Logs of load balancers and proxies: the twenty requests of `test_access_log`, and rows that are none."""

import gzip
from pathlib import Path

import pytest

from dashboard.exceptions import InvalidData
from dashboard.sources.csv.values.times import TimeFormat
from tests.sources.csv.formats.understood import LOGS, Counts, Understood, by_label, understood

ALL = Counts(20, 2, 2, "0.15", "0.75")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            # Two redirects had no target. One client was gone before a target was chosen: it has no duration.
            "alb",
            Understood(
                {"carts": Counts(18, 2, 2, "0.02", "0.75"), "edge": Counts(2, 0, 0, "0.15", "0.15")},
                {21: "4 columns instead of 30"},
                ("requests without a duration, which are in no latency: 1",),
            ),
        ),
        (
            # One client was gone before an instance was chosen.
            "elb",
            Understood(
                {"edge": ALL},
                {21: "5 columns instead of 15"},
                ("requests without a duration, which are in no latency: 1",),
            ),
        ),
        # What S3 expired by itself is no request.
        ("s3", Understood({"carts": ALL})),
        (
            # Every fourth one is of the other host, the first among them.
            "cloudfront",
            Understood(
                {
                    "shop.example.com": Counts(15, 2, 1, "0.15", "1"),
                    "www.example.com": Counts(5, 0, 1, "0.02", "0.15"),
                },
                {23: "the time '2026-11-28 20:40:61' cannot be read: there is no such time"},
            ),
        ),
        # The lines of fields that IIS repeats when it starts are no bad rows.
        ("u_ex261128", Understood({"logs": ALL}, {29: "4 columns instead of 15"})),
        (
            # A connection of TCP is no request; a quote in an agent spoils its row alone.
            "envoy",
            Understood(
                {"carts.example.com": ALL},
                {
                    22: "the time '2026-11-28T20:40:99.123Z' cannot be read: there is no such time",
                    23: "16 columns instead of 13",
                },
            ),
        ),
        (
            # Without a status the client was gone, or the server: the state tells. Captures may hold blanks.
            "haproxy",
            Understood(
                {"carts": Counts(15, 2, 1, "0.15", "1"), "pay": Counts(5, 0, 1, "0.02", "0.15")},
                {
                    21: "the time '[31/Nov/2026:20:04:09.125]' cannot be read: "
                    'write time_format, such as "%d.%m.%Y %H:%M:%S", under [source]',
                    22: "20 columns instead of 19",
                },
            ),
        ),
        (
            # Every other one was for the pod itself, the first among them.
            "istio",
            Understood(
                {
                    "carts.example.com": Counts(10, 1, 1, "0.02", "0.75"),
                    "carts.shop": Counts(10, 1, 1, "0.15", "1"),
                },
                {21: "5 columns instead of 22"},
            ),
        ),
    ],
)
def test_each_is_counted_exactly(name: str, expected: Understood) -> None:
    assert understood(LOGS / f"{name}.log") == expected


def test_breakdowns_know_who_closed_the_connection_and_which_host_was_asked_for() -> None:
    assert by_label(LOGS / "envoy.log", "carts.example.com", "status") == {
        "200": (14, 0), "302": (2, 0), "404": (1, 0), "503": (1, 1), "0": (1, 1), "client closed request": (1, 0),
    }  # fmt: skip
    assert by_label(LOGS / "haproxy.log", "carts", "status") == {
        "200": (10, 0), "302": (2, 0), "500": (1, 1), "no response": (1, 1), "client closed request": (1, 0),
    }  # fmt: skip
    assert by_label(LOGS / "alb.log", "carts", "host") == {"shop.example.com": (18, 2)}
    assert by_label(LOGS / "cloudfront.log", "shop.example.com", "path") == {
        "/cart": (7, 0), "/cart/7": (4, 0), "/pay": (4, 2),
    }  # fmt: skip


def test_times_of_haproxy_are_local(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.log"
    lines = (LOGS / "haproxy.log").read_text(encoding="utf-8").replace("28/Nov/2026:20", "28/Nov/2026:21")
    path.write_text(lines, encoding="utf-8")
    berlin = understood(path, times=TimeFormat("Europe/Berlin"))
    assert berlin.services["carts"] == Counts(15, 2, 1, "0.15", "1")


def test_compressed_logs_of_a_bucket_are_read_with_its_folders(tmp_path: Path) -> None:
    folder = tmp_path / "AWSLogs" / "123456789012" / "elasticloadbalancing" / "eu-central-1" / "2026" / "11" / "28"
    folder.mkdir(parents=True)
    for number in (1, 2):
        name = f"123456789012_elasticloadbalancing_eu-central-1_app.edge.50dc_20261128T2000Z_10.0.0.{number}_2l.log.gz"
        good = (LOGS / "alb.log").read_bytes().splitlines(keepends=True)[:20]
        (folder / name).write_bytes(gzip.compress(b"".join(good)))
    assert understood(tmp_path).services["carts"] == Counts(36, 4, 4, "0.02", "0.75")


def test_fields_that_change_without_a_change_of_their_number_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "u_ex261128.log"
    text = (LOGS / "u_ex261128.log").read_text(encoding="utf-8")
    before, fields, after = text.rpartition("#Fields: date time s-ip cs-method")
    path.write_text(f"{before}{fields.replace('s-ip cs-method', 'cs-method s-ip')}{after}", encoding="utf-8")
    with pytest.raises(
        InvalidData, match=r"its columns change in the middle, to '#Fields: date time cs-method s-ip .*'"
    ):
        understood(path)
