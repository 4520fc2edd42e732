"""What windows of a server's `increase` hold: known by asking for some, and comparing them with what was counted.

Prometheus looks at the samples inside of a range, to which both of its ends belong in version 2, and only the later one
since version 3; others look at the sample before it, too.
https://prometheus.io/docs/prometheus/latest/migration/#range-selectors-and-lookback-exclude-samples-coinciding-with-the-left-boundary
"""

import numpy as np

from dashboard import promql
from dashboard.exceptions import SourceError
from dashboard.slo.event_rows import SECONDS, VALID
from dashboard.slo.indicators import Query
from dashboard.sources.protocol import Source
from dashboard.timerange import Grid
from dashboard.whatif.past import Counted

# Windows of this many seconds are requested, the shortest that any rule has, over this many seconds, one a minute.
WINDOW, ASKED, STEP = 300, 7200, 60


def lost_s(source: Source, valid: Query, rows: Counted) -> float:
    """Seconds at the start of a window whose events are not in it: those of a scrape, or none.

    Args:
        source: is asked. `valid`: counts valid events. `rows`: of these, as they were counted between all samples.
    """
    grid = Grid.ending(rows.end, span=ASKED, step=STEP)
    try:
        increase = Query(promql.increase_over(valid.text, f"{WINDOW}s"))
        frame = source.query_values([increase], grid).frame
    except (ValueError, SourceError):
        return rows.scrape_s
    if increase.key not in frame.columns:
        return rows.scrape_s
    increases = frame[increase.key].to_numpy(dtype=float)
    ends = grid.start + np.arange(len(grid)) * float(STEP)
    full = rows.within(ends - WINDOW, ends)[:, SECONDS] >= WINDOW - rows.step
    known = np.isfinite(increases) & full

    def missed_by(lost: float) -> float:
        counted = Counted(rows.first, rows.step, rows.values, rows.scrape_s, lost_s=lost).increase(ends, float(WINDOW))
        return float(np.abs(counted[known, VALID] - increases[known]).sum())

    # Of counters that grow evenly both are the same, and it does not matter.
    return min((rows.scrape_s, 0.0), key=missed_by)
