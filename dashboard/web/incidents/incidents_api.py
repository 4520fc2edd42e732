"""`GET /api/v1/incidents` and `GET /api/v1/incidents/{id}`: what the page of incidents shows."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.engine.incidents.incident_hours import judged_since
from dashboard.engine.snapshot import Snapshot
from dashboard.exceptions import StateError
from dashboard.incidents.incident import Incident
from dashboard.incidents.statistics import moments, statistics
from dashboard.incidents.stored import read, with_corrections
from dashboard.state import incidents as state
from dashboard.state import running
from dashboard.state.store import Store
from dashboard.state.tables import ACKNOWLEDGEMENTS
from dashboard.ui.text import address
from dashboard.web.api_query import Refusal, check_names, option, service_of
from dashboard.web.incidents import incident_json
from dashboard.web.incidents.incident_keeper import corrections_of
from dashboard.web.replies import reply
from dashboard.web.status_json import time

PATH = "/api/v1/incidents"
NAMES = ("service", "state", "from", "to")
STATES = ("open", "closed")
# Maximum number of listed incidents; the statistics are those of all that match.
MOST = 1000


class IncidentsApi:
    """Answers requests about incidents.

    Args:
        read: the newest snapshot. `clock`: epoch seconds. `store`: has incidents older than those of the snapshot.
    """

    def __init__(self, read: Callable[[], Snapshot], clock: Callable[[], float], store: Store) -> None:
        self._read, self._clock, self._store = read, clock, store

    def routes(self, base_path: str = "") -> list[Route]:
        """Both routes, under the base path; they run off the loop."""
        prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        endpoints = {PATH: self.every, f"{PATH}/{{id}}": self.one}
        return [Route(prefix + path, endpoint, methods=["GET"]) for path, endpoint in endpoints.items()]

    def every(self, request: Request) -> Response:
        """Incidents of the last 30 days, newest first, with how long they took."""
        try:
            return self._every(request.query_params)
        except Refusal as refusal:
            return refusal.response()

    def one(self, request: Request) -> Response:
        """One incident, also if it is older than the list."""
        try:
            check_names(request.query_params, ())
            snapshot, number = self._read(), request.path_params["id"]
            incident = self._named(snapshot, number)
            return reply(incident_json.whole(incident, snapshot, acknowledged().get(incident.id)))
        except Refusal as refusal:
            return refusal.response()

    def _every(self, asked: Mapping[str, str]) -> Response:
        check_names(asked, NAMES)
        snapshot, moments_asked = self._read(), _between(asked, self._clock())
        name = service_of(snapshot, asked["service"]).name if asked.get("service") else None
        wanted = option(asked, "state", STATES)
        first, since = acknowledged(), judged_since(snapshot.ledger.hours)
        matching = [
            incident
            for incident in snapshot.incidents
            if (name is None or name in incident.services)
            and (not wanted or incident.is_open == (wanted == "open"))
            and _overlaps(incident, *moments_asked)
        ]
        return reply(
            {
                "incidents": [
                    incident_json.summary(incident, snapshot, first.get(incident.id)) for incident in matching[:MOST]
                ],
                # Hours of the past that have not been searched yet; null before any was.
                "missing_hours": snapshot.incidents_missing,
                # Only stored incidents are known from before; null where the data begin later.
                "since": None if since is None else time(since),
                "statistics": incident_json.statistics(statistics(matching, first)),
            }
        )

    def _named(self, snapshot: Snapshot, number: str) -> Incident:
        """The incident with this id, or the one into which the incident with this id was merged."""
        for incident in snapshot.incidents:
            if number == incident.id or number in incident.aliases:
                return incident
        try:
            rows = state.stored(self._store, number=number)
            incident_read = read(rows[0].content) if rows else None
            if incident_read is not None:
                return with_corrections(incident_read, corrections_of(self._store))
        except StateError as error:
            raise Refusal(503, f"the state cannot be read: {error}", retry_s=10) from None
        ids = [incident.id for incident in snapshot.incidents]
        raise Refusal(404, f"no incident is called {address.shortened(number)}", nearest=address.nearest(number, ids))


def acknowledged() -> dict[str, float]:
    """Epoch seconds of the first acknowledgement that was not withdrawn, by the id of an incident."""
    try:
        rows = running.added().read().rows(ACKNOWLEDGEMENTS)
    except StateError:
        return {}
    first: dict[str, float] = {}
    for row in rows:
        if row["withdrawn_at"] is None:
            first.setdefault(row["subject"], row["added_at"])
    return first


def _between(asked: Mapping[str, str], now: float) -> tuple[float, float]:
    """The requested range in epoch seconds; without bounds everything."""
    if not (asked.get("from") or asked.get("to")):
        return 0.0, float("inf")
    between = address.between(asked.get("from"), asked.get("to"), now=now, ended=False)
    if between.span is None:
        raise Refusal(400, between.problem or "say from and to, such as from=now-7d")
    end = between.end if between.end is not None else now - between.behind
    return end - between.span, end


def _overlaps(incident: Incident, start: float, end: float) -> bool:
    """Whether an incident overlaps a range (epoch seconds), by its times after corrections."""
    times = moments(incident)
    return times.start <= end and (times.end is None or times.end >= start)
