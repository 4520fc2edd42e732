"""The ledger: closed hours of every objective, and fine rows of the last hours. Any window is a sum over them.

Hours reach back as far as the longest window; each is requested again when the next one closes, so that late samples
are counted. Fine rows, usually one per minute, cover all short windows; their newest ten minutes are requested again
whenever a row closes. The hour in which a window starts is kept in fine rows too. If the source supports it, the newest
rows, a quarter of a minute each, reach up to the newest scrape, so that a burn is visible at once. Sums are never
incremented: new data replace old rows. Rows of partial answers are kept, marked, and requested again from time to time
until they are complete.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dashboard.slo import measured_time
from dashboard.slo.confirmations import Confirmations
from dashboard.slo.cut_hours import CutHours
from dashboard.slo.event_requests import FINE_SPAN, EventRequest, Level, RequestPlan, hours_of
from dashboard.slo.event_rows import SECONDS, CountedRows, Gaps, Rows
from dashboard.slo.events import Values, events_of
from dashboard.slo.exclusions import ExcludedTime, Exclusion
from dashboard.slo.ledger_view import NO_ENDS, NO_NEWEST_ROWS, LedgerView
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR, Grid


class Ledger:
    """Events of some objectives. Arrays by objective are in the order of `slos`.

    Args:
        base: seconds of a fine row. `exclusions`: maintenance.
    """

    def __init__(self, *, base: int = 60, exclusions: Sequence[Exclusion] = ()) -> None:
        self.exclusions = tuple(exclusions)
        self.hours = Rows.nothing(0, HOUR, 1, 0)
        self.fine = Rows.nothing(0, base, FINE_SPAN // base, 0)
        self.newest = NO_NEWEST_ROWS
        self._fine_until = NO_ENDS
        self._newest_until = NO_ENDS
        self._confirmations = Confirmations()
        self._plan = RequestPlan(base)
        self._column: dict[tuple[object, ...], int] = {}
        self._column_of_object: dict[int, int] = {}
        self._excluded: list[ExcludedTime] = []
        # Fine rows of the hours in which windows start, by the epoch seconds of the hours' ends.
        self._cut_hours = CutHours()
        self._backwards = np.zeros(0, dtype=np.int64)

    @property
    def slos(self) -> tuple[Slo, ...]:
        """The objectives of the ledger."""
        return self._plan.slos

    @property
    def base(self) -> int:
        """Seconds of a fine row."""
        return self._plan.base

    @property
    def steps(self) -> tuple[int, ...]:
        """Seconds of the rows of each objective: longer than a fine row if its targets are scraped rarely."""
        return self._plan.steps

    @property
    def empty(self) -> bool:
        """Whether nothing has been stored yet."""
        return bool(self.slos) and not self._plan.hours_until.any()

    @property
    def at(self) -> int:
        """Epoch seconds of the newest row's end, which is the time of evaluation; if empty, when that row was due."""
        return max(self.closed_at, self.newest.end) or int(self._plan.now)

    @property
    def closed_at(self) -> int:
        """Epoch seconds of the end of the newest complete row."""
        return max(self.fine.end, self.hours.end)

    @property
    def until(self) -> np.ndarray:
        """Epoch seconds up to which each objective is counted; rows of different lengths end at different times."""
        ends = np.maximum(self._fine_until, self._newest_until)
        until: np.ndarray = np.where(self._plan.has_fine_rows & (ends > 0), ends, self.at)
        return until

    @property
    def has_newest_rows(self) -> np.ndarray:
        """Mask of objectives that are counted up to the newest scrape."""
        return self._plan.newest.wanted

    @property
    def scrapes(self) -> np.ndarray:
        """Seconds between two samples of each objective; 0 if its source is not scraped."""
        return np.asarray(self._plan.scrapes) if self._plan.scrapes else np.zeros(len(self.slos))

    @property
    def view(self) -> LedgerView:
        """The current content."""
        return LedgerView(self.slos, self.hours, self.fine, self.exclusions, self.newest, self._fine_until)

    def follow(self, slos: Sequence[Slo], steps: int | Sequence[int], *, scrapes: Sequence[float] = ()) -> None:
        """Keep these objectives from now on.

        Args:
            slos: existing events are kept if the counting rules are the same; everything else is requested again.
            steps: seconds of the rows of each objective, or of all; each divides all longer ones, up to an hour. For
                longer steps, the source spreads its counts over the hours.
            scrapes: seconds between two samples of each, if the source counts up to the newest one; otherwise empty.
        """
        steps = (steps,) * len(slos) if isinstance(steps, int) else tuple(steps)
        base = min((HOUR, *steps)) if steps else self.base
        if base != self.base:
            self._cut_hours.clear()
            self._fine_until = np.zeros_like(self._fine_until)
            self.fine = Rows.nothing(self.hours.end, base, FINE_SPAN // base, len(self.slos))
        elif (tuple(slos), steps, tuple(scrapes)) == (self.slos, self.steps, self._plan.scrapes):
            return
        # The same number of hours for all, as the longest window needs: one array, one running sum.
        hours = max((hours_of(slo) for slo in slos), default=2)
        columns = [self._column.get(slo.counting_key, -1) for slo in slos]
        self.hours = self.hours.rearranged(hours, columns)
        self.fine = self.fine.rearranged(len(self.fine.values), columns)
        self.newest = self.newest.rearranged(len(self.newest.values), columns)
        self._cut_hours.follow(columns)
        self._fine_until, self._newest_until = (
            np.append(ends, 0)[columns] if columns else NO_ENDS for ends in (self._fine_until, self._newest_until)
        )
        self._backwards = np.append(self._backwards, 0)[columns] if columns else np.zeros(0, dtype=np.int64)
        self._confirmations.follow(columns)
        self._plan.follow(slos, steps, columns, scrapes=scrapes)
        self._column = {slo.counting_key: column for column, slo in enumerate(slos)}
        self._column_of_object = {id(slo): column for column, slo in enumerate(self.slos)}
        self._excluded = [ExcludedTime.of(slo, self.exclusions) for slo in slos]

    def forget(self) -> None:
        """Request everything again, as the source counts differently now. Existing events are used until replaced."""
        self._plan.forget()

    def reopen(self, since: float) -> None:
        """Request everything after `since` (epoch seconds) again; existing events are used until replaced."""
        self._plan.reopen(since)

    def exclude(self, exclusions: Sequence[Exclusion]) -> None:
        """Exclude this time from now on; stored rows stay as they are."""
        if tuple(exclusions) != self.exclusions:
            self.exclusions = tuple(exclusions)
            self._excluded = [ExcludedTime.of(slo, self.exclusions) for slo in self.slos]

    def due(self, now: float) -> list[EventRequest]:
        """What to request from the source; empty while no row has closed."""
        return self._plan.due(now)

    def add(self, request: EventRequest, values: Values, gaps: Gaps | None = None) -> list[EventRequest]:
        """Store an answer.

        Args:
            request: what was requested. `values`: series by term, one value for each point of its grid.
            gaps: objectives for which the answer may lack something; None for a complete answer.

        Returns:
            What must be requested in addition: hours that maintenance covers partly.
        """
        answer = self._counted(request, values, gaps)
        rows = self.fine if request.level is Level.FINE else self.hours
        gaps = self._confirmations.reduced(request, answer, rows, gaps)
        answer = replace(answer, gaps=gaps)
        if request.level is Level.FINE:
            self.fine = answer.put_into(self.fine)
            self._fine_until = answer.moved_on(self._fine_until)
            # Earlier data of the same minutes may show that the answer lacks nothing.
            self.newest = self.newest.unmarked(self._confirmations.among(answer.columns), request.grid.end)
        elif request.level is Level.NEWEST:
            self.newest = answer.put_into(self.newest)
            self._newest_until = answer.moved_on(self._newest_until)
        elif request.level is Level.HOURS:
            if request.grid.step == HOUR:
                measured_time.limit_to_fine_rows(answer, self.fine, self._plan.reach(Level.FINE))
            self.hours = answer.put_into(self.hours)
        elif gaps is None or not gaps.warned.all():
            self._cut_hours.put(answer, request.grid.end, self.base, self._plan.reach(Level.EDGE))
        self._plan.answered(request, answer.columns, gaps)
        return self._hours_cut_by_maintenance(request) if request.level is Level.HOURS else []

    def refuse(self, request: EventRequest) -> None:
        """Record that the source refused a request, which is then left alone for a while."""
        self._plan.refused(request, self._places(request))

    def has_hours(self, slo: Slo) -> bool:
        """Whether hours of an objective were answered: its whole window is known, except for what is missing since."""
        return bool(self._plan.hours_until[self._column[slo.counting_key]])

    def source_is_whole(self) -> None:
        """The source answers completely again: request partial rows again soon."""
        self._plan.retries.source_is_whole()

    @property
    def has_open_rows(self) -> bool:
        """Whether there are rows that may lack something and will be requested again."""
        return self._plan.retries.any_open

    def sums(self, seconds: float | np.ndarray) -> np.ndarray:
        """Events of the last `seconds`, a number or one for each objective; shape (objectives, 3)."""
        starts = np.broadcast_to(self.at - np.asarray(seconds, dtype=float), (len(self.slos),))
        return self.since(starts)

    def since(self, starts: np.ndarray) -> np.ndarray:
        """Events from each objective's start (epoch seconds) until now, shape (objectives, 3)."""
        return self._since(starts, self.hours, self.fine, self.newest, self._cut_hours)

    def partial_s(self, starts: np.ndarray) -> np.ndarray:
        """Seconds with partial answers since each objective's start (epoch seconds)."""
        rows = (self.hours, self.fine, self.newest)
        if all(level.partial is None for level in rows):
            return np.zeros(len(starts))
        hours, fine, newest = (level.only_partial() for level in rows)
        seconds: np.ndarray = self._since(starts, hours, fine, newest, CutHours())[:, SECONDS]
        return seconds

    def is_partial_now(self) -> np.ndarray:
        """Mask of objectives whose newest rows are partial: missing events may have happened."""
        is_partial: np.ndarray = self._plan.newest_is_partial | self._plan.newest.partial
        return is_partial

    def _since(self, starts: np.ndarray, hours: Rows, fine: Rows, newest: Rows, cut_hours: CutHours) -> np.ndarray:
        """Sums of rows from each objective's start until now; `cut_hours`: fine rows of the hours with starts."""
        now = np.full(len(starts), float(self.at))
        hours_until = self._plan.hours_until.astype(float)
        # The hour with the start, whole hours, and everything after the last complete hour.
        first = np.minimum(-(-starts // HOUR) * HOUR, hours_until)
        by_hours = cut_hours.sums(starts, first, hours, self._plan.reach(Level.EDGE)) + hours.sums(first, hours_until)
        # A window that fine rows cover completely is exact to the row.
        recent = self._plan.has_fine_rows & (starts >= fine.start)
        after = np.where(recent, starts, np.maximum(hours_until, starts))
        # The newest rows contain no estimates: where they begin, only they are used.
        is_new = self.has_newest_rows & (self._newest_until >= self._fine_until)
        cut = np.maximum(np.where(is_new, newest.start, now), after)
        by_rows = fine.sums(after, cut) + newest.sums(cut, now)
        sums: np.ndarray = by_rows + np.where(recent[:, None], 0.0, by_hours)
        return sums

    def backwards(self) -> np.ndarray:
        """Epoch seconds of the newest row in which each objective's valid events ran backwards; 0 if there is none."""
        return self._backwards

    def unmeasured(self, starts: np.ndarray) -> np.ndarray:
        """Unmeasured seconds since each objective's start (epoch seconds), not before its first measurement."""
        return measured_time.unmeasured(starts, self.hours, self.fine, self._fine_until)

    def measured_at(self) -> np.ndarray:
        """Epoch seconds of the newest row in which each objective was measured; 0 if there is none."""
        has_fine = self._plan.has_fine_rows & (self._plan.reach(Level.FINE) > 0)
        return measured_time.measured_at(self.hours, self.fine, has_fine)

    def excluded_s(self, starts: float | np.ndarray, ends: float | np.ndarray) -> np.ndarray:
        """Seconds of maintenance of each objective between times (epoch seconds), one pair or one for each."""
        if not self.exclusions:
            return np.zeros(len(self.slos))
        starts, ends = (np.broadcast_to(np.asarray(moments, dtype=float), len(self.slos)) for moments in (starts, ends))
        parts = zip(self._excluded, starts, ends, strict=True)
        return np.array([excluded.seconds(start, end) for excluded, start, end in parts])

    def _places(self, request: EventRequest) -> np.ndarray:
        # Usually the same objects; comparing them by content takes far longer for thousands of objectives.
        known = self._column_of_object
        return np.array(
            [known[id(slo)] if id(slo) in known else self._column[slo.counting_key] for slo in request.slos]
        )

    def _counted(self, request: EventRequest, values: Values, gaps: Gaps | None) -> CountedRows:
        """Events of an answer, without excluded rows."""
        grid, columns = request.grid, self._places(request)
        ends = grid.start + np.arange(len(grid)) * grid.step
        counts, backwards = events_of(request.slos, values, len(grid), grid.step)
        if self.exclusions:
            for place, column in enumerate(columns):
                counts[self._excluded[column].rows(ends - grid.step, ends), place] = 0.0
        # Record the newest row: a reset is worth a caveat as long as the window contains it.
        for place in np.flatnonzero(backwards.any(axis=0)).tolist():
            self._backwards[columns[place]] = ends[backwards[:, place]][-1]
        sliced = np.array([slo.row_s > 0 for slo in request.slos])
        return CountedRows(columns, ends, counts, grid.step, sliced, gaps)

    def _hours_cut_by_maintenance(self, request: EventRequest) -> list[EventRequest]:
        """Hours that maintenance covers partly, to be requested in fine rows; finer answers contain these already."""
        if request.grid.step != HOUR:
            return []
        # One request per hour for all objectives that share the maintenance.
        slos_by_end: dict[tuple[int, int], list[Slo]] = {}
        for slo in request.slos:
            column = self._column[slo.counting_key]
            for end in self._excluded[column].cut_hours():
                if request.grid.start <= end <= request.grid.end:
                    slos_by_end.setdefault((end, self.steps[column]), []).append(slo)
        return [
            EventRequest(tuple(slos), Grid.between(end - HOUR, end, step=step), Level.HOURS)
            for (end, step), slos in slos_by_end.items()
        ]
