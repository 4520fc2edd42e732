"""The breakdown of one service by a label: requests and bad requests of each value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard import buckets, frames
from dashboard.engine.service_reports import by_service
from dashboard.signals import errors


@dataclass(frozen=True, slots=True)
class Row:
    """One value of the label over the span.

    Attributes:
        value: of the label.
        bad: bad requests.
        traffic: mean requests per second.
        p95: seconds; None without buckets.
        failed, slow: shares of its requests; None if not measured.
        trend: bad requests per second over the span, NaN where there were no data.
    """

    value: str
    bad: float
    traffic: float
    p95: float | None
    failed: float | None
    slow: float | None
    trend: np.ndarray


def rows(frame: pd.DataFrame, limit: float | None, step: int, names: Sequence[str] | None = None) -> list[Row]:
    """Label values with requests, most bad requests first.

    Args:
        frame: samples with the label value in place of the service.
        limit: seconds above which a request is too slow; None without a threshold.
        step: seconds between two samples.
        names: restrict to these values; None: every value.
    """
    kept = frame if names is None else frame.loc[:, frame.columns.get_level_values("service").isin(names)]
    every = [_row(value, samples, limit, step) for value, samples in by_service(kept).items()]
    # Ties are broken by name, so that equal rows do not swap places at each refresh.
    return sorted((row for row in every if row is not None), key=lambda row: (-row.bad, -row.traffic, row.value))


def _row(value: str, samples: pd.DataFrame, limit: float | None, step: int) -> Row | None:
    requests, server = frames.values(samples, "requests"), frames.values(samples, "errors", "server")
    measured = ~np.isnan(requests)
    total = float(requests[measured].sum())
    if not total > 0:
        return None
    too_slow = errors.too_slow(samples, limit)
    slow = too_slow.to_numpy() if too_slow is not None else None
    bad = np.nan_to_num(server) + (np.nan_to_num(slow) if slow is not None else 0.0)
    return Row(
        value=value,
        bad=float(bad.sum()) * step,
        traffic=total / int(measured.sum()),
        p95=_p95(samples),
        failed=float(np.nansum(server)) / total if not np.isnan(server).all() else None,
        slow=float(np.nansum(slow)) / total if slow is not None else None,
        trend=np.where(measured, bad, np.nan),
    )


def _buckets(columns: pd.Index) -> Iterator[tuple[int, str]]:
    """Positions and bounds of the latency buckets among (measure, detail) columns."""
    for place, column in enumerate(columns):
        if column[0] == "latency":
            yield place, str(column[1])


def _p95(samples: pd.DataFrame) -> float | None:
    """The quantile over the whole span: buckets are summed before it is computed."""
    places = {float(detail): place for place, detail in _buckets(samples.columns)}
    if not places:
        return None
    bounds = sorted(places)
    summed = np.nansum(samples.to_numpy()[:, [places[bound] for bound in bounds]], axis=0)
    p95 = float(buckets.bucket_quantile(np.array(bounds), summed[:, None], 0.95)[0][0])
    return None if np.isnan(p95) else p95
