"""The PromQL questions a found preset is asked, and where their answers go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.signals.latency import nearest_bound
from dashboard.sources.prometheus import promql
from dashboard.sources.prometheus.discovery import Found


@dataclass(frozen=True, slots=True)
class Question:
    """One query and where its numbers go: `detail` is fixed, or made from the `le` label.

    Attributes:
        by: the labels whose values name a row. `called`: these values → service; without it they are the name.
        essential: the answer as a whole fails with it. `scale`: turns a bound into seconds.
    """

    purpose: str
    query: str
    by: tuple[str, ...]
    measure: str
    detail: str = ""
    scale: float = 1.0
    essential: bool = True
    called: Mapping[tuple[str, ...], str] | None = None

    def name(self, metric: Mapping[str, str]) -> str | None:
        """The service (or value of a label) a row is of; None when it is of none that is wanted."""
        place = tuple(metric.get(label, "") for label in self.by)
        return "/".join(place) if self.called is None else self.called.get(place)


def signals(one: Found, step: int, service: str | None = None, label: str | None = None) -> list[Question]:
    """All signals on a grid; the rate window is four scrapes or the step, whichever is longer.

    Args:
        service: only this one. `label`: broken down by its values, without the resources.
    """
    if service is not None and service not in one.owned:
        return []
    window = max(4 * one.scrape, step)
    extra = promql.matchers(dict(zip(one.by, one.services[service], strict=True))) if service is not None else ""
    by = (label,) if label else one.by
    questions = _requests(one, "rate", window, extra, by) if one.preset.requests else []
    questions += _buckets(one, window, extra, by)
    if one.preset.requests and not one.bounds:
        questions += _means(one, window, extra, by)
    if label is not None:
        return questions
    for resource in one.saturation:
        measure = "saturation" if resource.unit == "ratio" else "usage"
        query = one.resource_query(resource, window, extra)
        questions.append(Question(resource.name, query, by, measure, resource.name, essential=False))
    return _called(one, questions)


def events(one: Found, step: int, wanted: float) -> list[Question]:
    """Requests, server errors, and latency at the threshold nearest to `wanted` (seconds) and in all, per step."""
    if not one.preset.requests or step < 2 * one.scrape:
        return []
    questions = [question for question in _requests(one, "increase", step, "", one.by) if question.detail != "client"]
    finite = [bound for _, bound in one.bounds if np.isfinite(bound)]
    threshold = nearest_bound(finite, wanted)
    texts = [text for text, bound in one.bounds if bound == threshold or np.isinf(bound)]
    pattern = "|".join(text.replace(".", "\\.").replace("+", "\\+") for text in texts)
    questions += _buckets(one, step, "", one.by, function="increase", le=f"le=~{promql.quoted(pattern)}")
    return _called(one, questions)


def _called(one: Found, questions: Sequence[Question]) -> list[Question]:
    called = {place: name for name, place in one.services.items() if name in one.owned}
    return [replace(question, called=called) for question in questions]


def _requests(one: Found, function: str, window: float, extra: str, by: Sequence[str]) -> list[Question]:
    preset = one.preset
    base = (one.match, preset.matchers, extra)
    every = promql.summed(function, promql.selector(preset.requests, *base), window, by)
    questions = [Question("requests", every, tuple(by), "requests")]
    label = preset.error_codes[0] if preset.errors else one.code
    if label is None:
        return questions
    for detail, pattern in (("server", preset.failed), ("client", preset.refused)):
        if pattern:
            metric = preset.errors or preset.requests
            selected = promql.selector(metric, *base, f"{label}=~{promql.quoted(_anchored(one, detail, pattern))}")
            failing = promql.summed(function, selected, window, by)
            questions.append(Question(f"{detail} errors", failing, tuple(by), "errors", detail))
    return questions


def _buckets(
    one: Found, window: float, extra: str, by: Sequence[str], *, function: str = "rate", le: str = ""
) -> list[Question]:
    if not one.bounds:
        return []
    preset = one.preset
    base = [one.match, preset.matchers, extra, le]
    sides = [("latency", "")]
    if one.split:
        pattern = promql.quoted(_anchored(one, "server", preset.failed))
        sides = [("latency", f"{one.code}!~{pattern}")]
        if function == "rate":
            sides.append(("failed_latency", f"{one.code}=~{pattern}"))
    return [
        Question(
            f"{'failed ' if measure == 'failed_latency' else ''}latency buckets",
            promql.summed(function, promql.selector(preset.bucket, *base, outcome), window, (*by, "le")),
            tuple(by),
            measure,
            "le",
            scale=preset.scale,
        )
        for measure, outcome in sides
    ]


def _means(one: Found, window: float, extra: str, by: Sequence[str]) -> list[Question]:
    preset = one.preset
    if preset.gauge_mean:
        query = f"avg by ({', '.join(by)}) ({promql.selector(preset.gauge_mean, one.match, extra)})"
        return [Question("mean latency", query, tuple(by), "mean", essential=False)]
    if preset.mean is None:
        return []
    total, count = (
        promql.summed("rate", promql.selector(metric, one.match, preset.matchers, extra), window, by)
        for metric in preset.mean
    )
    return [Question("mean latency", f"{total} / {count}", tuple(by), "mean", essential=False)]


def _anchored(one: Found, detail: str, pattern: str) -> str:
    # `error_type` of OpenTelemetry names any failure that has no status.
    return ".+" if one.code == "error_type" and detail == "server" else pattern
