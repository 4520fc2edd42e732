"""What `check` reports about files: files left out, bad rows by kind, and the end of the data."""

from dataclasses import dataclass

from dashboard.engine import source_status
from dashboard.engine.source_status import SourceState, SourceStatus
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Source
from dashboard.timerange import HOUR, Grid
from dashboard.ui.text import moments, source_text, units


@dataclass(frozen=True, slots=True)
class TriedFiles:
    """What was found in the files.

    Attributes:
        until: epoch seconds at which to try SLOs: the end of the data if they have ended, else now.
        problems: files that are left out. `notes`: bad rows and the end of the data. One line each.
    """

    until: float
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def tried_files(source: Source, catalog: Catalog, now: float, *, zone: str) -> TriedFiles:
    """Inspect the files of a source; empty for a source that is scraped.

    Args:
        source, catalog: the source and its catalog.
        now: epoch seconds.
        zone: IANA name of the time zone in messages.
    """
    if catalog.counts_newest:
        return TriedFiles(now)
    answer = source.samples(Grid.ending(now, span=60, step=60))
    empty = SourceStatus(source.kind, source.where, SourceState.OK)
    status = source_status.after_answer(
        empty, [answer], (), now=now, stale_after_s=catalog.scrape_interval, reading=None
    )
    left_out = {problem.where for problem in status.left_out}
    notes, until = source_text.bad_rows(status), now
    notes += [f"{problem.where}: {problem.what}" for problem in status.problems if problem.where not in left_out]
    if answer.may_end and answer.newest is not None and now - answer.newest > HOUR:
        until = answer.newest
        end = units.plain(f"{moments.exact(until, zone, now)} {moments.zone_name(until, zone)}")
        notes.append(f"data end {end}: SLOs are tried there")
    problems = (f"{problem.where}: left out: {problem.what}" for problem in status.left_out)
    return TriedFiles(until, tuple(problems), tuple(notes))
