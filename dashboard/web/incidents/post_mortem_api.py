"""`GET /api/v1/incidents/{id}/post-mortem`: the draft of a post-mortem as Markdown or HTML, the same each time."""

import re
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from dashboard.engine.incidents import incident_spending
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.viewers.viewer_queue import Viewer
from dashboard.incidents.record import Record
from dashboard.ui import incident_records
from dashboard.ui.text.incidents.post_mortem import post_mortem
from dashboard.ui.text.incidents.post_mortem_html import html
from dashboard.ui.text.incidents.post_mortem_markdown import markdown
from dashboard.web.api_query import Refusal, check_names, option, zone_of

PATH = "/api/v1/incidents/{number}/post-mortem"
NAMES, FORMATS = ("format", "tz"), ("md", "html")
# Seconds to wait for what spent the budget: a draft is made once, and read by many.
VIEWER, WAIT_S = Viewer("post-mortems"), 10.0
TYPES = {"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8"}
# Characters not allowed in a file name; an id has none of them.
_OTHERS = re.compile(r"[^A-Za-z0-9-]")


class PostMortemApi:
    """Writes drafts of post-mortems, off the event loop.

    Args:
        poller: is read.
    """

    def __init__(self, poller: Poller) -> None:
        self._poller = poller

    def answer(self, request: Request) -> Response:
        """The draft for the incident in the address."""
        try:
            return self._answer(request)
        except Refusal as refusal:
            return refusal.response()

    def _answer(self, request: Request) -> Response:
        asked, number = request.query_params, request.path_params["number"]
        check_names(asked, NAMES)
        kind = option(asked, "format", FORMATS) or "md"
        snapshot = self._poller.read()
        zone = zone_of(asked.get("tz", ""), snapshot.time_zone)
        incident = incident_records.find(snapshot, number)
        if incident is None:
            raise Refusal(404, f"no incident has the id {number[:80]!r}: it may be older than what is kept")
        record = incident_records.record(snapshot, incident_records.added(), incident)
        draft = post_mortem(self._with_spending(record, snapshot), zone, snapshot.at)
        body = html(draft) if kind == "html" else markdown(draft)
        name = f"post-mortem-{_OTHERS.sub('', incident.id)}.{kind}"
        disposition = f'{"inline" if kind == "html" else "attachment"}; filename="{name}"'
        return Response(body, headers={"Content-Disposition": disposition}, media_type=TYPES[kind])

    def _with_spending(self, record: Record, snapshot: Snapshot) -> Record:
        """An incident with what spent its budget: as stored, else as the source tells."""
        asked, stored = incident_spending.wanted(record.incident, snapshot.at), record.spending
        if asked is None or (stored is not None and incident_spending.is_of(stored, asked)):
            return record
        if not incident_spending.may_be_known(snapshot, asked):
            return record
        window = self._poller.viewers.explanations.fetch(*asked, VIEWER, wait_s=WAIT_S)
        return replace(record, spending=incident_spending.as_kept(window) or stored)
