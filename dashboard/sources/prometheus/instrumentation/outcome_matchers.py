"""Matchers that select failed or other requests, if labels contain the outcome."""

from collections.abc import Iterable, Iterator

from dashboard.promql import quoted
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.presets.preset import Outcome


def outcome_matchers(instrumentation: Instrumentation, measure: str) -> tuple[str, ...]:
    """Disjoint matchers of the buckets of `latency` or `failed_latency`.

    An empty matcher selects all; without any, the buckets do not distinguish failed requests.
    """
    outcome = instrumentation.outcome
    if outcome is None or not instrumentation.latency_by_outcome:
        return ("",) if measure == "latency" else ()
    outcomes = (outcome, *instrumentation.outcomes_beside)
    if measure == "failed_latency":
        return tuple(failed_matchers(outcomes, "server"))
    # Requests with an unknown outcome were not answered well, however fast.
    first = _not_failed(outcome, outcome.passed)
    beside = (_not_failed(other, f"{other.passed}|") for other in outcomes[1:])
    return (",".join((first, *beside)),)


def _not_failed(outcome: Outcome, passed: str | None) -> str:
    """The matcher of requests that are not failures; `passed`: the pattern of good or refused ones."""
    if outcome.passed is None:
        return f"{outcome.label}!~{quoted(outcome.failed or '')}"
    return f"{outcome.label}=~{quoted(passed or '')}"


def failed_matchers(outcomes: Iterable[Outcome], detail: str) -> Iterator[str]:
    """Disjoint matchers of failed requests.

    Args:
        outcomes: labels, with their patterns.
        detail: `server` or `client`: the side of the fault.
    """
    excluded = ""
    for outcome in outcomes:
        pattern = {"server": outcome.failed, "client": outcome.refused}.get(detail)
        if pattern:
            yield f"{excluded}{outcome.label}=~{quoted(pattern)}"
        # Failures of either side by this label are excluded for the next label.
        settled = "|".join(filter(None, (outcome.failed, outcome.refused)))
        excluded += f"{outcome.label}!~{quoted(settled)}," if settled else ""
