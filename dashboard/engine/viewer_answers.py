"""What viewers request beyond the snapshot: fetched once for all of them, limited in number, in one queue."""

from collections.abc import Callable, Sequence

from dashboard.engine.past.past_windows import PastWindows
from dashboard.engine.reviews.review_facts import ReviewFacts
from dashboard.engine.reviews.reviews import Reviews
from dashboard.engine.viewers.comparisons import Comparisons
from dashboard.engine.viewers.exemplar_windows import ExemplarWindows
from dashboard.engine.viewers.explanations import Explanations
from dashboard.engine.viewers.on_demand import WAIT_S, OnDemandWindow, OnDemandWindows
from dashboard.engine.viewers.viewer_queue import NOBODY, Viewer, ViewerQueue
from dashboard.sources.protocol import Source
from dashboard.timerange import Grid


class ViewerAnswers:
    """Answers of one source.

    Args:
        source: asked from the threads of a queue.
        clock: returns epoch seconds. `review_facts`: collects what is known about a period.

    Attributes:
        explanations, comparisons: what spends a budget, and what got better or worse.
        exemplars: requests with their traces. `reviews`: reviews of periods.
    """

    def __init__(self, source: Source, clock: Callable[[], float], review_facts: ReviewFacts) -> None:
        queue = ViewerQueue()
        self._windows = OnDemandWindows(source, clock, queue)
        self.explanations = Explanations(source, clock, queue)
        self.exemplars = ExemplarWindows(source, clock, queue)
        self.pasts = PastWindows(source, clock, queue)
        self.comparisons = Comparisons(self)
        self.review_facts = review_facts
        self.reviews = Reviews(review_facts.for_viewers, clock, queue)

    @property
    def queries(self) -> int:
        """Number of queries sent to the source since the start."""
        return self._windows.queries + self.explanations.queries + self.exemplars.queries + self.pasts.queries

    def window(
        self, service: str, grid: Grid, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S
    ) -> OnDemandWindow:  # fmt: skip
        """Signals of one service on a grid, (measure, detail) columns; shared by viewers; only the tail is refetched.

        Args:
            service: its name. `grid`: the points to fetch, in epoch seconds.
            viewer: who waits for it, up to `wait_s` seconds.
        """
        return self._windows.fetch((service, ""), grid, viewer, wait_s=wait_s)

    def breakdown(
        self, service: str, label: str, grid: Grid, viewer: Viewer = NOBODY, names: Sequence[str] = (), *,
        wait_s: float = WAIT_S,
    ) -> OnDemandWindow:  # fmt: skip
        """Signals of one service by the values of a label, (value, measure, detail) columns.

        Args:
            service: its name. `label`: one of the labels in its catalog entry.
            grid: the points to fetch, in epoch seconds.
            viewer: who waits for it, up to `wait_s` seconds.
            names: values of the label; empty: all of them, or the worst if there are many.
        """
        return self._windows.fetch((service, label, *names), grid, viewer, wait_s=wait_s)

    def forget(self) -> None:
        """Fetch everything again: the data of the source have changed."""
        self._windows.forget()
        self.explanations.forget()
        self.exemplars.forget()
        self.pasts.forget()
        self.review_facts.forget()
        self.reviews.forget()

    def close(self) -> None:
        """Cancel pending requests."""
        self._windows.close()
