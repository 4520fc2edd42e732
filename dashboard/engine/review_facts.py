"""All that is known around a period, for its review: gathered beside the refreshes, from what the poller holds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np

from dashboard.alerts.burning import burning
from dashboard.alerts.quality import AlertQuality, Judgement, quality
from dashboard.changes.joining import joined
from dashboard.changes.known import KnownChange
from dashboard.engine.derived_changes import KEPT_S as CHANGES_KEPT
from dashboard.engine.incident_context import context_of
from dashboard.engine.incident_tracker import KEPT as INCIDENTS_KEPT
from dashboard.engine.known_changes import KnownChanges, names_of
from dashboard.engine.older_hours import OlderHours
from dashboard.engine.past_hours import ObjectiveHours, PastHours
from dashboard.engine.review_counts import counts_of
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.incident import Incident
from dashboard.incidents.people import Acknowledgement, ActionItem, Correction, Note
from dashboard.incidents.record import Record
from dashboard.review.facts import Facts, ObjectiveFacts
from dashboard.review.making import BEFORE, RECENT
from dashboard.review.period import Period
from dashboard.slo.budget import remaining
from dashboard.slo.evaluation import STALE
from dashboard.slo.event_requests import hours_of
from dashboard.slo.event_rows import BAD, VALID, Rows
from dashboard.slo.exclusions import ExcludedTime
from dashboard.slo.objective import Method, Slo
from dashboard.slo.report import SloReport
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR

# A deploy of the period may be taken back so many seconds after its end.
AFTER_S = 7 * 24 * HOUR
Entry = TypeVar("Entry", Acknowledgement, Note, Correction)


@dataclass(frozen=True, slots=True)
class Told:
    """What people said of one incident, each the oldest first."""

    acknowledgements: tuple[Acknowledgement, ...] = ()
    notes: tuple[Note, ...] = ()
    corrections: tuple[Correction, ...] = ()
    items: tuple[ActionItem, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptPast:
    """What the state holds of a period: incidents that were over, and what people said of any, by its id."""

    incidents: Sequence[Incident] = ()
    told: Mapping[str, Told] = field(default_factory=dict)


# What is kept of a stretch of time, epoch seconds; may raise `StateError`.
Kept = Callable[[float, float], KeptPast]


def nothing_kept(start: float, end: float) -> KeptPast:
    """Where no state is open nothing is kept; `start`, `end`: epoch seconds."""
    return KeptPast()


class Polled(Protocol):
    """What a poller holds, as far as reviews are concerned."""

    source: Source
    settings: Settings
    clock: Callable[[], float]
    snapshot: Snapshot
    past_hours: PastHours
    changes: KnownChanges

    @property
    def rows_s(self) -> tuple[int, ...]:
        """Seconds of the rows that each objective of the ledger is counted by."""
        ...


class ReviewFacts:
    """Gathers what is known around periods.

    Args:
        polled: the poller.

    Attributes:
        kept: reads what the state holds; whoever opens a state sets it.
    """

    def __init__(self, polled: Polled) -> None:
        self._polled = polled
        self._older_hours = OlderHours(polled.source)
        self.kept: Kept = nothing_kept

    def forget(self) -> None:
        """Drop what was asked of the source: it has other events now."""
        self._older_hours.forget()

    def of(self, period: Period) -> Facts:
        """All that is known around a period; takes as long as that takes.

        Raises:
            StateError: what is kept could not be read.
        """
        snapshot, now, settings = self._polled.snapshot, self._polled.clock(), self._polled.settings
        at = _known_until(snapshot, now)
        changes = self._changes_of(snapshot, period)
        snapshot = replace(snapshot, changes=changes)
        infos = {report.name: report for report in snapshot.services}
        return Facts(
            period=period,
            at=at,
            title=settings.title,
            objectives=self._objectives(snapshot, period, at),
            records=self._records(snapshot, period),
            changes=changes,
            exclusions=snapshot.ledger.exclusions,
            alerts=self._alerts(snapshot, period, at),
            incidents_begin=_later(_since(snapshot, INCIDENTS_KEPT), period.start),
            changes_begin=None if settings.is_past else _later(snapshot.at - CHANGES_KEPT, period.start),
            titles={name: report.title for name, report in infos.items()},
            teams={name: report.info.team for name, report in infos.items() if report.info.team},
        )

    def _objectives(self, snapshot: Snapshot, period: Period, at: float) -> list[ObjectiveFacts]:
        earlier = period.earlier(BEFORE)
        until = min(at, period.end)
        windows = [_window_start(report.slo, until) for report in snapshot.slos]
        start = min(earlier[0].start, until - RECENT, *windows) if windows else earlier[0].start
        edges = sorted({each.start for each in (*earlier, period)} | {period.end})
        slos = [report.slo for report in snapshot.slos]
        every = self._hours(snapshot, slos, start - HOUR, max(until, start))
        longest = max(map(hours_of, slos), default=2)
        return [
            ObjectiveFacts(
                slo=report.slo,
                counts=counts_of(hours, edges, at),
                window_remaining=_remaining(report, hours, until, longest, snapshot),
                begin=hours.begin,
            )
            for report, hours in zip(snapshot.slos, every, strict=True)
        ]

    def _hours(self, snapshot: Snapshot, slos: Sequence[Slo], start: float, end: float) -> list[ObjectiveHours]:
        """Hours of all objectives, those before the ledger included as far as the source has them; epoch seconds."""
        every = self._polled.past_hours.hours_of(slos, start, end)
        ledger, rows_s = snapshot.ledger, self._polled.rows_s
        # A file of objectives may have changed since the snapshot.
        if len(rows_s) != len(ledger.slos):
            return every
        steps = {slo.counting_key: seconds for slo, seconds in zip(ledger.slos, rows_s, strict=True)}
        known = [steps.get(slo.counting_key, HOUR) for slo in slos]
        return self._older_hours.completed(every, known, ledger.exclusions, ledger.hours.end)

    def _changes_of(self, snapshot: Snapshot, period: Period) -> tuple[KnownChange, ...]:
        """Changes around a period, in their order: those of the snapshot, and older ones that senders told of."""
        known, since = snapshot.changes, snapshot.at - CHANGES_KEPT
        if self._polled.settings.is_past:
            # Nobody reads them beside the refreshes of one moment.
            services = [report.info for report in snapshot.services]
            return self._polled.changes.read_all(services, snapshot.ledger, period.start - HOUR, snapshot.at)
        if period.start >= since:
            return known
        told = self._polled.changes.told(period.start - HOUR, min(period.end + AFTER_S, since))
        names = names_of((report.info for report in snapshot.services), self._polled.changes.aliases)
        held = {number for change in known for number in change.ids}
        older = (change for change in joined(told, (), names) if held.isdisjoint(change.ids))
        every = [*older, *known]
        return tuple(sorted(every, key=lambda change: (change.change.start, change.change.id)))

    def _records(self, snapshot: Snapshot, period: Period) -> list[Record]:
        """Incidents that touched a period, with what people and senders told of them."""
        kept = self.kept(period.start, period.end)
        known = {number for incident in snapshot.incidents for number in (incident.id, *incident.aliases)}
        every = [*snapshot.incidents, *(incident for incident in kept.incidents if incident.id not in known)]
        return [
            _record(snapshot, incident, kept.told)
            for incident in every
            if incident.start < period.end and (incident.end is None or incident.end > period.start)
        ]

    def _alerts(self, snapshot: Snapshot, period: Period, at: float) -> AlertQuality | None:
        """How good the rules were that fired within a period; None where alerts of then are not known."""
        picture, until = snapshot.alerts, min(at, period.end)
        if picture.since is None or picture.since >= until or picture.at is None:
            return None
        start = max(period.start, picture.since)
        slos = [report.slo for report in snapshot.slos]
        burnings, measured = burning(snapshot.ledger, slos, start)
        pages = self._polled.settings.alerts.pages
        within = tuple(stretch for stretch in burnings if stretch.start < until)
        return quality(picture.intervals, Judgement(start, until, snapshot.time_zone, pages, within, measured))


def _known_until(snapshot: Snapshot, now: float) -> float:
    """Epoch seconds until which events are known: the newest row's end, unless that is long ago."""
    newest = max(snapshot.ledger.fine.end, snapshot.ledger.hours.end)
    return float(newest) if 0 <= now - newest < STALE else now


