"""What spends a service's budget, computed in the background: once for all viewers of the same span."""

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

# Spans end at multiples of this many seconds, so that viewers share them. Sliding spans end at multiples of this part
# of their length, if that is longer.
EVERY_S, SLIDING_PARTS = 60, 100
# A sliding explanation is shown for this many of its steps while the next one is being computed.
SHOWN_FOR = 10
NO_LABELS = "this source does not count events by labels"


@dataclass(frozen=True, slots=True)
class ExplanationWindow:
    """The answer for viewers.

    Attributes:
        service: its name. `bad`: which events are bad. `spans`: the span to explain and the one to compare with.
        explanation: None while there is none yet.
        unused: labels of the service that are not combined with others.
        partial: the source's answer was partial. `costs`: the queries.
        error: why there is none, in one line; None if there is one, or will be.
        retry_s: seconds until the next request while it is still being computed; None if it is ready or failed.
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
    """Ask a source and explain its answer, however long that takes.

    Args:
        source: the source to ask. `service`: its name. `bad`: which events are bad.
        spans: the span to explain and the one to compare with.

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


# The key of an explanation: a service, the kind of bad events, and the two spans.
_Key = tuple[str, BadEvents, Spans]


class Explanations:
    """Explanations that viewers requested, limited in number.

    Args:
        source: asked from the threads of the queue.
        clock: returns epoch seconds. `queue`: shared by everything that viewers wait for.
    """

    def __init__(self, source: Source, clock: Callable[[], float], queue: ViewerQueue) -> None:
        self._source = source
        self._answers = SharedAnswers[_Key, ExplanationWindow](self._work_out, clock, queue)

    @property
    def queries(self) -> int:
        """Number of queries sent to the source since the start."""
        return self._answers.queries

    def fetch(
        self, service: str, bad: BadEvents, spans: Spans, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S,
        slides: bool = False,
    ) -> ExplanationWindow:  # fmt: skip
        """What the additional bad events of a service have in common, or when to ask again.

        Args:
            service: its name. `bad`: which events are bad.
            spans: the span to explain and the one to compare with; its end is rounded down to a whole minute.
            viewer: who waits for it, up to `wait_s` seconds.
            slides: the span ends now: until its explanation is ready, the previous one is shown.
        """
        every = max(EVERY_S, spans.seconds // SLIDING_PARTS) if slides else EVERY_S
        key = (service, bad, replace(spans, end=spans.end // every * every))
        age_s = partial(_age_s, key, SHOWN_FOR * every) if slides else None
        answer = self._answers.fetch(key, viewer, wait_s=wait_s, age_s=age_s)
        window = answer.value or ExplanationWindow(*answer.key)
        # Return the same object if nothing changes, as viewers share what they derive from it.
        is_said = answer.error is not None or answer.retry_s is not None
        return replace(window, error=answer.error, retry_s=answer.retry_s) if is_said else window

    def forget(self) -> None:
        """Drop everything: the data of the source have changed."""
        self._answers.forget()

    def _work_out(self, key: _Key) -> Worked[ExplanationWindow]:
        window = explained(self._source, *key)
        return Worked(window, len(window.costs), window.partial)


def _age_s(key: _Key, most: float, other: _Key) -> float | None:
    """By how many seconds an explanation of the same length ends earlier; None if it cannot stand in.

    Args:
        key: the requested one. `most`: largest allowed age in seconds. `other`: the existing one.
    """
    (service, bad, spans), (name, events, others) = key, other
    age = spans.end - others.end
    is_alike = (name, events, others.seconds) == (service, bad, spans.seconds)
    return age if is_alike and 0 < age <= most else None
