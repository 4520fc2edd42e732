"""Recognises the kind of a change from senders without a field for it: by its tags, else by words of its text."""

import re
from collections.abc import Iterable
from typing import Any

from dashboard.changes.change import Kind, Outcome

# Tags in common spellings, without case, blanks and hyphens.
_TAGS = {
    Kind.ROLLBACK: "rollback rolledback revert reverted",
    Kind.FLAG: "flag featureflag featuretoggle toggle flags launchdarkly unleash flagsmith",
    Kind.CONFIGURATION: "configuration config configchange settings",
    Kind.EXPERIMENT: "experiment abtest chaos chaosmesh chaosmonkey gremlin litmus loadtest k6 gameday",
    Kind.SCALING: "scaling scale scaled autoscaler autoscaling hpa keda scaleup scaledown horizontalpodautoscaler",
    Kind.MAINTENANCE: "maintenance downtime patching",
    Kind.DEPLOY: "deploy deployment deployed deployments release released rollout flux helm upgrade argocd",
}
_BY_TAG = {word: kind for kind, words in _TAGS.items() for word in words.split()}
# Verbs take precedence over objects: "scaled deployment checkout" is not a deploy. The first in the text counts.
_DONE = {
    Kind.SCALING: r"scal(?:ed|ing)\b|scaled? (?:up|down|in|out)\b|new size: *\d|autoscaled",
    Kind.ROLLBACK: r"roll(?:ed|ing) ?back|reverted|reverting",
    Kind.FLAG: r"(?:enabled|disabled|toggled|switched (?:on|off)) (?:the )?(?:feature )?(?:flag|toggle)",
    Kind.EXPERIMENT: r"(?:injected|injecting|killed|attacked)\b",
    Kind.CONFIGURATION: r"re-?configured",
    Kind.DEPLOY: r"deployed|deploying|released|rolled out|rolling out|synced|syncing|upgraded|promoted"
    r"|running new version|sync operation",
}
_NAMED = {
    Kind.ROLLBACK: r"roll-?back\b|\brevert\b",
    Kind.SCALING: r"autoscal\w+|horizontalpodautoscaler|\bhpa\b|scale (?:set|to)\b|replicas",
    Kind.FLAG: r"feature[ -]?(?:flag|toggle)|\bflag\b",
    Kind.EXPERIMENT: r"experiment|a/b test|chaos|load test",
    Kind.MAINTENANCE: r"maintenance|downtime",
    Kind.CONFIGURATION: r"config(?:uration|map)?\b|settings",
    Kind.DEPLOY: r"deploy(?:ment)?\b|release|rollout|upgrade",
}
_WORDS = tuple(
    [(kind, re.compile(rf"(?<![\w-])(?:{pattern})", re.IGNORECASE)) for kind, pattern in patterns.items()]
    for patterns in (_DONE, _NAMED)
)
# Statuses in the spellings of pipelines, without case, blanks and hyphens.
_OUTCOMES = {
    Outcome.SUCCEEDED: "success successful succeeded complete completed finished ok passed deployed healthy",
    Outcome.FAILED: "failed failure fail error errored terminal unstable degraded",
    Outcome.CANCELLED: "cancelled canceled aborted abandoned skipped notbuilt stopped",
    Outcome.STARTED: "started starting running inprogress pending queued progressing waiting promoting created",
}
_BY_STATUS = {word: outcome for outcome, words in _OUTCOMES.items() for word in words.split()}
# A label in a tag: `service:checkout`, `kind: Kustomization`, `version=42`.
_LABEL = re.compile(r"\s*([\w.-]{1,60})\s*[:=]\s*(\S.*)")


def kind_of(tags: Iterable[str], words: str) -> Kind:
    """The kind named by tags, else by the text; `OTHER` if neither names one.

    Args:
        tags: as sent; `kind: …` and `type=…` take precedence.
        words: the text for readers.
    """
    sent = tuple(tags)
    labelled = labels(sent)
    named = [labelled[label] for label in ("kind", "type", "change", "event") if label in labelled]
    for tag in (*named, *(tag for tag in sent if not _LABEL.fullmatch(tag))):
        if kind := _BY_TAG.get(re.sub(r"[\s_-]", "", tag).casefold()):
            return kind
    return _kind_in_text(words)


def _kind_in_text(words: str) -> Kind:
    for patterns in _WORDS:
        places = [(match.start(), kind) for kind, pattern in patterns if (match := pattern.search(words))]
        if places:
            return min(places, key=lambda place: place[0])[1]
    return Kind.OTHER


def outcome_of(status: Any) -> Outcome:
    """The outcome for a status word; a sentence is not interpreted."""
    return _BY_STATUS.get(re.sub(r"[\s_-]", "", str(status)).casefold(), Outcome.UNKNOWN)


def labels(tags: Iterable[str]) -> dict[str, str]:
    """Values of tags such as `service:checkout` or `version=42`, by the label in lower case; the first one counts."""
    said: dict[str, str] = {}
    for tag in tags:
        if match := _LABEL.fullmatch(tag):
            said.setdefault(match[1].casefold(), match[2].strip())
    return said


def fields_of(tags: Iterable[str]) -> dict[str, Any]:
    """Attributes of a change from tags with labels: outcome, service, version, environment."""
    labelled = labels(tags)
    return {
        "outcome": outcome_of(labelled.get("status") or labelled.get("outcome")),
        "service": service_of(labelled),
        "version": labelled.get("version", ""),
        "environment": labelled.get("environment") or labelled.get("env", ""),
    }


def service_of(labelled: dict[str, str]) -> str:
    """The service named by labels."""
    return next(
        (labelled[label] for label in ("service", "service_name", "app", "application") if label in labelled), ""
    )
