"""Suspects in words: name, likelihood, and the evidence for and against."""

from collections.abc import Callable, Mapping
from typing import Final

from dashboard.oncall.suspect import Evidence, Finding, Suspect, SuspectKind
from dashboard.ui.text import change_text, explanation_text, units

NOTHING: Final = "nothing found"


def name(suspect: Suspect, titles: Mapping[str, str]) -> str:
    """The name of a suspect: Deploy v42 of checkout, Traffic, pool, payments.

    Args:
        suspect: of any kind. `titles`: names of services on pages, if they differ from their ids.
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
        piece: the evidence. `titles`: names of services on pages, if they differ from their ids.
    """
    return _WORDS[piece.finding](piece, titles.get(piece.name, piece.name))


def listed(pieces: tuple[Evidence, ...], titles: Mapping[str, str]) -> str:
    """All evidence of one side in a line, or that there is none.

    Args:
        pieces: for, or against. `titles`: names of services on pages, if they differ from their ids.
    """
    return "; ".join(evidence(piece, titles) for piece in pieces) or NOTHING


def _ago(piece: Evidence) -> str:
    return change_text.length(piece.seconds)


def _apart(piece: Evidence, apart: str, together: str) -> str:
    """The distance of two times: 2 min after it; or that they coincide, within steps of minutes.

    Args:
        piece: has the seconds between them. `apart`: follows the duration. `together`: the text if they coincide.
    """
    return together if piece.seconds == 0 else f"{_ago(piece)} {apart}"


def _ratios(piece: Evidence) -> str:
    now = units.percent(piece.now)
    return now if piece.before is None else f"{units.percent(piece.before)} → {now}"


def _selected(piece: Evidence) -> str:
    selected = explanation_text.selected(piece.labels)
    if piece.share is None:
        return f"the additional bad requests come from {selected}"
    # More than all additional bad requests: others became better at the same time.
    return f"{selected} holds {units.share(min(piece.share, 1.0))} of the additional bad requests"


def _elsewhere(piece: Evidence) -> str:
    if not piece.labels:
        return "the additional bad requests are spread over all versions"
    return f"the additional bad requests come from {explanation_text.selected(piece.labels)}"


def _additional(piece: Evidence) -> str:
    share = "" if piece.share is None else f", {units.percent(piece.share)} of the budget"
    return f"{units.count(piece.now)} more bad requests since then{share}"


def _expected(piece: Evidence) -> str:
    now, low, high, before = (units.rate(value) for value in (piece.now, piece.low, piece.high, piece.before))
    if piece.high is None:
        return f"{now}, {before} before"
    return f"{now}, expected {units.between(low, high)}" if piece.low is not None else f"{now}, expected up to {high}"


_Words = Callable[[Evidence, str], str]
_WORDS: Final[Mapping[Finding, _Words]] = {
    Finding.BEGAN_AFTER: lambda piece, _: f"the trouble began {_apart(piece, 'after it', 'with it')}",
    Finding.BEGAN_BEFORE: lambda piece, _: f"the trouble began {_ago(piece)} before it",
    Finding.WORSE: lambda piece, _: f"bad requests {_ratios(piece)} since then",
    Finding.NOT_WORSE: lambda piece, _: f"no more bad requests since then: {_ratios(piece)}",
    Finding.SELECTED: lambda piece, _: _selected(piece),
    Finding.NOT_SELECTED: lambda piece, _: _elsewhere(piece),
    Finding.MENTIONS: lambda _, name: f"concerns {name}, where the additional bad requests come from",
    Finding.ENDED_WITH_ROLLBACK: lambda piece, name: (
        f"over {_apart(piece, 'after the rollback', 'with the rollback')}{_to(name)}"
    ),
    Finding.ENDED_WITH_CHANGE: lambda piece, _: "the trouble ended when it ended",
    Finding.GOES_ON: lambda piece, name: f"goes on, {_ago(piece)} after the rollback{_to(name)}",
    Finding.OUTLASTED: lambda piece, _: f"goes on {_ago(piece)} after its end",
    Finding.OTHER_SERVICE: lambda _, name: f"made to {name}, which this service calls",
    Finding.RIVAL: lambda _, name: f"{name} was changed in the same minutes",
    Finding.FAILED: lambda _, __: "its sender says that it failed",
    Finding.SHARE_OF_BUDGET: lambda piece, _: _additional(piece),
    Finding.EXPECTED: lambda piece, _: _expected(piece),
    Finding.BEYOND_EXPECTED: lambda piece, _: _expected(piece),
    Finding.FILLED: lambda piece, _: f"{_ratios(piece)} of its limit",
    Finding.NEVER_FULL: lambda piece, _: f"never full: at most {units.percent(piece.now)} of its limit",
    Finding.MOVED_FIRST: lambda piece, name: f"{name} moved {_apart(piece, 'before', 'within the same step')}",
    Finding.MOVED_LATER: lambda piece, name: f"{name} moved {_ago(piece)} after",
    Finding.CARRIES: lambda piece, _: f"its failed calls are {units.share(piece.share)} of the additional bad requests",
}


def _to(version: str) -> str:
    return f" to {change_text.version(version)}" if version else ""
