"""The ledger: closed hours of every objective, and fine rows of the last hours. Any window is a sum over them.

Hours reach back as far as the longest window; each is asked for once more when the next one closes, so that late
samples are counted. Fine rows, by the minute as a rule, reach back over all short windows; their newest ten minutes
are asked for again whenever a row closes. The oldest hour of a window, which its start cuts, is held in fine rows, too.
Where a source can tell, the newest rows, a quarter of a minute each, reach from there to the newest scrape, so that a
burn is seen at once. Nothing is ever added to a sum: what comes replaces what was there. Rows of an answer in part are
kept, marked, and asked for again from time to time, until they come in full.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dashboard.slo import measured_time
from dashboard.slo.confirmations import Confirmations
from dashboard.slo.cut_hours import CutHours
from dashboard.slo.event_requests import FINE_SPAN, EventRequest, Level, RequestPlan, hours_of
from dashboard.slo.event_rows import SECONDS, CountedRows, Doubts, Rows
from dashboard.slo.events import Values, events_of
from dashboard.slo.exclusions import ExcludedTime, Exclusion
from dashboard.slo.ledger_view import NO_ENDS, NO_NEWEST_ROWS, LedgerView
from dashboard.slo.objective import Slo
from dashboard.timerange import HOUR, Grid


class Ledger:
    """Events of some objectives. Where arrays are by objective, they are in the order of `slos`.

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
        # The hours that starts of windows cut, in fine rows, by the epoch seconds of their ends.
        self._cut_hours = CutHours()
        self._backwards = np.zeros(0, dtype=np.int64)

    @property
    def slos(self) -> tuple[Slo, ...]:
        """The objectives that are held."""
        return self._plan.slos

    @property
    def base(self) -> int:
        """Seconds of a fine row."""
        return self._plan.base

    @property
    def steps(self) -> tuple[int, ...]:
        """Seconds of the rows that each objective is counted by: where targets are scraped rarely, of several."""
        return self._plan.steps

    @property
    def empty(self) -> bool:
        """Nothing was stored yet of any objective."""
        return bool(self.slos) and not self._plan.hours_until.any()

    @property
    def at(self) -> int:
        """Epoch seconds of the newest row's end: the moment of evaluation; where nothing is held, when it was due."""
        return max(self.closed_at, self.newest.end) or int(self._plan.now)

    @property
    def closed_at(self) -> int:
        """Epoch seconds of the end of the newest row that is complete."""
        return max(self.fine.end, self.hours.end)

    @property
    def until(self) -> np.ndarray:
        """Epoch seconds until which each objective is counted: other rows end at other moments."""
        ends = np.maximum(self._fine_until, self._newest_until)
        until: np.ndarray = np.where(self._plan.has_fine_rows & (ends > 0), ends, self.at)
        return until

    @property
    def has_newest_rows(self) -> np.ndarray:
        """Which objectives are counted up to the newest scrape."""
        return self._plan.newest.wanted

    @property
    def scrapes(self) -> np.ndarray:
        """Seconds between two samples of each objective; 0 where its source is not scraped."""
        return np.asarray(self._plan.scrapes) if self._plan.scrapes else np.zeros(len(self.slos))

    @property
    def view(self) -> LedgerView:
        """What is held now."""
        return LedgerView(self.slos, self.hours, self.fine, self.exclusions, self.newest, self._fine_until)

    def follow(self, slos: Sequence[Slo], steps: int | Sequence[int], *, scrapes: Sequence[float] = ()) -> None:
        """Hold these objectives from now on.

        Args:
            slos: what was counted of them by the same rules is kept, the rest is asked for anew.
            steps: seconds of the rows that each is counted by, or of all; each divides all that are longer, up to an
                hour. Where they are longer than that, the source spreads what it counts over the hours.
            scrapes: seconds between two samples of each, where the source counts up to the newest one; else empty.
        """
        steps = (steps,) * len(slos) if isinstance(steps, int) else tuple(steps)
        base = min((HOUR, *steps)) if steps else self.base
        if base != self.base:
            self._cut_hours.clear()
            self._fine_until = np.zeros_like(self._fine_until)
            self.fine = Rows.nothing(self.hours.end, base, FINE_SPAN // base, len(self.slos))
        elif (tuple(slos), steps, tuple(scrapes)) == (self.slos, self.steps, self._plan.scrapes):
            return
        # As many hours for all as the longest window needs: one array, one running count.
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
        """Ask for everything anew: the source counts differently now. What is held is used until it is replaced."""
        self._plan.forget()

    def reopen(self, since: float) -> None:
        """Ask once more for what ended after a moment (epoch seconds); what is held is used until it is replaced."""
        self._plan.reopen(since)

    def exclude(self, exclusions: Sequence[Exclusion]) -> None:
        """Leave this out from now on; rows that are stored already stay as they are."""
        if tuple(exclusions) != self.exclusions:
            self.exclusions = tuple(exclusions)
            self._excluded = [ExcludedTime.of(slo, self.exclusions) for slo in self.slos]

    def due(self, now: float) -> list[EventRequest]:
        """What to ask the source for; nothing while no row has closed."""
        return self._plan.due(now)

    def add(self, request: EventRequest, values: Values, doubts: Doubts | None = None) -> list[EventRequest]:
        """Store an answer.

        Args:
            request: what was asked for. `values`: series by term, one value for each point of its grid.
            doubts: for which of its objectives the answer may lack something; None for an answer in full.

        Returns:
            What must be asked for beside it: hours that maintenance cuts through.
        """
        answer = self._counted(request, values, doubts)
        rows = self.fine if request.level is Level.FINE else self.hours
        doubts = self._confirmations.reduced(request, answer, rows, doubts)
        answer = replace(answer, doubts=doubts)
        if request.level is Level.FINE:
            self.fine = answer.put_into(self.fine)
            self._fine_until = answer.moved_on(self._fine_until)
            # What came of the same minutes before was all there, too.
            self.newest = self.newest.unmarked(self._confirmations.among(answer.columns), request.grid.end)
        elif request.level is Level.NEWEST:
            self.newest = answer.put_into(self.newest)
            self._newest_until = answer.moved_on(self._newest_until)
        elif request.level is Level.HOURS:
            if request.grid.step == HOUR:
                measured_time.limit_to_fine_rows(answer, self.fine, self._plan.reach(Level.FINE))
            self.hours = answer.put_into(self.hours)
        elif doubts is None or not doubts.warned.all():
            self._cut_hours.put(answer, request.grid.end, self.base, self._plan.reach(Level.EDGE))
        self._plan.answered(request, answer.columns, doubts)
        return self._hours_cut_by_maintenance(request) if request.level is Level.HOURS else []

    def refuse(self, request: EventRequest) -> None:
        """Note that the source refuses a request: what it asks for is left alone for a while."""
        self._plan.refused(request, self._places(request))

    def has_hours(self, slo: Slo) -> bool:
        """Hours of an objective were answered: its whole window is known, but for what is missing since."""
        return bool(self._plan.hours_until[self._column[slo.counting_key]])

    def source_is_whole(self) -> None:
        """The source answers in full again: what it answered in part is asked for again soon."""
        self._plan.retries.source_is_whole()

    @property
    def has_open_rows(self) -> bool:
        """Rows of answers that may lack something are held, and will be asked for again."""
        return self._plan.retries.any_open

    def sums(self, seconds: float | np.ndarray) -> np.ndarray:
        """Events of the last so many seconds, a number or one for each objective; shape (objectives, 3)."""
        starts = np.broadcast_to(self.at - np.asarray(seconds, dtype=float), (len(self.slos),))
        return self.since(starts)

    def since(self, starts: np.ndarray) -> np.ndarray:
        """Events after each objective's start (epoch seconds) until now, shape (objectives, 3)."""
        return self._since(starts, self.hours, self.fine, self.newest, self._cut_hours)

    def partial_s(self, starts: np.ndarray) -> np.ndarray:
        """Seconds after each objective's start (epoch seconds) that were measured in part."""
        rows = (self.hours, self.fine, self.newest)
        if all(level.partial is None for level in rows):
            return np.zeros(len(starts))
        hours, fine, newest = (level.only_partial() for level in rows)
        seconds: np.ndarray = self._since(starts, hours, fine, newest, CutHours())[:, SECONDS]
        return seconds

    def is_partial_now(self) -> np.ndarray:
        """Whether the newest rows of each objective were answered in part: what is not in them may have happened."""
        is_partial: np.ndarray = self._plan.newest_is_partial | self._plan.newest.partial
        return is_partial

    def _since(self, starts: np.ndarray, hours: Rows, fine: Rows, newest: Rows, cut_hours: CutHours) -> np.ndarray:
        """Sums of some rows after each objective's start until now; `cut_hours`: the hours that starts cut."""
        now = np.full(len(starts), float(self.at))
        hours_until = self._plan.hours_until.astype(float)
        # The cut hour, whole hours, and what is newer than the last complete hour.
        first = np.minimum(-(-starts // HOUR) * HOUR, hours_until)
        by_hours = cut_hours.sums(starts, first, hours, self._plan.reach(Level.EDGE)) + hours.sums(first, hours_until)
        # A window that fine rows cover as a whole is exact to the row.
        recent = self._plan.has_fine_rows & (starts >= fine.start)
        after = np.where(recent, starts, np.maximum(hours_until, starts))
        # Nothing is estimated in the newest rows: from where they begin nothing else is looked at.
        is_new = self.has_newest_rows & (self._newest_until >= self._fine_until)
        cut = np.maximum(np.where(is_new, newest.start, now), after)
        by_rows = fine.sums(after, cut) + newest.sums(cut, now)
        sums: np.ndarray = by_rows + np.where(recent[:, None], 0.0, by_hours)
        return sums

    def backwards(self) -> np.ndarray:
        """Epoch seconds of the newest row in which each objective's valid events ran backwards; 0 where none did."""
        return self._backwards

    def unmeasured(self, starts: np.ndarray) -> np.ndarray:
        """Seconds without any measure after each objective's start (epoch seconds), once it had been measured."""
        return measured_time.unmeasured(starts, self.hours, self.fine, self._fine_until)

    def measured_at(self) -> np.ndarray:
        """Epoch seconds of the newest row in which each objective was measured; 0 where none is held."""
        has_fine = self._plan.has_fine_rows & (self._plan.reach(Level.FINE) > 0)
        return measured_time.measured_at(self.hours, self.fine, has_fine)

    def excluded_s(self, starts: float | np.ndarray, ends: float | np.ndarray) -> np.ndarray:
        """Seconds that maintenance takes out of each objective between moments (epoch seconds), one or one for each."""
        if not self.exclusions:
            return np.zeros(len(self.slos))
        starts, ends = (np.broadcast_to(np.asarray(moments, dtype=float), len(self.slos)) for moments in (starts, ends))
        parts = zip(self._excluded, starts, ends, strict=True)
        return np.array([excluded.seconds(start, end) for excluded, start, end in parts])

    def _places(self, request: EventRequest) -> np.ndarray:
        # Of thousands they are the same objects, and to hash their contents takes far longer.
        known = self._column_of_object
        return np.array(
            [known[id(slo)] if id(slo) in known else self._column[slo.counting_key] for slo in request.slos]
        )

    def _counted(self, request: EventRequest, values: Values, doubts: Doubts | None) -> CountedRows:
        """Events of an answer, without those of excluded rows."""
        grid, columns = request.grid, self._places(request)
        ends = grid.start + np.arange(len(grid)) * grid.step
        counts, backwards = events_of(request.slos, values, len(grid), grid.step)
        if self.exclusions:
            for place, column in enumerate(columns):
                counts[self._excluded[column].rows(ends - grid.step, ends), place] = 0.0
        # Kept by the newest row: a reset stays worth a word as long as the window holds it.
        for place in np.flatnonzero(backwards.any(axis=0)).tolist():
            self._backwards[columns[place]] = ends[backwards[:, place]][-1]
        sliced = np.array([slo.row_s > 0 for slo in request.slos])
        return CountedRows(columns, ends, counts, grid.step, sliced, doubts)

    def _hours_cut_by_maintenance(self, request: EventRequest) -> list[EventRequest]:
        """Hours that maintenance cuts through, asked for again by fine rows; finer answers have these already."""
        if request.grid.step != HOUR:
            return []
        # One request an hour for all objectives that share the maintenance.
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
