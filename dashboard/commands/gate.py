"""gate: decide if a release may go ahead; the exit code is the answer."""

import argparse
import json
import time
from collections.abc import Sequence
from contextlib import closing

from dashboard.commands.added_exceptions import added_exceptions
from dashboard.commands.answer import print_answer, remark
from dashboard.commands.options import configuration_with_source
from dashboard.commands.row_times import typed_moment
from dashboard.commands.text_table import table_lines
from dashboard.commands.unknown_names import no_such_name
from dashboard.engine.freshness import as_of
from dashboard.engine.gate.gate_standings import decision_of
from dashboard.engine.gate.judged_once import UnknownName, Wanted, judged_once
from dashboard.engine.opening import configured_slos, open_source, settings_of
from dashboard.engine.snapshot import Snapshot
from dashboard.exceptions import ConfigError, SourceError
from dashboard.gate.decision import Decision
from dashboard.gate.standing import Reason, Rule, Standing, Verdict
from dashboard.printable import printable
from dashboard.redaction import redacted
from dashboard.ui.text import policy_text, source_text, units
from dashboard.web.gate_json import as_json, grounds
from dashboard.web.status_json import time as moment_json

# 2 is wrong use, as in every command.
EXIT_CODES = {Verdict.GO: 0, Verdict.HOLD: 1, Verdict.UNKNOWN: 3}
# Options that only make sense with --watch.
WATCHING = {
    "every": "--every",
    "label": "--label",
    "limits": "--limit",
    "steady": "--steady",
    "no_compare": "--no-compare",
}
# How many objectives the table lists; the JSON has all of them.
ROWS = 40


def gate(options: argparse.Namespace) -> int:
    """Print one decision; the exit code reflects its verdict.

    Raises:
        ConfigError: a name does not exist, an option needs --watch, or the configuration is wrong.
    """
    # Without --watch nobody checks a limit, and the user would believe that it is kept.
    if ignored := next((flag for name, flag in WATCHING.items() if getattr(options, name)), None):
        raise ConfigError(f"{ignored} is for a watch: add --watch DURATION, such as 30m")
    config = configuration_with_source(options)
    now = typed_moment(options.at, config.time_zone, "--at") if options.at else time.time()
    wanted = Wanted(tuple(options.services or ()), tuple(options.objectives or ()))
    slos, _ = configured_slos(config)
    is_past = options.at is not None
    with (
        added_exceptions(config) as exceptions,
        closing(open_source(config, now=now, slos=slos, is_past=is_past)) as source,
    ):
        try:
            snapshot = judged_once(source, settings_of(config, slos, is_past=is_past), wanted, now)
        except UnknownName as unknown:
            raise no_such_name(unknown, source.where) from None
        except SourceError as error:
            return _unanswered(options, error)
        # Asking may have taken long: judge the data as of now, as a page would.
        moment = now if is_past else time.time()
        snapshot = as_of(exceptions.put_into(snapshot), moment)
    decision = decision_of(snapshot, moment, Reason(options.reason))
    return _answered(options, decision, snapshot)


def _answered(options: argparse.Namespace, decision: Decision, snapshot: Snapshot) -> int:
    if options.format == "json":
        print_answer(json.dumps(as_json(decision, snapshot), indent=1, allow_nan=False) + "\n")
    else:
        print_answer(table(decision, snapshot))
    if (message := source_text.message(snapshot.source, snapshot.time_zone)) and decision.deciding is not None:
        remark(source_text.placed(snapshot.source, message))
    return EXIT_CODES[decision.verdict]


def _unanswered(options: argparse.Namespace, error: SourceError) -> int:
    """The answer if the source does not respond: unknown."""
    said = redacted(str(error))
    if options.format == "json":
        content = {"verdict": str(Verdict.UNKNOWN), "at": moment_json(time.time()), "reason": options.reason}
        content |= {"rule": str(Rule.NO_DATA), "why": said, "turns_at": None, "turns_by": None, "turns": None}
        print_answer(json.dumps({**content, "deciding": None, "objectives": []}, indent=1) + "\n")
    else:
        print_answer(printable(policy_text.headline(Verdict.UNKNOWN, Reason(options.reason), said)) + "\n")
    return EXIT_CODES[Verdict.UNKNOWN]


def table(decision: Decision, snapshot: Snapshot) -> str:
    """The decision for a terminal: a sentence, then a line for each objective."""
    lines = [policy_text.headline(decision.verdict, decision.reason, grounds(decision, snapshot))]
    if turns := policy_text.turns(decision.turn, snapshot.time_zone, decision.at):
        lines.append(f"It turns {turns}.")
    if decision.standings:
        lines += ["", *_rows(decision.standings[:ROWS], snapshot, decision.reason)]
    if (more := len(decision.standings) - ROWS) > 0:
        lines.append(f"and {more:,} more objectives: --format json has all of them")
    return "".join(f"{printable(units.plain(line))}\n" for line in lines)


def _rows(standings: Sequence[Standing], snapshot: Snapshot, reason: Reason) -> list[str]:
    rows = [("SERVICE", "SLO", "ANSWER", "LEFT", "POLICY", "WHY")]
    for standing in standings:
        slo, left = standing.report.slo, standing.report.judged_remaining
        rows.append(
            (
                snapshot.service_title(slo.service),
                slo.name,
                policy_text.VERDICTS[standing.verdict(reason)].word,
                units.MISSING if left is None or standing.doubt is not None else f"{left:.1%}",
                policy_text.STATES[standing.state].word,
                policy_text.why(standing, snapshot.time_zone),
            )
        )
    return table_lines(rows)
