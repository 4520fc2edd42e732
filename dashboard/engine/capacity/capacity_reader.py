"""Reads hourly peaks in the background: the newest hours first, then 30 days back, in parts."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dashboard.capacity.hours import SPAN, ResourceHours
from dashboard.exceptions import LimitExceeded, SourceError, SourceTimeout
from dashboard.sources.peaked import PeakedSource, peaks_of
from dashboard.sources.protocol import QueryCost, Source
from dashboard.timerange import DAY, HOUR, Grid

# Limits of one part: its number of values and its seconds. Sources queried in five-minute steps get smaller parts.
VALUES, PART, PART_MIN = 500_000, 5 * DAY, HOUR
FINE_ROWS = 12
# One reading continues with the past for this many seconds.
READING_S = 8.0
# Seconds until a refused or partial part is requested again.
PAUSE_S = 600.0


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of the past.

    Attributes:
        hours: the peaks. `services`: the services they were read for.
        since, until: epoch seconds between which they were read; None before the first reading.
        anew_at: epoch seconds at which reading the past was restarted because of new services.
        part_s: length of a part in seconds. `rests_until`: epoch seconds before which nothing is requested.
        problem: why the last part failed, in one line; empty if it succeeded.
        costs: of the last reading.
    """

    hours: ResourceHours
    services: frozenset[str] = frozenset()
    since: int | None = None
    until: int | None = None
    anew_at: float = float("-inf")
    part_s: int = PART
    rests_until: float = float("-inf")
    problem: str = ""
    costs: tuple[QueryCost, ...] = ()

    def is_complete(self, at: float, oldest: float | None) -> bool:
        """Whether 30 days before `at` are complete; `oldest`: the source's oldest sample, None if unknown."""
        return self.next_grid(at, oldest) is None

    def next_grid(self, at: float, oldest: float | None) -> Grid | None:
        """The hours to read next; None if all are known.

        Args:
            at: epoch seconds. `oldest`: epoch seconds of the source's oldest sample; None if unknown.
        """
        end = int(at // HOUR) * HOUR
        if self.until is None or self.since is None or self.until > end + HOUR or end - self.until > SPAN:
            return Grid.between(end - min(self.part_s, DAY), end, step=HOUR)
        if self.until < end:
            # Read the last hour again: its newest samples may have arrived since.
            return Grid.between(self.until - HOUR, end, step=HOUR)
        first = max(end - SPAN, 0 if oldest is None else int(oldest // HOUR) * HOUR)
        if self.since <= first:
            return None
        return Grid.between(max(self.since - self.part_s, first), self.since, step=HOUR)


def read(
    source: Source,
    progress: Progress,
    services: Sequence[str],
    at: float,
    *,
    oldest: float | None,
    columns: int,
    monotonic: Callable[[], float] = time.monotonic,
) -> Progress:
    """Continue reading for a few seconds.

    Args:
        source: the source to ask. `progress`: what is known. `services`: their names. `at`: epoch seconds.
        oldest: epoch seconds of the source's oldest sample; None if unknown.
        columns: approximate number of columns of an answer.
        monotonic: returns seconds that never go back.
    """
    names = frozenset(services)
    if names - progress.services and progress.since is not None and not 0 <= at - progress.anew_at < HOUR:
        # Nothing was read yet for new services; if services are pods, some are always new.
        progress = replace(progress, since=progress.until, services=names, anew_at=at)
    most = VALUES // max(columns, 1) // (1 if isinstance(source, PeakedSource) else FINE_ROWS) * HOUR
    progress = replace(
        progress, services=progress.services or names, part_s=max(PART_MIN, min(progress.part_s, most)), costs=()
    )
    began = monotonic()
    while monotonic() - began < READING_S and at >= progress.rests_until:
        grid = progress.next_grid(at, oldest)
        if grid is None:
            break
        progress = _read_part(source, progress, services, at, grid)
    return progress


def _read_part(source: Source, progress: Progress, services: Sequence[str], at: float, grid: Grid) -> Progress:
    try:
        answer = peaks_of(source, grid)
    except (LimitExceeded, SourceTimeout) as error:
        if progress.part_s > PART_MIN:
            return replace(progress, part_s=max(PART_MIN, progress.part_s // 2))
        return replace(progress, problem=str(error), rests_until=at + PAUSE_S)
    except SourceError as error:
        return replace(progress, problem=str(error), rests_until=at + PAUSE_S)
    costs = (*progress.costs, *answer.costs)
    if answer.partial:
        # A partial answer has no peaks: they may be in the missing part.
        return replace(progress, problem="the source answers in part", rests_until=at + PAUSE_S, costs=costs)
    hours = progress.hours.extended(answer.frame, services)
    begin = grid.start - HOUR
    since = begin if progress.since is None else min(progress.since, begin)
    until = grid.end if progress.until is None else max(progress.until, grid.end)
    if progress.until is not None and grid.start > progress.until + HOUR:
        since = begin
    return replace(progress, hours=hours, since=since, until=until, problem="", costs=costs)
