"""The newest complete value of each of the four signals of one service."""

from dataclasses import dataclass, field
from typing import cast

import numpy as np
import pandas as pd

from dashboard import buckets
from dashboard.signals.latency import QUANTILES

# The newest value of each measure: measure → detail → value, NaN where it was not measured.
Row = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class CurrentValues:
    """Numbers as shown on a tile; None if there is none: no traffic, no data, not measured.

    Attributes:
        time: epoch seconds of the sample they come from.
        latency: quantile ("0.5", "0.95", "0.99") → seconds, of successful requests.
        latency_interval: quantile → low and high bound (seconds) of the bucket it lies in, which is its precision.
        failed_latency: as `latency`, of failed requests.
        mean_latency: seconds, where a source has neither buckets nor quantiles.
        traffic: requests per second.
        errors: class ("server", "client", "slow") → share of all requests, 0–1.
        saturation: resource → share of its limit, 0–1 and above.
        usage: resource → use in its raw unit, where no limit is known.
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
        """The resource nearest to its limit, and its share of it; None without a known limit."""
        return max(self.saturation.items(), key=lambda item: item[1], default=None)


def current_values(samples: pd.DataFrame, *, threshold: float | None) -> CurrentValues:
    """The values of the newest row that holds any.

    Args:
        samples: of one service, columns (measure, detail), T rows; rates per second.
        threshold: seconds above which a request counts as slow; it must be a bucket bound.
    """
    values = samples.to_numpy()
    measured = np.isfinite(values).any(axis=1)
    if not measured.any():
        return CurrentValues()
    # The last rows are empty until the service was scraped again.
    newest = len(measured) - 1 - int(np.argmax(measured[::-1]))
    row: Row = {}
    columns = cast("list[tuple[str, str]]", samples.columns.tolist())
    for (measure, detail), value in zip(columns, values[newest], strict=True):
        row.setdefault(measure, {})[detail] = float(value)
    quantiles, interval = _quantiles(row, "latency")
    return CurrentValues(
        time=samples.index[newest].timestamp(),
        latency=quantiles,
        latency_interval=interval,
        failed_latency=_quantiles(row, "failed_latency")[0],
        mean_latency=finite(row.get("mean", {}).get("", np.nan)),
        traffic=finite(row.get("requests", {}).get("", np.nan)),
        errors=_errors(row, threshold),
        saturation=_measured(row, "saturation"),
        usage=_measured(row, "usage"),
    )


def finite(value: float) -> float | None:
    """The value, or None for NaN and infinity."""
    # JSON knows neither NaN nor infinity, and pages write a dash for None.
    return float(value) if np.isfinite(value) else None


def _measured(row: Row, measure: str) -> dict[str, float]:
    """Details of a measure that have a value."""
    return {detail: value for detail, value in row.get(measure, {}).items() if not np.isnan(value)}


def _quantiles(row: Row, measure: str) -> tuple[dict[str, float | None], dict[str, tuple[float, float]]]:
    """Quantiles in seconds, and the bucket each lies in, its true precision."""
    # By number: as texts, 10 would come before 2.5.
    counts = sorted((float(bound), value) for bound, value in row.get(measure, {}).items())
    if not counts:
        stated = row.get("quantile", {}) if measure == "latency" else {}
        return {name: finite(stated[name]) for name in QUANTILES if name in stated}, {}
    bounds, cumulative = np.array(counts).T
    if not (cumulative > 0).any():
        return dict.fromkeys(QUANTILES), {}
    quantiles: dict[str, float | None] = {}
    interval: dict[str, tuple[float, float]] = {}
    for name in QUANTILES:
        value, low, high = (part.item() for part in buckets.bucket_quantile(bounds, cumulative[:, None], float(name)))
        quantiles[name] = finite(value)
        if not np.isnan(low):
            interval[name] = low, high
    return quantiles, interval


def _errors(row: Row, threshold: float | None) -> dict[str, float | None]:
    """Shares of all requests; without any request there is none, which is not 0."""
    requests = row.get("requests", {}).get("", np.nan)
    failed, cumulative = row.get("errors", {}), row.get("latency", {})
    counts: dict[str, float] = {name: failed[name] for name in ("server", "client") if name in failed}
    limit = None if threshold is None else buckets.bound_text(threshold)
    if limit in cumulative and "inf" in cumulative:
        # Sums of rates are not exact: below 0 lies rounding or a torn scrape, never a request.
        counts["slow"] = max(cumulative["inf"] - cumulative[limit], 0.0)
    return {name: finite(count / requests) if requests > 0 else None for name, count in counts.items()}
