"""One service as HTML: budgets in words, links, what is unusual."""

import re
from dataclasses import replace

import pytest
import streamlit as st

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.engine.health import DataEnd, NearlyFull
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import State
from dashboard.timerange import Grid
from dashboard.ui.panels.objectives import computation
from dashboard.ui.panels.service import service
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.text import links as links_text
from dashboard.ui.text import units
from dashboard.ui.text.units import plain
from dashboard.ui.theme import PAST, chip
from tests.ui.panels import HOSTILE, NOW


def test_a_budget_on_the_service_page_leads_to_its_objective(snapshot: Snapshot) -> None:
    html = service.budget_card(snapshot.slos[0])
    assert set(re.findall("gs-(red|amber|green|grey)", service.budget_card(snapshot.slos[0], past=True))) == {"grey"}
    assert f'href="objectives?slo={snapshot.slos[0].slo.name}" target="_self"' in html
    hostile = replace(snapshot.slos[0], slo=replace(snapshot.slos[0].slo, name=HOSTILE, title=HOSTILE, kind=HOSTILE))
    assert "<script>" not in service.budget_card(hostile).casefold()


def view(snapshot: Snapshot, name: str = "checkout", **changes: object) -> ServiceView:
    report = snapshot.by_name[name]
    grid = Grid.ending(int(report.samples.index[-1].timestamp()), span=3600, step=15)
    return replace(ServiceView(report, grid), **changes)


def with_report(shown: ServiceView, **changes: object) -> ServiceView:
    return replace(shown, report=replace(shown.report, **changes))


def anomaly(**changes: object) -> Anomaly:
    base = Anomaly("checkout", Signal.LATENCY, Direction.HIGH, NOW - 600, None, NOW, 0.5, 0.399, (None, 0.263), 1e-7)
    return replace(base, **changes)


HINT = {"layer": Layer.NOVELTY, "p_value": None}


def test_a_calm_service_has_no_reasons(snapshot: Snapshot) -> None:
    calm = with_report(view(snapshot), reasons=(), anomalies=())
    assert service.reasons(calm, NOW) == ""


def test_health_comes_before_tests_and_tests_before_hints(snapshot: Snapshot) -> None:
    hint = anomaly(signal=Signal.TRAFFIC, **HINT)
    shown = with_report(view(snapshot), reasons=(NearlyFull("pool", 0.95),), anomalies=(hint, anomaly()))
    html = service.reasons(shown, NOW)
    places = [html.index(text) for text in ("Pool nearly full", "Slower than usual", "Unusual traffic pattern")]
    assert places == sorted(places)


@pytest.mark.parametrize(("changes", "colour"), [({}, "amber"), (HINT, "grey")])
def test_what_is_unusual_alone_is_no_alarm(snapshot: Snapshot, changes: dict[str, object], colour: str) -> None:
    shown = with_report(view(snapshot), reasons=(), anomalies=(anomaly(**changes),))
    assert service.reasons(shown, NOW).startswith(f'<div class="gs-banner gs-{colour}" ')


def test_a_hint_is_silent_beside_a_test_of_its_signal_and_in_the_past(snapshot: Snapshot) -> None:
    hint = anomaly(**HINT)
    both = with_report(view(snapshot), reasons=(), anomalies=(anomaly(), hint))
    assert "pattern" not in service.reasons(both, NOW)
    assert service.reasons(replace(with_report(both, anomalies=(hint,)), live=False), NOW) == ""
    over = with_report(both, anomalies=(anomaly(until=NOW - 60),))
    assert service.reasons(over, NOW) == ""


def test_links_are_filled_and_only_web_addresses_become_links(snapshot: Snapshot) -> None:
    links = {
        "traces": "https://traces.example/?s={service}&from={from}&to={to}",
        "odd": "javascript:alert(1)",
        HOSTILE: 'https://x.example/"><script>',
    }
    shown = view(snapshot)
    shown = with_report(shown, info=replace(shown.report.info, name="a&b=c", links=links))
    filled = links_text.filled(
        shown.report.info.links, shown.report.name, shown.grid.start - shown.grid.step, shown.grid.end
    )
    begin, end = (shown.grid.start - 15) * 1000, shown.grid.end * 1000
    assert filled["traces"] == f"https://traces.example/?s=a%26b%3Dc&from={begin}&to={end}"
    html = "".join(service._links(shown))
    assert html.count("<a ") == 2
    assert "javascript" not in html
    assert "<script" not in html


def test_a_budget_without_data_has_dashes_and_says_so(snapshot: Snapshot) -> None:
    silent = replace(
        snapshot.slos[0], state=State.NO_DATA, valid=None, good=None, sli=None, remaining=None, burn=(),
        measured_at=None, exhaustion=None,
    )  # fmt: skip
    html = plain(service.budget_card(silent))
    assert '<span class="big">–</span>' in html
    assert "<b>No data in this window</b>." in html
    assert "before it is spent" not in html
    assert 'class="gs-bar none"' in html


def test_every_number_of_an_objective_is_computed_as_on_its_own_page(snapshot: Snapshot) -> None:
    first, second = snapshot.slos[:2]
    html = "".join(service._tables([first, second], "UTC"))
    assert html.count("<section>") == 2
    assert f"<h3>{first.slo.name}</h3>{computation.table(computation.steps(first, 'UTC'))}" in html
    text = plain(re.sub("<[^>]*>", " ", html))
    assert f"1 − {units.count(first.bad)} ÷ {units.count(first.valid)}" in text


def test_where_the_data_have_ended_the_health_is_marked_as_of_then(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(st, "html", drawn.append)
    ended = replace(snapshot, source=replace(snapshot.source, data_end=NOW))
    for shown in (snapshot, ended):
        service.head(shown, view(snapshot, ended=shown is ended), NOW)
    now, then = (html for html in drawn if "gs-title" in html)
    assert PAST not in now
    assert f"{PAST}{chip(snapshot.by_name['checkout'].health)}" in then
    assert 'class="gs-alive page"' in now
    assert 'class="gs-alive page then"' in then, "the style sheet mutes the colours of such a page"


def test_where_the_data_end_is_said_above_the_page_and_not_again_as_a_reason(snapshot: Snapshot) -> None:
    ended = with_report(view(snapshot, ended=True), reasons=(DataEnd(NOW), NearlyFull("pool", 0.97)), anomalies=())
    html = service.reasons(ended, NOW)
    assert "Data end" not in html
    assert "Pool nearly full" in html
    assert "Data end" in service.reasons(replace(ended, ended=False), NOW)
