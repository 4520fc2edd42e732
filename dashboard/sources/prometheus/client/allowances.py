"""How long a range a server answers, learned from its refusals, so that later queries start with that."""

import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from dashboard.exceptions import SourceError, SourceTimeout
from dashboard.sources.prometheus.client.limits import Limit
from dashboard.timerange import Grid

# Seconds after which more is tried again: limits are raised, and a server that was slow may have been busy.
KEPT_S, KEPT_SLOW_S = 6 * 3600.0, 1800.0
# Queries that something is known of.
QUERIES_KEPT = 1000
# Points to begin with where little is allowed.
FEW_POINTS = 2.0


@dataclass(frozen=True, slots=True)
class Size:
    """How many points of a grid to ask for at once.

    Attributes:
        points: this many were answered, or are worth a try. `refused`: as many were too many.
        until: seconds of the clock until which it holds. `limit`: which limit was met.
    """

    points: float = math.inf
    refused: float = math.inf
    until: float = math.inf
    limit: str = ""


class Allowances:
    """What is allowed by query and step, and for all of them where the server limits time or points.

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
        """How many points to ask for first.

        Args:
            query: PromQL. `step`: seconds between two points.
            small_first: of a query that nothing is known of begin with a few.
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
        """Note that a range was answered, and what was refused before it.

        Args:
            query: PromQL. `piece`: the range.
            size: by which it was chosen.

        Returns:
            The size of the next range, which is longer where so long a one was never refused.
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
        """The size to try after a range was refused; it is kept in mind only once it was answered."""
        kept_s = KEPT_SLOW_S if isinstance(error, SourceTimeout) else KEPT_S
        limit = getattr(error, "limit", "")
        return Size(float(len(piece) // 2), float(len(piece)), self._monotonic() + kept_s, limit)


def shortens(error: SourceError) -> bool:
    """Whether a shorter range may be answered where this is the answer to a longer one."""
    if isinstance(error, SourceTimeout):
        return error.by_server
    return getattr(error, "limit", "") not in (Limit.TEXT, Limit.SERIES)