def _since(snapshot: Snapshot, kept_s: float) -> float:
    return snapshot.at - kept_s


def _later(moment: float, start: float) -> float | None:
    """A moment (epoch seconds) that lies after a start; None for another."""
    return moment if moment > start else None


def _window_start(slo: Slo, until: float) -> float:
    """Epoch seconds at which an objective's window begins that ends at a moment, or holds it."""
    start, _ = slo.window.bounds(until)
    # A period of the calendar that begins then is another one: the budget is that of the one which has ended.
    return slo.window.bounds(until - 1)[0] if slo.window.is_period and start == until else start


def _remaining(
    report: SloReport, hours: ObjectiveHours, until: float, longest: int, snapshot: Snapshot
) -> float | None:  # fmt: skip
    """The budget of an objective's own window that was left at a moment, as `status --at` has it; None without any.

    Args:
        report: of now. `hours`: of its past. `until`: epoch seconds of the moment.
        longest: so many hours the ledger holds: sums over as many are the same to the last digit.
        snapshot: has the maintenance.
    """
    slo = report.slo
    start = _window_start(slo, until)
    if start == report.start and 0 <= report.at - until < STALE:
        return report.remaining
    sums = _sums(hours, start, until, longest)
    bad, valid = float(sums[BAD]), float(sums[VALID])
    if valid <= 0:
        return None
    budgeted = valid
    if slo.window.is_period and slo.method is Method.TIMESLICES:
        end = slo.window.bounds(until - 1)[1]
        excluded = ExcludedTime.of(slo, snapshot.ledger.exclusions)
        budgeted = (end - start - excluded.seconds(start, end)) / slo.row_s
    return remaining(bad, budgeted, slo.budget)


