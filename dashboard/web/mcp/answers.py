"""Answers of the tools from the newest snapshot; numbers are those of `status --format json`."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from dashboard.changes.known import KnownChange, of_service
from dashboard.engine.health import Health
from dashboard.engine.snapshot import ServiceReport, Snapshot
from dashboard.oncall.suspect import Grade
from dashboard.slo.report import SloReport
from dashboard.timerange import DAY
from dashboard.ui import attention, incident_records
from dashboard.ui.text import address, query_text, source_text
from dashboard.ui.text.triage import triage_entry_text, triage_text
from dashboard.web import change_json, status_json
from dashboard.web.api_query import Refusal, service_of, slo_of
from dashboard.web.incidents import incident_json, triage_json
from dashboard.web.mcp.tool import Desk

CHANGES_S = 7 * DAY
# Lists that may be long in an entry, and that other tools answer in full.
LONG = ("notes", "causes", "requests", "alerts", "links")


def overview(desk: Desk, _: Mapping[str, str]) -> dict[str, Any]:
    """Whether all is well: counts by health and state, and every service that is not healthy."""
    snapshot = desk.snapshot()
    triaged = attention.triage_of(snapshot)
    waiting = attention.waiting(snapshot)
    return {
        **_head(desk, snapshot),
        "headline": triage_entry_text.plain(triage_text.headline(triaged, waiting)),
        "services": _counts(str(report.health) for report in snapshot.services),
        "objectives": _counts(str(report.state) for report in snapshot.slos),
        "needs_now": waiting,
        "incidents_open": [incident.id for incident in snapshot.incidents if incident.is_open],
        "not_healthy": [
            _service(desk, report, snapshot)
            for report in snapshot.services
            if report.health is not Health.HEALTHY
        ],
        "page": desk.page(""),
    }  # fmt: skip


def triage(desk: Desk, _: Mapping[str, str]) -> dict[str, Any]:
    """What needs somebody, most urgent first, and who is on it."""
    snapshot = desk.snapshot()
    # The tool `explain` answers what spends a budget: here it is included only if it is already known.
    content = triage_json.as_json(snapshot, asks=False)
    entries = [
        {key: value for key, value in entry.items() if key not in LONG}
        | {"likely": _likely(entry), "spending": entry["spending"] and entry["spending"]["sentence"]}
        | {"page": desk.page("triage"), "service_page": desk.page("service", service=entry["service"])}
        for entry in content["entries"]
    ]
    return {**_head(desk, snapshot), **content, "entries": entries}


def _likely(entry: Mapping[str, Any]) -> str | None:
    """The most likely cause of an entry; None if no suspect stands out."""
    causes = entry["causes"] or []
    return next((cause["name"] for cause in causes if cause["likely"] == Grade.MOST_LIKELY), None)


def service(desk: Desk, asked: Mapping[str, str]) -> dict[str, Any]:
    """One service now: health and why, signals, anomalies, forecasts, and its objectives in short."""
    snapshot = desk.snapshot()
    report = service_of(snapshot, asked.get("service", ""))
    return {
        **_head(desk, snapshot),
        **status_json.finite(status_json.service(report, snapshot)),
        "labels": list(report.info.labels),
        "slos": [_slo(desk, slo, snapshot) for slo in report.slos],
        "page": desk.page("service", service=report.name),
    }


def objective(desk: Desk, asked: Mapping[str, str]) -> dict[str, Any]:
    """One objective: counts, budget, burn rates, alerts, formula and queries."""
    snapshot = desk.snapshot()
    report = slo_of(snapshot, asked)
    slo = report.slo
    return {
        **_head(desk, snapshot),
        **status_json.finite(status_json.slo(report, snapshot.service_title(slo.service))),
        "formula": "remaining = 1 - bad / (valid * budget.ratio); burn rate = bad / valid / budget.ratio",
        "queries": [*query_text.queries_of(slo.indicator, desk.poller.source.expression)],
        "page": desk.page("objectives", slo=slo.name),
    }


def changes(desk: Desk, asked: Mapping[str, str]) -> dict[str, Any]:
    """Deploys, rollbacks, flags … of a week or a range, of one service or of all, newest first."""
    snapshot = desk.snapshot()
    now = snapshot.shown_at(desk.poller.clock())
    between = address.between(asked.get("from"), asked.get("to"), now=now)
    if between.span is None and (asked.get("from") or asked.get("to")):
        raise Refusal(400, between.problem or "say from and to, such as from=now-7d")
    end = between.end if between.end is not None else now - between.behind
    start = end - (between.span or CHANGES_S)
    report = service_of(snapshot, asked["service"]) if asked.get("service") else None
    known = (
        of_service(snapshot.changes, report.name, start, end)
        if report is not None
        else tuple(change for change in snapshot.changes if change.change.start <= end and change.last >= start)
    )
    return {
        **_head(desk, snapshot),
        "from": status_json.time(start),
        "to": status_json.time(end),
        "changes": [_change(desk, change) for change in reversed(known)],
    }


def incident(desk: Desk, asked: Mapping[str, str]) -> dict[str, Any]:
    """One incident with its impacts; without an id a summary of those of the last 30 days, newest first."""
    snapshot = desk.snapshot()
    wanted = asked.get("id", "")
    if not wanted:
        every = [_brief(desk, incident_json.summary(each, snapshot)) for each in snapshot.incidents]
        return {**_head(desk, snapshot), "missing_hours": snapshot.incidents_missing, "incidents": every}
    known = incident_records.find(snapshot, wanted)
    if known is None:
        ids = [each.id for each in snapshot.incidents]
        nearest = address.nearest(wanted, ids)
        raise Refusal(404, f"no incident has the id {address.shortened(wanted)}", nearest=nearest)
    content = incident_json.whole(known, snapshot)
    impacts = [{key: value for key, value in impact.items() if key != "counts"} for impact in content["impacts"]]
    page = desk.page("incidents", incident=known.id)
    return {**_head(desk, snapshot), **content, "impacts": impacts, "page": page}  # fmt: skip


def _head(desk: Desk, snapshot: Snapshot) -> dict[str, Any]:
    """The start of every answer: its time, and whether the data are reliable."""
    source = snapshot.source
    return {
        "at": status_json.time(snapshot.at),
        "source": {
            "state": str(source.state),
            "data_age_s": source.age(desk.poller.clock()),
            "partial": source.partial,
            # Why the source is not OK, or how far the history has been read.
            "message": source_text.message(source, snapshot.time_zone),
        },
    }


def _counts(words: Any) -> dict[str, int]:
    return dict(Counter(words))


def _service(desk: Desk, report: ServiceReport, snapshot: Snapshot) -> dict[str, Any]:
    content = status_json.finite(status_json.service(report, snapshot))
    names = ("service", "id", "health", "reasons", "signals")
    return {name: content[name] for name in names} | {"page": desk.page("service", service=report.name)}


def _slo(desk: Desk, report: SloReport, snapshot: Snapshot) -> dict[str, Any]:
    content = status_json.finite(status_json.slo(report, snapshot.service_title(report.slo.service)))
    names = ("slo", "objective", "sli", "budget", "state", "exhausts_in_s")
    page = desk.page("objectives", slo=report.slo.name)
    return {name: content[name] for name in names} | {"page": page}


def _change(desk: Desk, known: KnownChange) -> dict[str, Any]:
    content = change_json.change(known)
    names = ("id", "at", "end", "kind", "outcome", "services", "version", "text", "sources")
    page = desk.page("service", service=known.services[0], change=str(known.change.id)) if known.services else None
    return {name: content[name] for name in names} | {"page": page}


def _brief(desk: Desk, content: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "state", "severity", "services", "start", "end", "bad", "additional", "budget_share")
    return {name: content[name] for name in names} | {"page": desk.page("incidents", incident=content["id"])}
