"""Alerting rules: both windows above the threshold, enough failures, and not suppressed by a faster alert.

https://sre.google/workbook/alerting-on-slos/
"""

from collections.abc import Sequence

from dashboard.durations import promql_duration
from dashboard.rules.event_queries import (
    Expression,
    current_value,
    decimal_text,
    simple_indicators,
    window_in_words,
)
from dashboard.rules.recording import (
    PREFIX,
    RecordedEvents,
    RuleYaml,
    bad_events,
    series_selector,
    usable_rules,
)
from dashboard.slo.indicators import Indicator, Ratio, Term, terms
from dashboard.slo.objective import Slo
from dashboard.slo.policy import LONG_MIN, MIN_FAILURES, SHORT_MIN, Rule
from dashboard.slo.windows import Rolling

BURNING, ABSENT = "ErrorBudgetBurn", "SLOMetricAbsent"
ABSENT_FOR = "10m"
# Filled in by Go's `printf`: labels of the alert that is described.
_OWN_LABELS = "{slo=%q,service=%q"


def alerting_rules(slo: Slo, expression: Expression) -> list[RuleYaml]:
    """An alert for each burn rule, fastest first, and one for missing data.

    Raises:
        ValueError: it has no PromQL; one line.
    """
    rules = usable_rules(slo)
    return [*(_burn_alert(slo, rules[: place + 1]) for place in range(len(rules))), _absent_alert(slo, expression)]


def _burn_alert(slo: Slo, rules: Sequence[Rule]) -> RuleYaml:
    """The alert of the last of these rules; the others are faster."""
    row = rules[-1].row
    long, short = promql_duration(row.long_s), promql_duration(row.short_s)
    return {
        "alert": BURNING,
        "expr": _firing(slo, rules),
        "labels": {**_labels(slo, row.severity), "long": long, "short": short},
        "annotations": {
            "summary": _summary(long),
            "description": _description(slo, long),
        },
    }


def _firing(slo: Slo, rules: Sequence[Rule]) -> str:
    """The condition of the last rule: faster ones of another severity suppress it, unless suppressed themselves."""
    lines = [_conditions(slo, rules[-1])]
    # Repeat the conditions instead of reading ALERTS, which would be one evaluation older.
    for place, faster in enumerate(rules[:-1]):
        if faster.row.severity != rules[-1].row.severity:
            suppressing = _firing(slo, rules[: place + 1]).replace("\n", "\n  ")
            lines.append(f"unless (\n  {suppressing}\n)")
    return "\n".join(lines)


def _conditions(slo: Slo, rule: Rule) -> str:
    row, recorded = rule.row, RecordedEvents.of(slo)
    lines = [_above(slo, rule, row.long_s), _above(slo, rule, row.short_s)]
    # Two failed requests in a quiet night are a high ratio, but must not page.
    min_failures = slo.policy.min_failures if slo.policy is not None else MIN_FAILURES
    if slo.counted and min_failures > 0:
        lines.append(f"max without (window) ({bad_events(slo, row.long_s)} >= {min_failures})")
    lines += [recorded.is_covered(row.long_s, LONG_MIN), recorded.is_covered(row.short_s, SHORT_MIN)]
    return "\nand ".join(lines)


def _above(slo: Slo, rule: Rule, window: float) -> str:
    # `max` drops the label of the window, in which both sides of `and` differ. Compare error ratios, not burn rates:
    # after dividing by the budget, a ratio of exactly the threshold might exceed it by a rounding error.
    ratio = series_selector(slo, "error_ratio", window=promql_duration(window))
    return f"max without (window) ({ratio} > {decimal_text(rule.threshold * slo.budget)})"


def _summary(long: str) -> str:
    rate = _template(
        _burn_rate(long), "humanize", f" at %s× the allowed rate ({_last(long)})", " above the allowed rate"
    )
    return f"{{{{ $labels.service }}}}: the error budget of {{{{ $labels.slo }}}} is burning{rate}"


def _description(slo: Slo, long: str) -> str:
    """A description of the problem, its severity, and how long the budget lasts."""
    # With slices, the value is a share of time.
    share = f"of all events in the {_last(long)} were" if slo.counted else f"of the {_last(long)} was"
    allowed = f"{decimal_text(slo.budget * 100)}% is allowed"
    bad = f"{{{{ $value | humanizePercentage }}}} {share} bad where {allowed}"
    return f"{{{{ $labels.service }}}}: {bad}{_exhaustion(slo, long)}."


def _last(long: str) -> str:
    return f"last {window_in_words(long).removeprefix('one ')}"


def _exhaustion(slo: Slo, long: str) -> str:
    """When the budget is exhausted: remaining budget × window ÷ burn rate; for a calendar window, the whole budget."""
    burn_rate = f"sum({_burn_rate(long)})"
    period = decimal_text(slo.window.nominal_s)
    if not isinstance(slo.window, Rolling):
        text = "; a whole error budget is used up in %s if this rate continues"
        return _template(f"{period} / {burn_rate}", "humanizeDuration", text)
    left = f"sum({PREFIX}budget_remaining{_OWN_LABELS}}} > 0) * {period} / {burn_rate}"
    text = "; the remaining error budget is used up in %s if this rate continues"
    return _template(left, "humanizeDuration", text, "; no error budget remains")


def _burn_rate(long: str) -> str:
    return f'{PREFIX}burn_rate{_OWN_LABELS},window="{long}"}}'


def _template(query: str, how: str, text: str, otherwise: str = "") -> str:
    """A part of a Go template with the result of a query.

    https://prometheus.io/docs/prometheus/latest/configuration/template_reference/

    Args:
        query: its `%q` are filled with the labels of the alert.
        how: the template function that formats the result.
        text: with `%s` in place of the result.
        otherwise: the text if there is no result.
    """
    names = " ".join(["$labels.slo $labels.service"] * query.count(_OWN_LABELS))
    answer = text.replace("%s", f"{{{{ . | first | value | {how} }}}}")
    fallback = f"{{{{ else }}}}{otherwise}" if otherwise else ""
    return f"{{{{ with printf `{query}` {names} | query }}}}{answer}{fallback}{{{{ end }}}}"


def _absent_alert(slo: Slo, expression: Expression) -> RuleYaml:
    absent = [f"absent({current_value(term, expression)})" for term in dict.fromkeys(_required_terms(slo.indicator))]
    return {
        "alert": ABSENT,
        "expr": " or ".join(absent),
        # Restarts and failed scrapes are shorter.
        "for": ABSENT_FOR,
        "labels": _labels(slo, "ticket"),
        "annotations": {
            "summary": "{{ $labels.service }}: no data for {{ $labels.slo }}",
            "description": f"{{{{ $labels.service }}}}: the series that {{{{ $labels.slo }}}} is measured by have been "
            f"missing for {ABSENT_FOR}, so it is not known whether its objective is met; check that the service runs "
            "and is scraped.",
        },
    }


def _required_terms(indicator: Indicator) -> list[Term]:
    """The terms without which nothing is measured: all valid events, or the value itself."""
    # Failures are not included: without a failure they may have no series.
    parts = simple_indicators(indicator)
    return [part.valid if isinstance(part, Ratio) else next(iter(terms(part))) for part in parts]


def _labels(slo: Slo, severity: str) -> RuleYaml:
    return {"severity": severity, "slo": _literal(slo.name), "service": _literal(slo.service)}


def _literal(text: str) -> str:
    """Escape a text for a label of an alert, which is a template: braces in a name are escaped."""
    return text.replace("{{", '{{ "{{" }}')
