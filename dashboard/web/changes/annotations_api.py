"""Endpoints for the senders of changes, and Grafana's annotations API to read and correct them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.changes import reading
from dashboard.changes.change import Change
from dashboard.changes.reading import EventRefused
from dashboard.changes.senders.catalog import SENDERS
from dashboard.changes.senders.sender import Sender
from dashboard.config.tokens import Scope
from dashboard.state import changes as stored_changes
from dashboard.state.changes import StoredChange, Wanted
from dashboard.web import change_json
from dashboard.web.changes.reception import Reception, decoded
from dashboard.web.replies import Refusal, reply

ANNOTATIONS = "/api/annotations"
# Grafana's own default limit, and the maximum number of changes in an answer.
LIMIT, MOST = 100, 5000

Endpoint = Callable[[Request], Any]


class AnnotationsApi:
    """The endpoints to which changes are sent, and Grafana's own.

    Args:
        reception: stores changes, and checks tokens.
        names: ids of services by all their names, in lower case. `derived`: changes derived from the data.
    """

    def __init__(
        self, reception: Reception, names: Callable[[], Mapping[str, str]], derived: Callable[[], Sequence[Change]]
    ) -> None:
        self._reception, self._names, self._derived = reception, names, derived

    def routes(self, base_path: str = "") -> list[Route]:
        """All routes, under the base path."""
        prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        by_id = f"{prefix}{ANNOTATIONS}/{{number:int}}"
        return [
            *(Route(prefix + sender.path, self._received(sender), methods=["POST"]) for sender in SENDERS),
            Route(prefix + ANNOTATIONS, answered(self._list), methods=["GET"]),
            Route(f"{prefix}{ANNOTATIONS}/tags", answered(self._tags), methods=["GET"]),
            Route(by_id, answered(self._one), methods=["GET"]),
            Route(by_id, answered(self._patch), methods=["PATCH"]),
            Route(by_id, answered(self._put), methods=["PUT"]),
            Route(by_id, answered(self._delete), methods=["DELETE"]),
        ]

    def _received(self, sender: Sender) -> Endpoint:
        async def receive(request: Request) -> Response:
            ids = await self._reception.changes_of(request, sender)
            return reply(sender.answer(ids), sender.status)

        return answered(receive, sender.refusal)

    async def _list(self, request: Request) -> Response:
        await self._reception.authorised(request, Scope.READ)
        wanted, matches = wanted_of(request), _matching(request)

        names, derived = self._names(), self._derived()

        def find() -> list[dict[str, Any]]:
            rows = stored_changes.find(self._reception.store, wanted, matches)
            if derived:
                # Announced deploys replace derived ones, also those that the request does not ask for.
                announced = stored_changes.find(self._reception.store, Wanted(limit=MOST))
                others = change_json.only_derived((stored.change for stored in announced), derived, names)
                rows += [stored for stored in others if _is_within(stored.change, wanted) and matches(stored)]
                rows.sort(key=lambda stored: (-stored.change.start, stored.id))
            return [annotation(stored) for stored in rows[: wanted.limit]]

        return reply(await self._reception.work(find))

    async def _tags(self, request: Request) -> Response:
        """The tags of all stored changes, for lists to choose from."""
        await self._reception.authorised(request, Scope.READ)
        wanted, part = wanted_of(request), request.query_params.get("tag", "").casefold()

        def count() -> list[tuple[str, int]]:
            sent = stored_changes.find(self._reception.store, Wanted(limit=MOST))
            counts = Counter(tag for stored in sent for tag in stored.change.tags if part in tag.casefold())
            return sorted(counts.items())[: wanted.limit]

        tags = [{"tag": tag, "count": number} for tag, number in await self._reception.work(count)]
        return reply({"result": {"tags": tags}})

    async def _one(self, request: Request) -> Response:
        await self._reception.authorised(request, Scope.READ)
        wanted = Wanted(number=request.path_params["number"])
        rows = await self._reception.work(lambda: stored_changes.find(self._reception.store, wanted))
        rows = rows or [
            stored for stored in change_json.only_derived((), self._derived(), {}) if stored.id == wanted.number
        ]
        if not rows:
            raise _unknown()
        return reply(annotation(rows[0]))

    async def _patch(self, request: Request) -> Response:
        return await self._corrected(request, "Annotation patched")

    async def _put(self, request: Request) -> Response:
        return await self._corrected(request, "Annotation updated")

    async def _corrected(self, request: Request, said: str) -> Response:
        await self._reception.authorised(request, Scope.CHANGES)
        number = request.path_params["number"]

        def correct(raw: bytes) -> StoredChange | None:
            fields = _fields(decoded(raw), self._reception.clock())
            return stored_changes.correct(self._reception.store, number, fields)

        try:
            stored = await self._reception.with_body(request, correct)
        except EventRefused as error:
            raise _bad(error) from None
        if stored is None:
            raise _unknown()
        return reply({"message": said})

    async def _delete(self, request: Request) -> Response:
        await self._reception.authorised(request, Scope.CHANGES)
        number = request.path_params["number"]
        if not await self._reception.work(lambda: stored_changes.remove(self._reception.store, number)):
            raise _unknown()
        return reply({"message": "Annotation deleted"})


def answered(
    endpoint: Endpoint, refusal: Callable[[str], Mapping[str, Any]] = lambda sentence: {"message": sentence}
) -> Endpoint:
    """Wrap an endpoint so that its refusals become responses.

    Args:
        endpoint: answers, or raises `Refusal`. `refusal`: makes the JSON from the sentence.
    """

    async def answer(request: Request) -> Response:
        try:
            response: Response = await endpoint(request)
        except Refusal as refused:
            response = reply(refusal(refused.sentence), refused.status, refused.headers)
        except ClientDisconnect:
            # The client is gone, so nobody reads this answer; its body was not stored.
            response = Response(status_code=400)
        return response

    return answer


def annotation(stored: StoredChange) -> dict[str, Any]:
    """A change in the form of a Grafana annotation, with our own fields under `data`."""
    change = stored.change
    panel = change.details.get("panelId", "")
    return {
        "id": stored.id,
        "alertId": 0,
        "alertName": "",
        "dashboardId": 0,
        "dashboardUID": change.details.get("dashboardUID") or None,
        "panelId": int(panel) if panel.isdecimal() and len(panel) < 16 else 0,
        "userId": 0,
        "userName": "",
        "newState": "",
        "prevState": "",
        "created": round(stored.received_at * 1000),
        "updated": round(stored.received_at * 1000),
        "time": round(change.start * 1000),
        "timeEnd": round((change.start if change.end is None else change.end) * 1000),
        "text": change.text,
        "tags": list(change.tags),
        "login": stored.token,
        "email": "",
        "avatarUrl": "",
        "data": {
            "sender": change.sender,
            "kind": str(change.kind),
            "outcome": str(change.outcome),
            "service": change.service,
            "version": change.version,
            "environment": change.environment,
            "links": list(change.links),
        },
    }


def wanted_of(request: Request) -> Wanted:
    """The requested time range and maximum number of changes.

    Raises:
        Refusal: a time is invalid.
    """
    query = request.query_params
    try:
        start, end = reading.moment(query.get("from"), "from"), reading.moment(query.get("to"), "to")
    except EventRefused as error:
        raise _bad(error) from None
    limit = query.get("limit", "")
    number = int(limit) if limit.isdecimal() and len(limit) < 10 else LIMIT
    return Wanted(start=start, end=end, limit=min(number or LIMIT, MOST))


def _is_within(change: Change, wanted: Wanted) -> bool:
    last = change.start if change.end is None else change.end
    return (wanted.start is None or last >= wanted.start) and (wanted.end is None or change.start <= wanted.end)


def _matching(request: Request) -> Callable[[StoredChange], bool]:
    """A test whether a change has the requested tags and belongs to the requested panel."""
    query = request.query_params
    tags, is_any = set(query.getlist("tags")), query.get("matchAny") == "true"
    details = {name: query[name] for name in ("dashboardUID", "panelId") if query.get(name)}
    # Alerts are not changes: they are listed elsewhere.
    others = (query.get(name, "") for name in ("alertId", "userId"))
    is_none = query.get("type") == "alert" or any(other not in ("", "0") for other in others)

    def matches(stored: StoredChange) -> bool:
        has = stored.change.tags
        fits = not tags or (bool(tags & set(has)) if is_any else tags <= set(has))
        return fits and not is_none and details.items() <= stored.change.details.items()

    return matches


def _fields(body: Any, now: float) -> dict[str, Any]:
    """The fields of a change that an update by a Grafana client sets, by attribute."""
    if not isinstance(body, dict):
        raise Refusal(400, "The body is no JSON object")
    try:
        start, end = reading.moment(body.get("time"), "time"), reading.moment(body.get("timeEnd"), "timeEnd")
        fields = {
            # So that a replay of the earlier message counts as older than this update.
            "at": now,
            "text": reading.text(body.get("text")) or None,
            "tags": reading.tags(body["tags"]) if "tags" in body else None,
            "start": start,
            "end": end,
        }
    except EventRefused as error:
        raise _bad(error) from None
    if any(moment is not None and moment > now + reading.PLANNED_S for moment in (start, end)):
        raise Refusal(400, "The change ends in the future: check the clock of its sender")
    return {name: value for name, value in fields.items() if value is not None}


def _bad(error: EventRefused) -> Refusal:
    return Refusal(400, f"{str(error)[:1].upper()}{str(error)[1:]}")


def _unknown() -> Refusal:
    return Refusal(404, "Annotation not found")
