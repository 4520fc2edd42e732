"""state export | import: the state as JSON lines. state import-hours: closed hours from CSV."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from zoneinfo import ZoneInfo

import numpy as np

from dashboard.commands.options import configuration, configuration_with_source
from dashboard.commands.out_file import STANDARD, out_file
from dashboard.exceptions import ConfigError, StateError
from dashboard.timerange import DAY, HOUR

# How many of the rows left out are named,
SHOWN = 20
# and how many unknown objectives.
UNKNOWN_SHOWN = 3

if TYPE_CHECKING:
    from dashboard.archive.archive import Archive
    from dashboard.archive.hour_rows import HourRows
    from dashboard.state.store import Store


def state(options: argparse.Namespace) -> int:
    """Export the configured state as JSON lines, import such lines, or import hours."""
    if options.action == "import-hours":
        return import_hours(options)
    if len(options.file) > 1:
        raise ConfigError(f"state {options.action} takes one file, not {len(options.file)}")
    config, file = configuration(options), (options.file or [None])[0]
    # Slow to import; other commands do not need it.
    from dashboard.state import transfer
    from dashboard.state.opening import open_store

    store = open_store(config.state)
    try:
        if options.action == "export":
            # A copy from before stays where the state cannot be read to its end.
            with out_file(file) as text:
                text.writelines(f"{line}\n" for line in transfer.lines(store))
        else:
            with _opened(file) as text:
                new, known = _read(store, text, file or "standard input")
            print(f"golden-signals: {store.where}: {new} rows are new, {known} were there", file=sys.stderr)
    finally:
        store.close()
    return 0


def import_hours(options: argparse.Namespace) -> int:
    """Import closed hours from CSV files into the archive of the configured source.

    Raises:
        ConfigError: a file cannot be read, or none of its rows can be used.
    """
    if not options.file:
        raise ConfigError("state import-hours needs a CSV file: time,service,slo,bad,valid")
    # Slow to import; the other actions do not need them.
    from dashboard.archive.hour_rows import joined
    from dashboard.commands.hours_file import read_hours
    from dashboard.engine.opening import load_slos, open_source
    from dashboard.engine.past.archive_opening import open_keeper

    config, now = configuration_with_source(options), time.time()
    slos, _ = load_slos(config)
    with closing(open_source(config, now=now, slos=slos)) as source:
        keeper = open_keeper(config, source, writes=True)
    if keeper is None:
        raise ConfigError("there is no folder for hours: name one with --state, or as [state] hours")
    hours = [read_hours(path, slos, zone=ZoneInfo(config.time_zone), now=now) for path in options.file]
    rows = joined([file.hour_rows() for file in hours])
    _say([problem for file in hours for problem in file.sentences])
    if slos:
        _say_unknown(set().union(*(file.objectives for file in hours)) - {(slo.service, slo.name) for slo in slos})
    # They take the most memory of all, and are of no use any more.
    hours.clear()
    stored = _young_enough(rows, config.state.hours_retention, now)
    if not len(stored):
        raise ConfigError("no hour was taken in: nothing in the files can be used")
    before = _held(keeper.archive, stored)
    if not keeper.archive.add_hours(stored, now):
        raise StateError("\n".join(keeper.notes))
    new = _held(keeper.archive, stored) - before
    said = f"{keeper.archive.folder}: {len(stored):,} hours were read, {new:,} of them are new"
    print(f"golden-signals: {said}", file=sys.stderr)
    return 0


def _young_enough(rows: "HourRows", retention: float, now: float) -> "HourRows":
    """The hours within the retention; a message says how many are older.

    Args:
        rows: the rows read. `retention`: seconds for which hours are kept. `now`: epoch seconds.
    """
    stored = rows.select(rows.ends > now - retention)
    if len(stored) < len(rows):
        old = (
            f"{len(rows) - len(stored):,} hours are older than the {retention / DAY:g} days of [state] hours_retention"
        )
        print(f"golden-signals: {old}, and are left out", file=sys.stderr)
    return stored


def _held(archive: "Archive", rows: "HourRows") -> int:
    """How many hours the archive has in the span of some rows; reads one month at a time to save memory."""
    first, last = float(rows.ends.min()) - HOUR, float(rows.ends.max())
    edges = np.append(np.arange(first, last, 31.0 * DAY), last).tolist()
    return sum(int(archive.hours(start, end).held.sum()) for start, end in pairwise(edges))


def _say(problems: Sequence[str]) -> None:
    for problem in problems[:SHOWN]:
        print(f"golden-signals: {problem}; the row is left out", file=sys.stderr)
    if len(problems) > SHOWN:
        print(f"golden-signals: {len(problems) - SHOWN:,} more rows are left out", file=sys.stderr)


def _say_unknown(names: "set[tuple[str, str]]") -> None:
    """Report objectives that no file configures: they may be default SLOs, or misspelt."""
    if names:
        listed = ", ".join(f"{slo!r} of {service!r}" for service, slo in sorted(names)[:UNKNOWN_SHOWN])
        more = f" and {len(names) - UNKNOWN_SHOWN} more" if len(names) > UNKNOWN_SHOWN else ""
        said = (
            f"no file configures {listed}{more}: pages show such hours where the source has objectives of these names"
        )
        print(f"golden-signals: {said}", file=sys.stderr)


def _read(store: "Store", file: TextIO, where: str) -> tuple[int, int]:
    from dashboard.state import transfer

    try:
        return transfer.read(store, file)
    except StateError as error:
        raise StateError(f"{where}: {error}") from None
    except UnicodeDecodeError:
        raise StateError(f"{where}: is no text in UTF-8") from None


@contextmanager
def _opened(path: str | None) -> Iterator[TextIO]:
    """A file to read; standard input if none is named."""
    if path is None or path == STANDARD:
        yield sys.stdin
        return
    try:
        with Path(path).open(encoding="utf-8") as file:
            yield file
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
