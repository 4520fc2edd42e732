"""Random access logs, with what breaks readers in every text, are counted exactly; what is damaged is a bad row."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.timerange import HOUR, Grid
from tests.sources.csv.formats.understood import END, source_of

TEXTS = (
    '"', "\\", '\\"', '""', " ", ", ", " : ", "(KHTML, like Gecko)", "é", "\t", "-", "[", "'", "#", '" 500 "', "x",
)  # fmt: skip
ENDINGS = ("", "{:.3f}", '"{:.3f}"', "rt={:.3f}", '"203.0.113.9, 10.1.1.1" {:.3f} 0.001, 0.000', "0/{us}")
DURATIONS = (0.0, 0.1, 0.3, 7.25)
CLIENTS = ("10.0.0.1", "2001:db8::1", "::1", "fe80::1%eth0", "unix:")
STATUSES = (200, 200, 200, 204, 301, 304, 400, 404, 429, 444, 499, 500, 502, 504)
BOUND = 0.25


@dataclass
class Log:
    """A log as text, and what is in it."""

    text: str
    services: dict[str, list[int]]
    bad_rows: int


def nginx(text: str) -> str:
    """As nginx escapes texts of requests: https://nginx.org/en/docs/http/ngx_http_log_module.html"""
    plain = {c for c in map(chr, range(0x20, 0x7F)) if c not in '"\\'}
    return "".join(c if c in plain else "".join(f"\\x{b:02X}" for b in c.encode()) for c in text)


def apache(text: str) -> str:
    """As Apache does: https://httpd.apache.org/docs/current/mod/mod_log_config.html"""
    named = {'"': '\\"', "\\": "\\\\", "\t": "\\t"}
    return "".join(named.get(c) or (c if c < "\x7f" else "".join(f"\\x{b:02x}" for b in c.encode())) for c in text)


def random_log(seed: int) -> Log:
    choose = random.Random(seed)
    escaped = choose.choice((nginx, apache))
    hosts = choose.choice(((), ("a.example.com:443", "b.example.com:443")))
    ending = choose.choice(ENDINGS)
    log = Log("", {}, 0)
    for number in range(choose.choice((30, 400))):
        texts = [escaped("".join(choose.choices(TEXTS, k=choose.randrange(5)))) or "-" for _ in range(3)]
        host, status, took = choose.choice(hosts or ("",)), choose.choice(STATUSES), choose.choice(DURATIONS)
        line = (
            f"{host} {choose.choice(CLIENTS)} - {choose.choice(('-', 'bob'))} "
            f"[28/Nov/2026:20:{number % 59:02}:{1 + number % 58:02} +0000] "
            f'"GET /{texts[0]} HTTP/1.1" {status} {number} "{texts[1]}" "{texts[2]}" '
        ).lstrip() + ending.format(took, us=round(took * 1e6))
        # The first lines tell the format.
        if number > 5 and choose.random() < 0.05:
            log.text += line[: choose.randrange(20, line.index('" ') - 2)] + "\n"
            log.bad_rows += 1
            continue
        log.text += line.rstrip() + "\n"
        counts = log.services.setdefault(host.partition(":")[0] or "shop", [0, 0, 0, 0])
        is_within = took <= BOUND and ending != ""
        for place, is_counted in enumerate((True, status >= 500, 400 <= status < 500, is_within)):
            counts[place] += is_counted
    return log


@pytest.mark.parametrize("seed", range(60))
def test_each_request_is_counted_once(tmp_path: Path, seed: int) -> None:
    log = random_log(seed)
    path = tmp_path / "shop.log"
    path.write_text(log.text, encoding="utf-8")
    source = source_of(path)
    source.discover(END)
    answer = source.counts(Grid(END, END, HOUR))
    row = answer.frame.sum()

    def count(service: str, measure: str, detail: str = "") -> int:
        return round(float(row.get((service, measure, detail), 0)))

    counted = {
        service: [
            count(service, "requests"),
            count(service, "errors", "server"),
            count(service, "errors", "client"),
            count(service, "latency", "0.25") + count(service, "failed_latency", "0.25"),
        ]
        for service in dict.fromkeys(str(key[0]) for key in answer.frame.columns)
    }
    assert (counted, answer.bad_rows) == (log.services, log.bad_rows)
