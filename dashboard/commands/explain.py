"""explain: find what the additional bad events of a service, or in a file, have in common."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from dashboard.commands.event_file import Span, read_events
from dashboard.commands.row_times import row_time
from dashboard.commands.text_table import table_lines
from dashboard.durations import parse_duration
from dashboard.exceptions import ConfigError, SourceError
from dashboard.oncall import explanation as explanations
from dashboard.oncall.explanation import Explanation, Verdict
from dashboard.oncall.spans import BadEvents
from dashboard.printable import printable
from dashboard.redaction import redacted
from dashboard.ui.text import explanation_text, units
from dashboard.web.service.explanation_json import explanation_json

# Not 1 (error) or 2 (wrong use): there are no events to explain.
NO_DATA = 3
OF_SOURCES = {"--service": "explained", "--compare": "compare"}


def explain(options: argparse.Namespace) -> int:
    """Print an explanation; the exit code is 3 if there are no events.

    Raises:
        ConfigError: what to explain is missing or invalid.
    """
    if options.file is None:
        # Imported here because explaining a file needs no source.
        from dashboard.commands.explain_service import explained_service

        spans = duration(options.span, "--span"), duration(options.compare, "--compare")
        try:
            window = explained_service(options, *spans)
        except SourceError as error:
            print(f"golden-signals: {redacted(str(error))}", file=sys.stderr)
            return NO_DATA
        unused = [(label.name, label.why) for label in window.unused]
        explanation, end = window.explanation, float(window.spans.end)
        since = end - window.spans.seconds
        assert explanation is not None, "what failed was raised"
    else:
        (explanation, rows), unused = _explained_file(options), []
        since, end = rows.begin, rows.end
    bad = BadEvents(options.signal)
    if options.format == "json":
        content = {"at": _written(end), "since": _written(since), **explanation_json(explanation, bad, unused)}
        print(json.dumps(content, indent=1, allow_nan=False))
    else:
        print(_table(explanation, bad, unused), end="")
        if options.file is not None:
            print(_rows_text(rows))
    return NO_DATA if explanation.verdict is Verdict.NO_EVENTS else 0


def duration(text: str | None, option: str) -> float | None:
    """Parse a duration typed by the user to seconds; None if there is none. `option` names it in the message.

    Raises:
        ConfigError: it is not a duration.
    """
    try:
        return None if text is None else parse_duration(text)
    except ValueError as error:
        raise ConfigError(f"{option}: {error}") from None


def _explained_file(options: argparse.Namespace) -> tuple[Explanation, Span]:
    """The explanation of a file, and the rows it explains."""
    for flag, name in OF_SOURCES.items():
        if getattr(options, name) is not None:
            raise ConfigError(f"{flag} is for sources: leave it out with a FILE")
    at = math.inf
    if options.at is not None:
        try:
            at = row_time(options.at)
        except ValueError as error:
            raise ConfigError(f"--at: {error}") from None
    events, span = read_events(options.file), duration(options.span, "--span")
    rows = events.span(at, span)
    return explanations.explain(events.combinations(rows)), rows


def _rows_text(rows: Span) -> str:
    """The sentence that says which rows of a file are explained, and what they are compared with."""
    before = f"those before {_written(rows.onset)}, when the trouble began"
    others = "all earlier ones" if rows.onset == rows.begin else before
    return f"Explained are the rows from {_written(rows.begin)} to {_written(rows.end)}, compared with {others}."


def _written(moment: float) -> str:
    """A time as in the JSON API."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _table(explanation: Explanation, bad: BadEvents, unused: Sequence[tuple[str, str]]) -> str:
    """The explanation for a terminal: the sentence, the numbers behind it, and the labels left out."""
    lines = [explanation_text.sentence(explanation, bad)]
    rows = explanation_text.table(explanation)
    if len(rows) > 1:
        lines += ["", *table_lines(rows)]
    lines += [f"{label} is not combined with other labels: {why}" for label, why in unused]
    return "".join(f"{printable(units.plain(line))}\n" for line in lines)
