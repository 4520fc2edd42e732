"""The numbers of a service's and an objective's page as JSON and CSV, and how requests are refused."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.requests import Request

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.history import DetectionHistory
from dashboard.changes.change import Change, Kind
from dashboard.changes.known import KnownChange
from dashboard.engine.poller import Poller
from dashboard.engine.viewers.on_demand import OnDemandWindow
from dashboard.engine.viewers.viewer_queue import Viewer
from dashboard.exceptions import SourceUnavailable
from dashboard.signals import errors, latency
from dashboard.slo.burndown import burndown
from dashboard.timerange import HOUR, Grid, utc
from dashboard.ui.panels.service.service_view import service_view
from dashboard.ui.selection import Selection
from dashboard.web import csv_text
from dashboard.web.service import service_api, service_json
from dashboard.web.service.service_api import ServiceApi
from dashboard.web.service.service_json import Breakdown, ServiceRange
from tests.steady import START, Clock, Steady
from tests.web.test_routes import ask


@pytest.fixture
def source() -> Steady:
    return Steady(Clock(), ("eu/shop", "cart"))


@pytest.fixture
def poller(source: Steady) -> Iterator[Poller]:
    ticked = Poller(source, clock=source.clock)
    ticked.tick()
    yield ticked
    ticked.stop()


def strict(answer: httpx.Response) -> dict[str, Any]:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    content: dict[str, Any] = json.loads(answer.text, parse_constant=refuse)
    return content


def request(query: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


def table(text: str) -> tuple[list[str], list[list[str]]]:
    """The comment lines and the rows of a CSV."""
    lines = text.splitlines()
    return [line for line in lines if line.startswith("#")], list(
        csv.reader(line for line in lines if not line.startswith("#"))
    )


def test_the_live_hour_is_what_the_charts_draw(poller: Poller) -> None:
    content = strict(ask(poller, "/api/v1/service?service=cart"))
    report = poller.read().by_name["cart"]
    assert (content["id"], content["live"], content["step_s"], content["health"]) == ("cart", True, 15, "healthy")
    charts = content["charts"]
    quantiles = latency.quantiles(report.samples)
    shown = np.array(charts["latency"]["series"]["p99"], dtype=float)
    np.testing.assert_allclose(shown, quantiles["0.99"].to_numpy()[-len(shown) :], rtol=1e-6)
    ratios = errors.ratios(report.samples, threshold=0.5)
    np.testing.assert_allclose(
        np.array(charts["errors"]["series"]["server"], dtype=float), ratios["server"].to_numpy()[-240:], rtol=1e-6
    )
    assert charts["traffic"]["unit"] == "1/s"
    assert (
        charts["traffic"]["times"][-1]
        == content["to"]
        == utc(report.samples.index[-1].timestamp()).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    assert {len(chart["times"]) == len(values) for chart in charts.values() for values in chart["series"].values()} == {
        True
    }
    assert [slo["slo"] for slo in content["slos"]] == [slo.slo.name for slo in report.slos]
    assert content["queries"] == [{"purpose": "test", "query": "q"}] * len(poller.read().source.costs)


def test_changes_of_the_service_within_the_range_stand_beside_its_charts(poller: Poller) -> None:
    def known(ago: float, service: str) -> KnownChange:
        at = poller.clock() - ago
        change = Change(sender="x", key=f"{ago}", kind=Kind.DEPLOY, start=at, at=at, text="", version="42")
        return KnownChange(change, (service,), ("x", "prometheus"), (change.id, 7))

    poller.snapshot = replace(poller.snapshot, changes=(known(9000, "cart"), known(900, "cart"), known(60, "other")))
    (change,) = strict(ask(poller, "/api/v1/service?service=cart"))["changes"]
    assert {key: change[key] for key in ("kind", "version", "services", "sources", "token")} == {
        "kind": "deploy",
        "version": "42",
        "services": ["cart"],
        "sources": ["x", "prometheus"],
        "token": "",
    }
    assert len(strict(ask(poller, "/api/v1/service?service=cart&from=now-3h&to=now"))["changes"]) == 2


def test_gaps_are_null_and_never_0(poller: Poller, source: Steady) -> None:
    source.ends = START - 600
    poller.tick()
    content = strict(ask(poller, "/api/v1/service?service=cart&from=now-2h&to=now"))
    traffic = content["charts"]["traffic"]["series"]["traffic"]
    assert None in traffic
    assert 0 not in traffic
    _, rows = table(ask(poller, "/api/v1/service?service=cart&from=now-2h&to=now&format=csv&chart=traffic").text)
    assert rows[-1][1] == ""


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("now-6h", "now-5h"),
        (str(START - 6 * HOUR), str(START - 5 * HOUR)),
        (str((START - 6 * HOUR) * 1000), str((START - 5 * HOUR) * 1000)),
        (utc(START - 6 * HOUR).strftime("%Y-%m-%dT%H:%MZ"), utc(START - 5 * HOUR).strftime("%Y-%m-%dT%H:%MZ")),
    ],
    ids=["relative", "seconds", "milliseconds", "ISO 8601"],
)
def test_moments_are_written_as_in_addresses(poller: Poller, begin: str, end: str) -> None:
    content = strict(ask(poller, f"/api/v1/service?service=cart&from={begin}&to={end}&step=1m"))
    assert (content["step_s"], content["live"]) == (60, False)
    assert [content["from"], content["to"]] == [
        utc(START - hours * HOUR).strftime("%Y-%m-%dT%H:%M:%SZ") for hours in (6, 5)
    ]
    assert len(content["charts"]["traffic"]["times"]) == 60


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 400, "say which service: service=NAME"),
        ("service=crat", 404, "no service is called 'crat'"),
        ("service=cart&form=now-1h", 400, "nothing reads 'form': there are service, from, to, span, step"),
        ("service=cart&to=now", 400, "has a to, but no from"),
        ("service=cart&from=yesterday", 400, "from='yesterday', which is no time"),
        ("service=cart&from=now-90d", 400, "must begin a minute to 31 days before it ends"),
        ("service=cart&from=now%2B1h&to=now%2B2h", 400, "lies in the future"),
        ("service=cart&span=2h", 400, "span is '2h': it may be 15m, 1h, 6h, 24h, 7d, 30d"),
        ("service=cart&step=0", 400, "write whole seconds from 15 to the span"),
        ("service=cart&step=nan", 400, "write whole seconds"),
        ("service=cart&step=7200", 400, "write whole seconds"),
        ("service=cart&from=now-31d&step=15", 400, "makes more than 480 points"),
        ("service=cart&format=xml", 400, "format is 'xml': it may be json, csv"),
        ("service=cart&format=csv&chart=cpu", 400, "chart is 'cpu'"),
        ("service=cart&tz=../../etc/passwd", 400, "tz is '../../etc/passwd'"),
        (f"service={'x' * 5000}", 404, "no service is called"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(poller: Poller, query: str, status: int, sentence: str) -> None:
    answer = ask(poller, f"/api/v1/service?{query}")
    assert answer.status_code == status
    assert sentence in answer.json()["error"]
    assert len(answer.text) < 400


def test_an_unknown_name_offers_the_nearest(poller: Poller) -> None:
    assert ask(poller, "/api/v1/service?service=crat").json()["nearest"] == ["cart"]
    answer = ask(poller, "/api/v1/slo?slo=cart-availabilty")
    assert answer.status_code == 404
    assert "cart-availability" in answer.json()["nearest"]
    assert ask(poller, "/api/v1/slo?service=cart&slo=eu%2Fshop-availability").status_code == 404


def test_an_objective_has_its_burndown(poller: Poller) -> None:
    snapshot = poller.read()
    report = next(slo for slo in snapshot.slos if slo.slo.service == "cart")
    content = strict(ask(poller, f"/api/v1/slo?service=cart&slo={report.slo.name}"))
    drawn = burndown(report, snapshot.ledger)
    assert drawn is not None
    assert (content["slo"], content["bad"]) == (report.slo.name, report.bad)
    left = content["burndown"]["left"]
    np.testing.assert_allclose(np.array(left["values"], dtype=float), drawn.left.values, rtol=1e-6)
    assert len(left["times"]) == len(left["values"])
    gated = strict(ask(poller, f"/api/v1/gate?service=cart&slo={report.slo.name}"))["objectives"][0]
    told = content["policy"]
    assert (told.pop("exceptions"), told.pop("verdicts")) == (
        [],
        {"feature": gated["verdict"], "fix": gated["verdict"]},
    )
    assert told == {key: gated[key] for key in told}
    assert ask(poller, "/api/v1/slo").json() == {"error": "say which objective: slo=NAME"}


def test_the_csv_says_what_it_is_of(poller: Poller) -> None:
    answer = ask(poller, "/api/v1/service?service=eu/shop&format=csv&chart=latency&tz=Europe/Berlin")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="eu-shop-latency-2023')
    comments, rows = table(answer.text)
    assert comments[0] == "# golden-signals: eu/shop, latency"
    assert "time zone Europe/Berlin" in comments[2]
    assert "# query, test: q" in comments
    assert rows[0] == ["time", "p99 (s)", "p95 (s)", "p50 (s)"]
    assert rows[1][0].endswith("+01:00")
    content = strict(ask(poller, "/api/v1/service?service=eu/shop"))
    p99 = content["charts"]["latency"]["series"]["p99"]
    assert [float(row[1]) for row in rows[1:]] == p99


@pytest.mark.parametrize("end", [None, START - 600.0], ids=["live", "past"])
def test_the_address_on_a_page_has_the_moments_of_its_charts(poller: Poller, end: float | None) -> None:
    view = service_view(poller.read(), Selection("eu/shop", 900, 0, end=end), START)
    _, rows = table(ask(poller, f"{view.csv}traffic").text)
    assert [row[0] for row in rows[1:]] == [moment.isoformat() for moment in view.samples.index]
    assert len(rows) == 61


def test_all_charts_are_one_table_and_the_heat_map_another(poller: Poller) -> None:
    _, rows = table(ask(poller, "/api/v1/service?service=cart&format=csv").text)
    assert rows[0][:4] == ["time", "latency p99 (s)", "latency p95 (s)", "latency p50 (s)"]
    assert len(rows) == 241
    _, rows = table(ask(poller, "/api/v1/service?service=cart&format=csv&chart=heatmap").text)
    assert rows[0] == ["time", "0.5 (ratio)", "inf (ratio)"]
    assert sum(map(float, rows[1][1:])) == pytest.approx(1)
    _, rows = table(ask(poller, "/api/v1/service?service=cart&format=csv&chart=saturation").text)
    assert rows[0] == ["time"]


def test_the_expected_range_stands_beside_the_rows_it_is_of(poller: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    ends, low = START - np.array([120.0, 60.0, 0.0]), np.array([[1.5], [2.5], [np.nan]])

    def band(history: DetectionHistory, service: str, signal: Signal, *_: object, since: float, until: float) -> object:
        assert (service, until - since) == ("cart", HOUR)
        return (ends, SimpleNamespace(low=low, high=low + 10)) if signal is Signal.TRAFFIC else None

    monkeypatch.setattr(DetectionHistory, "band", band)
    asked = "/api/v1/service?service=cart"
    _, (heads, *rows) = table(ask(poller, f"{asked}&format=csv&chart=traffic").text)
    assert heads == ["time", "traffic (1/s)", "expected, low (1/s)", "expected, high (1/s)"]
    # Four rows of 15 s for each minute; before the first, and where nothing was tested, there is no range.
    assert [row[2:] for row in rows[-13:]] == [
        ["", ""], *[["1.5", "11.5"]] * 4, *[["2.5", "12.5"]] * 4, *[["", ""]] * 4,
    ]  # fmt: skip
    _, (heads, *_) = table(ask(poller, f"{asked}&format=csv").text)
    assert "traffic expected, low (1/s)" in heads
    expected = strict(ask(poller, asked))["expected"]
    assert expected.keys() == {"traffic"}
    assert expected["traffic"]["series"] == {"low": [1.5, 2.5, None], "high": [11.5, 12.5, None]}
    assert expected["traffic"]["times"][-1] == utc(START).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_an_objectives_csv_is_what_was_left_of_its_budget(poller: Poller) -> None:
    answer = ask(poller, "/api/v1/slo?slo=cart-availability&format=csv&tz=utc")
    comments, rows = table(answer.text)
    assert comments[0] == "# golden-signals: objective cart-availability of cart"
    assert any(line.startswith("# query: # valid events") for line in comments)
    left = strict(ask(poller, "/api/v1/slo?slo=cart-availability"))["burndown"]["left"]
    assert rows[0] == ["time", "left (ratio)"]
    assert [row[1] for row in rows[1:]] == ["" if value is None else f"{value:.7g}" for value in left["values"]]


def test_the_compared_period_stands_beside_the_range(poller: Poller) -> None:
    asked = "/api/v1/service?service=cart&from=now-2h&to=now-1h&compare=yesterday"
    content = strict(ask(poller, asked))
    compared = content["compared"]
    assert (compared["name"], compared["charts"].keys()) == ("yesterday", content["charts"].keys())
    begin, end = (datetime.fromisoformat(content[name]) for name in ("from", "to"))
    assert [datetime.fromisoformat(compared[name]) for name in ("from", "to")] == [
        begin - timedelta(days=1),
        end - timedelta(days=1),
    ]
    comments, rows = table(ask(poller, f"{asked}&format=csv&chart=traffic&tz=utc").text)
    assert rows[0] == ["time", "traffic (1/s)", "traffic, yesterday (1/s)"]
    before = compared["charts"]["traffic"]["series"]["traffic"]
    assert [row[2] for row in rows[1:]] == [f"{value:.7g}" for value in before]
    assert any(line.startswith("# compared with yesterday: from 2") for line in comments)
    _, rows = table(ask(poller, f"{asked}&format=csv&chart=heatmap").text)
    assert len(rows[0]) % 2 == 1, "each bucket twice, after the time"
    assert all("" not in row for row in rows[1:])
    assert strict(ask(poller, "/api/v1/service?service=cart"))["compared"] is None
    refused = ask(poller, "/api/v1/service?service=cart&compare=then")
    assert refused.json() == {"error": "compare is 'then': it may be nothing, yesterday, last week"}


def test_the_burn_rates_of_an_objective_are_its_alerts_and_their_history(poller: Poller) -> None:
    report = next(slo for slo in poller.read().slos if slo.slo.name == "cart-availability")
    comments, rows = table(ask(poller, "/api/v1/slo?slo=cart-availability&table=burn&format=csv&tz=utc").text)
    assert any("burn rates at " in line for line in comments)
    assert rows[0][:4] == ["severity", "threshold", "long window", "long burn rate"]
    assert [(row[0], row[1], row[2], row[4]) for row in rows[1:]] == [
        ("page", "14.4", "1h", "5m"),
        ("page", "6", "6h", "30m"),
        ("ticket", "3", "1d", "2h"),
        ("ticket", "1", "3d", "6h"),
    ]
    assert [row[7] for row in rows[1:]] == ["yes" if alert.firing else "no" for alert in report.alerts]
    history = strict(ask(poller, "/api/v1/slo?slo=cart-availability"))["burn_history"]
    assert [part["threshold"] for part in history] == [alert.rule.threshold for alert in report.alerts]
    assert all(len(part["long_rates"]["times"]) == len(part["short_rates"]["values"]) for part in history)


FINDS = ("format=csv", "format=csv&find=nothing", "format=csv&find=latency", "format=csv&find=latency&service=cart")


def test_the_list_of_objectives_is_that_of_the_page(poller: Poller) -> None:
    order = [report.slo.name for report in poller.read().objectives()]
    content = strict(ask(poller, "/api/v1/slos"))
    assert [slo["slo"] for slo in content["slos"]] == order
    status = strict(ask(poller, "/api/v1/status"))
    assert sorted(content["slos"], key=str) == sorted(status["slos"], key=str)
    comments, rows = table(ask(poller, "/api/v1/slos?format=csv&service=cart&find=LAT&tz=utc").text)
    assert comments[0] == "# golden-signals: 1 objectives, the most urgent first"
    assert rows[0][:4] == ["slo", "service", "objective (ratio)", "achieved (ratio)"]
    assert rows[0][-2:] == ["state", "what that means"]
    assert [row[:3] for row in rows[1:]] == [["cart-latency", "cart", "0.99"]]
    assert ask(poller, "/api/v1/slos?service=card").status_code == 404
    api = ServiceApi(poller)
    counts = [len(table(bytes(api.slos(request(query)).body).decode())[1]) - 1 for query in FINDS]
    assert counts == [len(order), 0, 2, 1], "what nobody's name holds is not what all are"


def test_a_breakdown_is_listed_as_on_the_page(source: Steady) -> None:
    source.labels = ("route",)
    poller = Poller(source, clock=source.clock)
    poller.tick()
    # The source in memory has the services themselves in the place of the values.
    content = strict(ask(poller, "/api/v1/service?service=cart&by=route"))["breakdown"]
    assert (content["by"], content["more"]) == ("route", {"values": 0, "bad": 0.0})
    assert [row["value"] for row in content["values"]] == ["cart", "eu/shop"]
    comments, rows = table(ask(poller, "/api/v1/service?service=cart&by=route&format=csv").text)
    assert comments[0] == "# golden-signals: cart by route, most bad requests first"
    assert rows[0] == [
        "route",
        "traffic (1/s)",
        "latency p95 (s)",
        "failed (ratio)",
        "too slow (ratio)",
        "bad requests",
    ]
    assert [row[0] for row in rows[1:]] == ["cart", "eu/shop"]
    assert float(rows[1][1]) == content["values"][0]["traffic_per_s"]
    refused = ask(poller, "/api/v1/service?service=cart&by=pod")
    assert (refused.status_code, refused.json()) == (400, {"error": "by is 'pod': it may be route"})
    poller.stop()


def test_a_name_is_no_formula_and_no_line_of_its_own(poller: Poller, source: Steady) -> None:
    source.names = ("=cmd|' /C calc'!A0\n1,2", "cart")
    poller.tick()
    source.clock.now += 600
    poller.tick()
    poller.tick()
    name = httpx.QueryParams({"service": source.names[0], "format": "csv"})
    answer = ask(poller, f"/api/v1/service?{name}")
    assert answer.status_code == 200
    assert answer.text.splitlines()[0].startswith("# golden-signals: =cmd|' /C calc'!A0 1,2")
    assert not answer.headers["content-disposition"].count("\n")
    assert [csv_text.cell(text) for text in ("=1+1", "@sum", "-x", "/cart")] == ["'=1+1", "'@sum", "'-x", "/cart"]


def test_what_is_on_its_way_is_busy(poller: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    def unfinished(_: str, grid: Grid, __: Viewer) -> OnDemandWindow:
        return OnDemandWindow(poller.read().by_name["cart"].samples.iloc[:0], grid, retry_s=2.2)

    monkeypatch.setattr(poller.viewers, "window", unfinished)
    answer = ask(poller, "/api/v1/service?service=cart&span=24h")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert answer.json() == {"error": "busy, try again"}


def test_many_ranges_are_refused_before_they_drive_out_those_of_viewers(poller: Poller, source: Steady) -> None:
    api = ServiceApi(poller)

    def status(query: str) -> int:
        return api.service(request(query)).status_code

    codes = [status(f"service=cart&from=now-{hours}h") for hours in range(9, 40)]
    assert 1 < codes.count(200) <= service_api.WINDOWS
    assert codes[-1] == 503
    assert len(poller.viewers._windows._slots) <= service_api.WINDOWS
    # The live hour costs the source nothing.
    assert status("service=cart") == 200


def test_a_source_that_is_away_is_said(poller: Poller, source: Steady) -> None:
    source.failure = SourceUnavailable("connection refused")
    answer = ask(poller, "/api/v1/service?service=cart&span=6h")
    assert (answer.status_code, answer.json()["error"]) == (503, "connection refused")
    assert "retry-after" in answer.headers


def test_it_is_written_once_while_its_data_stay(
    poller: Poller, source: Steady, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, before = ServiceApi(poller), service_json.service
    written: list[ServiceRange] = []

    def write(shown: ServiceRange, parts: Breakdown | None) -> dict[str, Any]:
        written.append(shown)
        return before(shown, parts)

    monkeypatch.setattr(service_json, "service", write)
    bodies = {bytes(api.service(request("service=cart")).body) for _ in range(3)}
    assert (len(bodies), len(written)) == (1, 1)
    source.clock.now += 15
    poller.tick()
    api.service(request("service=cart"))
    assert len(written) == 2
