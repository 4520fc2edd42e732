"""The chart of an incident's counts: positions as shares of its width and height, 0–1.

The style sheet draws it from stored five-minute counts alone: it needs neither a library nor the source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.timerange import HOUR

MINUTE = 60
# Candidate seconds between two time labels.
STEPS = (5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR)
LABELS = 8
# Number of rows of labels above the plot; the share of the width that a letter takes.
LANES, LETTER = 3, 0.0075


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A range of time in epoch seconds; `at` maps times to positions."""

    start: float
    end: float

    def at(self, moment: float) -> float:
        """The position of a time, 0–1; times outside lie on the edge."""
        return min(max((moment - self.start) / (self.end - self.start), 0.0), 1.0)

    def holds(self, moment: float) -> bool:
        """Whether a time lies in the range."""
        return self.start <= moment <= self.end

    def labels(self, zone: str) -> list[tuple[float, str]]:
        """Position and text of round times; with the day if it differs from that of the previous label.

        Args:
            zone: IANA name.
        """
        step = next((each for each in STEPS if (self.end - self.start) / each <= LABELS), STEPS[-1])
        ahead = datetime.fromtimestamp(self.start, ZoneInfo(zone)).utcoffset()
        offset = ahead.total_seconds() if ahead is not None else 0.0
        first = -(-(self.start + offset) // step) * step - offset
        count = int((self.end - first) // step) + 1
        moments = [datetime.fromtimestamp(first + step * number, ZoneInfo(zone)) for number in range(count)]
        days = [None, *(moment.date() for moment in moments)]
        texts = (
            f"{moment:%H:%M}" if day in (None, moment.date()) else f"{moment.day} {moment:%b} {moment:%H:%M}"
            for moment, day in zip(moments, days, strict=False)
        )
        return [(self.at(moment.timestamp()), text) for moment, text in zip(moments, texts, strict=True)]


@dataclass(frozen=True, slots=True)
class Label:
    """A label above the plot: its position, its row from the top, and whether it is left of its line."""

    place: float
    text: str
    lane: int
    is_left: bool


def lanes(marks: Sequence[tuple[float, str]]) -> list[Label]:
    """Labels without overlaps, each beside its line; those that fit in no row share the last one.

    Args:
        marks: position of the line, 0–1, and text of each, ascending.
    """
    taken: list[float] = [-1.0] * LANES
    labels = []
    for place, text in marks:
        width = LETTER * len(text) + 0.01
        is_left = place + width > 1.0
        begin, end = (place - width, place) if is_left else (place, place + width)
        lane = next((number for number, reached in enumerate(taken) if reached <= begin), LANES - 1)
        taken[lane] = max(taken[lane], end)
        labels.append(Label(place, text, lane, is_left))
    return labels
