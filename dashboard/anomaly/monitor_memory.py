"""Saves what a monitor has learned as arrays, so that another process need not read days of data again.

Besides the classes of this package, this is the only module that knows their internals.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.baseline import Baseline
from dashboard.anomaly.detectors import DetectorSettings
from dashboard.anomaly.history import DetectionHistory, RingBuffer
from dashboard.anomaly.intervals import BandRow, Interval, IntervalTracker
from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.anomaly.novelty_monitor import POINTS_MAX, NovelPoint, NoveltyMonitor
from dashboard.anomaly.observations import ResourceKey
from dashboard.anomaly.saturation.falls import Falls
from dashboard.anomaly.saturation.time_to_full import TimeToFull
from dashboard.anomaly.saturation_monitor import SaturationForecast, SaturationMonitor
from dashboard.anomaly.seasonal import Seasonal

Arrays = dict[str, np.ndarray]
# Names of attributes that are arrays, by class.
_SEASONAL = ("_season", "_level", "_today", "_variance", "_size", "_seen", "_at")
_BASELINE = ("_failed", "_requests", "_dispersion", "_varies", "_measured_s", "_far_for")
_INTERVALS = ("_recent", "_measured_at", "_cold_until", "_first_flag")
_SATURATION = ("_rows", "_below_at")


def saved(monitor: AnomalyMonitor) -> tuple[Arrays, dict[str, str]]:
    """Arrays by name, copied if the monitor changes them, and further facts as text."""
    baseline, saturation = monitor._baseline, monitor.saturation
    arrays = _copies("baseline", baseline, _BASELINE)
    arrays |= _copies("levels", baseline.levels, _SEASONAL)
    arrays |= _copies("saturation", saturation, _SATURATION)
    for name, tracker in (("tests", monitor._intervals), ("resources", saturation._intervals)):
        arrays |= _copies(name, tracker, _INTERVALS)
        arrays[f"{name} intervals"] = _interval_rows(tracker)
    history = monitor.history
    for name, buffer in (("minutes", history.by_minute), ("five minutes", history.by_five_minutes)):
        arrays |= {name: buffer.values, f"{name} end": np.array([buffer.end])}
    arrays |= _novelty(monitor.novelty) | {"forecasts": _forecasts(saturation)}
    arrays["moments"] = np.array([_or_nan(monitor._learned_until), saturation._end, saturation._turn], dtype=float)
    facts = {
        "services": json.dumps(monitor.services),
        "resources": json.dumps(saturation.resources),
        "series": json.dumps([[service, signal.value] for service, signal in monitor.novelty._series]),
        "settings": repr(monitor._settings),
    }
    return arrays, facts


def restored(
    settings: DetectorSettings, arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]
) -> AnomalyMonitor | None:
    """Restore a monitor from saved state; None if it used other tests.

    Args:
        settings: of the monitor. `arrays`, `facts`: as returned by `saved`.

    Raises:
        KeyError, ValueError: the data are invalid.
    """
    monitor = AnomalyMonitor(settings)
    if facts["settings"] != repr(settings):
        return None
    monitor.set_services(json.loads(facts["services"]))
    monitor.saturation.set_resources([(service, name) for service, name in json.loads(facts["resources"])])
    baseline, saturation = monitor._baseline, monitor.saturation
    _put("baseline", baseline, _BASELINE, arrays)
    _put("levels", baseline.levels, _SEASONAL, arrays)
    _put("saturation", saturation, _SATURATION, arrays)
    for name, tracker in (("tests", monitor._intervals), ("resources", saturation._intervals)):
        _put(name, tracker, _INTERVALS, arrays)
        _put_intervals(tracker, arrays[f"{name} intervals"])
    buffers = [
        RingBuffer(int(arrays[f"{name} end"][0]), before.step, arrays[name])
        for name, before in (
            ("minutes", monitor.history.by_minute),
            ("five minutes", monitor.history.by_five_minutes),
        )
    ]
    monitor.history = DetectionHistory(monitor.services, *buffers)
    _put_novelty(monitor.novelty, arrays, json.loads(facts["series"]))
    saturation.forecasts = _forecasts_of(arrays["forecasts"])
    learned, end, turn = arrays["moments"].tolist()
    monitor._learned_until = None if np.isnan(learned) else learned
    saturation._end, saturation._turn = int(end), int(turn)
    return monitor


Part = Baseline | Seasonal | IntervalTracker | object


def _copies(name: str, part: Part, attributes: Iterable[str]) -> Arrays:
    return {f"{name} {attribute}": getattr(part, attribute).copy() for attribute in attributes}


def _put(name: str, part: Part, attributes: Iterable[str], arrays: Mapping[str, np.ndarray]) -> None:
    """Set the arrays of a part; their shapes must be those of its current arrays.

    Args:
        name: under which they were saved. `part`: receives them. `attributes`: their names. `arrays`: the saved ones.

    Raises:
        ValueError: an array has another shape.
    """
    for attribute in attributes:
        array, now = arrays[f"{name} {attribute}"], getattr(part, attribute)
        if array.shape != now.shape:
            raise ValueError(f"{name} {attribute} was saved as {array.shape}, and is {now.shape} now")
        setattr(part, attribute, array)


def _interval_rows(tracker: IntervalTracker) -> np.ndarray:
    """One row for each interval, open ones first; shape (intervals, 12)."""
    rows = [
        (i.series, i.since, i.last, *i.newest, i.peak_at, *i.peak, i.p_value, _or_nan(i.until))
        for i in (*tracker.open.values(), *tracker.closed)
    ]
    return np.array(rows, dtype=float).reshape(-1, 12)


def _put_intervals(tracker: IntervalTracker, rows: np.ndarray) -> None:
    for series, since, last, *values, p_value, until in rows.tolist():
        newest, peak_at, peak = BandRow(*values[:3]), values[3], BandRow(*values[4:7])
        interval = Interval(int(series), since, last, newest, peak_at, peak, p_value)
        if np.isnan(until):
            tracker.open[interval.series] = interval
        else:
            interval.until = until
            tracker.closed.append(interval)


def _forecasts(saturation: SaturationMonitor) -> np.ndarray:
    """Forecasts as JSON, as bytes."""
    rows = []
    for key, forecast in saturation.forecasts.items():
        to_full = forecast.to_full
        numbers = [to_full.seconds, to_full.early, to_full.late, to_full.stretch]
        lines = [line.tolist() for line in (to_full.ahead, to_full.path, to_full.lower, to_full.upper)]
        falls = [forecast.falls.begin, forecast.falls.at, forecast.falls.levels]
        rows.append([*key, forecast.at, to_full.rule, numbers, lines, falls, forecast.is_held])
    return np.frombuffer(json.dumps(rows).encode(), dtype=np.uint8)


def _forecasts_of(text: np.ndarray) -> dict[ResourceKey, SaturationForecast]:
    forecasts = {}
    for service, name, at, rule, numbers, lines, (begin, *falls), is_held in json.loads(text.tobytes()):
        to_full = TimeToFull(rule, *numbers, *map(np.array, lines))
        forecasts[service, name] = SaturationForecast(at, to_full, Falls(begin, *map(tuple, falls)), is_held)
    return forecasts


def _novelty(novelty: NoveltyMonitor) -> Arrays:
    """The newest points of each series, shape (series, points, 2), preceded by NaN; and those that were novel."""
    points = np.full((len(novelty._series), POINTS_MAX, 2), np.nan)
    for place, series in enumerate(novelty._series.values()):
        values, waiting = series.scorer.values, np.array(series.waiting, dtype=float).reshape(-1, 2)
        # The times of scored points are no longer needed.
        scored = np.column_stack([np.full(len(values), -np.inf), values])
        every = np.concatenate([scored, waiting])[-POINTS_MAX:]
        points[place, POINTS_MAX - len(every) :] = every
    numbers = {name: number for number, name in enumerate(novelty._series)}
    novel = [(numbers[point.series], point.at, point.value) for point in novelty._novel if point.series in numbers]
    return {"points": points, "novel": np.array(novel, dtype=float).reshape(-1, 3)}


def _put_novelty(novelty: NoveltyMonitor, arrays: Mapping[str, np.ndarray], names: Sequence[Sequence[str]]) -> None:
    """Queue all points for scoring again, which restores the known shapes."""
    series = [(service, Signal(signal)) for service, signal in names]
    for name, points in zip(series, arrays["points"], strict=True):
        if name in novelty._series:
            known = points[~np.isnan(points[:, 0])]
            novelty._series[name].waiting.extend((at, value) for at, value in known.tolist())
    novelty._novel = [NovelPoint(series[int(number)], at, value) for number, at, value in arrays["novel"].tolist()]


def _or_nan(moment: float | None) -> float:
    return np.nan if moment is None else moment
