"""A graph of CloudWatch as CSV: lines that describe metrics, then a row per period, with its start.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph_a_metric.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.promql import quoted
from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.layout import Layout, header_layout
from dashboard.sources.csv.series.series import COUNT
from dashboard.sources.csv.series.series_names import OWN_SIGNAL, OWN_UNIT, SERVICE_LABELS, series_of

# First cells of lines that describe metrics.
LABELS: Final = frozenset(
    {"id", "label", "labels", "full label", "fulllabel", "fullname", "full name", "expression", "region", "account",
     "account id", "accountid", "namespace", "metric", "metric name", "metricname", "dimensions", "dimension", "stat",
     "statistic", "period", "unit"}
)  # fmt: skip
TIME: Final = "timestamp"
# Statistics that can be summed, and metrics of latency with their documented units.
SUMS: Final = ("sum", "samplecount")
LATENCIES: Final = {"targetresponsetime": "s", "latency": "ms", "integrationlatency": "ms", "duration": "ms"}
QUANTILE: Final = re.compile(r"p(50|95|99)(?:\.0+)?", re.IGNORECASE)
PAIR: Final = re.compile(r"(?P<name>[A-Za-z]\w*)\s*[=:]\s*(?P<value>[^,;&]+)")


def described(lines: Sequence[str], _duration: str) -> Layout | None:
    """The layout of a file whose first lines describe its metrics; columns are named by the whole description."""
    described: dict[str, tuple[str, ...]] = {}
    for line in lines:
        layout = header_layout(line)
        key = layout.columns[0].lower().strip(" :") if layout.columns else ""
        if key not in LABELS:
            break
        described[key] = layout.columns[1:]
    count = max(map(len, described.values()), default=0)
    if "label" not in described and "metric name" not in described and "metricname" not in described:
        return None
    names = [
        _name({key: cells[place] for key, cells in described.items() if place < len(cells)}) for place in range(count)
    ]
    # The column of times may have a header.
    after = header_layout(lines[len(described)]).columns[:1] if len(lines) > len(described) else ()
    has_heading = bool(after) and not any(map(str.isdigit, after[0]))
    return Layout((TIME, *names), header_layout(lines[0]).delimiter, header_lines=len(described) + has_heading)


def _name(said: Mapping[str, str]) -> str:
    """A name with the service, signal and unit of a metric, from its description."""
    label = said.get("label") or said.get("full label") or said.get("fulllabel") or ""
    metric = said.get("metric name") or said.get("metricname") or said.get("metric") or _metric_in(label)
    dimensions = {
        pair["name"].lower(): pair["value"].strip()
        for pair in PAIR.finditer(said.get("dimensions") or said.get("dimension") or "")
    }
    service = next((dimensions[name] for name in SERVICE_LABELS if name in dimensions), "")
    service = service or label.replace(metric, "").strip(" -:/|") or next(iter(dimensions.values()), "")
    statistic = (said.get("statistic") or said.get("stat") or "").lower()
    labels = {"service": service} | _signal(metric, statistic)
    return f"{metric}{{{', '.join(f'{name}={quoted(value)}' for name, value in labels.items() if value)}}}"


def _metric_in(label: str) -> str:
    """The word of a label that is a metric; empty without any."""
    return next((word for word in label.split() if word.lower() in LATENCIES or _is_counted(word)), "")


def _is_counted(word: str) -> bool:
    series = series_of(word + "{}")
    return series is not None and bool(series.signal)


def _signal(metric: str, statistic: str) -> dict[str, str]:
    """The signal and unit of a metric with its statistic."""
    quantile, unit = QUANTILE.fullmatch(statistic), LATENCIES.get(metric.lower())
    if quantile and unit:
        return {OWN_SIGNAL: f"p{quantile[1]}_{unit}"}
    series = series_of(metric + "{}")
    if series is None or not series.signal:
        return {}
    unit = COUNT if statistic in SUMS else ""
    return {OWN_SIGNAL: series.signal, OWN_UNIT: unit, "status": series.status or ""}


CLOUDWATCH_METRICS: Final = Format(
    "cloudwatch-metrics",
    "CloudWatch metrics",
    cut=described,
    columns_of=lambda columns: {"time": TIME} if columns[:1] == (TIME,) else None,
    stamp="start",
    zone="UTC",
)
