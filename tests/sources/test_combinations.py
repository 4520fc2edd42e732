"""Sources count events by all labels at once: what is counted is what pages count, and what is at fault is named."""

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from dashboard.engine.viewers.explanations import explained
from dashboard.oncall.explanation import Verdict
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources import combined
from dashboard.sources.csv.source import CsvSource
from dashboard.sources.demo.source import DemoSource
from dashboard.timerange import DAY, HOUR, Grid
from tests.servers import NOW

LAST_HOUR = Spans(NOW, HOUR, HOUR)
ROUTES, PODS, TIERS = ("/pay", "/cart", "/list"), ("pod-1", "pod-2", "pod-3"), ("free", "gold")
PAIR = {"route": "/cart", "tier": "gold"}


def selections(source: DemoSource | CsvSource, service: str, bad: BadEvents, spans: Spans) -> list[dict[str, str]]:
    explanation = explained(source, service, bad, spans).explanation
    assert explanation is not None
    return [cause.labels for cause in explanation.selections]


# --- the demo --------------------------------------------------------------------------------------------------------


BAD_DEPLOY = Spans(NOW - 22 * HOUR - 1800, 1800, 1800)
PAYMENT, ITEMS = {"route": "/checkout/payment"}, {"route": "/cart/items", "version": "4.1.7"}


@pytest.mark.parametrize(
    ("service", "bad", "spans", "guilty"),
    [
        ("checkout", BadEvents.FAILED, LAST_HOUR, PAYMENT),
        ("checkout", BadEvents.SLOW, LAST_HOUR, PAYMENT),
        ("recommendations", BadEvents.FAILED, Spans(NOW, HOUR, 7 * DAY), {"instance": "recommendations-2"}),
        ("payments", BadEvents.FAILED, Spans(NOW - 53 * HOUR - 1800, 1800, 1800), {"version": "2.8.1"}),
        ("cart", BadEvents.FAILED, BAD_DEPLOY, ITEMS),
        ("cart", BadEvents.SLOW, BAD_DEPLOY, ITEMS),
    ],
    ids=["route", "slow route", "instance", "version", "pair", "slow pair"],
)
@pytest.mark.parametrize("seed", [7, 8])
def test_the_incidents_of_the_demo_have_their_causes_named(
    service: str, bad: BadEvents, spans: Spans, guilty: dict[str, str], seed: int
) -> None:
    assert selections(DemoSource(start=NOW, seed=seed), service, bad, spans) == [guilty]


def test_a_demo_that_is_slow_everywhere_has_no_single_cause() -> None:
    assert selections(DemoSource(start=NOW), "search", BadEvents.SLOW, LAST_HOUR) == []


def test_the_quiet_demo_has_nothing_to_explain() -> None:
    demo = DemoSource(start=NOW, quiet=True)
    for bad in BadEvents:
        window = explained(demo, "checkout", bad, LAST_HOUR)
        assert window.explanation is not None
        assert window.explanation.verdict is Verdict.NOT_WORSE


@pytest.mark.parametrize("bad", BadEvents)
def test_combinations_of_the_demo_add_up_to_the_service(bad: BadEvents) -> None:
    demo = DemoSource(start=NOW)
    frame = demo.counts(Grid(NOW, NOW, HOUR)).frame["checkout"].iloc[0]
    table = demo.combinations("checkout", bad, LAST_HOUR).combinations
    if bad is BadEvents.FAILED:
        expected = (frame["errors", "server"], frame["requests", ""])
    else:
        expected = (frame["latency", "inf"] - frame["latency", "0.5"], frame["latency", "inf"])
    # A rate is over four cells.
    assert (table.bad.sum(), table.valid.sum()) == pytest.approx(expected, rel=0.02)
    assert table.labels == ("route", "instance", "method")


def test_an_unknown_service_has_no_events() -> None:
    assert len(DemoSource(start=NOW).combinations("nosuch", BadEvents.FAILED, LAST_HOUR).combinations) == 0


# --- files -----------------------------------------------------------------------------------------------------------