def _sums(hours: ObjectiveHours, start: float, until: float, longest: int) -> np.ndarray:
    """Bad events, valid events and seconds of a window, added up as a ledger does it."""
    last = int(until // HOUR) * HOUR
    inside = hours.rows.ends <= last
    rows = Rows(hours.rows.first, HOUR, hours.rows.values[inside][-longest:])
    held = Rows(last - (len(rows.values) - 1) * HOUR, HOUR, rows.values)
    whole: np.ndarray = held.sums(np.array([start]), np.array([float(last)]))[0]
    if until > last:
        whole = whole + hours.rows.sums(np.array([float(last)]), np.array([until]))[0]
    return whole


def _record(snapshot: Snapshot, incident: Incident, told: Mapping[str, Told]) -> Record:
    context = context_of(snapshot, incident)
    said = [told[number] for number in (incident.id, *incident.aliases) if number in told]
    return Record(
        incident=incident,
        changes=context.changes,
        suspects=context.suspects,
        alerts=context.alerts,
        acknowledgements=tuple(_in_order(each.acknowledgements for each in said)),
        notes=tuple(_in_order(each.notes for each in said)),
        corrections=tuple(_in_order(each.corrections for each in said)),
        items=tuple(item for each in said for item in each.items),
        titles={service: snapshot.service_title(service) for service in incident.services},
    )


def _in_order(groups: Iterable[Iterable[Entry]]) -> list[Entry]:
    return sorted((each for group in groups for each in group), key=lambda each: each.at)
