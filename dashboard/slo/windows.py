"""The window of an objective: rolling, or a calendar period in an IANA time zone."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dashboard.timerange import DAY


class Unit(StrEnum):
    """A calendar unit, with OpenSLO's letter."""

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
    """The last `seconds`: (now - seconds, now]. A day has 24 h."""

    seconds: float = 30.0 * DAY

    def bounds(self, now: float) -> tuple[float, float]:
        """Start and end of the window in epoch seconds."""
        return now - self.seconds, now

    @property
    def is_period(self) -> bool:
        """Whether it is a calendar period that has not ended."""
        return False

    @property
    def longest(self) -> float:
        """Seconds of data that the window needs."""
        return self.seconds

    @property
    def nominal_s(self) -> float:
        """Its length in seconds, which determines the burn thresholds."""
        return self.seconds

    @property
    def duration(self) -> str:
        """As OpenSLO writes it: `30d`; `4w` becomes `28d`."""
        days = self.seconds / DAY
        # OpenSLO's durations are whole numbers of one unit.
        if days >= 1 and days == int(days):
            return f"{int(days)}d"
        return next((f"{self.seconds / size:g}{unit}" for size, unit in _FIXED if self.seconds >= size), "0m")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Consecutive calendar periods in the local time of a zone.

    Attributes:
        unit, count: the length of a period: `Calendar(Unit.MONTH)` is a month.
        zone: IANA name. `anchor`: local time at which one of the periods begins; monthly periods that begin on the 31st
            begin on the last day of shorter months.
        rolling: always the period that ends now (`1M`, rolling), instead of consecutive periods.
    """

    unit: Unit
    count: int = 1
    zone: str = "UTC"
    anchor: datetime = datetime(2024, 1, 1)
    rolling: bool = False

    def bounds(self, now: float) -> tuple[float, float]:
        """Start and end in epoch seconds of the period that contains a time; the end is exclusive."""
        zone = ZoneInfo(self.zone)
        local = datetime.fromtimestamp(now, zone).replace(tzinfo=None)
        if self.rolling:
            return _instant(self._moved(local, -1), zone), now
        # Always count from the anchor: 31 Jan, 28 Feb, 31 Mar. From period to period it would become 28 Mar.
        number = self._estimate(local)
        while _instant(self._moved(self.anchor, number + 1), zone) <= now:
            number += 1
        while _instant(self._moved(self.anchor, number), zone) > now:
            number -= 1
        return _instant(self._moved(self.anchor, number), zone), _instant(self._moved(self.anchor, number + 1), zone)

    @property
    def is_period(self) -> bool:
        """Whether it is a calendar period that has not ended."""
        return not self.rolling

    @property
    def longest(self) -> float:
        """Seconds of data that the window needs: the longest such period, plus an hour for daylight saving time."""
        months = _MONTHS.get(self.unit)
        days = self.count * (_DAYS[self.unit] if months is None else {1: 31, 3: 92, 12: 366}[months])
        # The month in which daylight saving time ends is an hour longer than its days.
        return days * DAY + 3600.0

    @property
    def nominal_s(self) -> float:
        """Its average length in seconds, which determines the burn thresholds; a month counts as 30 days."""
        return float(self.count * DAY * {"d": 1, "w": 7, "M": 30, "Q": 90, "Y": 365}[self.unit])

    @property
    def duration(self) -> str:
        """As OpenSLO writes it: `1M`."""
        return f"{self.count}{self.unit}"

    def _moved(self, local: datetime, number: int) -> datetime:
        """A local time moved by `number` periods; the day is clamped to the end of a shorter month."""
        if self.unit in _DAYS:
            return local + timedelta(days=number * self.count * _DAYS[self.unit])
        # Months since the year 0, so that years follow by division.
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
    """Epoch seconds of a local time: the earlier one if ambiguous, the first instant after the gap if skipped."""
    # Without `fold`, an ambiguous time is read as the earlier one.
    later = local.replace(tzinfo=zone).timestamp()
    if datetime.fromtimestamp(later, zone).replace(tzinfo=None) == local:
        return later
    # The gap lies between the two readings of a skipped time.
    earlier = local.replace(tzinfo=zone, fold=1).timestamp()
    offset = datetime.fromtimestamp(later, zone).utcoffset()
    while later - earlier > 1:
        middle = (earlier + later) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            later = middle
        else:
            earlier = middle
    return later
