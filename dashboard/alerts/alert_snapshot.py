"""Alerts from other tools at one time: firing ones with services and receivers, and the quality of the rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dashboard.alerts.alert import AlertInterval, AlertState, Labels
from dashboard.alerts.alertmanager import RoutedAlert, Routing, RoutingState, RoutingStatus, Silence, Suppression
from dashboard.alerts.quality import AlertQuality


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentAlert:
    """A firing or pending alert.

    Attributes:
        alert: with its start, rule and service.
        pages: its severity wakes somebody up.
        suppression: whether Alertmanager suppresses it; None if unknown: without an Alertmanager, with an outdated
            answer, or if it does not know the alert. None does not mean "not silenced".
        silences: those that suppress it. `receivers`: of its routes.
        annotations: such as `summary`, `description` and `runbook_url`. `link`: to the rule's expression.
        is_routed: Alertmanager knows it. `routing`: the status of the Alertmanager.
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
class AlertSnapshot:
    """Alerts from other tools at one time.

    Attributes:
        at: epoch seconds up to which `ALERTS` were read; None if the source has none, or was not asked yet.
        since: epoch seconds from which on they are known.
        is_reading: more of the past is still being read.
        firing, pending: current alerts, most urgent first.
        intervals: alerts that fired after `since`, in order of time.
        quality: of the rules.
        resolution: seconds to which the past is known if not every evaluation was read; None if it was.
        is_cut: there were too many alerts to store, so the oldest are missing.
        error: why the last reading failed, one line; None if it succeeded.
        routing: the status of the Alertmanager. `silences`: active and future ones, earliest end first.
        receivers: all configured ones.
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
        # Indexed, as every incident asks for the alerts of its services among thousands.
        by_service: dict[str, list[AlertInterval]] = {}
        for alert in self.intervals:
            if alert.service is not None:
                by_service.setdefault(alert.service, []).append(alert)
        object.__setattr__(self, "_by_service", {name: tuple(alerts) for name, alerts in by_service.items()})

    @property
    def is_known(self) -> bool:
        """Whether there is something to show: the source has `ALERTS`, or an Alertmanager is configured."""
        return self.at is not None or self.routing.state is not RoutingState.ABSENT

    def as_of(self, now: float) -> "AlertSnapshot":
        """The snapshot as far as it is reliable at `now` (epoch seconds); the same object while nothing has aged."""
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
        """Current alerts about some services."""
        names = set(services)
        return tuple(current for current in self.firing if current.alert.service in names)

    def within(self, services: Iterable[str], start: float, end: float) -> tuple[AlertInterval, ...]:
        """Alerts about some services that fired between two times, in order of time.

        Args:
            services: their names. `start`, `end`: epoch seconds.
        """
        alerts = (alert for name in set(services) for alert in self._by_service.get(name, ()))
        inside = (alert for alert in alerts if alert.overlaps(start, end))
        return tuple(sorted(inside, key=lambda alert: (alert.start, alert.labels)))


NO_ALERTS = AlertSnapshot()


class Routes:
    """Looks up alerts of `ALERTS` in Alertmanager.

    Args:
        routing: its last answer; None without one. `state`: whether that is reliable.
    """

    def __init__(self, routing: Routing | None, state: RoutingState) -> None:
        self._routing, self._state = routing, state
        self._by_name: dict[str, list[RoutedAlert]] = {}
        for routed in routing.alerts if routing is not None else ():
            self._by_name.setdefault(dict(routed.labels).get("alertname", ""), []).append(routed)
        self._silences = {silence.id: silence for silence in routing.silences} if routing is not None else {}
        self._seen: set[int] = set()

    def routed(self, labels: Labels) -> RoutedAlert | None:
        """Alertmanager's entry for an alert: it has all its labels, and those that Prometheus adds when sending.

        If relabelling changes labels when sending, the entry is not found.
        """
        wanted = set(labels)
        named = self._by_name.get(dict(labels).get("alertname", ""), ())
        fits = [routed for routed in named if wanted <= set(routed.labels)]
        nearest = min(fits, key=lambda routed: len(routed.labels), default=None)
        if nearest is not None:
            self._seen.add(id(nearest))
        return nearest

    def others(self) -> Sequence[RoutedAlert]:
        """Entries that were not looked up: alerts of other Prometheus servers, of Loki, of Grafana."""
        alerts = self._routing.alerts if self._routing is not None else ()
        return [routed for routed in alerts if id(routed) not in self._seen]

    def current(
        self, alert: AlertInterval, routed: RoutedAlert | None, *, pages: bool, state: AlertState = AlertState.FIRING
    ) -> CurrentAlert:
        """An alert with its routing.

        Args:
            alert: from `ALERTS`. `routed`: its entry in Alertmanager; None without one.
            pages: its severity wakes somebody up. `state`: firing or pending.
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
