"""Own SLOs on real servers: a slip of the pen is never a service without failures, and one without failures is fine."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboard.cli import main
from dashboard.engine.viewers.query_selections import QuerySelections
from dashboard.slo.indicators import Query
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import Grid
from tests.field.series import HOUR, Series, buckets, counter, gauge, outcomes, text
from tests.servers import NOW, Server, filled

pytestmark = pytest.mark.servers

# Failures of two hours ago, of a process that is gone.
GONE = [
    Series("old_requests_total", {"job": "old"}, per_s=10.0, start=NOW - 6 * HOUR),
    Series("old_errors_total", {"job": "old"}, per_s=1.0, start=NOW - 3 * HOUR, end=NOW - 2 * HOUR),
]
SERIES = [
    *outcomes("http_requests_total", "code", {"200": 0.9, "500": 0.1}, job="checkout"),
    *outcomes("http_requests_total", "code", {"200": 1.0}, job="calm"),
    *buckets("http_request_duration_seconds_bucket", {"0.5": 0.5, "1.0": 0.95, "1e+06": 0.99}, job="checkout"),
    counter("checkouts_total", 10.0, job="checkout"),
    gauge("queue_size", 5.0, queue="mail"),
    *(Series("probe_success", {"job": "probe"}, value=float(not down), start=start, end=end, every=60)
      for down, start, end in ((False, NOW - HOUR + 60, NOW - 600), (True, NOW - 540, NOW - 360),
                               (False, NOW - 300, NOW))),
    *GONE,
]  # fmt: skip
TOTAL = 'http_requests_total{job="checkout"}'
# (side, its query, valid events) → SLI; None: not measured.
MEASURED = {
    "right": ("bad", 'http_requests_total{job="checkout",code=~"5.."}', TOTAL, 0.9),
    "none failed yet": ("bad", 'http_requests_total{job="calm",code=~"5.."}', 'http_requests_total{job="calm"}', 1.0),
    "one exact code": ("bad", 'http_requests_total{job="calm",code="500"}',
                       'http_requests_total{job="calm",code!=""}', 1.0),
    "a filter that both share": ("bad", 'http_requests_total{job="checkout",code=~"5..",env!="test"}',
                                 'http_requests_total{job="checkout",env!="test"}', 0.9),
    "a label of failures alone": ("bad", 'checkouts_total{error_type=~".*Exception"}', "checkouts_total", 1.0),
    "a label that is asked for": ("bad", 'checkouts_total{why="late",why!=""}', "checkouts_total", 1.0),
    "a metric that may be missing": ("bad", "sum(no_such_errors_total) or vector(0)", "checkouts_total", 1.0),
    "old or new": ("bad", 'sum(new_total{status=~"5.."}) or sum(http_requests_total{job="checkout",code=~"5.."})',
                   TOTAL, 0.9),
    "failures of the past": ("bad", "old_errors_total", "old_requests_total", 1 - 3600 / (6 * 36000)),
    "another spelling": ("good", 'http_request_duration_seconds_bucket{job="checkout",le="1"}',
                         'http_request_duration_seconds_bucket{job="checkout",le="+Inf"}', 0.95),
    "a list of spellings": ("good", 'http_request_duration_seconds_bucket{job="checkout",le=~"1|2"}',
                            'http_request_duration_seconds_bucket{job="checkout",le="+Inf"}', 0.95),
    "a pattern of names": ("bad", '{__name__=~"http_requests_total|no_total",job="checkout",code=~"5.."}', TOTAL, 0.9),
    "a pattern on both sides": ("bad", '{__name__=~"http_requests_.+",job="calm",code=~"5.."}',
                                '{__name__=~"http_requests_.+",job="calm"}', 1.0),
    "an exponent": ("good", 'http_request_duration_seconds_bucket{job="checkout",le="1000000"}',
                    'http_request_duration_seconds_bucket{job="checkout",le="+Inf"}', 0.99),
}  # fmt: skip
NO_LABEL = "no series of http_requests_total has the label cod; did you mean code?"
BLIND = {
    "label of the bad": ("bad", 'http_requests_total{job="checkout",cod=~"5.."}', TOTAL, NO_LABEL),
    "label of the good": ("good", 'http_requests_total{job="checkout",cod!~"5.."}', TOTAL, NO_LABEL),
    "with a stand-in": ("bad", 'sum(http_requests_total{job="checkout",cod=~"5.."}) or vector(0)', TOTAL, NO_LABEL),
    "label of the valid": ("bad", 'http_requests_total{job="checkout",code=~"5.."}',
                           'http_requests_total{jop="checkout"}',
                           "no series of http_requests_total has the label jop; did you mean job?"),
    "value that only one side has": ("bad", 'http_requests_total{job="chekout",code=~"5.."}', TOTAL,
                                     'no series of http_requests_total has job="chekout", and the other query asks'),
    "label of a pattern of names": ("bad", '{__name__=~"http_requests_.+",job="checkout",cod=~"5.."}', TOTAL,
                                    'series of {__name__=~"http_requests_.+"} has the label cod; did you mean code?'),
    "pattern of names": ("bad", '{__name__=~"checkout_.*errors_total",job="checkout"}', "checkouts_total",
                         'the source has no metric {__name__=~"checkout_.*errors_total"}'),
    "metric": ("bad", "checkout_errors_total", "checkouts_total",
               "never selected anything: the source has no metric checkout_errors_total"),
}  # fmt: skip


@pytest.fixture(scope="module", params=["prometheus", "victoria"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = filled(request.param, tmp_path_factory.mktemp("own"), text({"own": SERIES}))
    yield running
    running.stop()


def document(name: str, indicator: dict[str, Any], **objective: Any) -> dict[str, Any]:
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": name},
        "spec": {
            "service": "checkout",
            "indicator": {"metadata": {"name": f"{name}-sli"}, "spec": indicator},
            "timeWindow": [{"duration": "1d", "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [{"target": 0.5, **objective}],
        },
    }


def metric(query: str) -> dict[str, Any]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}


def ratio(side: str, query: str, valid: str) -> dict[str, Any]:
    return {"ratioMetric": {"counter": True, side: metric(query), "total": metric(valid)}}


def named(name: str) -> str:
    return name.replace(" ", "-")


@pytest.fixture(scope="module")
def slo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every case as an SLO, and some that are no ratio of counts."""
    every = [document(named(name), ratio(*case[:3])) for name, case in (*MEASURED.items(), *BLIND.items())]
    value = {"thresholdMetric": metric('max(queue_size{env!="test"})')}
    every.append(document("value", value, op="lt", value=10, timeSliceWindow="5m"))
    raw = '(sum(rate(http_requests_total{cod=~"5.."}[5m])) or vector(0)) / sum(rate(http_requests_total[5m]))'
    every.append(document("raw", {"ratioMetric": {"raw": metric(raw), "rawType": "failure"}}, timeSliceWindow="5m"))
    path = tmp_path_factory.mktemp("slo") / "slo.yaml"
    path.write_text(yaml.safe_dump_all(every), encoding="utf-8")
    return path


