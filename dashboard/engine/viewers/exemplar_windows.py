"""Requests with traces, fetched when somebody looks: once for all viewers of the same span."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dashboard.engine.viewers.on_demand import WAIT_S
from dashboard.engine.viewers.shared_answers import SharedAnswers, Worked
from dashboard.engine.viewers.viewer_queue import NOBODY, Viewer, ViewerQueue
from dashboard.oncall.exemplar import Exemplar
from dashboard.sources.exemplars import ExemplarSource
from dashboard.sources.protocol import Source

# Spans end at multiples of this many seconds, so that viewers share them.
EVERY_S = 60
# Seconds for which an earlier answer is shown in the meantime.
SHOWN_FOR_S = 600
# How many requests are kept for a span: the worst, among them this many of the slowest, however many failed.
KEPT, SLOWEST = 20, 5


@dataclass(frozen=True, slots=True)
class ExemplarWindow:
    """The answer for viewers.

    Attributes:
        service: its name. `start`, `end`: epoch seconds.
        exemplars: failed ones first, then the slowest; None while there is no answer yet.
        error: why there is none, in one line; None if there is one, or will be.
        retry_s: seconds until the next request while it is still being fetched; None if it is ready or failed.
    """

    service: str
    start: int
    end: int
    exemplars: tuple[Exemplar, ...] | None = None
    error: str | None = None
    retry_s: float | None = None


# The key of exemplars: a service, and a span in epoch seconds.
_Key = tuple[str, int, int]


class ExemplarWindows:
    """Exemplars that viewers requested, limited in number.

    Args:
        source: asked from the threads of the queue.
        clock: returns epoch seconds. `queue`: shared by everything that viewers wait for.
    """

    def __init__(self, source: Source, clock: Callable[[], float], queue: ViewerQueue) -> None:
        self._source = source if isinstance(source, ExemplarSource) else None
        self._answers = SharedAnswers[_Key, tuple[Exemplar, ...]](self._ask, clock, queue)

    @property
    def queries(self) -> int:
        """Number of queries sent to the source since the start."""
        return self._answers.queries

    def fetch(
        self, service: str, start: int, end: int, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S
    ) -> ExemplarWindow:  # fmt: skip
        """The worst requests of a span with their traces, or when to ask again.

        Args:
            service: its name. `start`, `end`: epoch seconds, rounded down to whole minutes.
            viewer: who waits for it, up to `wait_s` seconds. Until it is ready, an earlier answer is shown.
        """
        key = (service, start // EVERY_S * EVERY_S, end // EVERY_S * EVERY_S)
        if self._source is None:
            return ExemplarWindow(*key, exemplars=())
        answer = self._answers.fetch(key, viewer, wait_s=wait_s, age_s=partial(_age_s, key))
        return ExemplarWindow(*answer.key, answer.value, answer.error, answer.retry_s)

    def forget(self) -> None:
        """Drop everything: the data of the source have changed."""
        self._answers.forget()

    def _ask(self, key: _Key) -> Worked[tuple[Exemplar, ...]]:
        assert self._source is not None, "nobody else is asked"
        answer = self._source.exemplars(*key)
        return Worked(worst(answer.exemplars), len(answer.costs))


def _age_s(key: _Key, other: _Key) -> float | None:
    """By how many seconds a span of the same length ends earlier; None if it cannot stand in."""
    (service, start, end), (name, others_start, others_end) = key, other
    is_alike = (name, others_end - others_start) == (service, end - start)
    return end - others_end if is_alike and 0 < end - others_end <= SHOWN_FOR_S else None


def worst(exemplars: tuple[Exemplar, ...]) -> tuple[Exemplar, ...]:
    """The most informative ones: failed ones first, then the slowest, then the newest; at most `KEPT`.

    Even if many failed, the slowest ones are included, as they show something else.
    """
    ranked = sorted(exemplars, key=lambda each: (each.failed is not True, -(each.seconds or 0.0), -each.at, each.trace))
    slowest = sorted(ranked, key=lambda each: -(each.seconds or 0.0))[:SLOWEST]
    missing = [each for each in slowest if each not in ranked[:KEPT]]
    kept = [*ranked[: KEPT - len(missing)], *missing]
    return tuple(each for each in ranked if each in kept)
