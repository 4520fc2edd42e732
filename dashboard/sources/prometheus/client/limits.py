"""Limits of servers: how to recognise them, how to reduce a query, and which setting to raise.

The messages are in the source code of Prometheus (`promql/engine.go`, `web/api/v1/api.go`), Thanos
(`pkg/store/limiter.go`), and VictoriaMetrics, Cortex and Mimir (`pkg/util/validation`), which mostly name the setting.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Limit(StrEnum):
    """Quantities that a server limits."""

    RANGE = "range"
    POINTS = "points"
    # Samples that a query reads; and those that are in memory at once, regardless of the query's range.
    SAMPLES = "samples"
    SAMPLES_HELD = "samples held"
    SERIES = "series"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class LimitWords:
    """Words that identify a limit, and the setting of the server with this message, if it does not name it."""

    phrase: str
    limit: Limit
    setting: str = ""


# The first match is used, so more specific words come first.
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
# Too many concurrent queries: retry later.
CROWDED = "concurrent"
# A server flag, or a tenant limit, as written in messages.
_SETTING = re.compile(r"(?<![\w.-])(-{1,2}[a-z][\w.-]*(?:max|limit|timeout)[\w-]*|max_[a-z_]+)", re.IGNORECASE)


def limit_words(text: str) -> LimitWords | None:
    """The limit that a server's message is about; None if it is about something else."""
    lower = text.lower()
    if CROWDED in lower:
        return None
    return next((words for words in LIMITS if words.phrase in lower), None)


def setting_in(text: str) -> str:
    """The server setting named in a message; empty if there is none."""
    named = (match.group(1).rstrip("-.") for match in _SETTING.finditer(text))
    # Some messages name a family of flags: -search.max*
    return next((name for name in named if not name.endswith("max")), "")
