"""The PromQL questions a found preset is asked, and where their answers go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard import buckets
from dashboard.promql import quoted
from dashboard.sources.prometheus import selectors
from dashboard.sources.prometheus.discovery import Found
from dashboard.sources.prometheus.selectors import Reading
from dashboard.timerange import HOUR

# Seconds between the moments at which is looked whether anything was scraped: as far as a server looks back.
SAMPLED = 300


@dataclass(frozen=True, slots=True)
class Question:
    """One query and where its numbers go: `detail` is fixed, or made from the `le` label.

    Attributes:
        by: the labels whose values name a row. `called`: these values → service; without it they are the name.
        essential: the answer as a whole fails with it. `scale`: turns a bound into seconds.
        bounds: the answer is native histograms, to be counted at these, in seconds; `scale` is of their counts.
    """

    purpose: str
    query: str
    by: tuple[str, ...]
    measure: str
    detail: str = ""
    scale: float = 1.0
    essential: bool = True
    called: Mapping[tuple[str, ...], str] | None = None
    bounds: tuple[float, ...] = ()

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
    rate = Reading("rate", window)
    extra = one.place(service) if service is not None else ""
    by = (label,) if label else one.by
    questions = _requests(one, rate, extra, by) if one.preset.requests else []
    questions += _buckets(one, rate, extra, by)
    if one.preset.requests and not one.bounds:
        questions += _means(one, rate, extra, by)
    if label is not None:
        return questions
    for resource in one.saturation:
        measure = "saturation" if resource.unit == "ratio" else "usage"
        query = one.resource_query(resource, window, extra)
        questions.append(Question(resource.name, query, by, measure, resource.name, essential=False))
    return _called(one, questions)


def events(one: Found, step: int, wanted: float, limits: Sequence[float] = (), *, tiles: bool = True) -> list[Question]:
    """Requests, server errors, and latency at some bounds and in all, per step.

    Args:
        wanted: seconds; latency is counted at the bound nearest to it. `limits`: and at the bounds of these.
        tiles: the server extrapolates, so that a window must begin where the one before ended.
    """
    if not one.preset.requests or step < 2 * one.scrape:
        return []
    increase = Reading("increase", step, selectors.tiled(step, one.scrape) if tiles else 0.0)
    questions = [question for question in _requests(one, increase, "", one.by) if question.detail != "client"]
    finite = [bound for _, bound in one.bounds if np.isfinite(bound)]
    kept = {buckets.nearest_bound(finite, wanted), *(buckets.counting_bound(finite, limit) for limit in limits)}
    texts = [text for text, bound in one.bounds if bound in kept or np.isinf(bound)]
    questions += _buckets(one, increase, "", one.by, texts)
    if step == HOUR and 2 * one.scrape <= SAMPLED:
        questions.append(_measured(one))
    return _called(one, questions)


def _measured(one: Found) -> Question:
    """Seconds of an hour in which any instance was scraped, looked at every few minutes: replaced ones leave no gap.

    To Prometheus 2 both ends of a range belong: a second less holds as many moments on each server.
    """
    selected = selectors.selector(one.preset.requests, one.match, one.preset.matchers)
    there = f"group by ({', '.join(one.by)}) ({selected})"
    query = f"count_over_time(({there})[{HOUR - 1}s:{SAMPLED}s]) * {SAMPLED}"
    return Question("time measured", query, one.by, "measured", essential=False)


def _called(one: Found, questions: Sequence[Question]) -> list[Question]:
    called = {place: name for name, place in one.services.items() if name in one.owned}
    return [replace(question, called=called) for question in questions]


def _requests(one: Found, reading: Reading, extra: str, by: Sequence[str]) -> list[Question]:
    preset = one.preset
    base = (one.match, preset.matchers, extra)
    every = selectors.summed(
        reading, selectors.selector(preset.requests, *base), by, native=one.preset.natively_counted
    )
    questions = [Question("requests", every, tuple(by), "requests")]
    for detail in ("server", "client"):
        selected = failing(one, detail, *base)
        if selected is not None:
            failed = selectors.summed(reading, selected, by, native=one.preset.natively_counted)
            questions.append(Question(f"{detail} errors", failed, tuple(by), "errors", detail))
    return questions


def failing(one: Found, detail: str, *base: str) -> str | None:
    """The selector of failed requests: `server` or `client`; None where they cannot be told."""
    preset = one.preset
    label = preset.error_codes[0] if preset.errors else one.code
    pattern = {"server": preset.failed, "client": preset.refused}.get(detail)
    if label is None or not pattern:
        return None
    return selectors.selector(
        preset.errors or preset.requests, *base, f"{label}=~{quoted(_anchored(one, detail, pattern))}"
    )


def outcome(one: Found, measure: str) -> str | None:
    """The matcher of the buckets of `latency` or `failed_latency`; empty for all, None where these have no own."""
    if not one.split:
        return "" if measure == "latency" else None
    sign = "!~" if measure == "latency" else "=~"
    return f"{one.code}{sign}{quoted(_anchored(one, 'server', one.preset.failed))}"


def _buckets(one: Found, reading: Reading, extra: str, by: Sequence[str], texts: Sequence[str] = ()) -> list[Question]:
    """Latency up to each bound; `texts`: only up to these."""
    if not one.bounds:
        return []
    base = [one.match, one.preset.matchers, extra]
    measures = ("latency", "failed_latency") if reading.function == "rate" else ("latency",)
    sides = {measure: matcher for measure in measures if (matcher := outcome(one, measure)) is not None}
    return [_bucketed(one, reading, (*base, matcher), by, measure, texts) for measure, matcher in sides.items()]


def _bucketed(
    one: Found, reading: Reading, base: Sequence[str], by: Sequence[str], measure: str, texts: Sequence[str]
) -> Question:
    purpose = f"{'failed ' if measure == 'failed_latency' else ''}latency buckets"
    if one.native:
        bounds = tuple(bound for text, bound in one.bounds if not texts or text in texts)
        query = selectors.merged(reading, selectors.selector(one.histogram, *base), by)
        return Question(purpose, query, tuple(by), measure, scale=reading.share, bounds=bounds)
    le = selectors.buckets(texts) if texts else ""
    query = selectors.summed(reading, selectors.selector(one.histogram, *base, le), (*by, "le"))
    return Question(purpose, query, tuple(by), measure, "le", scale=one.preset.scale)


def _means(one: Found, reading: Reading, extra: str, by: Sequence[str]) -> list[Question]:
    preset = one.preset
    if preset.gauge_mean:
        query = f"avg by ({', '.join(by)}) ({selectors.selector(preset.gauge_mean, one.match, extra)})"
        return [Question("mean latency", query, tuple(by), "mean", essential=False)]
    if preset.mean is None:
        return []
    total, count = (
        selectors.summed(reading, selectors.selector(metric, one.match, preset.matchers, extra), by)
        for metric in preset.mean
    )
    return [Question("mean latency", f"{total} / {count}", tuple(by), "mean", essential=False)]


def _anchored(one: Found, detail: str, pattern: str) -> str:
    # `error_type` of OpenTelemetry names any failure that has no status.
    return ".+" if one.code == "error_type" and detail == "server" else pattern
