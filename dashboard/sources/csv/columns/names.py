"""The columns of a file by our names, and the meaning of their numbers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.columns.resources import PER_CENT, is_free, is_resource, says_share, share_name
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.values.quantities import SECONDS, Unit
from dashboard.sources.csv.values.time_texts import ABBREVIATIONS, SHARED

TIMES = ("time", "timestamp", "ts", "date", "datetime", "@timestamp")
# Columns that comment on a row without distinguishing it from others.
COMMENTS = ("unit", "units", "comment", "note", "notes", "description", *TIMES)
QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}
# Suffixes of names of durations → factor to seconds.
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
LATENCIES = dict.fromkeys(QUANTILES, 1.0) | {
    f"{name}_{unit}": factor for name in QUANTILES for unit, factor in UNITS.items()
}
# Name of the service column in files without one; no header can contain it.
CONSTANT = "\0service"
STATUSES = ("status", "code", "status_code", "ok", "grpc_code", "exit_code")
# Column → factor to seconds.
DURATIONS = {"duration": 1.0} | {
    f"{name}_{unit}": factor
    for unit, factor in UNITS.items()
    for name in ("duration", "latency", "response_time", "request_time", "elapsed", "time_taken")
}
# Spellings of the same units after a name, in brackets or after a blank.
_SPELLINGS = {
    "seconds": "s", "sec": "s", "secs": "s", "milliseconds": "ms", "millis": "ms", "msec": "ms", "microseconds": "us",
    "micros": "us", "µs": "us", "μs": "us", "nanoseconds": "ns", "nanos": "ns",
}  # fmt: skip
LABELS = ("route", "path", "host", "instance", "method", "version", "region", "code", "status", "label")
# Names of columns that distinguish rows, even if they contain numbers.
LABEL = re.compile(
    "(?:^|[ _.-])(?:pod|instance|host|hostname|node|zone|az|region|shard|partition|replica|container|server|rack|cell"
    "|cluster|dc|data.?cent(?:er|re)|colo|site|stage|tier|group|stack|role|team|channel|cell|slice|version|port|pid|id|ip|address|name|route|path|endpoint|method|device|tenant|customer|env|environment)$",
    re.IGNORECASE,
)
# Maximum of counts and gauges: larger numbers are errors.
MAX_VALUE = 1e15


# Names with a unit in brackets, which is redundant for counts; times may have a zone there.
IN_BRACKETS = re.compile(r"(?P<name>.*?)\s*[(\[]\s*(?P<unit>.*?)\s*[)\]]")
COUNT_UNITS = ("count", "counts", "number", "total number", "#", "n", "no.", "anzahl")
UNIVERSAL = ("UTC", "GMT", "Z", "ZULU")
HEADER_ZONE = re.compile(
    r"(?P<name>.*?)(?:[\s_.-]+|\s*[(\[]\s*)(?P<zone>(?i:UTC|GMT|Zulu)|[A-Z][A-Za-z]+/[A-Za-z_/+-]+)\s*[)\]]?"
)
HEADER_ABBREVIATION = re.compile(r"(?P<name>.*?)\s*[(\[]\s*(?P<zone>[A-Z]{2,5})\s*[)\]]")


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The columns of a file with times.

    Attributes:
        time, service: their names in the file; empty without a service column.
        names: our name, in lower case → the file's name, for all columns.
        duration_scale: factor of durations to seconds; None: from the column's name.
        starts: times are the start of a request or interval; False: its end.
        without_duration: the note for requests without a duration.
        stated: our names set by the configuration or the format of a tool. `is_of_tool`: a tool wrote the file.
            `signals`: names in the configuration that are not columns → our name, for tables with signals in rows.
        vocabulary: the words for outcomes.
    """

    time: str
    service: str
    names: Mapping[str, str]
    duration_scale: float | None = None
    starts: bool = False
    without_duration: str = ""
    stated: frozenset[str] = frozenset()
    is_of_tool: bool = False
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    signals: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, names: Sequence[str], reading: Reading) -> Self | None:
        """The columns by our names; None without a time.

        Args:
            names: of the file's columns. `reading`: the settings.
        """
        mapping = {ours: theirs for ours, theirs in reading.columns.items() if theirs in names}
        # A column that the configuration maps is not used under its own name.
        columns = {our_name(name): name for name in names if name not in mapping.values()} | dict(mapping)
        if reading.service:
            # A configured service takes precedence over the column, which still distinguishes rows.
            if "service" in columns:
                columns.setdefault("service.name", columns["service"])
            columns["service"] = CONSTANT
        elif reading.called:
            columns.setdefault("service", CONSTANT)
        time = next((columns[name] for name in TIMES if name in columns), None)
        if time is None:
            return None
        scale = SECONDS[reading.duration] if reading.duration else None
        return cls(
            time,
            columns.get("service", ""),
            columns,
            scale,
            reading.stamp == "start",
            reading.without_duration,
            frozenset(mapping),
            reading.is_of_tool,
            reading.vocabulary,
            {theirs: ours for ours, theirs in reading.columns.items() if theirs not in names},
        )

    @property
    def base(self) -> dict[str, str]:
        """The columns of every shape; including `date` if times of day may be next to it."""
        has_date = "date" in self.names and self.time == self.names.get("time") and not self.is_of_tool
        date = {"date": self.names["date"]} if has_date else {}
        return {"time": self.time, "service": self.service} | date


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a number: its measure and detail, and the factor to the unit of the measure."""

    measure: str
    detail: str
    factor: float = 1.0

    def in_unit(self, values: np.ndarray, units: np.ndarray) -> np.ndarray:
        """Numbers in the unit of the measure; a written unit takes precedence over that of the name.

        Args:
            values: as written, durations with a unit in seconds. `units`: the `Unit` after each.
        """
        if not units.any():
            return values if self.factor == 1.0 else values * self.factor
        factors = np.full(len(values), self.factor)
        factors[units == Unit.PER_CENT] = 0.01
        factors[(units == Unit.SECONDS) | (units == Unit.BYTES)] = 1.0
        in_unit: np.ndarray = values * factors
        return in_unit

    def may_have_shares(self, units: np.ndarray) -> bool:
        """Whether some numbers may belong to another gauge, that of shares; `units`: the `Unit` after each."""
        is_split = self.measure == "gauge" and is_resource(self.detail) and share_name(self.detail) != self.detail
        return is_split and (says_share(self.detail) or bool(units.any()))

    def parts(self, values: np.ndarray, units: np.ndarray) -> list[tuple[Self, np.ndarray]]:
        """The numbers in their unit by meaning: for a gauge, shares are separated from other numbers.

        Args:
            values: as written, durations with a unit in seconds. `units`: the `Unit` after each.
        """
        in_unit = self.in_unit(values, units)
        if not self.may_have_shares(units):
            return [(self, in_unit)]
        shares = replace(self, detail=share_name(self.detail))
        is_share = (units == Unit.PER_CENT) | says_share(self.detail)
        if is_free(self.detail):
            is_share &= (in_unit >= 0) & (in_unit <= 1)
        if not is_share.any():
            return [(self, in_unit)]
        of_shares = (shares, np.where(is_share, 1 - in_unit if is_free(self.detail) else in_unit, np.nan))
        return [of_shares, (self, np.where(is_share, np.nan, in_unit))][: 1 if is_share.all() else 2]


FIXED = {
    "requests": Meaning("requests", ""),
    "errors": Meaning("errors", "server"),
    "client_errors": Meaning("errors", "client"),
}
# Names of counts of good requests; and of the total next to them.
GOODS = ("good", "success", "successes", "successful", "succeeded", "ok", "passed", "good_requests",
         "successful_requests", "good_count", "success_count", "ok_count")  # fmt: skip
TOTALS = ("total", "total_requests", "requests_total", "all_requests")
# Known names, in any spelling.
KNOWN = frozenset(
    (*TIMES, *STATUSES, *DURATIONS, *LATENCIES, *FIXED, *GOODS, *TOTALS, "service", "signal", "value")
)  # fmt: skip


def meaning_of(name: str, duration_scale: float | None = None) -> Meaning:
    """The meaning of the numbers of a wide column or a tidy signal; unknown ones are gauges.

    Args:
        name: of the column. `duration_scale`: factor of latencies to seconds; None: from the name.
    """
    if name in FIXED:
        return FIXED[name]
    if name in LATENCIES:
        quantile, _, unit = name.partition("_")
        stated = None if unit else duration_scale
        return Meaning("quantile", QUANTILES[quantile], LATENCIES[name] if stated is None else stated)
    return Meaning("gauge", name, 0.01 if PER_CENT.search(name) else 1.0)


def our_name(name: str) -> str:
    """The name of a column in lower case; for known names, without blanks and brackets around the unit."""
    lower = name.lower()
    stated = IN_BRACKETS.fullmatch(lower)
    if stated is not None and (stated["name"] in FIXED and stated["unit"] in COUNT_UNITS):
        return stated["name"]
    zoned = HEADER_ZONE.fullmatch(name) or HEADER_ABBREVIATION.fullmatch(name)
    if zoned is not None and zoned["name"].lower() in TIMES and (header_zone(name) or header_abbreviation(name)):
        return zoned["name"].lower()
    words = re.sub(r"[\s_()\[\]]+", " ", lower).split()
    plain = "_".join([*words[:-1], _SPELLINGS.get(words[-1], words[-1])]) if words else lower
    return plain if plain in KNOWN else lower


def header_zone(name: str) -> str:
    """The IANA name of the zone in the name of a time column, as in `Time (UTC)`; empty without one."""
    zoned = HEADER_ZONE.fullmatch(name)
    if zoned is None:
        return ""
    return "UTC" if zoned["zone"].upper() in UNIVERSAL else zoned["zone"]


def header_abbreviation(name: str) -> str:
    """The abbreviation of a zone in the name of a time column, as in `Time (CET)`; empty without one."""
    zoned = HEADER_ABBREVIATION.fullmatch(name)
    is_known = zoned is not None and (zoned["zone"] in ABBREVIATIONS or zoned["zone"] in SHARED)
    return zoned["zone"] if zoned is not None and is_known else ""


def is_label(name: str) -> bool:
    """Whether a column of this name distinguishes rows, whatever its content."""
    return bool(LABEL.search(name))
