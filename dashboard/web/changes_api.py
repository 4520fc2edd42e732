"""Changes of services for programs, in our own words: `GET /api/v1/changes`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.changes.matching import services_of, with_rollbacks
from dashboard.config.configuration import ServiceConfig
from dashboard.config.tokens import Scope
from dashboard.engine.known_changes import names_of
from dashboard.engine.snapshot import Snapshot
from dashboard.state import changes as kept_changes
from dashboard.state.changes import Kept, Wanted
from dashboard.web.annotations_api import MOST, answered, wanted_of
from dashboard.web.reception import Reception
from dashboard.web.replies import Refusal, reply
from dashboard.web.status_json import time

PATH = "/api/v1/changes"


class ChangesApi:
    """What is known of changes, by service.

    Args:
        reception: has the store, and knows who may read. `read`: the newest snapshot, whose services are known.
        configured: services with the names that senders have for them.
    """

    def __init__(self, reception: Reception, read: Callable[[], Snapshot], configured: Iterable[ServiceConfig]) -> None:
        self._reception, self._read = reception, read
        self._aliases = {alias.casefold(): service.name for service in configured for alias in service.changes}

    def route(self, base_path: str = "") -> Route:
        """Its route, under the base path."""
        prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        return Route(prefix + PATH, answered(self._list), methods=["GET"])

    async def _list(self, request: Request) -> Response:
        await self._reception.authorised(request, Scope.READ)
        wanted, names = wanted_of(request), self._names()
        name = request.query_params.get("service")
        if name and name.casefold() not in names:
            raise Refusal(404, f"There is no service {name[:80]}")
        service = names.get(name.casefold()) if name else None

        # What came before the range tells which deploys in it were a way back.
        history = Wanted(end=wanted.end, limit=MOST)

        def find() -> list[dict[str, Any]]:
            rows = kept_changes.find(self._reception.store, history, lambda kept: _concerns(kept, names, service))
            kinds = {change.id: change.kind for change in with_rollbacks(kept.change for kept in rows)}
            within = [kept for kept in rows if wanted.start is None or _ends_after(kept, wanted.start)]
            return [_change(kept, str(kinds[kept.change.id]), names) for kept in within[: wanted.limit]]

        return reply({"changes": await self._reception.work(find)})

    def _names(self) -> dict[str, str]:
        return names_of((report.info for report in self._read().services), self._aliases)


def _concerns(kept: Kept, names: Mapping[str, str], service: str | None) -> bool:
    return service is None or service in services_of(kept.change, names)


def _ends_after(kept: Kept, moment: float) -> bool:
    return max(kept.change.start, kept.change.end or kept.change.start) >= moment


def _change(kept: Kept, kind: str, names: Mapping[str, str]) -> dict[str, Any]:
    change = kept.change
    return {
        "id": kept.id,
        "at": time(change.start),
        "end": None if change.end is None else time(change.end),
        # A deploy of a version that was replaced before is a rollback, whatever its sender calls it.
        "kind": kind,
        "outcome": str(change.outcome),
        "services": list(services_of(change, names)),
        "service": change.service,
        "version": change.version,
        "environment": change.environment,
        "text": change.text,
        "tags": list(change.tags),
        "links": list(change.links),
        "sender": change.sender,
        "token": kept.token,
    }
