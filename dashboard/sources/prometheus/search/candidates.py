"""Which presets a server may have, by the names of its metrics."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dashboard.sources.prometheus.presets.preset import Preset

# Native histograms are counted at powers of two: as seconds these are bounds of every standard schema from 0 on.
NATIVE_BOUNDS = (*((repr(2.0**power), 2.0**power) for power in range(-8, 6)), ("+Inf", float("inf")))


def markers(presets: Iterable[Preset]) -> list[str]:
    """The metrics that tell a preset, sorted."""
    every = list(presets)
    markers = {variant.marker for preset in every for variant in _variants(preset)}
    return sorted(markers | native_names(every))


def native_names(presets: Iterable[Preset]) -> set[str]:
    """The native histograms that a server may have for presets."""
    return {native_name(preset) for preset in presets} - {""}


def candidates(presets: Iterable[Preset], present: set[str], native: set[str]) -> list[Preset]:
    """The presets whose marker is there, with each of the counters that may count their requests.

    A native histogram counts requests by itself, for the services that the preset does not know otherwise.

    Args:
        presets: most specific first.
        present: metrics that are there. `native`: those of them that are native histograms.
    """
    known = [
        replace(preset, native=native_name(preset)) if native_name(preset) in native else preset for preset in presets
    ]
    there = [variant for preset in known for variant in _variants(preset) if variant.marker in present]
    # They come last: a service that has a request counter is counted by that.
    return [*there, *_by_native(known)]


def _by_native(presets: Iterable[Preset]) -> list[Preset]:
    """The presets that count by a native histogram alone; where several have it, the one that counts by it anyway."""

    def fits(preset: Preset) -> tuple[bool, bool]:
        return f"{preset.native}_count" not in (preset.requests, *preset.or_requests), preset.exclusive

    best: dict[str, Preset] = {}
    for preset in sorted((preset for preset in presets if preset.native), key=fits):
        best.setdefault(preset.native, replace(preset, marker=preset.native, requests=preset.native))
    return list(best.values())


def _variants(preset: Preset) -> Iterator[Preset]:
    """A preset with each of its counters of requests, for the targets that have none before it."""
    yield preset
    counters = (preset.requests, *preset.or_requests)
    for number, metric in enumerate(preset.or_requests, start=1):
        marker = metric if preset.marker == preset.requests else preset.marker
        yield replace(preset, requests=metric, marker=marker, instead_of=counters[:number])


def native_name(preset: Preset) -> str:
    """A native histogram has the name of its buckets without their ending; only in seconds are its bounds ours."""
    return preset.bucket.removesuffix("_bucket") if preset.scale == 1.0 else ""
