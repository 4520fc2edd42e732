"""Closed hours of one source in a folder, read and merged by month. A damaged file never stops the dashboard."""

import logging
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa

from dashboard.archive import arrays, files, months, readable, tables
from dashboard.archive.hour_rows import HourRows, joined, merged
from dashboard.archive.problems import Problems
from dashboard.archive.readable import HOURS, LATENCY, Rows
from dashboard.archive.spec import ArchiveSpec
from dashboard.archive.tables import LatencyRows

log = logging.getLogger(__name__)

# A separate folder, as it is written far more often.
RESTART = "restart"
# The longest month, in seconds.
MONTH_S = 31 * 86400.0
# The remedy for lost hours.
_FILL = "fill what is missing with `golden-signals state import-hours`, or from a copy"


class Archive:
    """The hours of one source.

    Args:
        spec: its location. Nothing is created or read before it is requested.

    Attributes:
        folder: of the files of this source.
    """

    def __init__(self, spec: ArchiveSpec) -> None:
        kind, _, where = spec.source.partition(" ")
        self.folder = spec.folder / f"{kind}-{sha256(where.encode()).hexdigest()[:12]}"
        self._retention = spec.retention
        # File → its version, and the first hour of each objective in it.
        self._begins: dict[str, tuple[tuple[int, int], dict[tuple[str, str], float]]] = {}
        self._problems = Problems()

    @property
    def problems(self) -> tuple[str, ...]:
        """Current problems, a sentence each: what, where, and what to do."""
        return self._problems.sentences

    def hours(self, start: float, end: float, services: Collection[str] | None = None) -> HourRows:
        """Hours that end in (start, end], epoch seconds; unreadable ones are left out, and reported.

        Args:
            start, end: epoch seconds. `services`: names to select; None: all.
        """
        parts = [part for part in self._months(HOURS, start, end, services, tables.hours_of) if len(part)]
        rows = joined(parts) if parts else HourRows.none()
        return rows.select((rows.ends > start) & (rows.ends <= end))

    def latency(self, service: str, start: float, end: float) -> LatencyRows:
        """Hours of one service by bucket that end in (start, end], epoch seconds.

        Args:
            service: its name. `start`, `end`: epoch seconds.
        """
        rows = LatencyRows.none()
        for part in self._months(LATENCY, start, end, [service], tables.latency_of):
            rows = rows.followed_by(part)
        return rows.select(np.flatnonzero((rows.ends > start) & (rows.ends <= end)))

    @property
    def stamp(self) -> float:
        """A number that changes whenever any process writes files of hours; 0 if there are none."""
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0

    def begins(self) -> dict[tuple[str, str], float]:
        """Epoch seconds of the first hour's start of each objective, by its service and name."""
        begins: dict[tuple[str, str], float] = {}
        for path in months.files_of(self._listed(), HOURS):
            for key, begin in self._begins_of(path).items():
                begins.setdefault(key, begin)
        return begins

    def _begins_of(self, path: Path) -> dict[tuple[str, str], float]:
        """The same as `begins`, for one file; an unchanged file is not read again."""
        try:
            status = path.stat()
        except OSError:
            return {}
        version = (status.st_mtime_ns, status.st_size)
        known = self._begins.get(path.name)
        if known is None or known[0] != version:
            rows = next(self._rows_of([path], HOURS, None, tables.hours_of), HourRows.none())
            # In reverse order, so that the first hour of each objective remains.
            order = np.argsort(-rows.ends, kind="stable")
            names = [(each.service, each.slo) for each in rows.series]
            newest_ends = dict(zip(rows.places[order].tolist(), rows.ends[order].tolist(), strict=True))
            begins: dict[tuple[str, str], float] = {}
            for place, end in newest_ends.items():
                begins[names[place]] = min(begins.get(names[place], float("inf")), float(end - 3600))
            known = self._begins[path.name] = (version, begins)
        return known[1]

    def checked(self) -> tuple[str, ...]:
        """Problems of the folder or its files, a sentence each; writes nothing."""
        if self.folder.exists():
            with self._problems.noting("check"):
                files.make_folder(self.folder)
        self.begins()
        self.latency_until()
        return self.problems

    def latency_until(self) -> int:
        """Epoch seconds of the end of the newest hour stored by bucket for any service; 0 without any."""
        for path in months.files_of(self._listed(), LATENCY)[-1:]:
            with self._problems.noting(path.name):
                return files.newest_time(path, LATENCY)
        return 0

    def add_hours(self, rows: HourRows, now: float) -> bool:
        """Store hours; returns whether all were stored. Others may be added again.

        Args:
            rows: new or changed. `now`: epoch seconds, to delete expired ones.
        """

        def put(path: Path, of_month: HourRows) -> None:
            before = self._read_to_replace(path, HOURS, tables.hours_of) or HourRows.none()
            files.write(path, tables.hours_table(merged(before, of_month)), HOURS)

        return self._add(HOURS, rows, now, put)

    def add_latency(self, rows: LatencyRows, now: float) -> bool:
        """Store hours by bucket; returns whether all were stored.

        Args:
            rows: new ones. `now`: epoch seconds, to delete expired ones.
        """

        def put(path: Path, of_month: LatencyRows) -> None:
            before = self._read_to_replace(path, LATENCY, tables.latency_of)
            every = of_month if before is None else before.followed_by(of_month)
            files.write(path, tables.latency_table(every), LATENCY)

        return self._add(LATENCY, rows, now, put)

    def keep(self, name: str, values: Mapping[str, np.ndarray], facts: Mapping[str, str]) -> bool:
        """Store arrays for the next start; returns whether they were stored.

        Args:
            name: to find them. `values`: arrays by name. `facts`: metadata as text.
        """
        folder = self.folder / RESTART
        with self._problems.noting(f"keep {name}"):
            files.make_folder(folder)
            with files.locked(folder):
                files.write(folder / f"{name}.parquet", arrays.table_of(values), arrays.KIND, facts)
            return True
        return False

    def kept(self, name: str) -> tuple[dict[str, np.ndarray], dict[str, str]] | None:
        """Stored arrays and their metadata; None if there are no usable ones."""
        path = self.folder / RESTART / f"{name}.parquet"
        with self._problems.noting(f"read {name}"):
            try:
                table = files.read(path, arrays.KIND)
                return None if table is None else (arrays.of_table(table, path), files.facts(table))
            except files.Damaged as error:
                # Nothing is lost, and the next write replaces it.
                log.warning("%s; what it held is asked of the source again", error)
        return None

    def _add(self, kind: str, rows: Rows, now: float, put: Callable[[Path, Rows], None]) -> bool:
        """Add rows to the files of their months, each separately; returns whether all were stored.

        Args:
            kind: of file. `rows`: to add. `now`: epoch seconds.
            put: writes the rows of a month to its file.
        """
        is_whole = True
        by_month = months.months_of(rows.ends)
        with self._problems.noting(f"write {kind}"):
            files.make_folder(self.folder)
            with files.locked(self.folder):
                for month in np.unique(by_month):
                    path = self.folder / months.file_name(kind, month)
                    written = False
                    with self._problems.noting(f"write {path.name}"):
                        put(path, rows.select(np.flatnonzero(by_month == month)))
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
        """Rows of each month with any between two times.

        Args:
            kind: of file. `start`, `end`: epoch seconds. `services`: names; None: all. `parse`: parses a table.
        """
        first, last = (months.month_of(moment) for moment in (start + 1, max(end, start + 1)))
        yield from self._rows_of(months.files_of(self._listed(), kind, first, last), kind, services, parse)

    def _rows_of(
        self,
        paths: Sequence[Path],
        kind: str,
        services: Collection[str] | None,
        parse: Callable[[pa.Table], Rows],
    ) -> Iterator[Rows]:
        """Rows of files, as far as they are readable.

        Args:
            paths: of the files. `kind`: of file. `services`: names; None: all. `parse`: parses a table.
        """
        for path in paths:
            with self._problems.noting(path.name):
                rows = self._readable(path, kind, services, parse)
                if rows is not None:
                    yield rows

    def _readable(
        self, path: Path, kind: str, services: Collection[str] | None, parse: Callable[[pa.Table], Rows]
    ) -> Rows | None:
        """The readable rows of a file; None if there are none.

        Args:
            path: of the file. `kind`: of file. `services`: names; None: all. `parse`: parses a table.
        """
        try:
            table = readable.read(path, kind, None if services is None else [("service", "in", sorted(services))])
            return None if table is None else readable.parsed(path, table, parse)
        except files.Damaged as error:
            # The next writer moves the damaged file aside; until then its readable part is used.
            self._problems.note(_damage_of(path), f"{error}; {_FILL}")
        with suppress(files.Damaged):
            return readable.rescued(path, kind, services, parse)
        return None

    def _read_to_replace(self, path: Path, kind: str, parse: Callable[[pa.Table], Rows]) -> Rows | None:
        """A file's rows before it is replaced; a damaged file is moved aside, and its readable rows are kept.

        Args:
            path: of the file. `kind`: of file. `parse`: parses a table.
        """
        try:
            table = readable.read(path, kind)
            return None if table is None else readable.parsed(path, table, parse)
        except files.Damaged as error:
            aside = files.put_aside(path)
            rescued = None if error.rescued is None else readable.parsed(path, error.rescued, parse)
            saved = "nothing in it can be read" if not rescued else f"{len(rescued):,} of its hours were saved"
            self._problems.forget(_damage_of(path))
            self._problems.note(aside.name, f"{error}; {saved}, and it is now {aside.name}; {_FILL}")
            return rescued

    def _listed(self) -> list[Path]:
        try:
            return sorted(self.folder.iterdir())
        except OSError:
            return []

    def _forget_before(self, moment: float) -> None:
        oldest, paths = months.month_of(moment), self._listed()
        # A clock that was once years ahead must not delete anything: keep this many months whatever it says.
        least = math.ceil(self._retention / MONTH_S) + 1
        for kind in (HOURS, LATENCY):
            kept = set(months.files_of(paths, kind, oldest))
            for path in months.files_of(paths, kind)[:-least]:
                if path not in kept:
                    path.unlink(missing_ok=True)


def _damage_of(path: Path) -> str:
    return f"damage of {path.name}"
