"""The charts of a service as they are sent: heads with their one number, and sentences instead of empty axes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard import frames
from dashboard.changes.change import Change, Kind
from dashboard.changes.known import KnownChange
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.viewers.on_demand import OnDemandWindow
from dashboard.signals.current import CurrentValues, current_values
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.ui.panels.service import service_charts
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.text.units import plain
from tests.broadcasts import payload
from tests.ui.panels import HOSTILE, NOW

KEYS = ["latency", "traffic", "errors", "saturation", "heatmap"]
GRID = Grid.ending(NOW, span=HOUR, step=15)


def view(snapshot: Snapshot, **changes: Any) -> ServiceView:
    return replace(ServiceView(snapshot.by_name["checkout"], GRID, at=NOW), **changes)


def samples(**values: float) -> pd.DataFrame:
    """Of one service: `latency__0_1=8` is the column ("latency", "0.1")."""
    columns = {}
    for name, value in values.items():
        measure, _, detail = name.partition("__")
        columns[("shop", measure, detail.replace("_", "."))] = np.full(len(GRID), value)
    return frames.of_service(frames.samples(columns, GRID), "shop")


def with_samples(shown: ServiceView, frame: pd.DataFrame) -> ServiceView:
    current = current_values(frame, threshold=shown.report.info.threshold)
    report = replace(shown.report, samples=frame, current=current)
    return replace(shown, report=report, view=OnDemandWindow(frame, GRID))


def cards(shown: ServiceView) -> dict[str, Any]:
    return {card["key"]: card for card in payload(service_charts._broadcast(shown, None))["cards"]}


def head(shown: ServiceView, key: str) -> str:
    return plain(cards(shown)[key]["head"])


def test_a_full_service_has_five_charts_and_only_the_heat_map_is_wide(snapshot: Snapshot) -> None:
    sent = cards(view(snapshot))
    assert list(sent) == KEYS
    assert all(card["figure"] is not None for card in sent.values())
    assert [key for key, card in sent.items() if card["wide"]] == ["heatmap"]


def known(minutes: float, kind: Kind, version: str = "", text: str = "", **details: str) -> KnownChange:
    at = NOW - 60 * minutes
    change = Change(sender="x", key=f"{at}", kind=kind, start=at, at=at, text=text, version=version, details=details)
    return KnownChange(change, ("checkout",), ("x",), (change.id,))


def test_changes_are_marked_on_every_chart_and_steps_of_an_autoscaler_on_none(snapshot: Snapshot) -> None:
    changes = (
        known(40, Kind.DEPLOY, "4.1.7", origin="requests"),
        known(30, Kind.FLAG, text="pay-retry <50>"),
        known(25, Kind.SCALING, origin="replicas"),
        known(20, Kind.SCALING, text="Scaled to 4"),
        known(15, Kind.MAINTENANCE, text="Maintenance of the database"),
        known(10, Kind.ROLLBACK, "4.1.6"),
    )
    sent = cards(view(snapshot, changes=changes))
    for card in sent.values():
        notes = {note["text"]: note["x"] for note in card["figure"]["layout"]["annotations"] if note["name"] == "rail"}
        assert {text: at for text, at in notes.items() if text != "now" and not text.startswith("unusual")} == {
            "deploy v4.1.7": (NOW - 2400) * 1000,
            "flag: pay-retry &lt;50&gt;": (NOW - 1800) * 1000,
            "scaling: Scaled to 4": (NOW - 1200) * 1000,
            "Maintenance of the data…": (NOW - 900) * 1000,
            "rollback to v4.1.6": (NOW - 600) * 1000,
        }


def test_without_data_each_chart_says_why_it_is_not_drawn(snapshot: Snapshot) -> None:
    sent = cards(with_samples(view(snapshot), samples()))
    assert all(card["figure"] is None for card in sent.values())
    assert {key: card["absent"] for key, card in sent.items()} == service_charts.ABSENT


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"latency__0_1": 0.0, "latency__0_5": 10.0, "latency__inf": 10.0}, "p99 <b>496 ms</b>"),
        ({"quantile__0_99": 0.4}, "p99 <b>400 ms</b>"),
        ({"mean": 0.12}, "mean <b>120 ms</b>"),
        ({}, "p99 <b>–</b>"),
    ],
)
def test_the_number_of_latency_is_the_best_that_is_known(
    snapshot: Snapshot, values: dict[str, float], number: str
) -> None:
    assert number in head(with_samples(view(snapshot), samples(requests=10.0, **values)), "latency")


def test_a_number_over_its_limit_is_marked(snapshot: Snapshot) -> None:
    shown = view(snapshot)
    limit = shown.report.info.threshold
    assert limit is not None
    for p99, marked in ((limit * 0.9, False), (limit, False), (limit * 1.1, True)):
        written = head(with_samples(shown, samples(requests=10.0, quantile__0_99=p99)), "latency")
        assert ('class="v over"' in written) == marked


def test_traffic_says_how_it_differs_from_the_compared_period(snapshot: Snapshot) -> None:
    before = OnDemandWindow(samples(requests=8.0), GRID)
    shown = with_samples(view(snapshot), samples(requests=10.0))
    compared = replace(shown, before=before, compare=DAY, compared="yesterday")
    assert "+25 % vs yesterday <b>10.0/s</b>" in head(compared, "traffic")
    assert "vs" not in head(shown, "traffic")
    nothing = replace(compared, before=OnDemandWindow(samples(requests=0.0), GRID))
    assert "%" not in head(nothing, "traffic"), "no share of nothing"


def test_errors_are_those_of_the_server(snapshot: Snapshot) -> None:
    shown = with_samples(view(snapshot), samples(requests=10.0, errors__server=0.5, errors__client=4.0))
    assert "server <b>5.0 %</b>" in head(shown, "errors")
    unknown = with_samples(view(snapshot), samples(requests=10.0))
    assert "server <b>–</b>" in head(unknown, "errors")


HEADS = ["latency", "traffic", "errors"]


@pytest.mark.parametrize("span", [DAY, 7 * DAY, 30 * DAY])
def test_heads_show_the_current_values_at_every_span(snapshot: Snapshot, span: int) -> None:
    """And never the mean of the last bucket, which at 30 days is one of two hours."""
    grid = Grid.ending(NOW, span=span, step=span // 480)
    columns = {("shop", "requests", ""): np.full(len(grid), 3.0), ("shop", "quantile", "0.99"): np.full(len(grid), 0.3)}
    frame = frames.of_service(frames.samples(columns, grid), "shop")
    now = with_samples(view(snapshot), samples(requests=10.0, errors__server=5.0, quantile__0_99=1.49))
    shown = replace(now, grid=grid, view=OnDemandWindow(frame, grid))
    written = [head(shown, key) for key in HEADS]
    for text, number in zip(written, ("p99 <b>1.49 s</b><", "<b>10.0/s</b><", "server <b>50 %</b><"), strict=True):
        assert number in text


def test_a_past_range_names_the_moment_of_its_numbers(snapshot: Snapshot) -> None:
    shown = with_samples(view(snapshot), samples(requests=10.0, errors__server=5.0, quantile__0_99=1.49))
    past = replace(shown, live=False, at=float(NOW + 3 * HOUR))
    assert "p99 <b>1.49 s</b> at 08:53" in head(past, "latency")
    assert "server <b>50 %</b> at 08:53" in head(past, "errors")


@pytest.mark.parametrize("scraped", [True, False], ids=["counters that stand still", "counters that are gone"])
def test_a_service_without_requests_says_when_the_last_came(snapshot: Snapshot, scraped: bool) -> None:
    frame = samples(requests=10.0, errors__server=5.0, quantile__0_99=0.1)
    frame.iloc[-160:] = np.nan
    if scraped:
        frame.iloc[-160:, frame.columns.get_loc(("requests", ""))] = 0.0
    shown = with_samples(view(snapshot), frame)
    if not scraped:
        shown = replace(shown, report=replace(shown.report, current=CurrentValues(float(NOW - 2400))))
    traffic = "0/s" if scraped else "–"
    for key, number in zip(HEADS, ("p99 <b>–</b>", f"<b>{traffic}</b>", "server <b>–</b>"), strict=True):
        assert f"{number}, last request at 08:13" in head(shown, key)


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(1250.0, "bytes", "1.25 kB"), (7.0, "1", "7"), (7.0, "", "7"), (2.5, "cores", "2.5 cores")],
)
def test_a_resource_without_a_limit_is_said_in_its_unit(value: float, unit: str, words: str) -> None:
    assert plain(service_charts._raw(value, unit)) == words


@pytest.mark.parametrize(
    ("span", "step", "words"),
    [(HOUR, 15, "bars: last hour"), (900, 15, "bars: last 15 m"), (30 * DAY, 2 * HOUR, "bars: last 2 h")],
)
def test_the_bars_beside_the_heat_map_say_their_time(snapshot: Snapshot, span: int, step: int, words: str) -> None:
    shown = view(snapshot, grid=Grid.ending(NOW, span=span, step=step))
    assert plain(service_charts._beside(shown)) == words


def test_names_of_resources_units_and_periods_are_text(snapshot: Snapshot) -> None:
    shown = view(snapshot, before=OnDemandWindow(samples(requests=8.0), GRID), compare=DAY, compared=HOSTILE)
    current = replace(shown.report.current, saturation={HOSTILE: 0.99}, usage={HOSTILE: 1.0})
    shown = replace(shown, report=replace(shown.report, current=current))
    for card in cards(shown).values():
        assert "<script" not in card["head"]
    assert "&lt;script&gt;" in head(shown, "saturation")
    assert "&lt;script&gt;" in service_charts._raw(1.0, HOSTILE)
