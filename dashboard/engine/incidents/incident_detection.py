"""When an incident was detected: by the first alert, ours or one of others that is made to tell of such things."""

from dataclasses import replace

from dashboard.alerts.alert import AlertInterval
from dashboard.alerts.alert_snapshot import AlertSnapshot
from dashboard.incidents.course import bad_until
from dashboard.incidents.incident import Impact, Incident


def with_detection(alerts: AlertSnapshot, incident: Incident, now: float) -> Incident:
    """The incident as detected by alerts from other tools, too, where one of them came before ours.

    Args:
        alerts: of others. `incident`: as it was derived. `now`: epoch seconds.
    """
    if incident.is_frozen:
        return incident
    end = now if incident.end is None else incident.end
    first = _first(alerts, incident, end)
    if not first:
        return incident
    impacts = tuple(_earlier(impact, first.get(impact.service)) for impact in incident.impacts)
    every = [moment for moment in (incident.detected_at, *first.values()) if moment is not None]
    return replace(incident, impacts=impacts, detected_at=min(every))


def _first(alerts: AlertSnapshot, incident: Incident, end: float) -> dict[str, float]:
    """Epoch seconds of the first alert of each service that began while the incident lasted."""
    waking = {quality.rule for quality in alerts.quality.rules if quality.pages}
    first: dict[str, float] = {}
    for fired in alerts.within(incident.services, incident.start, end):
        # What fired before, or wakes nobody up and tells of no budget, has not told of this.
        tells = fired.rule in waking or fired.rule.tool is not None
        if tells and fired.start >= incident.start:
            service = _service(fired)
            first[service] = min(first.get(service, fired.start), fired.start)
    return first


def _service(fired: AlertInterval) -> str:
    assert fired.service is not None, "it is one of those that services have"
    return fired.service


def _earlier(impact: Impact, moment: float | None) -> Impact:
    if moment is None or (impact.detected_at is not None and impact.detected_at <= moment):
        return impact
    return replace(impact, detected_at=moment, bad_before_detection=bad_until(impact, moment))
