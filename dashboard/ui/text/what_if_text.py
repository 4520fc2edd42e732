"""Back-tests in words: each tried objective with its result, and the suggestion with its reasons.

`table` writes all of it for a terminal.
"""

from collections.abc import Iterator
from math import ceil
from typing import Final

from dashboard.printable import printable
from dashboard.slo.objective import Slo
from dashboard.slo.policy import Rule
from dashboard.timerange import DAY, HOUR
from dashboard.ui.text import moments, objective_terms, units
from dashboard.ui.text.units import MISSING, NBSP
from dashboard.whatif.candidate import WINDOWS, Candidate
from dashboard.whatif.periods import PeriodBudget
from dashboard.whatif.standing import Finding, Standing
from dashboard.whatif.suggestion import EVENTS_MIN, Against, Suggestion, Tried, Unknown
from dashboard.whatif.what_if import BackTested, BackTestedAlert, WhatIf

# Up to this number events are written in full; the number of newest alerts to list on a terminal.
COUNTED: Final = 10_000
LISTED: Final = 20
POLICIES: Final = {
    "own": "As they are",
    "workbook": "SRE workbook",
    "weekly": "For a week (Sloth)",
    "pages": "Pages alone",
    "simple": "One page, one ticket",
}
UNKNOWN: Final = {
    Unknown.NO_DATA: "Nothing is suggested: nothing was measured.",
    Unknown.FEW_DAYS: "Nothing is suggested yet: less than a week is known.",
    Unknown.FEW_EVENTS: "Nothing is suggested: there are too few requests to tell luck from skill.",
    Unknown.WORSE_THAN_ALL: "Nothing is suggested: even 90 % would have been missed too often.",
    Unknown.PARTS: "Nothing is suggested: its parts have objectives of their own.",
}
SHORT: Final = {Finding.NEVER_MET: "never met", Finding.NEVER_CHALLENGED: "never challenged"}


def name(slo: Slo) -> str:
    """An objective in a line: 99.9 % ≤ 300 ms over 30 d."""
    parts = (units.objective(slo.objective), objective_terms.limit(slo))
    return f"{' '.join(part for part in parts if part)} over {objective_terms.window_length(slo.window)}"


def option(name: str, value: str, slo: Slo) -> str:
    """The label of a window or an alert policy to choose.

    Args:
        name: `window` or `policy`. `value`: of the address. `slo`: the current objective.
    """
    if name == "policy":
        return POLICIES[value]
    window = slo.window if value == slo.window.duration else WINDOWS[value]
    return units.sentence(objective_terms.window(window)).rstrip(".")


def what_is_tried(candidate: Candidate, slo: Slo) -> str:
    """A candidate in a line; `slo`: the objective as it would be."""
    policy = "" if candidate.policy in (None, "own") else f", alerts: {POLICIES[str(candidate.policy)].lower()}"
    return f"{name(slo)}{policy}" if candidate != Candidate() else f"as it is: {name(slo)}"


def rule(burn_rule: Rule) -> str:
    """A rule in a line: page, 14.4× over 1 h and 5 m."""
    row = burn_rule.row
    return f"{row.severity}, {units.burn(burn_rule.threshold)} over {units.duration(row.long_s)}"


def alerts(result: WhatIf) -> str:
    """How many alerts would have fired: 3 pages and 1 ticket; 1 of them no incident explains."""
    pages, tickets = (result.number(severity) for severity in ("page", "ticket"))
    if not result.alerts:
        return "no alert would have fired"
    counts = " and ".join(_number(number, word) for number, word in ((pages, "page"), (tickets, "ticket")) if number)
    lost = len(result.unexplained)
    if not lost:
        return f"{counts}, {'each ' if len(result.alerts) > 1 else ''}explained by an incident"
    if lost == len(result.alerts):
        return f"{counts}, {'none' if lost > 1 else 'not'} explained by an incident"
    return f"{counts}; {lost} not explained by an incident"


def _number(number: int, word: str) -> str:
    return f"{number:,}{NBSP}{word}{'' if number == 1 else 's'}"


def alert_line(alert: BackTestedAlert, zone: str, at: float) -> str:
    """When an alert would have fired, for how long, and the incident that explains it.

    Args:
        alert: of a back-test. `zone`: IANA name. `at`: epoch seconds of now.
    """
    fired = alert.fired
    lasted = "still firing" if fired.end is None else units.duration(fired.end - fired.start)
    why = f"incident {alert.incident}" if alert.incident else "no incident explains it"
    return f"{moments.exact(fired.start, zone, at)}, {lasted}: {rule(fired.rule)}; {why}"


