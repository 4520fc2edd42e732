"""Windows of a source for a command, which asks once: without viewers, a queue, or refreshes in parallel."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import frames
from dashboard.engine.viewers.on_demand import WAIT_S, OnDemandWindow
from dashboard.engine.viewers.viewer_queue import NOBODY, Viewer
from dashboard.sources.protocol import Answer, RankedSource, Source
from dashboard.timerange import Grid


@dataclass(frozen=True, slots=True)
class AskedOnce:
    """The interface that the poller offers to viewers, directly on a source; raises `SourceError`."""

    source: Source

    def window(
        self, service: str, grid: Grid, viewer: Viewer = NOBODY, *, wait_s: float = WAIT_S
    ) -> OnDemandWindow:  # fmt: skip
        """Signals of one service on a grid, (measure, detail) columns.

        Args:
            service: its name. `grid`: the points to fetch, in epoch seconds.
            viewer, wait_s: ignored: there are no other viewers, and it waits until the answer is there.
        """
        answer = self.source.samples(grid, service)
        return OnDemandWindow(frames.of_service(answer.frame, service), grid, partial=not answer.in_full)

    def breakdown(
        self, service: str, label: str, grid: Grid, viewer: Viewer = NOBODY, names: Sequence[str] = (), *,
        wait_s: float = WAIT_S,
    ) -> OnDemandWindow:  # fmt: skip
        """Signals of one service by the values of a label, (value, measure, detail) columns.

        Args:
            service: its name. `label`: one of the labels in its catalog entry.
            grid: the points to fetch, in epoch seconds.
            viewer, wait_s: ignored: there are no other viewers, and it waits until the answer is there.
            names: values of the label; empty: all of them.
        """
        answer = self._breakdown(service, label, grid, names)
        return OnDemandWindow(answer.frame, grid, partial=not answer.in_full, names=tuple(names))

    def _breakdown(self, service: str, label: str, grid: Grid, names: Sequence[str]) -> Answer:
        if names and isinstance(self.source, RankedSource):
            return self.source.breakdown_of(names, grid, service, label)
        return self.source.breakdown(grid, service, label)

    def newest(self, service: str, now: float, step: int) -> float:
        """Epoch seconds of the latest time that can be judged: now, or the end of the data if they have ended.

        Args:
            service: its name. `now`: epoch seconds. `step`: seconds of a row.
        """
        answer = self.source.samples(Grid.ending(now, span=step, step=step), service)
        return min(now, answer.newest) if answer.may_end and answer.newest is not None else now
