"""Burn rates over the windows of burn rules, the alerts that follow, and the state of the objective.

Both windows of a rule against its threshold, as in https://sre.google/workbook/alerting-on-slos/.
"""

from collections.abc import Mapping, Sequence, Set

from dashboard.slo.budget import burn_rate, is_spent
from dashboard.slo.objective import Slo
from dashboard.slo.policy import LONG_MIN, SHORT_MIN, Rule
from dashboard.slo.report import Alert, Burn, Reading, State, Suppression
from dashboard.timerange import HOUR

WORST = (Reading.CRITICAL, Reading.INCREASING, Reading.RECOVERING, Reading.ACCEPTABLE)
# Tolerance for decimal numbers in floating point: a burn of exactly the threshold is not above it.
TIE = 1e-9
# What remains in floating point after subtracting two equal large sums.
NOTHING = 1e-9


def burn(window_s: float, counts: Sequence[float], *, budget: float, expected_s: float) -> Burn:
    """The burn rate over one window.

    Args:
        window_s: seconds of the window. `counts`: its bad events, valid events and measured seconds.
        budget: the error budget, a share of valid events.
        expected_s: seconds that could have been measured, excluding maintenance.
    """
    bad, valid, seconds = counts
    coverage = min(1.0, seconds / expected_s) if expected_s > 0 else 0.0
    if valid <= NOTHING:
        return Burn(window_s, None, None, None, coverage)
    return Burn(window_s, burn_rate(bad, valid, budget), valid - bad, valid, coverage)


def alerts(
    slo: Slo, rules: Sequence[Rule], burns: Mapping[float, Burn], *, finest_s: int, fired: Set[Rule]
) -> tuple[Alert, ...]:
    """An alert for each rule; a firing alert suppresses slower ones of other severities.

    Args:
        slo: the objective.
        rules: fastest first.
        burns: burn rates by window length in seconds.
        finest_s: row length of the objective in seconds: shorter windows cannot be evaluated.
        fired: rules that were firing before; they still are if their window was not measured.
    """
    results: list[Alert] = []
    for rule in rules:
        faster = any(alert.firing and alert.rule.row.severity != rule.row.severity for alert in results)
        long, short = burns[rule.row.long_s], burns[rule.row.short_s]
        reading = _reading(rule, long, short) if rule.row.short_s >= finest_s else None
        suppressed = _suppression(slo, reading, long, faster=faster)
        firing = rule in fired if reading is None else reading is Reading.CRITICAL and suppressed is None
        results.append(Alert(rule, long, short, reading, firing, suppressed))
    return tuple(results)


def _reading(rule: Rule, long: Burn, short: Burn) -> Reading | None:
    """Compare both windows with the threshold; None if one of them has no data."""
    if long.coverage < LONG_MIN or short.coverage < SHORT_MIN:
        return None
    # No requests in the short window: nothing burns now. None in the long one: nothing can be said.
    if long.rate is None:
        return None
    threshold = rule.threshold * (1 + TIE)
    burning = short.rate is not None and short.rate > threshold
    if long.rate > threshold:
        return Reading.CRITICAL if burning else Reading.RECOVERING
    return Reading.INCREASING if burning else Reading.ACCEPTABLE


def _suppression(slo: Slo, reading: Reading | None, long: Burn, *, faster: bool) -> Suppression | None:
    if reading is None:
        return Suppression.WINDOW_NOT_MEASURED
    if reading is not Reading.ACCEPTABLE and slo.counted and long.bad < slo.min_failures - TIE:
        return Suppression.MIN_FAILURES
    return Suppression.FASTER_ALERT if faster and reading is Reading.CRITICAL else None


def state(
    left: float | None,
    hour: Burn,
    results: Sequence[Alert],
    *,
    row_s: int,
    stale: bool,
    partial: bool = False,
    little: bool = False,
) -> State:
    """The state of the budget: exhausted, then unknown, then the worst of its alerts.

    Args:
        left: remaining share of the budget; None without valid events.
        hour: burn over the last hour. `results`: all alerts.
        row_s: row length in seconds.
        stale: nothing was measured recently.
        little: too little was measured to call the budget spent: alerts can show a burn, but not that nothing burns.
        partial: the newest rows are partial: alerts can show a burn, but not that nothing burns.
    """
    spent = left is not None and is_spent(left)
    if spent and not little:
        return State.EXHAUSTED
    if left is None or stale:
        return State.NO_DATA
    readings = [reading for alert in results if (reading := alert.effective_reading) is not None]
    worst = min(readings, key=WORST.index, default=Reading.ACCEPTABLE)
    if worst is not Reading.ACCEPTABLE:
        return State(worst.value)
    if partial or spent:
        return State.NO_DATA
    # Rows of an hour or longer are longer than the windows that show the present.
    return State.ACCEPTABLE if row_s >= HOUR or _is_known(hour, results) else State.NO_DATA


def _is_known(hour: Burn, results: Sequence[Alert]) -> bool:
    """Whether enough was measured to call it acceptable: a few minutes of an hour are not enough, nor older data."""
    quiet = hour.rate is None or any(alert.reading is not None for alert in results)
    return quiet and hour.coverage >= LONG_MIN
