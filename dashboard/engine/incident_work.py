"""The work of deriving incidents at one moment: which objectives may have changed, their steps, and their bursts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from dashboard.engine import incident_detail, incident_graphs
from dashboard.exceptions import SourceError
from dashboard.incidents.bursts import bursts
from dashboard.incidents.candidates import burning, candidates
from dashboard.incidents.impacts import impact
from dashboard.incidents.incident import Graph, Incident
from dashboard.incidents.merging import Member, Span, incidents, spans
from dashboard.incidents.steps import PER_HOUR, STEP, Steps
from dashboard.slo.event_rows import BAD
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport
from dashboard.sources.catalog import ServiceInfo
from dashboard.sources.deadline import seconds_left
from dashboard.sources.protocol import Source
from dashboard.timerange import DAY, HOUR

# How far back hours are looked at, and those of them that are only what came before.
LOOKED_AT, BEFORE = 33 * DAY, 3 * DAY
# A step is complete so many seconds after its end: the newest scrape of a target comes late.
SETTLED = 30.0
# A part of the work may take so many seconds; of all hours so many are looked at closely, the newest first.
PART_S, HOURS_MOST = 60.0, 500
# Within so many hours before the newest step something may have changed. The longest rule looks back on so many.
RECENT, LONGEST = 8, 72
# The last hours' candidacy depends on hours to come: they are looked at closely as long as rows are fine.
PENDING = 3


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What incidents are derived from at one moment.

    Attributes:
        view: the events. `reports`: of its objectives, by their counting keys. `rows_s`: seconds of their rows.
        at: epoch seconds until which steps are complete.
        services: of the catalog.
    """

    view: LedgerView
    reports: Mapping[tuple[object, ...], SloReport]
    rows_s: Sequence[int]
    at: int
    services: Sequence[ServiceInfo] = ()

    @classmethod
    def of(
        cls,
        view: LedgerView,
        reports: Iterable[SloReport],
        rows_s: Sequence[int],
        services: Sequence[ServiceInfo],
        now: float,
    ) -> "Moment":
        """The newest moment of a ledger.

        Args:
            view: the events. `reports`: of its objectives. `rows_s`: seconds of their rows.
            services: of the catalog. `now`: epoch seconds.
        """
        until = min(max(view.fine.end, view.hours.end), now - SETTLED)
        by_key = {report.slo.counting_key: report for report in reports}
        return cls(view, by_key, rows_s, int(until // STEP) * STEP, services)


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """What a part of the work came to.

    Attributes:
        at: epoch seconds until which it was derived. `incidents`: of all members, the newest first.
        members: by objective. `detail`: hours that were looked at closely. `graphs`: of the spans that matter.
        missing: so many hours of objectives are still to be fetched.
    """

    at: int
    incidents: tuple[Incident, ...]
    members: Mapping[object, tuple[Member, ...]]
    detail: Mapping[object, Mapping[int, np.ndarray]]
    graphs: Mapping[Span, Graph]
    missing: int


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
        source: is asked for what is missing. `moment`: what to derive from.
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
    missing = _look_closely(source, moment, held, wanted, detail)
    for column in columns:
        key = view.slos[column].counting_key
        if column not in missing:
            members[key] = _members(moment, held, column, detail.get(key, {}))
    keys = {slo.counting_key for slo in view.slos}
    members = {key: group for key, group in members.items() if key in keys}
    known = incident_graphs.known(source, moment.services, spans(chain.from_iterable(members.values())), graphs)
    return Derived(
        moment.at,
        incidents(chain.from_iterable(members.values()), tuple(known.values())),
        members,
        {key: _newer(hours, held.first) for key, hours in detail.items() if key in keys},
        known,
        sum(missing.values()),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """The hours that are looked at, and the steps since the last complete one.

    Attributes:
        first: epoch seconds of the end of the first hour. `values`: shape (hours, objectives, 3).
        newest: steps since then, shape (steps, objectives, 3). `judged_from`: epoch seconds.
        recent: end of an hour → its steps by fine rows, shape (12, objectives, 3).
    """

    first: int
    values: np.ndarray
    newest: np.ndarray
    recent: Mapping[int, np.ndarray]
    budgets: np.ndarray
    windows_s: np.ndarray
    failures_min: np.ndarray
    judged_from: int

    @classmethod
    def of(cls, moment: Moment) -> "Hours":
        """Of a ledger, as far back as incidents are looked for."""
        view = moment.view
        rows = view.hours
        until = min(rows.end, moment.at // HOUR * HOUR)
        oldest = max(rows.first, until - LOOKED_AT + HOUR)
        begin, end = (oldest - rows.first) // HOUR, (until - rows.first) // HOUR + 1
        ends = range(max(oldest, int(view.fine.start) // HOUR * HOUR + HOUR), until + 1, HOUR)
        is_cut = (rows.values[begin, :, 2] > 0).any() if end > begin else False
        return cls(
            oldest,
            rows.values[begin:end],
            incident_detail.steps_between(view.fine, until, moment.at),
            incident_detail.from_rows(view.fine, ends),
            np.array([slo.budget for slo in view.slos]),
            np.array([slo.window.nominal_s for slo in view.slos]),
            np.array([slo.min_failures if slo.counted else 1 for slo in view.slos]),
            oldest - HOUR + BEFORE if is_cut else 0,
        )

    def may_have_changed(self, hours: int) -> np.ndarray:
        """Which objectives burned in the last hours, of which there are so many, or since, and failed often enough."""
        newest = self.newest.sum(axis=0, keepdims=True)
        lately = np.concatenate([self.values[-hours:], newest])
        bad = np.concatenate([self.values[-max(hours, LONGEST) :], newest])[:, :, BAD].sum(axis=0)
        changed: np.ndarray = burning(lately, self.budgets).any(axis=0) & (bad >= self.failures_min)
        return changed


def _look_closely(
    source: Source, moment: Moment, held: Hours, wanted: np.ndarray, detail: dict[object, dict[int, np.ndarray]]
) -> dict[int, int]:
    """Get the steps of the hours that are wanted; returns how many are still missing, by the place of the objective.

    Args:
        source: is asked for what fine rows do not have. `moment`, `held`: what is known.
        wanted: which hours, shape (hours, objectives). `detail`: what is known of them, and is added to.
    """
    slos = moment.view.slos
    missing: dict[int, set[int]] = {}
    for row, column in np.argwhere(wanted).tolist():
        end = held.first + row * HOUR
        known = detail.setdefault(slos[column].counting_key, {})
        if end not in known and moment.rows_s[column] < HOUR:
            if end in held.recent:
                known[end] = held.recent[end][:, column].copy()
            else:
                missing.setdefault(end, set()).add(column)
    fetched_before = {end for hours in detail.values() for end in hours} - held.recent.keys()
    newest_first = sorted(missing, reverse=True)
    room = max(HOURS_MOST - len(fetched_before), 0)
    for hour in newest_first[room:]:
        _spread(held, hour, missing.pop(hour), slos, detail)
    for start, end in incident_detail.runs(newest_first[:room]):
        if seconds_left() < PART_S / 2:
            break
        hours = range(start + HOUR, end + 1, HOUR)
        places = sorted(set().union(*(missing[hour] for hour in hours)))
        try:
            fetched = incident_detail.fetch(
                source, {place: slos[place] for place in places}, start, end, moment.view.exclusions
            )
        except SourceError:
            break
        for hour in hours:
            _spread(held, hour, (place for place in missing[hour] if (place, hour) not in fetched), slos, detail)
            for place in missing.pop(hour):
                if (place, hour) in fetched:
                    detail[slos[place].counting_key][hour] = fetched[place, hour]
    return _counted(missing)


def _spread(
    held: Hours, hour: int, places: Iterable[int], slos: Sequence[Slo], detail: dict[object, dict[int, np.ndarray]]
) -> None:  # fmt: skip
    """Take an hour's events as evenly spread, where the source refuses to count them closer, or too many are wanted."""
    row = (hour - held.first) // HOUR
    for place in places:
        steps = np.repeat(held.values[[row], place] / PER_HOUR, PER_HOUR, axis=0)
        detail.setdefault(slos[place].counting_key, {})[hour] = steps


def _counted(missing: Mapping[int, Iterable[int]]) -> dict[int, int]:
    """How many hours are missing of each objective."""
    count: dict[int, int] = {}
    for columns in missing.values():
        for column in columns:
            count[column] = count.get(column, 0) + 1
    return count


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
    budget_events = None if report is None else _budget_events(report)
    left = None if report is None else report.remaining
    return tuple(
        Member(burst, impact(steps, burst, budget_events=budget_events, left=left if burst.end is None else None))
        for burst in bursts(steps)
    )


def _budget_events(report: SloReport) -> float | None:
    """Bad events that the budget of the whole window is; of a period's time to come at the traffic so far."""
    if not report.budgeted or report.remaining is None:
        return None
    is_counted = report.is_period and report.slo.method is not Method.TIMESLICES
    part = (report.at - report.start) / (report.end - report.start) if is_counted else 1.0
    return report.slo.budget * report.budgeted / part if part > 0 else None


def _newer(hours: Mapping[int, np.ndarray], first: int) -> dict[int, np.ndarray]:
    return {end: steps for end, steps in hours.items() if end >= first}
