"""compare: better, same, worse or inconclusive; before and after a change, or between two values of a label."""

import argparse
import json
import time
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from dashboard.changes.change import Change
from dashboard.commands.answer import print_answer, remark
from dashboard.commands.explain import duration
from dashboard.commands.options import configuration_with_source
from dashboard.commands.row_times import typed_moment
from dashboard.commands.text_table import table_lines
from dashboard.commands.two_values import two_values
from dashboard.comparison.comparison import DECIDING, Signal
from dashboard.comparison.verdicts import Verdict
from dashboard.config.configuration import Config
from dashboard.engine.default_slos import active_slos
from dashboard.engine.described_services import discovered
from dashboard.engine.opening import configured_slos, open_source
from dashboard.engine.viewers.asked_once import AskedOnce
from dashboard.engine.viewers.compared_sides import around, judged_until
from dashboard.engine.viewers.side_by_side import Before, Judged, SideBySide, Values, Wanted, side_by_side, step_of
from dashboard.exceptions import ConfigError, SourceError
from dashboard.printable import printable
from dashboard.redaction import redacted
from dashboard.slo.objective import Slo
from dashboard.sources.catalog import Catalog
from dashboard.sources.protocol import Source
from dashboard.toml.reader import nearest
from dashboard.ui.text import comparison_text
from dashboard.ui.text.units import MISSING
from dashboard.web.service.comparison_json import as_json

# Deploy gates read these exit codes; 2 is wrong use, as in every command.
EXIT_CODES = {
    Verdict.BETTER: 0,
    Verdict.SAME: 0,
    Verdict.WORSE: 1,
    Verdict.NO_DATA: 3,
    Verdict.INCONCLUSIVE: 4,
}
# Shortest span of each side in seconds: five steps.
SPAN_MIN = 300.0


def compare(options: argparse.Namespace) -> int:
    """Print one comparison; the exit code reflects its verdict.

    Raises:
        ConfigError: what to compare is missing or invalid.
    """
    config = configuration_with_source(options)
    now = typed_moment(options.at, config.time_zone, "--at") if options.at else time.time()
    sides = _between(options, config, now)
    span, deciding = _span(options.span), _deciding(options)
    slos, _ = configured_slos(config)
    source = open_source(config, now=now, slos=slos, is_past=options.at is not None)
    with closing(source):
        try:
            catalog = discovered(source, config.services, now)
            source.adopt(catalog)
            if not catalog.services:
                raise SourceError(f"{source.where}: {catalog.nothing_found or 'there is no service'}")
            if sides is None:
                sides = _derived(source, catalog, options, now)
            judged = _judged(source, catalog, options.compared or sides.service, slos)
            wanted = Wanted(sides.between, sides.end, span, deciding)
            pair = _asked(source, judged, wanted, may_end=bool(catalog.files))
        except SourceError as error:
            remark(redacted(str(error)))
            return EXIT_CODES[Verdict.NO_DATA]
    if options.format == "json":
        print_answer(json.dumps(as_json(pair, judged.info.shown, *sides.names), indent=1, allow_nan=False) + "\n")
    else:
        print_answer(table(pair, *sides.names))
    for line in comparison_text.remarks(pair, sides.between):
        remark(line)
    return EXIT_CODES[Verdict.NO_DATA if pair.comparison is None else pair.comparison.verdict]


def _deciding(options: argparse.Namespace) -> Collection[Signal]:
    return frozenset(map(Signal, options.signal or ())) or DECIDING


def _asked(source: Source, judged: Judged, wanted: Wanted, *, may_end: bool) -> SideBySide:
    """Run the comparison; for files whose data have ended, as of that time.

    Args:
        source: the source to ask. `judged`: the service. `wanted`: the comparison. `may_end`: the source reads files.
    """
    windows, between = AskedOnce(source), wanted.between
    if may_end:
        wanted = replace(wanted, end=windows.newest(judged.info.name, wanted.end, step_of(judged, wanted.span)))
    pair = side_by_side(windows, judged, wanted)
    # The catalog lists only breakdown labels; series may have more labels than these.
    if isinstance(between, Values) and between.label not in judged.info.labels and not pair.values:
        known = ", ".join(judged.info.labels) or "none"
        has = f"has no requests with it and one of these values; its breakdown has {known}"
        raise ConfigError(f"--label {between.label}: {judged.info.shown} {has}")
    return pair


