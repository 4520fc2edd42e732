"""Alerts from other tools at one moment: what fires, for whom, who is notified, and how good the rules are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.alerts.alert import AlertInterval, AlertState, Labels
from dashboard.alerts.alertmanager import RoutedAlert, Routing, RoutingState, RoutingStatus, Silence, Suppression
from dashboard.alerts.quality import AlertQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentAlert:
    """An alert that fires, or is about to.

    Attributes:
        alert: since when, of which rule, about which service.
        pages: its severity wakes somebody up.
        suppression: whether Alertmanager tells anybody; None if that is unknown: without an Alertmanager, where
            its last answer is old, or where it does not know the alert. Never take None for "not silenced".
        silences: those that hold it back. `receivers`: whom its routes lead to.
        annotations: such as `summary`, `description` and `runbook_url`. `link`: to the rule's expression.
        is_routed: Alertmanager knows it. `routing`: how the Alertmanager does.
    """

    alert: AlertInterval
    state: AlertState = AlertState.FIRING
    pages: bool = False
    suppression: Suppression | None = None
    silences: tuple[Silence, ...] = ()
    receivers: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    is_routed: bool = False
    routing: RoutingState = RoutingState.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPicture:
    """Alerts from other tools at one moment.

    Attributes:
        at: epoch seconds until which `ALERTS` were read; None if the source has none, or was not asked yet.
        since: epoch seconds from which on they are known.
        is_reading: more of the past is still being read.
        firing, pending: what there is now, most urgent first.
        intervals: what fired since `since`, in order of time.
        quality: of the rules.
        resolution: seconds by which the past is known where not every evaluation was read; None if it was.
        is_cut: there were more alerts than are kept: the oldest are not here.
        error: why the last reading failed, one line; None after one that was answered.
        routing: how the Alertmanager does. `silences`: those that hold or will, the next to end first.
        receivers: all that are configured.
    """

    at: float | None = None
    since: float | None = None
    is_reading: bool = False
    firing: tuple[CurrentAlert, ...] = ()
    pending: tuple[CurrentAlert, ...] = ()
    intervals: tuple[AlertInterval, ...] = ()
    quality: AlertQuality = field(default_factory=AlertQuality)
    resolution: float | None = None
    is_cut: bool = False
    error: str | None = None
    routing: RoutingStatus = field(default_factory=RoutingStatus)
    silences: tuple[Silence, ...] = ()
    receivers: tuple[str, ...] = ()
    _by_service: Mapping[str, tuple[AlertInterval, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every incident asks for those of its services: of thousands of alerts most are of others.
        by_service: dict[str, list[AlertInterval]] = {}
        for alert in self.intervals:
            if alert.service is not None:
                by_service.setdefault(alert.service, []).append(alert)
        object.__setattr__(self, "_by_service", {name: tuple(alerts) for name, alerts in by_service.items()})

    @property
    def is_known(self) -> bool:
        """There is something to show: the source has `ALERTS`, or an Alertmanager is configured."""
        return self.at is not None or self.routing.state is not RoutingState.ABSENT

    def as_of(self, now: float) -> "AlertPicture":
        """The picture as far as it may be believed at `now` (epoch seconds); itself while nothing has aged."""
        routing = self.routing.as_of(now)
        if routing is self.routing:
            return self
        firing = tuple(
            replace(
                alert,
                routing=routing.state,
                suppression=alert.suppression if routing.state is RoutingState.OK else None,
            )
            for alert in self.firing
        )
        return replace(self, routing=routing, firing=firing)

    def of(self, services: Iterable[str]) -> tuple[CurrentAlert, ...]:
        """What fires now about some services."""
        names = set(services)
        return tuple(current for current in self.firing if current.alert.service in names)

    def within(self, services: Iterable[str], start: float, end: float) -> tuple[AlertInterval, ...]:
        """What fired about some services between two moments, in order of time.

        Args:
            services: their names. `start`, `end`: epoch seconds.
        """
        alerts = (alert for name in set(services) for alert in self._by_service.get(name, ()))
        inside = (alert for alert in alerts if alert.overlaps(start, end))
        return tuple(sorted(inside, key=lambda alert: (alert.start, alert.labels)))


NO_ALERTS = AlertPicture()


class Routes:
    """Finds what an Alertmanager says of an alert of `ALERTS`.

    Args:
        routing: its last answer; None without one. `state`: whether that may be believed.
    """

    def __init__(self, routing: Routing | None, state: RoutingState) -> None:
        self._routing, self._state = routing, state
        self._by_name: dict[str, list[RoutedAlert]] = {}
        for routed in routing.alerts if routing is not None else ():
            self._by_name.setdefault(dict(routed.labels).get("alertname", ""), []).append(routed)
        self._silences = {silence.id: silence for silence in routing.silences} if routing is not None else {}
        self._seen: set[int] = set()

    def routed(self, labels: Labels) -> RoutedAlert | None:
        """What it says of an alert: it has all its labels, and those that Prometheus adds on the way.

        Where relabelling on the way changes labels, it does not know the alert.
        """
        wanted = set(labels)
        named = self._by_name.get(dict(labels).get("alertname", ""), ())
        fits = [routed for routed in named if wanted <= set(routed.labels)]
        nearest = min(fits, key=lambda routed: len(routed.labels), default=None)
        if nearest is not None:
            self._seen.add(id(nearest))
        return nearest

    def others(self) -> Sequence[RoutedAlert]:
        """What it has beside the alerts that were looked for: those of other Prometheis, of Loki, of Grafana."""
        alerts = self._routing.alerts if self._routing is not None else ()
        return [routed for routed in alerts if id(routed) not in self._seen]

    def current(
        self, alert: AlertInterval, routed: RoutedAlert | None, *, pages: bool, state: AlertState = AlertState.FIRING
    ) -> CurrentAlert:
        """An alert with what is known of its way.

        Args:
            alert: as `ALERTS` has it. `routed`: as Alertmanager has it; None if it does not.
            pages: its severity wakes somebody up. `state`: firing, or about to.
        """
        if routed is None:
            return CurrentAlert(alert=alert, state=state, pages=pages, routing=self._state)
        silences = (self._silences.get(name) for name in routed.silences)
        return CurrentAlert(
            alert=alert,
            state=state,
            pages=pages,
            suppression=routed.suppression if self._state is RoutingState.OK else None,
            silences=tuple(silence for silence in silences if silence is not None),
            receivers=routed.receivers,
            annotations=routed.annotations,
            link=routed.link,
            is_routed=True,
            routing=self._state,
        )
