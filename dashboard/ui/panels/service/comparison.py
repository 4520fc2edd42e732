"""Better or worse: before and after a change, or two values of a label; chosen in the URL."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import quote

import streamlit as st

from dashboard.changes.known import KnownChange, of_service
from dashboard.comparison.comparison import Signal, SignalComparison
from dashboard.comparison.verdicts import Verdict
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.viewers.compared_sides import (
    around,
    change_of,
    judged,
    judged_until,
    others_of,
    values_within,
    wanted_within,
)
from dashboard.engine.viewers.side_by_side import Before, SideBySide, Values
from dashboard.ui import data, problems
from dashboard.ui.panels.service.service_view import ServiceView
from dashboard.ui.shared_cache import SharedCache
from dashboard.ui.text import address, change_text, comparison_text, moments, units
from dashboard.ui.text.status_text import COMPARED
from dashboard.ui.theme import chip

# The axis of effects goes from a tenth to ten times; longer intervals are cut.
WIDEST = math.log(10)
# Longer numbers are change ids, not times, which may be in milliseconds.
MOMENT_DIGITS = 13
# How many of the newest changes in the span are listed.
LISTED = 6
VALID = "It holds however often one looks, and becomes surer with each request."
# Cards of a choice, built once for all viewers.
_cards = SharedCache[str]()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The comparison chosen in the URL.

    Attributes:
        between: the two sides. `title`: of the card. `command`: equivalent options of `golden-signals compare`.
        end: epoch seconds until which a change is judged that was rolled back; None: the end of the span.
    """

    between: Before | Values
    title: str
    command: str
    end: float | None = None


def comparison(snapshot: Snapshot, view: ServiceView) -> float | None:
    """The card of the comparison in the URL; otherwise a line of the span's changes to choose from.

    Args:
        snapshot: the newest one. `view`: of the service.

    Returns:
        Seconds until the next request while it is being computed; None if it is ready, or not wanted.
    """
    begin, end = view.grid.start - view.grid.step, view.grid.end
    changes = of_service(snapshot.changes, view.report.name, begin, end)
    links = changes_html(changes, view)
    chosen, problem = _chosen(snapshot, view)
    if not (links or chosen or problem):
        return None
    with st.container(border=True, key="card_comparison"):
        if links:
            st.html(links)
        if problem:
            problems.banner(units.sentence(problem))
        if chosen is None:
            return None
        slides = view.live and not view.ended
        until = end if chosen.end is None else chosen.end
        wanted = replace(wanted_within(chosen.between, begin=begin, end=end, slides=slides), end=until)
        pair = data.comparison(judged(view.report), wanted)
        st.html(_cards.of((*view.choice, chosen.between), pair, lambda: card(pair, chosen, view)))
        return pair.retry_s if pair.comparison is None else None


def address_of_change(view: ServiceView, change: KnownChange) -> str:
    """The URL of the page that compares before and after a change."""
    return f"{view.address}&change={change.change.id}"


def address_of_values(view: ServiceView, label: str, control: str, experiment: str) -> str:
    """The URL of the page that compares two values of a label.

    Args:
        view: of the service. `label`: its name. `control`, `experiment`: its values, the usual one first.
    """
    name, first, second = (quote(text, safe="") for text in (label, control, experiment))
    by = f"&by={name}" if label in view.report.info.labels else ""
    return f"{view.address}{by}&label={name}&control={first}&experiment={second}"


def _chosen(snapshot: Snapshot, view: ServiceView) -> tuple[Chosen | None, str]:
    """The comparison in the URL, and what was invalid in it; nothing if there is none."""
    address = st.query_params
    if "change" in address:
        return _change(snapshot, view, address["change"])
    if "control" not in address and "experiment" not in address:
        return None, ""
    label, control, experiment = (address.get(name) for name in ("label", "control", "experiment"))
    if not label or control is None or experiment is None or control == experiment:
        return None, "a comparison needs a label and two values of it: label, control and experiment"
    begin, end = view.grid.start - view.grid.step, view.grid.end
    between = values_within(label, control, experiment, begin=begin, end=end, slides=view.live and not view.ended)
    return Chosen(
        between, comparison_text.title(between), f"--label {shlex.quote(f'{label}={control},{experiment}')}"
    ), ""


def _change(snapshot: Snapshot, view: ServiceView, text: str) -> tuple[Chosen | None, str]:
    """Before and after a change given by id or time; `text`: as in the URL."""
    change, end = change_of(snapshot.changes, text), None
    if change is not None:
        others = others_of(change, snapshot.changes)
        between, end = around(change.change), judged_until(change.change, view.grid.end, others)
        title = change_text.brief(change)
    elif text.isdecimal() and len(text) > MOMENT_DIGITS:
        return None, f"no change of the last 30 days has the id {address.shortened(text)}"
    else:
        if problem := address.unread({"change": text}):
            return None, problem
        at = address.moment(text, now=view.grid.end).at
        between, title = Before(at, at), moments.exact(at, view.zone, view.at)
    if not 0 < between.at < view.grid.end:
        return None, "the change lies ahead of the end of the span"
    return Chosen(between, f"Before and after {title}", f"--change {shlex.quote(text)}", end), ""


