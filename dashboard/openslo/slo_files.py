"""Objectives that somebody wrote: files found, read and checked, and what the configuration adds to them."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from dashboard import promql
from dashboard.exceptions import ConfigError
from dashboard.openslo.diagnostics import Diagnostic
from dashboard.openslo.reader import read
from dashboard.slo.indicators import Column, Query, terms
from dashboard.slo.objective import Slo

ENDINGS = (".yaml", ".yml", ".json")


def read_texts(patterns: Sequence[str]) -> dict[str, str]:
    """The text of every file that files, directories or globs name, by its path.

    Raises:
        ConfigError: nothing is there, or it cannot be read.
    """
    made: dict[str, str] = {}
    seen: set[str] = set()
    for pattern in patterns:
        found = find_files(pattern)
        if not found:
            raise ConfigError(f"{pattern}: there is no such file; name OpenSLO files, a directory or a glob")
        for path in found:
            if os.path.realpath(path) in seen:
                continue
            seen.add(os.path.realpath(path))
            try:
                made[str(path)] = path.read_text(encoding="utf-8")
            except OSError as error:
                raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
            except UnicodeDecodeError:
                raise ConfigError(f"{path}: is no text in UTF-8") from None
    return made


def load_slos(patterns: Sequence[str], *, zone: str) -> tuple[tuple[Slo, ...], tuple[Diagnostic, ...]]:
    """The objectives in OpenSLO files, and what is odd about them.

    Raises:
        ConfigError: one line for each objective that cannot be read.
    """
    made = read(read_texts(patterns), zone=zone)
    fatal = [str(diagnostic) for diagnostic in made.problems if diagnostic.fatal]
    fatal += [f"{slo.origin}: {slo.name}: {why}" for slo in made.slos for why in _uncountable(slo)]
    if fatal:
        raise ConfigError(*fatal, *(f"note: {diagnostic}" for diagnostic in made.problems if not diagnostic.fatal))
    return made.slos, made.problems


class SloFiles:
    """The objectives in files, read again when one of these changes; what cannot be read leaves the last good ones.

    Args:
        limits: latencies in seconds that the source counts requests at; it was told at the start.
    """

    def __init__(self, patterns: Sequence[str], *, zone: str, limits: Sequence[float]) -> None:
        self._patterns, self._zone, self._limits = tuple(patterns), zone, set(limits)
        self._seen = self._signature()
        self._slos: tuple[Slo, ...] | None = None
        self.problems: tuple[str, ...] = ()

    def changed(self) -> tuple[Slo, ...] | None:
        """What they say now; None while nothing has changed since the start."""
        try:
            signature = self._signature()
        except ConfigError as error:
            self.problems = (f"{error}; the objectives read before are kept",)
            return self._slos
        if signature != self._seen:
            self._seen = signature
            self._read()
        return self._slos

    def _read(self) -> None:
        try:
            slos, _ = load_slos(self._patterns, zone=self._zone)
        except ConfigError as error:
            self.problems = tuple(f"{line}; the objectives read before are kept" for line in str(error).splitlines())
            return
        late = [slo for slo in slos if not self._limits.issuperset(latency_thresholds([slo]))]
        self.problems = tuple(f"{slo.origin}: {slo.name}: its latency is counted after a restart" for slo in late)
        self._slos = tuple(slo for slo in slos if slo not in late)

    def _signature(self) -> tuple[tuple[str, int, int], ...]:
        """Which files there are, how large, and when they were written."""
        made = []
        for pattern in self._patterns:
            for path in find_files(pattern):
                try:
                    known = path.stat()
                except OSError:
                    continue
                made.append((str(path), known.st_size, known.st_mtime_ns))
        return tuple(made)


def _uncountable(slo: Slo) -> list[str]:
    """A sentence for each query that no count can be made of."""
    told = []
    for term in terms(slo.indicator):
        if isinstance(term, Query):
            try:
                promql.increase_over(term.text, "5m") if term.counter else promql.fill_templates(term.text)
            except ValueError as error:
                told.append(str(error))
    return told


def find_files(pattern: str) -> list[Path]:
    """Each real file once, whatever links lead to it.

    Raises:
        ConfigError: the pattern cannot be a path.
    """
    try:
        path = Path(pattern)
        if path.is_dir():
            found = [one for one in sorted(path.rglob("*")) if one.suffix in ENDINGS and one.is_file()]
        else:
            found = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]
            found = [one for one in found if one.is_file()] or ([path] if path.exists() else [])
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{pattern[:80]}: cannot be a path: {why}") from None
    return list({os.path.realpath(one): one for one in reversed(found)}.values())[::-1]


def latency_thresholds(slos: Sequence[Slo]) -> tuple[float, ...]:
    """The latencies, in seconds, that objectives need to be counted at."""
    columns = [term for slo in slos for term in terms(slo.indicator) if isinstance(term, Column)]
    return tuple(
        sorted({float(one.detail) for one in columns if one.measure.endswith("latency") and one.detail != "inf"})
    )
