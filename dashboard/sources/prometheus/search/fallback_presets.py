"""Presets for what the fallback finds, and how an operator writes them down."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dashboard.promql import quoted
from dashboard.sources.prometheus.instrumentation.selectors import any_of
from dashboard.sources.prometheus.presets.preset import BY_JOB, ErrorCounter, Mean, Outcome, Preset

# Units that the names of histograms end in, and what turns them into seconds.
UNITS = {
    "_seconds": 1.0, "_milliseconds": 0.001, "_millis": 0.001, "_ms": 0.001, "_microseconds": 1e-6, "_us": 1e-6,
    "_nanoseconds": 1e-9, "_ns": 1e-9,
}  # fmt: skip
# Labels that tell the services of one job from each other, the plainest first.
NAMING = ("service_name", "service", "app", "exported_job")
# Collectors write `service_name` and `exported_job`, which name who was asked; these may name what a target asks.
DOUBTFUL = ("service", "app")
UNIT = ("job", *NAMING)
# The values of UNIT, empty if there is no such label: what one service is scraped by.
Unit = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Find:
    """What speaks for a unit.

    Attributes:
        counter: of its requests. `label`: on it, that tells their outcome. `bucket`: its histogram; empty without any.
        failures: a counter of failed requests in place of a label; `apart`: `counter` counts the good ones alone.
    """

    counter: str
    label: str = ""
    bucket: str = ""
    failures: str = ""
    apart: bool = False


def as_toml(preset: Preset) -> str:
    """A preset of this module as a block of the configuration that makes it permanent."""
    lines = ["[[presets]]", f"name = {json.dumps(preset.name)}", f"requests = {json.dumps(preset.requests)}"]
    if preset.service_labels != BY_JOB:
        lines.append(f"services = {json.dumps([label for (label,) in preset.service_labels])}")
    if preset.outcomes:
        lines.append(f"outcomes = {json.dumps([outcome.label for outcome in preset.outcomes])}")
    for counter in preset.error_counters:
        apart = ", apart = true" if counter.apart else ""
        lines.append(f"errors = [{{ metric = {json.dumps(counter.metric)}{apart} }}]")
    if preset.bucket:
        lines.append(f"buckets = {json.dumps(preset.bucket)}")
    if preset.bucket and preset.scale != 1.0:
        lines.append(f"scale = {preset.scale:g}")
    if preset.mean is not None:
        scale = f", scale = {preset.mean.scale:g}" if preset.mean.scale != 1.0 else ""
        lines.append(f'mean = {{ sum = "{preset.mean.sum}", count = "{preset.mean.count}"{scale} }}')
    return "\n".join(lines)


def preset_of(find: Find, units: Sequence[Unit], others: Sequence[Unit] = ()) -> Preset:
    """The preset of a find.

    Args:
        find: what speaks for some units. `units`: these.
        others: for which something else speaks, maybe by the same counter: they are none of its services.
    """
    timed = (find.bucket or find.counter).removesuffix("_bucket").removesuffix("_count")
    scale = next((scale for unit, scale in UNITS.items() if timed.endswith(unit)), None)
    # A summary has no buckets, and the time that all it counts took together.
    has_sum = not find.bucket and scale is not None and find.counter.endswith("_count")
    preset = Preset(
        re.sub("_(total|count)$", "", find.counter).replace("_", "-").replace(":", "-"),
        find.counter,
        find.counter,
        matchers=",".join(_matchers(units, others)),
        service_labels=_service_labels(units),
        outcomes=(Outcome(find.label),) if find.label else (),
        error_counters=(ErrorCounter(find.failures, apart=find.apart),) if find.failures else (),
        bucket=find.bucket,
        scale=scale or 1.0,
        mean=Mean(f"{timed}_sum", find.counter, scale=scale or 1.0) if has_sum else None,
        breakdowns=("route", "path", "handler", "method", "instance", *([find.label] if find.label else ())),
    )
    note = f"found without a preset, by {find.counter}: `golden-signals discover` prints the preset that keeps it"
    return replace(preset, notes=(note,))


def _matchers(units: Sequence[Unit], others: Sequence[Unit]) -> Iterator[str]:
    """Matchers that select units, and leave out others of the same jobs."""
    jobs = {job for job, *_ in units}
    yield f"job=~{quoted(any_of(sorted(jobs)))}"
    for place, label in enumerate(NAMING, start=1):
        values = {unit[place] for unit in units}
        # A label that does not name targets is in no unit, and may be on any series: it is left alone.
        if any(unit[0] in jobs and unit[place] not in values for unit in others):
            yield f"{label}=~{quoted(any_of(sorted(values)))}"


def _service_labels(units: Sequence[Unit]) -> tuple[tuple[str, ...], ...]:
    """Alternatives of the labels that name these units; the usual ones need not be there."""
    usual = {label for (label,) in BY_JOB}
    naming = [label for place, label in enumerate(UNIT) if label not in usual and any(unit[place] for unit in units)]
    return (*((label,) for label in naming), *BY_JOB)


def metrics_of(preset: Preset) -> Iterator[str]:
    """The metrics that a preset reads requests, failures and latency from."""
    yield from filter(None, (preset.metric, *preset.or_requests, preset.bucket))
    yield from (counter.metric for counter in preset.error_counters)
    yield preset.bucket.removesuffix("_bucket") + "_count"
    if preset.mean is not None:
        yield from filter(None, (preset.mean.sum, preset.mean.count))
