"""Finds out which samples at the edges of a window `increase` counts, by comparing a few with counted events.

Prometheus uses the samples inside a range, including both ends in version 2 and only the later end since version 3;
other servers also use the sample before the range.
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

# Length of the requested windows in seconds (the shortest of any rule), their total span, and the step between them.
WINDOW, ASKED, STEP = 300, 7200, 60


def lost_s(source: Source, valid: Query, rows: Counted) -> float:
    """Seconds at the start of a window whose events are not counted: one scrape interval, or none.

    Args:
        source: the source to ask. `valid`: counts valid events. `rows`: these events, counted between all samples.
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

    # For evenly growing counters both are the same, and it does not matter.
    return min((rows.scrape_s, 0.0), key=missed_by)
