"""Stores the results of refreshes in the background: closed hours permanently, and the state needed for a restart.

Hours are written once they have closed, and again if late samples changed them. The rest of the state that a restart
needs (rows of the last hours, live window, and the anomaly monitor's memory) is written every few minutes and at the
end. After a killed process, only the missing minutes are requested.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from dashboard import __version__
from dashboard.anomaly import monitor_memory
from dashboard.anomaly.detectors import DetectorSettings
from dashboard.anomaly.monitor import AnomalyMonitor
from dashboard.archive.archive import Archive
from dashboard.archive.hour_rows import HourRows, Series
from dashboard.engine.background import Background
from dashboard.engine.past import archived_hours
from dashboard.engine.past.remembered import Memory, Remembering
from dashboard.engine.sample_window import SampleWindow
from dashboard.engine.slo_tracker import SloTracker
from dashboard.slo.event_rows import Rows
from dashboard.slo.ledger_view import LedgerView
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR

log = logging.getLogger(__name__)

# Seconds between writes of the live window and the latest rows; of learned data, at first and at most.
OFTEN_S, RARE_FIRST_S, RARE_S = 300.0, 30.0, 1800.0
# Seconds: the longest write, how long a stop waits for one, and the tolerance for corrected clocks.
WRITE_S, END_S, CLOCK_SLACK = 300.0, 20.0, 60.0


@dataclass(frozen=True, slots=True)
class _Held:
    """Hours that the archive already has, so that only changes are written."""

    places: dict[Series, int] = field(default_factory=dict)
    hours: Rows = field(default_factory=lambda: Rows.nothing(0, HOUR, 1, 0))


class HourKeeper:
    """Stores and restores hours; called from the poller's thread, it writes in its own thread.

    Args:
        archive: where to store. `rules`: how the source counts; hours of other rules are stored separately.
        maintenance: the excluded times; state other than hours is only restored if they are unchanged.
        is_lasting: the source has the same data after a restart; otherwise only hours are stored.
        writes: False only reads.
    """

    def __init__(
        self, archive: Archive, rules: str, *, maintenance: str = "", is_lasting: bool = True, writes: bool = True
    ) -> None:
        self.archive, self.rules, self.writes = archive, rules, writes
        # Another version may have learned differently.
        self._memory_rules = f"{rules} {maintenance} {__version__}"
        self._is_lasting = is_lasting and writes
        self._writing = Background[bool]("archive", WRITE_S)
        self._held = _Held()
        self._next_held: _Held | None = None
        self._seen: Rows | None = None
        self._often_at = self._rare_at = -float("inf")
        self._rare_s, self._begun_at = RARE_FIRST_S, float("inf")
        # Background tasks whose state is stored, by the name under which it is stored.
        self.beside: dict[str, Remembering] = {}
        self._series: tuple[tuple[object, ...], tuple[Series, ...]] = ((), ())

    @property
    def notes(self) -> tuple[str, ...]:
        """Problems with storing or reading, one sentence each."""
        return self.archive.problems

    # --- restoring ---------------------------------------------------------------------------------------------------

    def begin(self, now: float) -> None:
        """Set the time from which restored state is checked; `now`: epoch seconds."""
        self._begun_at = now

    def restore_live(self, window: SampleWindow) -> None:
        """Restore the live window; the missing rest is fetched."""
        with self._unless_foreign("live") as memory:
            if memory is not None:
                arrays, facts = memory
                window.restore([tuple(column) for column in json.loads(facts["columns"])], arrays)

    def restored_monitor(self, settings: DetectorSettings) -> AnomalyMonitor | None:
        """Restore a monitor with what was learned of services; None if nothing was stored.

        Args:
            settings: of the detectors.
        """
        with self._unless_foreign("anomalies") as memory:
            return None if memory is None else monitor_memory.restored(settings, *memory)
        return None

    def restore_ledger(self, tracker: SloTracker) -> None:
        """Restore the hours and rows of objectives whose counting rules have not changed."""
        series = self._series_of(tracker.ledger_view)
        with self._unless_foreign("ledger") as memory:
            if memory is not None and series:
                arrays, facts = memory
                known = {name: place for place, name in enumerate(json.loads(facts["objectives"]))}
                first = int(arrays["hours first"][0])
                last = max(int(arrays["hours until"].max(initial=0)), first)
                hours = archived_hours.ledger_hours(self.archive.hours(first - HOUR, last), series, first, last)
                tracker.restore(arrays, [known.get(name, -1) for name in _names(tracker.slos, series)], hours)
                self._held = _Held({each: place for place, each in enumerate(series)}, hours)

    def restore_beside(self) -> None:
        """Restore the state of all background tasks."""
        for name, part in self.beside.items():
            with self._unless_foreign(name) as memory:
                if memory is not None:
                    part.restore(*memory)

    @contextmanager
    def _unless_foreign(self, name: str) -> Iterator[Memory | None]:
        """What was stored under a name; None if nothing, or by other rules. Errors of unusable data are not raised."""
        try:
            yield self._memory(name)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            log.warning("What was held before the restart (%s) is of no use, and is read anew: %s", name, error)

    def _memory(self, name: str) -> Memory | None:
        memory = self.archive.kept(name) if self._is_lasting else None
        if memory is None or memory[1].get("rules") != self._memory_rules:
            return None
        # State from the future was stored under a wrong clock.
        return memory if float(memory[1]["at"]) <= self._begun_at + CLOCK_SLACK else None

    # --- keeping -----------------------------------------------------------------------------------------------------

    def advance(self, now: float, tracker: SloTracker, window: SampleWindow, monitor: AnomalyMonitor) -> None:
        """Write new data in the background; never waits.

        Args:
            now: epoch seconds. `tracker`, `window`, `monitor`: the current state.
        """
        if self._writing.has_ended():
            self._take()
        if self.writes and self._writing.is_idle:
            work = self._due(now, tracker, window, monitor, is_last=False)
            if work is not None:
                self._writing.start(work)

    def finish(self, now: float, tracker: SloTracker, window: SampleWindow, monitor: AnomalyMonitor) -> None:
        """Write everything at the end.

        Args:
            now: epoch seconds. `tracker`, `window`, `monitor`: the current state.
        """
        if not self.writes:
            return
        if self._writing.has_ended(END_S):
            self._take()
        if not self._writing.is_idle:
            log.warning("Hours were still being written after %g s: the rest is written after the next start", END_S)
            return
        work = self._due(now, tracker, window, monitor, is_last=True)
        if work is not None:
            self._next_held = None if not work() else self._next_held

    def _take(self) -> None:
        try:
            is_kept = self._writing.take()
        except Exception:  # a failure in the background must not affect what is shown
            log.exception("Hours could not be kept")
            is_kept = False
        if is_kept and self._next_held is not None:
            self._held = self._next_held
        elif not is_kept:
            # They are written again together with new data.
            self._seen = None
        self._next_held = None

    def _due(
        self, now: float, tracker: SloTracker, window: SampleWindow, monitor: AnomalyMonitor, *, is_last: bool
    ) -> Callable[[], bool] | None:
        """What to write now; None if nothing. Returns copies, as refreshes continue meanwhile."""
        view = tracker.ledger_view
        is_often = self._is_lasting and (is_last or not 0 <= now - self._often_at < OFTEN_S)
        is_rare = self._is_lasting and (is_last or not 0 <= now - self._rare_at < self._rare_s)
        if not view.slos or (view.hours is self._seen and not is_often and not is_rare):
            return None
        series = self._series_of(view)
        rows = self._new_rows(view, series)
        memories: dict[str, Memory] = {}
        if is_often:
            self._often_at = now
            memories = self._memories(tracker, series, window)
        if is_rare:
            # What was learned at the start is expensive, and soon complete.
            self._rare_at, self._rare_s = now, min(2 * self._rare_s, RARE_S)
            memories["anomalies"] = monitor_memory.saved(monitor)
            memories |= {name: memory for name, part in self.beside.items() if (memory := part.saved()) is not None}
        return lambda: self._write(rows, memories, now)

    def _new_rows(self, view: LedgerView, series: Sequence[Series]) -> HourRows:
        if view.hours is self._seen:
            return HourRows.none()
        self._seen = view.hours
        is_new = archived_hours.changed(view, series, self._held.places, self._held.hours)
        self._next_held = _Held({each: place for place, each in enumerate(series)}, view.hours)
        return archived_hours.hour_rows(view, series, is_new)

    def _memories(self, tracker: SloTracker, series: Sequence[Series], window: SampleWindow) -> dict[str, Memory]:
        names = json.dumps(_names(tracker.slos, series))
        memories: dict[str, Memory] = {"ledger": (tracker.saved(), {"objectives": names})}
        live = window.saved()
        if live is not None:
            columns, arrays = live
            memories["live"] = (arrays, {"columns": json.dumps(columns)})
        return memories

    def _write(self, rows: HourRows, memories: dict[str, Memory], now: float) -> bool:
        """Write hours first, because the restored state relies on them."""
        if len(rows) and not self.archive.add_hours(rows, now):
            return False
        for name, (arrays, facts) in memories.items():
            self.archive.keep(name, arrays, {**facts, "rules": self._memory_rules, "at": repr(now)})
        return True

    def _series_of(self, view: LedgerView) -> tuple[Series, ...]:
        # With thousands of objectives: they are the same at each refresh.
        if view.slos is not self._series[0]:
            self._series = (view.slos, tuple(archived_hours.series_of(slo, self.rules) for slo in view.slos))
        return self._series[1]


def _names(slos: Sequence[Slo], series: Sequence[Series]) -> list[str]:
    """Keys of objectives for another process, with the window, as a longer window would need more rows."""
    return [f"{each.service} {each.slo} {each.counting} {slo.window!r}" for slo, each in zip(slos, series, strict=True)]
