"""check: validate the configuration and SLOs, try the source, and report every problem."""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from dashboard.commands.answer import remark
from dashboard.commands.options import configuration_with_source
from dashboard.commands.query_table import query_table
from dashboard.commands.tried_files import tried_files
from dashboard.config.configuration import Config
from dashboard.config.policy_notes import policy_notes
from dashboard.engine import event_counts
from dashboard.engine.default_slos import active_slos
from dashboard.engine.described_services import discovered
from dashboard.engine.opening import load_slos, open_source
from dashboard.engine.past.archive_opening import open_keeper
from dashboard.engine.viewers.query_selections import QuerySelections
from dashboard.exceptions import ConfigError, SourceError
from dashboard.gate.policy import Subject
from dashboard.notifications import opening
from dashboard.openslo.conversion import convert
from dashboard.openslo.slo_files import read_texts
from dashboard.printable import printable
from dashboard.slo.event_requests import EventRequest, Level
from dashboard.slo.indicators import Column, Key, Query, terms
from dashboard.slo.objective import Slo
from dashboard.slo.selections import Blindness, LackKind
from dashboard.sources.catalog import Catalog
from dashboard.sources.csv.spec import CsvSpec
from dashboard.sources.protocol import Answer, Problem, Source
from dashboard.timerange import HOUR, Grid
from dashboard.toml.reader import nearest
from dashboard.ui.text import slo_text