def log_rows(at: int) -> Iterator[str]:
    """Requests of a minute; in the last hour a quarter of what the pair counts fails and half of it is slow."""
    rng = Random(at)
    for number in range(60):
        route, pod, tier = rng.choice(ROUTES), rng.choice(PODS), rng.choice(TIERS)
        is_guilty = at > NOW - HOUR and {"route": route, "tier": tier} == PAIR
        status = 500 if rng.random() < (0.25 if is_guilty else 0.005) else 200
        duration = 2000 if rng.random() < (0.5 if is_guilty else 0.01) else 40
        yield f"{at - number % 50},shop,{route},{pod},{tier},{status},{duration}"


def written_log(folder: Path) -> str:
    path = folder / "log.csv"
    rows = [row for at in range(NOW - 2 * HOUR + 60, NOW + 1, 60) for row in log_rows(at)]
    path.write_text("\n".join(["time,service,route,pod,tier,status,duration_ms", *rows, ""]), encoding="utf-8")
    return str(path)


def written_table(folder: Path) -> str:
    """A row a minute of each combination; the first minute is written twice, the second time with other numbers."""
    path = folder / "wide.csv"
    rows = ["time,service,route,pod,tier,requests,errors"]
    for at in range(NOW - 2 * HOUR + 60, NOW + 1, 60):
        for route in ROUTES:
            for pod in PODS:
                for tier in TIERS:
                    is_guilty = at > NOW - HOUR and {"route": route, "tier": tier} == PAIR
                    if at == NOW - 2 * HOUR + 60:
                        rows.append(f"{at},shop,{route},{pod},{tier},900,900")
                    rows.append(f"{at},shop,{route},{pod},{tier},100,{20 if is_guilty else at // 60 % 2}")
    path.write_text("\n".join([*rows, ""]), encoding="utf-8")
    return str(path)


@pytest.fixture(params=[written_log, written_table], ids=["log", "table"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> CsvSource:
    write: Callable[[Path], str] = request.param
    source = CsvSource([write(tmp_path)], is_past=True)
    source.discover(NOW)
    return source


def test_files_are_explained_by_all_their_labels(files: CsvSource) -> None:
    window = explained(files, "shop", BadEvents.FAILED, LAST_HOUR)
    explanation = window.explanation
    assert explanation is not None
    assert [cause.labels for cause in explanation.selections] == [PAIR]
    # The status is no part of the requests but what became of them.
    assert explanation.labels == {"pod": 3, "route": 3, "tier": 2}
    frame = files.counts(Grid(NOW, NOW, HOUR)).frame["shop"].iloc[0]
    assert explanation.counts.valid == frame["requests", ""]
    assert explanation.counts.bad == frame["errors", "server"]
    before = files.counts(Grid(NOW - HOUR, NOW - HOUR, HOUR)).frame["shop"].iloc[0]
    assert explanation.counts.bad_before == before["errors", "server"]
    assert window.costs[0].bytes > 0


def test_requests_of_a_log_that_are_too_slow_are_explained(tmp_path: Path) -> None:
    source = CsvSource([written_log(tmp_path)], is_past=True)
    source.discover(NOW)
    assert selections(source, "shop", BadEvents.SLOW, LAST_HOUR) == [PAIR]


def test_of_too_many_combinations_the_label_with_most_values_is_tried_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(combined, "COMBINATIONS_MAX", 6)
    source = CsvSource([written_log(tmp_path)], is_past=True)
    source.discover(NOW)
    answer = source.combinations("shop", BadEvents.FAILED, LAST_HOUR)
    assert answer.combinations.labels == ("route", "tier")
    assert [table.labels for table in answer.alone] == [("pod",)]
    assert answer.alone[0].bad.sum() == answer.combinations.bad.sum()
    assert [(label.name, label.why) for label in answer.unused] == [
        ("pod", "with its 3 values there would be more than 6 combinations: it is tried alone")
    ]
    assert selections(source, "shop", BadEvents.FAILED, LAST_HOUR) == [PAIR]