def changes_html(changes: Sequence[KnownChange], view: ServiceView) -> str:
    """Links to comparisons of changes, newest first, as HTML; empty without any."""
    if not changes:
        return ""
    newest = sorted(changes, key=lambda change: -change.change.start)[:LISTED]
    links = "".join(
        f'<a href="{escape(address_of_change(view, change))}" target="_self">'
        f"{moments.near(change.change.start, view.zone, view.at)} {escape(change_text.brief(change))}</a>"
        for change in newest
    )
    more = f'<span class="gs-third">and {len(changes) - LISTED} more</span>' if len(changes) > LISTED else ""
    return f'<div class="gs-links gs-changes"><b>Before and after</b>{links}{more}</div>'


def card(pair: SideBySide, chosen: Chosen, view: ServiceView) -> str:
    """Verdict, sentence, a row for each signal, and the equivalent command, as HTML.

    Args:
        pair: the comparison. `chosen`: what is compared. `view`: of the service.
    """
    close = f'<a href="{escape(view.address)}" target="_self">Close</a>'
    comparison = pair.comparison
    verdict = "" if comparison is None else chip(COMPARED[comparison.verdict])
    head = (
        f'<div class="gs-cardhead"><h2>{escape(chosen.title)}</h2>{verdict}'
        f'<span class="m">{escape(comparison_text.ranges(pair, chosen.between, view.zone))}</span>'
        f'<span class="v">{close}</span></div>'
    )
    said = "".join(f"<li>{escape(units.sentence(line))}</li>" for line in comparison_text.remarks(pair, chosen.between))
    notes = f'<ul class="gs-notes">{said}</ul>' if said else ""
    if comparison is None:
        waits = '<p class="gs-third">Comparing …</p>' if pair.retry_s is not None else ""
        return head + notes + waits
    names = comparison_text.sides(chosen.between)
    heads = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = "".join(_row(signal, names) for signal in comparison.signals)
    say = f"<b>{escape(comparison_text.headline(comparison))}</b>"
    # A signal that was never counted has no verdict.
    say += "" if comparison.verdict is Verdict.NO_DATA else f" {VALID}"
    command = f"golden-signals compare --service {shlex.quote(view.report.name)} {chosen.command}"
    return (
        f'{head}<div class="gs-scroll"><table class="gs-table gs-sides"><thead><tr><th>Signal</th>'
        f'<th class="left">Verdict</th>{heads}<th>Effect</th><th class="left">a tenth · the same · ten times</th>'
        f"<th>p</th></tr></thead><tbody>{rows}</tbody></table></div>"
        f'<p class="gs-spendsay">{say}</p>{notes}<p class="gs-spendnote">In a pipeline: <code>{escape(command)}</code>'
        " exits with 0 where it is better or the same, and with 1 where it is worse. Signals in grey do not decide.</p>"
    )


def _row(signal: SignalComparison, names: tuple[str, str]) -> str:
    """One signal; what is missing is shown below its verdict.

    Args:
        signal: with its numbers. `names`: of both sides, for screens without room for column heads.
    """
    first, second = map(escape, names)
    control, experiment, effect = comparison_text.values(signal)
    numbers = signal.ratio or signal.level
    p_value = units.MISSING if numbers is None else comparison_text.probability(numbers.p_value)
    shown = COMPARED[signal.verdict]
    notes = "".join(f"<small>{escape(note)}</small>" for note in comparison_text.notes(signal))
    looks = " ".join([*([] if signal.decides else ["aside"]), *([] if numbers is not None else ["none"])])
    look = f' class="{looks}"' if looks else ""
    return (
        f"<tr{look}><td>{escape(comparison_text.name(signal))}</td>"
        f'<td class="left gs-{shown.colour}"><span class="word"><i>{shown.mark}</i> {shown.word}</span>{notes}</td>'
        f'<td data-of="{first}">{escape(control)}</td><td data-of="{second}">{escape(experiment)}</td>'
        f"<td>{escape(effect)}</td>"
        f'<td class="left">{interval(signal)}</td><td>{p_value}</td></tr>'
    )


def interval(signal: SignalComparison) -> str:
    """The interval of a ratio on a logarithmic axis, with the margin that counts as the same, as HTML.

    Empty without a ratio; the same numbers are in the text beside it.
    """
    ends = _ends(signal)
    if ends is None:
        return ""
    low, high, margin = ends
    left, right, within = (50 + 50 * max(-1.0, min(1.0, end / WIDEST)) for end in (low, high, -margin))
    colour = COMPARED[signal.verdict].colour
    return (
        f'<span class="gs-effect gs-{colour}"><u style="left:{within:.1f}%;right:{within:.1f}%"></u>'
        f'<s></s><i style="left:{min(left, 99.0):.1f}%;width:{max(right - left, 1.0):.1f}%"></i></span>'
    )


def _ends(signal: SignalComparison) -> tuple[float, float, float] | None:
    """Logarithms of the interval's ends and of the margin."""
    if signal.ratio is not None:
        low, high = signal.ratio.interval
        return (
            math.log(low) if low > 0 else -math.inf,
            math.inf if high is None else math.log(high) if high > 0 else -math.inf,
            math.log(signal.ratio.margin),
        )
    if signal.level is None or signal.signal is Signal.SATURATION:
        return None
    low, high = signal.level.ratio_interval
    return math.log(low), math.log(high), signal.level.margin
