"""The headline of the page of capacity: what is full, what fills up next, and what will not withstand an event."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.capacity.capacity import CapacityReport, ResourceCapacity, Urgency
from dashboard.capacity.outlook import LIMIT, Outlook
from dashboard.capacity.shape import DAYS_MIN
from dashboard.timerange import DAY
from dashboard.ui.text import capacity_text, moments
from dashboard.ui.text.units import MISSING, NBSP


def headline(report: CapacityReport, zone: str, now: float) -> str:
    """What fills up first and next, and planned events that exceed a limit: one to three sentences.

    Args:
        report: of all resources. `zone`: IANA name. `now`: epoch seconds.
    """
    if not report.resources:
        return capacity_text.READING if report.is_reading and not report.problem else capacity_text.NO_LIMITS
    full_now = [each for each in report.resources if each.outlook.seconds == 0]
    later = [each for each in report.resources if each.outlook.seconds]
    sentences = [_full(full_now)] if full_now else [] if later else [_none(report), *_held(report, now)]
    if later and not full_now:
        sentences.append(_first(later.pop(0), zone, now))
    if later:
        sentences.append(f"Next is {capacity_text.name(later[0])}, {_when(later[0].outlook, zone, now)}.")
    sentences += _planned(report, zone, now)
    return " ".join(sentences)


def _full(every: Sequence[ResourceCapacity]) -> str:
    """Which resources are full now, highest peak first."""
    more = f" and {len(every) - 1:,} more are" if every[1:] else " is"
    return f"The {every[0].resource} of {every[0].title}{more} full."


def _first(each: ResourceCapacity, zone: str, now: float) -> str:
    assert each.outlook.seconds is not None, "it fills up"
    until = capacity_text.spoken(each.outlook.seconds)
    return f"The {each.resource} of {each.title} is full in {until}, {_when(each.outlook, zone, now)}."


def _none(report: CapacityReport) -> str:
    tight = sum(each.urgency is Urgency.TIGHT for each in report.resources)
    ahead, past = capacity_text.reach(report.resources)
    said = f"Nothing fills up within {ahead}{NBSP}days at the trend of the last {past} days."
    if not ahead:
        said = f"It is too early to tell what fills up: peaks of {DAYS_MIN} days must be known."
    if not tight:
        return said
    were_full = sum(each.urgency is Urgency.TIGHT and each.peak >= LIMIT for each in report.resources)
    are = "resource has" if tight == 1 else "resources have"
    of_these = "" if not were_full else ", and was full" if tight == 1 else f", and {were_full} of them were full"
    return f"{said} {tight} {are} little room left at the peak{of_these}."


def _held(report: CapacityReport, now: float) -> Sequence[str]:
    """The first resource that rises, but has always fallen back before."""
    held = [each for each in report.resources if each.held is not None]
    if not held:
        return []
    first = min(held, key=lambda each: each.held.to_full if each.held is not None else 0.0)
    others = f" So do {len(held) - 1} more." if held[2:] else " So does another." if held[1:] else ""
    return [f"{capacity_text.capital(capacity_text.name(first))} {capacity_text.rises(first, now)}.{others}"]


def _planned(report: CapacityReport, zone: str, now: float) -> Sequence[str]:
    """The first planned event that would fill a resource."""
    for event in report.events:
        hit = [
            each for each in report.resources
            if any(effect.event is event and effect.full_from is not None for effect in each.effects)
        ]  # fmt: skip
        if hit:
            names = sorted({each.title for each in hit})
            others = f" and {len(names) - 1} more" if names[1:] else ""
            on, factor = moments.day(event.start, zone, now), capacity_text.more(event.factor)
            return [f"With {factor} traffic on {on} ({event.name}) {names[0]}{others} would not last."]
    return []


def _when(outlook: Outlook, zone: str, now: float) -> str:
    """The approximate time at which it is full: the clock within two days, the weekday within a week, else the day."""
    if outlook.seconds is None:
        return MISSING
    at = datetime.fromtimestamp(now + outlook.seconds, ZoneInfo(zone))
    if outlook.seconds < 5:
        return "now"
    if outlook.seconds < 2 * DAY:
        # Rounded: a forecast is not exact to the minute.
        rounded = datetime.fromtimestamp(round((now + outlook.seconds) / 600) * 600, ZoneInfo(zone))
        today = datetime.fromtimestamp(now, ZoneInfo(zone)).date()
        day = "" if rounded.date() == today else f"{rounded:%A} "
        return f"{day}about {rounded:%H:%M} {rounded.tzname()}"
    if outlook.seconds < 6 * DAY:
        return f"about {at:%A}"
    return f"about {moments.day(now + outlook.seconds, zone, now)}"
