"""The window of an objective: rolling, or a calendar period in an IANA time zone."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dashboard.timerange import DAY


class Unit(StrEnum):
    """A length of the calendar, as OpenSLO writes it."""

    DAY = "d"
    WEEK = "w"
    MONTH = "M"
    QUARTER = "Q"
    YEAR = "Y"


_DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}
_FIXED = ((7 * DAY, "w"), (DAY, "d"), (3600, "h"), (60, "m"))


@dataclass(frozen=True, slots=True)
class Rolling:
    """The last so many seconds: (now - seconds, now]. A day is 24 h."""

    seconds: float = 30.0 * DAY

    def bounds(self, now: float) -> tuple[float, float]:
        """Start and end in epoch seconds of the window at a moment."""
        return now - self.seconds, now

    @property
    def is_period(self) -> bool:
        """It is a period of the calendar, with an end that lies ahead."""
        return False

    @property
    def longest(self) -> float:
        """Seconds that must be kept to know it."""
        return self.seconds

    @property
    def nominal_s(self) -> float:
        """Its length in seconds, from which burn thresholds follow."""
        return self.seconds

    @property
    def duration(self) -> str:
        """As OpenSLO writes it: `30d`, `4w` becomes `28d`."""
        days = self.seconds / DAY
        # OpenSLO's durations are whole numbers of one unit.
        if days >= 1 and days == int(days):
            return f"{int(days)}d"
        return next((f"{self.seconds / size:g}{unit}" for size, unit in _FIXED if self.seconds >= size), "0m")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Periods of the calendar, one after the other, in the local time of a zone.

    Attributes:
        unit, count: the length of a period: `Calendar(Unit.MONTH)` is a month.
        zone: IANA name. `anchor`: local time at which some period begins; the others follow from it, so that periods
            of months that begin on the 31st end with the month where it is shorter.
        rolling: not one period after the other, but always the one that ends now (`1M`, rolling).
    """

    unit: Unit
    count: int = 1
    zone: str = "UTC"
    anchor: datetime = datetime(2024, 1, 1)
    rolling: bool = False

    def bounds(self, now: float) -> tuple[float, float]:
        """Start and end in epoch seconds of the period that holds a moment; its end is later than the moment."""
        zone = ZoneInfo(self.zone)
        local = datetime.fromtimestamp(now, zone).replace(tzinfo=None)
        if self.rolling:
            return _instant(self._moved(local, -1), zone), now
        # Always counted from the anchor: 31 Jan, 28 Feb, 31 Mar. From period to period it would become 28 Mar.
        number = self._estimate(local)
        while _instant(self._moved(self.anchor, number + 1), zone) <= now:
            number += 1
        while _instant(self._moved(self.anchor, number), zone) > now:
            number -= 1
        return _instant(self._moved(self.anchor, number), zone), _instant(self._moved(self.anchor, number + 1), zone)

    @property
    def is_period(self) -> bool:
        """It is a period of the calendar, with an end that lies ahead."""
        return not self.rolling

    @property
    def longest(self) -> float:
        """Seconds that must be kept to know it: the longest such period, with an hour for summer time."""
        months = _MONTHS.get(self.unit)
        days = self.count * (_DAYS[self.unit] if months is None else {1: 31, 3: 92, 12: 366}[months])
        # The month in which summer time ends is an hour longer than its days.
        return days * DAY + 3600.0

    @property
    def nominal_s(self) -> float:
        """Its length in seconds by average, from which burn thresholds follow; a month counts 30 days."""
        return float(self.count * DAY * {"d": 1, "w": 7, "M": 30, "Q": 90, "Y": 365}[self.unit])

    @property
    def duration(self) -> str:
        """As OpenSLO writes it: `1M`."""
        return f"{self.count}{self.unit}"

    def _moved(self, local: datetime, number: int) -> datetime:
        """So many periods from a local time, the day clamped to the end of a shorter month."""
        if self.unit in _DAYS:
            return local + timedelta(days=number * self.count * _DAYS[self.unit])
        # Months since the year 0, so that a year is passed by division.
        months = local.year * 12 + local.month - 1 + number * self.count * _MONTHS[self.unit]
        year, month = divmod(months, 12)
        return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))

    def _estimate(self, local: datetime) -> int:
        if self.unit in _DAYS:
            return (local - self.anchor).days // (self.count * _DAYS[self.unit])
        months = (local.year - self.anchor.year) * 12 + local.month - self.anchor.month
        return months // (self.count * _MONTHS[self.unit])


Window = Rolling | Calendar


def _instant(local: datetime, zone: ZoneInfo) -> float:
    """Epoch seconds of a local time: the earlier of two, and the first instant after a gap for one that is skipped."""
    # Without `fold` a time that occurs twice is read as the earlier one.
    later = local.replace(tzinfo=zone).timestamp()
    if datetime.fromtimestamp(later, zone).replace(tzinfo=None) == local:
        return later
    # The gap lies between the two readings of a time that never was.
    earlier = local.replace(tzinfo=zone, fold=1).timestamp()
    offset = datetime.fromtimestamp(later, zone).utcoffset()
    while later - earlier > 1:
        middle = (earlier + later) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            later = middle
        else:
            earlier = middle
    return later