def status(server: Server, path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, Any]]:
    at = datetime.fromtimestamp(NOW, UTC).isoformat()
    main(["status", "--prometheus", server.url, "--slo", str(path), "--at", at, "--format", "json"])
    return {slo["slo"]: slo for slo in json.loads(capsys.readouterr().out)["slos"]}


def test_what_cannot_be_told_is_not_measured_and_what_can_be_is(
    server: Server, slo_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slos = status(server, slo_file, capsys)
    for name, (*_, sli) in MEASURED.items():
        assert slos[named(name)]["sli"] == pytest.approx(sli, abs=2e-3), name
        assert not any("not measured" in note for note in slos[named(name)]["notes"]), name
    for name, (_, query, valid, why) in BLIND.items():
        slo = slos[named(name)]
        assert (slo["state"], slo["sli"], slo["valid"]) == ("no_data", None, None), name
        assert slo["budget"]["remaining"] is None, name
        (note,) = [note for note in slo["notes"] if note.startswith("not measured: ")]
        assert why in note, name
        assert f"`{valid if 'valid' in name else query}`" in note, name
    assert slos["value"]["sli"] == 1.0
    assert (slos["raw"]["state"], slos["raw"]["sli"]) == ("no_data", None)


def test_check_has_a_line_for_each_query(
    server: Server, slo_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.commands.check.time.time", lambda: float(NOW))
    assert main(["check", "--prometheus", server.url, "--slo", str(slo_file)]) == 2
    out, err = capsys.readouterr()
    lines = [line.removeprefix("golden-signals: ").rstrip() for line in out.splitlines()]
    head = next(place for place, line in enumerate(lines) if line.startswith("SLO "))
    rows = {(cells[0], cells[1]): cells[2] for line in lines[head + 1 :] if len(cells := line.split(maxsplit=3)) == 4}
    assert len(rows) == 2 * (len(MEASURED) + len(BLIND)) + 2
    assert rows[("right", "valid")] == "2"
    assert rows[("right", "bad")] == "1"
    assert rows[("none-failed-yet", "bad")] == "nothing"
    assert rows[("label-of-the-bad", "bad")] == "nothing"
    assert rows[("label-of-the-good", "good")] == "2"
    assert rows[("another-spelling", "good")] == "1"
    assert rows[("raw", "ratio")] == "3"
    assert rows[("value", "value")] == "1"
    assert err.count("\n") == len(BLIND) - 2 + 1, "all but the missing metrics, and the raw ratio"
    assert err.count(NO_LABEL) == 4
    assert "note: metric: not measured: `checkout_errors_total` never selected anything" in out


def test_every_sample_of_a_probe_counts(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pyrra = tmp_path / "pyrra.yaml"
    pyrra.write_text(
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: probe}\n"
        "spec: {target: '50', window: 1d, indicator: {bool_gauge: {metric: 'probe_success{job=\"probe\"}'}}}\n",
        encoding="utf-8",
    )
    assert main(["check", "--convert", str(pyrra)]) == 0
    path = tmp_path / "slo.yaml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    slo = status(server, path, capsys)["probe"]
    assert (slo["bad"], slo["valid"]) == (4.0, 60.0)


def test_a_label_that_appears_later_is_counted_from_then_on_and_back(server: Server) -> None:
    """A source is asked again whenever its services are; what it lacks is known by its newest answer."""
    source = PrometheusSource(server.url)
    query = Query("old_errors_total", counter=True)
    grid = Grid.between(NOW - 600, NOW, step=60)
    selections = QuerySelections()
    source.discover(NOW)
    answer = source.query_values([query], grid)
    selections.learn([answer], {})
    assert [lack.metric for lack in selections.selection(query).lacks] == ["old_errors_total"]
    source.discover(NOW - 2 * HOUR)
    selections.learn([source.query_values([query], grid)], {})
    assert (selections.selection(query).series, selections.selection(query).lacks) == (1, frozenset())
    source.close()
