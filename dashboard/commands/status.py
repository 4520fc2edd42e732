"""status: evaluate once and print the result."""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace

from dashboard.commands.answer import NO_DATA, remark
from dashboard.commands.capacity_table import capacity_table
from dashboard.commands.options import configuration_with_source
from dashboard.commands.row_times import typed_moment
from dashboard.commands.text_table import table_lines
from dashboard.engine.health import FailuresUnknown, Health, OutcomeUnknown
from dashboard.engine.opening import open_poller
from dashboard.engine.service_search import SEARCH_S
from dashboard.engine.snapshot import Snapshot
from dashboard.slo.report import SloReport
from dashboard.ui.text import capacity_text, health_text, source_text, status_text
from dashboard.ui.text.units import MISSING
from dashboard.web.service import capacity_json
from dashboard.web.status_json import as_json

# How many different reasons for unknown failures are printed.
NOTES_SHOWN = 20


def status(options: argparse.Namespace) -> int:
    """Print one evaluation; the exit code is 3 if no health (with `--capacity`: no limit) is known."""
    config = configuration_with_source(options)
    moment = typed_moment(options.at, config.time_zone, "--at") if options.at else None
    poller = open_poller(config, now=moment, is_watched=False)
    try:
        # Two refreshes: the first finds the services, then their past is read, and the second judges by it.
        poller.tick()
        # A large file may take longer to read than one refresh may last.
        ends_at = time.monotonic() + SEARCH_S
        while poller.is_searching and time.monotonic() < ends_at:
            poller.tick()
        while poller.study():
            pass
        poller.tick()
        snapshot = poller.read()
        if options.capacity:
            # Reads 30 days, so only if it is requested.
            snapshot = replace(snapshot, capacity=poller.capacity.read_all(snapshot, None))
    finally:
        poller.source.close()
    if options.capacity:
        return _capacity(snapshot, options)
    if options.format == "json":
        print(json.dumps(as_json(snapshot, poller.clock()), indent=1, allow_nan=False))
    else:
        print(table(snapshot), end="")
    is_unknown = all(report.health is Health.UNKNOWN for report in snapshot.services)
    for line in _remarks(snapshot, is_unknown=is_unknown):
        remark(line)
    return NO_DATA if is_unknown else 0


def _capacity(snapshot: Snapshot, options: argparse.Namespace) -> int:
    """Print what is known about limited resources."""
    report = snapshot.capacity
    if options.format == "json":
        print(json.dumps(capacity_json.as_json(snapshot), indent=1, allow_nan=False))
    else:
        print(capacity_table(report), end="")
    said = list(_remarks(snapshot, is_unknown=not snapshot.services))
    if snapshot.services and not report.resources:
        said.append(source_text.placed(snapshot.source, capacity_text.NO_LIMITS))
    if report.problem:
        said.append(source_text.placed(snapshot.source, report.problem))
    for line in said:
        remark(line)
    return 0 if report.resources else NO_DATA


def _remarks(snapshot: Snapshot, *, is_unknown: bool) -> Iterator[str]:
    """Remarks about the numbers, one line each; `is_unknown`: no health is known."""
    source = snapshot.source
    note = source_text.message(source, snapshot.time_zone)
    # Even if something is known, parts may be missing.
    if note is not None or is_unknown:
        yield source_text.placed(source, note or "there is no service whose health is known")
    yield from (f"{file.where}: left out: {file.what}" for file in source.left_out if file.what not in (note or ""))
    yield from source_text.bad_rows(source)
    yield from _unknown_notes(snapshot)


def _unknown_notes(snapshot: Snapshot) -> Iterator[str]:
    """Why it is unknown which requests failed, and what to configure; one line for each reason."""
    services: dict[str, list[str]] = {}
    for report in snapshot.services:
        said = [words.note for words in report.info.unknown_words]
        unknown = [reason for reason in report.reasons if isinstance(reason, OutcomeUnknown) and not _is_said(reason)]
        for note in (*said, *health_text.sentences(unknown, snapshot.time_zone, snapshot.at)):
            services.setdefault(note, []).append(report.title)
    for note, titles in list(services.items())[:NOTES_SHOWN]:
        yield f"{titles[0]}{f' and {len(titles) - 1:,} more' if len(titles) > 1 else ''}: {note}"


def _is_said(reason: OutcomeUnknown) -> bool:
    """Whether a note of the service already says it."""
    return isinstance(reason, FailuresUnknown) and bool(reason.unknown)


def table(snapshot: Snapshot) -> str:
    """The snapshot for a terminal: a line for each SLO, in the words of the pages."""
    rows = [("SERVICE", "HEALTH", "SLO", "REMAINING", "BURN RATE 1H", "STATE")]
    for report in snapshot.services:
        health = status_text.status(report.health).word
        rows += [_row(report.title, slo, health) for slo in report.slos] or [(report.title, health, *4 * (MISSING,))]
    return "".join(f"{line}\n" for line in table_lines(rows))


def _row(service: str, report: SloReport, health: str) -> tuple[str, str, str, str, str, str]:
    slo = report.slo
    remaining = MISSING if report.judged_remaining is None else f"{report.judged_remaining:.1%}"
    burn_rate = MISSING if report.burn_1h is None else f"{report.burn_1h:.2f}×"
    # A default SLO is named by its service and kind, and the service is in the first column already.
    name = slo.kind if slo.name == f"{slo.service}-{slo.kind}" else slo.name
    state = status_text.of_objective(report).word
    return service, health, f"{name} {slo.objective:.6g}", remaining, burn_rate, state
