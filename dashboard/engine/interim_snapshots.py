"""Limits how often a snapshot is published while the history is read: with thousands of services it is slow."""

import time
from collections.abc import Callable

from dashboard.engine.source_status import HistoryProgress

# A snapshot that takes longer than this is followed by a pause of this many times its duration.
SLOW_S, PAUSES = 0.2, 4


def rarely_if_slow(
    publish: Callable[[HistoryProgress], None], clock: Callable[[], float] = time.monotonic
) -> Callable[[HistoryProgress], None]:
    """Wrap `publish` so that it is skipped if calling it each time would slow down reading.

    Args:
        publish: builds and publishes a snapshot. `clock`: seconds that never go back.
    """
    next_at = float("-inf")

    def publish_unless_slow(progress: HistoryProgress) -> None:
        nonlocal next_at
        began = clock()
        if began < next_at:
            return
        publish(progress)
        took_s = clock() - began
        if took_s > SLOW_S:
            next_at = began + took_s * (1 + PAUSES)

    return publish_unless_slow
