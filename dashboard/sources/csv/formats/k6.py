"""k6's results as CSV (`k6 run --out csv=FILE`): a request has about nine rows, one per metric.

https://grafana.com/docs/k6/latest/results-output/real-time/csv/
"""

from typing import Final

import numpy as np
import pyarrow as pa

from dashboard.outcomes import Dialect, Outcome, Vocabulary
from dashboard.sources.csv.formats.format import Format, Prepared
from dashboard.sources.csv.values.columns import codes_and_texts, combined, with_columns

# Metrics with exactly one row per request.
DURATIONS = ("http_req_duration", "grpc_req_duration", "browser_http_req_duration")
GRPC = "grpc_req_duration"
# The vocabulary's words for gRPC outcomes, where 0 is good.
WORDS = {Outcome.GOOD: "ok", Outcome.CLIENT: "client error", Outcome.FAILED: "failed"}


def _outcome(metric: str, expected: str, status: str, error_code: str) -> str | None:
    """Good if k6 expected it, whatever its status; in older versions, by the status or an error without a response."""
    if metric == GRPC:
        return WORDS.get(Vocabulary().outcome(status, Dialect.GRPC), status)
    return expected or status or ("no answer" if error_code else None)


def _route(group: str, name: str) -> str:
    """Join `::cart::pay` and `POST /pay` to `cart/pay: POST /pay`."""
    groups = group.strip(":").replace("::", "/")
    return f"{groups}: {name}" if groups else name


def _prepared(chunk: pa.Table) -> Prepared:
    codes, metrics = codes_and_texts(chunk["metric_name"])
    ignored = ~np.isin(codes, [code for code, metric in enumerate(metrics) if metric in DURATIONS])
    empty = pa.chunked_array([pa.nulls(len(chunk), pa.string())])
    tags = {name: chunk[name] if name in chunk.column_names else empty for name in READS}
    judged = [tags[name] for name in ("metric_name", "expected_response", "status", "error_code")]
    columns = {"outcome": combined(judged, _outcome), "route": combined([tags["group"], tags["name"]], _route)}
    return Prepared(with_columns(chunk, columns), ignored)


READS: Final = ("metric_name", "expected_response", "status", "error_code", "group", "name")
K6: Final = Format(
    "k6",
    "k6",
    header=frozenset({"metric_name", "timestamp", "metric_value"}),
    columns={
        "time": "timestamp",
        "duration": "metric_value",
        "status": "outcome",
        "route": "route",
        "method": "method",
        "code": "status",
    },
    duration="ms",
    stamp="end",
    reads=READS,
    adds=("outcome", "route"),
    prepare=_prepared,
    is_closed=True,
    note="its http_req_duration rows are the requests; one failed where k6 did not expect its response",
)
