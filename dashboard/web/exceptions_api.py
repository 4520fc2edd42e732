"""`/api/v1/exceptions`: programs list, add and end policy exceptions."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.config.tokens import Scope
from dashboard.engine.gate.gate_standings import subject_of
from dashboard.engine.gate.keeping_exceptions import add, end
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.gate.policy import PolicyException
from dashboard.slo.patterns import ALL
from dashboard.state import running
from dashboard.state.policy_exceptions import Unfit
from dashboard.state.store import Store
from dashboard.ui.text import policy_text
from dashboard.web.api_query import unknown_name
from dashboard.web.changes.annotations_api import answered
from dashboard.web.changes.reception import Reception, decoded
from dashboard.web.gate_json import exception_json
from dashboard.web.replies import Refusal, reply

PATH = "/api/v1/exceptions"
KEYS = ("who", "why", "from", "until", "services", "slos", "even_burning")

Result = TypeVar("Result")


class ExceptionsApi:
    """Answers requests about exceptions.

    Args:
        reception: checks tokens, and has the store. `poller`: knows the exceptions in force, and the time.
    """

    def __init__(self, reception: Reception, poller: Poller) -> None:
        self._reception, self._poller = reception, poller

    def routes(self, base_path: str = "") -> list[Route]:
        """All routes, under the base path."""
        prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        single = f"{prefix}{PATH}/{{id}}"
        return [
            Route(prefix + PATH, answered(self._every, _error), methods=["GET"]),
            Route(prefix + PATH, answered(self._add, _error), methods=["POST"]),
            Route(single, answered(self._end, _error), methods=["DELETE"]),
        ]

    async def _every(self, request: Request) -> Response:
        """Exceptions that have not ended, from the configuration and the state."""
        _check_names(request.query_params, ())
        snapshot, now = self._poller.read(), self._poller.clock()
        standing = [each for each in snapshot.policy.exceptions if now < each.until]
        return reply({"exceptions": [_listed(each) for each in standing]}, headers={"Cache-Control": "no-store"})

    async def _add(self, request: Request) -> Response:
        token = await self._reception.authorised(request, Scope.POLICY)
        snapshot, now = self._poller.read(), self._poller.clock()
        if not snapshot.policy.takes_added:
            raise Refusal(403, policy_text.FILE_ALONE)

        def keep(raw: bytes) -> PolicyException:
            exception = _exception(decoded(raw), snapshot)
            return _stored(lambda store: add(store, exception, now, token.name))

        return reply(_listed(await self._reception.with_body(request, keep)), 201)

    async def _end(self, request: Request) -> Response:
        token = await self._reception.authorised(request, Scope.POLICY)
        _check_names(request.query_params, ("who",))
        number, person, now = request.path_params["id"], request.query_params.get("who", ""), self._poller.clock()
        if not await self._reception.work(lambda: _stored(lambda store: end(store, number, person, now, token.name))):
            raise Refusal(404, "No exception of that id is still to be ended; those of the configuration end there")
        return reply({"message": "the exception is ended"})


def _stored(task: Callable[[Store], Result]) -> Result:
    """Write to the store of the process, so that the change takes effect with this answer.

    Raises:
        Refusal: the values are not a valid exception.
        StateError: the store failed.
    """
    try:
        result: Result = running.added().write(task)
        return result
    except Unfit as problem:
        raise Refusal(400, f"{str(problem)[:1].upper()}{str(problem)[1:]}") from None


def _exception(body: Any, snapshot: Snapshot) -> PolicyException:
    """Parse a body, which has the keys of the configuration.

    Raises:
        Refusal: it is invalid, or matches no objective.
    """
    if not isinstance(body, Mapping):
        raise Refusal(400, f"The body is no JSON object with {', '.join(KEYS)}")
    _check_names(body, KEYS)
    burning = body.get("even_burning", False)
    if not isinstance(burning, bool):
        raise Refusal(400, "even_burning is true or false")
    who, why = (_text(body, key) for key in ("who", "why"))
    exception = PolicyException(
        who,
        why,
        _moment(body, "until", snapshot.time_zone),
        _moment(body, "from", snapshot.time_zone) if "from" in body else float("-inf"),
        _patterns(body, "services"),
        _patterns(body, "slos"),
        burning,
    )
    subjects = [subject_of(report, snapshot.by_name.get(report.slo.service)) for report in snapshot.slos]
    if subjects and not any(map(exception.covers, subjects)):
        raise Refusal(404, "No objective is of these services and has one of these names")
    return exception


def _check_names(asked: Mapping[str, Any], known: Sequence[str]) -> None:
    """Reject unknown parameters, or keys of a body."""
    if problem := unknown_name(asked, known):
        raise Refusal(400, f"{problem[:1].upper()}{problem[1:]}")


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str):
        raise Refusal(400, f"{key} is missing, or no text")
    return value


def _moment(body: Mapping[str, Any], key: str, zone: str) -> float:
    """Parse a time to epoch seconds; without an offset it is in the time zone (IANA name)."""
    try:
        moment = datetime.fromisoformat(_text(body, key))
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()
    except (ValueError, OverflowError):
        raise Refusal(400, f"{key} is no time, such as 2026-12-01T12:00:00Z") from None


def _patterns(body: Mapping[str, Any], key: str) -> tuple[str, ...]:
    patterns = body.get(key, list(ALL))
    if not (isinstance(patterns, list) and all(isinstance(each, str) for each in patterns)):
        raise Refusal(400, f'{key} is no list of patterns, such as ["checkout", "pay-*"]')
    return tuple(patterns)


def _listed(exception: PolicyException) -> dict[str, Any]:
    return {**exception_json(exception), "services": list(exception.services), "slos": list(exception.slos)}


def _error(sentence: str) -> Mapping[str, str]:
    return {"error": sentence}