WRONG_USE = 2
# How many names precede a note that applies to many services.
NAMES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """The result of trying SLOs on the source. `problems` are errors; `notes` may be intended. One line each."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check(options: argparse.Namespace) -> int:
    """Try everything that is configured, or convert definitions of other tools.

    Raises:
        ConfigError: one line for each problem.
    """
    if options.convert:
        return convert_files(options.convert)
    config = configuration_with_source(options)
    configured, diagnostics = load_slos(config)
    _print_notes(str(diagnostic) for diagnostic in diagnostics)
    try:
        if options.show:
            _show(config)
        with closing(open_source(config, now=time.time(), slos=configured)) as source:
            return _check_source(config, configured, source)
    except SourceError as error:
        # The message names the option or line that holds the address, so that a typing error is easy to find.
        raise ConfigError(f"{config.source_named}: {error}") from None


def _show(config: Config) -> None:
    """Print the detected format of the CSV files and their first rows.

    Raises:
        ConfigError: the source does not read files.
        SourceUnavailable: no file exists yet.
    """
    if not isinstance(config.source, CsvSpec):
        raise ConfigError(f"--show is for CSV files, and the source is of kind {config.source.kind}: leave it out")
    for preview in config.source.previews(config.time_zone):
        for line in (*preview.facts, *(f"{row.where.removeprefix(preview.name)} {row.what}" for row in preview.rows)):
            print(f"golden-signals: {printable(preview.name)}{'' if line.startswith(':') else ': '}{printable(line)}")


def _check_source(config: Config, configured: Sequence[Slo], source: Source) -> int:
    now = time.time()
    catalog = discovered(source, config.services, now)
    files = tried_files(source, catalog, now, zone=config.time_zone)
    slos = config.agreements.for_services(catalog.short_names).applied(active_slos(catalog, configured))
    selections = QuerySelections()
    trials = list(_try_slos(slos, source, catalog, files.until, selections))
    routing = _try_alertmanager(config, now)
    unmatched = config.agreements.for_services(catalog.short_names).unmatched(slos)
    _print_notes(
        (
            *files.notes,
            *_notes(catalog, slos),
            *unmatched,
            *policy_notes(config.policy, _subjects(catalog, slos), now),
            *_receiver_notes(config, catalog),
            *routing.notes,
            *(note for trial in trials for note in trial.notes),
        )
    )
    for line in query_table(slos, selections.selection):
        print(f"golden-signals: {line}")
    # Collect all problems, of every kind, so that one run reports them all.
    problems = [*files.problems, *config.agreements.unknown(slos), *config.agreements.diagnostics(slos)]
    problems += [*opening.problems(config.receivers), *routing.problems]
    keeper = open_keeper(config, source, writes=False)
    problems += keeper.archive.checked() if keeper is not None else ()
    problems += [problem for trial in trials for problem in trial.problems]
    if not catalog.services and not slos:
        problems.append(f"{config.source_named}: {source.where}: no service was found: check what it points to")
    if problems:
        raise ConfigError(*problems)
    receivers = f", {_number(config.receivers, 'receiver')}" if config.receivers else ""
    print(
        f"golden-signals: {source.where}: OK: {_number(catalog.services, 'service')}, {_number(slos, 'SLO')}{receivers}"
    )
    return 0


def _subjects(catalog: Catalog, slos: Sequence[Slo]) -> list[Subject]:
    """The objectives in the form that policy patterns are matched against."""
    tiers, short_names = {info.name: info.tier for info in catalog.services}, catalog.short_names
    return [Subject(slo, short_names.get(slo.service, slo.service), tiers.get(slo.service)) for slo in slos]


def _try_alertmanager(config: Config, now: float) -> Trial:
    """Ask the Alertmanager, if one is configured."""
    if config.alertmanager is None:
        return Trial()
    try:
        with closing(config.alertmanager.open()) as alertmanager:
            said = alertmanager.routing(now)
    except SourceError as error:
        return Trial((f"alertmanager.url: {error}",))
    counts = f"{_number(said.alerts, 'alert')}, {_number(said.silences, 'silence')}"
    note = f"{alertmanager.where}: Alertmanager: {counts}, receivers {_named(said.receivers)}"
    # A member that is down is not a configuration error as long as another one answers.
    return Trial(notes=(note, *(f"alertmanager.url: {error}" for error in said.unreachable)))


def convert_files(patterns: Sequence[str]) -> int:
    """Print Sloth, Pyrra, Nobl9 and older OpenSLO definitions as OpenSLO v1; returns the exit code."""
    conversion = convert(read_texts(patterns))
    # Definitions that can be converted are printed even if others fail; the exit code reports the failure.
    print(conversion.text, end="")
    for diagnostic in conversion.diagnostics:
        remark(str(diagnostic))
    return WRONG_USE if any(diagnostic.fatal for diagnostic in conversion.diagnostics) else 0


def _number(things: Sequence[object], noun: str) -> str:
    return f"{len(things)} {noun}{'' if len(things) == 1 else 's'}"


def _named(names: Sequence[str]) -> str:
    """A comma-separated list of names, shortened if it is long."""
    more = len(names) - NAMES_SHOWN
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:NAMES_SHOWN])} and {more:,} others"


def _print_notes(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"golden-signals: note: {printable(note)}")


def _notes(catalog: Catalog, slos: Sequence[Slo]) -> Iterable[str]:
    yield from catalog.notes
    yield from (f"{_named(files.names)}: {files.what}; {files.remedy}" for files in catalog.files)
    names: dict[str, list[str]] = defaultdict(list)
    for info in catalog.services:
        for note in info.notes:
            names[note].append(info.name)
    # A note that applies to many services is printed once.
    yield from (f"{_named(services)}: {note}" for note, services in names.items())
    for slo in slos:
        yield from (f"{slo.name}: {note}" for note in slo.notes)
        # If a row of the default policy cannot work for an SLO, the user made no mistake.
        if slo.policy is not None:
            yield from (f"{slo.name}: {slo_text.diagnostic_text(diagnostic)}" for diagnostic in slo.diagnostics)


def _receiver_notes(config: Config, catalog: Catalog) -> Iterable[str]:
    """Warnings about receivers: patterns that match no service, and missing links."""
    names = {name for info in catalog.services for name in (info.name, info.title)}
    for receiver in config.receivers:
        alone = replace(receiver, services=())
        for pattern in receiver.services:
            if not any(replace(alone, services=(pattern,)).concerns(name) for name in names):
                yield f"{receiver.name}: the source knows no service {pattern!r}{nearest(pattern, names)}"
    if config.receivers and not config.base_url:
        yield "base_url is not set: messages have no links to the pages"


def _try_slos(
    slos: Sequence[Slo], source: Source, catalog: Catalog, now: float, selections: QuerySelections
) -> Iterable[Trial]:
    """Ask the source for the events of all SLOs in the hour before `now`.

    Args:
        slos: the SLOs to try. `source`, `catalog`: the source and what was discovered in it.
        now: epoch seconds. `selections`: records which series each query selects.
    """
    # SLOs with the same row length are answered by one request, as in a refresh.
    by_step: dict[int, list[Slo]] = {}
    for slo, step in zip(slos, catalog.count_steps(slos), strict=True):
        by_step.setdefault(slo.row_s or step, []).append(slo)
    services = {info.name for info in catalog.services}
    for step, group in by_step.items():
        # One hour: long enough that silence is worth a note, short enough for any server to answer quickly.
        grid = Grid.between(now - max(HOUR, step), now, step=step)
        fetched = event_counts.fetch(source, EventRequest(tuple(group), grid, Level.HOURS))
        refused = {problem.where: problem.what for answer in fetched.answers for problem in _of_queries(answer)}
        selections.learn(fetched.answers, fetched.values)
        yield _source_notes(refused, group)
        measured = {key for key, series in fetched.values.items() if np.isfinite(series).any()}
        faulty = {slo: problems for slo in group if (problems := _problems(slo, refused, services))}
        yield Trial(problems=tuple(problem for problems in faulty.values() for problem in problems))
        yield _silence([slo for slo in group if slo not in faulty], measured)
        yield from (_sight(slo, selections.blind(slo)) for slo in group)


def _of_queries(answer: Answer) -> Iterable[Problem]:
    """The problems of an answer except those about files, which are reported once elsewhere."""
    return (problem for problem in answer.problems if not problem.is_row and problem not in answer.left_out)


def _source_notes(refused: Mapping[str, str], slos: Sequence[Slo]) -> Trial:
    """Messages of the source that are not about a query of these SLOs."""
    # A warning of the server is not an error of an SLO.
    queries = {term.text for slo in slos for term in terms(slo.indicator) if isinstance(term, Query)}
    return Trial(notes=tuple(f"{where}: {what}" for where, what in refused.items() if where not in queries))


def _problems(slo: Slo, refused: Mapping[str, str], services: Set[str]) -> list[str]:
    return [f"{slo.origin}: {slo.name}: {fault}" for fault in _faults(slo, refused, services)]


def _silence(slos: Sequence[Slo], measured: Set[Key]) -> Trial:
    """A note that names the SLOs without data."""
    # One series is enough: a service that never failed has no series of failures.
    silent = [slo.name for slo in slos if measured.isdisjoint(term.key for term in terms(slo.indicator))]
    return Trial(notes=(f"{_named(silent)}: no data in the last hour",) if silent else ())


def _sight(slo: Slo, blind: Sequence[Blindness]) -> Trial:
    """What the queries of an SLO cannot see: a missing label is a problem, a metric that may still appear is a note."""
    wrong = [blindness for blindness in blind if blindness.lack.kind is not LackKind.METRIC]
    waiting = [blindness for blindness in blind if blindness.lack.kind is LackKind.METRIC]
    return Trial(
        problems=tuple(f"{slo.origin}: {slo.name}: {slo_text.blindness_text(blindness)}" for blindness in wrong),
        notes=tuple(f"{slo.name}: not measured: {slo_text.blindness_text(blindness)}" for blindness in waiting),
    )


def _faults(slo: Slo, refused: Mapping[str, str], services: Set[str]) -> list[str]:
    """Why an SLO cannot work: a rejected query, or a service unknown to the source.

    Args:
        refused: query → message of the source. `services`: the services known to the source.
    """
    faults = []
    for term in terms(slo.indicator):
        if isinstance(term, Query) and term.text in refused:
            faults.append(f"{term.text}: {refused[term.text]}")
        if isinstance(term, Column) and term.service not in services:
            faults.append(f"the source knows no service {term.service!r}{nearest(term.service, services)}")
    # Good and valid events may come from the same service or query, which is reported once.
    return list(dict.fromkeys(faults))
