"""Alerts from other tools as of each refresh. Their errors never affect the refresh."""

from collections.abc import Sequence, Set
from dataclasses import replace

from dashboard.alerts.alert import AlertInterval, AlertState, Labels, rule_of
from dashboard.alerts.alert_snapshot import AlertSnapshot, CurrentAlert, Routes
from dashboard.alerts.alertmanager import RoutedAlert, Routing, RoutingStatus, routing_state
from dashboard.alerts.interval_history import IntervalHistory, Stretch, end_of
from dashboard.alerts.quality import AlertQuality
from dashboard.alerts.service_names import KnownService, ServiceNames
from dashboard.engine.alerts.alert_judgement import AlertJudgement
from dashboard.engine.alerts.alert_reader import SPAN, AlertReader, Read
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.sources.alerted import PURPOSE, AlertedSource
from dashboard.sources.protocol import QueryCost, Source
from dashboard.timerange import HOUR

# An answer of Alertmanager is old after this many seconds, or this many refreshes.
STALE_AFTER_MIN_S, STALE_AFTER_REFRESHES = 60.0, 3

# Seconds for which a refresh waits for a reading that is nearly done.
WAIT_S = 0.2


class AlertWatch:
    """Keeps what fired in the last 30 days, and what Alertmanager knows about it.

    Args:
        source: the source, which may have alerts.
        settings: how to read them, and which Alertmanager to ask.

    Attributes:
        queries: number of queries sent to the source since the start.
    """

    def __init__(self, source: Source, settings: Settings) -> None:
        self._settings, self._alert_settings = settings, settings.alerts
        # Alertmanager only knows the present, so it is not asked about a time in the past.
        spec = None if settings.is_past else settings.alertmanager
        self._alertmanager = spec.open() if spec is not None else None
        self._stale_after_s = max(STALE_AFTER_MIN_S, STALE_AFTER_REFRESHES * settings.refresh)
        self._source = source if isinstance(source, AlertedSource) else None
        self._begin_anew()
        self._costs: tuple[QueryCost, ...] = ()
        self.queries = 0

    def begin(self, at: float) -> None:
        """Start reading up to `at` (epoch seconds) in the background."""
        self._reader.begin(at, is_idle=not self._has_any)

    def forget(self) -> None:
        """Drop everything: the clock was wrong."""
        self._begin_anew()

    def read_all(self, at: float) -> None:
        """Read all of the past up to `at` (epoch seconds), however long it takes."""
        self.begin(at)
        while self._take(None) and self.is_reading:
            self.begin(at)

    def added_to(self, snapshot: Snapshot) -> Snapshot:
        """Add what is known about alerts, and the cost of reading it, to a snapshot."""
        self._take(WAIT_S)
        others = (cost for cost in snapshot.source.costs if cost.purpose != PURPOSE)
        source = replace(snapshot.source, costs=(*others, *self._costs)) if self._costs else snapshot.source
        return replace(snapshot, source=source, alerts=self.current(snapshot))

    def _take(self, wait_s: float | None) -> bool:
        """Store what was read since, waiting up to `wait_s` seconds; False if there was nothing."""
        read = self._reader.take(wait_s)
        self._costs = () if read is None else tuple(cost for answer in read.answers for cost in answer.costs)
        self.queries += len(self._costs)
        if read is not None:
            self._learn(read)
        return read is not None

    @property
    def is_reading(self) -> bool:
        """Whether a part of the past is missing and may still be read."""
        return self._reader.is_reading and self._error is None

    def close(self) -> None:
        """Close the connection to the Alertmanager."""
        if self._alertmanager is not None:
            self._alertmanager.close()

    def current(self, snapshot: Snapshot) -> AlertSnapshot:
        """What is known about alerts now.

        Args:
            snapshot: services, objectives and events of this refresh.
        """
        now, until = snapshot.at, self._reader.until
        if until is None and self._alertmanager is None:
            return AlertSnapshot(error=self._error)
        names = self._names_of(snapshot)
        intervals = self._intervals_by(names, until or now)
        firing = {alert.labels for alert in intervals if alert.end is None}
        status = self._status(now)
        routes = Routes(self._routing, status.state)
        routing = self._routing
        return AlertSnapshot(
            at=until if self._has_any else None,
            since=self._reader.since,
            is_reading=self.is_reading,
            firing=self._current(intervals, routes, names),
            pending=self._pending_now(routes, names, until or now, firing),
            intervals=intervals,
            quality=self._quality(intervals, snapshot),
            resolution=self._spacing or None,
            is_cut=self._firing.is_cut,
            error=self._error,
            routing=status,
            silences=routing.silences if routing is not None else (),
            receivers=routing.receivers if routing is not None else (),
        )

    def _begin_anew(self) -> None:
        route = self._alertmanager.routing if self._alertmanager is not None else None
        self._reader = AlertReader(self._source, route)
        self._firing, self._pending = IntervalHistory(), IntervalHistory()
        self._spacing, self._has_any = 0.0, False
        self._error: str | None = None
        self._routing: Routing | None = None
        self._routing_error: str | None = None
        self._names: tuple[object, ServiceNames] | None = None
        self._intervals: tuple[AlertInterval, ...] = ()
        self._judgement = AlertJudgement(self._alert_settings.pages)

    def _learn(self, read: Read) -> None:
        for answer in read.answers:
            self._has_any = self._has_any or bool(answer.firing or answer.pending)
            self._firing.add(answer.firing, spacing=answer.spacing)
            self._spacing = max(self._spacing, answer.spacing)
        if read.answers:
            present = read.answers[0]
            self._pending.add(present.pending)
            # Pending alerts are relevant however long they have been pending.
            self._pending.forget(present.end - HOUR)
            self._firing.forget(present.end - SPAN)
        self._error = read.error
        self._routing_error = read.routing_error
        self._routing = read.routing or self._routing

    def _names_of(self, snapshot: Snapshot) -> ServiceNames:
        """The services an alert may be about; cached while services and objectives stay the same."""
        infos = sorted((report.info for report in snapshot.services), key=lambda info: info.name)
        # Compare by value: a search that finds the same services creates new, equal objects.
        key = infos, tuple(report.slo.name for report in snapshot.slos)
        if self._names is None or self._names[0] != key:
            slos: dict[str, list[str]] = {}
            for report in snapshot.slos:
                slos.setdefault(report.slo.service, []).append(report.slo.name)
            match = self._alert_settings.match
            known = [
                KnownService(
                    info.name,
                    info.shown,
                    info.cluster,
                    info.selected_by,
                    (*match.get(info.name, ()), *match.get(info.shown, ())),
                    tuple(slos.get(info.name, ())),
                )
                for info in infos
            ]
            self._names = key, ServiceNames(known, self._alert_settings.service_labels)
        return self._names[1]

    def _intervals_by(self, names: ServiceNames, until: float) -> tuple[AlertInterval, ...]:
        """All alerts that fired, in order of time; the same object as long as nothing has changed."""
        stretches = self._firing.stretches()
        alerts = sorted((_interval_of(each, self._firing, names, until) for each in stretches), key=_by_start)
        if tuple(alerts) != self._intervals:
            self._intervals = tuple(alerts)
        return self._intervals

    def _current(
        self, intervals: Sequence[AlertInterval], routes: Routes, names: ServiceNames
    ) -> tuple[CurrentAlert, ...]:
        """What fires now according to `ALERTS`, and what only Alertmanager knows."""
        firing = [alert for alert in intervals if alert.end is None]
        current = [routes.current(alert, routes.routed(alert.labels), pages=self._wakes(alert)) for alert in firing]
        for routed in routes.others():
            alert = _alert_of(routed, names)
            current.append(routes.current(alert, routed, pages=self._wakes(alert)))
        return tuple(sorted(current, key=lambda alert: (not alert.pages, alert.alert.start, alert.alert.labels)))

    def _pending_now(
        self, routes: Routes, names: ServiceNames, until: float, firing: Set[Labels]
    ) -> tuple[CurrentAlert, ...]:
        """Alerts that are about to fire; `firing`: labels of those that fire already."""
        stretches = (stretch for stretch in self._pending.stretches() if stretch.labels not in firing)
        alerts = (_interval_of(stretch, self._pending, names, until) for stretch in stretches)
        pending = sorted((alert for alert in alerts if alert.end is None), key=_by_start)
        return tuple(
            routes.current(alert, None, pages=self._wakes(alert), state=AlertState.PENDING) for alert in pending
        )

    def _quality(self, intervals: Sequence[AlertInterval], snapshot: Snapshot) -> AlertQuality:
        since = self._reader.since
        # If the source has no alerts at all, it is unknown whether anybody would have been paged.
        if since is None or not self._has_any:
            return AlertQuality()
        return self._judgement.quality(intervals, since, snapshot)

    def _wakes(self, alert: AlertInterval) -> bool:
        return alert.rule.severity.casefold() in self._alert_settings.pages

    def _status(self, now: float) -> RoutingStatus:
        if self._alertmanager is None:
            return RoutingStatus()
        routing = self._routing
        at = None if routing is None else routing.at
        return RoutingStatus(
            routing_state(at, now, self._stale_after_s, is_failing=self._routing_error is not None),
            self._alertmanager.where,
            at,
            self._routing_error,
            self._stale_after_s,
            asked=1 if routing is None else routing.asked,
            unreachable=() if routing is None else routing.unreachable,
        )


def _interval_of(stretch: Stretch, history: IntervalHistory, names: ServiceNames, until: float) -> AlertInterval:
    rule = rule_of(stretch.labels)
    end = end_of(stretch, history.interval(rule.name), until)
    return AlertInterval(stretch.labels, rule, stretch.first, end, names.service_of(stretch.labels))


def _by_start(alert: AlertInterval) -> tuple[float, Labels]:
    return alert.start, alert.labels


def _alert_of(routed: RoutedAlert, names: ServiceNames) -> AlertInterval:
    """An alert that only Alertmanager knows."""
    return AlertInterval(routed.labels, rule_of(routed.labels), routed.start, None, names.service_of(routed.labels))
