"""The input of the tests: requests, failures and latency of all services over windows that end at given times.

Windows of five minutes are judged; requests and failures are also counted over fifteen minutes and an hour, in case
five minutes hold too few. A window of which less than four fifths was measured is not judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from dashboard.anomaly.anomalies import Signal
from dashboard.buckets import bucket_quantile
from dashboard.running_sums import running_sums

WINDOW = 300
WINDOWS = (WINDOW, 900, 3600)
COVERED = 0.8
QUANTILE = 0.95
MINUTE = 60
MINUTES = 60
# Decimals to which running sums keep a share exact: a full resource must not exceed its limit.
EXACT = 12
# Number of columns averaged at once.
COLUMNS = 4096
# measure → detail → column number, of one service.
Measures = dict[str, dict[str, int]]
# Service and resource, such as ("checkout", "memory").
ResourceKey = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Observations of all services at several times; NaN if not measured.

    Attributes:
        services: names, in the order of the columns.
        ends: epoch seconds of the windows' ends, ascending.
        requests, failed: counts, shape (windows, ends, services), one for each window length in `WINDOWS`.
        latency: p95 of successful requests in seconds over five minutes, shape (ends, services); the mean if a source
            has no quantile.
        latency_requests: number of these requests, same shape.
        resources: (service, resource), in the order of `saturation`.
        saturation: share of the limit over five minutes, shape (ends, resources).
    """

    services: tuple[str, ...]
    ends: np.ndarray
    requests: np.ndarray
    failed: np.ndarray
    latency: np.ndarray
    latency_requests: np.ndarray
    resources: tuple[ResourceKey, ...]
    saturation: np.ndarray

    def select(self, rows: np.ndarray) -> Self:
        """Select rows, booleans of shape (ends, services), as services at a single end; without resources."""
        return replace(
            self,
            requests=self.requests[:, rows][:, None],
            failed=self.failed[:, rows][:, None],
            latency=self.latency[rows][None],
            latency_requests=self.latency_requests[rows][None],
        )

    def measured(self, signal: Signal) -> np.ndarray:
        """Mask of rows in which latency, traffic or errors were measured, shape (ends, services)."""
        values = {Signal.LATENCY: self.latency, Signal.TRAFFIC: self.requests[0], Signal.ERRORS: self.failed[0]}
        return np.asarray(~np.isnan(values[signal]))


@dataclass(frozen=True, slots=True, eq=False)
class _BucketColumns:
    """Services with the same bucket bounds: their positions, the bounds, and the columns (services, bounds)."""

    places: np.ndarray
    bounds: np.ndarray
    columns: np.ndarray


