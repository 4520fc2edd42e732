"""Limits for a service that is being watched: of a steady state, with the keys of `status --format json`."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

FORM = "such as error_ratio<=0.02, latency_p99_s<=0.5, traffic_per_s>=10 or saturation.memory<=0.9"
_WRITTEN = re.compile(
    r"(?:(?P<errors>error_ratio)|latency_p(?P<quantile>\d{2})_s|(?P<traffic>traffic_per_s)|saturation\.(?P<resource>[\w.-]+))"
    r"\s*(?P<sign><=|>=)\s*(?P<bound>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(?P<unit>%|ms|s|)"
)

# Divisors of bounds; the units allowed for each kind are below.
UNITS = {"": 1.0, "%": 100.0, "s": 1.0, "ms": 1000.0}
RATIO_UNITS, LATENCY_UNITS, TRAFFIC_UNITS = ("", "%"), ("", "s", "ms"), ("",)


class Kind(StrEnum):
    """What a limit applies to."""

    ERRORS = "error_ratio"
    LATENCY = "latency"
    TRAFFIC = "traffic_per_s"
    SATURATION = "saturation"


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit.

    Attributes:
        text: as written. `is_upper`: values above it exceed it; otherwise values below.
        bound: a share 0–1, seconds, or requests per second.
        quantile: for latency, 0–1: at most 1 - quantile of the requests may take longer than the bound.
        resource: for saturation.
    """

    text: str
    kind: Kind
    is_upper: bool
    bound: float
    quantile: float | None = None
    resource: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A limit with the measured value.

    Attributes:
        value: the value to compare, in the unit of the limit; None if it was not measured.
        is_exceeded: with certainty over all looks together; None if that is unknown.
    """

    limit: Limit
    value: float | None
    is_exceeded: bool | None


def limit_of(text: str) -> Limit:
    """Parse a limit.

    Raises:
        ValueError: it is invalid; the message says what is expected.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected a limit {FORM}")
    bound, is_upper, written = float(match["bound"]) / UNITS[match["unit"]], match["sign"] == "<=", text.strip()
    if not math.isfinite(bound):
        raise ValueError("its bound is no number")
    if match["errors"] or match["quantile"]:
        if not is_upper:
            raise ValueError("an error ratio or a latency is bounded from above: write <=")
        if match["errors"]:
            return _share(Limit(written, Kind.ERRORS, True, bound), match["unit"])
        quantile = int(match["quantile"]) / 100
        if not 0 < quantile < 1 or not bound > 0 or match["unit"] not in LATENCY_UNITS:
            raise ValueError("expected a latency of p01 to p99 above 0, in seconds or as 500ms")
        return Limit(written, Kind.LATENCY, True, bound, quantile=quantile)
    if match["traffic"]:
        if match["unit"] not in TRAFFIC_UNITS:
            raise ValueError("traffic is bounded in requests per second, without a unit")
        return Limit(written, Kind.TRAFFIC, is_upper, bound)
    return _share(Limit(written, Kind.SATURATION, is_upper, bound, resource=match["resource"]), match["unit"])


def _share(limit: Limit, unit: str) -> Limit:
    if not 0 <= limit.bound <= 1 or unit not in RATIO_UNITS:
        raise ValueError("a ratio lies between 0 and 1, such as 0.02 or 2%")
    return limit
