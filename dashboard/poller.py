"""The tick: the only thread and the only clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from dashboard.snapshot import Snapshot
from dashboard.sources.base import Source
from dashboard.timerange import Grid


@dataclass(frozen=True, slots=True)
class View:
    """A samples frame for a viewer; `message` says in one line why it is old or empty, if it is."""

    frame: pd.DataFrame
    grid: Grid
    partial: bool = False
    message: str | None = None


class Poller:
    """Owns the source; `snapshot` is replaced whole at each tick."""

    def __init__(self, source: Source, *, clock: Callable[[], float] = time.time) -> None:
        self.source = source
        self.clock = clock
        self.snapshot: Snapshot

    def window(self, service: str, grid: Grid) -> View: ...

    def breakdown(self, service: str, label: str, grid: Grid) -> View: ...


def running() -> Poller: ...
