"""One objective as HTML and as its burndown: three numbers, the SLA, what is uncertain, what colours mean."""

from dataclasses import replace
from typing import Any

import pytest

from dashboard.engine.snapshot import Snapshot
from dashboard.slo.caveats import Caveat, CaveatKind
from dashboard.slo.report import SlaReport, SloReport, State
from dashboard.ui.panels.objectives import objective_detail
from dashboard.ui.text.units import plain
from tests.broadcasts import payload
from tests.ui.panels import HOSTILE


def report(snapshot: Snapshot, **changes: object) -> SloReport:
    return replace(next(report for report in snapshot.slos if report.slo.name == "checkout-availability"), **changes)


def nothing(snapshot: Snapshot) -> SloReport:
    """Of an objective that nobody counts."""
    return report(
        snapshot, state=State.NO_DATA, valid=None, good=None, sli=None, interval=None, remaining=None, burn=(),
        measured_at=None, exhaustion=None,
    )  # fmt: skip


def test_the_head_has_the_three_numbers_with_what_they_mean(snapshot: Snapshot) -> None:
    html = plain(objective_detail.head(snapshot, report(snapshot)))
    assert html.count('<div class="fact ') == 3
    for text in ("<span>Objective</span><b>99.9 %</b>", "1 in 1,000 may fail", "95 % interval", "of full outage"):
        assert text in html


def test_without_data_the_numbers_are_dashes(snapshot: Snapshot) -> None:
    html = plain(objective_detail.head(snapshot, nothing(snapshot)))
    assert html.count("<b>–</b>") == 2
    assert "no interval can be given" in html
    assert "No data in this window." in html


SLA = SlaReport(0.995, 0.62, True, None)


@pytest.mark.parametrize(
    ("sla", "words", "fields"),
    [
        (None, None, {}),
        (SLA, "✓</i> SLA 99.5 % met<em>: 62 % of its budget left</em>", {}),
        (replace(SLA, met=None), "◌</i> SLA 99.5 % no data now<em>: 62 % of its budget left</em>", {}),
        (
            replace(SLA, met=None),
            "◌</i> SLA 99.5 % not known: 4 % of the hours have data<em>: 62 % of its budget left</em>",
            {"coverage": 0.04},
        ),
        (
            replace(SLA, met=False, remaining=-0.1, credit="10 %"),
            "✕</i> SLA 99.5 % not met<em>: −10 % of its budget left, 10 % owed</em>",
            {},
        ),
        (
            replace(SLA, next_credit="25 %", next_below=0.99, next_events=1250.0),
            "62 % of its budget left; 25 % at stake below 99 %, 1.25k more failures away</em>",
            {},
        ),
    ],
)
def test_the_sla_says_whether_it_is_met_and_what_is_owed(
    snapshot: Snapshot, sla: SlaReport | None, words: str | None, fields: dict[str, Any]
) -> None:
    html = plain(objective_detail.head(snapshot, report(snapshot, sla=sla, **fields)))
    assert (words in html) if words else ("SLA" not in html)


def test_what_is_uncertain_is_listed_numbers_that_cannot_be_first(snapshot: Snapshot) -> None:
    base = report(snapshot, caveats=(Caveat(CaveatKind.SLI_ABOVE_ONE),))
    noted = replace(base, slo=replace(base.slo, notes=("from a converter",), description="What people pay by."))
    items = list(objective_detail._notes(noted, noted.slo.service))
    assert items[0].startswith('<li class="gs-amber-text">▲ The SLI is above 1')
    assert items[1] == "<li>From a converter.</li>"
    link = '<a href="service?service=checkout">Service checkout ›</a>'
    assert items[-1] == f"<li>What people pay by. {link} · default SLO (not configured)</li>"


@pytest.mark.parametrize(("old", "mark"), [(False, "now"), (True, "last answer")])
def test_the_burndown_says_what_its_end_is(snapshot: Snapshot, old: bool, mark: str) -> None:
    (card,) = payload(objective_detail.burndown_cards(snapshot, report(snapshot), old=old))["cards"]
    assert card["wide"]
    texts = [note.get("text", "") for note in card["figure"]["layout"]["annotations"]]
    assert any(mark in text for text in texts)
    assert "where this window&#x27;s budget went" in card["head"]


def test_without_a_budget_there_is_a_sentence_instead_of_a_burndown(snapshot: Snapshot) -> None:
    (card,) = payload(objective_detail.burndown_cards(snapshot, nothing(snapshot), old=False))["cards"]
    assert card["figure"] is None
    assert card["absent"] == "No data in this window: there is no budget to draw."


def test_names_notes_and_credits_are_text(snapshot: Snapshot) -> None:
    base = report(snapshot, sla=replace(SLA, credit=HOSTILE, next_credit=HOSTILE, next_events=1.0, next_below=0.9))
    slo = replace(base.slo, name=HOSTILE, title=HOSTILE, notes=(HOSTILE,), description=HOSTILE, origin=HOSTILE)
    html = objective_detail.head(snapshot, replace(base, slo=slo))
    assert html.count("&lt;script&gt;") >= 7
    assert "<script" not in html
