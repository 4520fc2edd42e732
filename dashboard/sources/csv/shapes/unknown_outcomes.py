"""Detects columns and signals that probably count requests, although nothing confirms this.

Ignoring a counter of failures would show a failing service as healthy, so the user is asked about it.
"""

import json
import re
from typing import Final

# Names of counts of failed requests; and of shares, times or client errors.
_FAILURES: Final = re.compile(
    r"(?:^|[\W_])(?:fail|err(?:or)?s?(?:$|[\W_])|error|exception|time.?outs?(?:$|[\W_])|(?:bad|dropped|aborted|lost|unanswered|unhandled|fatals?|crash(?:es|ed)?|panics?|nok|5\d\d)(?:$|[\W_])|ko(?:$|[\W_]))|5\d?xx|errors?$|fail(?:ed|ures?)$",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(
    r"rate|ratio|per_?cent|pct|%|share|budget|latency|duration|_(?:ms|us|ns|s|seconds)$|message|text|client|4\d?xx"
    r"|reject|denied|throttl",
    re.IGNORECASE,
)
_GOODS: Final = re.compile(
    r"(?:^|[\W_])(?:good|success(?:es|ful)?|succeeded|ok|passed)(?:$|[\W_])|2\d?xx", re.IGNORECASE
)
_REQUESTS: Final = frozenset({
    "traffic", "throughput", "hits", "calls", "rps", "qps", "tps", "request_count", "requests_total", "total_requests",
})  # fmt: skip
_LATENCIES: Final = frozenset({"latency", "duration", "response_time", "latency_ms", "duration_ms", "response_time_ms"})


def counts_failures(name: str) -> bool:
    """Whether a column of this name counts failed requests, judging by its name."""
    return bool(_FAILURES.search(name)) and not _OTHER.search(name)


def asked_about(signal: str) -> str:
    """The message for rows of a tidy signal that may be one of the four signals; empty for others.

    Args:
        signal: as written, with an unknown name.
    """
    # A cell may contain line ends, a message must not.
    name, shown = json.dumps(signal, ensure_ascii=not signal.isprintable()), " ".join(signal.split())
    other = f"or columns = {{ label = {name} }} where it is something else"
    if counts_failures(signal):
        said = "seems to count requests that failed"
        return f"{shown} {said}: write columns = {{ errors = {name} }} under [source] where it does, {other}"
    if _GOODS.search(signal) and not _OTHER.search(signal):
        said = "seems to count requests that went well, which does not tell what failed: write rows of errors beside it"
        return f"{shown} {said}, and columns = {{ label = {name} }} under [source]"
    if signal.lower() in _REQUESTS:
        said = f"may be requests of each interval: write columns = {{ requests = {name} }} under [source] where it is"
        return f"{shown} {said}, {other}; a rate per second is no count"
    if signal.lower() in _LATENCIES:
        ms = "_ms" if signal.lower().endswith("_ms") else ""
        unit = "milliseconds" if ms else "seconds (p95_ms of milliseconds)"
        said = f"does not tell which quantile it is: write columns = {{ p95{ms} = {name} }} under [source]"
        return f"{shown} {said} where it is the 95th in {unit}, {other}"
    return ""


def asked_alone(signal: str) -> bool:
    """Whether failures remain unknown until the meaning of a signal of this name is known."""
    return counts_failures(signal) or bool(_GOODS.search(signal) and not _OTHER.search(signal))


def more_failures(name: str, count: float, errors: float) -> str:
    """Why a row of a wide table is rejected if a column counts more failures than the errors.

    Args:
        name: of the column. `count`: its number. `errors`: the number of known errors.
    """
    quoted, shown = json.dumps(name, ensure_ascii=not name.isprintable()), " ".join(name.split())
    return (
        f"{shown} {count:g} is more than errors {errors:g}: write columns = {{ errors = {quoted} }} under [source] "
        'where these failed, or columns = { errors = "errors" } where that column alone tells it'
    )