class SignalColumns:
    """Finds the columns of services' signals in a samples frame, once for each set of columns.

    Args:
        columns: of a samples frame, (service, measure, detail).
        services: names, in the order of the observations.
    """

    def __init__(self, columns: pd.Index, services: Sequence[str]) -> None:
        self.services = tuple(services)
        self._columns = columns
        measures = _by_service(columns, self.services)
        self._requests = _first_of(measures, ("requests", ""), ("latency", "inf"))
        self._failed = _first_of(measures, ("errors", "server"))
        self._latency_requests = _first_of(measures, ("latency", "inf"), ("requests", ""))
        self._stated_latency = _first_of(measures, ("quantile", f"{QUANTILE:g}"), ("mean", ""))
        self._buckets = _buckets(measures)
        saturation = {
            (service, resource): column
            for service, of_service in zip(self.services, measures, strict=True)
            for resource, column in of_service.get("saturation", {}).items()
        }
        self.resources = tuple(saturation)
        self._saturation = np.array(list(saturation.values()), dtype=int)

    def fits(self, columns: pd.Index, services: Sequence[str]) -> bool:
        """Whether this was built for these columns and services."""
        if self.services != tuple(services):
            return False
        return self._columns is columns or self._columns.equals(columns)

    def observe(self, samples: pd.DataFrame, step: int, ends: np.ndarray) -> Observations:
        """Observations over the windows that end at the given times.

        Args:
            samples: rates and levels, with the columns given at construction.
            step: seconds between two of their rows.
            ends: epoch seconds, ascending.
        """
        start = samples.index[0].timestamp() if len(samples) else 0.0
        last = np.rint((ends - start) / step).astype(int) + 1
        means = _Means(samples.to_numpy(dtype=float), last, beside_gaps=step >= WINDOW)
        rows = {window: max(1, window // step) for window in WINDOWS}
        newest = rows[WINDOW]
        return Observations(
            services=self.services,
            ends=ends,
            requests=np.array([means.of(self._requests, count) * window for window, count in rows.items()]),
            failed=np.array([means.of(self._failed, count) * window for window, count in rows.items()]),
            latency=self._latency(means, newest),
            latency_requests=means.of(self._latency_requests, newest) * WINDOW,
            resources=self.resources,
            saturation=np.round(means.of(self._saturation, newest), EXACT),
        )

    def saturation_by_minute(self, samples: pd.DataFrame, step: int, end: float) -> np.ndarray:
        """Shares of their limits of all resources in each minute of the last hour, shape (60, resources).

        Args:
            samples: as in `observe`, `step` seconds apart.
            end: epoch seconds of the last minute's end.
        """
        ends = end - float(MINUTE) * np.arange(MINUTES - 1, -1, -1)
        last = np.rint((ends - samples.index[0].timestamp()) / step).astype(int) + 1
        means = _Means(samples.to_numpy(dtype=float), last)
        return np.round(means.of(self._saturation, max(1, MINUTE // step)), EXACT)

    def _latency(self, means: "_Means", rows: int) -> np.ndarray:
        """p95 in seconds over the last `rows` rows, shape (ends, services): from buckets, otherwise as reported."""
        latency = means.of(self._stated_latency, rows)
        for group in self._buckets:
            cumulative = means.of(group.columns.ravel(), rows).reshape(-1, len(group.bounds)).T
            value, _, _ = bucket_quantile(group.bounds, cumulative, QUANTILE)
            answered = ~np.isnan(cumulative[-1]) & (value > 0)
            latency[:, group.places] = np.where(answered, value, np.nan).reshape(len(latency), -1)
        return latency


@dataclass(frozen=True, slots=True, eq=False)
class _Means:
    """Averages the last rows of a frame before several positions.

    Attributes:
        values: shape (rows, columns). `last`: number of rows before the end of each window, ascending.
        beside_gaps: a window of one row only counts if its neighbours were measured.
    """

    values: np.ndarray
    last: np.ndarray
    beside_gaps: bool = False

    def of(self, columns: np.ndarray, rows: int) -> np.ndarray:
        """Means of the last `rows` rows of columns, shape (places, columns); a column of -1 is missing.

        NaN if too few of them were measured.
        """
        means = np.full((len(self.last), len(columns)), np.nan)
        there = np.flatnonzero(columns >= 0)
        # Process blocks of columns, so that temporary arrays stay small with thousands of services.
        for begin in range(0, len(there), COLUMNS):
            block = there[begin : begin + COLUMNS]
            means[:, block] = self._of_block(columns[block], rows)
        return means

    def _of_block(self, columns: np.ndarray, rows: int) -> np.ndarray:
        total = len(self.values)
        until, since = np.clip(self.last, 0, total), np.clip(self.last - rows, 0, total)
        # For the newest time, only a few rows of a much longer window are needed.
        first = since[0]
        values = self.values[first : until[-1], columns]
        measured = ~np.isnan(values)
        sums = running_sums(np.where(measured, values, 0.0))
        counts = running_sums(measured, np.int32)
        count = counts[until - first] - counts[since - first]
        enough = (count >= COVERED * rows) & (self.last <= total)[:, None]
        if rows == 1 and self.beside_gaps:
            # A row next to a gap is cut by it, and cannot show a drop.
            enough &= self._measured_at(until, columns) & self._measured_at(until - 2, columns)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(enough, (sums[until - first] - sums[since - first]) / count, np.nan))

    def _measured_at(self, place: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Whether the rows at these positions were measured, or lie outside the frame."""
        inside = (place >= 0) & (place < len(self.values))
        row = np.where(inside, place, 0)
        return np.asarray(~inside[:, None] | ~np.isnan(self.values[np.ix_(row, columns)]))


def _by_service(columns: pd.Index, services: Sequence[str]) -> list[Measures]:
    """The measures of each service with their column numbers."""
    measures: dict[str, Measures] = {name: {} for name in services}
    for number, (service, measure, detail) in enumerate(columns.tolist()):
        if service in measures:
            measures[service].setdefault(measure, {})[detail] = number
    return [measures[name] for name in services]


def _first_of(services: Sequence[Measures], *candidates: tuple[str, str]) -> np.ndarray:
    """The column of the first existing (measure, detail) for each service, -1 without any."""
    columns = [
        next((measures[measure][detail] for measure, detail in candidates if detail in measures.get(measure, {})), -1)
        for measures in services
    ]
    return np.array(columns, dtype=int)


def _buckets(services: Sequence[Measures]) -> tuple[_BucketColumns, ...]:
    """Services grouped by their bucket bounds; those without a histogram are in no group."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, measures in enumerate(services):
        details = tuple(sorted(measures.get("latency", {}), key=float))
        if len(details) > 1 and details[-1] == "inf":
            groups.setdefault(details, []).append(place)
    return tuple(
        _BucketColumns(
            np.array(places),
            np.array([float(detail) for detail in details]),
            np.array([[services[place]["latency"][detail] for detail in details] for place in places]),
        )
        for details, places in groups.items()
    )
