"""[anomalies.SIGNAL]: the detector and level of a signal."""

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.detectors import DEFAULTS, DETECTORS, DetectorSetting, DetectorSettings
from dashboard.toml import parsers
from dashboard.toml.reader import Parser, Reader, Values, nearest

# Rows that the prefilter skips have a probability above this: see `dashboard.anomaly.prefilter`.
LEVEL_MAX = 0.01
# No series is long enough for less; the quantiles of the tests are accurate down to here.
LEVEL_MIN = 1e-100


def read_detectors(data: Values, reader: Reader) -> DetectorSettings:
    """The detector and level of each signal, the default if nothing is written; problems are noted."""
    place, tables = reader.place.inside("anomalies"), data.get("anomalies", {})
    if not isinstance(tables, dict):
        reader.problem(place, "expected tables such as [anomalies.latency]")
        return DEFAULTS
    for name in tables:
        if name not in DEFAULTS:
            reader.problem(place.inside(name), f"is no signal with a detector{nearest(name, list(DEFAULTS))}")
    return {signal: _setting(signal, tables.get(str(signal), {}), reader) for signal in DEFAULTS}


def _setting(signal: Signal, table: object, reader: Reader) -> DetectorSetting:
    default, names = DEFAULTS[signal], DETECTORS[signal]
    detector = parsers.one_of(tuple(names), what=f"there is no such detector of {signal}: expected one of")
    # Text first: a number is not an unknown detector; it is not text at all.
    known: dict[str, Parser] = {"detector": lambda value: detector(parsers.text(value)), "level": _level}
    row = reader.table(reader.place.inside("anomalies", str(signal)), table, known)
    return DetectorSetting(row.get("detector", default.detector), row.get("level", default.level))


def _level(value: object) -> float:
    level = parsers.number(value)
    if not LEVEL_MIN <= level <= LEVEL_MAX:
        raise ValueError(f"expected a probability between {LEVEL_MIN} and {LEVEL_MAX}, such as 1e-4")
    return level
