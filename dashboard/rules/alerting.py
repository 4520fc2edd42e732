"""Alerting rules: both windows above the threshold, failures enough, and no faster rule that fires already."""

from collections.abc import Sequence

from dashboard.durations import promql_duration
from dashboard.rules.event_queries import Expression, number, present, spoken
from dashboard.rules.recording import PREFIX, Kept, Written, failures, series, usable
from dashboard.slo.indicators import Composite, Indicator, Ratio, Simple, Term, terms
from dashboard.slo.objective import Slo
from dashboard.slo.policy import LONG_MIN, MIN_FAILURES, SHORT_MIN, Rule
from dashboard.slo.windows import Rolling

BURNING, ABSENT = "ErrorBudgetBurn", "SLOMetricAbsent"
ABSENT_FOR = "10m"
_MINE = "{slo=%q,service=%q"


def alerts(slo: Slo, expression: Expression) -> list[Written]:
    """An alert for each burn rule, the fastest first, and one for the time when nothing is measured.

    Raises:
        ValueError: it cannot be said in PromQL; one line.
    """
    every = usable(slo)
    return [*(_burning(slo, every[: place + 1]) for place in range(len(every))), _absent(slo, expression)]


def _burning(slo: Slo, upto: Sequence[Rule]) -> Written:
    """The alert of the last of some rules, which are in order."""
    row = upto[-1].row
    long, short = promql_duration(row.long_s), promql_duration(row.short_s)
    return {
        "alert": BURNING,
        "expr": _firing(slo, upto),
        "labels": {**_named(slo, row.severity), "long": long, "short": short},
        "annotations": {
            "summary": _summary(long),
            "description": _sentence(slo, long),
        },
    }


def _firing(slo: Slo, upto: Sequence[Rule]) -> str:
    """When the last of some rules fires. Faster ones of another severity hold it back, if nothing holds them back."""
    lines = [_conditions(slo, upto[-1])]
    for place, faster in enumerate(upto[:-1]):
        if faster.row.severity != upto[-1].row.severity:
            inside = _firing(slo, upto[: place + 1]).replace("\n", "\n  ")
            lines.append(f"unless (\n  {inside}\n)")
    return "\n".join(lines)


def _conditions(slo: Slo, rule: Rule) -> str:
    row, kept = rule.row, Kept.of(slo)
    lines = [_above(slo, rule, row.long_s), _above(slo, rule, row.short_s)]
    wanted = slo.policy.min_failures if slo.policy is not None else MIN_FAILURES
    if slo.counted and wanted > 0:
        lines.append(f"max without (window) ({failures(slo, row.long_s)} >= {wanted})")
    lines += [kept.measured(row.long_s, LONG_MIN), kept.measured(row.short_s, SHORT_MIN)]
    return "\nand ".join(lines)


def _above(slo: Slo, rule: Rule, window: float) -> str:
    # By the error ratio: divided by the budget, a ratio of exactly the threshold would be above it now and then.
    ratio = series(slo, "error_ratio", window=promql_duration(window))
    return f"max without (window) ({ratio} > {number(rule.threshold * slo.budget)})"


def _summary(long: str) -> str:
    rate = _asked(_burn(long), "humanize", " %s times as fast as it may", " too fast")
    return f"{{{{ $labels.service }}}}: the error budget of {{{{ $labels.slo }}}} burns{rate}"


def _sentence(slo: Slo, long: str) -> str:
    """What is wrong, how bad it is, and how long the budget lasts."""
    last = f"the last {spoken(long).removeprefix('one ')}"
    of = f"of all events in {last} were" if slo.counted else f"of {last} was"
    allowed = f"{number(slo.budget * 100)}% is allowed"
    return (
        f"{{{{ $labels.service }}}}: {{{{ $value | humanizePercentage }}}} {of} bad where {allowed}{_pace(slo, long)}."
    )


def _pace(slo: Slo, long: str) -> str:
    burn = f"sum({_burn(long)})"
    period = number(slo.window.usual)
    if not isinstance(slo.window, Rolling):
        return _asked(f"{period} / {burn}", "humanizeDuration", "; at this pace a whole error budget lasts %s")
    left = f"sum({PREFIX}budget_remaining{_MINE}}} > 0) * {period} / {burn}"
    text = "; at this pace what is left of its error budget lasts %s"
    return _asked(left, "humanizeDuration", text, "; nothing is left of its error budget")


def _burn(long: str) -> str:
    return f'{PREFIX}burn_rate{_MINE},window="{long}"}}'


def _asked(query: str, how: str, text: str, otherwise: str = "") -> str:
    """A part of a template that tells the answer to a query, or something else where there is none."""
    names = " ".join(["$labels.slo $labels.service"] * query.count(_MINE))
    told = text.replace("%s", f"{{{{ . | first | value | {how} }}}}")
    beside = f"{{{{ else }}}}{otherwise}" if otherwise else ""
    return f"{{{{ with printf `{query}` {names} | query }}}}{told}{beside}{{{{ end }}}}"


def _absent(slo: Slo, expression: Expression) -> Written:
    gone = [f"absent({present(term, expression)})" for term in dict.fromkeys(_essential(slo.indicator))]
    return {
        "alert": ABSENT,
        "expr": " or ".join(gone),
        "for": ABSENT_FOR,
        "labels": _named(slo, "ticket"),
        "annotations": {
            "summary": "{{ $labels.service }}: nothing is known of {{ $labels.slo }}",
            "description": f"{{{{ $labels.service }}}}: what {{{{ $labels.slo }}}} is measured by has been missing for "
            f"{ABSENT_FOR}, so nobody can tell whether its objective is kept; see whether it runs and is scraped.",
        },
    }


def _essential(indicator: Indicator) -> list[Term]:
    """Without these nothing is measured: all valid events, or the value itself."""
    simple: list[Simple] = [part.indicator for part in indicator.parts] if isinstance(indicator, Composite) else []
    if not isinstance(indicator, Composite):
        simple = [indicator]
    return [one.valid if isinstance(one, Ratio) else next(iter(terms(one))) for one in simple]


def _named(slo: Slo, severity: str) -> Written:
    return {"severity": severity, "slo": _literal(slo.name), "service": _literal(slo.service)}


def _literal(text: str) -> str:
    """A label of an alert is a template: braces in a name are no part of it."""
    return text.replace("{{", '{{ "{{" }}')