def _judged(source: Source, catalog: Catalog, name: str, slos: Sequence[Slo]) -> Judged:
    """The service with its objectives.

    Args:
        source, catalog: the source and its catalog. `name`: with or without cluster; empty: the only service.
        slos: the configured SLOs.

    Raises:
        ConfigError: there is no such service.
    """
    infos = [info for info in catalog.services if name in ("", info.name, info.shown)]
    fitting = [info for info in infos if info.name == name] or infos
    if len(fitting) == 1:
        info = fitting[0]
        of_service = [slo for slo in active_slos(catalog, slos) if slo.service == info.name]
        return Judged(info, of_service, catalog.count_step)
    if not name:
        raise ConfigError(f"--service is missing: {source.where} has {len(catalog.services)} of them")
    names = [info.name for info in catalog.services]
    raise ConfigError(f"--service {name}: {source.where} has no such service{nearest(name, names)}")


@dataclass(frozen=True, slots=True)
class _Named:
    """The two sides, their names, the end of the judged span, and the service of the change, if any."""

    between: Before | Values
    names: tuple[str, str]
    end: float
    service: str = ""


def _between(options: argparse.Namespace, config: Config, now: float) -> _Named | None:
    """The two sides; None if the change is not in the state: it may still be derived from the data."""
    if options.label:
        label, control, experiment = two_values(options.label)
        return _Named(Values(label, control, experiment, 0.0), (control, experiment), now)
    if not options.change.isdecimal():
        at = typed_moment(options.change, config.time_zone, "--change")
        return _around(options, Before(at, at), now)
    stored = _stored(config, int(options.change), now)
    return None if stored is None else _of_change(options, *stored, now)


def _around(options: argparse.Namespace, between: Before, now: float, service: str = "") -> _Named:
    """The sides before and after a change.

    Args:
        options: of the command line. `between`: the two sides. `now`: epoch seconds, the end of the comparison.
        service: the service of the change; empty if it names none.
    """
    if between.at >= now:
        raise ConfigError(f"--change {options.change}: lies ahead of the moment that is looked at")
    return _Named(between, ("before", "after"), now, service)


def _of_change(options: argparse.Namespace, change: Change, others: Sequence[Change], now: float) -> _Named:
    """The sides before and after a change from the state.

    Args:
        options: of the command line. `change`: the change. `others`: of its service. `now`: epoch seconds.
    """
    sides = _around(options, around(change), now, service=change.service)
    return replace(sides, end=judged_until(change, now, others))


def _derived(source: Source, catalog: Catalog, options: argparse.Namespace, now: float) -> _Named:
    """The sides before and after a change that is derived from the versions in the data.

    Args:
        source, catalog: the source and its catalog. `options`: of the command line. `now`: epoch seconds.
    """
    from dashboard.engine.changes.derived_changes import derived_change

    named = [info for info in catalog.services if options.compared in ("", info.name, info.shown)]
    derived = derived_change(source, named, int(options.change), now)
    if derived is None:
        neither = f"neither the state nor {source.where} knows such a change"
        raise ConfigError(f"--change {options.change}: {neither}; a moment would do, too")
    return _of_change(options, *derived, now)


def _stored(config: Config, number: int, now: float) -> tuple[Change, list[Change]] | None:
    """The change with this id from the state, and all changes of its service; None if the state does not have it."""
    # Slow to import; only needed if a change is named by its id.
    from dashboard.state import changes
    from dashboard.state.opening import open_store

    store = open_store(config.state)
    try:
        stored = changes.find(store, changes.Wanted(number=number, limit=1))
        change = stored[0].change if stored else None
        since = changes.find(store, changes.Wanted(start=change.start, end=now)) if change is not None else []
    finally:
        store.close()
    return (
        None if change is None else (change, [each.change for each in since if each.change.service == change.service])
    )


def _span(text: str) -> float:
    seconds = duration(text, "--span") or 0.0
    if seconds < SPAN_MIN:
        raise ConfigError(f"--span {text}: a side has five minutes at least")
    return seconds


def table(pair: SideBySide, control: str, experiment: str) -> str:
    """The comparison for a terminal: a line for each signal, then notes, then the verdict.

    Args:
        pair: the comparison. `control`, `experiment`: names of the sides.
    """
    if pair.comparison is None:
        return "No data.\n"
    rows = [("SIGNAL", "VERDICT", control.upper(), experiment.upper(), "EFFECT", "P")]
    for signal in pair.comparison.signals:
        numbers = signal.ratio or signal.level
        p_value = MISSING if numbers is None else comparison_text.probability(numbers.p_value)
        verdict = str(signal.verdict).replace("_", " ") + ("" if signal.decides else " *")
        rows.append((comparison_text.name(signal), verdict, *comparison_text.values(signal), p_value))
    notes = [f"{comparison_text.name(signal)}: {note}" for signal in pair.comparison.signals
             for note in comparison_text.notes(signal)]  # fmt: skip
    said = map(printable, [*notes, "* does not decide", comparison_text.headline(pair.comparison)])
    return "\n".join([*table_lines(rows), "", *said, ""])
