"""A change in words: deploy v42, rollback to v41, flag; and how long things took."""

import re
from collections.abc import Mapping
from typing import Final

from dashboard.changes.change import Kind, Outcome
from dashboard.changes.known import KnownChange
from dashboard.ui.text import units
from dashboard.ui.text.units import NBSP

KINDS: Final = {
    Kind.DEPLOY: "deploy",
    Kind.ROLLBACK: "rollback",
    Kind.FLAG: "flag",
    Kind.CONFIGURATION: "configuration",
    Kind.EXPERIMENT: "experiment",
    Kind.SCALING: "scaling",
    Kind.MAINTENANCE: "maintenance",
    Kind.OTHER: "change",
}
# Where a derived change was seen.
SEEN: Final = {
    "requests": "the versions of requests",
    "target_info": "target_info",
    "build_info": "build_info",
    "image": "the images of pods",
    "replicas": "the number of replicas",
}
# Maximum length of a version: a digest of 64 characters is of no use to a reader.
VERSION_SIGNS = 16
# Commit ids: hexadecimal, at least seven characters, and not a number such as a date.
COMMIT = re.compile(r"(?=.*[a-f])[0-9a-f]{7,64}")


def brief(known: KnownChange) -> str:
    """A change in a few words, without a capital: deploy v42, rollback to v41, flag."""
    change = known.change
    if not change.version:
        return KINDS[change.kind]
    to = " to" if change.kind is Kind.ROLLBACK else ""
    return f"{KINDS[change.kind]}{to} {version(change.version)}"


def named(known: KnownChange) -> str:
    """A change in a few words, with its title if it has no version: deploy v42, flag: pay-retry 50 → 100 %."""
    said = " ".join(known.change.text.split())
    # A title that begins with the kind needs no kind before it.
    if known.change.version or not said or said.casefold().startswith(KINDS[known.change.kind]):
        return brief(known) if known.change.version or not said else said
    return f"{brief(known)}: {said}"


def known_by(known: KnownChange) -> str:
    """The sender of a change, and where it is visible: told by argocd, seen in the images of pods; empty if unknown."""
    origin = known.change.details.get("origin", "")
    # The origin of a derived change is the last of several sources.
    senders = known.sources[:-1] if origin else known.sources
    parts = [
        f"told by {', '.join(senders)}" if senders else "",
        f"seen in {SEEN.get(origin, origin)}" if origin else "",
    ]
    return ", ".join(filter(None, parts))


def outcome(known: KnownChange) -> str:
    """The outcome of a change in a word or two; of a derived canary only its removal is known."""
    if known.is_derived and known.change.outcome is Outcome.CANCELLED:
        return "taken back"
    return str(known.change.outcome)


def title(known: KnownChange, titles: Mapping[str, str]) -> str:
    """A change with its service: Deploy v42 of checkout.

    Args:
        known: the change. `titles`: names of services on pages, if they differ from their ids.
    """
    of = ", ".join(titles.get(service, service) for service in known.services)
    text = f"{brief(known)}{f' of {of}' if of else ''}"
    return f"{text[0].upper()}{text[1:]}"


def version(text: str) -> str:
    """A version for display: v42; long ones are shortened, of a commit only the id is kept."""
    short = text if len(text) <= VERSION_SIGNS else f"{text[: VERSION_SIGNS - 1]}…"
    return f"v{short}" if short[:1].isdigit() and not COMMIT.fullmatch(text) else short


def length(seconds: float | None) -> str:
    """A duration: 45 s, 34 min, 2 h 5 m; an en dash if unknown."""
    if seconds is None:
        return units.MISSING
    if seconds < 60:
        return f"{seconds:.0f}{NBSP}s"
    return f"{seconds / 60:.0f}{NBSP}min" if seconds < 3570 else units.duration(round(seconds / 60) * 60)
