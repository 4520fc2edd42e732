"""check: the configuration, the objectives and the source are tried; every problem is named."""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.commands.options import objectives, with_source
from dashboard.config.configuration import Config
from dashboard.config.parsers import nearest
from dashboard.engine import event_counts
from dashboard.engine.default_slos import active_slos
from dashboard.engine.opening import open_source
from dashboard.exceptions import ConfigError
from dashboard.openslo.conversion import convert
from dashboard.openslo.slo_files import latency_thresholds, read_texts
from dashboard.slo.indicators import Column, Query, terms
from dashboard.slo.ledger import EventRequest, Level
from dashboard.slo.objective import Slo
from dashboard.sources.protocol import Catalog, Source
from dashboard.timerange import HOUR, Grid
from dashboard.ui.text import slo_text

WRONG_USE = 2


@dataclass(frozen=True, slots=True)
class Findings:
    """What trying the objectives showed: `wrong` cannot work, `odd` may be meant so."""

    wrong: tuple[str, ...]
    odd: tuple[str, ...]


def check(chosen: argparse.Namespace) -> int:
    """Try everything that was configured, or convert files of other tools."""
    if chosen.convert:
        return converted(chosen.convert)
    config = with_source(chosen)
    slos, diagnostics = objectives(config)
    for diagnostic in diagnostics:
        print(f"golden-signals: note: {diagnostic}")
    now = time.time()
    source = open_source(config, now=now, limits=latency_thresholds(slos))
    try:
        found = source.discover(now)
        every = config.agreements.applied(active_slos(found, slos))
        tried = _tried(every, source, found, now)
    finally:
        source.close()
    for note in (*_notes(found, every), *tried.odd):
        print(f"golden-signals: note: {note}")
    wrong = (*_disagreements(config, every), *tried.wrong)
    if wrong:
        raise ConfigError(*wrong)
    if not found.services and not every:
        raise ConfigError(f"{source.where}: answers, but no service was found: no known metric is there")
    print(
        f"golden-signals: {source.where}: {len(found.services)} services found, {len(every)} objectives, nothing wrong"
    )
    return 0


def _notes(found: Catalog, every: Sequence[Slo]) -> Iterable[str]:
    yield from found.notes
    yield from (f"{info.name}: {note}" for info in found.services for note in info.notes)
    for slo in every:
        yield from (f"{slo.name}: {note}" for note in slo.notes)
        if slo.policy is not None:
            yield from (f"{slo.name}: {slo_text.diagnostic_text(diagnostic)}" for diagnostic in slo.diagnostics)


def _disagreements(config: Config, every: Sequence[Slo]) -> Iterable[str]:
    """What the configuration agrees on that cannot be right for any objective that holds."""
    agreed = config.agreements
    return (
        f"{config.file or 'configuration'}: {diagnostic}"
        for diagnostic in (*agreed.unknown(every), *agreed.diagnostics(every))
    )


def _tried(slos: Sequence[Slo], source: Source, found: Catalog, now: float) -> Findings:
    """Put the terms of all objectives to the source, over the last hour."""
    groups: dict[int, list[Slo]] = {}
    for slo in slos:
        groups.setdefault(slo.row_s or found.count_step, []).append(slo)
    wrong: list[str] = []
    odd: list[str] = []
    for step, some in groups.items():
        grid = Grid.between(now - max(HOUR, step), now, step=step)
        values, answers = event_counts.fetch(source, EventRequest(tuple(some), grid, Level.HOURS))
        refused = {problem.where: problem.what for answer in answers for problem in answer.problems}
        asked = {term.text for slo in some for term in terms(slo.indicator) if isinstance(term, Query)}
        odd += [f"{where}: {what}" for where, what in refused.items() if where not in asked]
        there = {key for key, series in values.items() if np.isfinite(series).any()}
        for slo in some:
            told = _of_one(slo, refused, {info.name for info in found.services})
            wrong += [f"{slo.origin}: {slo.name}: {what}" for what in told]
            silent = [term for term in terms(slo.indicator) if term.key not in there]
            if not told and len(silent) == len(list(terms(slo.indicator))):
                odd.append(f"{slo.name}: nothing was measured of it in the last hour")
    return Findings(tuple(wrong), tuple(odd))


def _of_one(slo: Slo, refused: dict[str, str], services: set[str]) -> list[str]:
    """What cannot work about an objective: a query that is refused, a service that nobody knows."""
    told = []
    for term in dict.fromkeys(terms(slo.indicator)):
        if isinstance(term, Query) and term.text in refused:
            told.append(f"{term.text}: {refused[term.text]}")
        if isinstance(term, Column) and term.service not in services:
            told.append(f"the source knows no service {term.service!r}{nearest(term.service, services)}")
    return list(dict.fromkeys(told))


def converted(patterns: list[str]) -> int:
    """Definitions of Sloth, Pyrra, Nobl9 and older OpenSLO as OpenSLO v1 on standard output."""
    made = convert(read_texts(patterns))
    print(made.text, end="")
    for diagnostic in made.problems:
        print(f"golden-signals: {diagnostic}", file=sys.stderr)
    return WRONG_USE if any(diagnostic.fatal for diagnostic in made.problems) else 0
