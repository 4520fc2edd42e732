"""Answers deployment protection rules of GitHub, as the app that is installed for them.

https://docs.github.com/actions/how-tos/managing-workflow-runs-and-deployments/managing-deployments/creating-custom-deployment-protection-rules
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import httpx

from dashboard.exceptions import DashboardError

MISSING = "PyJWT is not installed: pip install 'golden-signals[github]'"
# Seconds for one request; validity of the app's token, at most ten minutes; and tolerance for clocks.
ATTEMPT_S, TOKEN_S, SLACK_S = 10.0, 540, 60
# Maximum length of a comment on GitHub.
COMMENT = 1024


class RuleState(StrEnum):
    """The answer to a rule; `PENDING` leaves the run waiting, with a comment."""

    APPROVED = "approved"
    REJECTED = "rejected"
    PENDING = ""


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """The GitHub app that answers.

    Attributes:
        number: its id. `key`: its private key, PEM. `secret`: for the signatures of its webhooks.
        url: of the API, without a slash at its end.
    """

    number: int
    key: str
    secret: bytes
    url: str = "https://api.github.com"

    def __repr__(self) -> str:
        return f"GitHubApp(number={self.number}, url={self.url!r})"


@dataclass(frozen=True, slots=True)
class Run:
    """A waiting deployment.

    Attributes:
        installation: of the app. `environment`: its name. `callback`: address for the answer.
    """

    installation: int
    environment: str
    callback: str


class NotAnswered(DashboardError):
    """GitHub did not accept an answer."""


def problem() -> str | None:
    """Why no rule can be answered; None if it can."""
    try:
        import jwt
    except ModuleNotFoundError:
        return MISSING
    return None if "RS256" in jwt.algorithms.get_default_algorithms() else MISSING


def answer(app: GitHubApp, run: Run, state: RuleState, comment: str, clock: Callable[[], float]) -> None:
    """Answer a rule.

    Args:
        app: that answers. `run`: that waits. `state`, `comment`: the answer; Markdown. `clock`: epoch seconds.

    Raises:
        NotAnswered: GitHub rejected it, or did not respond.
    """
    # Somebody who knows the secret could otherwise redirect it, with a token of the installation.
    if not run.callback.startswith(f"{app.url}/repos/"):
        raise NotAnswered(f"the callback does not lie under {app.url}/repos/")
    content = {"environment_name": run.environment, "comment": comment[:COMMENT]}
    if state is not RuleState.PENDING:
        content["state"] = str(state)
    with httpx.Client(timeout=ATTEMPT_S, headers=_HEADERS) as client:
        issued = _posted(client, f"{app.url}/app/installations/{run.installation}/access_tokens", _signed(app, clock))
        try:
            token = str(issued.json()["token"])
        except (ValueError, KeyError, TypeError):
            raise NotAnswered("GitHub gave no token for the installation") from None
        _posted(client, run.callback, token, content)


_HEADERS = {
    "Accept": "application/vnd.github+json",
    "X-GitHub-Api-Version": "2022-11-28",
    "User-Agent": "golden-signals",
}


def _posted(client: httpx.Client, url: str, token: str, content: dict[str, str] | None = None) -> httpx.Response:
    try:
        response = client.post(url, json=content, headers={"Authorization": f"Bearer {token}"})
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise NotAnswered(f"GitHub gave no answer: {type(error).__name__}") from None
    if not response.is_success:
        raise NotAnswered(f"GitHub answered {response.status_code}")
    return response


def _signed(app: GitHubApp, clock: Callable[[], float]) -> str:
    """A token of the app itself, which is exchanged for one of an installation."""
    import jwt

    now = int(clock())
    # Issued a minute ago, as GitHub advises, since clocks differ.
    claims = {"iat": now - SLACK_S, "exp": now + TOKEN_S, "iss": str(app.number)}
    return jwt.encode(claims, app.key, algorithm="RS256")
