"""The tables [anomalies.SIGNAL] of the configuration: which detector judges a signal, and at which level."""

from collections.abc import Mapping
from typing import Any

from dashboard.anomaly.anomalies import Signal
from dashboard.anomaly.detectors import DEFAULTS, DETECTORS, Choice, Choices
from dashboard.config import parsers
from dashboard.config.parsers import Parser, Reader

# A row that the screen leaves out has a probability above this: see `dashboard.anomaly.prefilter`.
LEVEL_MAX = 0.01


def chosen(data: Mapping[str, Any], reader: Reader) -> Choices:
    """A choice for each signal, the default where nothing is said; what is wrong is noted with the reader."""
    tables = data.get("anomalies", {})
    if not isinstance(tables, dict):
        reader.problem("anomalies", "expected tables such as [anomalies.latency]")
        return DEFAULTS
    for name in tables:
        if name not in DEFAULTS:
            reader.problem(f"anomalies.{name}", f"is no signal with a detector{parsers.nearest(name, list(DEFAULTS))}")
    return {signal: _choice(signal, tables.get(str(signal), {}), reader) for signal in DEFAULTS}


def _choice(signal: Signal, table: Any, reader: Reader) -> Choice:
    default = DEFAULTS[signal]
    known: dict[str, Parser] = {"detector": lambda value: _detector(signal, value), "level": _level}
    row = reader.section(f"anomalies.{signal}", table, known)
    return Choice(row.get("detector", default.detector), row.get("level", default.level))


def _detector(signal: Signal, value: Any) -> str:
    if parsers.text(value) not in DETECTORS[signal]:
        raise ValueError(f"there is no such detector of {signal}: expected one of {', '.join(DETECTORS[signal])}")
    return parsers.text(value)


def _level(value: Any) -> float:
    level = parsers.number(value)
    if level > LEVEL_MAX:
        raise ValueError(f"expected a probability of at most {LEVEL_MAX}, such as 1e-4")
    return level
