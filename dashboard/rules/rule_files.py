"""Prometheus rules for the same objectives: they record the same numbers and raise the same alerts as our engine."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from dashboard import promql
from dashboard.durations import promql_duration
from dashboard.exceptions import SourceError
from dashboard.rules.alerting import alerts
from dashboard.rules.event_queries import Expression
from dashboard.rules.recording import PREFIX, interval, recorded, usable
from dashboard.slo.indicators import Query, terms
from dashboard.slo.ledger import Exclusion
from dashboard.slo.objective import Slo
from dashboard.slo.windows import Rolling

try:
    from yaml import CSafeDumper as SafeDumper
except ImportError:  # a build of PyYAML without libyaml is slower, and writes the same
    from yaml import SafeDumper  # type: ignore[assignment]

# An instant query of Prometheus finds nothing that is older.
LOOK_BACK = 300
# Expressions stay on one line.
WIDTH = 1_000_000
HEADER = """\
# Recording and alerting rules written by golden-signals: the numbers and alerts of its pages, for rule_files.
# Windows fill from when these rules are loaded; `promtool tsdb create-blocks-from rules` records the events before.
# A range of 3599s holds the samples of one hour: to Prometheus 2 both ends of a range belong, to 3 only the later.
"""


@dataclass(frozen=True, slots=True)
class Written:
    """Rules as YAML for `rule_files:`, and a sentence for all that they cannot say."""

    text: str
    notes: tuple[str, ...]


def rules(slos: Sequence[Slo], expression: Expression, *, exclusions: Sequence[Exclusion] = ()) -> Written:
    """Recording and alerting rules, a group for each objective.

    Args:
        expression: PromQL of a term without a range: a counter, or a value of a moment. It may raise ValueError or
            SourceError: such an objective becomes a note.
        exclusions: maintenance, which rules know nothing of; only named in the notes.
    """
    groups, notes = [], []
    told = Counter(slo.name for slo in slos)
    for slo in slos:
        try:
            groups.append({"name": _called(slo, alone=told[slo.name] == 1), **group(slo, expression)})
        except (ValueError, SourceError) as error:
            notes.append(f"{slo.name} is left out: {' '.join(str(error).split())}")
            continue
        notes += [f"{slo.name}: {note}" for note in _unsaid(slo, exclusions)]
    said = "".join(f"# {' '.join(note.split())}\n" for note in notes)
    return Written(HEADER + said + dumped({"groups": groups}), tuple(notes))


def group(slo: Slo, expression: Expression) -> dict[str, Any]:
    """The interval and the rules of one objective.

    Raises:
        ValueError, SourceError: they cannot be said; one line.
    """
    queries = [term.text for term in terms(slo.indicator) if isinstance(term, Query)]
    if any(name.startswith(PREFIX) for text in queries for name in promql.metric_names(text)):
        raise ValueError("it is kept by such rules already, and cannot be recorded from its own record")
    return {
        "interval": promql_duration(interval(slo)),
        "rules": [*recorded(slo, expression), *alerts(slo, expression)],
    }


def dumped(data: dict[str, Any]) -> str:
    """YAML with keys in their order, expressions as they were written."""
    made: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=WIDTH, allow_unicode=True)
    return made


class _Dumper(SafeDumper):
    """Texts of several lines stay so; nothing refers to anything else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _called(slo: Slo, *, alone: bool) -> str:
    """The name of a group, which is the only one of it in a file."""
    return f"golden-signals-{slo.name}" if alone else f"golden-signals-{slo.service}-{slo.name}"


def _unsaid(slo: Slo, exclusions: Sequence[Exclusion]) -> Iterator[str]:
    """What the rules of an objective cannot say, though they are written."""
    every = promql_duration(interval(slo))
    if not isinstance(slo.window, Rolling):
        yield f"its budget is left out, since no range of PromQL is {slo.window.duration} of a calendar"
    for rule in slo.rules:
        if rule not in usable(slo):
            long = promql_duration(rule.row.long_s)
            yield f"the {rule.row.severity} rule over {long} is left out: its short window is shorter than a slice"
    if interval(slo) > LOOK_BACK:
        yield f"its series have one sample in {every}: ask for them by last_over_time(…[{every}])"
    if any(one.covers(slo) for one in exclusions):
        yield "its maintenance counts like any other time, since rules know no exclusions"
