"""The end of a watch as JSON: for `golden-signals gate --watch --format json`."""

from typing import Any

from dashboard.comparison.comparison import Comparison
from dashboard.gate.limits import Checked
from dashboard.gate.watch import Look
from dashboard.ui.text import comparison_text, units, watch_text
from dashboard.web.service.comparison_json import signals_json
from dashboard.web.status_json import finite, time


def as_json(look: Look, began: float, number: int, zone: str) -> dict[str, Any]:
    """The last answer of a watch with its grounds.

    Args:
        look: the last one. `began`: epoch seconds of the start of the watch. `number`: of looks. `zone`: IANA name.
    """
    decision = look.decision
    content: dict[str, Any] = finite(
        {
            "verdict": str(look.verdict),
            "breach": None if look.breach is None else str(look.breach),
            "why": units.plain(watch_text.headline(look, began, zone)),
            "watched": {"from": time(began), "until": time(look.at), "looks": number},
            "policy": None
            if decision is None
            else {
                "verdict": str(decision.verdict),
                "rule": str(decision.rule),
                "slo": None if decision.deciding is None else decision.deciding.report.slo.name,
            },
            "limits": {service: list(map(_limit, every)) for service, every in look.limits.items()},
            "comparisons": {service: _comparison(each) for service, each in look.comparisons.items()},
            "message": look.problem or None,
        }
    )
    return content


def _limit(checked: Checked) -> dict[str, Any]:
    return {"limit": checked.limit.text, "value": checked.value, "exceeded": checked.is_exceeded}


def _comparison(comparison: Comparison | None) -> dict[str, Any] | None:
    if comparison is None:
        return None
    return {
        "verdict": str(comparison.verdict),
        "sentence": comparison_text.headline(comparison),
        "ready_in_s": comparison.missing_s,
        "signals": signals_json(comparison),
    }
