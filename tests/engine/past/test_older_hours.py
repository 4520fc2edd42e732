"""Hours that nobody has read yet are asked of the source, wherever they are missing, and once."""

from dataclasses import replace

import numpy as np

from dashboard.engine.poller import Poller
from dashboard.engine.reviews.older_hours import OlderHours, Wanted
from dashboard.slo.event_rows import SECONDS, Rows
from dashboard.timerange import DAY, HOUR
from tests.steady import START, Clock, Steady

IMPORTED = np.array([7.0, 70.0, 3600.0])


def test_the_gap_behind_hours_that_were_imported_is_asked_for() -> None:
    clock = Clock(START)
    source = Steady(clock, ("shop",))
    poller = Poller(source, clock=clock)
    poller.tick()
    begin = START // DAY * DAY - 100 * DAY
    slo = poller.snapshot.slos[0].slo
    (known,) = poller.past_hours.hours_of([slo], begin, START)
    values = known.rows.values.copy()
    values[: 20 * 24, 0] = IMPORTED
    imported = replace(known, rows=Rows(known.rows.first, HOUR, values), begin=float(begin))
    older, wanted = OlderHours(source), Wanted(poller.snapshot.ledger.hours.end, begin)
    source.asked.clear()
    (whole,), is_whole = older.completed([imported], [HOUR], (), wanted)
    asked = len(source.asked)
    assert is_whole
    assert (whole.rows.values[: 20 * 24, 0] == IMPORTED).all()
    assert (whole.rows.values[20 * 24 : -1, 0, SECONDS] == HOUR).all()
    assert whole.begin == begin
    # Of days that are known as a whole nothing is asked, and of all others once.
    assert min(grid.end for grid in source.asked) > begin + 10 * DAY
    older.completed([imported], [HOUR], (), wanted)
    assert len(source.asked) == asked > 0
    # What only a file says gives way to what the source still counts, as in the archive.
    said = replace(imported, is_imported=known.rows.ends <= begin + 20 * DAY)
    (measured,), _ = older.completed([said], [HOUR], (), wanted)
    assert (measured.rows.values[:, 0, 1] != IMPORTED[1]).all()
    assert measured.is_imported is not None
    assert not measured.is_imported.any()
    # What a source says that it does not hold is not asked for either.
    source.asked.clear()
    OlderHours(source).completed([known], [HOUR], (), replace(wanted, oldest=START - 45.0 * DAY))
    assert min(grid.end for grid in source.asked) > START - 45 * DAY
    assert min(grid.start for grid in source.asked) > START - 56 * DAY
    poller.stop()
