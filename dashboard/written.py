"""Objectives that somebody wrote: files found, read and checked, and what the configuration adds to them."""

import glob
from collections.abc import Sequence
from pathlib import Path

from dashboard.agreements import Agreements
from dashboard.exceptions import ConfigError
from dashboard.slo import promql
from dashboard.slo.indicators import Query, terms
from dashboard.slo.objectives import Slo
from dashboard.slo.openslo.flaws import Flaw
from dashboard.slo.openslo.reading import read

ENDINGS = (".yaml", ".yml", ".json")


def texts(patterns: Sequence[str]) -> dict[str, str]:
    """The text of every file that files, directories or globs name, by its path.

    Raises:
        ConfigError: nothing is there, or it cannot be read.
    """
    made = {}
    for pattern in patterns:
        found = _found(pattern)
        if not found:
            raise ConfigError(f"{pattern}: there is no such file; name OpenSLO files, a directory or a glob")
        for path in found:
            try:
                made[str(path)] = path.read_text(encoding="utf-8")
            except OSError as error:
                raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
            except UnicodeDecodeError:
                raise ConfigError(f"{path}: is no text in UTF-8") from None
    return made


def written(patterns: Sequence[str], *, zone: str) -> tuple[tuple[Slo, ...], tuple[Flaw, ...]]:
    """The objectives in OpenSLO files, and what is odd about them.

    Raises:
        ConfigError: one line for each objective that cannot be read.
    """
    made = read(texts(patterns), zone=zone)
    fatal = [str(flaw) for flaw in made.problems if flaw.fatal]
    fatal += [f"{slo.origin}: {slo.name}: {why}" for slo in made.slos for why in _uncountable(slo)]
    if fatal:
        raise ConfigError(*fatal)
    return made.slos, made.problems


def agreed(slos: Sequence[Slo], agreements: Agreements, file: str) -> tuple[Slo, ...]:
    """The objectives with the policies and contracts of the configuration.

    Raises:
        ConfigError: a contract stands beside nothing or is stricter than its objective, or a rule can never fire.
    """
    made = agreements.applied(slos)
    problems = [f"{file}: policies: for {slo.name} {flaw}" for slo in made if slo.policy for flaw in _never(slo)]
    problems += [
        f"{file}: slas: the contract of {slo.name} ({slo.sla.objective:g}) is stricter than its objective "
        f"({slo.objective:g}): a promise to oneself leaves room before the one that costs money"
        for slo in made
        if slo.sla is not None and slo.sla.objective > slo.objective
    ]
    if problems:
        raise ConfigError(*problems)
    return made


def _uncountable(slo: Slo) -> list[str]:
    """A sentence for each query that no count can be made of."""
    told = []
    for term in terms(slo.indicator):
        if isinstance(term, Query):
            try:
                promql.over(term.text, "5m") if term.counter else promql.plain(term.text)
            except ValueError as error:
                told.append(str(error))
    return told


def _never(slo: Slo) -> list[str]:
    return [flaw for flaw in slo.flaws if "left out" in flaw]


def _found(pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_dir():
        return sorted(one for one in path.rglob("*") if one.suffix in ENDINGS and one.is_file())
    return sorted(Path(name) for name in glob.glob(pattern, recursive=True)) or ([path] if path.exists() else [])
