"""Incidents that were under way when the data begin, extended to their start if older data are known."""

from collections.abc import Iterable
from dataclasses import replace

from dashboard.incidents.incident import Impact, Incident, StepCounts


def continued(incident: Incident, earlier: Iterable[Incident]) -> Incident:
    """Extend an incident by what happened before the hours from which it was derived.

    Args:
        incident: as derived. `earlier`: incidents derived from earlier hours, or stored.
    """
    known = [impact for before in earlier for impact in before.impacts]
    impacts = tuple(_continued(impact, known) if impact.is_cut else impact for impact in incident.impacts)
    if impacts == incident.impacts:
        return incident
    return replace(incident, impacts=impacts, start=min(incident.start, *(impact.start for impact in impacts)))


def _continued(impact: Impact, earlier: Iterable[Impact]) -> Impact:
    before = [each for each in earlier if _leads_to(each, impact)]
    if not before:
        return impact
    first = min(before, key=lambda each: each.start)
    bad, valid = _events_until(first, impact.start)
    whole_bad, whole_valid = bad + impact.bad, valid + impact.valid
    part = valid / first.valid if first.valid > 0 else 0.0
    return replace(
        impact,
        start=first.start,
        is_cut=first.is_cut,
        bad=whole_bad,
        valid=whole_valid,
        # The usual ratio is only known from before it began.
        usual_bad=min(first.usual_bad / first.valid * whole_valid if first.valid > 0 else impact.usual_bad, whole_bad),
        seconds=min(part, 1.0) * first.seconds + impact.seconds,
        detected_at=impact.detected_at if first.detected_at is None else first.detected_at,
        bad_before_detection=first.bad_before_detection
        if first.detected_at is not None
        else impact.bad_before_detection,
    )


def _leads_to(earlier: Impact, impact: Impact) -> bool:
    """Whether one impact was under way where another is cut off."""
    same = (earlier.service, earlier.slo) == (impact.service, impact.slo)
    return same and earlier.start < impact.start and (earlier.end is None or earlier.end >= impact.start)


def _events_until(impact: Impact, moment: float) -> tuple[float, float]:
    """Bad and valid events of an impact before a time (epoch seconds), as far as its counts are known."""
    counts = impact.counts
    return (
        (0.0, 0.0)
        if counts is None
        else (_sum(counts.bad, counts, impact, moment), _sum(counts.valid, counts, impact, moment))
    )


def _sum(events: Iterable[float | None], counts: StepCounts, impact: Impact, moment: float) -> float:
    places = ((counts.start + place * counts.step, each) for place, each in enumerate(events))
    return sum(each for begin, each in places if each is not None and impact.start - counts.step < begin < moment)
