"""Finds the presets that a server may have, by the names of its metrics."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dashboard.sources.prometheus.presets.preset import Preset

# Native histograms are counted at powers of two, which are bounds of every standard schema from 0 on, in seconds.
NATIVE_BOUNDS = (*((repr(2.0**power), 2.0**power) for power in range(-8, 6)), ("+Inf", float("inf")))


def markers(presets: Iterable[Preset]) -> list[str]:
    """The metrics that identify presets, sorted."""
    every = list(presets)
    markers = {variant.marker for preset in every for variant in _variants(preset)}
    return sorted(markers | native_names(every))


def native_names(presets: Iterable[Preset]) -> set[str]:
    """The native histograms that a server may have for presets."""
    return {native_name(preset) for preset in presets} - {""}


def candidates(presets: Iterable[Preset], present: set[str], native: set[str]) -> list[Preset]:
    """The presets whose marker exists, with each counter that may count their requests.

    A native histogram counts requests for services that have no other counter of the preset.

    Args:
        presets: most specific first.
        present: existing metrics. `native`: those that are native histograms.
    """
    known = [
        replace(preset, native=native_name(preset)) if native_name(preset) in native else preset for preset in presets
    ]
    there = [variant for preset in known for variant in _variants(preset) if variant.marker in present]
    # They come last: a service with a request counter is counted by that.
    return [*there, *_by_native(known)]


def _by_native(presets: Iterable[Preset]) -> list[Preset]:
    """Presets with only a native histogram; if several have the same one, the preset that uses it anyway."""

    def fits(preset: Preset) -> tuple[bool, bool]:
        return f"{preset.native}_count" not in (preset.requests, *preset.or_requests), preset.exclusive

    best: dict[str, Preset] = {}
    for preset in sorted((preset for preset in presets if preset.native), key=fits):
        best.setdefault(preset.native, replace(preset, marker=preset.native, requests=preset.native))
    return list(best.values())


def _variants(preset: Preset) -> Iterator[Preset]:
    """A preset with each of its request counters, for targets without an earlier one."""
    yield preset
    counters = (preset.requests, *preset.or_requests)
    for number, metric in enumerate(preset.or_requests, start=1):
        marker = metric if preset.marker == preset.requests else preset.marker
        yield replace(preset, requests=metric, marker=marker, instead_of=counters[:number])


def native_name(preset: Preset) -> str:
    """The name of a native histogram: that of its buckets without the suffix; only used if its unit is seconds."""
    return preset.bucket.removesuffix("_bucket") if preset.scale == 1.0 else ""
