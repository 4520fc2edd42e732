"""Checks whether columns contain counts: per row, or running totals; ratios, rates and others are rejected."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.sources.csv.columns.names import IN_BRACKETS
from dashboard.sources.csv.rows.instances import are_whole, moments_of, names_instances, tells_apart
from dashboard.sources.csv.rows.rows import ChunkRows
from dashboard.sources.csv.series.series import COUNT, RUNNING_TOTAL
from dashboard.sources.csv.values.columns import codes_and_texts
from dashboard.sources.csv.values.quantities import Unit, unit_of
from dashboard.sources.csv.values.rising import Steps

# A column contains ratios or rates if more than this share of its numbers, and this many or all, have fractions.
FRACTIONS_SHARE, FRACTIONS = 0.1, 3
# Tolerance for whole numbers that were summed in floating point.
WHOLE_WITHIN = 1e-6
# Number of rows examined for running totals.
ROWS_LOOKED_AT = 50_000
PER_INTERVAL = f'a row of this shape needs counts: only unit = "{COUNT}" and "{RUNNING_TOTAL}" can be read of it'
RATE = "a rate per second is no count: export how many there were in each interval"
SHARE = "a share is no count: name the column of counts in columns under [source]"
UNITS_OF_NO_COUNT: Final = {
    Unit.PER_CENT: SHARE,
    Unit.PER_SECOND: RATE,
    Unit.PER_MINUTE: "a rate per minute is no count: export how many there were in each interval",
    Unit.SECONDS: "a duration is no count",
    Unit.BYTES: "an amount of data is no count",
}
IN_FULL = "export how many there were in full"
MULTIPLE = re.compile(r"(?:in )?(?:k|thousands?|tsd\.?|'000s?|000s?|1,?000s?|m|mio\.?|millions?)")
TOTAL = (
    f'only rises, as a running total does: write unit = "{RUNNING_TOTAL}" under [source] to count its increases, '
    f'or unit = "{COUNT}" where every row has counts of its own'
)
LONE_TOTAL = (
    f'only rises, as a running total does, and another column does not: export both alike, or write unit = "{COUNT}" '
    "under [source] where every row has counts of its own"
)
LATE = "a running total that is older than one before it tells no increase"


@dataclass(slots=True)
class Counting:
    """The detected kinds of count columns of one file, while it is followed.

    Attributes:
        stated: the configured unit of their numbers; empty: detect it.
        reasons: column → why it does not contain counts, so that all its rows are rejected. `totals`: columns that look
            like running totals so far.
        counts: columns with general counts, although their names could be those of flags.
        told_apart_by: columns of numbers that distinguish rows of one service and time, such as shards.
        lacks_errors: some rows had requests but no errors.
        is_other_order: the newest rows follow a header that differs from the first.
        is_late: a reason was found after rows had been counted: everything must be read again.
    """

    stated: str = ""
    reasons: dict[str, str] = field(default_factory=dict)
    totals: dict[str, str] = field(default_factory=dict)
    told_apart_by: set[str] = field(default_factory=set)
    counts: set[str] = field(default_factory=set)
    is_late: bool = False
    lacks_errors: bool = False
    is_other_order: bool = False
    _counted: bool = False
    _steps: dict[str, Steps] = field(default_factory=dict)
    # Number of rows examined since the start of the file.
    _rows: int = 0
    # Column → number of its values other than 0, and number of fractions.
    _numbers: Counter[str] = field(default_factory=Counter)
    _fractions: Counter[str] = field(default_factory=Counter)
    # (column, service, series) → time in epoch seconds and value of its newest row.
    _newest: dict[tuple[str, str, int], tuple[float, float]] = field(default_factory=dict)

    def anew(self) -> "Counting":
        """What is known of the columns, for reading the file again from its start."""
        known = Counting(self.stated, self.reasons, self.totals, self.told_apart_by, self.counts)
        known._steps = self._steps
        return known

    def tell_apart(self, columns: Mapping[str, np.ndarray], rows: ChunkRows) -> set[str]:
        """Columns of numbers that distinguish rows of one service and time: they have the same values at every time.

        Args:
            columns: name in the file → its numbers; none has a known name. `rows`: of the chunk.
        """
        new = {name for name, values in columns.items() if name not in self.told_apart_by and tells_apart(values, rows)}
        self.is_late |= self._counted and bool(new)
        self.told_apart_by |= new
        return self.told_apart_by & columns.keys()

    def comments_apart(
        self, comments: Mapping[str, pa.ChunkedArray], rows: ChunkRows, signal: np.ndarray | None = None
    ) -> set[str]:
        """Comments that distinguish otherwise equal rows: each time has several, which recur at the next time.

        Args:
            comments: name in the file → its texts. `rows`: of the chunk.
            signal: code of the signal of each row, if rows have one, shape (rows,).
        """
        unknown = {name: column for name, column in comments.items() if name not in self.told_apart_by}
        moment, service = moments_of(rows, signal) if unknown else (np.zeros(0), np.zeros(0))
        codes = {name: codes_and_texts(column)[0][~rows.refused] for name, column in unknown.items()}
        new = {name for name, each in codes.items() if names_instances(each, moment, service)}
        if not new and len(codes) > 1:
            # Such as a unit and a note, neither of which distinguishes them alone.
            together = pd.DataFrame(codes).groupby(list(codes), sort=False).ngroup().to_numpy()
            new = set(codes) if names_instances(together, moment, service) else new
        self.is_late |= self._counted and bool(new)
        self.told_apart_by |= new
        return self.told_apart_by & comments.keys()

    def note_counts(self, name: str, are_counts: bool) -> None:
        """Record whether a column contains counts; rows rejected because it was uncertain are read again.

        Args:
            name: of the column. `are_counts`: its numbers in a chunk are certainly counts.
        """
        if are_counts and name not in self.counts:
            self.counts.add(name)
            self.is_late |= self._counted

    def is_certain(self, values: np.ndarray, units: np.ndarray) -> bool:
        """Whether counts were examined before, and these are quickly recognised as counts.

        Args:
            values: numbers of count columns. `units`: the `Unit` after each number.
        """
        looked_at = bool(self.stated) or all(steps.rows >= ROWS_LOOKED_AT for steps in self._steps.values())
        return (
            self._counted
            and looked_at
            and not self.reasons
            and not self.totals
            and not units.any()
            and bool((values == np.rint(values)).all())
        )

    def check(self, columns: Mapping[str, tuple[np.ndarray, np.ndarray]], rows: ChunkRows) -> None:
        """Reject the rows of columns that do not contain counts.

        Args:
            columns: name in the file → its numbers and the `Unit` after each. `rows`: of the chunk.
        """
        known = len(self.reasons)
        if self.stated not in ("", COUNT, RUNNING_TOTAL):
            self.reasons |= dict.fromkeys(columns, f"is no count, but {self.stated}: {PER_INTERVAL}")
        if not self.stated:
            self.reasons |= {name: reason for name in columns if (reason := header_reason(name))}
        for name, (values, units) in columns.items():
            self._check_column(name, values, units, rows)
        before = self.totals
        if not self.stated and not self.reasons:
            self._look_for_totals({name: values for name, (values, _) in columns.items()}, rows)
        # More rows may contradict the impression from a few.
        self.is_late |= self._counted and bool(before.keys() - self.totals.keys())
        # Requests without their failures would look healthy.
        for name, reason in (self.reasons or self.totals).items():
            for values, _ in columns.values():
                rows.refuse(~np.isnan(values), f"{name} {reason}")
        self.is_late |= self._counted and (len(self.reasons) > known or bool(self.totals.keys() - before.keys()))
        self._counted = True

    def increases(self, name: str, values: np.ndarray, rows: ChunkRows) -> np.ndarray:
        """The increase of running totals since the previous row of the same series; NaN for the first of each.

        A total that decreases has restarted at 0:
        https://prometheus.io/docs/prometheus/latest/querying/functions/#increase

        Args:
            name: of the column in the file. `values`: its numbers, shape (rows,). `rows`: of the chunk.
        """
        increases = np.full(len(values), np.nan)
        late = np.zeros(len(values), dtype=bool)
        places, rises, late_places = self._rises(name, values, rows)
        increases[places] = np.where(rises < 0, values[places], rises)
        late[late_places] = True
        rows.refuse(late, LATE)
        return increases

    def _rises(self, name: str, values: np.ndarray, rows: ChunkRows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows with their increase over the previous row of the series, NaN without one; and late rows.

        Args:
            name: of the column in the file. `values`: its numbers, shape (rows,). `rows`: of the chunk.
        """
        places, group = _in_order(values, rows)
        begins = np.flatnonzero(np.diff(group, prepend=-1))
        keys = [self._key(name, places[begin], rows) for begin in begins]
        newest = np.array([self._newest.get(key, (-np.inf, np.nan)) for key in keys]).reshape(len(keys), 2)
        is_late = rows.time[places] <= newest[group, 0]
        # A repetition of the newest row, as in a rewritten file, is not late.
        late = places[is_late & ((rows.time[places] < newest[group, 0]) | (values[places] != newest[group, 1]))]
        places, group = places[~is_late], group[~is_late]
        begins, ends = np.diff(group, prepend=-1) != 0, np.diff(group, append=len(keys)) != 0
        before = np.concatenate([[np.nan], values[places][:-1]])[: len(places)]
        before[begins] = newest[group[begins], 1]
        for row, number in zip(places[ends], group[ends], strict=True):
            self._newest[keys[number]] = (float(rows.time[row]), float(values[row]))
        return places, values[places] - before, late

    def _key(self, name: str, row: int, rows: ChunkRows) -> tuple[str, str, int]:
        series = 0 if rows.series is None else int(rows.series[row])
        return name, str(rows.services[rows.service[row]]), series

    def _check_column(self, name: str, values: np.ndarray, units: np.ndarray, rows: ChunkRows) -> None:
        finite = values[np.isfinite(values)]
        if not units.any() and are_whole(finite):
            self._numbers[name] += int(np.count_nonzero(finite))
            return
        for unit, reason in UNITS_OF_NO_COUNT.items():
            rows.refuse(units == unit, f"{name}: {reason}")
        # Numbers written in thousands are rounded to them.
        whole = np.where(np.isfinite(values) & ~rows.refused & (units != Unit.MULTIPLE), values, 0.0)
        fractional = np.abs(whole - np.round(whole)) > WHOLE_WITHIN * np.maximum(1, np.abs(whole))
        if not fractional.any():
            return
        counted = values[~rows.refused & (values != 0) & ~np.isnan(values)]
        self._numbers[name] += len(counted)
        self._fractions[name] += int(fractional.sum())
        # With few rows, all values other than 0 must have fractions.
        few = max(FRACTIONS, FRACTIONS_SHARE * self._numbers[name])
        if self._fractions[name] >= min(few, self._numbers[name]):
            # Whole numbers among ratios or rates are not counts either: 1 as a ratio means all requests.
            ratio = f"holds numbers of at most 1, so it seems to be a ratio: {SHARE}"
            self.reasons[name] = ratio if counted.max() <= 1 else f"has fractions: {RATE}"
        else:
            rows.refuse(fractional, lambda row: f"{name} {values[row]:g} is no count: it has a fraction")

    def _look_for_totals(self, columns: Mapping[str, np.ndarray], rows: ChunkRows) -> None:
        place = np.arange(len(rows.time))
        for name, values in columns.items():
            steps = self._steps.setdefault(name, Steps())
            if steps.rows < ROWS_LOOKED_AT:
                looked_at = np.where(place < ROWS_LOOKED_AT, values, np.nan)
                places, rises, _ = self._rises(name, looked_at, rows)
                # When a file is read again, its first rows are known.
                new = self._rows + places >= steps.rows
                steps.take((values[places] - rises)[new], values[places][new])
                steps.series = sum(key[0] == name for key in self._newest)
                steps.rows = max(steps.rows, self._rows + len(values))
        self._rows += len(rows.time)
        self.totals = self._totals()

    @property
    def may_be_totals(self) -> bool:
        """Whether numbers have only increased so far, in too few rows to decide whether they are running totals."""
        steps = self._steps.values()
        is_open = not self.stated and not self.reasons and not self.totals
        return is_open and any(each.rises for each in steps) and not any(each.falls for each in steps)

    def _totals(self) -> dict[str, str]:
        """Column → why it is rejected, for columns that look like running totals."""
        if not self._steps:
            return {}
        name = max(self._steps, key=lambda name: self._steps[name].rises)
        others = [steps for other, steps in self._steps.items() if other != name]
        if self._steps[name].is_total_beside(others):
            return {name: TOTAL}
        return {name: LONE_TOTAL for name, steps in self._steps.items() if steps.is_total_alone}