def periods(result: WhatIf) -> str:
    """The number of judged periods that met the objective: met in 3 of 4 periods."""
    judged = [period for period in result.periods if period.is_judged]
    window = objective_terms.window_length(result.slo.window)
    if not judged:
        return f"no whole period of {window} is known"
    met = sum(period.is_met is True for period in judged)
    return (
        f"met in {met} of {len(judged)} periods of {window}"
        if len(judged) > 1
        else (f"{'met' if met else 'missed'} in the one period of {window} that is known")
    )


def met(result: WhatIf) -> str:
    """The number of judged periods that met it: 3 of 4."""
    judged = [period for period in result.periods if period.is_judged]
    return f"{sum(period.is_met is True for period in judged)} of {len(judged)}" if judged else MISSING


def number(result: WhatIf, severity: str) -> str:
    """The number of alerts of a severity that would have fired: 3, 1 not explained by an incident."""
    alerts_of = [alert for alert in result.alerts if alert.fired.severity == severity]
    lost = sum(not alert.incident for alert in alerts_of)
    return f"{len(alerts_of)}" + (f", {lost} unexplained" if lost else "")


def worst(result: WhatIf) -> str:
    """The share of bad events in the hour with the most of them."""
    users = result.impact
    if users.worst_at is None:
        return MISSING
    return f"{events(users.worst_bad)} ({units.percent(users.worst_bad / users.worst_valid)})"


def events(number: float) -> str:
    """A number of events: 82, 9,120, 62.1k."""
    return units.count(number) if number < COUNTED else units.short(number)


def part(period: PeriodBudget) -> str:
    """Why a period is not whole."""
    return "so far" if not period.is_over else f"{units.percent(period.coverage)} known"


def span(result: WhatIf, zone: str) -> str:
    """The analysed part of the past, a sentence; `zone`: IANA name."""
    return f"{moments.between(result.since, result.at, zone)}, in rows of {units.duration(result.step)}."


def reading(done: int, parts: int) -> str:
    """Progress while the past is read: Reading the past, part 3 of 11 …"""
    return f"Reading the past, part {min(done + 1, parts)} of {parts} …" if parts else "Reading the past …"


def user_impact(result: WhatIf) -> str:
    """The effect on users: bad requests, their share, and for how long more were bad than allowed."""
    users, slo = result.impact, result.slo
    if not users.valid:
        return "nothing was measured"
    bad = f"{events(users.bad)} of {units.short(users.valid)} {objective_terms.counted_events(slo)}"
    share = units.percent(users.ratio)
    beyond = units.duration(users.seconds)
    kind = {"failures": "failed", "slow requests": "were too slow"}.get(objective_terms.bad_events(slo), "were bad")
    return f"{bad} {kind} ({share}); for {beyond} in all more than {units.percent(slo.budget)} of them"


def suggested(suggestion: Suggestion) -> str:
    """The suggestion in one sentence."""
    best, now = suggestion.best, suggestion.now
    if best is None:
        return UNKNOWN[suggestion.unknown or Unknown.NO_DATA]
    if suggestion.against is not None and suggestion.tighter is not None:
        return f"{units.objective(best.objective)} stays: {_against(suggestion.against, suggestion.tighter)}."
    if now is not None and best.objective == now.objective:
        return f"{units.objective(best.objective)} fits: it is the tightest usual objective that would have held."
    way = "looser" if now is not None and best.objective < now.objective else "tighter"
    return f"{units.objective(best.objective)} is suggested, {way} than it is now."


def _against(against: Against, tighter: Tried) -> str:
    """Why nothing tighter is suggested."""
    if against is Against.BURNING:
        return "nothing tighter is suggested while its budget burns or is used up"
    said, share = units.objective(tighter.objective), units.percent(tighter.spent_now)
    return f"{said} would have held most of the time, but {share} of its budget is spent now"


def suggested_for(suggestion: Suggestion, slo: Slo, changed: Slo) -> str:
    """The suggestion in one sentence, with the threshold and the window it applies to if these are changed.

    Args:
        suggestion: from the past. `slo`: as it is. `changed`: with the changes to try.
    """
    if (changed.limit, changed.window) == (slo.limit, slo.window):
        return suggested(suggestion)
    tried = f"{objective_terms.limit(changed)} over {objective_terms.window_length(changed.window)}".strip()
    return f"Tried {tried}: {suggested(suggestion)}"


