"""An explanation as the JSON contract of `explain --format json`."""

from collections.abc import Sequence
from typing import Any

from dashboard.oncall.explanation import Explanation, Selection
from dashboard.oncall.spans import BadEvents
from dashboard.oncall.spreads import Spread
from dashboard.ui.text import explanation_text, units


def explanation_json(
    explanation: Explanation, bad: BadEvents, unused: Sequence[tuple[str, str]] = (), *, is_over: bool = False
) -> dict[str, Any]:
    """The explanation as plain values ready for `json.dumps(…, allow_nan=False)`.

    Args:
        explanation: of the engine. `bad`: the kind of bad events.
        unused: labels that were not combined with others, each with the reason.
        is_over: it is about the past, and its sentence says so.
    """
    counts = explanation.counts
    return {
        "signal": str(bad),
        "verdict": str(explanation.verdict),
        "selections": list(map(_selection, explanation.selections)),
        "sentence": units.plain(explanation_text.sentence(explanation, bad, is_over=is_over)),
        "tried": {
            "selections": explanation.tried,
            "labels": explanation.labels,
            "unused": [{"label": label, "why": why} for label, why in unused],
            "strongest": None if explanation.strongest is None else _selection(explanation.strongest),
        },
        "bad": counts.bad,
        "valid": counts.valid,
        "ratio_before": counts.ratio_before,
        "ratio": counts.ratio,
        "additional": explanation.additional,
        "ratio_without": explanation.ratio_without,
        "parts": list(map(_selection, explanation.parts)),
        "rest": None if explanation.rest is None else _selection(explanation.rest),
        "spreads": list(map(_spread, explanation.spreads)),
    }


def _selection(selection: Selection) -> dict[str, Any]:
    counts = selection.counts
    return {
        "labels": selection.labels,
        "bad": counts.bad,
        "valid": counts.valid,
        "ratio_before": counts.ratio_before,
        "ratio": counts.ratio,
        "share_of_bad": selection.share_of_bad,
        "share_of_additional": selection.share_of_additional,
        "traffic_share": selection.traffic_share,
        "ratio_without": selection.ratio_without,
        "additional": selection.additional,
        "like": selection.like,
        "ratio_like": selection.ratio_like,
    }


def _spread(spread: Spread) -> dict[str, Any]:
    return {
        "label": spread.label,
        "values": spread.values,
        "even": spread.is_even,
        "worst": spread.worst,
        "share": spread.share,
        "traffic_share": spread.traffic_share,
    }
