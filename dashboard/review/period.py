"""The period of a review: a day, week, month, quarter or year of the calendar, or any days from and to."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.slo.windows import Calendar, Unit

# In the order of their lengths: what each looks like, and an example for messages.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")
_YEAR = re.compile(r"\d{4}")
# Years and seconds that a review may be of: hours of six such periods are added up.
FIRST_YEAR, YEARS_AHEAD, LONGEST_S = 2000, 2, 400 * 86_400
FORMS = "2026-10, 2026-Q4, 2026-W41, 2026, 2026-10-14 or 2026-10-01..2026-10-14"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of whole days in the local time of a zone.

    Attributes:
        name: as it is written in addresses and commands, such as `2026-10`; `parse(name, zone)` gives it again.
        start, end: epoch seconds; the end is the first moment that no longer belongs to it.
        zone: IANA name.
        unit: of the calendar; None for days from and to.
    """

    name: str
    start: float
    end: float
    zone: str = "UTC"
    unit: Unit | None = None

    @classmethod
    def parse(cls, text: str, zone: str) -> "Period":
        """A period by its name.

        Args:
            text: one of `FORMS`; both days of a range belong to it. `zone`: IANA name.

        Raises:
            ValueError: it is none of these, or no such day, week or month exists; the message says what is expected.
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
        """The period of the calendar that holds a moment.

        Args:
            moment: epoch seconds. `unit`: its length. `zone`: IANA name.
        """
        # The anchor of calendars is a Monday and the first day of a year: weeks, months and quarters follow from it.
        start, end = Calendar(unit, zone=zone).bounds(moment)
        return cls(_name(datetime.fromtimestamp(start, ZoneInfo(zone)).date(), unit), start, end, zone, unit)

    @classmethod
    def checked(cls, text: str, now: float, zone: str) -> "Period":
        """A period by a name that anybody may have written, near enough and short enough to be computed.

        Args:
            text: one of `FORMS`. `now`: epoch seconds. `zone`: IANA name.

        Raises:
            ValueError: it is none, lies too far away, or is too long; the message says what is expected.
        """
        last = datetime.fromtimestamp(now, ZoneInfo(zone)).year + YEARS_AHEAD
        # Cut: messages repeat it.
        text = text.strip()[:40]
        period = cls.parse(text, zone)
        if not FIRST_YEAR <= datetime.fromtimestamp(period.start, ZoneInfo(zone)).year <= last:
            raise ValueError(f'"{text}" lies too far away: a review is of a year from {FIRST_YEAR} to {last}')
        if period.end - period.start > LONGEST_S:
            raise ValueError(f'"{period.name}" is too long: a review is of at most {LONGEST_S // 86_400} days')
        return period

    def earlier(self, number: int) -> tuple["Period", ...]:
        """This many periods before this one, oldest first; of a range, as many days each."""
        periods: list[Period] = []
        period = self
        for _ in range(number):
            period = period._before()
            periods.insert(0, period)
        return tuple(periods)

    def later(self) -> "Period":
        """The period after this one; of a range, as many days."""
        if self.unit is not None:
            return Period.holding(self.end, self.unit, self.zone)
        first, end = (datetime.fromtimestamp(at, ZoneInfo(self.zone)).date() for at in (self.start, self.end))
        after = end + (end - first)
        return _days(end, after, self.zone)

    def holds(self, moment: float) -> bool:
        """Whether a moment (epoch seconds) belongs to it."""
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
        ValueError: it is none.
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
    """The last day of a range lies before its first."""


def _days(first: date, end: date, zone: str) -> Period:
    """Days from `first` on, until before `end`.

    Raises:
        _Backwards: there is none.
    """
    if end <= first:
        raise _Backwards
    start, until = (datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).timestamp() for day in (first, end))
    # However the days were written: notes and signatures are kept by this name.
    return Period(f"{first}..{end - timedelta(days=1)}", start, until, zone)
