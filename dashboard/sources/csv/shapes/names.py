"""The columns of a file by our names, and what numbers in them mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from dashboard.outcomes import Vocabulary
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.shapes.resources import PER_CENT, is_free, is_resource, says_share, share_name
from dashboard.sources.csv.values.quantities import SECONDS, Unit
from dashboard.sources.csv.values.time_texts import ABBREVIATIONS, SHARED

TIMES = ("time", "timestamp", "ts", "date", "datetime", "@timestamp")
# Columns that say something about a row, and do not tell it apart from another.
COMMENTS = ("unit", "units", "comment", "note", "notes", "description", *TIMES)
QUANTILES = {"p50": "0.5", "p95": "0.95", "p99": "0.99"}
# Endings of the names of durations → factor that turns them into seconds.
UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
LATENCIES = dict.fromkeys(QUANTILES, 1.0) | {
    f"{name}_{unit}": factor for name in QUANTILES for unit, factor in UNITS.items()
}
# The name of the column of services where the file has none; no header of a file can hold it.
CONSTANT = "\0service"
STATUSES = ("status", "code", "status_code", "ok", "grpc_code", "exit_code")
# Column → factor that turns it into seconds.
DURATIONS = {"duration": 1.0} | {
    f"{name}_{unit}": factor
    for unit, factor in UNITS.items()
    for name in ("duration", "latency", "response_time", "request_time", "elapsed", "time_taken")
}
# The same units as people write them behind a name, in brackets or after a blank.
_SPELLINGS = {
    "seconds": "s", "sec": "s", "secs": "s", "milliseconds": "ms", "millis": "ms", "msec": "ms", "microseconds": "us",
    "micros": "us", "µs": "us", "μs": "us", "nanoseconds": "ns", "nanos": "ns",
}  # fmt: skip
LABELS = ("route", "path", "host", "instance", "method", "version", "region", "code", "status", "label")
# Names of columns that tell rows apart, also where they hold numbers.
LABEL = re.compile(
    "(?:^|[ _.-])(?:pod|instance|host|hostname|node|zone|az|region|shard|partition|replica|container|server|rack|cell"
    "|cluster|dc|data.?cent(?:er|re)|colo|site|stage|tier|group|stack|role|team|channel|cell|slice|version|port|pid|id|ip|address|name|route|path|endpoint|method|device|tenant|customer|env|environment)$",
    re.IGNORECASE,
)
# No count and no gauge is above this: whoever wrote it meant something else.
MAX_VALUE = 1e15


# Names with a unit in brackets, which of counts says nothing more; and with a zone behind.
IN_BRACKETS = re.compile(r"(?P<name>.*?)\s*[(\[]\s*(?P<unit>.*?)\s*[)\]]")
COUNT_UNITS = ("count", "counts", "number", "total number", "#", "n", "no.", "anzahl")
UNIVERSAL = ("UTC", "GMT", "Z", "ZULU")
HEADER_ZONE = re.compile(
    r"(?P<name>.*?)(?:[\s_.-]+|\s*[(\[]\s*)(?P<zone>(?i:UTC|GMT|Zulu)|[A-Z][A-Za-z]+/[A-Za-z_/+-]+)\s*[)\]]?"
)
HEADER_ABBREVIATION = re.compile(r"(?P<name>.*?)\s*[(\[]\s*(?P<zone>[A-Z]{2,5})\s*[)\]]")


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The columns of a file that has a time.

    Attributes:
        time, service: their names in the file; empty if no column tells the service.
        names: our name, in lower case → the file's, of all columns.
        duration_scale: turns durations into seconds; None: the name of their column tells it.
        starts: times are those of the beginning of a request or interval; else of its end.
        without_duration: what is said of requests that tell no duration.
        stated: our names that the configuration, or the format of a tool, gives to columns. `is_of_tool`: one wrote it.
        signals: what the configuration names that is no column → our name: of tables whose rows have signals.
        vocabulary: what words of outcomes mean.
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
        """The columns by our names; None if a time is missing.

        Args:
            names: of the file's columns. `reading`: what is known of them.
        """
        mapping = {ours: theirs for ours, theirs in reading.columns.items() if theirs in names}
        # A column that the operator calls otherwise is that, and not what its own name says.
        columns = {our_name(name): name for name in names if name not in mapping.values()} | dict(mapping)
        if reading.service:
            # What the configuration says decides before what a column does, which still tells rows apart.
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
        """The columns that every shape has; `date` where times of the day may stand beside it."""
        has_date = "date" in self.names and self.time == self.names.get("time") and not self.is_of_tool
        date = {"date": self.names["date"]} if has_date else {}
        return {"time": self.time, "service": self.service} | date


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a number is: its measure and detail, and the factor that turns it into the unit of the measure."""

    measure: str
    detail: str
    factor: float = 1.0

    def in_unit(self, values: np.ndarray, units: np.ndarray) -> np.ndarray:
        """Numbers in the unit of the measure; a unit that is written goes before that of the name.

        Args:
            values: as they are written, durations with a unit in seconds. `units`: the `Unit` behind each.
        """
        if not units.any():
            return values if self.factor == 1.0 else values * self.factor
        factors = np.full(len(values), self.factor)
        factors[units == Unit.PER_CENT] = 0.01
        factors[(units == Unit.SECONDS) | (units == Unit.BYTES)] = 1.0
        in_unit: np.ndarray = values * factors
        return in_unit

    def may_have_shares(self, units: np.ndarray) -> bool:
        """Whether some numbers may be of another gauge, that of shares; `units`: the `Unit` behind each."""
        is_split = self.measure == "gauge" and is_resource(self.detail) and share_name(self.detail) != self.detail
        return is_split and (says_share(self.detail) or bool(units.any()))

    def parts(self, values: np.ndarray, units: np.ndarray) -> list[tuple[Self, np.ndarray]]:
        """What numbers are of, and the numbers of each in their unit: of a gauge shares apart from all other numbers.

        Args:
            values: as they are written, durations with a unit in seconds. `units`: the `Unit` behind each.
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
# Counts of requests that went well; and of all of them, beside those.
GOODS = ("good", "success", "successes", "successful", "succeeded", "ok", "passed", "good_requests",
         "successful_requests", "good_count", "success_count", "ok_count")  # fmt: skip
TOTALS = ("total", "total_requests", "requests_total", "all_requests")
# Names that are read, however they are spelled.
KNOWN = frozenset(
    (*TIMES, *STATUSES, *DURATIONS, *LATENCIES, *FIXED, *GOODS, *TOTALS, "service", "signal", "value")
)  # fmt: skip


def meaning_of(name: str, duration_scale: float | None = None) -> Meaning:
    """What the numbers of a wide column or of a tidy signal are; all that is unknown is a gauge.

    Args:
        name: of the column. `duration_scale`: turns latencies into seconds; None: the name tells it.
    """
    if name in FIXED:
        return FIXED[name]
    if name in LATENCIES:
        quantile, _, unit = name.partition("_")
        stated = None if unit else duration_scale
        return Meaning("quantile", QUANTILES[quantile], LATENCIES[name] if stated is None else stated)
    return Meaning("gauge", name, 0.01 if PER_CENT.search(name) else 1.0)


def our_name(name: str) -> str:
    """The name of a column in lower case; of one that is known, without blanks and brackets around its unit."""
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
    """The IANA name of the zone that a column of times has in its name, as `Time (UTC)`; empty without any."""
    zoned = HEADER_ZONE.fullmatch(name)
    if zoned is None:
        return ""
    return "UTC" if zoned["zone"].upper() in UNIVERSAL else zoned["zone"]


def header_abbreviation(name: str) -> str:
    """The abbreviation of a zone that a column of times has in its name, as `Time (CET)`; empty without any."""
    zoned = HEADER_ABBREVIATION.fullmatch(name)
    is_known = zoned is not None and (zoned["zone"] in ABBREVIATIONS or zoned["zone"] in SHARED)
    return zoned["zone"] if zoned is not None and is_known else ""


def is_label(name: str) -> bool:
    """A column of this name tells rows apart, whatever it holds."""
    return bool(LABEL.search(name))
