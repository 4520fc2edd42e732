"""All inputs of changes: endpoints of senders and followed files, with one store."""

import sys
import time
from collections.abc import Sequence

from starlette.requests import Request
from starlette.routing import Route

from dashboard.changes.change import Change
from dashboard.config.configuration import Config
from dashboard.config.tokens import Scope, Token
from dashboard.engine.changes.known_changes import names_of
from dashboard.engine.gate.keeping_exceptions import rows_of_process
from dashboard.engine.poller import Poller
from dashboard.state import running
from dashboard.state.reported_changes import ReportedChanges
from dashboard.state.store import Store
from dashboard.web.changes.annotations_api import AnnotationsApi
from dashboard.web.changes.changes_api import ChangesApi
from dashboard.web.changes.followed_changes import FollowedChanges
from dashboard.web.changes.reception import Reception
from dashboard.web.exceptions_api import ExceptionsApi
from dashboard.web.incidents.incident_keeper import IncidentKeeper
from dashboard.web.incidents.incidents_api import IncidentsApi
from dashboard.web.stored_past import stored_past


class ChangesIn:
    """Takes in changes while the dashboard is served.

    Args:
        poller: knows the services and the time. `config`: has tokens and files. `store`: of the state.
    """

    def __init__(self, poller: Poller, config: Config, store: Store) -> None:
        self._store, self._poller = store, poller
        self._aliases = {alias.casefold(): service.name for service in config.services for alias in service.changes}
        self._reception = Reception(store, config.tokens, poller.clock, time.monotonic)
        self._changes = ChangesApi(self._reception, self._names, self._derived)
        self._annotations = AnnotationsApi(self._reception, self._names, self._derived)
        self._exceptions = ExceptionsApi(self._reception, poller)
        self._followed = FollowedChanges(config.change_files, store, poller.clock, _say)
        self._keeper, self._incidents = IncidentKeeper(poller, store), IncidentsApi(poller.read, poller.clock, store)

    def routes(self, base_path: str) -> list[Route]:
        """All routes, under the base path."""
        changes = [self._changes.route(base_path), *self._annotations.routes(base_path)]
        return [*changes, *self._incidents.routes(base_path), *self._exceptions.routes(base_path)]

    async def token_of(self, request: Request) -> Token | None:
        """The token that a request shows, for routes that do not require one.

        Raises:
            Refusal: the token is ours, but does not allow reading.
        """
        return await self._reception.shown(request, Scope.READ)

    async def reader_of(self, request: Request) -> Token:
        """The token of a request, for routes that require one with the scope to read.

        Raises:
            Refusal: there is no token of ours, or it does not allow reading.
        """
        return await self._reception.authorised(request, Scope.READ)

    def start(self) -> None:
        """Start following files, and delete expired changes."""
        running.use(self._store)
        self._poller.changes.aliases, self._poller.changes.reported = self._aliases, ReportedChanges(self._store).read
        self._poller.viewers.review_facts.stored = stored_past(self._store)
        self._poller.exceptions.rows = rows_of_process
        self._reception.start()
        self._followed.start()
        self._keeper.start()

    def stop(self) -> None:
        """Store what has been taken in, and close the store."""
        self._keeper.stop()
        self._followed.stop()
        self._reception.stop()
        running.use(None)
        self._store.close()

    def _names(self) -> dict[str, str]:
        return names_of((report.info for report in self._poller.read().services), self._aliases)

    def _derived(self) -> Sequence[Change]:
        return self._poller.changes.derived


def _say(line: str) -> None:
    print(f"golden-signals: {line}", file=sys.stderr, flush=True)
