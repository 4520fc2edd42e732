"""How often a picture is published while the history is read: of thousands of services it takes longer than reading."""

import time
from collections.abc import Callable

from dashboard.engine.source_status import HistoryProgress

# A picture that takes longer than this is followed by a pause of so many times as long.
FELT_S, PAUSES = 0.2, 4


def rarely_if_slow(
    publish: Callable[[HistoryProgress], None], clock: Callable[[], float] = time.monotonic
) -> Callable[[HistoryProgress], None]:
    """A function that publishes each time it is called, unless that takes so long that reading would wait for it.

    Args:
        publish: makes the picture. `clock`: seconds that never go back.
    """
    next_at = float("-inf")

    def picture(progress: HistoryProgress) -> None:
        nonlocal next_at
        began = clock()
        if began < next_at:
            return
        publish(progress)
        took_s = clock() - began
        if took_s > FELT_S:
            next_at = began + took_s * (1 + PAUSES)

    return picture
