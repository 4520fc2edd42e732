"""Tools whose answers take a while: what spends a budget, and comparisons. The caller waits for them."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.viewers.compared_sides import around, change_of, judged, judged_until, others_of, values_within
from dashboard.engine.viewers.side_by_side import SideBySide, Wanted
from dashboard.oncall.explanation import Explanation, Selection
from dashboard.timerange import HOUR
from dashboard.ui.text import address, explanation_text, units
from dashboard.web.api_query import Refusal, service_of
from dashboard.web.mcp.tool import Desk
from dashboard.web.service import comparison_json
from dashboard.web.service.service_api import PROGRAMS

# Maximum seconds to wait, and between looks; afterwards the caller asks again.
WAIT_S, LOOK_S = 25.0, 0.25
# Seconds to wait for the source at a time.
FETCH_S = 1.0


def explain(desk: Desk, asked: Mapping[str, str]) -> dict[str, Any]:
    """What the additional bad events of a service have in common."""
    report = service_of(desk.snapshot(), asked.get("service", ""))
    content, window = _waited(lambda: desk.api.explanation(asked))
    assert window.explanation is not None, "without one it would have been refused"
    sentence = units.plain(explanation_text.sentence(_quoted(window.explanation), window.bad))
    return {**content, "sentence": sentence, "page": desk.page("service", service=report.name)}


def compare(desk: Desk, asked: Mapping[str, str]) -> dict[str, Any]:
    """Before and after a change, or two values of a label: better, same, worse or inconclusive."""
    snapshot = desk.snapshot()
    report = service_of(snapshot, asked.get("service", ""))
    now = snapshot.shown_at(desk.poller.clock())
    wanted, names, choice = _sides(snapshot, asked, now)
    comparisons, judged_service = desk.poller.viewers.comparisons, judged(report)
    pair = _waited(lambda: _compared(desk, lambda: comparisons.fetch(judged_service, wanted, PROGRAMS, wait_s=FETCH_S)))
    page = desk.page("service", service=report.name, **choice)
    return {**comparison_json.as_json(pair, report.title, *names), "page": page}


def _compared(desk: Desk, fetch: Callable[[], SideBySide]) -> SideBySide:
    pair = desk.api.in_turn(fetch)
    if pair.comparison is None and pair.retry_s is not None:
        raise Refusal(503, "it is still being worked out: ask again", retry_s=pair.retry_s)
    return pair


def _sides(snapshot: Snapshot, asked: Mapping[str, str], now: float) -> tuple[Wanted, tuple[str, str], dict[str, str]]:
    """The comparison, the names of its sides, and the same as parameters of an address.

    Args:
        snapshot: has the changes. `asked`: parameters and values. `now`: epoch seconds of the moment that is shown.

    Raises:
        Refusal: neither a change nor two values of a label are given.
    """
    if number := asked.get("change", ""):
        known = change_of(snapshot.changes, number)
        if known is None:
            raise Refusal(404, f"no change has the id {address.shortened(number)}: ask for changes")
        before = around(known.change)
        end = judged_until(known.change, min(now, before.until + HOUR), others_of(known, snapshot.changes))
        return Wanted(before, end), ("before", "after"), {"change": number}
    values = [asked.get(name, "") for name in ("label", "control", "experiment")]
    if not all(values):
        raise Refusal(400, "say change=ID, or label, control and experiment: two values of a label")
    label, control, experiment = values
    between = values_within(label, control, experiment, begin=now - HOUR, end=now, slides=True)
    choice = {"label": label, "control": control, "experiment": experiment}
    return Wanted(between, now, 2.0 * HOUR), (control, experiment), choice


def _waited(ask: Callable[[], Any]) -> Any:
    """Repeat a request until its answer has been computed.

    Raises:
        Refusal: it is invalid, or takes too long.
    """
    until = time.monotonic() + WAIT_S
    while True:
        try:
            return ask()
        except Refusal as refusal:
            if refusal.retry_s is None or time.monotonic() + refusal.retry_s > until:
                raise
            time.sleep(max(min(refusal.retry_s, 1.0), LOOK_S))


def _quoted(explanation: Explanation) -> Explanation:
    """Put the values of labels in quotation marks, so that their content is not read as a sentence of ours."""
    return replace(
        explanation,
        selections=tuple(map(_quoted_selection, explanation.selections)),
        strongest=None if explanation.strongest is None else _quoted_selection(explanation.strongest),
    )


def _quoted_selection(selection: Selection) -> Selection:
    return replace(selection, labels={name: json.dumps(value) for name, value in selection.labels.items()})
