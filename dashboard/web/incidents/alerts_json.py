"""Alerts from other tools as JSON: `GET /api/v1/alerts` and `golden-signals alerts --format json`."""

from collections.abc import Callable
from typing import Any

from dashboard.alerts.alert import AlertRule
from dashboard.alerts.alert_snapshot import CurrentAlert
from dashboard.alerts.alertmanager import RoutingStatus, Silence
from dashboard.alerts.burning import Burning
from dashboard.alerts.quality import AlertQuality, RuleQuality
from dashboard.engine.snapshot import Snapshot
from dashboard.ui.text import alert_text, units
from dashboard.web.status_json import finite, time

Title = Callable[[str], str]


def as_json(snapshot: Snapshot, now: float) -> dict[str, Any]:
    """Firing alerts, their receivers, and the quality of the rules; `now` (epoch seconds) dates ages."""
    alerts, title = snapshot.alerts, snapshot.service_title
    content = {
        "at": time(snapshot.at),
        "known": alerts.at is not None,
        "since": _moment(alerts.since),
        "reading": alerts.is_reading,
        "resolution_s": alerts.resolution,
        "complete": not alerts.is_cut,
        "message": alerts.error,
        "alertmanager": {
            **_routing(alerts.routing, now),
            "receivers": list(alerts.receivers),
            "silences": [_silence(silence) for silence in alerts.silences],
        },
        "firing": [current_alert(current, title, now, snapshot.time_zone) for current in alerts.firing],
        "pending": [current_alert(current, title, now, snapshot.time_zone) for current in alerts.pending],
        "quality": _quality(alerts.quality, title),
    }
    strict: dict[str, Any] = finite(content)
    return strict


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else time(seconds)


def _routing(status: RoutingStatus, now: float) -> dict[str, Any]:
    return {
        "state": str(status.state),
        "url": status.where or None,
        "at": _moment(status.at),
        "age_s": None if status.at is None else max(0.0, now - status.at),
        "message": status.error,
        "unreachable": list(status.unreachable),
    }


def _silence(silence: Silence) -> dict[str, Any]:
    return {
        "id": silence.id,
        "by": silence.author,
        "comment": silence.comment,
        "from": time(silence.start),
        "until": time(silence.end),
        "matchers": list(silence.matchers),
        "pending": silence.is_pending,
    }


def current_alert(current: CurrentAlert, title: Title, now: float, zone: str) -> dict[str, Any]:
    """An alert that fires, or has just resolved.

    Args:
        current: the alert. `title`: gives a service's name on pages. `now`: epoch seconds. `zone`: of the sentence.
    """
    alert = current.alert
    return {
        **_rule(alert.rule),
        **_service(alert.service, title),
        "labels": dict(alert.labels),
        "since": time(alert.start),
        "for_s": max(0.0, now - alert.start),
        "pages": current.pages,
        # Null does not mean "not silenced": it is unknown.
        "suppression": None if current.suppression is None else str(current.suppression),
        "silences": [_silence(silence) for silence in current.silences],
        "receivers": list(current.receivers),
        "routed": current.is_routed,
        "summary": current.annotations.get("summary"),
        "description": current.annotations.get("description"),
        "runbook": current.annotations.get("runbook_url"),
        "link": current.link or None,
        "sentence": units.plain(alert_text.sentence(current, zone, now)),
    }


def _rule(rule: AlertRule) -> dict[str, Any]:
    return {
        "alert": rule.name,
        "severity": rule.severity or None,
        "slo": rule.slo or None,
        "window": rule.window or None,
        "burn_alert_of": None if rule.tool is None else str(rule.tool),
    }


def _service(name: str | None, title: Title) -> dict[str, Any]:
    return {"service": None if name is None else title(name), "service_id": name}


def _quality(quality: AlertQuality, title: Title) -> dict[str, Any]:
    load = quality.load
    return {
        "from": time(quality.start),
        "to": time(quality.end),
        "pages": load.pages,
        "pages_per_week": load.pages_per_week,
        "night_pages": load.night_pages,
        "nights": load.nights,
        "disturbed_nights": load.disturbed_nights,
        "pages_per_person_night": load.pages_per_person_night,
        "rules": [_rule_quality(rule, title) for rule in quality.rules],
        "without_impact": [_rule(rule.rule) for rule in quality.without_impact],
        "unpaged": [_unpaged(stretch, title) for stretch in quality.unpaged],
    }


def _rule_quality(quality: RuleQuality, title: Title) -> dict[str, Any]:
    return {
        **_rule(quality.rule),
        "services": [title(name) for name in quality.services],
        "pages": quality.pages,
        "fired": quality.fired,
        "firing": quality.firing,
        "flapped": quality.flapped,
        "firing_s": quality.firing_s,
        "longest_s": quality.longest_s,
        "judged": quality.judged,
        "touched": quality.touched,
        "impact_share": quality.impact_share,
        "times_paged": quality.times_paged,
        "last": time(quality.last),
    }


def _unpaged(stretch: Burning, title: Title) -> dict[str, Any]:
    return {
        **_service(stretch.service, title),
        "slo": stretch.slo,
        "from": time(stretch.start),
        "to": time(stretch.end),
        "going_on": stretch.is_open,
        "bad": stretch.bad,
        "budget_share": stretch.share,
    }
