"""The newest complete value of each of the four signals of one service."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard import frames
from dashboard.signals import errors, latency, saturation, traffic


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
    filled = samples.dropna(how="all")
    if filled.empty:
        return Current()
    row = filled.iloc[[-1]]
    quantiles = latency.quantiles(row)
    failed = latency.quantiles(row, measure="failed_latency")
    ratios = errors.ratios(row, threshold=threshold)
    return Current(
        time=row.index[-1].timestamp(),
        latency={str(name): finite(column.iloc[-1]) for name, column in quantiles.items()},
        latency_interval=latency.intervals(row),
        failed_latency={str(name): finite(column.iloc[-1]) for name, column in failed.items()},
        mean_latency=finite(frames.series(row, "mean").iloc[-1]),
        traffic=finite(traffic.rate(row).iloc[-1]),
        errors={str(name): finite(column.iloc[-1]) for name, column in ratios.items()},
        saturation={
            str(name): float(value) for name, value in saturation.ratios(row).iloc[-1].items() if value == value
        },
        usage={str(name): float(value) for name, value in saturation.usage(row).iloc[-1].items() if value == value},
    )
