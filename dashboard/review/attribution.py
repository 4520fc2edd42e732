"""Attributes bad events to incidents: none counts twice, and the parts add up exactly.

Incidents are known by steps of five minutes, events by the hour: an hour that lies entirely within one incident belongs
to it; for a partial one the known steps determine the share, and the rest is distributed evenly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.incidents.incident import Impact
from dashboard.review.counts import Counts
from dashboard.slo.event_rows import BAD

STEP = 300.0
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of an incident that concerned one objective.

    Attributes:
        incident: its id. `start`, `end`: epoch seconds; infinite `end` if it is open.
    """

    incident: str
    start: float
    end: float


def attributed(counts: Counts, stretches: Sequence[Stretch], steps: Mapping[float, float]) -> dict[str, float]:
    """Bad events of each incident; those that two of them share belong to the one that began first.

    Args:
        counts: the events of the period. `stretches`: of its incidents.
        steps: bad events of five-minute steps by their start, epoch seconds, as far as known.

    Returns:
        Bad events by incident, without incidents that have none. They and the rest add up exactly, in any order.
    """
    order = sorted(stretches, key=lambda stretch: (stretch.start, stretch.incident))
    shares: dict[str, float] = {}
    for row in _touched(counts, order):
        for owner, bad in _of_row(counts, row, order, steps).items():
            shares[owner] = shares.get(owner, 0.0) + bad
    return _rounded(shares, counts.bad)


def steps_of(impacts: Sequence[Impact]) -> dict[float, float]:
    """Bad events of five-minute steps by their start in epoch seconds, as far as impacts include them."""
    known: dict[float, float] = {}
    for impact in impacts:
        if impact.counts is not None and impact.counts.step == STEP:
            for place, bad in enumerate(impact.counts.bad):
                if bad is not None:
                    known[impact.counts.start + place * STEP] = bad
    return known


def _touched(counts: Counts, order: Sequence[Stretch]) -> list[int]:
    """Positions of the rows that overlap any of the stretches."""
    inside = np.zeros(len(counts.starts), dtype=bool)
    for stretch in order:
        inside |= (counts.starts < stretch.end) & (counts.ends > stretch.start)
    return np.flatnonzero(inside & (counts.values[:, BAD] > 0)).tolist()


def _of_row(counts: Counts, row: int, order: Sequence[Stretch], steps: Mapping[float, float]) -> dict[str, float]:
    """Bad events of one row by the incident that they belong to; others are left out."""
    start, end, bad = float(counts.starts[row]), float(counts.ends[row]), float(counts.values[row, BAD])
    edges = np.unique([start, *np.arange(np.ceil(start / STEP) * STEP, end, STEP), end])
    begins = edges[:-1]
    owners = np.array([_owner(begin, order) for begin in begins.tolist()])
    if (owners == owners[0]).all():
        return {} if owners[0] == NOBODY else {order[owners[0]].incident: bad}
    weights = _weights(edges, bad, steps)
    shares: dict[str, float] = {}
    left = bad
    for owner in dict.fromkeys(owners.tolist()):
        if owner == NOBODY:
            continue
        share = float(weights[owners == owner].sum())
        # Steps with late samples may exceed their hour: never attribute more than there is.
        share = min(round(share) if bad.is_integer() else share, left)
        left -= share
        incident = order[owner].incident
        shares[incident] = shares.get(incident, 0.0) + share
    return shares


def _owner(begin: float, order: Sequence[Stretch]) -> int:
    """The position of the first stretch that contains a step, which starts at `begin` (epoch seconds)."""
    return next((place for place, each in enumerate(order) if each.start <= begin < each.end), NOBODY)


def _weights(edges: np.ndarray, bad: float, steps: Mapping[float, float]) -> np.ndarray:
    """Bad events of each step of a row: known ones, with the rest distributed evenly over time."""
    lengths = np.diff(edges)
    known = np.array([steps.get(begin, np.nan) for begin in edges[:-1].tolist()], dtype=float)
    known[lengths < STEP] = np.nan
    unknown = np.isnan(known)
    rest = max(bad - float(np.nansum(known)), 0.0)
    weights = np.where(unknown, 0.0, known)
    if unknown.any():
        weights[unknown] = rest * lengths[unknown] / lengths[unknown].sum()
    return weights


def _rounded(shares: Mapping[str, float], total: float) -> dict[str, float]:
    """Shares of a sum, rounded to its last digit, so that they and the rest add up to it exactly, in any order.

    Args:
        shares: by incident. `total`: the sum.
    """
    if total <= 0:
        return {}
    is_whole = total.is_integer() and all(share.is_integer() for share in shares.values())
    unit = 1.0 if is_whole else float(np.spacing(total))
    units = {incident: round(share / unit) for incident, share in shares.items()}
    # Rounding up must not make the rest negative.
    excess = sum(units.values()) - int(total / unit)
    if 0 < excess <= len(units):
        units[max(units, key=lambda incident: units[incident])] -= excess
    return {incident: number * unit for incident, number in units.items() if number}
