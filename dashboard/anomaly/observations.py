"""What the tests look at: requests, failures and latency of all services over windows that end at given moments.

Windows of five minutes are what is judged; requests and failures are counted over fifteen minutes and an hour, too,
where five minutes hold too few. A window of which less than four fifths was measured is not judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dashboard import buckets

WINDOW = 300
WINDOWS = (WINDOW, 900, 3600)
COVERED = 0.8
QUANTILE = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """All services at some moments; NaN where it was not measured.

    Attributes:
        services: names, the order of the columns. `ends`: epoch seconds of the windows' ends.
        requests, failed: counts, shape (windows, ends, services), a window length of `WINDOWS` each.
        latency: p95 of successful requests in seconds over five minutes, shape (ends, services); the mean where a
            source has no quantile. `answered`: how many requests it is of.
        resources: (service, resource); `used`: share of the limit over five minutes, shape (ends, resources).
    """

    services: tuple[str, ...]
    ends: np.ndarray
    requests: np.ndarray
    failed: np.ndarray
    latency: np.ndarray
    answered: np.ndarray
    resources: tuple[tuple[str, str], ...]
    used: np.ndarray

    def chosen(self, rows: np.ndarray) -> "Observed":
        """Only some rows, shape (ends, services), as if they were services at one end; without resources."""
        return replace(
            self,
            requests=self.requests[:, rows][:, None],
            failed=self.failed[:, rows][:, None],
            latency=self.latency[rows][None],
            answered=self.answered[rows][None],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Buckets:
    """Services that have the same bucket bounds: their places, the bounds, and the columns (services, bounds)."""

    places: np.ndarray
    bounds: np.ndarray
    columns: np.ndarray


class Lens:
    """Where in a samples frame the signals of some services stand; made once for a set of columns."""

    def __init__(self, columns: pd.Index, services: Sequence[str]) -> None:
        self.services = tuple(services)
        self._held = columns
        place = {name: number for number, name in enumerate(self.services)}
        by_service: list[dict[str, dict[str, int]]] = [{} for _ in self.services]
        for number, (service, measure, detail) in enumerate(columns.tolist()):
            if service in place:
                by_service[place[service]].setdefault(measure, {})[detail] = number
        self._requests = np.array([_first(one, ("requests", ""), ("latency", "inf")) for one in by_service], dtype=int)
        self._failed = np.array([_first(one, ("errors", "server")) for one in by_service], dtype=int)
        self._answered = np.array([_first(one, ("latency", "inf"), ("requests", "")) for one in by_service], dtype=int)
        self._given = np.array(
            [_first(one, ("quantile", f"{QUANTILE:g}"), ("mean", "")) for one in by_service], dtype=int
        )
        self._buckets = _buckets(by_service)
        self.resources = tuple(
            (name, resource)
            for name, one in zip(self.services, by_service, strict=True)
            for resource in one.get("saturation", {})
        )
        self._used = np.array(
            [number for one in by_service for number in one.get("saturation", {}).values()], dtype=int
        )

    def fits(self, columns: pd.Index, services: Sequence[str]) -> bool:
        """It was made for these columns and services."""
        return self._held is columns and self.services == tuple(services)

    def observed(self, samples: pd.DataFrame, step: int, ends: np.ndarray) -> Observed:
        """What the samples (rates and levels every `step` seconds) say over the windows that end at `ends`."""
        values = samples.to_numpy(dtype=float)
        start = samples.index[0].timestamp() if len(samples) else 0.0
        last = np.rint((ends - start) / step).astype(int) + 1
        sums = _Sums(values, last, beside_gaps=step >= WINDOW)
        over = {window: sums.means(max(1, window // step)) for window in WINDOWS}
        five = over[WINDOW]
        counted = [[_columns(over[window], self._requests) * window for window in WINDOWS]]
        counted.append([_columns(over[window], self._failed) * window for window in WINDOWS])
        return Observed(
            services=self.services,
            ends=ends,
            requests=np.array(counted[0]),
            failed=np.array(counted[1]),
            latency=self._latency(five),
            answered=_columns(five, self._answered) * WINDOW,
            resources=self.resources,
            used=_columns(five, self._used),
        )

    def minutes(self, samples: pd.DataFrame, step: int, end: float) -> np.ndarray:
        """Levels of all resources in each minute of the hour until `end`, shape (60, resources)."""
        values = samples.to_numpy(dtype=float)[:, self._used]
        start = samples.index[0].timestamp()
        ends = end - 60.0 * np.arange(59, -1, -1)
        return _Sums(values, np.rint((ends - start) / step).astype(int) + 1).means(max(1, 60 // step))

    def _latency(self, five: np.ndarray) -> np.ndarray:
        made = _columns(five, self._given)
        for group in self._buckets:
            rates = five[:, group.columns]
            flat = rates.reshape(-1, len(group.bounds)).T
            value, _, _ = buckets.bucket_quantile(group.bounds, flat, QUANTILE)
            known = ~np.isnan(flat[-1]) & (value > 0)
            made[:, group.places] = np.where(known, value, np.nan).reshape(len(five), -1)
        return made


class _Sums:
    """Running sums over the rows of a frame, to average any number of rows up to each of some places."""

    def __init__(self, values: np.ndarray, last: np.ndarray, *, beside_gaps: bool = False) -> None:
        self._beside_gaps = beside_gaps
        zero = np.zeros((1, values.shape[1]))
        known = ~np.isnan(values)
        self._total = np.concatenate([zero, np.cumsum(np.where(known, values, 0.0), axis=0)])
        self._known = np.concatenate([zero, np.cumsum(known, axis=0)])
        self._last = last

    def means(self, rows: int) -> np.ndarray:
        """Means of the last so many rows, shape (places, columns); NaN where too few of them were measured."""
        until = np.clip(self._last, 0, len(self._total) - 1)
        since = np.clip(self._last - rows, 0, len(self._total) - 1)
        known = self._known[until] - self._known[since]
        enough = (known >= COVERED * rows) & (self._last <= len(self._total) - 1)[:, None]
        if rows == 1 and self._beside_gaps:
            # A row beside a gap is cut by it, and shows no drop.
            enough &= self._beside(until) & self._beside(until - 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            made: np.ndarray = np.where(enough, (self._total[until] - self._total[since]) / known, np.nan)
        return made

    def _beside(self, place: np.ndarray) -> np.ndarray:
        """The rows at these places were measured, or lie outside of the frame."""
        inside = (place >= 0) & (place < len(self._known) - 1)
        row = np.where(inside, place, 0)
        made: np.ndarray = ~inside[:, None] | (self._known[row + 1] > self._known[row])
        return made


def _first(measures: dict[str, dict[str, int]], *wanted: tuple[str, str]) -> int:
    """The column of the first measure that is there, -1 without any."""
    found = (measures[measure][detail] for measure, detail in wanted if detail in measures.get(measure, {}))
    return next(found, -1)


def _columns(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Some columns, NaN for those that are not there."""
    if not values.shape[1]:
        return np.full((len(values), len(places)), np.nan)
    made: np.ndarray = np.where(places >= 0, values[:, places], np.nan)
    return made


def _buckets(by_service: Sequence[dict[str, dict[str, int]]]) -> tuple[_Buckets, ...]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, one in enumerate(by_service):
        details = tuple(sorted(one.get("latency", {}), key=float))
        if len(details) > 1 and details[-1] == "inf":
            groups.setdefault(details, []).append(place)
    return tuple(
        _Buckets(
            np.array(places),
            np.array([float(detail) for detail in details]),
            np.array([[by_service[place]["latency"][detail] for detail in details] for place in places]),
        )
        for details, places in groups.items()
    )
