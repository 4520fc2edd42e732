"""Matchers that select failed or other requests, if labels contain the outcome."""

from collections.abc import Iterable, Iterator

from dashboard.promql import quoted
from dashboard.sources.prometheus.instrumentation.instrumentation import Instrumentation
from dashboard.sources.prometheus.presets.preset import Outcome


def outcome_matchers(instrumentation: Instrumentation, measure: str) -> tuple[str, ...]:
    """Matchers of the buckets of `latency` or `failed_latency`, of which no two select the same series.

    One that is empty selects all; none at all: the buckets do not tell failed requests from others.
    """
    outcome = instrumentation.outcome
    if outcome is None or not instrumentation.latency_by_outcome:
        return ("",) if measure == "latency" else ()
    outcomes = (outcome, *instrumentation.outcomes_beside)
    if measure == "failed_latency":
        return tuple(failed_matchers(outcomes, "server"))
    # What nobody knows the meaning of was not answered well, however fast.
    first = _not_failed(outcome, outcome.passed)
    beside = (_not_failed(other, f"{other.passed}|") for other in outcomes[1:])
    return (",".join((first, *beside)),)


def _not_failed(outcome: Outcome, passed: str | None) -> str:
    """The matcher of what a label does not call failed; `passed`: the pattern of what it calls good or refused."""
    if outcome.passed is None:
        return f"{outcome.label}!~{quoted(outcome.failed or '')}"
    return f"{outcome.label}=~{quoted(passed or '')}"


def failed_matchers(outcomes: Iterable[Outcome], detail: str) -> Iterator[str]:
    """Matchers of failed requests, of which no two select the same series.

    Args:
        outcomes: labels, with their patterns.
        detail: `server` or `client`: whose fault it was.
    """
    excluded = ""
    for outcome in outcomes:
        pattern = {"server": outcome.failed, "client": outcome.refused}.get(detail)
        if pattern:
            yield f"{excluded}{outcome.label}=~{quoted(pattern)}"
        # What this label calls a failure of either side is not looked at by the next.
        settled = "|".join(filter(None, (outcome.failed, outcome.refused)))
        excluded += f"{outcome.label}!~{quoted(settled)}," if settled else ""
