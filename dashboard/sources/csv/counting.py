"""Whether columns of counts hold counts: of each row, or running totals; never ratios, rates or anything else."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from dashboard.sources.csv.rows.instances import are_whole, moments_of, names_instances, tells_apart
from dashboard.sources.csv.rows.rows import ChunkRows
from dashboard.sources.csv.series.series import COUNT, RUNNING_TOTAL
from dashboard.sources.csv.shapes.names import IN_BRACKETS
from dashboard.sources.csv.values.columns import codes_and_texts
from dashboard.sources.csv.values.quantities import Unit, unit_of
from dashboard.sources.csv.values.rising import Steps

# A column holds ratios or rates when more than this share of its numbers, and this many or all of them, have fractions.
FRACTIONS_SHARE, FRACTIONS = 0.1, 3
# Numbers that a computer added up are whole within this.
WHOLE_WITHIN = 1e-6
# This many rows tell whether their numbers are running totals.
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
    """What the columns of counts of one file turned out to be, as long as it is followed.

    Attributes:
        stated: the unit of their numbers, as the configuration says; empty: it is found out.
        reasons: column → why it holds no counts, so that all its rows are refused. `totals`: those that seem to be
            running totals, as far as they were read.
        counts: columns that hold more than answers to a question, though their names may be those of one.
        told_apart_by: columns of numbers that tell rows of one service and time apart, such as those of shards.
        lacks_errors: some rows had requests and no errors beside them.
        is_other_order: the newest rows are behind a header that differs from the first.
        is_late: such a reason was found after rows had been counted: all must be read again.
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
    # How many rows were looked at since the beginning of the file.
    _rows: int = 0
    # Column → how many of its numbers are not 0, and how many have fractions.
    _numbers: Counter[str] = field(default_factory=Counter)
    _fractions: Counter[str] = field(default_factory=Counter)
    # (column, service, series) → time in epoch seconds and number of its newest row.
    _newest: dict[tuple[str, str, int], tuple[float, float]] = field(default_factory=dict)

    def anew(self) -> "Counting":
        """What is known of the columns, for a file that is read from its beginning again."""
        known = Counting(self.stated, self.reasons, self.totals, self.told_apart_by, self.counts)
        known._steps = self._steps
        return known

    def tell_apart(self, columns: Mapping[str, np.ndarray], rows: ChunkRows) -> set[str]:
        """Which columns of numbers tell rows of one service and time apart: each has the same numbers at every time.

        Args:
            columns: name in the file → its numbers, none of which is known by its name. `rows`: whose they are.
        """
        new = {name for name, values in columns.items() if name not in self.told_apart_by and tells_apart(values, rows)}
        self.is_late |= self._counted and bool(new)
        self.told_apart_by |= new
        return self.told_apart_by & columns.keys()

    def comments_apart(
        self, comments: Mapping[str, pa.ChunkedArray], rows: ChunkRows, signal: np.ndarray | None = None
    ) -> set[str]:
        """Which comments tell otherwise equal rows apart: each moment has several, and they recur from one to the next.

        Args:
            comments: name in the file → its texts. `rows`: whose they are.
            signal: code of the signal of each row, where rows are of one, shape (rows,).
        """
        unknown = {name: column for name, column in comments.items() if name not in self.told_apart_by}
        moment, service = moments_of(rows, signal) if unknown else (np.zeros(0), np.zeros(0))
        codes = {name: codes_and_texts(column)[0][~rows.refused] for name, column in unknown.items()}
        new = {name for name, each in codes.items() if names_instances(each, moment, service)}
        if not new and len(codes) > 1:
            # Such as a unit and a note, of which neither tells them apart by itself.
            together = pd.DataFrame(codes).groupby(list(codes), sort=False).ngroup().to_numpy()
            new = set(codes) if names_instances(together, moment, service) else new
        self.is_late |= self._counted and bool(new)
        self.told_apart_by |= new
        return self.told_apart_by & comments.keys()

    def note_counts(self, name: str, are_counts: bool) -> None:
        """A column was seen to hold counts; rows that were refused, as it might be no count, are read again.

        Args:
            name: of the column. `are_counts`: its numbers in a chunk are counts for certain.
        """
        if are_counts and name not in self.counts:
            self.counts.add(name)
            self.is_late |= self._counted

    def is_certain(self, values: np.ndarray, units: np.ndarray) -> bool:
        """Whether counts have been looked at, and more of them are counts at a glance.

        Args:
            values: numbers of columns of counts. `units`: the `Unit` behind each number of their rows.
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
        """Refuse the rows of columns of counts that hold none.

        Args:
            columns: name in the file → its numbers and the `Unit` behind each. `rows`: whose they are.
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
        # What few rows seem to be more of them may contradict.
        self.is_late |= self._counted and bool(before.keys() - self.totals.keys())
        # Requests without their failures would look well.
        for name, reason in (self.reasons or self.totals).items():
            for values, _ in columns.values():
                rows.refuse(~np.isnan(values), f"{name} {reason}")
        self.is_late |= self._counted and (len(self.reasons) > known or bool(self.totals.keys() - before.keys()))
        self._counted = True

    def increases(self, name: str, values: np.ndarray, rows: ChunkRows) -> np.ndarray:
        """How much running totals rose since the row before of the same series; NaN for the first of each.

        A total that falls has begun anew at 0: https://prometheus.io/docs/prometheus/latest/querying/functions/#increase

        Args:
            name: of the column in the file. `values`: its numbers, shape (rows,). `rows`: whose they are.
        """
        increases = np.full(len(values), np.nan)
        late = np.zeros(len(values), dtype=bool)
        places, rises, late_places = self._rises(name, values, rows)
        increases[places] = np.where(rises < 0, values[places], rises)
        late[late_places] = True
        rows.refuse(late, LATE)
        return increases

    def _rises(self, name: str, values: np.ndarray, rows: ChunkRows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rows, how much each is above the row before it in its series, NaN without any; and rows that come late.

        Args:
            name: of the column in the file. `values`: its numbers, shape (rows,). `rows`: whose they are.
        """
        places, group = _in_order(values, rows)
        begins = np.flatnonzero(np.diff(group, prepend=-1))
        keys = [self._key(name, places[begin], rows) for begin in begins]
        newest = np.array([self._newest.get(key, (-np.inf, np.nan)) for key in keys]).reshape(len(keys), 2)
        is_late = rows.time[places] <= newest[group, 0]
        # The newest row once more, as a file that is written again has it, is none of the past.
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
        # What is written in thousands is rounded to them.
        whole = np.where(np.isfinite(values) & ~rows.refused & (units != Unit.MULTIPLE), values, 0.0)
        fractional = np.abs(whole - np.round(whole)) > WHOLE_WITHIN * np.maximum(1, np.abs(whole))
        if not fractional.any():
            return
        counted = values[~rows.refused & (values != 0) & ~np.isnan(values)]
        self._numbers[name] += len(counted)
        self._fractions[name] += int(fractional.sum())
        # Of a few rows it takes all that are not 0.
        few = max(FRACTIONS, FRACTIONS_SHARE * self._numbers[name])
        if self._fractions[name] >= min(few, self._numbers[name]):
            # A whole number among ratios or rates is none of counts, either: 1 of a ratio are all requests.
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
                # Of a file that is read again the first rows are known.
                new = self._rows + places >= steps.rows
                steps.take((values[places] - rises)[new], values[places][new])
                steps.series = sum(key[0] == name for key in self._newest)
                steps.rows = max(steps.rows, self._rows + len(values))
        self._rows += len(rows.time)
        self.totals = self._totals()

    @property
    def may_be_totals(self) -> bool:
        """Numbers have only risen so far, in rows too few to tell whether they are running totals."""
        steps = self._steps.values()
        is_open = not self.stated and not self.reasons and not self.totals
        return is_open and any(each.rises for each in steps) and not any(each.falls for each in steps)

    def _totals(self) -> dict[str, str]:
        """Column → why it is refused, of those that seem to be running totals."""
        if not self._steps:
            return {}
        name = max(self._steps, key=lambda name: self._steps[name].rises)
        others = [steps for other, steps in self._steps.items() if other != name]
        if self._steps[name].is_total_beside(others):
            return {name: TOTAL}
        return {name: LONE_TOTAL for name, steps in self._steps.items() if steps.is_total_alone}


def header_reason(name: str) -> str:
    """Why a column holds no counts, as the unit in its header says; empty if it does not.

    Args:
        name: as its header has it, such as `Requests (req/s)`.
    """
    stated = IN_BRACKETS.fullmatch(name.lower().strip())
    if stated is None:
        return ""
    if MULTIPLE.fullmatch(stated["unit"]):
        return f"is in multiples, as its header says: {IN_FULL}"
    reason = UNITS_OF_NO_COUNT.get(unit_of(stated["unit"]), "")
    return f"is none of counts, as its header says: {reason}" if reason else ""


def _in_order(values: np.ndarray, rows: ChunkRows) -> tuple[np.ndarray, np.ndarray]:
    """The rows that hold a number, series by series in order of time, the last one of each time; and whose they are.

    Args:
        values: shape (rows,). `rows`: whose they are.
    """
    places = np.flatnonzero(np.isfinite(values) & ~rows.refused)
    series = np.zeros(len(values), dtype=np.uint64) if rows.series is None else rows.series
    places = places[np.lexsort((rows.time[places], series[places], rows.service[places]))]
    service, text, time = rows.service[places], series[places], rows.time[places]
    is_other = np.ones(len(places), dtype=bool)
    is_other[1:] = (service[1:] != service[:-1]) | (text[1:] != text[:-1])
    is_last = np.append(is_other[1:] | (time[1:] != time[:-1]), True)[: len(places)]
    return places[is_last], (np.cumsum(is_other) - 1)[is_last]