def header_reason(name: str) -> str:
    """Why a column does not contain counts by the unit in its header; empty if it may.

    Args:
        name: as in the header, such as `Requests (req/s)`.
    """
    stated = IN_BRACKETS.fullmatch(name.lower().strip())
    if stated is None:
        return ""
    if MULTIPLE.fullmatch(stated["unit"]):
        return f"is in multiples, as its header says: {IN_FULL}"
    reason = UNITS_OF_NO_COUNT.get(unit_of(stated["unit"]), "")
    return f"is none of counts, as its header says: {reason}" if reason else ""


def _in_order(values: np.ndarray, rows: ChunkRows) -> tuple[np.ndarray, np.ndarray]:
    """The rows with a number by series and time, the last one of each time; and the series of each.

    Args:
        values: shape (rows,). `rows`: of the chunk.
    """
    places = np.flatnonzero(np.isfinite(values) & ~rows.refused)
    series = np.zeros(len(values), dtype=np.uint64) if rows.series is None else rows.series
    places = places[np.lexsort((rows.time[places], series[places], rows.service[places]))]
    service, text, time = rows.service[places], series[places], rows.time[places]
    is_other = np.ones(len(places), dtype=bool)
    is_other[1:] = (service[1:] != service[:-1]) | (text[1:] != text[:-1])
    is_last = np.append(is_other[1:] | (time[1:] != time[:-1]), True)[: len(places)]
    return places[is_last], (np.cumsum(is_other) - 1)[is_last]
