"""What may have caused a trouble, in words: its name, how likely it is, and what speaks for and against it."""

from collections.abc import Callable, Mapping
from typing import Final

from dashboard.oncall.suspect import Evidence, Finding, Suspect, SuspectKind
from dashboard.ui.text import change_text, explanation_text, units

NOTHING: Final = "nothing found"


def name(suspect: Suspect, titles: Mapping[str, str]) -> str:
    """What is suspected: Deploy v42 of checkout, Traffic, pool, payments.

    Args:
        suspect: any. `titles`: names of services on pages, where they differ from their ids.
    """
    match suspect.kind:
        case SuspectKind.CHANGE if suspect.change is not None:
            return change_text.title(suspect.change, titles)
        case SuspectKind.TRAFFIC:
            return "Traffic"
        case SuspectKind.DEPENDENCY:
            return f"{titles.get(suspect.name, suspect.name)}, which it calls"
    return suspect.name[:1].upper() + suspect.name[1:]


def evidence(piece: Evidence, titles: Mapping[str, str]) -> str:
    """One piece of evidence in a few words, without a capital and a full stop.

    Args:
        piece: the evidence. `titles`: names of services on pages, where they differ from their ids.
    """
    return _WORDS[piece.finding](piece, titles.get(piece.name, piece.name))


def listed(pieces: tuple[Evidence, ...], titles: Mapping[str, str]) -> str:
    """All of one side in one line; that there is none, where there is none.

    Args:
        pieces: for, or against it. `titles`: names of services on pages, where they differ from their ids.
    """
    return "; ".join(evidence(piece, titles) for piece in pieces) or NOTHING


def _ago(piece: Evidence) -> str:
    return change_text.length(piece.seconds)


def _ratios(piece: Evidence) -> str:
    return f"{units.percent(piece.before)} → {units.percent(piece.now)}"


def _expected(piece: Evidence) -> str:
    now, low, high = (units.rate(value) for value in (piece.now, piece.low, piece.high))
    return f"{now}, expected {low} – {high}"


_Words = Callable[[Evidence, str], str]
_WORDS: Final[Mapping[Finding, _Words]] = {
    Finding.BEGAN_AFTER: lambda piece, _: f"the trouble began {_ago(piece)} after it",
    Finding.BEGAN_BEFORE: lambda piece, _: f"the trouble began {_ago(piece)} before it",
    Finding.WORSE: lambda piece, _: f"bad requests {_ratios(piece)} since then",
    Finding.NOT_WORSE: lambda piece, _: f"no more bad requests since then: {_ratios(piece)}",
    Finding.SELECTED: lambda piece, _: (
        f"{explanation_text.selected(piece.labels)} holds {units.percent(piece.share)} of the additional bad requests"
    ),
    Finding.NOT_SELECTED: lambda piece, _: (
        f"the additional bad requests come from {explanation_text.selected(piece.labels)}"
    ),
    Finding.OLD_AS_BAD: lambda piece, _: (
        f"what was not changed fails as often: {units.percent(piece.before)} and {units.percent(piece.now)}"
    ),
    Finding.ENDED_WITH_ROLLBACK: lambda piece, name: f"over {_ago(piece)} after the rollback{_to(name)}",
    Finding.ENDED_WITH_CHANGE: lambda piece, _: "over when it was over",
    Finding.GOES_ON: lambda piece, name: f"goes on, {_ago(piece)} after the rollback{_to(name)}",
    Finding.OUTLASTED: lambda piece, _: f"goes on {_ago(piece)} after its end",
    Finding.OTHER_SERVICE: lambda _, name: f"made to {name}, which this service calls",
    Finding.RIVAL: lambda _, name: f"{name} was changed in the same minutes",
    Finding.FAILED: lambda _, __: "its sender says that it failed",
    Finding.CANCELLED: lambda _, __: "its sender says that it was cancelled",
    Finding.SHARE_OF_BUDGET: lambda piece, _: (
        f"{units.count(piece.now)} more bad requests since then, {units.percent(piece.share)} of the budget"
    ),
    Finding.EXPECTED: lambda piece, _: _expected(piece),
    Finding.BEYOND_EXPECTED: lambda piece, _: _expected(piece),
    Finding.FILLED: lambda piece, _: f"{_ratios(piece)} of its limit",
    Finding.NEVER_FULL: lambda piece, _: f"never full: at most {units.percent(piece.now)} of its limit",
    Finding.MOVED_FIRST: lambda piece, name: f"{name} moved {_ago(piece)} before",
    Finding.MOVED_LATER: lambda piece, name: f"{name} moved {_ago(piece)} after",
    Finding.CARRIES: lambda piece, _: (
        f"its failed calls are {units.percent(piece.share)} of the additional bad requests"
    ),
}


def _to(version: str) -> str:
    return f" to {change_text.version(version)}" if version else ""
