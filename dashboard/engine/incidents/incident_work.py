"""The work of deriving incidents at one moment: which objectives may have changed, their steps, and their bursts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from dashboard.engine.incidents import incident_graphs
from dashboard.engine.incidents.incident_closeup import look_closely
from dashboard.engine.incidents.incident_hours import Hours, Moment
from dashboard.incidents.bursts import bursts
from dashboard.incidents.candidates import candidates
from dashboard.incidents.impacts import impact, left_at
from dashboard.incidents.incident import Graph, Incident
from dashboard.incidents.merging import Member, Span, incidents, spans
from dashboard.incidents.steps import STEP, Steps
from dashboard.slo.objective import Method
from dashboard.slo.report import SloReport
from dashboard.sources.protocol import QueryCost, Source
from dashboard.timerange import HOUR

# Within this many hours before the newest step something may have changed.
RECENT = 8
# The last hours' candidacy depends on hours to come: they are looked at closely as long as rows are fine.
PENDING = 3


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """What a part of the work came to.

    Attributes:
        at: epoch seconds until which it was derived. `incidents`: of all members, newest first.
        members: by objective. `detail`: hours that were looked at closely. `graphs`: of the spans that matter.
        missing: this many hours of objectives are still to be fetched. `queries`: this many were sent.
    """

    at: int
    incidents: tuple[Incident, ...]
    members: Mapping[object, tuple[Member, ...]]
    detail: Mapping[object, Mapping[int, np.ndarray]]
    graphs: Mapping[Span, Graph]
    missing: int
    queries: int


def derive(
    source: Source,
    moment: Moment,
    members: dict[object, tuple[Member, ...]],
    detail: dict[object, dict[int, np.ndarray]],
    graphs: Mapping[Span, Graph],
    *,
    everything: bool,
) -> Derived:
    """Members of the objectives that may have changed, and of the others those that are known.

    Args:
        source: asked for what is missing. `moment`: what to derive from.
        members, detail, graphs: what is known; the first two are changed.
        everything: any objective may have changed.
    """
    view = moment.view
    held = Hours.of(moment)
    wanted = candidates(held.values, held.budgets, held.windows_s, held.failures_min)
    near = held.may_have_changed(len(held.values) if everything else RECENT)
    columns = [
        column
        for column, slo in enumerate(view.slos)
        if near[column] or any(member.burst.over is None for member in members.get(slo.counting_key, ()))
    ]
    costs: list[QueryCost] = []
    missing = look_closely(source, moment, held, wanted, detail, costs)
    for column in columns:
        key = view.slos[column].counting_key
        if column not in missing:
            members[key] = _members(moment, held, column, detail.get(key, {}))
    keys = {slo.counting_key for slo in view.slos}
    members = {key: _newer(group, held.first) for key, group in members.items() if key in keys}
    known = incident_graphs.known(source, moment.services, spans(chain.from_iterable(members.values())), graphs, costs)
    return Derived(
        moment.at,
        incidents(chain.from_iterable(members.values()), tuple(known.values())),
        members,
        {
            key: {end: steps for end, steps in hours.items() if end >= held.first}
            for key, hours in detail.items()
            if key in keys
        },
        known,
        sum(missing.values()),
        len(costs),
    )


def _members(moment: Moment, held: Hours, column: int, detail: Mapping[int, np.ndarray]) -> tuple[Member, ...]:
    """All bursts of one objective with what they cost."""
    slo, rows_s = moment.view.slos[column], moment.rows_s[column]
    last = held.first + (len(held.values) - 1) * HOUR
    pending = {end: steps[:, column] for end, steps in held.recent.items() if end > last - PENDING * HOUR}
    unit = max(rows_s, STEP)
    newest = held.newest[: len(held.newest) * STEP // unit * unit // STEP, column]
    steps = Steps.of(slo, held.first, held.values[:, column], {**pending, **detail}, newest)
    steps = replace(steps, judged_from=held.judged_from, finest_s=unit)
    report = moment.reports.get(slo.counting_key)
    events = None if report is None else budget_events(report)
    lefts = ((burst, None if report is None else left_at(steps, burst.end, report)) for burst in bursts(steps))
    return tuple(Member(burst, impact(steps, burst, budget_events=events, left=left)) for burst, left in lefts)


def budget_events(report: SloReport) -> float | None:
    """Bad events that the budget of the whole window is; of a period's time to come at the traffic so far."""
    # Of a budget that too little was measured of the share would be many times too large.
    if not report.budgeted or report.judged_remaining is None:
        return None
    is_counted = report.is_period and report.slo.method is not Method.TIMESLICES
    part = (report.at - report.start) / (report.end - report.start) if is_counted else 1.0
    return report.slo.budget * report.budgeted / part if part > 0 else None


def _newer(members: Iterable[Member], moment: float) -> tuple[Member, ...]:
    """Those that were not over at a moment (epoch seconds)."""
    return tuple(member for member in members if member.burst.over is None or member.burst.over >= moment)
