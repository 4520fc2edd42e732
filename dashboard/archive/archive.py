"""Closed hours of one source in a folder: read and merged month by month. No fault of a file ends the dashboard."""

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dashboard.archive import arrays, files, tables
from dashboard.archive.hour_rows import HourRows, joined, merged
from dashboard.archive.spec import ArchiveSpec
from dashboard.archive.tables import LatencyRows
from dashboard.exceptions import StateError

log = logging.getLogger(__name__)

HOURS, LATENCY = "hours", "latency"
# In a folder of its own, as it is written far more often.
RESTART = "restart"
# What to do about hours that are lost.
_FILL = "fill what is missing with `golden-signals state import-hours`, or from a copy"
_MONTH_FILE = re.compile(r"(hours|latency)-(\d{4}-\d{2})\.parquet")
Rows = TypeVar("Rows", HourRows, LatencyRows)


class Archive:
    """The hours of one source.

    Args:
        spec: where they are. Nothing is made or read before it is asked for.

    Attributes:
        folder: of the files of this source.
    """

    def __init__(self, spec: ArchiveSpec) -> None:
        kind, _, where = spec.source.partition(" ")
        self.folder = spec.folder / f"{kind}-{sha256(where.encode()).hexdigest()[:12]}"
        self._retention = spec.retention
        # Of each file: its version, and the first hour of each objective in it.
        self._begins: dict[str, tuple[tuple[int, int], dict[tuple[str, str], float]]] = {}
        # By what it is about: said as long as it lasts.
        self._problems: dict[str, str] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong now, a sentence each: what, where, and what to do."""
        return tuple(self._problems.values())

    def hours(self, start: float, end: float, services: Collection[str] | None = None) -> HourRows:
        """Hours that end in (start, end], epoch seconds; what cannot be read is left out, and said.

        Args:
            start, end: epoch seconds. `services`: names of those that are wanted; None: all.
        """
        parts = [part for part in self._months(HOURS, start, end, services, tables.hours_of) if len(part)]
        rows = joined(parts) if parts else HourRows.none()
        return rows.select((rows.ends > start) & (rows.ends <= end))

    def latency(self, service: str, start: float, end: float) -> LatencyRows:
        """Hours of one service by bucket that end in (start, end], epoch seconds.

        Args:
            service: its name. `start`, `end`: epoch seconds.
        """
        rows = LatencyRows([], np.zeros(0, dtype=np.int64), [], [])
        for part in self._months(LATENCY, start, end, [service], tables.latency_of):
            rows = _both(rows, part)
        kept = np.flatnonzero((rows.ends > start) & (rows.ends <= end)).tolist()
        bounds, counts = ([each[place] for place in kept] for each in (rows.bounds, rows.counts))
        return LatencyRows([rows.services[place] for place in kept], rows.ends[kept], bounds, counts)

    @property
    def stamp(self) -> float:
        """Another number whenever files of hours were written, by whomever; 0 where there are none."""
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0

    def begins(self) -> dict[tuple[str, str], float]:
        """Epoch seconds at which the first hour of each objective begins, by its service and name."""
        begins: dict[tuple[str, str], float] = {}
        for path in self._listed():
            match = _MONTH_FILE.fullmatch(path.name)
            if match is not None and match[1] == HOURS:
                for key, begin in self._begins_of(path).items():
                    begins.setdefault(key, begin)
        return begins

    def _begins_of(self, path: Path) -> dict[tuple[str, str], float]:
        """As `begins`, of one file; of one that is as it was, nothing is read again."""
        try:
            status = path.stat()
        except OSError:
            return {}
        version = (status.st_mtime_ns, status.st_size)
        known = self._begins.get(path.name)
        if known is None or known[0] != version:
            rows = next(self._rows_of([path], HOURS, None, tables.hours_of), HourRows.none())
            # Backwards, so that of each objective the first hour stays.
            order = np.argsort(-rows.ends, kind="stable")
            names = [(each.service, each.slo) for each in rows.series]
            found = dict(zip(rows.places[order].tolist(), rows.ends[order].tolist(), strict=True))
            begins: dict[tuple[str, str], float] = {}
            for place, end in found.items():
                begins[names[place]] = min(begins.get(names[place], float("inf")), float(end - 3600))
            known = self._begins[path.name] = (version, begins)
        return known[1]

    def checked(self) -> tuple[str, ...]:
        """What is wrong with the folder or its files, a sentence each; nothing is written."""
        if self.folder.exists():
            with self._noting("check"):
                files.make_folder(self.folder)
        self.begins()
        self.latency_until()
        return self.problems

    def latency_until(self) -> int:
        """Epoch seconds of the end of the newest hour that is kept by bucket of any service; 0 without any."""
        paths = [path for path in self._listed() if (match := _MONTH_FILE.fullmatch(path.name)) and match[1] == LATENCY]
        for path in paths[-1:]:
            with self._noting(path.name):
                return files.newest_time(path, LATENCY)
        return 0

    def add_hours(self, rows: HourRows, now: float) -> bool:
        """Keep hours; whether all of them are kept. Those that are not may be given again.

        Args:
            rows: what is new, or has changed. `now`: epoch seconds, by which what is too old is forgotten.
        """

        def put(path: Path, of_month: HourRows) -> None:
            before = self._read_to_replace(path, HOURS, tables.hours_of) or HourRows.none()
            files.write(path, tables.hours_table(merged(before, of_month)), HOURS)

        return self._add(HOURS, rows, now, put, lambda part: rows.select(part))

    def add_latency(self, rows: LatencyRows, now: float) -> bool:
        """Keep hours by bucket; whether all of them are kept.

        Args:
            rows: what is new. `now`: epoch seconds, by which what is too old is forgotten.
        """

        def put(path: Path, of_month: LatencyRows) -> None:
            before = self._read_to_replace(path, LATENCY, tables.latency_of)
            every = of_month if before is None else _both(before, of_month)
            files.write(path, tables.latency_table(every), LATENCY)

        return self._add(LATENCY, rows, now, put, lambda part: _selected(rows, part))

    def keep(self, name: str, values: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> bool:
        """Keep arrays that a restart goes on with; whether they are kept.

        Args:
            name: by which they are found. `values`: arrays by name. `facts`: more about them, as text.
        """
        folder = self.folder / RESTART
        with self._noting(f"keep {name}"):
            files.make_folder(folder)
            with files.locked(folder):
                files.write(folder / f"{name}.parquet", arrays.table_of(values), arrays.KIND, facts)
            return True
        return False

    def kept(self, name: str) -> tuple[dict[str, np.ndarray], dict[str, str]] | None:
        """Arrays that were kept, and what was written about them; None where there are none that can be used."""
        path = self.folder / RESTART / f"{name}.parquet"
        with self._noting(f"read {name}"):
            try:
                table = files.read(path, arrays.KIND)
                return None if table is None else (arrays.of_table(table, path), files.facts(table))
            except files.Damaged as error:
                # Nothing is lost by it, and the next writing replaces it.
                log.warning("%s; what it held is asked of the source again", error)
        return None

    def _add(
        self,
        kind: str,
        rows: Rows,
        now: float,
        put: Callable[[Path, Rows], None],
        select: Callable[[np.ndarray], Rows],
    ) -> bool:
        """Put rows into the files of their months, each by itself; whether all were.

        Args:
            kind: of file. `rows`: what is kept. `now`: epoch seconds.
            put: rows of a month into its file. `select`: some of the rows.
        """
        is_whole = True
        months = _months_of(rows.ends)
        with self._noting(f"write {kind}"):
            files.make_folder(self.folder)
            with files.locked(self.folder):
                for month in np.unique(months):
                    path = self.folder / f"{kind}-{month}.parquet"
                    written = False
                    with self._noting(f"write {path.name}"):
                        put(path, select(np.flatnonzero(months == month)))
                        written = True
                    is_whole = is_whole and written
                self._forget_before(now - self._retention)
            return is_whole
        return False

    def _months(
        self,
        kind: str,
        start: float,
        end: float,
        services: Collection[str] | None,
        parse: Callable[[pa.Table], Rows],
    ) -> Iterator[Rows]:
        """Rows of each month that has some between two moments.

        Args:
            kind: of file. `start`, `end`: epoch seconds. `services`: names; None: all. `parse`: a table.
        """
        first, last = (_month(moment) for moment in (start + 1, max(end, start + 1)))
        matches = ((path, _MONTH_FILE.fullmatch(path.name)) for path in self._listed())
        paths = [path for path, match in matches if match and match[1] == kind and first <= match[2] <= last]
        yield from self._rows_of(paths, kind, services, parse)

    def _rows_of(
        self,
        paths: Sequence[Path],
        kind: str,
        services: Collection[str] | None,
        parse: Callable[[pa.Table], Rows],
    ) -> Iterator[Rows]:
        """Rows of files, as far as they can be read.

        Args:
            paths: of the files. `kind`: of file. `services`: names; None: all. `parse`: a table.
        """
        for path in paths:
            with self._noting(path.name):
                rows = self._readable(path, kind, services, parse)
                if rows is not None:
                    yield rows

    def _readable(
        self, path: Path, kind: str, services: Collection[str] | None, parse: Callable[[pa.Table], Rows]
    ) -> Rows | None:
        """What can be read of a file; None where there is nothing.

        Args:
            path: of the file. `kind`: of file. `services`: names; None: all. `parse`: a table.
        """
        try:
            table = files.read(path, kind, None if services is None else [("service", "in", sorted(services))])
            return None if table is None else _parsed(path, table, parse)
        except files.Damaged as error:
            # Whoever writes puts it aside; until then the rest of it is used.
            self._note(_damage_of(path), f"{error}; {_FILL}")
        with suppress(files.Damaged):
            return _rescued(path, kind, services, parse)
        return None

    def _read_to_replace(self, path: Path, kind: str, parse: Callable[[pa.Table], Rows]) -> Rows | None:
        """A file's rows before it is replaced; one that is damaged is put aside, and what can be read of it is kept.

        Args:
            path: of the file. `kind`: of file. `parse`: a table.
        """
        try:
            table = files.read(path, kind)
            return None if table is None else _parsed(path, table, parse)
        except files.Damaged as error:
            aside = files.put_aside(path)
            rescued = None if error.rescued is None else _parsed(path, error.rescued, parse)
            saved = "nothing in it can be read" if not rescued else f"{len(rescued):,} of its hours were saved"
            self._problems.pop(_damage_of(path), None)
            self._note(aside.name, f"{error}; {saved}, and it is now {aside.name}; {_FILL}")
            return rescued

    def _listed(self) -> list[Path]:
        try:
            return sorted(self.folder.iterdir())
        except OSError:
            return []

    def _forget_before(self, moment: float) -> None:
        oldest = _month(moment)
        for path in self._listed():
            match = _MONTH_FILE.fullmatch(path.name)
            if match is not None and match[2] < oldest:
                path.unlink(missing_ok=True)

    @contextmanager
    def _noting(self, about: str) -> Iterator[None]:
        """Note what goes wrong, and go on; what went wrong before and is well now is forgotten."""
        try:
            yield
        except StateError as error:
            self._note(about, str(error))
        else:
            self._problems.pop(about, None)

    def _note(self, about: str, sentence: str) -> None:
        if self._problems.get(about) != sentence:
            log.warning("%s", sentence)
        self._problems[about] = sentence


def _damage_of(path: Path) -> str:
    return f"damage of {path.name}"


def _parsed(path: Path, table: pa.Table, parse: Callable[[pa.Table], Rows]) -> Rows:
    """Rows of a table.

    Raises:
        files.Damaged: it has other columns.
    """
    try:
        return parse(table)
    except (KeyError, pa.ArrowException, ValueError) as error:
        raise files.Damaged(f"{path}: is damaged: {error}") from None


def _rescued(path: Path, kind: str, services: Collection[str] | None, parse: Callable[[pa.Table], Rows]) -> Rows | None:
    """Rows of the groups of a damaged file that can be read.

    Args:
        path: of the file. `kind`: of file. `services`: names; None: all. `parse`: a table.

    Raises:
        files.Damaged: it has other columns.
    """
    try:
        table = files.read(path, kind)
    except files.Damaged as error:
        table = error.rescued
    if table is not None and services is not None:
        table = table.filter(pc.is_in(table["service"].cast(pa.string()), pa.array(sorted(services))))
    return None if table is None else _parsed(path, table, parse)


def _both(before: LatencyRows, after: LatencyRows) -> LatencyRows:
    return LatencyRows(
        [*before.services, *after.services],
        np.concatenate([before.ends, after.ends]),
        [*before.bounds, *after.bounds],
        [*before.counts, *after.counts],
    )


def _selected(rows: LatencyRows, places: np.ndarray) -> LatencyRows:
    chosen = places.tolist()
    bounds, counts = ([each[place] for place in chosen] for each in (rows.bounds, rows.counts))
    return LatencyRows([rows.services[place] for place in chosen], rows.ends[places], bounds, counts)


def _months_of(ends: np.ndarray) -> np.ndarray:
    """The months that hours lie in, such as 2026-11: the one that ends at midnight lies in the month before."""
    months: np.ndarray = (ends - 1).astype("datetime64[s]").astype("datetime64[M]")
    return months


def _month(moment: float) -> str:
    return datetime.fromtimestamp(max(moment, 0.0), UTC).strftime("%Y-%m")
