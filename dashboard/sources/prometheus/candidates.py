"""Which presets a server may have, by the names of its metrics."""

from dataclasses import replace

from dashboard.sources.prometheus.presets import PRESETS, Preset

HISTOGRAM = "http_request_duration_seconds_count"
# Native histograms are counted at powers of two: as seconds these are bounds of every standard schema from 0 on.
NATIVE_BOUNDS = (*((repr(2.0**power), 2.0**power) for power in range(-8, 6)), ("+Inf", float("inf")))


def markers() -> str:
    """A regular expression of the metrics that tell a preset."""
    return "|".join(sorted({preset.marker for preset in PRESETS} | {HISTOGRAM} | NATIVE))


def candidates(present: set[str], native: set[str]) -> list[Preset]:
    """The presets whose marker is there; a histogram without its request counter counts by its `_count`.

    A native histogram counts requests by itself, for the services that the preset does not know otherwise.

    Args:
        present: metrics that are there. `native`: those of them that are native histograms.
    """
    known = [replace(one, native=_native_name(one)) if _native_name(one) in native else one for one in PRESETS]
    found = [preset for preset in known if preset.marker in present]
    if HISTOGRAM in present and "http_requests_total" not in present:
        generic = next(preset for preset in known if preset.name == "generic-http")
        found.append(replace(generic, marker=HISTOGRAM, requests=HISTOGRAM))
    return [*found, *(replace(one, marker=one.native, requests=one.native) for one in known if one.native)]


def _native_name(preset: Preset) -> str:
    """A native histogram has the name of its buckets without their ending; only in seconds are its bounds ours."""
    return preset.bucket.removesuffix("_bucket") if preset.scale == 1.0 else ""


NATIVE = {_native_name(preset) for preset in PRESETS} - {""}
