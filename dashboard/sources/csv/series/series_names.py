"""Parses names of series: PromQL selectors, Datadog scopes, cloud metrics, or plain names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from dashboard.exceptions import InvalidData
from dashboard.outcomes import dialect_of
from dashboard.promql import LabelMatcher, function_names, selectors
from dashboard.sources.csv.columns.names import FIXED
from dashboard.sources.csv.reading import Reading
from dashboard.sources.csv.series.series import COUNT, INCREASE, PER_SECOND, RUNNING_TOTAL, WRITTEN, Series
from dashboard.sources.csv.values.quantities import unit_of

# Labels that name a service, and labels with an outcome, in order of preference.
SERVICE_LABELS: Final = (
    "service", "service_name", "service.name", "servicename", "app", "application", "appname", "app_name",
    "cloud_rolename", "destination_service_name", "destination_workload", "container", "deployment", "workload", "job",
    "kubernetes_name", "function", "functionname", "loadbalancer", "targetgroup", "apiname", "facet",
)  # fmt: skip
STATUS_LABELS: Final = (
    "code", "status", "status_code", "http_status_code", "http.status_code", "http_response_status_code",
    "http.response.status_code", "response_code", "statuscode", "resultcode", "grpc_code", "grpc_status",
    "rpc_grpc_status_code", "outcome", "result", "success", "error_type", "error.type", "ok",
)  # fmt: skip
# Labels with which a format marks the signal and unit of a series.
OWN_SIGNAL, OWN_UNIT = "__signal__", "__unit__"
# Labels of a part of a distribution, which does not count requests.
PARTS: Final = frozenset({"le", "quantile"})
_BRACES = re.compile(r"(?P<before>[^{]*)\{(?P<labels>.*)\}(?P<after>[^}]*)")
# `key="value"`, `key: value` and `key:value`, between commas.
_PAIR = re.compile(
    r"""\s*"?(?P<key>[A-Za-z_@][\w.@/-]*)"?\s*[=:]\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<plain>[^,"]*))"""
)
# Names of metrics that count requests, or failures; and of those that are not counts.
_REQUESTS = re.compile(
    r"(?:requests?|calls?|hits|invocations?|handled|responses?|seconds|milliseconds|duration|latency)[._/ ]?"
    r"(?:total|count)$|(?:requests|hits|calls|invocations)$|^throughput$",
    re.IGNORECASE,
)
_ERRORS = re.compile(r"(?:errors?|failures?|failed|exceptions?|faults?)[._/ ]?(?:total|count)?$", re.IGNORECASE)
_NO_COUNT = re.compile(
    r"active|in_?flight|pending|queue|concurrent|size|bytes|bucket|(?:seconds|duration|latency|milliseconds)[._]sum$",
    re.IGNORECASE,
)
_CLASS = re.compile(r"(?<![A-Za-z0-9])(?:HTTP)?([1-5]xx)", re.IGNORECASE)
# `count: checkout` in Splunk, and `checkout (Sum)` in clouds.
_SPLIT = re.compile(r"(?P<by>[\w.*]+(?:\([^()]*\))?): (?P<name>\S.*)")
_AGGREGATED = re.compile(r"(?P<name>.*\S) \((?P<by>[A-Za-z]+)\)")
COUNTING: Final = ("count", "sum", "total", "c", "samplecount")
OTHER_AGGREGATES: Final = ("avg", "average", "mean", "min", "minimum", "max", "maximum", "median", "last", "first")
# Columns of numbers named after their content instead of a service.
NO_SERVICES: Final = ("count", "value", "total", "sum", "count_", "count(*)", "count of records", "#records", "_value")
# `checkout (req/s)` in spreadsheets.
_RATED = re.compile(r"(?P<name>.*\S) ?[\[(](?P<unit>[A-Za-z]*(?:/| per )?[A-Za-z]+)[\])]")
_RUNNING = re.compile(r"[A-Za-z_:][\w:]*_(?:total|count)")
_CODE = re.compile(r"[1-5](?:\d\d|xx)", re.IGNORECASE)
# Typical codes of each class.
CODES: Final = ("200", "204", "301", "302", "404", "429", "500", "503")
_RATE_CALLS = frozenset({"rate", "irate"})
_COUNT_CALLS = frozenset({"increase", "delta", "increase_pure"})


def series_of(name: str) -> Series | None:
    """The series described by a name; None for a part of a distribution or other names without counts.

    Args:
        name: from a header or a column of names.
    """
    text = name.strip()
    braces = _BRACES.fullmatch(text)
    if braces is None:
        labels = _scope(text)
        return labelled(labels) if labels is not None else _plain(text)
    calls = function_names(text)
    labels, metric = _selected(text, braces)
    series = labelled(labels, metric)
    if series is None:
        return None
    unit = _unit(calls, braces["after"]) or series.unit
    # The increase or rate of a running total is not a running total.
    return replace(series, unit=unit)


