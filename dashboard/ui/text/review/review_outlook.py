"""The capacity outlook of a review in words: which resources fill up, when, and at which load."""

from dataclasses import dataclass

from dashboard.capacity.capacity import ResourceCapacity, Urgency
from dashboard.review.review import Review
from dashboard.ui.text import capacity_text, units
from dashboard.ui.text.review import review_words
from dashboard.ui.text.review.review_words import several

# Maximum number of listed resources.
RESOURCES = 6


@dataclass(frozen=True, slots=True)
class OutlookLine:
    """One line: `title` names the resource, `said` its outlook; a line that counts several has no title."""

    urgency: Urgency | None
    title: str
    said: str


def outlook(review: Review) -> list[OutlookLine]:
    """Resources that fill up or have little headroom, first to be full first, then all others; empty without limits."""
    report = review.capacity
    if report is None or not report.resources:
        return []
    listed = [each for each in report.resources if each.is_notable]
    lines = [
        OutlookLine(each.urgency, f"{each.title} {each.resource}", _said(each, report.at or 0.0))
        for each in listed[:RESOURCES]
    ]
    if len(listed) > RESOURCES:
        more = several(len(listed) - RESOURCES, "more resource")
        lines.append(OutlookLine(None, "", f"{more} that fill up or have little room"))
    others = [each for each in report.resources if not each.is_notable]
    for urgency in (Urgency.NO_DATA, Urgency.TOO_EARLY):
        unknown = sum(each.urgency is urgency for each in others)
        if unknown:
            lines.append(OutlookLine(urgency, several(unknown, "resource"), capacity_text.URGENCY[urgency].word))
    if any(each.urgency is Urgency.ROOM for each in others):
        who = "all others" if lines else "all resources"
        ahead = f"not full within {several(capacity_text.reach(others)[0], 'day')}"
        lines.append(OutlookLine(Urgency.ROOM, who, f"{ahead}, with room at the peak"))
    return lines


def as_of(review: Review) -> str:
    """The time of the computation: as of Sat 31 Oct, 23:00; empty if unknown."""
    report = review.capacity
    if report is None or report.at is None:
        return ""
    return f"as of {review_words.moment(report.at, review.period.zone)}"


def _said(each: ResourceCapacity, at: float) -> str:
    if each.held is not None:
        return capacity_text.rises(each, at)
    if each.outlook.seconds is None:
        return f"{units.percent(each.peak)} at the peak of the last 30 days"
    load = f", or {capacity_text.load(each.load, each.traffic_now)}" if each.load.full is not None else ""
    return f"{full(each)}{load}"


def full(each: ResourceCapacity) -> str:
    """When a resource that fills up is full: full in 31 days (24 – 43 d)."""
    when = f"full in {capacity_text.spoken(each.outlook.seconds)}" if each.outlook.seconds else "full now"
    interval = capacity_text.interval(each.outlook)
    return when if interval == units.MISSING else f"{when} ({interval})"
