"""What spends the budget, as HTML: a row for each selection, a sentence, and what is said where there is none."""

from dataclasses import replace

import pytest

from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.oncall.combinations import Combinations
from dashboard.oncall.explanation import explain
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.combined import UnusedLabel
from dashboard.timerange import HOUR
from dashboard.ui.panels.service import spending
from dashboard.ui.text.units import plain
from tests.oncall.tables import LABELS, drawn
from tests.ui.panels import HOSTILE, NOW

PAIR = {"route": "/pay", "version": "42"}
SPANS = Spans(int(NOW), HOUR, HOUR)
EMPTY = ExplanationWindow("shop", BadEvents.FAILED, SPANS)
FOUND = replace(EMPTY, explanation=explain(drawn((PAIR, 0.05))))
SLOW = replace(FOUND, bad=BadEvents.SLOW)
CALM = replace(EMPTY, bad=BadEvents.SLOW, explanation=explain(drawn()))
SPREAD = replace(EMPTY, explanation=explain(drawn(everywhere=4)))


def full(*windows: ExplanationWindow, is_over: bool = False) -> str:
    return plain(spending.full_html(windows, is_over=is_over))


def test_a_cause_has_its_row_before_its_parts_and_all_else() -> None:
    html = full(FOUND)
    rows = [row.split("<td title=")[1].split(">")[1].split("<")[0] for row in html.split("<tr")[2:]]
    assert rows == ["route=/pay, version=42", "route=/pay", "version=42", "everything else"]
    assert html.count("<tr class=cause>") == 1
    assert "<h2>What spends the budget</h2>" in html
    assert "which labels hold the additional failures, 9 Oct 2025 07:53 – 08:53 UTC" in html
    assert "Compared with 9 Oct 2025 06:53 – 07:53 UTC." in html
    assert " additional failures</span>" in html
    assert "<b>Without route=/pay, version=42 (" in html
    assert "They are even over all 3 of zone." in html


def test_a_bar_has_a_tick_at_the_share_of_traffic() -> None:
    assert spending.bar(0.25, 0.1) == (
        '<span class="gs-share"><i style="width:25.0%"></i><s style="left:10.0%"></s></span>'
    )
    # Others became better: the number beside it tells.
    assert "width:100.0%" in spending.bar(1.3, None)
    assert "width:0.0%" in spending.bar(-0.2, None)
    assert "none" in spending.bar(None, 0.4)


def test_of_the_past_it_is_told_in_the_past() -> None:
    html = full(FOUND, is_over=True)
    assert "What spent the budget" in html
    assert "the error ratio would have been 0." in html
    assert "<th>Own ratio before → then</th>" in html
    assert "<th>Own ratio before → now</th>" in full(FOUND)
    assert ", and it was " in html or "; before it was" in html


def test_evenly_spread_trouble_is_said_with_what_was_tried() -> None:
    html = full(SPREAD)
    assert "<b>No single cause</b>: the error ratio is " in html
    assert "none of 59 selections by route, version and zone explains it" in html
    # Of each label the value that comes nearest.
    assert html.count("<tr><td") == len(LABELS)
    assert "everything else" not in html


def test_two_kinds_of_bad_events_have_a_section_each_and_one_title() -> None:
    html = full(CALM, FOUND)
    assert html.count("<h2>") == 1
    assert html.index("Without route=/pay") < html.index("<b>Nothing to explain</b>: the share of requests")
    # Where nothing is wrong a line is enough.
    assert "additional slow requests" not in html
    assert "additional slow requests" in full(FOUND, SLOW)
    assert full(FOUND, SLOW).count("<table") == 2


def test_what_was_never_counted_is_not_told_beside_what_was() -> None:
    none = replace(EMPTY, bad=BadEvents.SLOW, explanation=explain(Combinations.empty()))
    assert full(FOUND, none) == full(FOUND)
    assert "there are no requests now" in full(none)


def test_while_it_is_worked_out_that_is_said_and_when_to_ask_again() -> None:
    waiting = replace(EMPTY, retry_s=2.0)
    assert "Working out what spends the budget …" in full(waiting)
    assert "Working out" in spending.brief_html([waiting])
    assert spending.waits_s([waiting, replace(waiting, retry_s=7.0)]) == 2.0
    # The one before is shown meanwhile: nothing is waited for.
    assert spending.waits_s([replace(FOUND, retry_s=2.0)]) is None


def test_an_error_is_said_and_what_was_known_stays() -> None:
    failed = replace(EMPTY, error="<b>http://127.0.0.1:9090</b> cannot be reached")
    assert "&lt;b&gt;http://127.0.0.1:9090&lt;/b&gt; cannot be reached" in full(failed)
    assert "Working out" not in full(failed)
    assert "cannot be reached" in spending.brief_html([failed])
    assert "route=/pay" in full(replace(FOUND, error="cannot be reached"))
    assert spending.waits_s([failed]) is None


def test_labels_that_were_not_combined_and_half_an_answer_are_said() -> None:
    html = full(replace(FOUND, unused=(UnusedLabel("user", "it has 1,000,000 values"),), partial=True))
    assert "user is not combined with other labels: it has 1,000,000 values." in html
    assert "The source answered in part" in html


def test_beside_a_chart_each_part_has_a_line_and_even_labels_say_so() -> None:
    html = plain(spending.brief_html([FOUND]))
    assert html.count("gs-share") == 3
    for text in (">route<", ">/pay<", ">version<", ">42<", ">both<", ">/pay · 42<", ">no single one: even over all 3<"):
        assert text in html
    single = plain(spending.brief_html([replace(EMPTY, explanation=explain(drawn(({"zone": "c"}, 0.05))))]))
    assert single.count("gs-share") == 1
    assert "<b>No single cause</b>" in spending.brief_html([SPREAD])
    assert "Nothing to explain: the share of requests" in plain(spending.brief_html([CALM]))
    assert html == plain(spending.brief_html([CALM, FOUND])), "what tells most"


@pytest.mark.parametrize("build", [spending.full_html, spending.brief_html])
def test_values_and_labels_are_text(build: object) -> None:
    labels = {HOSTILE: (HOSTILE, "b", "c"), "version": ("41", "42")}
    window = replace(EMPTY, explanation=explain(drawn(({HOSTILE: HOSTILE}, 0.05), labels=labels)))
    assert callable(build)
    html = build([window])
    assert "<script" not in html.casefold()
    assert "&lt;script" in html.casefold()
