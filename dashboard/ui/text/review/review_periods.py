"""The names of periods of a review: October 2026, Oct, May – Oct."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dashboard.review.period import Period
from dashboard.review.review import Review
from dashboard.slo.windows import Unit
from dashboard.timerange import DAY
from dashboard.ui.text import units
from dashboard.ui.text.units import NBSP

# Longer than any year.
YEAR_S: Final = 366 * DAY
_QUARTERS: Final = ("first", "second", "third", "fourth")


def title(period: Period) -> str:
    """The name of a period: October 2026, fourth quarter of 2026, week 41 of 2026, 1 Oct – 14 Oct 2026."""
    first, last = _days(period)
    match period.unit:
        case Unit.DAY:
            return f"{first.day}{NBSP}{first:%b %Y}"
        case Unit.WEEK:
            year, week, _ = first.isocalendar()
            return f"Week {week} of {year}"
        case Unit.MONTH:
            return f"{first:%B %Y}"
        case Unit.QUARTER:
            return f"{_QUARTERS[(first.month - 1) // 3].capitalize()} quarter of {first.year}"
        case Unit.YEAR:
            return f"{first.year}"
        case _:
            return _dates(first, last)


def days(period: Period) -> str:
    """The days of a period with their zone: 1 Oct – 31 Oct 2026, UTC."""
    return f"{_dates(*_days(period))}, {period.zone}"


def brief(period: Period) -> str:
    """A period in a few letters, for the ends of a trend: Oct, W41, Q4, 14 Oct."""
    first, _ = _days(period)
    match period.unit:
        case Unit.WEEK:
            return f"W{first.isocalendar()[1]}"
        case Unit.MONTH:
            return f"{first:%b}"
        case Unit.QUARTER:
            return f"Q{(first.month + 2) // 3}"
        case Unit.YEAR:
            return f"{first.year}"
        case _:
            return f"{first.day}{NBSP}{first:%b}"


def earlier(review: Review) -> tuple[Period, ...]:
    """The periods before the reviewed one, from the first on of which the spending of an objective is known."""
    number = max((len(_from_known(each.before)) for each in review.objectives), default=0)
    return review.period.earlier(number)


def _from_known(shares: Sequence[float | None]) -> Sequence[float | None]:
    first = next((place for place, share in enumerate(shares) if share is not None), len(shares))
    return shares[first:]


def between(periods: Sequence[Period]) -> str:
    """Periods one after the other by the first and the last: May – Oct, Q4 2025 – Q1 2026; empty without any.

    Args:
        periods: oldest first.
    """
    if not periods:
        return ""
    first, last = periods[0], periods[-1]
    # After a year the same names come again.
    years = ("", "")
    if first.unit is not Unit.YEAR and last.end - first.start > YEAR_S:
        years = (f" {_days(first)[0].year}", f" {_days(last)[0].year}")
    return units.between(*(f"{brief(each)}{year}" for each, year in zip((first, last), years, strict=True)))


def _days(period: Period) -> tuple[datetime, datetime]:
    """The first and the last day, in the zone of the period."""
    zone = ZoneInfo(period.zone)
    return datetime.fromtimestamp(period.start, zone), datetime.fromtimestamp(period.end, zone) - timedelta(days=1)


def _dates(first: datetime, last: datetime) -> str:
    until = f"{last.day}{NBSP}{last:%b %Y}"
    if first.date() == last.date():
        return until
    return f"{first.day}{NBSP}{first:%b}{f' {first.year}' if first.year != last.year else ''} – {until}"
