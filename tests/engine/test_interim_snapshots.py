"""Pictures while the history is read."""

import pytest

from dashboard.engine.interim_snapshots import rarely_if_slow
from dashboard.engine.poller import Poller
from dashboard.engine.settings import Settings
from dashboard.engine.snapshot import Snapshot
from dashboard.engine.source_status import HistoryProgress
from dashboard.sources.protocol import Answer
from dashboard.timerange import Grid
from tests.steady import Clock, Steady


def published(publish_s: float, question_s: float, questions: int = 12) -> list[int]:
    """The queries before which a snapshot was published; how long each takes, in seconds."""
    now, done = 0.0, list[int]()

    def publish(progress: HistoryProgress) -> None:
        nonlocal now
        now += publish_s
        done.append(progress.done)

    show = rarely_if_slow(publish, lambda: now)
    for number in range(questions):
        show(HistoryProgress(number, questions))
        now += question_s
    return done


def test_snapshots_that_nobody_waits_for_are_published_before_each_question() -> None:
    assert published(0.1, 0.001) == list(range(12))


def test_a_slow_snapshot_takes_a_fifth_of_the_time_at_the_most() -> None:
    assert published(3.0, 2.0) == [0, 6], "six questions of two seconds after three seconds"
    assert published(3.0, 60.0) == list(range(12)), "where questions take longer, each has its snapshot"


@pytest.mark.parametrize("is_watched", [True, False])
def test_where_nobody_looks_there_is_none(is_watched: bool) -> None:
    class Looked(Steady):
        """A source that looks at what is published when it is asked for counts."""

        def counts(self, grid: Grid) -> Answer:
            seen.append(poller.snapshot)
            return super().counts(grid)

    seen: list[Snapshot] = []
    poller = Poller(Looked(Clock()), Settings(is_watched=is_watched), clock=Clock())
    poller.tick()
    assert bool(seen[0].services) is is_watched
    assert len(poller.snapshot.services) == 2
