"""How long works take beside each other."""

import time
from collections.abc import Callable


def best(rounds: int, *works: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Seconds of each work in its least disturbed round.

    Args:
        rounds: how often each is done. They take turns: what disturbs one side for a while disturbs the other too.
        works: what is compared.
        clock: wall time, or `time.process_time` for what this process alone computes, whatever runs beside it.
    """
    spent = []
    for _ in range(rounds):
        for work in works:
            began = clock()
            work()
            spent.append(clock() - began)
    return [min(spent[place :: len(works)]) for place in range(len(works))]
