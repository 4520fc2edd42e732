"""All that is known around a period, for its review: gathered in the background, from what the poller holds."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np

from dashboard.alerts.burning import burning
from dashboard.alerts.quality import AlertQuality, Judgement, quality
from dashboard.changes.joining import joined
from dashboard.changes.known import KnownChange
from dashboard.engine.changes.known_changes import KnownChanges, names_of
from dashboard.engine.changes.known_versions import KEPT_S as CHANGES_READ
from dashboard.engine.gate.added_exceptions import AddedExceptions
from dashboard.engine.incidents.incident_context import context_of
from dashboard.engine.incidents.incident_hours import BEFORE as JUDGED_BY
from dashboard.engine.incidents.incident_tracker import KEPT as INCIDENTS_READ
from dashboard.engine.incidents.older_incidents import OlderIncidents
from dashboard.engine.past.past_hours import PastHours
from dashboard.engine.reviews.older_hours import OlderHours
from dashboard.engine.reviews.review_effort import monthly_costs, toil
from dashboard.engine.reviews.review_objectives import PeriodHours, objective_facts, period_hours
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.incidents.continued import continued
from dashboard.incidents.identity import same_story
from dashboard.incidents.incident import Incident
from dashboard.incidents.people import Acknowledgement, ActionItem, Correction, Note
from dashboard.incidents.record import Record
from dashboard.incidents.stored import merged
from dashboard.review.facts import Facts
from dashboard.review.making import BEFORE
from dashboard.review.period import Period
from dashboard.slo.evaluation import STALE
from dashboard.slo.event_rows import SECONDS
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.ledger_view import LedgerView
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Source
from dashboard.timerange import DAY, HOUR

# A deploy of the period may be taken back this many seconds after its end.
AFTER_S = 7 * DAY
Entry = TypeVar("Entry", Acknowledgement, Note, Correction)
# Maintenance is read from this many seconds earlier than anything else: hours are requested in parts of several days.
MARGIN_S = 40.0 * DAY
# This many seconds after the end of a period its review looks ahead.
AHEAD_S = 31.0 * DAY


@dataclass(frozen=True, slots=True)
class Entries:
    """What people said of one incident, each the oldest first."""

    acknowledgements: tuple[Acknowledgement, ...] = ()
    notes: tuple[Note, ...] = ()
    corrections: tuple[Correction, ...] = ()
    items: tuple[ActionItem, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredPast:
    """What the state holds of a period: incidents that were over, and what people said of any, by its id."""

    incidents: Sequence[Incident] = ()
    entries: Mapping[str, Entries] = field(default_factory=dict)


# What is kept of a stretch of time, epoch seconds; may raise `StateError`.
ReadPast = Callable[[float, float], StoredPast]


def nothing_stored(start: float, end: float) -> StoredPast:
    """Where no state is open nothing is kept; `start`, `end`: epoch seconds."""
    return StoredPast()


class Polled(Protocol):
    """What a poller holds, as far as reviews are concerned."""

    source: Source
    settings: Settings
    clock: Callable[[], float]
    snapshot: Snapshot
    past_hours: PastHours
    changes: KnownChanges
    exceptions: AddedExceptions

    @property
    def rows_s(self) -> tuple[int, ...]:
        """Seconds of the rows that each objective of the ledger is counted by."""
        ...

    def exclusions_since(self, since: float) -> tuple[Exclusion, ...]:
        """Maintenance that ended after a moment; `since`: epoch seconds."""
        ...

    @property
    def catalog(self) -> Catalog | None:
        """The newest catalog; None before the first search has ended."""
        ...


class ReviewFacts:
    """Gathers the facts of periods for reviews.

    Args:
        polled: the poller.

    Attributes:
        stored: reads the state store; set once it is open.
    """

    def __init__(self, polled: Polled) -> None:
        self._polled = polled
        self._older_hours, self._older_incidents = OlderHours(polled.source), OlderIncidents(polled.source)
        self.stored: ReadPast = nothing_stored

    def for_viewers(self, period: Period, timeout_s: float) -> Facts:
        """What is known around a period, soon.

        Args:
            period: which. `timeout_s`: seconds after which the periods before it are left for the next time.

        Raises:
            StateError: what is kept could not be read.
        """
        return self.of(period, timeout_s=timeout_s)

    def forget(self) -> None:
        """Drop what was asked of the source: it has other events now."""
        self._older_hours.forget()
        self._older_incidents.forget()

    def of(self, period: Period, *, timeout_s: float = math.inf) -> Facts:
        """All that is known around a period; takes as long as that takes.

        Args:
            period: which. `timeout_s`: seconds after which the periods before it are left for the next time.

        Raises:
            StateError: what is kept could not be read.
        """
        snapshot = self._polled.exceptions.put_into(self._polled.snapshot)
        now, settings = self._polled.clock(), self._polled.settings
        at = _known_until(snapshot, now)
        changes = self._changes_of(snapshot, period)
        snapshot = replace(snapshot, changes=changes, ledger=self._excluding(snapshot, period))
        infos = {report.name: report for report in snapshot.services}
        polled = self._polled
        oldest = None if polled.catalog is None else polled.catalog.oldest
        hours = period_hours(
            snapshot, polled.past_hours, self._older_hours, polled.rows_s, period, at,
            timeout_s=timeout_s, oldest=oldest,
        )  # fmt: skip
        older, incidents_begin = self._older(snapshot, hours, period)
        return Facts(
            period=period,
            is_whole=hours.is_whole,
            toil=toil(settings.toil_file, snapshot, period),
            monthly_costs=monthly_costs(snapshot.capacity),
            currency=snapshot.capacity.prices.currency,
            price_origin=snapshot.capacity.prices.origin,
            # A look ahead belongs to the review of what has just ended, not to those of long ago.
            capacity=snapshot.capacity if at < period.end + AHEAD_S else None,
            at=at,
            title=settings.title,
            objectives=objective_facts(snapshot, hours, period, at),
            records=self._records(snapshot, older, period),
            changes=changes,
            exclusions=snapshot.ledger.exclusions,
            alerts=self._alerts(snapshot, period, at),
            incidents_begin=incidents_begin,
            changes_begin=None if settings.is_past else _later(snapshot.at - CHANGES_READ, period.start),
            titles={name: report.title for name, report in infos.items()},
            teams={name: report.info.team for name, report in infos.items() if report.info.team},
        )

    def _excluding(self, snapshot: Snapshot, period: Period) -> LedgerView:
        """The ledger with the maintenance of all that is looked at, not only that of the windows of now.

        Args:
            snapshot: has the ledger. `period`: that is reviewed.
        """
        longest = max((report.slo.window.longest for report in snapshot.slos), default=0.0)
        since = period.earlier(BEFORE)[0].start - longest - MARGIN_S
        return replace(snapshot.ledger, exclusions=self._polled.exclusions_since(since))

    def _changes_of(self, snapshot: Snapshot, period: Period) -> tuple[KnownChange, ...]:
        """Changes around a period, in their order: those of the snapshot, and older ones that senders told of."""
        known, since = snapshot.changes, snapshot.at - CHANGES_READ
        if self._polled.settings.is_past:
            # Nobody reads them in the background of one moment.
            services = [report.info for report in snapshot.services]
            return self._polled.changes.read_all(services, snapshot.ledger, period.start - HOUR, snapshot.at)
        if period.start >= since:
            return known
        sent = self._polled.changes.reported(period.start - HOUR, min(period.end + AFTER_S, since))
        names = names_of((report.info for report in snapshot.services), self._polled.changes.aliases)
        held = {number for change in known for number in change.ids}
        older = (change for change in joined(sent, (), names) if held.isdisjoint(change.ids))
        every = [*older, *known]
        return tuple(sorted(every, key=lambda change: (change.change.start, change.change.id)))

    def _older(
        self, snapshot: Snapshot, hours: PeriodHours, period: Period
    ) -> tuple[tuple[Incident, ...], float | None]:  # fmt: skip
        """Incidents that the snapshot is too new for, and since when incidents are known at all, epoch seconds.

        Args:
            snapshot: has those of the last weeks. `hours`: of its objectives. `period`: which they touch.
        """
        since = _incidents_since(snapshot, hours)
        if period.start >= since:
            return (), None
        services = [report.info for report in snapshot.services]
        exclusions, span = snapshot.ledger.exclusions, (period.start, min(since, period.end + DAY))
        older = self._older_incidents.between(hours.hours, hours.rows_s, exclusions, services, span)
        return ((), since) if older is None else (older, None)

    def _records(self, snapshot: Snapshot, older: Sequence[Incident], period: Period) -> list[Record]:
        """Incidents that touched a period, with what people and senders told of them.

        Args:
            snapshot: has those of the last weeks. `older`: that were derived for it. `period`: which they touch.
        """
        stored = self.stored(period.start, period.end)
        # What was kept is a story that its source may tell in part only, and so may what is derived from less.
        earlier = merged(older, stored.incidents)
        early = [
            incident for incident in earlier if not any(same_story(incident, known) for known in snapshot.incidents)
        ]
        every = (*(continued(incident, earlier) for incident in snapshot.incidents), *early)
        return [
            _record(snapshot, incident, stored.entries)
            for incident in every
            if incident.start < period.end and (incident.end is None or incident.end > period.start)
        ]

    def _alerts(self, snapshot: Snapshot, period: Period, at: float) -> AlertQuality | None:
        """How good the rules were that fired within a period; None if alerts of then are unknown."""
        alerts, until = snapshot.alerts, min(at, period.end)
        if alerts.since is None or alerts.since >= until or alerts.at is None:
            return None
        start = max(period.start, alerts.since)
        slos = [report.slo for report in snapshot.slos]
        burnings, measured = burning(snapshot.ledger, slos, start)
        pages = self._polled.settings.alerts.pages
        within = tuple(stretch for stretch in burnings if stretch.start < until)
        return quality(alerts.intervals, Judgement(start, until, snapshot.time_zone, pages, within, measured))


def _incidents_since(snapshot: Snapshot, hours: PeriodHours) -> float:
    """Epoch seconds since when the incidents of a snapshot are all that there were.

    Args:
        snapshot: has those of the last weeks. `hours`: of its objectives, those that were kept included.
    """
    ledger, since = snapshot.ledger.hours, snapshot.at - INCIDENTS_READ
    measured = np.flatnonzero((ledger.values[:, :, SECONDS] > 0).any(axis=1))
    begin = float(ledger.ends[measured[0]] - HOUR) if len(measured) else snapshot.at
    known = min((each.begin for each in hours.hours if each.begin is not None), default=begin)
    # Where more is known than a ledger holds, its first days are only what others are judged by.
    return since if known >= begin else max(since, min(begin + JUDGED_BY, snapshot.at))


def _known_until(snapshot: Snapshot, now: float) -> float:
    """Epoch seconds until which events are known: the newest row's end, unless that is long ago."""
    newest = max(snapshot.ledger.fine.end, snapshot.ledger.hours.end)
    return float(newest) if 0 <= now - newest < STALE else now


def _later(moment: float, start: float) -> float | None:
    """A moment (epoch seconds) that lies after a start; None for another."""
    return moment if moment > start else None


def _record(snapshot: Snapshot, incident: Incident, entries: Mapping[str, Entries]) -> Record:
    context = context_of(snapshot, incident)
    said = [entries[number] for number in (incident.id, *incident.aliases) if number in entries]
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
