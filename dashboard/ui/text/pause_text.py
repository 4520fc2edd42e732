"""What has changed since a page was paused, in one sentence."""

from dataclasses import dataclass

from dashboard.engine.snapshot import Snapshot
from dashboard.ui.text import moments, units
from dashboard.ui.text.status_text import status

# Maximum number of services to name.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Missed:
    """Events since a page was paused.

    Attributes:
        refreshes: of the source.
        worse: names of services whose health is worse than on the page. `better`: the number of better ones.
        objectives: the number of those whose state has changed.
    """

    refreshes: int
    worse: tuple[str, ...] = ()
    better: int = 0
    objectives: int = 0


def sentence(at: float, missed: Missed, snapshot: Snapshot, now: float) -> str:
    """Since when the page is paused, how many refreshes were missed, and what has changed.

    Args:
        at: epoch seconds of the data on the page. `missed`: events since then. `snapshot`: the newest one.
        now: epoch seconds.
    """
    since = f"{moments.lately(at, snapshot.time_zone, now)} ({units.duration(max(now - at, 0))} ago)"
    if missed.refreshes <= 0:
        return f"This picture is of {since}. No refresh was missed yet."
    count = "1 refresh was" if missed.refreshes == 1 else f"{units.count(missed.refreshes)} refreshes were"
    return f"This picture is of {since}. {count} missed{_changes(missed, snapshot)}."


def _changes(missed: Missed, snapshot: Snapshot) -> str:
    parts = [*_worse(missed, snapshot)]
    parts += [f"{missed.better} {_plural(missed.better, 'service')} better"] if missed.better else []
    states = "1 objective is" if missed.objectives == 1 else f"{missed.objectives} objectives are"
    parts += [f"{states} in another state"] if missed.objectives else []
    return f": {', '.join(parts)}" if parts else ", no service or objective changed"


def _worse(missed: Missed, snapshot: Snapshot) -> list[str]:
    """Services that became worse, some with their names."""
    named = [
        f"{snapshot.service_title(name)} is {status(snapshot.by_name[name].health).word}"
        for name in missed.worse[:NAMED]
    ]
    rest = len(missed.worse) - len(named)
    return [*named, f"{rest} more {_plural(rest, 'service')} worse"] if rest else named


def _plural(number: int, noun: str) -> str:
    return f"{noun} is" if number == 1 else f"{noun}s are"
