"""Limits of servers: how to recognise them, how to make a query smaller, and which setting allows more.

Their words stand in the sources of Prometheus (`promql/engine.go`, `web/api/v1/api.go`), of Thanos
(`pkg/store/limiter.go`), and of VictoriaMetrics, Cortex and Mimir (`pkg/util/validation`), which mostly name it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Limit(StrEnum):
    """What a server limits."""

    RANGE = "range"
    POINTS = "points"
    # Those that are read; and those that are held at once, however short the time that they are of.
    SAMPLES = "samples"
    SAMPLES_HELD = "samples held"
    SERIES = "series"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class LimitWords:
    """Words that name a limit; the setting is that of the server which uses them, where it does not name it itself."""

    phrase: str
    limit: Limit
    setting: str = ""


# The first that fits counts, so that the more exact words come first.
LIMITS = (
    LimitWords("too long query", Limit.TEXT, "-search.maxQueryLen"),
    LimitWords("maximum resolution", Limit.POINTS),
    LimitWords("too many points", Limit.POINTS, "-search.maxPointsPerTimeseries"),
    LimitWords("time range exceeds the limit", Limit.RANGE, "max_query_length"),
    LimitWords("query processing would load", Limit.SAMPLES_HELD, "--query.max-samples"),
    LimitWords("exceeded sample limit", Limit.SAMPLES, "--storage.remote.read-sample-limit"),
    LimitWords("exceeded samples limit", Limit.SAMPLES, "--store.limits.request-samples"),
    LimitWords("exceeded chunks limit", Limit.SAMPLES, "--store.limits.request-samples"),
    LimitWords("exceeded series limit", Limit.SERIES, "--store.limits.request-series"),
    LimitWords("-search.maxuniquetimeseries", Limit.SERIES),
    LimitWords("number of matching timeseries exceeds", Limit.SERIES, "-search.maxUniqueTimeseries"),
    LimitWords("maximum number of series", Limit.SERIES, "max_fetched_series_per_query"),
    LimitWords("max number of series", Limit.SERIES, "max_fetched_series_per_query"),
    LimitWords("number of chunks", Limit.SAMPLES, "max_fetched_chunks_per_query"),
    LimitWords("chunks size limit", Limit.SAMPLES, "max_fetched_chunk_bytes_per_query"),
    LimitWords("-search.max", Limit.SAMPLES),
    LimitWords("exceeded the maximum number", Limit.SAMPLES),
    LimitWords("exceeds the limit", Limit.SAMPLES),
    LimitWords("hit the max number", Limit.SAMPLES),
)
# This many queries at once are too many: later there is room.
CROWDED = "concurrent"
# A flag of the server, or a limit of a tenant, as messages write them.
_SETTING = re.compile(r"(?<![\w.-])(-{1,2}[a-z][\w.-]*(?:max|limit|timeout)[\w-]*|max_[a-z_]+)", re.IGNORECASE)


def limit_words(text: str) -> LimitWords | None:
    """What a server's message says about its limits; None if it is about something else."""
    lower = text.lower()
    if CROWDED in lower:
        return None
    return next((words for words in LIMITS if words.phrase in lower), None)


def setting_in(text: str) -> str:
    """The server's setting that a message names; empty if it names none."""
    named = (match.group(1).rstrip("-.") for match in _SETTING.finditer(text))
    # Some name a whole family of flags: -search.max*
    return next((name for name in named if not name.endswith("max")), "")
