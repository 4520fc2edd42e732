"""What additional bad events have in common, in one sentence with its numbers."""

from collections.abc import Iterable, Mapping
from typing import Final

from dashboard.oncall.explanation import Explanation, Selection, Verdict
from dashboard.oncall.spans import BadEvents
from dashboard.ui.text import units

RATIO: Final = {BadEvents.FAILED: "error ratio", BadEvents.SLOW: "share of requests that are too slow"}
EVENTS: Final = {BadEvents.FAILED: "failed requests", BadEvents.SLOW: "requests that are too slow"}
EMPTY: Final = '""'
HEADS: Final = (
    "SELECTION", "BAD", "SHARE OF BAD", "SHARE OF ADDITIONAL", "RATIO BEFORE", "NOW", "SHARE OF TRAFFIC", "WITHOUT IT",
)  # fmt: skip


def selected(labels: Mapping[str, str]) -> str:
    """A selection of label values: route=/pay, version=42; a missing label is empty."""
    return ", ".join(f"{name}={value or EMPTY}" for name, value in labels.items())


def sentence(explanation: Explanation, bad: BadEvents = BadEvents.FAILED, *, is_over: bool = False) -> str:
    """The whole explanation in a sentence.

    Args:
        explanation: to describe. `bad`: the kind of bad events. `is_over`: it is about the past.
    """
    return "".join(sentence_parts(explanation, bad, is_over=is_over))


def sentence_parts(explanation: Explanation, bad: BadEvents, *, is_over: bool = False) -> tuple[str, str]:
    """The sentence of an explanation, split after its most important part.

    Args:
        explanation: to describe. `bad`: the kind of bad events. `is_over`: it is about the past.
    """
    counts, ratio = explanation.counts, RATIO[bad]
    now, before, tense = units.percent(counts.ratio), units.percent(counts.ratio_before), "was" if is_over else "is"
    match explanation.verdict:
        case Verdict.CAUSES:
            without = units.percent(explanation.ratio_without)
            as_before = ", as before" if without == before else f"; before it was {before}"
            would, then = ("would have been", "it was") if is_over else ("would be", "now it is")
            causes = listed(f"without {_with_traffic(cause)}" for cause in explanation.selections)
            return f"{causes[:1].upper()}{causes[1:]} the {ratio} {would} {without}", f"{as_before}, and {then} {now}."
        case Verdict.NO_SINGLE_CAUSE:
            tried = _tried(explanation, bad)
            return "No single cause", f": the {ratio} {tense} {now}, before it was {before}, and {tried}."
        case Verdict.NOT_WORSE:
            return "Nothing to explain", f": the {ratio} {tense} {now}; before it was {before}."
        case Verdict.NO_LABELS:
            apart = "and no label tells these requests apart"
            return f"The {ratio} {tense} {now}, before it was {before}", f", {apart}."
        case Verdict.NO_EVENTS:
            nothing = "there were no requests, or none" if is_over else "there are no requests now, or there were none"
            return "Nothing to explain", f": {nothing} before."


def table(explanation: Explanation) -> list[tuple[str, ...]]:
    """A row of texts for each cause, after a header; if nothing is a cause, for the closest candidates."""
    nearest = [explanation.strongest] if explanation.strongest is not None else []
    return [HEADS, *(_row(selection) for selection in explanation.selections or nearest)]


def _row(selection: Selection) -> tuple[str, ...]:
    counts = selection.counts
    return (
        selected(selection.labels),
        units.count(counts.bad),
        *map(units.share, (selection.share_of_bad, selection.share_of_additional)),
        *map(units.percent, (counts.ratio_before, counts.ratio)),
        units.share(selection.traffic_share),
        units.percent(selection.ratio_without),
    )


def _with_traffic(selection: Selection) -> str:
    return f"{selected(selection.labels)} ({units.share(selection.traffic_share)} of traffic)"


def _tried(explanation: Explanation, bad: BadEvents) -> str:
    """What was tried without finding a cause; `bad`: the kind of bad events."""
    labels, strongest = listed(explanation.labels), explanation.strongest
    tried = f"none of {units.count(explanation.tried)} selections by {labels} explains it"
    if strongest is None:
        return tried
    share = units.share(strongest.share_of_additional)
    return f"{tried}; {_with_traffic(strongest)} comes nearest, with {share} of the additional {EVENTS[bad]}"


def listed(texts: Iterable[str]) -> str:
    """Texts as a sentence lists them: a, b and c."""
    *first, last = texts
    return f"{', '.join(first)} and {last}" if first else last
