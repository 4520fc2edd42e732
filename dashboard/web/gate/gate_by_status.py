"""The gate for callers that only check the status: 2xx is only sent if its effect is known.

Flagger advances a canary on 200 to 202 of `confirm-rollout` and `confirm-promotion`, and rolls back on 2xx of
`rollback`: https://docs.flagger.app/usage/webhooks. Spinnaker's webhook stage continues with 2xx.
"""

import json
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.engine.snapshot import Snapshot
from dashboard.gate.standing import Reason, Rule, Verdict
from dashboard.web import gate_json, replies
from dashboard.web.api_query import Refusal, check_names
from dashboard.web.bodies import body_of
from dashboard.web.gate.gate_api import NAMES, NOT_KEPT, Asked, GateApi, wanted_of
from dashboard.web.gate.gate_log import Asker

CONFIRM, FLAGGER = "/api/v1/gate/confirm", "/api/v1/gate/flagger"
# 409: the release conflicts with the budget. 503: the state is unknown.
CODES = {Verdict.GO: 200, Verdict.HOLD: 409, Verdict.UNKNOWN: 503}
BODY_BYTES = 64 * 1024


class GateByStatus:
    """Answers with the HTTP status.

    Args:
        gate: decides, and logs it.
    """

    def __init__(self, gate: GateApi) -> None:
        self._gate = gate

    def routes(self, base_path: str = "") -> list[Route]:
        """Its routes, under the base path."""
        prefix = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        endpoints = {
            CONFIRM: self.confirm,
            f"{FLAGGER}/confirm": self.confirm,
            f"{FLAGGER}/rollback": self.rollback,
        }
        return [Route(prefix + path, endpoint, methods=["GET", "POST"]) for path, endpoint in endpoints.items()]

    async def confirm(self, request: Request) -> Response:
        """200: go. 409: hold. 503: unknown. The request is in the address, or in Flagger's body."""
        return await self._answered(request, rolls_back=False)

    async def rollback(self, request: Request) -> Response:
        """200: roll back, since the budget burns now. 409: no need. 503: unknown."""
        return await self._answered(request, rolls_back=True)

    async def _answered(self, request: Request, *, rolls_back: bool) -> Response:
        try:
            asker = await self._gate.asker(request)
            parameters = await _parameters(request, self._gate.snapshot())
            return await run_in_threadpool(self._decided, parameters, asker, rolls_back=rolls_back)
        except Refusal as refusal:
            return refusal.response()
        except replies.Refusal as refusal:
            return replies.reply({"error": refusal.sentence}, refusal.status, refusal.headers)

    def _decided(self, parameters: QueryParams, asker: Asker, *, rolls_back: bool) -> Response:
        wanted = wanted_of(self._gate.snapshot(), parameters)
        if rolls_back and not (wanted.services or wanted.slos):
            raise Refusal(400, "say what to roll back: the name of the canary, or service or slo in its metadata")
        # A finished release is rolled back while the budget burns; a small remaining budget is no reason.
        wanted = Asked(wanted.services, wanted.slos, Reason.FIX) if rolls_back else wanted
        decision, snapshot = self._gate.decided(parameters, wanted, asker)
        code = CODES[decision.verdict]
        if rolls_back and decision.verdict is not Verdict.UNKNOWN:
            code = CODES[Verdict.GO] if decision.rule is Rule.BURNING else CODES[Verdict.HOLD]
        return replies.reply(gate_json.as_json(decision, snapshot), code, NOT_KEPT)


async def _parameters(request: Request, snapshot: Snapshot) -> QueryParams:
    """The parameters: from the address, else from the metadata of Flagger's body, else the name of the canary.

    Args:
        request: from anybody. `snapshot`: knows the objectives.

    Raises:
        Refusal: the body is not Flagger's.
    """
    asked = request.query_params
    if request.method == "GET" or {"service", "slo"} & asked.keys():
        return asked
    body = await body_of(request, BODY_BYTES)
    if not body:
        return asked
    content = _mapping(body)
    metadata = content.get("metadata")
    metadata = {} if metadata is None else metadata
    if not isinstance(metadata, Mapping):
        raise Refusal(400, "metadata is no table of texts, such as service: checkout")
    # As in the address: what is misspelt would decide on the canary's name alone.
    check_names(metadata, NAMES)
    named = {name: value for name, value in metadata.items() if name not in asked}
    if "service" not in named and content.get("name") and _is_of_several(snapshot, named.get("slo")):
        named["service"] = content["name"]
    if not all(isinstance(value, str) for value in named.values()):
        raise Refusal(400, "name, service, slo and reason are texts")
    return QueryParams([*asked.multi_items(), *named.items()])


def _is_of_several(snapshot: Snapshot, slo: Any) -> bool:
    """Whether an objective needs its service to be identified: it has no name, or shares its name with others."""
    return not slo or sum(report.slo.name == slo for report in snapshot.slos) > 1


def _mapping(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        said = "the body is no JSON: send Flagger's webhook, or name what is asked about in the address"
        raise Refusal(400, said) from None
    if not isinstance(content, Mapping):
        raise Refusal(400, "the body is no table: Flagger sends name, namespace, phase and metadata")
    return content
