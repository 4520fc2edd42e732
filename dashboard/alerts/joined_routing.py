"""Combines the answers of several Alertmanagers: members of a cluster know the same alerts and silences."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dashboard.alerts.alert import Labels
from dashboard.alerts.alertmanager import RoutedAlert, Routing, Silence, Suppression

# Most relevant first: an alert that one of them sends is sent, even if others suppress it.
_FIRST = (Suppression.NONE, None, Suppression.INHIBITED, Suppression.SILENCED)


def joined(routings: Sequence[Routing]) -> Routing:
    """Merge answers: one entry for each alert and silence.

    Args:
        routings: of one time, at least one.
    """
    by_labels: dict[Labels, list[RoutedAlert]] = {}
    silences: dict[str, Silence] = {}
    for routing in routings:
        for routed in routing.alerts:
            by_labels.setdefault(routed.labels, []).append(routed)
        for silence in routing.silences:
            silences.setdefault(silence.id, silence)
    return Routing(
        routings[0].at,
        tuple(map(_as_one, by_labels.values())),
        tuple(sorted(silences.values(), key=lambda silence: silence.end)),
        _each_once(routing.receivers for routing in routings),
    )


def _as_one(alerts: Sequence[RoutedAlert]) -> RoutedAlert:
    first = min(alerts, key=lambda routed: _FIRST.index(routed.suppression))
    alike = [routed.silences for routed in alerts if routed.suppression is first.suppression]
    return replace(
        first,
        start=min(routed.start for routed in alerts),
        receivers=_each_once(routed.receivers for routed in alerts),
        silences=_each_once(alike),
    )


def _each_once(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))
