"""Detects latency buckets whose bounds do not fit the unit in the name of their histogram."""

import re
from collections.abc import Sequence

# What answers somebody who waits: jobs may take hours.
WAITED_FOR = re.compile("http|request|response|rpc|call")
# Seconds from which a bound fits no request, and from which on round numbers of seconds are multiples of a minute.
TOO_LONG, MINUTE = 1000.0, 60
# Bounds of this unit would be this small only if they are seconds: the default bounds of client libraries.
TOO_SHORT, SECONDS_MAX = 0.1, 60.0
# Smallest of the largest bounds that a unit usually has → its name, and its factor to seconds.
USUAL = ((1e9, "nanoseconds", "1e-9"), (1e6, "microseconds", "1e-6"), (0.0, "milliseconds", "0.001"))


def unit_doubt(bucket: str, scale: float, bounds: Sequence[float]) -> str:
    """Why the unit of buckets is unknown, one line; empty if their bounds fit it.

    Args:
        bucket: the histogram. `scale`: the factor of its unit to seconds. `bounds`: finite ones in seconds, ascending.
    """
    if len(bounds) < 2 or not WAITED_FOR.search(bucket):
        return ""
    smallest, largest = bounds[0] / scale, bounds[-1] / scale
    if scale == 1.0 and smallest >= 1 and largest >= TOO_LONG and not any(map(_is_minutes, bounds)):
        unit, factor = next((unit, factor) for least, unit, factor in USUAL if largest >= least)
        return _line(bucket, smallest, largest, unit, factor)
    if scale < 1.0 and smallest < TOO_SHORT and largest <= SECONDS_MAX:
        return _line(bucket, smallest, largest, "seconds", "1")
    return ""


def _is_minutes(bound: float) -> bool:
    return bound >= MINUTE and bound % MINUTE == 0


def _line(bucket: str, smallest: float, largest: float, unit: str, factor: str) -> str:
    return (
        f"latency is unknown: the bounds of {bucket}, {smallest:g} to {largest:g}, look like {unit}, which its name "
        f"does not say: write requests, buckets and the right scale in [[presets]], such as scale = {factor}"
    )
