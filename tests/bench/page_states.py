"""States that a demo never is in, as files and servers: what cannot be told, has ended, is full, is not there."""

import csv
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx

from tests.live import dashboard, scraping, until
from tests.servers import Server, free_port

LONG = "recommendation-frontend-gateway-europe-west-3-canary-that-somebody-named-without-mercy"
MARKUP = '<b>bold</b> & "quoted" / ünïcode'
HEAD = ("time", "service", "requests", "errors", "client_errors", "p50", "p95", "p99", "cpu", "memory")
HOURS, YEAR = 30, 365 * 86400
# Seconds between two rows: few enough that data which nobody writes on are current for a while.
STEP = 300
# Service → the cells of its row of a step, behind time and name; of the last of `HOURS`, where they differ.
CALM = (600, 0, 2, 0.021, 0.09, 0.21, 0.31, 0.52)
SERVICES: dict[str, tuple[tuple[float | str, ...], tuple[float | str, ...] | None]] = {
    "steady": (CALM, None),
    "spent": ((600, 30, 2, 0.021, 0.09, 0.21, 0.31, 0.52), None),
    "breaks-now": (CALM, (600, 90, 2, 0.4, 1.9, 4.1, 0.93, 0.98)),
    LONG: (CALM, (600, 3, 2, 0.021, 0.09, 0.21, 0.31, 0.52)),
    MARKUP: (CALM, None),
    "idle": (CALM, (0, 0, 0, "", "", "", 0.01, 0.2)),
    "silent-lately": (CALM, ()),
    "without-latency": ((600, 0, 2, "", "", "", "", ""), None),
    "resources-only": (("", "", "", "", "", "", 0.42, 0.88), None),
    "huge": ((4_000_000, 1, 900_000, 61, 95, 120, 0.999, 1.0), None),
    "tiny": ((1, 0, 0, 0.00002, 0.0003, 0.0004, 0.0001, 0.0002), None),
}


def rows(now: float) -> Iterator[tuple[float | str, ...]]:
    """The rows of all services, a step each, that end then."""
    begin = int(now) // STEP * STEP - HOURS * 3600
    for at in range(begin, begin + HOURS * 3600 + STEP, STEP):
        for service, (before, lately) in SERVICES.items():
            cells = before if lately is None or at < now - 3600 else lately
            if cells:
                yield at, service, *cells


def write(path: Path, head: tuple[str, ...], lines: Iterator[tuple[float | str, ...]]) -> None:
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *lines])


def wide(folder: Path, now: float) -> Path:
    """The file of all services."""
    write(folder / "wide.csv", HEAD, rows(now))
    return folder


def damaged(folder: Path, now: float) -> Path:
    """The same, a log with words for outcomes that nobody knows, and a file with rows that make no sense."""
    wide(folder, now)
    words = ("served", "zonk", "zonk", "frob")
    outcomes = ((now - 3000 + at * 3, "untold", words[at % 4], 20 + at % 40, f"/r{at % 3}") for at in range(1000))
    write(folder / "log.csv", ("time", "service", "status", "duration_ms", "route"), outcomes)
    begin = int(now) // STEP * STEP
    bad: list[tuple[float | str, ...]] = [
        (begin - at * STEP, "half-read", 100, 1, 0, 0.1, 0.2, 0.3, 0.5, 0.5) for at in range(60)
    ]
    bad[5:10] = [
        (begin - 300, "half-read", "many", 1),
        ("yesterday",),
        (begin - 420, "", 1, 1),
        (),
        (begin - 480, "half-read", 1, -4),
    ]
    write(folder / "damaged.csv", HEAD, iter(bad))
    return folder


def ended(folder: Path, now: float) -> Path:
    """The file of all services, of a year ago."""
    return wide(folder, now - YEAR)


def alone(folder: Path, now: float) -> Path:
    """One service, and all is well."""
    write(folder / "wide.csv", HEAD, (row for row in rows(now) if row[1] == "steady"))
    return folder


def nothing(folder: Path, now: float) -> Path:
    """A file with a header and no row."""
    write(folder / "wide.csv", HEAD, iter(()))
    return folder


@contextmanager
def files(folder: Path, kind: str) -> Iterator[Server]:
    """A dashboard over one of the kinds of files, once it shows what they hold."""
    made = {"damaged": damaged, "ended": ended, "alone": alone, "nothing": nothing}[kind](folder, time.time())
    with dashboard("serve", "--csv", f"{made}/*.csv", "--refresh", "15s") as server:
        until(lambda: kind == "nothing" or httpx.get(f"{server.url}/api/v1/services").json()["services"] != [], "read")
        yield server


@contextmanager
def refused(folder: Path) -> Iterator[Server]:
    """Nobody listens where the source should be."""
    with dashboard("serve", "--prometheus", f"http://127.0.0.1:{free_port()}", "--refresh", "5s") as server:
        until(lambda: "down" in httpx.get(f"{server.url}/api/v1/status").text, "down")
        yield server


@contextmanager
def silent(folder: Path) -> Iterator[Server]:
    """Somebody listens and says nothing."""
    with socket.create_server(("127.0.0.1", free_port()), backlog=50) as listening:
        port = listening.getsockname()[1]
        with dashboard("serve", "--prometheus", f"http://127.0.0.1:{port}", "--refresh", "5s") as server:
            yield server


@contextmanager
def died(folder: Path) -> Iterator[Server]:
    """A Prometheus that has answered, and is no more."""
    with scraping("prometheus", folder) as source, dashboard("serve", "--prometheus", source.url) as server:
        until(lambda: httpx.get(f"{server.url}/readyz").status_code == 200, "ready")
        source.kill()
        until(lambda: "down" in httpx.get(f"{server.url}/api/v1/status").text, "down")
        yield server


def service_pages(*names: str) -> tuple[str, ...]:
    """The addresses of the pages of services."""
    return tuple(f"service?service={quote(name, safe='')}" for name in names)


def objective_pages(*names: str) -> tuple[str, ...]:
    """The addresses of the page with one objective each in detail."""
    return tuple(f"objectives?slo={quote(name, safe='')}" for name in names)
