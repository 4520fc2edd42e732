"""Changes of services for programs, in our own vocabulary: `GET /api/v1/changes`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.changes.change import Change
from dashboard.changes.joining import joined
from dashboard.changes.matching import services_of
from dashboard.config.tokens import Scope
from dashboard.state import changes as stored_changes
from dashboard.state.changes import StoredChange, Wanted
from dashboard.web import change_json
from dashboard.web.api_query import unknown_name
from dashboard.web.changes.annotations_api import MOST, answered, wanted_of
from dashboard.web.changes.reception import Reception
from dashboard.web.replies import Refusal, reply

PATH = "/api/v1/changes"
NAMES = ("service", "from", "to", "limit")


class ChangesApi:
    """Answers with the known changes, by service.

    Args:
        reception: has the store, and checks tokens.
        names: ids of services by all their names, in lower case. `derived`: changes derived from the data.
    """

    def __init__(
        self, reception: Reception, names: Callable[[], Mapping[str, str]], derived: Callable[[], Sequence[Change]]
    ) -> None:
        self._reception, self._names, self._derived = reception, names, derived

    def route(self, base_path: str = "") -> Route:
        """Its route, under the base path."""
        prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        return Route(prefix + PATH, answered(self._list), methods=["GET"])

    async def _list(self, request: Request) -> Response:
        await self._reception.authorised(request, Scope.READ)
        if problem := unknown_name(request.query_params, NAMES):
            raise Refusal(400, f"{problem[:1].upper()}{problem[1:]}")
        wanted, names = wanted_of(request), self._names()
        name = request.query_params.get("service")
        if name and name.casefold() not in names:
            raise Refusal(404, f"There is no service {name[:80]}")
        service = names.get(name.casefold()) if name else None

        # Earlier changes are needed to recognise rollbacks in the range.
        history = Wanted(end=wanted.end, limit=MOST)
        derived = [change for change in self._derived() if wanted.end is None or change.start <= wanted.end]

        def concerns(stored: StoredChange) -> bool:
            return service is None or service in services_of(stored.change, names)

        def find() -> list[dict[str, Any]]:
            rows = stored_changes.find(self._reception.store, history, concerns)
            tokens = {stored.change.id: stored.token for stored in rows}
            every = reversed(joined((stored.change for stored in rows), derived, names))
            own = (known for known in every if service is None or service in known.services)
            within = [known for known in own if known.last >= (wanted.start or 0.0)]
            return [change_json.change(known, tokens.get(known.change.id, "")) for known in within[: wanted.limit]]

        return reply({"changes": await self._reception.work(find)})
