"""Reads as much of a file as possible: the folder may contain anything, and any part may be broken."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.archive import files, tables
from dashboard.archive.hour_rows import HourRows
from dashboard.archive.tables import LatencyRows

HOURS, LATENCY = "hours", "latency"
Rows = TypeVar("Rows", HourRows, LatencyRows)


def read(path: Path, kind: str, filters: list[tuple[str, str, object]] | None = None) -> pa.Table | None:
    """A file's table as from `files.read`, with valid rows only: the folder may contain anything.

    Raises:
        files.Damaged, files.Newer, StateError: as for `files.read`; for invalid rows, with the valid ones as rescued.
    """
    if kind != HOURS:
        return files.read(path, kind, filters)
    try:
        table = files.read(path, kind, filters)
    except files.Damaged as error:
        raise files.Damaged(str(error), None if error.rescued is None else _sound(path, error.rescued)) from None
    sound = None if table is None else _sound(path, table)
    if table is not None and sound is not None and len(sound) < len(table):
        wrong = f"{len(table) - len(sound):,} of its hours make no sense"
        why = "a name, a time or a number is missing or impossible"
        raise files.Damaged(f"{path}: is damaged: {wrong}: {why}", sound)
    return sound


def _sound(path: Path, table: pa.Table) -> pa.Table:
    try:
        return tables.sound_hours(table)
    except (KeyError, pa.ArrowException, ValueError) as error:
        raise files.Damaged(f"{path}: is damaged: {error}") from None


def parsed(path: Path, table: pa.Table, parse: Callable[[pa.Table], Rows]) -> Rows:
    """Parse the rows of a table.

    Raises:
        files.Damaged: it has other columns.
    """
    try:
        return parse(table)
    except (KeyError, pa.ArrowException, ValueError) as error:
        raise files.Damaged(f"{path}: is damaged: {error}") from None


def rescued(path: Path, kind: str, services: Collection[str] | None, parse: Callable[[pa.Table], Rows]) -> Rows | None:
    """Rows of the readable groups of a damaged file.

    Args:
        path: of the file. `kind`: of file. `services`: names; None: all. `parse`: parses a table.

    Raises:
        files.Damaged: it has other columns.
    """
    try:
        table = read(path, kind)
    except files.Damaged as error:
        table = error.rescued
    if table is not None and services is not None:
        table = table.filter(pc.is_in(table["service"].cast(pa.string()), pa.array(sorted(services))))
    return None if table is None else parsed(path, table, parse)
