"""Splits counts of a whole load test into rows of shorter intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.formats.format import Prepared
from dashboard.sources.csv.values.columns import constant, with_columns

# Approximate number of intervals of whole seconds into which a test is split.
INTERVALS = 60
# Longest possible test in seconds.
SECONDS_MAX = 1e8
NO_COUNTS = "requests and errors must be counts with 0 <= errors <= requests, and the test must have taken some time"


@dataclass(frozen=True, slots=True)
class WholeTest:
    """The data of a test in a row of a file.

    Attributes:
        end: epoch seconds. `seconds`: its duration.
        requests, errors: total numbers. `quantiles`: `p50` … → seconds; NaN if unknown.
        problem: why it cannot be counted; empty if it can.
    """

    end: float = 0.0
    seconds: float = 0.0
    requests: float = 0.0
    errors: float = 0.0
    quantiles: Mapping[str, float] = field(default_factory=dict)
    problem: str = ""

    @property
    def reason(self) -> str:
        """Why it is rejected; empty if it is not."""
        is_possible = 0 < self.seconds < SECONDS_MAX and 0 <= self.errors <= self.requests < np.inf
        is_counted = is_possible and self.requests % 1 == 0 == self.errors % 1
        return self.problem or ("" if is_counted else NO_COUNTS)

    def intervals(self, names: Sequence[str]) -> pa.Table:
        """Rows of equal intervals, with even whole numbers that sum to the total; `names`: of its quantiles."""
        is_refused = bool(self.reason)
        step = 1 if is_refused else max(1, round(self.seconds / INTERVALS))
        rows = 1 if is_refused else max(1, round(self.seconds / step))
        edges = np.arange(rows + 1, dtype=float)
        columns = {"time": self.end - step * (rows - edges[1:])}
        columns |= {
            name: np.diff(np.floor(edges * (0.0 if is_refused else count) / rows))
            for name, count in (("requests", self.requests), ("errors", self.errors))
        }
        return pa.table(columns | {name: np.full(rows, self.quantiles.get(name, np.nan)) for name in names})


def prepared(tests: Sequence[WholeTest | None], names: Sequence[str], file: str) -> Prepared:
    """The intervals of tests: the last one of each in place of the rows of the file, followed by all others.

    Args:
        tests: for the rows of a part of a file; None: the row is ignored. `names`: of their quantiles.
        file: its path, which distinguishes its intervals from those of other files.
    """
    known = [WholeTest() if test is None else test for test in tests]
    tables = [test.intervals(names) for test in known]
    others = [table.slice(0, len(table) - 1) for table in tables]
    # A part of a file may contain no rows.
    none = WholeTest(problem=NO_COUNTS).intervals(names).slice(1)
    whole = pa.concat_tables([none, *(table.slice(len(table) - 1) for table in tables), *others])
    padding = [False] * (len(whole) - len(known))
    refusals = {test.reason for test in tests if test is not None and test.reason}
    return Prepared(
        with_columns(whole, {"file": constant(file, len(whole))}),
        np.array([*(test is None for test in tests), *padding], dtype=bool),
        tuple((np.array([*(test.reason == reason for test in known), *padding]), reason) for reason in refusals),
    )
