"""All services watched: rows in, what is unusual out. Every row is tested by what was usual before it.

Rows come by five minutes while the past is studied, and by the minute once the present is reached. What lies outside
its band is controlled for the number of tests of a row (`discovery`) and becomes an interval by `intervals`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from dashboard.anomaly.anomalies import Anomaly, Direction, Layer, Signal
from dashboard.anomaly.baseline import Baseline, Expected
from dashboard.anomaly.detectors import DEFAULTS, DETECTORS, Choices
from dashboard.anomaly.false_discovery import rejected
from dashboard.anomaly.history import NOTHING
from dashboard.anomaly.intervals import Intervals, Stretch
from dashboard.anomaly.novelty_monitor import LASTS, Hint, Hints
from dashboard.anomaly.observations import WINDOW, Lens, Observed
from dashboard.anomaly.prefilter import far, measured
from dashboard.anomaly.results import Tested
from dashboard.anomaly.saturation_monitor import Forecast, Levels
from dashboard.timerange import DAY, HOUR, Grid

MINUTE = 60
# So much of the past is studied at the start: a week, so that every hour of the day was seen often, and a day more.
PAST = 8 * DAY
# The past is asked for in parts of a day or of so many values, each with the hour before it for its longest windows.
PART, LEAD, VALUES = DAY, HOUR, 500_000
# At most this share of what is flagged in a row may be flagged by chance.
FALSE_SHARE = 0.01
# What ended is told for so long.
MEMORY = 8.0 * DAY
SIGNALS = (Signal.LATENCY, Signal.TRAFFIC, Signal.ERRORS)
# A drop and a spike of traffic are two tests.
TESTS = (
    (Signal.LATENCY, Direction.HIGH),
    (Signal.TRAFFIC, Direction.LOW),
    (Signal.TRAFFIC, Direction.HIGH),
    (Signal.ERRORS, Direction.HIGH),
)


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """Requests per second that are usual in the next day: every quarter of an hour from `start` (epoch seconds).

    Attributes:
        values: shape (97, services), NaN for services that were not seen for a day.
    """

    STEP: ClassVar[int] = 900

    services: tuple[str, ...]
    start: float
    values: np.ndarray

    def of(self, service: str) -> np.ndarray | None:
        """Those of one service; None where nothing is expected."""
        values = self.values[:, self.services.index(service)] if service in self.services else np.array([np.nan])
        return None if np.isnan(values).any() else np.maximum(values, 0.0)

    def requests(self, service: str) -> float | None:
        """Requests expected in the whole day."""
        values = self.of(service)
        return None if values is None else float(np.trapezoid(values, dx=self.STEP))


class Watch:
    """Learns what is usual of some services, and tells what is not.

    Args:
        choices: the detector of each signal, and its level.
    """

    def __init__(self, choices: Choices = DEFAULTS) -> None:
        self._choices = choices
        self.services: tuple[str, ...] = ()
        self._baseline = Baseline(())
        self._lens: Lens | None = None
        self._until: float | None = None
        self._intervals = Intervals(0, level=self._levels, memory_s=MEMORY)
        self.records = NOTHING
        self.levels = Levels(memory_s=MEMORY)
        self.hints = Hints()

    def follow(self, services: Sequence[str]) -> None:
        """Watch these from now on; what is known of those that stay is kept."""
        if tuple(services) == self.services:
            return
        held, many = {name: place for place, name in enumerate(self.services)}, len(self.services)
        of_tests = [test * many + held[name] if name in held else -1 for test in range(len(TESTS)) for name in services]
        self.services, self._lens = tuple(services), None
        self._baseline.keep(services)
        self.hints.follow(services)
        self.levels.follow([one for one in self.levels.resources if one[0] in set(services)])
        self.records = self.records.keep(services)
        self._intervals = self._intervals.keep(of_tests, level=self._levels)

    @property
    def learned(self) -> Mapping[str, bool]:
        """Which services were seen for long enough to be judged."""
        return dict(zip(self.services, self._baseline.learned.tolist(), strict=True))

    def missing(self, now: float, *, columns: int = 1) -> Grid | None:
        """The next part of the past to study, before the present can be watched; None where there is none.

        Args:
            columns: of a samples frame, so that the part is no larger than memory and the source like.
        """
        end = (now - LEAD) // WINDOW * WINDOW
        begun = end - PAST if self._until is None else max(self._until, end - PAST)
        if not self.services or end - begun < WINDOW:
            return None
        part = min(max(VALUES // max(columns, 1) * WINDOW, HOUR), PART)
        return Grid.between(begun - LEAD, min(begun + part, end), step=WINDOW)

    def study(self, samples: pd.DataFrame, grid: Grid) -> None:
        """Learn a part of the past, as `missing` asked for it: samples of all services on that grid."""
        ends = np.arange(grid.start + LEAD, grid.end + 1, WINDOW, dtype=float)
        self._look(samples, grid.step, ends, spacing=float(WINDOW))

    def look(self, samples: pd.DataFrame, step: int, now: float) -> None:
        """Test the minutes that are new in the live window; nothing while a part of the past is still missing."""
        if self._until is None or self.missing(now) is not None or samples.empty:
            return
        last = min(now, samples.index[-1].timestamp()) // MINUTE * MINUTE
        ends = np.arange(self._until + MINUTE, last + 1, MINUTE)
        if len(ends):
            self._look(samples, step, ends, spacing=float(MINUTE))

    def anomalies(self) -> dict[str, tuple[Anomaly, ...]]:
        """Intervals by service: those that last first, then those that ended lately."""
        made: dict[str, tuple[Anomaly, ...]] = {}
        hints = self.hints.lately(self._until or 0.0)
        for one in (*map(self._told, self._intervals), *map(self._full, self.levels), *map(self._hinted, hints)):
            made[one.service] = (*made.get(one.service, ()), one)
        return made

    def forecasts(self) -> dict[str, dict[str, Forecast]]:
        """When resources will be full: service → resource → forecast, those that fill up only."""
        made: dict[str, dict[str, Forecast]] = {}
        for (service, resource), one in self.levels.forecasts.items():
            if one.full_at is not None:
                made.setdefault(service, {})[resource] = one
        return made

    def traffic_ahead(self) -> Ahead | None:
        """Requests per second that are usual in the next day; None before any row."""
        if self._until is None:
            return None
        moments = self._until + np.arange(0, DAY + 1, Ahead.STEP, dtype=float)
        level, _ = self._baseline.traffic.forecast(moments)
        known = np.where(self._baseline.learned, np.expm1(level) / WINDOW, np.nan)
        return Ahead(self.services, self._until, known)

    def _look(self, samples: pd.DataFrame, step: int, ends: np.ndarray, *, spacing: float) -> None:
        """Learn and test rows, in the order of time."""
        if self._lens is None or not self._lens.fits(samples.columns, self.services):
            self._lens = Lens(samples.columns, self.services)
        seen = self._lens.observed(samples, step, ends)
        self._levels_of(seen, samples, step, spacing=spacing)
        self._shapes_of(seen)
        expected = self._baseline.walk(seen)
        p, rows = _side_by_side({signal: self._tested(signal, seen, expected) for signal in SIGNALS})
        levels = self._levels
        for place, end in enumerate(ends.tolist()):
            outside = p[place] < levels
            flagged = outside & rejected(p[place], FALSE_SHARE)
            self._intervals.update(end, p[place], flagged, rows[place], spacing=spacing)
        self.records = self.records.put(seen, expected)
        self._until = float(ends[-1])

    def _levels_of(self, seen: Observed, samples: pd.DataFrame, step: int, *, spacing: float) -> None:
        """Resources: the past is kept, the newest moment is judged and forecast."""
        assert self._lens is not None, "what was observed was seen through it"
        self.levels.follow(seen.resources)
        live = step < WINDOW
        self.levels.put(seen.ends[:-1] if live else seen.ends, seen.used[:-1] if live else seen.used, spacing=spacing)
        if live:
            end = float(seen.ends[-1])
            self.levels.look(end, seen.used[-1], self._lens.minutes(samples, step, end), spacing=spacing)

    def _shapes_of(self, seen: Observed) -> None:
        """Rows of five minutes for the second layer."""
        whole = seen.ends % WINDOW == 0
        for signal, values in ((Signal.LATENCY, seen.latency), (Signal.TRAFFIC, seen.requests[0] / WINDOW)):
            self.hints.put(seen.ends[whole], self.services, signal, values[whole])

    def _tested(self, signal: Signal, seen: Observed, expected: Expected) -> Tested:
        """The rows that may be unusual are tested; the others are known not to be, without value and band."""
        choice = self._choices[signal]
        rows = far(signal, seen, expected, choice.detector)
        some = DETECTORS[signal][choice.detector](seen.chosen(rows), expected.chosen(rows), choice.level)
        usual = np.where(measured(signal, seen) & expected.learned, 1.0, np.nan)
        return some.among(rows, usual)

    @property
    def _levels(self) -> np.ndarray:
        """The level of each test of each service."""
        return np.repeat([self._choices[signal].level for signal, _ in TESTS], len(self.services))

    def _full(self, stretch: Stretch) -> Anomaly:
        """A resource near its limit, or soon at it."""
        service, resource = self.levels.resources[stretch.place]
        value, _, limit = stretch.newest
        return Anomaly(
            service=service,
            signal=Signal.SATURATION,
            direction=Direction.HIGH,
            since=stretch.since,
            until=stretch.until,
            peak_at=stretch.peak_at,
            peak=max(stretch.peak[0], value),
            value=value,
            expected=(None, limit),
            p_value=None,
            detail=resource,
        )

    def _hinted(self, hint: Hint) -> Anomaly:
        """A shape that was never seen before: told for half an hour."""
        service, signal = hint.series
        over = hint.at + LASTS
        return Anomaly(
            service=service,
            signal=signal,
            direction=Direction.HIGH,
            since=hint.at - WINDOW,
            until=None if over > (self._until or 0.0) else over,
            peak_at=hint.at,
            peak=hint.value,
            value=hint.value,
            expected=(None, None),
            p_value=None,
            layer=Layer.NOVELTY,
        )

    def _told(self, stretch: Stretch) -> Anomaly:
        test, service = divmod(stretch.place, len(self.services))
        signal, direction = TESTS[test]
        value, low, high = stretch.newest
        return Anomaly(
            service=self.services[service],
            signal=signal,
            direction=direction,
            since=stretch.since,
            until=stretch.until,
            peak_at=stretch.peak_at,
            peak=stretch.peak[0],
            value=value,
            expected=(_known(low), _known(high)),
            p_value=stretch.p_value,
        )


def _side_by_side(tested: Mapping[Signal, Tested]) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and values with their bands, of all tests: shape (ends, tests × services) and with 3 more."""
    p, rows = [], []
    for signal, direction in TESTS:
        one = tested[signal]
        p.append(one.p_low if direction is Direction.LOW else one.p_high)
        rows.append(np.stack([one.value, one.low, one.high], axis=-1))
    return np.concatenate(p, axis=1), np.concatenate(rows, axis=1)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
