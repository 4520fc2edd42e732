"""A rule file for Prometheus that records the same numbers and raises the same alerts as the engine.

https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from dashboard import promql
from dashboard.durations import promql_duration
from dashboard.exceptions import SourceError
from dashboard.rules.alerting import alerting_rules
from dashboard.rules.event_queries import Expression
from dashboard.rules.recording import PREFIX, evaluation_interval, recording_rules, usable_rules
from dashboard.slo.exclusions import Exclusion
from dashboard.slo.indicators import Query, terms
from dashboard.slo.objective import Slo
from dashboard.slo.windows import Rolling

try:
    from yaml import CSafeDumper as SafeDumper
except ImportError:  # without libyaml, PyYAML is slower and writes the same
    from yaml import SafeDumper  # type: ignore[assignment]

# Seconds after which a sample is too old for an instant query of Prometheus (`--query.lookback-delta`).
LOOK_BACK = 300
# By default, Mimir and Cortex reject larger groups (`ruler_max_rules_per_rule_group`):
# https://grafana.com/docs/mimir/latest/configure/configuration-parameters/#limits
RULES_MAX = 20
# Records that dashboards and texts of alerts read, but no condition of an alert.
SHOWN = frozenset(PREFIX + name for name in ("objective", "window_seconds", "burn_rate", "budget_remaining"))
# Wide enough for expressions to stay on one line.
WIDTH = 1_000_000
HEADER = """\
# Recording and alerting rules written by golden-signals: the numbers and alerts of its pages, for rule_files.
# Windows fill from when these rules are loaded; `promtool tsdb create-blocks-from rules` records the events before.
# A range of 3599s holds the samples of one hour: to Prometheus 2 both ends of a range belong, to 3 only the later.
"""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """Rules as YAML for `rule_files:`, and a sentence for each omission."""

    text: str
    notes: tuple[str, ...]


def write_rules(slos: Sequence[Slo], expression: Expression, *, exclusions: Sequence[Exclusion] = ()) -> RuleFile:
    """Recording and alerting rules, one group per SLO, or two if one would be too large for some servers.

    Args:
        slos: in the order of their groups.
        expression: returns the PromQL of a term without a range: a counter or a gauge. It may raise ValueError or
            SourceError: such an SLO becomes a note.
        exclusions: maintenance, which rules cannot exclude; it is only mentioned in the notes.
    """
    groups, notes = [], []
    for slo, slo_groups, why in rule_groups(slos, expression):
        groups += slo_groups
        notes += [f"{slo.name} is left out: {why}"] if why else []
        notes += [f"{slo.name}: {note}" for note in _omissions(slo, exclusions)] if slo_groups else []
    comments = "".join(f"# {' '.join(note.split())}\n" for note in notes)
    return RuleFile(HEADER + comments + to_yaml({"groups": groups}), tuple(notes))


def rule_groups(slos: Sequence[Slo], expression: Expression) -> Iterator[tuple[Slo, list[dict[str, Any]], str]]:
    """Each SLO with its groups, in order of evaluation; an SLO without rules with the reason.

    Args:
        slos: in the order of their groups. `expression`: as for `write_rules`.
    """
    # Names of SLOs are unique within a service; Prometheus rejects a file with two groups of the same name.
    name_counts = Counter(slo.name for slo in slos)
    for slo in slos:
        try:
            name = _group_name(slo, is_unique=name_counts[slo.name] == 1)
            group = rule_group(slo, expression)
        except (ValueError, SourceError) as error:
            yield slo, [], " ".join(str(error).split())
        else:
            yield slo, _split(name, group), ""


def rule_group(slo: Slo, expression: Expression) -> dict[str, Any]:
    """The interval and the rules of one SLO.

    Raises:
        ValueError, SourceError: it has no PromQL; one line.
    """
    queries = [term.text for term in terms(slo.indicator) if isinstance(term, Query)]
    if any(name.startswith(PREFIX) for query in queries for name in promql.metric_names(query)):
        raise ValueError("its queries read series that such rules record, and cannot be recorded from themselves")
    return {
        "interval": promql_duration(evaluation_interval(slo)),
        "rules": [*recording_rules(slo, expression), *alerting_rules(slo, expression)],
    }


def to_yaml(data: dict[str, Any]) -> str:
    """YAML with keys in order and expressions as written."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=WIDTH, allow_unicode=True)
    return text


class _Dumper(SafeDumper):
    """Writes multi-line texts as blocks, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def _group_name(slo: Slo, *, is_unique: bool) -> str:
    """The name of a group, which must be unique in its file."""
    return f"golden-signals-{slo.name}" if is_unique else f"golden-signals-{slo.service}-{slo.name}"


def _split(name: str, group: dict[str, Any]) -> list[dict[str, Any]]:
    """Split a group so that none has more than `RULES_MAX` rules, if possible: alerts and what they read, then others.

    Groups are evaluated in parallel: an alert in one group with its inputs waits for no other group.
    """
    if len(group["rules"]) <= RULES_MAX:
        return [{"name": name, **group}]
    shown = [rule for rule in group["rules"] if rule.get("record") in SHOWN]
    parts = [rule for rule in group["rules"] if rule.get("record") not in SHOWN]
    chunks = [rules[at : at + RULES_MAX] for rules in (parts, shown) for at in range(0, len(rules), RULES_MAX)]
    names = [name, *(f"{name}-{number}" for number in range(2, len(chunks) + 1))]
    return [{"name": name, **group, "rules": rules} for name, rules in zip(names, chunks, strict=True)]


def _omissions(slo: Slo, exclusions: Sequence[Exclusion]) -> Iterator[str]:
    """A sentence for each omission of an SLO's rules that are written."""
    interval = promql_duration(evaluation_interval(slo))
    if not isinstance(slo.window, Rolling):
        yield f"its budget is left out: PromQL has no range for {slo.window.duration} of a calendar"
    for rule in slo.rules:
        if rule not in usable_rules(slo):
            long = promql_duration(rule.row.long_s)
            yield f"the {rule.row.severity} rule over {long} is left out: its short window is shorter than a slice"
    if evaluation_interval(slo) > LOOK_BACK:
        yield f"its series have one sample every {interval}: query them with last_over_time(…[{interval}])"
    if any(exclusion.covers(slo) for exclusion in exclusions):
        yield "its maintenance counts like any other time: rules cannot exclude it"
