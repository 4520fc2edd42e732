"""Converts numbers of series to cells of a table, depending on their units."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dashboard.exceptions import InvalidData
from dashboard.outcomes import Outcome, Vocabulary
from dashboard.sources.csv.columns.names import MAX_VALUE
from dashboard.sources.csv.rows.rows import CellValues, ChunkRows
from dashboard.sources.csv.series.counting import Numbers, Roles, ServiceCounts, added_cells, gauge_cells
from dashboard.sources.csv.series.running_totals import RunningTotals
from dashboard.sources.csv.series.series import COUNT, RATES, REMEDY, RUNNING_TOTAL, WRITTEN, Series
from dashboard.sources.csv.values.quantities import Unit

EXCEEDS = "more requests failed than came"
OUTSIDE = "it is below 0, or beyond what anybody counts"
FRACTION = f"a count is a whole number: {REMEDY}"


@dataclass(slots=True)
class Measuring:
    """What is remembered of the series of a file while it is followed.

    Attributes:
        duration_scale: seconds per unit of latencies without a unit; None: unknown.
        totals: state of counters.
        identity: distinguishes the series if those of one service are in different rows and have different times; None:
            a row contains all of them.
    """

    duration_scale: float | None = None
    identity: list[int] | None = None
    totals: RunningTotals = field(default_factory=RunningTotals)
    # Services whose requests were summed from series of each status.
    _by_status: set[str] = field(default_factory=set)

    def impossible(
        self, numbers: Numbers, series: Sequence[Series], written: Sequence[Unit]
    ) -> list[tuple[str, np.ndarray]]:
        """Why numbers are inconsistent with their declared kind, and a mask of them, shape (numbers,).

        Args:
            numbers: as written. `series`: of the file. `written`: the unit after the numbers of each series.
        """
        signed = np.array([each.meaning.measure == "gauge" for each in series], dtype=bool)[numbers.series]
        whole = np.array(
            [
                each.is_counted and each.unit == COUNT and unit is Unit.NONE
                for each, unit in zip(series, written, strict=True)
            ],
            dtype=bool,
        )[numbers.series]
        outside = ((numbers.value < 0) & ~signed) | (np.abs(numbers.value) > MAX_VALUE)
        fractional = np.where(outside, 0.0, numbers.value) % 1 != 0
        return [(OUTSIDE, outside), (FRACTION, whole & fractional)]

    def cells(
        self,
        numbers: Numbers,
        series: Sequence[Series],
        written: Sequence[Unit],
        rows: ChunkRows,
        vocabulary: Vocabulary,
    ) -> list[CellValues]:
        """The cells for the numbers; times with more failures than requests are rejected.

        Args:
            numbers: as written. `series`: of the file. `written`: the unit after the numbers of each series.
            rows: of the chunk, with their interval. `vocabulary`: the words for outcomes.

        Raises:
            InvalidData: the kind of the numbers is unknown, or inconsistent with the declared one.
        """
        counted = np.array([each.is_counted for each in series], dtype=bool)
        scales = np.array(
            [
                self._count_scale(each, unit, rows.interval_s) if each.is_counted else self._gauge_scale(each, unit)
                for each, unit in zip(series, written, strict=True)
            ]
        )
        numbers = replace(numbers, value=numbers.value * scales[numbers.series])
        is_count = counted[numbers.series]
        cells = [gauge_cells(numbers.only(~is_count), series)] if not counted.all() else []
        if not counted.any():
            return cells
        counts = self._without_totals(numbers.only(is_count), series)
        roles = Roles.of(series, vocabulary)
        for each in series:
            if each.signal == "requests" and each.outcome(vocabulary) is Outcome.UNKNOWN:
                rows.unknown_words.setdefault(each.service, set()).add(str(each.status))
        if self.identity is not None:
            self._refuse_twice(roles)
            return [*added_cells(counts, roles, np.array(self.identity, np.uint64)), *cells]
        services = ServiceCounts.of(counts, roles)
        beyond = services.exceeds
        if beyond.any():
            rows.refuse(np.isin(rows.time, counts.times[services.moment[beyond]]), EXCEEDS)
            services = services.without(np.isin(services.moment, services.moment[beyond]))
        return [*services.cells(counts.times, roles.services), *cells]

    def _refuse_twice(self, roles: Roles) -> None:
        """Reject a series of all requests that appears after those of each status were summed."""
        for name, has_total, complete in zip(roles.services, roles.has_total, roles.is_complete, strict=True):
            if has_total and name in self._by_status:
                raise InvalidData(f"{name} has series with and without a status: export only those with one")
            if complete:
                self._by_status.add(name)

    def _without_totals(self, counts: Numbers, series: Sequence[Series]) -> Numbers:
        """Counts, with running totals converted to increases."""
        running = np.array([each.unit == RUNNING_TOTAL for each in series], dtype=bool)[counts.series]
        if not running.any():
            return counts
        value = counts.value.copy()
        times = counts.times[counts.moment[running]]
        value[running] = self.totals.increases(times, counts.series[running], value[running], len(series))
        return replace(counts, value=value).only(~np.isnan(value))

    def _count_scale(self, series: Series, written: Unit, interval_s: float) -> float:
        """The factor that converts numbers to counts of their interval."""
        if written in (Unit.SECONDS, Unit.PER_CENT, Unit.BYTES):
            raise InvalidData(
                f"the numbers of {series.service} have a unit that {series.signal} are not counted in: "
                'write another signal under [source], such as signal = "p95" or "cpu"'
            )
        unit = WRITTEN.get(written, series.unit)
        if not unit:
            raise InvalidData(
                f"nothing tells whether the {series.signal} of {series.service} are counts or rates: {REMEDY}"
            )
        return interval_s / RATES[unit] if unit in RATES else 1.0

    def _gauge_scale(self, series: Series, written: Unit) -> float:
        """The factor that converts gauges and latencies to their unit."""
        if series.meaning.measure != "quantile":
            return series.meaning.factor if written is Unit.NONE else 1.0
        if written is Unit.SECONDS:
            return 1.0
        if written is not Unit.NONE:
            raise InvalidData(f"the numbers of {series.service} have a unit that no {series.signal} has")
        # The name of a signal ends with its unit, or has none.
        scale = series.meaning.factor if "_" in series.signal else self.duration_scale
        if scale is None:
            raise InvalidData(f'nothing tells the unit of {series.signal}: write duration = "ms" or "s" under [source]')
        return scale
