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

# The version of the columns of all files. Files of later versions are not touched.
VERSION = 1
_VERSION_KEY, _KIND_KEY = b"golden_signals_version", b"golden_signals_kind"
# Rows per group, so that an objective's hours of a month are found without reading all others.
GROUP_ROWS = 65_536
# Seconds to wait for another process that writes.
LOCK_S = 20.0
# Suffix of files left behind by a process that was killed while writing.
LEFTOVER = ".tmp"


class Damaged(StateError):
    """A file that cannot be read completely.

    Args:
        message: one line. `rescued`: its readable part; None for nothing.
    """

    def __init__(self, message: str, rescued: pa.Table | None = None) -> None:
        super().__init__(message)
        self.rescued = rescued


class Newer(StateError):
    """A file written by a later version."""


def write(path: Path, table: pa.Table, kind: str, facts: Mapping[str, str] | None = None) -> None:
    """Replace a file atomically: after a failure at any time either the old or the new one exists.

    Args:
        path: of the file. `table`: its rows. `kind`: of table, checked by readers. `facts`: metadata as text.

    Raises:
        StateError: it could not be written; the old file still exists.
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
        path: of the file. `kind`: required kind of table. `filters`: rows to select, in pyarrow's format.

    Raises:
        Damaged: it is not such a table, or only a part of it is readable.
        Newer: a later version wrote it.
        StateError: access is denied.
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
    """Epoch seconds of the newest `time` in a file, from the metadata of its row groups; 0 without any.

    Args:
        path: of the file. `kind`: required kind of table.

    Raises:
        Damaged, Newer, StateError: as for `read`.
    """
    with _translated(path):
        parquet = pq.ParquetFile(path)
        _check(path, parquet.schema_arrow.metadata or {}, kind)
        groups = (parquet.metadata.row_group(number) for number in range(parquet.num_row_groups))
        newest = [group.column(0).statistics.max for group in groups if group.column(0).is_stats_set]
        return int(max(newest).timestamp()) if newest else 0


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Translate errors of the system or of Arrow into ours."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        # Arrow raises OSError for damaged content, too: only those of the system have a number.
        if isinstance(error, OSError) and error.errno is not None:
            raise StateError(f"{path}: cannot be read: {_why(error)}; {_remedy(error)}") from None
        raise Damaged(f"{path}: is damaged: {_first_line(error)}") from None


def _whole(path: Path, parquet: pq.ParquetFile) -> pa.Table:
    """All groups of rows.

    Raises:
        Damaged: some are unreadable; with the others.
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
    """The metadata of a table."""
    metadata = table.schema.metadata or {}
    return {key.decode(): value.decode(errors="replace") for key, value in metadata.items()}


def put_aside(path: Path) -> Path:
    """Rename an unusable file, so that nothing is lost and another can take its place; returns its new path.

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
    """Create a folder if there is none.

    Raises:
        StateError: it cannot be created, or is not writable.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise StateError(f"{folder}: hours cannot be kept there: {_why(error)}; {_remedy(error)}") from None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock for writing to a folder; files left behind by a killed process are removed.

    Args:
        folder: of the files.

    Raises:
        StateError: another process writes for too long, or access is denied.
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
    """Flush a folder, so that a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _why(error: OSError) -> str:
    return error.strerror or _first_line(error)


def _remedy(error: OSError) -> str:
    """The remedy for an error."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "make room there, or name another folder as [state] hours"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "let this user write there, or name another folder as [state] hours"
    return "name another folder as [state] hours, if it stays so"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    # One sentence of a library's message, without its full stop.
    return lines[0].partition(". ")[0].rstrip(".")[:200] if lines else type(error).__name__
