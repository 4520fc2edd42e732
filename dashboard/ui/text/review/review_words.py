"""Short texts of a review: verdicts, causes of spending, days and times."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.alerts.quality import PageLoad, RuleQuality
from dashboard.incidents.record import Record
from dashboard.review.decisions import is_never_challenged
from dashboard.review.review import Cause, Cost, ObjectiveReview, Review, Spending, Trend, Verdict
from dashboard.slo.indicators import Measure
from dashboard.slo.objective import Slo
from dashboard.ui.text import change_text, objective_terms, price_text, status_text, units
from dashboard.ui.text.status_text import Status
from dashboard.ui.text.units import NBSP

VERDICTS: Final = {
    Verdict.MISSED: Status("✕", "missed", "red"),
    Verdict.NARROWLY: Status("▲", "met narrowly", "amber"),
    Verdict.MET: Status("✓", "met", "green"),
    Verdict.NO_DATA: Status("◌", "not known", "grey"),
}
CAUSES: Final = {Cause.CHANGE: "changes", Cause.INCIDENT: "other incidents", Cause.BACKGROUND: "background"}
TRENDS: Final = {Trend.WORSE: "getting worse", Trend.BETTER: "getting better", Trend.STEADY: ""}
# A part with more than this share of the spending is named as the reason for a miss.
MOSTLY = 0.5
# Describes alerts during which users may have been affected.
WHILE_WORSE: Final = "while more requests than usual failed or were slow"
# Maximum length of a name within a sentence.
LONGEST = 80


def day(seconds: float, zone: str) -> str:
    """A day without its year, which the period includes: 14 Oct.

    Args:
        seconds: epoch seconds. `zone`: IANA name.
    """
    at = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    return f"{at.day}{NBSP}{at:%b}"


def moment(seconds: float, zone: str) -> str:
    """A time within the period: Wed 14 Oct, 16:02.

    Args:
        seconds: epoch seconds. `zone`: IANA name.
    """
    at = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    return f"{at:%a} {day(seconds, zone)}, {at:%H:%M}"


def began(record: Record, zone: str) -> str:
    """The start of an incident, as far as it is known: Wed 14 Oct, 16:02; 21 Sep or earlier.

    Args:
        record: the incident. `zone`: IANA name.
    """
    start = record.moments.start
    if record.incident.is_cut and start == record.incident.start:
        return f"{day(start, zone)} or earlier"
    return moment(start, zone)


def alerts_in_vain(rule: RuleQuality) -> str:
    """A rule whose alerts never mattered: fired 12 times, never while more requests than usual failed or were slow."""
    return f"fired {several(rule.fired, 'time')}, never {WHILE_WORSE}"


def paged(load: PageLoad) -> str:
    """The number of pages: Somebody was paged 18 times, 6 of them at night, in 6 of 29 nights."""
    if not load.pages:
        return "Nobody was paged."
    often = "once" if load.pages == 1 else several(load.pages, "time")
    if not load.night_pages:
        return f"Somebody was paged {often}, never at night."
    at_night = "at night" if load.pages == load.night_pages else f"{load.night_pages:,} of them at night"
    nights = f", in {load.disturbed_nights:,} of {several(load.nights, 'night')}" if load.nights > 1 else ""
    return f"Somebody was paged {often}, {at_night}{nights}."


def unpaged(number: int) -> str:
    """How often a page was missing."""
    often = "Once" if number == 1 else f"{number:,} times"
    return f"{often} more failed or was slow than may, for long enough to page somebody, and nobody was paged."


def dated(seconds: float, zone: str) -> str:
    """A time with its year and its zone: 2 Nov 2026, 12:00 UTC.

    Args:
        seconds: epoch seconds. `zone`: IANA name.
    """
    at = datetime.fromtimestamp(seconds, ZoneInfo(zone))
    return f"{day(seconds, zone)} {at.year}, {at:%H:%M %Z}"


def objective(slo: Slo) -> str:
    """The target of an objective: 99.95 % without error, 99 % within 300 ms; for other kinds with the name."""
    share = units.objective(slo.objective)
    if not slo.counted:
        return f"{share} of {objective_terms.counted_events(slo)}: {slo.title or slo.name}"
    match slo.measure:
        case Measure.ERRORS:
            return f"{share} without error"
        case Measure.LATENCY if slo.limit is not None:
            return f"{share} within {units.latency(slo.limit)}"
        case _:
            return f"{share} of {slo.title or slo.name}"


def verdict(reviewed: ObjectiveReview) -> str:
    """The result and a remark: Missed, mostly one change; Not known: 4 % of the hours have data."""
    if reviewed.verdict is Verdict.NO_DATA:
        return units.sentence(unknown(reviewed)).removesuffix(".")
    word, added = VERDICTS[reviewed.verdict].word.capitalize(), _added(reviewed)
    return f"{word}, {added}" if added else word


def unknown(reviewed: ObjectiveReview) -> str:
    """Why an objective cannot be judged: no traffic, no data, not known: 4 % of the hours have data."""
    if is_quiet(reviewed):
        return "no traffic"
    return status_text.too_little(reviewed.coverage) if reviewed.coverage > 0 else "no data"


def is_quiet(reviewed: ObjectiveReview) -> bool:
    """Whether it cannot be judged because there was no traffic, although it was measured."""
    return reviewed.verdict is Verdict.NO_DATA and reviewed.valid <= 0 and reviewed.measured.is_enough


def _added(reviewed: ObjectiveReview) -> str:
    if reviewed.verdict is Verdict.MISSED and (cause := _mostly(reviewed)):
        return cause
    if reviewed.verdict is Verdict.MET and is_never_challenged(reviewed):
        return "never challenged"
    return TRENDS[reviewed.trend]


def _mostly(reviewed: ObjectiveReview) -> str:
    """The main cause of spending; empty without one."""
    if not reviewed.spending or reviewed.bad <= 0:
        return ""
    first = max(reviewed.spending, key=lambda part: part.bad)
    if first.bad <= MOSTLY * reviewed.bad:
        return ""
    causes = {Cause.CHANGE: "one change", Cause.INCIDENT: "one incident", Cause.BACKGROUND: "outside incidents"}
    return f"mostly {causes[first.cause]}"


def part(review: Review, spending: Spending) -> str:
    """A part of the spending in a few words: 14 Oct deploy v42, 22 Oct incident, background.

    Args:
        review: knows the incidents. `spending`: a part of that of an objective.
    """
    if spending.cause is Cause.BACKGROUND:
        return CAUSES[spending.cause]
    when = "earlier" if spending.begins is None else day(spending.begins, review.period.zone)
    if spending.cause is not Cause.CHANGE:
        return f"{when} incident"
    record = review.record_of(spending)
    cause = record.cause if record is not None else None
    return f"{when} {change_text.brief(cause) if cause is not None else 'change'}"


def traffic(share: float) -> str:
    """A share of all traffic: 34 % of traffic, less than 0.01 % of it."""
    if 0 < share < 0.0001:
        return f"under 0.01{NBSP}% of traffic"
    return f"{units.percent(share)} of traffic"


def against(share: float | None, allowed: float | None) -> tuple[str, str]:
    """A small share and the allowed one, with enough digits to distinguish them: 0.028 % and 0.1 %.

    Args:
        share: of events, 0–1. `allowed`: of them; None without events.
    """
    if share is None or allowed is None or not 0 < allowed < 1:
        return units.percent(share), units.percent(allowed)
    # Three digits above the allowed share, two below, and no more than needed to distinguish them.
    most = 2 - math.floor(math.log10(allowed * 100))
    needed = most if share <= 0 else (2 if share > allowed else 1) - math.floor(math.log10(share * 100))
    digits = max(min(most, needed), 0)
    least = 10.0**-digits
    failed = f"{share * 100:.{digits}f}" if share == 0 or share * 100 >= least else f"under {least:.{digits}f}"
    return f"{failed if share else 0}{NBSP}%", f"{allowed * 100:.4g}{NBSP}%"


def coverage(share: float) -> str:
    """A coverage: 99.8 %, 91 %; less than all is never rounded up to 100 %."""
    if 0.9 <= share < 1:
        return f"{min(share * 100, 99.9):.1f}{NBSP}%"
    return units.percent(share)


def title(review: Review, service: str) -> str:
    """The name of a service in sentences and labels, truncated if it is long.

    Args:
        review: knows the names on pages. `service`: its id.
    """
    return cut(review.title_of(service))


def cut(words: str) -> str:
    """Text of a person, truncated for a sentence."""
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def several(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: 1 objective, 12 objectives.

    Args:
        number: of things. `noun`: singular. `plural`: empty: with an s.
    """
    return f"{number:,}{NBSP}{noun if number == 1 else plural or f'{noun}s'}"


def listed(words: Sequence[str]) -> str:
    """An enumeration: a, b and c."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def money(cost: Cost | None, amount: float | None) -> str:
    """An amount of money: 1,234 €, 0.42 €; an en dash if unknown.

    Args:
        cost: has the currency. `amount`: in the currency.
    """
    if cost is None or amount is None:
        return units.MISSING
    return price_text.money(amount, cost.currency)
