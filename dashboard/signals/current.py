"""The newest complete value of each of the four signals of one service."""

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.signals import latency

Row = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Current:
    """Numbers as shown on a tile; None where there is none: no traffic, no data, not measured.

    Attributes:
        latency: quantile → seconds of successful requests; `latency_interval`: the bucket each lies in.
        traffic: requests per second. `errors`: class ("server", "client", "slow") → share of all requests, 0–1.
        saturation: resource → share of its limit; `usage`: resource → raw unit.
        time: epoch seconds of the sample they come from.
    """

    time: float | None = None
    latency: dict[str, float | None] = field(default_factory=dict)
    latency_interval: dict[str, tuple[float, float]] = field(default_factory=dict)
    failed_latency: dict[str, float | None] = field(default_factory=dict)
    mean_latency: float | None = None
    traffic: float | None = None
    errors: dict[str, float | None] = field(default_factory=dict)
    saturation: dict[str, float] = field(default_factory=dict)
    usage: dict[str, float] = field(default_factory=dict)

    @property
    def most_used(self) -> tuple[str, float] | None:
        """The resource nearest to its limit."""
        return max(self.saturation.items(), key=lambda item: item[1], default=None)


def finite(value: float) -> float | None:
    """The value, or None where there is none."""
    return float(value) if np.isfinite(value) else None


def current(samples: pd.DataFrame, *, threshold: float | None) -> Current:
    """Read the newest row that holds any value of a service's (measure, detail) samples."""
    values = samples.to_numpy()
    there = np.isfinite(values).any(axis=1)
    if not there.any():
        return Current()
    place = len(there) - 1 - int(np.argmax(there[::-1]))
    row: Row = {}
    columns = cast("list[tuple[str, str]]", samples.columns.tolist())
    for (measure, detail), value in zip(columns, values[place], strict=True):
        row.setdefault(measure, {})[detail] = float(value)
    quantiles, between = _quantiles(row, "latency")
    return Current(
        time=samples.index[place].timestamp(),
        latency=quantiles,
        latency_interval=between,
        failed_latency=_quantiles(row, "failed_latency")[0],
        mean_latency=finite(row.get("mean", {}).get("", np.nan)),
        traffic=finite(row.get("requests", {}).get("", np.nan)),
        errors=_errors(row, threshold),
        saturation={name: value for name, value in row.get("saturation", {}).items() if value == value},
        usage={name: value for name, value in row.get("usage", {}).items() if value == value},
    )


def _quantiles(row: Row, measure: str) -> tuple[dict[str, float | None], dict[str, tuple[float, float]]]:
    """Quantiles in seconds, and the bucket each lies in, its true precision."""
    buckets = sorted((float(bound), value) for bound, value in row.get(measure, {}).items())
    if not buckets:
        given = row.get("quantile", {}) if measure == "latency" else {}
        return {name: finite(given[name]) for name in latency.QUANTILES if name in given}, {}
    le, cumulative = np.array(buckets).T
    found = {name: latency.bucket_quantile(le, cumulative[:, None], float(name)) for name in latency.QUANTILES}
    between = {name: (float(low[0]), float(high[0])) for name, (_, low, high) in found.items() if low[0] == low[0]}
    return {name: finite(value[0]) for name, (value, _, _) in found.items()}, between


def _errors(row: Row, threshold: float | None) -> dict[str, float | None]:
    """Shares of all requests; without any request there is none, which is not 0."""
    requests = row.get("requests", {}).get("", np.nan)
    failed, buckets = row.get("errors", {}), row.get("latency", {})
    counts: dict[str, float] = {name: failed[name] for name in ("server", "client") if name in failed}
    limit = None if threshold is None else frames.bound_text(threshold)
    if limit in buckets and "inf" in buckets:
        counts["slow"] = max(buckets["inf"] - buckets[limit], 0.0)
    return {name: finite(count / requests) if requests > 0 else None for name, count in counts.items()}
