"""Serialises incidents as JSON, and merges stored ones with those derived from current data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import msgspec

from dashboard.incidents.identity import by_objective, same_story
from dashboard.incidents.incident import Correctable, Impact, Incident, Severity

# Maximum number of objectives of an incident whose counts are stored.
COUNTS_MOST = 100
URGENCY = (Severity.PAGE, Severity.TICKET, Severity.ANOMALY)


def written(incident: Incident) -> str:
    """An incident as JSON, without corrections, which are stored separately; equal incidents give the same text.

    With thousands of objectives, only the counts of those that it cost most are included.
    """
    frozen = replace(
        incident,
        corrections={},
        is_frozen=incident.end is not None,
        impacts=_with_counts_of_costliest(incident.impacts),
    )
    text = msgspec.json.encode(frozen)
    # Round-trip once more: 5 and 5.0 are equal, and should give the same text.
    return msgspec.json.encode(msgspec.json.decode(text, type=Incident)).decode()


def _with_counts_of_costliest(impacts: Sequence[Impact]) -> tuple[Impact, ...]:
    costliest = sorted(impacts, key=lambda impact: -(impact.budget_share or 0.0))[:COUNTS_MOST]
    with_counts = {(impact.service, impact.slo) for impact in costliest}
    return tuple(
        impact if (impact.service, impact.slo) in with_counts else replace(impact, counts=None) for impact in impacts
    )


def read(text: str) -> Incident | None:
    """Parse the text from `written`, also of an older version; None if it is invalid."""
    try:
        return msgspec.json.decode(text, type=Incident)
    except (msgspec.MsgspecError, RecursionError):
        return None


def with_corrections(incident: Incident, corrections: Mapping[str, Mapping[Correctable, str]]) -> Incident:
    """An incident with its corrections, by its id or an alias; the derived values are kept too."""
    said = [corrections[number] for number in (*incident.aliases, incident.id) if number in corrections]
    if not said:
        return incident
    return replace(incident, corrections={field: text for fields in said for field, text in fields.items()})


def merged(derived: Iterable[Incident], stored: Iterable[Incident]) -> tuple[Incident, ...]:
    """One incident for each occurrence, newest first.

    A closed incident stays as it was stored; objectives noticed later join it. An incident that was open when it was
    stored gives its id to what is derived now.

    Args:
        derived: from the current data. `stored`: as returned by `read`.
    """
    every = {incident.id: incident for incident in stored}
    places = by_objective(every.values())
    shown: dict[str, Incident] = {}
    taken: set[str] = set()
    for incident in derived:
        near = {old.id: old for impact in incident.impacts for old in places.get((impact.service, impact.slo), ())}
        near |= {number: every[number] for number in (incident.id, *incident.aliases) if number in every}
        same = [old for old in near.values() if same_story(old, incident)]
        taken.update(old.id for old in same)
        if not same:
            shown[incident.id] = incident
            continue
        joined = _joined(incident, same)
        shown[joined.id] = _united(shown[joined.id], joined) if joined.id in shown else joined
        # Those that do not overlap others stay separate.
        shown |= {old.id: old for old in same if old.id not in shown and old.id not in joined.aliases and old.end}
    shown |= {number: old for number, old in every.items() if number not in taken and old.end is not None}
    return tuple(sorted(shown.values(), key=lambda incident: (-incident.start, incident.id)))


def _joined(derived: Incident, same: Sequence[Incident]) -> Incident:
    """What is derived for a stored incident, under the stored id."""
    main = next((old for old in same if old.id == derived.id), min(same, key=lambda old: (old.start, old.id)))
    ids = dict.fromkeys([derived.id, *derived.aliases, *main.aliases])
    aliases = tuple(number for number in ids if number != main.id)
    if main.end is None:
        return replace(derived, id=main.id, aliases=aliases, start=min(derived.start, main.start))
    objectives = {(impact.service, impact.slo) for old in same for impact in old.impacts if old.end is not None}
    more = tuple(impact for impact in derived.impacts if (impact.service, impact.slo) not in objectives)
    absorbed = [old for old in same if old.id in aliases]
    united = main
    for old in absorbed:
        united = _united(united, old)
    return replace(_with(united, more), aliases=aliases) if more or absorbed else main


def _united(one: Incident, other: Incident) -> Incident:
    """An incident extended by other objectives of another one."""
    known = {(impact.service, impact.slo) for impact in one.impacts}
    return _with(one, [impact for impact in other.impacts if (impact.service, impact.slo) not in known])


def _with(incident: Incident, more: Iterable[Impact]) -> Incident:
    impacts = (*incident.impacts, *more)
    ends = [impact.end for impact in impacts]
    detected = [impact.detected_at for impact in impacts if impact.detected_at is not None]
    end = None if None in ends else max(end for end in ends if end is not None)
    return replace(
        incident,
        impacts=impacts,
        start=min(incident.start, *(impact.start for impact in impacts)),
        end=end,
        detected_at=min(detected, default=incident.detected_at),
        severity=min((impact.severity for impact in impacts), key=URGENCY.index),
        is_frozen=incident.is_frozen and end is not None,
    )
