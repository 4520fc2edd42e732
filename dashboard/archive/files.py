"""Parquet files written atomically: to a temporary file, flushed to disk, renamed; with a version inside."""

import errno
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.exceptions import StateError

try:
    import fcntl
except ImportError:  # Windows has no such locks: there one process uses a folder
    fcntl = None  # type: ignore[assignment]

# The version of all files' columns. A file of a later one is left alone.
VERSION = 1
_VERSION_KEY, _KIND_KEY = b"golden_signals_version", b"golden_signals_kind"
# Rows of one group: an objective's hours of a month are found without reading all the others.
GROUP_ROWS = 65_536
# Another process may write for this many seconds before a write is given up.
LOCK_S = 20.0
# What was left behind by a process that was killed while it wrote.
LEFTOVER = ".tmp"


class Damaged(StateError):
    """A file that cannot be read, or not as a whole.

    Args:
        message: one line. `rescued`: what could be read of it; None for nothing.
    """

    def __init__(self, message: str, rescued: pa.Table | None = None) -> None:
        super().__init__(message)
        self.rescued = rescued


class Newer(StateError):
    """A file that a later version wrote."""


def write(path: Path, table: pa.Table, kind: str, facts: Mapping[str, str] | None = None) -> None:
    """Replace a file by a table: after a fault at any moment there is the old one or the new one.

    Args:
        path: of the file. `table`: its rows. `kind`: of table, which readers ask for. `facts`: more about it, as text.

    Raises:
        StateError: it could not be written; what was there is still there.
    """
    metadata = {_VERSION_KEY: str(VERSION).encode(), _KIND_KEY: kind.encode()}
    metadata |= {key.encode(): value.encode() for key, value in (facts or {}).items()}
    buffer = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata(metadata),
        buffer,
        compression="zstd",
        row_group_size=GROUP_ROWS,
        write_page_checksum=True,
    )
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}{LEFTOVER}")
    try:
        with beside.open("xb") as file:
            file.write(buffer.getvalue())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise StateError(f"{path}: was not written: {_why(error)}; {_remedy(error)}") from None


def read(path: Path, kind: str, filters: list[tuple[str, str, object]] | None = None) -> pa.Table | None:
    """A file's table; None if there is no file.

    Args:
        path: of the file. `kind`: of table that it must hold. `filters`: rows that are wanted, as pyarrow takes them.

    Raises:
        Damaged: it is no such table, or only a part of it can be read.
        Newer: a later version wrote it.
        StateError: it may not be read.
    """
    with _translated(path), suppress(FileNotFoundError, NotADirectoryError):
        with path.open("rb") as file:
            parquet = pq.ParquetFile(file, page_checksum_verification=True)
            _check(path, parquet.schema_arrow.metadata or {}, kind)
            if filters is None:
                return _whole(path, parquet)
        return pq.read_table(path, filters=filters, page_checksum_verification=True)
    return None


def newest_time(path: Path, kind: str) -> int:
    """Epoch seconds of the newest `time` in a file, by what is written about its groups of rows; 0 without any.

    Args:
        path: of the file. `kind`: of table that it must hold.

    Raises:
        Damaged, Newer, StateError: as `read`.
    """
    with _translated(path):
        parquet = pq.ParquetFile(path)
        _check(path, parquet.schema_arrow.metadata or {}, kind)
        groups = (parquet.metadata.row_group(number) for number in range(parquet.num_row_groups))
        newest = [group.column(0).statistics.max for group in groups if group.column(0).is_stats_set]
        return int(max(newest).timestamp()) if newest else 0


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """What a system or Arrow says of a file, as errors of ours."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        # Arrow says of broken content what a system says of files, too: only the system's have a number.
        if isinstance(error, OSError) and error.errno is not None:
            raise StateError(f"{path}: cannot be read: {_why(error)}; {_remedy(error)}") from None
        raise Damaged(f"{path}: is damaged: {_first_line(error)}") from None


def _whole(path: Path, parquet: pq.ParquetFile) -> pa.Table:
    """All groups of rows.

    Raises:
        Damaged: with those that can be read, where not all can.
    """
    groups, broken = [], ""
    for number in range(parquet.num_row_groups):
        try:
            groups.append(parquet.read_row_group(number))
        except (pa.ArrowException, OSError) as error:
            broken = broken or _first_line(error)
    if broken:
        rescued = pa.concat_tables(groups) if groups else None
        raise Damaged(f"{path}: is damaged: {broken}", rescued)
    return pa.concat_tables(groups) if groups else parquet.schema_arrow.empty_table()


def _check(path: Path, metadata: Mapping[bytes, bytes], kind: str) -> None:
    try:
        version = int(metadata.get(_VERSION_KEY, b"0"))
    except ValueError:
        version = 0
    if version > VERSION:
        raise Newer(
            f"{path}: was written by a later golden-signals (version {version}, this one knows {VERSION}): it is left "
            "as it is and not used; start the later one, or name another folder as [state] hours"
        )
    if version < 1 or metadata.get(_KIND_KEY) != kind.encode():
        raise Damaged(f"{path}: is damaged: it is no table of {kind} of golden-signals")


def facts(table: pa.Table) -> dict[str, str]:
    """What was written about a table."""
    metadata = table.schema.metadata or {}
    return {key.decode(): value.decode(errors="replace") for key, value in metadata.items()}


def put_aside(path: Path) -> Path:
    """Rename a file that is of no use, so that nothing is lost and another can take its place; its new path.

    Raises:
        StateError: it cannot be renamed.
    """
    aside = path.with_name(f"{path.name}.damaged-{uuid4().hex[:8]}")
    try:
        path.replace(aside)
    except OSError as error:
        raise StateError(f"{path}: cannot be put aside: {_why(error)}; {_remedy(error)}") from None
    return aside


def make_folder(folder: Path) -> None:
    """Make a folder if there is none.

    Raises:
        StateError: it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise StateError(f"{folder}: hours cannot be kept there: {_why(error)}; {_remedy(error)}") from None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """While this process alone writes to a folder; what a killed one left behind is removed.

    Args:
        folder: of the files.

    Raises:
        StateError: another process writes for longer, or nobody may.
    """
    try:
        with (folder / ".lock").open("ab") as file:
            _wait_for_lock(folder, file.fileno())
            for leftover in folder.glob(f".*{LEFTOVER}"):
                leftover.unlink(missing_ok=True)
            yield
    except OSError as error:
        raise StateError(f"{folder}: hours cannot be kept there: {_why(error)}; {_remedy(error)}") from None


def _wait_for_lock(folder: Path, descriptor: int) -> None:
    until = time.monotonic() + LOCK_S
    while fcntl is not None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until:
                raise StateError(
                    f"{folder}: another process has been writing there for {LOCK_S:g} s; what is new is written later"
                ) from None
            time.sleep(0.05)


def _sync_folder(folder: Path) -> None:
    """A rename outlives a power cut once its folder is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why(error: OSError) -> str:
    return error.strerror or _first_line(error)


def _remedy(error: OSError) -> str:
    """What to do about it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "make room there, or name another folder as [state] hours"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "let this user write there, or name another folder as [state] hours"
    return "name another folder as [state] hours, if it stays so"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    # One sentence of what a library says, without its full stop.
    return lines[0].partition(". ")[0].rstrip(".")[:200] if lines else type(error).__name__
