"""CloudWatch Logs Insights as CSV: `stats count(*) by bin(5m), service`; times are interval starts, in UTC.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.sources.csv.formats.format import Format
from dashboard.sources.csv.series.series_names import SERVICE_LABELS, STATUS_LABELS

BIN: Final = re.compile(r"bin\(\s*\w+\s*\)", re.IGNORECASE)
COUNT: Final = re.compile(r"count\(.*\)|count", re.IGNORECASE)


def statistics(columns: Sequence[str]) -> Mapping[str, str] | None:
    """A bin of time; requests and errors if they are aliases, otherwise a count."""
    time = next((name for name in columns if BIN.fullmatch(name)), None)
    if time is None:
        return None
    lower = {name.lower(): name for name in columns}
    ours = {"time": time}
    service = next((lower[name] for name in SERVICE_LABELS if name in lower), None)
    if service is not None:
        ours["service"] = service
    if "requests" in lower and ("errors" in lower or not {*STATUS_LABELS} & lower.keys()):
        return ours
    status = next((lower[name] for name in STATUS_LABELS if name in lower), None)
    count = next((name for name in columns if COUNT.fullmatch(name)), lower.get("requests"))
    return ours | ({"status": status} if status else {}) | ({"value": count} if count else {})


LOGS_INSIGHTS: Final = Format(
    "logs-insights",
    "CloudWatch Logs Insights",
    columns_of=statistics,
    zone="UTC",
    stamp="start",
    signal="requests",
    unit="count",
)
