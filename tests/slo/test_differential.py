"""Skewed traffic judged by others: a real Prometheus evaluates rules written as Pyrra and Sloth write theirs.

Over thirty days, each minute scraped. A day is busy and hardly anything fails; nights are quiet and much fails, so that
events and slices tell different stories.
"""

from collections.abc import Iterator

import httpx
import numpy as np
import pytest
import yaml

from dashboard.engine.event_counts import fetch
from dashboard.rules import write_rules
from dashboard.slo.evaluation import Evaluator
from dashboard.slo.indicators import Query, Ratio, Term
from dashboard.slo.ledger import Ledger
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport
from dashboard.slo.windows import Rolling
from dashboard.sources.prometheus.source import PrometheusSource
from dashboard.timerange import DAY, HOUR
from tests.servers import NOW, Server, backfill, filled

pytestmark = pytest.mark.servers

MINUTE = 60
END = NOW // HOUR * HOUR
PERIOD = 30 * DAY
# A little longer than the period, so that its first minutes are counted, too.
MINUTES = PERIOD // MINUTE + 180
VALID, BAD = 'http_requests_total{service="skewed"}', 'http_requests_total{service="skewed",code=~"5.."}'
INDICATOR = Ratio(Query(f"sum({VALID})", counter=True), bad=Query(f"sum({BAD})", counter=True))
EVENTS = Slo("skewed", "events", INDICATOR, 0.99, window=Rolling(float(PERIOD)))
SHARES = Slo(
    "skewed", "shares", INDICATOR, 0.99, window=Rolling(float(PERIOD)), method=Method.RATIO_TIMESLICES, slice_s=300
)
# What floating point leaves where all count the same samples.
SAME = 1e-9
# Of the budget spent, where rules are evaluated between two scrapes as a Prometheus does: each five minutes then hold
# four of five increments, and the fifth is taken to be alike.
RECORDED = 0.05

INCREASE = f"sum by (code) (increase({VALID}[30d]))"
PYRRA = f"""
groups:
- name: skewed-increase
  interval: 5m
  rules:
  - record: http_requests:increase30d
    expr: {INCREASE}
    labels: {{slo: skewed}}
"""
PYRRA_BUDGET = """
((1 - 0.99) - (
  sum(http_requests:increase30d{slo="skewed",code=~"5.."} or vector(0))
  / sum(http_requests:increase30d{slo="skewed"})
)) / (1 - 0.99)
"""
RATIO = f"sum(rate({BAD}[5m])) / sum(rate({VALID}[5m]))"
SLOTH = f"""
groups:
- name: sloth-slo-sli-recordings-skewed
  interval: 5m
  rules:
  - record: slo:sli_error:ratio_rate5m
    expr: {RATIO}
    labels: {{sloth_id: skewed, sloth_window: 5m}}
"""
# 30d ends in one second less: to Prometheus 2 both ends of a range belong, and the mean would hold 8,641 slices.
SLOTH_MEAN = """
sum_over_time(slo:sli_error:ratio_rate5m{sloth_id="skewed"}[2591999s])
/ ignoring (sloth_window)
count_over_time(slo:sli_error:ratio_rate5m{sloth_id="skewed"}[2591999s])
"""


def counts() -> tuple[np.ndarray, np.ndarray]:
    """Requests and failures of each minute; every five minutes hold some requests, or Sloth would have no number."""
    chance = np.random.default_rng(11)
    at = np.arange(MINUTES)
    night = at % 1440 < 480
    valid = np.where(night, 3 + chance.poisson(3, MINUTES), chance.poisson(900, MINUTES) + 1)
    bad = chance.binomial(valid, np.where(night, 0.06, 0.0004))
    return valid, bad


def exposition() -> str:
    """Counters that have counted for long, scraped each minute, on the minute."""
    valid, bad = counts()
    text = ["# TYPE http_requests_total counter"]
    for code, events in (("200", valid - bad), ("503", bad)):
        total = 1_000_000 + np.cumsum(events)
        times = END - (MINUTES - 1 - np.arange(MINUTES)) * MINUTE
        name = f'http_requests_total{{service="skewed",code="{code}"}}'
        text += [f"{name} {value} {at}" for value, at in zip(total.tolist(), times.tolist(), strict=True)]
    return "\n".join([*text, "# EOF", ""])


