"""The pages' only access to data: the poller's snapshot, and shared, cached windows."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.engine.past.past_rows import Wanted as WantedPast
from dashboard.engine.past.past_windows import PastWindow
from dashboard.engine.reviews.reviews import ReviewWindow
from dashboard.engine.running_poller import current
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.viewers.exemplar_windows import ExemplarWindow
from dashboard.engine.viewers.explanations import ExplanationWindow
from dashboard.engine.viewers.on_demand import WAIT_S, OnDemandWindow
from dashboard.engine.viewers.side_by_side import Judged, SideBySide, Wanted
from dashboard.engine.viewers.viewer_queue import Viewer
from dashboard.notifications import running as running_dispatcher
from dashboard.notifications.dispatcher import Dispatcher
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.review.period import Period
from dashboard.slo.indicators import Column
from dashboard.slo.objective import Slo
from dashboard.slo.report import SloReport
from dashboard.timerange import DAY, HOUR, Grid
from dashboard.ui import turns, zones
from dashboard.ui.shared_cache import SharedCache
from dashboard.whatif.past import Counted, of_rows

# Seconds to wait for data that a page can do without at first.
GLANCE_S = 0.2
# The viewer for callers without a browser tab: together they count as one.
PROGRAMS = Viewer("programs")
# Seconds of hours from which objectives are suggested.
HOURS_S = 400.0 * DAY
_hours = SharedCache[Counted]()


def snapshot() -> Snapshot:
    """The current snapshot in the time zone of this viewer; does not ask the source."""
    return zones.in_viewer_zone(current().read())


def follow_services(drawn: Snapshot, newest: Snapshot) -> None:
    """Rerun the whole page if a service has appeared that its widgets do not offer yet.

    Args:
        drawn: the snapshot when the widgets were drawn. `newest`: the current one.
    """
    # A service that has gone remains an option: the page must not jump to another.
    if not newest.by_name.keys() <= drawn.by_name.keys():
        st.rerun()


def dispatcher() -> Dispatcher | None:
    """The courier of notifications; None if there are no receivers."""
    return running_dispatcher.current()


def now() -> float:
    """The current epoch seconds by the poller's clock."""
    return current().clock()


def window(service: str, grid: Grid) -> OnDemandWindow:
    """Signals of one service on a grid beyond the live window; shared by viewers, limited in number."""
    viewer = _viewer()
    with turns.away():
        return current().viewers.window(service, grid, viewer)


def breakdown(service: str, label: str, grid: Grid, names: Sequence[str] = ()) -> OnDemandWindow:
    """Signals of one service by the values of one label; shared by viewers, limited in number.

    Args:
        service: its name.
        label: one of the labels that the source offers.
        grid: times of the span. `names`: values of the label; empty: all, or the worst if there are many.
    """
    viewer = _viewer()
    with turns.away():
        return current().viewers.breakdown(service, label, grid, viewer, names)


def explanation(service: str, bad: BadEvents, spans: Spans, *, slides: bool = False) -> ExplanationWindow:
    """What spends the budget of a service, shared by viewers; returns at once, possibly without the result.

    Args:
        service: its name. `bad`: which events are bad.
        spans: the span to explain and the one to compare with.
        slides: the span ends now: until its explanation is ready, the previous one is shown.
    """
    viewer = _beside()
    with turns.away():
        return current().viewers.explanations.fetch(service, bad, spans, viewer, wait_s=GLANCE_S, slides=slides)


def exemplars(service: str, start: int, end: int, *, wait_s: float = WAIT_S) -> ExemplarWindow:
    """The worst requests of a span with their traces, shared by viewers.

    Args:
        service: its name. `start`, `end`: epoch seconds. `wait_s`: how long to wait, in seconds.
    """
    viewer = _beside()
    with turns.away():
        return current().viewers.exemplars.fetch(service, start, end, viewer, wait_s=wait_s)


def expression(column: Column) -> str:
    """How a column is counted, in the query language of the source."""
    return current().source.expression(column)


def _viewer() -> Viewer:
    """The browser tab of this script: its requests are dropped when it closes or shows something else."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return PROGRAMS
    # What a page shows is determined by its URL.
    address = f"{context.page_script_hash}?{sorted(st.query_params.to_dict().items())}"
    return Viewer(context.session_id, address, partial(_is_open, context.session_id), context.yield_check)


def comparison(judged: Judged, wanted: Wanted) -> SideBySide:
    """Compare two sides of a service, once a minute for all viewers; returns at once, possibly without the result.

    Args:
        judged: the service. `wanted`: what to compare.
    """
    viewer = _beside()
    with turns.away():
        return current().viewers.comparisons.fetch(judged, wanted, viewer, wait_s=GLANCE_S)


def review(period: Period) -> ReviewWindow:
    """The review of a period, computed once for all viewers; returns at once, possibly without the result.

    Args:
        period: whole days in the configured zone.
    """
    viewer = _beside()
    with turns.away():
        return current().viewers.reviews.fetch(period, viewer, wait_s=GLANCE_S)


def data_begin(slos: Sequence[Slo]) -> float | None:
    """Epoch seconds at which the hours of any of these objectives begin; None if there are none."""
    now = current().clock()
    begins = (hours.begin for hours in current().past_hours.hours_of(slos, now - HOUR, now))
    return min((begin for begin in begins if begin is not None), default=None)


def past(report: SloReport, snapshot: Snapshot) -> PastWindow:
    """The past of an objective, read once an hour for all viewers; returns at once, possibly without the result.

    Args:
        report: its report. `snapshot`: the newest one.
    """
    poller, viewer = current(), _beside()
    if poller.catalog is None:
        return PastWindow(error="services are still being looked for")
    info = poller.catalog.named(report.slo.service)
    wanted = WantedPast(report.slo, info, poller.catalog, report.at, stored=poller.past_hours)
    wanted = replace(wanted, exclusions=poller.exclusions_since(wanted.since))
    with turns.away():
        return poller.viewers.pasts.fetch(wanted, viewer, wait_s=GLANCE_S)


def hours(slo: Slo, at: float) -> Counted:
    """The stored hours of an objective up to the last full hour; does not ask the source.

    They are collected once an hour for all viewers.

    Args:
        slo: the objective. `at`: epoch seconds.
    """
    end, kept = at // HOUR * HOUR, current().past_hours
    choice, known = (slo.service, slo.name), (kept, end, slo)
    return _hours.of(choice, known, lambda: of_rows(kept.hours(slo, end - HOURS_S, end).rows))


def _beside() -> Viewer:
    """The same tab, for data that its page does not wait for."""
    viewer = _viewer()
    # Requests per viewer are limited; these must not count against the data that the page shows.
    return replace(viewer, key=f"{viewer.key} beside") if viewer.key else viewer


def _is_open(session: str) -> bool:
    return not runtime.exists() or runtime.get_instance().is_active_session(session)
