"""Builds presets for the results of the fallback, and their configuration blocks."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dashboard.promql import quoted
from dashboard.sources.prometheus.instrumentation.selectors import any_of
from dashboard.sources.prometheus.presets.preset import BY_JOB, ErrorCounter, Mean, Outcome, Preset

# Units at the end of histogram names, and their factors to seconds.
UNITS = {
    "_seconds": 1.0, "_milliseconds": 0.001, "_millis": 0.001, "_ms": 0.001, "_microseconds": 1e-6, "_us": 1e-6,
    "_nanoseconds": 1e-9, "_ns": 1e-9,
}  # fmt: skip
# Labels that distinguish the services of one job, the clearest first.
NAMING = ("service_name", "service", "app", "exported_job")
# Collectors write `service_name` and `exported_job`, which name the target; these may name what a target calls.
DOUBTFUL = ("service", "app")
UNIT = ("job", *NAMING)
# The values of UNIT, empty without such a label: they identify how one service is scraped.
Unit = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Find:
    """The metrics of a unit.

    Attributes:
        counter: of its requests. `label`: with their outcome. `bucket`: its histogram; empty without any.
        failures: failure counters instead of a label; `apart`: `counter` only counts successes.
        refused: counters of client errors.
    """

    counter: str
    label: str = ""
    bucket: str = ""
    failures: tuple[str, ...] = ()
    apart: bool = False
    refused: tuple[str, ...] = ()


def as_toml(preset: Preset) -> str:
    """A preset of this module as a configuration block that makes it permanent."""
    lines = ["[[presets]]", f"name = {json.dumps(preset.name)}", f"requests = {json.dumps(preset.requests)}"]
    if preset.service_labels != BY_JOB:
        lines.append(f"services = {json.dumps([label for (label,) in preset.service_labels])}")
    if preset.outcomes:
        lines.append(f"outcomes = {json.dumps([outcome.label for outcome in preset.outcomes])}")
    if preset.error_counters:
        lines.append(f"errors = [{', '.join(map(_counter_as_toml, preset.error_counters))}]")
    if preset.bucket:
        lines.append(f"buckets = {json.dumps(preset.bucket)}")
    if preset.bucket and preset.scale != 1.0:
        lines.append(f"scale = {preset.scale:g}")
    if preset.mean is not None:
        scale = f", scale = {preset.mean.scale:g}" if preset.mean.scale != 1.0 else ""
        lines.append(f'mean = {{ sum = "{preset.mean.sum}", count = "{preset.mean.count}"{scale} }}')
    return "\n".join(lines)


def _counter_as_toml(counter: ErrorCounter) -> str:
    fault = ', fault = "client"' if counter.fault == "client" else ""
    apart = ", apart = true" if counter.apart else ""
    return f"{{ metric = {json.dumps(counter.metric)}{fault}{apart} }}"


def preset_of(find: Find, units: Sequence[Unit], others: Sequence[Unit] = ()) -> Preset:
    """The preset for a find.

    Args:
        find: the metrics of some units. `units`: these.
        others: units with other metrics, possibly with the same counter: they are not its services.
    """
    timed = (find.bucket or find.counter).removesuffix("_bucket").removesuffix("_count")
    scale = next((scale for unit, scale in UNITS.items() if timed.endswith(unit)), None)
    # A summary has no buckets, but the total time of its requests.
    has_sum = not find.bucket and scale is not None and find.counter.endswith("_count")
    preset = Preset(
        re.sub("_(total|count)$", "", find.counter).replace("_", "-").replace(":", "-"),
        find.counter,
        find.counter,
        matchers=",".join(_matchers(units, others)),
        service_labels=_service_labels(units),
        outcomes=(Outcome(find.label),) if find.label else (),
        error_counters=(
            *(ErrorCounter(counter, apart=find.apart) for counter in find.failures),
            *(ErrorCounter(counter, fault="client") for counter in find.refused),
        ),
        bucket=find.bucket,
        scale=scale or 1.0,
        mean=Mean(f"{timed}_sum", find.counter, scale=scale or 1.0) if has_sum else None,
        breakdowns=("route", "path", "handler", "method", "instance", *([find.label] if find.label else ())),
    )
    note = f"found without a preset, by {find.counter}: `golden-signals discover` prints the preset that keeps it"
    return replace(preset, notes=(note,))


def _matchers(units: Sequence[Unit], others: Sequence[Unit]) -> Iterator[str]:
    """Matchers that select units, and exclude others of the same jobs."""
    jobs = {job for job, *_ in units}
    yield f"job=~{quoted(any_of(sorted(jobs)))}"
    for place, label in enumerate(NAMING, start=1):
        values = {unit[place] for unit in units}
        # A label that does not name targets is in no unit, and may be on any series: do not match it.
        if any(unit[0] in jobs and unit[place] not in values for unit in others):
            yield f"{label}=~{quoted(any_of(sorted(values)))}"


def _service_labels(units: Sequence[Unit]) -> tuple[tuple[str, ...], ...]:
    """Alternatives of the labels that name these units; the usual ones are optional."""
    usual = {label for (label,) in BY_JOB}
    naming = [label for place, label in enumerate(UNIT) if label not in usual and any(unit[place] for unit in units)]
    return (*((label,) for label in naming), *BY_JOB)


def metrics_of(preset: Preset) -> Iterator[str]:
    """The metrics of a preset for requests, failures and latency."""
    yield from filter(None, (preset.metric, *preset.or_requests, preset.bucket))
    yield from (counter.metric for counter in preset.error_counters)
    yield preset.bucket.removesuffix("_bucket") + "_count"
    if preset.mean is not None:
        yield from filter(None, (preset.mean.sum, preset.mean.count))
