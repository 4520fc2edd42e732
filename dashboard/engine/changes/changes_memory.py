"""Serialises which versions were running when, so that the next process can continue with it."""

import json
from collections.abc import Iterable, Mapping

from dashboard.changes.derived.derive import Turn
from dashboard.changes.derived.presence import Origin, Presence, Stretch, Subject


def saved(presences: Mapping[Subject, Presence], moments: Mapping[Turn, float | None]) -> str:
    """What was read about versions, as text.

    Args:
        presences: by subject. `moments`: exact times of turns; None if a closer look did not find one.
    """
    return json.dumps(
        {
            "presences": [[*_subject(subject), _stretches(known.stretches)] for subject, known in presences.items()],
            "moments": [
                [*_subject(turn.subject), turn.version, turn.step, turn.comes, moment]
                for turn, moment in moments.items()
            ],
        }
    )


def restored(text: str) -> tuple[dict[Subject, Presence], dict[Turn, float | None]]:
    """Restore what `saved` returned.

    Raises:
        KeyError, ValueError, TypeError: the text is something else.
    """
    more = json.loads(text)
    presences = {
        Subject(service, Origin(origin), part): Presence(
            [Stretch(first, last, amounts, steps) for first, last, amounts, steps in stretches]
        )
        for service, origin, part, stretches in more["presences"]
    }
    moments = {
        Turn(Subject(service, Origin(origin), part), version, step, comes): moment
        for service, origin, part, version, step, comes, moment in more["moments"]
    }
    return presences, moments


def _subject(subject: Subject) -> tuple[str, str, str]:
    return subject.service, subject.origin.value, subject.part


def _turn(turn: Turn) -> tuple[object, ...]:
    return *_subject(turn.subject), turn.version, turn.step, turn.comes


def _stretches(stretches: Iterable[Stretch]) -> list[object]:
    return [[stretch.first, stretch.last, dict(stretch.amounts), stretch.steps] for stretch in stretches]
