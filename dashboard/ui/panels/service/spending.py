"""What spends the budget of a service: the label values that the additional bad requests have in common.

`spending` is the card of the service page. `in_full` draws its table for any service and range, `brief_html` a few
lines beside a chart.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from html import escape

import streamlit as st

from dashboard.engine.snapshot import Snapshot
from dashboard.engine.trouble import countable_by, explained_spans, is_troubled, troubled_since
from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.oncall.explanation import Explanation, Selection, Verdict
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.ui import data
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import explanation_text, spending_text, units

EVERY = tuple(BadEvents)
# How many lines fit beside a chart.
LINES = 6
# Tables of a choice, built once for all viewers.
_tables = SharedCache[str]()


def spending(snapshot: Snapshot, view: ServiceView, *, is_range: bool) -> float | None:
    """The card of the service page, for a service in trouble and for any chosen range.

    Args:
        snapshot: the newest one. `view`: of the service. `is_range`: its range was chosen.

    Returns:
        Seconds until the next request while it is being computed; None if it is ready, or not wanted.
    """
    report = view.report
    if not (is_range or view.ended or is_troubled(report)):
        return None
    begin, end = view.grid.start - view.grid.step, view.grid.end
    spans = explained_spans(begin, end, since=troubled_since(snapshot, report), shift=view.compare)
    bads = countable_by(report.info)
    with st.container(border=True, key="card_spending"):
        return in_full(report.name, spans, bads, zone=view.zone, slides=view.live and not view.ended)


def in_full(
    service: str, spans: Spans, bads: Sequence[BadEvents] = EVERY, *, zone: str = "UTC", slides: bool = False
) -> float | None:  # fmt: skip
    """Draw heading, table and sentence.

    Args:
        service: its name. `spans`: the span to explain and the one to compare with, see `explained_spans`.
        bads: which kinds of bad events. `zone`: IANA name for times. `slides`: the span ends now.

    Returns:
        Seconds until the next request while it is being computed; None if it is ready, or failed.
    """
    windows = fetched(service, spans, bads, slides=slides)
    choice = service, tuple(bads), spans.seconds, zone, slides, None if slides else spans
    st.html(_tables.of(choice, windows, partial(full_html, windows, zone=zone, is_over=not slides)))
    return waits_s(windows)


def stored_in_full(window: ExplanationWindow, *, zone: str = "UTC") -> None:
    """Draw heading, table and sentence of a stored explanation.

    Args:
        window: of the past. `zone`: IANA name of the time zone of moments.
    """
    choice = window.service, (window.bad,), window.spans.seconds, zone, False, window.spans
    st.html(_tables.of(choice, (window,), partial(full_html, (window,), zone=zone, is_over=True)))


def fetched(
    service: str, spans: Spans, bads: Sequence[BadEvents], *, slides: bool = False
) -> tuple[ExplanationWindow, ...]:  # fmt: skip
    """An explanation for each kind of bad events, shared by viewers; returns at once, possibly without a result.

    Args:
        service: its name. `spans`: the span to explain and the one to compare with.
        bads: which kinds of bad events. `slides`: the span ends now.
    """
    return tuple(data.explanation(service, bad, spans, slides=slides) for bad in bads)


def waits_s(windows: Sequence[ExplanationWindow]) -> float | None:
    """Seconds until the next request for missing ones; None if all are ready, or failed."""
    waits = [window.retry_s for window in windows if window.explanation is None and window.retry_s is not None]
    return min(waits, default=None)


def full_html(windows: Sequence[ExplanationWindow], *, zone: str = "UTC", is_over: bool = False) -> str:
    """Heading, table and sentence for each kind of bad events, those with causes first.

    Args:
        windows: as they were fetched. `zone`: IANA name of the time zone of moments. `is_over`: the span is past.
    """
    title = f"<h2>{spending_text.title(is_over=is_over)}</h2>"
    first, *others = _shown(windows)
    return _section(first, title, zone, is_over) + "".join(_further(window, zone, is_over) for window in others)


def _further(window: ExplanationWindow, zone: str, is_over: bool) -> str:
    """A kind of bad events below another: without a title, and only one line if nothing is wrong.

    Args:
        window: of it. `zone`: of moments. `is_over`: the span is past.
    """
    explanation = window.explanation
    if explanation is None or explanation.verdict is not Verdict.NOT_WORSE or window.error:
        return _section(window, "", zone, is_over)
    return _sentence(window, explanation, is_over)


def _shown(windows: Sequence[ExplanationWindow]) -> list[ExplanationWindow]:
    """The kinds worth a section: those with causes first, without those never counted."""
    order = list(Verdict)
    counted = [
        window for window in windows
        if window.explanation is None or window.explanation.verdict is not Verdict.NO_EVENTS
    ]  # fmt: skip
    return sorted(
        counted or windows[:1],
        key=lambda window: -1 if window.explanation is None else order.index(window.explanation.verdict),
    )


def _section(window: ExplanationWindow, title: str, zone: str, is_over: bool) -> str:
    """The section of one kind of bad events.

    Args:
        window: of it. `title`: of the card, as HTML. `zone`: of moments. `is_over`: the span is past.
    """
    explanation, measured = window.explanation, spending_text.measured(window.bad, window.spans, zone)
    problem = f'<div class="gs-banner gs-amber"><b>▲</b> {escape(window.error)}</div>' if window.error else ""
    value = "" if explanation is None else spending_text.additional(explanation, window.bad)
    head = (
        f'<div class="gs-cardhead gs-spendhead">{title}<span class="m">{escape(measured)}</span>'
        f'<span class="v">{value}</span></div>{problem}'
    )
    if explanation is None:
        return head if problem else f'{head}<p class="gs-third">{spending_text.WORKING}</p>'
    notes = " ".join(map(escape, _notes(window, explanation, zone)))
    sentence = _sentence(window, explanation, is_over)
    return f'{head}{_table(explanation, is_over)}{sentence}<p class="gs-spendnote">{notes}</p>'


def _sentence(window: ExplanationWindow, explanation: Explanation, is_over: bool) -> str:
    """What was found, and a sentence about labels that no cause mentions; without causes these have rows.

    Args:
        window: of it. `explanation`: its own. `is_over`: the span is past.
    """
    lead, rest = explanation_text.sentence_parts(explanation, window.bad, is_over=is_over)
    further = f" {spending_text.spreads(explanation.spreads)}" if explanation.selections else ""
    return f'<p class="gs-spendsay"><b>{escape(lead)}</b>{escape(rest + further)}</p>'


def _notes(window: ExplanationWindow, explanation: Explanation, zone: str) -> Iterator[str]:
    """Further notes on the numbers."""
    yield spending_text.compared(window.spans, zone)
    rows = (*explanation.selections, *explanation.parts)
    if rows and explanation.verdict in (Verdict.CAUSES, Verdict.NO_SINGLE_CAUSE):
        yield spending_text.OVERLAP
        yield from spending_text.likened(explanation.selections or explanation.parts[: spending_text.LISTED])
    for label in window.unused:
        yield f"{label.name} is not combined with other labels: {label.why}."
    if window.partial:
        yield "The source answered in part: missing data may change this."


def _table(explanation: Explanation, is_over: bool) -> str:
    """A row for each cause, for what its labels select alone, and for the rest; empty without any.

    Args:
        explanation: what was found. `is_over`: it is of the past.
    """
    if explanation.verdict not in (Verdict.CAUSES, Verdict.NO_SINGLE_CAUSE):
        return ""
    causes = len(explanation.selections)
    listed = enumerate(spending_text.rows(explanation))
    rows = [_row(selection, is_cause=place < causes) for place, selection in listed]
    heads = "<th>Selection</th><th>Additional</th><th>Share</th>"
    heads += '<th class="left">of all additional · tick: share of traffic</th>'
    heads += f"<th>Own ratio before → {'then' if is_over else 'now'}</th><th>Of traffic</th>"
    return (
        f'<div class="gs-scroll"><table class="gs-table gs-spend"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(selection: Selection, *, is_cause: bool = False) -> str:
    """One selection; `is_cause`: in bold."""
    name = explanation_text.selected(selection.labels) or spending_text.ALL_ELSE
    share = units.share(selection.share_of_additional)
    before, now = units.percent(selection.usual_ratio), units.percent(selection.counts.ratio)
    return (
        f'<tr{" class=cause" if is_cause else ""}><td title="{escape(name)}">{escape(name)}</td>'
        f"<td>{units.count(selection.additional)}</td><td>{share}</td>"
        f'<td class="left">{bar(selection.share_of_additional, selection.traffic_share)}</td>'
        f"<td>{before} → {now}</td><td>{units.share(selection.traffic_share)}</td></tr>"
    )


def bar(share: float | None, tick: float | None) -> str:
    """A bar of a share with a tick at another, as HTML: both are also written beside it.

    Args:
        share: 0–1, cut beyond; None: unknown. `tick`: 0–1; None without one.
    """
    if share is None:
        return '<span class="gs-share none"></span>'
    mark = "" if tick is None else f'<s style="left:{100 * tick:.1f}%"></s>'
    return f'<span class="gs-share"><i style="width:{100 * min(max(share, 0.0), 1.0):.1f}%"></i>{mark}</span>'


def brief_html(windows: Sequence[ExplanationWindow]) -> str:
    """A line for each selection: label, value, bar and share; the most informative kind of bad events.

    Args:
        windows: as they were fetched.
    """
    shown = _shown(windows)
    window = shown[0] if shown else None
    explanation = None if window is None else window.explanation
    if window is None or explanation is None:
        why = spending_text.WORKING if window is None or window.error is None else window.error
        return f'<div class="gs-spends"><span class="all">{escape(why)}</span></div>'
    lines = list(_lines(explanation))[:LINES]
    if not lines:
        lead, rest = explanation_text.sentence_parts(explanation, window.bad)
        lines = [f'<span class="all">{escape(lead)}{escape(rest)}</span>']
    return f'<div class="gs-spends">{"".join(lines)}</div>'


def _lines(explanation: Explanation) -> Iterator[str]:
    if explanation.verdict not in (Verdict.CAUSES, Verdict.NO_SINGLE_CAUSE):
        return
    singles = [cause for cause in explanation.selections if len(cause.labels) == 1]
    for selection in (*singles, *(explanation.parts if explanation.selections else ())):
        ((label, value),) = selection.labels.items()
        yield _line(label, value or explanation_text.EMPTY, selection)
    for selection in explanation.selections:
        if len(selection.labels) > 1:
            values = " · ".join(value or explanation_text.EMPTY for value in selection.labels.values())
            yield _line(spending_text.PARTS.get(len(selection.labels), "all"), values, selection)
    if not explanation.selections:
        yield '<span class="all"><b>No single cause</b></span>'
    for each in explanation.spreads:
        spread = escape(spending_text.spread(each))
        yield f'<span class="l">{escape(each.label)}</span><span class="even">{spread}</span>'


def _line(label: str, value: str, selection: Selection) -> str:
    """One selection.

    Args:
        label: what its value is of. `value`: as it is shown. `selection`: with its numbers.
    """
    return (
        f'<span class="l">{escape(label)}</span><b title="{escape(value)}">{escape(value)}</b>'
        f"{bar(selection.share_of_additional, selection.traffic_share)}"
        f'<span class="n">{units.share(selection.share_of_additional)}</span>'
    )
