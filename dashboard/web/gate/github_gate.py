"""`POST /api/v1/gate/github`: the gate as a deployment protection rule; the webhook is answered before the rule."""

import hashlib
import hmac
import json
import logging
import threading

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboard.config.configuration import Config
from dashboard.config.protection_tables import Protection
from dashboard.exceptions import ConfigError
from dashboard.gate.standing import Reason, Verdict
from dashboard.notifications import deployment_rule
from dashboard.notifications.deployment_rule import NotAnswered, RuleState, Run
from dashboard.ui.text import policy_text, units
from dashboard.web import gate_json
from dashboard.web.api_query import Refusal as UnknownName
from dashboard.web.bodies import body_of
from dashboard.web.gate.gate_api import Asked, GateApi, known_names
from dashboard.web.gate.gate_log import Asker
from dashboard.web.replies import Refusal, reply

PATH = "/api/v1/gate/github"
EVENT = "deployment_protection_rule"
BODY_BYTES = 1_000_000
# Maximum number of waiting runs; how often an unknown answer is decided again, and at which interval: GitHub accepts
# ten comments. After that the run keeps waiting until somebody decides.
WAITING, TRIES, AGAIN_S = 100, 10, 60.0
STATES = {Verdict.GO: RuleState.APPROVED, Verdict.HOLD: RuleState.REJECTED, Verdict.UNKNOWN: RuleState.PENDING}

log = logging.getLogger(__name__)


class GitHubGate:
    """Answers the deployment protection rules of one app.

    Args:
        gate: decides, and logs it. `protection`: the app, and what each environment is judged by.
        again_s: seconds after which an unknown answer is decided again.
    """

    def __init__(self, gate: GateApi, protection: Protection, again_s: float = AGAIN_S) -> None:
        self._gate, self._protection, self._again_s = gate, protection, again_s
        self._ended = threading.Event()
        self._room = threading.BoundedSemaphore(WAITING)

    def route(self, base_path: str = "") -> Route:
        """Its route, under the base path."""
        return Route(_path(base_path), self.take, methods=["POST"])

    def stop(self) -> None:
        """Stop answering."""
        self._ended.set()

    async def take(self, request: Request) -> Response:
        """202: the rule will be answered. 200: nothing to answer, as for a ping."""
        try:
            raw = await body_of(request, BODY_BYTES)
            if not _is_signed(raw, request.headers.get("x-hub-signature-256", ""), self._protection.app.secret):
                raise Refusal(401, "The signature is not that of the secret of the app")
            if request.headers.get("x-github-event") != EVENT:
                return reply({"message": "nothing to decide"})
            run, wanted = self._read(raw)
            asker = await self._gate.asker(request)
            if not self._room.acquire(blocking=False):
                raise Refusal(503, f"{WAITING} runs wait already", wait=self._again_s)
        except Refusal as refusal:
            return reply({"error": refusal.sentence}, refusal.status, refusal.headers)
        # It may wait for ten minutes. If the process ends meanwhile, the run stays unanswered and waits for somebody.
        threading.Thread(target=self._answer, args=(run, wanted, asker), name="github-gate", daemon=True).start()
        return reply({"message": "the rule will be answered"}, 202)

    def _read(self, raw: bytes) -> tuple[Run, Asked]:
        """The waiting run, and what it is judged by.

        Raises:
            Refusal: the message is invalid, or its environment is not configured.
        """
        try:
            content = json.loads(raw)
            repository = content["repository"]["full_name"]
            run = Run(int(content["installation"]["id"]), content["environment"], content["deployment_callback_url"])
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Refusal(400, "The body is no request of a deployment protection rule") from None
        if not all(isinstance(text, str) for text in (repository, run.environment, run.callback)):
            raise Refusal(400, "The body is no request of a deployment protection rule")
        judged = self._protection.environment(repository, run.environment)
        if judged is None:
            said = f"{run.environment[:80]!r} of {repository[:80]!r}"
            raise Refusal(422, f"No [[deployment_protection.environments]] of the configuration matches {said}")
        return run, Asked(judged.services, judged.slos, Reason.FEATURE)

    def _answer(self, run: Run, wanted: Asked, asker: Asker) -> None:
        try:
            for _ in range(TRIES):
                if self._is_answered(run, wanted, asker) or self._ended.wait(self._again_s):
                    return
        except Exception:
            # Without an answer the run waits: nothing is released undecided.
            log.exception("A deployment protection rule was not answered")
        finally:
            self._room.release()

    def _is_answered(self, run: Run, wanted: Asked, asker: Asker) -> bool:
        try:
            # Resolve names as in other requests: without the cluster if unique, and all of them must be known.
            known = known_names(self._gate.snapshot(), wanted)
        except UnknownName as unknown:
            self._respond(run, Verdict.UNKNOWN, f"[[deployment_protection.environments]]: {unknown}", self._gate.now())
            return False
        decision, snapshot = self._gate.decided({"environment": run.environment}, known, asker)
        comment = policy_text.headline(decision.verdict, decision.reason, gate_json.grounds(decision, snapshot))
        is_answered = self._respond(run, decision.verdict, comment, decision.at)
        return is_answered and decision.verdict is not Verdict.UNKNOWN

    def _respond(self, run: Run, verdict: Verdict, comment: str, now: float) -> bool:
        """Answer the rule of a run; returns whether GitHub accepted it. `now` is in epoch seconds."""
        try:
            written = _inert(units.plain(comment))
            deployment_rule.answer(self._protection.app, run, STATES[verdict], written, lambda: now)
        except NotAnswered as problem:
            log.warning("The rule of environment %.80r was not answered: %s", run.environment, problem)
            return False
        return True


def github_routes(gate: GateApi, config: Config) -> list[Route]:
    """The route for the configured app; without one it answers that there is none.

    Raises:
        ConfigError: the app cannot answer.
    """
    protection = config.deployment_protection
    if protection is None:
        return [Route(_path(config.base_path), _no_app, methods=["POST"])]
    if problem := deployment_rule.problem():
        raise ConfigError(f"deployment_protection: {problem}")
    return [GitHubGate(gate, protection).route(config.base_path)]


async def _no_app(_: Request) -> Response:
    said = "The configuration has no [deployment_protection]: docs/gates.md says what belongs there"
    return reply({"error": said}, 404)


def _path(base_path: str) -> str:
    return f"/{base_path.strip('/')}{PATH}" if base_path.strip("/") else PATH


def _inert(text: str) -> str:
    """Escape text for Markdown, as names come from outside."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|<>~@&" else sign for sign in text)


def _is_signed(raw: bytes, signature: str, secret: bytes) -> bool:
    expected = "sha256=" + hmac.new(secret, raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())
