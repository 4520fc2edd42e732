"""Serialises the hourly peaks that were read, so that the next process can continue with them."""

import json
from collections.abc import Mapping

import numpy as np

from dashboard.capacity.hours import ResourceHours
from dashboard.engine.capacity.capacity_reader import Progress
from dashboard.engine.past.remembered import Memory

_ARRAYS = ("use", "traffic", "instances")


def saved(progress: Progress) -> Memory:
    """What was read so far, as arrays and texts."""
    hours = progress.hours
    more = {
        "end": hours.end,
        "resources": hours.resources,
        "services": hours.services,
        "limits": [[*key, limit] for key, limit in hours.limits.items()],
        "read for": sorted(progress.services),
        "moments": [progress.since, progress.until],
        "part_s": progress.part_s,
    }
    return {name: getattr(hours, name) for name in _ARRAYS}, {"more": json.dumps(more)}


def restored(arrays: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> Progress:
    """Restore what `saved` returned.

    Args:
        arrays, facts: as returned by `saved`.

    Raises:
        KeyError, ValueError, TypeError: they are something else.
    """
    more = json.loads(facts["more"])
    hours = ResourceHours(
        end=int(more["end"]),
        resources=tuple((service, name) for service, name in more["resources"]),
        services=tuple(more["services"]),
        limits={(service, name): float(limit) for service, name, limit in more["limits"]},
        **{name: arrays[name] for name in _ARRAYS},
    )
    if hours.use.shape[1] != len(hours.resources) or hours.traffic.shape[1] != len(hours.services):
        raise ValueError("hours of other resources")
    since, until = more["moments"]
    return Progress(hours, frozenset(more["read for"]), since, until, part_s=int(more["part_s"]))
