"""compare: better, the same, worse or inconclusive; after a change, or one value of a label beside another."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboard.commands.options import configuration_with_source
from dashboard.comparison.comparison import DECIDING, Signal
from dashboard.comparison.verdicts import Verdict
from dashboard.config.configuration import Config
from dashboard.durations import parse_duration
from dashboard.engine.opening import open_poller
from dashboard.engine.poller import Poller
from dashboard.engine.side_by_side import Before, SideBySide, Values, Wanted, side_by_side
from dashboard.engine.snapshot import ServiceReport
from dashboard.exceptions import ConfigError
from dashboard.ui.text import comparison_text, source_text
from dashboard.ui.text.units import MISSING
from dashboard.web.comparison_json import as_json

# A deploy gate goes on by the code: 2 is wrong use, as everywhere.
EXIT_CODES = {
    Verdict.BETTER: 0,
    Verdict.SAME: 0,
    Verdict.WORSE: 1,
    Verdict.NO_DATA: 3,
    Verdict.INCONCLUSIVE: 4,
}
# A command waits for so many seconds for the samples, and asks again until then.
PATIENCE_S = 120.0


def compare(options: argparse.Namespace) -> int:
    """Print one comparison; the exit code is that of its verdict."""
    config = configuration_with_source(options)
    now = _moment(options.at, config.time_zone, "--at") if options.at else time.time()
    between, names, service = _between(options, config, now)
    span = _span(options.span)
    deciding = frozenset(Signal(signal) for signal in options.signal or ()) or DECIDING
    poller = open_poller(config, now=now if options.at else None, is_watched=False)
    try:
        report = _service(poller, options.compared or service)
        if report is None:
            return _no_service(poller)
        end = poller.snapshot.at if options.at is None else now
        pair = _fetched(lambda: side_by_side(poller, report, Wanted(between, end, span, deciding), wait_s=PATIENCE_S))
    finally:
        poller.stop()
    if options.format == "json":
        print(json.dumps(as_json(pair, report.title, *names), indent=1, allow_nan=False))
    else:
        print(table(pair, *names), end="")
    for line in _remarks(pair, between):
        print(f"golden-signals: {line}", file=sys.stderr)
    return EXIT_CODES[Verdict.NO_DATA if pair.comparison is None else pair.comparison.verdict]


def _between(
    options: argparse.Namespace, config: Config, now: float
) -> tuple[Before | Values, tuple[str, str], str]:  # fmt: skip
    """The two sides, what they are called, and the service that the change is of; empty where it names none."""
    if options.label:
        label, separator, values = options.label.partition("=")
        control, comma, experiment = values.partition(",")
        if not (label and separator and control and comma and experiment):
            raise ConfigError(f"--label {options.label}: expected NAME=A,B, such as version=41,42: the usual one first")
        return Values(label, control, experiment, 0.0), (control, experiment), ""
    at, until, service = _change(options, config)
    if at >= now:
        raise ConfigError(f"--change {options.change}: lies ahead of the moment that is looked at")
    return Before(at, until), ("before", "after"), service


def _change(options: argparse.Namespace, config: Config) -> tuple[float, float, str]:
    """When a change began and was complete, and its service: of its id in the state, or of a moment."""
    if not options.change.isdecimal():
        at = _moment(options.change, config.time_zone, "--change")
        return at, at, ""
    # They take long to import: a moment goes without them.
    from dashboard.state import changes
    from dashboard.state.opening import open_store

    store = open_store(config.state)
    try:
        kept = changes.find(store, changes.Wanted(number=int(options.change), limit=1))
    finally:
        store.close()
    if not kept:
        raise ConfigError(f"--change {options.change}: {store.where} knows no such change; a moment would do, too")
    change = kept[0].change
    return change.start, change.end or change.start, change.service


def _span(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise ConfigError(f"--span {text}: {error}") from None
    if seconds < 300:
        raise ConfigError(f"--span {text}: expected five minutes at least")
    return float(seconds)


def _moment(text: str, zone: str, option: str) -> float:
    """Epoch seconds of a moment as it was typed; one without an offset is in `zone`, an IANA name."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option} {text}: expected ISO 8601, such as 2026-11-22T23:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()


def _service(poller: Poller, name: str) -> ServiceReport | None:
    """The report of a service, or of the only one; None where the source has none at all."""
    ends_at = time.monotonic() + PATIENCE_S
    poller.tick()
    while poller.is_searching and time.monotonic() < ends_at:
        poller.tick()
    reports = poller.snapshot.services
    fitting = [report for report in reports if name in ("", report.name, report.title)]
    if len(fitting) == 1:
        return fitting[0]
    if not reports:
        return None
    known = ", ".join(sorted(report.title for report in reports)[:20])
    raise ConfigError(
        f"--service {name}: name one of: {known}" if name else f"--service is missing: name one of: {known}"
    )


def _no_service(poller: Poller) -> int:
    said = source_text.message(poller.snapshot.source) or "there is no service"
    print(f"golden-signals: {poller.source.where}: {said}", file=sys.stderr)
    return EXIT_CODES[Verdict.NO_DATA]


def _fetched(ask: Callable[[], SideBySide]) -> SideBySide:
    """The comparison once its samples have come."""
    ends_at = time.monotonic() + PATIENCE_S
    pair = ask()
    while pair.retry_s is not None and time.monotonic() < ends_at:
        time.sleep(min(pair.retry_s, 1.0))
        pair = ask()
    return pair


def _remarks(pair: SideBySide, between: Before | Values) -> list[str]:
    """What is to be said beside the numbers."""
    said = [pair.error] if pair.error else []
    if isinstance(between, Values):
        lacking = [name for name in (between.control, between.experiment) if name not in pair.values]
        said += [f"no requests with {between.label}={name}" for name in lacking]
    if pair.comparison is None and pair.experiment is None:
        said.append("not one whole step has passed since the change")
    if pair.partial:
        said.append("the source answered in part: what is absent may be there all the same")
    return said


def table(pair: SideBySide, control: str, experiment: str) -> str:
    """The comparison for a terminal: a line for each signal, notes below, the verdict at the end.

    Args:
        pair: as the engine answers it. `control`, `experiment`: what the sides are called.
    """
    if pair.comparison is None:
        return "No data.\n"
    rows = [("SIGNAL", "VERDICT", control.upper(), experiment.upper(), "EFFECT", "P")]
    for signal in pair.comparison.signals:
        numbers = signal.ratio or signal.level
        p_value = MISSING if numbers is None else f"{numbers.p_value:.2g}"
        verdict = str(signal.verdict).replace("_", " ") + ("" if signal.decides else " *")
        rows.append((comparison_text.name(signal), verdict, *comparison_text.values(signal), p_value))
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"{comparison_text.name(signal)}: {note}" for signal in pair.comparison.signals
             for note in comparison_text.notes(signal)]  # fmt: skip
    return "\n".join([*lines, "", *notes, "* does not decide", comparison_text.headline(pair.comparison), ""])
