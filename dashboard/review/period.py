"""The period of a review: a day, week, month, quarter or year of the calendar, or a range of days."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.slo.windows import Calendar, Unit

# In the order of their lengths: pattern of each, and an example for messages.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")
# Limits of a review in years and seconds: hours of six such periods are added up.
FIRST_YEAR, YEARS_AHEAD, LONGEST_S = 2000, 2, 400 * 86_400
FORMS = "2026-10, 2026-Q4, 2026-W41, 2026, 2026-10-14 or 2026-10-01..2026-10-14"


@dataclass(frozen=True, slots=True)
class Period:
    """A range of whole days in the local time of a zone.

    Attributes:
        name: as in addresses and commands, such as `2026-10`; `parse(name, zone)` is its inverse.
        start, end: epoch seconds, `end` exclusive.
        zone: IANA name.
        unit: of the calendar; None for a range of days.
    """

    name: str
    start: float
    end: float
    zone: str = "UTC"
    unit: Unit | None = None

    @classmethod
    def parse(cls, text: str, zone: str) -> "Period":
        """Parse the name of a period.

        Args:
            text: one of `FORMS`; ranges include both days. `zone`: IANA name.

        Raises:
            ValueError: the name is invalid, or there is no such day, week or month; the message says what is expected.
        """
        text = text.strip()
        try:
            if ".." in text:
                first, last = (date.fromisoformat(day.strip()) for day in text.split(".."))
                return _days(first, last + timedelta(days=1), zone)
            first, unit = _first_day(text.upper())
            return cls.holding(datetime.combine(first, datetime.min.time(), ZoneInfo(zone)).timestamp(), unit, zone)
        except _Backwards:
            raise ValueError(f'"{text}": the last day lies before the first') from None
        except (ValueError, OverflowError) as error:
            raise ValueError(f'"{text}" is no period: write {FORMS}') from error

    @classmethod
    def holding(cls, moment: float, unit: Unit, zone: str) -> "Period":
        """The period of the calendar that contains a time.

        Args:
            moment: epoch seconds. `unit`: its length. `zone`: IANA name.
        """
        # The anchor of calendars is a Monday and the first day of a year, which determines weeks, months and quarters.
        start, end = Calendar(unit, zone=zone).bounds(moment)
        return cls(_name(datetime.fromtimestamp(start, ZoneInfo(zone)).date(), unit), start, end, zone, unit)

    @classmethod
    def checked(cls, text: str, now: float, zone: str) -> "Period":
        """Parse an untrusted name of a period, which must be near and short enough to be computed.

        Args:
            text: one of `FORMS`. `now`: epoch seconds. `zone`: IANA name.

        Raises:
            ValueError: it is invalid, too far away, or too long; the message says what is expected.
        """
        last = datetime.fromtimestamp(now, ZoneInfo(zone)).year + YEARS_AHEAD
        # Truncated, as messages repeat it.
        text = text.strip()[:40]
        period = cls.parse(text, zone)
        if not FIRST_YEAR <= datetime.fromtimestamp(period.start, ZoneInfo(zone)).year <= last:
            raise ValueError(f'"{text}" lies too far away: a review is of a year from {FIRST_YEAR} to {last}')
        if period.end - period.start > LONGEST_S:
            raise ValueError(f'"{period.name}" is too long: a review is of at most {LONGEST_S // 86_400} days')
        return period

    def earlier(self, number: int) -> tuple["Period", ...]:
        """Earlier periods, oldest first; for a range, with the same number of days."""
        periods: list[Period] = []
        period = self
        for _ in range(number):
            period = period._before()
            periods.insert(0, period)
        return tuple(periods)

    def later(self) -> "Period":
        """The period after this one; for a range, with the same number of days."""
        if self.unit is not None:
            return Period.holding(self.end, self.unit, self.zone)
        first, end = (datetime.fromtimestamp(at, ZoneInfo(self.zone)).date() for at in (self.start, self.end))
        after = end + (end - first)
        return _days(end, after, self.zone)

    def holds(self, moment: float) -> bool:
        """Whether it contains a time (epoch seconds)."""
        return self.start <= moment < self.end

    def _before(self) -> "Period":
        if self.unit is not None:
            return Period.holding(self.start - 1, self.unit, self.zone)
        first, end = (datetime.fromtimestamp(at, ZoneInfo(self.zone)).date() for at in (self.start, self.end))
        before = first - (end - first)
        return _days(before, first, self.zone)


def _first_day(text: str) -> tuple[date, Unit]:
    """The first day of a period of the calendar, and its length.

    Raises:
        ValueError: it is invalid.
    """
    if week := _WEEK.fullmatch(text):
        return date.fromisocalendar(int(week[1]), int(week[2]), 1), Unit.WEEK
    if month := _MONTH.fullmatch(text):
        return date(int(month[1]), int(month[2]), 1), Unit.MONTH
    if quarter := _QUARTER.fullmatch(text):
        return date(int(quarter[1]), 3 * int(quarter[2]) - 2, 1), Unit.QUARTER
    if _YEAR.fullmatch(text):
        return date(int(text), 1, 1), Unit.YEAR
    if _DAY.fullmatch(text):
        return date.fromisoformat(text), Unit.DAY
    raise ValueError(text)


def _name(first: date, unit: Unit) -> str:
    """The name of the period of the calendar that begins on a day."""
    year, week, _ = first.isocalendar()
    return {
        Unit.DAY: f"{first}",
        Unit.WEEK: f"{year}-W{week:02d}",
        Unit.MONTH: f"{first:%Y-%m}",
        Unit.QUARTER: f"{first:%Y}-Q{(first.month + 2) // 3}",
        Unit.YEAR: f"{first:%Y}",
    }[unit]


class _Backwards(ValueError):
    """The last day of a range is before its first."""


def _days(first: date, end: date, zone: str) -> Period:
    """The range from `first` until before `end`.

    Raises:
        _Backwards: it is empty.
    """
    if end <= first:
        raise _Backwards
    start, until = (datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).timestamp() for day in (first, end))
    # Normalised, as notes and signatures are stored by this name.
    return Period(f"{first}..{end - timedelta(days=1)}", start, until, zone)
