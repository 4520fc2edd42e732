"""Answers that viewers share are worked out once, whoever asks and whenever."""

from dashboard.engine.viewers.shared_answers import SharedAnswers, Worked
from dashboard.engine.viewers.viewer_queue import NOBODY, ViewerQueue
from dashboard.exceptions import SourceError


def test_a_fetch_that_was_queued_just_as_another_ended_does_not_ask_again() -> None:
    asked: list[str] = []

    def work_out(key: str) -> Worked[int]:
        asked.append(key)
        if key == "away":
            raise SourceError("nothing of then")
        return Worked(1, 1, False)

    queue = ViewerQueue()
    answers = SharedAnswers[str, int](work_out, lambda: 1000.0, queue)
    assert answers.fetch("away", NOBODY, wait_s=20).error == "nothing of then"
    assert answers.fetch("there", NOBODY, wait_s=20).value == 1
    # As the queue does where it no longer knows the one that has ended.
    for key in ("away", "there"):
        answers._fill(answers._slot(key))
    assert asked == ["away", "there"]
    queue.close()
