"""How long a range a server answers: learned from its refusals, so that later queries start with that length."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from dashboard.exceptions import SourceError, SourceTimeout
from dashboard.sources.prometheus.client.limits import Limit
from dashboard.timerange import Grid

# Seconds after which a longer range is tried: limits may have been raised, and a slow server may have been busy.
KEPT_S, KEPT_SLOW_S = 6 * 3600.0, 1800.0
# Maximum number of queries to remember.
QUERIES_KEPT = 1000
# Initial number of points if the limit is probably low.
FEW_POINTS = 2.0


@dataclass(frozen=True, slots=True)
class Size:
    """The number of grid points to request at once.

    Attributes:
        points: a number that was answered, or is worth trying. `refused`: a number that was refused.
        until: seconds of the clock until which it is valid. `limit`: the limit that was exceeded.
    """

    points: float = math.inf
    refused: float = math.inf
    until: float = math.inf
    limit: str = ""


class Allowances:
    """Allowed sizes by query and step, and for all queries if the server limits time or points.

    Args:
        monotonic: returns seconds that never go back.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sizes: OrderedDict[tuple[str, int], Size] = OrderedDict()
        self._points = Size()
        self._span_s = Size()

    def size(self, query: str, step: int, *, small_first: bool = False) -> Size:
        """The number of points to request first.

        Args:
            query: PromQL. `step`: seconds between two points.
            small_first: begin with few points if the query is unknown.
        """
        now = self._monotonic()
        unknown = Size(FEW_POINTS) if small_first else Size()
        size = self._sizes.get((query, step), unknown)
        size = size if now < size.until else unknown
        everywhere = min(
            self._points.points if now < self._points.until else math.inf,
            self._span_s.points // step if now < self._span_s.until else math.inf,
        )
        return replace(size, points=min(size.points, everywhere), refused=min(size.refused, 2 * everywhere))

    def answered(self, query: str, piece: Grid, size: Size) -> Size:
        """Record that a range was answered.

        Args:
            query: PromQL. `piece`: the range.
            size: the size that was used.

        Returns:
            The size of the next range, which is longer unless that was refused before.
        """
        if len(piece) >= size.points and 2.0 * len(piece) < size.refused:
            until = min(size.until, self._monotonic() + KEPT_S)
            size = replace(size, points=2.0 * len(piece), until=until)
        if size.limit == Limit.POINTS:
            self._points = size
        elif size.limit == Limit.RANGE:
            self._span_s = replace(size, points=size.points * piece.step)
        with self._lock:
            self._sizes[query, piece.step] = size
            self._sizes.move_to_end((query, piece.step))
            while len(self._sizes) > QUERIES_KEPT:
                self._sizes.popitem(last=False)
        return size

    def smaller(self, piece: Grid, error: SourceError) -> Size:
        """The size to try after a refusal; it is only remembered once it was answered."""
        kept_s = KEPT_SLOW_S if isinstance(error, SourceTimeout) else KEPT_S
        limit = getattr(error, "limit", "")
        return Size(float(len(piece) // 2), float(len(piece)), self._monotonic() + kept_s, limit)


def shortens(error: SourceError) -> bool:
    """Whether a shorter range may be answered after this error."""
    if isinstance(error, SourceTimeout):
        return error.by_server
    return getattr(error, "limit", "") not in (Limit.TEXT, Limit.SERIES)