def expression(term: Term) -> str:
    assert isinstance(term, Query), "everything is queries here"
    return term.text


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Prometheus with the counters and with what the rules of all three would have recorded in the period."""
    folder = tmp_path_factory.mktemp("skewed")
    server = filled("prometheus", folder, exposition())
    try:
        recorded = [
            *record(server, PYRRA, END - 600),
            *record(server, SLOTH, END - PERIOD),
            *record(server, ours(), END - PERIOD),
        ]
        server.stop()
        (folder / "recorded.om").write_text("\n".join([*recorded, "# EOF", ""]), encoding="utf-8")
        backfill(folder / "recorded.om", folder / "data")
        server.start()
        yield server
    finally:
        server.stop()


def record(server: Server, text: str, since: int) -> Iterator[str]:
    """What recording rules give over the past, every five minutes, evaluated by the server; as OpenMetrics."""
    for group in yaml.safe_load(text)["groups"]:
        for rule in group["rules"]:
            form = {"query": rule["expr"], "start": since, "end": END, "step": 300}
            answer = httpx.post(f"{server.url}/api/v1/query_range", data=form, timeout=60).raise_for_status().json()
            for row in answer["data"]["result"]:
                named = {**row["metric"], **rule.get("labels", {})}
                labels = ",".join(f'{name}="{value}"' for name, value in named.items() if name != "__name__")
                yield from (f"{rule['record']}{{{labels}}} {value} {at}" for at, value in row["values"])


def ours() -> str:
    """The rules we write, those that keep events: all else is made of them."""
    content = yaml.safe_load(write_rules([EVENTS, SHARES], expression).text)
    for group in content["groups"]:
        group["rules"] = [rule for rule in group["rules"] if rule.get("record", "").endswith(":increase5m")]
    return yaml.safe_dump(content)


def answer(server: Server, query: str) -> float:
    """The one number of an instant query at the end of the period."""
    answer = httpx.get(f"{server.url}/api/v1/query", params={"query": query, "time": END}).raise_for_status().json()
    (row,) = answer["data"]["result"]
    return float(row["value"][1])


@pytest.fixture(scope="module")
def reports(server: Server) -> dict[str, SloReport]:
    """What our engine says at the end of the period, by what it asks the same server."""
    source = PrometheusSource(server.url)
    ledger = Ledger(base=MINUTE)
    ledger.follow([EVENTS, SHARES], MINUTE)
    for request in ledger.due(END):
        ledger.add(request, fetch(source, request).values)
    source.close()
    return {report.slo.name: report for report in Evaluator().reports(ledger)}


def left(report: SloReport) -> float:
    assert report.remaining is not None, "there were events"
    return report.remaining


def test_counted_events_are_what_pyrra_counts(server: Server, reports: dict[str, SloReport]) -> None:
    failed = INCREASE.replace("}", ',code=~"5.."}')
    spent = answer(server, f"(sum({failed} or vector(0)) / sum({INCREASE})) / (1 - 0.99)")
    assert 1 - left(reports["events"]) == pytest.approx(spent, rel=SAME)


def test_the_mean_of_slices_is_what_sloth_calls_a_month(server: Server, reports: dict[str, SloReport]) -> None:
    mean = f"sum_over_time(({RATIO})[2591999s:5m]) / count_over_time(({RATIO})[2591999s:5m])"
    assert 1 - left(reports["shares"]) == pytest.approx(answer(server, mean) / 0.01, rel=SAME)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        pytest.param("events", f"1 - ({PYRRA_BUDGET})", id="pyrra"),
        pytest.param("shares", f"({SLOTH_MEAN}) / 0.01", id="sloth"),
    ],
)
def test_what_their_rules_recorded_is_near(
    name: str, query: str, server: Server, reports: dict[str, SloReport]
) -> None:
    assert 1 - left(reports[name]) == pytest.approx(answer(server, query), rel=RECORDED)


def test_both_are_what_truly_happened(reports: dict[str, SloReport]) -> None:
    valid, bad = (events[-PERIOD // MINUTE :] for events in counts())
    assert 1 - left(reports["events"]) == pytest.approx(bad.sum() / valid.sum() / 0.01, rel=SAME)
    slices = [events.reshape(-1, 5).sum(axis=1) for events in (bad, valid)]
    assert 1 - left(reports["shares"]) == pytest.approx((slices[0] / slices[1]).mean() / 0.01, rel=SAME)


def test_skewed_traffic_tells_them_apart(reports: dict[str, SloReport]) -> None:
    assert left(reports["events"]) > 0.9, "hardly any event was bad"
    assert left(reports["shares"]) < -0.9, "a third of the slices were"


@pytest.mark.parametrize("slo", [EVENTS, SHARES], ids=lambda slo: slo.name)
def test_our_rules_keep_the_same_budget(slo: Slo, server: Server, reports: dict[str, SloReport]) -> None:
    """From what the rules recorded, and from the same queries asked at the ends of our slices."""
    rules = yaml.safe_load(write_rules([slo], expression).text)["groups"][0]["rules"]
    kept = {(rule["record"], rule["labels"].get("window")): rule["expr"] for rule in rules if "record" in rule}
    spent = 1 - left(reports[slo.name])
    recorded = answer(server, kept["golden_signals:slo_error_ratio", "30d"]) / slo.budget
    assert recorded == pytest.approx(spent, rel=RECORDED)
    bad, valid = (kept[f"golden_signals:slo_{side}:increase5m", None] for side in ("bad", "valid"))
    aligned = f"sum_over_time(({bad})[2591999s:5m]) / sum_over_time(({valid})[2591999s:5m])"
    assert answer(server, aligned) / slo.budget == pytest.approx(spent, rel=SAME)