def labelled(labels: Mapping[str, str], metric: str = "") -> Series | None:
    """The series with these labels; None for a part of a distribution, or a metric without counts.

    Args:
        labels: name → value. `metric`: its name, if known.
    """
    lower = {key.lower(): value for key, value in labels.items()}
    if PARTS & lower.keys() or (metric and _NO_COUNT.search(metric)):
        return None
    service = next((lower[key] for key in SERVICE_LABELS if lower.get(key)), "")
    if OWN_SIGNAL in lower:
        return Series(service, lower[OWN_SIGNAL], lower.get(OWN_UNIT, ""), lower.get("status"))
    label = next((key for key in STATUS_LABELS if key in lower), "")
    series = replace(_metric(metric), service=service)
    if not label:
        return series
    return replace(series, status=lower[label], dialect=dialect_of(label), label=label)


def as_configured(file: str, name: str, series: Series, reading: Reading) -> Series:
    """The series, completed by the configuration or the format of its file.

    Args:
        file: its path. `name`: of the series, for the message. `reading`: settings of the file.

    Raises:
        InvalidData: its service is unknown.
    """
    service = reading.service or series.service or reading.called
    if not service:
        reason = f'nothing in {name[:80]!r} tells the service: write service = "checkout" under [source]'
        raise InvalidData(f"{file}: {reason}", query=file)
    # A table of requests may also contain their errors.
    is_failure = reading.signal == "requests" and series.meaning.measure == "errors"
    signal = series.signal if is_failure else reading.signal or series.signal
    return replace(series, service=service, signal=signal, unit=reading.unit or series.unit)


def _metric(name: str) -> Series:
    """A series of a metric, without its labels."""
    bare = re.sub(r"^(?:sum|avg|max|min|count):", "", name.strip())
    errors = bool(_ERRORS.search(bare))
    signal = "errors" if errors else "requests" if _REQUESTS.search(bare) else ""
    klass = _CLASS.search(bare)
    unit = RUNNING_TOTAL if _RUNNING.fullmatch(bare) else ""
    if klass is None:
        return Series("", signal, unit)
    return Series("", "requests", unit, klass[1].lower())


def _plain(text: str) -> Series | None:
    """A name without labels: of a service, a metric or both, or of an outcome such as `5xx`."""
    if _CODE.fullmatch(text):
        return Series("", status=text)
    if text.lower() in NO_SERVICES:
        return Series("")
    if text.lower() in FIXED:
        return Series("", text.lower())
    split = _SPLIT.fullmatch(text)
    if split is not None:
        return _of_aggregate(split["by"].lower(), split["name"])
    aggregated, rated = _AGGREGATED.fullmatch(text), _RATED.fullmatch(text)
    if aggregated is None or aggregated["by"].lower() not in (*COUNTING, *OTHER_AGGREGATES):
        unit = WRITTEN.get(unit_of(rated["unit"]), "") if rated is not None else ""
        return Series(str(rated["name"]), unit=unit) if rated is not None and unit else Series(text)
    return _of_aggregate(aggregated["by"].lower(), aggregated["name"])


def _of_aggregate(by: str, name: str) -> Series | None:
    """The series for an aggregation of a service or a metric; None if it is not a count, such as an average.

    Args:
        by: the aggregation, or its name. `name`: the aggregated name.
    """
    metric = _metric(by)
    if metric.signal:
        return replace(metric, service=name)
    if by not in COUNTING:
        return None
    metric = _metric(name)
    return replace(metric, unit=COUNT) if metric.signal else Series(name, unit=COUNT)


def _scope(text: str) -> dict[str, str] | None:
    """The tags of a scope such as `service:checkout,env:prod`; None if it is not a scope."""
    if ":" not in text or not all(map(_PAIR.fullmatch, text.split(","))):
        return None
    pairs = _pairs(text)
    # A plain name may contain a colon, as in `api:8080`.
    return pairs if any(key.lower() in (*SERVICE_LABELS, *STATUS_LABELS) for key in pairs) else None


def _selected(text: str, braces: re.Match[str]) -> tuple[dict[str, str], str]:
    """The labels and the metric that a name selects."""
    selected = selectors(text)
    if len(selected) == 1:
        selector = selected[0]
        labels = {matcher.label: matcher.value for matcher in selector.matchers if matcher.sign == "="}
        of_outcomes = [each for each in selector.matchers if each.sign != "=" and each.label.lower() in STATUS_LABELS]
        return labels | {matcher.label: _selected_outcome(matcher) for matcher in of_outcomes}, selector.metric
    return _pairs(braces["labels"]), braces["before"]


def _selected_outcome(matcher: LabelMatcher) -> str:
    """The class of codes that a pattern such as `5..` selects; for several, the pattern itself, which is unknown."""
    try:
        matches = {code for code in CODES if re.fullmatch(matcher.value, code)}
    except re.error:
        matches = set()
    selected = matches if matcher.sign == "=~" else {*CODES} - matches
    classes = {code[0] for code in selected}
    return f"{classes.pop()}xx" if len(classes) == 1 else str(matcher)


def _pairs(text: str) -> dict[str, str]:
    return {
        pair["key"]: pair["plain"].strip() if pair["quoted"] is None else re.sub(r"\\(.)", r"\1", pair["quoted"])
        for pair in _PAIR.finditer(text)
    }


def _unit(calls: Iterable[str], after: str) -> str:
    """The unit that results from functions around a selector, or, for Datadog, after it."""
    calls = frozenset(calls)
    if calls & _RATE_CALLS or ".as_rate()" in after:
        return PER_SECOND
    if calls & _COUNT_CALLS:
        return INCREASE
    return COUNT if ".as_count()" in after else ""
