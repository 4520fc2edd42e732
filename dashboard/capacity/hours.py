"""The highest use of every resource and the highest traffic in each hour of the last 30 days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self, cast

import numpy as np
import pandas as pd

from dashboard.timerange import DAY, HOUR

# Hours that are kept.
SPAN = 30 * DAY
HOURS = SPAN // HOUR
# What is read of a frame.
MEASURES = ("saturation", "requests", "instances", "limit")

# Service and resource, such as ("checkout", "memory").
ResourceKey = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class ResourceHours:
    """All resources by the hour, the oldest hour first; NaN if nothing was measured.

    Attributes:
        end: epoch seconds of the end of the last hour.
        resources: the order of the next. `use`: the highest share of the limit in each hour, shape (hours, resources).
        services: the order of the next. `traffic`: the highest requests per second, shape (hours, services).
        instances: this many, shape (hours, services); NaN where the source does not tell.
        limits: resource → its limit now, in its own unit; without those whose source knows the share alone.
    """

    end: int = 0
    resources: tuple[ResourceKey, ...] = ()
    use: np.ndarray = field(default_factory=lambda: np.empty((HOURS, 0), dtype=np.float32))
    services: tuple[str, ...] = ()
    traffic: np.ndarray = field(default_factory=lambda: np.empty((HOURS, 0), dtype=np.float32))
    instances: np.ndarray = field(default_factory=lambda: np.empty((HOURS, 0), dtype=np.float32))
    limits: Mapping[ResourceKey, float] = field(default_factory=dict)

    def extended(self, frame: pd.DataFrame, services: Sequence[str]) -> Self:
        """With more hours, which replace those that are there, of the services that there are now.

        Args:
            frame: samples by the hour: `saturation`, `requests` and, where the source tells, `instances` and `limit`.
            services: names; what is held of others is dropped.
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
        # A share, a rate or a number below 0 is a mark of something else, such as -1 of what has no limit.
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
    """Where hours go: the end of what was held, that of what will be, and the ends of the new ones (epoch seconds)."""

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
        """Held columns by the hours and in the order that are wanted, and the new values in their places.

        Args:
            held: shape (hours, old). `old`, `new`: names of columns, before and after.
            values: shape (ends, columns of the frame). `columns`: name → its place there.
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
            # What a source no longer answers was measured all the same.
            rows[target] = np.where(np.isnan(fresh), rows[target], fresh)
        return rows


def _newest(values: np.ndarray, columns: Mapping[ResourceKey, int]) -> dict[ResourceKey, float]:
    """The last number of some columns that is above 0; without those that have none."""
    newest = {}
    for key, place in columns.items():
        numbers = values[:, place][values[:, place] > 0]
        if len(numbers):
            newest[key] = float(numbers[-1])
    return newest
