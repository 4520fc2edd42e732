"""Better or worse on the page of a service: what the address compares, and the card of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dashboard.changes.change import Change, Kind
from dashboard.changes.known import KnownChange
from dashboard.comparison.comparison import Comparison, Sides, Signal, compare
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.viewers.side_by_side import Before, SideBySide, Values
from dashboard.timerange import Grid
from dashboard.ui.panels.service import comparison
from dashboard.ui.panels.service.comparison import Chosen
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.text.units import plain
from tests.ui.panels import HOSTILE, NOW

GRID = Grid.ending(NOW, span=3600, step=15)
CHANGED = NOW - 1800
AROUND = Chosen(Before(CHANGED, CHANGED), "Before and after deploy v42", "--change 7")
BESIDE = Chosen(Values("version", "41", "42", NOW - 1800), "version: 42 beside 41", "--label version=41,42")
DEPLOY = KnownChange(
    Change(sender="grafana", key="1", kind=Kind.DEPLOY, start=CHANGED, at=CHANGED, text="out", version="v42"),
    ("checkout",),
    ("grafana",),
    (7, 9),
)


def view(snapshot: Snapshot) -> ServiceView:
    return ServiceView(snapshot.by_name["checkout"], GRID, at=NOW)


def side(failing: float) -> pd.DataFrame:
    index = pd.date_range(end=pd.Timestamp(NOW, unit="s", tz="UTC"), periods=40, freq="min")
    data = {("requests", ""): np.full(40, 20.0), ("errors", "server"): np.full(40, 20.0 * failing)}
    return pd.DataFrame(data, index=index).rename_axis(columns=["measure", "detail"])


def compared(control: float, experiment: float) -> Comparison:
    sides = Sides(
        side(control),
        side(experiment),
        step_s=60.0,
        grows_together=False,
        tells_errors=True,
        threshold=None,
        budgets={},
    )
    return compare(sides)


def pair(control: float = 0.01, experiment: float = 0.05, **changes: object) -> SideBySide:
    grids = Grid.ending(CHANGED, span=1800, step=60), Grid.ending(NOW, span=1800, step=60)
    return replace(SideBySide(compared(control, experiment), *grids, values=("41", "42")), **changes)


def card(snapshot: Snapshot, of: SideBySide, chosen: Chosen = AROUND) -> str:
    return plain(comparison.card(of, chosen, view(snapshot)))


def test_a_card_has_a_verdict_counts_an_effect_and_its_interval(snapshot: Snapshot) -> None:
    html = card(snapshot, pair())
    assert "<h2>Before and after deploy v42</h2>" in html
    assert '<span class="gs-chip gs-red"><i>✕</i> worse</span>' in html
    assert "<b>Worse: errors.</b> It holds however often one looks" in html
    assert "1.0 % (480 of 48,000)" in html
    assert "5.0 % (2,400 of 48,000)" in html
    assert "×5.00 (" in html
    assert 'class="gs-effect gs-red"' in html
    assert "golden-signals compare --service checkout --change 7" in html
    assert "Before: 9 Oct 2025 07:53 – 08:23 UTC; after: 9 Oct 2025 08:23 – 08:53 UTC." in html


@pytest.mark.parametrize(
    ("experiment", "word", "colour"),
    [(0.01, "same", "green"), (0.002, "better", "green"), (0.0112, "inconclusive", "grey")],
)
def test_each_verdict_has_its_mark_and_word(snapshot: Snapshot, experiment: float, word: str, colour: str) -> None:
    html = card(snapshot, pair(0.01, experiment))
    assert f'gs-{colour}"><i>{"✓" if colour == "green" else "◌"}</i> {word}</span>' in html.split("<table")[0]


def test_what_is_missing_and_when_it_will_have_come_is_said(snapshot: Snapshot) -> None:
    inconclusive = pair(0.002, 0.0025)
    html = card(snapshot, inconclusive)
    assert "<small>no doubling, but a smaller difference may be there</small>" in html
    errors = inconclusive.comparison.signals[0].ratio if inconclusive.comparison is not None else None
    assert errors is not None
    assert errors.missing is not None
    missing = replace(errors.missing, needed=100_000.0, missing=52_000.0, ready_in_s=5400.0)
    signal = replace(inconclusive.comparison.signals[0], ratio=replace(errors, missing=missing))
    html = card(snapshot, replace(inconclusive, comparison=replace(inconclusive.comparison, signals=(signal,))))
    assert "<small>48,000 of the 100,000 requests that are needed, at this rate in 1 h 30 m</small>" in html
    never = replace(signal, ratio=replace(errors, missing=replace(missing, ready_in_s=5e8)))
    html = card(snapshot, replace(inconclusive, comparison=replace(inconclusive.comparison, signals=(never,))))
    assert "requests that are needed, not within a month</small>" in html


def test_signals_that_do_not_decide_step_back(snapshot: Snapshot) -> None:
    html = card(snapshot, pair())
    assert html.count('<tr class="aside') == sum(not signal.decides for signal in compared(0.01, 0.05).signals)
    assert "<tr><td>errors</td>" in html


def test_while_it_is_fetched_and_where_it_failed_that_is_said(snapshot: Snapshot) -> None:
    assert "Comparing …" in card(snapshot, SideBySide(None, retry_s=2.0))
    failed = card(snapshot, SideBySide(None, error="<i>cannot</i> be reached"))
    assert "&lt;i&gt;cannot&lt;/i&gt; be reached." in failed
    assert "Comparing" not in failed
    early = card(snapshot, SideBySide(None, GRID))
    assert "Not one whole step has passed since the change." in early
    half = card(snapshot, pair(partial=True))
    assert "The source answered in part: what is absent may be there all the same." in half


def test_a_value_without_requests_is_named(snapshot: Snapshot) -> None:
    html = card(snapshot, pair(values=("41",)), BESIDE)
    assert "No requests with version=42." in html
    assert "<th>41</th><th>42</th>" in html
    # Where there is no room for heads each number says whose it is.
    assert '<td data-of="41">' in html


def test_an_interval_is_cut_at_the_ends_of_its_axis() -> None:
    errors = compared(0.01, 0.05).signals[0]
    html = comparison.interval(errors)
    assert "left:45.2%;right:45.2%" in html, "the margin of a quarter"
    low, high = errors.ratio.interval if errors.ratio is not None else (1.0, 1.0)
    assert f"left:{50 + 50 * np.log10(low):.1f}%" in html
    assert high is not None
    assert "left:99.0%;width:1.0%" in comparison.interval(compared(0.0005, 0.5).signals[0])
    wide = comparison.interval(compared(0.0, 0.05).signals[0])
    assert "left:" in wide
    traffic = next(signal for signal in compared(0.01, 0.01).signals if signal.signal is Signal.TRAFFIC)
    assert "gs-effect" in comparison.interval(traffic)
    nothing = replace(errors, ratio=None)
    assert comparison.interval(nothing) == ""


def test_changes_of_the_span_lead_to_their_comparisons(snapshot: Snapshot) -> None:
    html = comparison.changes_html([DEPLOY], view(snapshot))
    assert f"change={DEPLOY.change.id}" in html
    assert "deploy v42" in html
    assert comparison.changes_html([], view(snapshot)) == ""
    many = [replace(DEPLOY, change=replace(DEPLOY.change, start=NOW - place)) for place in range(9)]
    assert "and 3 more" in comparison.changes_html(many, view(snapshot))
    hostile = replace(DEPLOY, change=replace(DEPLOY.change, version=HOSTILE, text=HOSTILE))
    assert "<script" not in comparison.changes_html([hostile], view(snapshot))


def test_an_address_holds_the_span_and_what_is_compared(snapshot: Snapshot) -> None:
    shown = view(snapshot)
    assert shown.address == "service?service=checkout&span=1h"
    assert comparison.address_of_change(shown, DEPLOY) == f"{shown.address}&change={DEPLOY.change.id}"
    by = comparison.address_of_values(shown, "version", "a&b", "c=d")
    assert by == f"{shown.address}&label=version&control=a%26b&experiment=c%3Dd"
    assert "&by=route&label=route&" in comparison.address_of_values(shown, "route", "a", "b")
    past = replace(shown, live=False, compared="last week")
    assert past.address == f"service?service=checkout&from={GRID.start - 15}&to={GRID.end}&compare=last%20week"
    assert (
        replace(shown, grid=Grid.ending(NOW, span=1800, step=15)).address == "service?service=checkout&from=now-1800s"
    )
