"""What spends a service's budget, worked out beside the refreshes: once for all viewers who look at the same span."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from dashboard.engine.viewers.on_demand import WAIT_S
from dashboard.engine.viewers.shared_answers import SharedAnswers, Worked
from dashboard.engine.viewers.viewer_queue import NOBODY, Viewer, ViewerQueue
from dashboard.exceptions import SourceError
from dashboard.oncall.explanation import Explanation, explain
from dashboard.oncall.spans import BadEvents, Spans
from dashboard.sources.combined import CombinationsAnswer, CombinedSource, UnusedLabel
from dashboard.sources.protocol import QueryCost, Source

# Spans end at multiples of so many seconds: viewers who come within them share one. One that slides with the present
# ends at multiples of so many parts of its length, if that is longer.
EVERY_S, SLIDING_PARTS = 60, 100
# One that slides is shown for so many of its steps while the next is worked out.
SHOWN_FOR = 10
NO_LABELS = "this source does not count events by labels"


@dataclass(frozen=True, slots=True)
class ExplanationWindow:
    """What viewers get.

    Attributes:
        service: its name. `bad`: which events are bad. `spans`: the explained one and the one it is compared with.
        explanation: None while there is none yet.
        unused: labels of the service that are not combined with others.
        partial: the source answered in part. `costs`: the queries.
        error: why there is none, in one line; None where there is one, or will be.
        retry_s: seconds after which to ask again, as it is still being worked out; None where it is there or failed.
    """

    service: str
    bad: BadEvents
    spans: Spans
    explanation: Explanation | None = None
    unused: tuple[UnusedLabel, ...] = ()
    partial: bool = False
    costs: tuple[QueryCost, ...] = ()
    error: str | None = None
    retry_s: float | None = None


def explained(source: Source, service: str, bad: BadEvents, spans: Spans) -> ExplanationWindow:
    """Ask a source and explain what it answers; takes as long as that takes.

    Args:
        source: that knows the service. `service`: its name. `bad`: which events are bad.
        spans: the explained one and the one it is compared with.

    Raises:
        SourceError: the source did not answer, or does not count events by labels.
    """
    if not isinstance(source, CombinedSource):
        raise SourceError(NO_LABELS)
    answer: CombinationsAnswer = source.combinations(service, bad, spans)
    explanation = explain(answer.combinations, answer.alone)
    return ExplanationWindow(
        service, bad, spans, explanation, answer.unused, partial=answer.partial, costs=answer.costs
    )


# What is explained: a service, which of its events are bad, and the two spans.
_Key = tuple[str, BadEvents, Spans]


class Explanations:
    """Explanations that viewers asked for, bounded in number.

    Args:
        source: is asked from the threads of the queue.
        clock: returns epoch seconds. `queue`: of all that viewers wait for.
    """

    def __init__(self, source: Source, clock: Callable[[], float], queue: ViewerQueue) -> None:
        self._source = source
        self._answers = SharedAnswers[_Key, ExplanationWindow](self._work_out, clock, queue)

    @property
    def queries(self) -> int:
        """Sent to the source since the start."""
        return self._answers.queries

    def fetch(
        self, service: str, bad: BadEvents, spans: Spans, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S,
        slides: bool = False,
    ) -> ExplanationWindow:  # fmt: skip
        """What the additional bad events of a service have in common, or when to ask again.

        Args:
            service: its name. `bad`: which events are bad.
            spans: the explained one and the one it is compared with; its end is taken down to a whole minute.
            viewer: who waits for it, `wait_s` seconds.
            slides: the span ends now: the one before it is shown until this one is there.
        """
        every = max(EVERY_S, spans.seconds // SLIDING_PARTS) if slides else EVERY_S
        key = (service, bad, replace(spans, end=spans.end // every * every))
        age_s = partial(_age_s, key, SHOWN_FOR * every) if slides else None
        answer = self._answers.fetch(key, viewer, wait_s=wait_s, age_s=age_s)
        window = answer.value or ExplanationWindow(*answer.key)
        # As it is where there is nothing to say: viewers share what they made of it.
        is_said = answer.error is not None or answer.retry_s is not None
        return replace(window, error=answer.error, retry_s=answer.retry_s) if is_said else window

    def forget(self) -> None:
        """Drop all: what the source holds has changed."""
        self._answers.forget()

    def _work_out(self, key: _Key) -> Worked[ExplanationWindow]:
        window = explained(self._source, *key)
        return Worked(window, len(window.costs), window.partial)


def _age_s(key: _Key, most: float, other: _Key) -> float | None:
    """Seconds by which an explanation of a span as long ends earlier; None where it tells of another story.

    Args:
        key: what is asked for. `most`: seconds. `other`: what is there.
    """
    (service, bad, spans), (name, events, others) = key, other
    age = spans.end - others.end
    is_alike = (name, events, others.seconds) == (service, bad, spans.seconds)
    return age if is_alike and 0 < age <= most else None
