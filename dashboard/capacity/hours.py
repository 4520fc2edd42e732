"""The highest use of every resource and the highest traffic in each hour of the last 30 days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, cast

import numpy as np
import pandas as pd

from dashboard.timerange import DAY, HOUR

# Hours to keep.
SPAN = 30 * DAY
HOURS = SPAN // HOUR
# Columns of a frame that are used.
MEASURES = ("saturation", "requests", "instances", "limit")

# Service and resource, such as ("checkout", "memory").
ResourceKey = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class ResourceHours:
    """All resources by the hour, the oldest hour first; NaN if nothing was measured.

    Attributes:
        end: epoch seconds of the end of the last hour.
        resources: the columns of `use`: the highest share of the limit in each hour, shape (hours, resources).
        services: the columns of `traffic`: the highest requests per second, shape (hours, services).
        instances: their number, shape (hours, services); NaN if the source does not know it.
        limits: resource → its current limit in its own unit; without those for which only the share is known.
    """

    end: int = 0
    resources: tuple[ResourceKey, ...] = ()
    use: np.ndarray = field(default_factory=lambda: np.empty((HOURS, 0), dtype=np.float32))
    services: tuple[str, ...] = ()
    traffic: np.ndarray = field(default_factory=lambda: np.empty((HOURS, 0), dtype=np.float32))
    instances: np.ndarray = field(default_factory=lambda: np.empty((HOURS, 0), dtype=np.float32))
    limits: Mapping[ResourceKey, float] = field(default_factory=dict)

    def extended(self, frame: pd.DataFrame, services: Sequence[str]) -> Self:
        """Add hours, which replace existing ones, for the current services.

        Args:
            frame: samples by the hour: `saturation`, `requests` and, if the source knows them, `instances` and `limit`.
            services: names; data of others are dropped.
        """
        names = tuple(services)
        columns: dict[str, dict[ResourceKey, int]] = {name: {} for name in MEASURES}
        names_of_columns = cast("list[tuple[str, str, str]]", frame.columns.tolist())
        for number, (service, measure, detail) in enumerate(names_of_columns):
            if measure in columns:
                columns[measure][service, detail] = number
        known = set(names)
        old = [key for key in self.resources if key[0] in known]
        resources = tuple(sorted({*old, *(key for key in columns["saturation"] if key[0] in known)}))
        ends = np.array([int(moment.timestamp()) for moment in frame.index])
        end = max(self.end, int(ends[-1]) if len(ends) else 0)
        values = frame.to_numpy(dtype=np.float32)
        # Negative values have a special meaning, such as -1 for unlimited.
        values = np.where(values < 0, np.float32(np.nan), values)
        plain = [(name, "") for name in names]
        before = [(name, "") for name in self.services]
        place = _Place(self.end, end, ends)
        return type(self)(
            end,
            resources,
            place.merged(self.use, self.resources, resources, values, columns["saturation"]),
            names,
            place.merged(self.traffic, before, plain, values, columns["requests"]),
            place.merged(self.instances, before, plain, values, columns["instances"]),
            {**{key: limit for key, limit in self.limits.items() if key[0] in known},
             **_newest(values, {key: at for key, at in columns["limit"].items() if key[0] in known})},
        )  # fmt: skip

    @property
    def begin(self) -> int:
        """Epoch seconds at which the first hour begins."""
        return self.end - SPAN


@dataclass(frozen=True, slots=True)
class _Place:
    """The target of hours: the end of the stored ones, of the result, and of each new one (epoch seconds)."""

    before: int
    end: int
    ends: np.ndarray

    def merged(
        self,
        held: np.ndarray,
        old: Sequence[ResourceKey],
        new: Sequence[ResourceKey],
        values: np.ndarray,
        columns: Mapping[ResourceKey, int],
    ) -> np.ndarray:
        """Stored columns, rearranged to the wanted hours and order, with the new values inserted.

        Args:
            held: shape (hours, old). `old`, `new`: names of columns, before and after.
            values: shape (ends, columns of the frame). `columns`: name → its position there.
        """
        rows = np.full((HOURS, len(new)), np.nan, dtype=np.float32)
        index = {key: place for place, key in enumerate(old)}
        moved = min((self.end - self.before) // HOUR, HOURS) if self.before else HOURS
        kept = [(at, index[key]) for at, key in enumerate(new) if key in index]
        if kept and moved < HOURS:
            to, of = (list(side) for side in zip(*kept, strict=True))
            rows[: HOURS - moved, to] = held[moved:, of]
        places = HOURS - 1 - (self.end - self.ends) // HOUR
        inside = places >= 0
        there = [(at, columns[key]) for at, key in enumerate(new) if key in columns]
        if there and inside.any():
            to, of = (list(side) for side in zip(*there, strict=True))
            fresh = values[np.ix_(inside, of)]
            target = np.ix_(places[inside], to)
            # Values that a source no longer returns were measured nevertheless.
            rows[target] = np.where(np.isnan(fresh), rows[target], fresh)
        return rows


def _newest(values: np.ndarray, columns: Mapping[ResourceKey, int]) -> dict[ResourceKey, float]:
    """The last positive value of some columns; without columns that have none."""
    newest = {}
    for key, place in columns.items():
        numbers = values[:, place][values[:, place] > 0]
        if len(numbers):
            newest[key] = float(numbers[-1])
    return newest
