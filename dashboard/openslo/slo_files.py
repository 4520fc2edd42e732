"""SLO files: finds, reads and checks them, and reads them again when they change."""

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from dashboard import promql
from dashboard.exceptions import ConfigError
from dashboard.openslo.diagnostics import Diagnostic
from dashboard.openslo.openslo_reader import read_slos
from dashboard.openslo.yaml_composer import TEXT_MAX
from dashboard.slo.indicators import Column, Query, terms
from dashboard.slo.objective import Slo

ENDINGS = (".yaml", ".yml", ".json")
# TEXT_MAX characters have at most this many bytes; reading is limited, as a device may be endless.
BYTES_MAX = 4 * TEXT_MAX


def read_texts(patterns: Sequence[str]) -> dict[str, str]:
    """The text of every file that matches files, directories or globs, by path.

    Raises:
        ConfigError: there is no file, or one cannot be read, with a line for each.
    """
    texts: dict[str, str] = {}
    seen: set[str] = set()
    problems: list[str] = []
    for pattern in patterns:
        paths = find_files(pattern)
        if not paths:
            raise ConfigError(f"{pattern}: there is no such file; name OpenSLO files, a directory or a glob")
        for path in paths:
            # Several patterns, or links, may lead to one file.
            real_path = os.path.realpath(path)
            if real_path not in seen:
                seen.add(real_path)
                try:
                    texts[str(path)] = _read_text(path)
                except ConfigError as error:
                    problems += error.problems
    if problems:
        raise ConfigError(*problems)
    return texts


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if len(raw) > BYTES_MAX:
        raise ConfigError(f"{path}: is longer than {BYTES_MAX // 1_000_000} MB: split it into several files")
    try:
        return raw.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: is not text in UTF-8: save the file in UTF-8") from None


def load_slos(patterns: Sequence[str], *, zone: str) -> tuple[tuple[Slo, ...], tuple[Diagnostic, ...]]:
    """The SLOs in OpenSLO files, and the warnings about them.

    Args:
        patterns: files, directories or globs.
        zone: IANA name of the time zone for calendars that name none.

    Raises:
        ConfigError: one line for each SLO that cannot be read.
    """
    result = read_slos(read_texts(patterns), zone=zone)
    fatal = [str(diagnostic) for diagnostic in result.diagnostics if diagnostic.fatal]
    for slo in result.slos:
        fatal += _query_problems(slo)
    if fatal:
        # A warning often explains a rejection, such as a misspelt key.
        warnings = (f"note: {diagnostic}" for diagnostic in result.diagnostics if not diagnostic.fatal)
        raise ConfigError(*fatal, *warnings)
    return result.slos, result.diagnostics


class SloFiles:
    """The SLOs in files, read again if one of them changes; while they are unreadable, the last valid ones are kept.

    Attributes:
        problems: one sentence each: why files are not read, or SLOs not used.
    """

    def __init__(self, patterns: Sequence[str], *, zone: str, limits: Sequence[float]) -> None:
        """Record the state of the files without reading them.

        Args:
            patterns: files, directories or globs.
            zone: IANA name of the time zone for calendars that name none.
            limits: latencies in seconds at which the source counts requests, fixed while it is open.
        """
        # The caller has just read the files.
        self._patterns, self._zone, self._limits = tuple(patterns), zone, set(limits)
        self._last_signature = self._signature()
        self._slos: tuple[Slo, ...] | None = None
        self.problems: tuple[str, ...] = ()

    def changed(self) -> tuple[Slo, ...] | None:
        """The SLOs of the files; None while no file has changed since the start."""
        try:
            signature = self._signature()
        except ConfigError as error:
            self.problems = (f"{error}; the SLOs read before are kept",)
            return self._slos
        if signature != self._last_signature:
            # Set before reading, so that a broken file is reported once, and read again when it changes.
            self._last_signature = signature
            self._read()
        return self._slos

    def _read(self) -> None:
        try:
            slos, _ = load_slos(self._patterns, zone=self._zone)
        except ConfigError as error:
            self.problems = tuple(f"{line}; the SLOs read before are kept" for line in str(error).splitlines())
            return
        pending = [slo for slo in slos if not self._is_counted(slo)]
        self.problems = tuple(f"{slo.origin}: {slo.name}: its latency is counted after a restart" for slo in pending)
        self._slos = tuple(filter(self._is_counted, slos))

    def _is_counted(self, slo: Slo) -> bool:
        """Whether the source counts requests at all latencies that an SLO needs."""
        return self._limits.issuperset(latency_thresholds([slo]))

    def _signature(self) -> tuple[tuple[str, int, int], ...]:
        """Path, size and modification time of each file."""
        entries = []
        for pattern in self._patterns:
            for path in find_files(pattern):
                try:
                    status = path.stat()
                except OSError:
                    # The file was removed meanwhile.
                    continue
                entries.append((str(path), status.st_size, status.st_mtime_ns))
        return tuple(entries)


def _query_problems(slo: Slo) -> list[str]:
    """A line for each query that does not count; the source is not asked."""
    problems = []
    for term in terms(slo.indicator):
        if isinstance(term, Query):
            try:
                # Values are not parsed, as they may be MetricsQL, which the parser does not support.
                promql.increase_over(term.text, "5m") if term.counter else promql.fill_templates(term.text)
            except ValueError as error:
                problems.append(f"{slo.origin}: {slo.name}: {error}")
    return problems


def find_files(pattern: str) -> list[Path]:
    """Each real file once, whatever links lead to it; for a directory, those with a known suffix.

    Raises:
        ConfigError: the pattern cannot be a path.
    """
    try:
        files = _matching_files(pattern)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{pattern[:80]}: cannot be a path: {reason}") from None
    # Reversed twice, so that the first of several links to one file is kept.
    by_real_path = {os.path.realpath(file): file for file in reversed(files)}
    return list(by_real_path.values())[::-1]


def _matching_files(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        return [file for file in _sorted_files(path.rglob("*")) if file.suffix in ENDINGS]
    files = _sorted_files(map(Path, glob.glob(pattern, recursive=True)))
    # A name such as `a[1].yaml` is a glob that does not match itself.
    return files or ([path] if path.exists() else [])


def _sorted_files(paths: Iterable[Path]) -> list[Path]:
    return sorted(path for path in paths if path.is_file())


def latency_thresholds(slos: Sequence[Slo]) -> tuple[float, ...]:
    """The latencies, in seconds, at which SLOs need requests to be counted."""
    columns = (term for slo in slos for term in terms(slo.indicator) if isinstance(term, Column))
    return tuple(sorted({float(column.detail) for column in columns if _has_bound(column)}))


def _has_bound(column: Column) -> bool:
    # Without a bound, all requests count.
    return column.measure.endswith("latency") and column.detail != "inf"
