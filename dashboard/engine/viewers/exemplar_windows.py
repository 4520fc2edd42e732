"""Requests of a service that belong to a trace, asked for when somebody looks: once for all who look at a span."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from dashboard.engine.viewers.on_demand import WAIT_S
from dashboard.engine.viewers.shared_answers import SharedAnswers, Worked
from dashboard.engine.viewers.viewer_queue import NOBODY, Viewer, ViewerQueue
from dashboard.oncall.exemplar import Exemplar
from dashboard.sources.exemplars import ExemplarSource
from dashboard.sources.protocol import Source

# Spans end at multiples of so many seconds: viewers who come within them share one.
EVERY_S = 60
# So long the answer of a moment before is shown, in seconds.
SHOWN_FOR_S = 600
# So many are kept of a span: the worst, among them so many of the slowest however many failed.
KEPT, SLOWEST = 20, 5


@dataclass(frozen=True, slots=True)
class ExemplarWindow:
    """What viewers get.

    Attributes:
        service: its name. `start`, `end`: epoch seconds.
        exemplars: failed ones first, then the slowest; None while there is no answer yet.
        error: why there is none, in one line; None where there is one, or will be.
        retry_s: seconds after which to ask again, as it is still asked for; None where it is there or failed.
    """

    service: str
    start: int
    end: int
    exemplars: tuple[Exemplar, ...] | None = None
    error: str | None = None
    retry_s: float | None = None


# Whose exemplars: a service, and epoch seconds of a span.
_Key = tuple[str, int, int]


class ExemplarWindows:
    """Exemplars that viewers asked for, bounded in number.

    Args:
        source: is asked from the threads of the queue.
        clock: returns epoch seconds. `queue`: of all that viewers wait for.
    """

    def __init__(self, source: Source, clock: Callable[[], float], queue: ViewerQueue) -> None:
        self._source = source if isinstance(source, ExemplarSource) else None
        self._answers = SharedAnswers[_Key, tuple[Exemplar, ...]](self._ask, clock, queue)

    @property
    def queries(self) -> int:
        """Sent to the source since the start."""
        return self._answers.queries

    def fetch(
        self, service: str, start: int, end: int, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S
    ) -> ExemplarWindow:  # fmt: skip
        """The worst requests of a span that belong to a trace, or when to ask again.

        Args:
            service: its name. `start`, `end`: epoch seconds, taken down to whole minutes.
            viewer: who waits for it, `wait_s` seconds. Until it is there the one of a moment before is shown.
        """
        key = (service, start // EVERY_S * EVERY_S, end // EVERY_S * EVERY_S)
        if self._source is None:
            return ExemplarWindow(*key, exemplars=())
        answer = self._answers.fetch(key, viewer, wait_s=wait_s, age_s=partial(_age_s, key))
        return ExemplarWindow(*answer.key, answer.value, answer.error, answer.retry_s)

    def forget(self) -> None:
        """Drop all: what the source holds has changed."""
        self._answers.forget()

    def _ask(self, key: _Key) -> Worked[tuple[Exemplar, ...]]:
        assert self._source is not None, "nobody else is asked"
        answer = self._source.exemplars(*key)
        return Worked(worst(answer.exemplars), len(answer.costs))


def _age_s(key: _Key, other: _Key) -> float | None:
    """Seconds by which a span as long ends earlier; None where it tells of another story."""
    (service, start, end), (name, others_start, others_end) = key, other
    is_alike = (name, others_end - others_start) == (service, end - start)
    return end - others_end if is_alike and 0 < end - others_end <= SHOWN_FOR_S else None


def worst(exemplars: tuple[Exemplar, ...]) -> tuple[Exemplar, ...]:
    """Those that tell most: failed ones first, then the slowest, then the newest; `KEPT` at most.

    Where many failed the slowest of all are among them, too: what they tell is another story.
    """
    ranked = sorted(exemplars, key=lambda each: (each.failed is not True, -(each.seconds or 0.0), -each.at, each.trace))
    slowest = sorted(ranked, key=lambda each: -(each.seconds or 0.0))[:SLOWEST]
    missing = [each for each in slowest if each not in ranked[:KEPT]]
    kept = [*ranked[: KEPT - len(missing)], *missing]
    return tuple(each for each in ranked if each in kept)