def reasons(suggestion: Suggestion, slo: Slo) -> Iterator[str]:
    """The reasons for a suggestion, and its certainty, a sentence each; `slo`: the objective as it is."""
    window = objective_terms.window_length(slo.window)
    best, tighter = suggestion.best, suggestion.tighter
    if best is not None:
        yield f"{units.objective(best.objective)} {_tried(best, suggestion.periods, window)}."
    if tighter is not None:
        yield f"{units.objective(tighter.objective)} {_tried(tighter, suggestion.periods, window)}."
    now = suggestion.now
    if now is not None and now.objective not in {each.objective for each in (best, tighter) if each is not None}:
        yield f"{units.objective(now.objective)}, as it is, {_tried(now, suggestion.periods, window)}."
    # If nothing ever failed both ends are 100 %.
    if suggestion.low is not None and suggestion.high is not None and suggestion.low < suggestion.high:
        between = objective_terms.sli_interval(suggestion.low, suggestion.high, slo.objective)
        yield f"9 in 10 of those put together reach {between}."
    if suggestion.days and not suggestion.is_sure:
        few = f"only {suggestion.periods or 'a part of one'} of {window}"
        days = f"{suggestion.days} {'day' if suggestion.days == 1 else 'days'}"
        yield f"Few periods are known ({few}, {days}), so this may change."


def _tried(tried: Tried, periods: int, window: str) -> str:
    """The result that a common objective would have had.

    Args:
        tried: the objective. `periods`: number of judged periods. `window`: their length.
    """
    if tried.allowed < EVENTS_MIN:
        return f"would allow {units.short(tried.allowed)} bad events in {window}: too few to tell luck from skill"
    counted = ""
    if periods:
        met_in = periods - tried.missed
        counted = f"would have been met in {met_in} of {periods} period{'' if periods == 1 else 's'} of {window}; "
    return f"{counted}of periods put together from days of the past at random, {_share(1 - tried.chance)} would meet it"


def _share(share: float) -> str:
    """A share of periods: none, 93 %, all."""
    if share in (0.0, 1.0):
        return "all" if share else "none"
    return units.percent(share)


def standing(shown: Standing) -> str:
    """Why an objective cannot be judged, as a sentence without a full stop."""
    weeks = f"the last {shown.weeks} weeks"
    if shown.finding is Finding.NEVER_MET:
        return (
            f"Never met: in each of {weeks} it was missed, by {units.short(shown.spent)} times its budget at the least"
        )
    return f"Never challenged: in {weeks} it never spent more than {units.percent(shown.spent)} of a week's budget"


def resolution(result: WhatIf) -> str:
    """A sentence about rows that are too coarse for the rules; empty if they are fine enough."""
    if result.step < HOUR:
        return ""
    return "Only hours are known of this past: rules with a shorter window are left out."


def table(test: BackTested, zone: str) -> str:
    """An objective with everything that was tried, for a terminal.

    Args:
        test: the result of the command. `zone`: IANA name.
    """
    lines = [printable(f"{test.slo.service}: {test.slo.name}")]
    if test.tried:
        first = test.tried[0]
        days = ceil((first.at - first.since) / DAY)
        span = f"{moments.between(first.since, first.at, zone)}, {days} {'day' if days == 1 else 'days'}"
        lines.append(f"  {span}, in rows of {units.duration(first.step)}")
        lines += [line for result in test.tried for line in _block(result, zone)]
    if test.suggestion is not None:
        lines += ["  " + suggested(test.suggestion), *(f"    {why}" for why in reasons(test.suggestion, test.slo))]
    return units.plain("\n".join([*lines, ""]))


def _block(result: WhatIf, zone: str) -> Iterator[str]:
    yield f"  {what_is_tried(result.candidate, result.slo)}"
    yield f"    {units.sentence(periods(result))} Budget left: {', '.join(_left(result)) or MISSING}"
    yield f"    {units.sentence(alerts(result))}"
    earlier = len(result.alerts) - LISTED
    if earlier > 0:
        yield f"      {earlier:,} earlier ones: --format json lists all"
    yield from (f"      {alert_line(alert, zone, result.at)}" for alert in result.alerts[-LISTED:])
    yield f"    {units.sentence(user_impact(result))}"
    if note := resolution(result):
        yield f"    {note}"


def _left(result: WhatIf) -> Iterator[str]:
    for period in result.periods:
        part = "" if period.is_whole else " so far" if not period.is_over else " of a part"
        yield f"{units.percent(period.left)}{part}"
