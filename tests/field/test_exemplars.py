"""Requests that a real Prometheus remembers with their traces: found, told apart, and opened from the page."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from dashboard.engine.viewers.exemplar_windows import ExemplarWindow, ExemplarWindows
from dashboard.engine.viewers.viewer_queue import ViewerQueue
from dashboard.sources.prometheus.source import PrometheusSource
from tests import remote_write
from tests.live import dashboard
from tests.servers import prometheus

pytestmark = pytest.mark.servers

MINUTE, SCRAPE = 60, 15
HOSTILE = 'a"><script>alert(1)</script>/../x?y=1'


def everything(end: int) -> Iterator[bytes]:
    """Half an hour of a service with a slow request, a failed one, and one that bears a hostile id."""
    moments = range(end - 30 * MINUTE, end + 1, SCRAPE)
    grown = [(at, float(at - moments[0] + 1)) for at in moments]

    def one(name: str, *exemplars: remote_write.Exemplar, **labels: str) -> bytes:
        named = {"__name__": name, "job": "shop", "instance": "a:80", "route": "/pay", **labels}
        return remote_write.series(named, samples=grown, exemplars=exemplars)

    def request(trace: str, value: float, ago: int, label: str = "trace_id") -> remote_write.Exemplar:
        return remote_write.Exemplar({label: trace}, value, end - ago)

    bucket = "http_request_duration_seconds_bucket"
    for bound in ("0.1", "0.5", "+Inf"):
        slow = {"0.1": [request("quick", 0.05, 300)], "+Inf": [request("slow", 2.5, 240), request(HOSTILE, 1.5, 90)]}
        yield one(bucket, *slow.get(bound, []), le=bound, code="200")
        failed = [request("broken", 0.3, 120, "traceID")] if bound == "0.5" else []
        yield one(bucket, *failed, le=bound, code="500")
    yield one("http_requests_total", code="200")
    yield one("http_requests_total", request("broken", 1.0, 120), request("lost", 1.0, 60), code="500")
    yield one("http_requests_total", remote_write.Exemplar({"user": "7"}, 1.0, end - 30), code="200", route="/cart")


@contextmanager
def remembering(folder: Path, *features: str) -> Iterator[str]:
    """A Prometheus with some features, and what it was sent."""
    server = prometheus(folder)
    server.command += [*features, "--web.enable-remote-write-receiver"]
    server.start()
    remote_write.send(server.url, everything(int(time.time()) // SCRAPE * SCRAPE))
    try:
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with remembering(tmp_path_factory.mktemp("exemplars"), "--enable-feature=exemplar-storage") as url:
        yield url


def fetched(url: str) -> ExemplarWindow:
    source, now = PrometheusSource(url), int(time.time())
    source.discover(now)
    window = ExemplarWindows(source, lambda: float(now), ViewerQueue()).fetch("shop", now - 20 * MINUTE, now + MINUTE)
    source.close()
    assert (window.error, window.retry_s) == (None, None)
    return window


def test_what_failed_comes_first_then_the_slowest(server: str) -> None:
    exemplars = fetched(server).exemplars or ()
    assert [(each.trace, each.seconds, each.failed, each.labels["code"]) for each in exemplars] == [
        # Of its bucket the duration, of its counter that it failed.
        ("broken", 0.3, True, "500"),
        ("lost", None, True, "500"),
        ("slow", 2.5, None, "200"),
        (HOSTILE, 1.5, None, "200"),
        ("quick", 0.05, None, "200"),
    ]


def test_a_server_as_it_is_by_default_remembers_none(tmp_path: Path) -> None:
    with remembering(tmp_path) as url:
        assert fetched(url).exemplars == ()


@pytest.fixture(scope="module")
def traces() -> Iterator[str]:
    """A page for whatever trace is asked for."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a trace")

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    pages = HTTPServer(("127.0.0.1", 0), Pages)
    Thread(target=pages.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{pages.server_port}/trace/"
    pages.shutdown()
    pages.server_close()


@pytest.mark.browser
def test_each_opens_its_trace(server: str, traces: str, browser: Browser, tmp_path: Path) -> None:
    config = tmp_path / "golden.toml"
    links = f'links = {{ trace = "{traces}{{trace_id}}", runbook = "https://example.org/runbook" }}'
    config.write_text(
        f'[source]\nkind = "prometheus"\nurl = "{server}"\n[state]\npath = "state"\n'
        f'[[services]]\nname = "shop"\nmatch = {{ job = "shop" }}\n{links}\n',
        encoding="utf-8",
    )
    with dashboard("serve", "--config", str(config)) as served:
        page = browser.new_page()
        page.goto(f"{served.url}/service?service=shop")
        rows = page.locator(".gs-traces tbody tr")
        rows.nth(4).wait_for(timeout=60_000)
        assert rows.count() == 5
        # The template alone leads nowhere.
        assert page.locator(".gs-links a").all_inner_texts() == ["Runbook ↗"]
        for trace, path in (("broken", "broken"), (HOSTILE, quote(HOSTILE, safe=""))):
            with page.expect_popup() as opened:
                rows.filter(has_text=trace).locator("a").click()
            assert opened.value.url == f"{traces}{path}"
        # Half of its requests fail: triage names the same ones.
        page.goto(f"{served.url}/triage")
        link = page.locator(".gs-entry .fact a", has_text="broken")
        link.wait_for(timeout=60_000)
        assert page.locator(".gs-entry .fact a", has_text="trace ").count() == 3
        with page.expect_popup() as opened:
            link.click()
        assert opened.value.url == f"{traces}broken"
        page.close()
