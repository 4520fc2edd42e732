"""Which presets a server may have, by the names of its metrics."""

from collections.abc import Iterable
from dataclasses import replace

from dashboard.sources.prometheus.preset import Preset

# A service may have this histogram and no request counter.
HISTOGRAM = "http_request_duration_seconds_count"
# Native histograms are counted at powers of two: as seconds these are bounds of every standard schema from 0 on.
NATIVE_BOUNDS = (*((repr(2.0**power), 2.0**power) for power in range(-8, 6)), ("+Inf", float("inf")))


def markers(presets: Iterable[Preset]) -> list[str]:
    """The metrics that tell a preset, sorted."""
    every = list(presets)
    return sorted({preset.marker for preset in every} | {HISTOGRAM} | native_names(every))


def native_names(presets: Iterable[Preset]) -> set[str]:
    """The native histograms that a server may have for presets."""
    return {_native_name(preset) for preset in presets} - {""}


def candidates(presets: Iterable[Preset], present: set[str], native: set[str]) -> list[Preset]:
    """The presets whose marker is there; a histogram without its request counter counts by its `_count`.

    A native histogram counts requests by itself, for the services that the preset does not know otherwise.

    Args:
        presets: most specific first.
        present: metrics that are there. `native`: those of them that are native histograms.
    """
    known = [
        replace(preset, native=_native_name(preset)) if _native_name(preset) in native else preset for preset in presets
    ]
    there = [preset for preset in known if preset.marker in present]
    if HISTOGRAM in present and "http_requests_total" not in present:
        generic = next(preset for preset in known if preset.name == "generic-http")
        there.append(replace(generic, marker=HISTOGRAM, requests=HISTOGRAM))
    # They come last: a service that has a request counter is counted by that.
    by_native = (replace(preset, marker=preset.native, requests=preset.native) for preset in known if preset.native)
    return [*there, *by_native]


def _native_name(preset: Preset) -> str:
    """A native histogram has the name of its buckets without their ending; only in seconds are its bounds ours."""
    return preset.bucket.removesuffix("_bucket") if preset.scale == 1.0 else ""
