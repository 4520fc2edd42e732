"""`GET /api/v1/gate`: may a release go ahead, and why? Always 200; the verdict is in the body.

No token is required, as for other read-only routes; if one is shown its name is logged.
"""

import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from dashboard.config.tokens import Token
from dashboard.engine.gate.gate_standings import decision_of
from dashboard.engine.poller import Poller
from dashboard.engine.snapshot import Snapshot
from dashboard.gate.decision import Decision
from dashboard.gate.standing import Reason
from dashboard.ui.text import address
from dashboard.web import gate_json, replies
from dashboard.web.api_query import Refusal, check_names, option, service_of
from dashboard.web.gate.gate_log import Asker, GateLog
from dashboard.web.limits.allowance import Allowance

PATH = "/api/v1/gate"
NAMES = ("service", "slo", "reason")
REASONS = tuple(map(str, Reason))
# Answers must not be cached: an old one could let a release go that is to be held.
NOT_KEPT = {"Cache-Control": "no-store"}
# Each asker may ask this often at once, and this often more per second; up to this many askers are tracked.
MOST, PER_S, ASKERS = 120.0, 10.0, 1000

TokenOf = Callable[[Request], Awaitable[Token | None]]


async def no_token(_: Request) -> Token | None:
    """There are no tokens."""
    return None


@dataclass(frozen=True, slots=True)
class Asked:
    """The request: ids of services, names of objectives, and the reason of the release; empty: all."""

    services: tuple[str, ...]
    slos: tuple[str, ...]
    reason: Reason


class GateApi:
    """Answers requests to the gate.

    Args:
        poller: is read. `token_of`: the token that a request shows; None without one of ours.
        steady: a monotonic clock, in seconds.

    Attributes:
        log: of all decisions.
    """

    def __init__(
        self, poller: Poller, token_of: TokenOf = no_token, steady: Callable[[], float] = monotonic
    ) -> None:  # fmt: skip
        self._poller, self._token_of, self._steady = poller, token_of, steady
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()
        self.log = GateLog()

    async def gate(self, request: Request) -> Response:
        """The verdict and its grounds, as JSON."""
        try:
            asker = await self.asker(request)
            return await run_in_threadpool(self._answer, request.query_params, asker)
        except Refusal as refusal:
            return refusal.response()
        except replies.Refusal as refusal:
            return replies.reply({"error": refusal.sentence}, refusal.status, refusal.headers)

    async def asker(self, request: Request) -> Asker:
        """Identify the asker, and count the request.

        Raises:
            Refusal: too many requests, or the token is rejected by `token_of`.
        """
        token = await self._token_of(request)
        headers = request.headers
        asker = Asker(
            "" if token is None else token.name,
            headers.get("user-agent", ""),
            "" if request.client is None else request.client.host,
            headers.get("x-forwarded-for", ""),
            request.url.path,
        )
        self._count(f"token {asker.token}" if asker.token else asker.address)
        return asker

    def snapshot(self) -> Snapshot:
        """The newest snapshot."""
        return self._poller.read()

    def now(self) -> float:
        """Epoch seconds."""
        return self._poller.clock()

    def decided(self, asked: Mapping[str, str], wanted: Asked, asker: Asker) -> tuple[Decision, Snapshot]:
        """Decide, log and count; returns the decision and the snapshot that it is based on.

        Args:
            asked: parameters and their values, as received. `wanted`: their meaning. `asker`: who asks.
        """
        snapshot, now = self._poller.read(), self._poller.clock()
        decision = decision_of(snapshot, now, wanted.reason, services=wanted.services, slos=wanted.slos)
        self.log.take(decision, asker, asked, gate_json.grounds(decision, snapshot))
        return decision, snapshot

    def _answer(self, parameters: QueryParams, asker: Asker) -> Response:
        wanted = wanted_of(self._poller.read(), parameters)
        decision, snapshot = self.decided(parameters, wanted, asker)
        return replies.reply(gate_json.as_json(decision, snapshot), headers=NOT_KEPT)

    def _count(self, asker: str) -> None:
        now = self._steady()
        allowance = self._allowances.setdefault(asker, Allowance(MOST, PER_S, now))
        self._allowances.move_to_end(asker)
        while len(self._allowances) > ASKERS:
            self._allowances.popitem(last=False)
        if wait := allowance.wait(now):
            raise Refusal(429, f"asked too often: {PER_S:g} times in a second at most", retry_s=math.ceil(wait))


def wanted_of(snapshot: Snapshot, parameters: QueryParams) -> Asked:
    """Parse a request; services and objectives may be repeated.

    Args:
        snapshot: knows the names. `parameters`: of the request.

    Raises:
        Refusal: a parameter is invalid, or a name unknown.
    """
    check_names(parameters, NAMES)
    if len(parameters.getlist("reason")) > 1:
        raise Refusal(400, "reason is there several times: a release is for one of them")
    reason = Reason(option(parameters, "reason", REASONS) or Reason.FEATURE)
    return known_names(snapshot, Asked(_written(parameters, "service"), _written(parameters, "slo"), reason))


def known_names(snapshot: Snapshot, asked: Asked) -> Asked:
    """Replace names of services with their ids.

    Args:
        snapshot: knows the names. `asked`: as written.

    Raises:
        Refusal: a name is unknown.
    """
    # Before the services are known no name can be wrong: the answer is that the state is unknown.
    if not snapshot.services:
        return asked
    services = tuple(service_of(snapshot, name).name for name in asked.services)
    among = {report.slo.name for report in snapshot.slos if not services or report.slo.service in services}
    for name in asked.slos:
        if name not in among:
            raise Refusal(
                404, f"no objective is called {address.shortened(name)}", nearest=address.nearest(name, among)
            )
    return replace(asked, services=services)


def _written(parameters: QueryParams, name: str) -> tuple[str, ...]:
    """All values of a parameter."""
    values: Sequence[str] = parameters.getlist(name)
    if "" in values:
        raise Refusal(400, f"{name} is empty: leave it out for all, or write a name")
    return tuple(dict.fromkeys(values))
