"""What is known of a period now and was not when its review was signed off: both as they were written as JSON."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from dashboard.ui.text import units
from dashboard.ui.text.review.review_words import VERDICTS

# Name of a number → what it is called, as far as people look at it.
NUMBERS: Final = {"achieved": "achieved", "spent": "of the budget used", "coverage": "coverage"}


def differences(then: str, now: str) -> list[str]:
    """A sentence for each objective of which another verdict or other numbers are known; empty where none differs.

    Args:
        then, now: JSON of reviews. What cannot be read says that.
    """
    try:
        before, after = (_objectives(json.loads(text)) for text in (then, now))
    except (ValueError, TypeError, KeyError, AttributeError):
        return ["What was signed cannot be compared with what is known now."]
    return list(_differences(before, after))


def _objectives(review: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {(str(each["service"]), str(each["slo"])): each for each in review["objectives"]}


def _differences(
    before: Mapping[tuple[str, str], Mapping[str, Any]], after: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[str]:
    for key, known in after.items():
        service, slo = key
        if key not in before:
            yield f"{service}, {slo}: was not part of it."
        elif changes := [*_verdict(before[key], known), *_numbers(before[key], known)]:
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
        # What is written alike is no difference that anybody sees.
        if then != now:
            yield f"{now} {name}, where it was {then}"


def _written(field: str, value: object, objective: Mapping[str, Any]) -> str:
    number = float(value) if isinstance(value, int | float) else None
    if field == "achieved":
        return units.sli(number, float(objective.get("objective") or 0.999))
    return units.percent(number)
