"""What was counted over a whole load test, as rows of shorter intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from dashboard.sources.csv.formats.format import Prepared
from dashboard.sources.csv.values.columns import constant, with_columns

# A test is divided into about this many intervals of whole seconds.
INTERVALS = 60
# No test takes longer.
SECONDS_MAX = 1e8
NO_COUNTS = "requests and errors must be counts with 0 <= errors <= requests, and the test must have taken some time"


@dataclass(frozen=True, slots=True)
class WholeTest:
    """What a row of a file tells of a test.

    Attributes:
        end: epoch seconds. `seconds`: how long it took.
        requests, errors: how many there were in all. `quantiles`: `p50` … → seconds; NaN if it is unknown.
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
        """Why it is refused; empty if it is not."""
        is_possible = 0 < self.seconds < SECONDS_MAX and 0 <= self.errors <= self.requests < np.inf
        is_counted = is_possible and self.requests % 1 == 0 == self.errors % 1
        return self.problem or ("" if is_counted else NO_COUNTS)

    def intervals(self, names: Sequence[str]) -> pa.Table:
        """Rows of intervals of one length, evenly spread, and whole numbers that add up; `names`: of its quantiles."""
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
    """The intervals of tests: the last of each in their order, as the rows of the file, and behind them all others.

    Args:
        tests: of the rows of a part of a file; None: such a row is ignored. `names`: of their quantiles.
        file: its path, which tells its intervals apart from those of other files.
    """
    known = [WholeTest() if test is None else test for test in tests]
    tables = [test.intervals(names) for test in known]
    others = [table.slice(0, len(table) - 1) for table in tables]
    # Part of a file may hold no rows at all.
    none = WholeTest(problem=NO_COUNTS).intervals(names).slice(1)
    whole = pa.concat_tables([none, *(table.slice(len(table) - 1) for table in tables), *others])
    padding = [False] * (len(whole) - len(known))
    refusals = {test.reason for test in tests if test is not None and test.reason}
    return Prepared(
        with_columns(whole, {"file": constant(file, len(whole))}),
        np.array([*(test is None for test in tests), *padding], dtype=bool),
        tuple((np.array([*(test.reason == reason for test in known), *padding]), reason) for reason in refusals),
    )
