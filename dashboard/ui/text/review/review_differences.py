"""Differences between a review as signed off and as known now, from their JSON."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from dashboard.review.review import Cause
from dashboard.ui.text import units
from dashboard.ui.text.review import review_words
from dashboard.ui.text.review.review_words import CAUSES, VERDICTS

# Key of a number → its name, for numbers that people read.
NUMBERS: Final = {"achieved": "achieved", "spent": "of the budget used", "coverage": "coverage"}

# The name, within a sentence, of bad events that no incident explains.
SPENT_ON: Final = {Cause.BACKGROUND: "what no incident explains"}


def differences(then: str, now: str) -> list[str]:
    """A sentence for each objective, incident and service with differences; empty if there are none.

    Args:
        then, now: JSON of reviews. Unreadable JSON yields a sentence that says so.
    """
    try:
        before, after = json.loads(then), json.loads(now)
        return [
            *_differences(_objectives(before), _objectives(after)),
            *_incidents(before, after),
            *_deploys(before, after),
        ]
    except (ValueError, TypeError, KeyError, AttributeError):
        return ["What was signed cannot be compared with what is known now."]


def _objectives(review: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(str(each["service"]), str(each["slo"])): each for each in review["objectives"]}


def _differences(
    before: Mapping[tuple[str, str], Mapping[str, Any]], after: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[str]:
    for key, known in after.items():
        service, slo = key
        if key not in before:
            yield f"{service}, {slo}: was not part of it."
        elif changes := [
            *_verdict(before[key], known), *_numbers(before[key], known), *_causes(before[key], known),
            *_agreement(before[key], known),
        ]:  # fmt: skip
            yield f"{service}, {slo}: {'; '.join(changes)}."
    for service, slo in before.keys() - after.keys():
        yield f"{service}, {slo}: is not known any more."


def _verdict(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    if before.get("verdict") != after.get("verdict"):
        then, now = (_word(each.get("verdict")) for each in (before, after))
        yield f"{now}, where it was {then}"


def _word(verdict: object) -> str:
    known = {str(each): shown.word for each, shown in VERDICTS.items()}
    return known.get(str(verdict), str(verdict))


def _numbers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for field, name in NUMBERS.items():
        then, now = (_written(field, each.get(field), after) for each in (before, after))
        # Values that are formatted alike are not a visible difference.
        if then != now:
            yield f"{now} {name}, where it was {then}"


def _written(field: str, value: object, objective: Mapping[str, Any]) -> str:
    number = float(value) if isinstance(value, int | float) else None
    if field == "achieved":
        return units.sli(number, float(objective.get("objective") or 0.999))
    return units.percent(number)


def _causes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Changed causes of spending: 40 % of it on other incidents, where it was 30 %."""
    for cause, name in CAUSES.items():
        then, now = (units.percent(_share(each, cause)) for each in (before, after))
        if then != now:
            yield f"{now} of the budget spent on {SPENT_ON.get(cause, name)}, where it was {then}"


def _share(objective: Mapping[str, Any], cause: Cause) -> float:
    return math.fsum(part.get("share") or 0.0 for part in objective.get("spending") or () if part["cause"] == cause)


def _agreement(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Changes of an SLA: it was met and is not any more, or another credit is due."""
    then, now = (each.get("sla") or {} for each in (before, after))
    if then.get("met") != now.get("met"):
        yield f"SLA {_agreed(now)}, where it was {_agreed(then)}"
    if then.get("credit") != now.get("credit"):
        yield f"credit due: {now.get('credit') or 'none'}, where it was {then.get('credit') or 'none'}"


def _agreed(sla: Mapping[str, Any]) -> str:
    return {True: "met", False: "not met"}.get(sla.get("met"), "not known")  # type: ignore[arg-type]


def _incidents(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Incidents that were added, removed or corrected."""
    zone = str(after.get("period", {}).get("time_zone", "UTC"))
    then, now = ({str(each["id"]): each for each in review.get("incidents") or ()} for review in (before, after))
    for number, incident in now.items():
        title = _incident(then.get(number, incident), zone)
        if number not in then:
            yield f"{title}: was not part of it."
        elif changes := list(_corrected(then[number], incident, zone)):
            yield f"{title}: {'; '.join(changes)}."
    for number in then.keys() - now.keys():
        yield f"{_incident(then[number], zone)}: is not known any more."


def _incident(incident: Mapping[str, Any], zone: str) -> str:
    """Incident of checkout, Wed 14 Oct, 16:02."""
    return f"Incident of {review_words.listed([*map(str, incident['services'])][:3])}, {_at(incident, 'start', zone)}"


def _corrected(before: Mapping[str, Any], after: Mapping[str, Any], zone: str) -> Iterator[str]:
    for field, name in (("start", "began"), ("end", "was over")):
        if before.get(field) != after.get(field):
            yield f"{name} {_at(after, field, zone)}, where it was {_at(before, field, zone)}"
    if before["services"] != after["services"]:
        then, now = (review_words.listed(list(map(str, each["services"]))) for each in (before, after))
        yield f"of {now}, where it was of {then}"
    if before.get("change") != after.get("change"):
        yield f"{'another' if before.get('change') and after.get('change') else _known(after)} change is to blame"


def _known(incident: Mapping[str, Any]) -> str:
    return "a" if incident.get("change") else "no"


def _at(incident: Mapping[str, Any], field: str, zone: str) -> str:
    text = incident.get(field)
    return review_words.moment(datetime.fromisoformat(text).timestamp(), zone) if text else "not known"


def _deploys(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    then, now = (
        {str(each["service"]): _counted(each.get("deploys")) for each in review.get("services") or ()}
        for review in (before, after)
    )
    for service in now.keys() & then.keys():
        if then[service] != now[service]:
            yield f"{service}: {now[service]}, where it was {then[service]}."


def _counted(deploys: Mapping[str, Any] | None) -> str:
    """3 deploys, one of which failed."""
    if deploys is None:
        return "no deploy"
    return f"{review_words.several(int(deploys['number']), 'deploy')}, {int(deploys['failed'])} of which failed"
